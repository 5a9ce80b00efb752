//! What the records of users say.

use std::borrow::Cow;
use std::ops::Range;

use arrow_array::RecordBatch;

use super::clock::{naive, push_number, unreadable, utc};
use super::columns::{Columns, missing, wrong_case};
use super::draw::{Draw, Purpose, mix};
use super::ids::{self, ABSENT};
use super::plan::{Plan, REPS};
use super::user_flaws::{PhoneFault, UserFlaw};
use super::users::{Last, Place, User};
use crate::error::Result;
use crate::model::channel::Kind;
use crate::tables::phone::is_number;
use crate::tables::phone::plan::Outcome;

const NAMES: [&str; 12] = [
    "Id",
    "Name",
    "MessagingChannelId",
    "MessageType",
    "MessagingPlatformKey",
    "MessagingConsentStatus",
    "IsoCountryCode",
    "OwnerId",
    "ContactId",
    "AccountId",
    "CreatedDate",
    "LastInboundMessageTime",
];
const TYPES: [&str; 7] = ["AppleBusinessChat", "Custom", "EmbeddedMessaging", "Facebook", "Line", "Text", "WhatsApp"];

/// Texts that are made anew for each record, kept to spare allocations.
#[derive(Debug, Default)]
struct Scratch {
    name: String,
    key: String,
}

impl Plan {
    /// The records of some users.
    ///
    /// # Errors
    /// Columns that do not fit together, which is a fault of this library.
    pub fn user_records(&self, rows: Range<u32>) -> Result<RecordBatch> {
        let mut columns = Columns::new(NAMES, rows.len());
        let mut scratch = Scratch::default();
        for row in rows {
            self.user_record(self.user(row), &mut scratch, &mut columns);
        }
        columns.finish()
    }

    fn user_record(&self, user: User, scratch: &mut Scratch, columns: &mut Columns<12>) {
        let mut draw = self.draw(Purpose::UserCells, user.row);
        let (flaw, channel) = (user.flaw, self.channel(user.home));
        let kind = draw.below(60);
        let number = self.numbers.of(user.address_of);

        scratch.name.clear();
        number.country.names.push(&mut scratch.name, &mut draw);
        match flaw {
            Some(UserFlaw::LongName) => lengthen(&mut scratch.name, " Smith", 256),
            Some(UserFlaw::LongEmoji) => scratch.name = "\u{1f600}".repeat(130),
            _ => {}
        }
        scratch.key.clear();
        self.push_key(&mut scratch.key, user, kind);

        let own_id = self.ids.id(ids::USER, u64::from(user.id_of));
        let id: Cow<'_, str> = match flaw {
            Some(UserFlaw::IdDamaged) => ids::damaged(&own_id, kind).into(),
            Some(UserFlaw::IdMalformed) => ids::malformed(&own_id, kind).into(),
            Some(UserFlaw::SameId) if kind.is_multiple_of(2) => ids::text(&own_id[..15]).into(),
            _ => ids::text(&own_id).into(),
        };
        let channel_id: Option<Cow<'_, str>> = match (user.place, flaw) {
            (Place::Missing, _) => missing(kind).map(Into::into),
            (Place::Malformed, _) => Some(ids::malformed(&channel.id, kind).into()),
            (Place::Absent, _) => {
                Some(ids::text(&self.ids.id(ids::CHANNEL, ABSENT + u64::from(user.row))).to_owned().into())
            }
            (_, Some(UserFlaw::ChannelDamaged)) => Some(ids::damaged(&channel.id, kind).into()),
            _ => Some(ids::text(&channel.id).into()),
        };
        let message_type: Option<Cow<'_, str>> = match flaw {
            Some(UserFlaw::NoType) => missing(kind).map(Into::into),
            Some(UserFlaw::TypeUnknown) => Some(draw.text(&["SMS", "Apple Messages", "Messenger", "Text "]).into()),
            Some(UserFlaw::TypeCase) => Some(wrong_case(channel.users_type, kind).into()),
            Some(UserFlaw::OtherType) => other_type(channel.users_type, &mut draw).map(Into::into),
            _ => Some(channel.users_type.into()),
        };
        let consent: Cow<'_, str> = match flaw {
            Some(UserFlaw::ConsentUnknown) => draw.text(&["OptedIn", "Yes", "Explicitly Opted In", "Pending"]).into(),
            Some(UserFlaw::ConsentCase) => wrong_case(user.consent.name(), kind).into(),
            _ => user.consent.name().into(),
        };
        let country = match flaw {
            Some(UserFlaw::LongCountry) => Some(draw.text(&["USA", "Germany", "BRA", "Großbritannien"])),
            Some(UserFlaw::FixedLine) => Some("DE"),
            Some(UserFlaw::OtherCountry) => Some(other_country(number.country.iso, kind)),
            _ => Some(number.country.iso).filter(|_| !draw.chance(30)),
        };
        let rep = usize::try_from(draw.below(REPS)).ok().and_then(|rep| self.reps.get(rep));
        let owner: Option<Cow<'_, str>> = rep.map(|rep| match flaw {
            Some(UserFlaw::OwnerDamaged) => ids::damaged(rep, kind).into(),
            _ => ids::text(rep).into(),
        });
        let own_contact = self.ids.id(ids::CONTACT, mix(u64::from(user.row)) >> 24);
        let contact: Option<Cow<'_, str>> = match flaw {
            Some(UserFlaw::ContactMalformed) => Some(ids::malformed(&own_contact, kind).into()),
            _ => (!draw.chance(250)).then(|| ids::text(&own_contact).into()),
        };
        let own_account = self.ids.id(ids::ACCOUNT, draw.below(u64::from(self.settings.users) / 3 + 1));
        let account = (!draw.chance(400)).then(|| ids::text(&own_account));
        let created_at = utc(user.created);
        let created: Cow<'_, str> = match flaw {
            Some(UserFlaw::CreatedUnreadable) => unreadable(user.created, kind).into(),
            Some(UserFlaw::CreatedNaive) => naive(user.created, kind).into(),
            _ => std::str::from_utf8(&created_at).unwrap_or_default().into(),
        };
        let last_at;
        let last: Option<Cow<'_, str>> = match user.last {
            Last::Missing => None,
            Last::Unreadable => Some(unreadable(user.created, kind).into()),
            Last::At(last) if flaw == Some(UserFlaw::LastNaive) => Some(naive(last, kind).into()),
            Last::At(last) => {
                last_at = utc(last);
                std::str::from_utf8(&last_at).ok().map(Into::into)
            }
        };
        let key = if flaw == Some(UserFlaw::NoKey) { missing(kind) } else { Some(scratch.key.as_str()) };
        columns.push([
            Some(&id),
            Some(&scratch.name),
            channel_id.as_deref(),
            message_type.as_deref(),
            key,
            Some(&consent),
            country,
            owner.as_deref(),
            contact.as_deref(),
            account,
            Some(&created),
            last.as_deref(),
        ]);
    }

    /// Appends the platform key. What it says follows from the record whose address it is, except for faults.
    fn push_key(&self, key: &mut String, user: User, kind: u64) {
        let row = user.address_of;
        match self.channel(user.home).kind {
            Kind::Sms | Kind::Outside | Kind::Unknown => self.push_phone(key, user, kind),
            Kind::WhatsApp => push_number(key, self.numbers.of(row).digits, 0),
            Kind::Facebook => push_number(key, 100_000_000_000_000 + self.ids.scrambled(u64::from(row)), 0),
            Kind::Line => {
                key.push('U');
                push_hex(key, self.opaque(row), 16);
                push_hex(key, mix(self.opaque(row)), 16);
            }
            Kind::Apple => {
                key.push_str("urn:mbid:AQAAY");
                for part in 0..6 {
                    push_hex(key, mix(self.opaque(row) ^ part).rotate_left(7), 16);
                }
                push_hex(key, self.opaque(row), 16);
            }
            Kind::Byoc => {
                key.push_str("loyalty-");
                push_number(key, 10_000_000 + u64::from(row), 0);
            }
            Kind::InApp | Kind::Web | Kind::Embedded => {
                let known = !self.opaque(row).is_multiple_of(3);
                key.push_str(if known { "v2/iamessage/AUTH/CustomerApp/uid:" } else { "v2/iamessage/UNAUTH/NA/uid:" });
                push_uuid(key, self.opaque(row), mix(self.opaque(row)));
            }
        }
        if user.flaw == Some(UserFlaw::LongKey) {
            // So many for every key: keys that differ go on doing so.
            (0..260).for_each(|_| key.push('0'));
        }
    }

    /// A number that looks like chance and is no other record's.
    const fn opaque(&self, row: u32) -> u64 {
        mix((row as u64) << 32 ^ self.settings.seed >> 32)
    }

    fn push_phone(&self, key: &mut String, user: User, kind: u64) {
        let number = self.numbers.of(user.address_of);
        key.push('+');
        push_number(key, number.digits, 0);
        match user.flaw {
            Some(UserFlaw::Phone(fault)) => *key = faulty(key, fault, number.country.iso, kind),
            Some(UserFlaw::Unassigned) => *key = unassigned(&key[1..], number.country.code, kind),
            // Berlin's numbers are long enough for everybody.
            Some(UserFlaw::FixedLine) => *key = format!("+4930{}", 100_000_000 + u64::from(user.row)),
            Some(UserFlaw::PhoneTooShort) => key.truncate(2),
            Some(UserFlaw::SameAddressPunctuated) => *key = punctuated(key, kind),
            _ => {}
        }
    }
}

/// A number in E.164 form, spoilt. No two numbers become the same address: each result holds all digits of its own.
fn faulty(e164: &str, fault: PhoneFault, iso: &str, kind: u64) -> String {
    let digits = &e164[1..];
    match fault {
        // National forms only where no country's international form looks the same.
        PhoneFault::National if iso == "GB" => format!("0{}", &digits[2..]),
        PhoneFault::National if matches!(iso, "US" | "CA") => {
            let (area, rest) = digits[1..].split_at(3);
            match kind % 3 {
                0 => format!("{area}{rest}"),
                1 => format!("({area}) {}-{}", &rest[..3], &rest[3..]),
                _ => format!("{area}.{}.{}", &rest[..3], &rest[3..]),
            }
        }
        PhoneFault::NoPlus | PhoneFault::National => digits.to_owned(),
        PhoneFault::DialledOut => format!("00{digits}"),
        PhoneFault::LeadingZero => format!("+0{digits}"),
        PhoneFault::Blanks => punctuated(e164, kind),
        PhoneFault::Letters => format!("{e164}{}", ["mobile", "m", " (home)"][(kind % 3) as usize]),
        PhoneFault::Extension => format!("{e164}{}", [" ext 5", "x5", " ext. 12"][(kind % 3) as usize]),
        PhoneFault::TooLong => format!("{e164}000000"),
        PhoneFault::Scientific => format!("{}.{}E+{}", &digits[..1], &digits[1..], digits.len() - 1),
        PhoneFault::Decimal => format!("{digits}.0"),
        PhoneFault::Apostrophe => format!("'{e164}"),
        PhoneFault::Invisible => {
            format!("{}{}{}", &e164[..5], ["\u{200b}", "\u{a0}", "\u{202c}"][(kind % 3) as usize], &e164[5..])
        }
        PhoneFault::FullWidth => {
            let widen = |digit: u32| char::from_u32(digit + 0xff10 - u32::from(b'0')).unwrap_or('\u{ff10}');
            let wide: String = digits[6..].chars().map(|digit| widen(digit.into())).collect();
            format!("+{}{wide}", &digits[..6])
        }
        PhoneFault::Blank if kind.is_multiple_of(2) => format!(" {e164}"),
        PhoneFault::Blank => format!("{e164} "),
    }
}

/// A number with blanks and punctuation, but the same digits.
fn punctuated(e164: &str, kind: u64) -> String {
    let (code, rest) = e164.split_at(3);
    let (area, rest) = rest.split_at(3);
    match kind % 4 {
        0 => format!("{code} {area} {rest}"),
        1 => format!("{code} ({area}) {}-{}", &rest[..3], &rest[3..]),
        2 => format!("{code}.{area}.{rest}"),
        _ => format!("{code}-{area}/{rest}"),
    }
}

/// A number that is nobody's, in E.164 form. It holds all digits of its own, so no two become the same.
fn unassigned(digits: &str, code: u64, kind: u64) -> String {
    let (code, rest) = digits.split_at(code.to_string().len());
    let mut ways = [format!("{code}0{rest}"), format!("{digits}00"), format!("999{digits}")];
    ways.rotate_left((kind % 3) as usize);
    let nobody = |number: &&String| is_number(number.as_bytes()) && Outcome::of(number.as_bytes()) == Outcome::NONE;
    format!("+{}", ways.iter().find(nobody).unwrap_or(&ways[0]))
}

/// Another country than the number's; now and then one that shares its calling code.
fn other_country(iso: &str, kind: u64) -> &'static str {
    match (iso, kind % 4) {
        ("US", 0) => "CA",
        ("CA", 0) => "US",
        ("FR", 1) => "JP",
        (_, 1) => "FR",
        ("NG", _) => "ZA",
        _ => "NG",
    }
}

fn other_type(own: &str, draw: &mut Draw) -> Option<&'static str> {
    let at = TYPES.iter().position(|name| *name == own).unwrap_or(0);
    let step = 1 + usize::try_from(draw.below(TYPES.len() as u64 - 1)).unwrap_or(0);
    TYPES.get((at + step) % TYPES.len()).copied()
}

fn lengthen(text: &mut String, by: &str, characters: usize) {
    while text.chars().count() < characters {
        text.push_str(by);
    }
}

fn push_hex(text: &mut String, number: u64, digits: u32) {
    let digit = |at: u32| char::from(b"0123456789abcdef"[(number >> (4 * at) & 15) as usize]);
    text.extend((0..digits).rev().map(digit));
}

fn push_uuid(text: &mut String, high: u64, low: u64) {
    for (number, digits, end) in
        [(high >> 32, 8, "-"), (high >> 16, 4, "-"), (high, 4, "-"), (low >> 48, 4, "-"), (low, 12, "")]
    {
        push_hex(text, number, digits);
        text.push_str(end);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tables::phone::{is_e164, push_address_digits};

    #[test]
    fn faulty_numbers_are_no_e164_and_punctuation_keeps_the_digits() {
        use PhoneFault::{
            Apostrophe, Blank, Blanks, Decimal, DialledOut, Extension, FullWidth, Invisible, LeadingZero, Letters,
            National, NoPlus, Scientific, TooLong,
        };
        let faults = [
            NoPlus,
            National,
            DialledOut,
            LeadingZero,
            Blanks,
            Letters,
            Extension,
            TooLong,
            Scientific,
            Decimal,
            Apostrophe,
            Invisible,
            FullWidth,
            Blank,
        ];
        for (number, iso) in [("+14155550123", "US"), ("+447400123456", "GB"), ("+6591234567", "SG")] {
            for (fault, kind) in faults.into_iter().flat_map(|fault| (0..12).map(move |kind| (fault, kind))) {
                assert!(!is_e164(&faulty(number, fault, iso, kind)), "{fault:?} {number}");
            }
            for kind in 0..4 {
                let text = punctuated(number, kind);
                let mut digits = Vec::new();
                assert!(push_address_digits(text.as_bytes(), &mut digits), "{text}");
                assert_eq!(digits, &number.as_bytes()[1..], "{text}");
            }
        }
    }
}
