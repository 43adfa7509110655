// Fetches a model file into a sink: resumes by Range, retries, checks size, identity and sha256.
//
// Knows HTTP and hashing, not where the bytes are kept. A 206 answer is taken
// only if it is the same file as before: by ETag or date, or, where the hash
// will tell anyway, by its size. `If-Range` is not sent, since it would cost a
// preflight on other origins; the answer's own headers say the same.
//
// `Content-Length` counts bytes of the content coding, and on other origins nobody may say
// which one that is: it is a hint, except where the page can see that there is none.

import type { Sha256 } from "./wasm-modules.js";
import { formatBytes } from "./errors.js";
import { addressOf } from "./model-address.js";
import { HEAD, whatCame } from "./model-bytes.js";
import { whyNoAnswer } from "./no-answer.js";
import type { EngineError } from "./generated.js";
import type { Progress } from "./protocol.js";

/** Milliseconds to wait before each retry that follows a failure without progress. */
const RETRY_DELAYS = [250, 1000, 3000];
/** Bytes between two progress events. */
const PROGRESS_STEP = 1 << 20;
/** Bytes between two saves of the resume point. */
const SAVE_STEP = 16 << 20;
/** Bytes hashed at a time when an interrupted download is taken up again. */
const VERIFY_STEP = 4 << 20;

/** Where the bytes go. */
export interface Sink {
  /** Bytes kept so far; writing continues there. */
  readonly size: number;
  write(bytes: Uint8Array): void | Promise<void>;
  /** Bytes already written, for hashing what an earlier visit left. */
  read(offset: number, length: number): Uint8Array | Promise<Uint8Array>;
  /** Drops everything. */
  clear(): void;
  /** Makes what was written survive a crash; `identity` says what it is a part of. */
  save(identity: Identity): Promise<void>;
  /** Rejects with a clear error when `bytes` more cannot be kept. */
  reserve(bytes: number): Promise<void>;
}

/** What the server said the file is; tells a changed file from the same one. */
export interface Identity {
  /** Bytes in the file, or `null` when the server does not say. */
  readonly size: number | null;
  /** Strong ETag or `Last-Modified`, or `null` when neither is visible. */
  readonly version: string | null;
}

/** What to fetch. */
export interface Download {
  readonly url: string;
  /** Lower-case hexadecimal sha256, or `null` to check the size only. */
  readonly sha256: string | null;
  /** What the bytes in the sink are a part of, or `null` when it is empty. */
  readonly identity: Identity | null;
  readonly newHash: () => Promise<Sha256>;
  readonly onProgress: (progress: Progress) => void;
  /** Told what went wrong and was mended. */
  readonly onNotice: (message: string) => void;
}

function unreadable(message: string): EngineError {
  return { code: "unreadable", message: `fetching the model: ${message}` };
}

/**
 * Fetches until the sink holds the whole file, with the right hash.
 *
 * A wrong hash is answered by one fresh download; a second one is an error.
 * Rejects with plain error data: "unreadable", "hash-mismatch", or what the
 * sink rejects with.
 */
export async function download(job: Download, sink: Sink): Promise<Identity> {
  let kept = job.identity;
  for (let attempt = 1; ; attempt += 1) {
    const { identity, digest } = await fill({ ...job, identity: kept }, sink);
    if (job.sha256 === null || digest === job.sha256) return identity;
    sink.clear();
    kept = null;
    const wrong = `verifying the model: sha256 is ${digest}, expected ${job.sha256}`;
    if (attempt === 2) {
      const error: EngineError = {
        code: "hash-mismatch",
        message: `${wrong}, after fetching it anew`,
      };
      throw error;
    }
    job.onNotice(`${wrong}; fetching it anew`);
  }
}

/** Brings the sink to the file's full length; the digest is "" where none was asked for. */
async function fill(job: Download, sink: Sink): Promise<{ identity: Identity; digest: string }> {
  let hash = await resumeHash(job, sink);
  let identity = job.identity;
  let failures = 0;
  let restarts = 0;
  const restart = async (): Promise<void> => {
    restarts += 1;
    if (restarts > 3) throw unreadable("the file keeps changing on the server");
    job.onNotice(
      "fetching the model: what is there is of another file, fetching it from the start",
    );
    sink.clear();
    hash?.free();
    hash = job.sha256 === null ? null : await job.newHash();
    identity = null;
  };
  /** Counts a failure; rejects when there were too many without progress. */
  const failed = async (why: string): Promise<void> => {
    const delay = RETRY_DELAYS[failures];
    failures += 1;
    if (delay === undefined || navigator.onLine === false) {
      throw unreadable(navigator.onLine === false ? `${why} (this device is offline)` : why);
    }
    await new Promise((resolve) => setTimeout(resolve, delay));
  };

  try {
    for (;;) {
      if (identity !== null && identity.size === sink.size && sink.size > 0) break;
      const offset = sink.size;
      let response: Response;
      try {
        response = await fetch(job.url, {
          cache: "no-store",
          headers: offset > 0 ? { Range: `bytes=${offset}-` } : {},
        });
      } catch (error) {
        await failed(await whyNoAnswer(job.url, error));
        continue;
      }
      const answer = classify(response, offset, identity, job.sha256 !== null);
      if (answer.kind === "error") {
        await response.body?.cancel();
        if (!answer.retry) throw unreadable(answer.message);
        await failed(answer.message);
        continue;
      }
      if (answer.kind === "restart") {
        await response.body?.cancel();
        await restart();
        continue;
      }
      if (answer.kind === "whole" && offset > 0) await restart();
      identity = answer.identity;
      if (identity.size !== null) await sink.reserve(identity.size - sink.size);

      const broken = await stream(response, answer, sink, hash, job.onProgress);
      if (broken === null) break;
      await sink.save(identity);
      if (sink.size > offset) failures = 0;
      await failed(broken);
      // A part that cannot be read may be one of a coded whole.
      if (answer.kind === "rest" && sink.size === offset) await restart();
    }
    const final: Identity = { size: sink.size, version: identity?.version ?? null };
    return { identity: final, digest: hash === null ? "" : hash.hex() };
  } finally {
    hash?.free();
  }
}

/** A hash that has seen what the sink holds, or `null` where none was asked for. */
async function resumeHash(job: Download, sink: Sink): Promise<Sha256 | null> {
  if (job.sha256 === null) return null;
  const hash = await job.newHash();
  const total = sink.size;
  for (let done = 0; done < total;) {
    const length = Math.min(VERIFY_STEP, total - done);
    hash.update(await sink.read(done, length));
    done += length;
    job.onProgress({ stage: "verify", done, total });
  }
  return hash;
}

type Answer =
  | {
      readonly kind: "whole" | "rest";
      readonly identity: Identity;
      /** Whether the size is that of the bytes as they are read. */
      readonly isExact: boolean;
    }
  | { readonly kind: "restart" }
  | { readonly kind: "error"; readonly message: string; readonly retry: boolean };

/** What the server's answer to a request from `offset` on means. */
function classify(
  response: Response,
  offset: number,
  known: Identity | null,
  hashed: boolean,
): Answer {
  const { status, headers } = response;
  const etag = headers.get("etag");
  const version = etag !== null && !etag.startsWith("W/") ? etag : headers.get("last-modified");
  if (status === 206 && offset > 0) {
    const range = /^bytes (\d+)-\d+\/(\d+|\*)$/.exec(headers.get("content-range") ?? "");
    const size = range === null || range[2] === "*" ? (known?.size ?? null) : Number(range[2]);
    const start = range === null ? offset : Number(range[1]);
    const sameSize = known === null || known.size === null || known.size === size;
    // Without a hash to judge by, bytes are joined only if the server vouches for them.
    const before = known?.version ?? null;
    const visible = before !== null && version !== null;
    const sameVersion = visible ? before === version : hashed;
    if (start !== offset || !sameSize || !sameVersion) return { kind: "restart" };
    return { kind: "rest", identity: { size, version }, isExact: isPlain(response) };
  }
  if (status === 200) {
    const type = headers.get("content-type") ?? "";
    if (type.startsWith("text/html")) {
      return {
        kind: "error",
        message: `${addressOf(response.url)} is a web page, not a model`,
        retry: false,
      };
    }
    const coded = (headers.get("content-encoding") ?? "identity") !== "identity";
    const length = headers.get("content-length");
    const size = coded || length === null ? null : Number(length);
    return { kind: "whole", identity: { size, version }, isExact: isPlain(response) };
  }
  if (status === 416 && offset > 0) return { kind: "restart" };
  const retry = status === 408 || status === 429 || status >= 500;
  return { kind: "error", message: `${addressOf(response.url)} answered HTTP ${status}`, retry };
}

/** Whether the page can see that the bytes have no content coding. */
function isPlain({ type, headers }: Response): boolean {
  return type === "basic" && (headers.get("content-encoding") ?? "identity") === "identity";
}

/** Copies the body into the sink; returns what broke it off, or `null` at its end. */
async function stream(
  response: Response,
  { identity, isExact }: Extract<Answer, { identity: Identity }>,
  sink: Sink,
  hash: Sha256 | null,
  onProgress: (progress: Progress) => void,
): Promise<string | null> {
  const report = (): void => {
    const total = identity.size ?? 0;
    onProgress({ stage: "download", done: sink.size, total: sink.size > total ? 0 : total });
  };
  const reader = response.body?.getReader();
  let reported = sink.size;
  let saved = sink.size;
  let isSeen = sink.size >= HEAD;
  const see = async (): Promise<void> => {
    isSeen = true;
    const came = whatCame(await sink.read(0, Math.min(HEAD, sink.size)));
    if (came === null) return;
    sink.clear();
    throw unreadable(`${addressOf(response.url)} is no model: what came is ${came}`);
  };
  report();
  try {
    while (reader !== undefined) {
      let chunk: ReadableStreamReadResult<Uint8Array>;
      try {
        chunk = await reader.read();
      } catch (error) {
        report();
        return `the connection broke after ${formatBytes(sink.size)}: ${messageOf(error)}`;
      }
      if (chunk.done) break;
      await sink.write(chunk.value);
      hash?.update(chunk.value);
      if (!isSeen && sink.size >= HEAD) await see();
      if (sink.size - reported >= PROGRESS_STEP) {
        reported = sink.size;
        report();
      }
      if (sink.size - saved >= SAVE_STEP) {
        saved = sink.size;
        await sink.save(identity);
      }
    }
  } finally {
    // Errors of the sink leave the body open otherwise.
    await reader?.cancel().catch(() => undefined);
  }
  if (!isSeen) await see();
  report();
  if (isExact && identity.size !== null && sink.size < identity.size) {
    return `the connection ended at ${formatBytes(sink.size)} of ${formatBytes(identity.size)}`;
  }
  return null;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
