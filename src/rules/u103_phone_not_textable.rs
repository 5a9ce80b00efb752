use crate::rule::prelude::*;

declare_rule! {
    /// An SMS number is of a kind that cannot receive texts.
    ///
    /// ## What it checks
    /// Assigned numbers of users on SMS channels: fixed lines, toll-free, premium-rate and shared-cost numbers, pagers,
    /// voicemail and universal access numbers fail. Where a plan does not tell fixed lines from mobiles, as in North
    /// America, the number passes; so do internet telephony and personal numbers.
    ///
    /// ## Why it matters
    /// The record loads and the message is sent, but carriers do not deliver texts to such numbers. Source: the national
    /// numbering plans as libphonenumber publishes them. Some fixed lines were made to receive texts, hence a warning.
    ///
    /// ## Example
    /// Fails: `+442079460958` (fixed line), `+18005550123` (toll-free). Passes: `+447911123456`, `+12345678900`.
    ///
    /// ## How to mend it
    /// Ask for a mobile number, or reach the customer on another channel.
    ///
    /// ## Nulls and unknowns
    /// Keys that are no number are U101, numbers that no plan assigns U102; neither is judged here.
    ///
    /// ## Since
    /// 0.1.0
    code: "U103",
    name: "phone-not-textable",
    tables: &[Users],
    severity: Warning,
    default: true,
    needs: &[Need::Column(Users, user::PLATFORM_KEY)],
    since: "0.1.0",
    decide: Decide::Users(|users, _, marks| marks.each(users.iter().map(check))),
    describe: Describe::User(|user, _| {
        let assigned = user.number().and_then(phone::plan::Outcome::assigned);
        let kind = assigned.map_or("unknown", |assigned| assigned.kind.name());
        let message = format!("The number's kind is {kind}, which cannot receive texts; SMS to it is not delivered.");
        Description::new(user::PLATFORM_KEY, message)
    }),
}

fn check(user: User<'_>) -> Verdict {
    match (user.kind(), user.number().and_then(phone::plan::Outcome::assigned)) {
        (Kind::Sms, Some(assigned)) => Verdict::fail_if(!assigned.kind.is_textable()),
        _ => Undecided,
    }
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::users;

    #[test]
    fn only_assigned_sms_numbers_are_judged() {
        let found = users(
            "MessagingPlatformKey,MessagingChannelId,MessageType\n+442079460958,0Mj000000000001,Text\n+447911123456,0Mj000000000001,Text\n+12345678900,0Mj000000000001,Text\n+18005550123,0Mj000000000001,Text\n+442079460958,0Mj000000000001,WhatsApp\n442079460958,0Mj000000000001,Text\n+99912345678,0Mj000000000001,Text\n",
        );
        assert_eq!(found.rows("U103"), [0, 3]);
        assert_eq!(found.checked("U103"), 4);
        assert!(found.message(0, "U103").contains("fixed-line,"));
        assert!(found.message(3, "U103").contains("toll-free"));
    }
}
