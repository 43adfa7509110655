// The load of `bench edge`, in a process of its own: commands come as lines of JSON, results go as lines of JSON.
//
// Requests begin when their time has come, whether earlier ones are answered or not
// (open loop), and are timed from then, so that a stall is not hidden by the requests
// that it kept from being made. With `width` in place of `rate` so many are always
// under way (closed loop), which finds out what a server can do at most.

import { Agent, request } from "node:http";
import { createInterface } from "node:readline";

const wall = () => performance.timeOrigin + performance.now();
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
let serial = 0;

/** One request; resolves with whether it was answered as it should. */
function ask({ url, headers, body, unique, stream }, agent, number) {
  const marker = unique ? `${process.pid}-${(serial += 1)}` : "same";
  const bytes = Buffer.from(body.replaceAll("@@", marker));
  return new Promise((resolve) => {
    const asked = request(
      url,
      { method: "POST", agent, headers: { ...headers, "content-length": bytes.length } },
      (response) => {
        let last = "";
        let first;
        response.on("data", (chunk) => {
          first ??= performance.now();
          last = chunk.toString("latin1").slice(-64);
        });
        response.on("end", () => {
          const done = stream ? last.includes("[DONE]") : last.endsWith("}");
          resolve({
            fine: response.statusCode === 200 && done,
            first,
            status: response.statusCode,
          });
        });
        response.on("error", () => resolve({ fine: false, first }));
      },
    );
    asked.on("error", () => resolve({ fine: false }));
    asked.end(bytes);
    void number;
  });
}

async function open(command) {
  const { rate, seconds, stream } = command;
  const agent = new Agent({ keepAlive: true, maxSockets: Infinity });
  const total = Math.round(rate * seconds);
  const began = performance.now() + 50;
  const times = [];
  const failures = [];
  const running = [];
  for (let at = 0; at < total; at += 1) {
    const due = began + (1000 * at) / rate;
    const early = due - performance.now();
    if (early > 0) await sleep(early);
    // A timer is late by up to a millisecond; the request is timed from when it is made.
    const start = Math.max(due, performance.now() - 2);
    running.push(
      ask(command, agent, at).then(({ fine, first, status }) => {
        if (fine) times.push((stream ? first : performance.now()) - start);
        else failures.push({ at: wall(), status: status ?? null });
      }),
    );
  }
  await Promise.all(running);
  agent.destroy();
  return { times, failures, seconds: (performance.now() - began) / 1000 };
}

async function closed(command) {
  const { width, seconds = Infinity, requests = Infinity } = command;
  const agent = new Agent({ keepAlive: true, maxSockets: width });
  const began = performance.now();
  let [made, answered, failed] = [0, 0, 0];
  const worker = async () => {
    while (performance.now() - began < seconds * 1000 && made < requests) {
      made += 1;
      const { fine } = await ask(command, agent, made);
      if (fine) answered += 1;
      else failed += 1;
    }
  };
  await Promise.all(Array.from({ length: width }, worker));
  agent.destroy();
  return { answered, failed, seconds: (performance.now() - began) / 1000 };
}

/** Streams that are left after their first bytes, by a reset; when each was left. */
async function leave({ url, headers, body, count, from }) {
  const left = {};
  for (let at = from; at < from + count; at += 1) {
    const bytes = Buffer.from(body.replaceAll("@@", `leave-${at}`));
    await new Promise((resolve) => {
      const asked = request(
        url,
        { method: "POST", agent: false, headers: { ...headers, "content-length": bytes.length } },
        (response) => {
          response.on("error", () => {});
          response.once("data", async () => {
            await sleep(5 + Math.random() * 20);
            left[at] = wall();
            asked.socket.resetAndDestroy();
            resolve();
          });
          response.once("end", resolve);
        },
      );
      asked.on("error", resolve);
      asked.end(bytes);
    });
  }
  return { left };
}

for await (const line of createInterface({ input: process.stdin })) {
  const command = JSON.parse(line);
  const run = { open, closed, leave }[command.what];
  console.log(JSON.stringify(await run(command)));
}
