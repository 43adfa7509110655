// out[t, k] = scale * E[token[t], k]
//
// Shapes: tokens [t], E [vocab, k] packed, out [t, k]. A lane writes four columns.

struct Info {
  k: u32,
  tokens: u32,
  scale: f32,
  pad0: u32,
}

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let quad = group.x * 64u + lane;
  if (quad * 4u >= info.k) {
    return;
  }
  let token = tokens[group.y];
  let base = (token / 8u * (info.k / 32u) + quad / 8u) * BLOCK_WORDS;
  let value = info.scale * weights(base, token % 8u, quad % 8u);
  let at = group.y * info.k + quad * 4u;
  out[at] = value.x;
  out[at + 1u] = value.y;
  out[at + 2u] = value.z;
  out[at + 3u] = value.w;
}
