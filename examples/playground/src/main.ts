// The playground: a small project in an editor, a model in a worker, and what they have to say.
//
// Query parameters: `engine` (auto, cpu, webgpu), `threads` (of the CPU engine) and `model` (URL of
// a GGUF file).
// `window.__ghostlight` and `data-ghostlight` on the root element are there for
// scripts that drive the page.

import "@fontsource-variable/inter/index.css";
import "@fontsource-variable/jetbrains-mono/index.css";
import "./style.css";

import {
  createCompleter,
  defaultModel,
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
import { project } from "./project.ts";
import { guardOf, settingsPanel, storedSettings } from "./settings.ts";
import { showProblem, showProgress, showReady, showResult, showStarting } from "./status.ts";
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

const byId = (id: string): HTMLElement => document.getElementById(id) as HTMLElement;
const engineSelect = byId("engine") as HTMLSelectElement;
const fileInput = byId("model-file") as HTMLInputElement;
const panel = byId("editor");

const query = new URLSearchParams(location.search);
const asked = query.get("engine");
engineSelect.value = asked === "cpu" || asked === "webgpu" ? asked : "auto";

/** What of the package's `wasm` folder was built for this page; all of it unless it is said. */
const wasmParts: string | undefined = import.meta.env.VITE_WASM_PARTS;

let model: string | File = query.get("model") ?? defaultModel.url;
/** The completer without an edge. */
let local: Completer | null = null;
/** Ends the start that is under way, if there is one. */
let starting: AbortController | null = null;

async function start(): Promise<void> {
  starting?.abort();
  const controller = new AbortController();
  starting = controller;
  (hooks.completer ?? local)?.dispose();
  local = null;
  hooks.completer = null;
  hooks.info = null;
  showStarting();
  const settings = storedSettings();
  const isDefault =
    typeof model === "string" && new URL(model, location.href).pathname === defaultModel.url;
  try {
    local = await createCompleter({
      model,
      engine: engineSelect.value as EngineChoice,
      threads: Number.parseInt(query.get("threads") ?? "", 10) || 0,
      guard: guardOf(settings),
      ...(settings.threshold !== null && { threshold: settings.threshold }),
      ...(isDefault && { sha256: defaultModel.sha256 }),
      ...(wasmParts !== undefined && { wasmParts: wasmParts.split(",") }),
      signal: controller.signal,
      onProgress: (progress) => {
        if (controller === starting) showProgress(progress);
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
    // The editor says where its cursor is, so that the prompt is read before a key falls.
    editor.view.dispatch({ selection: editor.view.state.selection });
  } catch (error) {
    if (!controller.signal.aborted) showProblem(describe(error));
  }
}

function describe(error: unknown): string {
  if (!(error instanceof GhostlightError)) return String(error);
  const what = typeof model === "string" ? model : model.name;
  switch (error.code) {
    case "invalid-model":
    case "unsupported-model":
      return `${what} cannot be used: ${error.message}.`;
    default:
      return `${error.message.charAt(0).toUpperCase()}${error.message.slice(1)}.`;
  }
}

/** A request failed: a dead engine is a state of the page, all else concerns one request. */
function requestFailed(error: unknown): void {
  if (error instanceof GhostlightError && error.code === "internal") showProblem(describe(error));
  else console.warn(error);
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

function use(file: File | undefined): void {
  if (file === undefined) return;
  model = file;
  void start();
}

byId("open-model").addEventListener("click", () => fileInput.click());
fileInput.addEventListener("change", () => {
  use(fileInput.files?.[0]);
  fileInput.value = "";
});
byId("retry").addEventListener("click", () => void start());
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
    use(event.dataTransfer?.files[0]);
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
