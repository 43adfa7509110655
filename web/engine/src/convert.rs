//! Between the types of `protocol` and those of the core crates. Nothing is decided here.

use ghostlight_complete::feedback::{AGES_S, Length, Outcome, Stratum};
use ghostlight_complete::{
    Calibration, Completion, Event, FinishReason, GuardOptions, Plan, Request, Scheduler, SessionOptions,
    Skip, Source, Written,
};
use ghostlight_guard::{Fingerprints, PrivacyMode, PrivacyRules, Reach, Severity};
use ghostlight_protocol as protocol;
use ghostlight_text::Language;

pub(crate) fn request(from: &protocol::CompletionRequest) -> Request<'_> {
    Request {
        source: Source { path: &from.path, prefix: &from.prefix, suffix: &from.suffix },
        max_tokens: from.max_tokens as usize,
        event: match from.event {
            protocol::RequestEvent::Asked => Event::Asked,
            protocol::RequestEvent::Typed => Event::Typed,
            protocol::RequestEvent::Accepted => Event::Accepted,
            protocol::RequestEvent::Deleted => Event::Deleted,
        },
        is_selection: from.selection,
        is_read_only: from.read_only,
    }
}

/// How a session works with a model of this likelihood.
pub(crate) fn session_options(likelihood: Option<protocol::ModelLikelihood>) -> SessionOptions {
    let options = SessionOptions::default();
    let Some(protocol::ModelLikelihood { at_certain, slope, threshold }) = likelihood else { return options };
    SessionOptions { calibration: Calibration { at_certain, slope }, threshold, ..options }
}

pub(crate) fn plan(from: Plan) -> protocol::RequestPlan {
    use protocol::PlanAction;
    let (action, delay_ms, typed, why) = match from {
        Plan::Skip(why) => (PlanAction::Skip, 0.0, String::new(), Some(skip(why))),
        Plan::Now => (PlanAction::Now, 0.0, String::new(), None),
        Plan::Keep { typed } => (PlanAction::Keep, 0.0, typed, None),
        Plan::After { ms } => (PlanAction::After, ms, String::new(), None),
    };
    protocol::RequestPlan { action, delay_ms, typed, skip: why }
}

pub(crate) fn written(from: protocol::Written) -> Written {
    match from {
        protocol::Written::Growing => Written::Growing,
        protocol::Written::Truncated => Written::Truncated,
        protocol::Written::Whole => Written::Whole,
    }
}

pub(crate) fn result(from: Completion, path: &str) -> protocol::CompletionResult {
    use protocol::FinishReason as To;
    protocol::CompletionResult {
        finish: match from.finish {
            FinishReason::Stop => To::Stop,
            FinishReason::Length => To::Length,
            FinishReason::Reused => To::Reused,
            FinishReason::Skipped => To::Skipped,
            FinishReason::Guarded => To::Guarded,
            FinishReason::Unlikely => To::Unlikely,
        },
        skip: from.skip.map(skip),
        rule: from.cut.map(|cut| cut.rule.to_owned()),
        prompt_tokens: from.prompt_tokens as u32,
        reused_tokens: from.reused_tokens as u32,
        tokens: from.tokens as u32,
        drafted: from.drafted as u32,
        accepted: from.accepted as u32,
        prefill_ms: from.prefill_ms,
        decode_ms: from.decode_ms,
        confidence: f64::from(from.confidence),
        likelihood: f64::from(from.likelihood),
        language: Language::from_path(path).map_or("", |language| language.id).to_owned(),
        length: length(Length::of(&from.text)),
        text: from.text,
    }
}

/// What was asked for, and what of it could not be read: then no file is completed.
pub(crate) fn guard(from: &protocol::GuardOptions, known: Option<Vec<u8>>) -> (GuardOptions, Option<String>) {
    let mut problem = None;
    let rules = PrivacyRules::parse(&from.rules).unwrap_or_else(|error| {
        problem = Some(error.to_string());
        PrivacyRules::closed()
    });
    let mut layers = vec![PrivacyRules::builtin(), rules];
    let known = known.and_then(|bytes| {
        let parsed = Fingerprints::parse(bytes);
        parsed.map_err(|error| problem = Some(error.to_string())).ok()
    });
    if problem.is_some() {
        layers.push(PrivacyRules::closed());
    }
    let options = GuardOptions {
        secrets: from.secrets,
        risky: match from.risky {
            protocol::RiskyPatterns::Off => None,
            protocol::RiskyPatterns::High => Some(Severity::High),
            protocol::RiskyPatterns::Medium => Some(Severity::Medium),
        },
        known,
        mode: match from.privacy {
            protocol::PrivacyMode::TabOnly => PrivacyMode::TabOnly,
            protocol::PrivacyMode::OwnEdge => PrivacyMode::OwnEdge,
            protocol::PrivacyMode::Backend => PrivacyMode::Backend,
        },
        rules: layers,
        repository: Some(from.repository.clone()).filter(|name| !name.is_empty()),
    };
    (options, problem)
}

pub(crate) fn reach(from: Reach) -> protocol::Reach {
    match from {
        Reach::Nowhere => protocol::Reach::Nowhere,
        Reach::Tab => protocol::Reach::Tab,
        Reach::OwnEdge => protocol::Reach::Edge,
        Reach::Backend => protocol::Reach::Backend,
    }
}

pub(crate) fn count(scheduler: &mut Scheduler, from: &protocol::Feedback) {
    use protocol::{SuggestionFate, SuggestionLength};
    for outcome in &from.outcomes {
        let length = match outcome.length {
            SuggestionLength::Word => Length::Word,
            SuggestionLength::Line => Length::Line,
            SuggestionLength::Lines => Length::Lines,
        };
        let fate = match outcome.fate {
            SuggestionFate::Accepted => Outcome::Accepted,
            SuggestionFate::Partly => Outcome::Partly,
            SuggestionFate::Dismissed => Outcome::Dismissed,
            SuggestionFate::TypedOver => Outcome::TypedOver,
            SuggestionFate::Left => Outcome::Left,
        };
        let stratum = Stratum::new(&outcome.language, length, outcome.confidence as f32);
        scheduler.judge(stratum, fate, from.fresh);
    }
    for kept in &from.kept {
        if let Some(age) = AGES_S.iter().position(|&age| age == kept.after_s) {
            scheduler.looked(age, kept.share);
        }
    }
}

pub(crate) fn figures(scheduler: &mut Scheduler) -> protocol::FeedbackFigures {
    let history = scheduler.history();
    let kinds = history.strata().map(|(stratum, count)| protocol::KindFigures {
        language: stratum.language.clone(),
        length: length(stratum.length),
        fifth: stratum.bucket,
        shown: count.shown,
        accepted: count.accepted,
        rate: history.rate(stratum),
    });
    let kept = AGES_S.into_iter().zip(history.kept()).map(|(after_s, kept)| protocol::KeptFigures {
        after_s,
        seen: kept.seen,
        share: if kept.seen == 0 { 0.0 } else { kept.share / f64::from(kept.seen) },
    });
    let work = scheduler.work();
    protocol::FeedbackFigures {
        work: protocol::WorkFigures {
            requests: work.requests as f64,
            answered: work.answered as f64,
            prompt_tokens: work.prompt_tokens as f64,
            read_tokens: work.read_tokens as f64,
            generated_tokens: work.generated_tokens as f64,
            ahead_tokens: work.ahead_tokens as f64,
        },
        kinds: kinds.collect(),
        kept: kept.collect(),
        threshold: f64::from(scheduler.threshold()),
        gap_ms: scheduler.typing_model_mut().gap(),
        latency_ms: scheduler.typing_model_mut().latency(),
    }
}

fn length(from: Length) -> protocol::SuggestionLength {
    match from {
        Length::Word => protocol::SuggestionLength::Word,
        Length::Line => protocol::SuggestionLength::Line,
        Length::Lines => protocol::SuggestionLength::Lines,
    }
}

pub(crate) fn skip(from: Skip) -> protocol::SkipReason {
    use protocol::SkipReason as To;
    match from {
        Skip::Binary => To::Binary,
        Skip::Empty => To::Empty,
        Skip::Private => To::Private,
        Skip::ReadOnly => To::ReadOnly,
        Skip::Selection => To::Selection,
        Skip::MidWord => To::MidWord,
        Skip::MidLine => To::MidLine,
        Skip::AfterClosing => To::AfterClosing,
        Skip::NotTyped => To::NotTyped,
    }
}
