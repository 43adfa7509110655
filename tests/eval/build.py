"""Builds the evaluation suite: holes in pinned packages, the same for everybody.

    python3 tests/eval/build.py OUT         makes OUT/suite.jsonl of the packages in packages.json
    python3 tests/eval/build.py OUT --lock  writes down what was downloaded: sha256 and licence
    python3 tests/eval/build.py OUT --sample  writes sample.jsonl, short excerpts that CI runs

The packages' text goes to OUT, never into the repository; `packages.json` has their names, versions, sums and
licences. What is cut depends on nothing but the packages and this program: every choice is drawn from a sequence
that begins with the sha256 of its file.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import random
import re
import sys
from collections import Counter, defaultdict
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[1] / "models" / "recipe"))

from corpus import spans  # noqa: E402
from corpus.files import SourceFile, files  # noqa: E402
from corpus.packages import FetchError, Spec, fetch  # noqa: E402

import executed  # noqa: E402

LOCK = HERE / "packages.json"
KINDS = (*spans.KINDS, "cross_file")
# Of one language and kind.
CASES = 21
# Of one package, language and kind, and of one file: no package decides alone.
OF_PACKAGE = 7
OF_FILE = 1
# Characters of a file.
LEAST, MOST = 1200, 24_000
# Those of executed packages may be smaller and larger.
EXECUTED = 200, 100_000
# Characters of another file that go along.
CONTEXT = 4000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("out", type=Path)
    parser.add_argument("--lock", action="store_true", help="write sha256 and licences into packages.json")
    parser.add_argument("--sample", action="store_true", help="write the committed sample anew")
    options = parser.parse_args()
    lock = json.loads(LOCK.read_text())
    specs = [Spec.parse(entry["package"]) for entry in lock["packages"]]
    found = fetch(specs, lambda line: print(line, file=sys.stderr))
    for entry, spec in zip(lock["packages"], specs):
        package = found[spec]
        if isinstance(package, FetchError):
            sys.exit(f"error: {spec}: {package}")
        if options.lock:
            entry["package"] = str(package.spec)
            entry["sha256"] = package.sha256
        elif entry.get("sha256") != package.sha256 or spec.version == "*":
            sys.exit(f"error: {spec}: sha256 is {package.sha256}, packages.json has {entry.get('sha256')}")
    found = {package.spec: package for package in found.values()}
    specs = [Spec.parse(entry["package"]) for entry in lock["packages"]]
    options.out.mkdir(parents=True, exist_ok=True)
    chosen: dict[tuple[str, str], list[dict]] = defaultdict(list)
    for entry, spec in zip(lock["packages"], specs):
        usable = list(files(found[spec], *EXECUTED))
        if options.lock:
            entry["licence"] = " AND ".join(sorted({part for file in usable for part in file.licence.split(" AND ")}))
        usable = [file for file in usable if file.language in entry["languages"] and LEAST <= len(file.text) <= MOST]
        for case in cut(str(spec), usable):
            chosen[case["language"], case["kind"]].append(case)
    if options.lock:
        lines = ",\n".join("    " + json.dumps(entry) for entry in lock["packages"])
        LOCK.write_text('{\n  "note": ' + json.dumps(lock["note"]) + ',\n  "packages": [\n' + lines + "\n  ]\n}\n")

    cases = [case for key in sorted(chosen) for case in pick(chosen[key])]
    cases += executed.cases(found, options.out)
    target = options.out / "suite.jsonl"
    part = target.with_suffix(".part")
    part.write_text("".join(json.dumps(case, ensure_ascii=False) + "\n" for case in cases), encoding="utf-8")
    part.rename(target)
    if options.sample:
        excerpts = "".join(json.dumps(case, ensure_ascii=False) + "\n" for case in sample(cases))
        (HERE / "sample.jsonl").write_text(excerpts, encoding="utf-8")
    print(f"{target}: {len(cases)} cases", file=sys.stderr)
    for name in ("language", "kind"):
        counts = Counter(case[name] for case in cases)
        print(", ".join(f"{key} {count}" for key, count in sorted(counts.items())), file=sys.stderr)


def cut(package: str, usable: list[SourceFile]) -> list[dict]:
    """Holes of every kind in a package's files."""
    defined: dict[str, list[SourceFile]] = defaultdict(list)
    for file in usable:
        for name in spans.definitions(file.text, file.language):
            defined[name].append(file)
    counts: Counter = Counter()
    cases = []
    # In an order that does not follow the alphabet.
    for file in sorted(usable, key=lambda file: hashlib.sha256(file.path.encode()).digest()):
        rng = random.Random(hashlib.sha256(f"{package}\0{file.path}\0{file.text}".encode()).hexdigest())
        cutter = spans.Cutter(file.text, file.language)
        for kind in KINDS:
            if counts[file.language, kind] >= OF_PACKAGE:
                continue
            holes = cross_file(file, cutter, defined, rng) if kind == "cross_file" else \
                [(hole, None) for hole in cutter.holes(kind, rng)]
            for number, (hole, other) in enumerate(holes[:OF_FILE]):
                counts[file.language, kind] += 1
                cases.append(case(package, file, kind, hole, number, other))
    return cases


def cross_file(file, cutter, defined, rng):
    """Lines that name what exactly one other file defines."""
    own = spans.definitions(file.text, file.language)
    holes = []
    for hole in cutter.single_lines():
        line = file.text[hole.start:hole.end]
        if re.match(r"(?:import|from|use|require|#include|using|package|export)\b|.*\brequire\(", line):
            continue
        for name in re.findall(r"[^\W\d]\w{4,}", line):
            others = [other for other in defined.get(name, ()) if other.path != file.path]
            if len(others) == 1 and name not in own and others[0].language == file.language:
                holes.append((hole, (others[0], name)))
                break
    rng.shuffle(holes)
    return holes


def case(package, file, kind, hole, number, other) -> dict:
    row = {
        "id": f"{package}/{file.path}#{kind}-{number}", "language": file.language, "kind": kind, "path": file.path,
        "prefix": file.text[:hole.start], "suffix": file.text[hole.end:], "truth": file.text[hole.start:hole.end],
        "package": package, "licence": file.licence,
    }
    if other:
        source, name = other
        at = spans.definitions(source.text, source.language)[name]
        start = max(0, source.text.rfind("\n", 0, max(0, at - CONTEXT // 4)) + 1)
        row["context"] = [{"path": source.path, "text": source.text[start:start + CONTEXT]}]
    return row


def pick(cases: list[dict]) -> list[dict]:
    """At most `CASES`, from all packages in turns."""
    queues: dict[str, list[dict]] = defaultdict(list)
    for case in cases:
        queues[case["package"]].append(case)
    picked = []
    while len(picked) < CASES and any(queues.values()):
        for package in sorted(queues):
            if queues[package] and len(picked) < CASES:
                picked.append(queues[package].pop(0))
    return picked


def sample(cases: list[dict]) -> list[dict]:
    """Two short excerpts of each language, the same each time: licences allow that much with their names beside it."""
    rows, counts = [], Counter()
    for case in sorted(cases, key=lambda case: hashlib.sha256(case["id"].encode()).digest()):
        kind, language = case["kind"], case["language"]
        if kind not in ("single_line", "line_rest") or "test" in case or counts[language, kind]:
            continue
        counts[language, kind] += 1
        before = case["prefix"][-1000:]
        before = before[before.find("\n") + 1:] if len(case["prefix"]) > 1000 else before
        after = case["suffix"][:300]
        rows.append({**case, "prefix": before, "suffix": after[:after.rfind("\n") + 1] or after})
    return sorted(rows, key=lambda case: (case["language"], case["kind"]))


if __name__ == "__main__":
    main()
