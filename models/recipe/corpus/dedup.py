"""Files that are nearly the same, and texts that occur in others.

Near duplicates are found by MinHash (Broder 1997) over runs of words, in bands, so that a file is compared with few
others: of two files of which 85 in 100 runs are common, nearly all are found; of two with half, nearly none.
"""

from __future__ import annotations

import hashlib
import random
import re
import zlib

RUN = 5          # words that are looked at together
BANDS, ROWS = 16, 8
WINDOW = 24      # words that two texts have in common where one is taken from the other

_PRIME = (1 << 61) - 1
_draws = random.Random(20)
_HASHES = [(_draws.randrange(1, _PRIME), _draws.randrange(_PRIME)) for _ in range(BANDS * ROWS)]
_WORD = re.compile(r"\w+|[^\w\s]")


def words(text: str) -> list[str]:
    return _WORD.findall(text)


class Duplicates:
    """Remembers what was seen, as hashes."""

    def __init__(self) -> None:
        self.whole: set[bytes] = set()
        self.bands: list[set[int]] = [set() for _ in range(BANDS)]

    def seen(self, text: str) -> bool:
        """Whether a file like this one was seen before; remembers it if not."""
        found = words(text)
        digest = hashlib.sha256(" ".join(found).encode()).digest()
        if digest in self.whole:
            return True
        marks = signature(found)
        keys = [hash(tuple(marks[at * ROWS:(at + 1) * ROWS])) for at in range(BANDS)]
        if any(key in band for key, band in zip(keys, self.bands)):
            return True
        self.whole.add(digest)
        for key, band in zip(keys, self.bands):
            band.add(key)
        return False


def signature(found: list[str]) -> list[int]:
    """The least hash of all runs, for each of the hash functions."""
    runs = {zlib.crc32(" ".join(found[at:at + RUN]).encode()) for at in range(max(1, len(found) - RUN + 1))}
    # Of large files a part stands for the whole: always the same, chosen by its hash.
    if len(runs) > 400:
        runs = set(sorted(runs, key=lambda run: run * 2654435761 % (1 << 32))[:400])
    return [min((a * run + b) % _PRIME for run in runs) for a, b in _HASHES]


def windows(text: str) -> set[int]:
    """Hashes of all runs of `WINDOW` words."""
    found = words(text)
    return {hash(tuple(found[at:at + WINDOW])) for at in range(len(found) - WINDOW + 1)}


def overlaps(text: str, others: set[int]) -> bool:
    """Whether a text has a run of words that one of the others has."""
    return not others.isdisjoint(windows(text))
