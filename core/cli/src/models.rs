//! `ghostlight models`, and where a model named on the command line is.

use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Result, bail};
use ghostlight_models::{Cache, Catalog, Fetcher, Model, Terminal, verify_file};

use crate::args::{ModelsCommand, ModelsOptions};
use crate::pack;
use crate::terminal::print;

pub(crate) fn main(options: &ModelsOptions) -> Result<ExitCode> {
    let path = match &options.command {
        ModelsCommand::List => {
            print(&list()?)?;
            return Ok(ExitCode::SUCCESS);
        }
        ModelsCommand::Fetch { id, unpinned } => {
            let fetcher = Fetcher { allow_unpinned: *unpinned, ..Fetcher::from_env()? };
            fetcher.fetch(Catalog::builtin()?.model(id.as_deref())?, &mut Terminal::new())?
        }
        ModelsCommand::Path { id } => fetched(Catalog::builtin()?.model(id.as_deref())?)?,
        ModelsCommand::Verify { id } => return verify(id.as_deref()),
        ModelsCommand::Convert(options) => return pack::convert(options),
        ModelsCommand::Quantize(options) => return pack::quantize(options),
    };
    print(&format!("{}\n", path.display()))?;
    Ok(ExitCode::SUCCESS)
}

fn list() -> Result<String> {
    let (catalog, cache) = (Catalog::builtin()?, Cache::from_env()?);
    let width = catalog.models.iter().map(|model| model.id.len()).max().unwrap_or(0);
    let mut out = String::new();
    for model in &catalog.models {
        let state = if is_there(model, &cache.model(&model.id)) { "fetched" } else { "not fetched" };
        let default = if model.id == catalog.default { ", default" } else { "" };
        let size = model
            .known_bytes()
            .map_or_else(|| "size unknown".to_owned(), |n| format!("{:.0} MB", n as f64 / 1e6));
        let fim = if model.fim.is_some() { ", fills in the middle" } else { "" };
        let note = model.note.as_ref().map_or_else(String::new, |note| format!(" ({note})"));
        writeln!(
            out,
            "{:width$}  {}, {}, {size}, {} MiB of memory, for {} device, {}{fim}{note}: {state}{default}",
            model.id,
            model.name,
            model.quantization,
            model.memory_mib,
            model.device.name(),
            model.licence,
        )?;
    }
    Ok(out)
}

/// The file of `--model`: an id of the catalogue, a path, or the default model.
///
/// # Errors
/// Says how to get what is not there.
pub(crate) fn locate(model: Option<&str>) -> Result<PathBuf> {
    let catalog = Catalog::builtin()?;
    let Some(name) = model else { return fetched(catalog.model(None)?) };
    if let Some(model) = catalog.models.iter().find(|model| model.id == name) {
        return fetched(model);
    }
    let path = PathBuf::from(name);
    match std::fs::metadata(&path) {
        Ok(metadata) if metadata.is_file() => Ok(path),
        Ok(_) => bail!("open {name}: it is not a file, give a GGUF file"),
        Err(error) => bail!(
            "open {name}: {error}; give a GGUF file or one of the ids that `ghostlight models list` prints"
        ),
    }
}

fn fetched(model: &Model) -> Result<PathBuf> {
    let path = Cache::from_env()?.model(&model.id);
    if is_there(model, &path) {
        return Ok(path);
    }
    let id = &model.id;
    bail!(
        "find model {id}: it has not been fetched, run `ghostlight models fetch {id}` or name a file with --model"
    )
}

/// Compares files with the catalogue, byte for byte.
fn verify(id: Option<&str>) -> Result<ExitCode> {
    let (catalog, cache) = (Catalog::builtin()?, Cache::from_env()?);
    let chosen: Vec<&Model> = match id {
        Some(id) => vec![catalog.model(Some(id))?],
        None => catalog.models.iter().filter(|model| cache.model(&model.id).exists()).collect(),
    };
    if chosen.is_empty() {
        bail!("verify models: none has been fetched");
    }
    let mut code = ExitCode::SUCCESS;
    for model in chosen {
        match verify_file(model, &cache.model(&model.id), &mut Terminal::new()) {
            Ok(()) => print(&format!("{}: ok\n", model.id))?,
            Err(error) => {
                print(&format!("{}: {error}\n", model.id))?;
                code = ExitCode::FAILURE;
            }
        }
    }
    Ok(code)
}

/// As the fetcher sees it: a file under this name was checked before it got it.
fn is_there(model: &Model, path: &Path) -> bool {
    let fits = |length| model.known_bytes().is_none_or(|bytes| bytes == length);
    std::fs::metadata(path).is_ok_and(|metadata| metadata.is_file() && fits(metadata.len()))
}
