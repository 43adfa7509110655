"""Trains a model to fill in the middle, from any llama- or qwen2-type GGUF file.

    python train.py --base BASE.gguf --data DATA --out OUT               the real run, on a GPU
    python train.py --smoke --data DATA --out OUT                        a tiny model on a CPU, in minutes
    python train.py --base BASE.gguf --data DATA --out OUT --resume      goes on where it stopped

OUT gets `checkpoint.pt` (weights, optimizer, place in the data), `loss.csv`, `loss.svg`, and at the end
`model-f16.gguf`. The same seed, data and settings give the same run; a run that was stopped and resumed gives the
same weights as one that was not (on a CPU to the last bit).
"""

from __future__ import annotations

import argparse
import hashlib
import json
import math
import random
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

import gguf  # noqa: E402
import numpy as np  # noqa: E402
import torch  # noqa: E402
import torch.nn.functional as F  # noqa: E402

import model as models  # noqa: E402
import prompts  # noqa: E402
import tokens  # noqa: E402


@dataclass(frozen=True)
class Settings:
    """Everything that decides what a run gives, but for base and data."""

    steps: int = 1200
    batch: int = 128          # sequences a step
    micro: int = 16           # sequences at once
    length: int = 2048        # tokens a sequence
    rate: float = 6e-4        # highest learning rate
    warmup: int = 60          # steps
    floor: float = 0.05       # of the rate, at the end
    decay: float = 0.1        # of weights
    clip: float = 1.0
    simulate: float = 0.15    # of all steps, at the end, with weights rounded to four bits
    context_weight: float = 0.3  # of the loss on what is only read, against 1 on what is written
    window: int = 3600        # characters of a file around a hole
    save: int = 100           # steps between checkpoints
    seed: int = 6


SMOKE = Settings(steps=40, batch=2, micro=2, length=128, rate=5e-3, warmup=4, window=300, save=20)
SMOKE_SHAPE = dict(layers=2, width=64, ffn=128, heads=4, kv_heads=2, head_dim=16)


class Examples:
    """An endless, seeded stream of packed sequences: tokens and the weight of each in the loss.

    The state is a position in a sequence of draws, so a checkpoint holds one number.
    """

    def __init__(self, folder: Path, vocabulary: tokens.Vocabulary, settings: Settings) -> None:
        texts = [path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.jsonl"))]
        self.files = [json.loads(line) for text in texts for line in text.split("\n") if line]
        if not self.files:
            raise SystemExit(f"error: {folder} has no *.jsonl with text")
        # Languages are drawn evenly, as far as their share was decided when the data was made.
        self.vocabulary, self.settings, self.at = vocabulary, settings, 0
        self.ids = {name: vocabulary.id(name) for name in (prompts.PREFIX, prompts.SUFFIX, prompts.MIDDLE, prompts.END)}

    def sequence(self) -> tuple[np.ndarray, np.ndarray]:
        """[length + 1] tokens and weights; several examples, the last one cut."""
        rng = random.Random(f"{self.settings.seed}/{self.at}")
        self.at += 1
        ids: list[int] = []
        weights: list[float] = []
        while len(ids) <= self.settings.length:
            file = rng.choice(self.files)
            _, read, written = prompts.example(file["text"], file["language"], rng, self.settings.window)
            for kind, text in read:
                new = [self.ids[text]] if kind == "marker" else self.vocabulary.encode(text)
                ids += new
                weights += [self.settings.context_weight] * len(new)
            new = [*self.vocabulary.encode(written), self.ids[prompts.END]]
            ids += new
            weights += [1.0] * len(new)
        end = self.settings.length + 1
        return np.array(ids[:end], dtype=np.int64), np.array(weights[:end], dtype=np.float32)

    def batch(self, device: torch.device) -> tuple[torch.Tensor, torch.Tensor]:
        pairs = [self.sequence() for _ in range(self.settings.micro)]
        stack = [torch.from_numpy(np.stack(part)).to(device) for part in zip(*pairs)]
        return stack[0], stack[1]


def rate_at(step: int, settings: Settings) -> float:
    """Linear warm-up, then a cosine down to the floor."""
    if step < settings.warmup:
        return settings.rate * (step + 1) / settings.warmup
    part = (step - settings.warmup) / max(1, settings.steps - settings.warmup)
    return settings.rate * (settings.floor + (1 - settings.floor) * 0.5 * (1 + math.cos(math.pi * min(1.0, part))))


def loss_of(model, ids: torch.Tensor, weights: torch.Tensor) -> torch.Tensor:
    logits = model(ids[:, :-1])
    each = F.cross_entropy(logits.float().flatten(0, 1), ids[:, 1:].flatten(), reduction="none")
    weight = weights[:, 1:].flatten()
    return (each * weight).sum() / weight.sum()


def optimizer_of(model: models.Model, settings: Settings) -> torch.optim.AdamW:
    matrices = [value for value in model.parameters() if value.dim() > 1]
    vectors = [value for value in model.parameters() if value.dim() <= 1]
    groups = [{"params": matrices, "weight_decay": settings.decay}, {"params": vectors, "weight_decay": 0.0}]
    return torch.optim.AdamW(groups, lr=settings.rate, betas=(0.9, 0.95), eps=1e-8)


def train(model, examples: Examples, settings: Settings, out: Path, key: str, resume: bool, stop: int | None) -> list:
    """Runs all steps, or up to `stop`; rows of step, loss, rate, tokens a second."""
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    model.to(device)
    optimizer = optimizer_of(model, settings)
    first, rows = 0, []
    saved = out / "checkpoint.pt"
    if resume and saved.is_file():
        state = torch.load(saved, map_location=device, weights_only=True)
        if state["key"] != key:
            raise SystemExit("error: the checkpoint is of another base, other data or other settings")
        model.load_state_dict(state["model"])
        optimizer.load_state_dict(state["optimizer"])
        first, examples.at, rows = state["step"], state["at"], [tuple(row) for row in state["rows"]]
        print(f"resumed after step {first}", file=sys.stderr)
    run = torch.compile(model) if device.type == "cuda" else model
    bar, start, seen = Bar(settings.steps), time.monotonic(), 0
    for step in range(first, stop or settings.steps):
        model.simulate(step >= settings.steps * (1 - settings.simulate))
        for group in optimizer.param_groups:
            group["lr"] = rate_at(step, settings)
        parts = settings.batch // settings.micro
        total = 0.0
        for _ in range(parts):
            ids, weights = examples.batch(device)
            with torch.autocast(device.type, torch.bfloat16, enabled=device.type == "cuda"):
                loss = loss_of(run, ids, weights) / parts
            loss.backward()
            total += loss.item()
            seen += ids.numel()
        if not math.isfinite(total):
            raise SystemExit(f"error: the loss is {total} at step {step}; lower --rate and resume")
        torch.nn.utils.clip_grad_norm_(model.parameters(), settings.clip)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        speed = seen / (time.monotonic() - start)
        rows.append((step, round(total, 5), rate_at(step, settings), round(speed, 1)))
        bar.at(step + 1, total, speed)
        if (step + 1) % settings.save == 0 or step + 1 in (stop, settings.steps):
            state = {"key": key, "step": step + 1, "at": examples.at, "rows": rows, "model": model.state_dict(),
                     "optimizer": optimizer.state_dict()}
            torch.save(state, saved.with_suffix(".part"))
            saved.with_suffix(".part").rename(saved)
            write_curve(rows, out)
    bar.end()
    return rows


class Bar:
    """A line that is drawn over on a terminal, a line for every tenth elsewhere."""

    def __init__(self, total: int) -> None:
        self.total, self.tenth, self.shown = total, -1, sys.stderr.isatty()

    def at(self, step: int, loss: float, speed: float) -> None:
        line = f"step {step}/{self.total}  loss {loss:.3f}  {speed:,.0f} tokens/s"
        if self.shown:
            print(f"\r{line}", end="", file=sys.stderr)
        elif step * 10 // self.total != self.tenth:
            self.tenth = step * 10 // self.total
            print(line, file=sys.stderr)

    def end(self) -> None:
        if self.shown:
            print(file=sys.stderr)


def write_curve(rows: list, out: Path) -> None:
    """The loss as numbers and as a picture."""
    lines = ["step,loss,rate,tokens_per_second", *(f"{step},{loss},{rate:.3e},{speed}" for step, loss, rate, speed in rows)]
    (out / "loss.csv").write_text("\n".join(lines) + "\n")
    losses = [row[1] for row in rows]
    low, high = min(losses), max(losses)
    span, width, height = max(high - low, 1e-6), 720, 320

    def place(at: int, loss: float) -> str:
        x = 50 + at * (width - 70) / max(1, len(losses) - 1)
        return f"{x:.1f},{20 + (high - loss) * (height - 60) / span:.1f}"

    # A running mean, so that the line is seen through the noise.
    size = max(1, len(losses) // 50)
    smooth = [sum(losses[max(0, at - size):at + 1]) / len(losses[max(0, at - size):at + 1]) for at in range(len(losses))]
    lines = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" font-family="sans-serif" font-size="12">',
             f'<rect width="{width}" height="{height}" fill="white"/>']
    for values, colour in ((losses, "#b8cbe0"), (smooth, "#1f5fa8")):
        points = " ".join(place(at, loss) for at, loss in enumerate(values))
        lines.append(f'<polyline points="{points}" fill="none" stroke="{colour}"/>')
    for part in range(5):
        loss = high - span * part / 4
        y = 20 + (height - 60) * part / 4
        lines.append(f'<text x="4" y="{y + 4:.0f}">{loss:.2f}</text><line x1="46" x2="{width - 20}" y1="{y:.0f}" y2="{y:.0f}" stroke="#ddd"/>')
    lines.append(f'<text x="50" y="{height - 12}">step 0</text>')
    lines.append(f'<text x="{width - 100}" y="{height - 12}">step {rows[-1][0] + 1}</text></svg>')
    (out / "loss.svg").write_text("\n".join(lines) + "\n")


def digest(*parts: object) -> str:
    return hashlib.sha256("\0".join(map(str, parts)).encode()).hexdigest()


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--base", type=Path, required=True, help="a GGUF file; with --smoke only its vocabulary is used")
    parser.add_argument("--data", type=Path, required=True, help="folder of *.jsonl with `text` and `language`")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--name", default="Ghostlight FIM", help="general.name of the exported file")
    parser.add_argument("--smoke", action="store_true", help="a tiny model, on a CPU, in minutes")
    parser.add_argument("--resume", action="store_true")
    parser.add_argument("--stop", type=int, help="stop after this step, as if interrupted")
    for name, value in asdict(Settings()).items():
        parser.add_argument(f"--{name.replace('_', '-')}", type=type(value))
    options = parser.parse_args(arguments)
    given = {name: getattr(options, name) for name in asdict(Settings()) if getattr(options, name) is not None}
    settings = Settings(**{**asdict(SMOKE if options.smoke else Settings()), **given})
    if settings.batch % settings.micro:
        parser.error("--batch is a multiple of --micro")
    torch.manual_seed(settings.seed)
    if options.smoke:
        torch.set_num_threads(1)  # so small a model gains nothing from more
    torch.set_float32_matmul_precision("high")
    options.out.mkdir(parents=True, exist_ok=True)

    if options.smoke:
        reader = gguf.GGUFReader(options.base)
        base = models.Shape.read(reader)
        shape = models.Shape(**{**asdict(base), **SMOKE_SHAPE, "tied": True, "context": 2 * settings.length})
        model = models.random(shape, settings.seed)
    else:
        model, reader = models.load(options.base)
    vocabulary = tokens.read(reader)
    if not options.smoke and prompts.MIDDLE not in reader.fields["tokenizer.ggml.tokens"].contents():
        teach_markers(model, vocabulary)
    examples = Examples(options.data, vocabulary, settings)
    key = digest(settings, options.smoke, options.base.stat().st_size, len(examples.files),
                 digest(*(hashlib.sha256(file["text"].encode()).hexdigest() for file in examples.files)))
    rows = train(model, examples, settings, options.out, key, options.resume, options.stop)
    if options.stop and options.stop < settings.steps:
        return
    merges = reader.fields["tokenizer.ggml.merges"].contents()
    target = options.out / "model-f16.gguf"
    models.export(model.cpu(), vocabulary, merges, vocabulary.id(prompts.END), options.name, target)
    first, last = (sum(row[1] for row in part) / len(part) for part in (rows[:5], rows[-5:]))
    print(json.dumps({"model": str(target), "steps": len(rows), "first_loss": round(first, 4),
                      "last_loss": round(last, 4), "tokens_per_second": rows[-1][3], "settings": asdict(settings)}))


def teach_markers(model: models.Model, vocabulary: tokens.Vocabulary) -> None:
    """Rows of unused tokens say nothing yet, or the same: they begin as small noise around the mean row."""
    with torch.no_grad():
        table = model.token_embd.weight
        mean, spread = table.mean(0), table.std(0)
        generator = torch.Generator().manual_seed(6)
        for name in (prompts.PREFIX, prompts.SUFFIX, prompts.MIDDLE):
            noise = torch.randn(table.shape[1], generator=generator)
            table[vocabulary.id(name)] = mean + 0.5 * spread * noise


if __name__ == "__main__":
    main()
