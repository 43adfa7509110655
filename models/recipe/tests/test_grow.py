"""The list that grows, and what it reaches: from recorded answers, offline.

    python3 -B -m unittest discover -s models/recipe/tests
"""

import io
import json
import os
import random
import sys
import tempfile
import unittest
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from unittest import mock

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from corpus import grow, reach  # noqa: E402
from corpus.grow import Found, family, group_of, most_used, stanzas, stands_for, version_key  # noqa: E402
from corpus.packages import FetchError, Package, Spec  # noqa: E402
from corpus.take import share_bound, without_head  # noqa: E402

CARGO = """version = 4
[[package]]
name = "sources"
version = "0.0.0"
dependencies = ["clap", "indexmap", "syn 2.0.9"]
[[package]]
name = "clap"
version = "4.6.7"
dependencies = ["syn 2.0.9", "clap_derive"]
[[package]]
name = "clap_derive"
version = "4.6.7"
dependencies = ["syn 1.0.10"]
[[package]]
name = "indexmap"
version = "2.6.0"
[[package]]
name = "syn"
version = "1.0.10"
[[package]]
name = "syn"
version = "2.0.9"
"""
NPM = json.dumps({"packages": {
    "": {"name": "sources", "dependencies": {"a": "*"}},
    "node_modules/a": {"version": "1.0.0", "license": "MIT", "dependencies": {"b": "^1", "@s/c": "^2"}},
    "node_modules/b": {"version": "1.9.0", "license": "ISC", "peerDependencies": {"@s/c": "*"}},
    "node_modules/a/node_modules/b": {"version": "1.10.0", "license": "ISC"},
    "node_modules/@s/c": {"version": "2.0.0", "license": "MIT"},
    "node_modules/alias": {"name": "real", "version": "3.0.0", "license": "MIT"},
    "node_modules/copyleft": {"version": "1.0.0", "license": "GPL-3.0"},
    "node_modules/link": {"resolved": "elsewhere", "link": True},
}})
PIP = json.dumps([
    {"name": "Jinja2", "version": "3.1.6", "requires_dist": ["MarkupSafe>=2.0", "Babel>=2.7 ; extra == 'i18n'"]},
    {"name": "MarkupSafe", "version": "3.0.2", "requires_dist": None},
    {"name": "babel", "version": "2.17.0", "requires_dist": ['pytz>=2015.7 ; python_version < "3.9"']},
])
SOURCES = """Package: libone
Binary: libone1, libone-dev,
 libone-doc
Version: 1.0-1
Architecture: any
Package-List:
 libone-dev deb libdevel optional arch=any
 libone1 deb libs optional arch=any
Files:
 00 2000 libone_1.0-1.dsc
 00 90000 libone_1.0.orig.tar.gz
 00 10000 libone_1.0-1.debian.tar.xz
Build-Depends: debhelper-compat (= 13)

Package: libone
Binary: libone1, libone-dev
Version: 1.0-1+deb12u2
Architecture: any
Package-List:
 libone1 deb libs optional arch=any
Files:
 00 120000 libone_1.0.orig.tar.gz

Package: tool
Binary: tool
Version: 2.0
Architecture: all
Package-List:
 tool deb utils optional arch=all
Files:
 00 80000 tool_2.0.tar.xz
Build-Depends: debhelper, libone-dev (>= 1.0) | other-dev

Package: golang-x
Binary: golang-x-dev
Version: 0.1-1
Package-List:
 golang-x-dev deb golang optional arch=all
Files:
 00 70000 golang-x_0.1.orig.tar.gz

Package: huge
Binary: huge
Version: 1
Architecture: any
Files:
 00 900000000 huge_1.tar.xz
"""
PACKAGES = """Package: tool
Version: 2.0
Depends: libone1 (>= 1.0), golang-x-dev, libc6

Package: huge
Source: huge (1)
Version: 1+b1
Depends: libone1
"""


def as_asked(text: str) -> str:
    return json.dumps(list(stanzas(text)))


class GraphTest(unittest.TestCase):
    def uses(self, found):
        return {f"{package.spec.name}@{package.spec.version}": package.uses for package in found}

    def test_cargo_says_who_uses_whom(self):
        self.assertEqual(self.uses(grow.parse_crates([CARGO])),
                         {"clap@4.6.7": 0, "clap_derive@4.6.7": 1, "indexmap@2.6.0": 0, "syn@2.0.9": 2})

    def test_answers_in_halves_are_one_graph(self):
        self.assertEqual(self.uses(grow.parse_crates([CARGO, CARGO])), self.uses(grow.parse_crates([CARGO])))

    def test_npm_says_who_uses_whom(self):
        self.assertEqual(self.uses(grow.parse_npm([NPM])), {"a@1.0.0": 0, "b@1.10.0": 1, "@s/c@2.0.0": 2, "real@3.0.0": 0})

    def test_pip_says_who_uses_whom(self):
        self.assertEqual(self.uses(grow.parse_pypi([PIP])), {"Jinja2@3.1.6": 0, "MarkupSafe@3.0.2": 1, "babel@2.17.0": 0})

    def test_debian_says_who_uses_whom(self):
        found = {package.spec.name: package for package in grow.parse_debian([as_asked(SOURCES), as_asked(PACKAGES)])}
        self.assertFalse(grow.worth_it(found["huge"], []), "larger than what is fetched")
        self.assertTrue(grow.worth_it(found["huge"], [Spec("debian", "huge", "*")]))
        self.assertEqual((found["libone"].spec.version, found["libone"].bytes, found["libone"].group), ("1.0-1+deb12u2", 120000, "c"))
        self.assertEqual({name: package.uses for name, package in found.items()}, {"libone": 2, "tool": 0, "golang-x": 1, "huge": 0})
        self.assertEqual((found["tool"].group, found["golang-x"].group), ("shellscript", "go"))

    def test_groups(self):
        def group(name, section="misc", needs=(), built=(), architecture="any"):
            source = {"package-list": f"\n{name} deb {section} optional arch=any", "architecture": architecture}
            return group_of(name, source, set(needs), set(built))
        self.assertEqual(group("newtonsoft-json", "cli-mono"), "csharp")
        self.assertEqual(group("tool", "utils", {"dh-golang"}), "go")
        self.assertEqual(group("simdjson", "libs", (), {"libstdc++6"}), "cpp")
        self.assertEqual(group("bazel", "devel", {"default-jdk"}, {"libstdc++6"}), "java")
        self.assertEqual(group("tox", "python", {"dh-python"}), "python")
        self.assertEqual(group("lua-cjson", "interpreters"), "lua")
        self.assertEqual(group_of("zlib", {"package-list": "\nzlib1g deb libs x\nzlib1g-udeb udeb debian-installer x"}, set(), set()), "c")
        self.assertIsNone(group("libdbi-perl", "perl"))
        self.assertIsNone(group("game-data", "games", architecture="all"))

    def test_versions_are_in_order(self):
        for less, more in [("1.0~rc1-1", "1.0-1"), ("1.9", "1.10"), ("9.0", "1:1.0"), ("1.0-1", "1.0-1+deb12u1"),
                           ("1.0.0-rc.1", "1.0.0"), ("5.4.4-3", "5.4.4-3+deb12u1"), ("2.0b1", "2.0")]:
            self.assertLess(version_key(less), version_key(more), (less, more))

    def test_seeds_that_do_not_go_together_are_asked_in_halves(self):
        def ask(seeds, folder):
            self.assertTrue(folder.is_dir())
            if len(seeds) > 1 and any(seed.name == "odd" for seed in seeds):
                raise FetchError("conflict")
            if seeds[0].name == "gone":
                raise FetchError("no such package")
            return ",".join(seed.name for seed in seeds)
        seeds = [Spec("npm", name, "*") for name in ("a", "b", "odd", "gone")]
        said = []
        with tempfile.TemporaryDirectory() as folder:
            self.assertEqual(grow.in_halves(seeds, Path(folder) / "x", said.append, ask), ["a,b", "odd"])
        self.assertIn("npm:gone@*", said[-1])


class ListTest(unittest.TestCase):
    def test_groups_take_turns_by_use_and_seeds_come_first(self):
        found = [Found(Spec("debian", name, "1"), uses, 1, group) for name, uses, group in [
            ("a5.3", 9, "c"), ("a5.4", 8, "c"), ("b", 7, "c"), ("d", 6, "c"), ("g", 1, "go"), ("seed", 0, "r")]]
        chosen = most_used(found, [Spec("debian", "seed", "*")], 4)
        self.assertEqual([package.spec.name for package in chosen], ["seed", "a5.3", "g", "b"])
        self.assertEqual(most_used(list(reversed(found)), [Spec("debian", "seed", "*")], 4), chosen)

    def test_of_a_family_one(self):
        self.assertEqual(family(Spec("debian", "lua5.3", "1")), family(Spec("debian", "lua5.4", "1")))
        self.assertEqual(family(Spec("debian", "golang-1.19", "1")), family(Spec("debian", "golang-1.18", "1")))
        self.assertNotEqual(family(Spec("npm", "base64", "1")), family(Spec("npm", "base32", "1")))

    def test_a_seed_that_is_pinned_stays(self):
        seeds = [Spec("npm", "lost", "1.0.0"), Spec("npm", "loose", "*"), Spec("npm", "a", "1.0.0")]
        graph = grow.with_pinned(grow.parse_npm([NPM]), "npm", seeds)
        self.assertEqual([package.spec.name for package in graph], ["a", "b", "@s/c", "real", "lost"])
        self.assertEqual(grow.with_pinned([], "debian", [Spec("debian", "gone", "1")]), [])

    def test_what_another_registry_has_is_not_taken_twice(self):
        others = {("npm", "express"), ("npm", "@babel/core"), ("crates", "indexmap"), ("pypi", "flask")}
        for name, group, want in [
                ("node-express", "javascript", True), ("node-babel-core", "javascript", True), ("rust-indexmap", "rust", True),
                ("rust-indexmap-1", "rust", True), ("python-flask", "python", True), ("flask", "python", True), ("flask", "c", False),
                ("express", "javascript", False), ("indexmap", "rust", False)]:
            self.assertEqual(stands_for(Found(Spec("debian", name, "1"), 0, 1, group), others), want, name)

    def grown(self, folder, *more):
        kept = {"crates": ([CARGO], grow.parse_crates), "debian": ([as_asked(SOURCES), as_asked(PACKAGES)], grow.parse_debian)}
        asked = []

        def ask(registry):
            return lambda seeds, scratch, note: asked.append(registry) or kept[registry][0]
        fakes = {registry: (ask(registry), parse) for registry, (_, parse) in kept.items()}
        out, sources = Path(folder) / "list.json", Path(folder) / "sources.json"
        sources.write_text('{"crates": ["crates:clap@4.6.7", "crates:indexmap@2.6.0"], "debian": []}')
        with (mock.patch.object(grow, "SOURCES", sources), mock.patch.dict(os.environ, {"GHOSTLIGHT_CACHE": folder}), mock.patch.dict(grow.ASK, fakes),
              redirect_stdout(io.StringIO()), redirect_stderr(io.StringIO())):
            grow.main(["--out", str(out), "--of", "crates,debian", *more])
        return out, asked

    def test_a_list_is_the_same_again_and_has_nothing_of_the_suite(self):
        with tempfile.TemporaryDirectory() as folder:
            out, asked = self.grown(folder)
            first = out.read_text()
            self.assertEqual(asked, ["crates", "debian"])
            out, asked = self.grown(folder, "--ghostlight", "x")
            self.assertEqual((out.read_text(), asked), (first, []), "answers are kept")
            self.assertEqual(self.grown(folder, "--fresh")[1], ["crates", "debian"])
            listed = grow.names(out)
            self.assertEqual(listed["crates"], ["crates:clap@4.6.7", "crates:syn@2.0.9", "crates:clap_derive@4.6.7"])
            self.assertIn("debian:libone@1.0-1+deb12u2", listed["debian"])
            self.assertEqual(len(grow.names(self.grown(folder, "--packages", "1")[0])["crates"]), 1)

    def test_a_registry_that_answers_nothing_is_an_error_and_not_kept(self):
        with (tempfile.TemporaryDirectory() as folder, mock.patch.dict(os.environ, {"GHOSTLIGHT_CACHE": folder}),
              mock.patch.dict(grow.ASK, {"npm": (lambda seeds, scratch, note: [], grow.parse_npm)})):
            with self.assertRaises(FetchError):
                grow.answers("npm", [Spec("npm", "a", "*")], False, lambda line: None)
            self.assertFalse(list(Path(folder).rglob("*.json")))

    def test_an_unknown_registry_is_an_error(self):
        with self.assertRaises(SystemExit) as caught, redirect_stderr(io.StringIO()):
            grow.main(["--out", "x", "--of", "gems"])
        self.assertIn("no registry gems", str(caught.exception))

    def test_the_list_that_is_committed(self):
        path = HERE.parent / "sources.lock.json"
        listed = grow.read(path)
        self.assertLess(path.stat().st_size, 400_000)
        self.assertEqual(len({package.spec for package in listed}), len(listed))
        kept_out = grow.evaluated()
        for package in listed:
            self.assertFalse(grow.plain(package.spec) in kept_out or stands_for(package, kept_out), package)
            self.assertNotIn(package.spec.version, ("*", ""))
        self.assertNotIn("://", path.read_text())


class ReachTest(unittest.TestCase):
    def listed(self):
        return [Found(Spec("debian", f"p{at}", "1"), 0, size, "c") for at, size in enumerate([100_000] * 8 + [9_000_000] * 2)] + [
            Found(Spec("crates", f"q{at}", "1"), 0, None, "rust") for at in range(5)]

    def test_a_sample_has_all_strata_and_grows(self):
        few, more = reach.draw(self.listed(), 4, 6), reach.draw(self.listed(), 8, 6)
        self.assertEqual(more[:4], few)
        self.assertEqual({package.group for package in few}, {"c", "rust"})
        self.assertEqual(reach.draw(list(reversed(self.listed())), 4, 6), few)
        self.assertEqual(len(reach.draw(self.listed(), 99, 6)), 15)

    def test_of_all_packages_the_estimate_is_the_sum(self):
        listed, rng = self.listed(), random.Random(4)
        measured = {str(package.spec): {"c" if package.group == "c" else "rust": rng.randrange(1000)} for package in listed}
        tokens = reach.estimate(reach.strata(listed), reach.strata(listed), measured)
        self.assertAlmostEqual(tokens.total() * reach.CHARACTERS_A_TOKEN,
                               sum(sum(kept.values()) for kept in measured.values()), places=3)

    def test_size_weighs_up_to_the_bound(self):
        listed = self.listed()
        sample = {("debian", "c"): listed[:1], ("crates", "rust"): listed[-1:]}
        measured = {str(listed[0].spec): {"c": 349}, str(listed[-1].spec): {"rust": 349}}
        tokens = reach.estimate(reach.strata(listed), sample, measured)
        # 8 of a weight of 100,000 and 2 of 1,000,000 at 100 tokens each 100,000; 5 crates of 100 tokens.
        self.assertAlmostEqual(tokens["c"], 2800)
        self.assertAlmostEqual(tokens["rust"], 500)

    def test_what_could_not_be_fetched_counts_as_nothing(self):
        listed = self.listed()[-2:]
        sample = reach.strata(listed)
        measured = {str(listed[0].spec): {"rust": 349_000_000}, str(listed[1].spec): None}
        self.assertAlmostEqual(reach.estimate(sample, sample, measured)["rust"], 100e6)
        text = reach.report(listed, listed, measured, 0.15, 6)
        self.assertIn("of which 1 could not be fetched\nwere all of them to be had: 200.0 M", text)
        self.assertEqual(text, reach.report(listed, listed, measured, 0.15, 6))

    def test_a_measurement_is_what_is_kept(self):
        body = "\n".join(f"def name_{n}(first, second):\n    return first.other_{n}(second)\n" for n in range(12))
        with tempfile.TemporaryDirectory() as folder:
            root = Path(folder) / "package"
            root.mkdir()
            (root / "package.json").write_text('{"license": "MIT"}')
            (root / "a.py").write_text(body)
            (root / "same.py").write_text(body + "\n")
            package = Package(Spec("npm", "p", "1"), Path(folder), "0")
            self.assertEqual(reach.measure(package, 10**6), {"python": len(body)})
            self.assertEqual(reach.measure(package, 10), {})
        self.assertIsNone(reach.measure(FetchError("gone"), 10))

    def test_over_the_bound_what_there_is_less_of_comes_first(self):
        def body(at):
            names = ["".join(random.Random(f"{at} {n}").choices("abcdefgh", k=9)) for n in range(40)]
            return "\n".join(f"{name} = call_{name}(first_argument, second_{name[::-1]})" for name in names)
        with tempfile.TemporaryDirectory() as folder:
            root = Path(folder) / "package"
            root.mkdir()
            (root / "package.json").write_text('{"license": "MIT"}')
            for at in range(1, 9):
                (root / f"a{at}.js").write_text(body(at))
            (root / "z.sh").write_text(body(99))
            package = Package(Spec("npm", "p", "1"), Path(folder), "0")
            kept = reach.measure(package, 3 * len(body(1)))
            self.assertEqual(list(reach.measure(package, 10**6)), ["javascript", "shellscript"])
        self.assertEqual(kept["shellscript"], len(body(99)))
        self.assertLessEqual(sum(kept.values()), 3 * len(body(1)))

    def test_measurements_are_kept_and_belong_to_a_bound(self):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "m.json"
            self.assertEqual(reach.load(path, 5), {})
            reach.save(path, {"npm:a@1": {"c": 3}, "npm:b@1": None}, 5)
            self.assertEqual(reach.load(path, 5), {"npm:a@1": {"c": 3}, "npm:b@1": None})
            with self.assertRaises(SystemExit):
                reach.load(path, 6)

    def test_a_licence_is_no_text_of_a_suite(self):
        for head, rest in [("#!/bin/sh\n# Licensed under\n\n# the terms\n", "set -e\n# more\n"), ("/*\n * Licensed\n */\n\n// x\n", "int a; // y\n"),
                           ("<?php\n/** Licensed */\n", "namespace A;"), ("// a\n", "#include <b.h>\n"), ("{- a -}\n-- b\n", "module A\n"),
                           ("", "import os\n")]:
            self.assertEqual(without_head(head + rest), rest)

    def test_no_language_is_over_its_share(self):
        totals = {"a": 1000, "b": 100, "c": 100, "d": 100, "e": 100, "f": 100, "g": 100, "h": 100}
        bound = share_bound(totals, 0.15)
        left = [min(n, bound) for n in totals.values()]
        self.assertLessEqual(max(left), 0.25 * sum(left) + 1, "of eight languages, twice an equal part")


if __name__ == "__main__":
    unittest.main()
