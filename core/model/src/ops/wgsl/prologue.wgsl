// out[t, k] = p(x)[t, k], where p is a norm, a gate or an activation function
//
// Shapes: x [tokens, columns] (twice k with a gate), aux the norm's parameters,
// out [tokens, k]. A workgroup is one token; `finish` and `stage` are the text of
// one p. Lanes sum every LANES-th column, and each joins all sums for itself.

struct Info {
  k: u32,
  columns: u32,
  eps: f32,
  pad0: u32,
}

const LANES = LANES_VALUEu;

var<workgroup> sums: array<vec2<f32>, LANES>;

@compute @workgroup_size(LANES_VALUE)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let row = group.y * info.columns;
  var statistics = vec2<f32>(0.0);
  if (MEASURES) {
    for (var k = lane; k < info.k; k += LANES) {
      let value = x[row + k];
      statistics += vec2<f32>(value, value * value);
    }
    sums[lane] = statistics;
    workgroupBarrier();
    statistics = vec2<f32>(0.0);
    for (var i = 0u; i < LANES; i++) {
      statistics += sums[i];
    }
    statistics = finish(statistics / f32(info.k));
  }
  for (var k = lane; k < info.k; k += LANES) {
    out[group.y * info.k + k] = stage(row, k, statistics);
  }
}
