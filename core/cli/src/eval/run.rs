//! Cases through the model, on all cores.

use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::thread;
use std::time::Instant;

use anyhow::{Context, Result, bail};
use ghostlight_complete::{
    Clock, CompleteError, Completion, FileChange, GuardOptions, Request, Session, SessionOptions, Source,
    Workspace,
};
use ghostlight_context::TokenBudget;
use ghostlight_decode::Cancel;
use ghostlight_eval::{Case, Outcome, lines_end};
use ghostlight_loader::Loaded;
use ghostlight_model::Model;
use ghostlight_models::{Progress, Terminal};

use super::EvalOptions;
use super::part::Part;
use crate::args::{Engine, EngineOptions};
use crate::engine::File;
use crate::{embedder, syntax, terminal};

/// Runs all cases; `None` when it was interrupted.
pub(super) fn run(cases: &[Case], options: &EvalOptions) -> Result<Option<Vec<Outcome>>> {
    let cores = options.engine.threads.or_else(|| thread::available_parallelism().ok());
    let workers = match options.engine.engine {
        Engine::Cpu => cores.map_or(1, NonZeroUsize::get).min(cases.len()).max(1),
        Engine::Webgpu => 1,
    };
    let interrupt = terminal::cancel_on_interrupt()?.handle();
    let next = AtomicUsize::new(0);
    let (send, receive) = mpsc::channel();
    // It takes minutes: where no terminal is, a line for every tenth.
    let mut progress = Terminal::counting();
    progress.begin("evaluating", cases.len() as u64);
    let outcome = thread::scope(|scope| -> Result<Option<Vec<Outcome>>> {
        for _ in 0..workers {
            let send = send.clone();
            let (next, interrupt) = (&next, &interrupt);
            let work = move || {
                let take = || {
                    let at = next.fetch_add(1, Ordering::Relaxed);
                    cases.get(at).filter(|_| !interrupt.is_cancelled())
                };
                if let Err(error) = pollster::block_on(work(take, options, &send)) {
                    // The receiver has gone when another worker failed first.
                    let _ = send.send(Err(error));
                }
            };
            thread::Builder::new().name("eval".to_owned()).spawn_scoped(scope, work)?;
        }
        drop(send);
        let mut outcomes = Vec::with_capacity(cases.len());
        for found in receive {
            match found {
                Ok(outcome) => outcomes.push(outcome),
                Err(error) => {
                    // The others stop after their case.
                    next.store(cases.len(), Ordering::Relaxed);
                    return Err(error);
                }
            }
            progress.at(outcomes.len() as u64);
        }
        Ok((!interrupt.is_cancelled()).then_some(outcomes))
    });
    progress.end();
    let Some(mut outcomes) = outcome? else { return Ok(None) };
    if outcomes.len() != cases.len() {
        bail!("evaluate: {} of {} cases were answered", outcomes.len(), cases.len());
    }
    // In the suite's order, whoever was faster.
    let place: std::collections::HashMap<&str, usize> =
        cases.iter().enumerate().map(|(at, case)| (case.id.as_str(), at)).collect();
    outcomes.sort_by_key(|outcome: &Outcome| place.get(outcome.id.as_str()).copied());
    Ok(Some(outcomes))
}

/// What answers a case: a session, and the trees that it was given.
struct Answerer {
    session: Session<Model>,
    #[cfg(feature = "grammars")]
    trees: Option<super::trees::Trees>,
}

async fn work<'a>(
    take: impl Fn() -> Option<&'a Case>,
    options: &EvalOptions,
    send: &mpsc::Sender<Result<Outcome>>,
) -> Result<()> {
    let workspace = Workspace::default();
    workspace.set_syntax(syntax::reader());
    if options.embeddings {
        workspace.set_embedder(embedder::load()?);
    }
    let mut answerer = answerer(options, &workspace).await?;
    let (cancel, start) = (Cancel::new(), Instant::now());
    let clock = || start.elapsed().as_secs_f64() * 1e3;
    while let Some(case) = take() {
        let Case { path, prefix, suffix, .. } = case;
        // What goes along with a case is the rest of its project; the bare model gets the file alone.
        workspace.clear();
        for file in case.context.iter().filter(|_| !options.raw && !options.lacks(Part::Workspace)) {
            let (path, text) = (file.path.clone(), Some(file.text.clone()));
            workspace.change(FileChange { path, text, ..FileChange::default() });
        }
        while workspace.step() > 0 {}
        while workspace.embed_step()? > 0 {}
        #[cfg(feature = "grammars")]
        if let Some(trees) = &answerer.trees {
            trees.forget(path);
        }
        // An editor has read the project before somebody types.
        let begun = clock();
        let request = Request { source: Source { path, prefix, suffix }, ..Request::default() };
        let session = &mut answerer.session;
        let answered = match options.raw {
            true => raw(session, request, case, &cancel, &clock).await,
            false => session.complete(request, &cancel, &clock, |_| ()).await,
        };
        let Completion { text, prompt_tokens, tokens, skip, .. } = match answered {
            Err(CompleteError::Cancelled(_)) => return Ok(()),
            answered => answered.with_context(|| format!("evaluate {}", case.id))?,
        };
        if options.raw && skip.is_some() {
            bail!("evaluate {}: the prompt is empty", case.id);
        }
        let ms = ((clock() - begun) * 1e3).round() / 1e3;
        let id = case.id.clone();
        let outcome = Outcome { id, text, prompt_tokens, tokens, ms, parses: None, passes: None };
        if send.send(Ok(outcome)).is_err() {
            return Ok(());
        }
    }
    Ok(())
}

/// The bare model's answer. A model alone does not know when a hole is full, so it is told: the text ends
/// where it has as many lines as the hole. That flatters it against what an editor shows, and is how
/// infilling suites are scored elsewhere.
async fn raw(
    session: &mut Session<Model>,
    request: Request<'_>,
    case: &Case,
    cancel: &Cancel,
    clock: &impl Clock,
) -> Result<Completion, CompleteError> {
    let lines = case.truth.trim().split('\n').count();
    let mut completion = session.raw(request, cancel, clock, |text| lines_end(text, lines).is_some()).await?;
    if let Some(end) = lines_end(&completion.text, lines) {
        completion.text.truncate(end);
    }
    Ok(completion)
}

/// A model of this thread's own, on one kernel thread.
async fn answerer(options: &EvalOptions, workspace: &Workspace) -> Result<Answerer> {
    let engine = EngineOptions {
        model: options.engine.model.clone(),
        threads: Some(NonZeroUsize::MIN),
        ..options.engine
    };
    let file = File::open(&engine).await?;
    let max_tokens = options.max_tokens as usize;
    let mut session_options = SessionOptions { remembered: 0, ..file.session_options(&engine, max_tokens)? };
    session_options.order = options.order.map(Into::into);
    if options.lacks(Part::Threshold) {
        session_options.threshold = 0.0;
    }
    for part in &options.without {
        if let Part::Session(part) = part {
            session_options.ablation = session_options.ablation.and(*part);
        }
    }
    if let Some(budget) = options.budget {
        session_options.budget = TokenBudget(budget as usize);
    }
    let context = file.context(&engine, session_options.budget.0.saturating_add(max_tokens));
    let Loaded { model, tokenizer, info } = file.load_quietly(&engine, context).await?;
    let mut session = Session::new(model, tokenizer, info.facts(), session_options)
        .context("make room for a prompt: use a larger --context")?;
    session.set_provider(workspace.clone());
    if options.lacks(Part::Guard) {
        session.set_guard(GuardOptions { secrets: false, risky: None, ..GuardOptions::default() });
    }
    #[cfg(feature = "grammars")]
    let answerer = {
        let trees = (!options.lacks(Part::Trees)).then(super::trees::Trees::new);
        if let Some(trees) = &trees {
            session.set_syntax(trees.clone());
        }
        Answerer { session, trees }
    };
    #[cfg(not(feature = "grammars"))]
    let answerer = Answerer { session };
    Ok(answerer)
}
