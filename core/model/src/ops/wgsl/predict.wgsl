// out = (argmax of logits, log softmax at it)
//
// Shapes: logits [t, vocab], out [t, 2] words, the second the bits of an f32. A
// workgroup a row strides over the vocabulary once, with the running maximum and
// sum of online softmax; equal logits go to the lowest id. A logit that is not
// finite makes the log probability not finite.

struct Info {
  vocab: u32,
  pad0: u32,
  pad1: u32,
  pad2: u32,
}

@group(0) @binding(0) var<storage, read_write> logits: array<f32>;
@group(0) @binding(1) var<storage, read_write> out: array<u32>;
@group(0) @binding(2) var<uniform> info: Info;

const LANES = 256u;

var<workgroup> tops: array<f32, LANES>;
var<workgroup> ids: array<u32, LANES>;
var<workgroup> sums: array<f32, LANES>;

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let row = group.x * info.vocab;
  var top = -3.4e38;
  var id = 0xffffffffu;
  var sum = 0.0;
  for (var i = lane; i < info.vocab; i += LANES) {
    let logit = logits[row + i];
    if (logit > top) {
      sum = sum * exp(top - logit) + 1.0;
      top = logit;
      id = i;
    } else {
      sum += exp(logit - top);
    }
  }
  tops[lane] = top;
  ids[lane] = id;
  sums[lane] = sum;
  workgroupBarrier();
  if (lane == 0u) {
    for (var i = 1u; i < LANES; i++) {
      if (tops[i] > top || (tops[i] == top && ids[i] < id)) {
        top = tops[i];
        id = ids[i];
      }
    }
    var total = 0.0;
    for (var i = 0u; i < LANES; i++) {
      total += sums[i] * exp(tops[i] - top);
    }
    out[2u * group.x] = id;
    out[2u * group.x + 1u] = bitcast<u32>(-log(total));
  }
}
