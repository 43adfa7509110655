// Which brackets and quotes are open at the cursor, and which of their closers the editor wrote by itself.
//
// An editor that closes brackets puts `)` behind the cursor when `(` is typed. A suggestion that
// closes the same bracket must replace that one, and no other: the partner is found by depth,
// past strings and comments, not by looking for the character. The scanner knows no language
// but its comment markers, and takes a single quote that does not end on its line for an apostrophe.

/** How comments of a language are written. */
export interface CommentTokens {
  readonly line?: string | undefined;
  readonly block?: { readonly open: string; readonly close: string } | undefined;
}

interface Pair {
  readonly kind: "bracket" | "string" | "comment";
  readonly closer: string;
  /** Whether the editor wrote the closer, which stands behind the cursor. */
  readonly isClosed: boolean;
}

const BRACKETS: Readonly<Record<string, string>> = { "(": ")", "[": "]", "{": "}" };
const CLOSERS = new Set(Object.values(BRACKETS));
const WORD = /[\p{L}\p{N}_]/u;

/** Brackets, strings and comments that were opened since a suggestion was asked for. Immutable. */
export class OpenPairs {
  /** Outermost first. */
  readonly #pairs: readonly Pair[];
  /** UTF-16 units of the next text that belong to what was read, such as an escaped character. */
  readonly #skip: number;
  readonly #comments: CommentTokens;

  private constructor(pairs: readonly Pair[], skip: number, comments: CommentTokens) {
    this.#pairs = pairs;
    this.#skip = skip;
    this.#comments = comments;
  }

  /** Nothing is open. */
  static none(comments: CommentTokens = {}): OpenPairs {
    return new OpenPairs([], 0, comments);
  }

  /** What the editor wrote directly behind the cursor. */
  get closers(): string {
    return this.#pairs
      .filter(({ isClosed }) => isClosed)
      .map(({ closer }) => closer)
      .reverse()
      .join("");
  }

  /**
   * After the first `length` units of `text` were put before the cursor. `text` may go on, which
   * tells an apostrophe from a string.
   */
  #read(text: string, length: number): OpenPairs {
    const pairs = [...this.#pairs];
    let at = this.#skip;
    while (at < length) at += step(pairs, text, at, this.#comments);
    return new OpenPairs(pairs, at - length, this.#comments);
  }

  /** How many units of {@link closers} are closed by the first `length` units of `text`. */
  closedBy(text: string, length: number): number {
    return this.closers.length - this.#read(text, length).closers.length;
  }

  /** Whether the first `length` units of `text` leave open what they have opened. */
  opens(text: string, length: number): boolean {
    const before = new Set(this.#pairs);
    return this.#read(text, length).#pairs.some(
      (pair) => pair.kind !== "comment" && !before.has(pair),
    );
  }

  /**
   * After the first `length` units of `text` were inserted; the editor took away `removed` units
   * of {@link closers} with it, and added `added` before what is left of them.
   */
  after(text: string, length: number, removed: number, added: string): OpenPairs {
    const read = this.#read(text, length);
    const pairs = [...read.#pairs];
    let excess = removed - (this.closers.length - read.closers.length);
    // The editor took closers that the text leaves open: those are to be written again.
    for (let index = pairs.length - 1; index >= 0 && excess > 0; index -= 1) {
      const pair = pairs[index];
      if (pair === undefined || !pair.isClosed) continue;
      pairs[index] = { ...pair, isClosed: false };
      excess -= pair.closer.length;
    }
    // It left one that the text has closed, or a part of one: what is behind it is out of reach.
    if (excess !== 0) {
      pairs.forEach((pair, index) => (pairs[index] = { ...pair, isClosed: false }));
    }
    if (added !== "") close(pairs, added);
    return new OpenPairs(pairs, read.#skip, this.#comments);
  }
}

/** The editor wrote `closers` behind the cursor, the innermost first. */
function close(pairs: Pair[], closers: string): void {
  const closed = new Set<Pair>();
  let rest = closers;
  for (let index = pairs.length - 1; index >= 0 && rest !== ""; index -= 1) {
    const pair = pairs[index];
    if (pair === undefined || pair.isClosed) break;
    if (!rest.startsWith(pair.closer)) continue;
    rest = rest.slice(pair.closer.length);
    closed.add(pair);
  }
  if (rest === "") {
    pairs.forEach((pair, index) => {
      if (closed.has(pair)) pairs[index] = { ...pair, isClosed: true };
    });
    return;
  }
  // It closed something that is no bracket or string here, such as a bracket in a comment.
  pairs.push({
    kind: CLOSERS.has(closers) ? "bracket" : "string",
    closer: closers,
    isClosed: true,
  });
}

/** Reads one token at `at`; returns its length. */
function step(pairs: Pair[], text: string, at: number, comments: CommentTokens): number {
  const top = pairs.at(-1);
  const char = text[at] ?? "";
  if (top !== undefined && top.kind !== "bracket") {
    if (text.startsWith(top.closer, at)) {
      pairs.pop();
      return top.closer.length;
    }
    // A string that is not closed on its line was none.
    if (char === "\n" && isOneLine(top) && !top.isClosed) pairs.pop();
    return char === "\\" && top.kind === "string" ? 2 : 1;
  }
  const { line, block } = comments;
  if (line !== undefined && text.startsWith(line, at)) {
    pairs.push({ kind: "comment", closer: "\n", isClosed: false });
    return line.length;
  }
  if (block !== undefined && text.startsWith(block.open, at)) {
    pairs.push({ kind: "comment", closer: block.close, isClosed: false });
    return block.open.length;
  }
  // Outside of strings it is a bracket of a regular expression that is escaped.
  if (char === "\\") return 2;
  const closer = BRACKETS[char];
  if (closer !== undefined) pairs.push({ kind: "bracket", closer, isClosed: false });
  else if (CLOSERS.has(char) && top?.closer === char) pairs.pop();
  else if (char === '"' || char === "'" || char === "`") return quote(pairs, text, at, char);
  return 1;
}

function isOneLine({ kind, closer }: Pair): boolean {
  return kind === "string" && (closer === '"' || closer === "'");
}

/** Opens a string, if it is one. */
function quote(pairs: Pair[], text: string, at: number, char: string): number {
  const triple = char.repeat(3);
  if (char !== "`" && text.startsWith(triple, at)) {
    pairs.push({ kind: "string", closer: triple, isClosed: false });
    return 3;
  }
  if (opensString(text, at, char)) {
    pairs.push({ kind: "string", closer: char, isClosed: false });
  }
  return 1;
}

function opensString(text: string, at: number, char: string): boolean {
  if (char === "`") return true;
  if (char === "'") {
    const before = text.slice(Math.max(0, at - 3), at);
    // After a word it is an apostrophe; `f'…'` and its like are strings.
    if (WORD.test(before.slice(-1)) && !/(?:^|[^\p{L}\p{N}_])[bfru]{1,2}$/iu.test(before)) {
      return false;
    }
  }
  for (let end = at + 1; end < text.length; end += 1) {
    if (text[end] === "\n") return false;
    if (text[end] === char) return true;
    if (text[end] === "\\") end += 1;
  }
  // A text that ends in a string, unless something is closed behind an apostrophe.
  return char === '"' || !/[)\]}]/.test(text.slice(at));
}
