// out[h] = sum over s of e^(top[h, s] - top[h]) sums[h, s] / the same of total[h, s]
//
// Shapes: parts [heads, splits, dim], then [heads, splits, 4] whose first two are
// maximum and sum (see attention.wgsl); out [heads * dim]. A workgroup is one head.

const LANES = LANES_VALUEu;

var<workgroup> weight: array<f32, MOST_SPLITS_VALUE>;

@compute @workgroup_size(LANES_VALUE)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let head = group.x;
  let states = (info.heads * info.dim + head * 4u) * info.splits;
  var top = -3.0e38;
  for (var s = 0u; s < info.splits; s++) {
    top = max(top, parts[states + s * 4u]);
  }
  for (var s = lane; s < info.splits; s += LANES) {
    weight[s] = exp(parts[states + s * 4u] - top);
  }
  workgroupBarrier();
  var total = 0.0;
  for (var s = 0u; s < info.splits; s++) {
    total += weight[s] * parts[states + s * 4u + 1u];
  }
  for (var d = lane; d < info.dim; d += LANES) {
    var sum = 0.0;
    for (var s = 0u; s < info.splits; s++) {
      sum += weight[s] * parts[(head * info.splits + s) * info.dim + d];
    }
    out[head * info.dim + d] = sum / total;
  }
}
