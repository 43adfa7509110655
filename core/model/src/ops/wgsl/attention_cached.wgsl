  let split = 0u;
  let to = group.y * info.heads + head;
  let begin = 0u;
  let end = info.position + group.y + 1u;
  for (var i = lane; i < quads; i += 64u) {
    query[i] = queries[to * quads + i] * info.scale;
  }
  workgroupBarrier();
