//! A thread pool for the kernels, whose threads are the host's.
//!
//! Core starts no thread. A host that has some to spare (workers of a
//! cross-origin isolated page, threads of a native program) makes a [`ThreadPool`] and
//! lets each of them call [`ThreadPool::join`], which returns when the pool is
//! shut down. A decoded token is a hundred and fifty small products, tens of
//! microseconds each, so a thread looks out for the next one for a while before
//! it sleeps, and the caller takes part and then looks out for the last thread.

use std::cell::UnsafeCell;
use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};

use super::isa::Isa;

/// Looks at the next job before a thread goes to sleep: some hundred microseconds.
const LOOKS: u32 = if cfg!(target_family = "wasm") { 1 << 17 } else { 1 << 14 };

/// A job as the pool's threads see it; valid until the last one has finished.
type PoolJob = *const (dyn Fn() + Sync);

/// Threads of the host, one job at a time.
///
/// ```
/// use std::sync::Arc;
/// use ghostlight_model::{Backend, ThreadPool};
///
/// let pool = Arc::new(ThreadPool::new(1));
/// let thread = std::thread::spawn({
///     let pool = pool.clone();
///     move || pool.join()
/// });
/// assert_eq!(Backend::cpu_shared(pool.clone()).threads(), 2);
/// pool.shutdown();
/// thread.join().expect("the pool was shut down");
/// ```
pub struct ThreadPool {
    size: usize,
    joined: AtomicUsize,
    /// Counts jobs.
    epoch: AtomicU32,
    /// Written only while no thread of the pool works, by the one who owns `busy`.
    job: UnsafeCell<Option<PoolJob>>,
    /// Threads that have not finished the job.
    working: AtomicUsize,
    asleep: AtomicUsize,
    lock: Mutex<()>,
    wake: Condvar,
    busy: AtomicBool,
    shut_down: AtomicBool,
    /// A thread panicked.
    failed: AtomicBool,
}

// SAFETY: `job` is written by the holder of `busy` while `working` is zero, and
// read by the threads after they have seen the new `epoch`.
unsafe impl Sync for ThreadPool {}
// SAFETY: the pointer in `job` is never followed but during `run`.
unsafe impl Send for ThreadPool {}

impl fmt::Debug for ThreadPool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ThreadPool").field("size", &self.size).finish_non_exhaustive()
    }
}

impl ThreadPool {
    /// A pool of `size` threads besides the one that has the work; none has joined yet.
    pub fn new(size: usize) -> Self {
        Self {
            size,
            joined: AtomicUsize::new(0),
            epoch: AtomicU32::new(0),
            job: UnsafeCell::new(None),
            working: AtomicUsize::new(0),
            asleep: AtomicUsize::new(0),
            lock: Mutex::new(()),
            wake: Condvar::new(),
            busy: AtomicBool::new(false),
            shut_down: AtomicBool::new(false),
            failed: AtomicBool::new(false),
        }
    }

    /// Threads that were promised, without the one that has the work.
    pub fn size(&self) -> usize {
        self.size
    }

    /// Whether all promised threads are here; before that, work is not shared.
    pub fn is_complete(&self) -> bool {
        self.joined.load(Ordering::Acquire) == self.size
    }

    /// Makes every thread return from [`join`](Self::join).
    pub fn shutdown(&self) {
        self.shut_down.store(true, Ordering::SeqCst);
        let _held = self.lock.lock().unwrap_or_else(PoisonError::into_inner);
        self.wake.notify_all();
    }

    /// Makes the calling thread one of the pool; returns when the pool is shut down.
    pub fn join(&self) {
        // Read before joining, so that no job that counts this thread is missed.
        let mut seen = self.epoch.load(Ordering::SeqCst);
        self.joined.fetch_add(1, Ordering::Release);
        while self.next(seen) {
            seen = seen.wrapping_add(1);
            let _finished = Finished(self);
            // SAFETY: `run` has written the job before the epoch that was seen,
            // and waits for `working`, so what it points to is alive.
            if let Some(job) = unsafe { *self.job.get() } {
                // SAFETY: likewise.
                unsafe { (*job)() };
            }
        }
        self.joined.fetch_sub(1, Ordering::Release);
    }

    /// Waits for the job after `seen`; false when the pool is shut down.
    fn next(&self, seen: u32) -> bool {
        let is_new = || self.epoch.load(Ordering::SeqCst) != seen;
        let is_over = || self.shut_down.load(Ordering::SeqCst);
        for _ in 0..LOOKS {
            if is_new() {
                return true;
            }
            core::hint::spin_loop();
        }
        let mut held = self.lock.lock().unwrap_or_else(PoisonError::into_inner);
        self.asleep.fetch_add(1, Ordering::SeqCst);
        while !is_new() && !is_over() {
            held = self.wake.wait(held).unwrap_or_else(PoisonError::into_inner);
        }
        self.asleep.fetch_sub(1, Ordering::SeqCst);
        is_new()
    }

    /// Has every thread of the pool, and the caller, call `work` once.
    ///
    /// # Panics
    ///
    /// When a thread panicked, now or before.
    fn run(&self, work: &(dyn Fn() + Sync)) {
        // Two sessions may share a pool; the second does its work alone.
        if self.size == 0 || !self.is_complete() || self.busy.swap(true, Ordering::Acquire) {
            return work();
        }
        assert!(!self.failed.load(Ordering::Acquire), "a thread of the pool panicked");
        // SAFETY: the lifetime is hidden, not extended: this function does not
        // return, nor unwind, before every thread has finished.
        let job: PoolJob =
            unsafe { core::mem::transmute::<&(dyn Fn() + Sync), &'static (dyn Fn() + Sync)>(work) };
        // SAFETY: no thread works, and `busy` is ours.
        unsafe { *self.job.get() = Some(job) };
        self.working.store(self.size, Ordering::Relaxed);
        self.epoch.fetch_add(1, Ordering::SeqCst);
        if self.asleep.load(Ordering::SeqCst) > 0 {
            let _held = self.lock.lock().unwrap_or_else(PoisonError::into_inner);
            self.wake.notify_all();
        }
        let waiting = Waiting(self);
        work();
        drop(waiting);
        assert!(!self.failed.load(Ordering::Acquire), "a thread of the pool panicked");
    }
}

/// Counts a thread as finished, however it finishes.
struct Finished<'a>(&'a ThreadPool);

impl Drop for Finished<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.0.failed.store(true, Ordering::Release);
        }
        self.0.working.fetch_sub(1, Ordering::Release);
    }
}

/// Waits for all threads, however the caller's own part ends.
struct Waiting<'a>(&'a ThreadPool);

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        let mut looks = 0u32;
        while self.0.working.load(Ordering::Acquire) > 0 {
            looks = looks.wrapping_add(1);
            if looks.is_multiple_of(LOOKS) {
                std::thread::yield_now();
            }
            core::hint::spin_loop();
        }
        self.0.busy.store(false, Ordering::Release);
    }
}

/// What the kernels run on: an instruction set, and perhaps a pool.
#[derive(Debug, Clone)]
pub struct Cpu {
    /// Instruction set.
    pub isa: Isa,
    pool: Option<Arc<ThreadPool>>,
}

impl Cpu {
    /// One thread with `isa`, and the threads of `pool`.
    pub fn new(isa: Isa, pool: Option<Arc<ThreadPool>>) -> Self {
        Self { isa, pool }
    }

    /// Threads that share the work.
    pub fn threads(&self) -> usize {
        self.pool.as_ref().map_or(1, |pool| pool.size() + 1)
    }

    /// Calls `work` once for each of `0..tasks`, on whichever thread is free.
    pub(super) fn each(&self, tasks: usize, work: impl Fn(usize) + Sync) {
        match &self.pool {
            Some(pool) if tasks > 1 => {
                let next = AtomicUsize::new(0);
                pool.run(&|| {
                    loop {
                        let task = next.fetch_add(1, Ordering::Relaxed);
                        if task >= tasks {
                            break;
                        }
                        work(task);
                    }
                });
            }
            _ => (0..tasks).for_each(work),
        }
    }
}

/// A slice that several tasks write to, each its own part.
#[derive(Clone, Copy)]
pub(super) struct Shared<'a, T> {
    start: *mut T,
    len: usize,
    slice: core::marker::PhantomData<&'a mut [T]>,
}

// SAFETY: access goes through `part`, whose callers keep to their own parts.
unsafe impl<T: Send> Sync for Shared<'_, T> {}
// SAFETY: likewise.
unsafe impl<T: Send> Send for Shared<'_, T> {}

impl<'a, T> Shared<'a, T> {
    pub(super) fn new(slice: &'a mut [T]) -> Self {
        Self { start: slice.as_mut_ptr(), len: slice.len(), slice: core::marker::PhantomData }
    }

    /// Elements `at..at + len`.
    ///
    /// # Safety
    ///
    /// No other task uses any of these elements at the same time.
    ///
    /// # Panics
    ///
    /// When they are outside of the slice.
    #[inline(always)]
    #[allow(clippy::mut_from_ref)]
    pub(super) unsafe fn part(&self, at: usize, len: usize) -> &'a mut [T] {
        assert!(at <= self.len && len <= self.len - at, "{len} elements at {at} of {}", self.len);
        // SAFETY: inside the slice, and nobody else's by the caller's promise.
        unsafe { core::slice::from_raw_parts_mut(self.start.add(at), len) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with_pool(size: usize, test: impl FnOnce(&Cpu)) {
        let pool = Arc::new(ThreadPool::new(size));
        std::thread::scope(|scope| {
            for _ in 0..size {
                scope.spawn(|| pool.join());
            }
            while !pool.is_complete() {
                std::thread::yield_now();
            }
            test(&Cpu::new(Isa::Scalar, Some(pool.clone())));
            pool.shutdown();
        });
    }

    #[test]
    fn every_task_runs_once() {
        with_pool(3, |cpu| {
            for tasks in [0, 1, 2, 3, 100] {
                for _ in 0..200 {
                    let counts: Vec<AtomicUsize> = (0..tasks).map(|_| AtomicUsize::new(0)).collect();
                    cpu.each(tasks, |task| {
                        counts[task].fetch_add(1, Ordering::Relaxed);
                    });
                    assert!(counts.iter().all(|count| count.load(Ordering::Relaxed) == 1));
                }
            }
        });
    }

    #[test]
    fn sleepers_are_woken() {
        with_pool(2, |cpu| {
            let pool = cpu.pool.as_ref().expect("given");
            for _ in 0..3 {
                while pool.asleep.load(Ordering::SeqCst) < 2 {
                    std::thread::yield_now();
                }
                let ran = AtomicUsize::new(0);
                cpu.each(64, |_| {
                    ran.fetch_add(1, Ordering::Relaxed);
                });
                assert_eq!(ran.load(Ordering::Relaxed), 64);
            }
        });
    }

    #[test]
    fn an_incomplete_pool_is_not_waited_for() {
        let cpu = Cpu::new(Isa::Scalar, Some(Arc::new(ThreadPool::new(4))));
        let ran = AtomicUsize::new(0);
        cpu.each(5, |_| {
            ran.fetch_add(1, Ordering::Relaxed);
        });
        assert_eq!(ran.load(Ordering::Relaxed), 5);
    }
}
