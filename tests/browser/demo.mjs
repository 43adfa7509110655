// Uses the playground as a person would, and reports what came of it.
//
//   node demo.mjs URL ENGINE
//
// A first visit loads the model and leaves it in the browser's storage. The page
// is then opened anew: a file, some typing, ghost text, Tab. The last line on
// stdout is one JSON object; everything else goes to stderr. Times are taken
// inside the page, from the key event to the frame in which ghost text stands in
// the document, so that what drives the browser does not count.
//
// It does not judge speed or quality; it fails only when no ghost text comes, or
// when Tab does not put it into the document.

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromium } from "playwright-core";

import { chromiumPath } from "./support/browser.mjs";
import { decodeSpeed, isLongEnough, prefillSpeed } from "./support/speed.mjs";

const [url, engine = "auto"] = process.argv.slice(2);
if (!url) {
  console.error("usage: node demo.mjs URL [auto|cpu|webgpu]");
  process.exit(2);
}

/** Milliseconds until the model has to be ready, downloads and shader compilation included. */
const READY_LIMIT = 300_000;
/** Milliseconds until ghost text has to stand for one piece of typing, on the slowest device. */
const GHOST_LIMIT = 90_000;

/** A file of the playground, and beginnings that invite a continuation; tried in turn until ghost text comes. */
const TYPED = [
  "\n\ndef add(a, b):\n    return",
  "\n\ndef is_even(number):\n    return",
  "\n\nfor i in range(10):\n    print(",
  '\n\nif __name__ == "__main__":\n    ',
];

// Everything that is measured, in the page itself.
function watch() {
  const seen = { lastKey: 0, shownAt: 0, text: "", firstAt: 0 };
  window.__demo = seen;
  addEventListener("keydown", (event) => (seen.lastKey = event.timeStamp), { capture: true });
  const look = () => {
    const text = [...document.querySelectorAll(".cm-ghostText")]
      .map((node) => node.textContent)
      .join("");
    if (text !== "" && seen.text === "") {
      seen.shownAt = performance.now();
      seen.firstAt ||= seen.shownAt;
    }
    seen.text = text;
  };
  new MutationObserver(look).observe(document, {
    childList: true,
    subtree: true,
    characterData: true,
  });
}

/** Waits until the model is there; an error that nobody catches ends the wait. */
async function ready(page) {
  const over = page
    .waitForFunction(
      () => ["ready", "error"].includes(document.documentElement.dataset.ghostlight),
      undefined,
      { timeout: READY_LIMIT },
    )
    .catch(() => {});
  let fail = () => {};
  const broken = new Promise((resolve) => (fail = resolve));
  page.on("pageerror", fail);
  await Promise.race([over, broken]);
  page.off("pageerror", fail);
  const [state, status] = await page.evaluate(() => [
    document.documentElement.dataset.ghostlight ?? "none",
    (
      document.querySelector("[role=alert]:not([hidden])") ??
      document.querySelector("[role=status]")
    )?.innerText
      .trim()
      .split("\n")[0],
  ]);
  if (state !== "ready") {
    const said = status ? `: ${status}` : "";
    throw new Error(`the model did not become ready (state ${state})${said}`);
  }
}

/** Types at the end of the file and waits for a finished suggestion; null when none comes. */
async function suggestion(page, text) {
  const before = await page.evaluate(() => window.__ghostlight.lastResult);
  await page.keyboard.press("Control+End");
  // One insertion per line: a newline would otherwise be indented by the editor.
  for (const [index, line] of text.split("\n").entries()) {
    if (index > 0) {
      await page.keyboard.press("Enter");
      await page.keyboard.press("Shift+Home");
    }
    // At once but for the last key, so that nothing is asked for before that one.
    await page.keyboard.insertText(line.slice(0, -1));
    if (line !== "") await page.keyboard.press(line.at(-1) === " " ? "Space" : line.at(-1));
  }
  const done = await page
    .waitForFunction(
      (last) => {
        const result = window.__ghostlight.lastResult;
        const isNew = result !== null && JSON.stringify(result) !== last;
        return isNew && result.text !== "" && window.__demo.text !== "";
      },
      JSON.stringify(before),
      { timeout: GHOST_LIMIT, polling: 50 },
    )
    .then(
      () => true,
      () => false,
    );
  if (!done) return null;
  return page.evaluate(() => ({
    text: window.__demo.text,
    result: window.__ghostlight.lastResult,
    // Negative for one that was shown before the last key and agreed with it.
    milliseconds: window.__demo.shownAt - window.__demo.lastKey,
    sinceOpened: window.__demo.firstAt,
  }));
}

/** The first suggestion that any of the beginnings brings; it is still shown. */
async function anySuggestion(page, beginnings) {
  for (const text of beginnings) {
    const found = await suggestion(page, text);
    if (found !== null) return found;
    console.error(`no ghost text for ${JSON.stringify(text)}`);
    await page.keyboard.press("Escape");
  }
  const limit = `${GHOST_LIMIT / 1000} s`;
  throw new Error(`no ghost text within ${limit} for each of ${beginnings.length} beginnings`);
}

/** The first suggestion of which it can be told how long it took from the last key. */
async function timedSuggestion(page, beginnings) {
  let found;
  for (const text of beginnings) {
    found = await anySuggestion(page, [text]).catch(() => found);
    if (found !== undefined && found.milliseconds > 0) return found;
    await page.keyboard.press("Escape");
  }
  if (found === undefined) throw new Error("no second ghost text came");
  return { ...found, milliseconds: 0 };
}

/** Characters of a file that is new to the engine, about 100 tokens of it. */
const FRESH = 350;

/** Ends of such files that invite more than a few tokens; asked about until enough answers are long enough. */
const LONG = [
  'def mean(values):\n    """',
  "class Stack:\n    def __init__(self):\n        ",
  "# The next function takes a list of words and ",
  "NUMBERS = [0, 1, 1, 2, 3, ",
  'parser.add_argument("--verbose", ',
  "def read_lines(path):\n    ",
];
/** Long answers that are enough. */
const ENOUGH = 3;

/**
 * The speed of prompt and tokens over more than the few that a suggestion takes: what was typed
 * has mostly been read before it is needed, so texts that nobody has seen are asked about.
 */
async function speed(page) {
  const results = [];
  const ask = ([path, length, end]) => {
    const { completer, view } = window.__ghostlight;
    const text = view.state.doc.toString();
    const prefix = `# ${path}\n${text.slice(0, length)}\n\n${end}`;
    return completer.complete({ path, prefix, suffix: "", maxTokens: 32 });
  };
  for (const [index, end] of LONG.entries()) {
    results.push(await page.evaluate(ask, [`fresh${index}.py`, FRESH, end]));
    if (results.filter(isLongEnough).length === ENOUGH) break;
  }
  return { prefill: prefillSpeed(results), decode: decodeSpeed(results) };
}

async function use(page) {
  await page.goto(url);
  await ready(page);
  await page.reload();
  await ready(page);

  await page.evaluate(async () => {
    const hooks = window.__ghostlight;
    // Not the one that is open already.
    const files = hooks.files.filter((path) => path.endsWith(".py"));
    await hooks.openFile(files[0]);
  });
  await page.locator(".cm-content").click();
  const first = await anySuggestion(page, TYPED);

  const document = () => page.evaluate(() => window.__ghostlight.view.state.doc.toString());
  const cursor = () => page.evaluate(() => window.__ghostlight.view.state.selection.main.head);
  const [textBefore, from] = [await document(), await cursor()];
  await page.keyboard.press("Tab");
  const [textAfter, to] = [await document(), await cursor()];
  const accepted = textAfter.slice(from, to);
  // It may replace a closing bracket that the editor had put there by itself.
  const kept =
    textAfter.startsWith(textBefore.slice(0, from)) && textBefore.endsWith(textAfter.slice(to));
  if (accepted === "" || !kept) {
    throw new Error(`Tab did not accept the ghost text ${JSON.stringify(first.text)}`);
  }
  if (accepted !== first.text) {
    throw new Error(
      `Tab put ${JSON.stringify(accepted)} where ${JSON.stringify(first.text)} was shown`,
    );
  }

  // A second one, now that everything is warm.
  const second = await timedSuggestion(page, [...TYPED.slice(1), TYPED[0]]);
  const info = await page.evaluate(() => window.__ghostlight.info);
  const { prefill, decode } = await speed(page);
  for (const { reason } of [prefill, decode]) if (reason !== null) console.error(`no speed: ${reason}`);
  return {
    suggestion: first.text,
    accepted_text: accepted,
    engine: info.engine,
    model: info.model,
    // Null where no answer was long enough; then a reason stands beside it.
    prefill_tps: prefill.perSecond,
    decode_tps: decode.perSecond,
    ...(prefill.reason === null ? {} : { prefill_reason: prefill.reason }),
    ...(decode.reason === null ? {} : { decode_reason: decode.reason }),
    first_suggestion_ms: Math.round(first.sinceOpened),
    suggestion_ms: Math.round(second.milliseconds),
  };
}

const profile = await mkdtemp(join(tmpdir(), "ghostlight-demo-"));
let context;
try {
  context = await chromium.launchPersistentContext(profile, {
    executablePath: chromiumPath(),
    headless: true,
    viewport: { width: 1280, height: 800 },
    args: [
      "--no-sandbox",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
      // Without it there is no adapter in software: then the page shows what it does on the CPU.
      ...(engine === "webgpu" ? ["--enable-unsafe-webgpu"] : []),
    ],
  });
  const page = context.pages()[0] ?? (await context.newPage());
  const problems = [];
  page.on("pageerror", (error) => problems.push(error.message));
  page.on("console", (message) => message.type() === "error" && problems.push(message.text()));
  await page.addInitScript(watch);
  try {
    const report = await use(page);
    if (engine !== "auto" && report.engine !== engine) {
      throw new Error(`asked for ${engine}, but ${report.engine} ran`);
    }
    for (const problem of problems) console.error(`page: ${problem}`);
    console.log(JSON.stringify(report));
  } catch (error) {
    for (const problem of problems) console.error(`page: ${problem}`);
    throw error;
  }
} catch (error) {
  console.error(`demo: ${error.message}`);
  process.exitCode = 1;
} finally {
  await context?.close();
  await rm(profile, { recursive: true, force: true });
}
