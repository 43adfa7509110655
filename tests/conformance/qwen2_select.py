"""Chooses the prompts of `qwen2/prompts.json`: the first twenty of `qwen2/candidates.json` that are no matter of luck.

Activations rounded to 8 bits make a model sensitive: where its two best tokens are near each other, llama.cpp
itself gives another one with another type of KV cache or another attention kernel. A prompt is taken where llama.cpp
gives the same 64 greedy tokens with keys and values in f32, in f16, and in f16 with flash attention; our own engine
takes no part in the choice. Of the twenty, eight are plain text and twelve are holes, five of them prefix first.

    python qwen2_select.py MODEL.gguf
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import llama_cpp
from oracle import LlamaCpp, greedy

HERE = Path(__file__).parent / "qwen2"
GREEDY_TOKENS = 64
CONTEXT = 2048
WANTED = {None: 8, "spm": 7, "psm": 5}


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("model", type=Path, help="a GGUF file of the family qwen2")
    model = arguments.parse_args().model
    half = {"keys": llama_cpp.GGML_TYPE_F16, "values": llama_cpp.GGML_TYPE_F16}
    engines = [LlamaCpp(model, CONTEXT, **settings) for settings in ({}, half, {**half, "flash": True})]

    taken = []
    for prompt in json.loads((HERE / "candidates.json").read_text(encoding="utf-8")):
        order = prompt.get("order")
        if sum(other.get("order") == order for other in taken) == WANTED[order]:
            continue
        answers = []
        for engine in engines:
            engine.clear()
            first = engine.append(engine.tokenize(prompt["prompt"], markers=True))
            answers.append(greedy(lambda token: engine.append([token]), first, GREEDY_TOKENS)[0])
            if answers[0] != answers[-1]:
                break
        is_stable = len(answers) == len(engines) and answers[0] == answers[-1]
        print(f"{'taken' if is_stable else 'left'}  {prompt['name']}", flush=True)
        if is_stable:
            taken.append(prompt)
    for engine in engines:
        engine.close()

    for order, wanted in WANTED.items():
        found = sum(prompt.get("order") == order for prompt in taken)
        if found < wanted:
            raise SystemExit(f"choosing prompts: {found} of {wanted} are stable ({order or 'plain'})")
    taken.sort(key=lambda prompt: [None, "spm", "psm"].index(prompt.get("order")))
    lines = ",\n".join(" " + json.dumps(prompt, ensure_ascii=False) for prompt in taken)
    (HERE / "prompts.json").write_text(f"[\n{lines}\n]\n", encoding="utf-8")


if __name__ == "__main__":
    main()
