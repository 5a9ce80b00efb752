//! What charts show, counted while the records are checked: users by the region of their number, windows by the hours
//! until they close, live sessions by age.
//!
//! Every count is exact. A record adds to small arrays by small numbers; nothing is hashed or allocated.

use crate::engine::chunk::Records;
use crate::engine::context::Context;
use crate::engine::window::{Evidence, Window};
use crate::model::channel::Kind;
use crate::model::objects::{Table, session};
use crate::model::picklists::STATUS;
use crate::tables::phone::Region;
use crate::tables::sessions::Session;
use crate::tables::users::User;

const HOUR: i64 = 3_600_000;
const DAY: i64 = 24 * HOUR;
/// Windows that stay open for at least so many hours are counted together.
pub const LAST_HOUR: usize = 168;
/// How many statuses a session can have.
const STATUSES: usize = STATUS.values.len();

/// How old a live session is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Age {
    /// An hour or less.
    Hour,
    /// Up to six hours.
    SixHours,
    /// Up to a day.
    Day,
    /// Up to two days: what a New session may be old.
    TwoDays,
    /// Up to a week.
    Week,
    /// Up to 30 days.
    Month,
    /// Older.
    Older,
    /// Its StartTime lies after as-of by more than clocks differ.
    Future,
    /// Its StartTime is missing or cannot be read.
    Unknown,
}

impl Age {
    /// All of them, the youngest first.
    pub const ALL: [Self; 9] = [
        Self::Hour,
        Self::SixHours,
        Self::Day,
        Self::TwoDays,
        Self::Week,
        Self::Month,
        Self::Older,
        Self::Future,
        Self::Unknown,
    ];

    /// The name that users read.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Hour => "up to 1 h",
            Self::SixHours => "1 to 6 h",
            Self::Day => "6 to 24 h",
            Self::TwoDays => "1 to 2 days",
            Self::Week => "2 to 7 days",
            Self::Month => "7 to 30 days",
            Self::Older => "over 30 days",
            Self::Future => "in the future",
            Self::Unknown => "unknown",
        }
    }

    fn of(session: Session<'_>, context: &Context) -> Self {
        match session.batch().time(session::START, session.row).millis() {
            None => Self::Unknown,
            Some(start) if context.is_future(start) => Self::Future,
            Some(start) => match context.as_of - start {
                ..=HOUR => Self::Hour,
                age if age <= 6 * HOUR => Self::SixHours,
                age if age <= DAY => Self::Day,
                age if age <= 2 * DAY => Self::TwoDays,
                age if age <= 7 * DAY => Self::Week,
                age if age <= 30 * DAY => Self::Month,
                _ => Self::Older,
            },
        }
    }
}

/// The windows of one kind of channel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Closings {
    /// Users who have such a window.
    users: u64,
    /// Users whose window is closed.
    closed: u64,
    /// Users whose window is open, by whole hours until it closes.
    open: [u64; LAST_HOUR + 1],
}

impl Default for Closings {
    fn default() -> Self {
        Self { users: 0, closed: 0, open: [0; LAST_HOUR + 1] }
    }
}

impl Closings {
    /// Counts a user whose customer last wrote so long ago.
    fn count(&mut self, age: i64, length: i64) {
        let left = length - age;
        if left < 0 {
            self.closed += 1;
        } else {
            self.open[usize::try_from(left / HOUR).map_or(LAST_HOUR, |hours| hours.min(LAST_HOUR))] += 1;
        }
    }

    fn add(&mut self, other: &Self) {
        self.users += other.users;
        self.closed += other.closed;
        sum(&mut self.open, &other.open);
    }

    /// Users whose window is closed.
    #[must_use]
    pub const fn closed(&self) -> u64 {
        self.closed
    }

    /// Users whose window is open, by whole hours until it closes; the last stands for all longer ones, too.
    #[must_use]
    pub const fn open(&self) -> &[u64; LAST_HOUR + 1] {
        &self.open
    }

    /// Users of whom nothing tells when the customer last wrote.
    #[must_use]
    pub fn unknown(&self) -> u64 {
        self.users - self.closed - self.open.iter().sum::<u64>()
    }
}

/// Numbers of SMS and WhatsApp users.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Numbers {
    by_region: [u64; Region::COUNT],
    unassigned: u64,
    unreadable: u64,
}

impl Default for Numbers {
    fn default() -> Self {
        Self { by_region: [0; Region::COUNT], unassigned: 0, unreadable: 0 }
    }
}

impl Numbers {
    fn count(&mut self, user: User<'_>) {
        if !matches!(user.kind(), Kind::Sms | Kind::WhatsApp) {
            return;
        }
        match user.number() {
            None => self.unreadable += 1,
            Some(number) => match number.assigned() {
                None => self.unassigned += 1,
                Some(assigned) => self.by_region[assigned.region.place()] += 1,
            },
        }
    }

    fn add(&mut self, other: &Self) {
        sum(&mut self.by_region, &other.by_region);
        self.unassigned += other.unassigned;
        self.unreadable += other.unreadable;
    }

    /// Regions that have numbers, and how many.
    pub fn by_region(&self) -> impl Iterator<Item = (Region, u64)> {
        Region::all().zip(self.by_region).filter(|(_, users)| *users > 0)
    }

    /// Users whose number has the right form, but no numbering plan assigns it.
    #[must_use]
    pub const fn unassigned(&self) -> u64 {
        self.unassigned
    }

    /// Users whose key is missing or no number in international form.
    #[must_use]
    pub const fn unreadable(&self) -> u64 {
        self.unreadable
    }
}

/// All counts, of a chunk or of a whole check.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tallies {
    /// Numbers of users on phone channels.
    pub numbers: Numbers,
    /// Windows on WhatsApp.
    pub whatsapp: Closings,
    /// Windows on Messenger.
    pub messenger: Closings,
    sessions: [[u64; Age::ALL.len()]; STATUSES],
}

impl Tallies {
    /// Counts the records of a batch: users and sessions only.
    pub fn count(&mut self, records: &Records<'_>, context: &Context) {
        match records {
            Records::Users(users) if users.batch.table() == Table::Users => {
                users.iter().for_each(|user| self.user(user, context));
            }
            Records::Sessions(sessions) => {
                for session in sessions.iter().filter(|session| session.is_live()) {
                    // A session without a readable status is not live.
                    if let Some(status) = session.batch().pick(session::STATUS, session.row).value() {
                        self.sessions[status][Age::of(session, context) as usize] += 1;
                    }
                }
            }
            _ => {}
        }
    }

    fn user(&mut self, user: User<'_>, context: &Context) {
        self.numbers.count(user);
        let Some(window) = Window::of(user) else { return };
        let closings = self.closings(window);
        closings.users += 1;
        if let Some(age) = Window::age(user, context) {
            closings.count(age, window.length(context));
        }
    }

    /// Counts what sessions prove of a user whose own record does not tell. The window may close later than that: the
    /// customer may have written again in the session.
    pub fn told(&mut self, evidence: &Evidence, context: &Context) {
        let (closings, length) = (self.closings(evidence.window), evidence.window.length(context));
        match (evidence.is_open(context.as_of, context), evidence.at_least) {
            (Some(true), Some(at_least)) => closings.count(context.as_of - at_least, length),
            (Some(false), _) => closings.closed += 1,
            _ => {}
        }
    }

    const fn closings(&mut self, window: Window) -> &mut Closings {
        match window {
            Window::WhatsApp => &mut self.whatsapp,
            Window::Messenger => &mut self.messenger,
        }
    }

    /// Adds the counts of other records.
    pub fn add(&mut self, other: &Self) {
        self.numbers.add(&other.numbers);
        self.whatsapp.add(&other.whatsapp);
        self.messenger.add(&other.messenger);
        self.sessions.iter_mut().zip(&other.sessions).for_each(|(ours, theirs)| sum(ours, theirs));
    }

    /// Live sessions by status and age, as far as there are any.
    pub fn live_sessions(&self) -> impl Iterator<Item = (&'static str, Age, u64)> {
        let statuses = STATUS.values.iter().copied().zip(&self.sessions);
        statuses
            .flat_map(|(status, ages)| Age::ALL.into_iter().zip(ages).map(move |(age, n)| (status, age, *n)))
            .filter(|(_, _, sessions)| *sessions > 0)
    }
}

fn sum(ours: &mut [u64], theirs: &[u64]) {
    ours.iter_mut().zip(theirs).for_each(|(ours, theirs)| *ours += theirs);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::{Operation, Policy};
    use crate::rules::testing::{check, check_with, sessions, users};

    const HEADER: &str = "Id,MessagingPlatformKey,MessagingChannelId,MessageType,LastInboundMessageTime\n";

    fn open(closings: &Closings) -> Vec<(usize, u64)> {
        closings.open().iter().copied().enumerate().filter(|(_, users)| *users > 0).collect()
    }

    #[test]
    fn numbers_count_by_region_on_phone_channels_only() {
        let found = users(
            "MessagingPlatformKey,MessagingChannelId,MessageType\n+12345678900,0Mj000000000001,Text\n+12345678901,0Mj000000000001,Text\n4915123456789,0Mj000000000001,WhatsApp\n+80012345678,0Mj000000000001,WhatsApp\n+99912345678,0Mj000000000001,Text\n0171 123,0Mj000000000001,Text\n,0Mj000000000001,WhatsApp\n+12345678902,0Mj000000000001,Facebook\n",
        );
        let numbers = &found.tallies().numbers;
        let by_region: Vec<_> = numbers.by_region().map(|(region, users)| (region.name(), users)).collect();
        assert_eq!(by_region, [("001", 1), ("DE", 1), ("US", 2)]);
        assert_eq!((numbers.unassigned(), numbers.unreadable()), (1, 2));
    }

    #[test]
    fn windows_count_by_whole_hours_left() {
        let found = users(
            &[
                HEADER,
                ",491,0Mj000000000001,WhatsApp,2026-11-21T12:00:00Z\n", // closes now
                ",492,0Mj000000000001,WhatsApp,2026-11-21T12:59:59.999Z\n",
                ",493,0Mj000000000001,WhatsApp,2026-11-21T13:00:00Z\n",
                ",494,0Mj000000000001,WhatsApp,2026-11-21T11:59:59.999Z\n", // closed
                ",495,0Mj000000000001,WhatsApp,2026-11-22T12:04:00Z\n",     // within what clocks differ
                ",496,0Mj000000000001,WhatsApp,2026-11-23T12:00:00Z\n",     // in the future
                ",497,0Mj000000000001,WhatsApp,\n",
                ",498,0Mj000000000001,WhatsApp,yesterday\n",
                ",1,0Mj000000000001,Facebook,2026-11-22T12:00:00Z\n",
                ",2,0Mj000000000001,Facebook,2026-11-15T11:59:59Z\n",
                ",+12345678900,0Mj000000000001,Text,2026-11-22T12:00:00Z\n", // no window
            ]
            .concat(),
        );
        let tallies = found.tallies();
        assert_eq!(open(&tallies.whatsapp), [(0, 2), (1, 1), (24, 1)]);
        assert_eq!((tallies.whatsapp.closed(), tallies.whatsapp.unknown()), (1, 3));
        assert_eq!(open(&tallies.messenger), [(LAST_HOUR, 1)]);
        assert_eq!((tallies.messenger.closed(), tallies.messenger.unknown()), (1, 0));
        assert_eq!(found.rows("W101").len(), 1, "the rule and the chart agree");
    }

    #[test]
    fn sessions_tell_of_windows_where_the_user_does_not() {
        let given = [
            (
                "users",
                &*[
                    HEADER,
                    "0PA000000000001,491,0Mj000000000001,WhatsApp,\n",
                    "0PA000000000002,492,0Mj000000000001,WhatsApp,\n",
                    "0PA000000000003,493,0Mj000000000001,WhatsApp,2026-11-22T11:30:00Z\n",
                ]
                .concat(),
            ),
            (
                "sessions",
                "MessagingEndUserId,Status,StartTime,EndTime,Origin\n0PA000000000001,Ended,2026-11-22T10:00:00Z,2026-11-22T11:00:00Z,InboundInitiated\n0PA000000000002,Ended,2026-11-01T10:00:00Z,2026-11-01T11:00:00Z,InboundInitiated\n0PA000000000003,Ended,2026-11-01T10:00:00Z,2026-11-01T11:00:00Z,InboundInitiated\n",
            ),
        ];
        let found = check(&given);
        assert_eq!(open(&found.tallies().whatsapp), [(22, 1), (23, 1)]);
        assert_eq!((found.tallies().whatsapp.closed(), found.tallies().whatsapp.unknown()), (0, 1));
        let complete = Policy { sessions_complete: true, ..Policy::default() };
        let found = check_with(&given, complete, Operation::Audit);
        assert_eq!((found.tallies().whatsapp.closed(), found.tallies().whatsapp.unknown()), (1, 0));
    }

    #[test]
    fn live_sessions_count_by_age() {
        let found = sessions(
            "MessagingEndUserId,Status,StartTime\n0PA000000000001,New,2026-11-22T12:00:00Z\n0PA000000000002,New,2026-11-22T11:00:00Z\n0PA000000000003,active,2026-11-22T10:59:59.999Z\n0PA000000000004,New,2026-11-20T12:00:00Z\n0PA000000000005,New,2026-11-20T11:59:59Z\n0PA000000000006,New,2026-10-01T00:00:00Z\n0PA000000000007,New,\n0PA000000000008,New,x\n0PA000000000009,New,2026-11-22T12:05:01Z\n0PA000000000001,Ended,2026-11-22T12:00:00Z\n0PA000000000001,Gone,2026-11-22T12:00:00Z\n",
        );
        let live: Vec<_> = found.tallies().live_sessions().map(|(status, age, n)| (status, age.name(), n)).collect();
        assert_eq!(
            live,
            [
                ("New", "up to 1 h", 2),
                ("New", "1 to 2 days", 1),
                ("New", "2 to 7 days", 1),
                ("New", "over 30 days", 1),
                ("New", "in the future", 1),
                ("New", "unknown", 2),
                ("Active", "1 to 6 h", 1),
            ]
        );
        assert_eq!(found.rows("S101").len(), 2, "the rule and the chart agree");
    }

    #[test]
    fn an_age_ends_at_its_limit() {
        let ends = [
            ("2026-11-22T06:00:00", "1 to 6 h"),
            ("2026-11-22T05:59:59", "6 to 24 h"),
            ("2026-11-21T12:00:00", "6 to 24 h"),
            ("2026-11-21T11:59:59", "1 to 2 days"),
            ("2026-11-15T12:00:00", "2 to 7 days"),
            ("2026-11-15T11:59:59", "7 to 30 days"),
            ("2026-10-23T12:00:00", "7 to 30 days"),
            ("2026-10-23T11:59:59", "over 30 days"),
        ];
        for (start, age) in ends {
            let found = sessions(&format!("MessagingEndUserId,Status,StartTime\n0PA000000000001,New,{start}Z\n"));
            let live: Vec<_> = found.tallies().live_sessions().map(|(_, age, n)| (age.name(), n)).collect();
            assert_eq!(live, [(age, 1)], "{start}");
        }
    }

    #[test]
    fn existing_users_are_not_counted_and_parts_add_up() {
        let found = check(&[
            ("existing_users", &[HEADER, ",+12345678900,0Mj000000000001,Text,\n"].concat()),
            (
                "users",
                &[HEADER, ",+12345678901,0Mj000000000001,Text,\n", ",+99912345678,0Mj000000000001,Text,\n"].concat(),
            ),
        ]);
        let mut both = found.tallies().clone();
        assert_eq!(both.numbers.by_region().map(|(_, users)| users).sum::<u64>(), 1);
        both.add(found.tallies());
        assert_eq!(both.numbers.by_region().map(|(_, users)| users).sum::<u64>(), 2);
        assert_eq!(both.numbers.unassigned(), 2);
    }
}
