// Tokens a second, of what the engine says about its answers.
//
// The token that the prompt itself gives belongs to the prompt, so an answer of one token was not
// decoded at all, whatever its clock says. Of a few tokens the clock tells little, and a median of
// several answers is not decided by the luckiest. Where that is not to be had, there is no speed, and
// a reason instead.

/** Tokens after the first of which a decoding speed is taken. */
export const LEAST_DECODED = 8;

/** Tokens of a prompt, those in the KV cache not counted, of which a speed is taken. */
export const LEAST_READ = 32;

/**
 * The median speed of answers that are long enough.
 *
 * @param results of `complete()`
 * @returns `{ perSecond, answers, reason }`: tokens a second or null, of how many answers, and why there is none
 */
export function decodeSpeed(results) {
  return speedOf(
    results.map(({ tokens, decodeMs }) => ({ tokens: tokens - 1, milliseconds: decodeMs })),
    LEAST_DECODED,
    "decoded after the first",
  );
}

/** The same of prompts. */
export function prefillSpeed(results) {
  return speedOf(
    results.map(({ promptTokens, reusedTokens, prefillMs }) => ({
      tokens: promptTokens - reusedTokens,
      milliseconds: prefillMs,
    })),
    LEAST_READ,
    "of the prompt read",
  );
}

/** Whether an answer tells how fast tokens are decoded. */
export function isLongEnough(result) {
  return decodeSpeed([result]).perSecond !== null;
}

function speedOf(runs, least, what) {
  const rates = runs
    .filter(({ tokens, milliseconds }) => tokens >= least && milliseconds > 0)
    .map(({ tokens, milliseconds }) => (1000 * tokens) / milliseconds)
    .sort((a, b) => a - b);
  if (rates.length === 0) {
    const most = Math.max(0, ...runs.map(({ tokens }) => tokens));
    const timed = runs.some(({ tokens }) => tokens >= least) ? ", without a duration" : "";
    const reason = `of ${runs.length} answers none has ${least} tokens ${what} that were timed: ${most} at most${timed}`;
    return { perSecond: null, answers: 0, reason };
  }
  const middle = rates.slice(Math.floor((rates.length - 1) / 2), Math.floor(rates.length / 2) + 1);
  const median = middle.reduce((sum, rate) => sum + rate, 0) / middle.length;
  return { perSecond: Math.round(median * 10) / 10, answers: rates.length, reason: null };
}
