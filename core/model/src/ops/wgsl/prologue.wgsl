// out[t, k] = p(x)[t, k], where p is a norm, a gate or an activation function
//
// Shapes: x [tokens, columns] (twice k with a gate), aux the norm's parameters,
// out [tokens, k]. A workgroup is one token; `finish` and `stage` are the text of
// one p. Statistics are summed by every lane for itself: k is small, and a
// barrier is dearer.

struct Info {
  k: u32,
  columns: u32,
  eps: f32,
  pad0: u32,
}

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let row = group.y * info.columns;
  var statistics = vec2<f32>(0.0);
  if (MEASURES) {
    for (var k = 0u; k < info.k; k++) {
      let value = x[row + k];
      statistics += vec2<f32>(value, value * value);
    }
    statistics = finish(statistics / f32(info.k));
  }
  for (var k = lane; k < info.k; k += 64u) {
    out[group.y * info.k + k] = stage(row, k, statistics);
  }
}
