// Keys: what they are bound to by default, that none types a character, and how hints name them.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, test } from "node:test";

import { EditorState, Prec } from "@codemirror/state";
import { keymap } from "@codemirror/view";

import * as api from "../dist/codemirror.js";

const { inlineCompletion, inlineCompletionKeymap, suggestionKey } = api;
const SOURCE = { complete: () => new Promise(() => undefined) };
const PLATFORMS = ["mac", "win", "linux"];

const editor = (options = {}, ...extensions) =>
  EditorState.create({
    extensions: [inlineCompletion({ source: SOURCE, ...options }), ...extensions],
  });

describe("keys by default", () => {
  /** What a platform types characters of a third place on a key with. */
  const TYPES = { mac: ["Alt"], win: ["Ctrl", "Alt"], linux: ["AltGraph"] };
  for (const platform of PLATFORMS) {
    test(`none types a character on ${platform}`, () => {
      for (const { key, [platform]: own } of inlineCompletionKeymap) {
        const bound = own ?? key;
        const parts = bound.split("-");
        const name = parts.pop();
        if (name.length > 1 && name !== "Space") continue;
        const command = platform === "mac" ? "Meta" : "Ctrl";
        const modifiers = parts.map((part) => part.replace("Mod", command)).sort();
        assert.ok(
          modifiers.some((modifier) => modifier !== "Shift"),
          bound,
        );
        assert.notDeepEqual(modifiers, [...TYPES[platform]].sort(), bound);
      }
    });
  }
});

describe("keys as they are shown", () => {
  const DEFAULTS = {
    acceptSuggestion: ["Tab", "Tab"],
    dismissSuggestion: ["Esc", "Esc"],
    acceptSuggestionWord: ["Ctrl →", "⌘ →"],
    acceptSuggestionLine: ["Ctrl ↓", "⌘ ↓"],
    nextSuggestion: ["Alt ]", "⌃ ⌥ ]"],
    previousSuggestion: ["Alt [", "⌃ ⌥ ["],
    requestSuggestion: ["Alt \\", "⌃ ⌥ \\"],
  };
  for (const [name, [elsewhere, mac]] of Object.entries(DEFAULTS)) {
    test(`${name} is ${elsewhere}, on a Mac ${mac}`, () => {
      for (const platform of PLATFORMS) {
        const shown = suggestionKey(editor(), api[name], platform)?.join(" ");
        assert.equal(shown, platform === "mac" ? mac : elsewhere);
      }
    });
  }

  const WRITTEN = [
    ["F2", "F2", "F2"],
    ["Ctrl-Enter", "Ctrl Enter", "⌃ ↩"],
    ["c-s-a", "Ctrl Shift a", "⌃ ⇧ a"],
    ["Mod--", "Ctrl -", "⌘ -"],
    ["Cmd-k Alt-ArrowUp", "Meta k Alt ↑", "⌘ k ⌥ ↑"],
    ["Shift-Alt-Space", "Shift Alt Space", "⇧ ⌥ Space"],
  ];
  for (const [key, elsewhere, mac] of WRITTEN) {
    test(`a page that binds ${key} shows ${elsewhere}, on a Mac ${mac}`, () => {
      for (const [name, command] of Object.entries(api)) {
        if (!(name in DEFAULTS)) continue;
        const own = [{ key, run: command }];
        const states = [
          editor({ keymap: own }),
          editor({ defaultKeymap: false }, keymap.of(own)),
          editor({}, Prec.highest(keymap.of([{ key: "F9", run: () => true }]))),
        ];
        for (const platform of PLATFORMS) {
          const shown = states.map((state) => suggestionKey(state, command, platform)?.join(" "));
          const expected = platform === "mac" ? mac : elsewhere;
          assert.deepEqual(shown.slice(0, 2), [expected, expected]);
          assert.equal(shown[2], DEFAULTS[name][platform === "mac" ? 1 : 0]);
        }
      }
    });
  }

  test("no key is shown for what is bound to none, or on other platforms only", () => {
    const command = api.acceptSuggestion;
    assert.equal(suggestionKey(editor({ defaultKeymap: false }), command, "win"), null);
    const own = [{ mac: "Ctrl-j", run: command }];
    assert.deepEqual(suggestionKey(editor({ keymap: own }), command, "mac"), ["⌃", "j"]);
    assert.equal(suggestionKey(editor({ keymap: own }), command, "linux"), null);
  });

  test("the package's README names every key as it is bound", () => {
    const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");
    const line = readme.split("\n").find((text) => text.startsWith("Tab accepts"));
    const signs = { ArrowRight: "→", ArrowDown: "↓", Mod: "Ctrl/Cmd" };
    const written = (key) =>
      key.replaceAll(/ArrowRight|ArrowDown|Mod/g, (part) => signs[part] ?? part);
    for (const { key, mac } of inlineCompletionKeymap) {
      assert.ok(line.includes(written(key)), key);
      if (mac !== undefined) assert.ok(line.includes(mac.replace("Alt", "Option")), mac);
    }
  });
});
