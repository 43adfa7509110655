// Made by `cargo xtask types` from web/protocol. Do not edit.

/** The engine's methods: how each is answered, and with what where a test says nothing else. */
export const ENGINE_METHODS = {
  info: {
    how: "now",
    answer: {
      "engine": "cpu",
      "variant": "",
      "threads": 0,
      "model": "",
      "architecture": "",
      "quantization": "",
      "parameters": 0.0,
      "context": 0,
      "fim": false,
      "memory": 0.0,
      "loadMs": 0.0
    },
  },
  plan: {
    how: "now",
    answer: {
      "action": "now",
      "delayMs": 0.0,
      "typed": "",
      "skip": null
    },
  },
  complete: {
    how: "request",
    answer: {
      "text": "",
      "finish": "stop",
      "skip": null,
      "rule": null,
      "promptTokens": 0,
      "reusedTokens": 0,
      "tokens": 0,
      "drafted": 0,
      "accepted": 0,
      "prefillMs": 0.0,
      "decodeMs": 0.0,
      "confidence": 0.0,
      "likelihood": 0.0,
      "language": "",
      "length": "word"
    },
  },
  warmPlanned: {
    how: "request",
    answer: 0,
  },
  alternatives: {
    how: "request",
    answer: {
      "texts": []
    },
  },
  warm: {
    how: "request",
    answer: 0,
  },
  lookAhead: {
    how: "request",
    answer: 0,
  },
  aheadAfter: {
    how: "now",
    answer: 0.0,
  },
  warmAfter: {
    how: "now",
    answer: 0.0,
  },
  renewAfter: {
    how: "now",
    answer: 0.0,
  },
  guard: {
    how: "now",
    answer: null,
  },
  setSyntax: {
    how: "now",
    answer: null,
  },
  setLibrary: {
    how: "now",
    answer: null,
  },
  feedback: {
    how: "now",
    answer: null,
  },
  figures: {
    how: "now",
    answer: {
      "kinds": [],
      "kept": [],
      "gapMs": 0.0,
      "latencyMs": 0.0,
      "threshold": 0.0,
      "work": {
        "requests": 0.0,
        "answered": 0.0,
        "promptTokens": 0.0,
        "readTokens": 0.0,
        "generatedTokens": 0.0,
        "aheadTokens": 0.0
      }
    },
  },
  setThreshold: {
    how: "now",
    answer: null,
  },
  explain: {
    how: "idle",
    answer: {
      "skip": null,
      "family": "",
      "budget": 0,
      "tokens": 0,
      "reused": 0,
      "pieces": [],
      "leftOut": [],
      "costs": [],
      "workspace": {
        "files": 0,
        "pieces": 0,
        "symbols": 0,
        "text": 0.0,
        "memory": 0.0,
        "waiting": 0
      }
    },
  },
  review: {
    how: "urgent",
    answer: {
      "text": "",
      "finish": "stop",
      "skip": null,
      "rule": null,
      "promptTokens": 0,
      "reusedTokens": 0,
      "tokens": 0,
      "drafted": 0,
      "accepted": 0,
      "prefillMs": 0.0,
      "decodeMs": 0.0,
      "confidence": 0.0,
      "likelihood": 0.0,
      "language": "",
      "length": "word"
    },
  },
  countTokens: {
    how: "idle",
    answer: 0,
  },
  measure: {
    how: "request",
    answer: {
      "prefillMs": 0.0,
      "decodeTokens": 0,
      "decodeMs": 0.0,
      "tokens": []
    },
  },
  cancel: {
    how: "now",
    answer: null,
  },
  loseDevice: {
    how: "now",
    answer: null,
  },
};
