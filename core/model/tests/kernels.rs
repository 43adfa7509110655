//! Every operation, shape and weight type against its plain twin, on every
//! instruction set of this machine, and on WebGPU's shaders where built in.

use ghostlight_model::Backend;
use ghostlight_model::kernel::Isa;
use ghostlight_model::{check, timing};

/// Runs the whole table and reports every row that is off, not only the first.
fn run_table(backend: &Backend) {
    let mut wrong = Vec::new();
    for case in check::table() {
        let nmse = pollster::block_on(check::nmse(&case, backend)).unwrap();
        let bound = case.bound(backend.kind());
        if nmse.is_nan() || nmse > bound {
            wrong.push(format!("{case:?}: NMSE {nmse:e}, bound {bound:e}"));
        }
    }
    assert!(wrong.is_empty(), "{} on {}:\n{}", wrong.len(), backend.name(), wrong.join("\n"));
}

#[test]
fn scalar_kernels_agree_with_plain_operations() {
    run_table(&Backend::cpu_with(Isa::Scalar));
}

#[test]
fn simd_kernels_agree_with_plain_operations() {
    for isa in Isa::available() {
        run_table(&Backend::cpu_with(isa));
    }
}

#[test]
fn what_is_timed_is_right() {
    let backend = Backend::cpu();
    for case in timing::table() {
        let nmse = pollster::block_on(check::nmse(&case, &backend)).unwrap();
        assert!(nmse <= case.bound(backend.kind()), "{}: NMSE {nmse:e}", timing::name(&case));
    }
    // A clock that moves only when it is read: what is shown is that every row runs.
    let reads = std::cell::Cell::new(0.0);
    let now = || reads.replace(reads.get() + 40.0);
    let timed = pollster::block_on(timing::time(&timing::table()[0], &backend, 1, &now)).unwrap();
    assert!(timed.ms > 0.0 && timed.macs == 960 * 576 && timed.bytes > 0);
    assert!(pollster::block_on(timing::peaks(&backend, 1, &now)).unwrap().is_some());
}

#[test]
fn the_self_test_passes_for_every_weight_type() {
    let types = ghostlight_gguf::TensorType::READABLE;
    for isa in Isa::available() {
        pollster::block_on(check::self_test(&Backend::cpu_with(isa), &types)).unwrap();
    }
}

#[cfg(feature = "webgpu")]
mod webgpu {
    use ghostlight_model::ops::Adapter;

    use super::*;

    fn backend() -> Backend {
        pollster::block_on(Backend::webgpu()).expect(
            "a Vulkan adapter; `cargo xtask setup` installs Debian's software one (mesa-vulkan-drivers)",
        )
    }

    #[test]
    fn shaders_for_hardware_agree_with_plain_operations() {
        run_table(&backend().cut_for(Adapter::Hardware));
    }

    #[test]
    fn shaders_for_software_agree_with_plain_operations() {
        run_table(&backend().cut_for(Adapter::Software));
    }

    #[test]
    fn the_self_test_of_shaders_passes_for_every_weight_type() {
        // The other cut runs it in a browser, at each load.
        let backend = backend().cut_for(Adapter::Hardware);
        pollster::block_on(check::self_test(&backend, &ghostlight_gguf::TensorType::READABLE)).unwrap();
    }
}
