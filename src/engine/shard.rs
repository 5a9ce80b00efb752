//! A check of a part of the data: which part each record belongs to, and what the part has to know about the whole.
//!
//! A cluster parts the records so that those which rules have to see together ([`Scope`](crate::rule::Scope)) meet in one
//! part, and runs an engine on every part.

use std::sync::Arc;

use arrow_array::{RecordBatch, new_null_array};
use arrow_schema::{DataType, Field, Schema};

use super::Engine;
use super::chunk::Records;
use super::forms::FormCounts;
use crate::error::{Error, Result};
use crate::model::channel::Kind;
use crate::model::objects::{Table, session, user};
use crate::rule::Decide;
use crate::tables::batch::Batch;
use crate::tables::bind::Binding;
use crate::tables::key::{Key, KeyMap};
use crate::tables::phone::push_address_digits;
use crate::tables::users::User;
use crate::tables::whatsapp::{NumberForm, Variant};

/// What is known about all the data when an engine sees a part of it.
#[derive(Debug, Default)]
pub struct Whole {
    /// Whether any record of users or existing_users has a readable Id.
    pub user_ids_known: bool,
    /// The channels whose WhatsApp users have both forms of numbers.
    pub number_forms: KeyMap<FormCounts>,
    /// Rows of this part's sessions that repeat the Id of a record in whatever part.
    pub repeated_sessions: Vec<u32>,
}

/// What records of one table meet others by. Equal keys have equal numbers; the reverse does not hold.
#[derive(Debug, Default)]
pub struct Places {
    /// By Id.
    pub ids: Vec<Option<u64>>,
    /// Users by channel and address; sessions by customer.
    pub others: Vec<Option<u64>>,
}

/// What the whole is counted from.
#[derive(Debug, Default)]
pub struct Facts {
    /// Users with a readable Id.
    pub ids: u64,
    /// Forms of WhatsApp numbers by channel, if a rule about them is selected.
    pub forms: KeyMap<FormCounts>,
}

impl Engine {
    /// Says what is known about the whole of which this engine sees a part. To be called before users are pushed.
    /// Findings name other records by their Ids then, since numbers of a part's records mean nothing.
    pub fn part_of(&mut self, whole: Whole) {
        Arc::make_mut(&mut self.context).numbered = false;
        self.whole = Some(whole);
    }

    /// Says which sessions of this part repeat an Id, before the check is finished.
    pub fn repeat(&mut self, rows: Vec<u32>) {
        self.whole.get_or_insert_default().repeated_sessions = rows;
    }

    /// The headers of the columns that [`Engine::places`] and [`Engine::facts`] look at.
    ///
    /// # Errors
    /// A table that was not bound.
    pub fn place_columns(&self, table: Table) -> Result<Vec<String>> {
        let binding = self.bound(table)?;
        let fields: &[usize] = match table {
            Table::Sessions => &[session::ID, session::USER],
            _ => &[user::ID, user::CHANNEL, user::PLATFORM_KEY, user::MESSAGE_TYPE],
        };
        Ok(fields.iter().filter_map(|field| binding.column(*field)).map(|column| column.header.clone()).collect())
    }

    /// What the records of a batch meet others by. Channels are finished before.
    ///
    /// # Errors
    /// A table that was not bound, or a batch that cannot be decoded.
    pub fn places(&self, table: Table, batch: &RecordBatch) -> Result<Places> {
        let place = |key: Key| key.is_some().then(|| key.place());
        let mut places = Places::default();
        self.read(table, batch, |records| match records {
            Records::Users(users) => {
                for user in users.iter() {
                    places.ids.push(place(user.batch().id(user::ID, user.row).key));
                    places.others.push(place(meeting_point(user)));
                }
            }
            records => {
                let batch = records.batch();
                let keys = |field| (0..batch.rows()).map(move |row| place(batch.id(field, row).key));
                places.ids.extend(keys(session::ID));
                places.others.extend(keys(session::USER));
            }
        })?;
        Ok(places)
    }

    /// What the users of a batch add to what is to be known about the whole.
    ///
    /// # Errors
    /// A table that was not bound, or a batch that cannot be decoded.
    pub fn facts(&self, table: Table, batch: &RecordBatch) -> Result<Facts> {
        let form_of = self.selection.on(table).find_map(|active| match active.rule.decide {
            Decide::Rarer(form_of) => Some(form_of),
            _ => None,
        });
        let mut facts = Facts::default();
        self.read(table, batch, |records| {
            let Records::Users(users) = records else { return };
            for user in users.iter() {
                facts.ids += u64::from(user.batch().id(user::ID, user.row).key.is_some());
                if let Some(form) = form_of.and_then(|form_of| form_of(user)) {
                    let counts = facts.forms.entry(user.link().key).or_default();
                    match form {
                        NumberForm::Plus => counts.plus += 1,
                        NumberForm::Bare => counts.bare += 1,
                    }
                }
            }
        })?;
        Ok(facts)
    }

    fn bound(&self, table: Table) -> Result<&Binding> {
        let binding = self.context.binding(table);
        binding.map(AsRef::as_ref).ok_or_else(|| Error::Internal(format!("{} are not bound", table.name())))
    }

    /// Decodes a batch that may have a few of the bound columns; the others are taken to be empty.
    fn read(&self, table: Table, batch: &RecordBatch, mut each: impl FnMut(&Records<'_>)) -> Result<()> {
        let binding = self.bound(table)?;
        let schema = batch.schema();
        let (mut fields, mut columns) = (schema.fields().to_vec(), batch.columns().to_vec());
        for column in (0..table.fields().len()).filter_map(|field| binding.column(field)) {
            if schema.column_with_name(&column.header).is_none() {
                fields.push(Arc::new(Field::new(&column.header, DataType::Utf8View, true)));
                columns.push(new_null_array(&DataType::Utf8View, batch.num_rows()));
            }
        }
        let whole = RecordBatch::try_new(Arc::new(Schema::new(fields)), columns)?;
        let decoded = Batch::decode(binding, &whole.into(), &self.context.policy)?;
        each(&Records::new(decoded, binding, &self.context));
        Ok(())
    }
}

/// Where users meet that have one address, or numbers that are one in either of their country's forms. Users whose kinds
/// differ may have one address, so the kind does not count.
fn meeting_point(user: User<'_>) -> Key {
    let text = user.batch().text(user::PLATFORM_KEY, user.row).unwrap_or_default();
    let mut digits = Vec::with_capacity(text.len());
    let phone = user.address().is_some() && matches!(user.kind(), Kind::Sms | Kind::WhatsApp);
    let variant = (phone && push_address_digits(text.as_bytes(), &mut digits))
        .then(|| Variant::of_digits(user.link().key, &digits))
        .flatten();
    variant.map_or_else(|| user.address(), |variant| variant.number)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use arrow_array::{ArrayRef, StringArray};

    use super::*;
    use crate::engine::select::Selection;
    use crate::policy::{Operation, Policy};

    const HEADERS: [&str; 4] = ["Id", "MessagingChannelId", "MessageType", "MessagingPlatformKey"];

    fn engine(table: Table, headers: &[&str]) -> Engine {
        let selection = Selection::new(None, &[], &BTreeMap::new()).unwrap();
        let mut engine = Engine::new(0, Policy::default(), Operation::Audit, selection, Some(1)).unwrap();
        let fields: Vec<_> = headers.iter().map(|name| Field::new(*name, DataType::Utf8, true)).collect();
        engine.bind(table, "test", &Schema::new(fields), &BTreeMap::new()).unwrap();
        engine
    }

    fn batch(headers: &[&str], rows: &[&str]) -> RecordBatch {
        let column = |at: usize| -> ArrayRef {
            let cells = rows.iter().map(|row| row.split(',').nth(at).filter(|cell| !cell.is_empty()));
            Arc::new(cells.collect::<StringArray>())
        };
        RecordBatch::try_from_iter(headers.iter().enumerate().map(|(at, name)| (*name, column(at)))).unwrap()
    }

    #[test]
    fn what_rules_compare_meets_in_one_place() {
        let engine = engine(Table::Users, &HEADERS);
        let users = batch(
            &HEADERS,
            &[
                "0PA000000000001,0Mj000000000001,WhatsApp,+5511987654321",
                "0PA000000000001GAA,0Mj000000000001,WhatsApp,551187654321",
                ",0Mj000000000001,Text,-55 (11) 98765-4321",
                ",0Mj000000000002,WhatsApp,+5511987654321",
                ",0Mj000000000001,Text,+14155550123",
                ",0Mj000000000001,WhatsApp,14155550123",
                ",,Text,+14155550123",
                "nonsense,0Mj000000000001,Text,",
            ],
        );
        let places = engine.places(Table::Users, &users).unwrap();
        assert!(places.ids[0].is_some() && places.ids[0] == places.ids[1]);
        assert!(places.ids[2..].iter().all(Option::is_none));
        assert!(places.others[0].is_some() && places.others[..3].iter().all(|place| *place == places.others[0]));
        assert!(places.others[3].is_some() && places.others[3] != places.others[0]);
        assert!(places.others[4].is_some() && places.others[4] == places.others[5]);
        assert_eq!(places.others[6..], [None, None]);
        let facts = engine.facts(Table::Users, &users).unwrap();
        assert_eq!(facts.ids, 2);
        let mut forms: Vec<_> = facts.forms.values().map(|counts| (counts.plus, counts.bare)).collect();
        forms.sort_unstable();
        assert_eq!(forms, [(1, 0), (1, 2)]);
    }

    #[test]
    fn sessions_meet_their_customer() {
        let headers = ["Id", "MessagingEndUserId", "Status", "OwnerId", "MessagingChannelId", "AgentType", "Origin"];
        let engine = engine(Table::Sessions, &headers);
        assert_eq!(engine.place_columns(Table::Sessions).unwrap(), headers[..2]);
        let few =
            batch(&headers[..2], &["0Mw000000000001,0PA000000000001", "0Mw000000000001CAA,", ",0PA000000000001GAA"]);
        let places = engine.places(Table::Sessions, &few).unwrap();
        assert!(places.ids[0].is_some() && places.ids[0] == places.ids[1] && places.ids[2].is_none());
        assert!(places.others[0].is_some() && places.others[0] == places.others[2] && places.others[1].is_none());
        let users = batch(&HEADERS, &["0PA000000000001,,,"]);
        let user = self::engine(Table::Users, &HEADERS).places(Table::Users, &users).unwrap();
        assert_eq!(user.ids[0], places.others[0]);
        assert!(engine.places(Table::Users, &users).is_err());
    }

    #[test]
    fn a_part_knows_what_the_whole_says() {
        let mut part = engine(Table::Users, &HEADERS);
        let channel = Key::text(b"any");
        let counts = FormCounts { plus: 3, bare: 1 };
        let number_forms = std::iter::once((Key::from_bytes(channel.bytes()), counts)).collect();
        part.part_of(Whole { user_ids_known: true, number_forms, ..Whole::default() });
        part.push(Table::Users, batch(&HEADERS, &[",0Mj000000000001,WhatsApp,+5511987654321"])).unwrap();
        part.finish_table(Table::Users).unwrap();
        let outcome = part.finish().unwrap();
        assert!(outcome.context().user_ids_known && !outcome.context().numbered);
        assert_eq!(outcome.context().number_forms.get(&channel), Some(&counts));
    }

    #[test]
    fn nobody_meets_by_a_number_without_a_channel_or_by_one_that_is_none() {
        let rows = [
            ",,WhatsApp,+5511987654321",
            ",0Mj000000000001,Facebook,5511987654321",
            ",0Mj000000000001,Facebook,551187654321",
            ",0Mj000000000001,WhatsApp,551187654321",
        ];
        let places = engine(Table::Users, &HEADERS).places(Table::Users, &batch(&HEADERS, &rows)).unwrap().others;
        assert!(places[0].is_none() && places[1..].iter().all(Option::is_some));
        assert!(places[1] != places[2] && places[2] != places[3] && places[1] != places[3]);
    }

    #[test]
    fn a_session_that_repeats_one_of_another_part_counts_nowhere() {
        let headers = ["Id", "MessagingEndUserId", "Status", "OwnerId", "StartTime"];
        let rows = [
            "0Mw000000000001,0PA000000000001,Active,005000000000001,2026-11-22T09:00:00Z",
            "0Mw000000000002,0PA000000000001,Active,005000000000002,2026-11-22T10:00:00Z",
        ];
        let conflicts = |repeated: &[u32]| {
            let mut part = engine(Table::Sessions, &headers);
            part.part_of(Whole::default());
            part.push(Table::Sessions, batch(&headers, &rows)).unwrap();
            part.finish_table(Table::Sessions).unwrap();
            part.repeat(repeated.to_vec());
            part.finish().unwrap().first_rows(Table::Sessions, "S102", 9)
        };
        assert_eq!(conflicts(&[]), [1]);
        assert_eq!(conflicts(&[1]), [0_u32; 0]);
    }
}
