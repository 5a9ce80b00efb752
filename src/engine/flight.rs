//! Jobs in flight: how many there are, what they gave, and who waits for them. All of our own synchronisation that is
//! more than a flag is here, so that loom can try every order of its steps (`make loom`).

#[cfg(all(loom, test))]
use loom::sync::{Condvar, Mutex, MutexGuard};
use std::sync::PoisonError;
#[cfg(not(all(loom, test)))]
use std::sync::{Condvar, Mutex, MutexGuard};

use crate::error::{Error, Result};

#[derive(Debug)]
struct State<T> {
    in_flight: usize,
    done: Vec<T>,
    error: Option<Error>,
}

/// The jobs of one queue. Everything is under one lock, and whoever changes anything wakes all who wait.
#[derive(Debug)]
pub struct Flight<T> {
    state: Mutex<State<T>>,
    changed: Condvar,
}

impl<T> Default for Flight<T> {
    fn default() -> Self {
        let state = State { in_flight: 0, done: Vec::new(), error: None };
        Self { state: Mutex::new(state), changed: Condvar::new() }
    }
}

impl<T> Flight<T> {
    fn lock(&self) -> MutexGuard<'_, State<T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wait<'a>(&self, state: MutexGuard<'a, State<T>>) -> MutexGuard<'a, State<T>> {
        self.changed.wait(state).unwrap_or_else(PoisonError::into_inner)
    }

    /// Lets one more job take off; waits while `most` are under way. `allowed` has the last word.
    ///
    /// # Errors
    /// What an earlier job failed with, or what `allowed` says. Then no job has taken off.
    pub fn admit(&self, most: usize, allowed: impl FnOnce() -> Result<()>) -> Result<()> {
        let mut state = self.lock();
        while state.in_flight >= most && state.error.is_none() {
            state = self.wait(state);
        }
        if let Some(error) = state.error.take() {
            return Err(error);
        }
        allowed()?;
        state.in_flight += 1;
        Ok(())
    }

    /// Says what became of a job that was admitted. The first error is kept.
    pub fn land(&self, outcome: Result<T>) {
        let mut state = self.lock();
        state.in_flight -= 1;
        match outcome {
            Ok(made) => state.done.push(made),
            Err(error) => state.error = state.error.take().or(Some(error)),
        }
        self.changed.notify_all();
    }

    /// Waits until no job is under way, and gives what they made in the order in which they ended.
    ///
    /// # Errors
    /// What a job failed with.
    pub fn drain(&self) -> Result<Vec<T>> {
        let mut state = self.lock();
        while state.in_flight > 0 {
            state = self.wait(state);
        }
        state.error.take().map_or_else(|| Ok(std::mem::take(&mut state.done)), Err)
    }
}

/// The orders of steps that the memory model allows, tried by loom.
#[cfg(all(loom, test))]
mod model {
    use super::*;
    use loom::sync::Arc;
    use loom::sync::atomic::{AtomicUsize, Ordering};
    use loom::thread;

    /// A reader that queues `jobs` with at most `most` under way while threads work on them; gives what was drained.
    fn fly(jobs: usize, most: usize, work: fn(usize) -> Result<usize>) -> Result<Vec<usize>> {
        let flight = Arc::new(Flight::default());
        let aloft = Arc::new(AtomicUsize::new(0));
        let mut threads = Vec::new();
        let mut failed = None;
        for job in 0..jobs {
            if let Err(error) = flight.admit(most, || Ok(())) {
                failed = Some(error);
                break;
            }
            let (flight, aloft) = (Arc::clone(&flight), Arc::clone(&aloft));
            threads.push(thread::spawn(move || {
                assert!(aloft.fetch_add(1, Ordering::SeqCst) < most, "more under way than allowed");
                let outcome = work(job);
                aloft.fetch_sub(1, Ordering::SeqCst);
                flight.land(outcome);
            }));
        }
        let drained = flight.drain();
        assert_eq!(aloft.load(Ordering::SeqCst), 0, "drained with jobs under way");
        threads.into_iter().for_each(|thread| thread.join().unwrap());
        failed.map_or(drained, Err)
    }

    /// With three jobs beside the reader, orders in which a thread is interrupted more than twice are left out: there
    /// are too many of them.
    fn most_orders(model: fn()) {
        let mut builder = loom::model::Builder::new();
        builder.preemption_bound = Some(2);
        builder.check(model);
    }

    #[test]
    fn every_job_lands_once_and_nobody_waits_for_ever() {
        most_orders(|| {
            let mut done = fly(3, 2, Ok).unwrap();
            done.sort_unstable();
            assert_eq!(done, [0, 1, 2]);
        });
    }

    #[test]
    fn one_at_a_time_keeps_their_order() {
        loom::model(|| assert_eq!(fly(2, 1, Ok).unwrap(), [0, 1]));
        most_orders(|| assert_eq!(fly(3, 1, Ok).unwrap(), [0, 1, 2]));
    }

    #[test]
    fn a_failure_reaches_whoever_queues_or_drains() {
        loom::model(|| {
            let work = |job| if job == 0 { Err(Error::Input("the first job".to_owned())) } else { Ok(job) };
            assert!(fly(2, 1, work).unwrap_err().to_string().contains("the first job"));
        });
    }

    #[test]
    fn a_refused_job_never_took_off() {
        loom::model(|| {
            let flight = Flight::<()>::default();
            assert!(matches!(flight.admit(1, || Err(Error::Cancelled)), Err(Error::Cancelled)));
            assert!(flight.drain().unwrap().is_empty());
        });
    }
}
