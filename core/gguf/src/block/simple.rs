//! Blocks of 32 elements with one scale: Q4_0, Q4_1, Q5_0, Q5_1, Q8_0.
//!
//! The idea: `_0` types are symmetric, value = d * (q - zero); `_1` types are affine, value = d * q + m. Layouts,
//! little-endian, floats of 16 bits (ggml block formats):
//! ```text
//! Q4_0: d | 16 bytes: low nibble element i, high nibble element i + 16        zero = 8
//! Q4_1: d | m | 16 bytes as Q4_0
//! Q5_0: d | 32 bits: bit i is the fifth bit of element i | 16 bytes as Q4_0   zero = 16
//! Q5_1: d | m | 32 bits and 16 bytes as Q5_0
//! Q8_0: d | 32 signed bytes
//! ```
//! Quantizing rounds to nearest with the scale that the format's reference takes: the largest magnitude lands on the
//! end of the range that has one step more. It does not search for better scales.

use super::{f16_at, put_f16};

const LEN: usize = 32;
const HALF: usize = LEN / 2;

pub(super) fn unpack_q4_0(bytes: &[u8], out: &mut [f32]) {
    let d = f16_at(bytes, 0);
    for (i, q) in nibbles(&bytes[2..]) {
        out[i] = d * (f32::from(q) - 8.0);
    }
}

pub(super) fn unpack_q4_1(bytes: &[u8], out: &mut [f32]) {
    let (d, m) = (f16_at(bytes, 0), f16_at(bytes, 2));
    for (i, q) in nibbles(&bytes[4..]) {
        out[i] = d * f32::from(q) + m;
    }
}

pub(super) fn unpack_q5_0(bytes: &[u8], out: &mut [f32]) {
    let d = f16_at(bytes, 0);
    let fifth = fifth_bits(&bytes[2..]);
    for (i, q) in nibbles(&bytes[6..]) {
        out[i] = d * (f32::from(q | fifth(i)) - 16.0);
    }
}

pub(super) fn unpack_q5_1(bytes: &[u8], out: &mut [f32]) {
    let (d, m) = (f16_at(bytes, 0), f16_at(bytes, 2));
    let fifth = fifth_bits(&bytes[4..]);
    for (i, q) in nibbles(&bytes[8..]) {
        out[i] = d * f32::from(q | fifth(i)) + m;
    }
}

pub(super) fn unpack_q8_0(bytes: &[u8], out: &mut [f32]) {
    let d = f16_at(bytes, 0);
    for (value, &q) in out.iter_mut().zip(&bytes[2..]) {
        *value = d * f32::from(q as i8);
    }
}

pub(super) fn pack_q4_0(values: &[f32], bytes: &mut [u8]) -> Option<()> {
    let q = symmetric(values, 8, bytes)?;
    put_nibbles(&q, &mut bytes[2..]);
    Some(())
}

pub(super) fn pack_q4_1(values: &[f32], bytes: &mut [u8]) -> Option<()> {
    let q = affine(values, 15, bytes)?;
    put_nibbles(&q, &mut bytes[4..]);
    Some(())
}

pub(super) fn pack_q5_0(values: &[f32], bytes: &mut [u8]) -> Option<()> {
    let q = symmetric(values, 16, bytes)?;
    put_fifth_bits(&q, &mut bytes[2..]);
    put_nibbles(&q, &mut bytes[6..]);
    Some(())
}

pub(super) fn pack_q5_1(values: &[f32], bytes: &mut [u8]) -> Option<()> {
    let q = affine(values, 31, bytes)?;
    put_fifth_bits(&q, &mut bytes[4..]);
    put_nibbles(&q, &mut bytes[8..]);
    Some(())
}

pub(super) fn pack_q8_0(values: &[f32], bytes: &mut [u8]) -> Option<()> {
    let largest = values.iter().fold(0.0f32, |m, v| m.max(v.abs()));
    let d = largest / 127.0;
    put_f16(bytes, 0, d)?;
    let inverse = inverse(d);
    for (byte, &v) in bytes[2..].iter_mut().zip(values) {
        *byte = (v * inverse).round() as i8 as u8;
    }
    Some(())
}

/// Elements of 4 bits with their places.
fn nibbles(bytes: &[u8]) -> impl Iterator<Item = (usize, u8)> {
    bytes.iter().take(HALF).enumerate().flat_map(|(i, &byte)| [(i, byte & 15), (i + HALF, byte >> 4)])
}

fn put_nibbles(q: &[u8; LEN], bytes: &mut [u8]) {
    for i in 0..HALF {
        bytes[i] = q[i] & 15 | (q[i + HALF] & 15) << 4;
    }
}

/// The fifth bit of each element, already in its place.
fn fifth_bits(bytes: &[u8]) -> impl Fn(usize) -> u8 {
    let bits = u32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]);
    move |i| ((bits >> i & 1) << 4) as u8
}

fn put_fifth_bits(q: &[u8; LEN], bytes: &mut [u8]) {
    let bits = (0..LEN).fold(0u32, |bits, i| bits | u32::from(q[i] >> 4 & 1) << i);
    bytes[..4].copy_from_slice(&bits.to_le_bytes());
}

/// Chooses d so that the value of the largest magnitude becomes -`zero`, stores it, and rounds.
fn symmetric(values: &[f32], zero: u8, bytes: &mut [u8]) -> Option<[u8; LEN]> {
    let extreme = values.iter().fold(0.0f32, |m, &v| if v.abs() > m.abs() { v } else { m });
    let d = -extreme / f32::from(zero);
    put_f16(bytes, 0, d)?;
    Some(round(values, 0.0, inverse(d), f64::from(zero) + 0.5, 2 * zero - 1))
}

/// Chooses d and m so that the smallest value becomes 0 and the largest `top`, stores them, and rounds.
fn affine(values: &[f32], top: u8, bytes: &mut [u8]) -> Option<[u8; LEN]> {
    let min = values.iter().fold(f32::INFINITY, |m, &v| m.min(v));
    let max = values.iter().fold(f32::NEG_INFINITY, |m, &v| m.max(v));
    let d = (max - min) / f32::from(top);
    put_f16(bytes, 0, d)?;
    put_f16(bytes, 2, min)?;
    Some(round(values, min, inverse(d), 0.5, top))
}

/// floor((v - m) / d + shift), kept within 0..=`top`. The sum is taken in f64, so that ties do not depend on whether
/// the machine fuses the multiplication into the addition.
fn round(values: &[f32], m: f32, inverse: f32, shift: f64, top: u8) -> [u8; LEN] {
    let mut q = [0; LEN];
    for (q, &v) in q.iter_mut().zip(values) {
        *q = ((f64::from(v - m) * f64::from(inverse) + shift) as u8).min(top);
    }
    q
}

/// 1 / d, 0 for a block of zeros.
fn inverse(d: f32) -> f32 {
    if d == 0.0 { 0.0 } else { 1.0 / d }
}
