// What runs in the page before all else and notes what a person would see: ghost text after
// which key, and how long the main thread could not answer.

/** Notes everything in `window.__typing`. Sent to the page as it stands. */
export function watch() {
  const seen = { step: -1, key: 0, keys: [], shows: [], text: "", results: [] };
  Object.assign(seen, { stage: "", long: [], frames: [] });
  window.__typing = seen;
  seen.pressed = () => {
    seen.step += 1;
    seen.key = performance.now();
    seen.keys[seen.step] = seen.key;
  };
  /** An answer belongs to the key after which it was asked for. */
  seen.answered = (result, milliseconds) => {
    const { text, confidence, tokens, decodeMs, drafted, accepted } = result;
    const asked = performance.now() - milliseconds + 1;
    const step = seen.keys.findLastIndex((time) => time <= asked);
    seen.results.push({ step, text, confidence, tokens, decodeMs, drafted, accepted });
  };
  addEventListener("keydown", (event) => event.key.length === 1 && seen.pressed(), {
    capture: true,
  });
  addEventListener("keydown", (event) => event.key === "Backspace" && seen.pressed(), {
    capture: true,
  });
  const look = () => {
    const text = [...document.querySelectorAll(".cm-ghostText")]
      .map((node) => node.textContent)
      .join("");
    const last = seen.shows.at(-1);
    if (text === seen.text) return;
    const before = seen.text;
    seen.text = text;
    if (text === "") return;
    if (before !== "" && text.startsWith(before)) {
      // It grew; once something was typed of it, it is not told again.
      if (last.step === seen.step) last.text = text;
      return;
    }
    if (before !== "" && before.endsWith(text)) return;
    seen.shows.push({ step: seen.step, latency: performance.now() - seen.key, text });
  };
  new MutationObserver(look).observe(document, {
    childList: true,
    subtree: true,
    characterData: true,
  });
  new PerformanceObserver((list) => {
    for (const { startTime, duration } of list.getEntries()) {
      seen.long.push({ stage: seen.stage, start: startTime, ms: Math.round(duration) });
    }
  }).observe({ type: "longtask" });
  // The same moments with the functions that took them.
  new PerformanceObserver((list) => {
    for (const { startTime, duration, scripts } of list.getEntries()) {
      const by = scripts.map(({ invoker, sourceFunctionName, duration }) => ({
        name: sourceFunctionName === "" ? invoker : `${invoker} ${sourceFunctionName}`,
        ms: Math.round(duration),
      }));
      seen.frames.push({ start: startTime, end: startTime + duration, by });
    }
  }).observe({ type: "long-animation-frame" });
}
