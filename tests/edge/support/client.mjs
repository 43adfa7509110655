// A client that goes at once: its connection is reset, as a platform's front does when a client leaves.

import { request } from "node:http";
import { KEY } from "./edge.mjs";

/** Posts JSON; when the signal fires, the connection is reset. Resolves with node's own response. */
export function leavingFetch(url, json, signal, key = KEY.acme) {
  return new Promise((resolve, reject) => {
    const body = JSON.stringify(json);
    const headers = {
      authorization: `Bearer ${key}`,
      "content-type": "application/json",
      "content-length": Buffer.byteLength(body),
    };
    const asked = request(url, { method: "POST", agent: false, headers }, (response) => {
      response.on("error", () => {});
      resolve(response);
    });
    asked.on("error", reject);
    signal?.addEventListener("abort", () => {
      asked.socket?.resetAndDestroy();
      reject(new Error("left"));
    });
    asked.end(body);
  });
}
