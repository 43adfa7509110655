// Types sequences into a page with an editor, at a person's pace or as fast as it takes keys.
//
// At a person's pace suggestions come, and `watch.mjs` notes them. As fast as it takes keys,
// on a page without a model, the editor is alone with them: what it makes of them, with brackets
// that it closes and lines that it indents, is what has to stand there with suggestions too.

import { setTimeout as sleep } from "node:timers/promises";

/** Milliseconds between opening a file and the first key. */
const OPENED = 1000;
/** Milliseconds after the last key in which suggestions may still come. */
const AFTER = 400;

/** Types one sequence as a person would; gives what was shown, and the work at its stages. */
export async function replay(page, sequence, number) {
  const stages = [["opened", await work(page)]];
  await open(page, sequence, number);
  await sleep(OPENED);
  stages.push(["typed", await work(page)]);
  await page.evaluate(() => (window.__typing.stage = "typed"));
  let due = performance.now();
  for (const step of sequence.steps) {
    due += step.gap;
    await sleep(Math.max(0, due - performance.now()));
    // What took longer than its gap is no reason to hurry afterwards.
    due = Math.max(due, performance.now() - 5);
    if (step.kind === "away") stages.push(["looked", await work(page)]);
    await press(page, step);
  }
  await sleep(AFTER);
  const seen = await page.evaluate(() => ({
    shows: window.__typing.shows,
    results: window.__typing.results,
    text: window.__ghostlight.view.state.doc.toString(),
  }));
  return { ...seen, work: spent(stages, await work(page)) };
}

/** Types all sequences without a pause; gives the text that each ends with. */
export async function typedAlone(page, all) {
  const texts = [];
  for (const [number, sequence] of all.entries()) {
    await open(page, sequence, number);
    for (const step of sequence.steps) await press(page, step);
    texts.push(await page.evaluate(() => window.__ghostlight.view.state.doc.toString()));
  }
  return texts;
}

/** What requests have cost so far. */
async function work(page) {
  const figures = () => window.__ghostlight.completer.feedback.figures();
  return (await page.evaluate(figures)).work;
}

/** The tokens of each stage: those of prompts, and those that were read. */
function spent(stages, end) {
  const after = [...stages.slice(1).map(([, work]) => work), end];
  return Object.fromEntries(
    stages.map(([stage, before], index) => {
      const { promptTokens, readTokens } = after[index];
      const prompt = promptTokens - before.promptTokens;
      return [stage, { prompt, read: readTokens - before.readTokens }];
    }),
  );
}

function open(page, { path, before, after }, number) {
  return page.evaluate(
    ({ path, text, cursor }) => {
      const { show, view } = window.__ghostlight;
      const clean = { step: -1, stage: "opened", keys: [], shows: [], text: "", results: [] };
      Object.assign(window.__typing, clean);
      show(path, text, cursor);
      view.focus();
    },
    { path: `${number}/${path}`, text: before + after, cursor: before.length },
  );
}

async function press(page, step) {
  switch (step.kind) {
    case "key":
      await page.keyboard.press(step.text === " " ? "Space" : step.text);
      break;
    case "erase":
      await page.keyboard.press("Backspace");
      break;
    default:
      await page.evaluate(act, step);
  }
}

/** A step that is no single key: a new line with its blanks, a look elsewhere and back. */
function act({ kind, text }) {
  const { view } = window.__ghostlight;
  const typing = window.__typing;
  const { head } = view.state.selection.main;
  typing.pressed();
  if (kind === "line") {
    const changes = { from: head, insert: text };
    const selection = { anchor: head + text.length };
    view.dispatch({ changes, selection, userEvent: "input.type" });
  } else if (kind === "away") {
    typing.place = head;
    view.dispatch({ selection: { anchor: Math.max(0, head - 800) }, userEvent: "select" });
  } else {
    view.dispatch({ selection: { anchor: typing.place }, userEvent: "select" });
  }
}
