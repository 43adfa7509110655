// Models that this origin has stored: what is known of each, listed, deleted one by one, and made room among.
//
// Works on the page and in a worker. Beside each file stands a small record. What was used least
// recently goes first when all together take more than they may, or when the disk is full; a file
// that is being read or written, in any tab, stays.

import type { Identity } from "./download.js";
import { folderAt, writeWhole } from "./files.js";

export const MODELS = ["ghostlight", "models"] as const;

/** Bytes that stored models may take together, if nobody says. */
export const DEFAULT_BUDGET = 4e9;

/** What is written beside a model file. */
export interface StoredRecord extends Identity {
  /** Without what a signature adds. */
  readonly url: string;
  /** Bytes known to be on disk. */
  readonly received: number;
  /** Whether the file is whole and verified. */
  readonly done: boolean;
  /** When it was opened last, milliseconds since 1970; records of old have none. */
  readonly used?: number;
}

/** A model of this origin's storage. */
export interface StoredModel {
  /** sha256 of the file, or, where none was given, of its URL. */
  readonly key: string;
  /** Where it is from, without what a signature added. */
  readonly url: string;
  /** Bytes that are there. */
  readonly bytes: number;
  /** Whether all are, and right; the rest comes with the next download. */
  readonly isWhole: boolean;
  /** When it was opened last; `null` for one from before that was noted. */
  readonly lastUsed: Date | null;
}

/**
 * The models that this origin has stored, whole or in part, the one used last first; works on the
 * page and in a worker.
 */
export async function storedModels(): Promise<StoredModel[]> {
  try {
    const found = await filesIn(await modelFolder());
    const models = found.flatMap(({ key, size, record }): StoredModel[] => {
      if (record === null) return [];
      const { url, used } = record;
      const isWhole = record.done && record.size === size;
      const lastUsed = used === undefined ? null : new Date(used);
      return [{ key, url, bytes: size, isWhole, lastUsed }];
    });
    return models.reverse();
  } catch {
    return []; // no such file system, or nothing stored yet
  }
}

/**
 * Deletes one stored model by its key, as {@link storedModels} tells it.
 *
 * Rejects if it is being written or read at this moment, in any tab.
 */
export async function deleteStoredModel(key: string): Promise<void> {
  await remove(await modelFolder(), key);
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
    if (!isMissing(error)) throw error;
  }
}

/** The folder of models, made if need be; `null` where there can be none. */
export function openModelFolder(): Promise<FileSystemDirectoryHandle | null> {
  return folderAt(MODELS);
}

/**
 * Deletes other models than `key`, the one used least recently first, until all together take at
 * most `budget` bytes, and files that have no record. What is in use stays.
 */
export async function evict(
  folder: FileSystemDirectoryHandle,
  key: string,
  budget: number,
): Promise<void> {
  const files = await filesIn(folder);
  let total = files.reduce((sum, { size }) => sum + size, 0);
  for (const file of files) {
    if (file.key === key || (total <= budget && file.record !== null)) continue;
    try {
      await remove(folder, file.key);
      total -= file.size;
    } catch {
      // In use.
    }
  }
}

/** Deletes the model other than `key` that was used least recently; the bytes of it, 0 if there is none. */
export async function evictOne(folder: FileSystemDirectoryHandle, key: string): Promise<number> {
  for (const file of await filesIn(folder)) {
    if (file.key === key || file.size === 0) continue;
    try {
      await remove(folder, file.key);
      return file.size;
    } catch {
      // In use.
    }
  }
  return 0;
}

export async function readRecord(
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

export function writeRecord(
  folder: FileSystemDirectoryHandle,
  key: string,
  record: StoredRecord,
): Promise<void> {
  return writeWhole(folder, `${key}.json`, new TextEncoder().encode(JSON.stringify(record)));
}

/** Deletes a file and its record. */
export async function remove(folder: FileSystemDirectoryHandle, key: string): Promise<void> {
  // A file in use stops it here, with its record still there; a record alone is no model.
  await folder.removeEntry(`${key}.gguf`);
  await folder.removeEntry(`${key}.json`).catch((error: unknown) => {
    if (!isMissing(error)) throw error;
  });
}

/** All files of models, the one used least recently first. */
async function filesIn(
  folder: FileSystemDirectoryHandle,
): Promise<{ key: string; size: number; record: StoredRecord | null }[]> {
  const files = [];
  for await (const name of folder.keys()) {
    if (!name.endsWith(".gguf")) continue;
    const key = name.slice(0, -".gguf".length);
    const size = await fileSize(folder, name);
    if (size !== null) files.push({ key, size, record: await readRecord(folder, key) });
  }
  return files.sort((a, b) => (a.record?.used ?? 0) - (b.record?.used ?? 0));
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

function isMissing(error: unknown): boolean {
  return error instanceof DOMException && error.name === "NotFoundError";
}
