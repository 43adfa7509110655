// Speeds that the demo reports, and those that it must not.

import assert from "node:assert/strict";
import { describe, test } from "node:test";

import {
  decodeSpeed,
  isLongEnough,
  LEAST_DECODED,
  LEAST_READ,
  prefillSpeed,
} from "./support/speed.mjs";

const decoded = (tokens, decodeMs) => ({ tokens, decodeMs });
const read = (promptTokens, reusedTokens, prefillMs) => ({ promptTokens, reusedTokens, prefillMs });

describe("speed", () => {
  test("one token of the prompt's own is no decoding", () => {
    const { perSecond, answers, reason } = decodeSpeed([decoded(1, 0.275)]);
    assert.deepEqual([perSecond, answers], [null, 0]);
    assert.match(reason, /of 1 answers none has 8 tokens .*: 0 at most/);
  });

  test("an answer counts from so many tokens on, if it took any time", () => {
    assert.equal(decodeSpeed([decoded(LEAST_DECODED, 100)]).perSecond, null);
    assert.equal(decodeSpeed([decoded(LEAST_DECODED + 1, 100)]).perSecond, 80);
    assert.match(decodeSpeed([decoded(33, 0)]).reason, /32 at most, without a duration/);
    assert.deepEqual([isLongEnough(decoded(9, 1)), isLongEnough(decoded(8, 1))], [true, false]);
    assert.match(decodeSpeed([]).reason, /of 0 answers/);
  });

  test("short answers do not count, and of long ones the middle", () => {
    const long = [decoded(11, 100), decoded(11, 1000), decoded(11, 500)];
    assert.deepEqual(decodeSpeed([decoded(2, 0.1), ...long]), {
      perSecond: 20,
      answers: 3,
      reason: null,
    });
    assert.equal(decodeSpeed(long.slice(0, 2)).perSecond, 55);
  });

  test("what was in the KV cache was not read", () => {
    assert.equal(prefillSpeed([read(100, 100 - LEAST_READ + 1, 1)]).perSecond, null);
    assert.equal(prefillSpeed([read(100, 50, 250)]).perSecond, 200);
    assert.match(prefillSpeed([read(100, 99, 0.1)]).reason, /32 tokens of the prompt read.*: 1 at/);
  });
});
