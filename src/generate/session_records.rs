//! What the records of sessions say.

use std::borrow::Cow;
use std::ops::Range;

use arrow_array::RecordBatch;

use super::clock::{naive, unreadable, utc};
use super::columns::{Columns, missing, wrong_case};
use super::draw::Purpose;
use super::ids::{self, ABSENT};
use super::plan::Plan;
use super::session_flaws::SessionFlaw;
use super::sessions::{Session, Where};
use crate::error::Result;

const NAMES: [&str; 12] = [
    "Id",
    "MessagingEndUserId",
    "MessagingChannelId",
    "OwnerId",
    "Status",
    "Origin",
    "AgentType",
    "StartTime",
    "AcceptTime",
    "EndTime",
    "EndedByType",
    "ChannelLocale",
];
const LOCALES: [&str; 8] = ["en_US", "en_GB", "de_DE", "fr_FR", "es_MX", "pt_BR", "it_IT", "ja_JP"];

impl Plan {
    /// The records of some sessions.
    ///
    /// # Errors
    /// Columns that do not fit together, which is a fault of this library.
    pub fn session_records(&self, rows: Range<u32>) -> Result<RecordBatch> {
        let mut columns = Columns::new(NAMES, rows.len());
        for row in rows {
            self.session_record(&self.session(row), &mut columns);
        }
        columns.finish()
    }

    fn session_record(&self, session: &Session, columns: &mut Columns<12>) {
        let mut draw = self.draw(Purpose::SessionCells, session.row);
        let (flaw, kind) = (session.flaw, draw.below(60));

        let id_of = if flaw == Some(SessionFlaw::SameId) { Self::pillar(session.row, &mut draw) } else { session.row };
        let own_id = self.ids.id(ids::SESSION, u64::from(id_of));
        let id: Cow<'_, str> = match flaw {
            Some(SessionFlaw::IdDamaged) => ids::damaged(&own_id, kind).into(),
            Some(SessionFlaw::IdMalformed) => ids::malformed(&own_id, kind).into(),
            Some(SessionFlaw::SameId) if kind.is_multiple_of(2) => ids::text(&own_id[..15]).into(),
            _ => ids::text(&own_id).into(),
        };
        let absent = if flaw == Some(SessionFlaw::UnknownUser) { ABSENT } else { 0 };
        let user_id = self.ids.id(ids::USER, absent + u64::from(session.customer.row));
        let user: Option<Cow<'_, str>> = match flaw {
            Some(SessionFlaw::NoUser) => missing(kind).map(Into::into),
            Some(SessionFlaw::UserDamaged) => Some(ids::damaged(&user_id, kind).into()),
            Some(SessionFlaw::UserMalformed) => Some(ids::malformed(&user_id, kind).into()),
            _ => Some(ids::text(&user_id).into()),
        };
        let channel: Option<Cow<'_, str>> = match (session.place, flaw) {
            (Where::Missing, _) => missing(kind).map(Into::into),
            (Where::Absent, _) => {
                Some(ids::text(&self.ids.id(ids::CHANNEL, ABSENT + u64::from(session.row))).to_owned().into())
            }
            (Where::Channel(at), Some(SessionFlaw::ChannelMalformed)) => {
                Some(ids::malformed(&self.channel(at).id, kind).into())
            }
            (Where::Channel(at), _) => Some(ids::text(&self.channel(at).id).into()),
        };
        let rep = usize::try_from(session.rep).ok().and_then(|rep| self.reps.get(rep));
        let owner: Option<Cow<'_, str>> = rep.map(|rep| match flaw {
            Some(SessionFlaw::OwnerMalformed) => ids::malformed(rep, kind).into(),
            _ => ids::text(rep).into(),
        });
        let status: Option<Cow<'_, str>> = match flaw {
            Some(SessionFlaw::NoStatus) => missing(kind).map(Into::into),
            Some(SessionFlaw::StatusUnknown) => Some(draw.text(&["Closed", "Completed", "Open", "Ended "]).into()),
            Some(SessionFlaw::StatusCase) => Some(wrong_case(session.status, kind).into()),
            _ => Some(session.status.into()),
        };
        let origin = match flaw {
            Some(SessionFlaw::OriginUnknown) => draw.text(&["Inbound", "Outbound", "Agent Initiated", "inbound"]),
            _ => session.origin,
        };
        let agent = match flaw {
            Some(SessionFlaw::AgentUnknown) => draw.text(&["Human", "agent", "BOT", "Rep"]),
            _ => session.agent,
        };
        let ended_by: Option<Cow<'_, str>> = session.ended_by.map(|by| match flaw {
            Some(SessionFlaw::EndedByCase) => wrong_case(by, kind).into(),
            _ => by.into(),
        });
        let start = match flaw {
            Some(SessionFlaw::StartUnreadable) => Stamp::Unusual(unreadable(session.times.start, kind)),
            Some(SessionFlaw::StartNaive) => Stamp::Unusual(naive(session.times.start, kind)),
            _ => Stamp::Usual(utc(session.times.start)),
        };
        let accept = session.times.accept.map(|accept| match flaw {
            Some(SessionFlaw::AcceptNaive) => Stamp::Unusual(naive(accept, kind)),
            _ => Stamp::Usual(utc(accept)),
        });
        let end = session.times.end.map(|end| match flaw {
            Some(SessionFlaw::EndUnreadable) => Stamp::Unusual(unreadable(end, kind)),
            _ => Stamp::Usual(utc(end)),
        });
        let locale: Option<Cow<'_, str>> = match flaw {
            Some(SessionFlaw::LongLocale) => Some("en_US;".repeat(43).into()),
            _ => (!draw.chance(300)).then(|| draw.text(&LOCALES).into()),
        };
        columns.push([
            Some(&id),
            user.as_deref(),
            channel.as_deref(),
            owner.as_deref(),
            status.as_deref(),
            Some(origin),
            Some(agent),
            Some(start.text()),
            accept.as_ref().map(Stamp::text),
            end.as_ref().map(Stamp::text),
            ended_by.as_deref(),
            locale.as_deref(),
        ]);
    }
}

/// A written instant.
enum Stamp {
    Usual([u8; 24]),
    Unusual(String),
}

impl Stamp {
    fn text(&self) -> &str {
        match self {
            Self::Usual(bytes) => std::str::from_utf8(bytes).unwrap_or_default(),
            Self::Unusual(text) => text,
        }
    }
}
