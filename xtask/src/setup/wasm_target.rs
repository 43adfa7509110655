//! The standard library for wasm32-unknown-unknown.
//!
//! The usual way is `rustup target add`. Where rustup's server is out of reach,
//! the library is built from its sources, which Debian packages for each compiler
//! (`rust-src`): the package is taken from the Debian mirror that this machine is
//! set up for, with apt's own checks of signatures and hashes, but without
//! installing it or touching the system's package lists.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, bail};

use super::tools_folder;
use crate::sh;

/// The target's name.
pub(crate) const TARGET: &str = "wasm32-unknown-unknown";

/// How long rustup may take; a server that is out of reach often does not refuse but hangs.
const RUSTUP_LIMIT: Duration = Duration::from_secs(180);

/// The public archive, where the machine's own mirror cannot be told.
const PUBLIC_MIRROR: &str = "http://deb.debian.org/debian";

/// Where a compiler's sources may be, the likeliest first.
const SUITES: &[&str] = &["trixie-backports", "forky", "sid", "trixie"];

/// Installs what is not there: the target, and the sources of the standard
/// library, which the build with threads compiles along.
pub(super) fn ensure() -> Result<()> {
    let sysroot = sysroot()?;
    if !is_installed(&sysroot)
        && let Err(error) = rustup(&["target", "add", TARGET])
    {
        eprintln!("{error}; building {TARGET} from Debian's sources instead");
        from_debian(&sysroot).with_context(|| format!("{error}, and {TARGET} could not be built either"))?;
    }
    if !has_sources(&sysroot)
        && let Err(error) = rustup(&["component", "add", "rust-src"])
    {
        eprintln!("{error}; taking the standard library's sources from Debian instead");
        let version = compiler_version(&sysroot.join("bin/rustc"))?;
        let work = work_folder(&version)?;
        sources_from_debian(&sysroot, &version, &work)
            .with_context(|| format!("{error}, and Debian's sources could not be had either"))?;
        sh::remove_folder(&work)?;
    }
    Ok(())
}

fn rustup(arguments: &[&str]) -> Result<()> {
    match sh::which("rustup") {
        Some(rustup) => sh::run_within(sh::command(rustup).args(arguments), RUSTUP_LIMIT),
        None => bail!("there is no rustup"),
    }
}

/// Where a sysroot keeps the standard library's sources, for `-Z build-std` too.
fn source_folder(sysroot: &Path) -> PathBuf {
    sysroot.join("lib/rustlib/src/rust/library")
}

fn has_sources(sysroot: &Path) -> bool {
    source_folder(sysroot).join("sysroot/Cargo.toml").is_file()
}

/// The version that `rustc` says it has, such as `1.95.0`.
fn compiler_version(rustc: &Path) -> Result<String> {
    let version = sh::output(sh::command(rustc).arg("--version"))?;
    Ok(version.split_whitespace().nth(1).context("rustc tells no version")?.to_owned())
}

fn work_folder(version: &str) -> Result<PathBuf> {
    let work = tools_folder()?.join(format!("rust-src-{version}"));
    std::fs::create_dir_all(&work).with_context(|| format!("cannot create {}", work.display()))?;
    Ok(work)
}

/// Puts Debian's sources of exactly this compiler into a sysroot.
fn sources_from_debian(sysroot: &Path, version: &str, work: &Path) -> Result<()> {
    let (fetched, to) = (fetch_source(version, work)?, source_folder(sysroot));
    // What has the final name is whole. A rename alone would not cross file systems.
    let partial = to.with_extension("partial");
    sh::remove_folder(&partial)?;
    std::fs::create_dir_all(to.parent().expect("it is inside the sysroot"))?;
    sh::run(sh::command("cp").arg("-R").args([&fetched, &partial]))?;
    sh::remove_folder(&to)?;
    std::fs::rename(&partial, &to).with_context(|| format!("cannot rename {}", partial.display()))
}

fn sysroot() -> Result<PathBuf> {
    Ok(sh::output(sh::command("rustc").args(["--print", "sysroot"]))?.into())
}

fn library_folder(sysroot: &Path) -> PathBuf {
    sysroot.join("lib/rustlib").join(TARGET).join("lib")
}

fn is_installed(sysroot: &Path) -> bool {
    entries(&library_folder(sysroot)).is_ok_and(|files| {
        files.iter().any(|file| {
            let name = file.file_name().unwrap_or_default().to_string_lossy();
            // rustup's has a hash in its name, one from the sources has none.
            name == "libstd.rlib" || name.starts_with("libstd-") && name.ends_with(".rlib")
        })
    })
}

/// Builds the target with the current compiler into `destination`, a sysroot.
pub(super) fn from_debian(destination: &Path) -> Result<()> {
    let compiler = sysroot()?;
    let rustc = compiler.join("bin/rustc");
    let version = compiler_version(&rustc)?;
    let work = work_folder(&version)?;
    let source = source_folder(destination);
    if !has_sources(destination) {
        sources_from_debian(destination, &version, &work)?;
    }

    let target_dir = work.join("target");
    let mut cargo = Command::new(compiler.join("bin/cargo"));
    cargo
        // Out of the repository, whose Cargo configuration is not for this.
        .current_dir(&source)
        .args(["build", "--release", "--locked", "--target", TARGET, "--features", "panic-unwind"])
        .arg("--manifest-path")
        .arg(source.join("sysroot/Cargo.toml"))
        .arg("--target-dir")
        .arg(&target_dir)
        .env("RUSTC", &rustc)
        .env("RUSTC_BOOTSTRAP", "1")
        // Without the metadata inside the rlib, rustc later finds "only metadata stub".
        .env("RUSTFLAGS", "-Cembed-bitcode=yes -Zforce-unstable-if-unmarked -Zembed-metadata=yes")
        .env_remove("CARGO_ENCODED_RUSTFLAGS");
    sh::run(&mut cargo)?;

    let library = library_folder(destination);
    let partial = library.with_extension("partial");
    sh::remove_folder(&partial)?;
    std::fs::create_dir_all(&partial).with_context(|| format!("cannot create {}", partial.display()))?;
    let built = target_dir.join(TARGET).join("release/deps");
    for path in entries(&built)? {
        if path.extension().is_some_and(|extension| extension == "rlib") {
            std::fs::copy(&path, partial.join(path.file_name().expect("an entry has a name")))?;
        }
    }
    sh::remove_folder(&library)?;
    std::fs::rename(&partial, &library)?;
    if !is_installed(destination) {
        bail!("the build left no standard library in {}", library.display());
    }
    sh::remove_folder(&work)?;
    eprintln!("built {TARGET} for rustc {version} into {}", destination.display());
    Ok(())
}

/// Downloads and unpacks the `rust-src` package of exactly this compiler; its `library` folder.
fn fetch_source(version: &str, work: &Path) -> Result<PathBuf> {
    for program in ["apt-get", "apt-cache", "dpkg-deb"] {
        if sh::which(program).is_none() {
            bail!(
                "there is no {program} to fetch Debian's sources with: run `rustup target add {TARGET}` \
                 where rustup's server can be reached"
            );
        }
    }
    let apt = Apt::new(work)?;
    let mirror = mirror();
    for suite in SUITES {
        let line = match signers().as_deref() {
            Some(keyring) => format!("deb [signed-by={keyring}] {mirror} {suite} main\n"),
            None => format!("deb {mirror} {suite} main\n"),
        };
        std::fs::write(&apt.sources, line)?;
        eprintln!("looking for rust-src {version} in {mirror} {suite}");
        if let Err(error) = sh::output(&mut apt.command("apt-get", &["-qq", "update"])) {
            eprintln!("{error}; trying the next suite");
            continue;
        }
        let listed = sh::output(&mut apt.command("apt-cache", &["madison", "rust-src"]))?;
        let Some(package) = package_version(&listed, version) else { continue };
        eprintln!("downloading rust-src {package}");
        sh::output(&mut apt.command("apt-get", &["-qq", "download", &format!("rust-src={package}")]))?;
        let is_package = |path: &PathBuf| path.extension().is_some_and(|extension| extension == "deb");
        let deb = entries(work)?.into_iter().find(is_package).context("apt-get downloaded no package")?;
        let unpacked = work.join("unpacked");
        sh::run(sh::command("dpkg-deb").arg("-x").args([&deb, &unpacked]))?;
        let libraries = entries(&unpacked.join("usr/src"))?.into_iter().map(|folder| folder.join("library"));
        let mut whole = libraries.filter(|library| library.join("sysroot/Cargo.toml").is_file());
        return whole.next().context("the package has no library/sysroot/Cargo.toml");
    }
    bail!("no suite of {mirror} has rust-src {version}")
}

/// Runs apt's programs on a package list of their own.
struct Apt {
    folder: PathBuf,
    sources: PathBuf,
}

impl Apt {
    fn new(work: &Path) -> Result<Self> {
        let apt = Self { folder: work.to_owned(), sources: work.join("sources.list") };
        for folder in ["empty", "state/lists/partial", "cache/archives/partial"] {
            std::fs::create_dir_all(work.join(folder))?;
        }
        std::fs::write(work.join("status"), "")?;
        Ok(apt)
    }

    fn command(&self, program: &str, arguments: &[&str]) -> Command {
        let at = |name: &str| self.folder.join(name).display().to_string();
        let mut command = Command::new(program);
        command.current_dir(&self.folder);
        for option in [
            format!("Dir::Etc::sourcelist={}", self.sources.display()),
            format!("Dir::Etc::sourceparts={}", at("empty")),
            format!("Dir::Etc::preferencesparts={}", at("empty")),
            format!("Dir::State={}", at("state")),
            format!("Dir::State::status={}", at("status")),
            format!("Dir::Cache={}", at("cache")),
            "Acquire::Languages=none".to_owned(),
            // The folder is the user's own, so the download is no other user's job.
            "APT::Sandbox::User=root".to_owned(),
        ] {
            command.args(["-o", &option]);
        }
        command.args(arguments);
        command
    }
}

/// The Debian mirror that this machine uses.
fn mirror() -> String {
    let format = ["indextargets", "--format", "$(REPO_URI)", "Created-By: Packages"];
    let listed = sh::output(sh::command("apt-get").args(format)).unwrap_or_default();
    pick_mirror(&listed).unwrap_or(PUBLIC_MIRROR).to_owned()
}

/// The first address of a whole archive; security updates and other people's packages are none.
fn pick_mirror(listed: &str) -> Option<&str> {
    listed.lines().map(|line| line.trim().trim_end_matches('/')).find(|line| line.ends_with("/debian"))
}

/// The keys that Debian signs with, where the machine has them.
fn signers() -> Option<String> {
    let keyring = "/usr/share/keyrings/debian-archive-keyring.gpg";
    Path::new(keyring).is_file().then(|| keyring.to_owned())
}

/// The package of this compiler in the output of `apt-cache madison`.
fn package_version<'a>(listed: &'a str, compiler: &str) -> Option<&'a str> {
    listed
        .lines()
        .filter_map(|line| line.split('|').nth(1))
        .map(str::trim)
        .find(|version| version.strip_prefix(compiler).is_some_and(|rest| rest.starts_with(['+', '-', '~'])))
}

/// What is in a folder.
fn entries(folder: &Path) -> Result<Vec<PathBuf>> {
    let entries = std::fs::read_dir(folder).with_context(|| format!("cannot list {}", folder.display()))?;
    entries.map(|entry| Ok(entry?.path())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_sources_of_this_very_compiler_will_do() {
        let listed = " rust-src | 1.85.0+dfsg3-1 | http://mirror/debian trixie/main amd64 Packages\n \
                      rust-src | 1.95.0+dfsg1-2~bpo13+1 | http://mirror/debian trixie-backports/main\n";
        assert_eq!(package_version(listed, "1.95.0"), Some("1.95.0+dfsg1-2~bpo13+1"));
        assert_eq!(package_version(listed, "1.9"), None);
        assert_eq!(package_version(listed, "1.96.0"), None);
        assert_eq!(package_version("", "1.95.0"), None);
    }

    #[test]
    fn the_mirror_is_the_machines_own_archive() {
        let listed = "http://mirror.example/debian-security/\nhttps://tools.example/apt/\nhttp://mirror.example/debian/\n";
        assert_eq!(pick_mirror(listed), Some("http://mirror.example/debian"));
        assert_eq!(pick_mirror("https://tools.example/apt/\n"), None);
    }

    #[test]
    fn a_sysroot_has_the_target_or_not() {
        let folder = tempfile::tempdir().unwrap();
        assert!(!is_installed(folder.path()));
        let library = library_folder(folder.path());
        std::fs::create_dir_all(&library).unwrap();
        assert!(!is_installed(folder.path()));
        std::fs::write(library.join("libstd_detect-0.rlib"), "").unwrap();
        assert!(!is_installed(folder.path()));
        for name in ["libstd-0.rlib", "libstd.rlib"] {
            std::fs::write(library.join(name), "").unwrap();
            assert!(is_installed(folder.path()));
            std::fs::remove_file(library.join(name)).unwrap();
        }
    }
}
