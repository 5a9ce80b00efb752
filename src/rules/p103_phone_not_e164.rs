use super::common::{customer_field, quoted};
use crate::rule::prelude::*;

declare_rule! {
    /// The number of a planned SMS is not in E.164 form.
    ///
    /// ## What it checks
    /// On a covered SMS channel the number to write to is a plus sign, a digit from 1 to 9, and 1 to 14 more digits. The number
    /// is the MessagingPlatformKey of the customer's messaging user, or Phone when there is none.
    ///
    /// ## Why it matters
    /// Send a Message takes SMS numbers in E.164 form only. Source: the article, considerations for Enhanced SMS; ITU-T E.164.
    ///
    /// ## Example
    /// Fails: `4155550123`. Passes: `+14155550123`.
    ///
    /// ## How to mend it
    /// Correct the messaging user's number (see U101), or Phone.
    ///
    /// ## Nulls and unknowns
    /// A missing number is undetermined (P114). Whether the number is assigned is not judged here; see U102.
    ///
    /// ## Since
    /// 0.1.0
    code: "P103",
    name: "phone-not-e164",
    tables: &[Sends],
    severity: Error,
    default: true,
    needs: &[],
    since: "0.1.0",
    decide: Decide::Send(check),
    describe: Describe::Send(|send, situation, _, _| {
        if situation.found().is_some() {
            let message = "The customer's messaging user has a number that is not in E.164 form; Send a Message does not take it.";
            return Description::new(customer_field(send), message);
        }
        let text = send.batch.text(send::PHONE, send.row).unwrap_or_default();
        let message = format!("{} {}; Send a Message takes numbers in E.164 form only.", quoted(text), phone::why_not_e164(text));
        Description::new(send::PHONE, message)
    }),
}

fn check(situation: &Situation<'_>) -> Ruling {
    if !situation.covered() || situation.kind != Kind::Sms {
        return Ruling::NotApplicable;
    }
    match situation.number() {
        PlatformKey::E164 => Ruling::Pass,
        PlatformKey::Other => Ruling::Fail,
        PlatformKey::Missing => Ruling::Unknown(Unknowns::PHONE),
    }
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::check;

    #[test]
    fn the_number_is_the_users_or_the_given_one() {
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
                "MessagingEndUserId,Phone,MessagingChannelId\n0PA000000000001,,0Mj000000000001\n0PA000000000004,+12345678900,0Mj000000000001\n,4155550124,0Mj000000000001\n,+14155550124,0Mj000000000001\n0PA000000000009,,0Mj000000000001\n0PA000000000002,,0Mj000000000002\n,4155550123,0Mj000000000004\n",
            ),
        ]);
        assert_eq!(found.rows("P103"), [1, 2]);
        assert_eq!(found.checked("P103"), 4);
        assert!(found.message(2, "P103").contains("no plus sign"));
    }
}
