//! Shaders of the product: one table of what differs, two templates for GPUs.
//!
//! `wgsl/product_split.wgsl` is for a token, `wgsl/product_tile.wgsl` for a
//! prompt; `unrolled` writes the third, for GPUs that are emulated.

use super::unrolled;
use crate::kernel::pack::Format;

/// What becomes of a sum before it is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Gate {
    /// Nothing.
    None,
    /// `silu(a) * b` of a row of the first half and one of the second.
    SwiGlu,
    /// The tanh form of GELU.
    Gelu,
}

/// Everything that the text of a product depends on.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct ProductShape {
    pub(super) format: Format,
    pub(super) cut: Cut,
    pub(super) gate: Gate,
    pub(super) bias: bool,
    pub(super) residual: bool,
}

/// How rows and tokens are dealt to lanes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Cut {
    /// Sums spread over lanes: `wgsl/product_split.wgsl`.
    Split,
    /// Blocks in workgroup memory: `wgsl/product_tile.wgsl`.
    Tile,
    /// Everything in one lane, for so many tokens: [`unrolled::product`].
    Unrolled(usize),
}

impl ProductShape {
    /// Rows of `y` and tokens that one workgroup makes.
    pub(super) fn covers(&self) -> (usize, usize) {
        let halves = if self.gate == Gate::SwiGlu { 2 } else { 1 };
        match self.cut {
            Cut::Split => (8, 1),
            Cut::Tile => (32 / halves, 32),
            Cut::Unrolled(tokens) => (unrolled::ROWS * unrolled::LANES / halves, tokens),
        }
    }

    pub(super) fn lanes(&self) -> u32 {
        if let Cut::Unrolled(_) = self.cut { unrolled::LANES as u32 } else { 64 }
    }

    /// Storage buffers with their element types, in order.
    fn buffers(&self) -> Vec<(&'static str, &'static str)> {
        let columns = if let Cut::Unrolled(_) = self.cut { "Columns" } else { "vec4<f32>" };
        let mut buffers = vec![("x", columns), ("words", "Block"), ("y", "f32")];
        if self.bias {
            buffers.push(("aux", "f32"));
        }
        if self.residual {
            buffers.push(("residual", "f32"));
        }
        buffers
    }

    pub(super) fn text(&self) -> String {
        let body = match self.cut {
            Cut::Split => self.split(),
            Cut::Tile => self.tile(),
            Cut::Unrolled(tokens) => unrolled::product(self, tokens),
        };
        let epilogue = self.epilogue();
        let shared = include_str!("wgsl/product.wgsl").replace("EPILOGUE\n", &epilogue);
        [&shared, &block(self.format), &super::shader::bindings(&self.buffers()), &body]
            .map(String::as_str)
            .concat()
    }

    fn epilogue(&self) -> String {
        let mut text = String::new();
        if self.bias {
            text += "    value += aux[info.bias + info.row + row];\n";
        }
        text += "    value *= info.scale;\n";
        text += match (self.gate, self.bias) {
            (Gate::None, _) => "",
            (Gate::Gelu, _) => "    value = gelu(value);\n",
            (Gate::SwiGlu, false) => "    value = swiglu(value, up * info.scale);\n",
            (Gate::SwiGlu, true) => {
                "    value = swiglu(value, (up + aux[info.bias + info.rows + row]) * info.scale);\n"
            }
        };
        if self.residual {
            text += "    value += residual[at];\n";
        }
        text
    }

    fn split(&self) -> String {
        let mut unit = read_unit(self.format, "g", "quad");
        let mut inputs = Vec::new();
        for (i, (quad, shift)) in columns(self.format).enumerate() {
            unit += &format!("    let x{i} = x[columns + {quad}u];\n");
            inputs.push(format!("x{i}"));
            for (j, letter) in ["x", "y", "z", "w"].into_iter().enumerate() {
                let sum = if i + j == 0 { "var dots =" } else { "dots +=" };
                unit += &format!("    {sum} {} * x{i}.{letter};\n", quants(self.format, shift + 8 * j));
            }
        }
        unit += &format!("    sum += d * dots + m * dot({}, vec4<f32>(1.0));\n", inputs.join(" + "));
        let quads = if self.gate == Gate::SwiGlu { "4" } else { "2" };
        include_str!("wgsl/product_split.wgsl").replace("QUADS_VALUE", quads).replace("UNIT\n", &unit)
    }

    fn tile(&self) -> String {
        let mut unit = read_unit(self.format, "g", "quad");
        for (quad, shift) in columns(self.format) {
            for j in 0..4 {
                let quants = quants(self.format, shift + 8 * j);
                unit +=
                    &format!("      weights[(g * 4u + {}u) * 8u + quad] = d * {quants} + m;\n", quad * 4 + j);
            }
        }
        let (tile, second, out) = if self.gate == Gate::SwiGlu {
            ("group.x * 2u + quad % 4u / 2u", "quad / 4u * info.second", "4u")
        } else {
            ("group.x * 4u + quad / 2u", "0u", "8u")
        };
        include_str!("wgsl/product_tile.wgsl")
            .replace("TILE_INDEX", tile)
            .replace("SECOND_INDEX", second)
            .replace("OUT_QUADS", out)
            .replace("UNIT\n", &unit)
    }
}

/// The packed layout (`kernel::pack`) in quads of rows.
fn block(format: Format) -> String {
    let (scales, quants) = (format.scale_words() / 4, (format.block_words() - format.scale_words()) / 4);
    let groups = quants / 2;
    format!(
        "struct Block {{ scale: array<vec4<u32>, {scales}>, quant: array<vec4<u32>, {quants}> }}
const GROUPS = {groups}u;\n"
    )
}

/// Quads of columns in a word, relative to the word's number, with their lowest bits.
fn columns(format: Format) -> impl Iterator<Item = (usize, usize)> {
    let both: &[_] = if format == Format::Nibble { &[(0, 0), (4, 4)] } else { &[(0, 0)] };
    both.iter().copied()
}

/// Word and scales of four rows: `w`, `d` and `m`.
fn read_unit(format: Format, g: &str, quad: &str) -> String {
    let scale = if format == Format::HalfByte {
        format!("{g} / 4u * 2u + {quad} % 2u")
    } else {
        format!("{quad} % 2u")
    };
    format!(
        "    let w = words[at].quant[{g} * 2u + {quad} % 2u];
    let h = words[at].scale[{scale}];
    let h0 = unpack2x16float(h.x);
    let h1 = unpack2x16float(h.y);
    let h2 = unpack2x16float(h.z);
    let h3 = unpack2x16float(h.w);
    let d = vec4<f32>(h0.x, h1.x, h2.x, h3.x);
    let m = vec4<f32>(h0.y, h1.y, h2.y, h3.y);\n"
    )
}

/// One column of four rows as floats.
fn quants(format: Format, bit: usize) -> String {
    let mask = if format == Format::Nibble { 15 } else { 255 };
    format!("vec4<f32>((w >> vec4<u32>({bit}u)) & vec4<u32>({mask}u))")
}
