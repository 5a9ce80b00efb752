//! Messaging sessions: what their rules see of a record.

use super::batch::Batch;
use super::bind::{Binding, Form};
use super::channels::{Channel, Channels, Link, Linker};
use crate::model::objects::session;
use crate::model::picklists::Pick;
use crate::policy::Policy;

#[derive(Debug, Clone, Copy)]
struct Derived {
    link: Link,
    live: bool,
}

/// A decoded batch of sessions and what follows from their channels.
#[derive(Debug)]
pub struct Sessions<'a> {
    /// The decoded cells.
    pub batch: Batch,
    /// The columns that they came from.
    pub binding: &'a Binding,
    channels: &'a Channels,
    derived: Vec<Derived>,
}

/// One session.
#[derive(Debug, Clone, Copy)]
pub struct Session<'a> {
    sessions: &'a Sessions<'a>,
    /// The position in the batch.
    pub row: usize,
}

impl<'a> Sessions<'a> {
    /// Derives channel and liveness of every record.
    #[must_use]
    pub fn new(batch: Batch, binding: &'a Binding, channels: &'a Channels, policy: &Policy) -> Self {
        let form = binding.column(session::CHANNEL).map_or(Form::Plain, |column| column.form);
        let mut linker = Linker::new(channels, form);
        let derived = (0..batch.rows())
            .map(|row| {
                let name = if form == Form::Plain { None } else { batch.text(session::CHANNEL, row) };
                let link = linker.link(batch.id(session::CHANNEL, row), name, Pick::MISSING);
                let status = batch.pick(session::STATUS, row).value();
                Derived { link, live: status.is_some_and(|status| policy.ended_statuses >> status & 1 == 0) }
            })
            .collect();
        Self { batch, binding, channels, derived }
    }

    /// The sessions of the batch, in order.
    pub fn iter(&'a self) -> impl Iterator<Item = Session<'a>> {
        (0..self.batch.rows()).map(move |row| Session { sessions: self, row })
    }

    /// One session of the batch.
    #[must_use]
    pub const fn session(&'a self, row: usize) -> Session<'a> {
        Session { sessions: self, row }
    }
}

impl<'a> Session<'a> {
    /// The decoded cells of the batch.
    #[must_use]
    pub const fn batch(self) -> &'a Batch {
        &self.sessions.batch
    }

    /// The columns that the cells came from.
    #[must_use]
    pub const fn binding(self) -> &'a Binding {
        self.sessions.binding
    }

    /// How MessagingChannelId was read.
    #[must_use]
    pub fn link(self) -> Link {
        self.sessions.derived[self.row].link
    }

    /// The session's channel, when it is among the given ones.
    #[must_use]
    pub fn channel(self) -> Option<&'a Channel> {
        self.link().found.and_then(|at| self.sessions.channels.get(at))
    }

    /// Whether the Status says that the session has not ended.
    #[must_use]
    pub fn is_live(self) -> bool {
        self.sessions.derived[self.row].live
    }
}
