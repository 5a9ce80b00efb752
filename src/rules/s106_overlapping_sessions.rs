use std::collections::{BTreeMap, VecDeque};

use crate::rule::prelude::*;
use crate::tables::key::{Key, KeyMap};

declare_rule! {
    /// Two sessions of one customer overlap in time under different owners.
    ///
    /// ## What it checks
    /// From StartTime to EndTime (a live session without EndTime goes on), no session of a customer overlaps an earlier
    /// one of another owner, ended ones included. Touching ends do not overlap. Off unless selected.
    ///
    /// ## Why it matters
    /// Only one rep at a time can be in a live session with a customer. Overlaps in the past show wrong times,
    /// transfers that were recorded as two sessions, or records of several people under one user. Source: the article,
    /// general considerations.
    ///
    /// ## Example
    /// Fails: a session from 10:00 to 11:00 of one rep after a session from 9:00 to 10:01 of another. Passes: the first
    /// one ending at 10:00.
    ///
    /// ## How to mend it
    /// Compare the two records with the conversation's entries and correct the times, the owner or the customer.
    ///
    /// ## Nulls and unknowns
    /// A session is left out when its customer, owner or StartTime is unknown, when it has no end that can be read or
    /// ends before it starts, and when an earlier record has its Id.
    ///
    /// ## Since
    /// 0.1.0
    code: "S106",
    name: "overlapping-sessions",
    tables: &[Sessions],
    severity: Info,
    default: false,
    needs: &[Need::Columns(Sessions, 3, &[session::OWNER, session::START, session::END])],
    since: "0.1.0",
    decide: Decide::Customer(overlaps),
    describe: Describe::Session(|_, case| {
        let message = format!(
            "The session overlaps an earlier one of the customer under a different owner, {}; only one rep can be in \
             a session with a customer.",
            case.other()
        );
        Description::new(session::START, message)
    }),
}

/// A session of which everything needed is known; it goes on until just before `end`.
#[derive(Debug, Clone, Copy)]
struct Interval {
    start: i64,
    end: i64,
    owner: Key,
    row: u32,
}

impl Interval {
    fn of(span: &Span) -> Option<Self> {
        let (start, end) = (span.start?, span.end?);
        let known = span.owner.is_some() && end >= start;
        known.then_some(Self { start, end, owner: span.owner, row: span.row })
    }
}

fn overlaps(spans: &[Span], marks: &mut CustomerMarks<'_>) {
    let known: Vec<Interval> = spans.iter().filter_map(Interval::of).collect();
    marks.checked(known.len());
    if known.iter().all(|interval| interval.owner == known[0].owner) {
        return;
    }
    let mut running = Running::default();
    for (at, later) in known.iter().enumerate() {
        // All that are running began no later; one without length that begins at the same instant overlaps nothing.
        if let Some(earlier) = running.earliest_of_another(&known, later)
            && earlier.start < later.end
        {
            marks.fail(later.row, earlier.row);
        }
        running.add(at, later.owner);
    }
}

/// The intervals that may still go on, by owner in order of their starts. Those that are over are dropped when they
/// come to the front of their owner's queue, so that each is looked at once.
#[derive(Debug, Default)]
struct Running {
    queues: KeyMap<VecDeque<usize>>,
    fronts: BTreeMap<usize, Key>,
}

impl Running {
    fn add(&mut self, at: usize, owner: Key) {
        let queue = self.queues.entry(owner).or_default();
        if queue.is_empty() {
            self.fronts.insert(at, owner);
        }
        queue.push_back(at);
    }

    fn drop_front(&mut self, at: usize, owner: Key) {
        self.fronts.remove(&at);
        if let Some(queue) = self.queues.get_mut(&owner) {
            queue.pop_front();
            if let Some(next) = queue.front() {
                self.fronts.insert(*next, owner);
            }
        }
    }

    fn earliest_of_another<'a>(&mut self, known: &'a [Interval], later: &Interval) -> Option<&'a Interval> {
        let mut from = 0;
        loop {
            let (at, owner) = self.fronts.range(from..).next().map(|(at, owner)| (*at, *owner))?;
            if known[at].end <= later.start {
                self.drop_front(at, owner);
            } else if owner == later.owner {
                from = at + 1;
            } else {
                return Some(&known[at]);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::testing::sessions;
    use proptest::prelude::*;

    #[test]
    fn touching_ends_do_not_overlap() {
        let found = sessions(
            "MessagingEndUserId,Status,OwnerId,StartTime,EndTime\n0PA000000000001,Ended,005000000000001,2026-11-22T09:00:00Z,2026-11-22T10:00:00Z\n0PA000000000001,Ended,005000000000002,2026-11-22T10:00:00Z,2026-11-22T11:00:00Z\n0PA000000000001,Active,005000000000003,2026-11-22T10:59:59Z,\n0PA000000000001,Ended,005000000000003,2026-11-22T11:30:00Z,2026-11-22T11:40:00Z\n0PA000000000001,Ended,,2026-11-22T11:30:00Z,2026-11-22T11:40:00Z\n0PA000000000001,Ended,005000000000001,2026-11-22T11:30:00Z,\n0PA000000000001,Ended,005000000000001,2026-11-22T11:30:00Z,2026-11-22T11:29:00Z\n0PA000000000002,Ended,005000000000001,2026-11-22T09:30:00Z,2026-11-22T10:30:00Z\n",
        );
        assert_eq!(found.related("S106"), [(2, Some(1))]);
        assert_eq!(found.checked("S106"), 5);
    }

    fn run(spans: &[Span]) -> Vec<(u32, u32)> {
        let (mut checked, mut failed) = (0, Vec::new());
        overlaps(spans, &mut CustomerMarks { checked: &mut checked, failed: &mut failed });
        failed
    }

    fn span(row: u32, owner: u8, start: i64, end: i64) -> Span {
        let owner = if owner == 0 { Key::NONE } else { Key::text(&[owner]) };
        Span {
            customer: Key::text(b"c"),
            owner,
            row,
            live: false,
            active: false,
            over: true,
            start: Some(start),
            end: Some(end),
        }
    }

    #[test]
    fn a_hundred_thousand_at_once_are_quick() {
        let numbered = (0..100_000).zip((1..=250).cycle());
        let spans: Vec<_> = numbered.map(|(row, owner)| span(row, owner, i64::from(row), i64::MAX)).collect();
        let failed = run(&spans);
        assert_eq!(failed.len(), 99_999);
        assert_eq!(failed[249], (250, 1));
    }

    proptest! {
        #[test]
        fn agrees_with_comparing_all_pairs(given in prop::collection::vec((0_u8..4, 0_i64..12, 0_i64..8), 0..24)) {
            let numbered = given.iter().zip(0..);
            let made = numbered.map(|((owner, start, length), row)| span(row, *owner, *start, start + length));
            let mut spans: Vec<_> = made.collect();
            spans.sort_by_key(Span::order);
            let known: Vec<_> = spans.iter().filter_map(Interval::of).collect();
            let mut expected = Vec::new();
            for (at, b) in known.iter().enumerate() {
                let meets = |a: &&Interval| a.owner != b.owner && a.start < b.end && b.start < a.end;
                expected.extend(known[..at].iter().find(meets).map(|a| (b.row, a.row)));
            }
            prop_assert_eq!(run(&spans), expected);
        }
    }
}
