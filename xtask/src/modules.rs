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

use crate::sh;
use crate::stamp::Stamp;
use crate::steps::{Task, step, wait_for_all};
use crate::wasm::{self, Artifact, Effort};

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
    /// Whether it is the index, which goes with any engine.
    pub(crate) fn is_index(&self) -> bool {
        self.package == INDEX
    }

    /// The effort that is spent on it. A release of the build with WebGPU takes longer than all others
    /// together, for compilers of shaders that are carried and not run, so tests spare it.
    fn effort(&self, wanted: Effort) -> Effort {
        if self.gpu && wanted == Effort::Tests { Effort::Dev } else { wanted }
    }

    /// What people read of it.
    fn label(&self) -> String {
        if self.is_index() { format!("index {}", self.name) } else { format!("engine {}", self.name) }
    }

    /// Its WebAssembly in the npm package.
    pub(crate) fn wasm(&self) -> PathBuf {
        folder(self).join(format!("{}_bg.wasm", wasm::stem(self.package)))
    }

    /// What Cargo made last, which still has the names of its functions.
    pub(crate) fn named(&self, target: &Path) -> PathBuf {
        work_folder(self, target).join(wasm::stem(self.package) + ".wasm")
    }

    fn glue(&self) -> PathBuf {
        folder(self).join(wasm::stem(self.package) + ".js")
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
                    let effort = variant.effort(effort);
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

/// What the linker leaves of a build as the tests make it, with the names of its functions.
///
/// Only the build with WebGPU has to be made for it, where a release was made last: the others are linked alike.
pub(crate) fn linked(variant: &Variant, target: &Path) -> Result<PathBuf> {
    match variant.effort(Effort::Tests) {
        Effort::Dev => compile(variant, target, Effort::Dev),
        _ => Ok(variant.named(target)),
    }
}

/// Runs Cargo; a copy of its output, which the next build of the same folder replaces.
fn compile(variant: &Variant, target: &Path, effort: Effort) -> Result<PathBuf> {
    let mut cargo = wasm::cargo("build", effort.profile());
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
    let built = wasm::compile(cargo, variant.package, effort.profile(), folder)?;
    let work = work_folder(variant, target);
    sh::remove_folder(&work)?;
    std::fs::create_dir_all(&work).with_context(|| format!("cannot make {}", work.display()))?;
    let copy = variant.named(target);
    std::fs::copy(&built, &copy).with_context(|| format!("cannot copy {}", built.display()))?;
    Ok(copy)
}

/// Glue, size, and the way into the package.
fn finish(variant: &Variant, target: &Path, effort: Effort, built: &Path) -> Result<()> {
    let out = folder(variant);
    let artifact = Artifact {
        name: variant.name,
        built,
        how: effort.profile(),
        level: variant.level,
        stamp: Stamp::at(out.join(".stamp")),
        outputs: &[&variant.wasm(), &variant.glue()],
    };
    artifact.make(effort, |level| {
        // Made aside and moved at the end: a page that is open never loads a half.
        let work = work_folder(variant, target).join("package");
        let module = wasm::bind(built, &work, &[])?;
        constructors_run_once(&work.join(wasm::stem(variant.package) + ".js"))?;
        wasm::optimize(level, &module, &module)?;
        sh::remove_folder(&out)?;
        std::fs::create_dir_all(out.parent().expect("the folder is inside web/package"))?;
        move_folder(&work, &out)
    })
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
    sh::remove_folder(from)
}

#[cfg(test)]
mod tests {
    use super::*;

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
