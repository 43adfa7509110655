"""Cases that can be tried out: holes in packages whose tests notice when the hole is empty.

The tests are ours (`executed/`), for Rust the package's own. A hole counts when the package passes with what
stood there and fails without it; others would only measure that some code is never run.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import random
import shutil
import signal
import subprocess
import sys
from pathlib import Path

from corpus import spans
from corpus.files import files
from corpus.packages import Spec

HERE = Path(__file__).resolve().parent / "executed"

# Package, files with holes, and what runs: a test of ours, or the crate whose tests are compiled.
TARGETS = [
    ("pypi:inflection", ["inflection/__init__.py"], "inflection.py.test"),
    ("pypi:toolz", ["toolz/itertoolz.py", "toolz/dicttoolz.py"], "toolz.py.test"),
    ("pypi:parse", ["parse.py"], "parse.py.test"),
    ("pypi:toposort", ["toposort.py"], "toposort.py.test"),
    ("pypi:packaging", ["packaging/version.py"], "packaging.py.test"),
    ("npm:ms", ["index.js"], "ms.mjs"),
    ("npm:leven", ["index.js"], "leven.mjs"),
    ("npm:camelcase", ["index.js"], "camelcase.mjs"),
    ("npm:pluralize", ["pluralize.js"], "pluralize.mjs"),
    ("npm:mri", ["lib/index.mjs"], "mri.mjs"),
    ("npm:bytes", ["index.js"], "bytes.mjs"),
    ("npm:balanced-match", ["index.js"], "balanced-match.mjs"),
    ("npm:minimist", ["index.js"], "minimist.mjs"),
    ("crates:strsim", ["src/lib.rs"], "src/lib.rs"),
    ("crates:heck", ["src/lib.rs", "src/snake.rs", "src/train.rs", "src/title.rs", "src/upper_camel.rs"],
     "src/lib.rs"),
    ("crates:shlex", ["src/lib.rs", "src/bytes.rs"], "src/lib.rs"),
    ("crates:fnv", ["lib.rs"], "lib.rs"),
]
LANGUAGES = {"pypi": "python", "npm": "javascript", "crates": "rust"}
# Kept of one package, and tried for them.
KEPT, TRIED = 10, 18


def cases(found: dict, out: Path) -> list[dict]:
    """The cases; the packages are copied to `out/executed`."""
    rows = []
    by_name = {f"{spec.registry}:{spec.name}": spec for spec in found}
    for name, paths, entry in TARGETS:
        spec: Spec = by_name[name]
        package = found[spec]
        folder = out / "executed" / spec.folder
        shutil.rmtree(folder, ignore_errors=True)
        inner = package.root / "package" if spec.registry == "npm" else package.root
        shutil.copytree(inner, folder)
        if spec.registry != "crates":
            target = "ghostlight_test.py" if spec.registry == "pypi" else "ghostlight_test.mjs"
            shutil.copyfile(HERE / entry, folder / target)
            entry = target
        language = LANGUAGES[spec.registry]
        if not passes(folder, language, entry):
            sys.exit(f"error: {spec}: its test does not pass as it is")
        usable = [file for file in files(package, 200, 100_000) if file.path in paths]
        rows += holes(spec, folder, language, entry, usable)
    return rows


def holes(spec, folder, language, entry, usable) -> list[dict]:
    rng = random.Random(hashlib.sha256(str(spec).encode()).hexdigest())
    candidates = []
    for file in usable:
        cutter = spans.Cutter(own_code(file.text, language), language)
        for kind in ("single_line", "block", "call_arguments", "line_rest"):
            candidates += [(file, hole) for hole in cutter.holes(kind, rng)[:TRIED // 2]]
    rng.shuffle(candidates)
    rows = []
    for file, hole in candidates[:TRIED]:
        target = folder / file.path
        before, after = file.text[:hole.start], file.text[hole.end:]
        target.write_text(before + after, encoding="utf-8")
        notices = not passes(folder, language, entry)
        target.write_text(file.text, encoding="utf-8")
        if not notices:
            continue
        rows.append({
            "id": f"executed/{spec}/{file.path}#{hole.kind}-{hole.start}", "language": language, "kind": hole.kind,
            "path": file.path, "prefix": before, "suffix": after, "truth": file.text[hole.start:hole.end],
            "package": str(spec), "licence": file.licence,
            "test": {"run": "package", "language": language, "folder": f"executed/{spec.folder}", "entry": entry},
        })
        if len(rows) == KEPT:
            break
    return rows


def own_code(text: str, language: str) -> str:
    """The part before the tests."""
    return text.split("#[cfg(test)]")[0] if language == "rust" else text


def passes(folder: Path, language: str, entry: str) -> bool:
    commands = {
        "python": [["python3", "-s", "-E", "-B", entry]],
        "javascript": [["node", entry]],
        "rust": [["rustc", "--edition=2021", "--test", "-Cdebuginfo=0", "--cap-lints=allow", "-ointests", entry],
                 ["./intests", "--test-threads=1"]],
    }
    try:
        return all(succeeds(command, folder, 30 if language == "rust" else 6) for command in commands[language])
    finally:
        (folder / "intests").unlink(missing_ok=True)


def succeeds(command: list[str], folder: Path, seconds: int) -> bool:
    """Whether a program ends well in its time; when this returns, nothing of it runs any more.

    A hole may leave a loop without an end: the limits hold whether or not this process lives to keep them.
    """
    if timeout := shutil.which("timeout"):
        command = [timeout, "--signal=KILL", str(seconds), *command]
    process = subprocess.Popen(
        command, cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        start_new_session=os.name == "posix",
    )
    try:
        return process.wait(seconds + 5 if timeout else seconds) == 0
    except subprocess.TimeoutExpired:
        return False
    finally:
        end(process)


def end(process: subprocess.Popen) -> None:
    """Kills a process and all of its session's group."""
    if os.name == "posix":
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
    process.kill()
    process.wait()
