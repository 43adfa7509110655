"""Builds training data from package registries: permissive, deduplicated, scrubbed, decontaminated.

    python3 models/recipe/data.py OUT                          the packages of sources.json
    python3 models/recipe/data.py OUT --packages 5 --of pypi,npm   the first few of some registries
    python3 models/recipe/data.py OUT --lock                   writes the newest versions into sources.json
    python3 models/recipe/data.py grow --out LIST              a longer list, by what packages depend on
    python3 models/recipe/data.py reach LIST                   how many tokens that is, estimated from a sample
    python3 models/recipe/data.py OUT --list LIST              the packages of such a list

OUT gets `train.jsonl` (path, language, licence, package, tokens, text) and `manifest.json` (every package with
version, sha256, licences and tokens; what was dropped, and why; tokens by language). Secrets are replaced and tokens
counted by the command line (`ghostlight scrub`), which --ghostlight names.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import random
import subprocess
import sys
from collections import Counter, defaultdict
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

from corpus import grow, reach  # noqa: E402
from corpus.dedup import Duplicates, windows  # noqa: E402
from corpus.packages import FetchError, Package, Spec, fetch  # noqa: E402
from corpus.take import PER_PACKAGE, share_bound, take  # noqa: E402

SOURCES = HERE / "sources.json"
COMMANDS = {"grow": grow.main, "reach": reach.main}


def main() -> None:
    if sys.argv[1:] and sys.argv[1] in COMMANDS:
        return COMMANDS[sys.argv[1]](sys.argv[2:])
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("out", type=Path)
    parser.add_argument("--list", type=Path, help="a list that grow has made, in the place of sources.json")
    parser.add_argument("--packages", type=int, help="at most so many of each registry")
    parser.add_argument("--of", default="crates,npm,pypi,debian", help="registries")
    parser.add_argument("--most", type=float, default=0.15, help="largest share of one language")
    parser.add_argument("--per-package", type=int, default=PER_PACKAGE, help="most characters of one package")
    parser.add_argument("--suite", type=Path, action="append", default=[], help="suites (JSON lines) to keep out")
    parser.add_argument("--ghostlight", default="ghostlight", help="the command line")
    parser.add_argument("--model", default="smollm2-135m-q4_1", help="whose tokens are counted")
    parser.add_argument("--seed", type=int, default=6)
    parser.add_argument("--lock", action="store_true", help="pin the newest versions in sources.json and stop")
    options = parser.parse_args()
    note = lambda line: print(line, file=sys.stderr)  # noqa: E731

    if options.list and options.lock:
        sys.exit("error: --lock pins sources.json; a list is pinned as it is")
    sources = grow.names(options.list) if options.list else json.loads(SOURCES.read_text())
    of = options.of.split(",")
    chosen = [entry for registry in of for entry in sources.get(registry, [])[:options.packages]]
    specs = [Spec.parse(entry) for entry in chosen]
    kept_out = grow.evaluated()
    clash = [spec for spec in specs if grow.plain(spec) in kept_out]
    if clash:
        sys.exit(f"error: {clash[0]} is a package of the evaluation suite")
    found = fetch(specs, note)
    if options.lock:
        pinned = {str(spec): str(package.spec) for spec, package in found.items() if isinstance(package, Package)}
        for registry in of:
            sources[registry] = [pinned[entry] if entry in pinned else entry for entry in sources[registry]
                                 if entry in pinned or entry not in map(str, specs)]
        SOURCES.write_text(json.dumps(sources, indent=1) + "\n")
        return

    suites = [json.loads(line) for path in options.suite for line in path.read_text().split("\n") if line]
    evaluated = {window for case in suites for window in windows(case_text(case))}
    dropped: Counter = Counter()
    rows, packages = collect(found, evaluated, options, dropped, note)
    rows = scrub(rows, options, note)
    rows = balance(rows, options.most, options.seed, dropped)
    write(rows, packages, dropped, options, bool(suites))


def case_text(case: dict) -> str:
    """What of a case may not be learned: the hole and what stands next to it."""
    return case["prefix"][-400:] + case["truth"] + case["suffix"][:400]


def collect(found, evaluated, options, dropped, note):
    """Files that may be used, with why others may not."""
    duplicates, rows, packages = Duplicates(), [], []
    for spec in sorted(found, key=str):
        package = found[spec]
        if isinstance(package, FetchError):
            dropped["packages that could not be fetched"] += 1
            continue
        taken, licences = 0, set()
        for file in take(package, duplicates, evaluated, options.per_package, dropped):
            taken += len(file.text)
            licences.add(file.licence)
            rows.append({"path": file.path, "language": file.language, "licence": file.licence,
                         "package": str(package.spec), "text": file.text})
        packages.append({"package": str(package.spec), "sha256": package.sha256, "licences": sorted(licences),
                         "characters": taken})
    note(f"{len(rows)} files of {len(packages)} packages")
    return rows, packages


def scrub(rows: list[dict], options, note) -> list[dict]:
    """Secrets out, tokens counted; some thousand files at a time, so that memory holds the data once."""
    command = [*options.ghostlight.split(), "scrub", "--tokens", options.model]
    for start in range(0, len(rows), 5000):
        part = rows[start:start + 5000]
        lines = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in part)
        done = subprocess.run(command, input=lines.encode(), stdout=subprocess.PIPE)
        if done.returncode != 0:
            sys.exit(f"error: {command[0]} scrub failed ({done.returncode})")
        rows[start:start + 5000] = [json.loads(line) for line in done.stdout.decode().split("\n") if line]
        note(f"scrubbed {min(start + 5000, len(rows))} of {len(rows)} files")
    note(f"{sum(row['secrets'] for row in rows)} secrets replaced")
    return rows


def balance(rows: list[dict], most: float, seed: int, dropped: Counter) -> list[dict]:
    """No language has more than its share; what is over goes, whole files at random."""
    totals = Counter()
    for row in rows:
        totals[row["language"]] += row["tokens"]
    bound = share_bound(totals, most)
    order = list(range(len(rows)))
    random.Random(seed).shuffle(order)
    taken: Counter = Counter()
    kept = []
    for at in order:
        language = rows[at]["language"]
        if taken[language] + rows[at]["tokens"] <= bound:
            taken[language] += rows[at]["tokens"]
            kept.append(at)
        else:
            dropped["over the share of a language"] += 1
    return [rows[at] for at in sorted(kept)]


def write(rows, packages, dropped, options, decontaminated: bool) -> None:
    options.out.mkdir(parents=True, exist_ok=True)
    path = options.out / "train.jsonl"
    part = path.with_suffix(".part")
    digest = hashlib.sha256()
    with part.open("wb") as file:
        for row in rows:
            line = (json.dumps(row, ensure_ascii=False) + "\n").encode()
            digest.update(line)
            file.write(line)
    part.rename(path)
    tokens: dict[str, int] = defaultdict(int)
    languages: Counter = Counter()
    licences: Counter = Counter()
    for row in rows:
        tokens[row["package"]] += row["tokens"]
        languages[row["language"]] += row["tokens"]
        licences[row["licence"]] += row["tokens"]
    for package in packages:
        package["tokens"] = tokens[package["package"]]
    total = sum(languages.values())
    manifest = {
        "sha256": digest.hexdigest(), "files": len(rows), "tokens": total, "tokenizer": options.model,
        "characters": sum(len(row["text"]) for row in rows),
        "secrets_replaced": sum(row["secrets"] for row in rows),
        "decontaminated_against_suites": decontaminated, "seed": options.seed,
        "tokens_by_language": dict(languages.most_common()), "tokens_by_licence": dict(licences.most_common()),
        "dropped": dict(dropped.most_common()), "packages": packages,
    }
    (options.out / "manifest.json").write_text(json.dumps(manifest, indent=1) + "\n")
    print(json.dumps({key: manifest[key] for key in ("files", "tokens", "tokens_by_language", "dropped")}))


if __name__ == "__main__":
    main()
