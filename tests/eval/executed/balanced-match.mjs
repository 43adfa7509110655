import assert from "node:assert/strict";
import { createRequire } from "node:module";
const balanced = createRequire(import.meta.url)("./index.js");

assert.deepEqual(balanced("{", "}", "pre{in{nest}}post"), { start: 3, end: 12, pre: "pre", body: "in{nest}", post: "post" });
assert.deepEqual(balanced("{", "}", "{{{{{{{{{in}post"), { start: 8, end: 11, pre: "{{{{{{{{", body: "in", post: "post" });
assert.deepEqual(balanced("{", "}", "pre}{in{nest}}post"), { start: 4, end: 13, pre: "pre}", body: "in{nest}", post: "post" });
assert.deepEqual(balanced("<b>", "</b>", "pre<b>in<b>nest</b></b>post"), { start: 3, end: 19, pre: "pre", body: "in<b>nest</b>", post: "post" });
assert.equal(balanced("{", "}", "nope"), undefined);
assert.equal(balanced("{", "}", "{nope"), undefined);
assert.deepEqual(balanced(/\s+\{\s+/, /\s+\}\s+/, "pre  {   in{nest}   }  post"), { start: 3, end: 17, pre: "pre", body: "in{nest}", post: "post" });
assert.deepEqual(balanced.range("{", "}", "a{b{c}d}e{f"), [1, 7]);
assert.deepEqual(balanced.range("|", "|", "a|b|c"), [1, 3]);
