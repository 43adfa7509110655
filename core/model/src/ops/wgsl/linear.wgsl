// y[t, n] = residual[t, n] + scale * (sum over k of W[n, k] * x[t, k] + bias[n])
//
// Shapes: x [tokens, k], W [rows, k] packed, bias in aux, y and residual
// [tokens, n]. A workgroup is 64 rows, a lane each, times TOKENS tokens: no sum
// crosses lanes and nothing waits at a barrier, which is what a software adapter
// is fast at; lanes of a GPU read the same inputs at the same time, so those come
// from its cache. A weight is unpacked once for all tokens of the group. TOKENS
// is 1 for decode and 8 for prefill.
//
// Every buffer is read_write, since allocations may share one GPU buffer.

struct Info {
  k: u32,       // columns of W
  n: u32,       // columns of y
  rows: u32,    // rows of this segment of W
  row: u32,     // its first row in y
  word: u32,    // its first word
  tokens: u32,
  bias: u32,    // where the bias starts in aux
  scale: f32,
}

const TOKENS = TOKENS_VALUEu;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let first = group.y * TOKENS;
  let row = group.x * 64u + lane;
  if (row >= info.rows) {
    return;
  }
  let blocks = info.k / 32u;
  var base = info.word + row / 8u * blocks * BLOCK_WORDS;
  let r = row % 8u;
  // Inputs are read four columns at a time; tokens past the end repeat the last.
  let quads = info.k / 4u;
START
  for (var b = 0u; b < blocks; b++) {
BLOCK
    base += BLOCK_WORDS;
  }
FINISH
}

fn put(t: u32, row: u32, sum: f32) {
  if (t < info.tokens) {
    let at = t * info.n + info.row + row;
    var value = sum;
EPILOGUE
    y[at] = value;
  }
}
