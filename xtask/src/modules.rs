//! The engine and the index as WebAssembly modules.
//!
//! The idea: the engine is one crate and four builds that differ in Cargo features; the page
//! picks one at run time. The index of a workspace is a module beside it, the same for all
//! of them. Each goes through `wasm-bindgen` (glue) and `wasm-opt` (size),
//! and is left alone when Cargo's output and the tools are what they were. Linking
//! and `wasm-opt` use one core for minutes, so two builds are under way at a time.
//!
//! A check that matters: burn registers constructors, and a linker that finds
//! nobody calling them wraps every export so that all of them run at each call,
//! milliseconds each time. The engine calls them once; if that ever gets lost, the
//! wrapped exports show in the glue and the build fails.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use crate::stamp::{Inputs, Stamp};
use crate::steps::{Task, step, wait_for_all};
use crate::{setup, sh};

/// How much time is spent on what browsers get.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Effort {
    /// As it is published.
    Release,
    /// `wasm-opt` does only what takes little: 5 % larger, and built a minute earlier. For the demo and tests.
    Demo,
    /// No optimisation over crates, no `wasm-opt`.
    Dev,
}

impl Effort {
    /// Cargo's profile.
    pub(crate) fn profile(self) -> &'static str {
        if self == Self::Dev { "wasm-dev" } else { "wasm" }
    }

    /// Level for `wasm-opt` where a release has `release`; `None` leaves it out.
    pub(crate) fn level(self, release: &'static str) -> Option<&'static str> {
        match self {
            Self::Release => Some(release),
            Self::Demo => Some("-O1"),
            Self::Dev => None,
        }
    }

    /// What may be there already, where this is wanted: what was made with more effort will do.
    pub(crate) fn at_least(self) -> impl Iterator<Item = Self> {
        let better = (self == Self::Demo).then_some(Self::Release);
        std::iter::once(self).chain(better)
    }
}

/// The crates that become modules.
const ENGINE: &str = "ghostlight-engine";
const INDEX: &str = "ghostlight-workspace";

/// One build of a module.
pub(crate) struct Variant {
    /// Its folder below `web/package/wasm`.
    pub(crate) name: &'static str,
    package: &'static str,
    features: &'static [&'static str],
    /// Level for `wasm-opt`: the GPU build is large, and its time is not spent in WebAssembly.
    level: &'static str,
    pub(crate) gpu: bool,
    /// Shared memory: the standard library is built along, with atomics.
    pub(crate) threads: bool,
}

/// What most builds have in common.
const PLAIN: Variant =
    Variant { name: "", package: ENGINE, features: &[], level: "-O3", gpu: false, threads: false };

impl Variant {
    /// Name of the files that Cargo and `wasm-bindgen` make, without what ends them.
    fn stem(&self) -> String {
        self.package.replace('-', "_")
    }

    /// Whether it is the index, which goes with any engine.
    pub(crate) fn is_index(&self) -> bool {
        self.package == INDEX
    }

    /// What people read of it.
    fn label(&self) -> String {
        if self.is_index() { format!("index {}", self.name) } else { format!("engine {}", self.name) }
    }

    /// Its WebAssembly in the npm package.
    pub(crate) fn wasm(&self) -> PathBuf {
        folder(self).join(format!("{}_bg.wasm", self.stem()))
    }

    /// What Cargo made last, which still has the names of its functions.
    pub(crate) fn named(&self, target: &Path) -> PathBuf {
        work_folder(self, target).join(self.file())
    }

    fn file(&self) -> String {
        format!("{}.wasm", self.stem())
    }

    fn glue(&self) -> PathBuf {
        folder(self).join(format!("{}.js", self.stem()))
    }
}

/// All builds, in the order in which they are made: what takes longest comes first.
pub(crate) const VARIANTS: &[Variant] = &[
    Variant { name: "webgpu", features: &["webgpu"], level: "-O2", gpu: true, ..PLAIN },
    Variant { name: "cpu", ..PLAIN },
    Variant { name: "cpu-relaxed", features: &["relaxed-simd"], ..PLAIN },
    Variant { name: "cpu-threads", features: &["relaxed-simd", "threads"], threads: true, ..PLAIN },
    Variant { name: "workspace", package: INDEX, level: "-Os", ..PLAIN },
];

/// What the compiler is told for shared memory, beside the flags of `.cargo/config.toml`.
///
/// The exports are what wasm-bindgen needs to give each thread its stack and its
/// thread-local variables; the maximum is what 32 bits address.
const SHARED_MEMORY: &str = "-Ctarget-feature=+simd128,+atomics,+bulk-memory,+mutable-globals \
    --cfg=getrandom_backend=\"wasm_js\" \
    -Clink-arg=--shared-memory -Clink-arg=--import-memory -Clink-arg=--max-memory=4294967296 \
    -Clink-arg=--export=__wasm_init_tls -Clink-arg=--export=__tls_size -Clink-arg=--export=__tls_align \
    -Clink-arg=--export=__tls_base -Clink-arg=--export=__heap_base";

/// For `wasm-opt`: what the engine's WebAssembly may use, and what browsers need not get.
///
/// The pass that is left out puts vector constants where they are used, out of the registers that
/// the compiler kept them in; V8 then makes them anew in each turn of a loop, which costs the
/// products a third of their speed (16 for 25 GMAC/s).
pub(crate) const OPTIMIZE: &[&str] = &[
    "--enable-simd",
    "--enable-relaxed-simd",
    "--enable-bulk-memory",
    "--enable-bulk-memory-opt",
    "--enable-threads",
    "--enable-nontrapping-float-to-int",
    "--enable-sign-ext",
    "--enable-mutable-globals",
    "--enable-reference-types",
    "--enable-multivalue",
    "--skip-pass=precompute-propagate",
    "--strip-debug",
    "--strip-producers",
];

/// Where a build is made.
fn work_folder(variant: &Variant, target: &Path) -> PathBuf {
    target.join("xtask/wasm").join(variant.name)
}

/// Where a build's files are.
pub(crate) fn folder(variant: &Variant) -> PathBuf {
    sh::root().join("web/package/wasm").join(variant.name)
}

/// Makes modules, those of one target folder one after the other.
///
/// The build with threads has a folder of its own, as its standard library is another, so it is
/// made beside the others; and while `wasm-opt` is at one, the next is compiled. `tools` are what
/// is needed once Cargo is done.
pub(crate) fn make(
    wanted: &[&'static Variant],
    target: &Path,
    effort: Effort,
    tools: &[&Task],
) -> Result<()> {
    let (apart, together): (Vec<_>, Vec<_>) = wanted.iter().copied().partition(|variant| variant.threads);
    std::thread::scope(|scope| {
        let lanes = [apart, together].map(|lane| {
            Task::start(scope, move || {
                let mut finishing = Vec::new();
                for variant in lane {
                    let failed = || format!("cannot build `{}`", variant.name);
                    let name = variant.label();
                    let built = step(&format!("{name}, compiled"), || {
                        compile(variant, target, effort).with_context(failed)
                    })?;
                    finishing.push(Task::start(scope, move || {
                        tools.iter().try_for_each(|tool| tool.wait())?;
                        step(&name, || finish(variant, target, effort, &built).with_context(failed))
                    }));
                }
                wait_for_all(finishing)
            })
        });
        wait_for_all(lanes)
    })
}

/// Runs Cargo; a copy of its output, which the next build of the same folder replaces.
fn compile(variant: &Variant, target: &Path, effort: Effort) -> Result<PathBuf> {
    let mut cargo = sh::cargo();
    // A variable would replace the flags of `.cargo/config.toml`, which the engine needs.
    cargo.env_remove("RUSTFLAGS").env_remove("CARGO_ENCODED_RUSTFLAGS");
    cargo.args(["build", "--package", variant.package, "--target", setup::WASM_TARGET]);
    cargo.args(["--profile", effort.profile()]);
    if !variant.features.is_empty() {
        cargo.args(["--features", &variant.features.join(",")]);
    }
    if variant.gpu {
        // Its kernels are shaders; those of the CPU are only what they are compared with.
        cargo.args([
            "--config",
            &format!("profile.{}.package.ghostlight-model.opt-level=\"s\"", effort.profile()),
        ]);
    }
    let folder = if variant.threads {
        // The standard library that comes with the target has no atomics. Building
        // another is stable Rust's sources under flags that are not stable yet.
        cargo.env("RUSTC_BOOTSTRAP", "1").env("RUSTFLAGS", SHARED_MEMORY);
        cargo.args(["-Z", "build-std=std,panic_abort"]);
        // Without its default features, of which one reads debug information for backtraces.
        cargo.args(["-Z", "build-std-features="]);
        // Two progress bars would overwrite each other.
        cargo.env("CARGO_TERM_PROGRESS_WHEN", "never");
        &target.join("threads")
    } else {
        target
    };
    cargo.arg("--target-dir").arg(folder);
    sh::run(&mut cargo)?;
    let built = folder.join(setup::WASM_TARGET).join(effort.profile()).join(variant.file());
    let work = work_folder(variant, target);
    remove_folder(&work)?;
    std::fs::create_dir_all(&work).with_context(|| format!("cannot make {}", work.display()))?;
    let copy = variant.named(target);
    std::fs::copy(&built, &copy).with_context(|| format!("cannot copy {}", built.display()))?;
    Ok(copy)
}

/// Glue, size, and the way into the package.
fn finish(variant: &Variant, target: &Path, effort: Effort, built: &Path) -> Result<()> {
    let bindgen = setup::bindgen()?;
    let out = folder(variant);
    let optimizer = optimizer_version()?;
    let wasm = std::fs::read(built).with_context(|| format!("cannot read {}", built.display()))?;
    let hash = |effort: Effort| {
        let how = format!("{} {:?} {OPTIMIZE:?}", effort.profile(), effort.level(variant.level));
        let mut inputs = Inputs::new(&how);
        inputs.add(bindgen.version.as_bytes());
        inputs.add(optimizer.as_bytes());
        inputs.add(&wasm);
        inputs.hex()
    };
    let stamp = Stamp::at(out.join(".stamp"));
    let is_fresh = |effort| stamp.is_fresh(&hash(effort), &[&variant.wasm(), &variant.glue()]);
    if effort.at_least().any(is_fresh) {
        eprintln!("  {} is up to date", variant.name);
        return Ok(());
    }

    // Made aside and moved at the end: a page that is open never loads a half.
    let work = work_folder(variant, target).join("package");
    sh::run(
        sh::command(&bindgen.path)
            .args(["--target", "web", "--out-name", &variant.stem(), "--out-dir"])
            .arg(&work)
            .arg(built),
    )?;
    constructors_run_once(&work.join(format!("{}.js", variant.stem())))?;
    if let Some(level) = effort.level(variant.level) {
        let raw = work.join(format!("{}_bg.wasm", variant.stem()));
        let small = work.join("optimized.wasm");
        let mut optimizer = sh::command("node_modules/.bin/wasm-opt");
        sh::run(optimizer.arg(level).args(OPTIMIZE).arg(&raw).arg("-o").arg(&small))?;
        std::fs::rename(&small, &raw)?;
    }
    remove_folder(&out)?;
    std::fs::create_dir_all(out.parent().expect("the folder is inside web/package"))?;
    move_folder(&work, &out)?;
    stamp.write(&hash(effort))
}

/// Fails for glue whose exports are wrapped to run all constructors at each call.
fn constructors_run_once(glue: &Path) -> Result<()> {
    let text = std::fs::read_to_string(glue).with_context(|| format!("cannot read {}", glue.display()))?;
    if text.contains("command_export") {
        bail!(
            "the linker wrapped the exports, so that all constructors run at each call: \
             the engine's start function must call `__wasm_call_ctors` once"
        );
    }
    Ok(())
}

pub(crate) fn optimizer_version() -> Result<String> {
    sh::output(sh::command("node_modules/.bin/wasm-opt").arg("--version"))
        .context("wasm-opt comes with the npm package binaryen")
}

fn remove_folder(folder: &Path) -> Result<()> {
    if folder.exists() {
        std::fs::remove_dir_all(folder).with_context(|| format!("cannot remove {}", folder.display()))?;
    }
    Ok(())
}

/// A rename, or copies where the target folder is on another file system.
fn move_folder(from: &Path, to: &Path) -> Result<()> {
    if std::fs::rename(from, to).is_ok() {
        return Ok(());
    }
    std::fs::create_dir_all(to)?;
    for entry in std::fs::read_dir(from)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            move_folder(&entry.path(), &to.join(entry.file_name()))?;
        } else {
            std::fs::copy(entry.path(), to.join(entry.file_name()))?;
        }
    }
    remove_folder(from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_demo_takes_what_a_release_made_but_not_the_reverse() {
        let made = |effort: Effort| effort.at_least().collect::<Vec<_>>();
        assert_eq!(made(Effort::Demo), [Effort::Demo, Effort::Release]);
        assert_eq!(made(Effort::Release), [Effort::Release]);
        assert_eq!(made(Effort::Dev), [Effort::Dev]);
    }

    #[test]
    fn wrapped_exports_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        let glue = folder.path().join("glue.js");
        std::fs::write(&glue, "wasm.load()").unwrap();
        assert!(constructors_run_once(&glue).is_ok());
        std::fs::write(&glue, "wasm['load.command_export']()").unwrap();
        let message = constructors_run_once(&glue).unwrap_err().to_string();
        assert!(message.contains("__wasm_call_ctors"), "{message}");
    }
}
