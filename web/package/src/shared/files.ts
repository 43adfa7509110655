// The origin private file system: folders, whole files, and what its errors mean.

import type { EngineError } from "./generated.js";
import { formatBytes } from "./errors.js";

// The worker-only half of the file system API, which TypeScript's DOM library leaves out.
export interface SyncHandle {
  read(buffer: Uint8Array, options: { at: number }): number;
  write(buffer: Uint8Array, options: { at: number }): number;
  truncate(size: number): void;
  getSize(): number;
  flush(): void;
  close(): void;
}
export interface SyncFileHandle extends FileSystemFileHandle {
  createSyncAccessHandle(options?: { mode: "read-only" | "readwrite" }): Promise<SyncHandle>;
}

/** A folder in OPFS, or `null` where there is no OPFS with synchronous handles. */
export async function folderAt(path: readonly string[]): Promise<FileSystemDirectoryHandle | null> {
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

export async function hexDigest(text: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** The exclusive handle; a worker that was just terminated may hold it a moment longer. */
export async function openForWriting(file: SyncFileHandle): Promise<SyncHandle> {
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

export async function writeWhole(
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

export function isQuota(error: unknown): boolean {
  return error instanceof Error && error.name === "QuotaExceededError";
}

/** There is no room for `bytes` more; `null` for anything at all. */
export async function quotaError(bytes: number | null): Promise<EngineError> {
  const { quota = 0, usage = 0 } = await navigator.storage.estimate();
  return {
    code: "too-large",
    message:
      "storing the model: " +
      (bytes === null ? "" : `${formatBytes(bytes)} needed, but `) +
      "the browser gives this site no more room " +
      `(${formatBytes(usage)} of ${formatBytes(quota)} used); ` +
      `free disk space or delete this site's stored data`,
  };
}

export function storageError(error: unknown): EngineError {
  const message = error instanceof Error ? error.message : String(error);
  return { code: "unreadable", message: `opening the stored model: ${message}` };
}

export function shortRead(offset: number, length: number, got: number): EngineError {
  return {
    code: "unreadable",
    message: `reading the model: ${length} bytes at offset ${offset} wanted, ${got} there`,
  };
}
