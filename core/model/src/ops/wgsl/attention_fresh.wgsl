  let split = group.y;
  let to = head;
  let part_len = (info.position + info.splits - 1u) / info.splits;
  let begin = min(split * part_len, info.position);
  let end = min(begin + part_len, info.position);
  let query_at = head * info.dim;
  let key_at = (info.heads + kv_head) * info.dim;
  let value_at = (info.heads + info.kv_heads + kv_head) * info.dim;
  let query_scale = norm_scale(query_at);
  let key_scale = norm_scale(key_at);
  for (var i = lane; i < quads; i += 64u) {
    let d = i * 4u;
    query[i] = info.scale * vec4<f32>(
      turned(query_at, 0u, query_scale, info.position, d),
      turned(query_at, 0u, query_scale, info.position, d + 1u),
      turned(query_at, 0u, query_scale, info.position, d + 2u),
      turned(query_at, 0u, query_scale, info.position, d + 3u),
    );
    fresh[i] = vec4<f32>(
      turned(key_at, info.dim, key_scale, info.position, d),
      turned(key_at, info.dim, key_scale, info.position, d + 1u),
      turned(key_at, info.dim, key_scale, info.position, d + 2u),
      turned(key_at, info.dim, key_scale, info.position, d + 3u),
    );
  }
  workgroupBarrier();
  if (split == info.splits - 1u) {
    var dots = vec4<f32>(0.0);
    for (var i = 0u; i < quads; i++) {
      dots += query[i] * fresh[i];
    }
    top = dots.x + dots.y + dots.z + dots.w;
    total = 1.0;
    let appends = head % (info.heads / info.kv_heads) == 0u;
    for (var o = 0u; o < OWNED; o++) {
      let d = o * 64u + lane;
      if (d < info.dim) {
        sums[o] = qkv[value_at + d];
        if (appends) {
          values[cache * 4u + info.position * info.dim + d] = sums[o];
        }
      }
    }
    if (appends) {
      for (var i = lane; i < quads; i += 64u) {
        keys[cache + info.position * quads + i] = fresh[i];
      }
    }
  }
