// Syntax packs: grammars that are fetched when a language is first seen.
//
// A pack is a WebAssembly module without code of its own but a grammar's: it is
// linked to a runtime, of which every language gets an instance. The grammar's
// memory and functions are at fixed places (`xtask/src/packs.rs`), so linking is
// growing memory and table and instantiating. The engine asks synchronously, with
// a question and an answer of bytes; while a pack is on its way there is none, and
// the engine does without.

import type { PackState, SyntaxFiles } from "./shared/protocol.js";

/** Where a grammar's memory begins, in bytes. */
const MEMORY_BASE = 4 << 20;

/** Where a grammar's functions begin in the table. */
const TABLE_BASE = 4096;

/** Functions that a grammar may have. */
const TABLE_ROOM = 128;

const PAGE = 1 << 16;

/** What the runtime exports (`web/syntax`); a grammar may import all of it. */
interface Runtime {
  readonly memory: WebAssembly.Memory;
  readonly __indirect_function_table: WebAssembly.Table;
  input(length: number): number;
  start(): number;
  prepare(): void;
  ask(): number;
  output(): number;
}

/** Milliseconds after which a pack is prepared, and until the next look while the engine works. */
const QUIET_MS = 100;

/** One grammar, ready to be asked. */
export interface SyntaxPack {
  /** Does ahead, in up to a few hundred milliseconds, what the first inserted text would wait for. */
  prepare(): void;
  /** Answers a question of the engine; `null` for one that makes no sense. */
  ask(question: Uint8Array): Uint8Array | null;
}

/** Links a grammar to a runtime of its own. Throws for files that do not fit. */
export async function linkPack(
  name: string,
  runtime: WebAssembly.Module,
  grammar: ArrayBuffer | Uint8Array<ArrayBuffer>,
): Promise<SyntaxPack> {
  let tables = (): number => 0;
  const first = await WebAssembly.instantiate(runtime, { env: { grammar: () => tables() } });
  const exports = first.exports as unknown as Runtime;
  const { memory, __indirect_function_table: table } = exports;

  // Whatever allocates memory has seen how much there is before the grammar's is added.
  exports.input(1);
  const used = memory.buffer.byteLength;
  if (used > MEMORY_BASE || table.length > TABLE_BASE) {
    throw new Error(`linking the syntax pack ${name}: the runtime needs ${used} bytes`);
  }
  // The file holds all that the grammar puts into memory, and more.
  const room = grammar.byteLength + 2 * PAGE;
  memory.grow(Math.ceil((MEMORY_BASE + room - used) / PAGE));
  table.grow(TABLE_BASE + TABLE_ROOM - table.length);
  const code = await WebAssembly.compile(grammar);
  const env: WebAssembly.ModuleImports = {
    ...first.exports,
    memory,
    __indirect_function_table: table,
  };
  // A scanner that is out of memory says so and exits: there is nobody to tell.
  for (const { kind, name: wanted } of WebAssembly.Module.imports(code)) {
    if (kind !== "function" || wanted in env) continue;
    env[wanted] = () => {
      throw new Error(`the syntax pack ${name} called ${wanted}()`);
    };
  }
  const second = await WebAssembly.instantiate(code, { env });
  const entry = Object.entries(second.exports).find(([key]) => key.startsWith("tree_sitter_"));
  if (entry === undefined) throw new Error(`linking the syntax pack ${name}: it is no grammar`);
  tables = entry[1] as () => number;

  const give = (bytes: Uint8Array): void => {
    const at = exports.input(bytes.length);
    new Uint8Array(memory.buffer, at, bytes.length).set(bytes);
  };
  give(new TextEncoder().encode(name));
  if (exports.start() === 0) {
    throw new Error(`linking the syntax pack ${name}: the runtime does not know this grammar`);
  }
  return {
    prepare: () => exports.prepare(),
    ask(question) {
      give(question);
      const length = exports.ask();
      return length === 0 ? null : new Uint8Array(memory.buffer, exports.output(), length).slice();
    },
  };
}

/** Told of each pack that is fetched; with why, if it cannot be had. */
export type OnPack = (name: string, state: PackState, error: string | null) => void;

/** The packs of one worker. */
export class SyntaxPacks {
  readonly #files: SyntaxFiles;
  readonly #onState: OnPack;
  readonly #isBusy: () => boolean;
  readonly #packs = new Map<string, SyntaxPack | null>();
  /** Languages that a cursor was in. */
  readonly #inEditor = new Set<string>();
  #runtime: Promise<WebAssembly.Module> | null = null;
  #loading = 0;

  /** `isBusy`: whether somebody waits for the engine, and a pack had better not be prepared. */
  constructor(
    files: SyntaxFiles,
    onState: OnPack = () => undefined,
    isBusy: () => boolean = () => false,
  ) {
    this.#files = files;
    this.#onState = onState;
    this.#isBusy = isBusy;
  }

  /** The call of who completes: the pack is prepared for texts that are inserted, too. */
  readonly askAtCursor = (name: string, question: Uint8Array): Uint8Array | null => {
    if (!this.#inEditor.has(name)) {
      this.#inEditor.add(name);
      const pack = this.#packs.get(name);
      if (pack != null) this.#prepare(name, pack);
    }
    return this.ask(name, question);
  };

  /** The call of who reads files: answers, or fetches the pack and answers `null` until it is there. */
  readonly ask = (name: string, question: Uint8Array): Uint8Array | null => {
    const pack = this.#packs.get(name);
    if (pack === undefined) {
      // A grammar that the page does not deploy is no fault: its files are read by brackets.
      if (Object.hasOwn(this.#files, name)) void this.load(name);
      return null;
    }
    try {
      return pack?.ask(question) ?? null;
    } catch (thrown) {
      // An instance that trapped is not asked again.
      this.#fail(name, thrown);
      return null;
    }
  };

  /** Whether packs are on their way. */
  get isLoading(): boolean {
    return this.#loading > 0;
  }

  /** Fetches a pack, once; a pack that failed is not tried again. */
  async load(name: string): Promise<void> {
    if (this.#packs.has(name)) return;
    this.#packs.set(name, null);
    this.#loading += 1;
    this.#onState(name, "loading", null);
    try {
      this.#runtime ??= this.#fetch("runtime").then((bytes) => WebAssembly.compile(bytes));
      const [runtime, grammar] = await Promise.all([this.#runtime, this.#fetch(name)]);
      const pack = await linkPack(name, runtime, grammar);
      this.#packs.set(name, pack);
      this.#onState(name, "ready", null);
      if (this.#inEditor.has(name)) this.#prepare(name, pack);
    } catch (thrown) {
      this.#fail(name, thrown);
    } finally {
      this.#loading -= 1;
    }
  }

  #prepare(name: string, pack: SyntaxPack): void {
    setTimeout(() => {
      if (this.#isBusy()) {
        this.#prepare(name, pack);
        return;
      }
      try {
        pack.prepare();
      } catch (thrown) {
        this.#fail(name, thrown);
      }
    }, QUIET_MS);
  }

  #fail(name: string, thrown: unknown): void {
    this.#packs.set(name, null);
    this.#onState(name, "failed", thrown instanceof Error ? thrown.message : String(thrown));
  }

  async #fetch(name: string): Promise<ArrayBuffer> {
    const url = this.#files[name];
    if (url === undefined) throw new Error(`fetching the syntax pack ${name}: there is none`);
    const response = await fetch(url);
    if (!response.ok) {
      throw new Error(`fetching the syntax pack ${name}: status ${response.status}`);
    }
    return response.arrayBuffer();
  }
}
