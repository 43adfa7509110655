"""Makes the goldens of the block formats, in `core/gguf/tests/fixtures/`: one file a type.

The numpy package `gguf` is the independent implementation. A file is, little-endian:

    u32 n | packed blocks of n elements | n f32, dequantized | n f32, quantized from

The last part is there only for the types that the package can quantize. Packed blocks of the others are
random bits under sensible scales.

    python gguf_blocks.py
"""

from __future__ import annotations

from pathlib import Path

import gguf
import numpy as np
from gguf import GGMLQuantizationType as Type
from gguf.quants import dequantize, quantize

OUT = Path(__file__).parents[2] / "core/gguf/tests/fixtures"
SIMPLE = [Type.F32, Type.F16, Type.BF16, Type.Q4_0, Type.Q4_1, Type.Q5_0, Type.Q5_1, Type.Q8_0]
# Where the 16-bit scales of a block stand, in bytes.
SUPER = {Type.Q4_K: (0, 2), Type.Q5_K: (0, 2), Type.Q6_K: (208,)}


def values(rng: np.random.Generator) -> np.ndarray:
    """Rows of 32 that reach the corners of the formats."""
    ramp = np.linspace(-1, 1, 32)
    spike = np.where(np.arange(32) == 7, -3.0, 0.01)
    rows = [
        np.zeros(32),
        np.full(32, 0.75),
        np.full(32, -0.75),
        ramp,
        ramp + 5,
        spike,
        -spike,
        np.arange(32) - 16.0,  # ties and exact ends of the 5-bit range
        np.arange(32) / 8 - 2.0,
        ramp * 1e-6,
        ramp * 1e4,
        *rng.standard_normal((5, 32)),
    ]
    return np.array(rows, dtype=np.float32)


def main() -> None:
    rng = np.random.default_rng(20)
    for ty in SIMPLE:
        given = values(rng)
        packed = quantize(given, ty)
        save(ty, given.size, packed, dequantize(packed, ty), given)
    for ty, scales in SUPER.items():
        blocks = 4
        _, block_bytes = gguf.GGML_QUANT_SIZES[ty]
        packed = rng.integers(0, 256, (blocks, block_bytes), dtype=np.uint8)
        for at in scales:
            d = rng.uniform(0.001, 0.1, (blocks, 1)) * rng.choice([-1, 1], (blocks, 1))
            packed[:, at : at + 2] = d.astype(np.float16).view(np.uint8)
        save(ty, blocks * 256, packed, dequantize(packed, ty))


def save(ty: Type, n: int, packed: np.ndarray, *floats: np.ndarray) -> None:
    parts = [np.uint32(n).tobytes(), packed.tobytes(), *(f.astype("<f4").tobytes() for f in floats)]
    (OUT / f"{ty.name.lower()}.golden").write_bytes(b"".join(parts))


if __name__ == "__main__":
    main()
