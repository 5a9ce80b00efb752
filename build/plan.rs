//! The plans of all calling codes as one minimal automaton.
//!
//! Its states are found by running the automata of all patterns of a calling code side by side, digit by digit. Numbers
//! have an end, so there are no cycles: a state is known by its outcome and by where it leads, and equal ones become one.
//!
//! Whoever reads a number knows its length before its digits, so what is written out is another automaton, in which each
//! length has its own start: most numbers are settled by their first digits, whatever follows.

use std::collections::{BTreeSet, HashMap};
use std::error::Error;

use phonenumber::Metadata;
use phonenumber::metadata::Descriptor;

use super::patterns::{DEAD, Digits, START};

/// E.164 numbers have no more digits, calling code included.
const DIGITS: usize = 15;
/// Entries of a state: ten digits, the outcome, and air up to a power of two.
const ENTRIES: usize = 16;

/// The kinds of numbers in libphonenumber's order of precedence, with the number that `Kind` in the product has.
fn kinds(region: &Metadata) -> [(u16, Option<&Descriptor>); 8] {
    let of = region.descriptors();
    [
        (4, of.premium_rate()),
        (3, of.toll_free()),
        (5, of.shared_cost()),
        (6, of.voip()),
        (7, of.personal_number()),
        (8, of.pager()),
        (9, of.uan()),
        (10, of.voicemail()),
    ]
}
const FIXED_LINE: u16 = 0;
const MOBILE: u16 = 1;
const FIXED_LINE_OR_MOBILE: u16 = 2;

/// Set in outcomes of numbers that several regions have.
const SHARED: u16 = 1 << 15;

/// A pattern and the lengths that its numbers may have, where the metadata tell; a bit for each length.
struct Described {
    automaton: usize,
    lengths: u32,
}

struct Region {
    number: u16,
    leading: Option<usize>,
    general: Described,
    kinds: Vec<(u16, Described)>,
    fixed_line: Option<Described>,
    mobile: Option<Described>,
}

/// The automata of one calling code, run side by side.
struct Code {
    automata: Vec<Digits>,
    regions: Vec<Region>,
    depth: usize,
}

impl Code {
    fn new(code: u16, regions: &[&Metadata], names: &[&str]) -> Result<Self, Box<dyn Error>> {
        let mut this = Self { automata: Vec::new(), regions: Vec::new(), depth: DIGITS - code.to_string().len() };
        let alone = regions.len() == 1;
        for region in regions {
            let number = names.binary_search(&region.id()).map_err(|_| format!("{} has no number", region.id()))?;
            let descriptors = region.descriptors();
            // A region that has its calling code for itself needs no digits to be known by.
            let leading = match region.leading_digits().filter(|_| !alone) {
                Some(pattern) => Some(this.add(Digits::beginning(pattern.as_str())?)),
                None => None,
            };
            let general = this.describe(descriptors.general())?;
            let mut described = Vec::new();
            for (kind, descriptor) in kinds(region) {
                if let Some(descriptor) = descriptor {
                    described.push((kind, this.describe(descriptor)?));
                }
            }
            let fixed_line = descriptors.fixed_line().map(|descriptor| this.describe(descriptor)).transpose()?;
            let mobile = descriptors.mobile().map(|descriptor| this.describe(descriptor)).transpose()?;
            let number = u16::try_from(number)?;
            this.regions.push(Region { number, leading, general, kinds: described, fixed_line, mobile });
        }
        Ok(this)
    }

    fn add(&mut self, automaton: Digits) -> usize {
        self.automata.push(automaton);
        self.automata.len() - 1
    }

    fn describe(&mut self, descriptor: &Descriptor) -> Result<Described, Box<dyn Error>> {
        let lengths = descriptor.possible_length().iter().fold(0, |bits, length| bits | 1 << length);
        let lengths = if lengths == 0 { u32::MAX } else { lengths };
        Ok(Described { automaton: self.add(Digits::whole(descriptor.national_number().as_str())?), lengths })
    }

    /// What a national number is that ends in these states: 0 for nothing, otherwise region times 16, plus kind, plus 1;
    /// and [`SHARED`] when it is a number of other regions, too.
    fn outcome(&self, states: &[u32], length: usize) -> u16 {
        let kinds: Vec<Option<u16>> = self.regions.iter().map(|region| self.kind(region, states, length)).collect();
        let shared = if kinds.iter().flatten().count() > 1 { SHARED } else { 0 };
        for (region, kind) in self.regions.iter().zip(kinds) {
            // The leading digits say where it is, even if nothing is assigned there.
            let here = region.leading.map(|leading| self.automata[leading].accepts(states[leading]));
            match (here, kind) {
                (Some(true) | None, Some(kind)) => return (region.number * 16 + kind + 1) | shared,
                (Some(true), None) => return 0,
                _ => {}
            }
        }
        0
    }

    /// Of what kind a number is in one of the regions.
    fn kind(&self, region: &Region, states: &[u32], length: usize) -> Option<u16> {
        let fits = |described: &Described| {
            described.lengths >> length & 1 == 1
                && self.automata[described.automaton].accepts(states[described.automaton])
        };
        if !fits(&region.general) {
            return None;
        }
        if let Some((kind, _)) = region.kinds.iter().find(|(_, described)| fits(described)) {
            return Some(*kind);
        }
        match (region.fixed_line.as_ref().is_some_and(fits), region.mobile.as_ref().is_some_and(fits)) {
            (true, true) => Some(FIXED_LINE_OR_MOBILE),
            (true, false) => Some(FIXED_LINE),
            (false, true) => Some(MOBILE),
            (false, false) => None,
        }
    }
}

/// A state: where each digit leads, and what a number is that ends here.
type State = [u16; 11];

#[derive(Default)]
struct Builder {
    numbers: HashMap<State, u16>,
    states: Vec<State>,
}

impl Builder {
    fn intern(&mut self, state: State) -> Result<u16, Box<dyn Error>> {
        if let Some(&number) = self.numbers.get(&state) {
            return Ok(number);
        }
        let number = u16::try_from(self.states.len()).map_err(|_| "the plans need more than 65,536 states")?;
        self.states.push(state);
        self.numbers.insert(state, number);
        Ok(number)
    }

    fn visit(
        &mut self,
        code: &Code,
        states: Vec<u32>,
        length: usize,
        known: &mut HashMap<(Vec<u32>, usize), u16>,
    ) -> Result<u16, Box<dyn Error>> {
        if states.iter().all(|&state| state == DEAD) {
            return Ok(0);
        }
        let key = (states, length);
        if let Some(&number) = known.get(&key) {
            return Ok(number);
        }
        let states = &key.0;
        let mut state = State::default();
        state[10] = code.outcome(states, length);
        if length < code.depth {
            for (digit, entry) in state.iter_mut().take(10).enumerate() {
                let next =
                    states.iter().zip(&code.automata).map(|(&at, automaton)| automaton.next(at, digit)).collect();
                *entry = self.visit(code, next, length + 1, known)?;
            }
        }
        let number = self.intern(state)?;
        known.insert(key, number);
        Ok(number)
    }
}

/// The automaton for numbers whose length is known.
struct Lengths<'a> {
    /// The states of the one for all lengths.
    states: &'a [State],
    /// What states stand for here: one of them, and how many digits are still to come.
    known: HashMap<(u16, usize), u16>,
    /// The states: first those in which numbers are settled, where every digit stays.
    builder: Builder,
    settled: usize,
}

impl<'a> Lengths<'a> {
    fn new(states: &'a [State]) -> Result<Self, Box<dyn Error>> {
        let mut builder = Builder::default();
        // In order, so that nobody's come first.
        for outcome in states.iter().map(|state| state[10]).collect::<BTreeSet<_>>() {
            let mut state = [u16::try_from(builder.states.len())?; 11];
            state[10] = outcome;
            builder.intern(state)?;
        }
        let settled = builder.states.len();
        Ok(Self { states, known: HashMap::new(), builder, settled })
    }

    fn visit(&mut self, at: u16, rest: usize) -> Result<u16, Box<dyn Error>> {
        if let Some(&number) = self.known.get(&(at, rest)) {
            return Ok(number);
        }
        let of = self.states[usize::from(at)];
        let number = if rest == 0 {
            let settled = &self.builder.states[..self.settled];
            u16::try_from(settled.binary_search_by_key(&of[10], |state| state[10]).map_err(|_| "an outcome is lost")?)?
        } else {
            let mut state = State::default();
            for (next, to) in state.iter_mut().zip(&of[..10]) {
                *next = self.visit(*to, rest - 1)?;
            }
            // Where all digits lead to one outcome, they need not be read.
            let same = state[..10].iter().all(|&next| next == state[0]);
            if same && usize::from(state[0]) < self.settled { state[0] } else { self.builder.intern(state)? }
        };
        self.known.insert((at, rest), number);
        Ok(number)
    }
}

/// The automaton as bytes: the entries of each state in order, two bytes each, the low one first. State 0 is that of
/// numbers that are nobody's; behind the last one stands where numbers of each length start.
pub fn compile(codes: &[(u16, Vec<&Metadata>)], names: &[&str]) -> Result<Vec<u8>, Box<dyn Error>> {
    let mut builder = Builder::default();
    builder.intern(State::default())?;
    let mut roots = HashMap::new();
    for (number, regions) in codes {
        let code = Code::new(*number, regions, names)?;
        let states = vec![START; code.automata.len()];
        roots.insert(number.to_string(), builder.visit(&code, states, 0, &mut HashMap::new())?);
    }
    // The digits of calling codes, the longest first: no calling code begins another one.
    for length in [2, 1, 0] {
        let beginnings: BTreeSet<String> =
            roots.keys().filter(|code| code.len() > length).map(|code| code[..length].to_owned()).collect();
        for beginning in beginnings {
            let mut state = State::default();
            for (digit, next) in state.iter_mut().take(10).enumerate() {
                *next = roots.get(&format!("{beginning}{digit}")).copied().unwrap_or(0);
            }
            let number = builder.intern(state)?;
            if roots.insert(beginning.clone(), number).is_some() {
                return Err(format!("calling code {beginning} begins another one").into());
            }
        }
    }
    let start = roots[""];
    let mut lengths = Lengths::new(&builder.states)?;
    let starts = (0..=DIGITS).map(|length| lengths.visit(start, length)).collect::<Result<Vec<_>, _>>()?;
    let air = [0_u16; ENTRIES - 11];
    let entries = lengths.builder.states.iter().flat_map(|state| state.iter().chain(&air)).chain(&starts);
    Ok(entries.flat_map(|entry| entry.to_le_bytes()).collect())
}
