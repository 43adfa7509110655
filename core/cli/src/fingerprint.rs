//! `ghostlight fingerprint`: a folder of sources as a file that answers can be compared with.
//!
//! The comparison and the file's layout are `ghostlight-guard`'s; here are the
//! walk through the folder and what is said about it. Links are not followed,
//! hidden folders and files in no known language are left out.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use clap::{Args, Subcommand};
use ghostlight_guard::{FingerprintBuilder, Fingerprints, OWN_TOKENS, Policy, TOKENS, check};
use ghostlight_text::{Language, printable};

use crate::terminal::{count, note, print, read_file};

/// Compare code with known sources, word for word.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  ghostlight fingerprint build vendor --output vendor.glfp
  ghostlight fingerprint find vendor.glfp src/new.rs")]
pub(crate) struct FingerprintOptions {
    #[command(subcommand)]
    command: FingerprintCommand,
}

#[derive(Debug, Subcommand)]
enum FingerprintCommand {
    /// Make a fingerprint file of the sources in a folder.
    Build {
        /// The folder.
        #[arg(value_name = "DIR")]
        folder: PathBuf,
        /// Where to write the file.
        #[arg(long, short, value_name = "FILE", default_value = "fingerprints.glfp")]
        output: PathBuf,
    },
    /// Say which known source a file repeats first: 65 tokens in a row. Exits with 1 if it does.
    Find {
        /// The fingerprint file.
        #[arg(value_name = "FINGERPRINTS")]
        fingerprints: PathBuf,
        /// The file to look through.
        #[arg(value_name = "FILE")]
        file: PathBuf,
    },
}

pub(crate) fn main(options: &FingerprintOptions) -> Result<ExitCode> {
    match &options.command {
        FingerprintCommand::Build { folder, output } => build(folder, output),
        FingerprintCommand::Find { fingerprints, file } => find(fingerprints, file),
    }
}

fn build(folder: &Path, output: &Path) -> Result<ExitCode> {
    if !folder.is_dir() {
        bail!("open {}: it is not a folder", folder.display());
    }
    let mut files = Vec::new();
    collect(folder, &mut files)?;
    files.sort();
    let mut builder = FingerprintBuilder::new();
    let (mut taken, mut short, mut unread) = (0, 0, 0);
    for path in &files {
        let Ok(text) = String::from_utf8(read_file(path)?) else {
            unread += 1;
            continue;
        };
        let name = path.strip_prefix(folder).unwrap_or(path).to_string_lossy().replace('\\', "/");
        if builder.add(&name, &text)? { taken += 1 } else { short += 1 }
    }
    let file = builder.finish();
    std::fs::write(output, &file).with_context(|| format!("write {}", output.display()))?;
    print(&format!(
        "{}: {} of {}\n",
        printable(&output.to_string_lossy()),
        count(file.len(), "byte"),
        count(taken, "file")
    ))?;
    if short + unread > 0 {
        note(&format!("left out: {short} of fewer than {TOKENS} tokens, {unread} that are not UTF-8"));
    }
    Ok(ExitCode::SUCCESS)
}

fn find(fingerprints: &Path, file: &Path) -> Result<ExitCode> {
    let known = Fingerprints::parse(read_file(fingerprints)?)
        .with_context(|| format!("open {}", fingerprints.display()))?;
    let bytes = read_file(file)?;
    let text = String::from_utf8_lossy(&bytes);
    let policy = Policy { known: Some(&known), own_tokens: Some(OWN_TOKENS), ..Policy::default() };
    let Some(name) = check(policy, "", &text).and_then(|cut| known.name(cut.document?)) else {
        print(&format!("nothing of {}\n", count(known.documents(), "known file")))?;
        return Ok(ExitCode::SUCCESS);
    };
    print(&format!("{}\n", printable(name)))?;
    Ok(ExitCode::FAILURE)
}

/// Files in known languages below a folder.
fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> Result<()> {
    let entries = folder.read_dir().with_context(|| format!("open {}", folder.display()))?;
    for entry in entries {
        let entry = entry.with_context(|| format!("open {}", folder.display()))?;
        let (path, kind) = (entry.path(), entry.file_type());
        let is_hidden = entry.file_name().to_string_lossy().starts_with('.');
        let Ok(kind) = kind else { continue };
        if kind.is_dir() && !is_hidden {
            collect(&path, files)?;
        } else if kind.is_file() && path.to_str().and_then(Language::from_path).is_some() {
            files.push(path);
        }
    }
    Ok(())
}
