//! AVX2, and VNNI where the machine has it: eight rows in one 256-bit register.

use core::arch::x86_64::*;

use super::lanes::Lanes;

/// AVX2 with FMA and F16C.
pub(super) struct Avx2;

/// The same with the VNNI dot product of AVX-512 (256-bit form).
pub(super) struct Vnni;

/// The methods that both share.
macro_rules! shell {
    (
        $name:ident,
        together: $together:literal,
        dot: |$sums:ident, $weights:ident, $activations:ident| $dot:expr,
        fold: |$shorts:ident| $fold:expr
    ) => {
        impl Lanes for $name {
            const WIDTH: usize = 8;
            const TOGETHER: usize = $together;
            const HALVES: f32 = 1.0;
            type Bytes = __m256i;
            type Shorts = __m256i;
            type Ints = __m256i;
            type Floats = __m256;

            #[inline(always)]
            unsafe fn load(words: *const u32) -> __m256i {
                // SAFETY: eight readable words; the load is unaligned.
                unsafe { _mm256_loadu_si256(words.cast()) }
            }
            #[inline(always)]
            unsafe fn low(bytes: __m256i) -> __m256i {
                // SAFETY: the caller has AVX2.
                unsafe { _mm256_and_si256(bytes, _mm256_set1_epi8(15)) }
            }
            #[inline(always)]
            unsafe fn high(bytes: __m256i) -> __m256i {
                // SAFETY: the caller has AVX2.
                unsafe { _mm256_and_si256(_mm256_srli_epi16::<4>(bytes), _mm256_set1_epi8(15)) }
            }
            #[inline(always)]
            unsafe fn broadcast(four: *const u32) -> __m256i {
                // SAFETY: a readable word.
                unsafe { _mm256_set1_epi32(*four as i32) }
            }
            #[inline(always)]
            unsafe fn no_shorts() -> __m256i {
                // SAFETY: the caller has AVX2.
                unsafe { _mm256_setzero_si256() }
            }
            #[inline(always)]
            unsafe fn dot($sums: __m256i, $weights: __m256i, $activations: __m256i) -> __m256i {
                // SAFETY: the caller has the instructions.
                unsafe { $dot }
            }
            #[inline(always)]
            #[allow(unused_unsafe)] // one of the two has nothing to fold
            unsafe fn fold($shorts: __m256i) -> __m256i {
                // SAFETY: the caller has the instructions.
                unsafe { $fold }
            }
            #[inline(always)]
            unsafe fn add_ints(a: __m256i, b: __m256i) -> __m256i {
                // SAFETY: the caller has AVX2.
                unsafe { _mm256_add_epi32(a, b) }
            }
            #[inline(always)]
            unsafe fn widen(high: __m256i, low: __m256i) -> __m256 {
                // SAFETY: the caller has AVX2.
                unsafe { _mm256_cvtepi32_ps(_mm256_add_epi32(_mm256_slli_epi32::<4>(high), low)) }
            }
            #[inline(always)]
            unsafe fn to_floats(sums: __m256i) -> __m256 {
                // SAFETY: the caller has AVX2.
                unsafe { _mm256_cvtepi32_ps(sums) }
            }
            #[inline(always)]
            unsafe fn splat(value: f32) -> __m256 {
                // SAFETY: the caller has AVX2.
                unsafe { _mm256_set1_ps(value) }
            }
            #[inline(always)]
            unsafe fn mul(a: __m256, b: __m256) -> __m256 {
                // SAFETY: the caller has AVX2.
                unsafe { _mm256_mul_ps(a, b) }
            }
            #[inline(always)]
            unsafe fn mul_add(a: __m256, b: __m256, c: __m256) -> __m256 {
                // SAFETY: the caller has FMA.
                unsafe { _mm256_fmadd_ps(a, b, c) }
            }
            #[inline(always)]
            unsafe fn scales(words: *const u32) -> (__m256, __m256) {
                // SAFETY: eight readable words; the caller has F16C.
                unsafe {
                    let both = _mm256_loadu_si256(words.cast());
                    // Low halves of all words to the front, high halves behind.
                    let order = _mm256_setr_epi8(
                        0, 1, 4, 5, 8, 9, 12, 13, 2, 3, 6, 7, 10, 11, 14, 15, 0, 1, 4, 5, 8, 9, 12, 13, 2, 3,
                        6, 7, 10, 11, 14, 15,
                    );
                    let split = _mm256_permute4x64_epi64::<0b11_01_10_00>(_mm256_shuffle_epi8(both, order));
                    (
                        _mm256_cvtph_ps(_mm256_castsi256_si128(split)),
                        _mm256_cvtph_ps(_mm256_extracti128_si256::<1>(split)),
                    )
                }
            }
            #[inline(always)]
            unsafe fn floats(from: *const f32) -> __m256 {
                // SAFETY: eight readable floats; the load is unaligned.
                unsafe { _mm256_loadu_ps(from) }
            }
            #[inline(always)]
            unsafe fn halves(from: *const u16) -> __m256 {
                // SAFETY: eight readable words; the caller has F16C.
                unsafe { _mm256_cvtph_ps(_mm_loadu_si128(from.cast())) }
            }
            #[inline(always)]
            unsafe fn store(out: *mut f32, values: __m256) {
                // SAFETY: eight writable floats; the store is unaligned.
                unsafe { _mm256_storeu_ps(out, values) }
            }
        }
    };
}

// Pairs of products stay in 16 bits, one instruction and an addition a dot.
shell!(
    Avx2,
    together: 4,
    dot: |sums, weights, activations| _mm256_add_epi16(sums, _mm256_maddubs_epi16(weights, activations)),
    fold: |shorts| _mm256_madd_epi16(shorts, _mm256_set1_epi16(1))
);
shell!(
    Vnni,
    together: 8, // of 32 registers
    dot: |sums, weights, activations| _mm256_dpbusd_epi32(sums, weights, activations),
    fold: |shorts| shorts
);
