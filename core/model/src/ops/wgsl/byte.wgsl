// The `Byte` and `Wide` layouts (core/model/src/kernel/pack.rs): 8 words of
// scales, then word (g, r) with four columns of row r, a byte each.
const BLOCK_WORDS = 72u;

fn bytes(word: u32, scale: vec2<f32>) -> vec4<f32> {
  let q = vec4<f32>(vec4<u32>(word, word >> 8u, word >> 16u, word >> 24u) & vec4<u32>(255u));
  return fma(vec4<f32>(scale.x), q, vec4<f32>(scale.y));
}

// Column group g of row r.
fn weights(base: u32, r: u32, g: u32) -> vec4<f32> {
  return bytes(words[base + 8u + g * 8u + r], unpack2x16float(words[base + r]));
}
