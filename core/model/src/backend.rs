//! Where a model runs: the device, its limits, its name.

use std::sync::Arc;

use burn::tensor::{DType, Device};

use crate::error::ModelError;
use crate::kernel::{Cpu, Isa, ThreadPool};
use crate::load::Precision;
use crate::ops::{Adapter, Target};

/// A device that is ready for tensors.
#[derive(Debug, Clone)]
pub struct Backend {
    /// What burn runs on.
    pub(crate) device: Device,
    /// What operations have to know of it.
    pub(crate) target: Target,
    /// Largest buffer a kernel can bind, in bytes; `None` where only memory limits it.
    pub(crate) max_binding: Option<u64>,
    /// Name for people.
    name: String,
    kind: BackendKind,
    #[cfg(feature = "webgpu")]
    gpu: Option<gpu::Gpu>,
}

/// Which kind of device.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BackendKind {
    /// SIMD kernels on slices.
    Cpu,
    /// WGSL compute shaders.
    Webgpu,
}

impl Backend {
    /// This machine's CPU, with the fastest instruction set it reports.
    pub fn cpu() -> Self {
        Self::cpu_with(Isa::best())
    }

    /// This machine's CPU with one instruction set, for tests that compare them.
    pub fn cpu_with(isa: Isa) -> Self {
        Self::cpu_of(isa, None)
    }

    /// This machine's CPU, sharing the work with the threads of `pool`.
    ///
    /// They may join at any time; until all have, one thread does it all.
    pub fn cpu_shared(pool: Arc<ThreadPool>) -> Self {
        Self::cpu_of(Isa::best(), Some(pool))
    }

    fn cpu_of(isa: Isa, pool: Option<Arc<ThreadPool>>) -> Self {
        Self {
            device: Device::flex(),
            target: Target::cpu(Cpu::new(isa, pool)),
            max_binding: None,
            name: isa.name().to_owned(),
            kind: BackendKind::Cpu,
            #[cfg(feature = "webgpu")]
            gpu: None,
        }
    }

    /// The browser's WebGPU adapter, or natively a Vulkan one (which runs the same WGSL).
    ///
    /// A page can do this once; keep the value.
    ///
    /// # Errors
    ///
    /// [`ModelError::Device`] when there is no adapter or it refuses a device.
    #[cfg(feature = "webgpu")]
    pub async fn webgpu() -> Result<Self, ModelError> {
        use burn::backend::wgpu::{WgpuBackend, wgpu};

        let api = if cfg!(target_family = "wasm") { WgpuBackend::WebGpu } else { WgpuBackend::Vulkan };
        let (device, setup) = Device::wgpu_options()
            .graphics_api(api)
            .init_with_setup_async()
            .await
            .map_err(|error| ModelError::Device(error.to_string()))?;
        let limits = setup.device.limits();
        let info = setup.adapter.get_info();
        // The browser says "CPU" of a fallback adapter, which is SwiftShader or
        // WARP. Native ones compile through LLVM, which does well with loops and
        // takes long for straight lines.
        let adapter = match info.device_type {
            wgpu::DeviceType::Cpu if cfg!(target_family = "wasm") => Adapter::Software,
            _ => Adapter::Hardware,
        };
        let name = if info.name.is_empty() { "webgpu".to_owned() } else { info.name };
        Ok(Self {
            device,
            target: Target::gpu(adapter),
            max_binding: Some(limits.max_buffer_size.min(limits.max_storage_buffer_binding_size)),
            name,
            kind: BackendKind::Webgpu,
            gpu: Some(gpu::Gpu::watch(setup.device)),
        })
    }

    /// What the GPU device reported on its own: a refused shader, or its loss.
    ///
    /// A browser does not fail the call that caused it; what comes back from
    /// the device afterwards is old memory. So this is asked after each answer.
    pub(crate) fn fault(&self) -> Option<String> {
        #[cfg(feature = "webgpu")]
        return self.gpu.as_ref().and_then(gpu::Gpu::fault);
        #[cfg(not(feature = "webgpu"))]
        None
    }

    /// Destroys the GPU device, as a crash of the browser's GPU process would;
    /// for tests of what comes after. Does nothing on the CPU.
    pub fn lose(&self) {
        #[cfg(feature = "webgpu")]
        if let Some(gpu) = &self.gpu {
            gpu.lose();
        }
    }

    /// Instruction set or adapter, for people.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Threads that share the work of CPU kernels.
    pub fn threads(&self) -> usize {
        self.target.cpu.threads()
    }

    /// The same device with shaders cut for `adapter`, for tests that compare them.
    #[must_use]
    pub fn cut_for(mut self, adapter: Adapter) -> Self {
        self.target.adapter = adapter;
        self
    }

    /// What is behind a GPU's interface.
    pub fn adapter(&self) -> Adapter {
        self.target.adapter
    }

    /// Shaders launched so far; zero on a CPU.
    pub fn launches(&self) -> u64 {
        self.target.launches()
    }

    /// Which kind of device.
    pub fn kind(&self) -> BackendKind {
        self.kind
    }

    /// Type of the elements of the KV cache: CPU kernels read 16-bit floats.
    pub(crate) fn cache_type(&self, precision: Precision) -> DType {
        match (precision, self.kind) {
            (Precision::Packed, BackendKind::Cpu) => DType::F16,
            _ => DType::F32,
        }
    }

    /// Checks that a buffer of `need` bytes can be bound.
    pub(crate) fn check_binding(&self, what: &str, need: u64) -> Result<(), ModelError> {
        match self.max_binding {
            Some(limit) if need > limit => Err(ModelError::TooLarge {
                what: what.to_owned(),
                need,
                limit_name: "maxStorageBufferBindingSize",
                limit,
            }),
            _ => Ok(()),
        }
    }
}

#[cfg(feature = "webgpu")]
mod gpu {
    //! What a GPU device reports outside of any call.

    use std::sync::{Arc, Mutex, PoisonError};

    use burn::backend::wgpu::wgpu;

    /// A device under watch.
    #[derive(Debug, Clone)]
    pub(super) struct Gpu {
        device: wgpu::Device,
        /// The first report.
        fault: Arc<Mutex<Option<String>>>,
    }

    impl Gpu {
        pub(super) fn watch(device: wgpu::Device) -> Self {
            let fault = Arc::new(Mutex::new(None));
            let note = {
                let fault = fault.clone();
                move |report: String| {
                    fault.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(report);
                }
            };
            let lost = note.clone();
            device.set_device_lost_callback(move |reason, message| {
                lost(format!("lost ({reason:?}): {message}"))
            });
            device.on_uncaptured_error(Arc::new(move |error: wgpu::Error| note(error.to_string())));
            Self { device, fault }
        }

        pub(super) fn fault(&self) -> Option<String> {
            self.fault.lock().unwrap_or_else(PoisonError::into_inner).clone()
        }

        pub(super) fn lose(&self) {
            self.device.destroy();
        }
    }
}
