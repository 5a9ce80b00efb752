//! One chunk of a table: decoded, judged by the row rules, and reduced to masks, counts and keys.

use std::sync::{Arc, Mutex, PoisonError};

use arrow_array::RecordBatch;

use super::context::Context;
use super::customer::Span;
use super::entries::{AddressEntry, ChannelNumber, IdEntry, SessionEntry, UserEntry};
use super::keys::Partitioned;
use super::select::Selection;
use super::window::Pending;
use crate::error::Result;
use crate::findings::marks::{Marks, Tally};
use crate::model::objects::{Table, session, user};
use crate::model::picklists::ORIGIN;
use crate::rule::Decide;
use crate::tables::batch::Batch;
use crate::tables::bind::{Binding, Form};
use crate::tables::key::{Key, KeyMap};
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
    /// What later phases need.
    pub content: Content,
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
            // Whatever the column, the key of a channel that was found is its Id.
            let form = if key.is_salesforce() { Form::Plain } else { form };
            ChannelNumber::new(*numbers.entry(key).or_insert(next), form)
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
    const KEPT: usize = 64;
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
    /// How the table is bound.
    pub binding: Arc<Binding>,
    /// The number of the first record.
    pub first: u32,
    /// The records.
    pub batches: Vec<RecordBatch>,
}

impl Task {
    /// Decodes and checks the chunk.
    ///
    /// # Errors
    /// A batch that cannot be decoded.
    pub fn run(self) -> Result<Chunk> {
        let rows = self.batches.iter().map(RecordBatch::num_rows).sum();
        let mut judge = Judge::new(&self.context, &self.selection, self.binding.table);
        let mut masks = vec![0_u64; rows];
        let mut at = 0;
        let mut content = Collector::new(&self);
        let blocks = self.batches.iter().flat_map(|batch| {
            let starts = (0..batch.num_rows()).step_by(BLOCK_ROWS);
            starts.map(move |start| batch.slice(start, BLOCK_ROWS.min(batch.num_rows() - start)))
        });
        for block in blocks {
            let next = at + block.num_rows();
            let batch = Batch::decode(&self.binding, &block, &self.context.policy)?;
            let records = Records::new(batch, &self.binding, &self.context);
            judge.judge(&records, &mut masks[at..next]);
            content.collect(records, self.first + u32::try_from(at).unwrap_or(u32::MAX));
            at = next;
        }
        let flagged = masks.iter().any(|mask| *mask != 0);
        Ok(Chunk {
            first: self.first,
            rows,
            masks: flagged.then(|| masks.into()),
            tallies: judge.tallies,
            content: content.finish(self.binding.table),
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
}

impl<'a> Records<'a> {
    /// Prepares a decoded batch for its rules.
    #[must_use]
    pub fn new(batch: Batch, binding: &'a Binding, context: &'a Context) -> Self {
        match batch.table() {
            Table::Channels => Self::Channels(batch),
            Table::Users | Table::ExistingUsers => Self::Users(Users::new(batch, binding, &context.channels)),
            Table::Sessions => Self::Sessions(Sessions::new(batch, binding, &context.channels, &context.policy)),
        }
    }

    /// The decoded cells.
    #[must_use]
    pub const fn batch(&self) -> &Batch {
        match self {
            Self::Channels(batch) => batch,
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
}

impl<'a> Judge<'a> {
    /// The rules of a table that can run.
    #[must_use]
    pub fn new(context: &'a Context, selection: &'a Selection, table: Table) -> Self {
        // Windows may still be decided by tables to come, so their needs are judged at the end.
        let runs = |active: &&super::select::Active| {
            matches!(active.rule.decide, Decide::Window(..)) || context.meets(active.rule, table).is_ok()
        };
        Self { context, rules: selection.on(table).filter(runs).collect(), tallies: vec![Tally::default(); 64] }
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
}

impl<'a> Collector<'a> {
    fn new(task: &'a Task) -> Self {
        let every_span =
            task.context.policy.sessions_complete || task.selection.all().any(|active| active.rule.code == "S106");
        let rows = task.batches.iter().map(RecordBatch::num_rows).sum();
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
        }
    }

    fn collect(&mut self, records: Records<'_>, first: u32) {
        match records {
            Records::Channels(batch) => self.channels.push(batch),
            Records::Users(users) => users.iter().zip(first..).for_each(|(user, row)| self.user(user, row)),
            Records::Sessions(sessions) => {
                sessions.iter().zip(first..).for_each(|(session, row)| self.session(session, row));
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
    }

    fn session(&mut self, session: Session<'_>, row: u32) {
        let batch = session.batch();
        let id = batch.id(session::ID, session.row).key;
        if id.is_some() {
            self.ids.push(IdEntry { key: id, row });
        }
        let customer = batch.id(session::USER, session.row).key;
        if !customer.is_some() {
            return;
        }
        let start = batch.time(session::START, session.row).millis();
        let by_customer = batch.pick(session::ORIGIN, session.row).is(const { ORIGIN.position("InboundInitiated") });
        let proven = start.filter(|start| by_customer && !self.task.context.is_future(*start));
        let live = session.is_live();
        self.sessions.push(SessionEntry {
            customer,
            row,
            channel: self.task.channels.get(session.link().key, self.form, &mut self.known),
            live,
            inbound: proven.unwrap_or(i64::MIN),
        });
        if live || self.every_span {
            let end = batch.time(session::END, session.row);
            self.spans.push(Span {
                customer,
                owner: batch.id(session::OWNER, session.row).key,
                row,
                live,
                over: !live && batch.pick(session::STATUS, session.row).value().is_some(),
                start,
                end: if live && end.is_missing() { Some(i64::MAX) } else { end.millis() },
            });
        }
    }

    fn finish(self, table: Table) -> Content {
        match table {
            Table::Channels => Content::Channels(self.channels),
            Table::Users | Table::ExistingUsers => {
                Content::Users(Partitioned::new(&self.users), Partitioned::new(&self.addresses))
            }
            Table::Sessions => Content::Sessions(
                Partitioned::new(&self.ids),
                Partitioned::new(&self.sessions),
                Partitioned::new(&self.spans),
            ),
        }
    }
}
