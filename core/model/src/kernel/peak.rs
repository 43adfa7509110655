//! What the machine can do at most, by the two loops that kernels are made of.
//!
//! A kernel's figures mean something beside these: a product that reads its
//! weights from memory cannot beat the copy, one that has them near cannot beat
//! the bare dot products.

use super::isa::{Job, run};
use super::lanes::Lanes;
use super::thread_pool::Cpu;

/// Words that are read again and again: they stay in the first-level cache.
const NEAR: usize = 1024;
/// Passes over them in one call.
const PASSES: usize = 256;

/// Multiply-accumulates of one call of [`dots`].
pub fn dot_macs() -> u64 {
    (NEAR * 4 * PASSES) as u64
}

/// Dot products of bytes that are near, eight sums side by side, and nothing else, on one thread.
///
/// The result is of no use but to keep the loop.
pub fn dots(cpu: &Cpu) -> f32 {
    struct Dots<'a>(&'a [u32; NEAR], &'a mut f32);
    impl Job for Dots<'_> {
        #[inline(always)]
        unsafe fn run<L: Lanes>(self) {
            let start = self.0.as_ptr();
            // SAFETY: the caller's promise about instructions is passed on;
            // every load is of `WIDTH` words of the array.
            unsafe {
                let one = L::broadcast(start);
                let mut total = L::splat(0.0);
                for _ in 0..PASSES {
                    for block in (0..NEAR).step_by(8 * L::WIDTH) {
                        let mut sums = [L::no_shorts(); 8];
                        for (i, sums) in sums.iter_mut().enumerate() {
                            *sums = L::dot(*sums, L::load(start.add(block + i * L::WIDTH)), one);
                        }
                        let mut folded = L::fold(sums[0]);
                        for &sums in &sums[1..] {
                            folded = L::add_ints(folded, L::fold(sums));
                        }
                        total = L::mul_add(L::to_floats(folded), L::splat(1e-3), total);
                    }
                }
                let mut out = [0.0; 8];
                L::store(out.as_mut_ptr(), total);
                *self.1 = out.iter().sum();
            }
        }
    }
    let near: [u32; NEAR] = core::array::from_fn(|i| (i as u32).wrapping_mul(0x0101_0101) & 0x0f0f_0f0f);
    let mut out = 0.0;
    run(cpu.isa, Dots(core::hint::black_box(&near), &mut out));
    out
}
