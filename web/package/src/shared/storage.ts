// Where model files live: the origin private file system, a user's own file, or memory.
//
// Runs in the worker. A model at a URL is fetched once and kept in OPFS; on the
// next visit it is opened without the network. A URL is taken as immutable:
// give a new model a new URL or its sha256. Where OPFS is missing (private
// windows of some browsers, plain http), or has no room, the model is kept in an in-memory
// Blob for this visit. A user's own File is read in place and never copied.

import { download, type Download, type Identity } from "./download.js";
import {
  folderAt,
  hexDigest,
  isQuota,
  openForWriting,
  quotaError,
  shortRead,
  storageError,
  writeWhole,
  type SyncFileHandle,
} from "./files.js";
import { addressOf } from "./model-address.js";
import { FileSink, MemorySink, type Keeper } from "./sinks.js";
import {
  evict,
  evictOne,
  openModelFolder,
  readRecord,
  remove,
  writeRecord,
  type StoredRecord,
} from "./stored-models.js";
import type { ModelSource } from "./wasm-modules.js";
import { isEngineError } from "./errors.js";
import type { ModelSpec } from "./protocol.js";

/** Bytes read at once, so that parsing a header does not cost a call a field. */
const READ_AHEAD = 1 << 20;
const WORKSPACES = ["ghostlight", "workspaces"] as const;

/** A file that can be read. */
interface Reading {
  readonly source: ModelSource;
  /** Releases the file; the source must not be read afterwards. */
  close(): void;
}

/** A model ready to be read. */
export interface OpenedModel extends Reading {
  /** Whether fetching it once more may give another file: it was stored before, or is cut or damaged. */
  readonly mayDiffer: boolean;
  /** Closes it, and keeps nothing of it: it is no model. */
  discard(): Promise<void>;
}

/** What opening a model needs from the worker. */
export interface OpenContext extends Pick<Download, "newHash" | "onProgress" | "onNotice"> {
  /** Bytes that stored models may take together. */
  readonly budget: number;
}

/** Opens a model, fetching it first if need be. Rejects with plain error data. */
export async function openModel(spec: ModelSpec, context: OpenContext): Promise<OpenedModel> {
  if (spec.kind === "blob") return opened(openBlob(spec.blob), false, async () => undefined);
  const folder = await openModelFolder();
  if (folder === null) return openInMemory(spec, context);
  const address = addressOf(spec.url);
  const key = spec.sha256 ?? (await hexDigest(address));
  // One download at a time, also across tabs; the second finds the file whole.
  return navigator.locks.request(`ghostlight:${key}`, async () => {
    for (;;) {
      let freed = 0;
      const spare = async (): Promise<number> => {
        const bytes = await evictOne(folder, key);
        freed += bytes;
        return bytes;
      };
      try {
        const model = await openStored(folder, { key, address, spare }, spec, context);
        await evict(folder, key, context.budget).catch(() => undefined);
        return model;
      } catch (thrown) {
        // Where the limit is met already, no file can be made, or written down, at all.
        const isFull = isQuota(thrown);
        if (isFull && (await spare()) > 0) continue;
        const error = isFull ? await quotaError(null) : thrown;
        if (!isEngineError(error) || error.code !== "too-large") throw error;
        await remove(folder, key).catch(() => undefined);
        // Others made room while it was written.
        if (freed > 0) continue;
        context.onNotice(`${error.message}; the model is held in memory for this visit`);
        return openInMemory(spec, context);
      }
    }
  });
}

function opened(reading: Reading, mayDiffer: boolean, forget: () => Promise<void>): OpenedModel {
  return {
    ...reading,
    mayDiffer,
    async discard() {
      reading.close();
      await forget().catch(() => undefined);
    },
  };
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

/** Where a model is kept. */
interface Slot extends Pick<Keeper, "spare"> {
  readonly key: string;
  /** Without what a signature adds. */
  readonly address: string;
}

async function openStored(
  folder: FileSystemDirectoryHandle,
  { key, address, spare }: Slot,
  spec: ModelSpec & { kind: "url" },
  context: OpenContext,
): Promise<OpenedModel> {
  const file = (await folder.getFileHandle(`${key}.gguf`, { create: true })) as SyncFileHandle;
  const record = await readRecord(folder, key);
  const forget = (): Promise<void> => remove(folder, key);
  if (record?.done === true) {
    if ((await file.getFile()).size === record.size) {
      // Where it cannot be noted that it was used, it can be used all the same.
      await writeRecord(folder, key, { ...record, used: Date.now() }).catch(() => undefined);
      return opened(await openForReading(file), true, forget);
    }
    context.onNotice(
      "opening the stored model: its file was cut or changed; fetching what is lacking",
    );
  }
  const handle = await openForWriting(file);
  try {
    // Bytes beyond the saved point may not have reached the disk; those before it have.
    const kept = Math.min(record?.received ?? 0, handle.getSize());
    handle.truncate(kept);
    const save = (identity: Identity, done: boolean): Promise<void> => {
      handle.flush();
      const received = handle.getSize();
      const now: StoredRecord = { ...identity, url: address, received, done, used: Date.now() };
      return writeRecord(folder, key, now);
    };
    const sink = new FileSink(handle, kept, {
      save: (identity) => save(identity, false),
      spare,
    });
    const sameUrl = record !== null && record.url === address;
    const identity =
      record === null || kept === 0
        ? null
        : { size: record.size, version: sameUrl ? record.version : null };
    if (identity === null) sink.clear();
    const whole = await download(
      { ...context, url: spec.url, sha256: spec.sha256, identity },
      sink,
    );
    await save(whole, true);
  } finally {
    handle.close();
  }
  return fresh(await openForReading(file), forget);
}

async function openInMemory(
  spec: ModelSpec & { kind: "url" },
  context: OpenContext,
): Promise<OpenedModel> {
  const sink = new MemorySink();
  await download({ ...context, url: spec.url, sha256: spec.sha256, identity: null }, sink);
  return fresh(openBlob(sink.blob()), async () => undefined);
}

/** A file that was just fetched: one that begins as a model does may have been cut on the way. */
async function fresh(reading: Reading, forget: () => Promise<void>): Promise<OpenedModel> {
  const { source } = reading;
  const magic = await source.read(0, Math.min(4, source.size));
  return opened(reading, new TextDecoder().decode(magic) === "GGUF", forget);
}

/** A reader that other tabs can share; by synchronous handle where that allows sharing. */
async function openForReading(file: SyncFileHandle): Promise<Reading> {
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

function openBlob(blob: Blob): Reading {
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
