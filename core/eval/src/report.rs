//! From outcomes to figures with intervals, for all cases, each kind and each language.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::accept::{Acceptance, accept};
use crate::measure::{bleu4, edit_similarity, exact_match, first_line_match, normalized, prefix_chars};
use crate::{Case, Kind, Random};

/// Draws of the bootstrap.
const DRAWS: usize = 1000;

/// What a configuration gave for one case.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Outcome {
    /// The case.
    pub id: String,
    /// The suggestion.
    pub text: String,
    /// Tokens of the prompt.
    #[serde(default)]
    pub prompt_tokens: usize,
    /// Tokens generated.
    #[serde(default)]
    pub tokens: usize,
    /// Milliseconds from the request to the end of the suggestion.
    #[serde(default)]
    pub ms: f64,
    /// Whether the file has no more syntax errors with the suggestion than with
    /// what stood in the hole; `None` where nothing was suggested or nobody looked.
    #[serde(default)]
    pub parses: Option<bool>,
    /// Whether its test passes; `None` where there is none or it was not run.
    #[serde(default)]
    pub passes: Option<bool>,
}

/// What a suggestion is worth.
#[derive(Debug, Clone, PartialEq)]
pub struct Score {
    /// The case.
    pub id: String,
    /// Its language.
    pub language: String,
    /// Its kind.
    pub kind: Kind,
    /// Whether what the hole asks for is right ([`Case::asked`]).
    pub exact: bool,
    /// Whether all of the suggestion is the text of the hole.
    pub whole_exact: bool,
    /// Edit similarity of what the hole asks for.
    pub edit: f64,
    /// Edit similarity of all of the suggestion.
    pub whole_edit: f64,
    /// BLEU-4 of what the hole asks for.
    pub bleu: f64,
    /// Whether its first line is right.
    pub first_line: bool,
    /// Characters at its start that are right, in parts of the hole's.
    pub prefix: f64,
    /// What a simulated typist makes of all of it.
    pub acceptance: Acceptance,
    /// As in the outcome.
    pub parses: Option<bool>,
    /// As in the outcome.
    pub passes: Option<bool>,
    /// As in the outcome.
    pub ms: f64,
    /// As in the outcome.
    pub tokens: usize,
}

/// Compares an outcome with the text of its case.
///
/// ```
/// # use ghostlight_eval::{read_outcomes, read_suite, score};
/// let suite = read_suite(br#"{"id":"a","kind":"other","prefix":"x = ","suffix":"","truth":"1"}"#)?;
/// let outcomes = read_outcomes(br#"{"id":"a","text":"1"}"#)?;
/// let score = score(&suite[0], &outcomes[0]);
/// assert!(score.exact && score.acceptance.whole);
/// # Ok::<(), ghostlight_eval::EvalError>(())
/// ```
#[must_use]
pub fn score(case: &Case, outcome: &Outcome) -> Score {
    let (text, truth) = (outcome.text.as_str(), case.truth.as_str());
    let asked = case.asked(text);
    let chars = normalized(truth).chars().count().max(1);
    Score {
        id: case.id.clone(),
        language: case.language.clone(),
        kind: case.kind,
        exact: exact_match(asked, truth),
        whole_exact: exact_match(text, truth),
        edit: edit_similarity(asked, truth),
        whole_edit: edit_similarity(text, truth),
        bleu: bleu4(asked, truth),
        first_line: first_line_match(text, truth),
        prefix: prefix_chars(text, truth) as f64 / chars as f64,
        acceptance: accept(text, truth),
        parses: outcome.parses,
        passes: outcome.passes,
        ms: outcome.ms,
        tokens: outcome.tokens,
    }
}

/// A mean, and the interval that holds it in 95 of 100 draws.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Interval {
    /// The mean.
    pub mean: f64,
    /// 2.5 of 100 draws are below.
    pub low: f64,
    /// 2.5 of 100 draws are above.
    pub high: f64,
}

/// The figures of a group of cases. Rates are from 0 to 1.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Row {
    /// How many cases.
    pub cases: usize,
    /// Exact match of as many lines as the hole has.
    pub exact_match: f64,
    /// Its interval, low and high.
    pub exact_match_interval: (f64, f64),
    /// Exact match of the whole suggestion.
    pub whole_exact: f64,
    /// Mean edit similarity of as many lines as the hole has.
    pub edit_similarity: f64,
    /// Its interval, low and high.
    pub edit_similarity_interval: (f64, f64),
    /// Mean edit similarity of the whole suggestion.
    pub whole_edit: f64,
    /// Mean BLEU-4 of as many lines as the hole has.
    pub bleu4: f64,
    /// First line right.
    pub first_line: f64,
    /// Mean share of the hole that is right from its start.
    pub prefix_accepted: f64,
    /// Suggestions that were not empty.
    pub shown: f64,
    /// Keys that a simulated typist saves, in parts of the characters.
    pub keys_saved: f64,
    /// Of the files that were looked at, those that parse; `None` where none was.
    pub parse_rate: Option<f64>,
    /// How many were looked at.
    pub parsed: usize,
    /// Of the cases that were tried out, those that pass; `None` where none was.
    pub pass_rate: Option<f64>,
    /// How many were tried out.
    pub executed: usize,
    /// Milliseconds a case, median.
    pub ms_p50: f64,
    /// Milliseconds that 99 of 100 cases stay below.
    pub ms_p99: f64,
    /// Mean tokens generated.
    pub tokens: f64,
}

/// The figures that are quoted most.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Group {
    /// Exact match.
    pub exact_match: f64,
    /// Exact match of the whole suggestion.
    pub whole_exact: f64,
    /// Mean edit similarity.
    pub edit_similarity: f64,
}

/// All figures of a run.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Report {
    /// Which model, as its user names it.
    pub model: String,
    /// How many cases.
    pub cases: usize,
    /// Of the files that were looked at, those that parse with the suggestion.
    pub parse_rate: Option<f64>,
    /// Cases of whole lines.
    pub single_line: Option<Group>,
    /// All cases.
    pub all: Row,
    /// By how the hole was cut.
    pub by_kind: BTreeMap<&'static str, Row>,
    /// By language.
    pub by_language: BTreeMap<String, Row>,
}

/// The figures of a run.
///
/// ```
/// # use ghostlight_eval::{read_outcomes, read_suite, report, score};
/// # let case = &read_suite(br#"{"id":"a","kind":"other","prefix":"x = ","suffix":"","truth":"1"}"#)?[0];
/// # let outcomes = read_outcomes(br#"{"id":"a","text":"1"}"#)?;
/// let report = report("a-model", &[score(case, &outcomes[0])]);
/// assert_eq!((report.cases, report.all.exact_match), (1, 1.0));
/// assert_eq!(report.by_kind["other"].cases, 1);
/// # Ok::<(), ghostlight_eval::EvalError>(())
/// ```
#[must_use]
pub fn report(model: &str, scores: &[Score]) -> Report {
    let all: Vec<&Score> = scores.iter().collect();
    let mut by_kind: BTreeMap<&'static str, Vec<&Score>> = BTreeMap::new();
    let mut by_language: BTreeMap<String, Vec<&Score>> = BTreeMap::new();
    for score in scores {
        by_kind.entry(score.kind.name()).or_default().push(score);
        by_language.entry(score.language.clone()).or_default().push(score);
    }
    let by_kind: BTreeMap<_, _> = by_kind.into_iter().map(|(kind, scores)| (kind, row(&scores))).collect();
    let all = row(&all);
    Report {
        model: model.to_owned(),
        cases: scores.len(),
        parse_rate: all.parse_rate,
        single_line: by_kind.get(Kind::SingleLine.name()).map(|row| Group {
            exact_match: row.exact_match,
            whole_exact: row.whole_exact,
            edit_similarity: row.edit_similarity,
        }),
        all,
        by_kind,
        by_language: by_language.into_iter().map(|(name, scores)| (name, row(&scores))).collect(),
    }
}

fn row(scores: &[&Score]) -> Row {
    let values = |value: &dyn Fn(&Score) -> f64| scores.iter().map(|score| value(score)).collect::<Vec<_>>();
    let rate = |value: &dyn Fn(&Score) -> bool| mean(&values(&|score| f64::from(u8::from(value(score)))));
    let share = |value: &dyn Fn(&Score) -> Option<bool>| {
        let known: Vec<f64> =
            scores.iter().filter_map(|score| value(score)).map(|v| f64::from(u8::from(v))).collect();
        (!known.is_empty()).then(|| mean(&known))
    };
    let exact = interval(&values(&|score| f64::from(u8::from(score.exact))));
    let edit = interval(&values(&|score| score.edit));
    let saved: usize = scores.iter().map(|score| score.acceptance.saved()).sum();
    let chars: usize = scores.iter().map(|score| score.acceptance.chars).sum();
    let mut times = values(&|score| score.ms);
    times.sort_by(f64::total_cmp);
    let at = |part: f64| {
        let last = times.len().saturating_sub(1);
        times.get((part * last as f64).round() as usize).copied().unwrap_or(0.0)
    };
    Row {
        cases: scores.len(),
        exact_match: exact.mean,
        exact_match_interval: (exact.low, exact.high),
        whole_exact: rate(&|score| score.whole_exact),
        edit_similarity: edit.mean,
        edit_similarity_interval: (edit.low, edit.high),
        whole_edit: mean(&values(&|score| score.whole_edit)),
        bleu4: mean(&values(&|score| score.bleu)),
        first_line: rate(&|score| score.first_line),
        prefix_accepted: mean(&values(&|score| score.prefix)),
        shown: rate(&|score| score.acceptance.shown),
        keys_saved: round(saved as f64 / chars.max(1) as f64),
        parse_rate: share(&|score| score.parses),
        parsed: scores.iter().filter(|score| score.parses.is_some()).count(),
        pass_rate: share(&|score| score.passes),
        executed: scores.iter().filter(|score| score.passes.is_some()).count(),
        ms_p50: round(at(0.5)),
        ms_p99: round(at(0.99)),
        tokens: mean(&values(&|score| score.tokens as f64)),
    }
}

/// The mean of values and its bootstrap interval (Efron 1979), with a fixed seed.
///
/// ```
/// use ghostlight_eval::interval;
/// let of = interval(&[0.0, 1.0, 1.0, 1.0]);
/// assert_eq!(of.mean, 0.75);
/// assert!(of.low < of.mean && of.mean < of.high);
/// ```
#[must_use]
pub fn interval(values: &[f64]) -> Interval {
    let mean = mean(values);
    if values.is_empty() {
        return Interval { mean, low: 0.0, high: 0.0 };
    }
    let mut random = Random::new(6);
    let n = values.len();
    let mut means: Vec<f64> =
        (0..DRAWS).map(|_| (0..n).map(|_| values[random.below(n)]).sum::<f64>() / n as f64).collect();
    let (low, high) = quantiles(&mut means);
    Interval { mean, low: round(low), high: round(high) }
}

/// The values that 2.5 and 97.5 of 100 lie below.
pub(crate) fn quantiles(values: &mut [f64]) -> (f64, f64) {
    values.sort_by(f64::total_cmp);
    let at = |part: f64| {
        let place = (part * values.len() as f64) as usize;
        values.get(place.min(values.len().saturating_sub(1))).copied().unwrap_or(0.0)
    };
    (at(0.025), at(0.975))
}

fn mean(values: &[f64]) -> f64 {
    round(values.iter().sum::<f64>() / values.len().max(1) as f64)
}

/// Four digits are more than any suite can tell.
pub(crate) fn round(value: f64) -> f64 {
    (value * 1e4).round() / 1e4
}
