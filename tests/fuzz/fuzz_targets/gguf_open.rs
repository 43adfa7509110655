//! Fuzz target: open any bytes as a GGUF model and use what opened. The body is shared with ordinary tests.

#![no_main]

#[path = "../bodies/gguf_open.rs"]
mod body;

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    body::run(input);
});
