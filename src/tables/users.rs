//! Messaging users: what their rules see of a record.

use super::batch::Batch;
use super::bind::{Binding, Form};
use super::channels::{Channel, Channels, Link, Linker};
use super::key::Key;
use super::phone::plan::Outcome;
use super::phone::{Digits, is_e164, push_address_digits};
use super::whatsapp::{NumberForm, Variant};
use crate::model::channel::{Coverage, Kind};
use crate::model::objects::user;
use crate::model::picklists::Pick;

/// How a user's platform key, or the phone of a planned send, was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PlatformKey {
    /// No value.
    Missing,
    /// A number in E.164 form.
    E164,
    /// Any other text.
    Other,
}

impl PlatformKey {
    /// Reads a cell.
    #[must_use]
    pub fn of(text: Option<&str>) -> Self {
        match text {
            None => Self::Missing,
            Some(text) if is_e164(text) => Self::E164,
            Some(_) => Self::Other,
        }
    }
}

/// What follows from the cells, a column each: a rule that asks for one thing of every user reads nothing else.
#[derive(Debug)]
struct Derived {
    links: Vec<Link>,
    kinds: Vec<Kind>,
    coverages: Vec<Coverage>,
    platform_keys: Vec<PlatformKey>,
    /// What the numbering plan says of the key, where it is a phone number.
    numbers: Vec<Option<Outcome>>,
    addresses: Vec<Key>,
}

impl Derived {
    fn with_capacity(rows: usize) -> Self {
        Self {
            links: Vec::with_capacity(rows),
            kinds: Vec::with_capacity(rows),
            coverages: Vec::with_capacity(rows),
            platform_keys: Vec::with_capacity(rows),
            numbers: Vec::new(),
            addresses: Vec::with_capacity(rows),
        }
    }
}

/// A decoded batch of users and what follows from their channels.
#[derive(Debug)]
pub struct Users<'a> {
    /// The decoded cells.
    pub batch: Batch,
    /// The columns that they came from.
    pub binding: &'a Binding,
    channels: &'a Channels,
    derived: Derived,
}

/// One user.
#[derive(Debug, Clone, Copy)]
pub struct User<'a> {
    users: &'a Users<'a>,
    /// The position in the batch.
    pub row: usize,
}

impl<'a> Users<'a> {
    /// Derives kind, channel and address of every record.
    #[must_use]
    pub fn new(batch: Batch, binding: &'a Binding, channels: &'a Channels) -> Self {
        let form = binding.column(user::CHANNEL).map_or(Form::Plain, |column| column.form);
        let mut linker = Linker::new(channels, form);
        let mut buffer = Vec::new();
        let mut derived = Derived::with_capacity(batch.rows());
        let (mut numbers, mut their_rows) = (Vec::with_capacity(batch.rows()), Vec::with_capacity(batch.rows()));
        for row in 0..batch.rows() {
            let own = batch.pick(user::MESSAGE_TYPE, row);
            let name = if form == Form::Plain { None } else { batch.text(user::CHANNEL, row) };
            let link = linker.link(batch.id(user::CHANNEL, row), name, own);
            let channel = link.found.and_then(|at| channels.get(at)).filter(|channel| channel.kind != Kind::Unknown);
            let kind = channel.map_or_else(|| Kind::of(own, Pick::MISSING), |channel| channel.kind);
            let coverage = channel.map_or_else(|| kind.coverage(Pick::MISSING), |channel| channel.coverage);
            let text = batch.bytes(user::PLATFORM_KEY, row);
            let plain = text.map(|text| text.strip_prefix(b"+").unwrap_or(text));
            let digits = plain.and_then(Digits::read);
            let has_plus = plain != text;
            let platform_key = match text {
                None => PlatformKey::Missing,
                Some(_) if has_plus && digits.is_some_and(Digits::are_a_number) => PlatformKey::E164,
                Some(_) => PlatformKey::Other,
            };
            // On WhatsApp the plus sign may be missing.
            let is_number = match kind {
                Kind::Sms => platform_key == PlatformKey::E164,
                Kind::WhatsApp => digits.is_some_and(Digits::are_a_number),
                _ => false,
            };
            if is_number {
                numbers.extend(digits);
                their_rows.push(row);
            }
            derived.links.push(link);
            derived.kinds.push(kind);
            derived.coverages.push(coverage);
            derived.platform_keys.push(platform_key);
            derived.addresses.push(match text {
                Some(text) if link.key.is_some() => address(link.key, kind, text, digits, &mut buffer),
                _ => Key::NONE,
            });
        }
        derived.numbers = vec![None; batch.rows()];
        for (row, outcome) in their_rows.into_iter().zip(Outcome::of_many(&numbers)) {
            derived.numbers[row] = Some(outcome);
        }
        Self { batch, binding, channels, derived }
    }

    /// The users of the batch, in order.
    pub fn iter(&'a self) -> impl Iterator<Item = User<'a>> {
        (0..self.batch.rows()).map(move |row| User { users: self, row })
    }

    /// One user of the batch.
    #[must_use]
    pub const fn user(&'a self, row: usize) -> User<'a> {
        User { users: self, row }
    }
}

/// The key under which one customer on one channel is found: phone numbers by their digits, all else by its text.
#[must_use]
pub fn phone_address(channel: Key, phone: &str, buffer: &mut Vec<u8>) -> Key {
    let text = phone.as_bytes();
    address(channel, Kind::Sms, text, Digits::read(text.strip_prefix(b"+").unwrap_or(text)), buffer)
}

/// The same for a text of which the digits behind a plus sign are known, if they are all there is. The buffer only
/// spares an allocation per record.
fn address(channel: Key, kind: Kind, text: &[u8], digits: Option<Digits>, buffer: &mut Vec<u8>) -> Key {
    buffer.clear();
    buffer.extend(channel.bytes());
    let behind = buffer.len();
    if matches!(kind, Kind::Sms | Kind::WhatsApp) {
        if let Some(digits) = digits {
            return Key::number(channel, digits);
        }
        // The marks keep digits and texts apart.
        buffer.push(b'+');
        if push_address_digits(text, buffer) {
            let digits = Digits::read(&buffer[behind + 1..]);
            return digits.map_or_else(|| Key::text(buffer), |digits| Key::number(channel, digits));
        }
        buffer.truncate(behind);
    }
    buffer.push(b'=');
    buffer.extend(text);
    Key::text(buffer)
}

impl<'a> User<'a> {
    const fn derived(self) -> &'a Derived {
        &self.users.derived
    }

    /// The decoded cells of the batch.
    #[must_use]
    pub const fn batch(self) -> &'a Batch {
        &self.users.batch
    }

    /// The columns that the cells came from.
    #[must_use]
    pub const fn binding(self) -> &'a Binding {
        self.users.binding
    }

    /// The kind of channel that the user is on.
    #[must_use]
    pub fn kind(self) -> Kind {
        self.derived().kinds[self.row]
    }

    /// Whether the article covers the user's channel.
    #[must_use]
    pub fn coverage(self) -> Coverage {
        self.derived().coverages[self.row]
    }

    /// How MessagingChannelId was read.
    #[must_use]
    pub fn link(self) -> Link {
        self.derived().links[self.row]
    }

    /// The user's channel, when it is among the given ones.
    #[must_use]
    pub fn channel(self) -> Option<&'a Channel> {
        self.derived().links[self.row].found.and_then(|at| self.users.channels.get(at))
    }

    /// How MessagingPlatformKey was read.
    #[must_use]
    pub fn platform_key(self) -> PlatformKey {
        self.derived().platform_keys[self.row]
    }

    /// What the numbering plan says of MessagingPlatformKey; none unless it is a phone number in E.164 form, which on
    /// WhatsApp may lack the plus sign.
    #[must_use]
    pub fn number(self) -> Option<Outcome> {
        self.derived().numbers[self.row]
    }

    /// The key of (channel, address); none when either is unknown.
    #[must_use]
    pub fn address(self) -> Key {
        self.derived().addresses[self.row]
    }

    /// The form of a WhatsApp number; none for other users and other texts.
    #[must_use]
    pub fn number_form(self) -> Option<NumberForm> {
        let plus = self.platform_key() == PlatformKey::E164;
        let number = self.number().filter(|_| self.kind() == Kind::WhatsApp);
        number.map(|_| if plus { NumberForm::Plus } else { NumberForm::Bare })
    }

    /// The WhatsApp number on its channel, for comparison with its country's other form; none for other users, numbers
    /// of countries with one form, and users without a readable channel.
    #[must_use]
    pub fn variant(self) -> Option<Variant> {
        if self.kind() != Kind::WhatsApp || !self.link().key.is_some() {
            return None;
        }
        Variant::of(self.link().key, self.batch().bytes(user::PLATFORM_KEY, self.row)?)
    }
}
