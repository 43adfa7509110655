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
import { keyHints } from "./keys.ts";
import { ModelLoader } from "./loader.ts";
import { modelMenu } from "./model-menu.ts";
import { chosen, fileOfUser, remember, remembered, suited } from "./models.ts";
import { project } from "./project.ts";
import { settingsPanel } from "./settings.ts";
import { showResult } from "./status.ts";
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

const loader: ModelLoader = new ModelLoader({
  address: query.get("model"),
  threads: Number.parseInt(query.get("threads") ?? "", 10) || 0,
  speculation: query.get("speculation") !== "off",
  engine: () => engineSelect.value as EngineChoice,
  chooseCpu: () => (engineSelect.value = "cpu"),
  openMenu: () => openMenu(),
  onCompleter(completer) {
    hooks.completer?.dispose();
    hooks.completer = completer === null ? null : edge.before(completer);
    if (completer !== null) projectFiles.open(completer);
  },
  onInfo: (info) => (hooks.info = info),
  onSyntax: (pack, state) => hooks.syntax.set(pack, state),
  // The editor says where its cursor is, so that the prompt is read before a key falls.
  onModel: () => editor.view.dispatch({ selection: editor.view.state.selection }),
});

/** A request failed: a dead engine is a state of the page, all else concerns one request. */
function requestFailed(error: unknown): void {
  if (error instanceof GhostlightError && error.code === "internal") loader.engineFailed(error);
  else console.warn(error);
}

const edge = new EdgeSetting(() => {
  if (loader.completer !== null) hooks.completer = edge.before(loader.completer);
});

const files = [...project.keys()];
const projectFiles = new ProjectFiles(
  files,
  (path) => editor.text(path) ?? project.get(path) ?? null,
  () => loader.completer,
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
keyHints(byId("keys"), editor.view.state);

const openMenu = modelMenu({
  used: () => loader.used,
  loading: () => loader.loading,
  choice: () => loader.choose(),
  isRemembered: () => remembered() !== null,
  onPick: (model) => void loader.use(chosen(model)),
  onAutomatic(choice) {
    remember(null);
    void loader.use(suited(choice));
  },
});

function useFile(file: File | undefined): void {
  if (file !== undefined) void loader.use(fileOfUser(file));
}

byId("open-model").addEventListener("click", () => {
  byId<HTMLDialogElement>("models").close();
  fileInput.click();
});
fileInput.addEventListener("change", () => {
  useFile(fileInput.files?.[0]);
  fileInput.value = "";
});
byId("switch-cancel").addEventListener("click", () => loader.cancelSwitch());
engineSelect.addEventListener("change", () => void loader.start());

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
void loader.start();
