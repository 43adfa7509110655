"""Makes the goldens of the default model, SmolLM2-135M-Instruct Q4_1, in `smollm2/`.

For each prompt of `smollm2/prompts.json`: its token ids, 64 greedy tokens with the two highest logits at
each, and all logits at the prompt's end, once from llama.cpp (which quantizes activations to 8 bits) and
once from dequantized weights in f32. Formats and commands stand in `README.md`. It does not fetch the
model and it judges nothing: the tests of the model crate do.

    python smollm2_goldens.py SmolLM2-135M-Instruct.Q4_1.gguf
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import gguf
import numpy as np
from oracle import (
    LlamaCpp, first_difference, greedy, llama_cpp_settings, nmse, reference_from_gguf, sha256, versions, write_json,
)

HERE = Path(__file__).parent / "smollm2"
GREEDY_TOKENS = 64
CONTEXT = 2048


def run(engine, tokens: list[int]) -> tuple[np.ndarray, list[int], list]:
    """Logits at the prompt's end, the greedy tokens after it, and the two highest logits at each."""
    engine.clear()
    end = engine.append(tokens)
    ids, ties = greedy(lambda token: engine.append([token]), end, GREEDY_TOKENS)
    return end, ids, ties


def write_logits(folder: str, name: str, logits: np.ndarray) -> str:
    """Writes little-endian f16 values and gives the file's path relative to `smollm2/`."""
    path = HERE / folder / f"{name}.f16"
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(logits.astype("<f2").tobytes())
    return str(path.relative_to(HERE))


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("model", type=Path, help="path of SmolLM2-135M-Instruct.Q4_1.gguf")
    model = arguments.parse_args().model

    llama = LlamaCpp(model, CONTEXT)
    exact = reference_from_gguf(model)
    fields = gguf.GGUFReader(model).fields
    add_bos = fields.get("tokenizer.ggml.add_bos_token")
    ends = llama.end_tokens()

    prompts = []
    for prompt in json.loads((HERE / "prompts.json").read_text(encoding="utf-8")):
        tokens = llama.tokenize(prompt["text"])
        end, ids, ties = run(llama, tokens)
        f32_end, f32_ids, f32_ties = run(exact, tokens)
        prompts.append({
            "name": prompt["name"],
            "prompt_tokens": tokens,
            "first_end_token": next((i for i, token in enumerate(ids) if token in ends), None),
            "llama_cpp": {
                "tokens": ids,
                "top2": ties,
                "logits": write_logits("llama_cpp_logits", prompt["name"], end),
            },
            "f32": {
                "tokens": f32_ids,
                "top2": f32_ties,
                "logits": write_logits("f32_logits", prompt["name"], f32_end),
            },
            "nmse_llama_cpp_to_f32": nmse(end, f32_end),
            "first_difference": first_difference(ids, f32_ids),
        })
        entry = prompts[-1]
        print(f"{entry['name']:26} {len(tokens):5} tokens  nmse {entry['nmse_llama_cpp_to_f32']:.2e}  "
              f"first difference {entry['first_difference']}", flush=True)

    errors = [entry["nmse_llama_cpp_to_f32"] for entry in prompts]
    write_json(HERE / "goldens.json", {
        "model": {"file": model.name, "bytes": model.stat().st_size, "sha256": sha256(model)},
        "versions": versions(),
        "llama_cpp": llama_cpp_settings(),
        "f32": "weights dequantized to f32, transformers LlamaForCausalLM, eager attention, one thread",
        "tokenize": {
            "add_bos_token_key": None if add_bos is None else bool(add_bos.contents()),
            "parse_special": False,
        },
        "end_tokens": ends,
        "logits": {"type": "f16, little-endian", "shape": [llama.vocab_size]},
        "nmse_llama_cpp_to_f32": {"median": float(np.median(errors)), "max": max(errors)},
        "prompts": prompts,
    })
    llama.close()


if __name__ == "__main__":
    main()
