//! The tables of methods as values, for whoever writes TypeScript: names, documentation, types.

use std::collections::BTreeMap;

use serde::Serialize;
use ts_rs::{Config, TS, TypeVisitor};

use crate::*;

/// A row of a table.
#[derive(Debug)]
pub struct Method {
    /// The name in Rust.
    pub name: &'static str,
    /// The name in JavaScript.
    pub js: &'static str,
    /// Lines of documentation, each with the space that it begins with.
    pub docs: &'static [&'static str],
    /// `page`, `worker` or `library`.
    pub who: &'static str,
    /// `now`, `early`, `idle`, `urgent` or `request`.
    pub how: &'static str,
    /// Names in Rust and types in TypeScript.
    pub parameters: Vec<(&'static str, String)>,
    /// The answer's type in TypeScript.
    pub answer: String,
    /// The answer where there is nothing to tell, as JSON.
    pub default: String,
}

/// Everything that is declared.
#[derive(Debug, Default)]
pub struct Protocol {
    /// Declarations in TypeScript with their documentation, by name.
    pub types: BTreeMap<String, String>,
    /// See `engine_methods`.
    pub engine: Vec<Method>,
    /// See `index_methods`.
    pub index: Vec<Method>,
    /// See `worker_methods`.
    pub worker: Vec<Method>,
    /// What each field is that is not given, by the name of the type, as JSON.
    pub defaults: Vec<(&'static str, String)>,
    /// Every `ErrorCode`.
    pub error_codes: Vec<String>,
}

macro_rules! describe {
    ($types:ident; $(
        $(#[doc = $doc:literal])*
        $who:ident $how:ident $name:ident $(as $js:ident)? ($($arg:ident: $type:ty),*) -> $answer:ty;
    )*) => {
        vec![$({
            $($types.add::<$type>();)*
            $types.add::<$answer>();
            Method {
                name: stringify!($name),
                js: [stringify!($name), $(stringify!($js))?].into_iter().last().unwrap_or_default(),
                docs: &[$($doc),*],
                who: stringify!($who),
                how: stringify!($how),
                parameters: vec![$((stringify!($arg), <$type>::name(&$types.config))),*],
                answer: <$answer>::name(&$types.config),
                default: json(&<$answer>::default()),
            }
        }),*]
    };
}

/// All of it.
#[must_use]
pub fn protocol() -> Protocol {
    let mut types = Types::default();
    types.add::<LoadOptions>();
    types.add::<LoadProgress>();
    let engine = crate::engine_methods!(describe, types);
    let index = crate::index_methods!(describe, types);
    let worker = crate::worker_methods!(describe, types);
    types.add::<KernelTime>();
    types.add::<EngineError>();
    let codes = ErrorCode::inline(&types.config);
    Protocol {
        engine,
        index,
        worker,
        defaults: vec![
            ("CompletionRequest", json(&CompletionRequest::default())),
            ("CompletionResult", json(&CompletionResult::default())),
            ("WorkspaceFigures", json(&WorkspaceFigures::default())),
            ("FileChange", json(&FileChange::default())),
            ("GuardOptions", json(&GuardOptions::default())),
        ],
        error_codes: codes.split(" | ").map(|code| code.trim_matches('"').to_owned()).collect(),
        types: types.declarations,
    }
}

/// Plain data has a form in JSON. Its fields are in the order in which they are declared.
fn json(value: &impl Serialize) -> String {
    serde_json::to_string_pretty(value).unwrap_or_default()
}

/// The types that were met so far.
#[derive(Default)]
struct Types {
    config: Config,
    /// By name, since the order in which ts-rs visits fields differs between compilations.
    declarations: BTreeMap<String, String>,
}

impl Types {
    /// Declares a type and all that it is made of.
    fn add<T: TS + 'static + ?Sized>(&mut self) {
        T::visit_generics(self);
        self.visit::<T>();
    }
}

impl TypeVisitor for Types {
    fn visit<T: TS + 'static + ?Sized>(&mut self) {
        // What TypeScript has by itself is declared nowhere.
        if T::output_path().is_some() {
            let name = T::ident(&self.config);
            if self.declarations.contains_key(&name) {
                return;
            }
            let docs = T::docs().unwrap_or_default();
            self.declarations.insert(name, format!("{docs}export {}", T::decl(&self.config)));
        }
        T::visit_dependencies(self);
    }
}
