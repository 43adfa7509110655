//! CPU kernels: the four operations of a transformer on packed weights.
//!
//! [`linear`], [`attend`], [`embed`] and [`predict`] are written once over
//! `lanes::Lanes` and run on the best instruction set that the machine
//! reports ([`Isa::best`]); [`Isa::Scalar`] is the definition that the others
//! are tested against. Work is shared out among the threads that a caller
//! has join ([`ThreadPool`]). Nothing here allocates beyond its scratch, spawns a thread
//! or knows burn: slices in, slices out.
//!
//! This is the only module with `unsafe`: SIMD intrinsics, and pointers inside
//! one tile of weights.
#![allow(unsafe_code)]

mod activations;
mod attention;
mod gemm;
mod isa;
mod lanes;
mod linear;
mod math;
#[cfg(target_arch = "aarch64")]
mod neon;
pub mod pack;
pub mod peak;
mod thread_pool;
#[cfg(target_arch = "wasm32")]
mod wasm;
#[cfg(target_arch = "x86_64")]
mod x86;

pub use attention::{Attention, Rope, attend, cache_positions};
pub use isa::Isa;
pub use linear::{Linear, Prologue, Segment, Segments, embed, linear};
pub use math::predict;
pub use thread_pool::{Cpu, ThreadPool};
