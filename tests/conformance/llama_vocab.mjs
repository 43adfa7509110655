// llama.cpp's tokenizer, called as the C library that it is, on a model file's vocabulary.
//
// The idea: of a GGUF file only the metadata are kept, with the keys that a test wants changed, and llama.cpp loads
// that with `vocab_only`. Text goes in as bytes, so that invalid UTF-8 reaches it as it is. The library comes
// prebuilt in the package of node-llama-cpp for this platform; its JavaScript is not used.
//
// What it does not do: load weights, run a model, other platforms than Linux on x86-64.

import { closeSync, openSync, readSync, readdirSync, rmSync, writeFileSync, mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { getBinsDir } from "@node-llama-cpp/linux-x64";
import koffi from "koffi";

const INT32 = 5;
const STRING = 8;
const ARRAY = 9;
const SIZES = { 0: 1, 1: 1, 2: 2, 3: 2, 4: 4, 5: 4, 6: 4, 7: 1, 10: 8, 11: 8, 12: 8 };

/** The metadata of a GGUF file as `[{ key, type, value, bytes }]`; `bytes` are the value as it stands in the file. */
export function readMetadata(path) {
  const file = openSync(path, "r");
  const data = Buffer.alloc(32 << 20);
  readSync(file, data, 0, data.length, 0);
  closeSync(file);
  let at = 0;
  const u32 = () => data.readUInt32LE((at += 4) - 4);
  const u64 = () => Number(data.readBigUInt64LE((at += 8) - 8));
  const text = () => {
    const length = u64();
    return data.subarray(at, (at += length));
  };
  const value = (type) => {
    if (type === STRING) return text();
    if (type !== ARRAY) return data.subarray(at, (at += SIZES[type]));
    const inner = u32();
    return Array.from({ length: u64() }, () => value(inner));
  };
  if (u32() !== 0x46554747 || u32() !== 3) throw new Error(`${path}: no GGUF file of version 3`);
  u64();
  return Array.from({ length: u64() }, () => {
    const key = text().toString();
    const type = u32();
    const start = at;
    const parsed = value(type);
    return { key, type, value: parsed, bytes: data.subarray(start, at) };
  });
}

/** A GGUF file without tensors: the given metadata with some values changed, to a text, texts or an `Int32Array`. */
export function vocabularyFile(metadata, changes) {
  const u32 = (n) => Buffer.from(Uint32Array.of(n).buffer);
  const u64 = (n) => Buffer.from(BigUint64Array.of(BigInt(n)).buffer);
  const text = (s) => [u64(Buffer.byteLength(s)), Buffer.from(s)];
  const array = (list) =>
    list instanceof Int32Array
      ? [u32(INT32), u64(list.length), Buffer.from(list.buffer)]
      : [u32(STRING), u64(list.length), ...list.flatMap(text)];
  const entries = metadata.flatMap(({ key, type, bytes }) => {
    const change = changes[key];
    const value = change === undefined ? [bytes] : typeof change === "string" ? text(change) : array(change);
    return [...text(key), u32(type), ...value];
  });
  return Buffer.concat([u32(0x46554747), u32(3), u64(0), u64(metadata.length), ...entries]);
}

function library() {
  // llama.cpp matches some expressions with std::regex, which recurses once for each character of a match.
  koffi.config({ sync_stack_size: 16 << 20 });
  const bins = join(getBinsDir().binsDir, "linux-x64");
  const name = readdirSync(bins).find((name) => /^libllama\.(v[\d.]+\.)?so$/.test(name));
  const lib = koffi.load(join(bins, name));
  // Larger than the parameters of llama_model_load_from_file are in any version: they are passed in memory, and
  // the callee reads its own size of them. Their booleans come last, vocab_only first among these.
  koffi.struct("Params", { bytes: koffi.array("uint8", 512) });
  return {
    version: name.replace(/^libllama\.|\.so$/g, ""),
    defaults: lib.func("Params llama_model_default_params()"),
    load: lib.func("void *llama_model_load_from_file(const char *path, Params params)"),
    free: lib.func("void llama_model_free(void *model)"),
    vocab: lib.func("void *llama_model_get_vocab(void *model)"),
    tokenize: lib.func(
      "int llama_tokenize(void *vocab, const uint8_t *text, int length, _Out_ int32_t *ids, int room, bool, bool)",
    ),
    isEnd: lib.func("bool llama_vocab_is_eog(void *vocab, int id)"),
    quiet: (() => {
      const callback = koffi.proto("void LogCallback(int level, const char *text, void *data)");
      const set = lib.func("llama_log_set", "void", [koffi.pointer(callback), "void *"]);
      set(koffi.register(() => {}, koffi.pointer(callback)), null);
    })(),
  };
}

const VOCAB_ONLY = 72; // Offset in bytes of `vocab_only` in `llama_model_params` of llama.cpp v0.5.0.
let llama;

/** The release of llama.cpp that is called. */
export function llamaVersion() {
  llama ??= library();
  return llama.version;
}

/** llama.cpp's vocabulary of a GGUF file's bytes: `encode(bytes)` gives ids, `isEnd(id)`, `close()`. */
export function loadVocabulary(gguf) {
  llama ??= library();
  const folder = mkdtempSync(join(tmpdir(), "vocabulary-"));
  const path = join(folder, "vocabulary.gguf");
  writeFileSync(path, gguf);
  const params = llama.defaults();
  params.bytes[VOCAB_ONLY] = 1;
  const model = llama.load(path, params);
  rmSync(folder, { recursive: true });
  if (!model) throw new Error("llama.cpp cannot load the vocabulary");
  const vocab = llama.vocab(model);
  return {
    encode(bytes) {
      const ids = new Int32Array(bytes.length * 3 + 8);
      const count = llama.tokenize(vocab, bytes, bytes.length, ids, ids.length, false, false);
      if (count < 0) throw new Error(`llama.cpp cannot tokenize ${bytes.length} bytes`);
      return ids.subarray(0, count);
    },
    isEnd: (id) => llama.isEnd(vocab, id),
    close: () => llama.free(model),
  };
}
