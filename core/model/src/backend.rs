//! Where a model runs: the device, its limits, its name.

use burn::tensor::Device;

use crate::error::ModelError;
use crate::kernel::Isa;

/// A device that is ready for tensors.
#[derive(Debug, Clone)]
pub struct Backend {
    /// What burn runs on.
    pub(crate) device: Device,
    /// Instruction set of the CPU kernels.
    pub(crate) isa: Isa,
    /// Largest buffer a kernel can bind, in bytes; `None` where only memory limits it.
    pub(crate) max_binding: Option<u64>,
    /// Name for people.
    name: String,
    kind: BackendKind,
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
        Self { device: Device::flex(), isa, max_binding: None, name: isa.name().to_owned(), kind: BackendKind::Cpu }
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
        use burn::backend::wgpu::WgpuBackend;

        let api = if cfg!(target_family = "wasm") { WgpuBackend::WebGpu } else { WgpuBackend::Vulkan };
        let (device, setup) = Device::wgpu_options()
            .graphics_api(api)
            .init_with_setup_async()
            .await
            .map_err(|error| ModelError::Device(error.to_string()))?;
        let limits = setup.device.limits();
        let info = setup.adapter.get_info();
        let name = if info.name.is_empty() { "webgpu".to_owned() } else { info.name };
        Ok(Self {
            device,
            isa: Isa::Scalar,
            max_binding: Some(limits.max_buffer_size.min(u64::from(limits.max_storage_buffer_binding_size))),
            name,
            kind: BackendKind::Webgpu,
        })
    }

    /// Instruction set or adapter, for people.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Which kind of device.
    pub fn kind(&self) -> BackendKind {
        self.kind
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
