// A backend that fails on purpose, or keeps exact time: for faults and measurements only.
//
// What it does is told by the name of the model: `ok`, `slow`, or one of the faults below. It writes
// down every request, and when its client went away.

import { createServer } from "node:http";

export async function fakeBackend({ tokens = 5, pause = 0, first = 0 } = {}) {
  const fake = { requests: [], tokens, pause, first, mode: undefined, url: "" };
  const sockets = new Set();
  const server = createServer(async (request, response) => {
    let text = "";
    for await (const chunk of request) text += chunk;
    const body = text === "" ? {} : JSON.parse(text);
    const entry = {
      path: request.url,
      headers: request.headers,
      body,
      at: performance.now(),
      closed: undefined,
      finished: false,
    };
    fake.requests.push(entry);
    response.on("close", () => {
      if (!entry.finished) entry.closed = performance.now();
      entry.onClose?.();
    });
    const mode = fake.mode ?? body.model ?? "ok";
    await (MODES[mode] ?? MODES.ok)(response, body, fake, entry);
  });
  server.keepAliveTimeout = 60_000;
  server.on("connection", (socket) => {
    sockets.add(socket);
    socket.setNoDelay(true);
    socket.on("close", () => sockets.delete(socket));
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  fake.port = server.address().port;
  fake.url = `http://127.0.0.1:${fake.port}/v1`;
  /** Waits until the `n`-th request (from 0) is there. */
  fake.request = (n = fake.requests.length) => until(() => fake.requests[n]);
  /** Keeps answers of the mode `ok` back until the function that it gives is called. */
  fake.hold = () => {
    let release;
    fake.held = new Promise((resolve) => (release = resolve));
    return () => {
      fake.held = undefined;
      release();
    };
  };
  fake.stop = () => {
    for (const socket of sockets) socket.destroy();
    return new Promise((resolve) => server.close(resolve));
  };
  return fake;
}

/** The whole stream of a backend that says these words. */
export const spoken = (body, words) =>
  words.map((word) => piece(body, word)).join("") + piece(body, "", "stop") + "data: [DONE]\n\n";

/** Waits for something to be true, or to come true, by looking; fails after `limit` milliseconds. */
export async function until(look, limit = 10_000) {
  const end = performance.now() + limit;
  for (;;) {
    const value = await look();
    if (value) return value;
    if (performance.now() > end) throw new Error("it did not come about in time");
    await sleep(2);
  }
}

export const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

const event = (body, choice) =>
  `data: ${JSON.stringify({ id: "x", object: "text_completion", created: 1, model: body.model, choices: [choice] })}\n\n`;
const piece = (body, text, finish = null) =>
  body.messages
    ? event(body, { index: 0, delta: { content: text }, finish_reason: finish })
    : event(body, { index: 0, text, finish_reason: finish });
const open = (response) => {
  response.writeHead(200, {
    "content-type": "text/event-stream",
    "x-secret-header": "internal",
    "set-cookie": "a=b",
  });
  response.flushHeaders();
};
const end = (response, entry, text) => {
  entry.finished = true;
  response.end(text);
};

async function ok(response, body, fake, entry) {
  if (fake.held) await fake.held;
  if (fake.first) await sleep(fake.first);
  const words =
    fake.words ??
    Array.from({ length: Math.min(fake.tokens, body.max_tokens ?? 1e9) }, (_, at) => `w${at} `);
  if (!body.stream) {
    if (fake.pause) await sleep(fake.pause * words.length);
    const text = words.join("");
    const choice = body.messages ? { message: { role: "assistant", content: text } } : { text };
    const usage = {
      prompt_tokens: 7,
      completion_tokens: words.length,
      total_tokens: 7 + words.length,
    };
    response.setHeader("content-type", "application/json");
    return end(
      response,
      entry,
      JSON.stringify({
        id: "x",
        object: "text_completion",
        created: 1,
        model: body.model,
        choices: [{ index: 0, finish_reason: "stop", ...choice }],
        usage,
      }),
    );
  }
  open(response);
  for (const word of words) {
    if (response.destroyed) return;
    response.write(piece(body, word));
    if (fake.pause) await sleep(fake.pause);
  }
  end(response, entry, piece(body, "", "stop") + "data: [DONE]\n\n");
}

const status =
  (code, headers = {}, message = "it is what it is") =>
  (response, _body, _fake, entry) => {
    response.writeHead(code, { "content-type": "application/json", ...headers });
    end(response, entry, JSON.stringify({ error: { message } }));
  };

const MODES = {
  ok,
  "hang-head": () => {},
  "hang-first": (response) => open(response),
  "hang-middle": (response, body) => {
    open(response);
    response.write(piece(body, "begun "));
  },
  truncate: (response, body, _fake, entry) => {
    open(response);
    response.write(piece(body, "cut "));
    setTimeout(() => end(response, entry), 50);
  },
  "mid-event": (response, body) => {
    open(response);
    response.write(piece(body, "cut ") + 'data: {"choices":[{"te');
    setTimeout(() => response.destroy(), 20);
  },
  garbage: (response, _body, _fake, entry) => {
    open(response);
    end(response, entry, "data: <html>\n\ndata: nonsense\n\n");
  },
  html: (response, _body, _fake, entry) => {
    response.writeHead(200, { "content-type": "text/html" });
    end(response, entry, "<html>");
  },
  "error-inside": (response, _body, _fake, entry) => {
    open(response);
    end(response, entry, 'data: {"error":{"message":"out of memory"}}\n\n');
  },
  "error-later": (response, body, _fake, entry) => {
    open(response);
    response.write(piece(body, "so far "));
    setTimeout(() => end(response, entry, 'data: {"error":{"message":"out of memory"}}\n\n'), 100);
  },
  endless: async (response, body) => {
    open(response);
    while (!response.destroyed) {
      response.write(piece(body, "on and on "));
      await sleep(5);
    }
  },
  "cut-anywhere": async (response, body, _fake, entry) => {
    open(response);
    response.socket.setNoDelay(true);
    const bytes = Buffer.from(odd(body));
    for (let at = 0; at < bytes.length;) {
      const step = 1 + Math.floor(Math.random() * 7);
      response.write(bytes.subarray(at, at + step));
      at += step;
      if (Math.random() < 0.2) await sleep(0);
    }
    end(response, entry);
  },
  /** As `fake.form` says: bytes of a server as it is, with its content type. */
  form: (response, _body, fake, entry) => {
    response.writeHead(200, { "content-type": fake.form.type });
    end(response, entry, fake.form.bytes);
  },
  500: status(500),
  429: status(429, { "retry-after": "1" }),
  401: status(401),
  400: status(400, {}, "context is too long"),
  redirect: status(307, { location: "http://169.254.169.254/latest/meta-data" }),
};

/** A stream with everything that the format allows: comments, CRLF, ids, text beyond ASCII, tools. */
export function odd(body) {
  const call = {
    index: 0,
    delta: {
      tool_calls: [
        { index: 0, id: "c", type: "function", function: { name: "f", arguments: '{"a":"ü"}' } },
      ],
    },
    finish_reason: null,
  };
  return [
    ": welcome\n\n",
    piece(body, "ünïcödé 🦀 "),
    `id: 7\r\nretry: 10\r\ndata: ${JSON.stringify({ choices: [{ index: 0, delta: { content: "crlf" }, text: "crlf" }] })}\r\n\r\n`,
    event(body, call),
    ": keep-alive\n\n",
    piece(body, "", "stop"),
    "data: [DONE]\n\n",
  ].join("");
}
