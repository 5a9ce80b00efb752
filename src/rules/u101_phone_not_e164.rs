use crate::fixes::key_fix;
use crate::rule::prelude::*;

declare_rule! {
    /// The phone number of an SMS user is not in E.164 form.
    ///
    /// ## What it checks
    /// MessagingPlatformKey of every user on an SMS channel: a plus sign, a digit from 1 to 9, then 1 to 14 more ASCII
    /// digits, and nothing else. The cap of 15 digits is ITU-T E.164's.
    ///
    /// ## Why it matters
    /// The record loads, but the Send a Message action takes SMS numbers in E.164 form only, so no rep can write to this
    /// customer. Source: the article, considerations for enhanced SMS.
    ///
    /// ## Example
    /// Fails: `4155550123`, `+1 (415) 555-0123`, `1.41555E+10`. Passes: `+14155550123`.
    ///
    /// ## How to mend it
    /// Write the number with plus sign and calling code and without punctuation. Format the column as text before a
    /// spreadsheet opens it. `--fix` takes out blanks and punctuation where the text has its `+` or `00`;
    /// `--unsafe-fixes` adds the calling code of the record's IsoCountryCode, else its channel's, else
    /// `--default-region`. A number that would then equal another one's is left alone.
    ///
    /// ## Nulls and unknowns
    /// A missing key is U201. A user whose kind of channel cannot be told is not judged.
    ///
    /// ## Since
    /// 0.1.0
    code: "U101",
    name: "phone-not-e164",
    tables: &[Users],
    severity: Error,
    default: true,
    needs: &[Need::Column(Users, user::PLATFORM_KEY)],
    since: "0.1.0",
    decide: Decide::Users(|users, _, marks| marks.each(users.iter().map(check))),
    describe: Describe::User(|user, case| {
        let text = user.batch().shown(user::PLATFORM_KEY, user.row).unwrap_or_default();
        let message = format!(
            "The SMS number {}; the Send a Message action takes E.164 only, like +14155550123.",
            phone::why_not_e164(&text)
        );
        let fix = key_fix(user, case.context).map(|(_, fix)| fix);
        Description::new(user::PLATFORM_KEY, message).fixed_by(fix)
    }),
}

fn check(user: User<'_>) -> Verdict {
    match (user.kind(), user.platform_key()) {
        (Kind::Sms, PlatformKey::E164) => Pass,
        (Kind::Sms, PlatformKey::Other) => Fail,
        _ => Undecided,
    }
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::users;

    #[test]
    fn only_sms_users_with_a_number_are_judged() {
        let found = users(
            "MessagingPlatformKey,MessagingChannelId,MessageType\n+12345678900,0Mj000000000001,Text\n4155550123,0Mj000000000001,Text\n,0Mj000000000001,Text\n4155550123,0Mj000000000001,WhatsApp\n4155550123,0Mj000000000001,Txt\n",
        );
        assert_eq!(found.rows("U101"), [1]);
        assert_eq!(found.checked("U101"), 2);
    }
}
