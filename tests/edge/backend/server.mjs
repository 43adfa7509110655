// An OpenAI-compatible server over llama.cpp, as small as it can be: one model, one request at a time.
//
// It is the real backend of the edge's tests and of `cargo xtask edge`. Closing the connection stops
// the generation at the next token.

import { createServer } from "node:http";
import { getLlama, LlamaChatSession, LlamaCompletion, LlamaLogLevel } from "node-llama-cpp";

const [path, port = "0"] = process.argv.slice(2);
const llama = await getLlama({
  gpu: false,
  build: "never",
  logLevel: LlamaLogLevel.error,
  maxThreads: 2,
});
const model = await llama.loadModel({ modelPath: path });
const context = await model.createContext({ contextSize: 2048 });
const sequence = context.getSequence();
let queue = Promise.resolve();

const server = createServer(async (request, response) => {
  try {
    if (request.method === "GET" && request.url === "/v1/models")
      return json(response, 200, { object: "list", data: [{ id: "smollm2", object: "model" }] });
    let text = "";
    for await (const chunk of request) text += chunk;
    const body = JSON.parse(text);
    const isChat = request.url === "/v1/chat/completions";
    if (!isChat && request.url !== "/v1/completions")
      return json(response, 404, { error: { message: "no such route" } });
    const gone = new AbortController();
    response.on("close", () => gone.abort());
    const turn = queue.then(() =>
      gone.signal.aborted ? undefined : answer(body, isChat, response, gone.signal),
    );
    queue = turn.catch(() => {});
    await turn;
  } catch (error) {
    if (!response.headersSent)
      json(response, 500, { error: { message: String(error?.message ?? error) } });
    else response.destroy();
  }
});

async function answer(body, isChat, response, signal) {
  const id = `llama-${Date.now()}`;
  const head = {
    id,
    object: isChat ? "chat.completion.chunk" : "text_completion",
    created: Math.floor(Date.now() / 1000),
    model: body.model,
  };
  const send = (choice) =>
    response.write(
      `data: ${JSON.stringify({ ...head, choices: [{ index: 0, finish_reason: null, ...choice }] })}\n\n`,
    );
  if (body.stream) response.writeHead(200, { "content-type": "text/event-stream" });
  let written = 0;
  const options = {
    maxTokens: body.max_tokens ?? body.max_completion_tokens ?? 16,
    temperature: body.temperature ?? 0,
    signal,
    stopOnAbortSignal: true,
    customStopTriggers: [body.stop ?? []].flat(),
    onTextChunk(text) {
      written += 1;
      if (body.stream) send(isChat ? { delta: { content: text } } : { text });
    },
  };
  await sequence.clearHistory();
  let text, reason;
  if (isChat) {
    const system = body.messages
      .filter((message) => message.role === "system")
      .map((message) => message.content)
      .join("\n");
    const session = new LlamaChatSession({
      contextSequence: sequence,
      systemPrompt: system || undefined,
    });
    const last = body.messages.filter((message) => message.role === "user").at(-1);
    ({ responseText: text, stopReason: reason } = await session.promptWithMeta(
      last.content,
      options,
    ));
    session.dispose({ disposeSequence: false });
  } else {
    const completion = new LlamaCompletion({ contextSequence: sequence });
    const result = await completion.generateCompletionWithMeta(body.prompt, options);
    text = result.response;
    reason = result.metadata.stopReason;
    completion.dispose({ disposeSequence: false });
  }
  if (signal.aborted) return;
  const finish = reason === "maxTokens" ? "length" : "stop";
  const read = model.tokenize(isChat ? JSON.stringify(body.messages) : body.prompt).length;
  const usage = { prompt_tokens: read, completion_tokens: written, total_tokens: read + written };
  if (body.stream) {
    send(isChat ? { delta: {}, finish_reason: finish } : { text: "", finish_reason: finish });
    if (body.stream_options?.include_usage)
      response.write(`data: ${JSON.stringify({ ...head, choices: [], usage })}\n\n`);
    response.end("data: [DONE]\n\n");
  } else {
    const choice = isChat ? { message: { role: "assistant", content: text } } : { text };
    json(response, 200, {
      ...head,
      object: isChat ? "chat.completion" : "text_completion",
      choices: [{ index: 0, finish_reason: finish, ...choice }],
      usage,
    });
  }
}

function json(response, status, value) {
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(value));
}

server.listen(Number(port), "127.0.0.1", () =>
  console.log(`listening on ${server.address().port}`),
);
