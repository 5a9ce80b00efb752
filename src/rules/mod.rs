//! The rulebook: one file per rule, listed once as a module and once in [`RULES`], in order of codes.

pub mod common;
#[cfg(test)]
pub(crate) mod testing;

mod c101_duplicate_channel_id;
mod c102_malformed_channel_id;
mod c103_unknown_channel_type;
mod c104_channel_not_covered;
mod c105_channel_platform_unknown;
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
mod u201_missing_value;
mod u202_unknown_picklist_value;
mod u203_value_too_long;
mod u204_malformed_id;
mod u205_duplicate_id;
mod u206_duplicate_address;
mod u208_unreadable_timestamp;
mod u209_timestamp_without_zone;
mod u210_last_message_in_future;
mod u301_user_not_linked;
mod u302_unknown_channel;
mod u303_inactive_channel;
mod u304_channel_type_mismatch;
mod u306_channel_surface_unknown;
mod u307_user_not_yet_available;
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
    &u101_phone_not_e164::RULE,
    &u102_phone_not_assigned::RULE,
    &u103_phone_not_textable::RULE,
    &u104_phone_country_mismatch::RULE,
    &u201_missing_value::RULE,
    &u202_unknown_picklist_value::RULE,
    &u203_value_too_long::RULE,
    &u204_malformed_id::RULE,
    &u205_duplicate_id::RULE,
    &u206_duplicate_address::RULE,
    &u208_unreadable_timestamp::RULE,
    &u209_timestamp_without_zone::RULE,
    &u210_last_message_in_future::RULE,
    &u301_user_not_linked::RULE,
    &u302_unknown_channel::RULE,
    &u303_inactive_channel::RULE,
    &u304_channel_type_mismatch::RULE,
    &u306_channel_surface_unknown::RULE,
    &u307_user_not_yet_available::RULE,
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
            ("U101", "phone-not-e164", Error, true),
            ("U102", "phone-not-assigned", Warning, true),
            ("U103", "phone-not-textable", Warning, true),
            ("U104", "phone-country-mismatch", Warning, true),
            ("U201", "missing-value", Error, true),
            ("U202", "unknown-picklist-value", Error, true),
            ("U203", "value-too-long", Error, true),
            ("U204", "malformed-id", Error, true),
            ("U205", "duplicate-id", Error, true),
            ("U206", "duplicate-address", Error, true),
            ("U208", "unreadable-timestamp", Error, true),
            ("U209", "timestamp-without-zone", Warning, true),
            ("U210", "last-message-in-future", Error, true),
            ("U301", "user-not-linked", Error, true),
            ("U302", "unknown-channel", Error, true),
            ("U303", "inactive-channel", Error, true),
            ("U304", "channel-type-mismatch", Error, true),
            ("U306", "channel-surface-unknown", Info, true),
            ("U307", "user-not-yet-available", Info, true),
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
