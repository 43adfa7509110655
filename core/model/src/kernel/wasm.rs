//! WebAssembly: four rows in a 128-bit vector.
//!
//! Three ways to a dot product, fastest where the comment says:
//!
//! - [`Dot`]: `i32x4.relaxed_dot_i8x16_i7x16_add_s`, one instruction on ARM
//!   (`sdot`) and on x86 with AVX-VNNI (`vpdpbusd`).
//! - [`Pairs`]: `i16x8.relaxed_dot_i8x16_i7x16_s`, one instruction on any x86
//!   (`pmaddubsw`), where the former is five. Sums stay in 16 bits over a block.
//! - [`Plain`]: products widened to 16 bits, for engines without relaxed SIMD.
//!
//! The first two are in one build; [`has_pairs`] tells them apart.

use core::arch::wasm32::*;

use super::lanes::Lanes;

/// 2^112: what lies between the exponents of f16 and f32.
const REBASE: f32 = f32::from_bits(0x7780_0000);

/// The bits of an f16, with its sign repeated above and 13 bits to the left of the
/// lane's end, where f32 has them: its value divided by [`REBASE`], subnormals included.
#[inline(always)]
fn f16_bits(shifted: v128) -> v128 {
    v128_and(shifted, u32x4_splat(0x8fff_e000))
}

/// The same as its value; the multiplication is exact.
#[inline(always)]
fn from_f16(shifted: v128) -> v128 {
    f32x4_mul(f16_bits(shifted), f32x4_splat(REBASE))
}

/// The methods that all three share.
macro_rules! shell {
    ($name:ident, $doc:literal, shorts: $shorts:ty, $rest:tt) => {
        #[doc = $doc]
        pub(super) struct $name;

        impl Lanes for $name {
            const WIDTH: usize = 4;
            const TOGETHER: usize = 8;
            const HALVES: f32 = REBASE;
            type Bytes = v128;
            type Shorts = $shorts;
            type Ints = v128;
            type Floats = v128;

            #[inline(always)]
            unsafe fn load(words: *const u32) -> v128 {
                // SAFETY: four readable words; wasm loads need no alignment.
                unsafe { v128_load(words.cast()) }
            }
            #[inline(always)]
            unsafe fn low(bytes: v128) -> v128 {
                v128_and(bytes, u8x16_splat(15))
            }
            #[inline(always)]
            unsafe fn high(bytes: v128) -> v128 {
                // A wider shift and a mask: x86 has no byte shift.
                v128_and(u16x8_shr(bytes, 4), u8x16_splat(15))
            }
            #[inline(always)]
            unsafe fn broadcast(four: *const u32) -> v128 {
                // SAFETY: a readable word.
                unsafe { v128_load32_splat(four) }
            }
            #[inline(always)]
            unsafe fn add_ints(a: v128, b: v128) -> v128 {
                i32x4_add(a, b)
            }
            #[inline(always)]
            unsafe fn widen(high: v128, low: v128) -> v128 {
                f32x4_convert_i32x4(i32x4_add(i32x4_shl(high, 4), low))
            }
            #[inline(always)]
            unsafe fn to_floats(sums: v128) -> v128 {
                f32x4_convert_i32x4(sums)
            }
            #[inline(always)]
            unsafe fn splat(value: f32) -> v128 {
                f32x4_splat(value)
            }
            #[inline(always)]
            unsafe fn mul(a: v128, b: v128) -> v128 {
                f32x4_mul(a, b)
            }
            #[inline(always)]
            unsafe fn mul_add(a: v128, b: v128, c: v128) -> v128 {
                // SAFETY: compiled with relaxed SIMD only into the build for engines that have it.
                unsafe { multiply_add(a, b, c) }
            }
            #[inline(always)]
            unsafe fn scales(words: *const u32) -> (v128, v128) {
                // SAFETY: four readable words.
                let both = unsafe { v128_load(words.cast()) };
                (from_f16(i32x4_shr(i32x4_shl(both, 16), 3)), from_f16(i32x4_shr(both, 3)))
            }
            #[inline(always)]
            unsafe fn floats(from: *const f32) -> v128 {
                // SAFETY: four readable floats.
                unsafe { v128_load(from.cast()) }
            }
            #[inline(always)]
            unsafe fn halves(from: *const u16) -> v128 {
                // SAFETY: four readable words.
                f16_bits(i32x4_shl(unsafe { i32x4_load_extend_i16x4(from.cast()) }, 13))
            }
            #[inline(always)]
            unsafe fn store(out: *mut f32, values: v128) {
                // SAFETY: four writable floats.
                unsafe { v128_store(out.cast(), values) }
            }
            shell!(@dots $rest);
        }
    };
    (@dots { $($rest:item)* }) => { $($rest)* };
}

#[cfg(feature = "relaxed-simd")]
shell!(Dot, "Relaxed SIMD where its 32-bit dot product is one instruction.", shorts: v128, {
    #[inline(always)]
    unsafe fn no_shorts() -> v128 {
        i32x4_splat(0)
    }
    #[inline(always)]
    unsafe fn dot(sums: v128, weights: v128, activations: v128) -> v128 {
        // SAFETY: compiled only into the build for engines with relaxed SIMD.
        unsafe { dot_and_add(activations, weights, sums) }
    }
    #[inline(always)]
    unsafe fn fold(sums: v128) -> v128 {
        sums
    }
});

#[cfg(feature = "relaxed-simd")]
shell!(Pairs, "Relaxed SIMD on x86 without AVX-VNNI: sums of pairs in 16 bits.", shorts: v128, {
    #[inline(always)]
    unsafe fn no_shorts() -> v128 {
        i16x8_splat(0)
    }
    #[inline(always)]
    unsafe fn dot(sums: v128, weights: v128, activations: v128) -> v128 {
        // SAFETY: compiled only into the build for engines with relaxed SIMD.
        i16x8_add(sums, unsafe { dot_pairs(activations, weights) })
    }
    #[inline(always)]
    unsafe fn fold(sums: v128) -> v128 {
        i32x4_extadd_pairwise_i16x8(sums)
    }
});

#[cfg(not(feature = "relaxed-simd"))]
shell!(Plain, "SIMD without relaxed SIMD: two parts of each row's sum.", shorts: [v128; 2], {
    #[inline(always)]
    unsafe fn no_shorts() -> [v128; 2] {
        [i32x4_splat(0); 2]
    }
    #[inline(always)]
    unsafe fn dot(sums: [v128; 2], weights: v128, activations: v128) -> [v128; 2] {
        // A broadcast repeats four bytes, so its low and high halves are alike.
        let four = i16x8_extend_low_i8x16(activations);
        [
            i32x4_add(sums[0], i32x4_dot_i16x8(i16x8_extend_low_i8x16(weights), four)),
            i32x4_add(sums[1], i32x4_dot_i16x8(i16x8_extend_high_i8x16(weights), four)),
        ]
    }
    #[inline(always)]
    unsafe fn fold(sums: [v128; 2]) -> v128 {
        let (a, b) = (sums[0], sums[1]);
        i32x4_add(i32x4_shuffle::<0, 2, 4, 6>(a, b), i32x4_shuffle::<1, 3, 5, 7>(a, b))
    }
});

/// `sums + dot4(signed, small)`, where `small` is within 0..=127.
///
/// # Safety
///
/// The engine has relaxed SIMD.
#[cfg(feature = "relaxed-simd")]
#[inline]
#[target_feature(enable = "relaxed-simd")]
unsafe fn dot_and_add(signed: v128, small: v128, sums: v128) -> v128 {
    i32x4_relaxed_dot_i8x16_i7x16_add(signed, small, sums)
}

/// `dot2(signed, small)` in 16 bits, where `small` is within 0..=127.
///
/// # Safety
///
/// The engine has relaxed SIMD.
#[cfg(feature = "relaxed-simd")]
#[inline]
#[target_feature(enable = "relaxed-simd")]
unsafe fn dot_pairs(signed: v128, small: v128) -> v128 {
    i16x8_relaxed_dot_i8x16_i7x16(signed, small)
}

/// Whether [`Pairs`] is the faster of the two, that is, whether the engine
/// makes the 32-bit dot product of `pmaddubsw`.
///
/// The specification leaves open what happens to a second operand outside
/// 0..=127, and each instruction does its own: `sdot` takes 255 as -1,
/// `vpdpbusd` as 255, and only `pmaddubsw` saturates at 16 bits.
#[cfg(feature = "relaxed-simd")]
pub(super) fn has_pairs() -> bool {
    // Hidden from the optimiser, which might compute it by its own rules.
    let (signed, large) = core::hint::black_box((i8x16_splat(127), u8x16_splat(255)));
    // SAFETY: this build runs in engines with relaxed SIMD.
    let sums = unsafe { dot_and_add(signed, large, i32x4_splat(0)) };
    i32x4_extract_lane::<0>(sums) == 2 * i32::from(i16::MAX)
}

/// `a * b + c`, fused where that is faster.
///
/// # Safety
///
/// The engine has relaxed SIMD.
#[cfg(feature = "relaxed-simd")]
#[inline]
#[target_feature(enable = "relaxed-simd")]
unsafe fn multiply_add(a: v128, b: v128, c: v128) -> v128 {
    f32x4_relaxed_madd(a, b, c)
}

/// `a * b + c`.
///
/// # Safety
///
/// None asked; the signature is that of the relaxed build.
#[cfg(not(feature = "relaxed-simd"))]
#[inline(always)]
unsafe fn multiply_add(a: v128, b: v128, c: v128) -> v128 {
    f32x4_add(f32x4_mul(a, b), c)
}
