//! Planned sends: what is kept of a record, and what its description sees.

use super::batch::Batch;
use super::bind::{Binding, Form};
use super::channels::{Channels, Linker};
use super::id::{IdCell, State};
use super::key::Key;
use super::users::{PlatformKey, phone_address};
use crate::model::objects::send;
use crate::model::picklists::{MESSAGE_KIND, Pick};

/// One record of a batch of planned sends.
#[derive(Debug, Clone, Copy)]
pub struct SendRow<'a> {
    /// The decoded batch.
    pub batch: &'a Batch,
    /// The position in it.
    pub row: usize,
}

/// What is to be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Message {
    /// The rep's own words.
    Freeform,
    /// A notification component.
    Notification,
    /// MessageKind cannot be read.
    Unknown,
}

/// A planned send, decoded.
#[derive(Debug, Clone, Copy)]
pub struct Plan {
    /// Its record number.
    pub row: u32,
    /// MessagingEndUserId.
    pub user: IdCell,
    /// OwnerId: the rep.
    pub owner: Key,
    /// The key of the channel.
    pub channel_key: Key,
    /// The position among the channels, when found.
    pub channel: Option<u32>,
    /// Channel and Phone.
    pub address: Key,
    /// Phone.
    pub phone: PlatformKey,
    /// SendTime, or as-of where it is missing; nothing when it cannot be read.
    pub at: Option<i64>,
    /// MessageKind.
    pub message: Message,
    /// TemplateApproved.
    pub approved: Option<bool>,
    /// HasDynamicContent.
    pub dynamic: Option<bool>,
    /// Whether the consent box is ticked; nothing when there is no such column or the cell is no boolean.
    pub consented: Option<bool>,
    /// Whether SourceRecordId is a contact, person account or lead; nothing when there is no such column or the cell is
    /// malformed.
    pub source: Option<bool>,
    /// The first field that cannot be used.
    pub fault: Option<u8>,
}

/// Record types that a first SMS can start from: contact, person account, lead.
const SOURCES: [u128; 3] = [prefix(*b"003"), prefix(*b"001"), prefix(*b"00Q")];

const fn prefix(text: [u8; 3]) -> u128 {
    let mut packed = 0;
    let mut at = 0;
    while at < 3 {
        let six = if text[at] <= b'9' { text[at] - b'0' } else { text[at] - b'A' + 10 };
        packed = packed << 6 | six as u128;
        at += 1;
    }
    packed
}

/// Decodes the planned sends of a batch whose first record has number `first`.
#[must_use]
pub fn plans(batch: &Batch, binding: &Binding, channels: &Channels, first: u32, as_of: i64) -> Vec<Plan> {
    let form = binding.column(send::CHANNEL).map_or(Form::Plain, |column| column.form);
    let mut linker = Linker::new(channels, form);
    let mut buffer = Vec::new();
    (first..)
        .zip(0..batch.rows())
        .map(|(number, row)| {
            let name = if form == Form::Plain { None } else { batch.text(send::CHANNEL, row) };
            let link = linker.link(batch.id(send::CHANNEL, row), name, Pick::MISSING);
            let phone = batch.text(send::PHONE, row);
            let time = batch.time(send::TIME, row);
            let flag = |field: usize| batch.flag(field, row);
            Plan {
                row: number,
                user: batch.id(send::USER, row),
                owner: batch.id(send::OWNER, row).key,
                channel_key: link.key,
                channel: link.found,
                address: phone
                    .filter(|_| link.key.is_some())
                    .map_or(Key::NONE, |phone| phone_address(link.key, phone, &mut buffer)),
                phone: PlatformKey::of(phone),
                at: if time.is_missing() { Some(as_of) } else { time.millis() },
                message: message(batch.pick(send::KIND, row)),
                approved: flag(send::TEMPLATE_APPROVED),
                dynamic: flag(send::DYNAMIC_CONTENT),
                consented: flag(send::CONSENT_CONFIRMED).or_else(|| {
                    let unticked =
                        binding.has(send::CONSENT_CONFIRMED) && batch.text(send::CONSENT_CONFIRMED, row).is_none();
                    unticked.then_some(false)
                }),
                source: source(batch.id(send::SOURCE, row), binding),
                fault: fault(batch, binding, row),
            }
        })
        .collect()
}

fn message(kind: Pick) -> Message {
    match kind.value().map(|at| MESSAGE_KIND.values[at]) {
        Some("notification") => Message::Notification,
        None if !kind.is_missing() => Message::Unknown,
        _ => Message::Freeform,
    }
}

fn source(cell: IdCell, binding: &Binding) -> Option<bool> {
    match cell.state {
        State::Missing => binding.has(send::SOURCE).then_some(false),
        State::Malformed => None,
        // A key of another system does not tell the object.
        State::Valid | State::Damaged => cell.key.packed().map(|packed| SOURCES.contains(&(packed >> 72))),
    }
}

/// The first field that cannot be used.
fn fault(batch: &Batch, binding: &Binding, row: usize) -> Option<u8> {
    let id = |field: usize| batch.id(field, row).state;
    let damaged = |field: usize| matches!(id(field), State::Malformed | State::Damaged);
    let nobody = id(send::USER) == State::Missing && batch.text(send::PHONE, row).is_none();
    let no_boolean = |field: usize| batch.flag(field, row).is_none() && batch.text(field, row).is_some();
    let faults = [
        (send::USER, damaged(send::USER) || (nobody && binding.has(send::USER))),
        (send::CHANNEL, damaged(send::CHANNEL) || id(send::CHANNEL) == State::Missing),
        (send::OWNER, damaged(send::OWNER)),
        (send::SOURCE, damaged(send::SOURCE)),
        (send::KIND, message(batch.pick(send::KIND, row)) == Message::Unknown),
        (send::TIME, batch.time(send::TIME, row).is_unreadable()),
        (send::TEMPLATE_APPROVED, no_boolean(send::TEMPLATE_APPROVED)),
        (send::DYNAMIC_CONTENT, no_boolean(send::DYNAMIC_CONTENT)),
        (send::CONSENT_CONFIRMED, no_boolean(send::CONSENT_CONFIRMED)),
        (send::PHONE, nobody && !binding.has(send::USER)),
    ];
    faults.into_iter().find(|(_, faulty)| *faulty).and_then(|(field, _)| u8::try_from(field).ok())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tables::id::Id;

    #[test]
    fn source_records_are_told_by_their_prefix() {
        for (id, right) in [("003000000000001", true), ("00Q000000000001", true), ("005000000000001", false)] {
            let packed = Id::read(id, &[]).cell().key.packed().unwrap();
            assert_eq!(SOURCES.contains(&(packed >> 72)), right, "{id}");
        }
    }
}
