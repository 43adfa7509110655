//! NEON: four rows in a 128-bit vector, sums in 16 bits until they are folded.

use core::arch::aarch64::*;

use super::lanes::Lanes;

/// Baseline AArch64.
pub(super) struct Neon;

/// f16 in the upper half of each lane to f32; see the WebAssembly shell.
#[inline(always)]
fn from_f16(upper: uint32x4_t) -> float32x4_t {
    // SAFETY: NEON is baseline on AArch64.
    unsafe {
        let shifted = vreinterpretq_u32_s32(vshrq_n_s32::<3>(vreinterpretq_s32_u32(upper)));
        let bits = vandq_u32(shifted, vdupq_n_u32(0x8fff_e000));
        vmulq_n_f32(vreinterpretq_f32_u32(bits), f32::from_bits(0x7780_0000))
    }
}

impl Lanes for Neon {
    const WIDTH: usize = 4;
    const TOGETHER: usize = 8;
    const HALVES: f32 = 1.0;
    type Bytes = int8x16_t;
    /// Products of rows 0 and 1, and of rows 2 and 3, four columns each.
    type Shorts = [int16x8_t; 2];
    type Ints = int32x4_t;
    type Floats = float32x4_t;

    #[inline(always)]
    unsafe fn load(words: *const u32) -> int8x16_t {
        // SAFETY: four readable words.
        unsafe { vld1q_s8(words.cast()) }
    }
    #[inline(always)]
    unsafe fn low(bytes: int8x16_t) -> int8x16_t {
        // SAFETY: NEON is baseline on AArch64.
        unsafe { vandq_s8(bytes, vdupq_n_s8(15)) }
    }
    #[inline(always)]
    unsafe fn high(bytes: int8x16_t) -> int8x16_t {
        // SAFETY: NEON is baseline on AArch64.
        unsafe { vreinterpretq_s8_u8(vshrq_n_u8::<4>(vreinterpretq_u8_s8(bytes))) }
    }
    #[inline(always)]
    unsafe fn broadcast(four: *const u32) -> int8x16_t {
        // SAFETY: a readable word.
        unsafe { vreinterpretq_s8_u32(vdupq_n_u32(*four)) }
    }
    #[inline(always)]
    unsafe fn no_shorts() -> [int16x8_t; 2] {
        // SAFETY: NEON is baseline on AArch64.
        unsafe { [vdupq_n_s16(0); 2] }
    }
    #[inline(always)]
    unsafe fn dot(sums: [int16x8_t; 2], weights: int8x16_t, activations: int8x16_t) -> [int16x8_t; 2] {
        // SAFETY: NEON is baseline on AArch64.
        unsafe {
            let four = vget_low_s8(activations);
            [vmlal_s8(sums[0], vget_low_s8(weights), four), vmlal_s8(sums[1], vget_high_s8(weights), four)]
        }
    }
    #[inline(always)]
    unsafe fn fold(sums: [int16x8_t; 2]) -> int32x4_t {
        // SAFETY: NEON is baseline on AArch64.
        unsafe { vpaddq_s32(vpaddlq_s16(sums[0]), vpaddlq_s16(sums[1])) }
    }
    #[inline(always)]
    unsafe fn add_ints(a: int32x4_t, b: int32x4_t) -> int32x4_t {
        // SAFETY: NEON is baseline on AArch64.
        unsafe { vaddq_s32(a, b) }
    }
    #[inline(always)]
    unsafe fn widen(high: int32x4_t, low: int32x4_t) -> float32x4_t {
        // SAFETY: NEON is baseline on AArch64.
        unsafe { vcvtq_f32_s32(vaddq_s32(vshlq_n_s32::<4>(high), low)) }
    }
    #[inline(always)]
    unsafe fn to_floats(sums: int32x4_t) -> float32x4_t {
        // SAFETY: NEON is baseline on AArch64.
        unsafe { vcvtq_f32_s32(sums) }
    }
    #[inline(always)]
    unsafe fn splat(value: f32) -> float32x4_t {
        // SAFETY: NEON is baseline on AArch64.
        unsafe { vdupq_n_f32(value) }
    }
    #[inline(always)]
    unsafe fn mul(a: float32x4_t, b: float32x4_t) -> float32x4_t {
        // SAFETY: NEON is baseline on AArch64.
        unsafe { vmulq_f32(a, b) }
    }
    #[inline(always)]
    unsafe fn mul_add(a: float32x4_t, b: float32x4_t, c: float32x4_t) -> float32x4_t {
        // SAFETY: NEON is baseline on AArch64.
        unsafe { vfmaq_f32(c, a, b) }
    }
    #[inline(always)]
    unsafe fn scales(words: *const u32) -> (float32x4_t, float32x4_t) {
        // SAFETY: four readable words.
        unsafe {
            let both = vld1q_u32(words);
            (from_f16(vshlq_n_u32::<16>(both)), from_f16(both))
        }
    }
    #[inline(always)]
    unsafe fn floats(from: *const f32) -> float32x4_t {
        // SAFETY: four readable floats.
        unsafe { vld1q_f32(from) }
    }
    #[inline(always)]
    unsafe fn halves(from: *const u16) -> float32x4_t {
        // SAFETY: four readable words.
        unsafe { from_f16(vshll_n_u16::<16>(vld1_u16(from))) }
    }
    #[inline(always)]
    unsafe fn store(out: *mut f32, values: float32x4_t) {
        // SAFETY: four writable floats.
        unsafe { vst1q_f32(out, values) }
    }
}
