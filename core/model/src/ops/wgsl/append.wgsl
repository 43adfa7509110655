// q, k, v = split(qkv);  q, k = rope(norm(q)), rope(norm(k));  keys, values <- k, v
//
// Shapes: qkv [tokens, (heads + 2 kv_heads) * dim], table [positions, turns]
// of cosine and sine pairs, norms [2, dim] or one unused float, keys and values
// [kv_heads, positions, dim], queries [tokens, heads * dim]. A workgroup is one
// head of one token; lanes stride over its dimensions.

@compute @workgroup_size(32)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let head = group.x;
  let t = group.y;
  let position = info.position + t;
  let at = (t * (info.heads + 2u * info.kv_heads) + head) * info.dim;
  let cached = info.heads + info.kv_heads;

  if (head >= cached) {
    let to = ((head - cached) * info.positions + position) * info.dim;
    for (var d = lane; d < info.dim; d += 32u) {
      values[to + d] = qkv[at + d];
    }
    return;
  }
  let scale = norm_scale(at);
  if (head >= info.heads) {
    let to = ((head - info.heads) * info.positions + position) * info.dim;
    for (var d = lane; d < info.dim; d += 32u) {
      keys[to + d] = turned(at, info.dim, scale, position, d);
    }
  } else {
    let to = (t * info.heads + head) * info.dim;
    for (var d = lane; d < info.dim; d += 32u) {
      queries[to + d] = turned(at, 0u, scale, position, d);
    }
  }
}
