// What came in a model's place: servers answer with all sorts of things and status 200.
//
// Known by how they begin. Whether a file that may be a model is one, the engine says, which reads
// its header; until it has, nothing is kept.

/** Bytes that are looked at. */
export const HEAD = 512;

/** Beginnings as text, without what stands before it. */
const TEXTS: readonly (readonly [RegExp, string])[] = [
  [
    /^version https:\/\/git-lfs\.github\.com\//,
    "a Git LFS pointer, which names the file and is not it",
  ],
  [/^<(!doctype\s+html|html|head|body|script)\b/i, "a web page, such as one to sign in"],
  [/^<(\?xml|Error|ListBucketResult)\b/, "XML, such as a storage service's error"],
  [/^[{[]\s*(["[{\]}]|$)/, "JSON, such as an error"],
];

/** Beginnings as bytes. */
const BYTES: readonly (readonly [readonly number[], string])[] = [
  [[0x1f, 0x8b], "a gzip file, to be unpacked first"],
  [[0x28, 0xb5, 0x2f, 0xfd], "a Zstandard file, to be unpacked first"],
  [[0x50, 0x4b, 0x03, 0x04], "a zip file, as PyTorch writes them"],
  [[0x80, 0x02], "a Python pickle"],
  [[0x6c, 0x6d, 0x67, 0x67], "a GGML file, from before there was GGUF"],
  [[0x74, 0x6a, 0x67, 0x67], "a GGML file, from before there was GGUF"],
];

/** What a file is that is certainly no GGUF file, by its first bytes; `null` if it may be one. */
export function whatCame(head: Uint8Array): string | null {
  if (head.length === 0) return "an empty file";
  if ([0x47, 0x47, 0x55, 0x46].every((byte, at) => head[at] === byte)) return null; // "GGUF"
  for (const [magic, what] of BYTES) {
    if (magic.every((byte, at) => head[at] === byte)) return what;
  }
  const text = new TextDecoder().decode(head.subarray(0, HEAD));
  const found = TEXTS.find(([beginning]) => beginning.test(text.trimStart()));
  if (found !== undefined) return found[1];
  // The header's length as eight bytes, then the header, which is JSON.
  return head[8] === 0x7b && head[7] === 0 && head[6] === 0 ? "a safetensors file" : null;
}
