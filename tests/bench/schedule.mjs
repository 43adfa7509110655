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
  quick: { rounds: 3, reload: false, first: 25_000, again: 6_000, decode: 3_000, total: 255_000 },
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
  const notes = new Set();
  const failed = new Map();
  const open = new Set();
  /** Milliseconds a token, as of the last run. */
  const pace = new Map();

  const request = (engine, { prompt, decode }) => {
    const known = pace.get(engine.id)?.decode;
    const affordable = known > 0 ? Math.floor(plan.decode / known) : decode;
    const count = Math.min(decode, Math.max(FEWEST, affordable));
    return { ...prompts[prompt], decode: count, limitMs: plan.decode };
  };
  const run = async (engine, what) => {
    const result = await engine.run(request(engine, what));
    const decode =
      result.decodeTokens >= FEWEST
        ? result.decodeMs / result.decodeTokens
        : pace.get(engine.id)?.decode;
    pace.set(engine.id, { prefill: result.prefillMs / result.promptTokens, decode });
    return result;
  };
  const attempt = async (engine, what, step) => {
    try {
      return await step();
    } catch (error) {
      const why = error.message.split("\n", 1)[0].replace(/^page\.evaluate: (Error: )?/, "");
      log(`${engine.id}: ${what} failed: ${why}`);
      failed.set(engine.id, why);
      open.delete(engine.id);
      await engine.close().catch(() => {});
      return null;
    }
  };
  const seconds = (ms) => `${(ms / 1000).toFixed(1)} s`;

  for (let round = 0; round < plan.rounds; round += 1) {
    const running = () => engines.filter(({ id }) => !failed.has(id));
    const turn = (list) => {
      const by = list.length === 0 ? 0 : round % list.length;
      return [...list.slice(by), ...list.slice(0, by)];
    };
    for (const engine of turn(running())) {
      if (open.has(engine.id)) continue;
      await attempt(engine, "loading", async () => {
        const { loadMs } = await engine.open();
        open.add(engine.id);
        await run(engine, WARM_UP);
        // Not before it has shown that it runs.
        samples.push({ id: engine.id, round, cell: "load_ms", value: loadMs });
        log(`round ${round + 1}: ${engine.id} loaded in ${seconds(loadMs)}`);
      });
    }
    for (const what of RUNS) {
      for (const engine of turn(running())) {
        const { id } = engine;
        const known = pace.get(id);
        const decoding = Math.min(what.decode * (known.decode ?? 0), plan.decode);
        const estimate = what.prompt * known.prefill * GROWTH + decoding;
        const isFirst = !samples.some((s) => s.id === id && s.cell === `prefill_${what.prompt}`);
        if (estimate > (isFirst ? plan.first : plan.again)) {
          const about = `${id}: ${what.prompt} tokens would take about ${seconds(estimate)}`;
          notes.add(isFirst ? `${about}: left out` : `${about}: not repeated`);
          continue;
        }
        if (now() - start + estimate > plan.total) {
          notes.add(`${id}: no time left for ${what.prompt} tokens in round ${round + 1}`);
          continue;
        }
        await attempt(engine, `${what.prompt} tokens`, async () => {
          const result = await run(engine, what);
          for (const [cell, value] of cells(what, result)) samples.push({ id, round, cell, value });
          if (what.decode > 0 && result.decodeTokens < what.decode) {
            const took = `${result.decodeTokens} of ${what.decode} tokens`;
            notes.add(`${id}: decoded ${took} after ${what.prompt}, for lack of time`);
          }
          if (result.promptTokens !== what.prompt) {
            notes.add(`${id}: read ${result.promptTokens} tokens in place of ${what.prompt}`);
          }
          log(`round ${round + 1}: ${id}, ${what.prompt} tokens: ${told(what, result)}`);
        });
      }
    }
    for (const engine of running()) {
      await attempt(engine, "weighing", async () => {
        for (const [cell, value] of Object.entries(await engine.weigh())) {
          if (Number.isFinite(value)) samples.push({ id: engine.id, round, cell, value });
        }
      });
    }
    if (plan.reload || round + 1 === plan.rounds) {
      for (const engine of running()) await engine.close();
      open.clear();
    }
  }
  return { samples, notes: [...notes], failed };
}

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
