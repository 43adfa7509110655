//! Block formats: goldens of an independent implementation, error bounds, and what cannot be packed.
//!
//! The goldens come from `tests/conformance/gguf_blocks.py`.

use ghostlight_gguf::{GgufError, TensorType, dequantize, quantize};

/// Golden file, and whether it says what floats it was packed from.
const GOLDENS: [(TensorType, &[u8], bool); 11] = [
    (TensorType::F32, include_bytes!("fixtures/f32.golden"), true),
    (TensorType::F16, include_bytes!("fixtures/f16.golden"), true),
    (TensorType::BF16, include_bytes!("fixtures/bf16.golden"), true),
    (TensorType::Q4_0, include_bytes!("fixtures/q4_0.golden"), true),
    (TensorType::Q4_1, include_bytes!("fixtures/q4_1.golden"), true),
    (TensorType::Q5_0, include_bytes!("fixtures/q5_0.golden"), true),
    (TensorType::Q5_1, include_bytes!("fixtures/q5_1.golden"), true),
    (TensorType::Q8_0, include_bytes!("fixtures/q8_0.golden"), true),
    (TensorType::Q4K, include_bytes!("fixtures/q4_k.golden"), false),
    (TensorType::Q5K, include_bytes!("fixtures/q5_k.golden"), false),
    (TensorType::Q6K, include_bytes!("fixtures/q6_k.golden"), false),
];

fn floats(bytes: &[u8]) -> Vec<f32> {
    bytes.chunks_exact(4).map(|b| f32::from_le_bytes(b.try_into().unwrap())).collect()
}

#[test]
fn every_type_has_a_golden() {
    assert_eq!(GOLDENS.map(|(ty, ..)| ty), TensorType::READABLE);
}

#[test]
fn goldens_are_met_bit_for_bit() {
    for (ty, golden, has_input) in GOLDENS {
        let (n, rest) = golden.split_at(4);
        let n = u32::from_le_bytes(n.try_into().unwrap()) as usize;
        let (packed, rest) = rest.split_at(ty.row_bytes(n as u64).unwrap() as usize);
        let (expected, input) = rest.split_at(4 * n);

        let mut values = vec![f32::NAN; n];
        dequantize(ty, packed, &mut values).unwrap();
        assert_eq!(values, floats(expected), "{ty} dequantized");

        assert_eq!(!input.is_empty(), has_input, "{ty}");
        if has_input {
            let mut repacked = Vec::new();
            quantize(ty, &floats(input), &mut repacked).unwrap();
            let wrong = repacked.iter().zip(packed).position(|(a, b)| a != b);
            assert_eq!(wrong, None, "{ty} quantized, first differing byte");
            assert_eq!(repacked.len(), packed.len(), "{ty}");
        }
    }
}

/// Numbers between 0 and 1, the same on every machine.
fn uniform(seed: u64) -> impl FnMut() -> f32 {
    let mut state = seed;
    move || {
        state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (state >> 40) as f32 / (1u64 << 24) as f32
    }
}

/// Roughly normal numbers: what weights look like.
fn weights(n: usize, seed: u64) -> Vec<f32> {
    let mut next = uniform(seed);
    (0..n).map(|_| (0..12).map(|_| next()).sum::<f32>() - 6.0).collect()
}

fn round_trip(ty: TensorType, values: &[f32]) -> Vec<f32> {
    let (mut packed, mut back) = (Vec::new(), vec![0.0; values.len()]);
    quantize(ty, values, &mut packed).unwrap();
    dequantize(ty, &packed, &mut back).unwrap();
    back
}

/// Root mean square error relative to the root mean square of the values.
fn relative_error(values: &[f32], back: &[f32]) -> f64 {
    let square = |x: f32| f64::from(x) * f64::from(x);
    let error: f64 = values.iter().zip(back).map(|(a, b)| square(a - b)).sum();
    let power: f64 = values.iter().map(|v| square(*v)).sum();
    (error / power).sqrt()
}

#[test]
fn normal_weights_keep_their_precision() {
    // The K rows are below what llama.cpp's own quantizer reaches on these very weights: 0.0708, 0.0358, 0.0177.
    let bounds = [
        (TensorType::F32, 0.0),
        (TensorType::F16, 0.00021),
        (TensorType::BF16, 0.0017),
        (TensorType::Q4_0, 0.0850),
        (TensorType::Q4_1, 0.0775),
        (TensorType::Q5_0, 0.0430),
        (TensorType::Q5_1, 0.0378),
        (TensorType::Q8_0, 0.0053),
        (TensorType::Q4K, 0.0700),
        (TensorType::Q5K, 0.0348),
        (TensorType::Q6K, 0.0173),
    ];
    let values = weights(64 * 256, 7);
    for (ty, bound) in bounds {
        let error = relative_error(&values, &round_trip(ty, &values));
        assert!(error <= bound, "{ty}: relative error {error}, bound {bound}");
    }
}

#[test]
fn unusual_weights_keep_their_precision() {
    // Error at most, as a share of the largest magnitude in the block, over all elements. A step of a type with a
    // minimum is 1/15 (4 bits) or 1/31 (5 bits) of the block's span, which may be twice the largest magnitude.
    let bounds = [
        (TensorType::Q4_0, 0.126),
        (TensorType::Q4_1, 0.068),
        (TensorType::Q5_0, 0.063),
        (TensorType::Q5_1, 0.034),
        (TensorType::Q8_0, 0.0042),
        (TensorType::Q4K, 0.15),
        (TensorType::Q5K, 0.07),
        (TensorType::Q6K, 0.035),
    ];
    let noise = weights(256, 3);
    let cases: [(&str, Vec<f32>); 9] = [
        ("all zero", vec![0.0; 256]),
        ("all equal", vec![0.3; 256]),
        ("all equal below zero", vec![-0.3; 256]),
        ("all above zero", noise.iter().map(|v| v.abs() + 1.0).collect()),
        ("all below zero", noise.iter().map(|v| -v.abs() - 1.0).collect()),
        ("one spike", (0..256).map(|i| if i == 77 { 9.0 } else { 0.001 }).collect()),
        ("groups of unlike size", (0..256).map(|i| noise[i] * 2f32.powi(i as i32 / 32)).collect()),
        ("small", noise.iter().map(|v| v * 0.01).collect()),
        ("large", noise.iter().map(|v| v * 1e5).collect()),
    ];
    for (ty, bound) in bounds {
        for (case, values) in &cases {
            let largest = values.iter().fold(0.0f32, |m, v| m.max(v.abs()));
            if matches!(ty, TensorType::Q4_1 | TensorType::Q5_1) && largest > 65504.0 {
                continue; // the minimum itself is a 16-bit float
            }
            let back = round_trip(ty, values);
            for (i, (v, b)) in values.iter().zip(&back).enumerate() {
                let error = (v - b).abs();
                assert!(error <= bound * largest, "{ty}, {case}, element {i}: {v} became {b}");
            }
        }
    }
}

#[test]
fn packing_what_was_unpacked_changes_nothing() {
    let values = weights(256, 11);
    for ty in TensorType::READABLE {
        let once = round_trip(ty, &values);
        let error = relative_error(&once, &round_trip(ty, &once));
        // Scales are recomputed, so the last bit of a 16-bit scale may move; K types search anew.
        let bound = if ty.block_len() == 256 { 0.01 } else { 0.001 };
        assert!(error <= bound, "{ty}: {error}");
    }
}

#[test]
fn values_that_cannot_be_held_are_named() {
    let cases = [(40, f32::NAN), (255, f32::INFINITY), (0, f32::NEG_INFINITY), (100, 3e38), (33, -3e38)];
    for ty in TensorType::READABLE.into_iter().filter(|ty| ty.block_len() > 1) {
        for (index, value) in cases {
            let mut values = weights(256, 5);
            values[index] = value;
            let mut out = vec![1, 2, 3];
            match quantize(ty, &values, &mut out).unwrap_err() {
                GgufError::Unrepresentable { ty: named, index: at, value: found } => {
                    assert_eq!((named, at, found.to_bits()), (ty, index as u64, value.to_bits()));
                }
                error => panic!("{ty}: {error}"),
            }
            assert_eq!(out, [1, 2, 3], "{ty}: the output is as it was");
        }
    }
}

#[test]
fn plain_floats_pass_through_whatever_they_are() {
    let values = [f32::NAN, f32::INFINITY, f32::NEG_INFINITY, -0.0, 1.0];
    for ty in [TensorType::F32, TensorType::F16, TensorType::BF16] {
        let back = round_trip(ty, &values);
        assert!(back[0].is_nan());
        assert_eq!(back[1..], values[1..], "{ty}");
    }
}

#[test]
fn wrong_lengths_are_errors() {
    let cases: [(Result<(), GgufError>, &str); 4] = [
        (dequantize(TensorType::Q4_0, &[0; 17], &mut [0.0; 32]), "dequantize Q4_0: needs 18 bytes, got 17"),
        (dequantize(TensorType::Q4_0, &[0; 18], &mut [0.0; 31]), "dequantize Q4_0: needs 32 values, got 31"),
        (quantize(TensorType::Q6K, &[0.0; 257], &mut Vec::new()), "quantize Q6_K: needs 512 values, got 257"),
        (
            dequantize(TensorType::from_code(10).unwrap(), &[0; 84], &mut [0.0; 256]),
            "read tensor \"-\": tensor type Q2_K is not supported",
        ),
    ];
    for (result, message) in cases {
        assert_eq!(result.unwrap_err().to_string(), message);
    }
}

#[test]
fn no_values_are_no_bytes() {
    for ty in TensorType::READABLE {
        let mut out = Vec::new();
        quantize(ty, &[], &mut out).unwrap();
        assert!(out.is_empty());
        dequantize(ty, &[], &mut []).unwrap();
    }
}
