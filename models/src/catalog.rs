//! The list of models that can be fetched by name, compiled in from `catalog.toml`.
//!
//! The catalogue says where a file is and what it must be. It says nothing about
//! how to run it: that is in the file's own metadata.

use std::collections::HashSet;
use std::path::Path;

use serde::Deserialize;

use crate::ModelsError;
use crate::source::Source;

/// Digits of a hash in the name of a file that is made.
pub(crate) const HASH_DIGITS: usize = 12;

/// All models that have a name.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Catalog {
    /// Id of the model to take when none is named.
    pub default: String,
    /// The models.
    #[serde(rename = "model")]
    pub models: Vec<Model>,
}

/// One model's file, with what it needs beside it.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Model {
    /// Short name: lower-case letters, digits, `-`, `_` and `.`; also the file name in the cache.
    pub id: String,
    /// Shorter names that stand for the id on the command line.
    #[serde(default)]
    pub aliases: Vec<String>,
    /// Name for people.
    pub name: String,
    /// Architecture family, such as `llama`.
    pub family: String,
    /// Quantization of most weights, such as `Q4_1`.
    pub quantization: String,
    /// Tokens of context that the model was trained for.
    pub context: u32,
    /// SPDX identifier of the weights' licence, or its name where there is none.
    pub licence: String,
    /// Name of the fill-in-the-middle template, `None` where the model only continues text.
    pub fim: Option<String>,
    /// About the memory that it takes: the file, and a KV cache of 2,048 tokens.
    pub memory_mib: u32,
    /// The least device on which it is pleasant.
    pub device: Device,
    /// Something that its users should know.
    pub note: Option<String>,
    /// Why `bytes` or `sha256` is missing.
    pub unpinned: Option<String>,
    /// Form of the file.
    #[serde(default)]
    pub format: Format,
    /// Size of the file in bytes; 0 where it is not known. See [`Model::known_bytes`].
    #[serde(default)]
    pub bytes: u64,
    /// SHA-256 of the file, lower-case hex; empty where it is not known. See [`Model::known_sha256`].
    #[serde(default)]
    pub sha256: String,
    /// Where to get it, best first.
    #[serde(rename = "source", default)]
    pub sources: Vec<Source>,
    /// How to make it where no source has it.
    pub prepare: Option<Prepare>,
    /// Other files of the same package that the model is not complete without.
    #[serde(default)]
    pub beside: Vec<Beside>,
    /// What a page that offers it has to know; `None` where pages do not.
    pub page: Option<Page>,
    /// What its probabilities are worth; `None` where that was not measured.
    pub likelihood: Option<Likelihood>,
}

/// How likely a suggestion of a model is what is typed next, as replayed typing has shown
/// (`cargo xtask bench typing --fit`).
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Likelihood {
    /// Log odds where the probability of a text is 1.
    pub at_certain: f32,
    /// What the log odds lose for each unit of negative log probability.
    pub slope: f32,
    /// The least likelihood of what is shown to somebody who did not ask, 0 to 1.
    pub threshold: f32,
}

/// What a page chooses a model by, besides its size, memory and device.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Page {
    /// A short name, such as `0.5B`.
    pub label: String,
    /// Millions of multiplications that a token of a prompt takes: all weights but the head's.
    pub mmacs: u32,
    /// The least tokens of a prompt that have to be read in a second for typing to be pleasant.
    pub prefill: u32,
}

/// Forms of a model's file, which say what it is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// A model that completes text.
    #[default]
    Gguf,
    /// A model that embeds text, as it was published.
    Safetensors,
}

impl Format {
    /// The extension of its files.
    #[must_use]
    pub fn extension(self) -> &'static str {
        match self {
            Self::Gguf => "gguf",
            Self::Safetensors => "safetensors",
        }
    }
}

/// A file beside a model's own.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Beside {
    /// Its name in the cache, behind the model's id.
    pub name: String,
    /// Path inside the package.
    pub member: String,
    /// Size in bytes.
    pub bytes: u64,
    /// SHA-256, lower-case hex.
    pub sha256: String,
}

/// Classes of devices.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Device {
    /// Whatever has a browser.
    Any,
    /// 8 GB of memory and four cores.
    Laptop,
    /// A graphics card or a processor with fast memory.
    Gpu,
}

impl Device {
    /// The name in the catalogue.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Any => "any",
            Self::Laptop => "laptop",
            Self::Gpu => "gpu",
        }
    }
}

impl Likelihood {
    fn is_sound(&self) -> bool {
        let Self { at_certain, slope, threshold } = *self;
        at_certain.is_finite() && slope.is_finite() && slope >= 0.0 && (0.0..=1.0).contains(&threshold)
    }
}

impl Model {
    /// Size of the file in bytes, if the catalogue has it.
    #[must_use]
    pub fn known_bytes(&self) -> Option<u64> {
        (self.bytes > 0).then_some(self.bytes)
    }

    /// SHA-256 of the file, if the catalogue has it.
    #[must_use]
    pub fn known_sha256(&self) -> Option<&str> {
        (!self.sha256.is_empty()).then_some(&self.sha256)
    }

    /// The name of its file. That of a file that is made carries the beginning of its hash: what
    /// another recipe made has another name and is never taken for it.
    #[must_use]
    pub fn file_name(&self) -> String {
        let Self { id, sha256, format, .. } = self;
        let made = match &self.prepare {
            Some(_) => format!(".{}", sha256.get(..HASH_DIGITS).unwrap_or(sha256)),
            None => String::new(),
        };
        format!("{id}{made}.{}", format.extension())
    }

    /// The id, and the aliases in brackets.
    #[must_use]
    pub fn names(&self) -> String {
        if self.aliases.is_empty() {
            return self.id.clone();
        }
        format!("{} ({})", self.id, self.aliases.join(", "))
    }

    fn is_pinned(&self) -> bool {
        self.known_bytes().is_some() && self.known_sha256().is_some()
    }
}

/// How a model's file is made out of another model's, where it is not to be had ready-made.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Prepare {
    /// Id of the model that it is made from, which is itself downloaded.
    pub from: String,
    /// Name of the recipe.
    pub recipe: String,
}

impl Catalog {
    /// The catalogue that this build carries.
    ///
    /// # Errors
    /// [`ModelsError::Catalog`] only if the project's own `catalog.toml` is broken, which a test excludes.
    pub fn builtin() -> Result<Self, ModelsError> {
        Self::parse(include_str!("../catalog.toml"))
    }

    /// Reads a catalogue in the format of `catalog.toml`.
    ///
    /// # Errors
    /// [`ModelsError::Catalog`] for a syntax error, an unusable id, alias or hash, a name that occurs
    /// twice, pieces that do not add up, a base that cannot be one, or an unusable default.
    pub fn parse(text: &str) -> Result<Self, ModelsError> {
        let catalog: Self = toml::from_str(text).map_err(|error| ModelsError::Catalog(error.to_string()))?;
        let mut names = HashSet::new();
        for model in &catalog.models {
            let fault = names_fault(model, &mut names)
                .or_else(|| file_fault(model))
                .or_else(|| catalog.prepare_fault(model));
            if let Some(fault) = fault {
                return Err(ModelsError::Catalog(format!("model `{}`: {fault}", model.id)));
            }
        }
        let default = catalog.model(None)?;
        if default.format != Format::Gguf {
            return Err(ModelsError::Catalog("the default model completes no text".to_owned()));
        }
        if default.id != catalog.default {
            return Err(ModelsError::Catalog(format!("the default must be the id {}", default.id)));
        }
        Ok(catalog)
    }

    /// The model with this id or alias, if there is one.
    #[must_use]
    pub fn find(&self, name: &str) -> Option<&Model> {
        self.models.iter().find(|model| model.id == name || model.aliases.iter().any(|alias| alias == name))
    }

    /// The model whose file has this name in a cache, whatever folder it is in.
    #[must_use]
    pub fn of_file(&self, path: &Path) -> Option<&Model> {
        let name = path.file_name()?.to_str()?;
        self.models.iter().find(|model| model.file_name() == name)
    }

    /// The model with this id or alias, or the default one for `None`.
    ///
    /// # Errors
    /// [`ModelsError::UnknownModel`], with the names there are.
    ///
    /// ```
    /// let catalog = ghostlight_models::Catalog::builtin()?;
    /// assert_eq!(catalog.model(None)?.id, catalog.default);
    /// assert_eq!(catalog.model(Some("tiny"))?.id, "smollm2-135m-q4_1");
    /// # Ok::<(), ghostlight_models::ModelsError>(())
    /// ```
    pub fn model(&self, name: Option<&str>) -> Result<&Model, ModelsError> {
        let name = name.unwrap_or(&self.default);
        self.find(name).ok_or_else(|| {
            let known: Vec<_> = self.models.iter().map(Model::names).collect();
            ModelsError::UnknownModel { id: name.to_owned(), known: known.join(", ") }
        })
    }

    /// What is wrong with how a model is made.
    fn prepare_fault(&self, model: &Model) -> Option<String> {
        let Prepare { from, recipe } = model.prepare.as_ref()?;
        // Since no base is itself made, there is no cycle.
        let what = match self.models.iter().find(|base| base.id == *from) {
            None => format!("is made from `{from}`, which is the id of no model"),
            Some(base) if base.prepare.is_some() => {
                format!("is made from `{from}`, which is itself made")
            }
            Some(base) if base.format != model.format => {
                format!("is made from `{from}`, which has another format")
            }
            Some(_) if !model.is_pinned() => "is made, so it has bytes and sha256".to_owned(),
            Some(_) if !model.beside.is_empty() => "is made, so nothing comes beside it".to_owned(),
            Some(_) if !usable_id(recipe) => "the recipe's name must be as an id".to_owned(),
            Some(_) => return None,
        };
        Some(what)
    }
}

/// What is wrong with a model's id and aliases, which no other may have.
fn names_fault<'a>(model: &'a Model, taken: &mut HashSet<&'a str>) -> Option<String> {
    if !usable_id(&model.id) {
        return Some("the id must be lower-case letters, digits, `-`, `_` or `.`".to_owned());
    }
    if !model.aliases.iter().all(|alias| usable_id(alias)) {
        return Some("an alias must be as an id".to_owned());
    }
    let mut names = std::iter::once(&model.id).chain(&model.aliases);
    names.find(|name| !taken.insert(name)).map(|name| format!("the name `{name}` occurs twice"))
}

/// What is wrong with what is said of a model's file and its sources.
fn file_fault(model: &Model) -> Option<String> {
    let fault = |what: &str| Some(what.to_owned());
    if model.is_pinned() == model.unpinned.is_some() {
        return fault("it has bytes and sha256, or else `unpinned` says why not");
    }
    let mut hashes: Vec<String> = model.known_sha256().map(str::to_owned).into_iter().collect();
    for source in &model.sources {
        if !model.is_pinned() && !matches!(source, Source::Url(_)) {
            return fault("what is inside a package has bytes and sha256");
        }
        if let Some(what) = source.fault(model.bytes) {
            return Some(what);
        }
        hashes.extend(source.wheels(model.bytes).into_iter().map(|wheel| wheel.sha256));
    }
    for beside in &model.beside {
        if !usable_id(&beside.name) {
            return fault("the name of a file beside it must be as an id");
        }
        hashes.push(beside.sha256.clone());
    }
    if model.page.is_some() && !(model.is_pinned() && model.format == Format::Gguf) {
        return fault("what a page offers completes text, and has bytes and sha256");
    }
    if model.likelihood.is_some_and(|likelihood| !likelihood.is_sound()) {
        return fault("its likelihood has finite numbers, a slope of at least 0, and a threshold of 0 to 1");
    }
    let is_packed = model.sources.iter().all(|source| matches!(source, Source::Pypi(_)));
    if !model.beside.is_empty() && !is_packed {
        return fault("files beside it come out of a package");
    }
    if !hashes.iter().all(|hash| usable_hash(hash)) {
        return fault("a sha256 is not 64 lower-case hex digits");
    }
    None
}

/// Ids become file names, so nothing that could name another folder.
fn usable_id(id: &str) -> bool {
    !id.starts_with('.')
        && !id.is_empty()
        && id.bytes().all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.'))
}

fn usable_hash(hash: &str) -> bool {
    hash.len() == 64 && hash.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_builtin_catalogue_is_sound() {
        let catalog = Catalog::builtin().unwrap();
        let model = catalog.model(None).unwrap();
        assert_eq!(model.id, catalog.default);
        assert!(catalog.models.iter().all(|model| !model.sources.is_empty() || model.prepare.is_some()));
        assert!(model.known_bytes().is_some() && model.known_sha256().is_some());
        for family in [
            "qwen2.5-coder-0.5b",
            "qwen2.5-coder-1.5b",
            "starcoder2-3b",
            "deepseek-coder-1.3b",
            "granite-3b-code",
            "codegemma-2b",
        ] {
            assert!(catalog.models.iter().any(|model| model.id.starts_with(family)), "{family}");
        }
    }

    fn with(id: &str, hash: &str, default: &str) -> Result<Catalog, ModelsError> {
        Catalog::parse(&format!(
            "default = '{default}'\n[[model]]\nid = '{id}'\nname = 'n'\nfamily = 'llama'\n\
             quantization = 'Q8_0'\ncontext = 8\nlicence = 'MIT'\n\
             memory_mib = 1\ndevice = 'any'\nbytes = 1\nsha256 = '{hash}'\n\
             [[model.source]]\nurl = 'https://example.org/m.gguf'\n"
        ))
    }

    #[test]
    fn a_file_is_known_by_its_name() {
        let catalog = Catalog::builtin().unwrap();
        for model in catalog.models.iter().filter(|model| model.format == Format::Gguf) {
            let path = Path::new("/somewhere").join(model.file_name());
            assert_eq!(catalog.of_file(&path).map(|found| &found.id), Some(&model.id));
        }
        assert!(catalog.of_file(Path::new("/somewhere/else.gguf")).is_none());
        assert!(catalog.of_file(Path::new("/")).is_none());
    }

    #[test]
    fn a_likelihood_is_one() {
        let parse = |likelihood: &str| {
            let hash = "0".repeat(64);
            Catalog::parse(&format!(
                "default = 'a'\n[[model]]\nid = 'a'\nname = 'n'\nfamily = 'llama'\nquantization = 'Q8_0'\n\
                 context = 8\nlicence = 'MIT'\nmemory_mib = 1\ndevice = 'any'\nbytes = 1\nsha256 = '{hash}'\n\
                 likelihood = {likelihood}\n[[model.source]]\nurl = 'https://example.org/m.gguf'\n"
            ))
        };
        let catalog = parse("{ at_certain = -0.5, slope = 2.0, threshold = 0.3 }").unwrap();
        let likelihood = Likelihood { at_certain: -0.5, slope: 2.0, threshold: 0.3 };
        assert_eq!(catalog.models[0].likelihood, Some(likelihood));
        for wrong in [
            "{ at_certain = nan, slope = 2.0, threshold = 0.3 }",
            "{ at_certain = 0.5, slope = -2.0, threshold = 0.3 }",
            "{ at_certain = 0.5, slope = 2.0, threshold = 1.3 }",
            "{ at_certain = 0.5, slope = 2.0 }",
        ] {
            assert!(parse(wrong).is_err(), "{wrong}");
        }
    }

    const ALIAS: &str = "aliases = [\"tiny\"]";

    #[test]
    fn short_names_stand_for_ids() {
        let catalog = Catalog::builtin().unwrap();
        for (name, id) in [
            ("tiny", "smollm2-135m-q4_1"),
            ("qwen-0.5b", "qwen2.5-coder-0.5b-instruct-q4_k_m"),
            ("qwen-1.5b", "qwen2.5-coder-1.5b-instruct-q4_k_m"),
            ("minilm", "minilm"),
        ] {
            assert_eq!(catalog.model(Some(name)).unwrap().id, id);
        }
        assert!(catalog.find("huge").is_none());
        let message = catalog.model(Some("huge")).unwrap_err().to_string();
        assert!(message.contains("smollm2-135m-q4_1 (tiny), "), "{message}");
        let text = include_str!("../catalog.toml").replace(&format!("\"{}\"", catalog.default), "\"tiny\"");
        let short = text.replacen("id = \"tiny\"", &format!("id = \"{}\"", catalog.default), 1);
        let message = Catalog::parse(&short).unwrap_err().to_string();
        assert!(message.contains("the default must be the id"), "{message}");
    }

    #[test]
    fn a_model_is_made_from_one_that_is_not() {
        let hash = "0".repeat(64);
        let model = |id: &str, rest: &str| {
            format!(
                "[[model]]\nid = '{id}'\nname = 'n'\nfamily = 'llama'\nquantization = 'F32'\ncontext = 8\n\
                 licence = 'MIT'\nmemory_mib = 1\ndevice = 'any'\n{rest}\n"
            )
        };
        let pinned = format!("bytes = 1\nsha256 = '{hash}'");
        let prepare = |from: &str| format!("[model.prepare]\nfrom = '{from}'\nrecipe = 'tab-1'");
        let made = |from: &str| format!("{pinned}\n{}", prepare(from));
        let parse = |entries: &[(&str, &str)]| {
            let entries: String = entries.iter().map(|(id, rest)| model(id, rest)).collect();
            Catalog::parse(&format!("default = 'a'\n{entries}"))
        };
        let right = parse(&[("a", &pinned), ("b", &made("a"))]).unwrap();
        assert_eq!(right.models[1].prepare.as_ref().unwrap().recipe, "tab-1");
        let safetensors = format!("{pinned}\nformat = 'safetensors'");
        for (entries, what) in [
            (vec![("a", pinned.as_str()), ("b", &made("c"))], "`b`: is made from `c`, which is the id of no"),
            (vec![("a", &made("a"))], "`a`: is made from `a`, which is itself made"),
            (vec![("a", &made("b")), ("b", &made("a"))], "`a`: is made from `b`, which is itself made"),
            (vec![("a", &pinned), ("c", &safetensors), ("b", &made("c"))], "which has another format"),
            (
                vec![("a", &pinned), ("b", &format!("unpinned = 'x'\n{}", prepare("a")))],
                "`b`: is made, so it has bytes",
            ),
            (vec![("a", &pinned), ("b", &made("a").replace("tab-1", "../x"))], "recipe's name must be"),
        ] {
            let message = parse(&entries).unwrap_err().to_string();
            assert!(message.contains(what), "{message}");
        }
    }

    #[test]
    fn unusable_entries_are_refused() {
        let hash = "0".repeat(64);
        assert!(matches!(with("a-1", &hash, "a-1").unwrap().models[0].sources[0], Source::Url(_)));
        let text = include_str!("../catalog.toml");
        let default = format!("default = \"{}\"", Catalog::builtin().unwrap().default);
        for (from, to, what) in [
            ("name = \"vocab.txt\"", "name = \"../vocab.txt\"", "must be as an id"),
            (default.as_str(), "default = \"minilm\"", "completes no text"),
            (
                "[[model.beside]]",
                "[model.page]\nlabel = \"m\"\nmmacs = 1\nprefill = 1\n[[model.beside]]",
                "what a page offers completes text",
            ),
        ] {
            assert!(text.contains(from));
            let message = Catalog::parse(&text.replace(from, to)).unwrap_err().to_string();
            assert!(message.contains(what), "{message}");
        }
        for (alias, what) in [
            ("aliases = [\"Tiny\"]", "alias must be as an id"),
            ("aliases = [\"minilm\"]", "the name `minilm` occurs twice"),
            ("aliases = [\"a\", \"a\"]", "the name `a` occurs twice"),
        ] {
            assert!(text.contains(ALIAS));
            let message = Catalog::parse(&text.replace(ALIAS, alias)).unwrap_err().to_string();
            assert!(message.contains(what), "{message}");
        }
        for (id, hash, default, what) in [
            ("../a", hash.as_str(), "../a", "lower-case letters"),
            ("", hash.as_str(), "", "lower-case letters"),
            ("a", "12", "a", "64 lower-case hex"),
            ("a", "", "a", "`unpinned` says why not"),
            ("a", hash.as_str(), "b", "not in the catalogue, which has a"),
        ] {
            let message = with(id, hash, default).unwrap_err().to_string();
            assert!(message.contains(what), "{message}");
        }
    }
}
