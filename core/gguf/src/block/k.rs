//! Super-blocks of 256 elements with scales of their own: Q4_K, Q5_K, Q6_K.
//!
//! The idea: a super-block has groups, each with a small integer scale in units of the block's 16-bit float d.
//! Q4_K and Q5_K are affine, 8 groups of 32: value = d * scale * q - dmin * minimum, scale and minimum of 6 bits.
//! Q6_K is symmetric, 16 groups of 16: value = d * scale * (q - 32), scale a signed byte. Layouts (ggml):
//! ```text
//! Q4_K: d | dmin | 12 bytes of scales and minima | 128 bytes: group pair p has bytes 32p.., low nibbles the even group
//! Q5_K: d | dmin | 12 bytes | 32 bytes: bit g of byte i is the fifth bit of element i of group g | 128 bytes as Q4_K
//! Q6_K: 128 bytes low nibbles | 64 bytes upper bit pairs | 16 signed scales | d
//! ```
//! Quantizing searches: for each group several float scales are tried and refitted by least squares, then the
//! integer scales next to the best are compared by the squared error that the block will really have. It weighs all
//! elements alike and does not search d itself.

use super::{f16_at, put_f16};

const LEN: usize = 256;
const GROUPS: usize = 8;
const GROUP: usize = LEN / GROUPS;
const Q6_GROUPS: usize = 16;
const Q6_GROUP: usize = LEN / Q6_GROUPS;
/// Float scales tried on either side of the plain one.
const TRIES: i32 = 8;

pub(super) fn unpack_q4_k(bytes: &[u8], out: &mut [f32]) {
    unpack_affine(bytes, out, |_, _| 0, &bytes[16..]);
}

pub(super) fn unpack_q5_k(bytes: &[u8], out: &mut [f32]) {
    unpack_affine(bytes, out, |g, i| (bytes[16 + i] >> g & 1) << 4, &bytes[48..]);
}

fn unpack_affine(bytes: &[u8], out: &mut [f32], fifth: impl Fn(usize, usize) -> u8, low: &[u8]) {
    let (d, dmin) = (f16_at(bytes, 0), f16_at(bytes, 2));
    for (g, values) in out.chunks_exact_mut(GROUP).enumerate() {
        let (scale, min) = six_bits(&bytes[4..16], g);
        let (d, m) = (d * f32::from(scale), dmin * f32::from(min));
        for (i, value) in values.iter_mut().enumerate() {
            let nibble = low[g / 2 * GROUP + i] >> (g % 2 * 4) & 15;
            *value = d * f32::from(nibble | fifth(g, i)) - m;
        }
    }
}

pub(super) fn unpack_q6_k(bytes: &[u8], out: &mut [f32]) {
    let d = f16_at(bytes, 208);
    for (e, value) in out.iter_mut().enumerate() {
        let at = SixBits::of(e);
        let q = bytes[at.low] >> at.low_shift & 15 | (bytes[at.high] >> at.high_shift & 3) << 4;
        let scale = f32::from(bytes[192 + e / Q6_GROUP] as i8);
        *value = d * scale * (f32::from(q) - 32.0);
    }
}

/// Where the parts of a Q6_K element lie.
struct SixBits {
    low: usize,
    low_shift: usize,
    high: usize,
    high_shift: usize,
}

impl SixBits {
    fn of(element: usize) -> Self {
        // Each half of 128 has four quarters of 32: nibbles of quarters 0 and 2 share bytes, as do 1 and 3; the bit
        // pairs of all four share bytes.
        let (half, quarter, i) = (element / 128, element / 32 % 4, element % 32);
        Self {
            low: half * 64 + quarter % 2 * 32 + i,
            low_shift: quarter / 2 * 4,
            high: 128 + half * 32 + i,
            high_shift: quarter * 2,
        }
    }
}

/// Scale and minimum of group `g`, 6 bits each. The first four groups' lie plainly in the low bits of bytes 0..8,
/// whose top bits hold the upper bits of the other four.
fn six_bits(packed: &[u8], g: usize) -> (u8, u8) {
    if g < 4 {
        (packed[g] & 63, packed[g + 4] & 63)
    } else {
        (packed[g + 4] & 15 | packed[g - 4] >> 6 << 4, packed[g + 4] >> 4 | packed[g] >> 6 << 4)
    }
}

fn put_six_bits(packed: &mut [u8], g: usize, scale: u8, min: u8) {
    if g < 4 {
        packed[g] |= scale;
        packed[g + 4] |= min;
    } else {
        packed[g + 4] = scale & 15 | (min & 15) << 4;
        packed[g - 4] |= scale >> 4 << 6;
        packed[g] |= min >> 4 << 6;
    }
}

pub(super) fn pack_q4_k(values: &[f32], bytes: &mut [u8]) -> Option<()> {
    let q = pack_affine(values, 15, bytes)?;
    put_low(&q, &mut bytes[16..]);
    Some(())
}

pub(super) fn pack_q5_k(values: &[f32], bytes: &mut [u8]) -> Option<()> {
    let q = pack_affine(values, 31, bytes)?;
    for (e, q) in q.iter().enumerate() {
        bytes[16 + e % GROUP] |= q >> 4 << (e / GROUP);
    }
    put_low(&q, &mut bytes[48..]);
    Some(())
}

fn put_low(q: &[u8; LEN], low: &mut [u8]) {
    for (e, q) in q.iter().enumerate() {
        let (g, i) = (e / GROUP, e % GROUP);
        low[g / 2 * GROUP + i] |= (q & 15) << (g % 2 * 4);
    }
}

/// Stores d, dmin, scales and minima into zeroed bytes and gives the elements, 0..=`top`.
fn pack_affine(values: &[f32], top: u8, bytes: &mut [u8]) -> Option<[u8; LEN]> {
    let groups = || values.chunks_exact(GROUP);
    let fits: Vec<Affine> = groups().map(|group| fit_affine(group, top)).collect();
    let largest = |part: fn(&Affine) -> f32| fits.iter().map(part).fold(0.0, f32::max);
    put_f16(bytes, 0, largest(|fit| fit.scale) / 63.0)?;
    put_f16(bytes, 2, largest(|fit| fit.min) / 63.0)?;
    let (d, dmin) = (f16_at(bytes, 0), f16_at(bytes, 2));

    let mut q = [0; LEN];
    for (g, (group, fit)) in groups().zip(&fits).enumerate() {
        let mut best = (f32::INFINITY, 0, 0);
        for scale in near(fit.scale, d, 0, 63) {
            for min in near(fit.min, dmin, 0, 63) {
                let try_fit = Affine { scale: d * scale as f32, min: dmin * min as f32 };
                let error: f32 = group.iter().map(|&v| square(try_fit.value(try_fit.q(v, top)) - v)).sum();
                if error < best.0 {
                    best = (error, scale, min);
                }
            }
        }
        let (_, scale, min) = best;
        put_six_bits(&mut bytes[4..16], g, scale as u8, min as u8);
        let fit = Affine { scale: d * scale as f32, min: dmin * min as f32 };
        for (q, &v) in q[g * GROUP..].iter_mut().zip(group) {
            *q = fit.q(v, top);
        }
    }
    Some(q)
}

/// value = scale * q - min, neither part negative.
#[derive(Clone, Copy)]
struct Affine {
    scale: f32,
    min: f32,
}

impl Affine {
    fn q(self, value: f32, top: u8) -> u8 {
        if self.scale > 0.0 { (((value + self.min) / self.scale).round() as u8).min(top) } else { 0 }
    }

    fn value(self, q: u8) -> f32 {
        self.scale * f32::from(q) - self.min
    }
}

/// The float scale and minimum with the least squared error among several candidates.
fn fit_affine(values: &[f32], top: u8) -> Affine {
    let min = values.iter().fold(0.0f32, |m, &v| m.min(v));
    let max = values.iter().fold(min, |m, &v| m.max(v));
    let plain = Affine { scale: (max - min) / f32::from(top), min: -min };
    let error = |fit: Affine| -> f32 { values.iter().map(|&v| square(fit.value(fit.q(v, top)) - v)).sum() };
    let mut best = (error(plain), plain);
    for step in -TRIES..=TRIES {
        let start = Affine { scale: (max - min) / (f32::from(top) + 0.1 * step as f32), min: -min };
        let fit = refit_affine(values, start, top);
        let error = error(fit);
        if error < best.0 {
            best = (error, fit);
        }
    }
    best.1
}

/// Least squares for scale and minimum with the elements that `start` gives.
fn refit_affine(values: &[f32], start: Affine, top: u8) -> Affine {
    let n = values.len() as f32;
    let (mut sum_q, mut sum_qq, mut sum_v, mut sum_qv) = (0.0f32, 0.0f32, 0.0f32, 0.0f32);
    for &v in values {
        let q = f32::from(start.q(v, top));
        sum_q += q;
        sum_qq += q * q;
        sum_v += v;
        sum_qv += q * v;
    }
    let determinant = n * sum_qq - sum_q * sum_q;
    if determinant <= 0.0 {
        return start;
    }
    let scale = (n * sum_qv - sum_q * sum_v) / determinant;
    let min = (sum_q * sum_qv - sum_qq * sum_v) / determinant;
    // A minimum below zero cannot be stored: the best line then goes through the origin.
    if min < 0.0 { Affine { scale: sum_qv / sum_qq, min: 0.0 } } else { Affine { scale, min } }
}

pub(super) fn pack_q6_k(values: &[f32], bytes: &mut [u8]) -> Option<()> {
    let groups = || values.chunks_exact(Q6_GROUP).enumerate();
    let fits: Vec<f32> = groups().map(|(_, group)| fit_symmetric(group)).collect();
    // The scale of the largest magnitude becomes -128, which has one step more than 127.
    let extreme = fits.iter().fold(0.0f32, |m, &s| if s.abs() > m.abs() { s } else { m });
    put_f16(bytes, 208, extreme / -128.0)?;
    let d = f16_at(bytes, 208);

    for (g, group) in groups() {
        let mut best = (f32::INFINITY, 0);
        for scale in near(fits[g], d, -128, 127) {
            let try_scale = d * scale as f32;
            let error: f32 = group.iter().map(|&v| square(try_scale * signed_q(v, try_scale) - v)).sum();
            if error < best.0 {
                best = (error, scale);
            }
        }
        bytes[192 + g] = best.1 as i8 as u8;
        for (i, &v) in group.iter().enumerate() {
            let q = (signed_q(v, d * best.1 as f32) + 32.0) as u8;
            let at = SixBits::of(g * Q6_GROUP + i);
            bytes[at.low] |= (q & 15) << at.low_shift;
            bytes[at.high] |= q >> 4 << at.high_shift;
        }
    }
    Some(())
}

/// The element, -32..=31, nearest to `value`.
fn signed_q(value: f32, scale: f32) -> f32 {
    if scale == 0.0 { 0.0 } else { (value / scale).round().clamp(-32.0, 31.0) }
}

/// The float scale with the least squared error among several candidates; its sign lets the largest magnitude be -32.
fn fit_symmetric(values: &[f32]) -> f32 {
    let extreme = values.iter().fold(0.0f32, |m, &v| if v.abs() > m.abs() { v } else { m });
    let error = |scale: f32| -> f32 { values.iter().map(|&v| square(scale * signed_q(v, scale) - v)).sum() };
    let plain = extreme / -32.0;
    let mut best = (error(plain), plain);
    for step in -TRIES..=TRIES {
        let start = extreme / -(32.0 + 0.1 * step as f32);
        let (mut sum_qq, mut sum_qv) = (0.0f32, 0.0f32);
        for &v in values {
            let q = signed_q(v, start);
            sum_qq += q * q;
            sum_qv += q * v;
        }
        let scale = if sum_qq > 0.0 { sum_qv / sum_qq } else { start };
        let error = error(scale);
        if error < best.0 {
            best = (error, scale);
        }
    }
    best.1
}

/// The integer nearest to `value / unit` and its neighbours, kept within `low..=high`.
fn near(value: f32, unit: f32, low: i32, high: i32) -> impl Iterator<Item = i32> + Clone {
    let nearest = if unit == 0.0 { 0 } else { (value / unit).round() as i32 };
    let nearest = nearest.clamp(low, high);
    (nearest - 1).max(low)..=(nearest + 1).min(high)
}

fn square(x: f32) -> f32 {
    x * x
}
