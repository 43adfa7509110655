// Made by `cargo xtask types` from core/complete/src/feedback.rs. Do not edit.

/** Seconds after which accepted text is looked at again. */
export const AGES_S = [30, 120, 600] as const;
