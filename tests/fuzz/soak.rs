//! The soak: as many cases as asked for, on all cores.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "the figures are what a soak is for")]

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use super::TARGETS;
use super::driver::BEGUN;

/// Cases of one job: small, so that the cores finish together and a time limit is kept.
const JOB: u32 = 20_000;
/// How long all targets together may begin no case.
const HANG: Duration = Duration::from_mins(1);

fn number(name: &str, default: u64) -> u64 {
    std::env::var(name).map_or(default, |text| text.parse().unwrap_or_else(|_| panic!("{name} is no number: {text}")))
}

/// Says how many cases each target had, in the form that `tests/soak/decoders.py` reads.
#[test]
#[ignore = "takes as long as it is told to: tests/soak/decoders.py"]
fn soak() {
    let cases = number("SOAK_CASES", 10_000_000);
    let seconds = number("SOAK_SECONDS", 3600);
    let seed = number("SOAK_SEED", 1);
    let only = std::env::var("SOAK_ONLY").ok();
    let chosen: Vec<_> =
        TARGETS.iter().filter(|target| only.as_deref().is_none_or(|name| name == target.name)).collect();
    let weights: u64 = chosen.iter().map(|target| u64::from(target.weight)).sum();
    assert!(weights > 0, "no target of this name: {only:?}");
    // Every target has its turn again and again, so that a time limit cuts all of them alike.
    let mut jobs = Vec::new();
    for target in &chosen {
        let (mut left, mut at) = (cases * u64::from(target.weight) / weights + 1, 0_u64);
        let all = left;
        while left > 0 {
            let size = left.min(u64::from(JOB.min(target.weight * 1000)));
            jobs.push(((all - left) * 1_000_000 / all, *target, u32::try_from(size).unwrap(), seed << 32 | at));
            (left, at) = (left - size, at + 1);
        }
    }
    jobs.sort_by_key(|(turn, ..)| *turn);

    let (next, failed, done) = (AtomicUsize::new(0), Mutex::new(Vec::new()), AtomicBool::new(false));
    let ran = Mutex::new(BTreeMap::<&str, u64>::new());
    let began = Instant::now();
    let threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    std::thread::scope(|scope| {
        scope.spawn(|| watch(&done));
        let workers: Vec<_> = (0..threads)
            .map(|_| {
                scope.spawn(|| {
                    while let Some((_, target, size, seed)) = jobs.get(next.fetch_add(1, Ordering::Relaxed)) {
                        if began.elapsed().as_secs() >= seconds || !failed.lock().unwrap().is_empty() {
                            return;
                        }
                        match (target.run)(*size, *seed) {
                            Ok(cases) => *ran.lock().unwrap().entry(target.name).or_default() += cases,
                            Err(failure) => failed.lock().unwrap().push(failure),
                        }
                    }
                })
            })
            .collect();
        workers.into_iter().for_each(|worker| worker.join().unwrap());
        done.store(true, Ordering::Relaxed);
    });
    let ran = ran.into_inner().unwrap();
    ran.iter().for_each(|(name, cases)| println!("target {name} {cases}"));
    if let Some(peak) = peak() {
        println!("peak {peak} MiB");
    }
    println!("total {} cases, {} seconds, seed {seed}", ran.values().sum::<u64>(), began.elapsed().as_secs());
    let failed = failed.into_inner().unwrap();
    assert!(failed.is_empty(), "{}", failed.join("\n\n"));
    assert_eq!(ran.len(), chosen.len(), "a target had no case at all");
}

/// The most memory that the process held, as Linux counts it.
fn peak() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let kibibytes = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?.trim().strip_suffix(" kB")?;
    kibibytes.parse::<u64>().ok().map(|kibibytes| kibibytes / 1024)
}

/// Ends the process when no case begins for a long time: a hang is a failure, not a soak that never ends.
fn watch(done: &AtomicBool) {
    let (mut seen, mut since) = (0, Instant::now());
    while !done.load(Ordering::Relaxed) {
        std::thread::sleep(Duration::from_millis(200));
        let begun = BEGUN.load(Ordering::Relaxed);
        if begun != seen {
            (seen, since) = (begun, Instant::now());
        } else if since.elapsed() > HANG {
            eprintln!("no case began for {HANG:?}: something hangs");
            std::process::exit(1);
        }
    }
}
