import assert from "node:assert/strict";
import { createRequire } from "node:module";
const parse = createRequire(import.meta.url)("./index.js");
const same = (got, want) => assert.deepEqual(JSON.parse(JSON.stringify(got)), want);

same(parse(["-a", "beep", "-b", "boop"]), { _: [], a: "beep", b: "boop" });
same(parse(["-x", "3", "-y", "4", "-n5", "-abc", "--beep=boop", "foo", "bar", "baz"]), { _: ["foo", "bar", "baz"], x: 3, y: 4, n: 5, a: true, b: true, c: true, beep: "boop" });
same(parse(["--no-moo", "--a.b", "1", "--x", "0xdeadbeef", "--y", "1e7"]), { _: [], moo: false, a: { b: 1 }, x: 0xdeadbeef, y: 1e7 });
same(parse(["--a", "x", "--", "y"], { "--": true }), { _: [], a: "x", "--": ["y"] });
same(parse(["-t", "moo"], { boolean: "t", default: { verbose: false } }), { _: ["moo"], t: true, verbose: false });
same(parse(["-z", "011"], { string: "z", alias: { z: "zm" } }), { _: [], z: "011", zm: "011" });
same(parse(["a", "--b", "c"], { stopEarly: true }), { _: ["a", "--b", "c"] });
same(parse(["-s", "1", "-s", "2"]), { _: [], s: [1, 2] });
same(parse(["--flag=false"], { boolean: ["flag"] }), { _: [], flag: false });
const unknown = [];
parse(["--x", "y"], { unknown: (argument) => { unknown.push(argument); return false; } });
assert.ok(unknown.includes("--x"));
assert.equal(parse(["--__proto__.x", "1"]).x, undefined);
