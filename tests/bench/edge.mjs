// Measures the edge beside Portkey's gateway; `cargo xtask bench edge` is how it is called.
//
//   node edge.mjs [--quick] [--json]
//
// Every party runs in a process of its own on this machine: a backend that answers
// after a fixed time, the process that makes requests (open loop), the edge on workerd,
// Portkey on node, and a worker that only passes requests on, to tell what of the edge's
// figures is the runtime's. They take turns in rounds; what a gateway adds is its percentile
// less that of the backend alone, at the same rate, in the same round. Progress goes
// to stderr, the table to stdout, and with `--json` a last line with everything.

import { parseArgs } from "node:util";

import { added, cancels, percentile, verdicts } from "./edge/figures.mjs";
import * as parties from "./edge/parties.mjs";
import { median } from "./statistics.mjs";

const { values: options } = parseArgs({
  options: { quick: { type: "boolean" }, json: { type: "boolean" } },
});
const PLAN = options.quick
  ? { rounds: 3, seconds: 3, saturate: 3, cancels: 60, requests: 20_000, killed: 6 }
  : { rounds: 7, seconds: 6, saturate: 5, cancels: 300, requests: 200_000, killed: 12 };

/** Milliseconds of the backend, as a fast server of a small model takes them. */
const WAIT = 20;
const TOKENS = 8;
/** Requests under way when a server does all that it can. */
const WIDTH = 128;
/** A prompt as editors send them, about 2 KB. */
const PROMPT = "def add(a, b):\\n    return a + b\\n\\n".repeat(60);

const log = (text) => console.error(`  ${text}`);
const round1 = (value) => (value === null ? null : Math.round(value * 100) / 100);
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

const body = (stream, marker = "@@") =>
  `{"model":"m","prompt":"# ${marker}\\n${PROMPT}","max_tokens":${TOKENS},"temperature":0${stream ? ',"stream":true' : ""}}`;
const to = (party, { stream = false, unique = true } = {}) => ({
  url: `${party.url}/completions`,
  headers: { "content-type": "application/json", ...party.headers },
  body: body(stream),
  unique,
  stream,
});

/** Requests a second that a party answers at most, and how many for a second of one core. */
async function saturation(load, party, stream) {
  const command = { what: "closed", ...to(party, { stream }), width: WIDTH };
  await load.run({ ...command, seconds: 1.5 });
  const rates = [];
  const perCore = [];
  for (let at = 0; at < 3; at += 1) {
    const before = await parties.usage(party.pid);
    const { answered, failed, seconds } = await load.run({ ...command, seconds: PLAN.saturate });
    const after = await parties.usage(party.pid);
    if (failed > 0)
      throw new Error(`${party.name} failed ${failed} of ${answered + failed} requests`);
    rates.push(answered / seconds);
    perCore.push(answered / (after.seconds - before.seconds));
  }
  const [rate, core] = [median(rates), median(perCore)];
  const kind = stream ? "streams" : "whole answers";
  log(`${party.name}: ${rate.toFixed(0)} ${kind}/s, ${core.toFixed(0)} for a core's second`);
  return { rate, core };
}

/** What each gateway adds, whole answers and first bytes of streams. */
async function latency(load, direct, kinds) {
  const rounds = new Map();
  for (let at = 0; at < PLAN.rounds; at += 1) {
    for (const { name, stream, gateways } of kinds) {
      const turn = [
        ...gateways.slice(at % gateways.length),
        ...gateways.slice(0, at % gateways.length),
      ];
      for (const { party, rate, label } of turn) {
        const run = (target) =>
          load.run({ what: "open", ...to(target, { stream }), rate, seconds: PLAN.seconds });
        const pair = at % 2 === 0 ? [direct, party] : [party, direct];
        const results = new Map();
        for (const one of pair) results.set(one, await run(one));
        const failures = results.get(party).failures.length;
        if (failures > 0) log(`${label}, ${name}: ${failures} failures`);
        const key = `${label}, ${name}`;
        const found = rounds.get(key) ?? [];
        found.push({ direct: results.get(direct).times, through: results.get(party).times });
        rounds.set(key, found);
      }
    }
    log(`round ${at + 1} of ${PLAN.rounds}`);
  }
  return rounds;
}

/** Hits: the same request again and again; nothing of a gateway that keeps no answers. */
async function hits(load, all) {
  const gateways = [];
  for (const party of all) {
    const { url, headers, body: text } = to(party);
    let kept = null;
    for (let at = 0; at < 2; at += 1) {
      const response = await fetch(url, { method: "POST", headers, body: text });
      await response.text();
      kept =
        response.headers.get("x-ghostlight-cache") ??
        response.headers.get("x-portkey-cache-status");
    }
    if (/^hit$/i.test(kept ?? "")) gateways.push(party);
    else log(`${party.name}: its cache says ${kept}, so there are no hits to time`);
  }
  const medians = new Map(gateways.map(({ name }) => [name, []]));
  for (let at = 0; at < PLAN.rounds; at += 1) {
    for (const party of gateways) {
      const command = { what: "open", ...to(party, { unique: false }), rate: 100, seconds: 2 };
      const { times } = await load.run(command);
      medians.get(party.name).push(percentile(times.slice(1), 0.5));
    }
  }
  return new Map([...medians].map(([name, values]) => [name, median(values)]));
}

async function cancelling(load, party, backend, from) {
  const { url, headers, body: text } = to(party, { stream: true });
  const { left } = await load.run({
    what: "leave",
    url,
    headers,
    body: text,
    count: PLAN.cancels,
    from,
  });
  await sleep(1500);
  return cancels(left, await backend.gone());
}

/** Bytes that a process grows by over many requests, once it is warm. */
async function memory(load, party) {
  const command = { what: "closed", ...to(party), width: WIDTH };
  await load.run({ ...command, requests: Math.min(10_000, PLAN.requests / 2) });
  const before = await parties.usage(party.pid);
  const { failed } = await load.run({ ...command, requests: PLAN.requests });
  const after = await parties.usage(party.pid);
  log(
    `${party.name}: ${(after.resident / 1e6).toFixed(0)} MB after ${PLAN.requests} requests, ${failed} failed`,
  );
  return (after.resident - before.resident) / 1e6;
}

/** One of three backends is killed under load: errors before and after the breaker has seen it. */
async function killed(load, make) {
  const backends = await Promise.all([0, 1, 2].map(() => parties.backend(WAIT, TOKENS, 0)));
  const party = await make(backends);
  try {
    await load.run({ what: "closed", ...to(party), width: 8, seconds: 1 });
    const running = load.run({ what: "open", ...to(party), rate: 100, seconds: PLAN.killed });
    await sleep((1000 * PLAN.killed) / 3);
    const at = performance.timeOrigin + performance.now();
    await backends[1].stop();
    const { failures } = await running;
    // The window in which a breaker may learn of it.
    const late = failures.filter((failure) => failure.at > at + 1000);
    return { window: failures.length - late.length, after: late.length };
  } finally {
    await party.stop();
    await Promise.all(backends.map((backend) => backend.stop()));
  }
}

async function main() {
  const load = parties.load();
  const backend = await parties.backend(WAIT, TOKENS, 0);
  const open = [load, backend];
  const figures = { ghostlight: {}, portkey: {}, plain: {} };
  try {
    const ours = await parties.edge([backend]);
    open.push(ours);
    const peer = await parties.portkey([backend]);
    open.push(peer);
    const plain = await parties.plain(backend);
    open.push(plain);
    const direct = parties.direct(backend);
    const both = [ours, peer];

    const kinds = [];
    const most = new Map();
    for (const { name, stream, prefix } of [
      { name: "whole", stream: false, prefix: "" },
      { name: "first byte", stream: true, prefix: "stream_" },
    ]) {
      for (const party of [...both, plain]) {
        const found = await saturation(load, party, stream);
        most.set(party, found);
        figures[party.name][`${prefix}rps`] = found.rate;
        figures[party.name][`${prefix}rps_per_core`] = found.core;
      }
      const least = Math.min(...both.map((party) => most.get(party).rate));
      const gateways = both.flatMap((party) => [
        {
          party,
          rate: most.get(party).rate / 2,
          label: `${party.name} at half of its own saturation`,
        },
        ...(most.get(party).rate === least
          ? []
          : [{ party, rate: least / 2, label: `${party.name} at the other's rate` }]),
      ]);
      const rate = most.get(ours).rate / 2;
      gateways.push({ party: plain, rate, label: "plain at ghostlight's rate" });
      kinds.push({ name, stream, gateways });
    }
    const rounds = await latency(load, direct, kinds);
    for (const [party, at] of [
      ...both.map((party) => [party, "half of its own saturation"]),
      [plain, "ghostlight's rate"],
    ]) {
      const whole = added(rounds.get(`${party.name} at ${at}, whole`));
      const first = added(rounds.get(`${party.name} at ${at}, first byte`));
      for (const name of ["p50", "p95", "p99"]) {
        figures[party.name][`added_${name}_ms`] = whole[name];
        figures[party.name][`first_byte_added_${name}_ms`] = first[name];
      }
    }
    for (const party of both) {
      const same = rounds.get(`${party.name} at the other's rate, whole`);
      for (const [name, value] of Object.entries(same ? added(same) : {}))
        figures[party.name][`same_rate_added_${name}_ms`] = value;
    }

    for (const [name, value] of await hits(load, both)) figures[name].hit_p50_ms = value;
    for (const [nth, party] of both.entries()) {
      const { times, never } = await cancelling(load, party, backend, nth * 1_000_000);
      figures[party.name].cancel_p50_ms = percentile(times, 0.5);
      figures[party.name].cancel_p99_ms = never === 0 ? percentile(times, 0.99) : null;
      figures[party.name].cancel_never = never;
      log(`${party.name}: ${never} of ${PLAN.cancels} clients' going never reached the backend`);
    }
    for (const party of both) figures[party.name].memory_growth_mb = await memory(load, party);
    for (const [name, make] of [
      ["ghostlight", (backends) => parties.edge(backends, { cache: false })],
      ["portkey", (backends) => parties.portkey(backends)],
    ]) {
      const { window, after } = await killed(load, make);
      Object.assign(figures[name], { killed_errors_window: window, killed_errors_after: after });
    }
  } finally {
    for (const party of open.reverse()) await party.stop();
  }
  print(figures);
}

function print({ ghostlight, portkey, plain }) {
  const names = [...new Set([...Object.keys(ghostlight), ...Object.keys(portkey)])];
  const cell = (value) => (value === null || value === undefined ? "–" : String(round1(value)));
  console.log("| | ghostlight | portkey | a worker that passes on |\n|---|--:|--:|--:|");
  for (const name of names) {
    const cells = [ghostlight, portkey, plain].map((figures) => cell(figures[name]));
    console.log(`| ${name} | ${cells.join(" | ")} |`);
  }
  console.log("");
  for (const { name, target, met } of verdicts(ghostlight, portkey))
    console.log(`${met === null ? "not measured" : met ? "met" : "MISSED"}: ${name} ${target}`);
  if (options.json) {
    const rounded = (figures) =>
      Object.fromEntries(Object.entries(figures).map(([name, value]) => [name, round1(value)]));
    console.log(
      JSON.stringify({
        ...rounded(ghostlight),
        portkey: rounded(portkey),
        plain: rounded(plain),
        quick: options.quick === true,
        rounds: PLAN.rounds,
        requests: PLAN.requests,
      }),
    );
  }
}

await main();
