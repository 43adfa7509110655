"""Makes the goldens of a Qwen2.5-Coder file in `qwen2/`: what llama.cpp answers to prompts, in holes too.

For each prompt of `qwen2/prompts.json`: its token ids, markers taken as such, and 64 greedy tokens with the
two highest logits at each. Formats and commands stand in `README.md`. It does not fetch the model and it
judges nothing: the tests of the model crate do.

    python qwen2_goldens.py MODEL.gguf [--id ID]
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from oracle import LlamaCpp, greedy, llama_cpp_settings, sha256, versions, write_json

HERE = Path(__file__).parent / "qwen2"
GREEDY_TOKENS = 64
CONTEXT = 2048


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("model", type=Path, help="a GGUF file of the family qwen2")
    arguments.add_argument("--id", default="qwen2.5-coder-0.5b-tab", help="its id in models/catalog.toml, which names the golden file")
    options = arguments.parse_args()
    model = options.model

    llama = LlamaCpp(model, CONTEXT)
    prompts = []
    for prompt in json.loads((HERE / "prompts.json").read_text(encoding="utf-8")):
        tokens = llama.tokenize(prompt["prompt"], markers=True)
        llama.clear()
        ids, ties = greedy(lambda token: llama.append([token]), llama.append(tokens), GREEDY_TOKENS)
        prompts.append({"name": prompt["name"], "prompt_tokens": tokens, "tokens": ids, "top2": ties})
        print(f"{prompt['name']:26} {len(tokens):5} tokens", flush=True)

    write_json(HERE / f"{options.id}.json", {
        "model": {"bytes": model.stat().st_size, "sha256": sha256(model)},
        "versions": versions(),
        "llama_cpp": llama_cpp_settings(),
        "end_tokens": llama.end_tokens(),
        "prompts": prompts,
    })
    llama.close()


if __name__ == "__main__":
    main()
