//! WhatsApp users: the form of their numbers, and numbers that two records have in two forms.

use super::draw::{Draw, Purpose};
use super::names::SPANISH;
use super::numbers::{Country, Number};
use super::plan::{PILLAR, Plan};
use super::truth::Codes;
use super::user_flaws::UserFlaw;
use super::users::{Place, User};
use crate::engine::forms::FormCounts;
use crate::model::channel::Kind;
use crate::tables::whatsapp::NumberForm;

/// Of so many defects in a thousand behind a pillar, the number of the pillar in its other form is one. Only one record
/// in eight stands there, so this makes them about as frequent as other defects.
const TWINS: u64 = 250;
/// How many pairs of records can have an Argentine number of their own: eight digits of which the first is 1 to 8.
const PAIRS: u32 = 80_000_000;
/// Calling code and Buenos Aires.
const PREFIX: u64 = 5411 * 100_000_000;
/// The same with the 9 in front of the area.
const LONG_PREFIX: u64 = 54_911 * 100_000_000;
/// A prime, so that it divides into no number of pairs.
const STEP: u64 = 2_654_435_761;

/// Numbers of this country are given to pairs alone.
static ARGENTINA: Country = Country::without_areas("AR", 54, &SPANISH);

/// How many users of each channel have which form of number.
#[derive(Debug, Default)]
pub struct Forms(Vec<FormCounts>);

impl Plan {
    /// Draws the defect of a record that gets one.
    pub fn user_flaw(row: u32, draw: &mut Draw) -> Option<UserFlaw> {
        if row % PILLAR == 1 && row / PILLAR < PAIRS && draw.chance(TWINS) {
            return Some(UserFlaw::OtherForm);
        }
        UserFlaw::draw(draw)
    }

    /// Whether a record is a pillar, and the one behind it has its number in the other form.
    #[must_use]
    pub fn has_twin(&self, row: u32) -> bool {
        if !row.is_multiple_of(PILLAR) || row / PILLAR >= PAIRS || self.settings.users.saturating_sub(row) < 2 {
            return false;
        }
        let mut draw = self.draw(Purpose::User, row + 1);
        self.is_flawed(row + 1, &mut draw) && draw.chance(TWINS)
    }

    /// The number of a record.
    #[must_use]
    pub fn number(&self, row: u32) -> Number {
        if !self.has_twin(row) {
            return self.numbers.of(row);
        }
        let pair = row / PILLAR;
        let line = 10_000_000 + u64::from(pair) * STEP % u64::from(PAIRS);
        let prefix = if is_long(row) { LONG_PREFIX } else { PREFIX };
        Number { country: &ARGENTINA, digits: prefix + line }
    }

    /// The digits of a WhatsApp user, spoilt or not.
    #[must_use]
    pub fn whatsapp_digits(&self, user: &User) -> u64 {
        let digits = self.number(user.address_of).digits;
        match user.flaw {
            Some(UserFlaw::OtherForm) if is_long(user.address_of) => digits - LONG_PREFIX + PREFIX,
            Some(UserFlaw::OtherForm) => digits - PREFIX + LONG_PREFIX,
            _ => digits,
        }
    }

    /// Counts the forms of all numbers.
    #[must_use]
    pub fn forms(&self) -> Forms {
        let mut forms = Forms(vec![FormCounts::default(); self.channels.len()]);
        if self.settings.defect_rate > 0.0 {
            for (home, form) in (0..self.settings.users).filter_map(|row| form(&self.user(row))) {
                if let Some(counts) = forms.0.get_mut(usize::from(home)) {
                    match form {
                        NumberForm::Plus => counts.plus += 1,
                        NumberForm::Bare => counts.bare += 1,
                    }
                }
            }
        }
        forms
    }

    /// Everything that a user's record earns, alone and beside others.
    #[must_use]
    pub fn user_codes(&self, user: &User, forms: &Forms) -> Codes {
        let mut codes = user.codes(self.settings.as_of);
        if let Some((home, form)) = form(user)
            && forms.0.get(usize::from(home)).and_then(|counts| counts.rarer()) == Some(form)
        {
            codes = codes.and(const { Codes::of(&["U106"]) });
        }
        // A second copy of the pillar comes behind the record with the other form.
        if user.address_of != user.row && self.has_twin(user.address_of) {
            codes = codes.and(const { Codes::of(&["U207"]) });
        }
        codes
    }
}

const fn is_long(pillar: u32) -> bool {
    pillar / PILLAR % 2 == 1
}

/// The form of a WhatsApp user's number, and the channel where it counts.
fn form(user: &User) -> Option<(u16, NumberForm)> {
    match (user.place, user.kind, user.flaw) {
        (_, _, Some(UserFlaw::NoKey | UserFlaw::Number(_))) => None,
        (Place::Channel(home), Kind::WhatsApp, Some(UserFlaw::PlusForm)) => Some((home, NumberForm::Plus)),
        (Place::Channel(home), Kind::WhatsApp, _) => Some((home, NumberForm::Bare)),
        _ => None,
    }
}
