//! Rules that users bring along. Their verdicts come with the data: one Boolean column per rule.

use std::sync::{Mutex, PoisonError};

use crate::error::{Error, Result};
use crate::model::objects::Table;
use crate::rule::{Decide, Describe, Description, Rule, Severity};
use crate::rules::RULES;

/// What columns of verdicts are called, before the rule's code; no Salesforce field is called so.
pub const VERDICT_PREFIX: &str = "sendworthy:verdict:";

/// A rule as its owner gives it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Custom {
    /// `X` and three digits.
    pub code: String,
    /// In kebab case.
    pub name: String,
    /// The table that it judges.
    pub table: Table,
    /// How much a finding weighs.
    pub severity: Severity,
    /// What is said of every record that fails.
    pub message: String,
}

/// Every custom rule that was ever used. They live as long as the process, as built-in rules do, and one that is used
/// again is found here, so that a service that checks all day long does not grow.
static KNOWN: Mutex<Vec<&'static Rule>> = Mutex::new(Vec::new());

impl Custom {
    /// The rule, for as long as the process runs.
    ///
    /// # Errors
    /// A code that is not `X` and three digits, or a name that a built-in rule has.
    pub fn into_rule(self) -> Result<&'static Rule> {
        let digits = self.code.strip_prefix('X').filter(|digits| digits.len() == 3);
        if !digits.is_some_and(|digits| digits.bytes().all(|byte| byte.is_ascii_digit())) {
            return Err(Error::Config(format!("rule {}: a code of your own is X and three digits", self.code)));
        }
        if let Some(taken) = RULES.iter().find(|rule| rule.name == self.name) {
            return Err(Error::Config(format!(
                "rule {}: the name {} is taken by {}; choose another",
                self.code, self.name, taken.code
            )));
        }
        let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(rule) = known.iter().find(|rule| self.is(rule)) {
            return Ok(rule);
        }
        let rule = Box::leak(Box::new(Rule {
            code: self.code.leak(),
            name: self.name.leak(),
            tables: vec![self.table].leak(),
            severity: self.severity,
            doc: self.message.leak(),
            decide: Decide::Given,
            describe: Describe::Summary,
            ..Rule::DEFAULTS
        }));
        known.push(rule);
        Ok(rule)
    }

    fn is(&self, rule: &Rule) -> bool {
        (rule.code, rule.name, rule.doc) == (&self.code, &self.name, &self.message)
            && (rule.table(), rule.severity) == (self.table, self.severity)
    }
}

/// What is said of a record: the message that the rule's owner gave.
#[must_use]
pub fn describe(rule: &Rule) -> Description {
    Description::new(0, rule.doc)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn custom(code: &str, message: &str) -> Custom {
        Custom {
            code: code.to_owned(),
            name: "of-ours".to_owned(),
            table: Table::Users,
            severity: Severity::Warning,
            message: message.to_owned(),
        }
    }

    #[test]
    fn a_rule_that_is_used_again_is_the_same_one() {
        let first = custom("X901", "One.").into_rule().unwrap();
        assert!(std::ptr::eq(first, custom("X901", "One.").into_rule().unwrap()));
        let other = custom("X901", "Another.").into_rule().unwrap();
        assert!(!std::ptr::eq(first, other));
        assert_eq!((other.summary().as_str(), other.table()), ("Another.", Table::Users));
    }

    #[test]
    fn codes_and_names_that_are_not_free() {
        for code in ["U101", "X1", "X1234", "X12a", "x123", ""] {
            assert!(custom(code, "m").into_rule().is_err(), "{code}");
        }
        let taken = Custom { name: "missing-value".to_owned(), ..custom("X902", "m") };
        assert!(taken.into_rule().unwrap_err().to_string().contains("taken by U201"));
    }

    #[test]
    fn somebody_else_decides_and_its_message_is_all_that_is_said() {
        let rule = custom("X903", "Said.").into_rule().unwrap();
        assert!(matches!(rule.decide, Decide::Given));
        assert!(matches!(rule.describe, Describe::Summary));
    }
}
