//! The phases of a check: tables go in batch by batch, row rules run at once, rules across records at the end.
//!
//! Order and number of threads, size of batches and chance never show in the outcome: chunks are put back in order of
//! rows, and what partitions find is sorted.

pub mod chunk;
pub mod context;
pub mod customer;
pub mod entries;
pub mod flight;
pub mod forms;
pub mod identity;
pub mod join;
pub mod keys;
pub mod panics;
pub mod peers;
pub mod queue;
pub mod select;
pub mod sends;
pub mod shard;
pub mod sources;
#[cfg(test)]
mod tests;
pub mod window;

use std::collections::BTreeMap;
use std::num::NonZero;
use std::sync::Arc;

use arrow_schema::Schema;
use rayon::prelude::*;

use crate::eligibility::Eligibles;
use crate::error::{Error, Result};
use crate::files::ScannedFile;
use crate::findings::marks::Tally;
use crate::findings::outcome::{Outcome, TableFindings};
use crate::findings::tallies::Tallies;
use crate::model::objects::Table;
use crate::policy::{Operation, Policy};
use crate::rule::{Decide, Identity};
use crate::tables::bind::Binding;
use crate::tables::channels::Channels;
use crate::tables::headers::{Headers, Mapping};
use crate::tables::key::KeyMap;
use crate::tables::phone::Region;
use crate::tables::raw::Raw;
use chunk::{CHUNK_ROWS, ChannelNumbers, Chunk, Content, Task};
use context::Context;
use customer::Span;
use entries::{AddressEntry, HeldSession, VariantEntry};
use identity::{Other, addresses, firsts};
use join::{Found, Join, Repeats, Side};
use keys::{PARTITIONS, Partitioned};
use peers::opted_out;
use queue::{Cancel, Queue, guard};
use select::Selection;
use sends::decision::Judgement;
use sends::{Book, Planning};

/// Rows of a table on their way.
#[derive(Debug, Default)]
struct Incoming {
    waiting: Vec<Raw>,
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
    threads: NonZero<usize>,
    incoming: [Incoming; Table::ALL.len()],
    findings: [Option<TableFindings>; Table::ALL.len()],
    side: Side,
    in_org: Vec<Partitioned<AddressEntry>>,
    files: [Vec<ScannedFile>; Table::ALL.len()],
    variants_in_org: Vec<Partitioned<VariantEntry>>,
    book: Option<Arc<Book>>,
    held: Held,
    eligibility: bool,
    whole: Option<shard::Whole>,
    charted: Tallies,
}

/// Sessions that planned sends and eligibility ask for.
#[derive(Debug, Default)]
struct Held {
    sessions: Vec<HeldSession>,
    unclaimed: Vec<Span>,
    owners: KeyMap<String>,
}

impl Engine {
    /// Starts a check as of an instant (milliseconds since 1970 in UTC); without a number of threads with one per core.
    ///
    /// # Errors
    /// No or too many threads, or ones that the system does not give.
    pub fn new(
        as_of: i64,
        policy: Policy,
        operation: Operation,
        selection: Selection,
        threads: Option<usize>,
    ) -> Result<Self> {
        let threads = queue::threads(threads)?;
        Ok(Self {
            context: Arc::new(Context::new(as_of, policy, operation)),
            selection: Arc::new(selection.meant_for(operation)),
            numbers: Arc::default(),
            queue: Queue::new(threads)?,
            threads,
            incoming: Default::default(),
            findings: Default::default(),
            side: Side::default(),
            in_org: Vec::new(),
            book: None,
            held: Held::default(),
            eligibility: false,
            whole: None,
            charted: Tallies::default(),
            variants_in_org: Vec::new(),
            files: Default::default(),
        })
    }

    /// Keeps what [`Outcome::eligibility`] needs. To be called before the first table is pushed.
    pub const fn keep_eligibility(&mut self) {
        self.eligibility = true;
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
        let spelled: Vec<_> = schema.fields().iter().map(|field| field.name().clone()).collect();
        // Who gives a mapping here gives a whole one; `spell` says more.
        let mapping = Mapping { columns: mapping.clone(), whole: !mapping.is_empty(), ..Mapping::default() };
        self.spell(table, source, schema, &spelled, &mapping)?;
        Ok(headers)
    }

    /// Says how the headers of a table are spelled where columns were renamed because their headers are alike, and what
    /// they are loaded as. Unless the mapping is a whole one, every field in it must be one of the object.
    ///
    /// # Errors
    /// A mapping to a field that is not there, or from a column that is not there.
    pub fn spell(
        &mut self,
        table: Table,
        source: &str,
        schema: &Schema,
        spelled: &[String],
        mapping: &Mapping,
    ) -> Result<()> {
        let names: Vec<_> = schema.fields().iter().map(|field| field.name().clone()).collect();
        let headers = Headers::new(table, source, spelled, &names, mapping)?;
        Arc::make_mut(&mut self.context).set_headers(headers);
        Ok(())
    }

    /// Whether a selected rule looks at the bytes of a table's files.
    #[must_use]
    pub fn wants_files(&self, table: Table) -> bool {
        let about_bytes = |decide: &Decide| matches!(decide, Decide::File(_) | Decide::Faults(_));
        self.selection.on(table).any(|active| about_bytes(&active.rule.decide))
    }

    /// Gives what the bytes of a table's files say, in the order of its records, before the table is finished; or the
    /// reason why they were not looked at.
    pub fn files(&mut self, table: Table, scanned: Result<Vec<ScannedFile>, String>) {
        let (files, reason) = match scanned {
            Ok(files) => (files, None),
            Err(reason) => (Vec::new(), Some(reason)),
        };
        self.files[table as usize] = files;
        Arc::make_mut(&mut self.context).set_unscanned(table, reason);
    }

    /// The bytes and the reader of values must agree on what a record is, or findings would name the wrong ones.
    fn require_same_records(&self, table: Table, rows: u64) -> Result<()> {
        let files = &self.files[table as usize];
        let records: u64 = files.iter().map(|file| file.records).sum();
        if files.is_empty() || records == rows {
            return Ok(());
        }
        let cause = files.iter().find_map(|file| Some((file, file.explain()?)));
        let (name, cause) = match &cause {
            Some((file, cause)) => (file.name.as_str(), cause.as_str()),
            None => (files[0].name.as_str(), "its records cannot be told apart"),
        };
        Err(Error::Input(format!(
            "{}: {name}: the file has {records} records by its line ends, but {rows} were read. {cause}",
            table.name()
        )))
    }

    /// Queues the next rows of a table; gives how many it has so far. Channels and existing users are finished before
    /// the tables that refer to them are pushed.
    ///
    /// # Errors
    /// What an earlier batch failed with, a table that was not bound, or more than four billion rows.
    pub fn push(&mut self, table: Table, batch: impl Into<Raw>) -> Result<u64> {
        let batch = batch.into();
        let incoming = &mut self.incoming[table as usize];
        incoming.waiting_rows += batch.rows();
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
            let taken = batch.rows().min(CHUNK_ROWS - rows);
            if taken > 0 {
                batches.push(batch.slice(0, taken));
            }
            if taken < batch.rows() {
                incoming.waiting.push(batch.slice(taken, batch.rows() - taken));
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
            book: self.book.clone(),
            eligibility: self.eligibility,
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
        let (mut channels, mut found_addresses, mut found_peers) = (Channels::default(), Vec::new(), Vec::new());
        let (mut plans, mut known) = (Vec::new(), Vec::new());
        for Chunk { first, rows, masks, tallies, charted, pairs, content, peers, extra } in chunks {
            self.charted.add(&charted);
            findings.push(first, rows, masks, &tallies);
            pairs.into_iter().for_each(|(row, bit, other)| findings.fail(row, bit, Some(other)));
            found_peers.push(peers);
            known.push(extra.known);
            self.held.sessions.extend(extra.held);
            self.held.unclaimed.extend(extra.unclaimed);
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
                (Content::Sends(sends, owners), _) => {
                    plans.extend(sends);
                    self.held.owners.extend(owners);
                }
            }
        }
        if table == Table::Sends {
            self.book = Some(Arc::new(Book::new(plans)));
        } else if let Some(book) = self.book.as_mut().filter(|_| known.iter().any(|known| !known.is_empty())) {
            let book = Arc::make_mut(book);
            known.into_iter().for_each(|known| book.add_users(known));
        }
        if table == Table::Channels {
            self.repeated_channels(&channels, &mut findings);
            Arc::make_mut(&mut self.context).channels = Arc::new(channels);
        }
        if table == Table::Users {
            self.repeated_addresses(&found_addresses, &mut findings)?;
            self.compare_users(found_peers, &mut findings)?;
        } else if table == Table::ExistingUsers {
            Arc::make_mut(&mut self.context).opted_out = Arc::new(opted_out(&found_peers));
            self.variants_in_org = found_peers.into_iter().map(|chunk| chunk.variants).collect();
        }
        let rows = findings.rows();
        self.require_same_records(table, rows)?;
        let files = std::mem::take(&mut self.files[table as usize]);
        sources::judge(&self.context, &self.selection, table, files, &mut findings);
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
        Arc::make_mut(&mut self.context).user_ids_known = self.whole.as_ref().map_or(ids, |whole| whole.user_ids_known);
        let repeats = self.repeated_sessions()?;
        let join = Join::new(&self.context, &self.selection, self.eligibility);
        let found = self.partitions(|partition| join.partition(&self.side, &repeats, partition))?;
        let planning = self.planning(&repeats);
        self.side = Side::default();
        let (mut about_users, about_sessions): (Vec<_>, Vec<_>) = found.into_iter().unzip();
        about_users.iter().filter_map(|found| found.charted.as_deref()).for_each(|told| self.charted.add(told));
        let eligibles = self.eligibility.then(|| {
            let told = about_users.iter_mut().flat_map(|found| std::mem::take(&mut found.told));
            Eligibles::new(&self.held.sessions, told)
        });
        for (table, found) in [(Table::Users, about_users), (Table::Sessions, about_sessions)] {
            if let Some(findings) = &mut self.findings[table as usize] {
                found.into_iter().for_each(|found| apply(findings, found));
            }
        }
        if let (Some(planning), Some(findings)) = (&planning, &mut self.findings[Table::Sends as usize]) {
            for active in self.selection.on(Table::Sends).filter(|active| active.rule.is_about_sends()) {
                if self.context.meets(active.rule, Table::Sends).is_ok() {
                    let (failed, tally) = planning.judgement.of(active.rule);
                    findings.count(active.bit, tally);
                    failed.into_iter().for_each(|(row, rival)| findings.fail(row, active.bit, rival.map(Other::Row)));
                }
            }
        }
        let context = Arc::unwrap_or_clone(self.context);
        let outcome = Outcome::new(context, self.selection, self.findings, planning, eligibles);
        Ok(outcome.with_tallies(self.charted).with_threads(self.threads))
    }

    /// Judges the planned sends, now that all about their customers is known.
    fn planning(&mut self, repeats: &Repeats) -> Option<Planning> {
        self.held.sessions.iter_mut().for_each(|session| session.repeated = repeats.contains(session.row));
        let mut book = Arc::unwrap_or_clone(self.book.take()?);
        let spans = self.side.spans.iter().flat_map(Partitioned::all).chain(&self.held.unclaimed);
        spans.filter(|span| span.live && !repeats.contains(span.row)).for_each(|span| book.count(span));
        book.add_sessions(&mut self.held.sessions);
        let judgement = self.queue.pool().install(|| Judgement::new(&book, &self.context));
        Some(Planning { book, judgement, owners: std::mem::take(&mut self.held.owners) })
    }

    /// Finds sessions that repeat an Id; other rules leave them out even when the rule about them does not run.
    fn repeated_sessions(&mut self) -> Result<Repeats> {
        let ids = std::mem::take(&mut self.side.ids);
        let found = self.partitions(|partition| {
            let firsts = firsts(&ids, partition);
            (firsts.repeats, firsts.tally)
        })?;
        let elsewhere = self.whole.iter().flat_map(|whole| whole.repeated_sessions.iter().copied());
        let rows = found.iter().flat_map(|(repeats, _)| repeats.iter().map(|(row, _)| *row)).chain(elsewhere);
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
