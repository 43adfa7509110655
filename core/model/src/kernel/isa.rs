//! Which instruction set runs, decided by what the machine reports.

use super::lanes::{Lanes, Scalar};

/// An instruction set that the kernels have a shell for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Isa {
    /// Plain Rust, the definition of the others.
    Scalar,
    /// AVX2, FMA and F16C.
    #[cfg(target_arch = "x86_64")]
    Avx2,
    /// AVX2 and the 256-bit VNNI dot product.
    #[cfg(target_arch = "x86_64")]
    Vnni,
    /// AArch64 NEON.
    #[cfg(target_arch = "aarch64")]
    Neon,
    /// WebAssembly SIMD.
    #[cfg(all(target_arch = "wasm32", not(feature = "relaxed-simd")))]
    Simd128,
    /// Relaxed SIMD, by its 32-bit dot product.
    #[cfg(all(target_arch = "wasm32", feature = "relaxed-simd"))]
    RelaxedDot,
    /// Relaxed SIMD, by its 16-bit dot product.
    #[cfg(all(target_arch = "wasm32", feature = "relaxed-simd"))]
    RelaxedPairs,
}

impl Isa {
    /// Every set that this machine can run, slowest first.
    pub fn available() -> Vec<Self> {
        #[allow(unused_mut)]
        let mut sets = vec![Self::Scalar];
        #[cfg(target_arch = "x86_64")]
        if is_x86_feature_detected!("avx2")
            && is_x86_feature_detected!("fma")
            && is_x86_feature_detected!("f16c")
        {
            sets.push(Self::Avx2);
            if is_x86_feature_detected!("avx512vnni") && is_x86_feature_detected!("avx512vl") {
                sets.push(Self::Vnni);
            }
        }
        #[cfg(target_arch = "aarch64")]
        sets.push(Self::Neon);
        #[cfg(all(target_arch = "wasm32", not(feature = "relaxed-simd")))]
        sets.push(Self::Simd128);
        #[cfg(all(target_arch = "wasm32", feature = "relaxed-simd"))]
        sets.extend(match super::wasm::has_pairs() {
            true => [Self::RelaxedDot, Self::RelaxedPairs],
            false => [Self::RelaxedPairs, Self::RelaxedDot],
        });
        sets
    }

    /// The fastest set that this machine can run.
    pub fn best() -> Self {
        Self::available().pop().unwrap_or(Self::Scalar)
    }

    /// Short name for people, such as `avx2`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Scalar => "scalar",
            #[cfg(target_arch = "x86_64")]
            Self::Avx2 => "avx2",
            #[cfg(target_arch = "x86_64")]
            Self::Vnni => "avx512-vnni",
            #[cfg(target_arch = "aarch64")]
            Self::Neon => "neon",
            #[cfg(all(target_arch = "wasm32", not(feature = "relaxed-simd")))]
            Self::Simd128 => "simd128",
            #[cfg(all(target_arch = "wasm32", feature = "relaxed-simd"))]
            Self::RelaxedDot => "relaxed-simd dot",
            #[cfg(all(target_arch = "wasm32", feature = "relaxed-simd"))]
            Self::RelaxedPairs => "relaxed-simd pairs",
        }
    }
}

/// Work that is compiled once for each instruction set.
pub(super) trait Job {
    /// Does the work.
    ///
    /// # Safety
    ///
    /// The machine has the instructions that `L` uses.
    unsafe fn run<L: Lanes>(self);
}

/// Runs `job` on `isa`, or on the scalar set when the machine lacks it.
pub(super) fn run(isa: Isa, job: impl Job) {
    match isa {
        // SAFETY: plain Rust.
        Isa::Scalar => unsafe { job.run::<Scalar>() },
        // SAFETY: checked here, so a set chosen elsewhere cannot do harm.
        #[cfg(target_arch = "x86_64")]
        Isa::Avx2 if Isa::available().contains(&isa) => unsafe { avx2(job) },
        // SAFETY: likewise.
        #[cfg(target_arch = "x86_64")]
        Isa::Vnni if Isa::available().contains(&isa) => unsafe { vnni(job) },
        // SAFETY: NEON is baseline on AArch64.
        #[cfg(target_arch = "aarch64")]
        Isa::Neon => unsafe { job.run::<super::neon::Neon>() },
        // SAFETY: the module would not have compiled in an engine without it.
        #[cfg(all(target_arch = "wasm32", not(feature = "relaxed-simd")))]
        Isa::Simd128 => unsafe { job.run::<super::wasm::Plain>() },
        // SAFETY: likewise.
        #[cfg(all(target_arch = "wasm32", feature = "relaxed-simd"))]
        Isa::RelaxedDot => unsafe { relaxed::<super::wasm::Dot>(job) },
        // SAFETY: likewise.
        #[cfg(all(target_arch = "wasm32", feature = "relaxed-simd"))]
        Isa::RelaxedPairs => unsafe { relaxed::<super::wasm::Pairs>(job) },
        #[allow(unreachable_patterns)]
        // SAFETY: plain Rust.
        _ => unsafe { job.run::<Scalar>() },
    }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma,f16c")]
unsafe fn avx2(job: impl Job) {
    // SAFETY: the caller checked the features.
    unsafe { job.run::<super::x86::Avx2>() }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma,f16c,avx512vnni,avx512vl")]
unsafe fn vnni(job: impl Job) {
    // SAFETY: the caller checked the features.
    unsafe { job.run::<super::x86::Vnni>() }
}

#[cfg(all(target_arch = "wasm32", feature = "relaxed-simd"))]
#[target_feature(enable = "relaxed-simd")]
unsafe fn relaxed<L: Lanes>(job: impl Job) {
    // SAFETY: the module would not have compiled in an engine without it.
    unsafe { job.run::<L>() }
}
