// Where a download's bytes go: into a file of the origin private file system, or into memory.

import type { Identity, Sink } from "./download.js";
import type { EngineError } from "./generated.js";
import { isQuota, quotaError, shortRead, storageError, type SyncHandle } from "./files.js";

/** What a file's sink leaves to whoever keeps the files. */
export interface Keeper {
  /** Writes down how far the file is. */
  save(identity: Identity): Promise<void>;
  /** Deletes a file that can be spared; the bytes of it, 0 if there is none. */
  spare(): Promise<number>;
}

export class FileSink implements Sink {
  #size: number;
  /** Bytes that were still to come when the download (re)started, for error messages. */
  #needed = 0;
  readonly #handle: SyncHandle;
  readonly #keeper: Keeper;

  constructor(handle: SyncHandle, size: number, keeper: Keeper) {
    this.#handle = handle;
    this.#size = size;
    this.#keeper = keeper;
  }

  get size(): number {
    return this.#size;
  }

  async write(bytes: Uint8Array): Promise<void> {
    let written = 0;
    try {
      written = this.#handle.write(bytes, { at: this.#size });
    } catch (error) {
      if (!isQuota(error)) throw storageError(error);
    }
    this.#size += written;
    if (written === bytes.length) return;
    // A handle that met the limit keeps to it: whoever opens another one has the room.
    const needed = Math.max(this.#needed, bytes.length);
    for (let freed = 0; freed < needed;) {
      const more = await this.#keeper.spare();
      if (more === 0) break;
      freed += more;
    }
    throw await this.#full(bytes.length - written);
  }

  #full(more: number): Promise<EngineError> {
    return quotaError(Math.max(this.#needed, this.#size + more));
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
    return this.#keeper.save(identity);
  }

  async reserve(bytes: number): Promise<void> {
    this.#needed = bytes;
    const { quota, usage } = await navigator.storage.estimate();
    if (quota === undefined || usage === undefined) return;
    // What was freed is counted here: what the browser tells may lag behind.
    for (let missing = bytes - (quota - usage); missing > 0;) {
      const freed = await this.#keeper.spare();
      if (freed === 0) throw await quotaError(bytes);
      missing -= freed;
    }
  }
}

export class MemorySink implements Sink {
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
