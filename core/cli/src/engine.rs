//! A model for a command: file, device, weights, as the command line names them.
//!
//! How a file becomes a model that runs is `ghostlight-loader`'s; here are the
//! catalogue's calibration, the bar on a terminal and the devices of this machine.

use std::path::{Path, PathBuf};

#[cfg(feature = "webgpu")]
use anyhow::Context;
use anyhow::Result;
use ghostlight_complete::{Calibration, SessionOptions};
use ghostlight_decode::Cancel;
use ghostlight_loader::{Header, LoadOptions, Loaded, ModelFile, Progress, Stage, policy};
use ghostlight_model::{Backend, BackendKind, Config, Precision};
use ghostlight_models::{Catalog, FileSource, Silent, Terminal};
use ghostlight_tokenizer::Tokenizer;

use crate::args::{Engine, EngineOptions};
use crate::{models, terminal, threads};

/// A model file whose header was read.
pub(crate) struct File {
    path: PathBuf,
    file: ModelFile<FileSource>,
}

/// Reads the header of a GGUF file, also of a model that the engine does not have.
pub(crate) async fn header(path: &Path) -> Result<Header> {
    let source = FileSource::open(path)?;
    Ok(Header::read(&path.display().to_string(), &source).await?)
}

/// Opens the model that a command line names, of the catalogue or a path; the default one where it names none.
pub(crate) async fn open(model: Option<&str>) -> Result<ModelFile<FileSource>> {
    Ok(File::named(model).await?.file)
}

impl File {
    /// Opens the model that the command line names.
    pub(crate) async fn open(options: &EngineOptions) -> Result<Self> {
        Self::named(options.model.as_deref()).await
    }

    async fn named(model: Option<&str>) -> Result<Self> {
        let path = models::locate(model)?;
        let source = FileSource::open(&path)?;
        let file = ModelFile::open(path.display().to_string(), source).await?;
        Ok(Self { path, file })
    }

    /// Hyper-parameters.
    pub(crate) fn config(&self) -> &Config {
        self.file.config()
    }

    /// The tokenizer.
    pub(crate) fn tokenizer(&self) -> &Tokenizer {
        self.file.tokenizer()
    }

    /// How a session with this model works, with what the catalogue knows of its probabilities.
    pub(crate) fn session_options(
        &self,
        options: &EngineOptions,
        max_tokens: usize,
    ) -> Result<SessionOptions> {
        let speculation = policy::speculation(kind(options), true);
        let mut session = SessionOptions { max_tokens, speculation, ..SessionOptions::default() };
        let catalog = Catalog::builtin()?;
        if let Some(likelihood) = catalog.of_file(&self.path).and_then(|model| model.likelihood) {
            session.calibration = Calibration { at_certain: likelihood.at_certain, slope: likelihood.slope };
            session.threshold = likelihood.threshold;
        }
        Ok(session)
    }

    /// Tokens of KV cache: what was asked for, else what `need` tokens take, within what the model was trained for.
    pub(crate) fn context(&self, options: &EngineOptions, need: usize) -> usize {
        self.file.context(options.context.map(|context| context as usize), need)
    }

    /// Brings the model onto the device.
    pub(crate) async fn load(
        self,
        options: &EngineOptions,
        context: usize,
        cancel: &Cancel,
    ) -> Result<Loaded> {
        let shown: Box<dyn ghostlight_models::Progress> =
            if terminal::is_watched() { Box::new(Terminal::new()) } else { Box::new(Silent) };
        self.load_showing(options, context, shown, cancel).await
    }

    /// [`File::load`] for one of several at a time, of which no bar could tell.
    pub(crate) async fn load_quietly(self, options: &EngineOptions, context: usize) -> Result<Loaded> {
        self.load_showing(options, context, Box::new(Silent), &Cancel::new()).await
    }

    async fn load_showing(
        self,
        options: &EngineOptions,
        context: usize,
        mut shown: Box<dyn ghostlight_models::Progress>,
        cancel: &Cancel,
    ) -> Result<Loaded> {
        let backend = backend(options).await?;
        let precision = if options.exact { Precision::Exact } else { Precision::Packed };
        shown.begin("loading", self.file.weights().bytes);
        let mut progress = |progress: Progress| {
            if progress.stage == Stage::Weights {
                shown.at(progress.done);
            }
        };
        let load = LoadOptions { context, precision };
        let loaded = self.file.load(&backend, load, &mut progress, cancel).await;
        shown.end();
        Ok(loaded?)
    }
}

/// The kind of device that the command line names.
pub(crate) fn kind(options: &EngineOptions) -> BackendKind {
    match options.engine {
        Engine::Cpu => BackendKind::Cpu,
        Engine::Webgpu => BackendKind::Webgpu,
    }
}

/// The device that the command line names.
pub(crate) async fn backend(options: &EngineOptions) -> Result<Backend> {
    match options.engine {
        Engine::Cpu => threads::backend(options.threads),
        #[cfg(feature = "webgpu")]
        Engine::Webgpu => {
            Backend::webgpu().await.context("start the webgpu engine (--engine cpu runs without a GPU)")
        }
        #[cfg(not(feature = "webgpu"))]
        Engine::Webgpu => {
            anyhow::bail!(
                "start the webgpu engine: this build has none, use --engine cpu or build with --features webgpu"
            )
        }
    }
}
