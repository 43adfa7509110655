// An edge's answer: an event stream of OpenAI's completions, or an error.
//
// Only an answer that says `[DONE]` is whole. Events are cut out of the bytes here, as
// `EventSource` can neither post nor send a key.

import { DEFAULT_COMPLETION_RESULT } from "../shared/generated-methods.js";
import type { CompletionResult } from "../shared/generated.js";

/** The longest event, characters. */
const LONGEST = 1 << 20;

/**
 * Why the edge did not answer: the mode or a rule keeps the text here, the edge was
 * left alone after a failure, it could not be reached, was silent, refused, failed,
 * said to use the tab's model, broke off, or its guard cut the answer.
 */
export type EdgeFault =
  | "private"
  | "resting"
  | "network"
  | "timeout"
  | "refused"
  | "server"
  | "local"
  | "broke-off"
  | "guarded";

/** What went wrong with a request to the edge, and for how long to leave it alone. */
export class EdgeFailure extends Error {
  readonly fault: EdgeFault;
  /** Milliseconds that the edge asked for. */
  readonly retryAfter: number | null;

  constructor(fault: EdgeFault, retryAfter: number | null = null) {
    super(`asking the edge: ${fault}`);
    this.fault = fault;
    this.retryAfter = retryAfter;
  }
}

/** A result without text and figures; an edge does not say how sure it was. */
export const NOTHING: Readonly<CompletionResult> = {
  ...DEFAULT_COMPLETION_RESULT,
  confidence: Number.NaN,
  likelihood: Number.NaN,
};

/** What of an event matters. */
interface Event {
  readonly choices?: readonly {
    readonly text?: string;
    readonly finish_reason?: string | null;
  }[];
  readonly error?: { readonly code?: string };
}

/**
 * Reads it to its end; `onText` gets the whole text each time it grows.
 *
 * Rejects with an {@link EdgeFailure} for an error, and for a stream that breaks off.
 */
export async function readAnswer(
  response: Response,
  began: number,
  onText: (text: string) => void,
): Promise<CompletionResult> {
  if (!response.ok) throw await refusal(response);
  if (response.body === null) throw new EdgeFailure("server");
  let text = "";
  let finish = "stop";
  let tokens = 0;
  let firstAt = began;
  for await (const data of events(response.body)) {
    if (data === "[DONE]") {
      const now = performance.now();
      return {
        ...NOTHING,
        text: text.trimEnd() === "" ? "" : text,
        finish: finish === "length" ? "length" : "stop",
        tokens,
        prefillMs: firstAt - began,
        decodeMs: now - firstAt,
      };
    }
    const event = parsed(data);
    if (event.error !== undefined) {
      throw new EdgeFailure(event.error.code === "guarded" ? "guarded" : "broke-off");
    }
    const choice = event.choices?.[0];
    finish = choice?.finish_reason ?? finish;
    if (typeof choice?.text !== "string" || choice.text === "") continue;
    if (tokens === 0) firstAt = performance.now();
    tokens += 1;
    text += choice.text;
    onText(text);
  }
  throw new EdgeFailure("broke-off");
}

/** The data of each event. */
async function* events(body: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let rest = "";
  try {
    for (;;) {
      const { done, value } = await reader.read().catch((error: unknown) => {
        // An abort is the caller's; any other end is the connection's.
        if (error instanceof DOMException && error.name === "AbortError") throw error;
        throw new EdgeFailure("broke-off");
      });
      if (done) return;
      rest = (rest + decoder.decode(value, { stream: true })).replaceAll("\r\n", "\n");
      if (rest.length > LONGEST) throw new EdgeFailure("server");
      for (let end = rest.indexOf("\n\n"); end >= 0; end = rest.indexOf("\n\n")) {
        const lines = rest.slice(0, end).split("\n");
        rest = rest.slice(end + 2);
        const data = lines.filter((line) => line.startsWith("data:"));
        if (data.length > 0) yield data.map((line) => line.slice(5).trimStart()).join("\n");
      }
    }
  } finally {
    // Whoever stops reading wants no more of it.
    reader.cancel().catch(() => undefined);
  }
}

function parsed(data: string): Event {
  try {
    const event = JSON.parse(data) as Event | null;
    if (typeof event === "object" && event !== null) return event;
  } catch {
    // Told below.
  }
  throw new EdgeFailure("server");
}

/** Why the edge gave no stream. */
async function refusal(response: Response): Promise<EdgeFailure> {
  const body = await response.json().catch(() => null);
  const code = (body as { error?: { code?: unknown } } | null)?.error?.code;
  const seconds = Number(response.headers.get("retry-after"));
  const retryAfter = seconds > 0 ? Math.min(seconds, 60) * 1000 : null;
  if (code === "guarded" || code === "private") return new EdgeFailure(code);
  if (response.headers.get("x-ghostlight-fallback") === "local") {
    return new EdgeFailure("local", retryAfter);
  }
  return new EdgeFailure(response.status >= 500 ? "server" : "refused", retryAfter);
}
