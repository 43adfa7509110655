struct Info {
  position: u32,   // of the first token
  positions: u32,  // of the caches
  heads: u32,
  kv_heads: u32,
  dim: u32,        // of a head
  turns: u32,      // rotated dimensions
  halves: u32,     // 1: pairs (i, i + turns / 2); 0: pairs (2i, 2i + 1)
  norm: u32,       // 1: RMS norm of each query and key head
  eps: f32,
  scale: f32,      // of the scores
  splits: u32,     // parts of the context that are summed apart
  tokens: u32,
}
