//! Eligibility: whether and how each messaging user may be written to at as-of, whoever the rep is.
//!
//! The check keeps what sessions tell about users; the rest follows from the user's own record when it is read again.

use std::collections::HashMap;

use crate::engine::context::Context;
use crate::engine::entries::HeldSession;
use crate::engine::window::{Evidence, Window};
use crate::model::channel::{Coverage, Kind};
use crate::model::objects::{Table, user};
use crate::model::picklists::CONSENT;
use crate::rules::common::{channels_can_be_found, meets_consent, names_a_channel};
use crate::tables::id::{State, id_of};
use crate::tables::key::KeyMap;
use crate::tables::timestamp::Time;
use crate::tables::users::{PlatformKey, User};

/// How a user may be written to. In order of weight: the last one that has a reason decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum CanSend {
    /// Anything.
    Freeform,
    /// A notification on an approved template.
    TemplateOnly,
    /// Something that decides is not known.
    Unknown,
    /// Nothing.
    No,
}

impl CanSend {
    /// The name that users see.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Freeform => "freeform",
            Self::TemplateOnly => "template-only",
            Self::Unknown => "unknown",
            Self::No => "no",
        }
    }
}

/// Whether and how one user may be written to.
#[derive(Debug, Clone)]
pub struct Eligibility {
    /// The record's number.
    pub row: u32,
    /// The record's Id as given.
    pub record_id: Option<String>,
    /// MessagingChannelId as given.
    pub channel_id: Option<String>,
    /// The kind of channel.
    pub kind: Option<&'static str>,
    /// Whether and how.
    pub can_send: CanSend,
    /// Codes of the rules that decide.
    pub because: Vec<&'static str>,
    /// When the messaging window closes (milliseconds since 1970).
    pub window_closes_at: Option<i64>,
    /// The earliest live session: only its owner may write.
    pub live_session_id: Option<String>,
    /// Its owner.
    pub live_owner_id: Option<String>,
    /// When the user can be selected (milliseconds since 1970).
    pub available_at: Option<i64>,
}

/// What sessions tell about users.
#[derive(Debug, Default)]
pub struct Eligibles {
    live: KeyMap<HeldSession>,
    evidence: HashMap<u32, Evidence>,
}

/// Reasons, and the weight of the heaviest.
struct Reasons(Vec<(CanSend, &'static str)>);

impl Reasons {
    fn add(&mut self, weight: CanSend, code: &'static str, holds: bool) {
        if holds {
            self.0.push((weight, code));
        }
    }

    fn decide(self) -> (CanSend, Vec<&'static str>) {
        let heaviest = self.0.iter().map(|(weight, _)| *weight).max().unwrap_or(CanSend::Freeform);
        let mut codes: Vec<_> =
            self.0.into_iter().filter(|(weight, _)| *weight == heaviest).map(|(_, code)| code).collect();
        codes.sort_unstable();
        codes.dedup();
        (heaviest, codes)
    }
}

impl Eligibles {
    /// Keeps the earliest live session of each customer, and what sessions tell about last messages by user's row.
    #[must_use]
    pub fn new(sessions: &[HeldSession], told: impl Iterator<Item = (u32, Evidence)>) -> Self {
        let mut live: KeyMap<HeldSession> = KeyMap::default();
        for session in sessions.iter().filter(|session| session.live && !session.repeated) {
            live.entry(session.customer)
                .and_modify(|known| {
                    if session.order() < known.order() {
                        *known = *session;
                    }
                })
                .or_insert(*session);
        }
        Self { live, evidence: told.collect() }
    }

    /// Judges one user.
    #[must_use]
    pub fn of(&self, row: u32, user: User<'_>, context: &Context) -> Eligibility {
        let batch = user.batch();
        let created = batch.time(user::CREATED, user.row);
        let live = self.live.get(&batch.id(user::ID, user.row).key).filter(|_| context.joins(Table::Users));
        let window = Window::of(user).map(|window| (window, self.window(row, user, window, context)));
        let (can_send, because) = reasons(user, window.map(|(window, told)| (window, told.closed)), context).decide();
        Eligibility {
            row,
            record_id: batch.shown(user::ID, user.row),
            channel_id: batch.shown(user::CHANNEL, user.row),
            kind: kind_name(user.kind()),
            can_send,
            because,
            window_closes_at: window.and_then(|(window, told)| Some(told.last? + window.length(context))),
            live_session_id: live.and_then(|session| id_of(session.id)),
            live_owner_id: live.and_then(|session| id_of(session.owner)),
            available_at: created.millis().map(|created| created + context.policy.user_available_after),
        }
    }

    fn window(&self, row: u32, user: User<'_>, window: Window, context: &Context) -> Told {
        if let Some(age) = Window::age(user, context) {
            return Told { closed: Some(age > window.length(context)), last: Some(context.as_of - age) };
        }
        let own_is_missing = user.batch().time(user::LAST_INBOUND, user.row).is_missing();
        let evidence = self.evidence.get(&row).filter(|_| own_is_missing);
        let open = evidence.and_then(|evidence| evidence.is_open(context.as_of, context));
        Told {
            closed: open.map(|open| !open),
            last: evidence.and_then(|evidence| evidence.at_least).filter(|_| open == Some(true)),
        }
    }
}

/// What is known about a messaging window.
#[derive(Debug, Clone, Copy)]
struct Told {
    closed: Option<bool>,
    /// The customer's last message, or one that keeps the window open.
    last: Option<i64>,
}

fn reasons(user: User<'_>, window: Option<(Window, Option<bool>)>, context: &Context) -> Reasons {
    use CanSend::{No, TemplateOnly, Unknown};
    let (batch, row, link) = (user.batch(), user.row, user.link());
    let (kind, coverage, channel) = (user.kind(), user.coverage(), user.channel());
    let mut reasons = Reasons(Vec::new());

    reasons.add(No, "U305", coverage == Coverage::NotCovered);
    let message_type = batch.pick(user::MESSAGE_TYPE, row);
    let why_unknown = match kind {
        Kind::Embedded => "U306",
        _ if message_type.is_missing() => "U201",
        _ => "U202",
    };
    reasons.add(Unknown, why_unknown, coverage == Coverage::Unknown);

    reasons.add(No, "U301", link.state == State::Missing && !matches!(kind, Kind::Sms | Kind::Unknown));
    reasons.add(Unknown, "U204", link.state == State::Malformed);
    let findable = names_a_channel(link) && channels_can_be_found(context, Table::Users).is_ok();
    reasons.add(No, "U302", findable && link.found.is_none());
    reasons.add(No, "U303", channel.is_some_and(|channel| channel.active == Some(false)));

    let consent = batch.pick(user::CONSENT, row);
    let status = consent.value();
    reasons.add(No, "U401", status.is_some_and(|at| CONSENT.values[at] == "OptedOut"));
    let below = channel.is_some_and(|channel| meets_consent(consent, channel.consent_type) == Some(false));
    reasons.add(No, "U402", below);
    reasons.add(Unknown, if consent.is_missing() { "U403" } else { "U202" }, status.is_none());

    reasons.add(No, "U101", kind == Kind::Sms && user.platform_key() == PlatformKey::Other);
    reasons.add(No, "U201", user.platform_key() == PlatformKey::Missing);

    let created = batch.time(user::CREATED, row);
    let young = created.millis().map(|created| context.as_of - created < context.policy.user_available_after);
    reasons.add(No, "U307", young == Some(true));
    reasons.add(Unknown, if created == Time::MISSING { "U307" } else { "U208" }, young.is_none());

    match window {
        Some((Window::WhatsApp, Some(closed))) => reasons.add(TemplateOnly, "W101", closed),
        Some((Window::Messenger, Some(closed))) => reasons.add(No, "W102", closed),
        Some((_, None)) => reasons.add(Unknown, "W103", true),
        None => {}
    }
    reasons
}

/// The name of a kind in tables.
const fn kind_name(kind: Kind) -> Option<&'static str> {
    Some(match kind {
        Kind::Unknown => return None,
        Kind::Sms => "sms",
        Kind::WhatsApp => "whatsapp",
        Kind::Facebook => "messenger",
        Kind::Apple => "apple",
        Kind::Line => "line",
        Kind::Byoc => "custom",
        Kind::InApp => "in-app",
        Kind::Web => "web",
        Kind::Embedded => "in-app-or-web",
        Kind::Outside => "other",
    })
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::eligibility;

    const HEADER: &str = "Id,MessagingPlatformKey,MessagingChannelId,MessageType,MessagingConsentStatus,CreatedDate,LastInboundMessageTime\n";

    #[test]
    fn the_heaviest_reason_decides() {
        let users = format!(
            "{HEADER}0PA000000000001,+12345678900,0Mj000000000001,Text,ExplicitlyOptedIn,2026-01-01T00:00:00Z,\n0PA000000000002,1234,0Mj000000000001,Text,OptedOut,,\n0PA000000000003,491,0Mj000000000002,WhatsApp,ExplicitlyOptedIn,2026-01-01T00:00:00Z,2026-11-21T11:59:59Z\n0PA000000000004,491,0Mj000000000002,WhatsApp,ExplicitlyOptedIn,2026-01-01T00:00:00Z,\n0PA000000000005,491,0Mj000000000002,WhatsApp,,2026-01-01T00:00:00Z,2026-11-21T12:00:00Z\n"
        );
        let judged = eligibility(&[("users", &users)]);
        let said: Vec<_> = judged.iter().map(|user| (user.can_send.name(), user.because.as_slice())).collect();
        assert_eq!(
            said,
            [
                ("freeform", &[][..]),
                ("no", &["U101", "U401"][..]),
                ("template-only", &["W101"][..]),
                ("unknown", &["W103"][..]),
                ("unknown", &["U403"][..]),
            ]
        );
        assert_eq!(judged[4].window_closes_at, Some(crate::rules::testing::AS_OF));
    }

    #[test]
    fn each_reason_is_told_by_itself_and_at_its_boundary() {
        const OLD: &str = "2026-01-01T00:00:00Z";
        // Type, key, consent, created, last message; then kind, what may be sent, and why.
        let told = [
            ("Text", "+12345678900", "OptedOut", OLD, "", ("sms", "no", "U401")),
            ("Text", "12345678900", "ExplicitlyOptedIn", OLD, "", ("sms", "no", "U101")),
            ("Text", "", "ExplicitlyOptedIn", OLD, "", ("sms", "no", "U201")),
            ("Text", "+12345678900", "", OLD, "", ("sms", "unknown", "U403")),
            ("Text", "+12345678900", "Perhaps", OLD, "", ("sms", "unknown", "U202")),
            ("Text", "+12345678900", "ExplicitlyOptedIn", "", "", ("sms", "unknown", "U307")),
            ("Text", "+12345678900", "ExplicitlyOptedIn", "soon", "", ("sms", "unknown", "U208")),
            ("Text", "+12345678900", "ExplicitlyOptedIn", "2026-11-22T11:50:00Z", "", ("sms", "freeform", "")),
            ("Text", "+12345678900", "ExplicitlyOptedIn", "2026-11-22T11:50:00.001Z", "", ("sms", "no", "U307")),
            ("", "+12345678900", "ExplicitlyOptedIn", OLD, "", ("", "unknown", "U201")),
            ("Pigeon", "+12345678900", "ExplicitlyOptedIn", OLD, "", ("", "unknown", "U202")),
            ("EmbeddedMessaging", "v2/iamessage/a", "ExplicitlyOptedIn", OLD, "", ("in-app-or-web", "unknown", "U306")),
            ("WebChat", "a", "ExplicitlyOptedIn", OLD, "", ("other", "no", "U305")),
            ("WhatsApp", "491", "ExplicitlyOptedIn", OLD, "2026-11-21T12:00:00Z", ("whatsapp", "freeform", "")),
            (
                "WhatsApp",
                "491",
                "ExplicitlyOptedIn",
                OLD,
                "2026-11-21T11:59:59.999Z",
                ("whatsapp", "template-only", "W101"),
            ),
            ("Facebook", "4912", "ExplicitlyOptedIn", OLD, "2026-11-21T12:00:00Z", ("messenger", "freeform", "")),
            ("Line", "U1", "ExplicitlyOptedIn", OLD, "", ("line", "freeform", "")),
        ];
        let records: Vec<_> = told
            .iter()
            .map(|(kind, key, consent, created, last, _)| {
                format!("0PA000000000001,{key},0Mj000000000001,{kind},{consent},{created},{last}\n")
            })
            .collect();
        let judged = eligibility(&[("users", &format!("{HEADER}{}", records.concat()))]);
        assert_eq!(judged.len(), told.len());
        for (user, told) in judged.iter().zip(told) {
            let said = (user.kind.unwrap_or_default(), user.can_send.name(), &*user.because.join(","));
            assert_eq!(said, told.5, "{told:?}");
        }
        assert_eq!(judged[0].available_at, Some(1_767_225_600_000 + 600_000));
        assert_eq!(judged[5].available_at, None);
    }

    #[test]
    fn the_channel_decides_too() {
        const CHANNELS: &str = "Id,MessageType,IsActive,ConsentType\n0Mj000000000001,Text,true,ImplicitOptIn\n0Mj000000000002,Text,false,ImplicitOptIn\n0Mj000000000003,Text,true,DoubleOptIn\n0Mj000000000004,Line,true,ImplicitOptIn\n";
        let told = [
            ("Text", "0Mj000000000001", "no", "U401", "OptedOut"),
            ("Text", "0Mj000000000001", "freeform", "", "ImplicitlyOptedIn"),
            ("Text", "0Mj000000000002", "no", "U303", "ImplicitlyOptedIn"),
            ("Text", "0Mj000000000003", "no", "U402", "ImplicitlyOptedIn"),
            ("Text", "0Mj000000000003", "freeform", "", "DoublyOptedIn"),
            ("Text", "0Mj000000000009", "no", "U302", "ImplicitlyOptedIn"),
            ("Text", "0Mjx", "unknown", "U204", "ImplicitlyOptedIn"),
            ("Text", "", "freeform", "", "ImplicitlyOptedIn"),
            ("Line", "0Mj000000000004", "freeform", "", "ImplicitlyOptedIn"),
            ("Line", "", "no", "U301", "ImplicitlyOptedIn"),
        ];
        let records: Vec<_> = told
            .iter()
            .map(|(kind, channel, .., consent)| {
                format!("0PA000000000001,+12345678900,{channel},{kind},{consent},2026-01-01T00:00:00Z,\n")
            })
            .collect();
        let judged = eligibility(&[("channels", CHANNELS), ("users", &format!("{HEADER}{}", records.concat()))]);
        let said: Vec<_> = judged.iter().map(|user| (user.can_send.name(), user.because.join(","))).collect();
        assert_eq!(said, told.map(|(_, _, can_send, because, _)| (can_send, because.to_owned())));
    }

    #[test]
    fn a_live_session_names_its_rep() {
        let users =
            format!("{HEADER}0PA000000000001,491,0Mj000000000002,WhatsApp,ExplicitlyOptedIn,2026-01-01T00:00:00Z,\n");
        let sessions = "Id,MessagingEndUserId,Status,OwnerId,StartTime,Origin\n0Mw000000000001,0PA000000000001,Active,005000000000001,2026-11-22T10:00:00Z,InboundInitiated\n0Mw000000000002,0PA000000000001,New,005000000000002,2026-11-22T09:00:00Z,AgentInitiated\n0Mw000000000003,0PA000000000001,Ended,005000000000003,2026-11-22T08:00:00Z,InboundInitiated\n";
        let judged = eligibility(&[("users", &users), ("sessions", sessions)]);
        assert_eq!(judged[0].live_session_id.as_deref(), Some("0Mw000000000002CAA"));
        assert_eq!(judged[0].live_owner_id.as_deref(), Some("005000000000002AAA"));
        assert_eq!(judged[0].can_send.name(), "freeform");
        assert_eq!(judged[0].window_closes_at, Some(crate::rules::testing::AS_OF + 22 * 3_600_000));
    }
}
