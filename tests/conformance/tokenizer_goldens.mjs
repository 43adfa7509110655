// What llama.cpp makes of the corpus in tokenizer/, for each pre-tokenizer; and the vocabulary that it was made with.
//
//     npm install --ignore-scripts --no-package-lock
//     node tokenizer_goldens.mjs PATH/SmolLM2-135M-Instruct.Q4_1.gguf
//
// The idea: a vocabulary under each name that `tokenizer.ggml.pre` can have, so that the pre-tokenizer is all that
// differs. SmolLM2's vocabulary shows what a model is given; one in which any two bytes merge shows where words end,
// which a real vocabulary often hides. Formats are in README.md. What it does not do: write the corpus.

import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { llamaVersion, loadVocabulary, readMetadata, vocabularyFile } from "./llama_vocab.mjs";

const NAMES = ["smollm", "gpt-2", "qwen2", "llama-bpe", "starcoder", "refact", "deepseek-coder"];
const folder = new URL("tokenizer/", import.meta.url);
const metadata = readMetadata(process.argv[2]);
const value = (name) => metadata.find(({ key }) => key === `tokenizer.ggml.${name}`).value;
const tokens = value("tokens").map(String);

const corpus = JSON.parse(readFileSync(new URL("corpus.json", folder), "utf8"));
const bytesOf = ({ text, hex, times = 1 }) => {
  const bytes = hex === undefined ? Buffer.from(text) : Buffer.from(hex, "hex");
  return Buffer.concat(Array.from({ length: times }, () => bytes));
};
const texts = corpus.map(bytesOf);
const shortTexts = corpus.filter(({ name }) => !name.startsWith("long/")).map(bytesOf);

const goldens = {
  llama_cpp: llamaVersion(),
  smollm2: writeGoldens("smollm2", texts, {}),
  pairs: writeGoldens("pairs", shortTexts, pairs()),
  vocabulary: writeVocabulary(),
};
const json = JSON.stringify(goldens, null, 1).replace(/\[\s+[^\]]*?\s+\]/g, (list) => list.replace(/\s*\n\s*/g, " "));
writeFileSync(new URL("goldens.json", folder), `${json}\n`);

/** Writes the ids of all texts for each pre-tokenizer, equal ones once; gives the file of each name. */
function writeGoldens(vocabularyName, texts, changes) {
  mkdirSync(new URL(vocabularyName, folder), { recursive: true });
  const written = [];
  return Object.fromEntries(
    NAMES.map((name) => {
      const vocabulary = loadVocabulary(vocabularyFile(metadata, { ...changes, "tokenizer.ggml.pre": name }));
      const numbers = texts.map((text) => vocabulary.encode(text)).flatMap((ids) => [ids.length, ...ids]);
      vocabulary.close();
      if (numbers.some((number) => number > 0xffff)) throw new Error("a number does not fit 16 bits");
      const bytes = Buffer.from(Uint16Array.from(numbers).buffer);
      let same = written.find((file) => file.bytes.equals(bytes));
      if (!same) {
        same = { path: `${vocabularyName}/${name}.u16`, bytes };
        writeFileSync(new URL(same.path, folder), bytes);
        written.push(same);
      }
      return [name, same.path];
    }),
  );
}

/** A vocabulary of all bytes and of all pairs of bytes that UTF-8 has, which merge in the order of their values. */
function pairs() {
  const itself = (byte) => (byte > 0x20 && byte < 0x7f) || (byte > 0xa0 && byte !== 0xad);
  const bytes = Array.from({ length: 256 }, (_, byte) => byte);
  const others = bytes.filter((byte) => !itself(byte));
  const letters = bytes.map((byte) => String.fromCodePoint(itself(byte) ? byte : 256 + others.indexOf(byte)));
  const used = letters.slice(0, 0xf5);
  const merges = used.flatMap((left) => used.map((right) => [left, right]));
  const tokens = [...letters, ...merges.map((merge) => merge.join(""))];
  return {
    "tokenizer.ggml.tokens": tokens,
    "tokenizer.ggml.token_type": new Int32Array(tokens.length).fill(1),
    "tokenizer.ggml.merges": merges.map((merge) => merge.join(" ")),
  };
}

/** Writes SmolLM2's vocabulary: control tokens, single letters, then the product of each merge, in order. */
function writeVocabulary() {
  const ids = new Map(tokens.map((text, id) => [text, id]));
  const merges = value("merges").map((line) => line.toString().split(" "));
  const first = tokens.length - merges.length;
  merges.forEach(([left, right], i) => {
    if (ids.get(left + right) !== first + i) throw new Error(`token ${first + i} is not the product of merge ${i}`);
  });
  const sides = Uint16Array.from(merges.flat(), (text) => ids.get(text));
  writeFileSync(new URL("smollm2/merges.u16", folder), Buffer.from(sides.buffer));
  const types = value("token_type").map((type) => type.readInt32LE());
  const control = types.filter((type) => type === 3).length;
  if (tokens.slice(control, first).some((text) => [...text].length !== 1)) throw new Error("other first tokens");
  if (types.some((type, id) => type !== (id < control ? 3 : 1))) throw new Error("control tokens are not the first");
  const vocabulary = loadVocabulary(vocabularyFile(metadata, {}));
  const ends = tokens.map((_, id) => id).filter((id) => vocabulary.isEnd(id));
  vocabulary.close();
  return {
    licence: "Apache-2.0: SmolLM2 by Hugging Face",
    bos: value("bos_token_id").readUInt32LE(),
    eos: value("eos_token_id").readUInt32LE(),
    add_bos: value("add_bos_token")[0] === 1,
    ends,
    control: tokens.slice(0, control),
    letters: tokens.slice(control, first).join(""),
  };
}
