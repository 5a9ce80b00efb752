//! Blocks in which every quote and every line end is where it should be: where values end in them is known of all 64
//! bytes at once.

use super::{Scanner, State};
use crate::error::Result;
use crate::files::masks::{BLOCK, Masks};
use crate::files::{MAX_RECORD, MAX_VALUE};

/// Where values end in a block, one bit per byte.
#[derive(Debug, Clone, Copy)]
pub struct Regular {
    /// The last bytes behind values: separators and LFs.
    pub ends: u64,
    /// LFs.
    pub lines: u64,
    /// LFs behind a CR.
    pub pairs: u64,
    /// Of the ends, those of values in quotes.
    pub closed: u64,
    /// Quotes that open a value.
    opens: u64,
    /// What stands before the next block.
    after: State,
}

impl Regular {
    /// Nothing for a block with a line end, a separator or a doubled quote in quotes that cannot be told from a mistake
    /// without a closer look, or whose last byte is a CR.
    #[inline]
    fn of(masks: &Masks, before: State) -> Option<Self> {
        if masks.quotes | masks.returns == 0 && matches!(before, State::Start | State::Plain) {
            let ends = masks.separators | masks.feeds;
            let after = if ends >> (BLOCK - 1) == 1 { State::Start } else { State::Plain };
            return Some(Self { ends, lines: masks.feeds, pairs: 0, closed: 0, opens: 0, after });
        }
        Self::quoted(masks, before)
    }

    fn quoted(masks: &Masks, before: State) -> Option<Self> {
        if matches!(before, State::Broken(_)) {
            return None;
        }
        // From each quote that opens a value to the byte before the one that closes it.
        let inside = odd_so_far(masks.quotes) ^ if before == State::Quoted { u64::MAX } else { 0 };
        let (opens, closes) = (masks.quotes & inside, masks.quotes & !inside);
        let (separators, feeds, returns) = (masks.separators & !inside, masks.feeds, masks.returns);
        let fresh = (separators | feeds) << 1 | u64::from(before == State::Start);
        let closed = closes << 1 | u64::from(before == State::Closed);
        let wrong = (feeds | returns) & inside
            | opens & !fresh
            | closed & !(separators | feeds | returns)
            | returns & !(feeds >> 1);
        if wrong != 0 {
            return None;
        }
        let last = 1 << (BLOCK - 1);
        let after = match () {
            () if inside & last != 0 => State::Quoted,
            () if closes & last != 0 => State::Closed,
            () if (separators | feeds) & last != 0 => State::Start,
            () => State::Plain,
        };
        let (ends, pairs) = (separators | feeds, returns << 1);
        Some(Self { ends, lines: feeds, pairs, closed: (closed | (closed & returns) << 1) & ends, opens, after })
    }
}

/// Bits up to which, themselves included, there is an odd number of bits.
const fn odd_so_far(bits: u64) -> u64 {
    let bits = bits ^ bits << 1;
    let bits = bits ^ bits << 2;
    let bits = bits ^ bits << 4;
    let bits = bits ^ bits << 8;
    let bits = bits ^ bits << 16;
    bits ^ bits << 32
}

impl Scanner {
    /// Takes a block at once, unless something in it or before it asks for a look at single bytes.
    #[inline]
    pub(super) fn regular_block(&mut self, masks: Masks) -> Result<bool> {
        let (offset, chars) = (self.offset, self.chars);
        let end = offset + BLOCK as u64;
        let long = end - self.value.offset > MAX_VALUE || end - self.record.offset > MAX_RECORD;
        // In a file of one column a blank line has as many values as any.
        if long || self.width < 2 || self.found != 0 || self.quotes > 2 || self.returned.is_some() {
            return Ok(false);
        }
        let Some(block) = Regular::of(&masks, self.state) else { return Ok(false) };
        if block.lines != 0 && !self.knows_line_ends(&block) {
            return Ok(false);
        }
        let Some(records) = self.cells.take_block(offset, &block) else { return Ok(false) };
        if records > 0 {
            let pairs = if block.pairs == 0 { 0 } else { block.pairs.count_ones() };
            self.file.ends.pairs += u64::from(pairs);
            self.file.ends.feeds += u64::from(records - pairs);
            self.line = self.line.saturating_add(records);
            self.go_to(offset, chars, masks, BLOCK - block.lines.leading_zeros() as usize);
            self.record = self.here();
            self.value = self.record;
            self.count_records(u64::from(records))?;
        }
        // The last end is no line end.
        if block.ends & !block.lines > block.lines {
            self.go_to(offset, chars, masks, BLOCK - block.ends.leading_zeros() as usize);
            self.value = self.here();
        }
        self.values = u32::try_from(self.cells.of_open()).unwrap_or(u32::MAX);
        self.go_to(offset, chars, masks, BLOCK);
        if block.opens != 0 {
            self.opened = (end - 1 - u64::from(block.opens.leading_zeros()), self.line);
        }
        self.state = block.after;
        self.quotes = match self.state {
            State::Quoted => 1,
            State::Closed => 2,
            _ => 0,
        };
        Ok(true)
    }

    /// Whether line ends of each kind in a block are not the first ones of the file, whose places are kept.
    const fn knows_line_ends(&self, block: &Regular) -> bool {
        (block.pairs == 0 || self.file.ends.pairs > 0) && (block.pairs == block.lines || self.file.ends.feeds > 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Sound records: no quote is doubled, and no value between quotes has a line end.
    const SOUND: &str =
        "a,b\r\n1,2\n\"3\",\"4,\"\r\n,\r\n\"\",\"\"\n5,\n\"6 7\",8\r\nlonger than most values,\"and, too, quoted\"\r\n";

    /// What a look at each byte tells of a block, and what stands before the next one.
    fn bytewise(block: &[u8], mut state: State) -> Regular {
        let mut told = Regular { ends: 0, lines: 0, pairs: 0, closed: 0, opens: 0, after: state };
        let mut before = 0;
        for (at, byte) in block.iter().enumerate() {
            let bit = if at < BLOCK { 1 << at } else { 0 };
            let closed = state == State::Closed;
            state = match (*byte, state) {
                (b'"', State::Quoted) => State::Closed,
                (_, State::Quoted) => State::Quoted,
                (b'"', _) => {
                    told.opens |= bit;
                    State::Quoted
                }
                (b'\r', kept) => kept,
                (b',' | b'\n', _) => {
                    told.ends |= bit;
                    told.closed |= if closed { bit } else { 0 };
                    told.lines |= if *byte == b'\n' { bit } else { 0 };
                    told.pairs |= if before == b'\r' { bit } else { 0 };
                    State::Start
                }
                _ => State::Plain,
            };
            before = *byte;
        }
        Regular { after: state, ..told }
    }

    fn told(block: &Regular) -> (u64, u64, u64, u64, u64, State) {
        (block.ends, block.lines, block.pairs, block.closed, block.opens, block.after)
    }

    #[test]
    fn sound_blocks_are_read_as_byte_by_byte() {
        let text: Vec<u8> = SOUND.bytes().cycle().take(4 * SOUND.len()).collect();
        let mut seen = 0;
        for start in 0..SOUND.len() {
            let (before, block) = (&text[..start], &text[start..start + BLOCK]);
            // A CR and its LF are looked at singly when blocks part them.
            if before.ends_with(b"\r") || block.ends_with(b"\r") {
                continue;
            }
            let state = bytewise(before, State::Start).after;
            let regular = Regular::of(&Masks::of(block.try_into().unwrap(), b','), state).unwrap();
            assert_eq!(told(&regular), told(&bytewise(block, state)), "{}", block.escape_ascii());
            seen += 1;
        }
        assert_eq!(seen, SOUND.len() - 2 * SOUND.matches('\r').count());
    }

    #[test]
    fn sound_blocks_are_taken_at_once_wherever_they_stand() {
        let text: Vec<u8> = SOUND.bytes().cycle().take(40_000 * SOUND.len()).collect();
        let (near, far) = (SOUND.len()..2 * SOUND.len(), text.len() - BLOCK);
        for start in near.chain([far]) {
            let (before, block) = (&text[..start], &text[start..start + BLOCK]);
            if before.ends_with(b"\r") || block.ends_with(b"\r") {
                continue;
            }
            let mut scanner = Scanner::with_cells(b',');
            scanner.push(before).unwrap();
            let masks = Masks::of(block.try_into().unwrap(), b',');
            assert!(scanner.regular_block(masks).unwrap(), "{start}: {}", block.escape_ascii());
        }
    }
}
