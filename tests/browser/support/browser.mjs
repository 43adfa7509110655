// Starts system Chromium for the tests, with or without a (software) WebGPU adapter.

import { existsSync } from "node:fs";
import { chromium } from "playwright-core";

/** Where Chromium is: GHOSTLIGHT_CHROMIUM, or the usual places. */
export function chromiumPath() {
  const places = [
    process.env.GHOSTLIGHT_CHROMIUM,
    "/usr/bin/chromium",
    "/usr/bin/chromium-browser",
    "/usr/bin/google-chrome",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
  ];
  const found = places.find((place) => place !== undefined && existsSync(place));
  if (found === undefined) {
    throw new Error("starting the browser: no Chromium found; set GHOSTLIGHT_CHROMIUM");
  }
  return found;
}

const ARGUMENTS = [
  "--no-sandbox",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** `gpu: true` gives WebGPU on SwiftShader, `false` no adapter at all. */
export function launch({ gpu = false } = {}) {
  return chromium.launch({
    executablePath: chromiumPath(),
    headless: true,
    args: gpu ? [...ARGUMENTS, "--enable-unsafe-webgpu"] : ARGUMENTS,
  });
}

/** A fresh profile with one page at `url`; errors of the page fail the test that reads them. */
export async function openPage(browser, url) {
  const context = await browser.newContext();
  const page = await context.newPage();
  const errors = [];
  page.on("pageerror", (error) => errors.push(error.message));
  await page.goto(url);
  return { context, page, errors };
}
