//! Threads for the CPU kernels: core starts none, so they are started here.

use std::num::NonZeroUsize;
use std::sync::Arc;
use std::thread;

use anyhow::{Context, Result};
use ghostlight_model::{Backend, ThreadPool};

/// The CPU with `threads` threads, or as many as the machine has cores.
///
/// The threads live as long as the program and sleep while there is nothing to do.
pub(crate) fn backend(threads: Option<NonZeroUsize>) -> Result<Backend> {
    let threads = threads.or_else(|| thread::available_parallelism().ok()).map_or(1, NonZeroUsize::get);
    if threads == 1 {
        return Ok(Backend::cpu());
    }
    let pool = Arc::new(ThreadPool::new(threads - 1));
    for _ in 1..threads {
        let pool = pool.clone();
        thread::Builder::new()
            .name("kernel".to_owned())
            .spawn(move || pool.join())
            .with_context(|| format!("cannot start {threads} threads (--threads 1 needs none)"))?;
    }
    Ok(Backend::cpu_shared(pool))
}
