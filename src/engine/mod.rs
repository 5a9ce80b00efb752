//! The phases of a check: tables go in batch by batch, row rules run at once, rules across records at the end.
//!
//! Order and number of threads, size of batches and chance never show in the outcome: chunks are put back in order of
//! rows, and what partitions find is sorted.

pub mod chunk;
pub mod context;
pub mod customer;
pub mod entries;
pub mod identity;
pub mod join;
pub mod keys;
pub mod queue;
pub mod select;
pub mod window;

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow_array::RecordBatch;
use arrow_schema::Schema;
use rayon::prelude::*;

use crate::error::{Error, Result};
use crate::findings::marks::Tally;
use crate::findings::outcome::{Outcome, TableFindings};
use crate::model::objects::Table;
use crate::policy::{Operation, Policy};
use crate::rule::{Decide, Identity};
use crate::tables::bind::Binding;
use crate::tables::channels::Channels;
use crate::tables::phone::Region;
use chunk::{CHUNK_ROWS, ChannelNumbers, Chunk, Content, Task};
use context::Context;
use entries::AddressEntry;
use identity::{Other, addresses, firsts};
use join::{Found, Join, Repeats, Side};
use keys::{PARTITIONS, Partitioned};
use queue::{Cancel, Queue, guard};
use select::Selection;

/// Rows of a table on their way.
#[derive(Debug, Default)]
struct Incoming {
    waiting: Vec<RecordBatch>,
    waiting_rows: usize,
    /// The number of the next record to be queued.
    next: u32,
}

/// One check.
#[derive(Debug)]
pub struct Engine {
    context: Arc<Context>,
    selection: Arc<Selection>,
    numbers: Arc<ChannelNumbers>,
    queue: Queue,
    incoming: [Incoming; Table::ALL.len()],
    findings: [Option<TableFindings>; Table::ALL.len()],
    side: Side,
    in_org: Vec<Partitioned<AddressEntry>>,
}

impl Engine {
    /// Starts a check as of an instant (milliseconds since 1970 in UTC).
    ///
    /// # Errors
    /// Threads that the system does not give.
    pub fn new(
        as_of: i64,
        policy: Policy,
        operation: Operation,
        selection: Selection,
        threads: Option<usize>,
    ) -> Result<Self> {
        Ok(Self {
            context: Arc::new(Context::new(as_of, policy, operation)),
            selection: Arc::new(selection),
            numbers: Arc::default(),
            queue: Queue::new(threads)?,
            incoming: Default::default(),
            findings: Default::default(),
            side: Side::default(),
            in_org: Vec::new(),
        })
    }

    /// The country of numbers whose records and channels name none, for fixes.
    pub fn set_default_region(&mut self, region: Region) {
        Arc::make_mut(&mut self.context).default_region = Some(region);
    }

    /// The flag that stops the check from another thread.
    #[must_use]
    pub const fn cancel(&self) -> &Cancel {
        self.queue.cancel()
    }

    /// Makes a table known and gives the headers of the columns that the rules need. Channels come before users.
    ///
    /// # Errors
    /// Columns that are missing, ambiguous or of a wrong type.
    pub fn bind(
        &mut self,
        table: Table,
        source: &str,
        schema: &Schema,
        mapping: &BTreeMap<String, String>,
    ) -> Result<Vec<String>> {
        let binding = Binding::new(table, source, schema, mapping, self.context.given(Table::Channels))?;
        let headers = binding.headers(schema);
        Arc::make_mut(&mut self.context).bind(binding);
        Ok(headers)
    }

    /// Queues the next rows of a table; gives how many it has so far. Channels and existing users are finished before
    /// the tables that refer to them are pushed.
    ///
    /// # Errors
    /// What an earlier batch failed with, a table that was not bound, or more than four billion rows.
    pub fn push(&mut self, table: Table, batch: RecordBatch) -> Result<u64> {
        let incoming = &mut self.incoming[table as usize];
        incoming.waiting_rows += batch.num_rows();
        incoming.waiting.push(batch);
        while self.incoming[table as usize].waiting_rows >= CHUNK_ROWS {
            self.queue_chunk(table)?;
        }
        let incoming = &self.incoming[table as usize];
        Ok(u64::from(incoming.next) + incoming.waiting_rows as u64)
    }

    /// Cuts the next chunk off the waiting batches, without copying, and queues it.
    fn queue_chunk(&mut self, table: Table) -> Result<()> {
        let Some(binding) = self.context.binding(table).cloned() else {
            return Err(Error::Internal(format!("{} were pushed before they were bound", table.name())));
        };
        let incoming = &mut self.incoming[table as usize];
        let (mut batches, mut rows) = (Vec::new(), 0);
        for batch in std::mem::take(&mut incoming.waiting) {
            let taken = batch.num_rows().min(CHUNK_ROWS - rows);
            if taken > 0 {
                batches.push(batch.slice(0, taken));
            }
            if taken < batch.num_rows() {
                incoming.waiting.push(batch.slice(taken, batch.num_rows() - taken));
            }
            rows += taken;
        }
        incoming.waiting_rows -= rows;
        let first = incoming.next;
        let next = u32::try_from(rows).ok().and_then(|rows| first.checked_add(rows)).filter(|next| *next < u32::MAX);
        incoming.next = next.ok_or_else(|| {
            Error::Input(format!("{}: more than 4,294,967,294 records; split the data", table.name()))
        })?;
        let task = Task {
            context: Arc::clone(&self.context),
            selection: Arc::clone(&self.selection),
            channels: Arc::clone(&self.numbers),
            binding,
            first,
            batches,
        };
        self.queue.spawn(move || task.run())
    }

    /// Waits until all rows of a table were checked, and gives their number.
    ///
    /// # Errors
    /// What a batch failed with.
    pub fn finish_table(&mut self, table: Table) -> Result<u64> {
        if self.incoming[table as usize].waiting_rows > 0 {
            self.queue_chunk(table)?;
        }
        let chunks = self.queue.drain()?;
        let mut findings = TableFindings::default();
        let (mut channels, mut found_addresses) = (Channels::default(), Vec::new());
        for Chunk { first, rows, masks, tallies, content } in chunks {
            findings.push(first, rows, masks, &tallies);
            match (content, table) {
                (Content::Channels(batches), _) => batches.iter().for_each(|batch| channels.add(batch)),
                (Content::Users(ids, addresses), Table::ExistingUsers) => {
                    self.side.existing.push(ids);
                    self.in_org.push(addresses);
                }
                (Content::Users(ids, addresses), _) => {
                    self.side.users.push(ids);
                    found_addresses.push(addresses);
                }
                (Content::Sessions(ids, sessions, spans), _) => {
                    self.side.ids.push(ids);
                    self.side.sessions.push(sessions);
                    self.side.spans.push(spans);
                }
            }
        }
        if table == Table::Channels {
            self.repeated_channels(&channels, &mut findings);
            Arc::make_mut(&mut self.context).channels = Arc::new(channels);
        }
        if table == Table::Users {
            self.repeated_addresses(&found_addresses, &mut findings)?;
        }
        let rows = findings.rows();
        self.findings[table as usize] = Some(findings);
        Ok(rows)
    }

    /// The bit of the rule about records of one identity, if it runs.
    fn first_rule(&self, table: Table, identity: Identity) -> Option<u8> {
        let wanted = |decide: &Decide| matches!(decide, Decide::First(its) if *its == identity);
        self.selection
            .all()
            .find(|active| active.rule.table() == table && wanted(&active.rule.decide))
            .filter(|active| self.context.meets(active.rule, table).is_ok())
            .map(|active| active.bit)
    }

    fn repeated_channels(&self, channels: &Channels, findings: &mut TableFindings) {
        let Some(bit) = self.first_rule(Table::Channels, Identity::Id) else { return };
        let mut first = crate::tables::key::KeyMap::default();
        let mut tally = Tally::default();
        for (row, channel) in (0_u32..).zip(channels.all()).filter(|(_, channel)| channel.key.is_some()) {
            tally.checked += 1;
            let first = *first.entry(channel.key).or_insert(row);
            if first != row {
                tally.failed += 1;
                findings.fail(row, bit, Some(Other::Row(first)));
            }
        }
        findings.count(bit, tally);
    }

    fn repeated_addresses(&self, users: &[Partitioned<AddressEntry>], findings: &mut TableFindings) -> Result<()> {
        let Some(bit) = self.first_rule(Table::Users, Identity::Address) else { return Ok(()) };
        for (repeats, tally) in self.partitions(|partition| addresses(users, &self.in_org, partition))? {
            findings.count(bit, tally);
            repeats.into_iter().for_each(|(row, other)| findings.fail(row, bit, Some(other)));
        }
        Ok(())
    }

    fn partitions<T: Send>(&self, work: impl Fn(usize) -> T + Sync) -> Result<Vec<T>> {
        let cancel = self.queue.cancel();
        let one = |partition| cancel.check().and_then(|()| guard(|| Ok(work(partition))));
        self.queue.pool().install(|| (0..PARTITIONS).into_par_iter().map(one).collect())
    }

    /// Runs the rules that look across records, and gives the outcome.
    ///
    /// # Errors
    /// A cancelled check.
    pub fn finish(mut self) -> Result<Outcome> {
        let ids = self.side.users.iter().chain(&self.side.existing).any(|chunk| !chunk.is_empty());
        Arc::make_mut(&mut self.context).user_ids_known = ids;
        let repeats = self.repeated_sessions()?;
        let join = Join::new(&self.context, &self.selection);
        let found = self.partitions(|partition| join.partition(&self.side, &repeats, partition))?;
        self.side = Side::default();
        let (about_users, about_sessions): (Vec<_>, Vec<_>) = found.into_iter().unzip();
        for (table, found) in [(Table::Users, about_users), (Table::Sessions, about_sessions)] {
            if let Some(findings) = &mut self.findings[table as usize] {
                found.into_iter().for_each(|found| apply(findings, found));
            }
        }
        Ok(Outcome::new(Arc::unwrap_or_clone(self.context), self.selection, self.findings))
    }

    /// Finds sessions that repeat an Id; other rules leave them out even when the rule about them does not run.
    fn repeated_sessions(&mut self) -> Result<Repeats> {
        let ids = std::mem::take(&mut self.side.ids);
        let found = self.partitions(|partition| {
            let firsts = firsts(&ids, partition);
            (firsts.repeats, firsts.tally)
        })?;
        let rows = found.iter().flat_map(|(repeats, _)| repeats.iter().map(|(row, _)| *row));
        let sessions = usize::try_from(self.incoming[Table::Sessions as usize].next).unwrap_or(0);
        let repeated = Repeats::new(sessions, rows);
        let bit = self.first_rule(Table::Sessions, Identity::Id);
        if let (Some(bit), Some(findings)) = (bit, &mut self.findings[Table::Sessions as usize]) {
            for (repeats, tally) in found {
                findings.count(bit, tally);
                repeats.into_iter().for_each(|(row, other)| findings.fail(row, bit, Some(other)));
            }
        }
        Ok(repeated)
    }
}

fn apply(findings: &mut TableFindings, found: Found) {
    for (bit, tally) in found.tallies {
        findings.count(bit, tally);
    }
    for (row, bit, other) in found.failed {
        findings.fail(row, bit, other);
    }
    for (row, bit, verdict) in found.revised {
        findings.revise(row, bit, verdict);
    }
}
