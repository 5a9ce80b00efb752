//! Live sessions of one customer.

use crate::engine::customer::Span;

/// The live sessions of one customer, in order of StartTime and row.
#[derive(Debug)]
pub struct LiveSessions<'a> {
    spans: &'a [Span],
    first_owner: Option<&'a Span>,
    second_owner: Option<&'a Span>,
}

impl<'a> LiveSessions<'a> {
    /// Picks the live ones out of all sessions of a customer.
    #[must_use]
    pub fn of(spans: &'a [Span]) -> Self {
        let owned = || spans.iter().filter(|span| span.live && span.owner.is_some());
        let first_owner = owned().next();
        let second_owner = first_owner.and_then(|first| owned().find(|span| span.owner != first.owner));
        Self { spans, first_owner, second_owner }
    }

    fn live(&self) -> impl Iterator<Item = &'a Span> {
        self.spans.iter().filter(|span| span.live)
    }

    /// How many there are.
    #[must_use]
    pub fn count(&self) -> usize {
        self.live().count()
    }

    /// Whether two of them are known to have different owners.
    #[must_use]
    pub const fn owners_differ(&self) -> bool {
        self.second_owner.is_some()
    }

    /// Calls for every one but the earliest, which comes with it.
    pub fn after_the_first(&self, mut call: impl FnMut(&Span, &Span)) {
        let mut live = self.live();
        if let Some(earliest) = live.next() {
            live.for_each(|span| call(span, earliest));
        }
    }

    /// The row of the earliest one with a known owner other than this session's.
    #[must_use]
    pub fn earliest_of_another(&self, span: &Span) -> u32 {
        let other = self.first_owner.filter(|first| first.owner != span.owner).or(self.second_owner);
        other.map_or(span.row, |other| other.row)
    }
}
