"""A longer list of packages: what the packages of sources.json depend on, and Debian's most-used sources.

"Most used" is what registries themselves can tell: how many packages name a package as a dependency. Cargo, npm and
pip resolve the seeds, as they would for a project that uses them, and their answers (lock files, pip's report) are the
graph; no index is crawled. Debian's whole index is one file that `apt-get update` brings: there the graph is the whole
release, build dependencies and the dependencies of what is built, with the size of each source.

A list is balanced: of Debian, languages take turns, each with its most-used package that is left. The index says no
language; section, build tools and libraries do, which is a guess, and `reach` measures what is really inside.
Answers are kept in the cache, so that a run goes on where it stopped and gives the same list again.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import re
import sys
import tempfile
import tomllib
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from .licences import permissive
from .packages import DEBIAN, DEBIAN_SUITE, FetchError, Spec, _run, cache

RECIPE = Path(__file__).resolve().parents[1]
SOURCES = RECIPE / "sources.json"
SUITE = RECIPE.parents[1] / "tests" / "eval" / "packages.json"

SMALLEST, LARGEST = 60_000, 24_000_000  # bytes of the archives of a source package of Debian


@dataclass(frozen=True)
class Found:
    """A package of a graph."""

    spec: Spec
    uses: int            # packages that name it as a dependency
    bytes: int | None    # of its archives, compressed; None where the client does not say
    group: str           # the language it counts as while a list is balanced


@dataclass
class Graph:
    """Who names whom, by plain names."""

    versions: dict[str, list[str]]
    named: dict[str, set[str]]  # by what it is named
    names: dict[str, str]       # as the registry spells it

    def found(self, registry: str, group: str) -> list[Found]:
        return [Found(Spec(registry, self.names[name], max(versions, key=version_key)), len(self.named[name]), None, group)
                for name, versions in self.versions.items()]


def main(arguments: list[str]) -> None:
    parser = argparse.ArgumentParser(prog="data.py grow", description=__doc__.split("\n")[0])
    parser.add_argument("--out", type=Path, required=True, help="the list")
    parser.add_argument("--packages", type=int, default=6000, help="at most so many of each registry")
    parser.add_argument("--of", default="crates,npm,pypi,debian", help="registries")
    parser.add_argument("--fresh", action="store_true", help="ask registries again, even where an answer is kept")
    parser.add_argument("--ghostlight", help=argparse.SUPPRESS)  # xtask passes it to every command
    options = parser.parse_args(arguments)
    note = lambda line: print(line, file=sys.stderr)  # noqa: E731

    of = options.of.split(",")
    if unknown := set(of) - set(ASK):
        sys.exit(f"error: --of {options.of}: no registry {', '.join(sorted(unknown))}")
    sources = json.loads(SOURCES.read_text())
    kept_out = evaluated()
    found: dict[str, list[Found]] = {}
    for registry in of:
        seeds = [Spec.parse(entry) for entry in sources.get(registry, [])]
        try:
            graph = with_pinned(answers(registry, seeds, options.fresh, note), registry, seeds)
        except FetchError as error:
            sys.exit(f"error: {registry}: {error}")
        usable = [package for package in graph if plain(package.spec) not in kept_out and not stands_for(package, kept_out)
                  and worth_it(package, seeds)]
        found[registry] = most_used(usable, seeds, options.packages)
        note(f"{registry}: {len(graph)} packages in the graph, {len(found[registry])} in the list")
    # What a registry has itself is not taken from Debian a second time.
    own = {plain(package.spec) for registry in of if registry != "debian" for package in found[registry]}
    if "debian" in found:
        found["debian"] = [package for package in found["debian"] if not stands_for(package, own)]
    write(options.out, found)
    print(json.dumps({registry: dict(Counter(package.group for package in packages).most_common())
                      for registry, packages in found.items()}))


def write(path: Path, found: dict[str, list[Found]]) -> None:
    """One line a package, so that a new list shows what changed."""
    parts = []
    for registry, packages in found.items():
        lines = ",\n".join(json.dumps([f"{package.spec.name}@{package.spec.version}", package.bytes, package.uses, package.group],
                                      separators=(",", ":")) for package in packages)
        parts.append(f'{json.dumps(registry)}: [\n{lines}\n]')
    head = json.dumps(["package", "bytes of its archives", "packages that depend on it", "counted as"])
    path.write_text('{"columns": ' + head + ",\n" + ",\n".join(parts) + "}\n")


def read(path: Path) -> list[Found]:
    """A list that was written."""
    listed = json.loads(path.read_text())
    return [Found(Spec.parse(f"{registry}:{package}"), uses, size, group)
            for registry in ASK for package, size, uses, group in listed.get(registry, [])]


def names(path: Path) -> dict[str, list[str]]:
    """A list as sources.json has them."""
    sources: dict[str, list[str]] = defaultdict(list)
    for package in read(path):
        sources[package.spec.registry].append(str(package.spec))
    return sources


# What is left out

def plain(spec: Spec) -> tuple[str, str]:
    """A package's name as its registry compares names."""
    return spec.registry, re.sub(r"[-_.]+", "-", spec.name.lower())


def evaluated() -> set[tuple[str, str]]:
    """The packages of the evaluation suite."""
    return {plain(Spec.parse(entry["package"])) for entry in json.loads(SUITE.read_text())["packages"]}


def stands_for(package: Found, others: set[tuple[str, str]]) -> bool:
    """Whether a source package of Debian is a package that `others` has from its own registry."""
    if package.spec.registry != "debian":
        return False
    name = plain(package.spec)[1]
    bare = name.removeprefix("node-").removeprefix("rust-").removeprefix("python-")
    if name.startswith("node-"):
        return any(("npm", alike) in others for alike in (bare, "@" + bare.replace("-", "/", 1)))
    if name.startswith("rust-"):
        return ("crates", bare) in others or ("crates", re.sub(r"-[0-9][0-9.-]*$", "", bare)) in others
    return package.group == "python" and ("pypi", bare) in others


def worth_it(package: Found, seeds: list[Spec]) -> bool:
    """Whether its size is worth a line and a download; seeds were chosen by people."""
    return package.bytes is None or SMALLEST <= package.bytes <= LARGEST or plain(package.spec) in map(plain, seeds)


# Which are taken

def most_used(found: Iterable[Found], seeds: list[Spec], count: int) -> list[Found]:
    """Seeds first, then groups in turn, each with its most-used package that is left; of a family one only."""
    wanted = {plain(seed) for seed in seeds}
    ranked = sorted(found, key=lambda package: (plain(package.spec) not in wanted, -package.uses, package.spec.name))
    families: set[tuple[str, str]] = set()
    groups: dict[str, list[Found]] = defaultdict(list)
    chosen: list[Found] = []
    for package in ranked:
        key = family(package.spec)
        if key in families:
            continue
        families.add(key)
        if plain(package.spec) in wanted:
            chosen.append(package)
        else:
            groups[package.group].append(package)
    turns = sorted(groups)
    at = 0
    while len(chosen) < count and turns:
        for group in list(turns):
            if at < len(groups[group]):
                chosen.append(groups[group][at])
            else:
                turns.remove(group)
        at += 1
    return chosen[:count]


def family(spec: Spec) -> tuple[str, str]:
    """Debian has versions of a source side by side (`lua5.3`, `lua5.4`); elsewhere a name is a family."""
    name = plain(spec)[1]
    return spec.registry, (re.sub(r"[-.]?[0-9][0-9.+-]*$", "", spec.name) or name) if spec.registry == "debian" else name


def with_pinned(graph: list[Found], registry: str, seeds: list[Spec]) -> list[Found]:
    """Seeds that are pinned are in the list even where what they need cannot be had. Debian has nothing but its index."""
    known = {plain(package.spec) for package in graph}
    group = {"crates": "rust", "npm": "javascript", "pypi": "python"}.get(registry)
    return graph + [Found(seed, 0, None, group) for seed in seeds if group and seed.version != "*" and plain(seed) not in known]


# The graphs

def answers(registry: str, seeds: list[Spec], fresh: bool, note) -> list[Found]:
    """The graph of a registry, from the answer that is kept, or asked now and kept."""
    ask, parse = ASK[registry]
    key = hashlib.sha256("\n".join(sorted(map(str, seeds)) if registry != "debian" else [DEBIAN_SUITE]).encode()).hexdigest()[:16]
    kept = cache().parent / "graphs" / f"{registry}-{key}.json"
    if kept.is_file() and not fresh:
        return parse(json.loads(kept.read_text()))
    note(f"{registry}: asking")
    with tempfile.TemporaryDirectory(prefix="ghostlight-") as scratch:
        texts = ask(seeds, Path(scratch), note)
    if not texts and seeds:
        raise FetchError(f"none of {len(seeds)} packages could be resolved, see above")
    kept.parent.mkdir(parents=True, exist_ok=True)
    part = kept.with_suffix(".part")
    part.write_text(json.dumps(texts))
    part.rename(kept)
    return parse(texts)


def in_halves(seeds: list[Spec], scratch: Path, note, ask: Callable[[list[Spec], Path], str]) -> list[str]:
    """One answer for all seeds, or, where they do not go together, for each half."""
    folder = scratch / "project"
    folder.mkdir(parents=True)
    try:
        return [ask(seeds, folder)]
    except FetchError as error:
        if len(seeds) <= 1:
            note(f"cannot resolve {seeds[0] if seeds else 'nothing'}: {error}")
            return []
        note(f"{len(seeds)} seeds do not go together, trying halves: {str(error)[:160]}")
        half = len(seeds) // 2
        return (in_halves(seeds[:half], scratch / "a", note, ask) + in_halves(seeds[half:], scratch / "b", note, ask))


def ask_crates(seeds, scratch, note) -> list[str]:
    def ask(part: list[Spec], folder: Path) -> str:
        (folder / "src").mkdir()
        (folder / "src" / "lib.rs").write_text("")
        lines = ["[package]", 'name = "sources"', 'version = "0.0.0"', 'edition = "2021"', "[workspace]", "[dependencies]"]
        for at, spec in enumerate(part):
            version = "*" if spec.version == "*" else f"={spec.version}"
            lines.append(f'p{at} = {{ package = "{spec.name}", version = "{version}" }}')
        (folder / "Cargo.toml").write_text("\n".join(lines) + "\n")
        _run(["cargo", "generate-lockfile", "--quiet"], folder)
        return (folder / "Cargo.lock").read_text()

    return in_halves(seeds, scratch, note, ask)


def parse_crates(texts: list[str]) -> list[Found]:
    graph = Graph({}, defaultdict(set), {})
    for text in texts:
        for package in tomllib.loads(text)["package"]:
            if package["name"] == "sources":
                continue
            _add(graph, plain_name(package["name"]), package["name"], package["version"],
                 (line.split(" ")[0] for line in package.get("dependencies", [])))
    return graph.found("crates", "rust")


def ask_npm(seeds, scratch, note) -> list[str]:
    def ask(part: list[Spec], folder: Path) -> str:
        (folder / "package.json").write_text(json.dumps({
            "name": "sources", "version": "0.0.0", "private": True,
            "dependencies": {spec.name: spec.version for spec in part}}))
        # Peers that contradict each other do not matter: nothing is run.
        _run(["npm", "install", "--package-lock-only", "--ignore-scripts", "--force", "--prefer-offline", "--silent"], folder)
        # Where a package came from is left out: it names the registry of this machine.
        packages = json.loads((folder / "package-lock.json").read_text())["packages"]
        for package in packages.values():
            package.pop("resolved", None)
        return json.dumps({"packages": packages})

    return in_halves(seeds, scratch, note, ask)


def parse_npm(texts: list[str]) -> list[Found]:
    graph = Graph({}, defaultdict(set), {})
    for text in texts:
        for path, package in json.loads(text)["packages"].items():
            name = package.get("name") or path.rpartition("node_modules/")[2]
            said = package.get("license")
            if not path or "version" not in package or (isinstance(said, str) and not permissive(said)):
                continue
            needs = [key for kind in ("dependencies", "optionalDependencies", "peerDependencies") for key in package.get(kind, {})]
            _add(graph, plain_name(name), name, package["version"], needs)
    return graph.found("npm", "javascript")


def ask_pypi(seeds, scratch, note) -> list[str]:
    def ask(part: list[Spec], folder: Path) -> str:
        wanted = [spec.name if spec.version == "*" else f"{spec.name}=={spec.version}" for spec in part]
        _run([sys.executable, "-m", "pip", "install", "--dry-run", "--quiet", "--ignore-installed", "--only-binary", ":all:",
              "--disable-pip-version-check", "--report", "report.json", *wanted], folder)
        report = json.loads((folder / "report.json").read_text())
        keys = ("name", "version", "requires_dist")
        return json.dumps([{key: package["metadata"].get(key) for key in keys} for package in report["install"]])

    # One at a time: together, pip would go through old versions in search of some that fit each other.
    return [text for at, seed in enumerate(seeds) for text in in_halves([seed], scratch / str(at), note, ask)]


def parse_pypi(texts: list[str]) -> list[Found]:
    graph = Graph({}, defaultdict(set), {})
    for text in texts:
        for package in json.loads(text):
            needs = [re.match(r"[A-Za-z0-9._-]+", line).group() for line in package["requires_dist"] or []
                     if "extra ==" not in line.replace('"', "'")]
            _add(graph, plain_name(package["name"]), package["name"], package["version"], needs)
    return graph.found("pypi", "python")


def plain_name(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name.lower())


def _add(graph: Graph, key: str, name: str, version: str, needs: Iterable[str]) -> None:
    graph.names[key] = name
    graph.versions.setdefault(key, []).append(version)
    for other in needs:
        if plain_name(other) != key:
            graph.named[plain_name(other)].add(key)


# Debian

# Sections of what is built, and what is needed to build it, where these tell the language. None: one that is not used.
_SECTIONS = {
    "golang": "go", "haskell": "haskell", "java": "java", "gnu-r": "r", "ruby": "ruby", "rust": "rust", "php": "php",
    "python": "python", "javascript": "javascript", "cli-mono": "csharp", "shells": "shellscript",
    "perl": None, "ocaml": None, "lisp": None, "tex": None, "fonts": None, "doc": None, "localization": None,
    "otherosfs": None, "metapackages": None, "zope": None, "debian-installer": None,
}
_PREFIXES = {
    "lua": "lua", "elixir": "elixir", "scala": "scala", "kotlin": "kotlin", "node": "javascript", "ruby": "ruby",
    "r-cran": "r", "r-bioc": "r", "haskell": "haskell", "golang": "go", "rust": "rust", "php": "php", "erlang": None,
    "ocaml": None, "cl": None, "emacs": None, "fonts": None, "hunspell": None, "texlive": None, "linux": None, "gcc": None,
}
_BUILT_WITH = {
    "mono-devel": "csharp", "cli-common-dev": "csharp", "dh-golang": "go", "dh-sequence-golang": "go", "golang-any": "go",
    "dh-cargo": "rust",
    "cargo": "rust", "ghc": "haskell", "gem2deb": "ruby", "dh-lua": "lua", "dh-elixir": "elixir", "elixir": "elixir",
    "scala": "scala", "sbt": "scala", "pkg-php-tools": "php", "dh-sequence-phpcomposer": "php", "javahelper": "java",
    "maven-debian-helper": "java", "gradle-debian-helper": "java", "default-jdk": "java", "dh-r": "r",
    "dh-elpa": None, "ocaml-nox": None, "gnat": None, "gfortran": None, "fpc": None,
}
_SCRIPTS = {"admin", "utils", "shells", "vcs", "net", "devel", "text"}


def ask_debian(_seeds, scratch, note) -> list[str]:
    """The indexes of sources and of what is built from them, reduced to what is used; a list of apt's own is left alone."""
    for folder in ("lists/partial", "archives/partial", "etc"):
        (scratch / folder).mkdir(parents=True)
    (scratch / "etc" / "sources.list").write_text("".join(f"{kind} {DEBIAN} {DEBIAN_SUITE} main\n" for kind in ("deb-src", "deb")))
    (scratch / "status").write_text("")
    settings = {
        "Dir::Etc::SourceList": scratch / "etc" / "sources.list", "Dir::Etc::SourceParts": "-", "Dir::State::Lists": scratch / "lists",
        "Dir::State::Status": scratch / "status", "Dir::Cache": scratch, "APT::Sandbox::User": "", "APT::Architecture": "amd64",
        "Acquire::Languages": "none", "Acquire::GzipIndexes": "false", "Acquire::Retries": "3",
    }
    _run(["apt-get", "-qq", *(part for key, value in settings.items() for part in ("-o", f"{key}={value}")), "update"], scratch)
    keep = {"package", "source", "binary", "version", "architecture", "section", "build-depends", "build-depends-indep",
            "build-depends-arch", "depends", "pre-depends", "package-list", "files"}
    answer = []
    for kind in ("Sources", "Packages"):
        lists = sorted((scratch / "lists").glob(f"*_{kind}"))
        if not lists:
            raise FetchError(f"apt-get update: no index {kind} came")
        answer.append(json.dumps([{key: value for key, value in stanza.items() if key in keep}
                                  for path in lists for stanza in stanzas(path.read_text(errors="replace"))]))
        note(f"debian: {kind} read")
    return answer


def stanzas(text: str) -> Iterator[dict[str, str]]:
    """Paragraphs of an index, by field in lower case; lines that go on keep their line ends."""
    for block in text.split("\n\n"):
        fields: dict[str, str] = {}
        key = None
        for line in block.split("\n"):
            if line[:1] in (" ", "\t"):
                if key:
                    fields[key] += "\n" + line.strip()
            elif ":" in line:
                key, _, value = line.partition(":")
                key = key.lower()
                fields[key] = value.strip()
        if fields:
            yield fields


def parse_debian(texts: list[str]) -> list[Found]:
    sources: dict[str, dict[str, str]] = {}
    for source in json.loads(texts[0]):
        known = sources.get(source["package"])
        if not known or version_key(source["version"]) > version_key(known["version"]):
            sources[source["package"]] = source
    source_of = {binary.strip(): name for name, source in sources.items()
                 for binary in source.get("binary", "").replace("\n", " ").split(",") if binary.strip()}
    needs: dict[str, set[str]] = defaultdict(set)
    for name, source in sources.items():
        for kind in ("build-depends", "build-depends-indep", "build-depends-arch"):
            needs[name] |= named_first(source.get(kind, ""))
    built: dict[str, set[str]] = defaultdict(set)
    for binary in json.loads(texts[1]):
        name = binary.get("source", binary["package"]).split(" ")[0]
        if name in sources:
            built[name] |= named_first(binary.get("depends", "")) | named_first(binary.get("pre-depends", ""))
    uses: Counter = Counter()
    for name in sources:
        uses.update({source_of[binary] for binary in needs[name] | built[name] if binary in source_of} - {name})
    found = []
    for name, source in sources.items():
        size = sum(int(line.split()[1]) for line in source.get("files", "").split("\n") if ".tar." in line or ".diff." in line)
        group = group_of(name, source, needs[name], built[name])
        if group:
            found.append(Found(Spec("debian", name, source["version"]), uses[name], size, group))
    return found


def named_first(relations: str) -> set[str]:
    """The packages of a field of relations, of alternatives the first."""
    heads = (re.match(r"[a-z0-9][a-z0-9+.-]+", part.strip()) for part in relations.replace("\n", " ").split(","))
    return {head.group() for head in heads if head}


def group_of(name: str, source: dict[str, str], needs: set[str], built: set[str]) -> str | None:
    """The language a source is likely written in; None where it is one that is not used, or hardly any code."""
    for prefix, language in _PREFIXES.items():
        if name.startswith(prefix + "-"):
            return language
    if re.search(r"-(data|doc|docs|theme|themes|icons|wallpapers|l10n|i18n)$", name):
        return None
    sections = Counter(line.split()[2].rpartition("/")[2] for line in source.get("package-list", "").split("\n") if len(line.split()) > 2)
    if sections and all(_SECTIONS.get(section, section) is None for section in sections):
        return None
    told = [section for section, _ in sections.most_common() if _SECTIONS.get(section)]
    tools = [language for tool, language in _BUILT_WITH.items() if tool in needs]
    if told and told[0] != "python":
        return _SECTIONS[told[0]]
    if tools:
        return tools[0]
    if "libstdc++6" in built:
        return "cpp"
    if told or needs & {"dh-python", "dh-sequence-python3"} and source.get("architecture") == "all":
        return "python"
    if source.get("architecture") == "all":
        return "shellscript" if set(sections) & _SCRIPTS else None
    return "c"


def version_key(version: str) -> list:
    """Versions in order: numbers as numbers, `~` and what Python and npm call a release before the release."""
    epoch, _, rest = version.rpartition(":")
    key: list = [(1, int(epoch) if epoch.isdigit() else 0)]
    for number, word in re.findall(r"([0-9]+)|([^0-9]+)", rest):
        early = word.startswith(("~", "-", "a", "b", "rc", ".dev")) and word.strip("-.+~") != ""
        key.append((2, int(number)) if number else (-1 if word.startswith("~") or early else 1, word))
    return [*key, (0, 0)]


ASK = {"crates": (ask_crates, parse_crates), "npm": (ask_npm, parse_npm), "pypi": (ask_pypi, parse_pypi),
       "debian": (ask_debian, parse_debian)}
