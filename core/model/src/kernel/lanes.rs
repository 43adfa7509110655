//! What the kernels ask of an instruction set, and the scalar answer.
//!
//! The algorithms ([`super::gemm`], [`super::attention`]) are written once over
//! [`Lanes`]: some rows (or positions, or dimensions) side by side in one
//! vector. An instruction set is a thin shell that says how to load, multiply
//! and add them; [`Scalar`] says it in plain Rust and is the definition the
//! others are tested against.

/// Lanes of one vector.
///
/// Dot products of bytes are added up in two steps. [`dot`](Self::dot) adds to
/// [`Shorts`](Self::Shorts), which may hold only 16 bits a sum: x86 without
/// VNNI has no cheaper way. [`fold`](Self::fold) takes them to whole integers.
/// Between two folds, `dots * 2 * 127 * largest weight` must stay below 2^15,
/// which is eight dots of nibbles, four of 5-bit and two of 6-bit weights.
///
/// # Safety
///
/// Every method may use instructions that the caller has made sure the machine
/// has; pointers are readable (writable for `store`) for [`WIDTH`](Self::WIDTH)
/// elements.
pub(super) trait Lanes {
    /// Lanes of a vector: 8, or 4 where two vectors make eight.
    const WIDTH: usize;
    /// Tokens whose sums are under way at a time, 4 or 8: with eight sums beside the eight that a
    /// block adds to, sixteen registers are too few, and a compiler that keeps sums in memory has
    /// a quarter of the speed.
    const TOGETHER: usize;
    /// A power of two that [`halves`](Self::halves) still have to be multiplied by: whoever
    /// multiplies them anyway puts it into the other factor.
    const HALVES: f32;
    /// Four bytes a lane: four columns of each row.
    type Bytes: Copy;
    /// Unfolded integer sums, in whatever parts suit the instruction set.
    type Shorts: Copy;
    /// Integer sums, in whatever parts suit the instruction set.
    type Ints: Copy;
    /// A float a lane.
    type Floats: Copy;

    /// Loads four columns of each row.
    unsafe fn load(words: *const u32) -> Self::Bytes;
    /// The low nibble of each byte.
    unsafe fn low(bytes: Self::Bytes) -> Self::Bytes;
    /// The high nibble of each byte.
    unsafe fn high(bytes: Self::Bytes) -> Self::Bytes;
    /// Four activations (signed bytes within -127..=127) for all rows.
    unsafe fn broadcast(four: *const u32) -> Self::Bytes;
    /// No sum yet.
    unsafe fn no_shorts() -> Self::Shorts;
    /// `sums + dot4(weights, activations)`; see the trait for how many fit.
    unsafe fn dot(sums: Self::Shorts, weights: Self::Bytes, activations: Self::Bytes) -> Self::Shorts;
    /// Whole integers.
    unsafe fn fold(sums: Self::Shorts) -> Self::Ints;
    /// `a + b`.
    unsafe fn add_ints(a: Self::Ints, b: Self::Ints) -> Self::Ints;
    /// `16 * high + low`, one float a row.
    unsafe fn widen(high: Self::Ints, low: Self::Ints) -> Self::Floats;
    /// One float a row.
    unsafe fn to_floats(sums: Self::Ints) -> Self::Floats;
    /// The same float in all lanes.
    unsafe fn splat(value: f32) -> Self::Floats;
    /// `a * b`.
    unsafe fn mul(a: Self::Floats, b: Self::Floats) -> Self::Floats;
    /// `a * b + c`, fused or not.
    unsafe fn mul_add(a: Self::Floats, b: Self::Floats, c: Self::Floats) -> Self::Floats;
    /// Scales and offsets of the rows, from words `d | m << 16` of f16.
    unsafe fn scales(words: *const u32) -> (Self::Floats, Self::Floats);
    /// Reads floats.
    unsafe fn floats(from: *const f32) -> Self::Floats;
    /// Reads 16-bit floats, divided by [`HALVES`](Self::HALVES).
    unsafe fn halves(from: *const u16) -> Self::Floats;
    /// Writes floats.
    unsafe fn store(out: *mut f32, values: Self::Floats);
}

/// Plain Rust.
pub(super) struct Scalar;

impl Lanes for Scalar {
    const WIDTH: usize = 8;
    const TOGETHER: usize = 8;
    const HALVES: f32 = 1.0;
    type Bytes = [[u8; 4]; 8];
    type Shorts = [i32; 8];
    type Ints = [i32; 8];
    type Floats = [f32; 8];

    unsafe fn load(words: *const u32) -> Self::Bytes {
        // SAFETY: the caller gives eight readable words.
        core::array::from_fn(|r| unsafe { *words.add(r) }.to_le_bytes())
    }
    unsafe fn low(bytes: Self::Bytes) -> Self::Bytes {
        bytes.map(|four| four.map(|b| b & 15))
    }
    unsafe fn high(bytes: Self::Bytes) -> Self::Bytes {
        bytes.map(|four| four.map(|b| b >> 4))
    }
    unsafe fn broadcast(four: *const u32) -> Self::Bytes {
        // SAFETY: the caller gives a readable word.
        [unsafe { *four }.to_le_bytes(); 8]
    }
    unsafe fn no_shorts() -> Self::Shorts {
        [0; 8]
    }
    unsafe fn dot(sums: Self::Shorts, weights: Self::Bytes, activations: Self::Bytes) -> Self::Shorts {
        core::array::from_fn(|r| {
            (0..4).fold(sums[r], |sum, i| sum + i32::from(weights[r][i]) * i32::from(activations[r][i] as i8))
        })
    }
    unsafe fn fold(sums: Self::Shorts) -> Self::Ints {
        sums
    }
    unsafe fn add_ints(a: Self::Ints, b: Self::Ints) -> Self::Ints {
        core::array::from_fn(|r| a[r] + b[r])
    }
    unsafe fn widen(high: Self::Ints, low: Self::Ints) -> Self::Floats {
        core::array::from_fn(|r| (high[r] * 16 + low[r]) as f32)
    }
    unsafe fn to_floats(sums: Self::Ints) -> Self::Floats {
        sums.map(|sum| sum as f32)
    }
    unsafe fn splat(value: f32) -> Self::Floats {
        [value; 8]
    }
    unsafe fn mul(a: Self::Floats, b: Self::Floats) -> Self::Floats {
        core::array::from_fn(|r| a[r] * b[r])
    }
    unsafe fn mul_add(a: Self::Floats, b: Self::Floats, c: Self::Floats) -> Self::Floats {
        core::array::from_fn(|r| a[r] * b[r] + c[r])
    }
    unsafe fn scales(words: *const u32) -> (Self::Floats, Self::Floats) {
        let half = |r: usize, shift: u32| {
            // SAFETY: the caller gives eight readable words.
            half::f16::from_bits((unsafe { *words.add(r) } >> shift) as u16).to_f32()
        };
        (core::array::from_fn(|r| half(r, 0)), core::array::from_fn(|r| half(r, 16)))
    }
    unsafe fn floats(from: *const f32) -> Self::Floats {
        // SAFETY: the caller gives eight readable floats.
        unsafe { from.cast::<[f32; 8]>().read_unaligned() }
    }
    unsafe fn halves(from: *const u16) -> Self::Floats {
        // SAFETY: the caller gives eight readable words.
        unsafe { from.cast::<[u16; 8]>().read_unaligned() }.map(|bits| half::f16::from_bits(bits).to_f32())
    }
    unsafe fn store(out: *mut f32, values: Self::Floats) {
        // SAFETY: the caller gives eight writable floats.
        unsafe { out.cast::<[f32; 8]>().write_unaligned(values) }
    }
}
