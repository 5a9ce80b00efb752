use crate::fixes::key_fix;
use crate::rule::prelude::*;
use crate::tables::whatsapp::why_not_a_number;

declare_rule! {
    /// The platform key of a WhatsApp user is not a phone number.
    ///
    /// ## What it checks
    /// MessagingPlatformKey of every user on a WhatsApp channel: a plus sign, a digit from 1 to 9, then 1 to 14 more ASCII
    /// digits; or the same digits without the plus sign. Nothing else may be in it.
    ///
    /// ## Why it matters
    /// WhatsApp finds a customer by the phone number of the account, calling code included. A text that is no such
    /// number loads, but reaches nobody, and when the customer writes, Salesforce makes a second messaging user. Source:
    /// Salesforce Help, fields of messaging users; the article, considerations for enhanced WhatsApp. Neither says
    /// whether the plus sign belongs to the key, and both forms occur, so both pass; U106 finds a mix.
    ///
    /// ## Example
    /// Fails: `whatsapp:+14155550123`, `+1 415 555 0123`, `004915112345678`. Passes: `+14155550123`, `14155550123`.
    ///
    /// ## How to mend it
    /// Write the number with its calling code and without punctuation, in the form that the channel's other users have.
    /// Format the column as text before a spreadsheet opens it.
    ///
    /// ## Nulls and unknowns
    /// A missing key is U201. A user whose kind of channel cannot be told is not judged.
    ///
    /// ## Since
    /// 0.1.0
    code: "U105",
    name: "whatsapp-key-format",
    tables: &[Users],
    severity: Error,
    default: true,
    needs: &[Need::Column(Users, user::PLATFORM_KEY)],
    since: "0.1.0",
    decide: Decide::Users(|users, _, marks| marks.each(users.iter().map(check))),
    describe: Describe::User(|user, case| {
        let text = user.batch().shown(user::PLATFORM_KEY, user.row).unwrap_or_default();
        let message = format!(
            "The WhatsApp number {}; WhatsApp knows customers by calling code and number, like +14155550123 or \
             14155550123.",
            why_not_a_number(&text)
        );
        let fix = key_fix(user, case.context).map(|(_, fix)| fix);
        Description::new(user::PLATFORM_KEY, message).fixed_by(fix)
    }),
}

fn check(user: User<'_>) -> Verdict {
    match user.kind() {
        Kind::WhatsApp if user.platform_key() != PlatformKey::Missing => Verdict::fail_if(user.number_form().is_none()),
        _ => Undecided,
    }
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::{check, users};

    #[test]
    fn both_forms_pass_and_nothing_else() {
        let found = users(
            "MessagingPlatformKey,MessagingChannelId,MessageType\n+12,0Mj000000000001,WhatsApp\n12,0Mj000000000001,WhatsApp\n123456789012345,0Mj000000000001,WhatsApp\n1234567890123456,0Mj000000000001,WhatsApp\n1,0Mj000000000001,whatsapp\n+1 415,0Mj000000000001,WhatsApp\n0123,0Mj000000000001,WhatsApp\n,0Mj000000000001,WhatsApp\n+1 415,0Mj000000000001,Facebook\n+1 415,0Mj000000000001,Whats\n",
        );
        assert_eq!(found.rows("U105"), [3, 4, 5, 6]);
        assert_eq!(found.checked("U105"), 7);
        assert!(found.message(3, "U105").contains("more than the 15 digits"));
        assert!(found.message(5, "U105").contains("blanks or punctuation"));
        assert!(found.message(6, "U105").contains("trunk zero"));
    }

    #[test]
    fn the_channel_says_what_kind_a_user_is_of() {
        let found = check(&[
            ("channels", "Id,MessageType\n0Mj000000000001,WhatsApp\n0Mj000000000002,Text\n"),
            (
                "users",
                "MessagingPlatformKey,MessagingChannelId,MessageType\nx,0Mj000000000001,Text\nx,0Mj000000000002,WhatsApp\nx,0Mj000000000003,WhatsApp\n",
            ),
        ]);
        assert_eq!(found.rows("U105"), [0, 2]);
        assert_eq!(found.checked("U105"), 2);
    }
}
