//! The guard of answers: its rules are loaded once an isolate, with the fingerprint file of known code.
//!
//! A file that was asked for and cannot be had is no reason to go on without it:
//! nothing is answered until it is there, and the tab's own model goes on.

use std::rc::Rc;

use ghostlight_text::Language;
use web_sys::RequestInit;

use super::{Call, js, state};
use crate::guard::{AnswerForm, Rules, StreamGuard};
use crate::stream::{StreamState, TextDelta};
use crate::{EdgeError, Millis};

/// How long the fingerprint file may take.
const FINGERPRINTS_TIMEOUT: Millis = Millis(10_000);
/// How long a try that failed counts.
const FINGERPRINTS_PAUSE: Millis = Millis(5_000);
/// How often a request looks whether another one has the file.
const POLL_INTERVAL: Millis = Millis(10);

/// What an isolate knows of its rules.
#[derive(Default)]
pub(super) enum RulesState {
    /// Nothing yet.
    #[default]
    Unread,
    /// A request reads them, since then.
    Reading(Millis),
    /// They could not be read, then.
    Failed(Millis),
    /// All; `None` if answers are held to nothing.
    Ready(Option<Rc<Rules>>),
}

/// What an answer is held to; plain data that work which outlives a request can own.
#[derive(Clone)]
pub(super) struct AnswerGuard {
    rules: Rc<Rules>,
    /// The language, and the text that the answer is to stand after; none for prose.
    code: Option<(Option<&'static Language>, String)>,
}

impl AnswerGuard {
    pub(super) fn code(rules: Rc<Rules>, language: &str, path: &str, before: &str) -> Self {
        let language = Language::from_id(language).or_else(|| Language::from_path(path));
        // As much as the guard reads of it.
        let before = &before[before.ceil_char_boundary(before.len().saturating_sub(4096))..];
        Self { rules, code: Some((language, before.to_owned())) }
    }

    pub(super) fn prose(rules: Rc<Rules>) -> Self {
        Self { rules, code: None }
    }

    pub(super) fn stream_guard(&self) -> StreamGuard<'_> {
        let form = self
            .code
            .as_ref()
            .map_or(AnswerForm::Prose, |(language, before)| AnswerForm::Code(*language, before));
        StreamGuard::new(&self.rules, form)
    }

    /// Reads a whole answer.
    ///
    /// # Errors
    /// With the rule that it breaks.
    pub(super) fn check(&self, deltas: &[TextDelta], seen: &StreamState) -> Result<(), EdgeError> {
        let mut watch = self.stream_guard();
        let outcome = watch.push(deltas, seen).and_then(|()| watch.finish());
        outcome.map_err(|cut| {
            count(cut.rule);
            EdgeError::Guarded(cut.rule)
        })
    }
}

/// Counts an answer that was cut.
pub(super) fn count(rule: &'static str) {
    state::with(|isolate| isolate.metrics.add("ghostlight_guard_cuts_total", &[("rule", rule)], 1));
}

/// What a request finds.
enum Turn {
    Done(Option<Rc<Rules>>),
    Failed,
    Wait,
    Read,
}

/// The rules of the configuration that a request began with.
pub(super) async fn rules(call: &Call) -> Result<Option<Rc<Rules>>, EdgeError> {
    let rules_state = &call.runtime.rules_state;
    let until = js::now().plus(FINGERPRINTS_TIMEOUT);
    loop {
        let now = js::now();
        let turn = match &*rules_state.borrow() {
            RulesState::Ready(rules) => Turn::Done(rules.clone()),
            RulesState::Failed(at) if now.since(*at) < FINGERPRINTS_PAUSE => Turn::Failed,
            // Whoever reads them may have been ended by the runtime.
            RulesState::Reading(since) if now.since(*since) < FINGERPRINTS_TIMEOUT => Turn::Wait,
            _ => Turn::Read,
        };
        match turn {
            Turn::Done(rules) => return Ok(rules),
            Turn::Wait if now < until => {
                call.disconnect.unless(js::sleep(POLL_INTERVAL)).await.ok_or(EdgeError::Cancelled)?;
            }
            Turn::Wait | Turn::Failed => return Err(EdgeError::Store("fingerprints")),
            Turn::Read => break,
        }
    }
    rules_state.replace(RulesState::Reading(js::now()));
    let read = js::within(FINGERPRINTS_TIMEOUT, read(call)).await.unwrap_or(Err("it did not come in time"));
    match read {
        Ok(rules) => {
            rules_state.replace(RulesState::Ready(rules.clone()));
            Ok(rules)
        }
        Err(what) => {
            rules_state.replace(RulesState::Failed(js::now()));
            js::log_error(&format!("the fingerprint file cannot be used, so nothing is answered: {what}"));
            let store = [("store", "fingerprints")];
            state::with(|isolate| isolate.metrics.add("ghostlight_store_errors_total", &store, 1));
            Err(EdgeError::Store("fingerprints"))
        }
    }
}

async fn read(call: &Call) -> Result<Option<Rc<Rules>>, &'static str> {
    let options = &call.runtime.config.guard;
    let file = match &options.fingerprints {
        None => None,
        Some(name) => Some(fetch(call, name, options.fingerprint_bytes).await?),
    };
    let rules = Rules::new(options, file).map_err(|_| "it is no fingerprint file of this version")?;
    Ok(rules.map(Rc::new))
}

/// The file, from R2 or, without a bucket, from static assets.
async fn fetch(call: &Call, name: &str, limit: usize) -> Result<Vec<u8>, &'static str> {
    let (failed, missing) = ("its store does not answer", "it is not there");
    let body = match call.env.bucket("GHOSTLIGHT_MODELS") {
        Ok(bucket) => {
            let object = bucket.get(name).execute().await.map_err(|_| failed)?.ok_or(missing)?;
            let body = object.body().ok_or(missing)?.response_body().map_err(|_| failed)?;
            let worker::ResponseBody::Stream(stream) = body else { return Err(failed) };
            stream
        }
        Err(_) => {
            let assets =
                call.env.assets("GHOSTLIGHT_ASSETS").map_err(|_| "neither a bucket nor assets are bound")?;
            let request = web_sys::Request::new_with_str_and_init(
                &format!("https://assets/{name}"),
                &RequestInit::new(),
            );
            let request = worker::Request::from(request.map_err(|_| missing)?);
            let response: web_sys::Response = assets.fetch_request(request).await.map_err(|_| failed)?.into();
            if response.status() != 200 {
                return Err(missing);
            }
            response.body().ok_or(missing)?
        }
    };
    let reader = js::Reader::new(&body).map_err(|()| failed)?;
    reader.all(limit).await.map_err(|()| failed)?.ok_or("it is longer than `guard.fingerprint_bytes`")
}
