// What an editor needs of whoever makes suggestions; `Completer` fits, and so does a few lines' fake.

import type { ShownSuggestion } from "../page/feedback.js";
import type {
  Alternatives,
  CompletionRequest,
  CompletionResult,
  CompletionUpdate,
  KeptShare,
} from "../shared/generated.js";

/** What inline completion needs of a completer; `Completer` fits, and so does a fake. */
export interface CompletionSource {
  complete(
    request: CompletionRequest,
    options: {
      signal: AbortSignal;
      onUpdate: (update: CompletionUpdate) => void;
      /** Whether the source may wait as long as it judges best. */
      wait: boolean;
    },
  ): Promise<CompletionResult>;
  /** Whether the source knows by itself how long to wait after a keystroke. */
  readonly waits?: boolean;
  /** Several suggestions for one place. */
  alternatives?(
    request: CompletionRequest,
    options: { count: number; signal: AbortSignal },
  ): Promise<Alternatives>;
  /** Is told where the cursor is. */
  warm?(request: CompletionRequest): void;
  /** Is told what became of a suggestion. */
  shown?(suggestion: ShownSuggestion): void;
  /** Is told how much of an accepted suggestion still stands after a time. */
  kept?(kept: KeptShare): void;
}
