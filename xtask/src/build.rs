//! What browsers get: modules of WebAssembly, syntax packs, the npm package and the playground around them.
//!
//! The idea: a plan says which parts are made, all of them or those that one page will load.
//! What is missing on the machine is set up while the compiler works, since downloads hardly
//! take a core. The types for TypeScript are made before the package that uses them.

use std::path::PathBuf;

use anyhow::Result;
use clap::ValueEnum;

use crate::modules::{self, VARIANTS, Variant};
use crate::setup::{self, Part};
use crate::stamp::{Inputs, Stamp};
use crate::steps::{Task, step, wait_for_all};
use crate::wasm::Effort;
use crate::workspace::Metadata;
use crate::{packs, sh, types};

/// Build the engine for browsers, the npm package and the playground.
#[derive(clap::Args, Default)]
pub(crate) struct BuildOptions {
    /// Which builds of the engine to make, the index beside them.
    #[arg(long, value_enum, default_value_t = Engine::All)]
    pub(crate) engine: Engine,
    /// Build only the syntax packs.
    #[arg(long)]
    syntax: bool,
    /// Build faster, without link-time optimisation and wasm-opt.
    #[arg(long)]
    pub(crate) dev: bool,
}

/// A choice of builds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Default)]
pub(crate) enum Engine {
    /// The builds without WebGPU.
    Cpu,
    /// The build with WebGPU.
    Webgpu,
    /// All of them.
    #[default]
    All,
}

/// What is made, and what the page knows to be there.
pub(crate) struct Plan {
    modules: Vec<&'static Variant>,
    grammars: Vec<&'static str>,
    effort: Effort,
}

impl Plan {
    /// The modules that are wanted, and grammars by name.
    pub(crate) fn new(
        wants: impl Fn(&Variant) -> bool,
        grammars: impl IntoIterator<Item = &'static str>,
        effort: Effort,
    ) -> Self {
        // The index goes with any engine.
        let modules = VARIANTS.iter().filter(|variant| variant.is_index() || wants(variant));
        Self { modules: modules.collect(), grammars: grammars.into_iter().collect(), effort }
    }

    /// The plan's parts by their path in the package's `wasm` folder; `None` if that is everything.
    ///
    /// A page is told what was made, not what is in the folder: an engine of last week may be
    /// there, too, and not understand the worker of today.
    fn parts(&self) -> Option<String> {
        if self.modules.len() == VARIANTS.len() && self.grammars.len() == packs::names().count() {
            return None;
        }
        let modules = self.modules.iter().map(|variant| variant.name.to_owned());
        let packs = std::iter::once("runtime").chain(self.grammars.iter().copied());
        Some(modules.chain(packs.map(packs::part)).collect::<Vec<_>>().join(","))
    }
}

/// The variable of Vite that hands the parts to the playground.
const PARTS: &str = "VITE_WASM_PARTS";

pub(crate) fn main(options: &BuildOptions) -> Result<()> {
    let effort = if options.dev { Effort::Dev } else { Effort::Release };
    if options.syntax {
        setup::ensure(&[Part::Wasm, Part::Node, Part::Clang])?;
        return packs::build(packs::names(), effort);
    }
    let wants = |variant: &Variant| match options.engine {
        Engine::All => true,
        Engine::Cpu => !variant.gpu,
        Engine::Webgpu => variant.gpu,
    };
    make(&Plan::new(wants, packs::names(), effort), &[])
}

/// Makes what is planned, and sets up `parts` for later, besides what it needs itself.
pub(crate) fn make(plan: &Plan, parts: &[Part]) -> Result<()> {
    types::main(&types::TypesOptions { check: false })?;
    let target = Metadata::load()?.target_directory;
    // Packages of the system are one part: their manager serves one at a time.
    let (mut programs, downloads): (Vec<Part>, Vec<Part>) = parts.iter().partition(|part| part.is_system());
    programs.extend([Part::Clang, Part::Node]);
    std::thread::scope(|scope| {
        let downloads = Task::start(scope, || setup::ensure(&downloads));
        let programs = Task::start(scope, || setup::ensure(&programs));
        let bindgen = Task::start(scope, || setup::ensure(&[Part::Bindgen]));
        setup::ensure(&[Part::Wasm])?;
        let compiler = programs.clone();
        let packs = Task::start(scope, move || {
            compiler.wait()?;
            step("syntax packs", || packs::build(plan.grammars.iter().copied(), plan.effort))
        });
        let modules = modules::make(&plan.modules, &target, plan.effort, &[&programs, &bindgen]);
        wait_for_all([downloads, packs]).and(modules)
    })?;
    let parts = plan.parts();
    step("npm package and playground", || {
        npm_build("web/package", &["web/package"], None)?;
        npm_build("examples/playground", &["examples/playground", "web/package"], parts.as_deref())
    })
}

/// Runs a package's build script when its inputs changed.
fn npm_build(package: &str, inputs: &[&str], parts: Option<&str>) -> Result<()> {
    let root = sh::root();
    let mut hash = Inputs::new(&format!("{package} {parts:?}"));
    hash.path(&root.join("package-lock.json"))?;
    for input in inputs {
        hash.path(&root.join(input))?;
    }
    // The modules' files end up in what a bundler makes; their stamps stand for them.
    for variant in VARIANTS {
        hash.path(&modules::folder(variant).join(".stamp"))?;
    }
    hash.path(&packs::stamps()?)?;
    let output: PathBuf = root.join(package).join("dist");
    let stamp = Stamp::at(root.join("node_modules/.ghostlight").join(package.replace('/', "-")));
    let is_new = stamp.renew(hash, &[&output], || {
        let mut npm = sh::npm();
        npm.args(["run", "--loglevel=error", "build", "--workspace", package]).env_remove(PARTS);
        if let Some(parts) = parts {
            npm.env(PARTS, parts);
        }
        sh::run(&mut npm)
    })?;
    if !is_new {
        eprintln!("  {package} is up to date");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_told_what_was_made_unless_that_is_everything() {
        let all = Plan::new(|_| true, packs::names(), Effort::Release);
        assert_eq!(all.parts(), None);
        let some = Plan::new(|variant| variant.name == "cpu-threads", ["python", "rust"], Effort::Demo);
        let parts = some.parts().unwrap();
        assert_eq!(parts, "cpu-threads,workspace,syntax/runtime,syntax/python,syntax/rust");
        assert!(Plan::new(|_| true, ["python"], Effort::Demo).parts().is_some());
    }
}
