//! Work on its way: chunks are decoded and checked by a pool of threads while the reader brings the next ones.

use std::num::NonZero;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::available_parallelism;

use rayon::ThreadPool;

use super::chunk::Chunk;
use super::flight::Flight;
use super::panics;
use crate::error::{Error, Result};

/// More threads than this help nobody: they only cost the memory of their stacks.
pub const MOST_THREADS: usize = 1024;

/// How many threads a check has: as many as wanted, else one for each core that the process may use. The one place
/// that decides it.
///
/// # Errors
/// None, or too many.
pub fn threads(wanted: Option<usize>) -> Result<NonZero<usize>> {
    let Some(wanted) = wanted else { return Ok(available_parallelism().unwrap_or(NonZero::<usize>::MIN)) };
    NonZero::new(wanted)
        .filter(|threads| threads.get() <= MOST_THREADS)
        .ok_or_else(|| Error::Config(format!("threads must be from 1 to {MOST_THREADS}, not {wanted}")))
}

/// A flag that stops a check from outside. Nothing else is read by whoever sees it, so its order with other memory does
/// not matter: it is seen a moment earlier or later.
#[derive(Debug, Clone, Default)]
pub struct Cancel(Arc<AtomicBool>);

impl Cancel {
    /// Stops the check.
    pub fn cancel(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Whether the check was stopped.
    ///
    /// # Errors
    /// [`Error::Cancelled`] when it was.
    pub fn check(&self) -> Result<()> {
        if self.0.load(Ordering::Relaxed) { Err(Error::Cancelled) } else { Ok(()) }
    }
}

/// Runs jobs in a pool, with a bound on how many wait. The pool is the check's own and ends with it: checks do not wait
/// for each other's work, and a process that is forked between two of them misses no thread.
#[derive(Debug)]
pub struct Queue {
    pool: ThreadPool,
    cancel: Cancel,
    flight: Arc<Flight<Chunk>>,
}

impl Queue {
    /// A queue with its own threads.
    ///
    /// # Errors
    /// Threads that the system does not give.
    pub fn new(threads: NonZero<usize>) -> Result<Self> {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(threads.get())
            .thread_name(|at| format!("sendworthy-{at}"))
            .build()
            .map_err(|error| Error::Config(format!("cannot start {threads} threads: {error}")))?;
        Ok(Self { pool, cancel: Cancel::default(), flight: Arc::default() })
    }

    /// The flag that stops it.
    #[must_use]
    pub const fn cancel(&self) -> &Cancel {
        &self.cancel
    }

    /// The pool, for work that is not queued.
    #[must_use]
    pub const fn pool(&self) -> &ThreadPool {
        &self.pool
    }

    /// Queues a job; waits while enough of them are under way.
    ///
    /// # Errors
    /// What an earlier job failed with, or a cancelled check.
    pub fn spawn(&self, job: impl FnOnce() -> Result<Chunk> + Send + 'static) -> Result<()> {
        self.flight.admit(self.pool.current_num_threads() + 2, || self.cancel.check())?;
        let (flight, cancel) = (Arc::clone(&self.flight), self.cancel.clone());
        self.pool.spawn(move || flight.land(cancel.check().and_then(|()| guard(job))));
        Ok(())
    }

    /// Waits for all jobs and gives their chunks in order of rows.
    ///
    /// # Errors
    /// What a job failed with, or a cancelled check.
    pub fn drain(&self) -> Result<Vec<Chunk>> {
        let mut done = self.flight.drain()?;
        self.cancel.check()?;
        done.sort_unstable_by_key(|chunk| chunk.first);
        Ok(done)
    }
}

/// Runs a job; a panic in it becomes an error that says whose fault it is, and where it happened.
///
/// # Errors
/// What the job failed with.
pub fn guard<T>(job: impl FnOnce() -> Result<T>) -> Result<T> {
    catch_unwind(AssertUnwindSafe(job)).unwrap_or_else(|panic| Err(Error::Internal(panics::told(panic.as_ref()))))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn queue() -> Queue {
        Queue::new(threads(Some(1)).unwrap()).unwrap()
    }

    #[test]
    fn a_panic_becomes_an_error() {
        let queue = queue();
        queue.spawn(|| panic!("boom")).unwrap();
        assert!(queue.drain().unwrap_err().to_string().contains("boom"));
    }

    #[test]
    fn a_cancelled_queue_takes_nothing() {
        let queue = queue();
        queue.cancel().cancel();
        assert!(matches!(queue.drain(), Err(Error::Cancelled)));
        assert!(matches!(queue.spawn(|| Err(Error::Cancelled)), Err(Error::Cancelled)));
    }

    #[test]
    fn there_are_as_many_threads_as_wanted() {
        for wanted in [1, 2, 7] {
            let threads = threads(Some(wanted)).unwrap();
            assert_eq!(Queue::new(threads).unwrap().pool().current_num_threads(), wanted);
        }
        assert!(threads(None).unwrap().get() >= 1);
        for wanted in [0, MOST_THREADS + 1, usize::MAX] {
            assert!(threads(Some(wanted)).unwrap_err().to_string().contains("from 1 to 1024"));
        }
    }
}
