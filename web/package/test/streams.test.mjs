// What servers of models send, as `tests/streams` has it, cut at every byte.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, test } from "node:test";

import { readAnswer } from "../dist/page/edge-answer.js";
import { EventStream } from "../dist/page/event-stream.js";

const read = (name) => readFileSync(new URL(`../../../tests/streams/${name}`, import.meta.url));
const forms = JSON.parse(read("forms.json"));

/** A response whose body comes in these pieces, and then ends, breaks, or stays open until an abort. */
function answer(pieces, type, end = "close", signal = undefined) {
  const rest = [...pieces];
  const body = new ReadableStream({
    pull(controller) {
      const next = rest.shift();
      if (next !== undefined) controller.enqueue(next);
      else if (end === "close") controller.close();
      else if (end === "break") controller.error(new TypeError("network error"));
      else
        return new Promise((_, reject) =>
          signal.addEventListener("abort", () => reject(signal.reason)),
        );
    },
  });
  return new Response(body, { headers: { "content-type": type } });
}

/** How it ends for whoever asked, and the text that was shown. */
async function outcome(pieces, type, end, signal, wanted) {
  let shown = "";
  try {
    const result = await readAnswer(
      answer(pieces, type, end, signal),
      0,
      (text) => {
        assert.ok(text.startsWith(shown), "text only grows");
        shown = text;
      },
      wanted,
    );
    assert.equal(result.text, shown);
    return { ends: "whole", text: shown, finish: result.finish };
  } catch ({ fault }) {
    return { ends: fault === "guarded" ? fault : "broken", text: shown };
  }
}

const wanted = ({ ends, text, finish }) =>
  ends === "whole" ? { ends, text, finish } : { ends, text };

describe("answers of servers", () => {
  for (const form of forms) {
    const bytes = read(form.file);

    test(`${form.file}: ${form.like}`, async () => {
      assert.deepEqual(await outcome([bytes], form.type), wanted(form));
      for (let at = 1; at < bytes.length; at += 1) {
        const pieces = [bytes.subarray(0, at), bytes.subarray(at)];
        assert.deepEqual(await outcome(pieces, form.type), wanted(form), `cut at ${at}`);
      }
      const single = Array.from(bytes, (_, at) => bytes.subarray(at, at + 1));
      assert.deepEqual(await outcome(single, form.type), wanted(form), "byte by byte");
    });

    test(`${form.file}: what is left of it is never taken for more`, async () => {
      for (let at = 0; at < bytes.length; at += 1) {
        for (const end of ["close", "break"]) {
          const seen = await outcome([bytes.subarray(0, at)], form.type, end);
          assert.ok(form.text.startsWith(seen.text), `${end} at ${at}`);
          // Half a character at most.
          if (seen.ends === "whole") assert.equal(seen.text, form.text, `${end} at ${at}`);
        }
      }
    });
  }

  test("every file is read", async () => {
    const { readdirSync } = await import("node:fs");
    const files = readdirSync(new URL("../../../tests/streams/", import.meta.url));
    const data = files.filter(
      (name) => !["forms.json", "README.md", ".gitattributes"].includes(name),
    );
    assert.deepEqual(forms.map(({ file }) => file).sort(), data.sort());
  });

  test("behind the reason nothing has to come, and silence is no fault of the answer", async () => {
    const bytes = read("no-done.sse");
    for (const end of ["close", "break"]) {
      const seen = await outcome([bytes], "text/event-stream", end);
      assert.equal(seen.ends, "whole", end);
    }
    // The clock of whoever reads ends it, or the reader's own wish.
    for (const [own, ends] of [
      [false, "whole"],
      [true, "broken"],
    ]) {
      const clock = new AbortController();
      const seen = outcome(
        [bytes],
        "text/event-stream",
        "hold",
        clock.signal,
        own ? clock.signal : undefined,
      );
      setImmediate(() => clock.abort());
      assert.equal((await seen).ends, ends);
    }
  });

  test("errors of any form end it, also where nothing was said yet", async () => {
    for (const error of [
      '{"error":{"message":"x"}}',
      '{"error":"x"}',
      '{"object":"error"}',
      "<html>",
      "7",
    ]) {
      const bytes = new TextEncoder().encode(`data: ${error}\n\n`);
      const seen = await outcome([bytes], "text/event-stream");
      assert.deepEqual(seen, { ends: "broken", text: "" }, error);
    }
  });
});

describe("events", () => {
  test("are those of the standard", () => {
    for (const [text, expected] of [
      ["data: a\n\n", [["", "a"]]],
      ["data:a\r\n\r\n", [["", "a"]]],
      ["data: a\r\rdata: b\r\r", [["", "a"], ["", "b"]]], // prettier-ignore
      ["\ufeffdata: a\n\n", [["", "a"]]],
      ["data: a\n\ufeffdata: b\n\n", [["", "a"]]],
      ["data: a\ndata: b\n\n", [["", "a\nb"]]],
      [": comment\n\ndata:  two\n\n", [["", " two"]]],
      ["event: error\ndata: {}\nid: 1\nretry: 2\n\n", [["error", "{}"]]],
      ["event: a\n\ndata: b\n\n", [["", "b"]]],
      ["data\n\n", [["", ""]]],
      ["data: last", [["", "last"]]],
      ['{"a":1}\n{"b":2}\n', [["", '{"a":1}'], ["", '{"b":2}']]], // prettier-ignore
      ["\n\n\n", []],
    ]) {
      const bytes = new TextEncoder().encode(text);
      for (let at = 0; at <= bytes.length; at += 1) {
        const stream = new EventStream();
        const found = [
          ...stream.push(bytes.subarray(0, at)),
          ...stream.push(bytes.subarray(at)),
          ...stream.end(),
        ];
        assert.deepEqual(
          found.map(({ name, data }) => [name, data]),
          expected,
          `${JSON.stringify(text)} at ${at}`,
        );
      }
    }
  });

  test("have a limit", () => {
    const stream = new EventStream();
    const line = new TextEncoder().encode(`data: ${"x".repeat(1000)}\n`);
    assert.throws(() => {
      for (let n = 0; n < 2000; n += 1) stream.push(line);
    }, RangeError);
  });
});
