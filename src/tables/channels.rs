//! Channels: small reference data, kept whole so that users and sessions can be judged by their channel.

use std::collections::HashMap;

use super::batch::Batch;
use super::bind::Form;
use super::id::{IdCell, State};
use super::key::{Key, KeyMap};
use super::phone::Region;
use crate::model::channel::{Coverage, Kind};
use crate::model::objects::channel;
use crate::model::picklists::Pick;

/// One record of a batch of channels.
#[derive(Debug, Clone, Copy)]
pub struct ChannelRow<'a> {
    /// The decoded batch.
    pub batch: &'a Batch,
    /// The position in it.
    pub row: usize,
}

impl ChannelRow<'_> {
    /// The channel's kind.
    #[must_use]
    pub fn kind(self) -> Kind {
        Kind::of(self.batch.pick(channel::MESSAGE_TYPE, self.row), self.batch.pick(channel::SURFACE, self.row))
    }

    /// Whether the article covers it.
    #[must_use]
    pub fn coverage(self) -> Coverage {
        self.kind().coverage(self.batch.pick(channel::PLATFORM_TYPE, self.row))
    }
}

/// What others need to know of a channel.
#[derive(Debug, Clone)]
pub struct Channel {
    /// Its Id.
    pub key: Key,
    /// Its MessageType.
    pub message_type: Pick,
    /// Its PlatformType.
    pub platform: Pick,
    /// Whether it is active, if told.
    pub active: Option<bool>,
    /// Its ConsentType.
    pub consent_type: Pick,
    /// Its CapacityModel.
    pub capacity_model: Pick,
    /// Its kind.
    pub kind: Kind,
    /// Whether the article covers it.
    pub coverage: Coverage,
    /// Its country, if told; none within when that cannot be read.
    pub country: Option<Option<Region>>,
}

/// All channels, by Id, platform key and label.
#[derive(Debug, Default)]
pub struct Channels {
    records: Vec<Channel>,
    by_id: KeyMap<u32>,
    by_key: HashMap<String, Vec<u32>>,
    by_label: HashMap<String, Vec<u32>>,
}

/// How a record is linked to a channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Link {
    /// The channel's key, or the key of the text that names it; none when missing or unreadable.
    pub key: Key,
    /// The position among the channels, when found.
    pub found: Option<u32>,
    /// How the cell was read.
    pub state: State,
}

impl Channels {
    /// Adds the records of a batch, in order.
    pub fn add(&mut self, batch: &Batch) {
        for row in 0..batch.rows() {
            let at = u32::try_from(self.records.len()).unwrap_or(u32::MAX);
            let record = ChannelRow { batch, row };
            let key = batch.id(channel::ID, row).key;
            if key.is_some() {
                self.by_id.entry(key).or_insert(at);
            }
            for (names, field) in
                [(&mut self.by_key, channel::PLATFORM_KEY), (&mut self.by_label, channel::MASTER_LABEL)]
            {
                if let Some(text) = batch.text(field, row) {
                    names.entry(text.to_owned()).or_default().push(at);
                }
            }
            self.records.push(Channel {
                key,
                message_type: batch.pick(channel::MESSAGE_TYPE, row),
                platform: batch.pick(channel::PLATFORM_TYPE, row),
                active: batch.flag(channel::IS_ACTIVE, row),
                consent_type: batch.pick(channel::CONSENT_TYPE, row),
                capacity_model: batch.pick(channel::CAPACITY_MODEL, row),
                kind: record.kind(),
                coverage: record.coverage(),
                country: batch.text(channel::COUNTRY, row).map(Region::named),
            });
        }
    }

    /// The channel at a position.
    #[must_use]
    pub fn get(&self, at: u32) -> Option<&Channel> {
        self.records.get(at as usize)
    }

    /// All channels, in order.
    #[must_use]
    pub fn all(&self) -> &[Channel] {
        &self.records
    }
}

/// How many channels a linker keeps at hand.
const KEPT: usize = 256;

/// Finds the channels that the cells of one column name.
#[derive(Debug)]
pub struct Linker<'a> {
    channels: &'a Channels,
    form: Form,
    // Channels are few: those found last are kept where no hash is needed.
    last: [(Key, Option<u32>); KEPT],
}

impl<'a> Linker<'a> {
    /// A linker for a column of this form.
    #[must_use]
    pub const fn new(channels: &'a Channels, form: Form) -> Self {
        Self { channels, form, last: [(Key::NONE, None); KEPT] }
    }

    /// The channel that a cell names. `message_type` tells channels of one name apart.
    pub fn link(&mut self, cell: IdCell, text: Option<&str>, message_type: Pick) -> Link {
        let names = match self.form {
            Form::Plain => return Link { key: cell.key, found: self.by_id(cell.key), state: cell.state },
            Form::External => return Link { key: cell.key, found: None, state: cell.state },
            Form::ChannelKey => &self.channels.by_key,
            Form::ChannelLabel => &self.channels.by_label,
        };
        let named = text.and_then(|text| names.get(text)).map_or(&[][..], Vec::as_slice);
        let same_type = |at: &&u32| {
            let theirs = self.channels.get(**at).and_then(|channel| channel.message_type.value());
            matches!((theirs, message_type.value()), (Some(a), Some(b)) if Kind::same_type(a, b))
        };
        let found = named.iter().find(same_type).or_else(|| named.first()).copied();
        let key = found.and_then(|at| self.channels.get(at)).map_or(cell.key, |channel| channel.key);
        Link { key, found, state: cell.state }
    }

    fn by_id(&mut self, key: Key) -> Option<u32> {
        if !key.is_some() {
            return None;
        }
        let last = &mut self.last[key.low_bits() % KEPT];
        if last.0 != key {
            *last = (key, self.channels.by_id.get(&key).copied());
        }
        last.1
    }
}
