// The workspace in the worker: its module is fetched when the first one is opened, files that
// wait are read in small steps while the engine has nothing to do, and the index is kept in the
// origin private file system.
//
// No step is taken while a request runs or is about to, so a suggestion waits for one step at
// most. Once other files than the cursor's are read, its prompt may quote them and begin otherwise,
// and is read ahead again. What cannot be kept is read again on the next visit. A module that traps
// is gone: the engine notices by itself and makes prompts of the file alone.

import { Debounce, systemClock, type Clock } from "../shared/clock.js";
import { toEngineError } from "../shared/errors.js";
import {
  DEFAULT_WORKSPACE_FIGURES,
  type Engine,
  type WorkspaceIndex,
} from "../shared/generated-methods.js";
import type {
  CompletionRequest,
  EngineError,
  FileChange,
  FileStamp,
  GuardOptions,
  WorkspaceFigures,
} from "../shared/generated.js";
import type { EngineFiles } from "../shared/protocol.js";
import { keep, kept } from "../shared/storage.js";
import type { SyntaxPacks } from "../syntax.js";
import type { WorkspaceModule } from "../shared/wasm-modules.js";

/** Milliseconds of one step; a file that takes longer is finished. */
const STEP_MS = 6;
/** Milliseconds until the next look, while the engine works or a grammar is on its way. */
const BUSY_MS = 30;
/** Looks for which grammars are waited for; then files are read without. */
const PATIENCE = 300;
/** Milliseconds without a change after which the index is kept. */
const QUIET_MS = 2000;

/** Who reads the files and what is asked about them. */
interface Around {
  readonly files: EngineFiles;
  readonly engine: Engine;
  readonly packs: SyntaxPacks | null;
  /** Whether somebody waits for the engine. */
  readonly isBusy: () => boolean;
  /** Reads the prompt of a request anew in a pause. */
  readonly renew: (request: CompletionRequest) => void;
}

export class WorkspaceReader {
  readonly #around: Around;
  #guard: GuardOptions;
  #loading: Promise<WorkspaceIndex> | null = null;
  #index: WorkspaceIndex | null = null;
  #isOpen = false;
  /** By this name the index is kept; `null` keeps nothing. */
  #name: string | null = null;
  /** Counts what was opened and closed, so that what comes late is told apart. */
  #turn = 0;
  readonly #clock: Clock;
  /** The wait for the next step. */
  readonly #pause: Debounce;
  #looks = 0;
  /** Whether the index has changed since it was kept. */
  #isDirty = false;
  /** Where the cursor was last. */
  #cursor: CompletionRequest | null = null;
  /** Files that the page was asked for and has not handed over. */
  #missing = 0;
  /** Whether files are new to the index that the prompt at the cursor may quote. */
  #isNews = false;

  constructor(around: Around, guard: GuardOptions, clock: Clock = systemClock) {
    this.#around = around;
    this.#guard = guard;
    this.#clock = clock;
    this.#pause = new Debounce(clock);
  }

  /** Places in the list of files whose text is wanted. Rejects when the module cannot be had. */
  async open(name: string | null, files: FileStamp[]): Promise<number[]> {
    this.close();
    const turn = this.#turn;
    const [index, bytes] = await Promise.all([this.#load(), name === null ? null : kept(name)]);
    // An index that cannot be read is made anew.
    if (bytes !== null && turn === this.#turn) this.#try(() => index.restore(bytes));
    for (let isMore = bytes !== null; isMore && turn === this.#turn;) {
      const milliseconds = this.#around.isBusy() ? BUSY_MS : 0;
      await new Promise<void>((resolve) => this.#clock.after(milliseconds, resolve));
      if (this.#around.isBusy() || turn !== this.#turn) continue;
      isMore = this.#try(() => index.restoreStep(STEP_MS)) ?? false;
    }
    if (turn !== this.#turn) return [];
    this.#name = name;
    this.#isOpen = true;
    this.#isNews = true;
    const wanted = this.#try(() => index.begin(files));
    this.#missing = wanted?.length ?? 0;
    this.#later(0);
    return wanted ?? [];
  }

  change(changes: FileChange[]): void {
    if (!this.#isOpen) return;
    this.#try((index) => {
      index.change(changes);
      // What a file is made of is read once, so its grammar had better be there.
      for (const { path } of changes) {
        const pack = index.packOf(path);
        if (pack !== null) void this.#around.packs?.load(pack);
      }
    });
    this.#missing = Math.max(0, this.#missing - changes.filter(({ edited }) => !edited).length);
    this.#isNews ||= changes.some(({ path }) => path !== this.#cursor?.path);
    this.#looks = 0;
    this.#later(0);
  }

  /** The cursor is there now. */
  visit(request: CompletionRequest): void {
    this.#cursor = request;
    if (!this.#isOpen) return;
    const { path, prefix } = request;
    let line = 0;
    for (let at = prefix.indexOf("\n"); at >= 0; at = prefix.indexOf("\n", at + 1)) line += 1;
    this.#try((index) => index.visit(path, line));
  }

  /** Files that these rules keep out are forgotten. */
  guard(guard: GuardOptions): void {
    this.#guard = guard;
    this.#try((index) => index.guard(guard));
  }

  figures(): WorkspaceFigures {
    return this.#try((index) => index.size()) ?? DEFAULT_WORKSPACE_FIGURES;
  }

  close(): void {
    this.#turn += 1;
    this.#pause.cancel();
    this.#isOpen = false;
    this.#isDirty = false;
    this.#try((index) => index.clear());
  }

  /** The index, which the engine is given once. */
  #load(): Promise<WorkspaceIndex> {
    this.#loading ??= this.#fetch().catch((thrown: unknown) => {
      this.#loading = null; // the next one who opens tries again
      throw failure(thrown);
    });
    return this.#loading;
  }

  async #fetch(): Promise<WorkspaceIndex> {
    const { files, engine, packs } = this.#around;
    const module = (await import(
      /* @vite-ignore */ /* webpackIgnore: true */ files.glue
    )) as WorkspaceModule;
    await module.default({ module_or_path: files.wasm });
    const index = new module.WorkspaceIndex();
    if (packs !== null) index.setSyntax(packs.ask);
    index.guard(this.#guard);
    engine.setLibrary(index);
    this.#index = index;
    return index;
  }

  /** Does something with the index, if there is one and until it fails. */
  #try<T>(act: (index: WorkspaceIndex) => T): T | null {
    if (this.#index === null) return null;
    try {
      return act(this.#index);
    } catch {
      // It told the console where; an instance that trapped is not asked again.
      this.#index = null;
      this.#isOpen = false;
      return null;
    }
  }

  #keep(): void {
    const name = this.#name;
    if (!this.#isDirty || name === null) return;
    this.#isDirty = false;
    const bytes = this.#try((index) => index.toBytes());
    if (bytes !== null) void keep(name, bytes).catch(() => undefined);
  }

  /** The prompt at the cursor may begin otherwise now. */
  #tellNews(): void {
    if (this.#missing > 0) return;
    if (this.#isNews && this.#cursor !== null) this.#around.renew(this.#cursor);
    this.#isNews = false;
  }

  #later(milliseconds: number): void {
    this.#pause.after(milliseconds, () => this.#step());
  }

  #step(): void {
    if (!this.#isOpen) return;
    if (this.#around.isBusy()) {
      this.#later(BUSY_MS);
    } else if (this.figures().waiting > 0) {
      if (this.#around.packs?.isLoading === true && this.#looks < PATIENCE) {
        this.#looks += 1;
        this.#later(BUSY_MS);
        return;
      }
      this.#isDirty = true;
      const waiting = this.#try((index) => index.step(STEP_MS)) ?? 0;
      this.#later(waiting > 0 ? 0 : QUIET_MS);
      if (waiting === 0) this.#tellNews();
    } else {
      this.#tellNews();
      this.#keep();
    }
  }
}

function failure(thrown: unknown): EngineError {
  const { message } = toEngineError(thrown, "opening the workspace");
  return {
    code: "unreadable",
    message: `${message}; the page has to serve the package's folder wasm/workspace`,
  };
}
