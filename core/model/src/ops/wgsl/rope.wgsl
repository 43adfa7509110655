// Heads as attention wants them: normed (Qwen3) and rotated.

// Factor of the RMS norm of the head at `at` in qkv; 1 without head norms.
fn norm_scale(at: u32) -> f32 {
  if (info.norm == 0u) {
    return 1.0;
  }
  var sum = 0.0;
  for (var d = 0u; d < info.dim; d++) {
    let value = qkv[at + d];
    sum += value * value;
  }
  return inverseSqrt(sum / f32(info.dim) + info.eps);
}

fn component(at: u32, gamma: u32, scale: f32, d: u32) -> f32 {
  let value = qkv[at + d] * scale;
  if (info.norm == 0u) {
    return value;
  }
  return value * norms[gamma + d];
}

// Dimension d of the head at `at`, rotated by the angle of `position`.
fn turned(at: u32, gamma: u32, scale: f32, position: u32, d: u32) -> f32 {
  let own = component(at, gamma, scale, d);
  if (d >= info.turns) {
    return own;
  }
  let half = info.turns / 2u;
  var pair = d / 2u;
  var other = d ^ 1u;
  var is_first = (d & 1u) == 0u;
  if (info.halves == 1u) {
    is_first = d < half;
    pair = select(d - half, d, is_first);
    other = select(d - half, d + half, is_first);
  }
  let partner = component(at, gamma, scale, other);
  let c = table[position * info.turns + 2u * pair];
  let s = table[position * info.turns + 2u * pair + 1u];
  return own * c + select(partner, -partner, is_first) * s;
}
