"""Makes the goldens of the model families, in `families/`: tiny random models from transformers.

Each model is stored as GGUF and loaded in llama.cpp too: equal logits there prove that metadata, tensor
names and row orders are what llama.cpp's files have. Each golden also says how far a typical mistake
moves the logits, so that a bound on the error is known to catch it. Formats stand in `README.md`.

    python families_goldens.py
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from gguf import GGMLQuantizationType as Type
from oracle import LlamaCpp, Transformers, greedy, llama_cpp_settings, nmse, sha256, versions, write_json
from tiny_model import FAMILIES, Family, build, permute, write_gguf

HERE = Path(__file__).parent / "families"
TOKENS = 24
GREEDY_TOKENS = 16
CONTEXT = 64
# Greedy tokens must not hang on rounding: the best logit leads the second by at least this much.
MIN_LEAD = 0.05
# llama.cpp rounds activations to the type of the matrix before it multiplies.
MAX_NMSE = {Type.F32: 1e-9, Type.F16: 1e-5, Type.BF16: 2e-4}
# ggml computes GELU from a table in f16.
MAX_NMSE_GELU = 1e-6
# A mistake must move the logits by this much, or the golden could not show it.
MIN_DEFECT_NMSE = 1e-3


def sequence(model: Transformers, vocab: int) -> tuple[list[int], np.ndarray, list[int], float]:
    """The first seeded sequence whose greedy continuation is varied and free of near ties."""
    for seed in range(1000):
        tokens = np.random.default_rng(seed).integers(0, vocab, TOKENS).tolist()
        model.clear()
        logits = model.append(tokens, every=True)
        ids, ties = greedy(lambda token: model.append([token]), logits[-1], GREEDY_TOKENS)
        lead = min(first[1] - second[1] for first, second in ties)
        if lead >= MIN_LEAD and len(set(ids)) >= GREEDY_TOKENS // 2:
            return tokens, logits, ids, lead
    raise RuntimeError("no sequence of 1000 has a clear greedy continuation")


def other_pairing(model) -> dict:
    """The model's weights as one sees them who takes rotated pairs from the wrong places of a head."""
    config, weights = model.config, dict(model.state_dict())
    head = {"q": config.num_attention_heads, "k": config.num_key_value_heads}
    for name, value in weights.items():
        part = name.split(".")[-2]
        if part in ("q_proj", "k_proj"):
            weights[name] = torch.from_numpy(permute(value.numpy(), head[part[0]]))
        elif part in ("q_norm", "k_norm"):
            weights[name] = torch.from_numpy(permute(value.numpy(), 1))
    return weights


def golden(family: Family) -> dict[str, object]:
    model = build(family)
    path = HERE / f"{family.name}.gguf"
    write_gguf(path, family, model)
    vocab = model.config.vocab_size
    tokens, logits, ids, lead = sequence(Transformers(model), vocab)
    logits_path = HERE / f"{family.name}.logits.f32"
    logits_path.write_bytes(logits.astype("<f4").tobytes())

    llama = LlamaCpp(path, CONTEXT)
    theirs = llama.append(tokens, every=True)
    their_ids, _ = greedy(lambda token: llama.append([token]), theirs[-1], GREEDY_TOKENS)
    llama.close()
    error = nmse(theirs, logits)
    bound = MAX_NMSE_GELU if family.arch == "starcoder2" else MAX_NMSE[family.dtype]
    if error > bound or their_ids != ids:
        raise RuntimeError(f"{family.name}: llama.cpp differs, nmse {error:.2e}, tokens {their_ids} for {ids}")

    defects = {}
    mistakes = {what: (model.state_dict(), changes) for what, changes in family.defects.items()}
    mistakes["rotated pairs mixed up"] = (other_pairing(model), {})
    for what, (weights, changes) in mistakes.items():
        wrong = Transformers(build(family, weights, **changes)).append(tokens, every=True)
        defects[what] = nmse(wrong, logits)
        if defects[what] < MIN_DEFECT_NMSE:
            raise RuntimeError(f"{family.name}: {what} moves the logits by nmse {defects[what]:.2e} only")
    print(f"{family.name:15} {path.stat().st_size:7} bytes  nmse {error:.2e}  lead {lead:.3f}  "
          + "  ".join(f"{what} {value:.2e}" for what, value in defects.items()), flush=True)
    return {
        "name": family.name,
        "file": path.name,
        "bytes": path.stat().st_size,
        "sha256": sha256(path),
        "architecture": family.arch,
        "matrices": family.dtype.name,
        "tokens": tokens,
        "logits": logits_path.name,
        "logits_shape": list(logits.shape),
        "greedy": ids,
        "greedy_smallest_lead": lead,
        "nmse_llama_cpp": error,
        "nmse_of_defects": defects,
    }


def main() -> None:
    HERE.mkdir(exist_ok=True)
    models = [golden(family) for family in FAMILIES]
    write_json(HERE / "goldens.json", {
        "versions": versions(),
        "oracle": "transformers, f32, eager attention, weights as the file's type holds them",
        "llama_cpp": llama_cpp_settings(),
        "logits": "f32, little-endian, [tokens, vocabulary]: after each token of the sequence",
        "models": models,
    })


if __name__ == "__main__":
    main()
