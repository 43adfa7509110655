"""Cuts the sources of `smollm2/sources.json` to prompts whose answer is not a matter of rounding.

llama.cpp rounds activations to 8 bits, so after thirty layers the last bit of any sum has become visible
noise: the same prompt, answered by llama.cpp with another attention kernel or cache type, often ends in
other text. Such a prompt cannot tell a right implementation from a wrong one. Therefore each source is cut
back line by line, and where no line will do word by word, until seven runs agree on all 64 greedy tokens and nearly on the logits before them:
llama.cpp as the goldens have it, with f16 keys and values, with flash attention, with both (as it ships),
with 8-bit keys, and dequantized weights in PyTorch, with activations rounded as llama.cpp does and without.
No run of ours takes part. It writes `smollm2/prompts.json`; the goldens are made from that.

    python smollm2_select.py SmolLM2-135M-Instruct.Q4_1.gguf --jobs 2
"""

from __future__ import annotations

import argparse
import json
from multiprocessing import Pool
from pathlib import Path

from llama_cpp import GGML_TYPE_F16, GGML_TYPE_Q8_0
from oracle import LlamaCpp, greedy, nmse, reference_from_gguf, round_activations, write_json

HERE = Path(__file__).parent / "smollm2"
GREEDY_TOKENS = 64
CONTEXT = 2048
# A prompt shorter than this says too little for a completion.
FEWEST_CHARACTERS = 40
# Between any run and the first, at the prompt's end; the goldens allow 1e-2.
LARGEST_NMSE = 5e-3

_runs: list = []


def cuts(text: str):
    """The text, then the text up to the end of each line, then of each word, the longest first."""
    yield text
    for mark in "\n", " ":
        end = len(text)
        while (end := text.rfind(mark, 0, end)) >= FEWEST_CHARACTERS:
            yield text[:end]


def start(model: Path) -> None:
    """Makes the runs of this process; the first is that of the goldens."""
    f16, q8 = GGML_TYPE_F16, GGML_TYPE_Q8_0
    _runs.extend([
        LlamaCpp(model, CONTEXT),
        LlamaCpp(model, CONTEXT, keys=q8),
        LlamaCpp(model, CONTEXT, keys=f16, values=f16),
        LlamaCpp(model, CONTEXT, flash=True),
        LlamaCpp(model, CONTEXT, keys=f16, values=f16, flash=True),
        round_activations(reference_from_gguf(model)),
        reference_from_gguf(model),
    ])


def agree(tokens: list[int]) -> bool:
    """Whether all runs give the same 64 tokens after `tokens`, and logits as close as asked."""
    want, first = None, None
    for engine in _runs:
        engine.clear()
        end = engine.append(tokens)
        if first is not None and nmse(end, first) > LARGEST_NMSE:
            return False
        ids, _ = greedy(lambda token, engine=engine: engine.append([token]), end, GREEDY_TOKENS)
        if want is not None and ids != want:
            return False
        want, first = ids, end if first is None else first
    return True


def select(source: dict) -> dict | None:
    """The longest cut of one source that the runs agree on."""
    for text in cuts(source["text"]):
        if agree(_runs[0].tokenize(text)):
            print(f"{source['name']}: {len(text)} of {len(source['text'])} characters", flush=True)
            return {**source, "text": text}
    print(f"{source['name']}: no cut is stable", flush=True)
    return None


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("model", type=Path, help="path of SmolLM2-135M-Instruct.Q4_1.gguf")
    arguments.add_argument("--jobs", type=int, default=1, help="processes, one core each")
    options = arguments.parse_args()
    sources = json.loads((HERE / "sources.json").read_text(encoding="utf-8"))
    with Pool(options.jobs, initializer=start, initargs=(options.model,)) as pool:
        found = pool.map(select, sources, chunksize=1)
    missing = [source["name"] for source, prompt in zip(sources, found, strict=True) if prompt is None]
    if missing:
        raise SystemExit(f"give other sources for {', '.join(missing)}")
    write_json(HERE / "prompts.json", found)


if __name__ == "__main__":
    main()
