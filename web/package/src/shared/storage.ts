// Where model files live: the origin private file system, a user's own file, or memory.
//
// Runs in the worker. A model at a URL is fetched once and kept in OPFS; on the
// next visit it is opened without the network. A URL is taken as immutable:
// give a new model a new URL or its sha256. Where OPFS is missing (private
// windows of some browsers, plain http) the model is kept in an in-memory Blob
// for this visit. A user's own File is read in place and never copied.

import { download, type Identity, type Sink } from "./download.js";
import type { ModelSource, Sha256 } from "./wasm-modules.js";
import { formatBytes, isEngineError } from "./errors.js";
import type { EngineError } from "./generated.js";
import type { ModelSpec, Progress } from "./protocol.js";

/** Bytes read at once, so that parsing a header does not cost a call a field. */
const READ_AHEAD = 1 << 20;
const MODELS = ["ghostlight", "models"] as const;
const WORKSPACES = ["ghostlight", "workspaces"] as const;

/** A model ready to be read. */
export interface OpenedModel {
  readonly source: ModelSource;
  /** Releases the file; the source must not be read afterwards. */
  close(): void;
}

/** What opening a model needs from the worker. */
export interface OpenContext {
  readonly newHash: () => Promise<Sha256>;
  readonly onProgress: (progress: Progress) => void;
}

// The worker-only half of the file system API, which TypeScript's DOM library leaves out.
interface SyncHandle {
  read(buffer: Uint8Array, options: { at: number }): number;
  write(buffer: Uint8Array, options: { at: number }): number;
  truncate(size: number): void;
  getSize(): number;
  flush(): void;
  close(): void;
}
interface SyncFileHandle extends FileSystemFileHandle {
  createSyncAccessHandle(options?: { mode: "read-only" | "readwrite" }): Promise<SyncHandle>;
}

/** What is written beside a model file. */
interface StoredRecord extends Identity {
  readonly url: string;
  /** Bytes known to be on disk. */
  readonly received: number;
  /** Whether the file is whole and verified. */
  readonly done: boolean;
}

/** Opens a model, fetching it first if need be. Rejects with plain error data. */
export async function openModel(spec: ModelSpec, context: OpenContext): Promise<OpenedModel> {
  if (spec.kind === "blob") return openBlob(spec.blob);
  const folder = await folderAt(MODELS);
  if (folder === null) return openInMemory(spec, context);
  const key = spec.sha256 ?? (await hexDigest(spec.url));
  // One download at a time, also across tabs; the second finds the file whole.
  return navigator.locks.request(`ghostlight:${key}`, () => openStored(folder, key, spec, context));
}

/** The index of a workspace that was kept, if there is one. */
export async function kept(name: string): Promise<Uint8Array<ArrayBuffer> | null> {
  const folder = await folderAt(WORKSPACES);
  if (folder === null) return null;
  try {
    const file = await folder.getFileHandle(`${await hexDigest(name)}.index`);
    return new Uint8Array(await (await file.getFile()).arrayBuffer());
  } catch {
    return null;
  }
}

/** Keeps the index of a workspace; one tab at a time, the last one wins. */
export async function keep(name: string, bytes: Uint8Array<ArrayBuffer>): Promise<void> {
  const folder = await folderAt(WORKSPACES);
  if (folder === null) return;
  const key = await hexDigest(name);
  await navigator.locks.request(`ghostlight:${key}`, () =>
    writeWhole(folder, `${key}.index`, bytes),
  );
}

/** A model of this origin's storage. */
export interface StoredModel {
  /** sha256 of the file, or, where none was given, of its URL. */
  readonly key: string;
  readonly url: string;
  /** Bytes that are there. */
  readonly bytes: number;
  /** Whether all are, and right; the rest comes with the next download. */
  readonly isWhole: boolean;
}

/** The models that this origin has stored, whole or in part; works on the page and in a worker. */
export async function storedModels(): Promise<StoredModel[]> {
  const found: StoredModel[] = [];
  try {
    const folder = await modelFolder();
    for await (const name of folder.keys()) {
      if (!name.endsWith(".json")) continue;
      const key = name.slice(0, -".json".length);
      const record = await readRecord(folder, key);
      const size = await fileSize(folder, `${key}.gguf`);
      if (record === null || size === null) continue;
      const isWhole = record.done && record.size === size;
      found.push({ key, url: record.url, bytes: size, isWhole });
    }
  } catch {
    // No such file system, or nothing stored yet.
  }
  return found;
}

/**
 * Deletes one stored model by its key, as {@link storedModels} tells it.
 *
 * Rejects if it is being written or read at this moment, in any tab.
 */
export async function deleteStoredModel(key: string): Promise<void> {
  const folder = await modelFolder();
  // A file in use stops it here, with its record still there; a record alone is no model.
  await folder.removeEntry(`${key}.gguf`);
  await folder.removeEntry(`${key}.json`);
}

async function fileSize(folder: FileSystemDirectoryHandle, name: string): Promise<number | null> {
  try {
    return (await (await folder.getFileHandle(name)).getFile()).size;
  } catch {
    return null; // deleted meanwhile
  }
}

async function modelFolder(): Promise<FileSystemDirectoryHandle> {
  let folder = await navigator.storage.getDirectory();
  for (const name of MODELS) folder = await folder.getDirectoryHandle(name);
  return folder;
}

/**
 * Deletes every model, and every index of a workspace, that this origin has stored;
 * works on the page and in a worker.
 *
 * Resolves when done; rejects if a model is being written at this moment.
 */
export async function clearModelCache(): Promise<void> {
  const root = await navigator.storage.getDirectory();
  try {
    await root.removeEntry(MODELS[0], { recursive: true });
  } catch (error) {
    if (!(error instanceof DOMException && error.name === "NotFoundError")) throw error;
  }
}

/** A folder in OPFS, or `null` where there is no OPFS with synchronous handles. */
async function folderAt(path: readonly string[]): Promise<FileSystemDirectoryHandle | null> {
  const canWrite =
    typeof FileSystemFileHandle === "function" &&
    "createSyncAccessHandle" in FileSystemFileHandle.prototype;
  if (!canWrite || typeof navigator.storage?.getDirectory !== "function") return null;
  try {
    let folder = await navigator.storage.getDirectory();
    for (const name of path) folder = await folder.getDirectoryHandle(name, { create: true });
    return folder;
  } catch {
    return null; // private windows of some browsers throw here
  }
}

async function hexDigest(text: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

async function openStored(
  folder: FileSystemDirectoryHandle,
  key: string,
  spec: ModelSpec & { kind: "url" },
  context: OpenContext,
): Promise<OpenedModel> {
  const file = (await folder.getFileHandle(`${key}.gguf`, { create: true })) as SyncFileHandle;
  const record = await readRecord(folder, key);
  if (record?.done === true && (await file.getFile()).size === record.size) {
    return openForReading(file);
  }
  const handle = await openForWriting(file);
  try {
    // Bytes beyond the saved point may not have reached the disk; those before it have.
    const kept = Math.min(record?.received ?? 0, handle.getSize());
    handle.truncate(kept);
    const save = (identity: Identity, done: boolean): Promise<void> => {
      handle.flush();
      const now: StoredRecord = { ...identity, url: spec.url, received: handle.getSize(), done };
      return writeWhole(folder, `${key}.json`, new TextEncoder().encode(JSON.stringify(now)));
    };
    const sink = new FileSink(handle, kept, (identity) => save(identity, false));
    const sameUrl = record !== null && record.url === spec.url;
    const identity =
      record === null || kept === 0
        ? null
        : { size: record.size, version: sameUrl ? record.version : null };
    if (identity === null) sink.clear();
    const whole = await download(
      {
        url: spec.url,
        sha256: spec.sha256,
        identity,
        newHash: context.newHash,
        onProgress: context.onProgress,
      },
      sink,
    );
    await save(whole, true);
  } finally {
    handle.close();
  }
  return openForReading(file);
}

/** The exclusive handle; a worker that was just terminated may hold it a moment longer. */
async function openForWriting(file: SyncFileHandle): Promise<SyncHandle> {
  for (let attempt = 0; ; attempt += 1) {
    try {
      return await file.createSyncAccessHandle();
    } catch (error) {
      const locked = error instanceof DOMException && error.name === "NoModificationAllowedError";
      if (!locked || attempt === 40) throw storageError(error);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

/** A reader that other tabs can share; by synchronous handle where that allows sharing. */
async function openForReading(file: SyncFileHandle): Promise<OpenedModel> {
  try {
    const handle = await file.createSyncAccessHandle({ mode: "read-only" });
    // One buffer for all reads: a model's worth of them would wait for the garbage collector.
    let buffer = new Uint8Array(READ_AHEAD);
    const read = (offset: number, length: number): Uint8Array => {
      if (buffer.length < length) buffer = new Uint8Array(length);
      const bytes = buffer.subarray(0, length);
      const got = handle.read(bytes, { at: offset });
      if (got !== length) throw shortRead(offset, length, got);
      return bytes;
    };
    return { source: buffered(handle.getSize(), read), close: () => handle.close() };
  } catch {
    return openBlob(await file.getFile()); // locked by another tab of a browser without shared reads
  }
}

function openBlob(blob: Blob): OpenedModel {
  const read = async (offset: number, length: number): Promise<Uint8Array> => {
    try {
      const bytes = new Uint8Array(await blob.slice(offset, offset + length).arrayBuffer());
      if (bytes.length !== length) throw shortRead(offset, length, bytes.length);
      return bytes;
    } catch (error) {
      throw isEngineError(error) ? error : storageError(error);
    }
  };
  return { source: buffered(blob.size, read), close: () => undefined };
}

async function openInMemory(
  spec: ModelSpec & { kind: "url" },
  context: OpenContext,
): Promise<OpenedModel> {
  const sink = new MemorySink();
  await download(
    {
      url: spec.url,
      sha256: spec.sha256,
      identity: null,
      newHash: context.newHash,
      onProgress: context.onProgress,
    },
    sink,
  );
  return openBlob(sink.blob());
}

/**
 * Serves small reads from one window, so that a header costs one call and not thousands.
 *
 * What `readRaw` gives is looked at until it is called again, and no longer; so is what
 * the source gives.
 */
export function buffered(
  size: number,
  readRaw: (offset: number, length: number) => Uint8Array | Promise<Uint8Array>,
): ModelSource {
  let start = 0;
  let window = new Uint8Array(0) as Uint8Array;
  const within = (offset: number, length: number): Uint8Array =>
    window.subarray(offset - start, offset - start + length);
  return {
    size,
    read(offset, length) {
      if (offset + length > size) throw shortRead(offset, length, Math.max(0, size - offset));
      if (offset >= start && offset + length <= start + window.length) {
        return within(offset, length);
      }
      if (length >= READ_AHEAD) {
        window = window.subarray(0, 0); // its bytes may be overwritten
        return readRaw(offset, length);
      }
      const keep = (bytes: Uint8Array): Uint8Array => {
        start = offset;
        window = bytes;
        return within(offset, length);
      };
      const bytes = readRaw(offset, Math.min(READ_AHEAD, size - offset));
      return bytes instanceof Uint8Array ? keep(bytes) : bytes.then(keep);
    },
  };
}

class FileSink implements Sink {
  #size: number;
  /** Bytes that were still to come when the download (re)started, for error messages. */
  #needed = 0;
  readonly #handle: SyncHandle;
  readonly #save: (identity: Identity) => Promise<void>;

  constructor(handle: SyncHandle, size: number, save: (identity: Identity) => Promise<void>) {
    this.#handle = handle;
    this.#size = size;
    this.#save = save;
  }

  get size(): number {
    return this.#size;
  }

  async write(bytes: Uint8Array): Promise<void> {
    let written: number;
    try {
      written = this.#handle.write(bytes, { at: this.#size });
    } catch (error) {
      throw isQuota(error) ? await quotaError(this.#needed) : storageError(error);
    }
    if (written !== bytes.length) throw await quotaError(this.#needed);
    this.#size += written;
  }

  read(offset: number, length: number): Uint8Array {
    const bytes = new Uint8Array(length);
    const got = this.#handle.read(bytes, { at: offset });
    if (got !== length) throw shortRead(offset, length, got);
    return bytes;
  }

  clear(): void {
    this.#handle.truncate(0);
    this.#size = 0;
  }

  save(identity: Identity): Promise<void> {
    return this.#save(identity);
  }

  async reserve(bytes: number): Promise<void> {
    this.#needed = bytes;
    const { quota, usage } = await navigator.storage.estimate();
    if (quota !== undefined && usage !== undefined && quota - usage < bytes) {
      throw await quotaError(bytes);
    }
  }
}

class MemorySink implements Sink {
  size = 0;
  #parts: Uint8Array<ArrayBuffer>[] = [];

  write(bytes: Uint8Array): void {
    this.#parts.push(bytes as Uint8Array<ArrayBuffer>);
    this.size += bytes.length;
  }

  async read(offset: number, length: number): Promise<Uint8Array> {
    return new Uint8Array(
      await this.blob()
        .slice(offset, offset + length)
        .arrayBuffer(),
    );
  }

  clear(): void {
    this.#parts = [];
    this.size = 0;
  }

  async save(): Promise<void> {}

  async reserve(): Promise<void> {}

  /** Everything, as a Blob, which the browser may page out to disk. */
  blob(): Blob {
    return new Blob(this.#parts);
  }
}

async function readRecord(
  folder: FileSystemDirectoryHandle,
  key: string,
): Promise<StoredRecord | null> {
  try {
    const file = await (await folder.getFileHandle(`${key}.json`)).getFile();
    return JSON.parse(await file.text()) as StoredRecord;
  } catch {
    return null; // none yet, or a write was cut short: start over
  }
}

async function writeWhole(
  folder: FileSystemDirectoryHandle,
  name: string,
  bytes: Uint8Array,
): Promise<void> {
  const file = (await folder.getFileHandle(name, { create: true })) as SyncFileHandle;
  const handle = await openForWriting(file);
  try {
    handle.truncate(0);
    handle.write(bytes, { at: 0 });
    handle.flush();
  } catch (error) {
    throw isQuota(error) ? await quotaError(bytes.length) : storageError(error);
  } finally {
    handle.close();
  }
}

function isQuota(error: unknown): boolean {
  return error instanceof Error && error.name === "QuotaExceededError";
}

async function quotaError(bytes: number): Promise<EngineError> {
  const { quota = 0, usage = 0 } = await navigator.storage.estimate();
  return {
    code: "too-large",
    message:
      `storing the model: ${formatBytes(bytes)} needed, but the browser gives this site no more room ` +
      `(${formatBytes(usage)} of ${formatBytes(quota)} used); ` +
      `free disk space or delete this site's stored data`,
  };
}

function storageError(error: unknown): EngineError {
  const message = error instanceof Error ? error.message : String(error);
  return { code: "unreadable", message: `opening the stored model: ${message}` };
}

function shortRead(offset: number, length: number, got: number): EngineError {
  return {
    code: "unreadable",
    message: `reading the model: ${length} bytes at offset ${offset} wanted, ${got} there`,
  };
}
