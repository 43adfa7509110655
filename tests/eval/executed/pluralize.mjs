import assert from "node:assert/strict";
import pluralize from "./pluralize.js";

for (const [one, many] of [["cat", "cats"], ["person", "people"], ["child", "children"], ["mouse", "mice"], ["bus", "buses"], ["matrix", "matrices"],
  ["sheep", "sheep"], ["wolf", "wolves"], ["hero", "heroes"], ["analysis", "analyses"], ["city", "cities"], ["ox", "oxen"], ["quiz", "quizzes"], ["foot", "feet"]]) {
  assert.equal(pluralize(one), many, one);
  assert.equal(pluralize.singular(many), one, many);
  assert.ok(pluralize.isPlural(many) && pluralize.isSingular(one));
}
assert.equal(pluralize("TEST"), "TESTS");
assert.equal(pluralize("Test", 1), "Test");
assert.equal(pluralize("test", 5, true), "5 tests");
assert.equal(pluralize("Child", 2), "Children");
pluralize.addPluralRule(/gex$/i, "gexii");
assert.equal(pluralize("regex"), "regexii");
pluralize.addSingularRule(/singles$/, "singular");
assert.equal(pluralize.singular("singles"), "singular");
pluralize.addIrregularRule("irregular", "regular");
assert.equal(pluralize("irregular"), "regular");
pluralize.addUncountableRule("paper");
assert.equal(pluralize("paper"), "paper");
