// y[t, n] = residual[t, n] + scale * (sum over k of W[n, k] * p(x)[t, k] + bias[n])
//
// Shapes: x [tokens, columns], W [rows, k] packed, aux [norm, bias], y and
// residual [tokens, n]. A workgroup is 64 rows (a lane each) times TOKENS
// tokens: no sum crosses lanes, so a software adapter runs it as fast as a
// GPU's. Inputs pass through workgroup memory 64 columns at a time, with the
// prologue p (norm, gate, GELU) applied on the way; a weight is unpacked once
// for all tokens of the group. TOKENS is 1 for decode and 8 for prefill.
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
  eps: f32,
  scale: f32,
  pad0: u32,
  pad1: u32,
  pad2: u32,
}

const TOKENS = TOKENS_VALUEu;
const LANES = 64u;
const LANES_PER_TOKEN = LANES / TOKENS;

// Inputs, [column, token].
var<workgroup> tile: array<f32, 64u * TOKENS>;
// Mean and reciprocal deviation of each token.
var<workgroup> statistics: array<vec2<f32>, TOKENS>;
var<workgroup> partial: array<vec2<f32>, 64>;

// Sums of x and x^2 over a token's columns, shared by the lanes of the token.
fn measure(lane: u32, first: u32) {
  let t = lane / LANES_PER_TOKEN;
  var sum = vec2<f32>(0.0);
  if (first + t < info.tokens) {
    for (var k = lane % LANES_PER_TOKEN; k < info.k; k += LANES_PER_TOKEN) {
      let value = x[(first + t) * info.k + k];
      sum += vec2<f32>(value, value * value);
    }
  }
  partial[lane] = sum;
  workgroupBarrier();
  if (lane % LANES_PER_TOKEN == 0u) {
    var total = vec2<f32>(0.0);
    for (var i = 0u; i < LANES_PER_TOKEN; i++) {
      total += partial[lane + i];
    }
    total /= f32(info.k);
    statistics[t] = finish(total.x, total.y);
  }
  workgroupBarrier();
}

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let first = group.y * TOKENS;
  if (MEASURES) {
    measure(lane, first);
  }
  let row = group.x * LANES + lane;
  // Lanes past the last tile repeat row 0 and write nothing.
  let safe = select(0u, row, row < info.rows);
  let blocks = info.k / 32u;
  var base = info.word + safe / 8u * blocks * BLOCK_WORDS;
  let r = safe % 8u;

  var sum: array<f32, TOKENS>;
  for (var column = 0u; column < info.k; column += 64u) {
    workgroupBarrier();
    for (var t = 0u; t < TOKENS; t++) {
      var value = 0.0;
      if (first + t < info.tokens && column + lane < info.k) {
        value = input(first + t, t, column + lane);
      }
      tile[lane * TOKENS + t] = value;
    }
    workgroupBarrier();
    for (var b = 0u; b < 2u && column + b * 32u < info.k; b++) {
      for (var g = 0u; g < 8u; g++) {
        let w = weights(base, r, g);
        let at = (b * 32u + g * 4u) * TOKENS;
ACCUMULATE
      }
      base += BLOCK_WORDS;
    }
  }

  if (row < info.rows) {
    for (var t = 0u; t < TOKENS; t++) {
      if (first + t < info.tokens) {
        let at = (first + t) * info.n + info.row + row;
        var value = sum[t];
EPILOGUE
        y[at] = value;
      }
    }
  }
}
