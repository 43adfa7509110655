// What is run, in which order, and what is left out for lack of time.
//
// Rounds; in each round every run; in each run every engine in turn, beginning
// with another one each round. So figures that are compared were taken side by
// side. Before a run its time is estimated from the engine's last one: a run that
// would take longer than its box, or beyond the end, is left out, and its cells
// stay without a figure. Clock and engines are handed in; nothing here knows a
// browser.

/** One request each: tokens of the prompt, tokens decoded after it. */
export const RUNS = [
  { prompt: 128, decode: 32 },
  { prompt: 512, decode: 0 },
  { prompt: 1500, decode: 32 },
];

/** What every engine does first, unmeasured: code is compiled, memory is touched. */
const WARM_UP = { prompt: 32, decode: 4 };

/** Tokens of KV cache that every engine is given. */
export const CONTEXT = 2048;

/** Fewer decoded tokens than this are no measurement. */
const FEWEST = 2;

/** How much slower a token of a longer prompt may be than one of a shorter. */
const GROWTH = 1.3;

/**
 * Limits in milliseconds. `first` is for a run that has no figure yet, `again` for
 * its repetitions, `decode` for the decoded tokens of one run, `total` for all.
 * `reload` starts every engine anew in each round, so that loading has as many
 * samples as the rest.
 */
export const PLANS = {
  full: {
    rounds: 5,
    reload: true,
    first: 180_000,
    again: 180_000,
    decode: 20_000,
    total: 5_400_000,
  },
  quick: { rounds: 3, reload: false, first: 40_000, again: 16_000, decode: 3_000, total: 240_000 },
};

/**
 * Measures and returns `{ samples, notes, failed }`.
 *
 * A sample is `{ id, round, cell, value }`; notes are sentences about what was
 * left out or shortened; `failed` maps an engine to why it did not run. An engine
 * is `{ id, open(), run(request), weigh(), close() }`, where `weigh` resolves with
 * further figures, by cell. `prompts` maps a number of tokens to a prompt.
 */
export async function measure(engines, plan, { prompts, now, log }) {
  const start = now();
  const samples = [];
  const notes = new Map();
  const failed = new Map();
  const open = new Set();
  /** Milliseconds a token, as of an engine's last run. */
  const pace = new Map();

  const left = () => plan.total - (now() - start);
  /** What is said of one matter is said once. */
  const note = (id, matter, text) => {
    if (!notes.has(id + matter)) notes.set(id + matter, text);
  };

  /** A step that may fail, which ends the engine but not the benchmark. */
  const attempt = async ({ id, close }, what, step) => {
    try {
      await step();
    } catch (error) {
      const why = error.message.split("\n", 1)[0].replace(/^page\.evaluate: (Error: )?/, "");
      log(`${id}: ${what} failed: ${why}`);
      failed.set(id, why);
      open.delete(id);
      await close().catch(() => {});
    }
  };

  const run = async (engine, { prompt, decode }) => {
    const known = pace.get(engine.id)?.decode;
    const affordable = known > 0 ? Math.floor(plan.decode / known) : decode;
    const result = await engine.run({
      ...prompts[prompt],
      decode: Math.min(decode, Math.max(FEWEST, affordable)),
      limitMs: plan.decode,
    });
    pace.set(engine.id, {
      prefill: result.prefillMs / result.promptTokens,
      decode: result.decodeTokens >= FEWEST ? result.decodeMs / result.decodeTokens : known,
    });
    return result;
  };

  const load = async (engine, round) => {
    const { loadMs } = await engine.open();
    open.add(engine.id);
    await run(engine, WARM_UP);
    // Not before it has shown that it runs.
    samples.push({ id: engine.id, round, cell: "load_ms", value: loadMs });
    log(`round ${round + 1}: ${engine.id} loaded in ${seconds(loadMs)}`);
  };

  /** Whether there is time for a run; a note if there is not. */
  const fits = ({ id }, { prompt, decode }) => {
    const { prefill, decode: known = 0 } = pace.get(id);
    const estimate = prompt * prefill * GROWTH + Math.min(decode * known, plan.decode);
    const isFirst = !samples.some((s) => s.id === id && s.cell === `prefill_${prompt}`);
    if (estimate > (isFirst ? plan.first : plan.again)) {
      const outcome = isFirst ? "left out" : "not repeated";
      note(id, prompt, `${id}: ${prompt} tokens would take about ${seconds(estimate)}: ${outcome}`);
      return false;
    }
    if (estimate > left()) {
      note(id, "late", `${id}: no time left for all rounds`);
      return false;
    }
    return true;
  };

  const sample = async (engine, what, round) => {
    const { id } = engine;
    const { prompt, decode } = what;
    const result = await run(engine, what);
    for (const [cell, value] of cells(what, result)) samples.push({ id, round, cell, value });
    if (result.decodeTokens < decode) {
      const took = `${result.decodeTokens} of ${decode} tokens`;
      note(id, `${prompt} decode`, `${id}: decoded ${took} after ${prompt}, for lack of time`);
    }
    if (result.promptTokens !== prompt) {
      note(id, `${prompt} read`, `${id}: read ${result.promptTokens} tokens for ${prompt}`);
    }
    log(`round ${round + 1}: ${id}, ${prompt} tokens: ${told(what, result)}`);
  };

  const weigh = async (engine, round) => {
    for (const [cell, value] of Object.entries(await engine.weigh())) {
      if (Number.isFinite(value)) samples.push({ id: engine.id, round, cell, value });
    }
  };

  for (let round = 0; round < plan.rounds; round += 1) {
    const first = round % Math.max(engines.length, 1);
    const turn = [...engines.slice(first), ...engines.slice(0, first)];
    const ready = () => turn.filter(({ id }) => open.has(id));
    for (const engine of turn.filter(({ id }) => !open.has(id) && !failed.has(id))) {
      if (left() <= 0) note(engine.id, "late", `${engine.id}: no time left for all rounds`);
      else await attempt(engine, "loading", () => load(engine, round));
    }
    for (const what of RUNS) {
      for (const engine of ready()) {
        if (!fits(engine, what)) continue;
        await attempt(engine, `${what.prompt} tokens`, () => sample(engine, what, round));
      }
    }
    for (const engine of ready()) await attempt(engine, "weighing", () => weigh(engine, round));
    if (plan.reload || round + 1 === plan.rounds) {
      for (const engine of ready()) await engine.close();
      open.clear();
    }
  }
  return { samples, notes: [...notes.values()], failed };
}

const seconds = (milliseconds) => `${(milliseconds / 1000).toFixed(1)} s`;

/** The figures that one run gives. */
function cells({ prompt, decode }, result) {
  const found = [[`prefill_${prompt}`, (1000 * result.promptTokens) / result.prefillMs]];
  if (prompt === 128) found.push(["ttft_128_ms", result.firstMs]);
  if (decode > 0 && result.decodeTokens >= FEWEST) {
    found.push([`decode_${prompt}`, (1000 * result.decodeTokens) / result.decodeMs]);
  }
  return found.filter(([, value]) => Number.isFinite(value));
}

function told(what, result) {
  const rate = (count, ms) => (1000 * (count / ms)).toFixed(1);
  const prefill = `${rate(result.promptTokens, result.prefillMs)} tok/s`;
  if (what.decode === 0) return prefill;
  return `${prefill}, then ${rate(result.decodeTokens, result.decodeMs)} tok/s`;
}
