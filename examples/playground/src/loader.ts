// Starts the completer with a model, changes the model while one types, and says what fails and what helps.

import {
  createCompleter,
  type Completer,
  type EngineChoice,
  type EngineInfo,
  type PackState,
} from "ghostlight";

import {
  Chooser,
  chosen,
  named,
  remember,
  remembered,
  suited,
  troubleWith,
  type Picked,
  type WayOut,
} from "./models.ts";
import { guardOf, storedSettings } from "./settings.ts";
import {
  showProblem,
  showProgress,
  showReady,
  showStarting,
  showSwitched,
  showSwitching,
  showSwitchProblem,
  showSwitchProgress,
  type Action,
} from "./status.ts";

/** What of the package's `wasm` folder was built for this page; all of it unless it is said. */
const wasmParts = (import.meta.env.VITE_WASM_PARTS as string | undefined)?.split(",");

/** What the loader needs of the page. */
export interface Page {
  /** The model that the page's address names, if it does. */
  readonly address: string | null;
  readonly threads: number;
  /** Whether tokens are drafted. */
  readonly speculation: boolean;
  /** The engine that was chosen. */
  readonly engine: () => EngineChoice;
  readonly chooseCpu: () => void;
  readonly openMenu: () => void;
  /** There is a completer, or none any more. */
  readonly onCompleter: (completer: Completer | null) => void;
  /** An engine is ready, or none any more. */
  readonly onInfo: (info: EngineInfo | null) => void;
  readonly onSyntax: (pack: string, state: PackState) => void;
  /** A model answers from now on. */
  readonly onModel: () => void;
}

export class ModelLoader {
  readonly #page: Page;
  readonly #chooser = new Chooser();
  #completer: Completer | null = null;
  /** The model in use, or the one to start with. */
  #picked: Picked | null = null;
  /** The model that the start or the switch under way is about. */
  #wanted: Picked | null = null;
  /** Ends the start that is under way, or was. */
  #starting: AbortController | null = null;
  /** Ends the switch that is under way. */
  #switching: AbortController | null = null;

  constructor(page: Page) {
    this.#page = page;
  }

  /** The completer, without an edge. */
  get completer(): Completer | null {
    return this.#completer;
  }

  /** The model that answers. */
  get used(): Picked | null {
    return this.#completer === null ? null : this.#picked;
  }

  /** The model that is on its way. */
  get loading(): Picked | null {
    return this.#completer === null || this.#switching !== null ? this.#wanted : null;
  }

  /** What can be said about the known models on this device. */
  choose(): ReturnType<Chooser["choose"]> {
    // A GPU is no reason for a large model where there is no build that uses it.
    const gpu = wasmParts?.includes("webgpu") ?? true;
    return this.#chooser.choose(gpu ? this.#page.engine() : "cpu", this.#page.threads);
  }

  /** The model of the first start: the address wins, then what was chosen before, then what suits. */
  async #first(): Promise<Picked> {
    if (this.#page.address !== null) return named(this.#page.address);
    const before = remembered();
    return before !== null ? chosen(before) : suited(await this.choose());
  }

  /** Starts anew, with the engine that is chosen and the model as it was. */
  async start(): Promise<void> {
    this.#starting?.abort();
    this.#switching?.abort();
    const controller = new AbortController();
    this.#starting = controller;
    this.#completer?.dispose();
    this.#completer = null;
    this.#page.onCompleter(null);
    this.#page.onInfo(null);
    showStarting();
    const settings = storedSettings();
    const model = (this.#picked ??= await this.#first());
    if (controller.signal.aborted) return;
    this.#wanted = model;
    try {
      this.#completer = await createCompleter({
        model: model.input,
        engine: this.#page.engine(),
        threads: this.#page.threads,
        speculation: this.#page.speculation,
        guard: guardOf(settings),
        ...(settings.threshold !== null && { threshold: settings.threshold }),
        ...(wasmParts !== undefined && { wasmParts }),
        signal: controller.signal,
        onProgress: (progress) => {
          if (controller === this.#starting) showProgress(progress, this.#picked?.name ?? "");
        },
        onNotice: (message) => {
          const text = `${this.#wanted?.name ?? model.name}: ${message}`;
          showSwitchProblem(text, this.#action(model, { kind: "menu" }), () => void this.start());
        },
        onSyntax: (pack, state, error) => {
          this.#page.onSyntax(pack, state);
          if (error !== null) console.warn(error);
        },
        onEngineChange: (info, fallback) => {
          if (controller !== this.#starting) return;
          this.#page.onInfo(info);
          showReady(info, fallback);
        },
      });
      this.#page.onCompleter(this.#completer);
      this.#works(model);
    } catch (error) {
      if (!controller.signal.aborted) this.#failed(model, error);
    }
  }

  /** Uses another model: beside the one that is loaded, or in its place where there is none. */
  async use(model: Picked, options: { unloadFirst?: boolean } = {}): Promise<void> {
    if (this.#completer === null) {
      this.#picked = model;
      await this.start();
      return;
    }
    this.#switching?.abort();
    const controller = new AbortController();
    this.#switching = controller;
    this.#wanted = model;
    const old = this.#picked?.name ?? "the model";
    let isBeside = true;
    showSwitching(model.name);
    try {
      await this.#completer.switchModel(model.input, {
        ...options,
        signal: controller.signal,
        onProgress: (progress) => {
          if (controller === this.#switching) showSwitchProgress(progress, model.name);
        },
        onUnload: (why) => {
          showStarting(`${old} was unloaded first: ${why}.`);
          isBeside = false;
        },
      });
      showSwitched(`${model.name} answers now`);
      this.#works(model);
    } catch (error) {
      // A newer switch has its own say.
      if (controller !== this.#switching) return;
      showSwitched(`${old} goes on`);
      if (controller.signal.aborted) return;
      const engine = this.#page.engine();
      const trouble = troubleWith(model, error, { engine, beside: isBeside ? old : null });
      const action = this.#action(model, trouble.wayOut);
      showSwitchProblem(trouble.text, action, () => void this.use(model));
    } finally {
      if (controller === this.#switching) this.#switching = null;
    }
  }

  cancelSwitch(): void {
    this.#switching?.abort();
  }

  /** The engine is dead. */
  engineFailed(error: unknown): void {
    if (this.#picked !== null) this.#failed(this.#picked, error);
  }

  #works(model: Picked): void {
    this.#picked = model;
    if (model.isChosen) remember(model.known);
    this.#page.onModel();
  }

  #failed(model: Picked, error: unknown): void {
    const trouble = troubleWith(model, error, { engine: this.#page.engine(), beside: null });
    showProblem(trouble.text, this.#action(model, trouble.wayOut), () => void this.start());
  }

  /** The button for a way out. */
  #action(model: Picked, wayOut: WayOut | null): Action | null {
    switch (wayOut?.kind) {
      case undefined:
        return null;
      case "smaller": {
        const { model: smaller } = wayOut;
        return { text: `Use ${smaller.label}`, run: () => void this.use(chosen(smaller)) };
      }
      case "unload-first": {
        const run = (): void => void this.use(model, { unloadFirst: true });
        return { text: `Unload ${this.#picked?.name ?? "the old one"} first`, run };
      }
      case "cpu": {
        const run = (): void => {
          this.#page.chooseCpu();
          this.#picked = model;
          void this.start();
        };
        return { text: "Use the CPU", run };
      }
      case "menu":
        return { text: "Models…", run: this.#page.openMenu };
    }
  }
}
