// out[t, h] = softmax(scale * q[t, h] . K[h / group]) . V[h / group], causal
//
// Shapes: queries and out [tokens, heads * dim], keys and values [kv_heads,
// positions, dim]. A workgroup is one head of one token and one part of the
// context. Positions come in chunks of 64, a lane each, with the running maximum
// and sum of online softmax (Milakov and Gimelshein 2018); between chunks a lane
// owns every 64th output dimension. OWNED is dim / 64 rounded up.
//
// With FRESH there is one token, not in the caches yet: each workgroup rotates
// its query itself, the last part starts from the token's own key and value, and
// the first head of a group appends them. Parts of the context are then left
// unnormed, [heads, splits, dim], with their maximum and sum in the first two of
// four floats behind them; `combine` joins them.

const OWNED = OWNED_VALUEu;

var<workgroup> query: array<vec4<f32>, 16u * OWNED>;
var<workgroup> score: array<f32, 64>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let head = group.x;
  let quads = info.dim / 4u;
  let kv_head = head / (info.heads / info.kv_heads);
  let cache = kv_head * info.positions * quads;
  var sums: array<f32, OWNED>;
  var top = -3.0e38;
  var total = 0.0;
PRELUDE
  for (var first = begin; first < end; first += 64u) {
    let position = first + lane;
    var dots = vec4<f32>(-3.0e38, 0.0, 0.0, 0.0);
    if (position < end) {
      dots = vec4<f32>(0.0);
      let key = cache + position * quads;
      for (var i = 0u; i < quads; i++) {
        dots += query[i] * keys[key + i];
      }
    }
    score[lane] = dots.x + dots.y + dots.z + dots.w;
    workgroupBarrier();

    let count = min(64u, end - first);
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
      let value = cache * 4u + (first + i) * info.dim;
      for (var o = 0u; o < OWNED; o++) {
        let d = o * 64u + lane;
        if (d < info.dim) {
          sums[o] += p * values[value + d];
        }
      }
    }
    workgroupBarrier();
  }
  let part = to * info.splits + split;
  let whole = info.splits == 1u;
  for (var o = 0u; o < OWNED; o++) {
    let d = o * 64u + lane;
    if (d < info.dim) {
      out[part * info.dim + d] = select(sums[o], sums[o] / total, whole);
    }
  }
  if (lane == 0u && !whole) {
    let at = info.heads * info.splits * info.dim + part * 4u;
    out[at] = top;
    out[at + 1u] = total;
  }
}
