//! The rulebook: one file per rule, listed once as a module and once in [`RULES`], in order of codes.

pub mod common;
pub mod custom;
#[cfg(test)]
pub(crate) mod testing;

mod c101_duplicate_channel_id;
mod c102_malformed_channel_id;
mod c103_unknown_channel_type;
mod c104_channel_not_covered;
mod c105_channel_platform_unknown;
mod f101_not_utf8;
mod f102_byte_order_mark;
mod f103_bad_quoting;
mod f104_ragged_record;
mod f105_mixed_line_endings;
mod f106_newline_in_value;
mod f107_value_or_record_too_large;
mod f108_more_than_one_job;
mod h101_unknown_column;
mod h102_column_not_writable;
mod h103_missing_required_column;
mod h104_bad_relationship_header;
mod h105_duplicate_or_empty_header;
mod h106_session_insert;
mod h107_doubtful_relationship_header;
mod p101_no_linked_user;
mod p102_consent_not_confirmed;
mod p103_phone_not_e164;
mod p104_live_session_other_rep;
mod p105_template_required;
mod p106_template_not_usable;
mod p107_messenger_window_closed;
mod p108_channel_not_covered;
mod p109_user_not_yet_available;
mod p110_opted_out;
mod p111_consent_below_channel;
mod p112_competing_sends;
mod p113_wrong_source_record;
mod p114_undetermined;
mod p201_missing_or_malformed;
mod s101_stale_new_session;
mod s102_conflicting_live_sessions;
mod s103_repeated_live_session;
mod s104_stale_inactive_session;
mod s105_opted_out_user_live;
mod s106_overlapping_sessions;
mod s201_missing_value;
mod s202_unknown_picklist_value;
mod s203_value_too_long;
mod s204_malformed_id;
mod s205_duplicate_id;
mod s301_unknown_user;
mod s302_unknown_channel;
mod s303_channel_differs_from_user;
mod s401_unreadable_timestamp;
mod s402_timestamp_without_zone;
mod s403_time_order;
mod s404_future_time;
mod s405_end_status_mismatch;
mod s406_status_not_on_platform;
mod u101_phone_not_e164;
mod u102_phone_not_assigned;
mod u103_phone_not_textable;
mod u104_phone_country_mismatch;
mod u105_whatsapp_key_format;
mod u106_whatsapp_key_mixed;
mod u107_platform_key_format;
mod u201_missing_value;
mod u202_unknown_picklist_value;
mod u203_value_too_long;
mod u204_malformed_id;
mod u205_duplicate_id;
mod u206_duplicate_address;
mod u207_near_duplicate_address;
mod u208_unreadable_timestamp;
mod u209_timestamp_without_zone;
mod u210_last_message_in_future;
mod u301_user_not_linked;
mod u302_unknown_channel;
mod u303_inactive_channel;
mod u304_channel_type_mismatch;
mod u305_user_channel_not_covered;
mod u306_channel_surface_unknown;
mod u307_user_not_yet_available;
mod u401_opted_out;
mod u402_consent_below_channel;
mod u403_consent_missing;
mod u404_opt_out_overwritten;
mod w101_whatsapp_window_closed;
mod w102_messenger_window_closed;
mod w103_window_unknown;
mod w104_window_closing;

use crate::rule::Rule;

/// All rules, in order of codes within each table.
pub static RULES: &[&Rule] = &[
    &c101_duplicate_channel_id::RULE,
    &c102_malformed_channel_id::RULE,
    &c103_unknown_channel_type::RULE,
    &c104_channel_not_covered::RULE,
    &c105_channel_platform_unknown::RULE,
    &f101_not_utf8::RULE,
    &f102_byte_order_mark::RULE,
    &f103_bad_quoting::RULE,
    &f104_ragged_record::RULE,
    &f105_mixed_line_endings::RULE,
    &f106_newline_in_value::RULE,
    &f107_value_or_record_too_large::RULE,
    &f108_more_than_one_job::RULE,
    &h101_unknown_column::RULE,
    &h102_column_not_writable::RULE,
    &h103_missing_required_column::RULE,
    &h104_bad_relationship_header::RULE,
    &h105_duplicate_or_empty_header::RULE,
    &h106_session_insert::RULE,
    &h107_doubtful_relationship_header::RULE,
    &u101_phone_not_e164::RULE,
    &u102_phone_not_assigned::RULE,
    &u103_phone_not_textable::RULE,
    &u104_phone_country_mismatch::RULE,
    &u105_whatsapp_key_format::RULE,
    &u106_whatsapp_key_mixed::RULE,
    &u107_platform_key_format::RULE,
    &u201_missing_value::RULE,
    &u202_unknown_picklist_value::RULE,
    &u203_value_too_long::RULE,
    &u204_malformed_id::RULE,
    &u205_duplicate_id::RULE,
    &u206_duplicate_address::RULE,
    &u207_near_duplicate_address::RULE,
    &u208_unreadable_timestamp::RULE,
    &u209_timestamp_without_zone::RULE,
    &u210_last_message_in_future::RULE,
    &u301_user_not_linked::RULE,
    &u302_unknown_channel::RULE,
    &u303_inactive_channel::RULE,
    &u304_channel_type_mismatch::RULE,
    &u305_user_channel_not_covered::RULE,
    &u306_channel_surface_unknown::RULE,
    &u307_user_not_yet_available::RULE,
    &u401_opted_out::RULE,
    &u402_consent_below_channel::RULE,
    &u403_consent_missing::RULE,
    &u404_opt_out_overwritten::RULE,
    &w101_whatsapp_window_closed::RULE,
    &w102_messenger_window_closed::RULE,
    &w103_window_unknown::RULE,
    &w104_window_closing::RULE,
    &s101_stale_new_session::RULE,
    &s102_conflicting_live_sessions::RULE,
    &s103_repeated_live_session::RULE,
    &s104_stale_inactive_session::RULE,
    &s105_opted_out_user_live::RULE,
    &s106_overlapping_sessions::RULE,
    &s201_missing_value::RULE,
    &s202_unknown_picklist_value::RULE,
    &s203_value_too_long::RULE,
    &s204_malformed_id::RULE,
    &s205_duplicate_id::RULE,
    &s301_unknown_user::RULE,
    &s302_unknown_channel::RULE,
    &s303_channel_differs_from_user::RULE,
    &s401_unreadable_timestamp::RULE,
    &s402_timestamp_without_zone::RULE,
    &s403_time_order::RULE,
    &s404_future_time::RULE,
    &s405_end_status_mismatch::RULE,
    &s406_status_not_on_platform::RULE,
    &p101_no_linked_user::RULE,
    &p102_consent_not_confirmed::RULE,
    &p103_phone_not_e164::RULE,
    &p104_live_session_other_rep::RULE,
    &p105_template_required::RULE,
    &p106_template_not_usable::RULE,
    &p107_messenger_window_closed::RULE,
    &p108_channel_not_covered::RULE,
    &p109_user_not_yet_available::RULE,
    &p110_opted_out::RULE,
    &p111_consent_below_channel::RULE,
    &p112_competing_sends::RULE,
    &p113_wrong_source_record::RULE,
    &p114_undetermined::RULE,
    &p201_missing_or_malformed::RULE,
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::rule::Severity::{Error, Info, Warning};

    const SECTIONS: [&str; 6] =
        ["What it checks", "Why it matters", "Example", "How to mend it", "Nulls and unknowns", "Since"];

    #[test]
    fn the_rulebook_is_as_agreed() {
        let expected = [
            ("C101", "duplicate-channel-id", Error, true),
            ("C102", "malformed-channel-id", Error, true),
            ("C103", "unknown-channel-type", Error, true),
            ("C104", "channel-not-covered", Info, true),
            ("C105", "channel-platform-unknown", Info, true),
            ("F101", "not-utf8", Error, true),
            ("F102", "byte-order-mark", Error, true),
            ("F103", "bad-quoting", Error, true),
            ("F104", "ragged-record", Error, true),
            ("F105", "mixed-line-endings", Error, true),
            ("F106", "newline-in-value", Warning, true),
            ("F107", "value-or-record-too-large", Error, true),
            ("F108", "more-than-one-job", Info, true),
            ("H101", "unknown-column", Warning, true),
            ("H102", "column-not-writable", Error, true),
            ("H103", "missing-required-column", Error, true),
            ("H104", "bad-relationship-header", Error, true),
            ("H105", "duplicate-or-empty-header", Error, true),
            ("H106", "session-insert", Warning, true),
            ("H107", "doubtful-relationship-header", Warning, true),
            ("U101", "phone-not-e164", Error, true),
            ("U102", "phone-not-assigned", Warning, true),
            ("U103", "phone-not-textable", Warning, true),
            ("U104", "phone-country-mismatch", Warning, true),
            ("U105", "whatsapp-key-format", Error, true),
            ("U106", "whatsapp-key-mixed", Warning, true),
            ("U107", "platform-key-format", Warning, true),
            ("U201", "missing-value", Error, true),
            ("U202", "unknown-picklist-value", Error, true),
            ("U203", "value-too-long", Error, true),
            ("U204", "malformed-id", Error, true),
            ("U205", "duplicate-id", Error, true),
            ("U206", "duplicate-address", Error, true),
            ("U207", "near-duplicate-address", Warning, true),
            ("U208", "unreadable-timestamp", Error, true),
            ("U209", "timestamp-without-zone", Warning, true),
            ("U210", "last-message-in-future", Error, true),
            ("U301", "user-not-linked", Error, true),
            ("U302", "unknown-channel", Error, true),
            ("U303", "inactive-channel", Error, true),
            ("U304", "channel-type-mismatch", Error, true),
            ("U305", "user-channel-not-covered", Warning, true),
            ("U306", "channel-surface-unknown", Info, true),
            ("U307", "user-not-yet-available", Info, true),
            ("U401", "opted-out", Warning, true),
            ("U402", "consent-below-channel", Warning, true),
            ("U403", "consent-missing", Warning, true),
            ("U404", "opt-out-overwritten", Error, true),
            ("W101", "whatsapp-window-closed", Warning, true),
            ("W102", "messenger-window-closed", Warning, true),
            ("W103", "window-unknown", Info, true),
            ("W104", "window-closing", Info, false),
            ("S101", "stale-new-session", Error, true),
            ("S102", "conflicting-live-sessions", Error, true),
            ("S103", "repeated-live-session", Warning, true),
            ("S104", "stale-inactive-session", Warning, true),
            ("S105", "opted-out-user-live", Warning, true),
            ("S106", "overlapping-sessions", Info, false),
            ("S201", "missing-value", Error, true),
            ("S202", "unknown-picklist-value", Error, true),
            ("S203", "value-too-long", Error, true),
            ("S204", "malformed-id", Error, true),
            ("S205", "duplicate-id", Error, true),
            ("S301", "unknown-user", Error, true),
            ("S302", "unknown-channel", Error, true),
            ("S303", "channel-differs-from-user", Error, true),
            ("S401", "unreadable-timestamp", Error, true),
            ("S402", "timestamp-without-zone", Warning, true),
            ("S403", "time-order", Error, true),
            ("S404", "future-time", Error, true),
            ("S405", "end-status-mismatch", Warning, true),
            ("S406", "status-not-on-platform", Warning, true),
            ("P101", "no-linked-user", Error, true),
            ("P102", "consent-not-confirmed", Error, true),
            ("P103", "phone-not-e164", Error, true),
            ("P104", "live-session-other-rep", Error, true),
            ("P105", "template-required", Error, true),
            ("P106", "template-not-usable", Error, true),
            ("P107", "messenger-window-closed", Error, true),
            ("P108", "channel-not-covered", Error, true),
            ("P109", "user-not-yet-available", Error, true),
            ("P110", "opted-out", Error, true),
            ("P111", "consent-below-channel", Warning, true),
            ("P112", "competing-sends", Warning, true),
            ("P113", "wrong-source-record", Error, true),
            ("P114", "undetermined", Info, true),
            ("P201", "missing-or-malformed", Error, true),
        ];
        let actual = RULES.iter().map(|rule| (rule.code, rule.name, rule.severity, rule.default));
        assert!(actual.eq(expected), "{RULES:?}");
    }

    #[test]
    fn codes_are_unique() {
        let codes: BTreeSet<_> = RULES.iter().map(|rule| rule.code).collect();
        assert_eq!(codes.len(), RULES.len());
    }

    #[test]
    fn every_rule_says_all_there_is_to_say() {
        for rule in RULES {
            let headings: Vec<_> = rule.doc.lines().filter_map(|line| line.trim().strip_prefix("## ")).collect();
            assert_eq!(headings, SECTIONS, "{rule:?}");
            for section in rule.doc.split("## ").skip(1) {
                assert!(section.trim().lines().count() > 1, "{rule:?}: {section}");
            }
            let summary = rule.summary();
            assert!(summary.ends_with('.') && summary.len() < 120, "{rule:?}: {summary}");
            assert!(rule.doc.contains("Source:"), "{rule:?} has no source");
            assert_eq!(rule.since, "0.1.0", "{rule:?}");
        }
    }

    #[test]
    fn a_rule_that_looks_up_other_records_says_so() {
        use crate::model::objects::Table::Channels;
        use crate::rule::{Need, Scope};
        for rule in RULES.iter().filter(|rule| rule.is_row_rule()) {
            let looks_up = rule.needs.iter().any(|need| match need {
                Need::Column(table, _) | Need::Columns(table, ..) | Need::Ids(table, _) => {
                    *table != rule.table() && *table != Channels
                }
                Need::Other(_) => false,
            });
            assert_eq!(rule.scope() != Scope::Record, looks_up, "{rule:?}: declare the scope");
        }
    }

    #[test]
    fn every_file_is_registered() {
        let files: BTreeSet<_> = std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/src/rules"))
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .filter(|name| name.as_bytes()[1..4].iter().all(u8::is_ascii_digit))
            .collect();
        let registered: BTreeSet<_> = RULES
            .iter()
            .map(|rule| format!("{}_{}.rs", rule.code.to_lowercase(), rule.name.replace('-', "_")))
            .collect();
        assert_eq!(files, registered);
    }
}
