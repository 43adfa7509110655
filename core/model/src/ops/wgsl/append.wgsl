// q, k, v = split(qkv);  q, k = rope(norm(q)), rope(norm(k));  keys, values <- k, v
//
// Shapes: qkv [tokens, (heads + 2 kv_heads) * dim], table [positions, turns]
// of cosine and sine pairs, norms [2, dim] or one unused float, keys and values
// [kv_heads, positions, dim], queries [tokens, heads * dim]. A workgroup is one
// head of one token; lanes stride over pairs of dimensions.

struct Info {
  position: u32,   // of the first token
  positions: u32,  // of the caches
  heads: u32,
  kv_heads: u32,
  dim: u32,
  turns: u32,      // rotated dimensions
  halves: u32,     // 1: pairs (i, i + turns / 2); 0: pairs (2i, 2i + 1)
  norm: u32,       // 1: RMS norm of each query and key head
  eps: f32,
  pad0: u32,
  pad1: u32,
  pad2: u32,
}

@group(0) @binding(0) var<storage, read_write> qkv: array<f32>;
@group(0) @binding(1) var<storage, read_write> table: array<f32>;
@group(0) @binding(2) var<storage, read_write> norms: array<f32>;
@group(0) @binding(3) var<storage, read_write> keys: array<f32>;
@group(0) @binding(4) var<storage, read_write> values: array<f32>;
@group(0) @binding(5) var<storage, read_write> queries: array<f32>;
@group(0) @binding(6) var<uniform> info: Info;

var<workgroup> parts: array<f32, 32>;

@compute @workgroup_size(32)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let head = group.x;
  let t = group.y;
  let position = info.position + t;
  let at = (t * (info.heads + 2u * info.kv_heads) + head) * info.dim;

  if (head >= info.heads + info.kv_heads) {
    let to = ((head - info.heads - info.kv_heads) * info.positions + position) * info.dim;
    for (var d = lane; d < info.dim; d += 32u) {
      values[to + d] = qkv[at + d];
    }
    return;
  }

  let is_key = head >= info.heads;
  var sum = 0.0;
  for (var d = lane; d < info.dim; d += 32u) {
    sum += qkv[at + d] * qkv[at + d];
  }
  parts[lane] = sum;
  workgroupBarrier();
  var total = 0.0;
  for (var i = 0u; i < 32u; i++) {
    total += parts[i];
  }
  let normed = info.norm == 1u;
  let scale = select(1.0, inverseSqrt(total / f32(info.dim) + info.eps), normed);
  let gamma = select(0u, info.dim, is_key);

  for (var i = lane; i < info.dim / 2u; i += 32u) {
    let turned = 2u * i < info.turns;
    var a = 2u * i;
    var b = a + 1u;
    if (turned && info.halves == 1u) {
      a = i;
      b = i + info.turns / 2u;
    }
    var p = qkv[at + a] * scale;
    var q = qkv[at + b] * scale;
    if (normed) {
      p *= norms[gamma + a];
      q *= norms[gamma + b];
    }
    if (turned) {
      let c = table[position * info.turns + 2u * i];
      let s = table[position * info.turns + 2u * i + 1u];
      let turned_p = p * c - q * s;
      q = p * s + q * c;
      p = turned_p;
    }
    if (is_key) {
      let to = ((head - info.heads) * info.positions + position) * info.dim;
      keys[to + a] = p;
      keys[to + b] = q;
    } else {
      let to = (t * info.heads + head) * info.dim;
      queries[to + a] = p;
      queries[to + b] = q;
    }
  }
}
