"""How holes are cut into the solutions of HumanEval (tests/eval/humaneval.py)."""

import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[3] / "tests" / "eval"))

import humaneval  # noqa: E402

PROBLEM = {
    "task_id": "HumanEval/9", "prompt": "def f(a):\n", "entry_point": "f", "test": "def check(f):\n    pass\n",
    "canonical_solution": "    if a:\n\n        return 1\n    return 2\n",
}


class Holes(unittest.TestCase):
    def test_no_hole_loses_text(self):
        whole = PROBLEM["prompt"] + PROBLEM["canonical_solution"]
        for cut in (humaneval.single_lines, humaneval.random_spans):
            cases = cut(PROBLEM)
            for case in cases:
                self.assertEqual(case["prompt"] + case["canonical_solution"] + case["suffix"], whole)
                self.assertTrue(case["canonical_solution"].strip())
            self.assertEqual(len({case["task_id"] for case in cases}), len(cases))

    def test_every_line_that_is_not_blank_is_a_hole(self):
        cases = humaneval.single_lines(PROBLEM)
        self.assertEqual([case["canonical_solution"] for case in cases],
                         ["    if a:\n", "        return 1\n", "    return 2\n"])
        self.assertEqual(cases[1]["task_id"], "SingleLineInfilling/HumanEval/9/L1")
        self.assertEqual(cases[2]["suffix"], "")

    def test_spans_are_the_same_each_time(self):
        cases = humaneval.random_spans(PROBLEM)
        self.assertEqual(len(cases), humaneval.SPANS)
        self.assertEqual(cases, humaneval.random_spans(PROBLEM))


if __name__ == "__main__":
    unittest.main()
