import assert from "node:assert/strict";
import bytes from "./index.js";

for (const [text, value] of [["1kb", 1024], ["1MB", 1048576], ["0.5gb", 536870912], ["2tb", 2 * 1024 ** 4], ["1pb", 1024 ** 5], ["10", 10], ["-1kb", -1024], ["1.5 kb", 1536], ["1b", 1]]) {
  assert.equal(bytes.parse(text), value, text);
  assert.equal(bytes(text), value);
}
assert.equal(bytes.parse("foobar"), null);
assert.equal(bytes.parse(12), 12);
assert.equal(bytes.parse(null), null);
for (const [value, text] of [[1024, "1KB"], [1000, "1000B"], [1048576, "1MB"], [1536, "1.5KB"], [0, "0B"], [-1024, "-1KB"], [1024 ** 3, "1GB"], [1024 ** 4, "1TB"], [1024 ** 5, "1PB"]]) {
  assert.equal(bytes.format(value), text);
  assert.equal(bytes(value), text);
}
assert.equal(bytes(1000 * 1024, { thousandsSeparator: " " }), "1 000KB");
assert.equal(bytes(1024 * 1.7, { decimalPlaces: 0 }), "2KB");
assert.equal(bytes(1024, { unitSeparator: " ", fixedDecimals: true, decimalPlaces: 1 }), "1.0 KB");
assert.equal(bytes(1048576, { unit: "KB" }), "1024KB");
assert.equal(bytes.format("x"), null);
assert.equal(bytes(undefined), null);
