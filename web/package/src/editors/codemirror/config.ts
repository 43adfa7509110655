// How inline completion behaves in an editor: a facet, so that several parts of a page can say it.

import { combineConfig, Facet, type EditorState } from "@codemirror/state";
import type { KeyBinding } from "@codemirror/view";

import type { CompletionResult } from "../../shared/generated.js";
import type { ControllerOptions } from "../controller.js";
import type { CompletionSource } from "../source.js";

/** How inline completion behaves. */
export interface InlineCompletionConfig {
  /** Where suggestions come from; a function may return `null` while there is no source yet. */
  source: CompletionSource | (() => CompletionSource | null);
  /** Path of the file in the workspace; its extension names the language. Default: "". */
  path?: string | ((state: EditorState) => string);
  /**
   * Milliseconds between the last keystroke and the request. Default: as long as a
   * source judges best that `waits`, as a completer does; 75 for others.
   */
  debounce?: number;
  /** Alternatives to fetch for the keys that cycle, the suggestion itself included. Default: 3. */
  alternatives?: number;
  /** Most tokens to generate; 0 (default) takes the engine's default. */
  maxTokens?: number;
  /** Whether to bind the keys of `keymap` at the highest precedence. Default: true. */
  defaultKeymap?: boolean;
  /** Keys to bind. Default: {@link inlineCompletionKeymap}. */
  keymap?: readonly KeyBinding[];
  /** Called with each finished answer and the milliseconds from asking to it. */
  onResult?: (result: CompletionResult, milliseconds: number) => void;
  /** Called when a request fails; not for cancelled ones. Default: CodeMirror's exception log. */
  onError?: (error: unknown) => void;
}

/**
 * What all configurations of an editor say together; `null` without one. Two that contradict each
 * other are an error, but callbacks are all called, and any may leave the keys to the page.
 */
export const config = Facet.define<InlineCompletionConfig, InlineCompletionConfig | null>({
  combine(values) {
    if (values.length === 0) return null;
    return combineConfig<InlineCompletionConfig>(
      values,
      {},
      {
        defaultKeymap: (one, other) => one && other,
        onResult: (one, other) => (result, milliseconds) => {
          one?.(result, milliseconds);
          other?.(result, milliseconds);
        },
        onError: (one, other) => (error) => {
          one?.(error);
          other?.(error);
        },
      },
    );
  },
});

/** The path of the document in the editor. */
export function pathOf(state: EditorState): string {
  const { path = "" } = state.facet(config) ?? {};
  return typeof path === "function" ? path(state) : path;
}

/** The configuration as the controller reads it. */
export function controllerOptions(state: EditorState): ControllerOptions {
  const { source = null, ...rest } = state.facet(config) ?? {};
  return {
    ...rest,
    source: typeof source === "function" ? source() : source,
    path: pathOf(state),
  };
}
