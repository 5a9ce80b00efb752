use super::common::customers_can_be_found;
use crate::model::picklists::CONSENT;
use crate::rule::prelude::*;

declare_rule! {
    /// A session is live although its customer opted out.
    ///
    /// ## What it checks
    /// No live session (Status neither Ended nor Error) belongs to a messaging user whose MessagingConsentStatus is
    /// OptedOut. The customer is looked up among users, then among existing_users.
    ///
    /// ## Why it matters
    /// An opt-out ends the conversation. A live session with such a customer means that one of the two records is out
    /// of date, and that a rep may write to somebody who does not want it. Source: the article, which has a session end
    /// when the customer opts out; Object Reference, MessagingEndUser.MessagingConsentStatus.
    ///
    /// ## Example
    /// Fails: an Active session of a user with `MessagingConsentStatus=OptedOut`. Passes: the same session with Status
    /// Ended.
    ///
    /// ## How to mend it
    /// End the session. If the customer has opted in again, correct the consent status, with evidence.
    ///
    /// ## Nulls and unknowns
    /// Sessions whose customer is not found, or whose consent status is missing or unknown, are not judged; nor are
    /// those whose Status cannot be read.
    ///
    /// ## Since
    /// 0.1.0
    code: "S105",
    name: "opted-out-user-live",
    tables: &[Sessions],
    severity: Warning,
    default: true,
    needs: &[Need::Other(|context| customers_can_be_found(context, Some(user::CONSENT)))],
    since: "0.1.0",
    decide: Decide::Joined(|session, customer| check(*session, customer)),
    describe: Describe::Session(|_, _| {
        let message = "The session is live, but the customer's consent status is OptedOut; nobody may write to this \
                       customer.";
        Description::new(session::STATUS, message)
    }),
}

fn check(session: JoinedSession, customer: Option<&JoinedUser>) -> Verdict {
    match customer.map(|customer| customer.consent) {
        Some(consent) if session.live && consent.value().is_some() => {
            Verdict::fail_if(consent.is(const { CONSENT.position("OptedOut") }))
        }
        _ => Undecided,
    }
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::{check, sessions};

    const SESSIONS: &str = "MessagingEndUserId,Status\n0PA000000000001,Active\n0PA000000000001,Ended\n0PA000000000002,New\n0PA000000000003,Active\n0PA000000000004,Active\n0PA000000000005,Inactive\n";

    #[test]
    fn live_sessions_of_opted_out_customers_fail() {
        let found = check(&[
            (
                "users",
                "Id,MessagingPlatformKey,MessagingChannelId,MessageType,MessagingConsentStatus\n0PA000000000001,+12345678900,0Mj000000000001,Text,OptedOut\n0PA000000000002,+12345678901,0Mj000000000001,Text,ExplicitlyOptedIn\n0PA000000000003,+12345678902,0Mj000000000001,Text,\n",
            ),
            ("existing_users", "Id,MessagingConsentStatus\n0PA000000000005,OptedOut\n0PA000000000002,OptedOut\n"),
            ("sessions", SESSIONS),
        ]);
        assert_eq!(found.rows("S105"), [0, 5]);
        assert_eq!(found.checked("S105"), 3);
    }

    #[test]
    fn without_users_it_is_skipped() {
        let found = sessions(SESSIONS);
        assert_eq!(found.skipped("S105").as_deref(), Some("neither users nor existing_users were given"));
    }
}
