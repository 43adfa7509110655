// The setting of an edge: a dialog, what it says, and who may see what is typed.
//
// What was set lasts as long as the tab: a key is nothing to leave lying about. Until a
// privacy mode is chosen nothing is sent.

import {
  withEdge,
  type Completer,
  type EdgeAnswer,
  type EdgeFault,
  type PrivacyMode,
} from "ghostlight";

const KEY = "ghostlight-edge";

interface Setting {
  readonly url: string;
  readonly key: string;
  readonly model: string;
  readonly mode: PrivacyMode;
}

const MODES: Readonly<Record<PrivacyMode, (host: string) => string>> = {
  "tab-only": () => "Stays in this tab",
  "own-edge": (host) => `Goes to ${host}, and to its own servers`,
  backend: (host) => `Goes to ${host}, and to any server behind it`,
};

const FAULTS: Readonly<Record<EdgeFault, string>> = {
  private: "this file stays here",
  resting: "the edge rests after a failure",
  network: "the edge was not reached",
  timeout: "the edge was silent",
  refused: "the edge refused",
  server: "the edge failed",
  local: "the edge is busy",
  "broke-off": "the edge broke off",
  guarded: "cut by the edge's guard",
};

function element<T extends HTMLElement>(id: string): T {
  const found = document.getElementById(id);
  if (found === null) throw new Error(`index.html has no element #${id}`);
  return found as T;
}

/** The page's edge; `changed` is called when another setting was saved. */
export class EdgeSetting {
  #setting: Setting | null = stored();
  /** Where the last answer came from. */
  lastAnswer: EdgeAnswer | null = null;

  constructor(changed: () => void) {
    const dialog = element<HTMLDialogElement>("edge-dialog");
    const form = element<HTMLFormElement>("edge-form");
    element("edge-open").addEventListener("click", () => {
      this.#fill(form);
      dialog.returnValue = "";
      dialog.showModal();
    });
    element("edge-cancel").addEventListener("click", () => dialog.close());
    form.addEventListener("submit", () => {
      this.#save(form);
      this.#show();
      changed();
    });
    this.#show();
  }

  /** A completer that asks the edge first, if there is one that may be asked. */
  before(local: Completer): Completer {
    if (this.#setting === null || this.#setting.mode === "tab-only") return local;
    return withEdge(local, {
      ...this.#setting,
      onAnswer: (answer) => {
        this.lastAnswer = answer;
        showAnswer(answer);
      },
    });
  }

  #save(form: HTMLFormElement): void {
    const text = (name: string): string => String(new FormData(form).get(name) ?? "").trim();
    const mode = text("mode") as PrivacyMode;
    this.#setting = { url: text("url"), key: text("key"), model: text("model"), mode };
    try {
      sessionStorage.setItem(KEY, JSON.stringify(this.#setting));
    } catch {
      // Storage is switched off: it lasts until the page is left.
    }
  }

  #fill(form: HTMLFormElement): void {
    for (const [name, value] of Object.entries(this.#setting ?? {})) {
      const field = form.elements.namedItem(name);
      if (field instanceof RadioNodeList || field instanceof HTMLInputElement) field.value = value;
    }
  }

  #show(): void {
    const { mode = "tab-only", url = "" } = this.#setting ?? {};
    const host = mode === "tab-only" ? "" : new URL(url).host;
    const privacy = element("privacy");
    privacy.textContent = MODES[mode](host);
    privacy.dataset.mode = mode;
    element("tagline").textContent =
      mode === "tab-only"
        ? "Completion that runs in this tab. Nothing you type leaves it."
        : "Completion from an edge, and from this tab when the edge is gone.";
    element("from").textContent = "–";
    this.lastAnswer = null;
  }
}

function showAnswer({ from, why }: EdgeAnswer): void {
  const names = { edge: "edge", tab: "this tab", both: "edge, then this tab" };
  const shown = element("from");
  shown.textContent = names[from];
  shown.title = why === null ? "" : FAULTS[why];
}

function stored(): Setting | null {
  try {
    const setting = JSON.parse(sessionStorage.getItem(KEY) ?? "null") as Setting | null;
    if (setting === null || !(setting.mode in MODES) || !URL.canParse(setting.url)) return null;
    return setting;
  } catch {
    return null;
  }
}
