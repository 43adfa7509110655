// out[t, h] = softmax(scale * q[t, h] . K[h / group]) . V[h / group], causal
//
// Shapes: queries and out [tokens, heads * dim], keys and values [kv_heads,
// positions, dim]. A workgroup is one head of one token. Positions come in
// chunks of 64, a lane each, with the running maximum and sum of online softmax
// (Milakov and Gimelshein 2018); between chunks a lane owns every 64th output
// dimension. OWNED is dim / 64 rounded up.

struct Info {
  position: u32,   // of the first token
  positions: u32,  // of the caches
  heads: u32,
  group: u32,      // query heads a key head
  dim: u32,
  scale: f32,
  pad0: u32,
  pad1: u32,
}

@group(0) @binding(0) var<storage, read_write> queries: array<f32>;
@group(0) @binding(1) var<storage, read_write> keys: array<f32>;
@group(0) @binding(2) var<storage, read_write> values: array<f32>;
@group(0) @binding(3) var<storage, read_write> out: array<f32>;
@group(0) @binding(4) var<uniform> info: Info;

const OWNED = OWNED_VALUEu;

var<workgroup> query: array<f32, 64u * OWNED>;
var<workgroup> score: array<f32, 64>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let head = group.x;
  let t = group.y;
  let seen = info.position + t + 1u;
  let at = (t * info.heads + head) * info.dim;
  let cache = head / info.group * info.positions * info.dim;
  for (var d = lane; d < info.dim; d += 64u) {
    query[d] = queries[at + d] * info.scale;
  }
  workgroupBarrier();

  var sums: array<f32, OWNED>;
  var top = -3.0e38;
  var total = 0.0;
  for (var first = 0u; first < seen; first += 64u) {
    let position = first + lane;
    var dot = -3.0e38;
    if (position < seen) {
      dot = 0.0;
      let key = cache + position * info.dim;
      for (var d = 0u; d < info.dim; d++) {
        dot += query[d] * keys[key + d];
      }
    }
    score[lane] = dot;
    workgroupBarrier();

    let count = min(64u, seen - first);
    var highest = top;
    for (var i = 0u; i < count; i++) {
      highest = max(highest, score[i]);
    }
    let fade = exp(top - highest);
    top = highest;
    total *= fade;
    for (var o = 0u; o < OWNED; o++) {
      sums[o] *= fade;
    }
    for (var i = 0u; i < count; i++) {
      let p = exp(score[i] - top);
      total += p;
      let value = cache + (first + i) * info.dim;
      for (var o = 0u; o < OWNED; o++) {
        let d = o * 64u + lane;
        if (d < info.dim) {
          sums[o] += p * values[value + d];
        }
      }
    }
    workgroupBarrier();
  }
  for (var o = 0u; o < OWNED; o++) {
    let d = o * 64u + lane;
    if (d < info.dim) {
      out[at + d] = sums[o] / total;
    }
  }
}
