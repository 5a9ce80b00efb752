//! Messaging users: what their rules see of a record.

use super::batch::Batch;
use super::bind::{Binding, Form};
use super::channels::{Channel, Channels, Link, Linker};
use super::key::Key;
use super::phone::plan::Outcome;
use super::phone::{is_e164, is_number, push_address_digits};
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
            numbers: Vec::with_capacity(rows),
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
        for row in 0..batch.rows() {
            let own = batch.pick(user::MESSAGE_TYPE, row);
            let name = if form == Form::Plain { None } else { batch.text(user::CHANNEL, row) };
            let link = linker.link(batch.id(user::CHANNEL, row), name, own);
            let channel = link.found.and_then(|at| channels.get(at)).filter(|channel| channel.kind != Kind::Unknown);
            let kind = channel.map_or_else(|| Kind::of(own, Pick::MISSING), |channel| channel.kind);
            let coverage = channel.map_or_else(|| kind.coverage(Pick::MISSING), |channel| channel.coverage);
            let text = batch.text(user::PLATFORM_KEY, row);
            let platform_key = PlatformKey::of(text);
            let number = text.and_then(|text| number(kind, platform_key, text.as_bytes()));
            let address = match text {
                Some(text) if link.key.is_some() => address(link.key, kind, text.as_bytes(), &mut buffer),
                _ => Key::NONE,
            };
            derived.links.push(link);
            derived.kinds.push(kind);
            derived.coverages.push(coverage);
            derived.platform_keys.push(platform_key);
            derived.numbers.push(number);
            derived.addresses.push(address);
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

/// What the plan says of a platform key: SMS numbers in E.164 form, WhatsApp numbers also without the plus sign.
fn number(kind: Kind, key: PlatformKey, text: &[u8]) -> Option<Outcome> {
    match (kind, key) {
        (Kind::Sms | Kind::WhatsApp, PlatformKey::E164) => Some(Outcome::of(text.strip_prefix(b"+")?)),
        (Kind::WhatsApp, PlatformKey::Other) => is_number(text).then(|| Outcome::of(text)),
        _ => None,
    }
}

/// The key under which one customer on one channel is found: phone numbers by their digits, all else by its text. The
/// buffer only spares an allocation per record.
#[must_use]
pub fn address(channel: Key, kind: Kind, text: &[u8], buffer: &mut Vec<u8>) -> Key {
    let channel = channel.bytes();
    buffer.clear();
    buffer.extend(channel);
    // The mark keeps digits and texts apart.
    buffer.push(b'+');
    if !(matches!(kind, Kind::Sms | Kind::WhatsApp) && push_address_digits(text, buffer)) {
        buffer.truncate(channel.len());
        buffer.push(b'=');
        buffer.extend(text);
    }
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
        Variant::of(self.link().key, self.batch().text(user::PLATFORM_KEY, self.row)?)
    }
}
