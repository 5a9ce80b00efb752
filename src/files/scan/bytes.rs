//! A block in which something may be wrong, from one byte that means something to the next.

use super::{Mark, Scanner, State};
use crate::error::Result;
use crate::files::cells::Kind;
use crate::files::faults::{FaultKind, Place};
use crate::files::masks::Masks;

impl Scanner {
    /// Any block, from one byte that means something to the next.
    pub(super) fn block(&mut self, masks: Masks, length: usize) -> Result<()> {
        let (offset, chars) = (self.offset, self.chars);
        let mut special = masks.separators | masks.feeds | masks.returns | masks.quotes;
        let mut from = 0;
        while special != 0 {
            let at = special.trailing_zeros() as usize;
            let bit = special & special.wrapping_neg();
            special &= special - 1;
            if at > from {
                self.go_to(offset, chars, masks, from);
                self.text();
            }
            self.go_to(offset, chars, masks, at);
            if masks.separators & bit != 0 {
                self.separator();
            } else if masks.quotes & bit != 0 {
                self.quote();
            } else if masks.feeds & bit != 0 {
                self.feed()?;
            } else {
                self.carriage_return();
            }
            from = at + 1;
        }
        if length > from {
            self.go_to(offset, chars, masks, from);
            self.text();
        }
        self.go_to(offset, chars, masks, length);
        Ok(())
    }

    pub(super) fn text(&mut self) {
        self.lone_return();
        match self.state {
            State::Start => self.state = State::Plain,
            State::Closed => self.text_after_quote(),
            State::Plain | State::Quoted | State::Broken(_) => {}
        }
    }

    /// A CR before is no line end here, because no LF follows it, but it is one for Salesforce.
    pub(super) fn lone_return(&mut self) {
        let Some(offset) = self.returned.take() else { return };
        self.file.ends.returns += 1;
        let place = Place { offset, line: self.line, record: self.number() };
        self.file.ends.first[2].get_or_insert(place);
        if !self.in_header {
            self.fault(FaultKind::Split, 0, (offset, self.line));
        }
        match self.state {
            State::Start => self.state = State::Plain,
            State::Closed => self.text_after_quote(),
            State::Plain | State::Quoted | State::Broken(_) => {}
        }
    }

    fn text_after_quote(&mut self) {
        let here = (self.offset, self.line);
        if self.opened.1 == self.line {
            self.fault(FaultKind::TextAfterQuote, self.values, here);
        } else {
            self.fault(FaultKind::TextAfterFarQuote, self.values, self.opened);
        }
        self.state = State::Broken(false);
    }

    fn separator(&mut self) {
        self.lone_return();
        match self.state {
            State::Start | State::Plain | State::Closed => {
                self.note_value(false);
                self.end_value(0);
                self.values += 1;
                self.state = State::Start;
                self.value = Mark { offset: self.offset + 1, chars: self.chars + 1, line: self.line };
            }
            State::Broken(false) => self.note_value(false),
            State::Quoted | State::Broken(true) => {}
        }
    }

    /// Notes that a value ends here, or before the CR before it.
    pub(super) fn note_value(&mut self, paired: bool) {
        if !self.in_header {
            let kind = if self.state == State::Closed { Kind::quoted(self.quotes) } else { Kind::Plain };
            self.cells.end_value(self.offset, paired, kind);
        }
    }

    fn quote(&mut self) {
        self.lone_return();
        self.quotes += 1;
        self.state = match self.state {
            State::Start => {
                self.opened = (self.offset, self.line);
                State::Quoted
            }
            State::Closed => State::Quoted,
            State::Quoted => State::Closed,
            State::Plain => {
                self.fault(FaultKind::QuoteInside, self.values, (self.offset, self.line));
                State::Broken(true)
            }
            State::Broken(odd) => State::Broken(!odd),
        };
    }

    fn feed(&mut self) -> Result<()> {
        match self.state {
            State::Quoted => {
                self.fault(FaultKind::Newline, self.values, (self.offset, self.line));
                self.line = self.line.saturating_add(1);
                Ok(())
            }
            State::Broken(true) => {
                let record = self.number();
                self.file.swallows.get_or_insert(record);
                self.line = self.line.saturating_add(1);
                Ok(())
            }
            State::Start | State::Plain | State::Closed | State::Broken(false) => {
                let paired = self.returned.take().is_some();
                let blank = self.offset - u64::from(paired) == self.record.offset;
                self.line_end(paired, blank)
            }
        }
    }

    fn carriage_return(&mut self) {
        self.lone_return();
        match self.state {
            State::Quoted => self.fault(FaultKind::Newline, self.values, (self.offset, self.line)),
            State::Broken(true) => {}
            State::Start | State::Plain | State::Closed | State::Broken(false) => self.returned = Some(self.offset),
        }
    }

    fn line_end(&mut self, paired: bool, blank: bool) -> Result<()> {
        let trailing = u64::from(paired);
        if blank && !self.in_header {
            self.fault(FaultKind::Blank, 0, self.record.place());
        } else {
            self.note_value(paired);
            self.end_value(trailing);
        }
        self.next_line(paired)
    }
}
