// Made by `cargo xtask types` from models/catalog.toml. Do not edit.

import type { KnownModel } from "./models.js";

/** The model that is used when none is named: expected on the page's own origin. */
export const defaultModel: KnownModel = {
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
};

/** The models that a page can offer, the default one first. */
export const knownModels: readonly KnownModel[] = [
  defaultModel,
  {
    id: "qwen2.5-coder-0.5b-q8_0",
    label: "0.5B",
    name: "Qwen2.5-Coder 0.5B",
    url: "/models/qwen2.5-coder-0.5b-q8_0.gguf",
    size: 531_068_128,
    sha256: "d0f8cd6c49bab52a0abdbe47948518b1f4d9b1a8a2a6825099cea31cea10ac56",
    memoryMib: 560,
    mmacs: 358,
    prefill: 50,
    gpu: false,
  },
  {
    id: "qwen2.5-coder-1.5b-q8_0",
    label: "1.5B",
    name: "Qwen2.5-Coder 1.5B",
    url: "/models/qwen2.5-coder-1.5b-q8_0.gguf",
    size: 1_646_573_056,
    sha256: "29871c94d15727a6e243f79a37113d4ae625a6215b5e800bf41a23af2da32832",
    memoryMib: 1_630,
    mmacs: 1_310,
    prefill: 200,
    gpu: true,
  },
];
