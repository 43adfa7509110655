//! The class that JavaScript sees.

use std::cell::RefCell;
use std::rc::Rc;

use ghostlight_complete::{Scheduler, Session, SessionOptions, Written};
use ghostlight_context::ModelFacts;
use ghostlight_decode::{Cancel, DecodeError, Decoder, Speculation, Tracked};
use ghostlight_gguf::Gguf;
use ghostlight_model::{Adapter, Backend, BackendKind, Model, Options, check};
use ghostlight_text::TokenId;
use ghostlight_tokenizer::Tokenizer;
use js_sys::{Function, Promise};
use serde::Serialize;
use serde::de::DeserializeOwned;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::future_to_promise;

use crate::convert;
use crate::error::Failure;
use crate::explain;
use crate::host::{self, now_ms};
use crate::library::{FromHost, LibraryHost};
use crate::protocol::{
    Alternatives, CompletionRequest, CompletionResult, CompletionUpdate, EngineInfo, EngineKind, ErrorCode,
    Feedback, GuardOptions, LoadOptions, LoadProgress, LoadStage, MeasureRequest, MeasureResult,
};
use crate::source::ModelSource;

/// Tokens of a prompt that a GPU gets at once: cancellation reaches it between two
/// of these, and the page is drawn between their submissions.
const GPU_CHUNK: usize = 128;
/// The same for a GPU that is emulated on a CPU, where 16 tokens take half a second.
const EMULATED_CHUNK: usize = 16;
/// Milliseconds within which an answer came from memory and not from the model.
const INSTANT_MS: f64 = 2.0;

/// A loaded model and its session. One request runs at a time.
#[wasm_bindgen]
pub struct Engine {
    shared: Rc<Shared>,
}

struct Shared {
    /// Taken while a request runs.
    session: RefCell<Option<Session<Model>>>,
    /// Of the running request.
    cancel: RefCell<Option<Cancel>>,
    /// Judges requests, also while one runs.
    scheduler: RefCell<Scheduler>,
    /// What prompts are to quote from once the running request is over.
    library: RefCell<Option<LibraryHost>>,
    backend: Backend,
    info: EngineInfo,
}

#[wasm_bindgen]
impl Engine {
    /// Loads a model. `options` is a `LoadOptions`, `onProgress` gets `LoadProgress`.
    ///
    /// # Errors
    ///
    /// Rejects with an `EngineError`.
    pub async fn load(
        source: ModelSource,
        options: JsValue,
        on_progress: Function,
    ) -> Result<Engine, JsValue> {
        Ok(load(source, from_js(options)?, &on_progress).await?)
    }

    /// An `EngineInfo`.
    ///
    /// # Errors
    ///
    /// Throws an `EngineError` that would be a defect.
    pub fn info(&self) -> Result<JsValue, JsValue> {
        Ok(to_js(&self.shared.info)?)
    }

    /// Answers a `CompletionRequest`; `onUpdate` gets `CompletionUpdate`s. Resolves with a `CompletionResult`.
    ///
    /// # Errors
    ///
    /// Rejects with an `EngineError`; code `cancelled` after [`Engine::cancel`].
    pub fn complete(&self, request: JsValue, on_update: Function) -> Promise {
        let shared = self.shared.clone();
        future_to_promise(async move { Ok(shared.complete(request, &on_update).await?) })
    }

    /// Decides about a `CompletionRequest` that came up now, also while another
    /// one runs: a `RequestPlan`.
    ///
    /// # Errors
    ///
    /// Throws an `EngineError` for what is not a request.
    pub fn plan(&self, request: JsValue) -> Result<JsValue, JsValue> {
        let request: CompletionRequest = from_js(request)?;
        let plan = self.shared.scheduler.borrow_mut().plan(&convert::request(&request), now_ms());
        Ok(to_js(&convert::plan(plan))?)
    }

    /// Up to `count` different suggestions for a `CompletionRequest`: an `Alternatives`.
    ///
    /// # Errors
    ///
    /// Rejects with an `EngineError`; code `cancelled` after [`Engine::cancel`].
    pub fn alternatives(&self, request: JsValue, count: usize) -> Promise {
        let shared = self.shared.clone();
        future_to_promise(async move { Ok(shared.alternatives(request, count).await?) })
    }

    /// Reads the prompt of a `CompletionRequest` into the KV cache and answers
    /// nothing. Resolves with the number of tokens that were computed.
    ///
    /// # Errors
    ///
    /// Rejects with an `EngineError`; code `cancelled` after [`Engine::cancel`].
    pub fn warm(&self, request: JsValue) -> Promise {
        let shared = self.shared.clone();
        future_to_promise(async move { Ok(shared.warm(request).await?) })
    }

    /// Computes what will be suggested once the last suggestion was accepted;
    /// the next request finds it. Resolves with the number of tokens generated.
    ///
    /// # Errors
    ///
    /// Rejects with an `EngineError`; code `cancelled` after [`Engine::cancel`].
    #[wasm_bindgen(js_name = lookAhead)]
    pub fn look_ahead(&self) -> Promise {
        let shared = self.shared.clone();
        future_to_promise(async move { Ok(shared.look_ahead().await?) })
    }

    /// Milliseconds for which a suggestion should stand before [`Engine::look_ahead`].
    #[wasm_bindgen(js_name = aheadAfter)]
    pub fn ahead_after(&self) -> f64 {
        self.shared.scheduler.borrow().ahead_after()
    }

    /// Milliseconds after the cursor was put somewhere before [`Engine::warm`].
    #[wasm_bindgen(js_name = warmAfter)]
    pub fn warm_after(&self) -> f64 {
        self.shared.scheduler.borrow().warm_after()
    }

    /// Holds the next requests to `GuardOptions` and to the fingerprint file
    /// `known`, if there is one. What runs has to be cancelled.
    ///
    /// # Errors
    ///
    /// Throws an `EngineError` for rules or fingerprints that cannot be read;
    /// from then on no file is completed.
    pub fn guard(&self, options: JsValue, known: Option<Vec<u8>>) -> Result<(), JsValue> {
        let options: GuardOptions = from_js(options)?;
        let (guard, problem) = convert::guard(&options, known);
        self.shared.scheduler.borrow_mut().set_guard(guard);
        problem.map_or(Ok(()), |problem| Err(Failure::new(ErrorCode::InvalidRequest, problem).into()))
    }

    /// Asks the host about syntax from now on: a function of a pack's name and a question as
    /// bytes that gives the answer as bytes, or null while it has none. Between requests only.
    ///
    /// # Errors
    ///
    /// Throws an `EngineError` while a request runs.
    #[wasm_bindgen(js_name = setSyntax)]
    pub fn set_syntax(&self, ask: Function) -> Result<(), JsValue> {
        match &mut *self.shared.session.borrow_mut() {
            Some(session) => session.set_syntax(crate::syntax::from_host(ask)),
            None => return Err(busy("setting the syntax").into()),
        }
        Ok(())
    }

    /// Counts a `Feedback`.
    ///
    /// # Errors
    ///
    /// Throws an `EngineError` for what is no feedback.
    pub fn feedback(&self, feedback: JsValue) -> Result<(), JsValue> {
        let feedback: Feedback = from_js(feedback)?;
        convert::count(&mut self.shared.scheduler.borrow_mut(), &feedback);
        Ok(())
    }

    /// What was counted so far: a `FeedbackFigures`.
    ///
    /// # Errors
    ///
    /// Throws an `EngineError` that would be a defect.
    pub fn figures(&self) -> Result<JsValue, JsValue> {
        Ok(to_js(&convert::figures(&mut self.shared.scheduler.borrow_mut()))?)
    }

    /// How likely a suggestion has to be before it is shown to somebody who did not ask for it.
    #[wasm_bindgen(js_name = setThreshold)]
    pub fn set_threshold(&self, threshold: f64) {
        self.shared.scheduler.borrow_mut().set_threshold(threshold as f32);
    }

    /// Prompts quote from now on what a `LibraryHost` finds, in place of the one before. While a
    /// request runs it comes into force at its end.
    #[wasm_bindgen(js_name = setLibrary)]
    pub fn set_library(&self, host: LibraryHost) {
        match &mut *self.shared.session.borrow_mut() {
            Some(session) => session.set_library(FromHost::new(host)),
            None => *self.shared.library.borrow_mut() = Some(host),
        }
    }

    /// The prompt that a `CompletionRequest` would have now: an `Explanation`.
    ///
    /// # Errors
    ///
    /// Throws an `EngineError`, also while a request runs.
    pub fn explain(&self, request: JsValue) -> Result<JsValue, JsValue> {
        let request: CompletionRequest = from_js(request)?;
        let mut session = self.shared.session.borrow_mut();
        let session = session.as_mut().ok_or_else(|| busy("explain"))?;
        let explained = session.explain(convert::request(&request), &now_ms);
        let failed = |error| Failure::complete(error, self.shared.backend.kind());
        Ok(to_js(&explain::explanation(explained.map_err(failed)?))?)
    }

    /// What may be shown of a text that another model wrote for a `CompletionRequest`, as a
    /// `CompletionResult` that finished for `length` while more of a `growing` text could be; a
    /// `truncated` one would have more, had its limit been higher.
    ///
    /// # Errors
    ///
    /// Throws an `EngineError`, also while a request runs.
    pub fn review(
        &self,
        request: JsValue,
        text: &str,
        growing: bool,
        truncated: bool,
    ) -> Result<JsValue, JsValue> {
        let request: CompletionRequest = from_js(request)?;
        let mut session = self.shared.session.borrow_mut();
        let session = session.as_mut().ok_or_else(|| busy("review"))?;
        let written = match (growing, truncated) {
            (true, _) => Written::Growing,
            (false, true) => Written::Truncated,
            (false, false) => Written::Whole,
        };
        let reviewed = session.review(&convert::request(&request), text, written);
        Ok(to_js(&convert::result(reviewed, &request.path))?)
    }

    /// Reads a prompt into an empty KV cache and decodes greedily, timed: a
    /// `MeasureRequest`. Resolves with a `MeasureResult`.
    ///
    /// # Errors
    ///
    /// Rejects with an `EngineError`; code `cancelled` after [`Engine::cancel`].
    pub fn measure(&self, request: JsValue) -> Promise {
        let shared = self.shared.clone();
        future_to_promise(async move { Ok(shared.measure(request).await?) })
    }

    /// Cancels the running request, if there is one.
    pub fn cancel(&self) {
        if let Some(cancel) = &*self.shared.cancel.borrow() {
            cancel.cancel();
        }
    }

    /// Destroys the GPU device as a crash of the GPU process would, so that a
    /// page can test how it falls back. Does nothing on the CPU.
    #[wasm_bindgen(js_name = loseDevice)]
    pub fn lose_device(&self) {
        self.shared.backend.lose();
    }
}

impl Shared {
    async fn complete(&self, request: JsValue, on_update: &Function) -> Result<JsValue, Failure> {
        let request: CompletionRequest = from_js(request)?;
        let (mut session, cancel) = self.begin("complete")?;
        let result = self.run(&mut session, &request, &cancel, on_update).await;
        self.end(session);
        to_js(&result?)
    }

    async fn measure(&self, request: JsValue) -> Result<JsValue, Failure> {
        let request: MeasureRequest = from_js(request)?;
        let (mut session, cancel) = self.begin("measure")?;
        let result = measure(session.decoder_mut(), &request, &cancel).await;
        self.end(session);
        let failed = |error: DecodeError| Failure::complete(error.into(), self.backend.kind());
        to_js(&result.map_err(failed)?)
    }

    /// Takes the session for one request, which can be cancelled from now on.
    fn begin(&self, what: &str) -> Result<(Session<Model>, Cancel), Failure> {
        let cancel = host::cancel()
            .map_err(|error| Failure::new(ErrorCode::Internal, crate::error::message(&error)))?;
        let session = self.session.borrow_mut().take().ok_or_else(|| busy(what))?;
        *self.cancel.borrow_mut() = Some(cancel.clone());
        Ok((session, cancel))
    }

    fn end(&self, mut session: Session<Model>) {
        *self.cancel.borrow_mut() = None;
        if let Some(host) = self.library.borrow_mut().take() {
            session.set_library(FromHost::new(host));
        }
        *self.session.borrow_mut() = Some(session);
    }

    async fn run(
        &self,
        session: &mut Session<Model>,
        request: &CompletionRequest,
        cancel: &Cancel,
        on_update: &Function,
    ) -> Result<CompletionResult, Failure> {
        let asked = convert::request(request);
        let start = now_ms();
        let mut is_first = true;
        let update = |text: &str| {
            if std::mem::take(&mut is_first) {
                // What was known already says nothing of the model.
                let took = now_ms() - start;
                if took > INSTANT_MS {
                    self.scheduler.borrow_mut().rhythm_mut().answered(took);
                }
            }
            // A listener that throws does not stop the generation.
            if let Ok(update) = to_js(&CompletionUpdate { text: text.to_owned() }) {
                let _ = on_update.call1(&JsValue::NULL, &update);
            }
        };
        let done = session.complete(asked, cancel, &now_ms, update).await;
        done.map(|done| convert::result(done, &request.path))
            .map_err(|error| Failure::complete(error, self.backend.kind()))
    }

    async fn alternatives(&self, request: JsValue, count: usize) -> Result<JsValue, Failure> {
        let request: CompletionRequest = from_js(request)?;
        let (mut session, cancel) = self.begin("alternatives")?;
        let found = session.alternatives(convert::request(&request), count, &cancel, &now_ms).await;
        self.end(session);
        let found = found.map_err(|error| Failure::complete(error, self.backend.kind()))?;
        to_js(&Alternatives { texts: found.into_iter().map(|completion| completion.text).collect() })
    }

    async fn warm(&self, request: JsValue) -> Result<JsValue, Failure> {
        let request: CompletionRequest = from_js(request)?;
        let (mut session, cancel) = self.begin("warm")?;
        let computed = session.warm(convert::request(&request), &cancel, &now_ms).await;
        self.end(session);
        let computed = computed.map_err(|error| Failure::complete(error, self.backend.kind()))?;
        Ok(JsValue::from_f64(computed as f64))
    }

    async fn look_ahead(&self) -> Result<JsValue, Failure> {
        let (mut session, cancel) = self.begin("look ahead")?;
        let found = session.look_ahead(&cancel, &now_ms).await;
        self.end(session);
        let found = found.map_err(|error| Failure::complete(error, self.backend.kind()))?;
        Ok(JsValue::from_f64(found.map_or(0, |completion| completion.tokens) as f64))
    }
}

async fn measure(
    decoder: &mut Tracked<Model>,
    request: &MeasureRequest,
    cancel: &Cancel,
) -> Result<MeasureResult, DecodeError> {
    let prompt: Vec<TokenId> = request.tokens.iter().copied().map(TokenId).collect();
    decoder.truncate(0);
    let start = now_ms();
    let mut next = decoder.prefill(&prompt, cancel).await?.token;
    let filled = now_ms();
    let limit = if request.limit_ms > 0.0 { filled + request.limit_ms } else { f64::INFINITY };
    let mut tokens = vec![next.0];
    let mut end = filled;
    while tokens.len() <= request.decode as usize && end < limit {
        next = decoder.step(next, cancel).await?.token;
        end = now_ms();
        tokens.push(next.0);
    }
    Ok(MeasureResult {
        prefill_ms: filled - start,
        decode_tokens: tokens.len() as u32 - 1,
        decode_ms: end - filled,
        tokens,
    })
}

async fn load(source: ModelSource, options: LoadOptions, on_progress: &Function) -> Result<Engine, Failure> {
    let start = now_ms();
    let report = |stage, done: f64, total: f64| {
        if let Ok(progress) = to_js(&LoadProgress { stage, done, total }) {
            let _ = on_progress.call1(&JsValue::NULL, &progress);
        }
    };
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
    let shared = Shared {
        scheduler: RefCell::new(session.scheduler()),
        library: RefCell::new(None),
        session: RefCell::new(Some(session)),
        cancel: RefCell::new(None),
        backend,
        info,
    };
    Ok(Engine { shared: Rc::new(shared) })
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

fn busy(what: &str) -> Failure {
    Failure::new(ErrorCode::InvalidRequest, format!("{what}: another request is running"))
}

pub(crate) fn to_js(value: &impl Serialize) -> Result<JsValue, Failure> {
    Ok(serde_wasm_bindgen::to_value(value)?)
}

fn from_js<T: DeserializeOwned>(value: JsValue) -> Result<T, Failure> {
    Ok(serde_wasm_bindgen::from_value(value)?)
}
