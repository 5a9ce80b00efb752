use super::common::quoted;
use crate::rule::prelude::*;

declare_rule! {
    /// The planned send lacks something, or a value cannot be read.
    ///
    /// ## What it checks
    /// Every send names a customer (MessagingEndUserId or Phone) and a MessagingChannelId; its Ids are well-formed, SendTime can be
    /// read, MessageKind is `freeform` or `notification` in any case, and TemplateApproved, HasDynamicContent and
    /// ConsentConfirmed are booleans.
    ///
    /// ## Why it matters
    /// Nothing can be said about a send that does not tell whom it is for, or over which channel; a value that cannot be read must
    /// not pass as if it were absent. Source: the article, which has a rep choose a customer and a channel.
    ///
    /// ## Example
    /// Fails: a send without MessagingEndUserId and Phone. Passes: `MessagingEndUserId=0PA000000000001`,
    /// `MessagingChannelId=0Mj000000000001`.
    ///
    /// ## How to mend it
    /// Complete or correct the field that the finding names.
    ///
    /// ## Nulls and unknowns
    /// SendTime may be missing (then as-of), as may everything that only some sends need.
    ///
    /// ## Since
    /// 0.1.0
    code: "P201",
    name: "missing-or-malformed",
    tables: &[Sends],
    severity: Error,
    default: true,
    needs: &[],
    since: "0.1.0",
    decide: Decide::Send(|situation| Ruling::fail_if(situation.plan.fault.is_some())),
    describe: Describe::Send(|send, situation, _, _| {
        let field = situation.plan.fault.map_or(send::USER, usize::from);
        let name = Sends.fields()[field].name;
        let message = match (field, send.batch.text(field, send.row)) {
            (send::USER | send::PHONE, None) => "Neither MessagingEndUserId nor Phone tells whom to write to.".to_owned(),
            (_, None) => format!("{name} is missing."),
            (send::TIME, Some(_)) => format!("{name} cannot be read; write it like 2026-11-22T12:00:00Z."),
            (send::KIND, Some(text)) => format!("{name} {} is neither freeform nor notification.", quoted(text)),
            (send::USER | send::CHANNEL | send::OWNER | send::SOURCE, Some(_)) => {
                format!("{name} is no well-formed Salesforce Id of the right object.")
            }
            (_, Some(text)) => format!("{name} {} is no boolean; write true or false.", quoted(text)),
        };
        Description::new(field, message)
    }),
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::check;

    #[test]
    fn each_field_can_be_at_fault() {
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
                "MessagingEndUserId,Phone,MessagingChannelId,OwnerId,SendTime,MessageKind,ConsentConfirmed\n0PA000000000001,,0Mj000000000001,005000000000001,,FREEFORM,yes\n,,0Mj000000000001,,,,\n0PA,,0Mj000000000001,,,,\n0PA000000000001,,,,,,\n0PA000000000001,,0Mj000000000001,003000000000001,,,\n0PA000000000001,,0Mj000000000001,,soon,,\n0PA000000000001,,0Mj000000000001,,,letter,\n0PA000000000001,,0Mj000000000001,,,,perhaps\n",
            ),
        ]);
        assert_eq!(found.rows("P201"), [1, 2, 3, 4, 5, 6, 7]);
        assert_eq!(found.checked("P201"), 8);
        assert!(found.message(6, "P201").contains("letter"));
    }

    #[test]
    fn nobody_to_write_to_is_told_of_the_column_that_is_there() {
        let fault = |column: &str| {
            let found = check(&[("sends", &format!("{column},MessagingChannelId\n,0Mj000000000001\n"))]);
            assert_eq!(found.rows("P201"), [0]);
            found.column(0, "P201")
        };
        assert_eq!(fault("Phone"), "Phone");
        assert_eq!(fault("MessagingEndUserId"), "MessagingEndUserId");
        let sound = check(&[("sends", "Phone,MessagingChannelId\n+14155550123,0Mj000000000001\n")]);
        assert_eq!((sound.rows("P201"), sound.checked("P201")), (vec![], 1));
    }
}
