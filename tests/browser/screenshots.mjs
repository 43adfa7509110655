// Pictures of the playground at work, as a person would see it; `cargo xtask screenshots` is how it is called.
//
//   node screenshots.mjs FOLDER
//
// One picture each of a suggestion of several lines, an alternative to a
// suggestion, a part of one accepted, the settings with their figures, the menu of
// models, and what the model is shown. The texts are the model's own, so it tries several beginnings;
// what does not come is an error and not an empty picture.

import { mkdir } from "node:fs/promises";
import { join } from "node:path";

import { launch } from "./support/browser.mjs";
import { problem, settled, startPlayground, untilTrue } from "./support/playground.mjs";

const [folder] = process.argv.slice(2);
if (!folder) {
  console.error("usage: node screenshots.mjs FOLDER");
  process.exit(2);
}

/** Milliseconds for one beginning to bring ghost text. */
const LIMIT = 20_000;

const BEGINNINGS = [
  "\n\ndef add(a, b):\n    ",
  "\n\ndef mean(values):\n    ",
  "\n\nclass Point:\n    def __init__(self, x, y):\n        ",
  "\n\nfor i in range(10):\n    ",
  "\n\ndef factorial(n):\n    if n == 0:\n        return 1\n    ",
  "\n\ndef is_even(number):\n    return",
];

const ghost = (page) =>
  page.evaluate(() => document.querySelector(".cm-ghostText")?.textContent ?? "");

/** Writes a beginning at the end of a fresh file and asks by hand; the ghost text, or nothing. */
async function ask(page, text, number) {
  await page.evaluate(
    ({ text, number }) => {
      const { show, view } = window.__ghostlight;
      const before =
        'import math\n\n\ndef square(x):\n    """Return x squared."""\n    return x * x\n';
      show(`python/shot${number}.py`, before + text, before.length + text.length);
      view.focus();
      window.__ghostlight.lastResult = null;
    },
    { text, number },
  );
  await page.keyboard.press("Alt+\\");
  await page.waitForFunction(() => window.__ghostlight.lastResult !== null, undefined, {
    timeout: LIMIT,
  });
  return ghost(page);
}

/** The first beginning whose ghost text is as wanted; it stays shown. */
async function shown(page, isWanted) {
  for (const [number, text] of BEGINNINGS.entries()) {
    const found = await ask(page, text, `${number}-${isWanted.name}`);
    if (found !== "" && isWanted(found)) return found;
  }
  throw new Error(`no suggestion for ${isWanted.name}`);
}

async function take(page, name) {
  await page.screenshot({ path: join(folder, `${name}.png`) });
  console.log(join(folder, `${name}.png`));
}

const playground = await startPlayground();
const browser = await launch();
try {
  await mkdir(folder, { recursive: true });
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
  const page = await context.newPage();
  await page.goto(`${playground.url}/?engine=cpu`);
  if ((await settled(page)) !== "ready") throw new Error(await problem(page));

  const severalLines = (text) => text.trimEnd().includes("\n");
  await shown(page, severalLines);
  await take(page, "several-lines");

  // Some places have one sensible answer only.
  let other = "";
  for (const [number, text] of BEGINNINGS.entries()) {
    const first = await ask(page, text, `${number}-alternative`);
    if (first === "") continue;
    await page.keyboard.press("Alt+]");
    await page
      .waitForFunction(
        (first) => (document.querySelector(".cm-ghostText")?.textContent ?? first) !== first,
        first,
        { timeout: LIMIT },
      )
      .then(() => ghost(page))
      .then((text) => (other = text))
      .catch(() => undefined);
    if (other !== "") break;
  }
  if (other === "") throw new Error("no alternative");
  await take(page, "alternative");

  const severalWords = (text) => text.trim().split(/\s+/).length > 2;
  const whole = await shown(page, severalWords);
  await page.keyboard.press("Control+ArrowRight");
  const rest = await ghost(page);
  if (rest === "" || rest.length >= whole.length) throw new Error("no word was accepted");
  await take(page, "partial");

  await page.keyboard.press("Escape");
  await page.locator("#open-settings").click();
  await page.locator("#figures-note").filter({ hasText: /./ }).waitFor();
  await take(page, "settings");
  await page.keyboard.press("Escape");

  await page.locator("#open-models").click();
  await page.locator("#model-list li").first().waitFor();
  await take(page, "models");
  await page.keyboard.press("Escape");

  // With the whole project read, so that there is something to quote.
  await untilTrue(page, async () => {
    const { files, waiting } = await window.__ghostlight.completer.workspace.figures();
    return files > 1 && waiting === 0;
  });
  await ask(page, BEGINNINGS[1], "explained");
  await page.keyboard.press("Escape");
  await page.locator("#open-explain").click();
  await page.getByRole("table", { name: "In the prompt" }).getByRole("row").nth(1).waitFor();
  await take(page, "explain");
} catch (error) {
  console.error(`screenshots: ${error.message}`);
  process.exitCode = 1;
} finally {
  await browser.close();
  await playground.close();
}
