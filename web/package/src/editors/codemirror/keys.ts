// Which keys commands of inline completion are bound to, as the platform labels them.
//
// Read from the editor's keymaps, so that hints on a page never name a key that the page has changed.

import type { EditorState } from "@codemirror/state";
import { keymap, type Command } from "@codemirror/view";

import { meaningOf } from "./commands.js";

/** A platform as CodeMirror's key bindings tell them apart. */
export type KeyPlatform = "mac" | "win" | "linux";

const SIGNS: Readonly<Record<string, string>> = {
  ArrowRight: "→",
  ArrowLeft: "←",
  ArrowDown: "↓",
  ArrowUp: "↑",
  Escape: "Esc",
};
const MAC_SIGNS: Readonly<Record<string, string>> = {
  Ctrl: "⌃",
  Alt: "⌥",
  Shift: "⇧",
  Meta: "⌘",
  Enter: "↩",
};
/** Modifiers as key bindings may write them. */
const MODIFIERS: Readonly<Record<string, string>> = {
  a: "Alt",
  alt: "Alt",
  c: "Ctrl",
  ctrl: "Ctrl",
  control: "Ctrl",
  s: "Shift",
  shift: "Shift",
  m: "Meta",
  cmd: "Meta",
  meta: "Meta",
};

/**
 * The key that `command`, such as {@link acceptSuggestion}, is bound to in an editor, as the labels
 * of what is held and pressed: `["Tab"]`, `["Ctrl", "→"]` or, on a Mac, `["⌘", "→"]`; `null` if it
 * is bound to none. Of several bindings the first that counts.
 */
export function suggestionKey(
  state: EditorState,
  command: Command,
  platform: KeyPlatform = platformOf(navigator.platform),
): readonly string[] | null {
  for (const binding of state.facet(keymap).flat()) {
    if (binding.run === undefined || meaningOf(binding.run) !== meaningOf(command)) continue;
    // As CodeMirror reads it; a binding may be for other platforms only.
    const name = binding[platform] ?? binding.key;
    if (name !== undefined) return labels(name, platform);
  }
  return null;
}

function labels(name: string, platform: KeyPlatform): readonly string[] {
  return name.split(/ (?!$)/).flatMap((stroke) =>
    stroke.split(/-(?!$)/).map((part, index, parts) => {
      const isModifier = index < parts.length - 1;
      const key = isModifier ? modifier(part, platform) : part;
      return (platform === "mac" ? MAC_SIGNS[key] : undefined) ?? SIGNS[key] ?? key;
    }),
  );
}

function modifier(part: string, platform: KeyPlatform): string {
  if (/^mod$/i.test(part)) return platform === "mac" ? "Meta" : "Ctrl";
  return MODIFIERS[part.toLowerCase()] ?? part;
}

function platformOf(name: string): KeyPlatform {
  if (/mac|iphone|ipad/i.test(name)) return "mac";
  return /win/i.test(name) ? "win" : "linux";
}
