//! A model file whose header was read, and what becomes of it on a device.

use ghostlight_context::{FimTemplate, ModelFacts};
use ghostlight_decode::{Cancel, Decoder};
use ghostlight_gguf::{Gguf, Source, Summary};
use ghostlight_model::{
    Backend, BackendKind, Config, DEFAULT_CONTEXT, Model, ModelError, Options, Precision, check,
};
use ghostlight_tokenizer::Tokenizer;

use crate::error::LoadError;
use crate::header::Header;
use crate::policy;

/// A file of a model that the engine has, by its header.
#[derive(Debug)]
pub struct ModelFile<S> {
    name: String,
    source: S,
    gguf: Gguf,
    config: Config,
    tokenizer: Tokenizer,
}

/// How a model is loaded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LoadOptions {
    /// Tokens of KV cache; the model's trained context bounds it.
    pub context: usize,
    /// How weights are kept.
    pub precision: Precision,
}

impl Default for LoadOptions {
    fn default() -> Self {
        Self { context: DEFAULT_CONTEXT, precision: Precision::Packed }
    }
}

/// What is being done, in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// The kernels are compared with their definition, on the tensor types of the file.
    SelfTest,
    /// Weights are read and brought into their layout.
    Weights,
    /// A GPU compiles its pipelines.
    Pipelines,
}

/// How far a load has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// What is being done.
    pub stage: Stage,
    /// How much of it is done: bytes of weights, else 0 or 1.
    pub done: u64,
    /// How much there is.
    pub total: u64,
}

/// A model that runs.
#[derive(Debug)]
pub struct Loaded {
    /// The decoder, with an empty KV cache.
    pub model: Model,
    /// Its tokenizer.
    pub tokenizer: Tokenizer,
    /// What its file says of it.
    pub info: ModelInfo,
}

/// What a file says of its model, for prompts and for people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModelInfo {
    /// `general.architecture`, such as `qwen2`.
    pub architecture: String,
    /// `general.name`, where there is one.
    pub name: Option<String>,
    /// Weights: how many, their bytes, and the type that holds most of them.
    pub weights: Summary,
    /// Tokens of KV cache.
    pub context: usize,
    /// Bytes of weights and KV cache.
    pub memory: u64,
}

impl ModelInfo {
    /// What the form of its prompts is chosen by.
    pub fn facts(&self) -> ModelFacts<'_> {
        ModelFacts { architecture: &self.architecture, name: self.name.as_deref() }
    }
}

impl<S: Source> ModelFile<S> {
    /// Reads the header of `source`, which messages call `name`. No weights are read.
    ///
    /// # Errors
    ///
    /// [`LoadError`] when it is no whole GGUF file, or of a model that the engine does not have.
    pub async fn open(name: impl Into<String>, source: S) -> Result<Self, LoadError> {
        let name = name.into();
        let Header { gguf, config, tokenizer } = Header::read(&name, &source).await?;
        let config = config.map_err(|error| LoadError::model(&name, &error))?;
        let tokenizer = tokenizer.map_err(|error| LoadError::tokenizer(&name, &error))?;
        Ok(Self { name, source, gguf, config, tokenizer })
    }

    /// Hyper-parameters.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// The tokenizer.
    pub fn tokenizer(&self) -> &Tokenizer {
        &self.tokenizer
    }

    /// Weights: how many, their bytes, and the type that holds most of them.
    pub fn weights(&self) -> Summary {
        self.gguf.summary()
    }

    /// What the form of its prompts is chosen by.
    pub fn facts(&self) -> ModelFacts<'_> {
        facts(&self.gguf)
    }

    /// The form of its prompts.
    pub fn template(&self) -> &'static FimTemplate {
        FimTemplate::select(self.facts(), &self.tokenizer)
    }

    /// Tokens of KV cache: what was `asked` for, else what `need` tokens take, within what the model was trained for.
    pub fn context(&self, asked: Option<usize>, need: usize) -> usize {
        policy::context(asked, need, self.config.trained_context)
    }

    /// Brings the model onto `backend`: self-test, weights, pipelines. `progress` hears of the
    /// beginning and end of each stage, and of every slice of the weights.
    ///
    /// # Errors
    ///
    /// [`LoadError`] says what is wrong with the file or the device; its fault is
    /// [`Cancelled`](crate::Fault::Cancelled) when `cancel` was.
    pub async fn load(
        self,
        backend: &Backend,
        options: LoadOptions,
        progress: &mut dyn FnMut(Progress),
        cancel: &Cancel,
    ) -> Result<Loaded, LoadError> {
        let run = self.bring(backend, options, progress, cancel).await;
        let model = run.map_err(|error| LoadError::model(&self.name, &error))?;
        let Self { gguf, tokenizer, .. } = self;
        let (facts, weights) = (facts(&gguf), gguf.summary());
        let info = ModelInfo {
            architecture: facts.architecture.to_owned(),
            name: facts.name.map(str::to_owned),
            weights,
            context: model.capacity(),
            memory: weights.bytes + model.cache_bytes(),
        };
        Ok(Loaded { model, tokenizer, info })
    }

    async fn bring(
        &self,
        backend: &Backend,
        options: LoadOptions,
        progress: &mut dyn FnMut(Progress),
        cancel: &Cancel,
    ) -> Result<Model, ModelError> {
        let LoadOptions { context, precision } = options;
        // A device that computes nonsense is found out before anybody waits for weights. Exact
        // weights run on burn's own operations.
        if precision == Precision::Packed {
            progress(Progress { stage: Stage::SelfTest, done: 0, total: 1 });
            check::self_test(backend, &Header::matrix_types(&self.gguf)).await?;
            progress(Progress { stage: Stage::SelfTest, done: 1, total: 1 });
        }
        cancel.checkpoint().await?;
        let choice = Options { context, precision, chunk: policy::chunk(backend.kind(), backend.adapter()) };
        let mut weights = |p: ghostlight_model::Progress| {
            progress(Progress { stage: Stage::Weights, done: p.done, total: p.total });
        };
        let mut model = Model::load(&self.source, &self.gguf, backend, choice, &mut weights, cancel).await?;
        if backend.kind() == BackendKind::Webgpu {
            // Pipelines are compiled now rather than at the first keystroke.
            progress(Progress { stage: Stage::Pipelines, done: 0, total: 1 });
            model.warm_up().await.map_err(|error| ModelError::Device(error.to_string()))?;
            progress(Progress { stage: Stage::Pipelines, done: 1, total: 1 });
        }
        Ok(model)
    }
}

/// What the form of a model's prompts is chosen by, as far as its metadata says it in text.
pub fn facts(gguf: &Gguf) -> ModelFacts<'_> {
    let text = |key| gguf.metadata.str(key).ok().flatten();
    ModelFacts { architecture: text("general.architecture").unwrap_or_default(), name: text("general.name") }
}
