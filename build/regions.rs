//! What the product must know of each region and calling code beside the plan: written as Rust.

use std::error::Error;
use std::fmt::Write;

use phonenumber::Metadata;
use phonenumber::metadata::Descriptor;
use regex_automata::nfa::thompson::{NFA, State, WhichCaptures};
use regex_automata::util::look::Look;

use super::patterns::syntax;

/// The steps of the matchers of all prefixes, one after the other.
#[derive(Default)]
struct Steps {
    steps: Vec<String>,
}

impl Steps {
    /// Adds the matcher of a pattern; tells where it starts.
    fn add(&mut self, pattern: &str) -> Result<usize, Box<dyn Error>> {
        let config = NFA::config().which_captures(WhichCaptures::All);
        let nfa = NFA::compiler().syntax(syntax()).configure(config).build(pattern)?;
        // Forks have two ends here; those with more need steps of their own, which follow the others.
        let first = self.steps.len();
        let mut own: Vec<String> = Vec::new();
        let mut extra: Vec<String> = Vec::new();
        let count = nfa.states().len();
        for state in nfa.states() {
            own.push(match state {
                State::ByteRange { trans } => {
                    format!("Step::Digit({}, {})", mask(trans.start, trans.end), first + trans.next.as_usize())
                }
                State::Sparse(sparse) => {
                    // No digit is in two of the ranges, so their order says nothing.
                    let ends: Vec<usize> = sparse
                        .transitions
                        .iter()
                        .map(|part| {
                            let mask = mask(part.start, part.end);
                            extra.push(format!("Step::Digit({mask}, {})", first + part.next.as_usize()));
                            first + count + extra.len() - 1
                        })
                        .collect();
                    fork(&ends, first + count, &mut extra)
                }
                State::BinaryUnion { alt1, alt2 } => {
                    format!("Step::Fork({}, {})", first + alt1.as_usize(), first + alt2.as_usize())
                }
                State::Union { alternates } => {
                    let ends: Vec<usize> = alternates.iter().map(|end| first + end.as_usize()).collect();
                    fork(&ends, first + count, &mut extra)
                }
                State::Capture { next, slot, .. } => {
                    format!("Step::Mark({}, {})", slot.as_usize(), first + next.as_usize())
                }
                State::Match { .. } => "Step::Done".to_owned(),
                State::Fail => NOWHERE.to_owned(),
                State::Look { look: Look::End, next } => format!("Step::End({})", first + next.as_usize()),
                State::Dense(_) | State::Look { .. } => return Err(format!("{pattern} is of an unknown form").into()),
            });
        }
        self.steps.append(&mut own);
        self.steps.append(&mut extra);
        Ok(first + nfa.start_anchored().as_usize())
    }
}

/// A step that no digit takes.
const NOWHERE: &str = "Step::Digit(0, 0)";

/// A step that tries several ways in order; steps beyond the first one go to `extra`, which starts at `base`.
fn fork(ends: &[usize], base: usize, extra: &mut Vec<String>) -> String {
    match ends {
        [] => NOWHERE.to_owned(),
        [only] => format!("Step::Fork({only}, {only})"),
        [one, other] => format!("Step::Fork({one}, {other})"),
        [one, rest @ ..] => {
            let step = fork(rest, base, extra);
            extra.push(step);
            format!("Step::Fork({one}, {})", base + extra.len() - 1)
        }
    }
}

/// A bit for each digit of a range of characters.
fn mask(start: u8, end: u8) -> u16 {
    (b'0'..=b'9').filter(|digit| (start..=end).contains(digit)).fold(0, |bits, digit| bits | 1 << (digit - b'0'))
}

/// A bit for each length that numbers of a region may have.
fn lengths(region: &Metadata) -> u32 {
    let of = region.descriptors();
    [
        of.fixed_line(),
        of.mobile(),
        of.toll_free(),
        of.premium_rate(),
        of.shared_cost(),
        of.personal_number(),
        of.voip(),
        of.pager(),
        of.uan(),
        of.voicemail(),
    ]
    .into_iter()
    .flatten()
    .flat_map(Descriptor::possible_length)
    .fold(0, |bits, length| bits | 1 << length)
}

/// The tables as Rust: `REGIONS` in order of names, `CODES` in order of numbers, `STEPS`.
pub fn compile(codes: &[(u16, Vec<&Metadata>)], names: &[&str]) -> Result<String, Box<dyn Error>> {
    let mut steps = Steps::default();
    let mut rows = vec![String::new(); names.len()];
    let mut code_rows = String::new();
    for (code, regions) in codes {
        // Those of the main region, as libphonenumber has it: that Canada has some short numbers of its own says
        // nothing of a number that is too short.
        let lengths = regions.first().map_or(0, |region| lengths(region));
        let main = regions.first().and_then(|region| names.binary_search(&region.id()).ok()).ok_or("no main region")?;
        writeln!(code_rows, "    Code {{ number: {code}, main: {main}, lengths: {lengths:#x} }},")?;
        for region in regions {
            let national = match region.national_prefix_for_parsing() {
                Some(pattern) => Some(pattern.as_str()),
                None => region.national_prefix(),
            };
            let national = match national {
                Some(pattern) if !pattern.is_empty() => format!("Some({})", steps.add(pattern)?),
                _ => "None".to_owned(),
            };
            let international = match region.international_prefix() {
                Some(pattern) => format!("Some({})", steps.add(pattern.as_str())?),
                None => "None".to_owned(),
            };
            let transform = region.national_prefix_transform_rule().unwrap_or("");
            let groups = region.national_prefix_for_parsing().map_or(0, |pattern| pattern.captures_len() - 1);
            let number = names.binary_search(&region.id()).map_err(|_| format!("{} has no number", region.id()))?;
            rows[number] = if region.id() == "001" {
                // Many calling codes: nobody dials from there.
                "    RegionData { name: \"001\", code: 0, national: None, international: None, transform: \"\", groups: 0 },\n"
                    .to_owned()
            } else {
                format!(
                    "    RegionData {{ name: {:?}, code: {code}, national: {national}, international: {international}, \
                     transform: {transform:?}, groups: {groups} }},\n",
                    region.id()
                )
            };
        }
    }
    let mut text = String::new();
    writeln!(text, "pub(super) static REGIONS: &[RegionData] = &[\n{}];", rows.concat())?;
    writeln!(text, "pub(super) static CODES: &[Code] = &[\n{code_rows}];")?;
    writeln!(text, "pub(super) static STEPS: &[Step] = &[\n    {},\n];", steps.steps.join(",\n    "))?;
    Ok(text)
}
