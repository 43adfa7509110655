//! A model for a page: what was asked for goes to the loader, what it says goes back.

use ghostlight_complete::{Session, SessionOptions};
use ghostlight_decode::Cancel;
use ghostlight_loader::{LoadOptions as Choice, Loaded, ModelFile, Progress, Stage, policy};
use ghostlight_model::{Backend, BackendKind};
use ghostlight_protocol::{EngineInfo, EngineKind, Listener, LoadOptions, LoadProgress, LoadStage};

use crate::convert;
use crate::engine::Methods;
use crate::error::Failure;
use crate::host::now_ms;
use crate::source::ModelSource;

/// Opens a model, loads it and makes a session.
pub(crate) async fn load(
    source: ModelSource,
    options: LoadOptions,
    progress: &Listener<LoadProgress>,
) -> Result<Methods, Failure> {
    let start = now_ms();
    let file = ModelFile::open(options.model, source).await?;
    let backend = backend().await?;
    let asked = (options.context > 0).then_some(options.context as usize);
    let choice = Choice { context: file.context(asked, 0), ..Choice::default() };
    let mut report = |Progress { stage, done, total }: Progress| {
        let stage = match stage {
            Stage::SelfTest => LoadStage::SelfTest,
            Stage::Weights => LoadStage::Weights,
            Stage::Pipelines => LoadStage::Pipelines,
        };
        progress.tell(&LoadProgress { stage, done: done as f64, total: total as f64 });
    };
    // A page that wants it no longer ends the worker.
    let Loaded { model, tokenizer, info } = file.load(&backend, choice, &mut report, &Cancel::new()).await?;

    let session_options = SessionOptions {
        speculation: policy::speculation(backend.kind(), options.speculation),
        prefill_ms: options.prefill_ms,
        ..convert::session_options(options.likelihood)
    };
    let session = Session::new(model, tokenizer, info.facts(), session_options)?;
    let info = EngineInfo {
        engine: match backend.kind() {
            BackendKind::Cpu => EngineKind::Cpu,
            BackendKind::Webgpu => EngineKind::Webgpu,
        },
        variant: backend.name().to_owned(),
        threads: backend.threads() as u32,
        model: info.name.unwrap_or_else(|| info.architecture.clone()),
        architecture: info.architecture,
        quantization: info.weights.quantization.map(|ty| ty.name().to_owned()).unwrap_or_default(),
        parameters: info.weights.parameters as f64,
        context: info.context as u32,
        fim: session.template().fills_in_middle(),
        memory: info.memory as f64,
        load_ms: now_ms() - start,
    };
    Ok(Methods::new(session, backend, info))
}

#[cfg(feature = "webgpu")]
pub(crate) async fn backend() -> Result<Backend, Failure> {
    Backend::webgpu().await.map_err(|error| Failure::new(ghostlight_protocol::ErrorCode::NoAdapter, error))
}

#[cfg(feature = "threads")]
pub(crate) async fn backend() -> Result<Backend, Failure> {
    Ok(crate::threads::pool().map_or_else(Backend::cpu, Backend::cpu_shared))
}

#[cfg(not(any(feature = "webgpu", feature = "threads")))]
pub(crate) async fn backend() -> Result<Backend, Failure> {
    Ok(Backend::cpu())
}
