// ESLint for all TypeScript and JavaScript: faults, not style, which is Prettier's.
//
// Types come from `tsconfig.json` beside this file, for JavaScript too: a promise that nobody awaits is
// the fault that matters most in tests, and only types tell it.

import js from "@eslint/js";
import globals from "globals";
import { defineConfig, globalIgnores } from "eslint/config";
import { configs } from "typescript-eslint";

export default defineConfig(
  globalIgnores([
    "**/dist",
    "web/package/wasm",
    "edge/build",
    "target",
    // What is written by programs, and what models and tests are shown.
    "**/generated*",
    "core",
    "examples/playground/project",
    "tests/bench/corpus",
    "tests/eval",
  ]),
  js.configs.recommended,
  configs.recommended,
  {
    languageOptions: {
      globals: { ...globals.browser, ...globals.worker, ...globals.node },
      parserOptions: { project: "tsconfig.json", tsconfigRootDir: import.meta.dirname },
    },
    linterOptions: { reportUnusedDisableDirectives: "error" },
    rules: {
      eqeqeq: ["error", "always", { null: "ignore" }],
      "@typescript-eslint/no-floating-promises": [
        "error",
        {
          // The runner awaits what is declared.
          allowForKnownSafeCalls: [
            { from: "package", package: "node:test", name: ["test", "it", "describe", "suite"] },
          ],
        },
      ],
      // A server's handler may be asynchronous: Node ends the process where one fails.
      "@typescript-eslint/no-misused-promises": [
        "error",
        { checksVoidReturn: { arguments: false } },
      ],
      "@typescript-eslint/no-unused-vars": [
        "error",
        { argsIgnorePattern: "^_", varsIgnorePattern: "^_", ignoreRestSiblings: true },
      ],
      "@typescript-eslint/switch-exhaustiveness-check": [
        "error",
        { considerDefaultExhaustiveForUnions: true },
      ],
    },
  },
  {
    // Functions that run in a page see what its other functions left there.
    files: ["tests/browser/**", "tests/edge/client.test.mjs"],
    rules: { "no-undef": "off" },
  },
);
