//! How a model is loaded: what would fail is tried first, then weights, pipelines and a session.

use ghostlight_complete::{Session, SessionOptions};
use ghostlight_context::ModelFacts;
use ghostlight_decode::{Decoder, Speculation};
use ghostlight_gguf::Gguf;
use ghostlight_model::{Adapter, Backend, BackendKind, Model, Options, check};
use ghostlight_protocol::{
    EngineInfo, EngineKind, ErrorCode, Listener, LoadOptions, LoadProgress, LoadStage,
};
use ghostlight_tokenizer::Tokenizer;

use crate::convert;
use crate::engine::Methods;
use crate::error::Failure;
use crate::host::now_ms;
use crate::source::ModelSource;

/// Tokens of a prompt that a GPU gets at once: cancellation reaches it between two
/// of these, and the page is drawn between their submissions.
const GPU_CHUNK: usize = 128;
/// The same for a GPU that is emulated on a CPU, where 16 tokens take half a second.
const EMULATED_CHUNK: usize = 16;

/// Reads a model, tries the kernels and makes a session.
pub(crate) async fn load(
    source: ModelSource,
    options: LoadOptions,
    progress: &Listener<LoadProgress>,
) -> Result<Methods, Failure> {
    let start = now_ms();
    let report = |stage, done: f64, total: f64| progress.tell(&LoadProgress { stage, done, total });
    let gguf = Gguf::open(&source).await?;
    // What would fail late is found out before the weights are read.
    let config = ghostlight_model::Config::from_gguf(&gguf)?;
    let tokenizer = Tokenizer::from_gguf(&gguf.metadata)?;

    let backend = backend().await?;
    let mut types: Vec<_> = gguf.tensors.iter().filter(|t| t.dims.len() > 1).map(|t| t.ty).collect();
    types.sort_unstable();
    types.dedup();
    report(LoadStage::SelfTest, 0.0, 1.0);
    check::self_test(&backend, &types).await?;
    report(LoadStage::SelfTest, 1.0, 1.0);

    let mut choice = Options::default();
    if options.context > 0 {
        choice.context = options.context as usize;
    }
    if backend.kind() == BackendKind::Webgpu {
        choice.chunk = match backend.adapter() {
            Adapter::Hardware => GPU_CHUNK,
            Adapter::Software => EMULATED_CHUNK,
        };
    }
    let mut progress =
        |p: ghostlight_model::Progress| report(LoadStage::Weights, p.done as f64, p.total as f64);
    let mut model = Model::load(&source, &gguf, &backend, choice, &mut progress).await?;
    if backend.kind() == BackendKind::Webgpu {
        // Pipelines are compiled now rather than at the first keystroke.
        report(LoadStage::Pipelines, 0.0, 1.0);
        let warm = model.warm_up().await;
        warm.map_err(|error| Failure::new(ErrorCode::DeviceLost, error))?;
        report(LoadStage::Pipelines, 1.0, 1.0);
    }

    let architecture = gguf.metadata.str("general.architecture")?.unwrap_or_default();
    let name = gguf.metadata.str("general.name")?;
    let summary = gguf.summary();
    let memory = summary.bytes + model.cache_bytes();
    let context = model.capacity() as u32;
    let session_options = SessionOptions {
        // A GPU adds in another order for one token than for several, so a draft could change a near tie.
        speculation: match (options.speculation, backend.kind()) {
            (true, BackendKind::Cpu) => Speculation::default(),
            _ => Speculation::OFF,
        },
        prefill_ms: options.prefill_ms,
        ..convert::session_options(options.likelihood)
    };
    let session = Session::new(model, tokenizer, ModelFacts { architecture, name }, session_options)?;
    let info = EngineInfo {
        engine: match backend.kind() {
            BackendKind::Cpu => EngineKind::Cpu,
            BackendKind::Webgpu => EngineKind::Webgpu,
        },
        variant: backend.name().to_owned(),
        threads: backend.threads() as u32,
        model: name.unwrap_or(architecture).to_owned(),
        architecture: architecture.to_owned(),
        quantization: summary.quantization.map(|ty| ty.name().to_owned()).unwrap_or_default(),
        parameters: summary.parameters as f64,
        context: context.min(config.trained_context as u32),
        fim: session.template().fills_in_middle(),
        memory: memory as f64,
        load_ms: now_ms() - start,
    };
    Ok(Methods::new(session, backend, info))
}

#[cfg(feature = "webgpu")]
pub(crate) async fn backend() -> Result<Backend, Failure> {
    Backend::webgpu().await.map_err(|error| Failure::new(ErrorCode::NoAdapter, error))
}

#[cfg(feature = "threads")]
pub(crate) async fn backend() -> Result<Backend, Failure> {
    Ok(crate::threads::crew().map_or_else(Backend::cpu, Backend::cpu_shared))
}

#[cfg(not(any(feature = "webgpu", feature = "threads")))]
pub(crate) async fn backend() -> Result<Backend, Failure> {
    Ok(Backend::cpu())
}
