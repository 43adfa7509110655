"""Makes the goldens of the quantized types, in `quantized/`: tiny llama models, one a type.

llama.cpp's own quantizer makes the files, all from one random model: every matrix of one type, and one
file with the usual mixture of Q4_K_M. The goldens are logits at the end of a fixed sequence, from
llama.cpp (activations quantized to 8 bits) and from dequantized weights in f32, and samples of the
dequantized values of each tensor. Formats stand in `README.md`.

    python quantized_goldens.py
"""

from __future__ import annotations

import ctypes
import dataclasses
import tempfile
from pathlib import Path

import gguf
import llama_cpp
import numpy as np
from oracle import LlamaCpp, llama_cpp_settings, nmse, reference_from_gguf, sha256, versions, write_json
from tiny_model import FAMILIES, build, write_gguf

HERE = Path(__file__).parent / "quantized"
TOKENS = 24
CONTEXT = 64
SAMPLES = 8
FTYPES = {
    "q4_0": llama_cpp.LLAMA_FTYPE_MOSTLY_Q4_0,
    "q4_1": llama_cpp.LLAMA_FTYPE_MOSTLY_Q4_1,
    "q5_0": llama_cpp.LLAMA_FTYPE_MOSTLY_Q5_0,
    "q5_1": llama_cpp.LLAMA_FTYPE_MOSTLY_Q5_1,
    "q8_0": llama_cpp.LLAMA_FTYPE_MOSTLY_Q8_0,
    "q4_k": llama_cpp.LLAMA_FTYPE_MOSTLY_Q4_K_S,
    "q5_k": llama_cpp.LLAMA_FTYPE_MOSTLY_Q5_K_S,
    "q6_k": llama_cpp.LLAMA_FTYPE_MOSTLY_Q6_K,
    "q4_k_m": llama_cpp.LLAMA_FTYPE_MOSTLY_Q4_K_M,
}
MIXED = {"q4_k_m"}
# Rows of 256 and more, so that K-quants fit.
SIZE = {"hidden_size": 256, "num_attention_heads": 4, "num_key_value_heads": 1, "num_hidden_layers": 1,
        "intermediate_size": 256}


def quantize(source: Path, target: Path, name: str) -> None:
    options = llama_cpp.llama_model_quantize_default_params()
    options.nthread = 1
    options.ftype = FTYPES[name]
    options.pure = name not in MIXED
    code = llama_cpp.llama_model_quantize(str(source).encode(), str(target).encode(), ctypes.byref(options))
    if code != 0:
        raise RuntimeError(f"quantize to {name} gave code {code}")


def samples(path: Path) -> list[dict[str, object]]:
    """Of each tensor: its type, its first and last values and its mean square, dequantized by gguf-py."""
    found = []
    for tensor in gguf.GGUFReader(path).tensors:
        values = gguf.quants.dequantize(tensor.data, tensor.tensor_type).astype(np.float32).ravel()
        found.append({
            "name": tensor.name,
            "type": tensor.tensor_type.name,
            "dims": [int(n) for n in tensor.shape],
            "first": [float(v) for v in values[:SAMPLES]],
            "last": [float(v) for v in values[-SAMPLES:]],
            "mean_square": float(np.square(values.astype(np.float64)).mean()),
        })
    return found


def golden(source: Path, name: str, tokens: list[int], original: np.ndarray) -> dict[str, object]:
    path = HERE / f"{name}.gguf"
    quantize(source, path, name)
    llama = LlamaCpp(path, CONTEXT)
    theirs = llama.append(tokens)
    llama.close()
    exact = reference_from_gguf(path).append(tokens)
    for kind, logits in (("llama_cpp", theirs), ("f32", exact)):
        (HERE / f"{name}.{kind}.f32").write_bytes(logits.astype("<f4").tobytes())
    tensors = samples(path)
    kinds = sorted({tensor["type"] for tensor in tensors if len(tensor["dims"]) == 2})
    error, loss = nmse(theirs, exact), nmse(exact, original)
    print(f"{name:7} {path.stat().st_size:7} bytes  {'+'.join(kinds):12} llama.cpp to f32 {error:.2e}  "
          f"f32 to unquantized {loss:.2e}", flush=True)
    return {
        "name": name,
        "file": path.name,
        "bytes": path.stat().st_size,
        "sha256": sha256(path),
        "matrix_types": kinds,
        "llama_cpp_logits": f"{name}.llama_cpp.f32",
        "f32_logits": f"{name}.f32.f32",
        "nmse_llama_cpp_to_f32": error,
        "nmse_f32_to_unquantized": loss,
        "tensors": tensors,
    }


def main() -> None:
    HERE.mkdir(exist_ok=True)
    tied = next(family for family in FAMILIES if family.name == "llama-tied")
    family = dataclasses.replace(tied, name="quantized", config=tied.config | SIZE)
    model = build(family)
    vocab = model.config.vocab_size
    tokens = np.random.default_rng(3).integers(0, vocab, TOKENS).tolist()
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "source.gguf"
        write_gguf(source, family, model)
        original = reference_from_gguf(source).append(tokens)
        models = [golden(source, name, tokens, original) for name in FTYPES]
    write_json(HERE / "goldens.json", {
        "versions": versions(),
        "llama_cpp": llama_cpp_settings(),
        "f32": "weights dequantized to f32, transformers LlamaForCausalLM, eager attention",
        "logits": {"type": "f32, little-endian", "shape": [vocab]},
        "tokens": tokens,
        "models": models,
    })


if __name__ == "__main__":
    main()
