"""The tokenizer of a GGUF file in the library that training uses, with the markers of fill in the middle.

The vocabulary keeps its size and its order: markers take the places of control tokens that no text of ours has.
Ids are compared with `core/tokenizer`'s on the goldens of `tests/conformance`.
"""

from __future__ import annotations

from dataclasses import dataclass

import gguf
from tokenizers import Regex, Tokenizer, models, pre_tokenizers

from prompts import END, MIDDLE, PREFIX, SUFFIX

# Control tokens of SmolLM2's vocabulary that mark issues and notebooks; other bases have markers of their own.
SPARE = {"<issue_start>": PREFIX, "<issue_comment>": SUFFIX, "<issue_closed>": MIDDLE}

_QWEN2 = (r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|"
          r"\s*[\r\n]+|\s+(?!\S)|\s+")
_CONTROL = 3


@dataclass
class Vocabulary:
    """Tokens as the file has them, with markers, and what encodes text."""

    tokens: list[str]
    types: list[int]
    pre: str
    tokenizer: Tokenizer

    def encode(self, text: str) -> list[int]:
        return self.tokenizer.encode(text, add_special_tokens=False).ids

    def id(self, name: str) -> int:
        return self.tokens.index(name)


def read(reader: gguf.GGUFReader) -> Vocabulary:
    """The vocabulary of a file, with the markers put in where it has none."""
    def strings(key: str) -> list[str]:
        return reader.fields[key].contents()

    tokens, types = strings("tokenizer.ggml.tokens"), list(reader.fields["tokenizer.ggml.token_type"].contents())
    if PREFIX not in tokens:
        for old, new in SPARE.items():
            if old not in tokens:
                raise ValueError(f"the vocabulary has neither {PREFIX} nor {old} to make room for it")
            tokens[tokens.index(old)] = new
    for name in (PREFIX, SUFFIX, MIDDLE, END):
        types[tokens.index(name)] = _CONTROL
    merges = [tuple(merge.split(" ", 1)) for merge in strings("tokenizer.ggml.merges")]
    # Control tokens are no text: merges cannot make them, and nothing else looks for them.
    model = models.BPE(vocab={token: at for at, token in enumerate(tokens)}, merges=merges)
    tokenizer = Tokenizer(model)
    pre = reader.fields["tokenizer.ggml.pre"].contents()
    byte_level = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=pre != "qwen2")
    first = {"smollm": pre_tokenizers.Digits(individual_digits=True),
             "qwen2": pre_tokenizers.Split(Regex(_QWEN2), "isolated"), "gpt-2": None}
    if pre not in first:
        raise ValueError(f"the pre-tokenizer {pre!r} is not known here")
    steps = [step for step in (first[pre], byte_level) if step]
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(steps)
    return Vocabulary(tokens, types, pre, tokenizer)
