// A worker that only passes requests on: what the runtime costs, whatever runs in it.

export default {
  async fetch(request, env) {
    const response = await fetch(env.BACKEND + new URL(request.url).pathname, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: await request.arrayBuffer(),
    });
    const kind = response.headers.get("content-type");
    // A stream is passed on by the runtime itself; anything else is read, as a gateway has to.
    const body = kind === "text/event-stream" ? response.body : await response.arrayBuffer();
    return new Response(body, { headers: { "content-type": kind } });
  },
};
