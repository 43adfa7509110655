// The settings panel: what is shown and withheld, and what became of suggestions so far.
//
// A native dialog, so that focus, Escape and the rest of the page are the
// browser's business. Settings stay in this browser; figures are the engine's.

import type { Completer, FeedbackFigures, GuardChoice, RiskyPatterns } from "ghostlight";

const KEY = "ghostlight-settings";

/** What the panel sets. */
export interface Settings {
  /** How likely a suggestion has to be, 0 to 1; `null` is the engine's own choice. */
  threshold: number | null;
  secrets: boolean;
  risky: RiskyPatterns;
  rules: string;
}

const DEFAULTS: Settings = { threshold: null, secrets: true, risky: "high", rules: "" };

/** What was set on an earlier visit. */
export function storedSettings(): Settings {
  try {
    const stored = JSON.parse(localStorage.getItem(KEY) ?? "{}") as Partial<Settings>;
    return { ...DEFAULTS, ...stored };
  } catch {
    return { ...DEFAULTS }; // storage is switched off, or holds something else
  }
}

export function guardOf({ secrets, risky, rules }: Settings): GuardChoice {
  return { secrets, risky, rules };
}

const byId = <T extends HTMLElement>(id: string): T => document.getElementById(id) as T;

/** Wires the panel; `completer` gives the one that is loaded. */
export function settingsPanel(completer: () => Completer | null): void {
  const dialog = byId<HTMLDialogElement>("settings");
  const threshold = byId<HTMLInputElement>("threshold");
  const thresholdText = byId<HTMLOutputElement>("threshold-text");
  const secrets = byId<HTMLInputElement>("secrets");
  const risky = byId<HTMLSelectElement>("risky");
  const rules = byId<HTMLTextAreaElement>("rules");
  const rulesProblem = byId("rules-problem");
  const settings = storedSettings();

  const store = (): void => {
    try {
      localStorage.setItem(KEY, JSON.stringify(settings));
    } catch {
      // It holds for this visit.
    }
  };
  const showThreshold = (value: number): void => {
    threshold.value = String(Math.round(100 * value));
    thresholdText.textContent = `${Math.round(100 * value)} %`;
  };

  async function refresh(): Promise<void> {
    const loaded = completer();
    if (loaded === null) {
      byId("figures-note").textContent = "The figures are there once a model is loaded.";
      return;
    }
    const figures = await loaded.feedback.figures();
    showThreshold(settings.threshold ?? figures.threshold);
    showFigures(figures);
  }

  async function hold(): Promise<void> {
    store();
    let problem = "";
    try {
      await completer()?.setGuard(guardOf(settings));
    } catch (error) {
      problem = `${error instanceof Error ? error.message : String(error)}. Until it is mended nothing is completed.`;
    }
    rulesProblem.textContent = problem;
    rules.setAttribute("aria-invalid", String(problem !== ""));
  }

  secrets.checked = settings.secrets;
  risky.value = settings.risky;
  rules.value = settings.rules;
  showThreshold(settings.threshold ?? 0);

  byId("open-settings").addEventListener("click", () => {
    dialog.showModal();
    void refresh();
  });
  byId("close-settings").addEventListener("click", () => dialog.close());
  threshold.addEventListener("input", () => {
    settings.threshold = Number(threshold.value) / 100;
    showThreshold(settings.threshold);
    completer()?.setThreshold(settings.threshold);
    store();
  });
  secrets.addEventListener("change", () => {
    settings.secrets = secrets.checked;
    void hold();
  });
  risky.addEventListener("change", () => {
    settings.risky = risky.value as RiskyPatterns;
    void hold();
  });
  rules.addEventListener("change", () => {
    settings.rules = rules.value;
    void hold();
  });
  byId("export-feedback").addEventListener("click", () => {
    void completer()
      ?.feedback.export()
      .then((lines) => save(lines));
  });
  byId("clear-feedback").addEventListener("click", () => {
    void completer()
      ?.feedback.clear()
      .then(() => {
        byId("figures-note").textContent =
          "Forgotten. The counts below go with the next start of the engine.";
      });
  });
}

/** Hands a file to the browser's downloads. */
function save(lines: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([lines], { type: "application/jsonl" }));
  link.download = "ghostlight-feedback.jsonl";
  link.click();
  URL.revokeObjectURL(link.href);
}

const percent = (share: number): string => `${Math.round(100 * share)} %`;

function showFigures({ kinds, kept, gapMs, latencyMs }: FeedbackFigures): void {
  const shown = kinds.reduce((sum, kind) => sum + kind.shown, 0);
  const accepted = kinds.reduce((sum, kind) => sum + kind.accepted, 0);
  byId("figures-note").textContent =
    (shown === 0
      ? "Nothing was shown for a quarter of a second yet."
      : `${accepted} of ${shown} suggestions accepted, in whole or in part.`) +
    ` You press a key every ${Math.round(gapMs)} ms; first text takes ${Math.round(latencyMs)} ms.`;
  const lengths = { word: "a word", line: "a line", lines: "several lines" };
  const rows = kinds.map((kind) => [
    kind.language || "other",
    lengths[kind.length],
    `${20 * kind.fifth} to ${20 * kind.fifth + 20} %`,
    String(kind.shown),
    percent(kind.shown === 0 ? 0 : kind.accepted / kind.shown),
    percent(kind.rate),
  ]);
  fill("kinds", rows);
  fill(
    "kept",
    kept.map(({ afterS, seen, share }) => [
      afterS < 60 ? `${afterS} s` : `${afterS / 60} min`,
      String(seen),
      seen === 0 ? "–" : percent(share),
    ]),
  );
}

/** Rows of a table; the first cell of each is its heading. */
function fill(id: string, rows: readonly (readonly string[])[]): void {
  const body = byId(id).querySelector("tbody");
  body?.replaceChildren(
    ...rows.map((cells) => {
      const row = document.createElement("tr");
      row.append(
        ...cells.map((text, at) => {
          const cell = document.createElement(at === 0 ? "th" : "td");
          if (at === 0) cell.setAttribute("scope", "row");
          cell.textContent = text;
          return cell;
        }),
      );
      return row;
    }),
  );
}
