//! The truth is exactly what the engine finds.

use std::collections::{BTreeMap, BTreeSet};

use arrow_array::Array;
use arrow_array::cast::AsArray;
use arrow_array::types::UInt64Type;

use super::{Generator, Settings};
use crate::engine::Engine;
use crate::engine::select::Selection;
use crate::files::records::write_records;
use crate::model::objects::Table;
use crate::policy::{Operation, Policy};
use crate::rule::Severity;
use crate::rules::RULES;

/// 2026-11-22T12:00:00Z
const AS_OF: i64 = 1_795_348_800_000;
const SETTINGS: Settings =
    Settings { users: 3000, sessions: 5000, channels: 40, seed: 1, defect_rate: 0.3, as_of: AS_OF };

type Findings = BTreeSet<(String, u64, String)>;

/// What is generated but found by no rule that is registered yet does not count.
fn registered(code: &str) -> bool {
    RULES.iter().any(|rule| rule.code == code)
}

fn truth(made: &Generator) -> Findings {
    let truth = made.truth().unwrap();
    let (tables, codes) = (truth.column(0).as_string_view(), truth.column(2).as_string_view());
    let rows = truth.column(1).as_primitive::<UInt64Type>();
    let all = (0..truth.num_rows()).map(|at| (tables.value(at).into(), rows.value(at), codes.value(at).into()));
    let all: Findings = all.collect();
    assert_eq!(all.len(), truth.num_rows());
    all
}

fn found(made: &Generator, as_of: i64) -> Findings {
    let selection = Selection::new(None, &[], &BTreeMap::new()).unwrap();
    let mut engine = Engine::new(as_of, Policy::default(), Operation::Audit, selection, Some(1)).unwrap();
    let users = made.users(0..made.rows(Table::Users)).unwrap();
    let sessions = made.sessions(0..made.rows(Table::Sessions)).unwrap();
    let tables = [(Table::Channels, made.channels().unwrap()), (Table::Users, users), (Table::Sessions, sessions)];
    for (table, batch) in &tables {
        engine.bind(*table, "made", &batch.schema(), &BTreeMap::new()).unwrap();
    }
    for (table, batch) in tables {
        engine.push(table, batch).unwrap();
        engine.finish_table(table).unwrap();
    }
    let outcome = engine.finish().unwrap();
    let mut found = Findings::new();
    for count in outcome.counts() {
        let rows = outcome.first_rows(count.table, count.active.rule.code, usize::MAX);
        assert_eq!(rows.len() as u64, count.tally.failed);
        found.extend(
            rows.into_iter().map(|row| (count.table.name().into(), u64::from(row), count.active.rule.code.into())),
        );
    }
    found
}

fn compare(settings: Settings) -> Findings {
    let made = Generator::new(settings).unwrap();
    let mut truth = truth(&made);
    truth.retain(|(_, _, code)| registered(code));
    let found = found(&made, settings.as_of);
    let invented: Vec<_> = truth.difference(&found).take(20).collect();
    let unplanned: Vec<_> = found.difference(&truth).take(20).collect();
    assert!(
        invented.is_empty() && unplanned.is_empty(),
        "{settings:?}\nnot found: {invented:?}\nnot planted: {unplanned:?}"
    );
    found
}

#[test]
fn truth_is_exactly_what_is_found() {
    for seed in 0..6 {
        for defect_rate in [0.0, 0.02, 0.3, 1.0] {
            compare(Settings { seed, defect_rate, ..SETTINGS });
        }
    }
}

#[test]
fn odd_sizes_and_clocks_are_exact_too() {
    for (users, sessions, channels, as_of) in [
        (1, 0, 3, AS_OF),
        (1, 9, 3, AS_OF),
        (2, 50, 3, 0),
        (7, 3, 4, -1),
        (1000, 300, 5, AS_OF + 43_199_999),
        (64, 4000, 3, AS_OF + 1),
        (3000, 1001, 5, AS_OF),
    ] {
        for seed in 0..4 {
            compare(Settings { users, sessions, channels, seed, as_of, defect_rate: 0.9 });
        }
    }
}

#[test]
fn defects_are_of_every_kind() {
    let found = compare(SETTINGS);
    // What compares a load with the org has nothing to compare with: no existing users are made.
    let made = |rule: &crate::rule::Rule| rule.code != "U404" && !rule.is_about_sends() && !rule.is_about_sources();
    for rule in RULES.iter().filter(|rule| rule.default && made(rule)) {
        assert!(found.iter().any(|(_, _, code)| code == rule.code), "{rule:?} finds nothing");
    }
}

#[test]
fn sound_data_have_closed_windows_and_nothing_else() {
    let found = compare(Settings { defect_rate: 0.0, ..SETTINGS });
    let serious = RULES.iter().filter(|rule| rule.severity <= Severity::Warning).map(|rule| rule.code);
    let serious: BTreeSet<_> = serious.filter(|code| !matches!(*code, "W101" | "W102")).collect();
    assert!(found.iter().all(|(_, _, code)| !serious.contains(code.as_str())));
    if registered("W101") {
        assert!(found.iter().any(|(_, _, code)| code == "W101"));
    }
}

/// A seed gives the same data in every version, so that figures of different days compare. Where other data are meant,
/// or the numbering plans have changed: change the words below, and say so in the changelog.
#[test]
fn a_seed_gives_what_it_always_gave() {
    let words = [0.0, 0.3].map(|defect_rate| {
        let made = Generator::new(Settings { users: 20_000, sessions: 60_000, defect_rate, ..SETTINGS }).unwrap();
        let (users, sessions) = (made.users(0..20_000).unwrap(), made.sessions(0..60_000).unwrap());
        [made.channels().unwrap(), users, sessions, made.truth().unwrap()].map(|batch| {
            let mut csv = Vec::new();
            write_records(&batch.into(), None, &mut csv).unwrap();
            // FNV-1a
            csv.iter()
                .fold(0xcbf2_9ce4_8422_2325_u64, |word, byte| (word ^ u64::from(*byte)).wrapping_mul(0x100_0000_01b3))
        })
    });
    let sound = [0x6804_2b17_66ea_d0f4, 0xf971_a29f_6265_6b37, 0xb4da_7699_7cf2_49a4, 0x4d9f_e357_6a32_a8c8];
    let flawed = [0x9d6f_2593_645a_c3df, 0x4c0a_5f20_3913_0bf6, 0xd382_10da_7fa3_c222, 0x08e8_e6e4_d275_6e2a];
    assert_eq!(words, [sound, flawed], "{words:#x?}");
}

#[test]
fn chunks_are_parts_of_the_whole_and_seeds_differ() {
    let made = Generator::new(SETTINGS).unwrap();
    let whole = made.users(0..3000).unwrap();
    assert_eq!(made.users(700..750).unwrap(), whole.slice(700, 50));
    let whole = made.sessions(0..5000).unwrap();
    assert_eq!(made.sessions(4990..5000).unwrap(), whole.slice(4990, 10));
    let other = Generator::new(Settings { seed: 2, ..SETTINGS }).unwrap();
    assert_ne!(other.sessions(0..10).unwrap(), whole.slice(0, 10));
}

#[test]
fn about_the_wanted_share_is_planted() {
    for rate in [0.02, 0.3] {
        let made = Generator::new(Settings { users: 40_000, sessions: 0, defect_rate: rate, ..SETTINGS }).unwrap();
        let planted = (0..40_000).map(|row| u32::from(made.plan.user(row).flaw.is_some())).sum::<u32>();
        let share = f64::from(planted) / 40_000.0;
        assert!((share - rate).abs() < 0.1 * rate, "{share} instead of {rate}");
    }
}

#[test]
fn some_windows_are_proven_by_sessions_alone() {
    let made = Generator::new(Settings { defect_rate: 0.0, ..SETTINGS }).unwrap();
    let proven: Vec<_> = (0..3000).filter(|row| made.plan.user(*row).proven).collect();
    assert!(!proven.is_empty());
    let last = made.users(0..3000).unwrap().column_by_name("LastInboundMessageTime").unwrap().clone();
    assert!(proven.iter().all(|row| last.is_null(*row as usize)));
    // Who has no session has no such window.
    for sessions in 1..1000 {
        let made = Generator::new(Settings { sessions, defect_rate: 0.0, ..SETTINGS }).unwrap();
        assert!((sessions..sessions + 3).all(|session| !made.plan.user(made.plan.turn(session)).proven), "{sessions}");
    }
}
