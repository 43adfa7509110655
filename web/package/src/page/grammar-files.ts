// Made by `cargo xtask types` from core/text/src/languages.rs. Do not edit.

/** The pack of each grammar in the package's own files. */
export const grammarFiles = () => ({
  bash: new URL("../../wasm/syntax/bash.wasm", import.meta.url).href,
  c: new URL("../../wasm/syntax/c.wasm", import.meta.url).href,
  cpp: new URL("../../wasm/syntax/cpp.wasm", import.meta.url).href,
  csharp: new URL("../../wasm/syntax/csharp.wasm", import.meta.url).href,
  css: new URL("../../wasm/syntax/css.wasm", import.meta.url).href,
  go: new URL("../../wasm/syntax/go.wasm", import.meta.url).href,
  html: new URL("../../wasm/syntax/html.wasm", import.meta.url).href,
  java: new URL("../../wasm/syntax/java.wasm", import.meta.url).href,
  javascript: new URL("../../wasm/syntax/javascript.wasm", import.meta.url).href,
  json: new URL("../../wasm/syntax/json.wasm", import.meta.url).href,
  kotlin: new URL("../../wasm/syntax/kotlin.wasm", import.meta.url).href,
  lua: new URL("../../wasm/syntax/lua.wasm", import.meta.url).href,
  markdown: new URL("../../wasm/syntax/markdown.wasm", import.meta.url).href,
  php: new URL("../../wasm/syntax/php.wasm", import.meta.url).href,
  python: new URL("../../wasm/syntax/python.wasm", import.meta.url).href,
  ruby: new URL("../../wasm/syntax/ruby.wasm", import.meta.url).href,
  rust: new URL("../../wasm/syntax/rust.wasm", import.meta.url).href,
  scala: new URL("../../wasm/syntax/scala.wasm", import.meta.url).href,
  sql: new URL("../../wasm/syntax/sql.wasm", import.meta.url).href,
  swift: new URL("../../wasm/syntax/swift.wasm", import.meta.url).href,
  toml: new URL("../../wasm/syntax/toml.wasm", import.meta.url).href,
  tsx: new URL("../../wasm/syntax/tsx.wasm", import.meta.url).href,
  typescript: new URL("../../wasm/syntax/typescript.wasm", import.meta.url).href,
  yaml: new URL("../../wasm/syntax/yaml.wasm", import.meta.url).href,
});
