"""Tokenizer, rounding, resuming and the smoke run; needs the packages of requirements.txt.

GHOSTLIGHT names the command line, GHOSTLIGHT_BASE a GGUF file with SmolLM2's vocabulary (the default model).
"""

import json
import os
import struct
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[2]
sys.path.insert(0, str(HERE.parent))

try:
    import gguf
    import numpy as np
    import torch
except ImportError as missing:
    raise unittest.SkipTest(f"{missing.name} is not installed") from missing

import model as models  # noqa: E402
import prompts  # noqa: E402
import tokens  # noqa: E402
import train  # noqa: E402

BASE = Path(os.environ.get("GHOSTLIGHT_BASE", ""))
PROGRAM = os.environ.get("GHOSTLIGHT", "ghostlight")


def corpus(folder: Path) -> Path:
    """This repository's own files as training data."""
    data = folder / "data"
    data.mkdir()
    paths = sorted([*(ROOT / "core").rglob("src/*.rs"), *(ROOT / "models" / "recipe").rglob("*.py")])[:120]
    rows = [{"language": "rust" if path.suffix == ".rs" else "python", "text": path.read_text()} for path in paths]
    (data / "train.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    return data


class RoundingTest(unittest.TestCase):
    def test_rounding_is_that_of_the_format(self):
        weights = torch.randn(64, 96, generator=torch.Generator().manual_seed(1)) * torch.logspace(-3, 1, 64)[:, None]
        weights[3] = 0
        for fake, kind in ((models.fake_q4_0, gguf.GGMLQuantizationType.Q4_0),
                           (models.fake_q8_0, gguf.GGMLQuantizationType.Q8_0)):
            packed = gguf.quants.quantize(weights.numpy(), kind)
            want = gguf.quants.dequantize(packed, kind)
            np.testing.assert_allclose(fake(weights).numpy(), want, rtol=0, atol=1e-7 * np.abs(want).max())

    def test_the_gradient_passes_through(self):
        weight = torch.randn(8, 32, requires_grad=True)
        (models.Packed.apply(weight, models.fake_q4_0) * 3).sum().backward()
        torch.testing.assert_close(weight.grad, torch.full((8, 32), 3.0))


@unittest.skipUnless(BASE.is_file(), "GHOSTLIGHT_BASE names no file")
class BaseTest(unittest.TestCase):
    def test_tokens_are_those_of_the_engine(self):
        folder = ROOT / "tests" / "conformance" / "tokenizer"
        texts = json.loads((folder / "corpus.json").read_text())
        raw = (folder / "smollm2" / "smollm.u16").read_bytes()
        numbers = list(struct.unpack(f"<{len(raw) // 2}H", raw))
        vocabulary = tokens.read(gguf.GGUFReader(BASE))
        at = compared = 0
        for text in texts:
            # For each text a count and so many ids.
            count = numbers[at]
            want, at = numbers[at + 1:at + 1 + count], at + 1 + count
            if "text" in text and count < 60_000:
                made = vocabulary.encode(text["text"] * text.get("times", 1))
                self.assertEqual(made, want, text["name"])
                compared += 1
        self.assertGreater(compared, 200)

    def test_a_resumed_run_is_the_same_run(self):
        with tempfile.TemporaryDirectory() as folder:
            folder = Path(folder)
            data = corpus(folder)
            common = ["--base", str(BASE), "--data", str(data), "--smoke", "--steps", "8", "--save", "4", "--batch", "2",
                      "--micro", "2", "--length", "64", "--window", "200"]
            train.main([*common, "--out", str(folder / "whole")])
            train.main([*common, "--out", str(folder / "parts"), "--stop", "4"])
            train.main([*common, "--out", str(folder / "parts"), "--resume"])
            first, second = (torch.load(folder / name / "checkpoint.pt", weights_only=True)["model"] for name in ("whole", "parts"))
            for name, value in first.items():
                self.assertTrue(torch.equal(value, second[name]), name)
            with self.assertRaises(SystemExit):
                train.main([*common, "--out", str(folder / "parts"), "--resume", "--seed", "7"])

    def test_the_smoke_run_learns_and_its_model_runs(self):
        with tempfile.TemporaryDirectory() as folder:
            folder = Path(folder)
            train.main(["--base", str(BASE), "--data", str(corpus(folder)), "--out", str(folder), "--smoke"])
            losses = [float(line.split(",")[1]) for line in (folder / "loss.csv").read_text().splitlines()[1:]]
            self.assertLess(sum(losses[-5:]) / 5, 0.75 * sum(losses[:5]) / 5)
            self.assertIn("<polyline", (folder / "loss.svg").read_text())
            model = folder / "model-f16.gguf"
            shown = json.loads(subprocess.check_output([PROGRAM, "inspect", str(model), "--json"]))
            self.assertTrue(shown["supported"], shown["problems"])
            self.assertEqual((shown["fim"]["template"], shown["fim"]["supported"]), (prompts.FAMILY, True))
            small = folder / "small.gguf"
            subprocess.check_call([PROGRAM, "models", "quantize", str(model), str(small), "--type", "q4_0"],
                                  stdout=subprocess.DEVNULL)
            # The engine computes what was trained: same greedy tokens from the same prompt.
            reader = gguf.GGUFReader(model)
            loaded, _ = models.load(model)
            vocabulary = tokens.read(reader)
            prompt = "fn main() {\n    let value = "
            ids = vocabulary.encode(prompt)
            want = []
            with torch.no_grad():
                for _ in range(8):
                    want.append(int(loaded(torch.tensor([ids + want]))[0, -1].argmax()))
            made = json.loads(subprocess.check_output(
                [PROGRAM, "generate", "--model", str(model), "--prompt", prompt, "--max-tokens", "8", "--ignore-end",
                 "--exact", "--json"]))
            self.assertEqual(made["prompt_tokens"], ids)
            self.assertEqual(made["tokens"], want)


if __name__ == "__main__":
    unittest.main()
