// The backend of `bench edge`: answers after a fixed time, and tells when a client went away.
//
//   node backend.mjs MILLISECONDS TOKENS PAUSE
//
// Prints `listening on PORT`. `GET /gone` gives the times, in milliseconds since 1970,
// at which streams were left, by the number that stood in their prompt.

import { createServer } from "node:http";

const [wait, tokens, pause] = process.argv.slice(2).map(Number);
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const wall = () => performance.timeOrigin + performance.now();
const gone = {};

const piece = (text, finish = null) =>
  `data: {"id":"x","object":"text_completion","created":1,"model":"m","choices":[{"index":0,"text":"${text}","delta":{"content":"${text}"},"finish_reason":${finish}}]}\n\n`;
const text = "value ".repeat(tokens);
const whole = JSON.stringify({
  id: "x",
  object: "text_completion",
  created: 1,
  model: "m",
  choices: [
    { index: 0, text, message: { role: "assistant", content: text }, finish_reason: "stop" },
  ],
  usage: { prompt_tokens: 100, completion_tokens: tokens, total_tokens: 100 + tokens },
});

const server = createServer(async (request, response) => {
  if (request.method === "GET") {
    response.setHeader("content-type", "application/json");
    return response.end(JSON.stringify(request.url === "/gone" ? gone : { data: [] }));
  }
  let body = "";
  for await (const chunk of request) body += chunk;
  const isStream = body.includes('"stream":true');
  const endless = /leave-(\d+)/.exec(body)?.[1];
  if (wait > 0) await sleep(wait);
  if (!isStream) {
    response.setHeader("content-type", "application/json");
    return response.end(whole);
  }
  response.writeHead(200, { "content-type": "text/event-stream" });
  if (endless !== undefined) response.on("close", () => (gone[endless] = wall()));
  for (let at = 0; (at < tokens || endless !== undefined) && !response.destroyed; at += 1) {
    response.write(piece("value "));
    if (pause > 0 || endless !== undefined) await sleep(pause || 10);
  }
  response.end(piece("", '"stop"') + "data: [DONE]\n\n");
});
server.keepAliveTimeout = 120_000;
server.on("connection", (socket) => socket.setNoDelay(true));
server.listen(0, "127.0.0.1", () => console.log(`listening on ${server.address().port}`));
