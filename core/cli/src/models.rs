//! `ghostlight models`, and where a model named on the command line is.

use std::fmt::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Result, bail};
use ghostlight_models::{Cache, Catalog, Fetcher, Format, Model, Terminal, is_fetched, verify_file};

use crate::args::{ModelsCommand, ModelsOptions};
use crate::terminal::{self, print};
use crate::{pack, vocabulary};

/// Id of the model that `--embeddings` searches with.
const EMBEDDER: &str = "minilm";

pub(crate) fn main(options: &ModelsOptions) -> Result<ExitCode> {
    let path = match &options.command {
        ModelsCommand::List => {
            print(&list()?)?;
            return Ok(ExitCode::SUCCESS);
        }
        ModelsCommand::Fetch { id, unpinned } => {
            let fetcher = Fetcher { allow_unpinned: *unpinned, ..Fetcher::from_env()? };
            let catalog = Catalog::builtin()?;
            fetcher.fetch(&catalog, catalog.model(id.as_deref())?, &mut Terminal::new())?
        }
        ModelsCommand::Path { id } => fetched(Catalog::builtin()?.model(id.as_deref())?)?,
        ModelsCommand::Verify { id } => return verify(id.as_deref()),
        ModelsCommand::Convert(options) => return pack::convert(options),
        ModelsCommand::Prepare(options) => return pack::prepare(options),
        ModelsCommand::Quantize(options) => return pack::quantize(options),
        ModelsCommand::Vocabulary(options) => return vocabulary::main(options),
    };
    terminal::text(&format!("{}\n", path.display()))?;
    Ok(ExitCode::SUCCESS)
}

fn list() -> Result<String> {
    let (catalog, cache) = (Catalog::builtin()?, Cache::from_env()?);
    let width = catalog.models.iter().map(|model| model.names().len()).max().unwrap_or(0);
    let mut out = String::new();
    for model in &catalog.models {
        let state = if is_fetched(model, &cache) { "fetched" } else { "not fetched" };
        let default = if model.id == catalog.default { ", default" } else { "" };
        let size = model
            .known_bytes()
            .map_or_else(|| "size unknown".to_owned(), |n| format!("{:.0} MB", n as f64 / 1e6));
        let purpose = match (model.format, &model.fim) {
            (Format::Safetensors, _) => ", embeds text",
            (Format::Gguf, Some(_)) => ", fills in the middle",
            (Format::Gguf, None) => "",
        };
        let origin = model.prepare.as_ref().map_or_else(String::new, |prepare| {
            format!(", made from {} by the recipe {}", prepare.from, prepare.recipe)
        });
        let note = model.note.as_ref().map_or_else(String::new, |note| format!(" ({note})"));
        writeln!(
            out,
            "{:width$}  {}, {}, {size}, {} MiB of memory, for {} device, {}{purpose}{origin}{note}: {state}{default}",
            model.names(),
            model.name,
            model.quantization,
            model.memory_mib,
            model.device.name(),
            model.licence,
        )?;
    }
    Ok(out)
}

/// The file of `--model`: an id or alias of the catalogue, a path, or the default model.
///
/// # Errors
/// Says how to get what is not there.
pub(crate) fn locate(model: Option<&str>) -> Result<PathBuf> {
    let catalog = Catalog::builtin()?;
    let Some(name) = model else { return fetched(catalog.model(None)?) };
    if let Some(model) = catalog.find(name) {
        if model.format != Format::Gguf {
            bail!("use model {name}: it embeds text and completes none, `ghostlight models list` has others");
        }
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

/// The embedding model's weights and vocabulary.
///
/// # Errors
/// Says how to get it.
pub(crate) fn locate_embedder() -> Result<(PathBuf, PathBuf)> {
    let catalog = Catalog::builtin()?;
    let model = catalog.model(Some(EMBEDDER))?;
    let Some(vocabulary) = model.beside.first() else {
        bail!("find model {EMBEDDER}: the catalogue names no vocabulary");
    };
    Ok((fetched(model)?, Cache::from_env()?.beside(model, vocabulary)))
}

fn fetched(model: &Model) -> Result<PathBuf> {
    let cache = Cache::from_env()?;
    if is_fetched(model, &cache) {
        return Ok(cache.file(model));
    }
    let id = &model.id;
    let other = if model.format == Format::Gguf { " or name a file with --model" } else { "" };
    bail!("find model {id}: it has not been fetched, run `ghostlight models fetch {id}`{other}")
}

/// Compares files with the catalogue, byte for byte.
fn verify(id: Option<&str>) -> Result<ExitCode> {
    let (catalog, cache) = (Catalog::builtin()?, Cache::from_env()?);
    let chosen: Vec<&Model> = match id {
        Some(id) => vec![catalog.model(Some(id))?],
        None => catalog.models.iter().filter(|model| cache.file(model).exists()).collect(),
    };
    if chosen.is_empty() {
        bail!("verify models: none has been fetched");
    }
    let mut code = ExitCode::SUCCESS;
    for model in chosen {
        match verify_file(model, &cache, &mut Terminal::new()) {
            Ok(()) => print(&format!("{}: ok\n", model.id))?,
            Err(error) => {
                print(&format!("{}: {error}\n", model.id))?;
                code = ExitCode::FAILURE;
            }
        }
    }
    Ok(code)
}
