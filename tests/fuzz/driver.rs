//! Runs a target: so many inputs of a strategy through a check that says what is wrong.

use std::fmt::Debug;
use std::sync::atomic::{AtomicU64, Ordering};

use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestError, TestRng, TestRunner};

/// What runs a number of cases from a seed, and gives how many there were or the smallest input that fails.
pub type Run = fn(u32, u64) -> Result<u64, String>;

/// Something that is fuzzed.
pub struct Target {
    /// What it is called in reports.
    pub name: &'static str,
    /// Its share of the cases.
    pub weight: u32,
    /// What runs it.
    pub run: Run,
}

/// Cases that were begun, by all targets: when it stands still, one of them hangs.
pub static BEGUN: AtomicU64 = AtomicU64::new(0);

/// Runs a check over inputs. A panic in it is a failure like any other; the input is made as small as it can be.
pub fn drive<S: Strategy>(
    name: &str,
    cases: u32,
    seed: u64,
    strategy: &S,
    check: impl Fn(&S::Value) -> Result<(), String>,
) -> Result<u64, String>
where
    S::Value: Debug,
{
    let config = Config { cases, failure_persistence: None, max_shrink_iters: 20_000, ..Config::default() };
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &bytes);
    let ran = AtomicU64::new(0);
    let outcome = TestRunner::new_with_rng(config, rng).run(strategy, |input| {
        ran.fetch_add(1, Ordering::Relaxed);
        BEGUN.fetch_add(1, Ordering::Relaxed);
        check(&input).map_err(TestCaseError::fail)
    });
    match outcome {
        Ok(()) => Ok(ran.into_inner()),
        Err(TestError::Fail(reason, input)) => Err(format!("{name}, seed {seed}: {reason}\nfor {input:?}")),
        Err(TestError::Abort(reason)) => Err(format!("{name}, seed {seed}: given up: {reason}")),
    }
}

/// What a check compares: both sides, and nothing when they are the same.
pub fn same<T: PartialEq + Debug>(what: &str, ours: &T, plain: &T) -> Result<(), String> {
    if ours == plain { Ok(()) } else { Err(format!("{what}: ours {ours:?}, plain {plain:?}")) }
}

/// What a check requires.
pub fn require(what: &str, holds: bool) -> Result<(), String> {
    if holds { Ok(()) } else { Err(what.to_owned()) }
}
