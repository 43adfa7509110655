//! What crosses between the page, the worker, the engine and the workspace index, declared once.
//!
//! Two kinds of declarations: plain data (structs and enums that serde writes), and the tables of
//! methods in `methods.rs`, each a macro that hands its rows to another macro. From the tables come
//! the wasm-bindgen classes of `web/engine` and `web/workspace` ([`export_class`]), what the engine
//! calls of the index ([`import_class`]), and by `cargo xtask types` the TypeScript interfaces,
//! messages and default answers. Text is UTF-8 here and UTF-16 there; offsets do not cross, since a
//! request carries the text before and after the cursor.

mod class;
mod completion;
#[cfg(not(target_family = "wasm"))]
pub mod describe;
mod error;
mod explain;
mod feedback;
mod guard;
mod handle;
mod load;
mod measure;
mod methods;
mod workspace;

pub use completion::*;
pub use error::*;
pub use explain::*;
pub use feedback::*;
pub use guard::*;
pub use handle::*;
pub use load::*;
pub use measure::*;
pub use workspace::*;
