//! Matches what regions dial in front of a number. A matcher is a chain of steps made by the build script from the
//! pattern of the metadata; ways are tried in the pattern's order, so groups are the ones that the pattern means.

/// A step of a matcher, with the places of the steps that follow.
#[derive(Debug, Clone, Copy)]
pub(super) enum Step {
    /// One of the digits whose bits are set.
    Digit(u16, u16),
    /// Either way, the first one first.
    Fork(u16, u16),
    /// Where a group starts (even numbers) or ends.
    Mark(u8, u16),
    /// Nothing follows in the number.
    End(u16),
    /// The prefix is complete.
    Done,
}

/// The most marks that a pattern has: two for the whole and two for each group.
const MARKS: usize = 16;

/// The place of each mark.
pub(super) type Marks = [Option<u8>; MARKS];

/// Matches digits from their start on; tells how many belong to the prefix, and where its groups are.
pub(super) fn matches(steps: &[Step], start: u16, digits: &[u8]) -> Option<(usize, Marks)> {
    run(steps, start, digits, 0, [None; MARKS])
}

fn run(steps: &[Step], mut step: u16, digits: &[u8], mut at: usize, mut marks: Marks) -> Option<(usize, Marks)> {
    loop {
        match *steps.get(usize::from(step))? {
            Step::Digit(mask, next) => {
                let digit = digits.get(at)?.wrapping_sub(b'0');
                if digit > 9 || mask >> digit & 1 == 0 {
                    return None;
                }
                at += 1;
                step = next;
            }
            Step::Fork(one, other) => {
                if let found @ Some(_) = run(steps, one, digits, at, marks) {
                    return found;
                }
                step = other;
            }
            Step::Mark(mark, next) => {
                *marks.get_mut(usize::from(mark))? = u8::try_from(at).ok();
                step = next;
            }
            Step::End(_) if at < digits.len() => return None,
            Step::End(next) => step = next,
            Step::Done => return Some((at, marks)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `9|0(.)$`, the digit behind the zero a group.
    const NINE_OR_ZERO: [Step; 8] = [
        Step::Fork(1, 2),
        Step::Digit(1 << 9, 7),
        Step::Digit(1, 3),
        Step::Mark(2, 4),
        Step::Digit(0x3ff, 5),
        Step::Mark(3, 6),
        Step::End(7),
        Step::Done,
    ];

    #[test]
    fn steps_are_taken_in_their_order() {
        let matched = |digits: &[u8]| {
            matches(&NINE_OR_ZERO, 0, digits).map(|(end, marks)| (end, marks[2].unwrap_or(0), marks[3].unwrap_or(0)))
        };
        assert_eq!(
            [&b"9"[..], b"93", b"08", b"09"].map(matched),
            [Some((1, 0, 0)), Some((1, 0, 0)), Some((2, 1, 2)), Some((2, 1, 2))]
        );
        assert_eq!([&b"0"[..], b"081", b"8", b"", b"0:", b"0/"].map(matched), [None; 6]);
    }
}
