// The `HalfByte` layout (core/model/src/kernel/pack.rs): 16 words of scales
// (eight for each half of the columns), then word (g, r) with four columns of row
// r, a byte each.
const BLOCK_WORDS = 80u;

fn bytes(word: u32, scale: vec2<f32>) -> vec4<f32> {
  let q = vec4<f32>(vec4<u32>(word, word >> 8u, word >> 16u, word >> 24u) & vec4<u32>(255u));
  return fma(vec4<f32>(scale.x), q, vec4<f32>(scale.y));
}

// Column group g of row r.
fn weights(base: u32, r: u32, g: u32) -> vec4<f32> {
  return bytes(words[base + 16u + g * 8u + r], unpack2x16float(words[base + (g >> 2u) * 8u + r]));
}
