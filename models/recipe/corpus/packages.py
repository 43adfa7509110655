"""Packages of Cargo's registry, npm, PyPI and Debian, as folders of files.

A package is named `registry:name@version`; the version `*` is the newest, for writing a list of pins. The registry's own client downloads it, so mirrors, proxies and
credentials are whatever the user has configured; nothing is executed: wheels, not source distributions, are
taken from PyPI, and npm's scripts do not run. Archives are unpacked without links and without paths that leave
the folder, and kept in a cache.

What was downloaded is identified by the sha256 of the archive (of all archives of a Debian source package), which
the caller compares with what it has pinned.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import tomllib
import zipfile
from dataclasses import dataclass, replace
from pathlib import Path

# A Debian release never changes its sources.
DEBIAN_SUITE = "bookworm"
DEBIAN = os.environ.get("GHOSTLIGHT_DEBIAN_MIRROR", "http://deb.debian.org/debian")

LARGEST_FILE = 1 << 20       # bytes of one unpacked file
LARGEST_PACKAGE = 512 << 20  # bytes of all of them


@dataclass(frozen=True)
class Spec:
    """Which package."""

    registry: str  # crates, npm, pypi, debian
    name: str
    version: str

    @staticmethod
    def parse(text: str) -> "Spec":
        registry, _, rest = text.partition(":")
        name, _, version = rest.rpartition("@")
        if registry not in FETCH or not name or not version:
            raise ValueError(f"{text!r} is not registry:name@version")
        return Spec(registry, name, version)

    def __str__(self) -> str:
        return f"{self.registry}:{self.name}@{self.version}"

    @property
    def folder(self) -> str:
        return re.sub(r"[^A-Za-z0-9._-]", "_", f"{self.registry}-{self.name}-{self.version}")


@dataclass(frozen=True)
class Package:
    """A package that is there."""

    spec: Spec
    root: Path
    sha256: str


class FetchError(Exception):
    """A package that could not be had."""


def cache() -> Path:
    """Where packages are kept: the cache of the command line, folder `sources`."""
    for name, rest in (("GHOSTLIGHT_CACHE", ""), ("XDG_CACHE_HOME", "ghostlight"), ("HOME", ".cache/ghostlight")):
        if value := os.environ.get(name):
            return Path(value) / rest / "sources"
    raise FetchError("find the cache folder: none of GHOSTLIGHT_CACHE, XDG_CACHE_HOME and HOME is set")


def fetch(specs: list[Spec], note=lambda line: None) -> dict[Spec, Package | FetchError]:
    """Brings packages; what could not be had is an error in the place of a package."""
    found: dict[Spec, Package | FetchError] = {}
    missing: dict[str, list[Spec]] = {}
    for spec in specs:
        package = _known(spec)
        if package:
            found[spec] = package
        else:
            missing.setdefault(spec.registry, []).append(spec)
    for registry, wanted in missing.items():
        note(f"{registry}: {len(wanted)} packages to fetch")
        with tempfile.TemporaryDirectory(prefix="ghostlight-") as scratch:
            for spec, outcome in FETCH[registry](wanted, Path(scratch), note):
                found[spec] = outcome
    return found


def _known(spec: Spec) -> Package | None:
    root = cache() / spec.folder
    stamp = root.with_suffix(root.suffix + ".sha256")
    return Package(spec, root, stamp.read_text().strip()) if stamp.is_file() and root.is_dir() else None


def _keep(spec: Spec, archives: list[Path]) -> Package:
    """Unpacks archives into the cache; the stamp comes last, so that a folder without one is half-made."""
    root = cache() / spec.folder
    stamp = root.with_suffix(root.suffix + ".sha256")
    shutil.rmtree(root, ignore_errors=True)
    root.mkdir(parents=True)
    digest = hashlib.sha256()
    for archive in sorted(archives):
        with archive.open("rb") as file:
            content = hashlib.file_digest(file, "sha256")
        # One archive: its own sum. Several: the sum of their sums.
        digest = content if len(archives) == 1 else _chain(digest, content)
        unpack(archive, root)
    stamp.write_text(digest.hexdigest() + "\n")
    return Package(spec, root, digest.hexdigest())


def _chain(whole, part):
    whole.update(part.digest())
    return whole


def unpack(archive: Path, root: Path) -> None:
    """Regular files only, under `root` only, within limits."""
    total = 0

    def write(name: str, size: int, read) -> None:
        nonlocal total
        parts = [part for part in name.replace("\\", "/").split("/") if part not in ("", ".")]
        if not parts or ".." in parts or size > LARGEST_FILE:
            return
        total += size
        if total > LARGEST_PACKAGE:
            raise FetchError(f"unpack {archive.name}: more than {LARGEST_PACKAGE} bytes")
        target = root.joinpath(*parts)
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(read())
        except OSError:
            return  # a file where a folder should be, or a name that is too long

    try:
        if archive.suffix in (".whl", ".zip"):
            with zipfile.ZipFile(archive) as whole:
                for info in whole.infolist():
                    if not info.is_dir():
                        write(info.filename, info.file_size, lambda: whole.read(info))
        else:
            with tarfile.open(archive) as whole:
                for member in whole:
                    if member.isfile():
                        write(member.name, member.size, lambda: whole.extractfile(member).read())
    except (tarfile.TarError, zipfile.BadZipFile, EOFError, OSError) as error:
        raise FetchError(f"unpack {archive.name}: {error}") from error


def _run(command: list[str], folder: Path, **environment: str) -> str:
    """Runs a client; its output, or an error with its last words."""
    try:
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=1800,
                              stdin=subprocess.DEVNULL, env={**os.environ, **environment})
    except (OSError, subprocess.TimeoutExpired) as error:
        raise FetchError(f"{command[0]}: {error}") from error
    if done.returncode != 0:
        words = (done.stderr.strip() or done.stdout.strip()).splitlines()
        raise FetchError(f"{' '.join(command[:3])}: {words[-1] if words else 'failed without a word'}")
    return done.stdout


def _version(spec: Spec, archives: list[Path]) -> str:
    """The version that came, from the names of the archives."""
    if spec.version != "*":
        return spec.version
    for path in archives:
        stem = path.name
        if spec.registry == "pypi":
            return stem.split("-")[1]
        if spec.registry == "npm":
            return stem.removesuffix(".tgz")[len(spec.name.replace("@", "").replace("/", "-")) + 1:]
        if stem.endswith(".dsc"):
            found = re.search(r"^Version: (\S+)", path.read_text(errors="replace"), re.M)
            if found:
                return found.group(1)
    raise FetchError(f"{spec}: cannot tell which version came")


def _one_by_one(specs: list[Spec], scratch: Path, note, command) -> list[tuple[Spec, Package | FetchError]]:
    outcomes: list[tuple[Spec, Package | FetchError]] = []
    for at, spec in enumerate(specs):
        folder = scratch / str(at)
        folder.mkdir()
        try:
            _run(command(spec), folder)
            came = list(folder.iterdir())
            outcomes.append((spec, _keep(replace(spec, version=_version(spec, came)), came)))
            note(f"fetched {spec}")
        except FetchError as error:
            outcomes.append((spec, error))
            note(f"cannot fetch {spec}: {error}")
        shutil.rmtree(folder, ignore_errors=True)
    return outcomes


def _pypi(specs, scratch, note):
    pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary", ":all:",
           "--disable-pip-version-check"]
    return _one_by_one(specs, scratch, note, lambda spec: [*pip, spec.name + _pin("==", spec)])


def _npm(specs, scratch, note):
    npm = ["npm", "pack", "--silent", "--ignore-scripts"]
    return _one_by_one(specs, scratch, note, lambda spec: [*npm, spec.name + _pin("@", spec)])


def _pin(sign: str, spec: Spec) -> str:
    return "" if spec.version == "*" else sign + spec.version


def _crates(specs, scratch, note):
    """Through a project that depends on all of them: Cargo checks every archive against its index.

    Dependencies of dependencies come along and are left out, unless they are asked for by name.
    """
    outcomes = []
    for start in range(0, len(specs), 40):
        outcomes += _crates_at_once(specs[start:start + 40], scratch / str(start), note)
    return outcomes


def _crates_at_once(specs, project, note):
    (project / "src").mkdir(parents=True)
    (project / "src" / "lib.rs").write_text("")
    lines = ["[package]", 'name = "sources"', 'version = "0.0.0"', 'edition = "2021"', "[workspace]",
             "[dependencies]"]
    for at, spec in enumerate(specs):
        version = "*" if spec.version == "*" else f"={spec.version}"
        lines.append(f'p{at} = {{ package = "{spec.name}", version = "{version}", default-features = false }}')
    (project / "Cargo.toml").write_text("\n".join(lines) + "\n")
    try:
        _run(["cargo", "vendor", "--quiet", "--versioned-dirs", "vendor"], project)
    except FetchError as error:
        if len(specs) == 1:
            note(f"cannot fetch {specs[0]}: {error}")
            return [(specs[0], error)]
        # One that cannot be had keeps none of the others away.
        half = len(specs) // 2
        return (_crates_at_once(specs[:half], project / "a", note)
                + _crates_at_once(specs[half:], project / "b", note))
    outcomes = []
    locked = tomllib.loads((project / "Cargo.lock").read_text())["package"]
    own = {line.split(" ")[0]: (line.split(" ") + [None])[1]
           for package in locked if package["name"] == "sources" for line in package.get("dependencies", [])}
    for wanted in specs:
        # Where a name stands once in the lock file, its version is left out of the list of dependencies.
        version = own.get(wanted.name) or next((p["version"] for p in locked if p["name"] == wanted.name), "")
        spec = replace(wanted, version=version) if wanted.version == "*" else wanted
        source = project / "vendor" / f"{spec.name}-{spec.version}"
        try:
            sums = json.loads((source / ".cargo-checksum.json").read_text())
        except (OSError, ValueError) as error:
            outcomes.append((wanted, FetchError(f"cargo vendor: {error}")))
            continue
        root = cache() / spec.folder
        shutil.rmtree(root, ignore_errors=True)
        root.parent.mkdir(parents=True, exist_ok=True)
        shutil.copytree(source, root)
        root.with_suffix(root.suffix + ".sha256").write_text(sums["package"] + "\n")
        outcomes.append((wanted, Package(spec, root, sums["package"])))
        note(f"fetched {spec}")
    return outcomes


def _debian(specs, scratch, note):
    """Source packages, with a package list of our own so that the system's is left alone."""
    apt = scratch / "apt"
    for folder in ("lists/partial", "archives/partial", "etc"):
        (apt / folder).mkdir(parents=True)
    (apt / "etc" / "sources.list").write_text(f"deb-src {DEBIAN} {DEBIAN_SUITE} main\n")
    (apt / "status").write_text("")
    options = [part for key, value in {
        "Dir::Etc::SourceList": apt / "etc" / "sources.list", "Dir::Etc::SourceParts": "-",
        "Dir::State::Lists": apt / "lists", "Dir::State::Status": apt / "status",
        "Dir::Cache": apt, "APT::Sandbox::User": "", "Acquire::Languages": "none",
    }.items() for part in ("-o", f"{key}={value}")]
    try:
        _run(["apt-get", "-qq", *options, "update"], scratch)
    except FetchError as error:
        return [(spec, error) for spec in specs]

    def command(spec: Spec) -> list[str]:
        return ["apt-get", "-qq", *options, "source", "--download-only", "--only-source", spec.name + _pin("=", spec)]

    outcomes = []
    for at, spec in enumerate(specs):
        folder = scratch / f"source{at}"
        folder.mkdir()
        try:
            _run(command(spec), folder)
            came = list(folder.iterdir())
            archives = [path for path in came if ".tar." in path.name and not path.name.endswith(".asc")]
            if not archives:
                raise FetchError("apt-get source: no archive came")
            outcomes.append((spec, _keep(replace(spec, version=_version(spec, came)), archives)))
            note(f"fetched {spec}")
        except FetchError as error:
            outcomes.append((spec, error))
            note(f"cannot fetch {spec}: {error}")
        shutil.rmtree(folder, ignore_errors=True)
    return outcomes


FETCH = {"crates": _crates, "npm": _npm, "pypi": _pypi, "debian": _debian}
