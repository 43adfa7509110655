// The one error class of the package, and the way any thrown value becomes `{ code, message }`.
//
// Errors cross the worker boundary as plain `EngineError` data and are made
// into `GhostlightError` on the caller's side. No message holds source text.

import { ERROR_CODES } from "./generated-methods.js";
import type { EngineError, ErrorCode } from "./generated.js";

const CODES: ReadonlySet<string> = new Set(ERROR_CODES);

/** What every promise of this package rejects with. */
export class GhostlightError extends Error {
  /** For code; see {@link ErrorCode}. */
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string) {
    super(message);
    this.code = code;
    // Callers who know `AbortError` from fetch need no second check.
    this.name = code === "cancelled" ? "AbortError" : "GhostlightError";
  }
}

/** Whether `value` is the plain error data that the engine rejects with. */
export function isEngineError(value: unknown): value is EngineError {
  if (typeof value !== "object" || value === null) return false;
  const { code, message } = value as Partial<EngineError>;
  return typeof code === "string" && CODES.has(code) && typeof message === "string";
}

/**
 * Any thrown value as plain error data.
 *
 * `operation` stands before the message of values that are not errors of ours,
 * such as the `WebAssembly.RuntimeError` of a panic.
 */
export function toEngineError(value: unknown, operation: string): EngineError {
  if (isEngineError(value)) return { code: value.code, message: value.message };
  const message = value instanceof Error ? value.message : String(value);
  return { code: "internal", message: `${operation}: ${message}` };
}

/** `bytes` for people, in decimal units: `98.4 MB`. */
export function formatBytes(bytes: number): string {
  const units = ["bytes", "kB", "MB", "GB"];
  let value = bytes;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${unit === 0 ? value : value.toFixed(value < 100 ? 1 : 0)} ${units[unit]}`;
}
