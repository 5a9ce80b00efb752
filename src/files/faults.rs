//! What is wrong with a record of a CSV file, kept in 24 bytes, and put into words when asked.

use super::words::thousands;
use super::{MAX_COLUMNS, MAX_HEADER, MAX_RECORD, MAX_VALUE};

/// The record number that stands for the header.
pub const HEADER: u32 = u32::MAX;

/// A place in a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// Bytes before it.
    pub offset: u64,
    /// The line, counted from 1.
    pub line: u32,
    /// The record, counted from 0 in its file; [`HEADER`] for the header.
    pub record: u32,
}

/// What a rule about records is concerned with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Concern {
    /// Double quotes.
    Quoting,
    /// The number of values.
    Width,
    /// A line end inside a value.
    Newline,
    /// Too many characters or columns.
    Size,
}

/// What is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FaultKind {
    /// A quote is open at the end of the file. The place is that of the quote.
    Unclosed,
    /// Text follows a closing quote.
    TextAfterQuote,
    /// The same, and the quotes are on different lines, so that the first is probably the wrong one. The place is that
    /// of the opening quote.
    TextAfterFarQuote,
    /// A quote in a value that does not start with one.
    QuoteInside,
    /// Fewer values than the header; the detail is their number.
    TooFew,
    /// More values than the header; the detail is their number.
    TooMany,
    /// Nothing on the line.
    Blank,
    /// A lone CR, where Salesforce ends the record.
    Split,
    /// A line end in a quoted value.
    Newline,
    /// A value of more than [`MAX_VALUE`] characters.
    LongValue,
    /// A record of more than [`MAX_RECORD`] characters, or a header of more than [`MAX_HEADER`]; the detail is their
    /// number.
    LongRecord,
    /// A header of more than [`MAX_COLUMNS`] columns; the detail is their number.
    ManyColumns,
}

impl FaultKind {
    /// What it belongs to.
    #[must_use]
    pub const fn concern(self) -> Concern {
        match self {
            Self::Unclosed | Self::TextAfterQuote | Self::TextAfterFarQuote | Self::QuoteInside => Concern::Quoting,
            Self::TooFew | Self::TooMany | Self::Blank | Self::Split => Concern::Width,
            Self::Newline => Concern::Newline,
            Self::LongValue | Self::LongRecord | Self::ManyColumns => Concern::Size,
        }
    }

    /// Whether the records after it may begin on other lines than their numbers say.
    #[must_use]
    pub const fn breaks_lines(self) -> bool {
        matches!(self, Self::Newline | Self::Blank | Self::Split | Self::Unclosed | Self::TextAfterFarQuote)
    }

    /// Whether values of the record have no column, or it probably holds other records.
    #[must_use]
    pub const fn leaves_no_values(self) -> bool {
        matches!(self, Self::TooMany | Self::Unclosed | Self::TextAfterFarQuote)
    }

    /// Whether the detail is the number of a value in its record.
    #[must_use]
    pub const fn is_in_a_value(self) -> bool {
        matches!(self.concern(), Concern::Quoting | Concern::Newline) || matches!(self, Self::LongValue)
    }
}

/// Something wrong with a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fault {
    /// Bytes before the place.
    pub offset: u64,
    /// The line of the place, counted from 1.
    pub line: u32,
    /// The record, counted from 0; [`HEADER`] for the header.
    pub record: u32,
    /// The value's number in its record counted from 0, or a count.
    pub detail: u32,
    /// What is wrong.
    pub kind: FaultKind,
}

impl Fault {
    /// The number of the value that it is in, counted from 0.
    #[must_use]
    pub const fn column(&self) -> Option<usize> {
        if self.kind.is_in_a_value() { Some(self.detail as usize) } else { None }
    }

    /// One sentence: where, what was found, what was expected, what it means for the load.
    #[must_use]
    pub fn message(&self, columns: usize) -> String {
        format!("Line {}, byte {}: {}", thousands(self.line), thousands(self.offset), self.words(columns))
    }

    /// The message without the place.
    #[must_use]
    pub fn words(&self, columns: usize) -> String {
        match self.kind {
            FaultKind::Unclosed => {
                "a double quote opens here and is never closed, so that all that follows is one value; \
                                    close it, or double it if it belongs to the value."
                    .to_owned()
            }
            FaultKind::TextAfterQuote => {
                "text follows a closing double quote; quote the whole value and double the quotes \
                                          that belong to it. Salesforce stops reading here."
                    .to_owned()
            }
            FaultKind::TextAfterFarQuote => {
                "a double quote opens here that is closed only on a later line, with text after \
                                             it: it is probably never meant to open; close it, or double it if it \
                                             belongs to the value."
                    .to_owned()
            }
            FaultKind::QuoteInside => {
                "a double quote stands inside a value that is not quoted; quote the value and double \
                                       the quote. Salesforce refuses the file."
                    .to_owned()
            }
            FaultKind::TooFew => format!(
                "the record has {} values, but the header has {} names; the missing ones are taken as empty here, and \
                 refused by Salesforce.",
                thousands(self.detail),
                thousands(columns)
            ),
            FaultKind::TooMany => format!(
                "the record has {} values, but the header has {} names; a value that holds the separator must stand in \
                 double quotes.",
                thousands(self.detail),
                thousands(columns)
            ),
            FaultKind::Blank => {
                "blank line: Salesforce skips it, other programs make an empty record of it, as is done \
                                 here; take it out."
                    .to_owned()
            }
            FaultKind::Split => {
                "a lone carriage return stands in the record: Salesforce ends the record there, so that \
                                 values are missing; take it out, or put the value in double quotes."
                    .to_owned()
            }
            FaultKind::Newline => "a line end stands inside a quoted value; some uploads take it for a line end of \
                                   another kind and refuse the file."
                .to_owned(),
            FaultKind::LongValue => {
                format!("a value of more than {} characters, which Salesforce does not take.", thousands(MAX_VALUE))
            }
            FaultKind::LongRecord => {
                let (what, most) =
                    if self.record == HEADER { ("the header", MAX_HEADER) } else { ("the record", MAX_RECORD) };
                format!(
                    "{what} has {} characters; Salesforce takes at most {}.",
                    thousands(self.detail),
                    thousands(most)
                )
            }
            FaultKind::ManyColumns => format!(
                "the header has {} columns; Salesforce takes at most {}.",
                thousands(self.detail),
                thousands(MAX_COLUMNS)
            ),
        }
    }
}
