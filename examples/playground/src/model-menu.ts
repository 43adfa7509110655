// The menu of models: what there is, what is stored, which one is in use and why, and which ones are not offered.
//
// A native dialog with a list and a button for each model, so that focus, Escape and screen
// readers need nothing of ours. It is filled anew each time it opens.

import {
  deleteStoredModel,
  formatBytes,
  type KnownModel,
  type ModelChoice,
  type ModelOffer,
} from "ghostlight";

import type { Picked } from "./models.ts";
import "./model-menu.css";

/** What the menu shows and does. */
export interface MenuOptions {
  /** The model that answers, if there is one. */
  readonly used: () => Picked | null;
  /** The model that is on its way, if there is one. */
  readonly loading: () => Picked | null;
  /** What can be said about the models on this device now. */
  readonly choice: () => Promise<ModelChoice>;
  /** Whether a choice is remembered. */
  readonly isRemembered: () => boolean;
  readonly onPick: (model: KnownModel) => void;
  /** The page is to choose by itself. */
  readonly onAutomatic: (choice: ModelChoice) => void;
}

const byId = <T extends HTMLElement>(id: string): T => document.getElementById(id) as T;

/** Wires the menu; returns a function that opens it. */
export function modelMenu(options: MenuOptions): () => void {
  const dialog = byId<HTMLDialogElement>("models");
  const note = byId("models-note");
  const list = byId("model-list");
  const automatic = byId<HTMLButtonElement>("model-automatic");
  let choice: ModelChoice | null = null;

  async function fill(): Promise<void> {
    const picked = options.used() ?? options.loading();
    note.textContent = picked === null ? "Measuring this device…" : `${picked.name}. ${picked.why}`;
    choice = await options.choice();
    automatic.hidden = !options.isRemembered();
    automatic.textContent = `Choose for me (${choice.reason.split(/[:,]/, 1)[0]})`;
    list.replaceChildren(...choice.offers.map((offer) => row(offer)));
  }

  function row(offer: ModelOffer): HTMLLIElement {
    const { model, fit, isStored } = offer;
    const item = document.createElement("li");
    item.dataset.model = model.id;
    const isUsed = options.used()?.known?.id === model.id;
    const isLoading = options.loading()?.known?.id === model.id;
    const details = part("p", "details", facts(offer));
    details.id = `details-${model.id}`;
    item.append(part("h3", "", `${model.name} `, part("span", "label", model.label)), details);
    const actions = part("div", "actions");
    if (isLoading) {
      actions.append(part("span", "state", "Loading…"));
    } else if (isUsed) {
      item.setAttribute("aria-current", "true");
      actions.append(part("span", "state", "In use"));
    } else if (fit === "no") {
      actions.append(part("span", "state", "Not offered"));
    } else {
      actions.append(
        button("Use", model, () => {
          dialog.close();
          options.onPick(model);
        }),
      );
    }
    if (isStored && !isUsed && !isLoading) {
      actions.append(
        button("Delete", model, () => {
          void remove(model);
        }),
      );
    }
    item.append(actions);
    return item;
  }

  async function remove(model: KnownModel): Promise<void> {
    let problem = "";
    try {
      await deleteStoredModel(model.sha256);
    } catch (error) {
      problem = ` ${model.name} cannot be deleted now: ${error instanceof Error ? error.message : String(error)}`;
    }
    await fill();
    note.append(problem);
    // The button that had the focus is gone.
    list.querySelector<HTMLElement>(`[data-model="${CSS.escape(model.id)}"] button`)?.focus();
  }

  automatic.addEventListener("click", () => {
    dialog.close();
    if (choice !== null) options.onAutomatic(choice);
  });
  byId("close-models").addEventListener("click", () => dialog.close());
  const open = (): void => {
    dialog.showModal();
    void fill();
  };
  byId("open-models").addEventListener("click", open);
  return open;
}

/** Size, what would be fetched, memory, and the figure that decided. */
function facts({ model, fit, why, isStored }: ModelOffer): string {
  const size = `${formatBytes(model.size)} ${isStored ? "downloaded" : "to download"}`;
  const said = fit === "slow" ? `slow here: ${why}` : why;
  return `${size}, about ${model.memoryMib} MiB of memory. ${said.charAt(0).toUpperCase()}${said.slice(1)}.`;
}

function button(text: string, model: KnownModel, run: () => void): HTMLButtonElement {
  const made = document.createElement("button");
  made.type = "button";
  made.textContent = text;
  made.setAttribute("aria-label", `${text} ${model.name}`);
  made.setAttribute("aria-describedby", `details-${model.id}`);
  made.addEventListener("click", run);
  return made;
}

function part(name: string, className: string, ...content: (string | Node)[]): HTMLElement {
  const made = document.createElement(name);
  if (className !== "") made.className = className;
  made.append(...content);
  return made;
}
