//! Programs and libraries that come as packages of the operating system.
//!
//! Each is looked for by what it installs, not by the package manager's records,
//! so a program from elsewhere counts. Only Debian and its kin are served
//! automatically, and only where no password has to be typed; elsewhere the line
//! says what to install.

use std::path::{Path, PathBuf};

use anyhow::{Result, bail};

use super::Part;
use crate::sh;

struct SystemPackage {
    part: Part,
    name: &'static str,
    why: &'static str,
    is_there: fn() -> bool,
}

const PACKAGES: &[SystemPackage] = &[
    SystemPackage {
        part: Part::Clang,
        name: "clang",
        why: "compiles C for WebAssembly",
        is_there: || sh::which("clang").is_some(),
    },
    SystemPackage {
        part: Part::Chromium,
        name: "chromium",
        why: "runs the headless demo and the browser tests",
        is_there: || chromium().is_some(),
    },
    SystemPackage {
        part: Part::Vulkan,
        name: "mesa-vulkan-drivers",
        why: "runs the GPU tests in software",
        is_there: || cfg!(not(target_os = "linux")) || has_file("/usr/share/vulkan/icd.d", "lvp_icd"),
    },
    SystemPackage {
        part: Part::Vulkan,
        name: "libvulkan1",
        why: "runs the GPU tests in software",
        is_there: || {
            cfg!(not(target_os = "linux"))
                || library_folders().iter().any(|folder| has_file(folder, "libvulkan.so.1"))
        },
    },
];

/// Installs the packages of `parts` that are missing, in one go.
pub(super) fn ensure(parts: &[Part]) -> Result<()> {
    let missing: Vec<&SystemPackage> =
        PACKAGES.iter().filter(|package| parts.contains(&package.part) && !(package.is_there)()).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let names: Vec<&str> = missing.iter().map(|package| package.name).collect();
    let by_hand = || {
        let list: Vec<_> =
            missing.iter().map(|package| format!("{} ({})", package.name, package.why)).collect();
        format!("install by hand: {}", list.join(", "))
    };
    let Some(prefix) = privilege() else {
        bail!("{}", by_hand());
    };
    let apt = |arguments: &[&str]| {
        let mut words: Vec<&str> = prefix.to_vec();
        words.extend(["apt-get", "-qq", "-o", "Dpkg::Use-Pty=0"]);
        words.extend(arguments);
        let mut command = sh::command(words[0]);
        command.args(&words[1..]).env("DEBIAN_FRONTEND", "noninteractive");
        sh::run(&mut command)
    };
    let mut install = vec!["install", "--yes", "--no-install-recommends"];
    install.extend(&names);
    // The package lists may be old or absent; refreshing them takes long, so only then.
    if apt(&install).is_err() {
        let outcome = apt(&["update"]).and_then(|()| apt(&install));
        if let Err(error) = outcome {
            bail!("{error}; {}", by_hand());
        }
    }
    match missing.iter().find(|package| !(package.is_there)()) {
        Some(package) => bail!("{} was installed, but is not where it is looked for", package.name),
        None => Ok(()),
    }
}

/// What to put before `apt-get` so that it may install without asking; `None` where it cannot.
pub(super) fn privilege() -> Option<&'static [&'static str]> {
    sh::which("apt-get")?;
    if sh::output(sh::command("id").arg("-u")).is_ok_and(|id| id == "0") {
        return Some(&[]);
    }
    let passwordless = sh::succeeds(sh::command("sudo").args(["-n", "true"]));
    passwordless.then_some(&["sudo", "-n", "-E"])
}

/// The variable that names the browser to use.
pub(crate) const CHROMIUM: &str = "GHOSTLIGHT_CHROMIUM";

/// The browser: `$GHOSTLIGHT_CHROMIUM`, `$CHROMIUM`, or a usual name or place.
pub(crate) fn chromium() -> Option<PathBuf> {
    let named = [CHROMIUM, "CHROMIUM"].iter().filter_map(std::env::var_os).find(|path| !path.is_empty());
    if let Some(path) = named {
        return Some(path.into());
    }
    let app = "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome";
    ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"]
        .iter()
        .find_map(|name| sh::which(name))
        .or_else(|| Some(PathBuf::from(app)).filter(|path| path.is_file()))
}

fn library_folders() -> Vec<&'static str> {
    vec!["/usr/lib/x86_64-linux-gnu", "/usr/lib/aarch64-linux-gnu", "/usr/lib64", "/usr/lib"]
}

fn has_file(folder: impl AsRef<Path>, start: &str) -> bool {
    std::fs::read_dir(folder).is_ok_and(|mut entries| {
        entries.any(|entry| entry.is_ok_and(|entry| entry.file_name().to_string_lossy().starts_with(start)))
    })
}
