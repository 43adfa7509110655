//! The class that JavaScript sees: what each method of the protocol does.
//!
//! The class itself is made from the table in `web/protocol/src/methods.rs`. A method here has
//! the name, the parameters and the answer of its row.

use std::cell::{RefCell, RefMut};
use std::rc::Rc;

use ghostlight_complete::{CompleteError, Scheduler, Session};
use ghostlight_decode::Cancel;
use ghostlight_loader::{Measured, measure};
use ghostlight_model::{Backend, Model};
use ghostlight_protocol::{
    Alternatives, AskSyntax, CompletionRequest, CompletionResult, CompletionUpdate, EngineInfo, ErrorCode,
    Explanation, Feedback, FeedbackFigures, FromJs, GuardSettings, LibraryHost, Listener, MeasureRequest,
    MeasureResult, RequestPlan, Written,
};
use ghostlight_text::TokenId;
use js_sys::Function;
use wasm_bindgen::prelude::*;

use crate::convert;
use crate::error::Failure;
use crate::explain;
use crate::host::{self, now_ms};
use crate::library::FromHost;
use crate::load::load;
use crate::source::ModelSource;

/// A loaded model and its session. One request runs at a time.
#[wasm_bindgen]
pub struct Engine {
    methods: Rc<Methods>,
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
        let options = FromJs::from_js(options)?;
        let methods = load(source, options, &Listener::from(on_progress)).await?;
        Ok(Engine { methods: Rc::new(methods) })
    }
}

ghostlight_protocol::engine_methods!(ghostlight_protocol::export_class, Engine);

/// What a loaded engine consists of.
pub(crate) struct Methods {
    /// Taken while a request runs.
    session: RefCell<Option<Session<Model>>>,
    /// Of the running request.
    cancel: RefCell<Option<Cancel>>,
    /// Judges requests, also while one runs.
    scheduler: RefCell<Scheduler>,
    /// The request that was judged last.
    planned: RefCell<Rc<CompletionRequest>>,
    /// What prompts are to quote from once the running request is over.
    library: RefCell<Option<LibraryHost>>,
    backend: Backend,
    info: EngineInfo,
}

impl Methods {
    pub(crate) fn new(session: Session<Model>, backend: Backend, info: EngineInfo) -> Self {
        Self {
            scheduler: RefCell::new(session.scheduler()),
            session: RefCell::new(Some(session)),
            cancel: RefCell::new(None),
            planned: RefCell::default(),
            library: RefCell::new(None),
            backend,
            info,
        }
    }

    fn info(&self) -> Result<EngineInfo, Failure> {
        Ok(self.info.clone())
    }

    fn plan(&self, request: CompletionRequest) -> Result<RequestPlan, Failure> {
        let plan = self.scheduler.borrow_mut().plan(&convert::request(&request), now_ms());
        self.planned.replace(Rc::new(request));
        Ok(convert::plan(plan))
    }

    async fn complete(&self, on_update: Listener<CompletionUpdate>) -> Result<CompletionResult, Failure> {
        let request = self.planned.borrow().clone();
        let asked = convert::request(&request);
        let start = now_ms();
        let mut is_first = true;
        let update = |text: &str| {
            if std::mem::take(&mut is_first) {
                self.scheduler.borrow_mut().typing_model_mut().answered(now_ms() - start);
            }
            on_update.tell(&CompletionUpdate { text: text.to_owned() });
        };
        let (mut session, cancel) = self.begin("complete")?;
        let done = session.complete_planned(asked, &cancel, &now_ms, update).await;
        let done = self.end(session, done)?;
        Ok(convert::result(done, &request.path))
    }

    async fn alternatives(&self, request: CompletionRequest, count: u32) -> Result<Alternatives, Failure> {
        let (mut session, cancel) = self.begin("alternatives")?;
        let asked = convert::request(&request);
        let found = session.alternatives(asked, count as usize, &cancel, &now_ms).await;
        let found = self.end(session, found)?;
        Ok(Alternatives { texts: found.into_iter().map(|completion| completion.text).collect() })
    }

    async fn warm_planned(&self) -> Result<u32, Failure> {
        let request = self.planned.borrow().clone();
        self.read_prompt(&request).await
    }

    async fn warm(&self, request: CompletionRequest) -> Result<u32, Failure> {
        self.read_prompt(&request).await
    }

    async fn read_prompt(&self, request: &CompletionRequest) -> Result<u32, Failure> {
        let (mut session, cancel) = self.begin("warm")?;
        let computed = session.prefill(convert::request(request), &cancel, &now_ms).await;
        Ok(self.end(session, computed)? as u32)
    }

    async fn look_ahead(&self) -> Result<u32, Failure> {
        let (mut session, cancel) = self.begin("look ahead")?;
        let found = session.look_ahead(&cancel, &now_ms).await;
        Ok(self.end(session, found)?.map_or(0, |completion| completion.tokens) as u32)
    }

    fn ahead_after(&self) -> Result<f64, Failure> {
        Ok(self.scheduler.borrow().ahead_after())
    }

    fn warm_after(&self) -> Result<f64, Failure> {
        Ok(self.scheduler.borrow().prefill_after())
    }

    fn renew_after(&self) -> Result<f64, Failure> {
        Ok(self.scheduler.borrow().renew_after())
    }

    fn guard(&self, settings: GuardSettings) -> Result<(), Failure> {
        let known = settings.known.map(|bytes| bytes.0);
        let (guard, problem) = convert::guard(&settings.options, known);
        self.scheduler.borrow_mut().set_guard(guard);
        problem.map_or(Ok(()), |problem| Err(Failure::new(ErrorCode::InvalidRequest, problem)))
    }

    fn set_syntax(&self, ask: AskSyntax) -> Result<(), Failure> {
        self.idle("setting the syntax")?.set_syntax(crate::syntax::from_host(ask));
        Ok(())
    }

    fn set_library(&self, library: LibraryHost) -> Result<(), Failure> {
        match &mut *self.session.borrow_mut() {
            Some(session) => session.set_provider(FromHost::new(library)),
            None => *self.library.borrow_mut() = Some(library),
        }
        Ok(())
    }

    fn feedback(&self, feedback: Feedback) -> Result<(), Failure> {
        convert::count(&mut self.scheduler.borrow_mut(), &feedback);
        Ok(())
    }

    fn figures(&self) -> Result<FeedbackFigures, Failure> {
        Ok(convert::figures(&mut self.scheduler.borrow_mut()))
    }

    fn set_threshold(&self, threshold: f64) -> Result<(), Failure> {
        self.scheduler.borrow_mut().set_threshold(threshold as f32);
        Ok(())
    }

    fn explain(&self, request: CompletionRequest) -> Result<Explanation, Failure> {
        let explained = self.idle("explain")?.explain(convert::request(&request), &now_ms);
        let explained = explained.map_err(|error| Failure::complete(error, self.backend.kind()))?;
        Ok(explain::explanation(explained))
    }

    fn review(
        &self,
        request: CompletionRequest,
        text: String,
        written: Written,
    ) -> Result<CompletionResult, Failure> {
        let asked = convert::request(&request);
        let reviewed = self.idle("review")?.review(&asked, &text, convert::written(written));
        Ok(convert::result(reviewed, &request.path))
    }

    fn count_tokens(&self, text: String) -> Result<u32, Failure> {
        Ok(self.idle("count tokens")?.count_tokens(&text) as u32)
    }

    async fn measure(&self, request: MeasureRequest) -> Result<MeasureResult, Failure> {
        let (mut session, cancel) = self.begin("measure")?;
        let MeasureRequest { tokens, decode, limit_ms } = request;
        let prompt: Vec<TokenId> = tokens.into_iter().map(TokenId).collect();
        let limit = (limit_ms > 0.0).then_some(limit_ms);
        let decoder = session.decoder_mut();
        let measured = measure(decoder, &prompt, decode as usize, limit, &now_ms, &cancel).await;
        let Measured { tokens, prefill_ms, decode_ms } =
            self.end(session, measured.map_err(CompleteError::from))?;
        let tokens: Vec<u32> = tokens.into_iter().map(|token| token.0).collect();
        Ok(MeasureResult { prefill_ms, decode_tokens: tokens.len() as u32 - 1, decode_ms, tokens })
    }

    fn cancel(&self) -> Result<(), Failure> {
        if let Some(cancel) = &*self.cancel.borrow() {
            cancel.cancel();
        }
        Ok(())
    }

    fn lose_device(&self) -> Result<(), Failure> {
        self.backend.lose();
        Ok(())
    }

    /// The session, between requests.
    fn idle(&self, what: &str) -> Result<RefMut<'_, Session<Model>>, Failure> {
        RefMut::filter_map(self.session.borrow_mut(), Option::as_mut).map_err(|_| busy(what))
    }

    /// Takes the session for one request, which can be cancelled from now on.
    fn begin(&self, what: &str) -> Result<(Session<Model>, Cancel), Failure> {
        let cancel = host::cancel()
            .map_err(|error| Failure::new(ErrorCode::Internal, crate::error::message(&error)))?;
        let session = self.session.borrow_mut().take().ok_or_else(|| busy(what))?;
        *self.cancel.borrow_mut() = Some(cancel.clone());
        Ok((session, cancel))
    }

    /// Gives the session back; what the request came to.
    fn end<T>(&self, mut session: Session<Model>, result: Result<T, CompleteError>) -> Result<T, Failure> {
        *self.cancel.borrow_mut() = None;
        if let Some(host) = self.library.borrow_mut().take() {
            session.set_provider(FromHost::new(host));
        }
        *self.session.borrow_mut() = Some(session);
        result.map_err(|error| Failure::complete(error, self.backend.kind()))
    }
}

fn busy(what: &str) -> Failure {
    Failure::new(ErrorCode::InvalidRequest, format!("{what}: another request is running"))
}
