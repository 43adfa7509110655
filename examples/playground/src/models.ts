// Which model the page uses: from the address, as it was chosen before, or by what the device measures.
//
// Also what to say when one cannot be had: the fault, which model it is, and the way out.
// Nothing here touches the page but what was chosen, which stays in this browser.

import {
  chooseModel,
  formatBytes,
  GhostlightError,
  knownModels,
  measureDevice,
  type DeviceFacts,
  type EngineChoice,
  type KnownModel,
  type ModelChoice,
  type ModelInput,
} from "ghostlight";

const KEY = "ghostlight-model";

/** A model to use, and who wants it. */
export interface Picked {
  readonly input: ModelInput;
  /** What people read. */
  readonly name: string;
  /** The model of the catalogue, if it is one. */
  readonly known: KnownModel | null;
  /** Why it is this one. */
  readonly why: string;
  /** Whether it is to be used on the next visit, too, once it has worked. */
  readonly isChosen: boolean;
}

export function chosen(known: KnownModel): Picked {
  return { input: known, name: known.name, known, why: "You chose it.", isChosen: true };
}

/** A model that suits this device; the reason is that of the choice. */
export function suited({ model, reason }: Pick<ModelChoice, "model" | "reason">): Picked {
  return { ...chosen(model), why: `It suits this device. ${reason}.`, isChosen: false };
}

export function fileOfUser(file: File): Picked {
  const why = "It is a file of yours.";
  return { input: file, name: file.name, known: null, why, isChosen: false };
}

/** The model that an address names, by its id in the catalogue or by the address of its file. */
export function named(address: string): Picked {
  const why = "The address of this page names it.";
  const at = (url: string): string => new URL(url, location.href).href;
  const known = knownModels.find(({ id, url }) => id === address || at(url) === at(address));
  if (known !== undefined) return { ...chosen(known), why, isChosen: false };
  return { input: address, name: address, known: null, why, isChosen: false };
}

/** What was chosen on an earlier visit. */
export function remembered(): KnownModel | null {
  try {
    const id = localStorage.getItem(KEY);
    return knownModels.find((model) => model.id === id) ?? null;
  } catch {
    return null; // storage is switched off
  }
}

/** Keeps a choice for the next visit; `null` leaves it to the page. */
export function remember(model: KnownModel | null): void {
  try {
    if (model === null) localStorage.removeItem(KEY);
    else localStorage.setItem(KEY, model.id);
  } catch {
    // It holds for this visit.
  }
}

/** Measures the device once for each engine, and what else may change each time it is asked. */
export class Chooser {
  readonly #speeds = new Map<EngineChoice, Promise<DeviceFacts>>();

  async choose(engine: EngineChoice, threads: number): Promise<ModelChoice> {
    const missing = missingModels();
    let speed = this.#speeds.get(engine);
    if (speed === undefined) {
      speed = measureDevice({ engine, threads });
      this.#speeds.set(engine, speed);
    }
    const earlier = await speed;
    return chooseModel(await measureDevice({ engine, threads, earlier, missing: await missing }));
  }
}

/** Ids of the models whose files this site does not have, or that cannot be reached. */
async function missingModels(): Promise<string[]> {
  const there = await Promise.all(knownModels.map(({ url }) => isServed(url)));
  return knownModels.filter((_, at) => there[at] !== true).map(({ id }) => id);
}

async function isServed(url: string): Promise<boolean> {
  try {
    // One byte, where the server knows ranges; of all others nothing is read.
    const response = await fetch(url, { headers: { Range: "bytes=0-0" }, cache: "no-store" });
    await response.body?.cancel();
    const isPage = response.headers.get("content-type")?.startsWith("text/html") === true;
    return response.ok && !isPage;
  } catch {
    return false;
  }
}

/** What may help. */
export type WayOut =
  | { readonly kind: "smaller"; readonly model: KnownModel }
  | { readonly kind: "unload-first" }
  | { readonly kind: "cpu" }
  | { readonly kind: "menu" };

/** What is said about a model that cannot be had. */
export interface Trouble {
  readonly text: string;
  readonly wayOut: WayOut | null;
}

/** How things are when a model fails. */
export interface Circumstances {
  readonly engine: EngineChoice;
  /** The name of a model that is still loaded, beside which the other one was to be. */
  readonly beside: string | null;
}

/** Names the model, the fault and the way out. */
export function troubleWith(picked: Picked, error: unknown, now: Circumstances): Trouble {
  if (!(error instanceof GhostlightError)) {
    return { text: `${picked.name}: ${String(error)}`, wayOut: null };
  }
  const { code, message } = error;
  const smaller = smallerThan(picked.known);
  const instead: WayOut | null = smaller === null ? null : { kind: "smaller", model: smaller };
  const choose =
    smaller === null ? "" : `choose ${smaller.label} (${formatBytes(smaller.size)}), or `;
  const said = (does: string, way: string, wayOut: WayOut | null): Trouble => ({
    text: `${picked.name} ${does}: ${message}. ${way}`.trim(),
    wayOut,
  });
  switch (code) {
    case "too-large":
      if (now.beside !== null) {
        const way = `There may be room once ${now.beside} is unloaded.`;
        return said(`does not fit beside ${now.beside}`, way, { kind: "unload-first" });
      }
      return said(
        "does not fit into memory",
        `${memoryOf(picked.known)}For room, ${choose}close other tabs.`,
        instead,
      );
    case "invalid-model":
    case "unsupported-model":
      return said("cannot be used", "Choose another one.", { kind: "menu" });
    case "hash-mismatch":
      return said("is not the file that it should be", "Choose another one.", { kind: "menu" });
    case "unreadable":
      return said("cannot be fetched", "", instead ?? { kind: "menu" });
    case "no-adapter":
    case "device-lost":
    case "self-test-failed":
      return said("does not run on this GPU", "The CPU may do it.", { kind: "cpu" });
    default:
      return said("does not run", "", now.engine === "webgpu" ? { kind: "cpu" } : instead);
  }
}

function memoryOf(known: KnownModel | null): string {
  return known === null ? "" : `It takes about ${known.memoryMib} MiB. `;
}

/** The largest model that is smaller than one, or, for a model that nobody knows, the smallest. */
function smallerThan(known: KnownModel | null): KnownModel | null {
  const bySize = [...knownModels].sort((a, b) => a.size - b.size);
  if (known === null) return bySize[0] ?? null;
  return bySize.findLast(({ size }) => size < known.size) ?? null;
}
