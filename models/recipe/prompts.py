"""The form of a prompt, byte for byte as `core/context` sends it.

A prompt is a list of pieces: a text, or the name of a control token. `golden.json` holds prompts that
`core/context` rendered; a test there and one here compare with the same file, so neither can change alone.
"""

from __future__ import annotations

import random

from corpus.spans import Cutter

# The template that the exported model selects by its vocabulary: `starcoder`.
FAMILY = "starcoder"
PREFIX, SUFFIX, MIDDLE = "<fim_prefix>", "<fim_suffix>", "<fim_middle>"
# Ends the middle; the tokenizer's own end of a text.
END = "<|endoftext|>"

Piece = tuple[str, str]  # ("text" or "marker", what)

# Of all examples: suffix first, prefix first, and no hole at all.
SHARES = {"spm": 0.50, "psm": 0.25, "plain": 0.25}


def pieces(order: str, prefix: str, suffix: str) -> list[Piece]:
    """What the model reads before it writes the middle."""
    if order == "spm":
        parts = [("marker", PREFIX), ("marker", SUFFIX), ("text", suffix), ("marker", MIDDLE), ("text", prefix)]
    elif order == "psm":
        parts = [("marker", PREFIX), ("text", prefix), ("marker", SUFFIX), ("text", suffix), ("marker", MIDDLE)]
    else:
        raise ValueError(f"there is no order {order!r}")
    return [part for part in parts if part != ("text", "")]


def example(text: str, language: str, rng: random.Random, window: int) -> tuple[str, list[Piece], str]:
    """One training example of a file: the order, what is read, and what is to be written after it.

    Half of the holes are what a syntax-aware editor would leave (a line, the rest of one, a block, arguments),
    half begin and end at any character. At most `window` characters around the hole are kept, more of them before
    it than after, as the prompts of an editor have it.
    """
    drawn = rng.random()
    order = "spm" if drawn < SHARES["spm"] else "psm" if drawn < SHARES["spm"] + SHARES["psm"] else "plain"
    if order == "plain" or len(text) < 60:
        start = rng.randrange(max(1, len(text) - window)) if len(text) > window else 0
        start = text.rfind("\n", 0, start) + 1
        return "plain", [], text[start:start + window]
    start, end = hole(text, language, rng)
    before, after = int(window * 0.7), int(window * 0.3)
    first = max(0, start - rng.randint(before // 4, before))
    first = text.rfind("\n", 0, first) + 1 if first else 0
    last = min(len(text), end + rng.randint(0, after))
    return order, pieces(order, text[first:start], text[end:last]), text[start:end]


def hole(text: str, language: str, rng: random.Random) -> tuple[int, int]:
    """Where the hole begins and ends, in characters."""
    if rng.random() < 0.5:
        # Far from all of a large file is scanned for one hole.
        base = max(0, rng.randrange(len(text)) - 2000) if len(text) > 6000 else 0
        base = text.rfind("\n", 0, base) + 1 if base else 0
        cutter = Cutter(text[base:base + 6000], language)
        kind = rng.choice(["single_line", "line_rest", "line_rest", "block", "call_arguments"])
        found = cutter.holes(kind, rng)
        if found:
            return base + found[0].start, base + found[0].end
    start = rng.randrange(1, len(text) - 1)
    # Short holes are what typing leaves; a few are long.
    length = min(int(rng.lognormvariate(3.5, 1.0)) + 1, 600)
    return start, min(len(text), start + length)
