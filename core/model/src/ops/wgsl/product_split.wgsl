// y[t, n] = residual[t, n] + scale * (sum over k of W[n, k] * x[t, k] + bias[n])
//
// For one token, or a few, on a GPU. Shapes: x [tokens, k], W [rows, k] packed,
// y and residual [tokens, n]. A workgroup is one tile of eight rows (two tiles
// with a gate) of one token. A lane reads words of four rows at once, which are
// four or eight columns of each, and strides over them, so that neighbouring
// lanes read neighbouring memory; 64 lanes' sums are then folded by halves.

const QUADS = QUADS_VALUEu;
const SLICES = 64u / QUADS;

var<workgroup> parts: array<vec4<f32>, 64>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let blocks = info.k / 32u;
  let quad = lane % QUADS;
  let slice = lane / QUADS;
  let base = info.block + group.x * blocks + quad / 2u * info.second;
  var sum = vec4<f32>(0.0);
  for (var u = slice; u < blocks * GROUPS; u += SLICES) {
    let at = base + u / GROUPS;
    let g = u % GROUPS;
    let columns = (group.y * blocks + u / GROUPS) * 8u + g;
UNIT
  }
  parts[lane] = sum;
  workgroupBarrier();
  for (var width = SLICES / 2u; width > 0u; width /= 2u) {
    if (slice < width) {
      parts[lane] += parts[lane + width * QUADS];
    }
    workgroupBarrier();
  }
  if (lane < 8u) {
    let first = parts[lane / 4u][lane % 4u];
    let second = parts[(lane / 4u + 2u) % 64u][lane % 4u];
    put(group.y, group.x * 8u + lane, first, second);
  }
}
