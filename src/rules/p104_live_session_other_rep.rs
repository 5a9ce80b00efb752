use crate::rule::Related;
use crate::rule::prelude::*;
use crate::tables::id::id_of;

declare_rule! {
    /// The customer is in a live session that another rep owns.
    ///
    /// ## What it checks
    /// None of the customer's live sessions (Status neither Ended nor Error) has another owner than the OwnerId of the send.
    ///
    /// ## Why it matters
    /// While a customer is in a live session, Send a Message shows an error to every rep but the one who has it. Source: the
    /// article, on customers who are engaged in a live messaging session.
    ///
    /// ## Example
    /// Fails: a send of rep 005...2 to a customer with an Active session of rep 005...1. Passes: the same send of rep 005...1.
    ///
    /// ## How to mend it
    /// Let the owner of the session write, or wait until it has ended.
    ///
    /// ## Nulls and unknowns
    /// A session that should have ended (S101, S104) still counts. Without sessions, without OwnerId, or with a live session
    /// whose owner is not known, the send is undetermined (P114).
    ///
    /// ## Since
    /// 0.1.0
    code: "P104",
    name: "live-session-other-rep",
    tables: &[Sends],
    severity: Error,
    default: true,
    needs: &[Need::Column(Sends, send::OWNER), Need::Column(Sessions, session::OWNER)],
    since: "0.1.0",
    decide: Decide::Send(check),
    describe: Describe::Send(|_, situation, _, _| {
        let session = situation.session_of_another();
        let id = session.and_then(|session| id_of(session.id));
        let name = id.as_ref().map_or_else(String::new, |id| format!(" ({id})"));
        let message = format!("The customer is in a live session of another rep{name}; this rep would see an error.");
        Description { related: session.map(|_| Related { row: None, id }), ..Description::new(send::OWNER, message) }
    }),
}

fn check(situation: &Situation<'_>) -> Ruling {
    if !situation.covered() {
        return Ruling::NotApplicable;
    }
    let owner = situation.plan.owner;
    match situation.sessions {
        None if matches!(situation.customer, Customer::Unknown) && !situation.plan.user.key.is_some() => {
            Ruling::Unknown(Unknowns::USER)
        }
        None => Ruling::Unknown(Unknowns::SESSIONS),
        Some(sessions) if sessions.of_another(owner).is_some() => Ruling::Fail,
        Some(sessions) if sessions.all_of(owner) => Ruling::Pass,
        Some(_) => Ruling::Unknown(Unknowns::OWNER),
    }
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::check;

    #[test]
    fn another_reps_live_session_blocks() {
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
                "sessions",
                "Id,MessagingEndUserId,Status,OwnerId,StartTime\n0Mw000000000001,0PA000000000001,New,005000000000001,2026-11-22T10:00:00Z\n0Mw000000000002,0PA000000000002,Ended,005000000000001,2026-11-22T10:00:00Z\n",
            ),
            (
                "sends",
                "MessagingEndUserId,Phone,MessagingChannelId,OwnerId\n0PA000000000001,,0Mj000000000001,005000000000001\n0PA000000000001,,0Mj000000000001,005000000000002\n0PA000000000002,,0Mj000000000002,005000000000002\n0PA000000000001,,0Mj000000000001,\n,+1 (234) 5678900,0Mj000000000001,005000000000002\n,+12345678999,0Mj000000000001,005000000000002\n",
            ),
        ]);
        assert_eq!(found.rows("P104"), [1, 4]);
        assert_eq!(found.checked("P104"), 5);
        assert!(found.message(1, "P104").contains("0Mw000000000001CAA"));
    }

    #[test]
    fn what_keeps_it_from_being_told_is_named() {
        let channels = (
            "channels",
            "Id,MessageType,PlatformType\n0Mj000000000001,Text,Enhanced\n0Mj000000000002,WhatsApp,Enhanced\n0Mj000000000003,Facebook,Enhanced\n0Mj000000000004,Text,Standard\n0Mj000000000005,Voice,Enhanced\n0Mj000000000006,EmbeddedMessaging,Enhanced\n",
        );
        let sessions = (
            "sessions",
            "Id,MessagingEndUserId,Status,OwnerId\n0Mw000000000001,0PA000000000001,Ended,005000000000001\n",
        );
        let sends =
            "MessagingEndUserId,Phone,MessagingChannelId,OwnerId\n,+12345678900,0Mj000000000001,005000000000001\n";
        let by_phone = check(&[channels, sessions, ("sends", sends)]);
        assert_eq!(by_phone.message(0, "P114"), "Not known, and needed to decide: user.");
        let users = (
            "users",
            "MessagingPlatformKey,MessagingChannelId,MessageType,MessagingConsentStatus\n+12345678900,0Mj000000000001,Text,ExplicitlyOptedIn\n",
        );
        let sends =
            "MessagingEndUserId,Phone,MessagingChannelId,OwnerId\n0PA000000000001,,0Mj000000000001,005000000000001\n";
        let by_id = check(&[channels, users, ("sends", sends)]);
        assert!(by_id.message(0, "P114").contains("sessions"), "{}", by_id.message(0, "P114"));
    }
}
