"""Where holes can be cut: whole lines, ends of lines, blocks, arguments of calls, spans of characters.

A scanner that knows strings and comments marks what is code; blocks are read off the indentation, which holds for
formatted code in every language here, calls off their brackets. There is no grammar: a hole that is not quite
what its kind says is a hole all the same.
"""

from __future__ import annotations

import random
import re
from dataclasses import dataclass

KINDS = ("single_line", "line_rest", "block", "call_arguments", "random_span")

_HASH = {"python", "ruby", "shellscript", "elixir", "r"}
_DASHES = {"lua", "haskell", "sql"}
_SINGLE_QUOTED = {"python", "javascript", "typescript", "ruby", "php", "lua", "shellscript", "css", "scss", "dart"}
_CONTROL = {"if", "for", "while", "switch", "catch", "return", "match", "elif", "elseif", "until", "foreach", "with",
            "using", "lock", "sizeof", "typeof", "and", "or", "not", "in", "is", "when", "unless", "assert", "await"}
_DEFINES = re.compile(r"\b(def|fn|func|function|sub|class|interface|struct|macro_rules!|macro|enum|trait|impl|new"
                      r"|async\s+function)\s+[\w.:<>]*$|#\s*define\s+\w*$")


@dataclass(frozen=True)
class Hole:
    kind: str
    start: int  # characters
    end: int


def code_mask(text: str, language: str) -> bytearray:
    """1 for each character that is code, 0 inside of strings and comments."""
    mask = bytearray(b"\1" * len(text))
    line = "#" if language in _HASH else "--" if language in _DASHES else "//"
    at = 0
    while at < len(text):
        start, c = at, text[at]
        if text.startswith(line, at) or (language == "php" and c == "#"):
            at = _find(text, "\n", at)
        elif line == "//" and text.startswith("/*", at):
            at = _find(text, "*/", at + 2) + 2
        elif language == "haskell" and text.startswith("{-", at):
            at = _find(text, "-}", at + 2) + 2
        elif language == "lua" and text.startswith("[[", at):
            at = _find(text, "]]", at + 2) + 2
        elif language == "python" and text.startswith(('"""', "'''"), at):
            at = _find(text, text[at:at + 3], at + 3) + 3
        elif c == "`" and language in ("javascript", "typescript", "go"):
            at = _quoted(text, at, True)
        elif c == '"' or (c == "'" and language in _SINGLE_QUOTED):
            at = _quoted(text, at, language in ("rust", "php", "ruby", "shellscript"))
        elif c == "'" and (found := re.compile(r"'(\\.[^']*|[^'\\])'").match(text, at)):
            at = found.end()
        else:
            at += 1
            continue
        at = min(at, len(text))
        mask[start:at] = bytes(at - start)
    return mask


def _find(text: str, what: str, at: int) -> int:
    found = text.find(what, at)
    return len(text) if found < 0 else found


def _quoted(text: str, at: int, over_lines: bool) -> int:
    quote, end = text[at], at + 1
    while end < len(text):
        if text[end] == "\\":
            end += 2
        elif text[end] == quote:
            return end + 1
        elif text[end] == "\n" and not over_lines:
            return end
        else:
            end += 1
    return len(text)


class Cutter:
    """All holes of one file."""

    def __init__(self, text: str, language: str) -> None:
        self.text = text
        self.mask = code_mask(text, language)
        self.lines: list[tuple[int, int]] = []  # where each line begins and ends, without its end
        start = 0
        for line in text.split("\n"):
            self.lines.append((start, start + len(line)))
            start += len(line) + 1

    def _code(self, start: int, end: int) -> bool:
        """Whether most of a stretch is code, and it says something."""
        marked = [at for at in range(start, end) if not self.text[at].isspace()]
        shown = sum(self.mask[at] for at in marked)
        names = re.findall(r"[^\W\d]\w+", self.text[start:end])
        return len(marked) >= 4 and shown * 2 > len(marked) and bool(names)

    def _bounds(self, line: int) -> tuple[int, int]:
        """A line without the blanks around it."""
        start, end = self.lines[line]
        text = self.text[start:end]
        return start + len(text) - len(text.lstrip()), start + len(text.rstrip())

    def single_lines(self) -> list[Hole]:
        holes = []
        for line in range(2, len(self.lines)):
            start, end = self._bounds(line)
            if 10 <= end - start <= 120 and self._code(start, end):
                holes.append(Hole("single_line", start, end))
        return holes

    def line_rests(self) -> list[Hole]:
        holes = []
        for line in range(2, len(self.lines)):
            start, end = self._bounds(line)
            if not 16 <= end - start <= 140 or not self._code(start, end):
                continue
            for found in re.finditer(r"(?<=[\s(,=.\[{:])(?=[^\s)\]}])|(?<=\w)(?=[(.=])", self.text[start:end]):
                cut = start + found.start()
                if cut - start >= 4 and end - cut >= 5 and self._code(cut, end):
                    holes.append(Hole("line_rest", cut, end))
        return holes

    def blocks(self, least: int = 2, most: int = 8) -> list[Hole]:
        """Lines that are indented more than the line above them, up to where that ends."""
        holes = []
        indents = [(self._bounds(line)[0] - start) if end > start and self.text[start:end].strip() else None
                   for line, (start, end) in enumerate(self.lines)]
        for head in range(1, len(self.lines) - 1):
            if indents[head] is None or indents[head + 1] is None or indents[head + 1] <= indents[head]:
                continue
            last = head
            for line in range(head + 1, min(len(self.lines), head + most + 2)):
                if indents[line] is not None:
                    if indents[line] <= indents[head]:
                        break
                    last = line
            else:
                continue  # longer than a block may be
            if least <= last - head <= most:
                start, end = self._bounds(head + 1)[0], self._bounds(last)[1]
                if self._code(start, end) and end - start <= 500:
                    holes.append(Hole("block", start, end))
        return holes

    def call_arguments(self) -> list[Hole]:
        holes = []
        for found in re.finditer(r"([^\W\d][\w.:!?]*)\(", self.text):
            at = found.end() - 1
            name = re.split(r"[.:]", found.group(1))[-1]
            line = self.text.rfind("\n", 0, found.start()) + 1
            if not self.mask[at] or name in _CONTROL or _DEFINES.search(self.text[line:found.start()]):
                continue
            close = self._closing(at)
            if close is None or not 4 <= close - at - 1 <= 160:
                continue
            inside = self.text[at + 1:close]
            # What a `{` follows is a definition, or nearly always.
            if inside.count("\n") > 3 or re.match(r"\s*(\{|:\s*$|->|=>)", self.text[close + 1:close + 20]):
                continue
            if re.search(r"[^\W\d]\w*", inside) and self.mask[at + 1:close].count(1) > 2:
                holes.append(Hole("call_arguments", at + 1, close))
        return holes

    def _closing(self, at: int) -> int | None:
        depth = 0
        for end in range(at, min(len(self.text), at + 200)):
            if self.mask[end]:
                depth += (self.text[end] in "([{") - (self.text[end] in ")]}")
                if depth == 0:
                    return end
        return None

    def random_spans(self, rng: random.Random, count: int = 40) -> list[Hole]:
        holes = []
        for _ in range(count):
            length = rng.randint(5, 120)
            start = rng.randrange(1, max(2, len(self.text) - length - 1))
            end = min(start + length, len(self.text))
            inside = self.text[start:end]
            if inside[:1].isspace() or inside[-1:].isspace() or inside.count("\n") > 3:
                continue
            if self._code(start, end):
                holes.append(Hole("random_span", start, end))
        return holes

    def holes(self, kind: str, rng: random.Random) -> list[Hole]:
        """All holes of a kind, in a random order."""
        found = {
            "single_line": self.single_lines, "line_rest": self.line_rests, "block": self.blocks,
            "call_arguments": self.call_arguments, "random_span": lambda: self.random_spans(rng),
        }[kind]()
        rng.shuffle(found)
        return found


_NAMES = {
    "python": r"^\s*(?:async\s+)?(?:def|class)\s+(\w+)", "ruby": r"^\s*(?:def\s+(?:self\.)?|class\s+|module\s+)(\w+)",
    "rust": r"^\s*(?:pub(?:\([^)]*\))?\s+)?(?:unsafe\s+|const\s+|async\s+)*(?:fn|struct|enum|trait|type|const|static)\s+(\w+)",
    "go": r"^(?:func\s+(?:\([^)]*\)\s*)?|type\s+)(\w+)",
    "javascript": r"^\s*(?:export\s+(?:default\s+)?)?(?:async\s+)?(?:function\*?|class|const|let|var)\s+(\w+)",
    "typescript": r"^\s*(?:export\s+(?:default\s+)?)?(?:declare\s+|abstract\s+|async\s+)*"
                  r"(?:function\*?|class|const|let|interface|type|enum)\s+(\w+)",
    "java": r"^\s*(?:public|protected|private|static|final|abstract|\s)*(?:class|interface|enum|record)\s+(\w+)|"
            r"^\s+public\s+(?:static\s+)?[\w<>\[\]]+\s+(\w+)\(",
    "csharp": r"^\s*(?:public|internal|static|sealed|abstract|partial|\s)*(?:class|interface|enum|struct)\s+(\w+)|"
              r"^\s+(?:public|internal)\s+(?:static\s+)?[\w<>\[\]]+\s+(\w+)\(",
    "c": r"^\s*#\s*define\s+(\w+)|^[A-Za-z_][\w\s\*]*?\b(\w+)\s*\([^;{]*\)?\s*\{?$",
    "cpp": r"^\s*#\s*define\s+(\w+)|^\s*(?:class|struct|enum(?:\s+class)?)\s+(\w+)|^[A-Za-z_][\w\s\*&:<>]*?\b(\w+)\s*\([^;]*$",
    "php": r"^\s*(?:(?:public|protected|private|static|abstract|final)\s+)*(?:function|class|interface|trait)\s+&?(\w+)",
    "lua": r"^\s*(?:local\s+)?function\s+(?:[\w]+[.:])*(\w+)", "haskell": r"^(\w+)\s*::",
    "shellscript": r"^\s*(?:function\s+)?(\w+)\s*\(\)", "kotlin": r"^\s*(?:[\w]+\s+)*(?:fun|class|object|interface)\s+(?:<[^>]*>\s*)?(?:\w+\.)?(\w+)",
    "scala": r"^\s*(?:[\w]+\s+)*(?:def|class|object|trait)\s+(\w+)", "swift": r"^\s*(?:[\w]+\s+)*(?:func|class|struct|enum|protocol)\s+(\w+)",
}


def definitions(text: str, language: str) -> dict[str, int]:
    """Names that a file defines, and where."""
    pattern = _NAMES.get(language)
    found: dict[str, int] = {}
    for match in re.finditer(pattern, text, re.M) if pattern else ():
        name = next((group for group in match.groups() if group), None)
        if name and len(name) >= 5:
            found.setdefault(name, match.start())
    return found
