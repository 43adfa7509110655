//! A model for a command: file, tokenizer, device, weights.
//!
//! Two steps, so that what is wrong with a prompt is told before the weights
//! are read: [`File::open`] reads the header, [`File::load`] the rest.

use std::io::{IsTerminal, stderr};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use ghostlight_complete::{Calibration, SessionOptions};
use ghostlight_gguf::Gguf;
use ghostlight_model::{
    Backend, BackendKind, Config, DEFAULT_CONTEXT, Model, Options, Precision, Progress, check,
};
use ghostlight_models::{Catalog, FileSource, Silent, Terminal};
use ghostlight_tokenizer::Tokenizer;

use crate::args::{Engine, EngineOptions};
use crate::{models, threads};

/// A model file whose header was read.
pub(crate) struct File {
    path: PathBuf,
    source: FileSource,
    pub(crate) gguf: Gguf,
    pub(crate) config: Config,
    pub(crate) tokenizer: Tokenizer,
}

/// Opens a GGUF file and reads its header.
pub(crate) async fn open(path: &Path) -> Result<(FileSource, Gguf)> {
    let source = FileSource::open(path)?;
    let gguf = Gguf::open(&source).await.with_context(|| format!("cannot use {}", path.display()))?;
    Ok((source, gguf))
}

impl File {
    /// Opens the model that the command line names.
    pub(crate) async fn open(options: &EngineOptions) -> Result<Self> {
        let path = models::locate(options.model.as_deref())?;
        let (source, gguf) = open(&path).await?;
        let cannot = || format!("cannot run {}", path.display());
        let config = Config::from_gguf(&gguf).with_context(cannot)?;
        let tokenizer = Tokenizer::from_gguf(&gguf.metadata).with_context(cannot)?;
        Ok(Self { source, gguf, config, tokenizer, path })
    }

    /// How a session with this model works, with what the catalogue knows of its probabilities.
    pub(crate) fn session_options(&self, max_tokens: usize) -> Result<SessionOptions> {
        let mut options = SessionOptions { max_tokens, ..SessionOptions::default() };
        let catalog = Catalog::builtin()?;
        if let Some(likelihood) = catalog.of_file(&self.path).and_then(|model| model.likelihood) {
            options.calibration = Calibration { at_certain: likelihood.at_certain, slope: likelihood.slope };
            options.threshold = likelihood.threshold;
        }
        Ok(options)
    }

    /// Tokens of KV cache: what was asked for, else what `need` tokens take, within what the model was trained for.
    pub(crate) fn context(&self, options: &EngineOptions, need: usize) -> usize {
        let asked = options.context.map_or(DEFAULT_CONTEXT.max(need), |context| context as usize);
        asked.min(self.config.trained_context)
    }

    /// Brings the model onto the device.
    pub(crate) async fn load(&self, options: &EngineOptions, context: usize) -> Result<Model> {
        let shown: Box<dyn ghostlight_models::Progress> =
            if stderr().is_terminal() { Box::new(Terminal::new()) } else { Box::new(Silent) };
        self.load_showing(options, context, shown).await
    }

    /// [`File::load`] for one of several at a time, of which no bar could tell.
    pub(crate) async fn load_quietly(&self, options: &EngineOptions, context: usize) -> Result<Model> {
        self.load_showing(options, context, Box::new(Silent)).await
    }

    async fn load_showing(
        &self,
        options: &EngineOptions,
        context: usize,
        mut shown: Box<dyn ghostlight_models::Progress>,
    ) -> Result<Model> {
        let cannot = || format!("cannot run {}", self.path.display());
        let backend = backend(options).await?;
        let precision = if options.exact { Precision::Exact } else { Precision::Packed };
        let choice = Options { context, precision, ..Options::default() };

        shown.begin("loading", self.gguf.summary().bytes);
        let mut progress = |p: Progress| shown.at(p.done);
        let model = Model::load(&self.source, &self.gguf, &backend, choice, &mut progress).await;
        shown.end();
        let mut model = model.with_context(cannot)?;

        if backend.kind() == BackendKind::Webgpu {
            // A driver that computes nonsense is found out, and shaders are compiled before anything is timed.
            if precision == Precision::Packed {
                let mut types: Vec<_> =
                    self.gguf.tensors.iter().filter(|t| t.dims.len() > 1).map(|t| t.ty).collect();
                types.sort_unstable();
                types.dedup();
                check::self_test(&backend, &types).await.with_context(advice)?;
            }
            model.warm_up().await.with_context(advice)?;
        }
        Ok(model)
    }
}

/// The device that the command line names.
pub(crate) async fn backend(options: &EngineOptions) -> Result<Backend> {
    match options.engine {
        Engine::Cpu => threads::backend(options.threads),
        #[cfg(feature = "webgpu")]
        Engine::Webgpu => Backend::webgpu().await.with_context(advice),
        #[cfg(not(feature = "webgpu"))]
        Engine::Webgpu => {
            anyhow::bail!(
                "start the webgpu engine: this build has none, use --engine cpu or build with --features webgpu"
            )
        }
    }
}

fn advice() -> &'static str {
    "start the webgpu engine (--engine cpu runs without a GPU)"
}
