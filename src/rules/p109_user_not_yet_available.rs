use super::common::{customer_field, users_are_given};
use crate::rule::prelude::*;

declare_rule! {
    /// The messaging user is less than 10 minutes old when the send goes out.
    ///
    /// ## What it checks
    /// SendTime minus the CreatedDate of the customer's messaging user is at least `policy.user_available_after` (10 minutes). With
    /// operation insert, a user of the file without CreatedDate is taken as created at as-of.
    ///
    /// ## Why it matters
    /// A new messaging user appears in Send a Message about ten minutes after it was made. Source: the article, on messaging
    /// user records that are created with Data Loader or a flow.
    ///
    /// ## Example
    /// Fails: a send 9 minutes and 59 seconds after CreatedDate. Passes: one at 10 minutes.
    ///
    /// ## How to mend it
    /// Send later.
    ///
    /// ## Nulls and unknowns
    /// Without CreatedDate the send is undetermined (P114). A first SMS that creates the messaging user has nothing to wait
    /// for.
    ///
    /// ## Since
    /// 0.1.0
    code: "P109",
    name: "user-not-yet-available",
    tables: &[Sends],
    severity: Error,
    default: true,
    needs: &[Need::Other(users_are_given)],
    since: "0.1.0",
    decide: Decide::Send(check),
    describe: Describe::Send(|send, situation, _, _| {
        let limit = situation.context.policy.user_available_after;
        let age = situation.plan.at.zip(situation.created()).map_or(0, |(at, created)| at - created);
        let message = format!(
            "The messaging user is {} old when the message is to go out; it can be selected about {} after it was created.",
            timestamp::span(age.max(0)),
            timestamp::span(limit)
        );
        Description::new(customer_field(send), message)
    }),
}

fn check(situation: &Situation<'_>) -> Ruling {
    if !situation.covered() || situation.found().is_none() || situation.starts_new() {
        return Ruling::NotApplicable;
    }
    let Some(at) = situation.plan.at else { return Ruling::NotApplicable };
    let young = situation.created().map(|created| at - created < situation.context.policy.user_available_after);
    Ruling::of(young, Unknowns::CREATED)
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::check;

    #[test]
    fn exactly_ten_minutes_are_enough() {
        let found = check(&[
            (
                "channels",
                "Id,MessageType,PlatformType,ConsentType\n0Mj000000000001,Text,Enhanced,ImplicitOptIn\n0Mj000000000002,WhatsApp,Enhanced,DoubleOptIn\n0Mj000000000003,Facebook,Enhanced,\n0Mj000000000004,Text,Standard,\n0Mj000000000005,EmbeddedMessaging,Enhanced,\n",
            ),
            (
                "users",
                "Id,MessagingPlatformKey,MessagingChannelId,MessageType,MessagingConsentStatus,CreatedDate,LastInboundMessageTime\n0PA000000000001,+12345678900,0Mj000000000001,Text,ExplicitlyOptedIn,2026-11-22T11:50:00Z,2026-11-22T11:00:00Z\n0PA000000000002,491512345678,0Mj000000000002,WhatsApp,ExplicitlyOptedIn,2026-11-22T11:50:00.001Z,2026-11-21T12:00:00Z\n0PA000000000003,77,0Mj000000000003,Facebook,OptedOut,,2026-11-15T12:00:00Z\n0PA000000000004,4155550123,0Mj000000000001,Text,,,\n",
            ),
            (
                "sends",
                "MessagingEndUserId,MessagingChannelId,SendTime\n0PA000000000001,0Mj000000000001,\n0PA000000000001,0Mj000000000001,2026-11-22T11:59:59.999Z\n0PA000000000002,0Mj000000000002,\n0PA000000000003,0Mj000000000003,\n0PA000000000009,0Mj000000000003,\n",
            ),
        ]);
        assert_eq!(found.rows("P109"), [1, 2]);
        assert_eq!(found.checked("P109"), 3);
    }

    #[test]
    fn who_is_not_there_or_not_on_the_channel_has_no_age() {
        let found = check(&[
            (
                "channels",
                "Id,MessageType,PlatformType\n0Mj000000000001,Text,Enhanced\n0Mj000000000002,WhatsApp,Enhanced\n0Mj000000000003,Facebook,Enhanced\n0Mj000000000004,Text,Standard\n0Mj000000000005,Voice,Enhanced\n0Mj000000000006,EmbeddedMessaging,Enhanced\n",
            ),
            (
                "users",
                "Id,MessagingPlatformKey,MessagingChannelId,MessageType,CreatedDate\n0PA000000000001,+12345678900,0Mj000000000001,Text,2026-11-22T11:59:00Z\n0PA000000000002,+12345678901,0Mj000000000004,Text,2026-11-22T11:59:00Z\n",
            ),
            (
                "sends",
                "MessagingEndUserId,MessagingChannelId\n0PA000000000001,0Mj000000000001\n0PA000000000002,0Mj000000000004\n0PA000000000009,0Mj000000000002\n0PA000000000002,0Mj000000000001\n",
            ),
        ]);
        assert_eq!((found.rows("P109"), found.checked("P109")), (vec![0], 1));
        assert!(!found.rows("P114").contains(&2));
    }
}
