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
const engineName = element("engine-name");

export type Phase = "loading" | "ready" | "error";

function phase(now: Phase): void {
  document.documentElement.dataset.ghostlight = now;
  loading.hidden = now !== "loading";
  problem.hidden = now !== "error";
}

export function showStarting(): void {
  phase("loading");
  setText(loadingText, "Starting…");
  setText(engineName, "Starting…");
  loadingBar.removeAttribute("value");
  for (const id of ["latency", "prefill", "decode", "reused"]) element(id).textContent = "–";
}

export function showProgress({ stage, done, total }: Progress): void {
  const of = total > 0 ? ` of ${formatBytes(total)}` : "";
  const texts: Record<Progress["stage"], string> = {
    download: `Downloading the model, ${formatBytes(done)}${of}. It is kept for your next visit.`,
    verify: "Checking what was downloaded before…",
    weights: "Loading the model…",
    pipelines: "Compiling for the GPU…",
    "self-test": "Checking the engine…",
  };
  setText(loadingText, texts[stage]);
  if (total > 0) loadingBar.value = done / total;
  else loadingBar.removeAttribute("value");
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

export function showProblem(message: string): void {
  phase("error");
  setText(engineName, "No model");
  problemText.textContent = message;
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
