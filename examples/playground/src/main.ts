// The playground: a small project in an editor, a model in a worker, and what they have to say.
//
// Query parameters: `engine` (auto, cpu, webgpu), `threads` (of the CPU engine) and `model` (the id of
// a known model, or the URL of a GGUF file).
// `window.__ghostlight` and `data-ghostlight` on the root element are there for
// scripts that drive the page.

import "@fontsource-variable/inter/index.css";
import "@fontsource-variable/jetbrains-mono/index.css";
import "./style.css";

import {
  createCompleter,
  GhostlightError,
  type Completer,
  type CompletionResult,
  type EdgeAnswer,
  type EngineChoice,
  type EngineInfo,
  type PackState,
} from "ghostlight";
import type { EditorView } from "@codemirror/view";

import { EdgeSetting } from "./edge.ts";
import { Editor } from "./editor.ts";
import { explainPanel } from "./explain.ts";
import { fileList } from "./files.ts";
import { modelMenu } from "./model-menu.ts";
import {
  Chooser,
  chosen,
  fileOfUser,
  named,
  remember,
  remembered,
  suited,
  troubleWith,
  type Picked,
  type WayOut,
} from "./models.ts";
import { project } from "./project.ts";
import { guardOf, settingsPanel, storedSettings } from "./settings.ts";
import {
  showProblem,
  showProgress,
  showReady,
  showResult,
  showStarting,
  showSwitched,
  showSwitching,
  showSwitchProblem,
  showSwitchProgress,
  type Action,
} from "./status.ts";
import { theme } from "./theme.ts";
import { ProjectFiles } from "./workspace.ts";

/** What scripts that drive the page can see and do. */
interface Hooks {
  completer: Completer | null;
  view: EditorView;
  info: EngineInfo | null;
  /** The grammars that were fetched so far. */
  readonly syntax: Map<string, PackState>;
  /** The last finished suggestion. */
  lastResult: CompletionResult | null;
  /** Where it came from, if an edge may be asked. */
  readonly lastAnswer: EdgeAnswer | null;
  /** Milliseconds from asking for it to having it. */
  lastLatencyMs: number | null;
  /** Milliseconds from opening the page to the first suggestion that had text. */
  firstSuggestionMs: number | null;
  readonly files: readonly string[];
  openFile(path: string): void;
  /** Shows any text as a file, with the cursor somewhere in it. */
  show(path: string, text: string, cursor: number): void;
  /** Is called with every finished answer and the milliseconds from asking to it. */
  listener: ((result: CompletionResult, milliseconds: number) => void) | null;
}
declare global {
  interface Window {
    __ghostlight: Hooks;
  }
}

const byId = <T extends HTMLElement = HTMLElement>(id: string): T =>
  document.getElementById(id) as T;
const engineSelect = byId("engine") as HTMLSelectElement;
const fileInput = byId("model-file") as HTMLInputElement;
const panel = byId("editor");

const query = new URLSearchParams(location.search);
const asked = query.get("engine");
engineSelect.value = asked === "cpu" || asked === "webgpu" ? asked : "auto";

const threads = Number.parseInt(query.get("threads") ?? "", 10) || 0;

const engineChoice = (): EngineChoice => engineSelect.value as EngineChoice;
const chooser = new Chooser();
/** The model in use, or the one to start with; `null` until one was chosen. */
let picked: Picked | null = null;
/** The model that a switch or the start is about. */
let wanted: Picked | null = null;
/** The completer without an edge. */
let local: Completer | null = null;
/** Ends the start that is under way, if there is one. */
let starting: AbortController | null = null;
/** Ends the switch that is under way, if there is one. */
let switching: AbortController | null = null;

/** The model of the first start: the address wins, then what was chosen before, then what suits. */
async function firstModel(): Promise<Picked> {
  const address = query.get("model");
  if (address !== null) return named(address);
  const before = remembered();
  if (before !== null) return chosen(before);
  return suited(await chooser.choose(engineChoice(), threads));
}

async function start(): Promise<void> {
  starting?.abort();
  switching?.abort();
  const controller = new AbortController();
  starting = controller;
  (hooks.completer ?? local)?.dispose();
  local = null;
  hooks.completer = null;
  hooks.info = null;
  showStarting();
  const settings = storedSettings();
  const model = (picked ??= await firstModel());
  if (controller.signal.aborted) return;
  wanted = model;
  try {
    local = await createCompleter({
      model: model.input,
      engine: engineChoice(),
      threads,
      guard: guardOf(settings),
      ...(settings.threshold !== null && { threshold: settings.threshold }),
      signal: controller.signal,
      onProgress: (progress) => {
        if (controller === starting) showProgress(progress, wanted?.name ?? model.name);
      },
      onSyntax: (pack, state, error) => {
        hooks.syntax.set(pack, state);
        if (error !== null) console.warn(error);
      },
      onEngineChange: (info, fallback) => {
        if (controller !== starting) return;
        hooks.info = info;
        showReady(info, fallback);
      },
    });
    hooks.completer = edge.before(local);
    projectFiles.open(local);
    works(model);
  } catch (error) {
    if (controller.signal.aborted) return;
    const { text, wayOut } = troubleWith(model, error, { engine: engineChoice(), beside: null });
    showProblem(text, action(model, wayOut), () => void start());
  }
}

/** Uses another model: beside the one that is loaded, or in its place where there is none. */
async function use(model: Picked, { unloadFirst }: { unloadFirst?: boolean } = {}): Promise<void> {
  if (local === null) {
    picked = model;
    await start();
    return;
  }
  switching?.abort();
  const controller = new AbortController();
  switching = controller;
  wanted = model;
  let beside = picked?.name ?? null;
  showSwitching(model.name);
  try {
    await local.switchModel(model.input, {
      signal: controller.signal,
      ...(unloadFirst !== undefined && { unloadFirst }),
      onProgress: (progress) => {
        if (controller === switching) showSwitchProgress(progress, model.name);
      },
      onUnload: (why) => {
        showStarting(`${beside ?? "The model"} was unloaded first: ${why}.`);
        beside = null;
      },
    });
    showSwitched(`${model.name} answers now`);
    works(model);
  } catch (error) {
    // A newer switch has its own say.
    if (controller !== switching) return;
    wanted = picked;
    showSwitched(`${picked?.name ?? "The model"} goes on`);
    if (controller.signal.aborted) return;
    const { text, wayOut } = troubleWith(model, error, { engine: engineChoice(), beside });
    showSwitchProblem(text, action(model, wayOut), () => void use(model));
  } finally {
    if (controller === switching) switching = null;
  }
}

/** A model answers. */
function works(model: Picked): void {
  picked = model;
  if (model.isChosen) remember(model.known);
  // The editor says where its cursor is, so that the prompt is read before a key falls.
  editor.view.dispatch({ selection: editor.view.state.selection });
}

/** The button for a way out. */
function action(model: Picked, wayOut: WayOut | null): Action | null {
  switch (wayOut?.kind) {
    case undefined:
      return null;
    case "smaller": {
      const { model: smaller } = wayOut;
      return { text: `Use ${smaller.label}`, run: () => void use(chosen(smaller)) };
    }
    case "unload-first": {
      const run = (): void => void use(model, { unloadFirst: true });
      return { text: `Unload ${picked?.name ?? "it"} first`, run };
    }
    case "cpu":
      return {
        text: "Use the CPU",
        run() {
          engineSelect.value = "cpu";
          picked = model;
          void start();
        },
      };
    case "menu":
      return { text: "Models…", run: () => openMenu() };
  }
}

/** A request failed: a dead engine is a state of the page, all else concerns one request. */
function requestFailed(error: unknown): void {
  if (picked !== null && error instanceof GhostlightError && error.code === "internal") {
    const { text, wayOut } = troubleWith(picked, error, { engine: engineChoice(), beside: null });
    showProblem(text, action(picked, wayOut), () => void start());
  } else {
    console.warn(error);
  }
}

const edge = new EdgeSetting(() => {
  if (local !== null) hooks.completer = edge.before(local);
});

const files = [...project.keys()];
const projectFiles = new ProjectFiles(
  files,
  (path) => editor.text(path) ?? project.get(path) ?? null,
  () => local,
);
const firstFile = "python/stats.py";
const editor = new Editor(
  panel,
  firstFile,
  project.get(firstFile) ?? "",
  {
    source: () => hooks.completer,
    onResult(result, milliseconds) {
      hooks.lastResult = result;
      hooks.lastLatencyMs = milliseconds;
      if (result.text !== "") hooks.firstSuggestionMs ??= performance.now();
      showResult(result, milliseconds);
      hooks.listener?.(result, milliseconds);
    },
    onError: requestFailed,
  },
  false,
  (path) => projectFiles.changed(path),
);

const hooks: Hooks = {
  completer: null,
  view: editor.view,
  info: null,
  syntax: new Map(),
  lastResult: null,
  get lastAnswer() {
    return edge.lastAnswer;
  },
  lastLatencyMs: null,
  firstSuggestionMs: null,
  files,
  openFile(path) {
    const text = project.get(path);
    if (text === undefined) throw new Error(`opening a file: no ${path} in the project`);
    editor.show(path, text);
    tabs.select(path);
  },
  show: (path, text, cursor) => editor.show(path, text, cursor),
  listener: null,
};
window.__ghostlight = hooks;

const tabs = fileList(byId("files"), panel, files, hooks.openFile);
tabs.select(firstFile);
settingsPanel(() => hooks.completer);
explainPanel(
  () => hooks.completer,
  () => editor.place,
);
theme(byId("theme"), (dark) => editor.setDark(dark));
if (/mac|iphone|ipad/i.test(navigator.userAgent)) {
  for (const key of document.querySelectorAll("kbd.mod")) key.textContent = "⌘";
}

const openMenu = modelMenu({
  picked: () => wanted ?? picked,
  choice: () => chooser.choose(engineChoice(), threads),
  isRemembered: () => remembered() !== null,
  onPick: (model) => void use(chosen(model)),
  onAutomatic(choice) {
    remember(null);
    void use(suited(choice));
  },
});

function useFile(file: File | undefined): void {
  if (file !== undefined) void use(fileOfUser(file));
}

byId("open-model").addEventListener("click", () => {
  byId<HTMLDialogElement>("models").close();
  fileInput.click();
});
fileInput.addEventListener("change", () => {
  useFile(fileInput.files?.[0]);
  fileInput.value = "";
});
byId("switch-cancel").addEventListener("click", () => switching?.abort());
engineSelect.addEventListener("change", () => void start());

const carriesFile = (event: DragEvent): boolean =>
  event.dataTransfer?.types.includes("Files") === true;
const dropZone = byId("drop");
// Captured, since the editor would insert the file's text.
addEventListener(
  "dragover",
  (event) => {
    if (!carriesFile(event)) return;
    event.preventDefault();
    dropZone.hidden = false;
  },
  { capture: true },
);
addEventListener("dragleave", (event) => {
  if (event.relatedTarget === null) dropZone.hidden = true;
});
addEventListener(
  "drop",
  (event) => {
    dropZone.hidden = true;
    if (!carriesFile(event)) return;
    event.preventDefault();
    event.stopPropagation();
    useFile(event.dataTransfer?.files[0]);
  },
  { capture: true },
);

// The page for the next visit, without a network; the package keeps the model.
if (import.meta.env.PROD && "serviceWorker" in navigator) {
  navigator.serviceWorker.register("/sw.js").catch((error: unknown) => console.warn(error));
}
// Without this the browser may drop the model when disk space is short; it may say no.
void navigator.storage?.persist?.().catch(() => false);

editor.view.focus();
editor.view.dispatch({ scrollIntoView: true });
void start();
