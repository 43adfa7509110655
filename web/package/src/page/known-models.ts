// Made by `cargo xtask types` from models/catalog.toml. Do not edit.

import type { KnownModel } from "./models.js";

/** The model that is used when none is named: expected on the page's own origin. */
export const defaultModel: KnownModel = {
  id: "qwen2.5-coder-0.5b-tab",
  label: "0.5B",
  name: "Qwen2.5-Coder 0.5B Instruct, for browsers",
  url: "/models/qwen2.5-coder-0.5b-tab.74c477e55ab6.gguf",
  size: 253_235_072,
  sha256: "74c477e55ab619c5515ae7654d6bb489ca215ba53513e4aeba81f706ae81ceed",
  memoryMib: 320,
  mmacs: 358,
  prefill: 50,
  gpu: false,
  likelihood: { atCertain: 1.47, slope: 1.818, threshold: 0.2 },
};

/** The models that a page can offer, the default one first. */
export const knownModels: readonly KnownModel[] = [
  defaultModel,
  {
    id: "smollm2-135m-q4_1",
    label: "tiny",
    name: "SmolLM2 135M Instruct",
    url: "/models/smollm2-135m-q4_1.gguf",
    size: 98_362_432,
    sha256: "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
    memoryMib: 140,
    mmacs: 106,
    prefill: 25,
    gpu: false,
    likelihood: null,
  },
  {
    id: "qwen2.5-coder-1.5b-instruct-q4_k_m",
    label: "1.5B",
    name: "Qwen2.5-Coder 1.5B Instruct",
    url: "/models/qwen2.5-coder-1.5b-instruct-q4_k_m.gguf",
    size: 1_117_320_768,
    sha256: "cc324af070c2ecbfd324a30884d2f951a7ff756aba85cb811a6ec436933bb046",
    memoryMib: 1_130,
    mmacs: 1_310,
    prefill: 200,
    gpu: true,
    likelihood: null,
  },
];
