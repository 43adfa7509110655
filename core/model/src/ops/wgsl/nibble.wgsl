// The `Nibble` layout (core/model/src/kernel/pack.rs): a block of eight rows and
// 32 columns is 8 words of scales, then word (g, r) with column group g of row r
// in the low nibbles and group g + 4 in the high ones.
const BLOCK_WORDS = 40u;

fn nibbles(word: u32, scale: vec2<f32>) -> vec4<f32> {
  let q = vec4<f32>(vec4<u32>(word, word >> 8u, word >> 16u, word >> 24u) & vec4<u32>(15u));
  return fma(vec4<f32>(scale.x), q, vec4<f32>(scale.y));
}

// Column group g of row r.
fn weights(base: u32, r: u32, g: u32) -> vec4<f32> {
  let word = words[base + 8u + (g & 3u) * 8u + r] >> ((g >> 2u) * 4u);
  return nibbles(word, unpack2x16float(words[base + r]));
}
