//! What the linker has to know about grammars that are loaded later.

/// What the C code of grammars calls.
const LIBC: &[&str] = &["malloc", "calloc", "realloc", "free"];

#[expect(clippy::disallowed_methods, reason = "cargo tells a build script by its environment")]
fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    if std::env::var("CARGO_CFG_TARGET_FAMILY").is_ok_and(|family| family == "wasm") {
        // A grammar brings functions of its own, which are called through the table.
        for argument in ["--export-table", "--growable-table"] {
            println!("cargo::rustc-link-arg-cdylib={argument}");
        }
        println!("cargo::rustc-link-arg-cdylib=-zstack-size=262144");
        for name in LIBC {
            println!("cargo::rustc-link-arg-cdylib=--export={name}");
        }
    }
}
