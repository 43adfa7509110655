import assert from "node:assert/strict";
import mri from "./lib/index.mjs";

assert.deepEqual(mri(["-a", "1", "--bool", "--no-meep", "--multi=baz", "--multi", "quux", "-xyz", "rest", "--", "--not-a-flag"]),
  { _: ["--not-a-flag"], a: 1, bool: true, meep: false, multi: ["baz", "quux"], x: true, y: true, z: "rest" });
assert.deepEqual(mri(["--foo", "a", "b"], { boolean: ["foo"] }), { foo: true, _: ["a", "b"] });
assert.deepEqual(mri(["-p", "80"], { alias: { p: "port" } }), { p: 80, port: 80, _: [] });
assert.deepEqual(mri(["--n", "007"], { string: ["n"] }), { n: "007", _: [] });
assert.deepEqual(mri([], { default: { a: 1 }, alias: { a: "b" } }), { a: 1, b: 1, _: [] });
assert.equal(mri(["--bad"], { alias: { a: "ok" }, unknown: (flag) => `unknown ${flag}` }), "unknown --bad");
assert.deepEqual(mri(["x", "--a=b=c"]), { _: ["x"], a: "b=c" });
