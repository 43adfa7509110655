//! Steps of a command that takes minutes: each says when it ended and how long it took, and several run at a time.

use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::thread::{Scope, ScopedJoinHandle};
use std::time::{Duration, Instant};

use anyhow::{Result, anyhow};

/// Runs a step and prints a line about it: `ok: npm packages (12 s)`.
pub(crate) fn step<T>(name: &str, run: impl FnOnce() -> Result<T>) -> Result<T> {
    timed(name, Duration::ZERO, run)
}

/// Like [`step`] for what mostly has nothing to do: without a line if it took no time.
pub(crate) fn glance<T>(name: &str, run: impl FnOnce() -> Result<T>) -> Result<T> {
    timed(name, Duration::from_secs(1), run)
}

fn timed<T>(name: &str, worth_a_line: Duration, run: impl FnOnce() -> Result<T>) -> Result<T> {
    let start = Instant::now();
    let outcome = run();
    let took = start.elapsed();
    let seconds = took.as_secs_f64();
    match &outcome {
        Ok(_) if took < worth_a_line => {}
        Ok(_) => eprintln!("ok: {name} ({seconds:.0} s)"),
        Err(error) => eprintln!("FAILED: {name} ({seconds:.0} s): {error:#}"),
    }
    outcome
}

/// Work on a thread of its own, whose end several others may wait for, each with a clone.
#[derive(Clone)]
pub(crate) struct Task<'scope>(Arc<Running<'scope>>);

struct Running<'scope> {
    thread: Mutex<Option<ScopedJoinHandle<'scope, Result<()>>>>,
    outcome: OnceLock<Result<(), String>>,
}

impl<'scope> Task<'scope> {
    pub(crate) fn start<'env>(
        scope: &'scope Scope<'scope, 'env>,
        run: impl FnOnce() -> Result<()> + Send + 'scope,
    ) -> Self {
        let thread = Mutex::new(Some(scope.spawn(run)));
        Self(Arc::new(Running { thread, outcome: OnceLock::new() }))
    }

    /// Waits for the end; the error, if it failed. A panic counts as one.
    pub(crate) fn wait(&self) -> Result<()> {
        let outcome = self.0.outcome.get_or_init(|| {
            let thread = self.0.thread.lock().unwrap_or_else(PoisonError::into_inner).take();
            match thread.map(ScopedJoinHandle::join) {
                Some(Ok(outcome)) => outcome.map_err(|error| format!("{error:#}")),
                _ => Err("a thread panicked".to_owned()),
            }
        });
        outcome.clone().map_err(|error| anyhow!(error))
    }
}

/// Waits for all tasks; the first error in their order.
pub(crate) fn wait_for_all<'scope>(tasks: impl IntoIterator<Item = Task<'scope>>) -> Result<()> {
    // All are waited for first: what a failure ends is only what depends on it.
    let outcomes: Vec<Result<()>> = tasks.into_iter().map(|task| task.wait()).collect();
    outcomes.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use anyhow::bail;

    use super::*;

    #[test]
    fn every_waiter_learns_how_a_task_ended() {
        std::thread::scope(|scope| {
            let fine = Task::start(scope, || Ok(()));
            let failed = Task::start(scope, || bail!("no clang"));
            for _ in 0..2 {
                assert!(fine.wait().is_ok());
                assert_eq!(failed.wait().unwrap_err().to_string(), "no clang");
            }
            let message = wait_for_all([fine, failed]).unwrap_err().to_string();
            assert_eq!(message, "no clang");
        });
    }

    #[test]
    fn a_step_gives_what_it_made() {
        assert_eq!(step("seven", || Ok(7)).unwrap(), 7);
        assert!(step("nothing", || -> Result<()> { bail!("no") }).is_err());
    }
}
