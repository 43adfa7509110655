// The project as the engine's workspace: every file as it is in the editor, and each change
// a moment after the typing pauses.

import type { Completer, WorkspaceSource } from "ghostlight";

/** Milliseconds without a change after which a file is handed over. */
const PAUSE_MS = 400;

/** Hands over the files of `project`; `text` says what one of them is now. */
export class ProjectFiles {
  readonly #source: WorkspaceSource;
  readonly #text: (path: string) => string | null;
  readonly #completer: () => Completer | null;
  readonly #changed = new Set<string>();
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    paths: readonly string[],
    text: (path: string) => string | null,
    completer: () => Completer | null,
  ) {
    this.#text = text;
    this.#completer = completer;
    const size = (path: string): number => new TextEncoder().encode(text(path) ?? "").length;
    // Nobody knows when a bundled file was changed, so all are compared.
    this.#source = {
      name: "playground",
      list: () => paths.map((path) => ({ path, size: size(path), modified: 0 })),
      read: text,
    };
  }

  open(completer: Completer): void {
    // Without it prompts are the file alone.
    completer.workspace.open(this.#source).catch((error: unknown) => console.warn(error));
  }

  changed(path: string): void {
    this.#changed.add(path);
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      const paths = [...this.#changed];
      this.#changed.clear();
      const changes = paths.map((path) => ({ path, text: this.#text(path), edited: true }));
      this.#completer()?.workspace.change(changes);
    }, PAUSE_MS);
  }
}
