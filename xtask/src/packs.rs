//! Syntax packs: a runtime in Rust, and every grammar as a module of its own.
//!
//! The idea: what a grammar adds to the runtime is C without dependencies, so it
//! is compiled by clang and linked by the linker that comes with Rust, at a fixed
//! place in the runtime's memory and table of functions. No code is compiled twice,
//! and a grammar that did not change is left alone. `web/package/src/syntax.ts`
//! is the other side, and has the same two numbers.

use std::path::{Path, PathBuf};
use std::sync::Mutex;

use anyhow::{Context, Result, bail};
use ghostlight_text::Grammar;

use crate::sh;
use crate::stamp::{Inputs, Stamp};
use crate::steps::Task;
use crate::wasm::{self, Artifact, Effort};
use crate::workspace::{Metadata, package_folders};

/// Where the packs are.
const FOLDER: &str = "web/package/wasm/syntax";

/// The crate of the runtime.
const RUNTIME: &str = "ghostlight-syntax";

/// Level for `wasm-opt`.
const LEVEL: &str = "-Os";

/// Where a grammar's memory begins. What the runtime needs when it starts is below.
const MEMORY_BASE: usize = 4 << 20;

/// Where a grammar's functions begin in the table.
const TABLE_BASE: usize = 4096;

/// Bytes of the grammar's stack. Scanners hold a kilobyte or two on it.
const STACK: usize = 64 << 10;

/// What some scanners expect of headers, and the C library of `tree-sitter-language` does not give.
const COMPILE: &[&str] = &[
    "--target=wasm32-unknown-unknown",
    "-Os",
    "-DNDEBUG",
    "-fno-exceptions",
    "-include",
    "wchar.h",
    "-Dstatic_assert=_Static_assert",
    "-w",
    "-c",
];

/// The names of all grammars.
pub(crate) fn names() -> impl Iterator<Item = &'static str> {
    Grammar::all().into_iter().map(|grammar| grammar.name)
}

/// What the pack of a name is called among the parts of the package.
pub(crate) fn part(name: &str) -> String {
    format!("syntax/{name}")
}

/// Part and file of the runtime and of every pack.
pub(crate) fn files() -> Vec<(String, PathBuf)> {
    let folder = sh::root().join(FOLDER);
    let names = std::iter::once("runtime").chain(names());
    names.map(|name| (part(name), folder.join(format!("{name}.wasm")))).collect()
}

/// What the linker left of each part: the runtime before `wasm-opt`, the packs as they are.
pub(crate) fn linked(target: &Path) -> Vec<(String, PathBuf)> {
    let runtime = wasm::compiled(RUNTIME, Effort::Demo.profile(), target);
    let packs = files().into_iter().filter(|(name, _)| *name != part("runtime"));
    std::iter::once((part("runtime"), runtime)).chain(packs).collect()
}

/// The stamps of all that was built, for what is made of it.
pub(crate) fn stamps() -> Result<PathBuf> {
    Ok(Metadata::load()?.target_directory.join("xtask/syntax/stamps"))
}

/// Builds the runtime and, of the grammars that are named, those that changed.
pub(crate) fn build(names: impl IntoIterator<Item = &'static str>, effort: Effort) -> Result<()> {
    let names: Vec<&str> = names.into_iter().collect();
    let work = Metadata::load()?.target_directory;
    let stamps = stamps()?;
    std::fs::create_dir_all(sh::root().join(FOLDER))?;

    let tools = Tools::find()?;
    // The largest first, so that the last one to end has not just begun.
    let mut order: Vec<&Grammar> =
        Grammar::all().into_iter().filter(|grammar| names.contains(&grammar.name)).collect();
    let wanted = order.len();
    order.sort_by_key(|grammar| std::cmp::Reverse(tools.source_bytes(grammar)));
    let queue = Mutex::new(order.into_iter());
    let next = || queue.lock().expect("no builder panics with the queue").next();
    let worker = || -> Result<usize> {
        let mut built = 0;
        while let Some(grammar) = next() {
            let made = tools
                .build(grammar, &work, &stamps)
                .with_context(|| format!("cannot build the syntax pack `{}`", grammar.name))?;
            built += usize::from(made);
        }
        Ok(built)
    };
    let threads = std::thread::available_parallelism().map_or(1, usize::from).min(4);
    let built = std::thread::scope(|scope| {
        let runtime = Task::start(scope, || {
            runtime(effort, &work, &stamps).context("cannot build the runtime of syntax packs")
        });
        let workers: Vec<_> = (0..threads).map(|_| scope.spawn(worker)).collect();
        let join = |worker: std::thread::ScopedJoinHandle<'_, Result<usize>>| {
            worker.join().unwrap_or_else(|_| bail!("a builder of syntax packs panicked"))
        };
        let built = workers.into_iter().map(join).sum::<Result<usize>>();
        runtime.wait().and(built)
    })?;
    match built {
        0 => eprintln!("  {wanted} syntax packs are up to date"),
        _ => eprintln!("  {built} of {wanted} syntax packs were built"),
    }
    Ok(())
}

fn runtime(effort: Effort, target: &Path, stamps: &Path) -> Result<()> {
    let profile = effort.profile();
    let built = wasm::compile(wasm::cargo("build", profile), RUNTIME, profile, target)?;
    let out = sh::root().join(FOLDER).join("runtime.wasm");
    let artifact = Artifact {
        name: "the runtime of syntax packs",
        built: &built,
        how: profile,
        level: LEVEL,
        stamp: Stamp::at(stamps.join("runtime")),
        outputs: &[&out],
    };
    artifact.make(effort, |level| wasm::optimize(level, &built, &out))
}

/// What compiles and links C.
struct Tools {
    clang_version: String,
    linker: PathBuf,
    headers: PathBuf,
    packages: std::collections::BTreeMap<String, PathBuf>,
}

impl Tools {
    fn find() -> Result<Self> {
        let packages = package_folders()?;
        let language =
            packages.get("tree-sitter-language").context("tree-sitter-language is no dependency")?;
        let version = sh::output(sh::command("clang").arg("--version"))?;
        Ok(Self {
            clang_version: version.lines().next().unwrap_or_default().to_owned(),
            linker: linker()?,
            headers: language.join("wasm/include"),
            packages,
        })
    }

    /// Size of a parser, by which one can tell how long it takes.
    fn source_bytes(&self, grammar: &Grammar) -> u64 {
        let package = self.packages.get(&grammar.package());
        let parser = package.map(|package| package.join(folder(grammar)).join("parser.c"));
        parser.and_then(|parser| parser.metadata().ok()).map_or(0, |metadata| metadata.len())
    }

    /// Builds a grammar unless it is what it was; whether it did.
    fn build(&self, grammar: &Grammar, target: &Path, stamps: &Path) -> Result<bool> {
        let package = self.packages.get(&grammar.package());
        let package = package.with_context(|| format!("{} is no dependency", grammar.package()))?;
        let sources = package.join(folder(grammar));
        let out = sh::root().join(FOLDER).join(format!("{}.wasm", grammar.name));
        let mut inputs = Inputs::new(&format!("{COMPILE:?} {:?}", link_arguments(grammar)));
        inputs.add(self.clang_version.as_bytes());
        inputs.add(package.file_name().unwrap_or_default().as_encoded_bytes());
        // The crate's version names its files; reading megabytes of tables each time would not.
        Stamp::at(stamps.join(grammar.name))
            .renew(inputs, &[&out], || self.compile(grammar, &sources, target, &out))
    }

    fn compile(&self, grammar: &Grammar, sources: &Path, target: &Path, out: &Path) -> Result<()> {
        let work = target.join("xtask/syntax").join(grammar.name);
        std::fs::create_dir_all(&work)?;
        let mut objects = Vec::new();
        // A scanner stands beside the parser, or beside its folder.
        for source in ["parser.c", "scanner.c", "../scanner.c"].map(|name| sources.join(name)) {
            if !source.is_file() {
                continue;
            }
            let object = work.join(source.file_name().expect("it was just named")).with_extension("o");
            let mut clang = sh::command("clang");
            clang.args(COMPILE).arg("-I").arg(sources).arg("-I").arg(&self.headers);
            sh::output(clang.arg(&source).arg("-o").arg(&object))?;
            objects.push(object);
        }
        if objects.is_empty() {
            bail!("there is no parser.c in {} of {}", folder(grammar), grammar.package());
        }
        let partial = work.join("linked.wasm");
        let mut linker = sh::command(&self.linker);
        linker.args(["-flavor", "wasm"]).args(link_arguments(grammar)).args(&objects).arg("-o").arg(&partial);
        sh::output(&mut linker)?;
        std::fs::copy(&partial, out)?;
        Ok(())
    }
}

/// The folder of a grammar's crate with its parser.
fn folder(grammar: &Grammar) -> &'static str {
    grammar.folder.unwrap_or("src")
}

fn link_arguments(grammar: &Grammar) -> Vec<String> {
    let mut arguments: Vec<String> = [
        "--no-entry",
        "--import-memory",
        "--import-table",
        "--allow-undefined",
        "--gc-sections",
        "--strip-all",
    ]
    .map(str::to_owned)
    .to_vec();
    arguments.push(format!("--global-base={MEMORY_BASE}"));
    arguments.push(format!("--table-base={TABLE_BASE}"));
    arguments.push(format!("-zstack-size={STACK}"));
    arguments.push("--no-stack-first".to_owned());
    arguments.push(format!("--export=tree_sitter_{}", grammar.symbol.unwrap_or(grammar.name)));
    arguments
}

/// The linker of the Rust toolchain.
fn linker() -> Result<PathBuf> {
    let version = sh::output(sh::command("rustc").arg("-vV"))?;
    let host = version.lines().find_map(|line| line.strip_prefix("host: ")).context("rustc tells no host")?;
    let sysroot = PathBuf::from(sh::output(sh::command("rustc").args(["--print", "sysroot"]))?);
    let linker = sysroot.join("lib/rustlib").join(host).join("bin/rust-lld");
    if linker.is_file() {
        return Ok(linker);
    }
    sh::which("rust-lld")
        .or_else(|| sh::which("lld"))
        .context("there is no rust-lld beside rustc, and no lld")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_loader_has_the_same_numbers() {
        let root = sh::root();
        let loader = std::fs::read_to_string(root.join("web/package/src/syntax.ts")).unwrap();
        assert!(loader.contains(&format!("MEMORY_BASE = {} << 20;", MEMORY_BASE >> 20)));
        assert!(loader.contains(&format!("TABLE_BASE = {TABLE_BASE};")));
    }
}
