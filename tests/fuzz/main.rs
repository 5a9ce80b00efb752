//! Hostile input: every decoder, the scanner of CSV bytes, the binder of columns and the engine, against slow and plain
//! implementations, round trips and invariants.
//!
//! Inputs are built after the form that a decoder expects, or taken from `corpus/`, and then damaged. `cargo test` runs
//! a short version with a fixed seed; the soak (`tests/soak/decoders.py`) runs as many cases as asked for, on all cores,
//! with overflow checks, and says how many each target had.
#![cfg(test)]

mod cells;
mod columns;
mod driver;
mod engine;
mod headers;
mod ids;
mod inputs;
mod marks;
mod phones;
mod reader;
mod records;
mod reference;
mod scanner;
mod soak;
mod times;

use driver::Target;

/// Everything that is fuzzed. The weights share out the cases of a soak: what is quick, and valuable, gets more.
const TARGETS: &[Target] = &[
    Target { name: "ids", weight: 24, run: ids::run },
    Target { name: "times", weight: 24, run: times::run },
    Target { name: "digits", weight: 14, run: phones::digits },
    Target { name: "plan", weight: 10, run: phones::plan },
    Target { name: "repair", weight: 10, run: phones::repairs },
    Target { name: "cells", weight: 8, run: cells::run },
    Target { name: "marks", weight: 8, run: marks::run },
    Target { name: "scanner", weight: 16, run: scanner::run },
    Target { name: "reader", weight: 12, run: reader::run },
    Target { name: "utf8", weight: 6, run: scanner::utf8 },
    Target { name: "records", weight: 6, run: records::run },
    Target { name: "columns", weight: 4, run: columns::run },
    Target { name: "headers", weight: 6, run: headers::run },
    Target { name: "engine", weight: 1, run: engine::run },
];

/// Cases of a target for each unit of its weight, in `cargo test`.
const SHORT: u32 = 250;

/// A few seconds of every target, always with the same cases.
fn short(name: &str) {
    let target = TARGETS.iter().find(|target| target.name == name).expect("a target of this name");
    let cases = target.weight * SHORT;
    assert_eq!((target.run)(cases, 1).unwrap_or_else(|failure| panic!("{failure}")), u64::from(cases));
}

macro_rules! short {
    ($($name:ident),*) => {
        $(#[test]
        fn $name() {
            short(stringify!($name));
        })*

        #[test]
        fn every_target_has_a_short_version() {
            let names = [$(stringify!($name)),*];
            assert_eq!(TARGETS.iter().map(|target| target.name).collect::<Vec<_>>(), names);
        }
    };
}

mod short_versions {
    use super::{TARGETS, short};

    short!(ids, times, digits, plan, repair, cells, marks, scanner, reader, utf8, records, columns, headers, engine);
}
