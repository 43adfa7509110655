// The explain panel: what the model would be shown at the cursor, where each piece comes
// from, what was left out, and what it took.
//
// A native dialog, as the settings are. A piece's text is behind its place, in an element
// that opens by click and by key.

import "./explain.css";

import type { Completer, CompletionInput, ExplainedPiece, Explanation } from "ghostlight";

const byId = <T extends HTMLElement>(id: string): T => document.getElementById(id) as T;

const ORIGINS: Readonly<Record<ExplainedPiece["origin"], string>> = {
  form: "Form",
  before: "Before the cursor",
  after: "After the cursor",
  definition: "Definition",
  import: "Imported file",
  outline: "Outline of this file",
  edit: "Edited lately",
  visit: "Looked at lately",
  similar: "Similar text",
  related: "Similar in meaning",
  test: "Test",
  manifest: "Dependencies",
};

const REASONS: Readonly<Record<NonNullable<ExplainedPiece["leftOut"]>, string>> = {
  window: "outside of the window",
  room: "no tokens left for it",
  worth: "others are worth more",
  stands: "what is quoted already stands",
  family: "not for this model",
};

/** Wires the panel; `request` is what would be asked at the cursor. */
export function explainPanel(
  completer: () => Completer | null,
  request: () => CompletionInput,
): void {
  const dialog = byId<HTMLDialogElement>("explain");
  byId("open-explain").addEventListener("click", () => {
    dialog.showModal();
    void refresh(completer(), request());
  });
  byId("close-explain").addEventListener("click", () => dialog.close());
}

async function refresh(completer: Completer | null, request: CompletionInput): Promise<void> {
  const note = byId("explain-note");
  byId("explain-tables").hidden = true;
  if (completer === null) {
    note.textContent = "Prompts can be explained once a model is loaded.";
    return;
  }
  try {
    show(await completer.explain(request));
  } catch (error) {
    note.textContent = error instanceof Error ? error.message : String(error);
  }
}

function show(explanation: Explanation): void {
  const { tokens, budget, reused, family, pieces, leftOut, costs, workspace } = explanation;
  const total = costs.reduce((sum, cost) => sum + cost.ms, 0);
  const quotes = !leftOut.some((piece) => piece.leftOut === "family");
  byId("explain-note").textContent =
    (explanation.skip === "private"
      ? "Rules keep this file out of any prompt."
      : `${tokens} of ${budget} tokens, in the form of ${family}; ${reused} are in the cache.`) +
    (quotes ? "" : " This model makes nothing of quotations, so none are sent.") +
    ` Made in ${total.toFixed(1)} ms from ${workspace.files} files` +
    (workspace.waiting === 0 ? "." : `; ${workspace.waiting} wait to be read.`);
  byId("explain-tables").hidden = false;
  fill(
    "explain-pieces",
    pieces.map((piece) => [ORIGINS[piece.origin], place(piece), ...share(piece.tokens, budget)]),
  );
  fill(
    "explain-left-out",
    leftOut.map((piece) => [
      ORIGINS[piece.origin],
      place(piece),
      piece.leftOut === null ? "" : REASONS[piece.leftOut],
    ]),
  );
  fill(
    "explain-costs",
    costs.map(({ step, ms }) => [step, `${ms.toFixed(2)} ms`]),
  );
}

/** Where a piece is from, with its text behind it. */
function place({ path, line, text, bytes, origin }: ExplainedPiece): Node | string {
  if (origin === "form") return "markers and path";
  const name = line > 0 ? `${path}:${line}` : path;
  if (text === "") return `${name}, ${bytes} bytes`;
  const details = document.createElement("details");
  const summary = document.createElement("summary");
  summary.textContent = name;
  const quoted = document.createElement("pre");
  quoted.tabIndex = 0; // it scrolls
  quoted.textContent = text;
  details.append(summary, quoted);
  return details;
}

/** A number of tokens, and a bar for the eye. */
function share(tokens: number, budget: number): [string, Node] {
  const bar = document.createElement("meter");
  bar.max = budget;
  bar.value = tokens;
  bar.setAttribute("aria-label", `${tokens} of ${budget} tokens`);
  return [String(tokens), bar];
}

/** Rows of a table; the first cell of each is its heading. */
function fill(id: string, rows: readonly (readonly (Node | string)[])[]): void {
  const body = byId(id).querySelector("tbody");
  body?.replaceChildren(
    ...rows.map((cells) => {
      const row = document.createElement("tr");
      row.append(
        ...cells.map((content, at) => {
          const cell = document.createElement(at === 0 ? "th" : "td");
          if (at === 0) cell.setAttribute("scope", "row");
          cell.append(content);
          return cell;
        }),
      );
      return row;
    }),
  );
}
