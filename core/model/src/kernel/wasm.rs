//! WebAssembly: eight rows in two 128-bit vectors.
//!
//! With the feature `relaxed-simd` the dot product is one instruction
//! (`i32x4.relaxed_dot_i8x16_i7x16_add_s`, native speed on every current
//! CPU). Without it, products are widened to 16 bits and each row's sum stays in
//! two parts until the end of a block.

use core::arch::wasm32::*;

use super::lanes::Lanes;

/// Which dot product was compiled in; a browser gets the build it can run.
pub(super) struct Simd128;

/// Both halves of eight rows.
type Pair = [v128; 2];

/// f16 in the low bits of each lane to f32, subnormals included: the exponent
/// is rebased by one exact multiplication.
#[inline(always)]
fn from_f16(bits: v128) -> v128 {
    let magnitude = u32x4_shl(v128_and(bits, u32x4_splat(0x7fff)), 13);
    let sign = u32x4_shl(v128_and(bits, u32x4_splat(0x8000)), 16);
    v128_or(f32x4_mul(magnitude, f32x4_splat(f32::from_bits(0x7780_0000))), sign)
}

impl Lanes for Simd128 {
    type Bytes = Pair;
    #[cfg(feature = "relaxed-simd")]
    type Ints = Pair;
    /// `[rows 0-1, rows 2-3, rows 4-5, rows 6-7]`, two partial sums a row.
    #[cfg(not(feature = "relaxed-simd"))]
    type Ints = [v128; 4];
    type Floats = Pair;

    #[inline(always)]
    unsafe fn load(words: *const u32) -> Pair {
        // SAFETY: eight readable words; wasm loads need no alignment.
        unsafe { [v128_load(words.cast()), v128_load(words.add(4).cast())] }
    }
    #[inline(always)]
    unsafe fn low(bytes: Pair) -> Pair {
        bytes.map(|half| v128_and(half, u8x16_splat(15)))
    }
    #[inline(always)]
    unsafe fn high(bytes: Pair) -> Pair {
        // A 32-bit shift and a mask: x86 has no byte shift.
        bytes.map(|half| v128_and(u32x4_shr(half, 4), u8x16_splat(15)))
    }
    #[inline(always)]
    unsafe fn broadcast(four: *const u32) -> Pair {
        // SAFETY: a readable word.
        [unsafe { v128_load32_splat(four) }; 2]
    }
    #[cfg(feature = "relaxed-simd")]
    #[inline(always)]
    unsafe fn no_ints() -> Pair {
        [i32x4_splat(0); 2]
    }
    #[cfg(not(feature = "relaxed-simd"))]
    #[inline(always)]
    unsafe fn no_ints() -> [v128; 4] {
        [i32x4_splat(0); 4]
    }
    #[cfg(feature = "relaxed-simd")]
    #[inline(always)]
    unsafe fn dot(sums: Pair, weights: Pair, activations: Pair) -> Pair {
        // SAFETY: compiled only into the build for engines with relaxed SIMD.
        unsafe {
            [
                relaxed_dot(activations[0], weights[0], sums[0]),
                relaxed_dot(activations[1], weights[1], sums[1]),
            ]
        }
    }
    #[cfg(not(feature = "relaxed-simd"))]
    #[inline(always)]
    unsafe fn dot(sums: [v128; 4], weights: Pair, activations: Pair) -> [v128; 4] {
        let low = i16x8_extend_low_i8x16(activations[0]);
        core::array::from_fn(|i| {
            let half = weights[i / 2];
            let wide = if i % 2 == 0 { i16x8_extend_low_i8x16(half) } else { i16x8_extend_high_i8x16(half) };
            // The broadcast repeats four bytes, so its low and high halves are alike.
            i32x4_add(sums[i], i32x4_dot_i16x8(wide, low))
        })
    }
    #[inline(always)]
    unsafe fn widen(high: Self::Ints, low: Self::Ints) -> Pair {
        let (high, low) = (rows(high), rows(low));
        core::array::from_fn(|i| f32x4_convert_i32x4(i32x4_add(i32x4_shl(high[i], 4), low[i])))
    }
    #[inline(always)]
    unsafe fn to_floats(sums: Self::Ints) -> Pair {
        rows(sums).map(|half| f32x4_convert_i32x4(half))
    }
    #[inline(always)]
    unsafe fn splat(value: f32) -> Pair {
        [f32x4_splat(value); 2]
    }
    #[inline(always)]
    unsafe fn mul(a: Pair, b: Pair) -> Pair {
        [f32x4_mul(a[0], b[0]), f32x4_mul(a[1], b[1])]
    }
    #[inline(always)]
    unsafe fn mul_add(a: Pair, b: Pair, c: Pair) -> Pair {
        // SAFETY: as for `dot`.
        unsafe { [multiply_add(a[0], b[0], c[0]), multiply_add(a[1], b[1], c[1])] }
    }
    #[inline(always)]
    unsafe fn scales(words: *const u32) -> (Pair, Pair) {
        // SAFETY: eight readable words.
        let both = unsafe { Self::load(words) };
        (both.map(from_f16), both.map(|half| from_f16(u32x4_shr(half, 16))))
    }
    #[inline(always)]
    unsafe fn store(out: *mut f32, values: Pair) {
        // SAFETY: eight writable floats.
        unsafe {
            v128_store(out.cast(), values[0]);
            v128_store(out.add(4).cast(), values[1]);
        }
    }
}

/// `sums + dot4(signed, small)`, where `small` is within 0..=127.
///
/// # Safety
///
/// The engine has relaxed SIMD.
#[cfg(feature = "relaxed-simd")]
#[inline]
#[target_feature(enable = "relaxed-simd")]
unsafe fn relaxed_dot(signed: v128, small: v128, sums: v128) -> v128 {
    i32x4_relaxed_dot_i8x16_i7x16_add(signed, small, sums)
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

/// Whole sums of rows 0..4 and 4..8.
#[cfg(feature = "relaxed-simd")]
#[inline(always)]
fn rows(sums: Pair) -> Pair {
    sums
}

/// Whole sums of rows 0..4 and 4..8, from two parts a row.
#[cfg(not(feature = "relaxed-simd"))]
#[inline(always)]
fn rows(sums: [v128; 4]) -> Pair {
    let join = |a, b| i32x4_add(i32x4_shuffle::<0, 2, 4, 6>(a, b), i32x4_shuffle::<1, 3, 5, 7>(a, b));
    [join(sums[0], sums[1]), join(sums[2], sums[3])]
}
