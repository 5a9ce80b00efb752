use crate::rule::prelude::*;
use crate::tables::whatsapp::NumberForm;

declare_rule! {
    /// The WhatsApp users of one channel have numbers with and without a plus sign.
    ///
    /// ## What it checks
    /// All users of a WhatsApp channel write their number in one form: E.164 with the plus sign, or its digits alone.
    /// Where both occur, every user with the rarer form fails; where both are as frequent, every one without plus sign.
    /// Channels are told apart by their key, whether or not they are among those given. The users of the file are
    /// counted, existing_users are not.
    ///
    /// ## Why it matters
    /// A flow that looks a customer up by the number finds one form only, and makes a second messaging user for the
    /// other. Which form Salesforce itself writes on a WhatsApp channel is not documented, so one form is as good as the
    /// other, but not both. Source: none that is official; public flows and components search by one form or the other.
    ///
    /// ## Example
    /// Fails: `+14155550123` on a channel where all others are like `14155550124`. Passes: the same number on a channel
    /// where all others have a plus sign.
    ///
    /// ## How to mend it
    /// Write the numbers of one channel in one form: the one of the users that the org has already.
    ///
    /// ## Nulls and unknowns
    /// A key in neither form (U105), a missing key, and a user without a readable channel are neither counted nor judged.
    ///
    /// ## Since
    /// 0.1.0
    code: "U106",
    name: "whatsapp-key-mixed",
    tables: &[Users],
    severity: Warning,
    default: true,
    needs: &[Need::Column(Users, user::PLATFORM_KEY), Need::Column(Users, user::CHANNEL)],
    since: "0.1.0",
    decide: Decide::Rarer(|user| user.number_form().filter(|_| user.link().key.is_some())),
    describe: Describe::User(describe),
}

fn describe(user: User<'_>, case: &Case<'_>) -> Description {
    let counts = case.context.number_forms.get(&user.link().key).copied().unwrap_or_default();
    let (has, others, most) = match user.number_form() {
        Some(NumberForm::Plus) => ("a plus sign", "none", counts.bare),
        _ => ("no plus sign", "one", counts.plus),
    };
    let message = format!(
        "The WhatsApp number has {has}, but {most} of the {} users of this channel have {others}; whoever looks customers \
         up by one form misses those with the other.",
        counts.plus + counts.bare
    );
    Description::new(user::PLATFORM_KEY, message)
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::{check, users};

    const HEADER: &str = "MessagingPlatformKey,MessagingChannelId,MessageType\n";

    #[test]
    fn the_rarer_form_of_each_channel_fails() {
        let found = users(&format!(
            "{HEADER}+12345678900,0Mj000000000001,WhatsApp\n12345678901,0Mj000000000001,WhatsApp\n12345678902,0Mj000000000001CAA,WhatsApp\n12345678903,0Mj000000000002,WhatsApp\n+12345678904,0Mj000000000002,WhatsApp\n+12345678905,0Mj000000000003,WhatsApp\n",
        ));
        assert_eq!(found.rows("U106"), [0, 3]);
        assert_eq!(found.checked("U106"), 6);
        assert!(found.message(0, "U106").contains("has a plus sign, but 2 of the 3 users"));
        assert!(found.message(3, "U106").contains("has no plus sign, but 1 of the 2 users"));
    }

    #[test]
    fn what_is_no_number_or_on_no_channel_is_not_counted() {
        let found = users(&format!(
            "{HEADER}+12345678900,0Mj000000000001,WhatsApp\n1 2345678901,0Mj000000000001,WhatsApp\n12345678902,,WhatsApp\n12345678903,0Mj,WhatsApp\n12345678904,0Mj000000000001,Text\n,0Mj000000000001,WhatsApp\n",
        ));
        assert!(found.rows("U106").is_empty());
        assert_eq!(found.checked("U106"), 1);
    }

    #[test]
    fn existing_users_are_not_counted() {
        let found = check(&[
            (
                "existing_users",
                "Id,MessagingPlatformKey,MessagingChannelId,MessageType\n0PA000000000009,12345678909,0Mj000000000001,WhatsApp\n",
            ),
            ("users", &format!("{HEADER}+12345678900,0Mj000000000001,WhatsApp\n")),
        ]);
        assert!(found.rows("U106").is_empty());
    }
}
