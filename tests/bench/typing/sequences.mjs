// Typing as people do it, over real files: what is typed where, when, with which slips.
//
// A part of a file is taken out and typed again. The gaps between keys are
// lognormal with the mean and the deviation that Dhakal, Feit, Kristensson and
// Oulasvirta found over 168,000 typists ("Observations on Typing from 136 Million
// Keystrokes", CHI 2018), and so is the share of keys that are corrected. Half-way
// through, some look at another place and come back. The same seed gives the
// same keys at the same times.

/** Milliseconds between two keys, mean and standard deviation. */
export const GAP = { mean: 238.656, deviation: 111.6 };
/** Share of characters that are corrected. */
export const CORRECTED = 0.0631;
/** Milliseconds of a look elsewhere. */
const LOOK = 900;
/** Characters that are typed at least, and lines at most. */
const LEAST = 40;
const MOST_LINES = 5;
/** Every how many sequences there is a look elsewhere. */
const EVERY = 3;

/** A generator of numbers in [0, 1): SplitMix32. */
export function random(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x9e3779b9) >>> 0;
    let z = state;
    z = Math.imul(z ^ (z >>> 16), 0x85ebca6b);
    z = Math.imul(z ^ (z >>> 13), 0xc2b2ae35);
    return ((z ^ (z >>> 16)) >>> 0) / 2 ** 32;
  };
}

/** A draw of the lognormal distribution with this mean and deviation. */
export function lognormal(next, { mean, deviation }) {
  const variance = Math.log(1 + (deviation / mean) ** 2);
  const normal = Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next());
  return Math.exp(Math.log(mean) - variance / 2 + Math.sqrt(variance) * normal);
}

/** Lines that can be typed from: where the part begins, and what it says. */
export function parts(text) {
  const lines = text.split("\n");
  const found = [];
  let start = 0;
  for (let first = 0; first < lines.length; first += 1) {
    const line = lines[first];
    const indent = /^[ \t]*/.exec(line)[0].length;
    let part = line.slice(indent);
    for (let last = first + 1; part.length < LEAST && last < first + MOST_LINES; last += 1) {
      part += `\n${lines[last] ?? ""}`;
    }
    const isCode = /[\w)]/.test(line) && !/^\s*(\/\/|#|\*|\/\*|\*\/)/.test(line);
    const isTypeable = /^[\t\n -~]*$/.test(part) && part.split("\n").every((l) => l.length <= 110);
    if (isCode && isTypeable && part.trimEnd().length >= LEAST && first >= 8) {
      found.push({ at: start + indent, part: part.trimEnd() });
    }
    start += line.length + 1;
  }
  return found;
}

/** Letters that stand beside each other on a keyboard. */
const ROWS = ["qwertyuiop", "asdfghjkl", "zxcvbnm"];

function slip(letter, next) {
  const row = ROWS.find((keys) => keys.includes(letter.toLowerCase()));
  if (row === undefined) return null;
  const at = row.indexOf(letter.toLowerCase());
  const beside = [row[at - 1], row[at + 1]].filter((key) => key !== undefined);
  return beside[Math.floor(next() * beside.length)];
}

/**
 * The steps that type `part` at `at`: each with its gap in milliseconds and, as
 * `rest`, the part that is still to be typed after it (`null` after a slip).
 */
export function steps(part, next, { looks }) {
  const made = [];
  const gap = () => lognormal(next, GAP);
  const half = part.length >> 1;
  let looked = !looks;
  for (let at = 0; at < part.length; at += 1) {
    if (!looked && at >= half) {
      looked = true;
      made.push({ kind: "away", gap: gap(), rest: null });
      made.push({ kind: "back", gap: LOOK, rest: null });
    }
    const wrong = next() < CORRECTED ? slip(part[at], next) : null;
    if (wrong !== null) {
      made.push({ kind: "key", text: wrong, gap: gap(), rest: null });
      made.push({ kind: "erase", gap: gap(), rest: null });
    }
    if (part[at] === "\n") {
      // Editors indent by themselves, so the blanks of a new line are no keys.
      const blanks = /^\n[ \t]*/.exec(part.slice(at))[0];
      at += blanks.length - 1;
      made.push({ kind: "line", text: blanks, gap: gap(), rest: at + 1 });
    } else {
      made.push({ kind: "key", text: part[at], gap: gap(), rest: at + 1 });
    }
  }
  return made;
}

/** `count` sequences, in turns over the files; fewer when there is not enough text. */
export function sequences(files, count, seed) {
  const next = random(seed);
  const places = files.map((file) => shuffled(parts(file.text), next));
  const made = [];
  for (
    let round = 0;
    made.length < count && places.some((list) => list.length > round);
    round += 1
  ) {
    for (const [index, file] of files.entries()) {
      const place = places[index][round];
      if (place === undefined || made.length >= count) continue;
      const { at, part } = place;
      made.push({
        language: file.language,
        path: file.path,
        before: file.text.slice(0, at),
        part,
        after: file.text.slice(at + part.length),
        steps: steps(part, next, { looks: made.length % EVERY === 0 }),
      });
    }
  }
  return made;
}

function shuffled(list, next) {
  const all = [...list];
  for (let i = all.length - 1; i > 0; i -= 1) {
    const j = Math.floor(next() * (i + 1));
    [all[i], all[j]] = [all[j], all[i]];
  }
  return all;
}
