"""Which files may be used: permissive licences only, file by file.

A package says its licence in its metadata; Debian's says it file by file (`debian/copyright`, DEP-5). A file may
contradict it in its own head. Whatever is unknown, copyleft or unclear is left out: nothing here guesses.
"""

from __future__ import annotations

import fnmatch
import json
import re
import tomllib
from pathlib import Path

from .packages import Package

# SPDX identifiers that ask for no more than notices.
PERMISSIVE = {
    "0BSD", "AFL-2.1", "Apache-2.0", "BlueOak-1.0.0", "BSD-1-Clause", "BSD-2-Clause", "BSD-3-Clause", "BSL-1.0",
    "CC0-1.0", "ISC", "MIT", "MIT-0", "NCSA", "PostgreSQL", "PSF-2.0", "Python-2.0", "Ruby", "Unicode-3.0",
    "Unicode-DFS-2016", "Unlicense", "UPL-1.0", "X11", "Zlib", "zlib-acknowledgement", "curl", "HPND",
}
# "Ruby" is a choice between the BSD licence and its own terms.
_SPELLED = {
    "mit license": "MIT", "the mit license": "MIT", "mit": "MIT", "expat": "MIT", "mit licence": "MIT",
    "the mit license (mit)": "MIT", "mit license (mit)": "MIT", "x11": "X11",
    "apache": "Apache-2.0", "apache 2": "Apache-2.0", "apache 2.0": "Apache-2.0", "apache-2": "Apache-2.0",
    "apache-2.0": "Apache-2.0", "apache license 2.0": "Apache-2.0", "apache license, version 2.0": "Apache-2.0",
    "apache software license": "Apache-2.0", "asl-2.0": "Apache-2.0", "apache2": "Apache-2.0",
    "bsd": "BSD-3-Clause", "bsd license": "BSD-3-Clause", "bsd-3": "BSD-3-Clause", "new bsd": "BSD-3-Clause",
    "3-clause bsd": "BSD-3-Clause", "bsd 3-clause": "BSD-3-Clause", "bsd-3-clause": "BSD-3-Clause",
    "bsd-2": "BSD-2-Clause", "bsd-2-clause": "BSD-2-Clause", "isc": "ISC", "isc license (iscl)": "ISC",
    "isc license": "ISC", "zlib": "Zlib", "boost": "BSL-1.0", "boost-1.0": "BSL-1.0", "bsl-1.0": "BSL-1.0",
    "unlicense": "Unlicense", "cc0": "CC0-1.0", "cc0-1.0": "CC0-1.0", "public-domain": "Unlicense",
    "psf": "PSF-2.0", "python software foundation license": "PSF-2.0", "ruby": "Ruby", "postgresql": "PostgreSQL",
}
_COPYLEFT = re.compile(
    r"GNU (?:Lesser |Library |Affero )?General Public|\b[AL]?GPL(?:v?[23]|-)|Mozilla Public License|\bMPL-2|"
    r"Eclipse Public License|\bEPL-|Common Development and Distribution|Creative Commons Attribution-(?:Share|Non)|"
    r"\bCC[- ]BY-(?:SA|NC)|European Union Public|Business Source License|Server Side Public License", re.I)
_SPDX = re.compile(r"SPDX-License-Identifier:\s*([^\n*/]+?)\s*(?:\*/|-->|$)", re.M)


def simple(name: str) -> str | None:
    """The SPDX identifier of one licence's name."""
    name = name.strip().strip("()").strip()
    for known in PERMISSIVE:
        if name.lower() == known.lower():
            return known
    return _SPELLED.get(name.lower())


def permissive(expression: str) -> str | None:
    """A permissive reading of a licence expression: one side of each OR, all of an AND."""
    expression = expression.strip()
    while expression.startswith("(") and expression.endswith(")") and _balanced(expression[1:-1]):
        expression = expression[1:-1].strip()
    for operator, join in ((r"\s+OR\s+|\s*/\s*|\s+or\s+", any), (r"\s+AND\s+|\s+and\s+|\s*;\s*", all)):
        parts = _split(expression, operator)
        if len(parts) > 1:
            read = [permissive(part) for part in parts]
            if join is any:
                return next((licence for licence in read if licence), None)
            return " AND ".join(sorted(set(read))) if all(read) else None
    return simple(expression.split(" WITH ")[0])


def _balanced(text: str) -> bool:
    depth = 0
    for c in text:
        depth += (c == "(") - (c == ")")
        if depth < 0:
            return False
    return depth == 0


def _split(expression: str, operator: str) -> list[str]:
    parts, start = [], 0
    for found in re.finditer(operator, expression):
        if _balanced(expression[start:found.start()]):
            parts.append(expression[start:found.start()])
            start = found.end()
    return [*parts, expression[start:]]


class Licences:
    """What a package says about its files."""

    def __init__(self, package: Package) -> None:
        self.whole: str | None = None
        self.stanzas: list[tuple[list[str], str | None]] = []
        read = {"crates": _crate, "npm": _npm, "pypi": _wheel}.get(package.spec.registry)
        if read:
            said = read(package.root)
            self.whole = permissive(said) if said else None
        else:
            self.stanzas = _debian(package.root)

    def of(self, path: str, text: str) -> str | None:
        """The licence of a file, `None` where it may not be used."""
        licence = self.whole
        for patterns, said in self.stanzas:  # the last that fits decides
            if any(_fits(path, pattern) for pattern in patterns):
                licence = said
        head = text[:4000]
        if found := _SPDX.search(head):
            return permissive(found.group(1)) if licence else None
        return None if _COPYLEFT.search(head) else licence


def _fits(path: str, pattern: str) -> bool:
    # Sources lie in a folder of their own in the archive.
    inner = path.split("/", 1)[-1]
    return any(fnmatch.fnmatchcase(name, pattern) for name in (path, inner))


def _crate(root: Path) -> str | None:
    try:
        return tomllib.loads((root / "Cargo.toml").read_text())["package"].get("license")
    except (OSError, ValueError, KeyError):
        return None


def _npm(root: Path) -> str | None:
    for path in sorted(root.glob("*/package.json")):
        try:
            said = json.loads(path.read_text()).get("license")
        except (OSError, ValueError, AttributeError):
            continue
        if isinstance(said, dict):
            said = said.get("type")
        if isinstance(said, str):
            return said
    return None


def _wheel(root: Path) -> str | None:
    for path in sorted(root.glob("*.dist-info/METADATA")):
        head = path.read_text(errors="replace").split("\n\n", 1)[0]
        for key in ("License-Expression", "License"):
            found = re.search(rf"^{key}: (.+)$", head, re.M)
            if found and len(found.group(1)) < 80 and permissive(found.group(1)):
                return found.group(1)
        named = re.findall(r"^Classifier: License :: (?:OSI Approved :: )?(.+)$", head, re.M)
        if named:
            return " AND ".join(named)
    return None


def _debian(root: Path) -> list[tuple[list[str], str | None]]:
    """The stanzas of DEP-5: patterns, and the licence that they have if it is permissive."""
    stanzas = []
    for path in sorted(root.glob("debian/copyright")) + sorted(root.glob("*/debian/copyright")):
        text = path.read_text(errors="replace")
        if not re.match(r"\s*Format:", text):
            return []
        for stanza in re.split(r"\n[ \t]*\n", text):
            files = re.search(r"^Files:\s*((?:.+)(?:\n[ \t]+.+)*)", stanza, re.M)
            said = re.search(r"^License:\s*(.+)$", stanza, re.M)
            if files and said:
                patterns = [pattern.removeprefix("./") for pattern in files.group(1).replace(",", " ").split()]
                stanzas.append((patterns, permissive(said.group(1))))
        return stanzas
    return stanzas
