// An edge's answer: an event stream of OpenAI's completions, the same as one JSON object, or an error.
//
// An answer is whole if it says `[DONE]`, or why it finished; whatever comes or fails to come
// behind that takes nothing away. What servers send is in `tests/streams`.

import { DEFAULT_COMPLETION_RESULT } from "../shared/generated-methods.js";
import type { CompletionResult } from "../shared/generated.js";
import { EventStream, type StreamEvent } from "./event-stream.js";

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

/** What of a piece of an answer matters. */
interface Chunk {
  readonly object?: unknown;
  readonly choices?: readonly {
    readonly text?: unknown;
    readonly finish_reason?: unknown;
  }[];
  readonly error?: unknown;
}

/**
 * Reads it to its end; `onText` gets the whole text each time it grows. `signal` is whose
 * abort means that nobody wants it any more: any other end of the connection is its own.
 *
 * Rejects with an {@link EdgeFailure} for an error, and for a stream that breaks off.
 */
export async function readAnswer(
  response: Response,
  began: number,
  onText: (text: string) => void,
  signal?: AbortSignal,
): Promise<CompletionResult> {
  if (!response.ok) throw await refusal(response);
  if (response.body === null) throw new EdgeFailure("server");
  let text = "";
  let finish: string | null = null;
  let tokens = 0;
  let firstAt = began;
  const whole = (): CompletionResult => ({
    ...NOTHING,
    text: text.trimEnd() === "" ? "" : text,
    finish: finish === "length" ? "length" : "stop",
    tokens,
    prefillMs: firstAt - began,
    decodeMs: performance.now() - firstAt,
  });
  try {
    for await (const { name, data } of events(response)) {
      if (data.trim() === "[DONE]") return whole();
      const chunk = parsed(data, name);
      if (chunk === null) continue;
      const choice = chunk.choices?.[0];
      if (typeof choice?.finish_reason === "string" && choice.finish_reason !== "") {
        finish = choice.finish_reason;
      }
      if (typeof choice?.text !== "string" || choice.text === "") continue;
      if (tokens === 0) firstAt = performance.now();
      tokens += 1;
      text += choice.text;
      onText(text);
    }
  } catch (error) {
    const isCut = error instanceof EdgeFailure && error.fault === "guarded";
    if (finish === null || isCut || signal?.aborted === true) throw error;
  }
  if (finish === null) throw new EdgeFailure("broke-off");
  return whole();
}

/** The events of a body; one that is JSON is one event. */
async function* events(response: Response): AsyncGenerator<StreamEvent> {
  const broken = (error: unknown): never => {
    // An abort is the caller's; any other end is the connection's.
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw new EdgeFailure("broke-off");
  };
  if (/^application\/json\b/i.test(response.headers.get("content-type") ?? "")) {
    yield { name: "", data: await response.text().catch(broken) };
    return;
  }
  const reader = (response.body as ReadableStream<Uint8Array>).getReader();
  const stream = new EventStream();
  const read = (bytes: Uint8Array | undefined): StreamEvent[] => {
    try {
      return bytes === undefined ? stream.end() : stream.push(bytes);
    } catch {
      throw new EdgeFailure("server");
    }
  };
  try {
    for (;;) {
      const { done, value } = await reader.read().catch(broken);
      yield* read(value);
      if (done) return;
    }
  } finally {
    // Whoever stops reading wants no more of it.
    reader.cancel().catch(() => undefined);
  }
}

/** What an event says; `null` for one that says nothing. Throws what went wrong with the answer. */
function parsed(data: string, name: string): Chunk | null {
  let chunk: Chunk | null;
  try {
    chunk = data.trim() === "" ? null : (JSON.parse(data) as Chunk | null);
  } catch {
    // Half an event is all that a connection left that broke.
    throw new EdgeFailure("broke-off");
  }
  if (name === "error") throw failed(chunk);
  if (chunk === null) return null;
  if (typeof chunk !== "object") throw new EdgeFailure("server");
  const hasFailed = chunk.object === "error" || chunk.choices?.[0]?.finish_reason === "error";
  if (hasFailed || Boolean(chunk.error)) throw failed(chunk);
  return chunk;
}

function failed(chunk: Chunk | null): EdgeFailure {
  const { code } = (chunk?.error ?? {}) as { code?: unknown };
  return new EdgeFailure(code === "guarded" ? "guarded" : "broke-off");
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
