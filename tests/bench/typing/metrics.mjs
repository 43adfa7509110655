// What came of a replay, in figures.
//
// A suggestion counts from the key that led to it to the moment in which its
// first text stands in the document. A perfect reader accepts as much of it as
// is typed next; that share of all suggested characters is the prefix match.

/** The value below which a share of the others lies; null of none. */
export function percentile(values, share) {
  if (values.length === 0) return null;
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)];
}

/** Characters at the start that two texts share. */
export function common(a, b) {
  let length = 0;
  while (length < a.length && a[length] === b[length]) length += 1;
  return length;
}

/** How much of a suggestion was right: `next` is what came then, `null` where a slip had to go first. */
export function right(show, next) {
  return next === null ? 0 : common(show.text, next);
}

const KEYS = new Set(["key", "line", "erase"]);

/** Figures of replayed sequences: `runs` are `{ sequence, shows }`. */
export function figures(runs) {
  const all = { keys: 0, shows: 0, latencies: [], suggested: 0, right: 0 };
  for (const { sequence, shows } of runs) {
    all.keys += sequence.steps.filter(({ kind }) => KEYS.has(kind)).length;
    all.shows += shows.length;
    for (const show of shows) {
      all.latencies.push(show.latency);
      all.suggested += show.text.length;
      all.right += right(show, following(sequence, show.step));
    }
  }
  const { keys, shows, latencies, suggested } = all;
  return {
    keystrokes: keys,
    suggestions: shows,
    p50_ms: rounded(percentile(latencies, 0.5)),
    p90_ms: rounded(percentile(latencies, 0.9)),
    p99_ms: rounded(percentile(latencies, 0.99)),
    per_100_keystrokes: keys === 0 ? 0 : rounded((100 * shows) / keys),
    prefix_match: suggested === 0 ? 0 : Math.round((1000 * all.right) / suggested) / 1000,
  };
}

/** What stands after the cursor's place in the end, once `step` is done. */
export function following({ part, after, steps }, step) {
  const rest = steps[step]?.rest ?? null;
  return rest === null ? null : part.slice(rest) + after;
}

/** Share of the engine's prompts that was in the KV cache, and of its requests that came to nothing. */
export function engine(work, shows) {
  const { requests, answered, promptTokens, readTokens, generatedTokens, aheadTokens } = work;
  const computed = readTokens + generatedTokens + aheadTokens;
  return {
    requests,
    cancelled: requests === 0 ? 0 : Math.round(1000 * (1 - answered / requests)) / 1000,
    kv_reuse: promptTokens === 0 ? 0 : Math.round(1000 * (1 - readTokens / promptTokens)) / 1000,
    tokens_per_suggestion: shows === 0 ? null : rounded(computed / shows),
    ahead_tokens: aheadTokens,
  };
}

/** How fast answers were decoded, and how many of the drafted tokens were right. */
export function decoding(results) {
  const sum = (of) => results.reduce((sum, result) => sum + of(result), 0);
  const steps = results.filter(({ tokens, decodeMs }) => tokens > 1 && decodeMs > 0);
  const ms = steps.reduce((sum, { decodeMs }) => sum + decodeMs, 0);
  // The first token comes out of the prompt and takes no step.
  const tokens = steps.reduce((sum, { tokens }) => sum + tokens - 1, 0);
  return {
    decode_tps: ms === 0 ? null : rounded((1000 * tokens) / ms),
    drafted: sum(({ drafted }) => drafted),
    accepted_drafts: sum(({ accepted }) => accepted),
  };
}

/** Where a text begins to be another one, and by how many characters; null if it never is. */
export function difference(expected, found) {
  if (expected === found) return null;
  const at = common(expected, found);
  const most = Math.min(expected.length, found.length) - at;
  let end = 0;
  while (end < most && expected.at(-1 - end) === found.at(-1 - end)) end += 1;
  return { at, missing: expected.length - at - end, extra: found.length - at - end };
}

/**
 * Tasks of the main thread over 50 ms: those of a file that opens, which the editor has to parse
 * and lay out, and those since the first key. `frames` say which functions took them.
 */
export function tasks(long, frames) {
  const all = long.map(({ stage, start, ms }) => {
    const frame = frames.find((frame) => frame.start <= start + 1 && start < frame.end);
    return { stage, ms, by: frame?.by ?? [] };
  });
  const of = (is) => {
    const some = all.filter(({ stage }) => is === (stage === "opened"));
    return { longest: Math.max(0, ...some.map(({ ms }) => ms)), tasks: some };
  };
  return { opened: of(true), typed: of(false) };
}

/** The sequences whose prompts were read again the most, and when: the tokens of each stage. */
export function mostRead(runs) {
  const read = ({ work }) => Object.values(work).reduce((sum, { read }) => sum + read, 0);
  return [...runs]
    .sort((a, b) => read(b) - read(a))
    .slice(0, 8)
    .map(({ sequence, work }) => ({ path: sequence.path, ...work }));
}

/** Log probabilities below it are all the same; they would outweigh all others. */
const LEAST = -8;

/**
 * The curve from the log probability of a suggestion to whether all of it was typed next, fitted by
 * gradient steps on the log loss. `samples` are `{ confidence, right, length, matched }`.
 */
export function calibrate(samples) {
  const known = samples
    .filter(({ confidence }) => confidence > 0)
    .map((sample) => ({ ...sample, x: Math.max(LEAST, Math.log(sample.confidence)) }));
  if (known.length < 20) return null;
  const [atCertain, slope] = logistic(known);
  const likelihood = (x) => 1 / (1 + Math.exp(-(atCertain + slope * x)));
  const error = known.reduce((sum, { x, right }) => sum + (likelihood(x) - Number(right)) ** 2, 0);
  const three = (value) => Math.round(1000 * value) / 1000;
  // What the curve is fitted to: suggestions that were shown, by fifths of confidence.
  const fifths = [0, 1, 2, 3, 4].map((fifth) => {
    const some = known.filter(({ x }) => Math.min(4, Math.floor(5 * Math.exp(x))) === fifth);
    return { samples: some.length, right: some.filter(({ right }) => right).length };
  });
  return {
    fifths,
    samples: known.length,
    at_certain: three(atCertain),
    slope: three(slope),
    brier: three(error / known.length),
    ...threshold(known.map((sample) => ({ ...sample, likelihood: likelihood(sample.x) }))),
  };
}

/** Intercept and slope of the likeliest logistic curve through `{ x, right }`, by Newton's method. */
function logistic(samples) {
  let [a, b] = [0, 1];
  for (let step = 0; step < 50; step += 1) {
    // A little weight on small parameters keeps samples that are all right, or all wrong, finite.
    const ridge = 0.01;
    let [ga, gb, haa, hab, hbb] = [-ridge * a, -ridge * b, ridge, 0, ridge];
    for (const { x, right } of samples) {
      const p = 1 / (1 + Math.exp(-(a + b * x)));
      const [error, weight] = [Number(right) - p, p * (1 - p)];
      ga += error;
      gb += error * x;
      haa += weight;
      hab += weight * x;
      hbb += weight * x * x;
    }
    const det = haa * hbb - hab * hab;
    const [da, db] = [(hbb * ga - hab * gb) / det, (haa * gb - hab * ga) / det];
    // Far from the end a whole step may overshoot.
    const length = Math.min(1, 2 / Math.hypot(da, db));
    a += length * da;
    b += length * db;
    if (Math.hypot(da, db) < 1e-9) break;
  }
  return [a, b];
}

/** Share of shown suggestions that have to be accepted, and of their characters that have to be right. */
const ACCEPTED = 0.35;
const MATCHED = 0.4;
/** Of both there is so much more to be, for other texts. */
const SPARE = 1.1;
/**
 * The lowest threshold there is, in hundredths: however good the others are, a suggestion of which
 * four in five like it are not wanted is in the way.
 */
const LEAST_THRESHOLD = 20;

/**
 * The lowest threshold from a fifth on, in steps of a hundredth, from which on enough of what is as likely is
 * right: `samples` are `{ likelihood, right, length, matched }`, the last two in characters;
 * `accepted`, `matched` and `shown` are what it gives.
 */
export function threshold(samples) {
  const sum = (list, of) => list.reduce((sum, sample) => sum + of(sample), 0);
  const share = (part, whole) => (whole === 0 ? 0 : part / whole);
  const at = (threshold) => {
    const some = samples.filter(({ likelihood }) => likelihood >= threshold);
    return {
      shown: share(some.length, samples.length),
      accepted: share(some.filter(({ right }) => right).length, some.length),
      matched: share(
        sum(some, ({ matched }) => matched),
        sum(some, ({ length }) => length),
      ),
    };
  };
  const steps = Array.from({ length: 100 }, (_, step) => step / 100).slice(LEAST_THRESHOLD);
  const found = steps.find((step) => {
    const { accepted, matched } = at(step);
    return accepted >= SPARE * ACCEPTED && matched >= SPARE * MATCHED;
  });
  if (found === undefined) return { threshold: null, accepted: null, matched: null, shown: 0 };
  const three = (value) => Math.round(1000 * value) / 1000;
  const { shown, accepted, matched } = at(found);
  return {
    threshold: found,
    accepted: three(accepted),
    matched: three(matched),
    shown: three(shown),
  };
}

function rounded(value) {
  return value === null ? null : Math.round(10 * value) / 10;
}

/** Rows of figures as a table in Markdown. */
export function table(rows) {
  const head = ["language", "keys", "shown", "p50 ms", "p90 ms", "p99 ms", "per 100 keys", "match"];
  const line = (cells) => `| ${cells.join(" | ")} |`;
  const body = rows.map(([name, found]) =>
    line([
      name,
      found.keystrokes,
      found.suggestions,
      found.p50_ms ?? "-",
      found.p90_ms ?? "-",
      found.p99_ms ?? "-",
      found.per_100_keystrokes,
      found.prefix_match,
    ]),
  );
  return [line(head), line(head.map(() => "---")), ...body].join("\n");
}
