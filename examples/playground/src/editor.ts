// The editor: CodeMirror with the usual comforts, one state a file, and ghost text.

import { autocompletion, closeBrackets, closeBracketsKeymap } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap, indentWithTab } from "@codemirror/commands";
import { javascript } from "@codemirror/lang-javascript";
import { python } from "@codemirror/lang-python";
import { rust } from "@codemirror/lang-rust";
import {
  bracketMatching,
  HighlightStyle,
  indentOnInput,
  indentUnit,
  syntaxHighlighting,
} from "@codemirror/language";
import { highlightSelectionMatches, searchKeymap } from "@codemirror/search";
import { Compartment, EditorState, type Extension } from "@codemirror/state";
import {
  drawSelection,
  EditorView,
  highlightActiveLine,
  highlightActiveLineGutter,
  keymap,
  lineNumbers,
} from "@codemirror/view";
import { tags } from "@lezer/highlight";
import { inlineCompletion, type InlineCompletionConfig } from "ghostlight/codemirror";

import { parsingInSteps } from "./parsing.ts";

const colours = new Compartment();

/** An editor over several files. */
export class Editor {
  readonly view: EditorView;
  readonly #states = new Map<string, EditorState>();
  readonly #completion: Omit<InlineCompletionConfig, "path">;
  readonly #changed: (path: string) => void;
  #path: string;
  #dark: boolean;

  constructor(
    parent: HTMLElement,
    path: string,
    text: string,
    completion: Omit<InlineCompletionConfig, "path">,
    dark: boolean,
    changed: (path: string) => void = () => undefined,
  ) {
    this.#changed = changed;
    this.#completion = completion;
    this.#dark = dark;
    this.#path = path;
    this.view = new EditorView({ parent, state: this.#create(path, text) });
  }

  /** Shows a file; `text` is its content, with the cursor at `cursor`, if it was not open before. */
  show(path: string, text: string, cursor = text.length): void {
    if (path === this.#path) return;
    this.#states.set(this.#path, this.view.state);
    const state = this.#states.get(path) ?? this.#create(path, text, cursor);
    this.#path = path;
    // A file that was hidden may have missed a change of colours.
    const effects = colours.reconfigure(look(this.#dark));
    this.view.setState(state.update({ effects }).state);
    this.view.dispatch({ scrollIntoView: true });
  }

  /** What a file says now, if it was opened. */
  text(path: string): string | null {
    const state = path === this.#path ? this.view.state : this.#states.get(path);
    return state?.doc.toString() ?? null;
  }

  /** The file and what stands on each side of the cursor. */
  get place(): { path: string; prefix: string; suffix: string } {
    const { doc, selection } = this.view.state;
    const at = selection.main.head;
    const { length } = doc;
    return {
      path: this.#path,
      prefix: doc.sliceString(0, at),
      suffix: doc.sliceString(at, length),
    };
  }

  setDark(dark: boolean): void {
    this.#dark = dark;
    this.view.dispatch({ effects: colours.reconfigure(look(dark)) });
  }

  #create(path: string, text: string, cursor = text.length): EditorState {
    return EditorState.create({
      doc: text,
      selection: { anchor: cursor },
      extensions: [
        lineNumbers(),
        highlightActiveLine(),
        highlightActiveLineGutter(),
        history(),
        drawSelection(),
        indentOnInput(),
        bracketMatching(),
        closeBrackets(),
        autocompletion({ activateOnTyping: false }),
        highlightSelectionMatches(),
        EditorView.lineWrapping,
        // Room below the cursor for ghost text of several lines.
        EditorView.scrollMargins.of(() => ({ bottom: 96 })),
        EditorView.contentAttributes.of({ "aria-label": `Code editor, ${path}` }),
        syntaxHighlighting(syntax),
        colours.of(look(this.#dark)),
        language(path),
        inlineCompletion({ ...this.#completion, path }),
        EditorView.updateListener.of((update) => {
          if (update.docChanged) this.#changed(path);
        }),
        keymap.of([
          ...closeBracketsKeymap,
          ...defaultKeymap,
          ...searchKeymap,
          ...historyKeymap,
          indentWithTab,
        ]),
      ],
    });
  }
}

function language(path: string): Extension {
  if (path.endsWith(".py")) return [python(), indentUnit.of("    "), parsingInSteps()];
  if (path.endsWith(".rs")) return [rust(), indentUnit.of("    "), parsingInSteps()];
  if (/\.[jt]sx?$/.test(path)) {
    return [javascript({ typescript: /\.tsx?$/.test(path) }), parsingInSteps()];
  }
  return [];
}

// Colours are CSS variables, so that the page's theme is the editor's theme.
const syntax = HighlightStyle.define([
  { tag: [tags.keyword, tags.modifier, tags.operatorKeyword], color: "var(--syntax-keyword)" },
  { tag: [tags.string, tags.special(tags.string)], color: "var(--syntax-string)" },
  { tag: [tags.number, tags.bool, tags.null, tags.self], color: "var(--syntax-number)" },
  { tag: [tags.comment, tags.docString], color: "var(--syntax-comment)", fontStyle: "italic" },
  { tag: [tags.typeName, tags.className, tags.namespace], color: "var(--syntax-type)" },
  {
    tag: [tags.function(tags.variableName), tags.function(tags.definition(tags.variableName))],
    color: "var(--syntax-function)",
  },
  { tag: [tags.propertyName, tags.function(tags.propertyName)], color: "var(--syntax-property)" },
  { tag: [tags.meta, tags.annotation, tags.macroName], color: "var(--syntax-meta)" },
  { tag: [tags.punctuation, tags.operator, tags.bracket], color: "var(--syntax-quiet)" },
]);

function look(dark: boolean): Extension {
  return EditorView.theme(
    {
      "&": { height: "100%", color: "var(--text)", backgroundColor: "var(--paper)" },
      "&.cm-focused": { outline: "none" },
      ".cm-scroller": {
        fontFamily: "var(--mono)",
        fontSize: "14px",
        lineHeight: "1.65",
        fontVariantLigatures: "none",
      },
      ".cm-content": { padding: "18px 0 40vh", caretColor: "var(--accent)" },
      ".cm-line": { padding: "0 20px 0 10px" },
      ".cm-cursor": { borderLeft: "2px solid var(--accent)" },
      ".cm-gutters": {
        color: "var(--faint)",
        backgroundColor: "var(--paper)",
        border: "none",
        paddingLeft: "8px",
      },
      ".cm-activeLine": { backgroundColor: "var(--line)" },
      ".cm-activeLineGutter": { color: "var(--soft)", backgroundColor: "transparent" },
      "&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground": {
        backgroundColor: "var(--selection)",
      },
      ".cm-selectionBackground": { backgroundColor: "var(--selection)" },
      ".cm-matchingBracket": { backgroundColor: "var(--selection)", outline: "none" },
      ".cm-ghostText": { color: "var(--ghost)", fontStyle: "italic" },
      ".cm-panels": { color: "var(--text)", backgroundColor: "var(--panel)" },
    },
    { dark },
  );
}
