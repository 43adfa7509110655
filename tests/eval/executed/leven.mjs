import assert from "node:assert/strict";
import leven from "./index.js";

for (const [a, b, n] of [["a", "b", 1], ["ab", "ac", 1], ["abc", "axc", 1], ["kitten", "sitting", 3], ["xabxcdxxefxgx", "1ab2cd34ef5g6", 6],
  ["cat", "cow", 2], ["javawasneat", "scalaisgreat", 7], ["example", "samples", 3], ["sturgeon", "urgently", 6], ["", "abc", 3], ["abc", "", 3],
  ["same", "same", 0], ["prefix-a", "prefix-b", 1], ["因為我是中國人", "因為我是英國人", 1]]) {
  assert.equal(leven(a, b), n, `${a} ${b}`);
}
