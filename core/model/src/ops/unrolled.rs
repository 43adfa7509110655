//! Shaders for a GPU that is emulated on a CPU, written out by this code.
//!
//! SwiftShader turns every load from a buffer into four guarded scalar loads
//! (about 75 instructions, 7 ns), a shift into four scalar shifts, `fma` into
//! four library calls and an array in registers that is indexed in a loop into
//! memory; a multiplication costs less than one nanosecond. Hence: a lane keeps
//! sixteen rows times four tokens, so that a load serves as many products as
//! possible; loads take four neighbouring words at once; a quant is masked where
//! it stands in its word and the power of two goes into the input; and everything
//! inside a block is single assignments without a loop. Four lanes a workgroup,
//! and none of them waits for another.
#![allow(clippy::needless_range_loop, reason = "an index names the same row or token in several arrays")]

use std::fmt::Write;

use super::product::{Gate, ProductShape};
use crate::kernel::pack::Format;

/// Rows a lane: two tiles of eight.
pub(super) const ROWS: usize = 16;
/// Lanes a workgroup; SwiftShader's own width.
pub(super) const LANES: usize = 4;

const LETTERS: [char; 4] = ['x', 'y', 'z', 'w'];

/// Where a column stands in its word.
struct Place {
    /// Which of the block's eight quads of columns; relative to the unit's number.
    quad: usize,
    /// Component of that quad.
    letter: char,
    /// Lowest bit in the word.
    bit: u32,
}

/// How many columns share a word, and where they stand.
fn places(format: Format) -> Vec<Place> {
    let place = |quad, i: usize, bit| Place { quad, letter: LETTERS[i], bit };
    match format {
        Format::Nibble => (0..8).map(|j| place(j / 4 * 4, j % 4, (j % 4 * 8 + j / 4 * 4) as u32)).collect(),
        _ => (0..4).map(|j| place(0, j, j as u32 * 8)).collect(),
    }
}

/// `y = epilogue(W * x)`, see [`ProductShape`].
///
/// A workgroup is 64 rows (32 of each half with a gate) times `tokens` tokens.
pub(super) fn product(spec: &ProductShape, tokens: usize) -> String {
    let mut text = String::new();
    let mut line = |arguments: std::fmt::Arguments<'_>| {
        text.write_fmt(arguments).expect("writing to a string does not fail");
        text.push('\n');
    };
    macro_rules! line { ($($arguments:tt)*) => { line(format_args!($($arguments)*)) } }

    let gated = spec.gate == Gate::SwiGlu;
    let places = places(spec.format);
    let (width, bias) = if spec.format == Format::Nibble { (15_u32, 8) } else { (255, 128) };
    // Units of words in a block, and the parts of it that have scales of their own.
    let (units, parts) = match spec.format {
        Format::Nibble => (4, 1),
        Format::HalfByte => (8, 2),
        Format::Byte | Format::Wide => (8, 1),
    };
    let out_rows = if gated { ROWS / 2 } else { ROWS };

    line!("{HALF}");
    line!("struct Columns {{ quads: array<vec4<f32>, 8> }}");
    line!("@compute @workgroup_size({LANES})");
    line!("fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {{");
    line!("let first = group.y * {tokens}u;");
    line!("let row = (group.x * {LANES}u + lane) * {out_rows}u;");
    line!("if (row >= info.rows) {{ return; }}");
    line!("let blocks = info.k / 32u;");
    // A literal would be fetched through its address at each use, a variable is not.
    for (j, place) in places.iter().enumerate() {
        line!("let mask{j} = info.zero + {}u;", width << place.bit);
    }
    line!("var a0 = info.block + row / 8u * blocks;");
    if gated {
        line!("var a1 = a0 + info.second;");
    } else {
        // Past the end the first tile is read twice, and what comes of it thrown away.
        line!("var a1 = a0 + select(0u, blocks, row + 8u < info.rows);");
    }
    for t in 0..tokens {
        line!("var i{t} = min(first + {t}u, info.tokens - 1u) * blocks;");
        for r in 0..ROWS {
            line!("var s{r}_{t} = 0.0;");
        }
    }
    line!("for (var b = 0u; b < blocks; b++) {{");
    for part in 0..parts {
        let mut sums = vec![vec![String::new(); tokens]; ROWS];
        let (mut all, mut tops) = (vec![String::new(); tokens], vec![String::new(); tokens]);
        for g in part * units / parts..(part + 1) * units / parts {
            for t in 0..tokens {
                let mut of_unit = Vec::new();
                for (j, place) in places.iter().enumerate() {
                    let quad = g + place.quad;
                    if j % 4 == 0 {
                        line!("let v{t}_{quad} = x[i{t}].quads[{quad}];");
                    }
                    let value = format!("v{t}_{quad}.{}", place.letter);
                    line!("let x{t}_{g}_{j} = {value} * {:e};", (0.5_f64).powi(place.bit as i32));
                    of_unit.push(value);
                }
                let last = of_unit.last().expect("a word holds columns").clone();
                let value = join(&all[t], &of_unit.join(" + "));
                line!("let all{t}_{g} = {value};");
                let value = join(&tops[t], &last);
                line!("let top{t}_{g} = {value};");
                all[t] = format!("all{t}_{g}");
                tops[t] = format!("top{t}_{g}");
            }
            for quad in 0..ROWS / 4 {
                line!("let w{quad}_{g} = words[a{}].quant[{}];", quad / 2, g * 2 + quad % 2);
                for i in 0..4 {
                    let (r, word) = (quad * 4 + i, format!("w{quad}_{g}.{}", LETTERS[i]));
                    for j in 0..places.len() {
                        // The topmost quant would be the sign of an integer: with the
                        // bit flipped it is less by `bias`, which is made good below.
                        let quant = if j + 1 == places.len() {
                            format!("({word} & mask{j}) ^ 0x80000000u")
                        } else {
                            format!("{word} & mask{j}")
                        };
                        line!("let q{r}_{g}_{j} = f32(i32({quant}));");
                        for t in 0..tokens {
                            let value = join(&sums[r][t], &format!("q{r}_{g}_{j} * x{t}_{g}_{j}"));
                            line!("let p{r}_{t}_{g}_{j} = {value};");
                            sums[r][t] = format!("p{r}_{t}_{g}_{j}");
                        }
                    }
                }
            }
        }
        for quad in 0..ROWS / 4 {
            line!("let h{quad}_{part} = words[a{}].scale[{}];", quad / 2, part * 2 + quad % 2);
            for i in 0..4 {
                let r = quad * 4 + i;
                line!("let d{r}_{part} = half(h{quad}_{part}.{});", LETTERS[i]);
                line!("let m{r}_{part} = half(h{quad}_{part}.{} >> 16u);", LETTERS[i]);
                for t in 0..tokens {
                    let (sum, all, top) = (&sums[r][t], &all[t], &tops[t]);
                    line!("s{r}_{t} += d{r}_{part} * ({sum} + {bias}.0 * {top}) + m{r}_{part} * {all};");
                }
            }
        }
    }
    line!("a0 += 1u; a1 += 1u;");
    for t in 0..tokens {
        line!("i{t} += 1u;");
    }
    line!("}}");
    for t in 0..tokens {
        for r in 0..out_rows {
            let up = if gated { format!("s{}_{t}", r + 8) } else { "0.0".to_owned() };
            line!("put(first + {t}u, row + {r}u, s{r}_{t}, {up});");
        }
    }
    line!("}}");
    text
}

fn join(sum: &str, next: &str) -> String {
    if sum.is_empty() { next.to_owned() } else { format!("{sum} + {next}") }
}

/// The low 16 bits as an f16. The built-in function is three times as slow there.
const HALF: &str = "fn half(h: u32) -> f32 {
  let m = i32(h & 0x7fffu) * 8192i;
  let normal = bitcast<f32>(m + 0x38000000i);
  let tiny = bitcast<f32>(m + 0x38800000i) - bitcast<f32>(0x38800000i);
  let magnitude = select(normal, tiny, m < 0x00800000i);
  return bitcast<f32>(bitcast<u32>(magnitude) | ((h & 0x8000u) * 65536u));
}";

/// One attention, see `wgsl/attention.wgsl` for what it computes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Attend {
    /// Quads of dimensions in a head.
    pub(super) quads: usize,
    /// Query heads that a lane takes together; they share a key head.
    pub(super) heads: usize,
    /// One token that is not in the caches yet.
    pub(super) fresh: bool,
}

/// Attention. A lane takes `heads` query heads, and a load of a key or value
/// serves them all. Four lanes are four tokens, or with `fresh` four parts of
/// the context of one token.
pub(super) fn attend(spec: Attend) -> String {
    let Attend { quads, heads, fresh } = spec;
    let mut text = String::new();
    let mut line = |arguments: std::fmt::Arguments<'_>| {
        text.write_fmt(arguments).expect("writing to a string does not fail");
        text.push('\n');
    };
    macro_rules! line { ($($arguments:tt)*) => { line(format_args!($($arguments)*)) } }

    if fresh {
        line!("var<workgroup> turning: array<f32, {}>;", (heads + 1) * quads * 4);
    }
    line!("@compute @workgroup_size({LANES})");
    line!("fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {{");
    line!("let head = group.x * {heads}u;");
    line!("let kv_head = head / (info.heads / info.kv_heads);");
    line!("let cache = kv_head * info.positions * {quads}u;");
    if fresh {
        let dim = quads * 4;
        line!("let split = group.y * {LANES}u + lane;");
        line!("for (var i = lane; i < {}u; i += {LANES}u) {{", (heads + 1) * dim);
        line!("let is_key = i / {dim}u == {heads}u;");
        line!("let at = select(head + i / {dim}u, info.heads + kv_head, is_key) * {dim}u;");
        line!("let gamma = select(0u, info.dim, is_key);");
        line!("turning[i] = turned(at, gamma, norm_scale(at), info.position, i % {dim}u);");
        line!("}}");
        line!("workgroupBarrier();");
        let four = |at: usize| (0..4).map(|i| format!("turning[{}]", at + i)).collect::<Vec<_>>().join(", ");
        for h in 0..heads {
            for i in 0..quads {
                line!("let q{h}_{i} = vec4<f32>({}) * info.scale;", four(h * dim + i * 4));
            }
        }
        for h in 0..heads {
            line!("var top{h} = -3.0e38; var total{h} = 0.0;");
            for i in 0..quads {
                line!("var sum{h}_{i} = vec4<f32>(0.0);");
            }
        }
        line!("if (split == 0u) {{");
        line!("let value_at = (info.heads + info.kv_heads + kv_head) * {dim}u;");
        line!("let appends = head % (info.heads / info.kv_heads) == 0u;");
        for i in 0..quads {
            line!("let k{i} = vec4<f32>({});", four(heads * dim + i * 4));
            let value =
                (0..4).map(|j| format!("qkv[value_at + {}u]", i * 4 + j)).collect::<Vec<_>>().join(", ");
            line!("let v{i} = vec4<f32>({value});");
            line!("if (appends) {{");
            line!("keys[cache + info.position * {quads}u + {i}u] = k{i};");
            line!("values[cache + info.position * {quads}u + {i}u] = v{i};");
            line!("}}");
        }
        for h in 0..heads {
            let dots = (0..quads).map(|i| format!("dot(q{h}_{i}, k{i})")).collect::<Vec<_>>().join(" + ");
            line!("top{h} = {dots}; total{h} = 1.0;");
            for i in 0..quads {
                line!("sum{h}_{i} = v{i};");
            }
        }
        line!("}}");
        line!("for (var p = split; p < info.position; p += info.splits) {{");
    } else {
        line!("let t = group.y * {LANES}u + lane;");
        line!("if (t >= info.tokens) {{ return; }}");
        line!("let to = (t * info.heads + head) * {quads}u;");
        for h in 0..heads {
            line!("var top{h} = -3.0e38; var total{h} = 0.0;");
            for i in 0..quads {
                line!("let q{h}_{i} = queries[to + {}u] * info.scale;", h * quads + i);
                line!("var sum{h}_{i} = vec4<f32>(0.0);");
            }
        }
        line!("for (var p = 0u; p <= info.position + t; p++) {{");
    }
    line!("let at = cache + p * {quads}u;");
    for i in 0..quads {
        line!("let key{i} = keys[at + {i}u];");
    }
    for h in 0..heads {
        let dots = (0..quads).map(|i| format!("dot(q{h}_{i}, key{i})")).collect::<Vec<_>>().join(" + ");
        line!("let score{h} = {dots};");
        line!("let high{h} = max(top{h}, score{h});");
        line!("let fade{h} = exp(top{h} - high{h});");
        line!("let share{h} = exp(score{h} - high{h});");
        line!("top{h} = high{h}; total{h} = total{h} * fade{h} + share{h};");
    }
    for i in 0..quads {
        line!("let value{i} = values[at + {i}u];");
        for h in 0..heads {
            line!("sum{h}_{i} = sum{h}_{i} * fade{h} + value{i} * share{h};");
        }
    }
    line!("}}");
    for h in 0..heads {
        if fresh {
            line!("let part{h} = (head + {h}u) * info.splits + split;");
            line!(
                "out[info.heads * info.splits * {quads}u + part{h}] = vec4<f32>(top{h}, total{h}, 0.0, 0.0);"
            );
        }
        for i in 0..quads {
            if fresh {
                line!("out[part{h} * {quads}u + {i}u] = sum{h}_{i};");
            } else {
                line!("out[to + {}u] = sum{h}_{i} / total{h};", h * quads + i);
            }
        }
    }
    line!("}}");
    text
}
