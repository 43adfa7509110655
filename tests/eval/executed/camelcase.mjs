import assert from "node:assert/strict";
import camelCase from "./index.js";

for (const [text, want] of [["foo", "foo"], ["foo-bar", "fooBar"], ["foo-bar-baz", "fooBarBaz"], ["--foo---bar--", "fooBar"], ["FOO-BAR", "fooBar"],
  ["fooBar", "fooBar"], ["FOÈ-BAR", "foèBar"], ["-", ""], [" - ", ""], ["fooBar-baz", "fooBarBaz"], ["Foo Bar", "fooBar"], ["foo_bar.baz", "fooBarBaz"],
  ["XMLHttpRequest", "xmlHttpRequest"], ["1Hello", "1Hello"], ["A::a", "a::a"], ["", ""]]) {
  assert.equal(camelCase(text), want, text);
}
assert.equal(camelCase(["foo", "bar"]), "fooBar");
assert.equal(camelCase("foo-bar", { pascalCase: true }), "FooBar");
assert.equal(camelCase("foo-BAR", { preserveConsecutiveUppercase: true }), "fooBAR");
assert.equal(camelCase("x", { pascalCase: true }), "X");
assert.equal(camelCase("lorem-ipsum", { locale: "en-US" }), "loremIpsum");
assert.throws(() => camelCase(1), TypeError);
