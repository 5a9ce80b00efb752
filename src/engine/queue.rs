//! Work on its way: chunks are decoded and checked by a pool of threads while the reader brings the next ones.

use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use rayon::ThreadPool;

use super::chunk::Chunk;
use crate::error::{Error, Result};

#[derive(Debug, Default)]
struct State {
    in_flight: usize,
    done: Vec<Chunk>,
    error: Option<Error>,
}

#[derive(Debug, Default)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

/// A flag that stops a check from outside.
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

/// Runs jobs in a pool, with a bound on how many wait.
#[derive(Debug)]
pub struct Queue {
    pool: ThreadPool,
    cancel: Cancel,
    shared: Arc<Shared>,
}

fn lock(mutex: &Mutex<State>) -> MutexGuard<'_, State> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Queue {
    /// A queue with its own threads; without a number one thread per core.
    ///
    /// # Errors
    /// Threads that the system does not give.
    pub fn new(threads: Option<usize>) -> Result<Self> {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(threads.unwrap_or(0))
            .thread_name(|at| format!("sendworthy-{at}"))
            .build()
            .map_err(|error| Error::Config(format!("cannot start {} threads: {error}", threads.unwrap_or(0))))?;
        Ok(Self { pool, cancel: Cancel::default(), shared: Arc::default() })
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
        let most = self.pool.current_num_threads() + 2;
        let mut state = lock(&self.shared.state);
        while state.in_flight >= most && state.error.is_none() {
            state = self.shared.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        if let Some(error) = state.error.take() {
            return Err(error);
        }
        self.cancel.check()?;
        state.in_flight += 1;
        drop(state);
        let (shared, cancel) = (Arc::clone(&self.shared), self.cancel.clone());
        self.pool.spawn(move || {
            let outcome = match cancel.check() {
                Ok(()) => guard(job),
                Err(error) => Err(error),
            };
            let mut state = lock(&shared.state);
            state.in_flight -= 1;
            match outcome {
                Ok(chunk) => state.done.push(chunk),
                Err(error) => state.error = state.error.take().or(Some(error)),
            }
            shared.changed.notify_all();
        });
        Ok(())
    }

    /// Waits for all jobs and gives their chunks in order of rows.
    ///
    /// # Errors
    /// What a job failed with, or a cancelled check.
    pub fn drain(&self) -> Result<Vec<Chunk>> {
        let mut state = lock(&self.shared.state);
        while state.in_flight > 0 {
            state = self.shared.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        if let Some(error) = state.error.take() {
            return Err(error);
        }
        self.cancel.check()?;
        let mut done = std::mem::take(&mut state.done);
        drop(state);
        done.sort_unstable_by_key(|chunk| chunk.first);
        Ok(done)
    }
}

/// Whether panics are hushed.
static HUSHED: AtomicBool = AtomicBool::new(false);

thread_local! {
    /// Where this thread panicked last, once they are hushed.
    static PLACE: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// From now on panics print nothing, and errors about them tell the place in the code alone: what a panic says may hold
/// a value, and values are customers' numbers.
pub fn hush_panics() {
    HUSHED.store(true, Ordering::Relaxed);
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map_or_else(String::new, |place| {
            let parts: Vec<_> = place.file().rsplit(['/', '\\']).take(3).collect();
            format!("{}:{}", parts.into_iter().rev().collect::<Vec<_>>().join("/"), place.line())
        });
        PLACE.set(Some(place));
    }));
}

/// Runs a job; a panic in it becomes an error that says whose fault it is.
///
/// # Errors
/// What the job failed with.
pub fn guard<T>(job: impl FnOnce() -> Result<T>) -> Result<T> {
    catch_unwind(AssertUnwindSafe(job)).unwrap_or_else(|panic| {
        if HUSHED.load(Ordering::Relaxed) {
            let place = PLACE.take().unwrap_or_else(|| "a place in another thread".to_owned());
            return Err(Error::Internal(format!("panic at {place}")));
        }
        let text = panic
            .downcast_ref::<String>()
            .map(String::as_str)
            .or_else(|| panic.downcast_ref::<&str>().copied())
            .unwrap_or("a panic without a message");
        Err(Error::Internal(text.to_owned()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_becomes_an_error() {
        let queue = Queue::new(Some(1)).unwrap();
        queue.spawn(|| panic!("boom")).unwrap();
        assert!(queue.drain().unwrap_err().to_string().contains("boom"));
    }

    #[test]
    fn a_cancelled_queue_takes_nothing() {
        let queue = Queue::new(Some(1)).unwrap();
        queue.cancel().cancel();
        assert!(matches!(queue.drain(), Err(Error::Cancelled)));
        assert!(matches!(queue.spawn(|| Err(Error::Cancelled)), Err(Error::Cancelled)));
    }
}
