use crate::rule::prelude::*;
use crate::tables::sends::Message;

declare_rule! {
    /// A WhatsApp notification whose template is not approved, or that has dynamic content.
    ///
    /// ## What it checks
    /// For a notification on a covered WhatsApp channel, TemplateApproved is true and HasDynamicContent is false.
    ///
    /// ## Why it matters
    /// A notification component must be linked to an approved WhatsApp message template and cannot contain dynamic content.
    /// Source: the article, considerations for Enhanced WhatsApp.
    ///
    /// ## Example
    /// Fails: `TemplateApproved=false`, or `HasDynamicContent=true`. Passes: `TemplateApproved=true` and
    /// `HasDynamicContent=false`.
    ///
    /// ## How to mend it
    /// Have the template approved, or choose a component without dynamic content.
    ///
    /// ## Nulls and unknowns
    /// When one of the two is missing and the other does not fail, the send is undetermined (P114).
    ///
    /// ## Since
    /// 0.1.0
    code: "P106",
    name: "template-not-usable",
    tables: &[Sends],
    severity: Error,
    default: true,
    needs: &[],
    since: "0.1.0",
    decide: Decide::Send(check),
    describe: Describe::Send(|_, situation, _, _| {
        if situation.plan.approved == Some(false) {
            let message = "The notification's template is not approved by WhatsApp, so it cannot be sent.";
            return Description::new(send::TEMPLATE_APPROVED, message);
        }
        let message = "The notification has dynamic content, which a rep cannot send on WhatsApp.";
        Description::new(send::DYNAMIC_CONTENT, message)
    }),
}

fn check(situation: &Situation<'_>) -> Ruling {
    let plan = situation.plan;
    if !situation.covered() || situation.kind != Kind::WhatsApp || plan.message != Message::Notification {
        return Ruling::NotApplicable;
    }
    match (plan.approved, plan.dynamic) {
        (Some(false), _) | (_, Some(true)) => Ruling::Fail,
        (Some(true), Some(false)) => Ruling::Pass,
        (None, Some(false)) => Ruling::Unknown(Unknowns::TEMPLATE),
        (Some(true), None) => Ruling::Unknown(Unknowns::DYNAMIC),
        (None, None) => Ruling::Unknown(Unknowns::TEMPLATE.with(Unknowns::DYNAMIC)),
    }
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::check;

    #[test]
    fn approved_and_static() {
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
                "MessagingEndUserId,MessagingChannelId,MessageKind,TemplateApproved,HasDynamicContent\n0PA000000000002,0Mj000000000002,notification,true,false\n0PA000000000002,0Mj000000000002,notification,false,\n0PA000000000002,0Mj000000000002,notification,true,true\n0PA000000000002,0Mj000000000002,notification,,false\n0PA000000000002,0Mj000000000002,freeform,false,true\n0PA000000000001,0Mj000000000001,notification,false,true\n",
            ),
        ]);
        assert_eq!(found.rows("P106"), [1, 2]);
        assert_eq!(found.checked("P106"), 3);
        assert!(found.message(1, "P106").contains("template is not approved"));
        assert_eq!(found.column(1, "P106"), "TemplateApproved");
        assert!(found.message(2, "P106").contains("dynamic content"));
        assert_eq!(found.column(2, "P106"), "HasDynamicContent");
    }
}
