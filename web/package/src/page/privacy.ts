// How far the text of a file may go, decided in the tab before anything is sent.
//
// The twin of `reach` in core/guard, in its language of rules: a line says how far
// (`nowhere`, `tab`, `edge`, `backend`), optionally `repo`, and a pattern. In a layer
// the last rule that matches counts, of all layers the least. Rules that cannot be
// read allow nothing. `tests/edge/client.test.mjs` compares this with the edge, which
// asks core/guard.

import type { PrivacyMode } from "../shared/generated.js";
import { BUILTIN_RULES } from "./privacy-rules.js";

/** How far text may go, from least to most. */
const REACHES = ["nowhere", "tab", "edge", "backend"] as const;
export type Reach = (typeof REACHES)[number];

const OF_MODE: Readonly<Record<PrivacyMode, Reach>> = {
  "tab-only": "tab",
  "own-edge": "edge",
  backend: "backend",
};

interface Rule {
  readonly reach: Reach;
  readonly ofRepository: boolean;
  readonly pattern: RegExp;
}

/** Layers of rules, those that ship first. */
export class PrivacyRules {
  readonly #layers: readonly (readonly Rule[] | null)[];

  /** `own` are rules beside those that ship. */
  constructor(own = "") {
    this.#layers = [parse(BUILTIN_RULES), parse(own)];
  }

  /** How far the text of `path` in `repository` may go. */
  reach(mode: PrivacyMode, path: string, repository?: string): Reach {
    const plain = path
      .replaceAll("\\", "/")
      .replace(/^(?:\.\/)+/, "")
      .replace(/^\/+/, "");
    let least = REACHES.indexOf(OF_MODE[mode] ?? "nowhere");
    for (const layer of this.#layers) {
      const rule = layer?.findLast(({ ofRepository, pattern }) =>
        ofRepository ? repository !== undefined && pattern.test(repository) : pattern.test(plain),
      );
      const reach = layer === null ? "nowhere" : rule?.reach;
      if (reach !== undefined) least = Math.min(least, REACHES.indexOf(reach));
    }
    return REACHES[least] ?? "nowhere";
  }
}

/** Rules of a text; `null` if a line is none. */
function parse(text: string): Rule[] | null {
  const rules: Rule[] = [];
  for (const line of text.split("\n").map((line) => line.trim())) {
    if (line === "" || line.startsWith("#")) continue;
    const found = /^(nowhere|tab|edge|backend)[ \t]\s*(repo[ \t]\s*)?(.+)$/.exec(line);
    const pattern = found?.[3] === undefined ? null : globPattern(found[3]);
    if (found === null || pattern === null) return null;
    rules.push({ reach: found[1] as Reach, ofRepository: found[2] !== undefined, pattern });
  }
  return rules;
}

/** Ways that `{a,b}` may multiply a pattern into, and characters of a pattern. */
const MOST_WAYS = 256;
const LONGEST = 1024;

/** A pattern as in core/guard, as a regular expression; `null` for one that makes no sense. */
function globPattern(text: string): RegExp | null {
  const anchored = text.replace(/\/+$/, "").includes("/");
  const pattern = text.trim().replace(/\/+$/, "").replace(/^\/+/, "");
  if (pattern === "" || pattern.length > LONGEST) return null;
  const ways = expand(pattern)?.map(wayPattern);
  if (ways === undefined || ways.includes(null)) return null;
  // Whatever is in a folder that matches, matches.
  return new RegExp(`^${anchored ? "" : "(?:.*/)?"}(?:${ways.join("|")})(?:/.*)?$`, "isu");
}

/** Every way to choose among `{a,b}`. */
function expand(pattern: string): string[] | null {
  const open = pattern.indexOf("{");
  if (open < 0) return pattern.includes("}") ? null : [pattern];
  const close = pattern.indexOf("}", open);
  if (close < 0) return null;
  const inner = pattern.slice(open + 1, close);
  const rests = expand(pattern.slice(close + 1));
  if (rests === null || inner.includes("{") || pattern.slice(0, open).includes("}")) return null;
  const choices = inner.split(",");
  if (rests.length * choices.length > MOST_WAYS) return null;
  return rests.flatMap((rest) => choices.map((choice) => pattern.slice(0, open) + choice + rest));
}

function wayPattern(way: string): string | null {
  let made = "";
  for (let at = 0; at < way.length;) {
    const rest = way.slice(at);
    const atFolder = at === 0 || way[at - 1] === "/";
    if (atFolder && rest.startsWith("**/")) {
      made += "(?:.*/)?";
      at += 3;
    } else if (atFolder && rest === "**") {
      made += ".*";
      at += 2;
    } else if (rest[0] === "*") {
      made += "[^/]*";
      at += /^\*+/.exec(rest)?.[0].length ?? 1;
    } else if (rest[0] === "?") {
      made += "[^/]";
      at += 1;
    } else if (rest[0] === "[") {
      // A bracket that stands first is meant as one.
      const set = /^\[([!^]?)([^][^\]]*)\]/u.exec(rest);
      if (set?.[2] === undefined) return null;
      const inside = set[2].replace(/[\\\]^[]/gu, "\\$&").replace(/^-|-$/gu, "\\-");
      made += `(?!/)[${set[1] === "" ? "" : "^"}${inside}]`;
      at += set[0].length;
    } else if (rest[0] === "\\") {
      return null;
    } else {
      const char = String.fromCodePoint(rest.codePointAt(0) ?? 0);
      made += char.replace(/[$()*+.?[\\\]^{|}/]/u, "\\$&");
      at += char.length;
    }
  }
  return made;
}
