// y[t, n] = residual[t, n] + scale * (sum over k of W[n, k] * x[t, k] + bias[n])
//
// For prompts on a GPU. Shapes: x [tokens, k], W [rows, k] packed, y and residual
// [tokens, n]. A workgroup is 32 rows (16 of each half with a gate) times 32
// tokens. Blocks of 32 columns are unpacked into workgroup memory, a weight once
// for all tokens; a lane keeps four rows times four tokens in registers.

var<workgroup> weights: array<vec4<f32>, 256>;  // [column, quad of rows]
var<workgroup> inputs: array<f32, 1024>;        // [column, token]

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let blocks = info.k / 32u;
  let tiles = (info.rows + 7u) / 8u;
  let quad = lane % 8u;
  let base = info.block + min(TILE_INDEX, tiles - 1u) * blocks + SECOND_INDEX;
  let first = group.y * 32u;
  let token = min(first + lane % 32u, info.tokens - 1u) * blocks * 8u;
  let four = lane / 8u * 4u;
  var sum0 = vec4<f32>(0.0);
  var sum1 = vec4<f32>(0.0);
  var sum2 = vec4<f32>(0.0);
  var sum3 = vec4<f32>(0.0);
  for (var b = 0u; b < blocks; b++) {
    let at = base + b;
    for (var g = lane / 8u; g < GROUPS; g += 8u) {
UNIT
    }
    for (var c = lane / 32u; c < 8u; c += 2u) {
      let x4 = x[token + b * 8u + c];
      let to = c * 128u + lane % 32u;
      inputs[to] = x4.x;
      inputs[to + 32u] = x4.y;
      inputs[to + 64u] = x4.z;
      inputs[to + 96u] = x4.w;
    }
    workgroupBarrier();
    for (var c = 0u; c < 32u; c++) {
      let w = weights[c * 8u + quad];
      let start = c * 32u + four;
      sum0 += w * inputs[start];
      sum1 += w * inputs[start + 1u];
      sum2 += w * inputs[start + 2u];
      sum3 += w * inputs[start + 3u];
    }
    workgroupBarrier();
  }
  weights[lane * 4u] = sum0;
  weights[lane * 4u + 1u] = sum1;
  weights[lane * 4u + 2u] = sum2;
  weights[lane * 4u + 3u] = sum3;
  workgroupBarrier();
  if (quad < OUT_QUADS) {
    for (var t = 0u; t < 4u; t++) {
      let sum = weights[lane * 4u + t];
      let up = weights[(lane * 4u + t + 16u) % 256u];
      let row = (group.x * OUT_QUADS + quad) * 4u;
      put(first + four + t, row, sum.x, up.x);
      put(first + four + t, row + 1u, sum.y, up.y);
      put(first + four + t, row + 2u, sum.z, up.z);
      put(first + four + t, row + 3u, sum.w, up.w);
    }
  }
}
