//! Patterns of the metadata as automata over the ten digits.

use std::collections::HashMap;
use std::error::Error;

use regex_automata::dfa::{Automaton, StartKind, dense};
use regex_automata::util::primitives::StateID;
use regex_automata::util::syntax::Config;
use regex_automata::{Anchored, Input};

/// The state from which nothing is accepted.
pub const DEAD: u32 = 0;
/// Where every automaton starts.
pub const START: u32 = 1;

/// A deterministic automaton over digits.
pub struct Digits {
    next: Vec<[u32; 10]>,
    accepts: Vec<bool>,
}

/// The metadata are laid out with blanks, and know no digits but ASCII's.
pub fn syntax() -> Config {
    Config::new().ignore_whitespace(true).unicode(false).utf8(false)
}

impl Digits {
    /// Accepts what a pattern matches as a whole.
    pub fn whole(pattern: &str) -> Result<Self, Box<dyn Error>> {
        Self::new(&format!("(?:{pattern}\n)\\z"))
    }

    /// Accepts what begins with a match of a pattern.
    pub fn beginning(pattern: &str) -> Result<Self, Box<dyn Error>> {
        Self::new(&format!("(?:{pattern}\n)[0-9]*\\z"))
    }

    fn new(pattern: &str) -> Result<Self, Box<dyn Error>> {
        let config = dense::Config::new().start_kind(StartKind::Anchored).accelerate(false);
        let dfa = dense::Builder::new().configure(config).syntax(syntax()).build(pattern)?;
        let start = dfa.start_state_forward(&Input::new("").anchored(Anchored::Yes))?;
        let mut digits = Self { next: vec![[DEAD; 10], [DEAD; 10]], accepts: vec![false, false] };
        let mut known: HashMap<StateID, u32> = HashMap::from([(start, START)]);
        let mut open = vec![start];
        while let Some(state) = open.pop() {
            let own = known[&state] as usize;
            digits.accepts[own] = dfa.is_match_state(dfa.next_eoi_state(state));
            for digit in 0..10_u8 {
                let to = dfa.next_state(state, b'0' + digit);
                let number = if dfa.is_dead_state(to) {
                    DEAD
                } else {
                    *known.entry(to).or_insert_with(|| {
                        open.push(to);
                        digits.next.push([DEAD; 10]);
                        digits.accepts.push(false);
                        u32::try_from(digits.next.len() - 1).unwrap_or(u32::MAX)
                    })
                };
                digits.next[own][usize::from(digit)] = number;
            }
        }
        Ok(digits)
    }

    /// Where a digit leads.
    pub fn next(&self, state: u32, digit: usize) -> u32 {
        self.next[state as usize][digit]
    }

    /// Whether a number may end here.
    pub fn accepts(&self, state: u32) -> bool {
        self.accepts[state as usize]
    }
}
