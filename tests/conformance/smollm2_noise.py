"""Measures how far apart faithful runs of the default model are, in `smollm2/noise.json`.

Rounding activations to 8 bits makes the model sensitive: a difference in the last bit of an f32 sum flips
some roundings, these flip more in the next layer, and after some layers the rounding noise is another
one. So llama.cpp is compared here with itself under settings that change nothing but rounding in
attention, and with the f32 oracle. A bound for another implementation that asks for more than these
reach asks for the same instructions in the same order. It needs the goldens of `smollm2_goldens.py`.

    python smollm2_noise.py SmolLM2-135M-Instruct.Q4_1.gguf
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np
from oracle import LlamaCpp, first_difference, greedy, nmse, reference_from_gguf, versions, write_json

HERE = Path(__file__).parent / "smollm2"
CONTEXT = 2048


def compare(engine, prompts: list[dict]) -> dict[str, object]:
    """The engine against llama.cpp's goldens: on its own greedy path, and along the golden tokens."""
    errors, first, leads, forced, forced_leads = [], [], [], 0, []
    for prompt in prompts:
        golden = prompt["llama_cpp"]
        want, top2 = golden["tokens"], golden["top2"]
        lead = [best[1] - second[1] for best, second in top2]
        engine.clear()
        end = engine.append(prompt["prompt_tokens"])
        errors.append(nmse(end, np.fromfile(HERE / golden["logits"], "<f2")))
        along = engine.append(want[:-1], every=True)
        chosen = [int(end.argmax()), *along.argmax(axis=1).tolist()]
        forced += sum(a == b for a, b in zip(chosen, want, strict=True))
        forced_leads += [lead[i] for i, (a, b) in enumerate(zip(chosen, want, strict=True)) if a != b]
        engine.clear()
        own, _ = greedy(lambda token: engine.append([token]), engine.append(prompt["prompt_tokens"]), len(want))
        first.append(first_difference(own, want))
        if first[-1] is not None:
            leads.append(lead[first[-1]])
    return {
        "prompts_equal": first.count(None),
        "first_difference": first,
        "lead_at_first_difference": [round(v, 3) for v in leads],
        "along_golden_equal": forced,
        "along_golden_largest_lead_missed": round(max(forced_leads, default=0.0), 3),
        "nmse_median": float(np.median(errors)),
        "nmse_max": max(errors),
    }


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("model", type=Path, help="path of SmolLM2-135M-Instruct.Q4_1.gguf")
    model = arguments.parse_args().model
    prompts = json.loads((HERE / "goldens.json").read_text(encoding="utf-8"))["prompts"]
    runs = {
        "llama.cpp again": lambda: LlamaCpp(model, CONTEXT),
        "llama.cpp with flash attention": lambda: LlamaCpp(model, CONTEXT, flash=True),
        "llama.cpp with an f16 KV cache": lambda: LlamaCpp(model, CONTEXT, f16_cache=True),
        "f32": lambda: reference_from_gguf(model),
    }
    found = {}
    for name, make in runs.items():
        found[name] = compare(make(), prompts)
        print(f"{name:32} {found[name]}", flush=True)
    write_json(HERE / "noise.json", {
        "versions": versions(),
        "prompts": len(prompts),
        "positions_along_golden": sum(len(prompt["llama_cpp"]["tokens"]) for prompt in prompts),
        "against_goldens": found,
    })


if __name__ == "__main__":
    main()
