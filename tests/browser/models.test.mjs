// The playground's menu of models with a fake engine: what is chosen and offered, switched, remembered, and said when it
// fails; and the server that has the files.

import assert from "node:assert/strict";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { after, afterEach, before, describe, test } from "node:test";
import { knownModels } from "ghostlight";
import { launch } from "./support/browser.mjs";
import { problem, settled, startPlayground } from "./support/playground.mjs";

const FAKE = await readFile(new URL("fake/engine.js", import.meta.url), "utf8");
const ANSWERS = await readFile(new URL("fake/generated-answers.js", import.meta.url), "utf8");

const bySize = [...knownModels].sort((a, b) => a.size - b.size);
/** The smallest, the next, and one for GPUs. */
const [TINY, HALF] = bySize.filter(({ gpu }) => !gpu);
const LARGE = bySize.find(({ gpu }) => gpu);

/** A file of that model, as the fake engine takes it. */
const file = ({ label, sha256 }, head = label) =>
  Buffer.from(`${head} sha256=${sha256}\n${"is no model ".repeat(2e5)}`);

describe("the server of models", () => {
  let folder;
  let playground;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "ghostlight-models-"));
    const paths = ["one.gguf", "the second.gguf", "gone.gguf"].map((name) => join(folder, name));
    await writeFile(paths[0], "one");
    await writeFile(paths[1], "second");
    process.env.GHOSTLIGHT_MODEL_PATHS = paths.join(delimiter);
    playground = await startPlayground();
    delete process.env.GHOSTLIGHT_MODEL_PATHS;
  });
  after(async () => {
    await playground?.close();
    await rm(folder, { recursive: true });
  });

  for (const [name, headers, status, body] of [
    ["one", {}, 200, /^one$/],
    ["the-second", {}, 200, /^second$/],
    ["the-second", { range: "bytes=0-0" }, 206, /^s$/],
    ["the-second", { range: "bytes=9-" }, 416, /^$/],
    ["gone", {}, 404, /^no file at .*gone\.gguf/],
    ["other", {}, 404, /^no model other here; there are .*one, the-second, gone/],
  ]) {
    test(`${name} ${headers.range ?? ""}`.trim(), async () => {
      const response = await fetch(`${playground.url}/models/${name}.gguf`, { headers });
      assert.equal(response.status, status);
      assert.match(await response.text(), body);
    });
  }
});

describe("the menu of models", () => {
  let playground;
  let browser;
  let context;
  let page;
  /** What the site has, by path. */
  let files;
  /** Downloads that wait; `null` lets all go at once. */
  let held;

  before(async () => {
    playground = await startPlayground();
    browser = await launch();
  });
  after(async () => {
    await browser?.close();
    await playground?.close();
  });
  afterEach(() => context?.close());

  /** Opens the page on a device with so many GiB of memory, and TINY chosen before unless `fresh`. */
  async function open({ query = "", memoryGib = 8, fresh = false } = {}) {
    files = new Map(knownModels.map((model) => [model.url, file(model)]));
    held = null;
    context = await browser.newContext({ serviceWorkers: "block" });
    await context.route("**/assets/ghostlight_engine*.js", (route) =>
      route.fulfill({ contentType: "text/javascript", body: FAKE }),
    );
    await context.route("**/assets/generated-answers.js", (route) =>
      route.fulfill({ contentType: "text/javascript", body: ANSWERS }),
    );
    await context.route(
      (url) => url.pathname.startsWith("/models/"),
      async (route) => {
        const body = files.get(new URL(route.request().url()).pathname);
        if (body === undefined) return route.fulfill({ status: 404, body: "none" });
        const probed = route.request().headers().range === "bytes=0-0";
        if (probed) return route.fulfill({ status: 206, body: body.subarray(0, 1) });
        if (held !== null) await new Promise((resolve) => held.push(resolve));
        // The page may have given it up meanwhile.
        return route.fulfill({ body }).catch(() => undefined);
      },
    );
    page = await context.newPage();
    await page.addInitScript(
      ([memory, id]) => {
        Object.defineProperty(navigator, "deviceMemory", { value: memory });
        if (id !== null && localStorage.getItem("visited") === null) {
          localStorage.setItem("ghostlight-model", id);
        }
        localStorage.setItem("visited", "");
      },
      [memoryGib, fresh ? null : TINY.id],
    );
    await page.goto(`${playground.url}/?engine=cpu&threads=1${query}`);
    return settled(page);
  }

  const who = () =>
    page.evaluate(async () => {
      const { completer } = window.__ghostlight;
      return (await completer.complete({ path: "a.py", prefix: "!model" })).text;
    });
  const dialog = () => page.getByRole("dialog", { name: "Model" });
  const row = (model) => dialog().locator(`[data-model="${model.id}"]`);
  const openMenu = async () => {
    await page.locator("#open-models").click();
    await row(TINY).waitFor();
  };
  const switched = () =>
    page.waitForFunction(() => document.documentElement.dataset.switching === undefined);
  const stored = () => page.evaluate(() => localStorage.getItem("ghostlight-model"));

  test("a model is chosen by what the device has, and the figure that decided is told", async () => {
    assert.equal(await open({ memoryGib: 1, fresh: true }), "ready");
    assert.equal(await who(), TINY.label);
    await openMenu();
    const note = await page.locator("#models-note").textContent();
    const figure = `1 GiB of memory, ${HALF.label} needs `;
    assert.ok(note.includes(`${TINY.name}. It suits this device. ${TINY.label}: ${figure}`), note);
    assert.match(await row(TINY).textContent(), /downloaded.*In use/);
    assert.equal(await row(TINY).getAttribute("aria-current"), "true");
    assert.match(await row(HALF).textContent(), new RegExp(`to download.*${figure}.*Not offered`));
    assert.equal(await row(HALF).getByRole("button").count(), 0);
    assert.equal(await stored(), null);
  });

  test("the one for GPUs is not offered without one, nor what the site does not have", async () => {
    await open();
    files.delete(HALF.url);
    await openMenu();
    assert.match(await row(LARGE).textContent(), /No GPU that can be used.*Not offered/);
    assert.match(await row(HALF).textContent(), /is not available here\.Not offered/);
  });

  test("by keyboard: another model is fetched while the old one answers, used, and remembered", async () => {
    await open();
    held = [];
    await page.locator("#open-models").focus();
    await page.keyboard.press("Enter");
    const use = dialog().getByRole("button", { name: `Use ${HALF.name}` });
    await use.waitFor();
    // From the close button to the first row's.
    await page.keyboard.press("Tab");
    for (let step = 0; step < 9; step += 1) {
      if (await use.evaluate((node) => node === document.activeElement)) break;
      await page.keyboard.press("Tab");
    }
    await page.keyboard.press("Enter");
    assert.equal(await dialog().isVisible(), false);
    assert.equal(await page.evaluate(() => document.activeElement.id), "open-models");

    const status = page.getByRole("group", { name: HALF.name });
    await status.waitFor();
    await page
      .locator("#switch-said")
      .filter({ hasText: `${HALF.name} is being loaded` })
      .waitFor();
    while (held.length === 0) await page.waitForTimeout(10);
    assert.equal(await who(), TINY.label);
    assert.equal(await page.evaluate(() => document.documentElement.dataset.ghostlight), "ready");
    assert.equal(await stored(), TINY.id);
    // What the progress says, at each change.
    await page.evaluate(() => {
      window.said = [];
      const text = document.getElementById("switch-text");
      const bar = document.getElementById("switch-bar");
      new MutationObserver(() =>
        said.push([text.textContent, bar.getAttribute("aria-valuetext"), bar.value]),
      ).observe(bar, { attributes: true });
    });
    for (const letGo of held.splice(0)) letGo();
    await switched();
    assert.equal(await who(), HALF.label);
    const said = await page.evaluate(() => window.said);
    const [text, spoken, value] = said.findLast(([text]) => text.startsWith("Downloading"));
    assert.equal(text, `Downloading ${HALF.name}: 2.4 MB of 2.4 MB (100 %)`);
    assert.deepEqual([spoken, value], [text, 1]);
    assert.equal(await page.locator("#switch-said").textContent(), `${HALF.name} answers now`);
    assert.equal(await stored(), HALF.id);

    held = null;
    await page.reload();
    assert.equal(await settled(page), "ready");
    assert.equal(await who(), HALF.label);
    await openMenu();
    assert.match(await page.locator("#models-note").textContent(), /You chose it\.$/);
    assert.match(await row(TINY).textContent(), /downloaded/);
    await dialog()
      .getByRole("button", { name: /^Choose for me/ })
      .click();
    await switched();
    assert.equal(await stored(), null);
  });

  test("the address wins over what was chosen, by id or by path, and changes nothing", async () => {
    await open({ query: `&model=${HALF.id}` });
    assert.equal(await who(), HALF.label);
    assert.equal(await stored(), TINY.id);
    await page.goto(`${playground.url}/?engine=cpu&threads=1&model=${HALF.url}`);
    assert.equal(await settled(page), "ready");
    assert.equal(await who(), HALF.label);
    await openMenu();
    assert.match(await page.locator("#models-note").textContent(), /The address of this page/);
  });

  test("a download can be given up", async () => {
    await open();
    held = [];
    await openMenu();
    await dialog()
      .getByRole("button", { name: `Use ${HALF.name}` })
      .click();
    while (held.length === 0) await page.waitForTimeout(10);
    await page.getByRole("button", { name: "Cancel" }).click();
    await switched();
    for (const letGo of held.splice(0)) letGo();
    assert.equal(await page.locator("#switch-said").textContent(), `${TINY.name} goes on`);
    assert.equal(await page.locator("#problem").isVisible(), false);
    assert.deepEqual([await who(), await stored()], [TINY.label, TINY.id]);
  });

  test("a switch that fails says why, leaves the old model, and can be tried again", async () => {
    await open();
    await openMenu();
    files.delete(HALF.url);
    await dialog()
      .getByRole("button", { name: `Use ${HALF.name}` })
      .click();
    await page.locator("#problem").waitFor();
    const text = await problem(page);
    assert.ok(text.startsWith(`${HALF.name} cannot be fetched: fetching the model: `), text);
    assert.match(text, /HTTP 404/);
    assert.equal(await who(), TINY.label);
    assert.equal(await stored(), TINY.id);
    files.set(HALF.url, file(HALF));
    await page.getByRole("button", { name: "Try again" }).click();
    await page
      .locator("#switch-said")
      .filter({ hasText: `${HALF.name} answers now` })
      .waitFor();
    assert.equal(await page.locator("#problem").isVisible(), false);
    assert.deepEqual([await who(), await stored()], [HALF.label, HALF.id]);
  });

  test("what failed can be dismissed, and what the site no longer has is no longer offered", async () => {
    await open();
    await openMenu();
    files.delete(HALF.url);
    await dialog()
      .getByRole("button", { name: `Use ${HALF.name}` })
      .click();
    await page.getByRole("button", { name: "Dismiss" }).click();
    assert.equal(await page.locator("#problem").isVisible(), false);
    await openMenu();
    await row(HALF).getByText("is not available here").waitFor();
    assert.equal(await who(), TINY.label);
  });

  test("no room in memory beside the old model: it can be unloaded first", async () => {
    await open();
    files.set(HALF.url, file(HALF, "fault=too-large"));
    await openMenu();
    await dialog()
      .getByRole("button", { name: `Use ${HALF.name}` })
      .click();
    await page.locator("#problem").waitFor();
    const text = await problem(page);
    assert.ok(text.startsWith(`${HALF.name} does not fit beside ${TINY.name}: `), text);
    await page.getByRole("button", { name: `Unload ${TINY.name} first` }).click();
    // It does not fit alone either, which is said, and the old one comes back.
    await page
      .locator("#problem-text")
      .filter({ hasText: `${HALF.name} does not fit into memory` })
      .waitFor();
    const second = await problem(page);
    assert.ok(second.includes(`It takes about ${HALF.memoryMib} MiB.`), second);
    assert.ok(second.includes(`choose ${TINY.label} (`), second);
    assert.match(second, /or close other tabs\.$/);
    assert.equal(await who(), TINY.label);
    assert.equal(await settled(page), "ready");
    assert.equal(await page.locator("#problem").isVisible(), true);
  });

  test("a first model that does not fit: the smaller one is a click away", async () => {
    await open({ query: "&model=/models/none.gguf" });
    files.set(HALF.url, file(HALF, "fault=too-large"));
    await page.goto(`${playground.url}/?engine=cpu&threads=1&model=${HALF.id}`);
    assert.equal(await settled(page), "error");
    assert.ok((await problem(page)).startsWith(`${HALF.name} does not fit into memory: `));
    await page.getByRole("button", { name: `Use ${TINY.label}` }).click();
    await page.waitForFunction(() => document.documentElement.dataset.ghostlight === "ready");
    assert.equal(await who(), TINY.label);
    assert.equal(await page.locator("#problem").isVisible(), false);
  });

  for (const [room, quotaSize, keeps] of [
    ["for one model: the one that was used longest ago makes some", 4_000_000, true],
    ["for none: it is held in memory, which is said", 1_000_000, false],
  ]) {
    test(`room in the browser's storage ${room}`, async () => {
      await open();
      const devtools = await context.newCDPSession(page);
      await devtools.send("Storage.overrideQuotaForOrigin", { origin: playground.url, quotaSize });
      await page.goto(`${page.url()}&model=${HALF.id}`);
      assert.equal(await settled(page), "ready", await problem(page));
      assert.equal(await who(), HALF.label);
      if (!keeps) {
        const text = await problem(page);
        assert.match(text, /storing the model: .*no more room.*held in memory for this visit/);
        await page.getByRole("button", { name: "Dismiss" }).click();
      }
      await openMenu();
      await row(TINY).getByText("to download").waitFor();
      assert.equal(await row(HALF).getByText("to download").count(), keeps ? 0 : 1);
    });
  }

  test("a file of the user's is used beside the menu's models", async () => {
    await open();
    await page.locator("#model-file").setInputFiles({
      name: "mine.gguf",
      mimeType: "",
      buffer: Buffer.from("mine is no model either"),
    });
    await page.locator("#switch-said").filter({ hasText: "mine.gguf answers now" }).waitFor();
    assert.equal(await who(), "mine");
    await openMenu();
    assert.match(await page.locator("#models-note").textContent(), /mine\.gguf\. It is a file of/);
    assert.equal(await stored(), TINY.id);
  });

  test("everything in the menu has a name, and the page asks the site alone", async () => {
    const requests = [];
    await open();
    context.on("request", (request) => requests.push(request));
    await openMenu();
    const nameless = await dialog().evaluate((node) =>
      [...node.querySelectorAll("button, ul, dialog")]
        .filter((one) => !one.textContent.trim() && !one.getAttribute("aria-label"))
        .map((one) => one.outerHTML),
    );
    assert.deepEqual(nameless, []);
    assert.ok(requests.length >= knownModels.length);
    for (const request of requests) {
      assert.equal(new URL(request.url()).origin, playground.url);
      assert.deepEqual([request.method(), request.postData()], ["GET", null]);
    }
  });
});
