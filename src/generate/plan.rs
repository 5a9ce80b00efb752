//! The plan of a data set: everything that a record can be made from when nothing but its number is known.

use super::channels::{Channel, FEWEST, channels, odd};
use super::draw::{Draw, Purpose, mix};
use super::ids::{self, Ids};
use super::numbers::Numbers;
use crate::error::{Error, Result};
use crate::model::channel::Kind;

/// What is wanted.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Settings {
    /// Records of users, at least one.
    pub users: u32,
    /// Records of sessions.
    pub sessions: u32,
    /// Sound channels, at least three; with defects a few odd ones come on top.
    pub channels: u16,
    /// Another seed, other data.
    pub seed: u64,
    /// About this share of users and sessions gets a defect, from 0 to 1 (one in eight stays sound in any case).
    pub defect_rate: f64,
    /// Milliseconds since 1970 in UTC at which the data are meant to be judged.
    pub as_of: i64,
}

/// One record in so many never has a defect: others may copy it or refer to it.
pub const PILLAR: u32 = 8;
/// How many reps own users and sessions.
pub const REPS: u64 = 240;

/// Kinds of users that defects ask for, as lists of sound channels.
#[derive(Debug, Default)]
pub struct ByPurpose {
    /// Every kind.
    pub all: Vec<u16>,
    /// SMS.
    pub sms: Vec<u16>,
    /// Every kind but SMS.
    pub linked: Vec<u16>,
    /// WhatsApp and Messenger.
    pub windowed: Vec<u16>,
    /// WhatsApp.
    pub whatsapp: Vec<u16>,
    /// Kinds whose platform keys have a form that is no phone number's.
    pub formed: Vec<u16>,
    /// Channels that ask for more than implicit consent.
    pub demanding: Vec<u16>,
    /// Messenger.
    pub messenger: Vec<u16>,
}

/// The plan of a data set.
#[derive(Debug)]
pub struct Plan {
    /// What is wanted.
    pub settings: Settings,
    /// Makes Ids.
    pub ids: Ids,
    /// Makes phone numbers.
    pub numbers: Numbers,
    /// All channels.
    pub channels: Vec<Channel>,
    /// The sound channels by purpose.
    pub sound: ByPurpose,
    /// The Ids of reps.
    pub reps: Vec<ids::Id>,
    /// Session number to user number.
    order: Order,
    threshold: u64,
}

impl Plan {
    /// Makes the plan.
    ///
    /// # Errors
    /// Settings that make no sense.
    pub fn new(settings: Settings) -> Result<Self> {
        // A few years stay on either side: the years that Salesforce takes are 1700 to 4000.
        const FIRST: i64 = -8_360_000_000_000;
        const LAST: i64 = 63_900_000_000_000;
        let refuse = |why: String| Err(Error::Config(format!("generate: {why}")));
        if settings.users == 0 {
            return refuse("at least one user is needed".to_owned());
        }
        if settings.channels < FEWEST {
            return refuse(format!("at least {FEWEST} channels are needed, for SMS, WhatsApp and Messenger"));
        }
        if !(0.0..=1.0).contains(&settings.defect_rate) {
            return refuse(format!("defect_rate must lie between 0 and 1, not {}", settings.defect_rate));
        }
        if !(FIRST..=LAST).contains(&settings.as_of) {
            return refuse("as_of must lie between the years 1706 and 3994".to_owned());
        }
        let numbers = Numbers::new(settings.seed);
        if u64::from(settings.users) > numbers.capacity() {
            return refuse(format!("there are only {} phone numbers to give to users", numbers.capacity()));
        }
        let ids = Ids::new(settings.seed);
        let channels = channels(ids, settings.channels, settings.defect_rate > 0.0);
        let mut sound = ByPurpose::default();
        for (at, channel) in (0..settings.channels).zip(&channels) {
            sound.all.push(at);
            match channel.kind {
                Kind::Sms => sound.sms.push(at),
                _ => sound.linked.push(at),
            }
            if matches!(channel.kind, Kind::WhatsApp | Kind::Facebook) {
                sound.windowed.push(at);
            }
            match channel.kind {
                Kind::Facebook => sound.messenger.push(at),
                Kind::WhatsApp => sound.whatsapp.push(at),
                _ => {}
            }
            if matches!(channel.kind, Kind::Facebook | Kind::Line | Kind::Apple | Kind::InApp) {
                sound.formed.push(at);
            }
            if channel.consent_type != "ImplicitOptIn" {
                sound.demanding.push(at);
            }
        }
        let order = Order::new(settings.users, settings.seed);
        let reps = (0..REPS).map(|rep| ids.id(ids::REP, rep)).collect();
        Ok(Self { settings, ids, numbers, channels, sound, reps, order, threshold: threshold(settings.defect_rate) })
    }

    /// Draws for a record.
    #[must_use]
    pub fn draw(&self, purpose: Purpose, row: u32) -> Draw {
        Draw::new(self.settings.seed, purpose, row)
    }

    /// Whether a record gets a defect. Takes one draw in any case.
    pub fn is_flawed(&self, row: u32, draw: &mut Draw) -> bool {
        draw.below(1 << 53) < self.threshold && !row.is_multiple_of(PILLAR)
    }

    /// A sound record that comes before this one, or this one itself.
    pub fn pillar(row: u32, draw: &mut Draw) -> u32 {
        PILLAR * draw.row(row / PILLAR + 1)
    }

    /// A channel that the plan holds; the first when there is none at this place.
    #[must_use]
    pub fn channel(&self, at: u16) -> &Channel {
        self.channels.get(usize::from(at)).unwrap_or(&self.channels[0])
    }

    /// An odd channel.
    #[must_use]
    pub const fn odd(&self, at: u16) -> u16 {
        self.settings.channels + at
    }

    /// One of several odd channels.
    pub fn one_odd(&self, of: std::ops::Range<u16>, draw: &mut Draw) -> u16 {
        let at = draw.below(u64::from(of.end - of.start));
        self.odd(of.start + u16::try_from(at).unwrap_or(0))
    }

    /// The odd channel that is switched off.
    #[must_use]
    pub const fn inactive(&self) -> u16 {
        self.odd(odd::INACTIVE)
    }

    /// The user whose session this is by turns.
    #[must_use]
    pub const fn turn(&self, session: u32) -> u32 {
        self.order.user(session % self.settings.users)
    }

    /// The first session of a user, if there is one.
    #[must_use]
    pub fn first_session(&self, user: u32) -> Option<u32> {
        Some(self.order.session(user)).filter(|session| *session < self.settings.sessions)
    }
}

/// The defect rate as a threshold of 53 bits, raised for the records that never have one.
fn threshold(rate: f64) -> u64 {
    let raised = (rate * f64::from(PILLAR) / f64::from(PILLAR - 1)).min(1.0);
    // A power of two times a number from 0 to 1 is exact.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the product lies in 0..=2^53")]
    let threshold = (raised * 9_007_199_254_740_992.0) as u64;
    threshold
}

/// A shuffle of users that can be turned around: multiplication modulo their number.
#[derive(Debug, Clone, Copy)]
struct Order {
    users: u64,
    factor: u64,
    inverse: u64,
    offset: u64,
}

impl Order {
    fn new(users: u32, seed: u64) -> Self {
        let users = u64::from(users);
        let mut factor = mix(seed ^ 0x5eed) % users;
        let inverse = loop {
            if let Some(inverse) = inverse(factor, users) {
                break inverse;
            }
            factor = (factor + 1) % users;
        };
        Self { users, factor, inverse, offset: mix(seed) % users }
    }

    const fn user(self, session: u32) -> u32 {
        narrow((session as u64 * self.factor + self.offset) % self.users)
    }

    const fn session(self, user: u32) -> u32 {
        narrow((user as u64 + self.users - self.offset) % self.users * self.inverse % self.users)
    }
}

/// Numbers below the number of users fit.
const fn narrow(number: u64) -> u32 {
    (number & 0xffff_ffff) as u32
}

/// The number that undoes multiplication by `factor` modulo `modulus`, if there is one.
fn inverse(factor: u64, modulus: u64) -> Option<u64> {
    if modulus == 1 {
        return Some(0);
    }
    let (mut a, mut b) = (i128::from(factor), i128::from(modulus));
    let (mut x, mut y) = (1_i128, 0_i128);
    while b != 0 {
        let quotient = a / b;
        (a, b) = (b, a - quotient * b);
        (x, y) = (y, x - quotient * y);
    }
    if a == 1 { u64::try_from(x.rem_euclid(i128::from(modulus))).ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_order_meets_every_user_once_and_can_be_turned_around() {
        for users in [1, 2, 7, 8, 1000, 4096] {
            for seed in 0..5 {
                let order = Order::new(users, seed);
                let mut met: Vec<_> = (0..users).map(|session| order.user(session)).collect();
                assert!((0..users).all(|session| order.session(order.user(session)) == session));
                met.sort_unstable();
                assert!(met.iter().copied().eq(0..users));
            }
        }
    }

    #[test]
    fn settings_that_make_no_sense_are_refused() {
        let good = Settings { users: 1, sessions: 0, channels: 3, seed: 0, defect_rate: 1.0, as_of: 1_795_348_800_000 };
        assert!(Plan::new(good).is_ok());
        for bad in [
            Settings { users: 0, ..good },
            Settings { channels: 2, ..good },
            Settings { defect_rate: 1.1, ..good },
            Settings { defect_rate: f64::NAN, ..good },
            Settings { as_of: i64::MAX, ..good },
        ] {
            assert!(Plan::new(bad).is_err(), "{bad:?}");
        }
    }
}
