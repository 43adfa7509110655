//! `ghostlight complete`: one request of an editor, from a file on disk.

use std::process::ExitCode;
use std::time::Instant;

use anyhow::{Context, Result};
use ghostlight_complete::{
    CompleteError, Completion, FinishReason, Request, Session, Skip, Source, Workspace,
};
use ghostlight_loader::Loaded;
use serde::Serialize;

use crate::args::CompleteOptions;
use crate::engine::File;
use crate::syntax;
use crate::terminal::{self, INTERRUPTED, note};
use crate::workspace::Project;

pub(crate) async fn main(options: &CompleteOptions) -> Result<ExitCode> {
    let bytes = terminal::read_file(&options.place.file)?;
    let text = String::from_utf8_lossy(&bytes);
    let (prefix, suffix) = options.place.split(&text)?;
    let project = Project::of(&options.place, &options.workspace)?;
    let path =
        project.as_ref().map_or_else(|| options.place.path_in_project(), |project| project.path.clone());

    let file = File::open(&options.engine).await?;
    let max_tokens = options.max_tokens as usize;
    let session_options = file.session_options(&options.engine, max_tokens)?;
    let context = file.context(&options.engine, session_options.budget.0.saturating_add(max_tokens));
    let cancel = terminal::cancel_on_interrupt()?;
    let Loaded { model, tokenizer, info } = file.load(&options.engine, context, &cancel).await?;
    let no_room = || {
        format!(
            "complete with a context of {context} tokens and up to {max_tokens} new ones: use a larger --context or a smaller --max-tokens"
        )
    };
    let mut session = Session::new(model, tokenizer, info.facts(), session_options).with_context(no_room)?;

    session.set_syntax(syntax::reader());
    // Nothing is read that no prompt would quote.
    if let Some(project) = project.filter(|_| session.template().quotes > 0) {
        let workspace = Workspace::default();
        project.index(&workspace);
        if options.workspace.embeddings {
            project.embed(&workspace)?;
        }
        session.set_provider(workspace);
    }

    let start = Instant::now();
    let clock = || start.elapsed().as_secs_f64() * 1e3;
    let request =
        Request { source: Source { path: &path, prefix, suffix }, max_tokens, ..Request::default() };
    let completion = match session.complete(request, &cancel, &clock, |_| ()).await {
        Ok(completion) => completion,
        Err(CompleteError::Cancelled(_)) => return Ok(ExitCode::from(INTERRUPTED)),
        Err(error) => return Err(error.into()),
    };

    if options.json {
        terminal::json(&CompleteReport::from(&completion))?;
    } else if !completion.text.is_empty() {
        terminal::text(&format!("{}\n", completion.text))?;
    } else if terminal::is_watched() {
        note(&match (completion.skip, completion.cut) {
            (Some(Skip::Private), _) => "not completed: rules keep this file out of any prompt".to_owned(),
            (Some(_), _) => "nothing to complete here: the text is empty or binary".to_owned(),
            (_, Some(cut)) => format!("the suggestion was withheld by the rule {}", cut.rule),
            _ => "no suggestion worth showing here".to_owned(),
        });
    }
    Ok(ExitCode::SUCCESS)
}

/// What `--json` prints: the fields of the engine's answer in a browser.
#[derive(Serialize)]
struct CompleteReport<'a> {
    text: &'a str,
    finish: &'static str,
    rule: Option<&'static str>,
    prompt_tokens: usize,
    reused_tokens: usize,
    tokens: usize,
    drafted: usize,
    accepted: usize,
    prefill_ms: f64,
    decode_ms: f64,
    confidence: f32,
    likelihood: f32,
}

impl<'a> From<&'a Completion> for CompleteReport<'a> {
    fn from(completion: &'a Completion) -> Self {
        Self {
            text: &completion.text,
            finish: match completion.finish {
                FinishReason::Stop => "stop",
                FinishReason::Length => "length",
                FinishReason::Reused => "reused",
                FinishReason::Skipped => "skipped",
                FinishReason::Guarded => "guarded",
                FinishReason::Unlikely => "unlikely",
            },
            rule: completion.cut.map(|cut| cut.rule),
            prompt_tokens: completion.prompt_tokens,
            reused_tokens: completion.reused_tokens,
            tokens: completion.tokens,
            drafted: completion.drafted,
            accepted: completion.accepted,
            prefill_ms: round(completion.prefill_ms),
            decode_ms: round(completion.decode_ms),
            confidence: completion.confidence,
            likelihood: completion.likelihood,
        }
    }
}

/// Milliseconds to the microsecond: the digits beyond are noise.
fn round(ms: f64) -> f64 {
    (ms * 1e3).round() / 1e3
}
