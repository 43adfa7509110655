//! NEON: eight rows in two 128-bit vectors, each row's sum in two parts until the end of a block.

use core::arch::aarch64::*;

use super::lanes::Lanes;

/// Baseline AArch64.
pub(super) struct Neon;

/// f16 bits in each lane to f32; see the WebAssembly shell.
#[inline(always)]
fn from_f16(bits: uint32x4_t) -> float32x4_t {
    // SAFETY: NEON is baseline on AArch64.
    unsafe {
        let magnitude = vshlq_n_u32::<13>(vandq_u32(bits, vdupq_n_u32(0x7fff)));
        let sign = vshlq_n_u32::<16>(vandq_u32(bits, vdupq_n_u32(0x8000)));
        let scaled = vmulq_n_f32(vreinterpretq_f32_u32(magnitude), f32::from_bits(0x7780_0000));
        vreinterpretq_f32_u32(vorrq_u32(vreinterpretq_u32_f32(scaled), sign))
    }
}

impl Lanes for Neon {
    type Bytes = [int8x16_t; 2];
    /// `[rows 0-1, rows 2-3, rows 4-5, rows 6-7]`, two partial sums a row.
    type Ints = [int32x4_t; 4];
    type Floats = [float32x4_t; 2];

    #[inline(always)]
    unsafe fn load(words: *const u32) -> Self::Bytes {
        // SAFETY: eight readable words.
        unsafe { [vld1q_s8(words.cast()), vld1q_s8(words.add(4).cast())] }
    }
    #[inline(always)]
    unsafe fn low(bytes: Self::Bytes) -> Self::Bytes {
        // SAFETY: NEON is baseline on AArch64.
        bytes.map(|half| unsafe { vandq_s8(half, vdupq_n_s8(15)) })
    }
    #[inline(always)]
    unsafe fn high(bytes: Self::Bytes) -> Self::Bytes {
        // SAFETY: NEON is baseline on AArch64.
        bytes.map(|half| unsafe { vreinterpretq_s8_u8(vshrq_n_u8::<4>(vreinterpretq_u8_s8(half))) })
    }
    #[inline(always)]
    unsafe fn broadcast(four: *const u32) -> Self::Bytes {
        // SAFETY: a readable word.
        unsafe { [vreinterpretq_s8_u32(vdupq_n_u32(*four)); 2] }
    }
    #[inline(always)]
    unsafe fn no_ints() -> Self::Ints {
        // SAFETY: NEON is baseline on AArch64.
        unsafe { [vdupq_n_s32(0); 4] }
    }
    #[inline(always)]
    unsafe fn dot(sums: Self::Ints, weights: Self::Bytes, activations: Self::Bytes) -> Self::Ints {
        // SAFETY: NEON is baseline on AArch64.
        unsafe {
            let four = vget_low_s8(activations[0]);
            [
                vpadalq_s16(sums[0], vmull_s8(vget_low_s8(weights[0]), four)),
                vpadalq_s16(sums[1], vmull_s8(vget_high_s8(weights[0]), four)),
                vpadalq_s16(sums[2], vmull_s8(vget_low_s8(weights[1]), four)),
                vpadalq_s16(sums[3], vmull_s8(vget_high_s8(weights[1]), four)),
            ]
        }
    }
    #[inline(always)]
    unsafe fn widen(high: Self::Ints, low: Self::Ints) -> Self::Floats {
        // SAFETY: NEON is baseline on AArch64.
        unsafe {
            let join = |i: usize| {
                let high = vpaddq_s32(high[i], high[i + 1]);
                let low = vpaddq_s32(low[i], low[i + 1]);
                vcvtq_f32_s32(vaddq_s32(vshlq_n_s32::<4>(high), low))
            };
            [join(0), join(2)]
        }
    }
    #[inline(always)]
    unsafe fn to_floats(sums: Self::Ints) -> Self::Floats {
        // SAFETY: NEON is baseline on AArch64.
        unsafe { [vcvtq_f32_s32(vpaddq_s32(sums[0], sums[1])), vcvtq_f32_s32(vpaddq_s32(sums[2], sums[3]))] }
    }
    #[inline(always)]
    unsafe fn splat(value: f32) -> Self::Floats {
        // SAFETY: NEON is baseline on AArch64.
        unsafe { [vdupq_n_f32(value); 2] }
    }
    #[inline(always)]
    unsafe fn mul(a: Self::Floats, b: Self::Floats) -> Self::Floats {
        // SAFETY: NEON is baseline on AArch64.
        unsafe { [vmulq_f32(a[0], b[0]), vmulq_f32(a[1], b[1])] }
    }
    #[inline(always)]
    unsafe fn mul_add(a: Self::Floats, b: Self::Floats, c: Self::Floats) -> Self::Floats {
        // SAFETY: NEON is baseline on AArch64.
        unsafe { [vfmaq_f32(c[0], a[0], b[0]), vfmaq_f32(c[1], a[1], b[1])] }
    }
    #[inline(always)]
    unsafe fn scales(words: *const u32) -> (Self::Floats, Self::Floats) {
        // SAFETY: eight readable words.
        unsafe {
            let both = [vld1q_u32(words), vld1q_u32(words.add(4))];
            (both.map(|half| from_f16(half)), both.map(|half| from_f16(vshrq_n_u32::<16>(half))))
        }
    }
    #[inline(always)]
    unsafe fn store(out: *mut f32, values: Self::Floats) {
        // SAFETY: eight writable floats.
        unsafe {
            vst1q_f32(out, values[0]);
            vst1q_f32(out.add(4), values[1]);
        }
    }
}
