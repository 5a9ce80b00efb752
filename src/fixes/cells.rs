//! The fix of one cell, by what its field holds.

use super::Fix;
use crate::engine::chunk::Records;
use crate::engine::context::Context;
use crate::model::channel::Kind;
use crate::model::objects::{Table, Type, user};
use crate::model::picklists::Picklist;
use crate::tables::batch::Batch;
use crate::tables::id::{Id, State, suffix_of};
use crate::tables::phone::{Region, repair};
use crate::tables::timestamp::{Time, is_bulk_form, to_text};
use crate::tables::users::{PlatformKey, User};

/// What a fix mends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mending {
    /// The case of an Id, from its suffix.
    Case,
    /// The length of an Id: 18 characters survive what ignores case.
    Length,
    /// The case of a picklist value.
    Value,
    /// A time without a zone.
    Zone,
    /// The form of a time that says all it must.
    Form,
    /// A phone number of an SMS user.
    Number,
    /// A phone number of a WhatsApp user.
    Key,
}

impl Mending {
    /// All of them.
    pub const ALL: [Self; 7] = [Self::Case, Self::Length, Self::Value, Self::Zone, Self::Form, Self::Number, Self::Key];

    /// The rule that looks at such cells: without it, they are left as they are.
    #[must_use]
    pub const fn rule(self, table: Table) -> Option<&'static str> {
        match (self, table) {
            (Self::Case | Self::Length, Table::Users) => Some("U204"),
            (Self::Case | Self::Length, Table::Sessions) => Some("S204"),
            (Self::Value, Table::Users) => Some("U202"),
            (Self::Value, Table::Sessions) => Some("S202"),
            (Self::Zone | Self::Form, Table::Users) => Some("U209"),
            (Self::Zone | Self::Form, Table::Sessions) => Some("S402"),
            (Self::Number, Table::Users) => Some("U101"),
            (Self::Key, Table::Users) => Some("U105"),
            _ => None,
        }
    }

    /// What a list of changes calls it: the rule, or a name where no rule finds fault with the cell.
    #[must_use]
    pub const fn code(self, table: Table) -> &'static str {
        match (self, self.rule(table)) {
            (Self::Length, _) => "id18",
            (Self::Form, _) => "bulk-time",
            (_, Some(code)) => code,
            (_, None) => "",
        }
    }
}

/// The fix of one cell of a field that has its own column.
#[must_use]
pub fn fix(records: &Records<'_>, context: &Context, field: usize, row: usize) -> Option<(Mending, Fix)> {
    let batch = records.batch();
    match batch.table().fields()[field].kind {
        Type::Id(prefixes) | Type::Reference(prefixes, _) => match batch.id(field, row).state {
            State::Damaged => id_fix(batch.text(field, row)?, prefixes).map(|fix| (Mending::Case, fix)),
            State::Valid => long_id(batch.text(field, row)?).map(|fix| (Mending::Length, fix)),
            State::Missing | State::Malformed => None,
        },
        Type::Picklist(list) => {
            let pick = batch.pick(field, row);
            let wrong_case = pick.value().is_some() && !pick.is_exact();
            let fix = if wrong_case { pick_fix(list, batch.text(field, row)?) } else { None };
            fix.map(|fix| (Mending::Value, fix))
        }
        Type::Time => zone_fix(batch, field, row)
            .map(|fix| (Mending::Zone, fix))
            .or_else(|| form_fix(batch, field, row).map(|fix| (Mending::Form, fix))),
        Type::Text(_) => match records {
            Records::Users(users) if field == user::PLATFORM_KEY => key_fix(users.user(row), context),
            _ => None,
        },
        Type::Flag => None,
    }
}

/// The Id that a damaged one was, where its suffix proves it.
#[must_use]
pub fn id_fix(text: &str, prefixes: &[&str]) -> Option<Fix> {
    match Id::read(text, prefixes) {
        Id::Repairable(_, whole) => Some(Fix::safe(String::from_utf8_lossy(&whole))),
        _ => None,
    }
}

/// A good Id of 15 characters with its suffix.
fn long_id(text: &str) -> Option<Fix> {
    let body: &[u8; 15] = text.as_bytes().try_into().ok()?;
    Some(Fix::safe(format!("{text}{}", String::from_utf8_lossy(&suffix_of(body)?))))
}

/// The value that a text in the wrong case means. Two values may differ by case alone: then neither is certain.
#[must_use]
pub fn pick_fix(list: &Picklist, text: &str) -> Option<Fix> {
    let mut meant = list.values.iter().filter(|value| value.eq_ignore_ascii_case(text));
    match (meant.next(), meant.next()) {
        (Some(value), None) => Some(Fix::safe(*value)),
        _ => None,
    }
}

/// A time without a zone as the UTC time that it was read as; none when its day and month could be swapped.
#[must_use]
pub fn zone_fix(batch: &Batch, field: usize, row: usize) -> Option<Fix> {
    let time = batch.time(field, row);
    let millis = time.millis().filter(|_| time.is_naive() && !time.is_ambiguous())?;
    in_utc(millis).map(Fix::not_safe)
}

/// A time with a zone in a form that Bulk API takes, unless it has one or is no text.
fn form_fix(batch: &Batch, field: usize, row: usize) -> Option<Fix> {
    let time = batch.time(field, row);
    let millis = time.millis().filter(|_| !time.is_naive() && !time.is_ambiguous())?;
    batch.text(field, row).filter(|text| !is_bulk_form(text))?;
    in_utc(millis).map(Fix::safe)
}

/// An instant as UTC text, unless UTC puts it outside the years that Salesforce takes.
fn in_utc(millis: i64) -> Option<String> {
    (!Time::native(millis, false).is_unreadable()).then(|| to_text(millis))
}

/// The platform key of an SMS or WhatsApp user as an E.164 number. A calling code is added from the record's own
/// country, else its channel's, else the default; a country that cannot be read is no licence to take the next one.
#[must_use]
pub fn key_fix(user: User<'_>, context: &Context) -> Option<(Mending, Fix)> {
    let mending = match (user.kind(), user.platform_key()) {
        (Kind::Sms, PlatformKey::Other) => Mending::Number,
        (Kind::WhatsApp, PlatformKey::Other) if user.number().is_none() => Mending::Key,
        _ => return None,
    };
    let text = user.batch().text(user::PLATFORM_KEY, user.row)?;
    let region = match (user.batch().text(user::COUNTRY, user.row), user.channel().map(|channel| channel.country)) {
        (Some(country), _) => Region::named(country),
        (None, Some(Some(country))) => country,
        (None, _) => context.default_region,
    };
    let repair = repair(text, region)?;
    Some((mending, Fix { value: repair.e164, safe: repair.certain }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::picklists::{CONSENT, MESSAGE_TYPE};
    use crate::rules::RULES;

    #[test]
    fn rules_named_here_exist_and_judge_the_table() {
        for mending in Mending::ALL {
            for table in Table::ALL {
                let Some(code) = mending.rule(table) else { continue };
                let rule = RULES.iter().find(|rule| rule.code == code).unwrap();
                assert!(rule.tables.contains(&table), "{code}");
            }
        }
    }

    #[test]
    fn two_values_that_differ_by_case_alone_are_not_guessed() {
        assert_eq!(pick_fix(&CONSENT, "optedout"), Some(Fix::safe("OptedOut")));
        assert_eq!(pick_fix(&MESSAGE_TYPE, "pstnvoice"), None);
        assert_eq!(pick_fix(&MESSAGE_TYPE, "sms"), None);
    }

    #[test]
    fn times_stay_within_the_years_of_salesforce() {
        let late = Time::read("4000-12-31 23:30:00-01:00", false).millis().unwrap();
        assert_eq!(in_utc(late), None);
        assert_eq!(in_utc(0).as_deref(), Some("1970-01-01T00:00:00.000Z"));
    }

    #[test]
    fn ids_gain_their_suffix() {
        assert_eq!(long_id("0MjHo000000PCQz"), Some(Fix::safe("0MjHo000000PCQzKAO")));
        assert_eq!(long_id("0MjHo000000PCQzKAO"), None);
    }
}
