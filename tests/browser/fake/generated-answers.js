// Made by `cargo xtask types` from web/protocol. Do not edit.

/** The engine's methods: how each is answered, and with what where a test says nothing else. */
export const ENGINE_METHODS = {
  "aheadAfter": {
    "answer": 0.0,
    "how": "now"
  },
  "alternatives": {
    "answer": {
      "texts": []
    },
    "how": "request"
  },
  "cancel": {
    "answer": null,
    "how": "now"
  },
  "complete": {
    "answer": {
      "accepted": 0,
      "confidence": 0.0,
      "decodeMs": 0.0,
      "drafted": 0,
      "finish": "stop",
      "language": "",
      "length": "word",
      "likelihood": 0.0,
      "prefillMs": 0.0,
      "promptTokens": 0,
      "reusedTokens": 0,
      "rule": null,
      "skip": null,
      "text": "",
      "tokens": 0
    },
    "how": "request"
  },
  "explain": {
    "answer": {
      "budget": 0,
      "costs": [],
      "family": "",
      "leftOut": [],
      "pieces": [],
      "reused": 0,
      "skip": null,
      "tokens": 0,
      "workspace": {
        "files": 0,
        "memory": 0.0,
        "pieces": 0,
        "symbols": 0,
        "text": 0.0,
        "waiting": 0
      }
    },
    "how": "idle"
  },
  "feedback": {
    "answer": null,
    "how": "now"
  },
  "figures": {
    "answer": {
      "gapMs": 0.0,
      "kept": [],
      "kinds": [],
      "latencyMs": 0.0,
      "threshold": 0.0,
      "work": {
        "aheadTokens": 0.0,
        "answered": 0.0,
        "generatedTokens": 0.0,
        "promptTokens": 0.0,
        "readTokens": 0.0,
        "requests": 0.0
      }
    },
    "how": "now"
  },
  "guard": {
    "answer": null,
    "how": "now"
  },
  "info": {
    "answer": {
      "architecture": "",
      "context": 0,
      "engine": "cpu",
      "fim": false,
      "loadMs": 0.0,
      "memory": 0.0,
      "model": "",
      "parameters": 0.0,
      "quantization": "",
      "threads": 0,
      "variant": ""
    },
    "how": "now"
  },
  "lookAhead": {
    "answer": 0,
    "how": "request"
  },
  "loseDevice": {
    "answer": null,
    "how": "now"
  },
  "measure": {
    "answer": {
      "decodeMs": 0.0,
      "decodeTokens": 0,
      "prefillMs": 0.0,
      "tokens": []
    },
    "how": "request"
  },
  "plan": {
    "answer": {
      "action": "now",
      "delayMs": 0.0,
      "skip": null,
      "typed": ""
    },
    "how": "now"
  },
  "review": {
    "answer": {
      "accepted": 0,
      "confidence": 0.0,
      "decodeMs": 0.0,
      "drafted": 0,
      "finish": "stop",
      "language": "",
      "length": "word",
      "likelihood": 0.0,
      "prefillMs": 0.0,
      "promptTokens": 0,
      "reusedTokens": 0,
      "rule": null,
      "skip": null,
      "text": "",
      "tokens": 0
    },
    "how": "urgent"
  },
  "setLibrary": {
    "answer": null,
    "how": "now"
  },
  "setSyntax": {
    "answer": null,
    "how": "now"
  },
  "setThreshold": {
    "answer": null,
    "how": "now"
  },
  "warm": {
    "answer": 0,
    "how": "request"
  },
  "warmAfter": {
    "answer": 0.0,
    "how": "now"
  }
};
