//! Which rules run and how much their findings weigh.

use std::collections::BTreeMap;

use crate::error::{Error, Result};
use crate::model::objects::Table;
use crate::policy::Operation;
use crate::rule::{Decide, Rule, Severity};
use crate::rules::RULES;

/// Bits of a record's mask.
const MASK_BITS: u8 = 64;

/// A rule that was selected.
#[derive(Debug, Clone, Copy)]
pub struct Active {
    /// The rule.
    pub rule: &'static Rule,
    /// Its bit in the mask of its table's rows.
    pub bit: u8,
    /// What its findings weigh.
    pub severity: Severity,
    /// The owner said what they weigh.
    pub overridden: bool,
}

/// The selected rules, in the order of the registry.
#[derive(Debug, Clone)]
pub struct Selection(Vec<Active>);

impl Selection {
    /// Selects rules by code, name or prefix of a code. Without `select` all that are on by default.
    ///
    /// # Errors
    /// A selector that matches no rule, or no rule left.
    pub fn new(select: Option<&[String]>, ignore: &[String], severity: &BTreeMap<String, String>) -> Result<Self> {
        Self::with(&[], select, ignore, severity)
    }

    /// The same with rules that the user brings along. Those that are selected take the bits that the table has left.
    ///
    /// # Errors
    /// As above, and more rules for a table than a mask has bits.
    pub fn with(
        custom: &[&'static Rule],
        select: Option<&[String]>,
        ignore: &[String],
        severity: &BTreeMap<String, String>,
    ) -> Result<Self> {
        for selector in select.unwrap_or_default().iter().chain(ignore).chain(severity.keys()) {
            if !RULES.iter().chain(custom).any(|rule| matches(rule, selector)) {
                return Err(unknown(selector, custom));
            }
        }
        let mut overrides = Vec::new();
        for (selector, name) in severity {
            let Some(severity) = Severity::named(name) else {
                return Err(Error::Config(format!(
                    "severity '{name}' for {selector} is unknown; use error, warning or info"
                )));
            };
            overrides.push((selector, severity));
        }
        // The longest selector is the most specific one.
        overrides.sort_by_key(|(selector, _)| std::cmp::Reverse(selector.len()));
        let chosen = |rule: &Rule| {
            let selected = select.map_or(rule.default, |select| select.iter().any(|selector| matches(rule, selector)));
            selected && !ignore.iter().any(|selector| matches(rule, selector))
        };
        let mut bits = [0_u8; Table::ALL.len()];
        let mut built_in = bits;
        let mut active = Vec::new();
        for rule in RULES.iter().chain(custom) {
            if matches!(rule.decide, Decide::Given) && !chosen(rule) {
                continue;
            }
            let bit = rule.tables.iter().map(|table| bits[*table as usize]).max().unwrap_or_default();
            rule.tables.iter().for_each(|table| bits[*table as usize] = bit + 1);
            if !matches!(rule.decide, Decide::Given) {
                built_in = bits;
            } else if bit >= MASK_BITS {
                return Err(Error::Config(format!(
                    "rule {}: {} have room for {} rules of your own; leave some out",
                    rule.code,
                    rule.table().name(),
                    MASK_BITS - built_in[rule.table() as usize],
                )));
            }
            if chosen(rule) {
                let given = overrides.iter().find(|(selector, _)| matches(rule, selector));
                let severity = given.map_or(rule.severity, |(_, severity)| *severity);
                active.push(Active { rule, bit, severity, overridden: given.is_some() });
            }
        }
        if active.is_empty() {
            return Err(Error::Config("no rule is left after select and ignore: nothing would be checked".into()));
        }
        Ok(Self(active))
    }

    /// Gives rules the weight that they have for what the data are meant for.
    #[must_use]
    pub fn meant_for(mut self, operation: Operation) -> Self {
        for active in self.0.iter_mut().filter(|active| !active.overridden && operation != Operation::Audit) {
            active.severity = active.rule.severity_of_load.unwrap_or(active.severity);
        }
        self
    }

    /// All selected rules.
    pub fn all(&self) -> impl Iterator<Item = &Active> {
        self.0.iter()
    }

    /// The rules that run on a table.
    pub fn on(&self, table: Table) -> impl Iterator<Item = &Active> {
        self.0.iter().filter(move |active| active.rule.tables.contains(&table))
    }

    /// The bits of a table's rules whose findings weigh at least this much.
    #[must_use]
    pub fn bits(&self, table: Table, severity: Severity) -> u64 {
        self.on(table).filter(|active| active.severity <= severity).fold(0, |bits, active| bits | 1 << active.bit)
    }
}

fn matches(rule: &Rule, selector: &str) -> bool {
    let code = selector.to_ascii_uppercase();
    !selector.is_empty() && (rule.code.starts_with(&code) || rule.name.eq_ignore_ascii_case(selector))
}

fn unknown(selector: &str, custom: &[&'static Rule]) -> Error {
    let wanted = selector.to_ascii_lowercase();
    let nearest = RULES
        .iter()
        .chain(custom)
        .flat_map(|rule| [rule.code, rule.name])
        .max_by(|a, b| {
            let nearness = |name: &str| strsim::jaro_winkler(&name.to_ascii_lowercase(), &wanted);
            nearness(a).total_cmp(&nearness(b))
        })
        .unwrap_or_default();
    Error::Config(format!("no rule has the code, name or prefix '{selector}'; did you mean '{nearest}'?"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::custom::Custom;

    fn codes(select: Option<&[&str]>, ignore: &[&str]) -> Result<Vec<&'static str>> {
        let owned = |list: &[&str]| list.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
        let select = select.map(owned);
        let selection = Selection::new(select.as_deref(), &owned(ignore), &BTreeMap::new())?;
        Ok(selection.all().map(|active| active.rule.code).collect())
    }

    #[test]
    fn prefixes_names_and_defaults() {
        assert_eq!(codes(Some(&["u101"]), &[]).unwrap(), ["U101"]);
        assert_eq!(codes(Some(&["phone-not-e164"]), &[]).unwrap(), ["U101", "P103"]);
        assert!(codes(Some(&["S1"]), &["S102"]).unwrap().iter().all(|code| code.starts_with("S1") && *code != "S102"));
        assert!(!codes(None, &[]).unwrap().contains(&"W104"));
        assert!(codes(Some(&["W"]), &[]).unwrap().contains(&"W104"));
    }

    #[test]
    fn unknown_selectors_name_the_nearest() {
        let error = codes(Some(&["phone-not-e146"]), &[]).unwrap_err().to_string();
        assert!(error.contains("phone-not-e164"), "{error}");
        assert!(codes(Some(&["U"]), &["U"]).is_err());
    }

    fn of_ours(number: usize) -> &'static Rule {
        let custom = Custom {
            code: format!("X{number:03}"),
            name: format!("ours-{number}"),
            table: Table::Channels,
            severity: Severity::Info,
            message: "Ours.".to_owned(),
        };
        custom.into_rule().unwrap()
    }

    #[test]
    fn rules_of_the_user_take_the_bits_that_are_left() {
        let none = BTreeMap::new();
        let default = Selection::new(None, &[], &none).unwrap();
        let last = default.on(Table::Channels).map(|active| usize::from(active.bit)).max().unwrap();
        let ours: Vec<_> = (0..=63 - last).map(of_ours).collect();
        let full = Selection::with(&ours[1..], None, &[], &none).unwrap();
        assert_eq!(full.on(Table::Channels).map(|active| active.bit).max(), Some(63));
        let error = Selection::with(&ours, None, &[], &none).unwrap_err().to_string();
        assert!(error.contains(&format!("room for {} rules of your own", 63 - last)), "{error}");
        assert!(Selection::with(&ours, None, &["X000".to_owned()], &none).is_ok());
        let only = Selection::with(&ours[..3], Some(&["X".to_owned()]), &["ours-1".to_owned()], &none).unwrap();
        assert_eq!(only.all().map(|active| active.rule.code).collect::<Vec<_>>(), ["X000", "X002"]);
    }

    #[test]
    fn every_table_fits_a_mask() {
        let all = ["C", "F", "H", "U", "W", "S", "P"].map(str::to_owned);
        let selection = Selection::new(Some(&all), &[], &BTreeMap::new()).unwrap();
        assert_eq!(selection.all().count(), RULES.len());
        for table in Table::ALL {
            let bits: Vec<_> = selection.on(table).map(|active| active.bit).collect();
            assert!(
                bits.iter().all(|bit| *bit < 64) && bits.is_sorted_by(|one, next| one < next),
                "{table:?}: {bits:?}"
            );
        }
    }

    #[test]
    fn a_load_weighs_more_unless_the_owner_says_what_it_weighs() {
        let weight = |operation, given: &[(&str, &str)]| {
            let given = given.iter().map(|(code, name)| ((*code).to_owned(), (*name).to_owned())).collect();
            let selection = Selection::new(Some(&["H101".to_owned()]), &[], &given).unwrap().meant_for(operation);
            let weight = selection.all().next().unwrap().severity;
            weight.name()
        };
        let rule = RULES.iter().find(|rule| rule.code == "H101").unwrap();
        let (of_audit, of_load) = (rule.severity.name(), rule.severity_of_load.unwrap().name());
        assert_ne!(of_audit, of_load);
        assert_eq!(weight(Operation::Audit, &[]), of_audit);
        assert_eq!(weight(Operation::Insert, &[]), of_load);
        for operation in [Operation::Audit, Operation::Insert] {
            assert_eq!(weight(operation, &[("H101", "info")]), "info");
        }
    }
}
