// Times the operations of one build of the engine in Chromium and prints one JSON object a row.
//
//   node kernels.mjs BUILD ROUNDS

import { chromium } from "playwright-core";

import { startServer } from "./support/server.mjs";

const [build, rounds] = process.argv.slice(2);
const server = await startServer([]);
const browser = await chromium.launch({
  executablePath: process.env.GHOSTLIGHT_CHROMIUM ?? "/usr/bin/chromium",
  args: [
    "--no-sandbox",
    "--disable-quic",
    "--disable-background-networking",
    "--enable-unsafe-webgpu",
  ],
});
try {
  const page = await browser.newPage();
  await page.exposeFunction("row", (row) => console.log(JSON.stringify(row)));
  await page.goto(`${server.url}/pages/blank.html`);
  const problem = await page.evaluate(
    ({ build, rounds }) =>
      new Promise((resolve) => {
        const worker = new Worker(`/pages/kernels.js?build=${build}&rounds=${rounds}`, {
          type: "module",
        });
        worker.onerror = (event) => resolve(event.message ?? "the worker failed");
        worker.onmessage = ({ data }) => {
          if (data.row) void window.row(data.row);
          else resolve(data.error ?? null);
        };
      }),
    { build, rounds },
  );
  if (problem !== null) throw new Error(problem);
} finally {
  await browser.close();
  await server.close();
}
