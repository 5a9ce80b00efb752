//! Cells of restricted picklists.

use super::quoted;
use crate::fixes::pick_fix;
use crate::model::objects::Type;
use crate::model::picklists::{Pick, Picklist};
use crate::rule::{Description, Verdict};
use crate::tables::batch::Batch;

/// What people write instead of values: names from the user interface, the Metadata API and everyday speech.
const HABITS: &[(&str, &str)] = &[
    ("AppleMessagesForBusiness", "AppleBusinessChat"),
    ("BYOC", "Custom"),
    ("Closed", "Ended"),
    ("Messenger", "Facebook"),
    ("SMS", "Text"),
];

/// Judges one cell of a picklist column.
#[must_use]
pub const fn pick_verdict(pick: Pick) -> Verdict {
    if pick.is_missing() { Verdict::Undecided } else { Verdict::fail_if(!pick.is_exact()) }
}

/// Describes a value that is not in the picklist, or is in another case.
#[must_use]
pub fn describe_pick(batch: &Batch, field: usize, row: usize) -> Description {
    let definition = &batch.table().fields()[field];
    let Type::Picklist(list) = definition.kind else { return Description::new(field, "The value is unknown.") };
    let name = definition.name;
    let text = batch.shown(field, row).unwrap_or_default();
    let shown = quoted(&text);
    if let Some(value) = batch.pick(field, row).value().map(|at| list.values[at]) {
        let message =
            format!("{name} {shown} is the value '{value}' in another case; a restricted picklist wants it exactly.");
        return Description::new(field, message).fixed_by(pick_fix(list, &text));
    }
    let hint = nearest(list, &text).map(|value| format!(" (did you mean '{value}'?)")).unwrap_or_default();
    Description::new(
        field,
        format!("{name} {shown} is no value of the restricted picklist{hint}; Salesforce refuses the record."),
    )
}

fn nearest(list: &Picklist, text: &str) -> Option<&'static str> {
    const NEAR: f64 = 0.85;
    let habit = HABITS.iter().find(|(habit, value)| habit.eq_ignore_ascii_case(text) && list.values.contains(value));
    if let Some((_, value)) = habit {
        return Some(value);
    }
    // Long texts are no slips of the pen, and comparing them takes time.
    if text.len() > 64 {
        return None;
    }
    let text = text.to_ascii_lowercase();
    let nearness = |value: &str| strsim::jaro_winkler(&value.to_ascii_lowercase(), &text);
    let best = list.values.iter().max_by(|a, b| nearness(a).total_cmp(&nearness(b)))?;
    (nearness(best) >= NEAR).then_some(*best)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::picklists::{CONSENT, MESSAGE_TYPE};

    #[test]
    fn habits_and_slips_get_a_hint() {
        assert_eq!(nearest(&MESSAGE_TYPE, "sms"), Some("Text"));
        assert_eq!(nearest(&MESSAGE_TYPE, "Whatsap"), Some("WhatsApp"));
        assert_eq!(nearest(&CONSENT, "Opted Out"), Some("OptedOut"));
        assert_eq!(nearest(&CONSENT, "sms"), None);
        assert_eq!(nearest(&CONSENT, ""), None);
    }
}
