// Which model is chosen for a device, and the reason that is told, from measured facts alone.

import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { knownModels } from "../dist/page/known-models.js";
import { chooseModel, whyUnload } from "../dist/page/models.js";

const model = (label, size, rest) => ({
  id: `model-${label}`,
  label,
  name: `Model ${label}`,
  url: `/models/${label}.gguf`,
  sha256: label.padEnd(64, "0"),
  gpu: false,
  size,
  ...rest,
});
const TINY = model("tiny", 98e6, { memoryMib: 140, mmacs: 100, prefill: 25 });
const HALF = model("0.5B", 250e6, { memoryMib: 400, mmacs: 350, prefill: 50 });
const LARGE = model("1.5B", 1117e6, { memoryMib: 1200, mmacs: 1300, prefill: 200, gpu: true });
const MODELS = [HALF, TINY, LARGE];

/** A laptop: four cores, no GPU to speak of, a browser that tells all. */
const LAPTOP = {
  cpu: 8e9,
  threads: 4,
  gpu: null,
  memoryGib: 8,
  storage: 10e9,
  stored: [],
  missing: [],
};

describe("choosing a model", () => {
  const CASES = [
    ["a laptop", {}, "0.5B: about 370 tokens of a prompt a second"],
    ["a browser that tells little", { memoryGib: null, storage: null }, /^0\.5B: about 370/],
    ["one thread", { threads: 1 }, "0.5B: about 90 tokens of a prompt a second"],
    ["little memory", { memoryGib: 1 }, "tiny: 1 GiB of memory, 0.5B needs 1.6 GiB"],
    [
      "a slow core",
      { cpu: 2e9, threads: 1 },
      "tiny: about 20 tokens of a prompt a second, 0.5B needs 50",
    ],
    [
      "a GPU that wins over a slow core",
      { cpu: 2e9, threads: 1, gpu: 900e9 },
      "0.5B: about 2570 tokens of a prompt a second",
    ],
    [
      "a GPU that loses",
      { cpu: 2e9, threads: 1, gpu: 3e9 },
      "tiny: about 20 tokens of a prompt a second, 0.5B needs 50",
    ],
    ["a full disk", { storage: 120e6 }, "tiny: room for 120 MB in this browser, 0.5B needs 250 MB"],
    ["a full disk that has it already", { storage: 0, stored: [HALF.sha256] }, /^0\.5B: about 370/],
    ["a site without it", { missing: [HALF.id] }, "tiny: 0.5B is not available here"],
    ["a site without it that had it", { missing: [HALF.id], stored: [HALF.sha256] }, /^0\.5B:/],
    [
      "nothing fits",
      { memoryGib: 0.5, threads: 1 },
      "tiny, the best of those here: 0.5 GiB of memory, tiny needs 0.55 GiB",
    ],
    [
      "all are slow",
      { cpu: 0.2e9, threads: 1 },
      "tiny, the best of those here: about 8 tokens of a prompt a second, tiny needs 25",
    ],
    [
      "nothing fits and one is missing",
      { memoryGib: 0.25, missing: [TINY.id] },
      "0.5B, the best of those here: 0.25 GiB of memory, 0.5B needs 1.6 GiB",
    ],
    [
      "a site without any",
      { missing: MODELS.map(({ id }) => id) },
      /^tiny, .* not available here$/,
    ],
  ];
  for (const [name, facts, reason] of CASES) {
    test(name, () => {
      const choice = chooseModel({ ...LAPTOP, ...facts }, MODELS);
      if (typeof reason === "string") assert.equal(choice.reason, reason);
      else assert.match(choice.reason, reason);
      assert.ok(choice.reason.startsWith(choice.model.label));
      assert.equal(choice.offers.length, MODELS.length);
    });
  }

  const offer = (facts) =>
    chooseModel({ ...LAPTOP, ...facts }, MODELS).offers.find((one) => one.model === LARGE);
  for (const [name, facts, fit, why] of [
    ["no GPU", {}, "no", "no GPU that can be used, 1.5B needs one"],
    [
      "a GPU like the CPU",
      { gpu: 20e9 },
      "no",
      "a GPU that is no faster than the CPU, 1.5B needs one",
    ],
    ["a slow GPU", { gpu: 130e9 }, "no", "about 100 tokens of a prompt a second, 1.5B needs 200"],
    ["a fast GPU", { gpu: 5e12 }, "good", "about 3850 tokens of a prompt a second"],
    ["a fast GPU, little memory", { gpu: 5e12, memoryGib: 4 }, "no", /^4 GiB .* needs 4\.7 GiB$/],
  ]) {
    test(`the one for GPUs, with ${name}`, () => {
      const found = offer(facts);
      assert.equal(found.fit, fit);
      if (typeof why === "string") assert.equal(found.why, why);
      else assert.match(found.why, why);
      assert.notEqual(chooseModel({ ...LAPTOP, ...facts }, MODELS).model, LARGE);
    });
  }

  test("a model that is only slow can be chosen by hand", () => {
    const { offers } = chooseModel({ ...LAPTOP, cpu: 2e9, threads: 1 }, MODELS);
    assert.deepEqual(
      offers.map(({ fit }) => fit),
      ["slow", "good", "no"],
    );
  });

  test("no model for CPUs is an error", () => {
    for (const models of [[], [LARGE]]) {
      assert.throws(() => chooseModel(LAPTOP, models), { code: "invalid-request" });
    }
  });

  test("what is stored is said", () => {
    const { offers } = chooseModel({ ...LAPTOP, stored: [TINY.sha256] }, MODELS);
    assert.deepEqual(
      offers.map(({ isStored }) => isStored),
      [false, true, false],
    );
  });

  test("the catalogue's own models: each has all that a choice needs, and one is always found", () => {
    for (const { id, label, sha256, url, ...figures } of knownModels) {
      assert.match(sha256, /^[0-9a-f]{64}$/, id);
      // One that is made says which file it is by the beginning of its hash.
      const names = [id, `${id}.${sha256.slice(0, 12)}`].map((name) => `/models/${name}.gguf`);
      assert.ok(names.includes(url), url);
      for (const name of ["size", "memoryMib", "mmacs", "prefill"]) {
        assert.ok(figures[name] > 0, `${label}: ${name}`);
      }
      assert.ok(figures.memoryMib * 2 ** 20 > figures.size, `${label} takes more than its file`);
    }
    const labels = knownModels.map(({ label }) => label);
    assert.equal(new Set(labels).size, labels.length);
    const none = { ...LAPTOP, cpu: 0, memoryGib: 0.25, storage: 0 };
    const smallest = [...knownModels].sort((a, b) => a.size - b.size)[0];
    assert.equal(chooseModel(none).model, smallest);
  });
});

describe("unloading first", () => {
  const MIB = 2 ** 20;
  for (const [loaded, next, memory, why] of [
    [200, 400, 8, null],
    [200, 400, null, null],
    [200, 400, 1, "1 GiB of memory, both models at once need 1.2 GiB"],
    [200, null, 1, null],
    [400, null, 1, "1 GiB of memory, both models at once need 1.6 GiB"],
  ]) {
    test(`${loaded} and ${next} MiB with ${memory} GiB`, () => {
      assert.equal(whyUnload(loaded * MIB, next === null ? null : next * MIB, memory), why);
    });
  }
});
