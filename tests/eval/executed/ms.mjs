import assert from "node:assert/strict";
import ms from "./index.js";

for (const [text, value] of [["100", 100], ["1m", 60000], ["1h", 3600000], ["2d", 172800000], ["3w", 1814400000], ["1s", 1000],
  ["100ms", 100], ["1y", 31557600000], ["1.5h", 5400000], ["1   s", 1000], ["-.5h", -1800000], ["53 milliseconds", 53],
  ["17 msecs", 17], ["1 sec", 1000], ["1 min", 60000], ["1 hr", 3600000], ["2 days", 172800000], ["1 week", 604800000]]) {
  assert.equal(ms(text), value, text);
}
assert.equal(ms("☃"), undefined);
for (const [value, short, long] of [[500, "500ms", "500 ms"], [-1000, "-1s", "-1 second"], [60000, "1m", "1 minute"],
  [3600000, "1h", "1 hour"], [86400000, "1d", "1 day"], [10000, "10s", "10 seconds"], [172800000, "2d", "2 days"], [7200000, "2h", "2 hours"]]) {
  assert.equal(ms(value), short);
  assert.equal(ms(value, { long: true }), long);
}
for (const bad of ["", undefined, {}, [], NaN, Infinity]) assert.throws(() => ms(bad));
