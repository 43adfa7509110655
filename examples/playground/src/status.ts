// The lines that say what goes on: progress, errors, the engine, and the last suggestion's figures.

import {
  formatBytes,
  type CompletionResult,
  type EngineError,
  type EngineInfo,
  type Progress,
} from "ghostlight";

function element<T extends HTMLElement>(id: string): T {
  const found = document.getElementById(id);
  if (found === null) throw new Error(`index.html has no element #${id}`);
  return found as T;
}

const loading = element("loading");
const loadingText = element("loading-text");
const loadingBar = element<HTMLProgressElement>("loading-bar");
const problem = element("problem");
const problemText = element("problem-text");
const wayOut = element<HTMLButtonElement>("way-out");
const retry = element<HTMLButtonElement>("retry");
const dismiss = element<HTMLButtonElement>("dismiss");
const engineName = element("engine-name");
const switching = element("switching");
const switchText = element("switch-text");
const switchBar = element<HTMLProgressElement>("switch-bar");
const switchSaid = element("switch-said");

dismiss.addEventListener("click", hideProblem);

export type Phase = "loading" | "ready" | "error";

function phase(now: Phase): void {
  document.documentElement.dataset.ghostlight = now;
  loading.hidden = now !== "loading";
  // What was said about another model than the one that loads stays until it is dismissed.
  if (now === "error") problem.hidden = false;
  else if (dismiss.hidden) problem.hidden = true;
}

export function showStarting(text = "Starting…"): void {
  phase("loading");
  setText(loadingText, text);
  setText(engineName, "Starting…");
  loadingBar.removeAttribute("value");
  for (const id of ["latency", "prefill", "decode", "reused"]) element(id).textContent = "–";
}

export function showProgress(progress: Progress, name: string): void {
  setText(loadingText, progressText(progress, name));
  setBar(loadingBar, progress);
}

function progressText({ stage, done, total }: Progress, name: string): string {
  const of = total > 0 ? ` of ${formatBytes(total)} (${Math.floor((100 * done) / total)} %)` : "";
  const bytes = `${formatBytes(done)}${of}`;
  const texts: Record<Progress["stage"], string> = {
    download: `Downloading ${name}: ${bytes}`,
    verify: `Checking what is there of ${name}: ${bytes}`,
    weights: `Loading ${name}: ${bytes}`,
    pipelines: `Compiling ${name} for the GPU…`,
    "self-test": "Checking the engine…",
  };
  return texts[stage];
}

function setBar(bar: HTMLProgressElement, { done, total }: Progress): void {
  if (total > 0) bar.value = done / total;
  else bar.removeAttribute("value");
}

/** Another model is fetched and loaded while the old one answers. */
export function showSwitching(name: string): void {
  hideProblem();
  switching.hidden = false;
  switching.setAttribute("aria-label", name);
  switchBar.setAttribute("aria-label", name);
  document.documentElement.dataset.switching = "";
  switchBar.removeAttribute("value");
  setText(switchText, `Starting ${name}…`);
  setText(switchSaid, `${name} is being loaded`);
}

export function showSwitchProgress(progress: Progress, name: string): void {
  const text = progressText(progress, name);
  setText(switchText, text);
  setBar(switchBar, progress);
  // A screen reader says it on request, and not with each megabyte.
  switchBar.setAttribute("aria-valuetext", text);
}

/** The switch is over; `said` is for screen readers. */
export function showSwitched(said: string): void {
  switching.hidden = true;
  delete document.documentElement.dataset.switching;
  setText(switchSaid, said);
}

export function showReady(info: EngineInfo, fallback: EngineError | null): void {
  phase("ready");
  const name = info.engine === "cpu" ? "CPU" : "WebGPU";
  setText(
    engineName,
    `${info.model}, ${info.quantization} on ${name}` +
      (info.variant === ""
        ? ""
        : ` (${info.variant}${info.threads > 1 ? `, ${info.threads} threads` : ""})`) +
      (fallback === null ? "" : ", as WebGPU was not to be had"),
  );
  engineName.title =
    `${formatBytes(info.memory)} of weights and cache, ${info.context} tokens of context, ` +
    `loaded in ${Math.round(info.loadMs)} ms` +
    (fallback === null ? "" : `; ${fallback.message}`);
}

/** There is no model. */
export function showProblem(message: string, action: Action | null, retry: () => void): void {
  dismiss.hidden = true;
  fillProblem(message, action, retry);
  phase("error");
  setText(engineName, "No model");
}

/** Something was amiss, such as with another model, and the one that there is goes on. */
export function showSwitchProblem(message: string, action: Action | null, retry: () => void): void {
  dismiss.hidden = false;
  fillProblem(message, action, retry);
  problem.hidden = false;
}

export function hideProblem(): void {
  dismiss.hidden = true;
  problem.hidden = document.documentElement.dataset.ghostlight !== "error";
}

/** A button that may help. */
export interface Action {
  readonly text: string;
  readonly run: () => void;
}

function fillProblem(message: string, action: Action | null, again: () => void): void {
  retry.onclick = again;
  problemText.textContent = message;
  wayOut.hidden = action === null;
  wayOut.textContent = action?.text ?? "";
  wayOut.onclick = () => action?.run();
}

/** Why nothing stands at the cursor, where that is worth a word; never the text itself. */
function withheld(result: CompletionResult): string {
  if (result.finish === "guarded") return `Withheld: ${result.rule ?? "a rule"}`;
  if (result.skip === "private") return "Not completed: this file is private";
  return "";
}

export function showResult(result: CompletionResult, milliseconds: number): void {
  setText(element("withheld"), withheld(result));
  element("latency").textContent = `${Math.round(milliseconds)} ms`;
  if (result.finish === "reused" || result.finish === "skipped") return;
  const fresh = result.promptTokens - result.reusedTokens;
  element("prefill").textContent = rate(fresh, result.prefillMs);
  element("decode").textContent = rate(result.tokens, result.decodeMs);
  element("reused").textContent =
    result.promptTokens === 0
      ? "–"
      : `${Math.round((100 * result.reusedTokens) / result.promptTokens)} %`;
}

function rate(tokens: number, milliseconds: number): string {
  return tokens > 0 && milliseconds > 0
    ? `${Math.round((1000 * tokens) / milliseconds)} tok/s`
    : "–";
}

/** Sets text only when it changes, so that screen readers are not told twice. */
function setText(target: HTMLElement, text: string): void {
  if (target.textContent !== text) target.textContent = text;
}
