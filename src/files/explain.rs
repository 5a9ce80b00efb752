//! Why a reader of values gave up on a file: the first thing wrong with it that cannot be read over.

use super::encoding::guess;
use super::faults::{Concern, Fault, FaultKind, HEADER, Place};
use super::words::{plural, thousands};
use super::{BadBytes, ScannedFile};

impl BadBytes {
    /// What is at the first place, and the cure.
    #[must_use]
    pub fn message(&self) -> String {
        format!(
            "byte {:02X} is not UTF-8 (probably {}); save the file again as 'CSV UTF-8'",
            self.byte,
            guess(self.byte)
        )
    }
}

impl ScannedFile {
    /// The name of a column, as spelled in the header.
    #[must_use]
    pub fn column(&self, at: usize) -> Option<&str> {
        self.header.get(at).map(String::as_str)
    }

    /// How a message calls a record of this file.
    #[must_use]
    pub fn record_label(&self, record: u32) -> String {
        if record == HEADER { "the header".to_owned() } else { format!("record {record}") }
    }

    /// Whether a fault is such that values cannot be told apart.
    #[must_use]
    pub fn leaves_no_values(&self, fault: &Fault) -> bool {
        let broken = self.swallows == Some(fault.record) || fault.record == HEADER;
        fault.kind.leaves_no_values() || broken && fault.kind.concern() == Concern::Quoting
    }

    /// Whether the names of the columns can be told apart. A lone CR in the header ends lines everywhere, most likely.
    #[must_use]
    pub fn header_readable(&self) -> bool {
        let of_header = |place: &Place| place.record == HEADER;
        !self.bad_bytes.as_ref().is_some_and(|bad| of_header(&bad.first))
            && !self.ends.first[2].as_ref().is_some_and(of_header)
            && !self.faults.iter().take_while(|fault| fault.record == HEADER).any(|fault| self.leaves_no_values(fault))
    }

    /// Code and name of the rule, place, fault, cure and number of such places; none when the bytes are sound as far as
    /// a reader needs.
    #[must_use]
    pub fn explain(&self) -> Option<String> {
        let fatal =
            |kind| !matches!(kind, FaultKind::TooFew | FaultKind::Blank | FaultKind::Split | FaultKind::Newline);
        let bad = self.bad_bytes.as_ref();
        let worst = self.faults.iter().filter(|fault| self.leaves_no_values(fault));
        let mut fault = worst.min_by_key(|fault| fault.offset);
        if fault.is_none() && bad.is_none() {
            fault = self.faults.iter().filter(|fault| fatal(fault.kind)).min_by_key(|fault| fault.offset);
        }
        let lone = self.ends.first[2];
        // Whoever ends lines with CR alone has one endless record, or two in one: the other faults follow from it.
        if let Some(place) = lone.filter(|lone| {
            let at = (lone.record.wrapping_add(1), 0);
            fault.is_none_or(|fault| at <= (fault.record.wrapping_add(1), 0))
                && bad.is_none_or(|bad| lone.offset < bad.first.offset)
        }) {
            return Some(self.about_returns(&place));
        }
        match (fault, bad) {
            (Some(fault), bad) if bad.is_none_or(|bad| fault.offset < bad.first.offset) => {
                let (rule, count) = match fault.kind.concern() {
                    Concern::Quoting => ("F103 bad-quoting", self.count(Concern::Quoting)),
                    Concern::Width => {
                        let many = self.faults.iter().filter(|fault| fault.kind == FaultKind::TooMany);
                        ("F104 ragged-record", many.count())
                    }
                    Concern::Newline => ("F106 newline-in-value", self.count(Concern::Newline)),
                    Concern::Size => ("F107 value-or-record-too-large", self.count(Concern::Size)),
                };
                let column = fault.column().and_then(|at| self.column(at));
                let place = Place { offset: fault.offset, line: fault.line, record: fault.record };
                Some(self.sentence(rule, place, column, &fault.words(self.header.len()), count as u64))
            }
            (_, Some(bad)) => {
                let column = self.column(bad.column as usize);
                let column = column.filter(|_| bad.first.record != HEADER);
                Some(self.sentence("F101 not-utf8", bad.first, column, &bad.message(), bad.places))
            }
            _ => None,
        }
    }

    fn about_returns(&self, place: &Place) -> String {
        let message =
            "a lone carriage return (old Mac style) stands where a line should end; save the file with LF or CRLF";
        self.sentence("F105 mixed-line-endings", *place, None, message, self.ends.returns)
    }

    fn sentence(&self, rule: &str, place: Place, column: Option<&str>, words: &str, places: u64) -> String {
        let Place { offset, line, record } = place;
        let record = self.record_label(record);
        let (line, offset) = (thousands(line), thousands(offset));
        let column = column.map_or_else(String::new, |name| {
            let name: String = name.chars().flat_map(char::escape_debug).take(60).collect();
            format!(", column '{name}'")
        });
        let words = words.trim_end_matches('.');
        let all = match places {
            1 => String::new(),
            several => format!(" There are {} of this kind in all.", plural(several, "place")),
        };
        format!("{rule}: {record}{column} (line {line}, byte {offset}): {words}.{all}")
    }
}
