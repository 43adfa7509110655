// Which of the known models suits a device: facts are measured, the choice is a pure function of them.
//
// Speed is estimated from what `speed.ts` times, before anything is downloaded. It decides
// what is suggested, never what is allowed: a model that is only slow can still be chosen by hand.

import { formatBytes, GhostlightError } from "../shared/errors.js";
import { chooseThreads, CPU_ADVANTAGE, probeGpu } from "../shared/features.js";
import { knownModels } from "./known-models.js";
import type { ModelLikelihood } from "../shared/generated.js";
import type { EngineChoice } from "../shared/protocol.js";
import { measureCpu, measureGpu } from "../shared/speed.js";
import { storedModels } from "../shared/stored-models.js";

/** A model of the catalogue that pages offer. */
export interface KnownModel {
  readonly id: string;
  /** A short name, such as "0.5B". */
  readonly label: string;
  /** A name for people. */
  readonly name: string;
  /** Where a page has it, by default a path of its own origin. */
  readonly url: string;
  /** Bytes in the file. */
  readonly size: number;
  /** Lower-case hexadecimal sha256 of the file. */
  readonly sha256: string;
  /** MiB of memory that it takes when it is loaded. */
  readonly memoryMib: number;
  /** Millions of multiplications that a token of a prompt takes. */
  readonly mmacs: number;
  /** Tokens of a prompt a second, the least with which typing is pleasant. */
  readonly prefill: number;
  /** Whether it is for GPUs alone. */
  readonly gpu: boolean;
  /** What its probabilities are worth; `null` where that was not measured. */
  readonly likelihood: ModelLikelihood | null;
}

/** What a choice is made by. */
export interface DeviceFacts {
  /** Multiply-adds a second of one core; see `measureCpu` in `speed.ts`. */
  readonly cpu: number;
  /** Threads that the CPU engine gets. */
  readonly threads: number;
  /** Multiply-adds a second of the GPU; `null` where none is used. */
  readonly gpu: number | null;
  /** GiB of memory, as coarse as the browser tells it; `null` where it does not. */
  readonly memoryGib: number | null;
  /** Bytes that this origin may still store; `null` where the browser does not tell. */
  readonly storage: number | null;
  /** sha256 of the models that this origin has stored. */
  readonly stored: readonly string[];
  /** Ids of models that cannot be fetched here. */
  readonly missing: readonly string[];
}

/** What is to be said about one model on one device. */
export interface ModelOffer {
  readonly model: KnownModel;
  /** "slow" can be chosen by hand and is not suggested, "no" would not run. */
  readonly fit: "good" | "slow" | "no";
  /** The figure that decided, such as "1 GiB of memory, 0.5B needs 2.2 GiB". */
  readonly why: string;
  /** Whether it is stored, so that nothing has to be fetched. */
  readonly isStored: boolean;
}

/** A model for a device. */
export interface ModelChoice {
  readonly model: KnownModel;
  /** Its label and the figure that decided, such as "tiny: 1 GiB of memory, 0.5B needs 2.2 GiB". */
  readonly reason: string;
  /** Every known model, in the order in which they were given. */
  readonly offers: readonly ModelOffer[];
}

/** The part of a device's memory that a model may take: the browser and others want theirs. */
const MEMORY_SHARE = 1 / 4;

const MIB = 1 << 20;
const GIB = 1 << 30;

/**
 * The largest of the models that suits a device well; the smallest that can be had where none
 * does. A model for GPUs is offered where one measures fast enough, and never chosen.
 */
export function chooseModel(
  facts: DeviceFacts,
  models: readonly KnownModel[] = knownModels,
): ModelChoice {
  const offers = models.map((model) => judge(model, facts));
  const bySize = offers
    .filter(({ model }) => !model.gpu)
    .sort((a, b) => b.model.size - a.model.size);
  const best = bySize.findIndex(({ fit }) => fit === "good");
  if (best >= 0) {
    const { model, why } = bySize[best] as ModelOffer;
    const larger = bySize[best - 1];
    return { model, reason: `${model.label}: ${larger === undefined ? why : larger.why}`, offers };
  }
  const last =
    bySize.findLast(({ fit }) => fit === "slow") ??
    bySize.findLast(({ model }) => !facts.missing.includes(model.id)) ??
    bySize.at(-1);
  if (last === undefined) {
    const message = `choosing a model: of ${models.length} models none is for CPUs`;
    throw new GhostlightError("invalid-request", message);
  }
  return {
    model: last.model,
    reason: `${last.model.label}, the best of those here: ${last.why}`,
    offers,
  };
}

function judge(model: KnownModel, facts: DeviceFacts): ModelOffer {
  const isStored = facts.stored.includes(model.sha256);
  const verdict = (fit: ModelOffer["fit"], why: string): ModelOffer => ({
    model,
    fit,
    why,
    isStored,
  });
  const { label } = model;
  if (!isStored && facts.missing.includes(model.id)) {
    return verdict("no", `${label} is not available here`);
  }
  const memoryNeeded = (model.memoryMib * MIB) / MEMORY_SHARE / GIB;
  if (facts.memoryGib !== null && facts.memoryGib < memoryNeeded) {
    const needs = `${label} needs ${gib(memoryNeeded)}`;
    return verdict("no", `${gib(facts.memoryGib)} of memory, ${needs}`);
  }
  if (!isStored && facts.storage !== null && facts.storage < model.size) {
    const left = `room for ${formatBytes(facts.storage)} in this browser`;
    return verdict("no", `${left}, ${label} needs ${formatBytes(model.size)}`);
  }
  if (model.gpu && !runsOnGpu(facts)) {
    const why =
      facts.gpu === null ? "no GPU that can be used" : "a GPU that is no faster than the CPU";
    return verdict("no", `${why}, ${label} needs one`);
  }
  const prefill = prefillSpeed(model, facts);
  const speed = `about ${rounded(prefill)} tokens of a prompt a second`;
  if (prefill < model.prefill) {
    return verdict(model.gpu ? "no" : "slow", `${speed}, ${label} needs ${model.prefill}`);
  }
  return verdict("good", speed);
}

/** The rule of `gpuWins`: which engine "auto" takes. */
function runsOnGpu({ cpu, gpu }: DeviceFacts): boolean {
  return gpu !== null && gpu > CPU_ADVANTAGE * cpu;
}

/** About how many tokens of a prompt a model reads in a second. */
function prefillSpeed({ mmacs }: KnownModel, facts: DeviceFacts): number {
  const onCpu = CPU_ADVANTAGE * facts.cpu * facts.threads;
  const macs = runsOnGpu(facts) ? (facts.gpu ?? 0) : onCpu;
  return macs / (mmacs * 1e6);
}

/**
 * Why a model has to go before the next one is loaded: `null` if there is memory for both, or if
 * nobody knows. `next` is bytes; where it is not known it is taken to be as large as `loaded`.
 */
export function whyUnload(
  loaded: number,
  next: number | null,
  memoryGib: number | null,
): string | null {
  const both = (loaded + (next ?? loaded)) / (2 * MEMORY_SHARE) / GIB;
  if (memoryGib === null || both <= memoryGib) return null;
  return `${gib(memoryGib)} of memory, both models at once need ${gib(both)}`;
}

/** GiB of memory that the browser tells. */
export function deviceMemory(): number | null {
  return (navigator as { deviceMemory?: number }).deviceMemory ?? null;
}

/** How to measure a device. */
export interface MeasureOptions {
  /** As for `createCompleter`; a GPU is not looked at for "cpu". */
  readonly engine?: EngineChoice;
  /** As for `createCompleter`. */
  readonly threads?: number;
  /** Ids of models that are known not to be there. */
  readonly missing?: readonly string[];
  /** What was measured before, which is then taken as it is. */
  readonly earlier?: Pick<DeviceFacts, "cpu" | "gpu">;
}

/** Measures this device, in about 100 ms, of which the page is kept for 20 ms at a time. */
export async function measureDevice(options: MeasureOptions = {}): Promise<DeviceFacts> {
  const { engine = "auto", threads = 0, missing = [] } = options;
  const stored = await storedModels();
  return {
    ...(options.earlier ?? (await measureSpeed(engine))),
    threads: chooseThreads(threads),
    memoryGib: deviceMemory(),
    storage: await storageLeft(),
    stored: stored.filter(({ isWhole }) => isWhole).map(({ key }) => key),
    missing,
  };
}

async function measureSpeed(engine: EngineChoice): Promise<Pick<DeviceFacts, "cpu" | "gpu">> {
  let cpu = 0;
  // The first run is not compiled well yet, and any may be disturbed.
  for (let run = 0; run < 3; run += 1) {
    cpu = Math.max(cpu, measureCpu());
    await new Promise((resolve) => setTimeout(resolve));
  }
  const probe = engine === "cpu" ? null : await probeGpu();
  const gpu = probe === null || probe.kind === "none" ? 0 : await measureGpu(probe.adapter);
  return { cpu, gpu: gpu === 0 ? null : gpu };
}

async function storageLeft(): Promise<number | null> {
  try {
    const { quota, usage } = await navigator.storage.estimate();
    return quota === undefined || usage === undefined ? null : Math.max(0, quota - usage);
  } catch {
    return null; // no storage to ask, as on plain http
  }
}

const gib = (value: number): string => `${Number(value.toPrecision(2))} GiB`;

function rounded(value: number): number {
  const step = value < 20 ? 1 : 10;
  return Math.round(value / step) * step;
}
