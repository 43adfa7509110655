"""What of a package is taken: not the evaluation's, nothing twice, no more of one package or language than its share."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from .dedup import Duplicates, overlaps
from .files import SourceFile, files
from .packages import Package

HUMANEVAL = set((Path(__file__).resolve().parents[1] / "humaneval-names.txt").read_text().split())
PER_PACKAGE = 3_000_000  # characters


def take(package: Package, duplicates: Duplicates, evaluated: set[int], bound: int, dropped: Counter) -> Iterator[SourceFile]:
    """The files of a package that may be used; why others may not is counted in `dropped`.

    Of a package that is over the bound, languages that it has less of come first, and files in no order: what is
    left out is some of what there is most of, rather than whatever folder comes last.
    """
    found = list(files(package))
    totals: Counter = Counter()
    for file in found:
        totals[file.language] += len(file.text)
    if totals.total() > bound:
        found.sort(key=lambda file: (totals[file.language], file.language, hashlib.sha256(file.path.encode()).digest()))
    taken = 0
    for file in found:
        if file.language == "python" and solves_humaneval(file.text):
            dropped["HumanEval's functions"] += 1
        elif evaluated and overlaps(without_head(file.text), evaluated):
            dropped["text of a suite"] += 1
        elif duplicates.seen(file.text):
            dropped["duplicates"] += 1
        elif taken + len(file.text) > bound:
            dropped["more of one package than allowed"] += 1
        else:
            taken += len(file.text)
            yield file
    if not taken:
        dropped["packages without a file to use"] += 1


# Blanks and comments; of lines with `#`, not those of C's preprocessor.
_HEAD = re.compile(r"(?:\s+|<\?php|//[^\n]*|--[^\n]*|#(?!\s*(?:include|define|if|pragma|import))[^\n]*"
                   r"|/\*.*?\*/|<!--.*?-->|\{-.*?-\})*", re.S)


def without_head(text: str) -> str:
    """A file without the comments that it begins with: a licence that a file of the suite has too is no copy of it."""
    return text[_HEAD.match(text).end():]


def solves_humaneval(text: str) -> bool:
    """Whether a file defines what HumanEval asks for: one telling name, or three of any kind."""
    defined = set(re.findall(r"^\s*def\s+(\w+)", text, re.M)) & HUMANEVAL
    return len(defined) >= 3 or any(len(name) >= 12 and "_" in name for name in defined)


def share_bound(totals: dict[str, int], most: float) -> int:
    """The largest bound on a language at which none is over the share `most` of what is left."""
    # Of few languages each has to have more: at least twice what all being equal would give.
    most = max(most, 2 / max(1, len(totals)))
    bound = max(totals.values(), default=0)
    while bound and max(min(n, bound) for n in totals.values()) > most * sum(min(n, bound) for n in totals.values()):
        bound = int(bound * 0.95)
    return bound
