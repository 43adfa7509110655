// What every product shares: its numbers, and what becomes of a finished sum.

struct Info {
  k: u32,       // columns of W
  n: u32,       // columns of y
  rows: u32,    // rows of W that become columns of y, without those of a gate's second half
  row: u32,     // column of y that the first of them becomes
  block: u32,   // first block of W
  second: u32,  // blocks from the first half to the second, with a gate
  tokens: u32,
  bias: u32,    // where the bias starts in aux
  scale: f32,
  zero: u32,
  pad0: u32,
  pad1: u32,
}

fn swiglu(gate: f32, up: f32) -> f32 {
  return gate / (1.0 + exp(-gate)) * up;
}

fn gelu(v: f32) -> f32 {
  return v * (1.0 - 1.0 / (exp(1.5957691216 * (v + 0.044715 * v * v * v)) + 1.0));
}

// `up` is the sum of the gate's second half, unused without one.
fn put(t: u32, row: u32, sum: f32, up: f32) {
  if (t < info.tokens && row < info.rows) {
    let at = t * info.n + info.row + row;
    var value = sum;
EPILOGUE
    y[at] = value;
  }
}
