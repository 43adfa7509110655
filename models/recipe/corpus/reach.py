"""How many tokens a list of packages gives, from a random sample of it that is really built.

Packages are drawn by strata (registry, and of Debian the language a package counts as), fetched and filtered as
`data.py` does, at the bound for one package. What a stratum gives is the ratio of characters kept to bytes of archives
(at most `WEIGHED` of each: more is over the bound), times the bytes of the stratum; where a registry tells no sizes,
the mean of a package. The interval is a bootstrap of the packages within their strata. A package that could not be
fetched counts as nothing; the estimate without those is printed beside it.

What the sample cannot tell: duplicates between packages of the list, and text of a suite, which `data.py` drops.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import random
import sys
from collections import Counter, defaultdict
from pathlib import Path

from .dedup import Duplicates
from .grow import Found, read
from .packages import Package, fetch
from .take import PER_PACKAGE, share_bound, take

CHARACTERS_A_TOKEN = 3.49  # of SmolLM2's tokenizer over the first eight packages of each registry
WEIGHED = 1_000_000        # bytes
ROUNDS = 2000
AT_ONCE = 34               # packages fetched together: Debian's index comes once for them

Stratum = tuple[str, str]


def main(arguments: list[str]) -> None:
    parser = argparse.ArgumentParser(prog="data.py reach", description=__doc__.split("\n")[0])
    parser.add_argument("list", type=Path, help="a list that grow has made")
    parser.add_argument("--sample", type=int, default=96, help="packages to build")
    parser.add_argument("--per-package", type=int, default=PER_PACKAGE, help="most characters of one package")
    parser.add_argument("--most", type=float, default=0.15, help="largest share of one language")
    parser.add_argument("--measured", type=Path, help="where measurements are kept (beside the list)")
    parser.add_argument("--retry", action="store_true", help="fetch again what could not be fetched")
    parser.add_argument("--seed", type=int, default=6)
    parser.add_argument("--ghostlight", help=argparse.SUPPRESS)  # xtask passes it to every command
    options = parser.parse_args(arguments)
    note = lambda line: print(line, file=sys.stderr)  # noqa: E731

    listed = read(options.list)
    drawn = draw(listed, options.sample, options.seed)
    keep = options.measured or options.list.with_suffix(".measured.json")
    measured = load(keep, options.per_package)
    if options.retry:
        measured = {name: kept for name, kept in measured.items() if kept is not None}
    missing = [package for package in drawn if str(package.spec) not in measured]
    for start in range(0, len(missing), AT_ONCE):
        came = fetch([package.spec for package in missing[start:start + AT_ONCE]], note)
        for spec, outcome in came.items():
            measured[str(spec)] = measure(outcome, options.per_package)
            note(f"{spec}: {sum((measured[str(spec)] or {}).values())} characters")
        save(keep, measured, options.per_package)
        note(f"{min(start + AT_ONCE, len(missing))} of {len(missing)} measured")
    print(report(listed, drawn, measured, options.most, options.seed))


def measure(outcome, bound: int) -> dict[str, int] | None:
    """Characters by language that are kept of a package; None where it could not be fetched."""
    if not isinstance(outcome, Package):
        return None
    characters: Counter = Counter()
    for file in take(outcome, Duplicates(), set(), bound, Counter()):
        characters[file.language] += len(file.text)
    return dict(characters.most_common())


def load(path: Path, bound: int) -> dict[str, dict[str, int] | None]:
    if not path.is_file():
        return {}
    kept = json.loads(path.read_text())
    if kept["per_package"] != bound:
        sys.exit(f"error: {path} was measured with --per-package {kept['per_package']}")
    return kept["characters"]


def save(path: Path, measured: dict, bound: int) -> None:
    lines = ",\n".join(f"{json.dumps(name)}: {json.dumps(measured[name])}" for name in sorted(measured))
    part = path.with_suffix(".part")
    part.write_text(f'{{"per_package": {bound}, "characters": {{\n{lines}\n}}}}\n')
    part.rename(path)


def strata(packages: list[Found]) -> dict[Stratum, list[Found]]:
    parts: dict[Stratum, list[Found]] = defaultdict(list)
    for package in packages:
        parts[package.spec.registry, package.group].append(package)
    return dict(sorted(parts.items()))


def draw(packages: list[Found], count: int, seed: int) -> list[Found]:
    """As many of each stratum, as far as it goes. A larger sample holds the smaller one, a longer list most of it."""
    place = lambda package: hashlib.sha256(f"{seed} {package.spec}".encode()).digest()  # noqa: E731
    orders = [sorted(members, key=place) for members in strata(packages).values()]
    drawn: list[Found] = []
    for at in range(max(map(len, orders), default=0)):
        drawn += [order[at] for order in orders if at < len(order)]
    return drawn[:max(count, len(orders))]


def weights(members: list[Found]) -> dict[Found, int]:
    sized = all(package.bytes is not None for package in members)
    return {package: min(package.bytes, WEIGHED) if sized else 1 for package in members}


def estimate(parts: dict[Stratum, list[Found]], sample: dict[Stratum, list[Found]], measured) -> Counter:
    """Tokens by language."""
    tokens: Counter = Counter()
    for stratum, members in parts.items():
        weight = weights(members)
        seen = sum(weight[package] for package in sample[stratum])
        if not seen:
            continue
        factor = sum(weight.values()) / seen / CHARACTERS_A_TOKEN
        for package in sample[stratum]:
            for language, characters in (measured[str(package.spec)] or {}).items():
                tokens[language] += factor * characters
    return tokens


def report(listed: list[Found], drawn: list[Found], measured, most: float, seed: int) -> str:
    parts, sample = strata(listed), strata(drawn)
    tokens = estimate(parts, sample, measured)
    rng = random.Random(seed)
    again = [estimate(parts, {stratum: rng.choices(members, k=len(members)) for stratum, members in sample.items()}, measured)
             for _ in range(ROUNDS)]
    fetched = {stratum: [package for package in members if measured[str(package.spec)] is not None]
               for stratum, members in sample.items()}
    lines = [f"{'language':12} {'M tokens':>9} {'90 % of bootstraps':>20}"]
    for language, n in tokens.most_common():
        lines.append(f"{language:12} {n / 1e6:9.1f} {interval([round_[language] for round_ in again]):>20}")
    served = estimate(parts, fetched, measured)
    failed = len(drawn) - sum(map(len, fetched.values()))
    bytes_ = sum(package.bytes or 0 for package in listed)
    lines += [
        f"{'all':12} {tokens.total() / 1e6:9.1f} {interval([round_.total() for round_ in again]):>20}",
        f"after balancing, no language over {most:.0%}: {balanced(tokens, most) / 1e6:.1f} M "
        f"({interval([balanced(round_, most) for round_ in again])})",
        f"{len(listed)} packages, {bytes_ / 1e9:.1f} GB where sizes are told; {len(drawn)} built, of which {failed} could not be fetched",
        f"were all of them to be had: {served.total() / 1e6:.1f} M, {balanced(served, most) / 1e6:.1f} M after balancing",
    ]
    return "\n".join(lines)


def balanced(tokens: Counter, most: float) -> float:
    bound = share_bound({language: int(n) for language, n in tokens.items()}, most)
    return sum(min(n, bound) for n in tokens.values())


def interval(values: list[float]) -> str:
    ordered = sorted(values)
    return f"{ordered[len(ordered) // 20] / 1e6:.1f} to {ordered[-len(ordered) // 20] / 1e6:.1f}"
