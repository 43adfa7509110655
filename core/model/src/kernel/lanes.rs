//! What a matrix product asks of an instruction set, and the scalar answer.
//!
//! One algorithm ([`super::gemm`]) is written over [`Lanes`]: eight rows side
//! by side. An instruction set is a thin shell that says how to load, multiply
//! and add eight lanes; [`Scalar`] says it in plain Rust and is the definition
//! the others are tested against.

/// Eight rows side by side.
///
/// # Safety
///
/// Every method may use instructions that the caller has made sure the machine
/// has; pointers are readable (writable for `store`) for eight words.
pub(super) trait Lanes {
    /// Thirty-two bytes: four columns of eight rows.
    type Bytes: Copy;
    /// Integer sums of eight rows; a shell may keep them in more than eight parts.
    type Ints: Copy;
    /// A float for each of eight rows.
    type Floats: Copy;

    /// Loads four columns of eight rows.
    unsafe fn load(words: *const u32) -> Self::Bytes;
    /// The low nibble of each byte.
    unsafe fn low(bytes: Self::Bytes) -> Self::Bytes;
    /// The high nibble of each byte.
    unsafe fn high(bytes: Self::Bytes) -> Self::Bytes;
    /// Four activations (signed bytes) for all eight rows.
    unsafe fn broadcast(four: *const u32) -> Self::Bytes;
    /// No sum yet.
    unsafe fn no_ints() -> Self::Ints;
    /// `sums + dot4(weights, activations)`; weights are at most 127.
    unsafe fn dot(sums: Self::Ints, weights: Self::Bytes, activations: Self::Bytes) -> Self::Ints;
    /// `16 * high + low`, one float a row.
    unsafe fn widen(high: Self::Ints, low: Self::Ints) -> Self::Floats;
    /// One float a row.
    unsafe fn to_floats(sums: Self::Ints) -> Self::Floats;
    /// The same float for all rows.
    unsafe fn splat(value: f32) -> Self::Floats;
    /// `a * b`.
    unsafe fn mul(a: Self::Floats, b: Self::Floats) -> Self::Floats;
    /// `a * b + c`, fused or not.
    unsafe fn mul_add(a: Self::Floats, b: Self::Floats, c: Self::Floats) -> Self::Floats;
    /// Scales and offsets of eight rows, from words `d | m << 16` of f16.
    unsafe fn scales(words: *const u32) -> (Self::Floats, Self::Floats);
    /// Writes eight floats.
    unsafe fn store(out: *mut f32, values: Self::Floats);
}

/// Plain Rust.
pub(super) struct Scalar;

impl Lanes for Scalar {
    type Bytes = [[u8; 4]; 8];
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
    unsafe fn no_ints() -> Self::Ints {
        [0; 8]
    }
    unsafe fn dot(sums: Self::Ints, weights: Self::Bytes, activations: Self::Bytes) -> Self::Ints {
        core::array::from_fn(|r| {
            (0..4).fold(sums[r], |sum, i| sum + i32::from(weights[r][i]) * i32::from(activations[r][i] as i8))
        })
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
    unsafe fn store(out: *mut f32, values: Self::Floats) {
        // SAFETY: the caller gives eight writable floats.
        unsafe { out.cast::<[f32; 8]>().write_unaligned(values) }
    }
}
