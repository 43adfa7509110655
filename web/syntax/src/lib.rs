//! The runtime of syntax packs.
//!
//! The idea: tree-sitter, the queries and the code that reads trees are one small
//! WebAssembly module, and every grammar is another one, which holds nothing but
//! the tables and the scanner that its C code compiles to. The page's worker
//! instantiates the runtime once a language and links a grammar to it: both share
//! the runtime's memory and table of functions, the grammar at a fixed place in
//! each (`cargo xtask build` says where), so that no code has to be moved.
//!
//! Five functions cross, with bytes in a buffer each way; no JavaScript is
//! generated. Outside WebAssembly this crate is empty.
#![cfg(target_family = "wasm")]
// The names of exports, and the one function that is imported.
#![allow(unsafe_code)]

use std::cell::RefCell;

use ghostlight_context::syntax::{LanguageFn, TreeSitter, answer};

unsafe extern "C" {
    /// The grammar's own function, which gives its tables.
    fn grammar() -> *const ();
}

struct State {
    input: Vec<u8>,
    output: Vec<u8>,
    syntax: TreeSitter,
}

thread_local! {
    static STATE: RefCell<State> =
        RefCell::new(State { input: Vec::new(), output: Vec::new(), syntax: TreeSitter::new() });
}

/// Makes room for `len` bytes of input and says where.
// SAFETY: no other function of this module has the name.
#[unsafe(no_mangle)]
pub extern "C" fn input(len: usize) -> *mut u8 {
    STATE.with_borrow_mut(|state| {
        state.input.clear();
        state.input.resize(len, 0);
        state.input.as_mut_ptr()
    })
}

/// Takes the grammar, whose name is the input, into use. False for one that does not fit.
// SAFETY: as above.
#[unsafe(no_mangle)]
pub extern "C" fn start() -> bool {
    STATE.with_borrow_mut(|state| {
        let State { input, syntax, .. } = state;
        // SAFETY: the loader links `grammar` to the exported function of a module
        // that tree-sitter generated, which gives a `TSLanguage` that lives as long
        // as the memory.
        let language = unsafe { LanguageFn::from_raw(grammar) };
        let name = std::str::from_utf8(input).unwrap_or_default();
        syntax.add(name, language).is_ok() && syntax.check().is_ok()
    })
}

/// Does what takes long and is not needed before a text is inserted, so that no key waits for it.
// SAFETY: as above.
#[unsafe(no_mangle)]
pub extern "C" fn prepare() {
    STATE.with_borrow(|state| state.syntax.prepare());
}

/// Answers the question that is the input; the length of the answer, 0 for none.
// SAFETY: as above.
#[unsafe(no_mangle)]
pub extern "C" fn ask() -> usize {
    STATE.with_borrow_mut(|state| {
        let State { input, output, syntax } = state;
        *output = answer(syntax, input).unwrap_or_default();
        // A large file is not kept twice.
        *input = Vec::new();
        output.len()
    })
}

/// Where the answer is.
// SAFETY: as above.
#[unsafe(no_mangle)]
pub extern "C" fn output() -> *const u8 {
    STATE.with_borrow(|state| state.output.as_ptr())
}
