//! What an operation has to know of its device besides the tensors.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::kernel::{Cpu, Isa};

/// What is behind a GPU interface, which decides how shaders are cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Adapter {
    /// Thousands of lanes: a sum is spread over many of them.
    Hardware,
    /// A CPU that emulates a GPU in a browser (SwiftShader): four lanes, to which a
    /// load from a buffer is dearer than ten multiplications.
    Software,
}

/// Handed to every operation; cloning is cheap.
#[derive(Debug, Clone)]
pub struct Target {
    /// What CPU kernels run on.
    pub cpu: Cpu,
    /// How shaders are cut.
    pub adapter: Adapter,
    launches: Arc<AtomicU64>,
}

impl Target {
    /// A CPU.
    pub fn cpu(cpu: Cpu) -> Self {
        Self { cpu, adapter: Adapter::Hardware, launches: Arc::default() }
    }

    /// A GPU.
    pub fn gpu(adapter: Adapter) -> Self {
        Self { cpu: Cpu::new(Isa::Scalar, None), adapter, launches: Arc::default() }
    }

    /// Shaders launched so far by this target and its clones.
    pub fn launches(&self) -> u64 {
        self.launches.load(Ordering::Relaxed)
    }

    /// Counts one launch.
    #[cfg(feature = "webgpu")]
    pub(crate) fn count_launch(&self) {
        self.launches.fetch_add(1, Ordering::Relaxed);
    }
}
