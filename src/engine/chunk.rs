//! One chunk of a table: decoded, judged by the row rules, and reduced to masks, counts and keys.

use std::sync::{Arc, Mutex, PoisonError};

use super::context::Context;
use super::customer::Span;
use super::entries::{AddressEntry, ChannelNumber, Course, HeldSession, IdEntry, SessionEntry, UserEntry};
use super::identity::Other;
use super::keys::Partitioned;
use super::peers::{PeerCollector, Peers};
use super::select::Selection;
use super::sends::{Book, Known};
use super::window::Pending;
use crate::error::Result;
use crate::findings::marks::{Marks, Tally};
use crate::findings::tallies::Tallies;
use crate::model::objects::{Table, send, session, user};
use crate::model::picklists::{ORIGIN, STATUS};
use crate::rule::Decide;
use crate::tables::batch::Batch;
use crate::tables::bind::{Binding, Form};
use crate::tables::key::{Key, KeyMap};
use crate::tables::raw::Raw;
use crate::tables::sends::{Plan, plans};
use crate::tables::sessions::{Session, Sessions};
use crate::tables::users::{User, Users};

/// How many rows a chunk has, unless the table ends: enough to fill every partition, small enough for the cache.
pub const CHUNK_ROWS: usize = 1 << 16;

/// How many rows are decoded and judged at a time: their typed columns stay in the cache of a core from the decoder
/// through the last rule.
const BLOCK_ROWS: usize = 1 << 12;

/// What is kept of a chunk.
#[derive(Debug)]
pub struct Chunk {
    /// The number of its first record.
    pub first: u32,
    /// How many records it has.
    pub rows: usize,
    /// One mask per record; nothing when no row rule failed.
    pub masks: Option<Box<[u64]>>,
    /// Counts by bit of the rule.
    pub tallies: Vec<Tally>,
    /// What charts show.
    pub charted: Tallies,
    /// Rows and bits of findings that name another record.
    pub pairs: Vec<(u32, u8, Other)>,
    /// What later phases need.
    pub content: Content,
    /// What users are compared by besides.
    pub peers: Peers,
    /// What planned sends and eligibility need.
    pub extra: Extra,
}

/// What planned sends and eligibility need of users and sessions.
#[derive(Debug, Default)]
pub struct Extra {
    /// Users that some send is about.
    pub known: Vec<Known>,
    /// Sessions of their customers; all live ones when eligibility is asked for.
    pub held: Vec<HeldSession>,
    /// Live sessions without a readable customer: they still burden their owners.
    pub unclaimed: Vec<Span>,
}

/// What later phases need of a chunk.
#[derive(Debug)]
pub enum Content {
    /// The decoded channels.
    Channels(Vec<Batch>),
    /// Keys of users.
    Users(Partitioned<UserEntry>, Partitioned<AddressEntry>),
    /// Keys of sessions.
    Sessions(Partitioned<IdEntry>, Partitioned<SessionEntry>, Partitioned<Span>),
    /// Planned sends, and what their OwnerIds say when they are keys of another system.
    Sends(Vec<Plan>, Vec<(Key, String)>),
}

/// Numbers channels as their keys are met. Equal keys get equal numbers; which number depends on chance.
#[derive(Debug, Default)]
pub struct ChannelNumbers(Mutex<KeyMap<u32>>);

impl ChannelNumbers {
    fn get(&self, key: Key, form: Form, known: &mut KnownChannels) -> ChannelNumber {
        if !key.is_some() {
            return ChannelNumber::NONE;
        }
        let last = &mut known.last[key.low_bits() % KnownChannels::KEPT];
        if last.0 != key {
            *last = (key, self.look_up(key, form, &mut known.all));
        }
        last.1
    }

    fn look_up(&self, key: Key, form: Form, known: &mut KeyMap<ChannelNumber>) -> ChannelNumber {
        *known.entry(key).or_insert_with(|| {
            let mut numbers = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            let next = u32::try_from(numbers.len()).unwrap_or(u32::MAX);
            ChannelNumber::new(*numbers.entry(key).or_insert(next), ChannelNumber::form_of(key, Some(form)))
        })
    }
}

/// The numbers that a chunk has met. Channels are few and users many, so those met last are kept where no hash is needed.
#[derive(Debug)]
struct KnownChannels {
    last: [(Key, ChannelNumber); Self::KEPT],
    all: KeyMap<ChannelNumber>,
}

impl KnownChannels {
    const KEPT: usize = 256;
}

impl Default for KnownChannels {
    fn default() -> Self {
        Self { last: [(Key::NONE, ChannelNumber::NONE); Self::KEPT], all: KeyMap::default() }
    }
}

/// A chunk still to be worked on.
#[derive(Debug)]
pub struct Task {
    /// The frame of the check.
    pub context: Arc<Context>,
    /// The rules.
    pub selection: Arc<Selection>,
    /// Numbers of channels, shared by all chunks.
    pub channels: Arc<ChannelNumbers>,
    /// The planned sends, if there are any.
    pub book: Option<Arc<Book>>,
    /// Whether eligibility is asked for.
    pub eligibility: bool,
    /// How the table is bound.
    pub binding: Arc<Binding>,
    /// The number of the first record.
    pub first: u32,
    /// The records.
    pub batches: Vec<Raw>,
}

impl Task {
    /// Decodes and checks the chunk.
    ///
    /// # Errors
    /// A batch that cannot be decoded.
    pub fn run(self) -> Result<Chunk> {
        let rows = self.batches.iter().map(Raw::rows).sum();
        let mut judge = Judge::new(&self.context, &self.selection, self.binding.table);
        let mut masks = vec![0_u64; rows];
        let (mut at, mut charted) = (0, Tallies::default());
        let mut content = Collector::new(&self);
        let (mut peers, mut pairs) = (PeerCollector::new(&self.selection, self.binding.table), Vec::new());
        let blocks = self.batches.iter().flat_map(|batch| {
            let starts = (0..batch.rows()).step_by(BLOCK_ROWS);
            starts.map(move |start| batch.slice(start, BLOCK_ROWS.min(batch.rows() - start)))
        });
        for block in blocks {
            let next = at + block.rows();
            let batch = Batch::decode(&self.binding, &block, &self.context.policy)?;
            let records = Records::new(batch, &self.binding, &self.context);
            judge.judge(&records, &mut masks[at..next]);
            charted.count(&records, &self.context);
            let first = self.first + u32::try_from(at).unwrap_or(u32::MAX);
            let named = judge.named.drain(..);
            pairs.extend(named.map(|(place, bit, other)| (first + u32::try_from(place).unwrap_or(0), bit, other)));
            peers.collect(&records, first);
            content.collect(records, first);
            at = next;
        }
        let flagged = masks.iter().any(|mask| *mask != 0);
        let (content, extra) = content.finish(self.binding.table);
        Ok(Chunk {
            first: self.first,
            rows,
            masks: flagged.then(|| masks.into()),
            tallies: judge.tallies,
            charted,
            pairs,
            content,
            peers: peers.finish(),
            extra,
        })
    }
}

/// The records of a batch with what follows from their channels.
#[derive(Debug)]
pub enum Records<'a> {
    /// Channels.
    Channels(Batch),
    /// Users, or existing users.
    Users(Users<'a>),
    /// Sessions.
    Sessions(Sessions<'a>),
    /// Planned sends.
    Sends(Batch),
}

impl<'a> Records<'a> {
    /// Prepares a decoded batch for its rules.
    #[must_use]
    pub fn new(batch: Batch, binding: &'a Binding, context: &'a Context) -> Self {
        match batch.table() {
            Table::Channels => Self::Channels(batch),
            Table::Users | Table::ExistingUsers => Self::Users(Users::new(batch, binding, &context.channels)),
            Table::Sessions => Self::Sessions(Sessions::new(batch, binding, &context.channels, &context.policy)),
            Table::Sends => Self::Sends(batch),
        }
    }

    /// The decoded cells.
    #[must_use]
    pub const fn batch(&self) -> &Batch {
        match self {
            Self::Channels(batch) | Self::Sends(batch) => batch,
            Self::Users(users) => &users.batch,
            Self::Sessions(sessions) => &sessions.batch,
        }
    }
}

/// Runs the rules that see one record at a time.
#[derive(Debug)]
pub struct Judge<'a> {
    context: &'a Context,
    rules: Vec<&'a super::select::Active>,
    /// Counts by bit of the rule.
    pub tallies: Vec<Tally>,
    /// Findings that name another record: the place in the batch, the bit, and that record.
    pub named: Vec<(usize, u8, Other)>,
}

impl<'a> Judge<'a> {
    /// The rules of a table that can run.
    #[must_use]
    pub fn new(context: &'a Context, selection: &'a Selection, table: Table) -> Self {
        // Windows may still be decided by tables to come, so their needs are judged at the end.
        let runs = |active: &&super::select::Active| {
            matches!(active.rule.decide, Decide::Window(..)) || context.meets(active.rule, table).is_ok()
        };
        let rules = selection.on(table).filter(runs).collect();
        Self { context, rules, tallies: vec![Tally::default(); 64], named: Vec::new() }
    }

    /// Sets the bits of the rules that fail.
    pub fn judge(&mut self, records: &Records<'_>, masks: &mut [u64]) {
        for active in &self.rules {
            let mut marks = Marks::new(masks, active.bit);
            match (records, &active.rule.decide) {
                (Records::Channels(batch), Decide::Channels(check)) => check(batch, self.context, &mut marks),
                (Records::Users(users), Decide::Users(check) | Decide::Window(check, _)) => {
                    check(users, self.context, &mut marks);
                }
                (Records::Sessions(sessions), Decide::Sessions(check)) => check(sessions, self.context, &mut marks),
                (records, Decide::Given) => records.batch().verdicts(active.rule.code, &mut marks),
                _ => {}
            }
            self.tallies[usize::from(active.bit)].add(marks.tally());
            self.named.extend(marks.take_named().into_iter().map(|(place, other)| (place, active.bit, other)));
        }
    }
}

/// Gathers what later phases need.
struct Collector<'a> {
    task: &'a Task,
    every_span: bool,
    form: Form,
    known: KnownChannels,
    channels: Vec<Batch>,
    users: Vec<UserEntry>,
    addresses: Vec<AddressEntry>,
    ids: Vec<IdEntry>,
    sessions: Vec<SessionEntry>,
    spans: Vec<Span>,
    plans: Vec<Plan>,
    names: KeyMap<String>,
    extra: Extra,
}

impl<'a> Collector<'a> {
    fn new(task: &'a Task) -> Self {
        let every_span =
            task.context.policy.sessions_complete || task.selection.all().any(|active| active.rule.code == "S106");
        let rows = task.batches.iter().map(Raw::rows).sum();
        let (channel, users, sessions) = match task.binding.table {
            Table::Sessions => (session::CHANNEL, 0, rows),
            _ => (user::CHANNEL, rows, 0),
        };
        Self {
            task,
            every_span,
            form: task.binding.column(channel).map_or(Form::Plain, |column| column.form),
            known: KnownChannels::default(),
            channels: Vec::new(),
            users: Vec::with_capacity(users),
            addresses: Vec::with_capacity(users),
            ids: Vec::with_capacity(sessions),
            sessions: Vec::with_capacity(sessions),
            spans: Vec::new(),
            plans: Vec::new(),
            names: KeyMap::default(),
            extra: Extra::default(),
        }
    }

    fn collect(&mut self, records: Records<'_>, first: u32) {
        match records {
            Records::Channels(batch) => self.channels.push(batch),
            Records::Users(users) => users.iter().zip(first..).for_each(|(user, row)| self.user(user, row)),
            Records::Sessions(sessions) => {
                sessions.iter().zip(first..).for_each(|(session, row)| self.session(session, row));
            }
            Records::Sends(batch) => {
                let (binding, context) = (&self.task.binding, &self.task.context);
                self.plans.extend(plans(&batch, binding, &context.channels, first, context.as_of));
                if binding.is_external(send::OWNER) {
                    for row in 0..batch.rows() {
                        if let Some(name) = batch.text(send::OWNER, row) {
                            self.names.entry(batch.id(send::OWNER, row).key).or_insert_with(|| name.to_owned());
                        }
                    }
                }
            }
        }
    }

    fn user(&mut self, user: User<'_>, row: u32) {
        let id = user.batch().id(user::ID, user.row).key;
        if id.is_some() {
            self.users.push(UserEntry {
                key: id,
                row,
                channel: self.task.channels.get(user.link().key, self.form, &mut self.known),
                consent: user.batch().pick(user::CONSENT, user.row),
                pending: Pending::of(user),
            });
        }
        let address = user.address();
        if address.is_some() {
            self.addresses.push(AddressEntry { address, id, row });
        }
        if let Some(book) = &self.task.book {
            self.extra.known.extend(book.known(user));
        }
    }

    fn session(&mut self, session: Session<'_>, row: u32) {
        let batch = session.batch();
        let id = batch.id(session::ID, session.row).key;
        if id.is_some() {
            self.ids.push(IdEntry { key: id, row });
        }
        let live = session.is_live();
        let customer = batch.id(session::USER, session.row).key;
        if !customer.is_some() {
            if live && self.task.book.is_some() {
                self.extra.unclaimed.push(span_of(session, row));
            }
            return;
        }
        let start = batch.time(session::START, session.row).millis();
        let by_customer = batch.pick(session::ORIGIN, session.row).is(const { ORIGIN.position("InboundInitiated") });
        let proven = start.filter(|start| by_customer && !self.task.context.is_future(*start));
        self.hold(session, row, proven);
        self.sessions.push(SessionEntry {
            customer,
            row,
            channel: self.task.channels.get(session.link().key, self.form, &mut self.known),
            course: Course::new(live, proven),
        });
        if live || self.every_span {
            self.spans.push(span_of(session, row));
        }
    }

    /// Keeps a session that planned sends or eligibility ask for.
    fn hold(&mut self, session: Session<'_>, row: u32, inbound: Option<i64>) {
        let (batch, live) = (session.batch(), session.is_live());
        let customer = batch.id(session::USER, session.row).key;
        let wanted = self.task.book.as_ref().is_some_and(|book| book.wants_sessions_of(customer));
        if wanted || (live && self.task.eligibility) {
            self.extra.held.push(HeldSession {
                customer,
                id: batch.id(session::ID, session.row).key,
                owner: batch.id(session::OWNER, session.row).key,
                row,
                live,
                over: !live && batch.pick(session::STATUS, session.row).value().is_some(),
                repeated: false,
                start: batch.time(session::START, session.row).millis(),
                end: batch.time(session::END, session.row).millis(),
                inbound,
            });
        }
    }

    fn finish(self, table: Table) -> (Content, Extra) {
        let content = match table {
            Table::Channels => Content::Channels(self.channels),
            Table::Users | Table::ExistingUsers => {
                Content::Users(Partitioned::new(&self.users), Partitioned::new(&self.addresses))
            }
            Table::Sessions => Content::Sessions(
                Partitioned::new(&self.ids),
                Partitioned::new(&self.sessions),
                Partitioned::new(&self.spans),
            ),
            Table::Sends => Content::Sends(self.plans, self.names.into_iter().collect()),
        };
        (content, self.extra)
    }
}

/// A session as its customer's other sessions, and its owner's load, see it.
fn span_of(session: Session<'_>, row: u32) -> Span {
    let (batch, at, live) = (session.batch(), session.row, session.is_live());
    let (status, end) = (batch.pick(session::STATUS, at), batch.time(session::END, at));
    Span {
        customer: batch.id(session::USER, at).key,
        owner: batch.id(session::OWNER, at).key,
        row,
        live,
        active: status.is(const { STATUS.position("Active") }),
        over: !live && status.value().is_some(),
        start: batch.time(session::START, at).millis(),
        end: if live && end.is_missing() { Some(i64::MAX) } else { end.millis() },
    }
}
