// The entry `ghostlight/codemirror`.

export * from "./editors/codemirror/index.js";
