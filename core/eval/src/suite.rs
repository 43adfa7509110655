//! Suites as files: JSON lines, ours and those of others.
//!
//! Each line is one case. Which suite it is of is seen from its fields:
//!
//! | suite | fields |
//! |---|---|
//! | ours | `id`, `kind`, `prefix`, `suffix`, `truth`, and what [`Case`] has more |
//! | HumanEval-Infilling | `task_id`, `prompt`, `suffix`, `canonical_solution`, `test`, `entry_point` |
//! | CrossCodeEval | `prompt`, `right_context`, `groundtruth`, `metadata`, `crossfile_context` |
//! | SAFIM | `eval_prompt` with `{{completion}}` or `# TODO` in it, `ground_truth`, `lang` |
//!
//! Reading is bounded: lines and cases are counted, and what is wrong is said with
//! the line's number and without its text.

use std::collections::BTreeSet;

use ghostlight_text::Language;
use serde_json::{Map, Value};

use crate::report::Outcome;
use crate::{Case, ContextFile, EvalError, Kind, Test};

/// Longest line that is read, in bytes.
pub const MAX_LINE_BYTES: usize = 4 << 20;

/// Most cases of one suite.
pub const MAX_CASES: usize = 100_000;

/// Marks the hole in SAFIM's prompts, the first that occurs.
const HOLES: [&str; 4] =
    ["{{completion}}", "# TODO: Your code here", "/* TODO: Your code here */", "// TODO: Your code here"];

/// All cases of a suite.
///
/// ```
/// # use ghostlight_eval::read_suite;
/// let line = br#"{"id":"a","kind":"other","path":"a.py","prefix":"x = ","suffix":"","truth":"1"}"#;
/// let suite = read_suite(line)?;
/// assert_eq!((suite[0].truth.as_str(), suite[0].language.as_str()), ("1", "python"));
/// # Ok::<(), ghostlight_eval::EvalError>(())
/// ```
///
/// # Errors
/// [`EvalError`] with the number of the line that is wrong; no case is dropped in silence.
pub fn read_suite(bytes: &[u8]) -> Result<Vec<Case>, EvalError> {
    let mut cases = Vec::new();
    let mut ids = BTreeSet::new();
    for (line, text) in lines(bytes) {
        let object: Map<String, Value> = json(line, text?)?;
        if cases.len() == MAX_CASES {
            return Err(EvalError::TooMany { line, limit: MAX_CASES });
        }
        let mut case = case(line, object)?;
        if case.truth.trim().is_empty() {
            return Err(EvalError::NoTruth { line });
        }
        if case.language.is_empty() {
            case.language = Language::from_path(&case.path).map_or("", |language| language.id).to_owned();
        }
        new(&mut ids, line, &case.id)?;
        cases.push(case);
    }
    if cases.is_empty() { Err(EvalError::Empty) } else { Ok(cases) }
}

/// The outcomes of a run, as [`write_outcome`] writes them.
///
/// ```
/// # use ghostlight_eval::read_outcomes;
/// let outcomes = read_outcomes(br#"{"id":"a","text":"1","passes":true}"#)?;
/// assert_eq!((outcomes[0].text.as_str(), outcomes[0].passes), ("1", Some(true)));
/// # Ok::<(), ghostlight_eval::EvalError>(())
/// ```
///
/// # Errors
/// As [`read_suite`]; two outcomes of one case are an error too, since only one could count.
pub fn read_outcomes(bytes: &[u8]) -> Result<Vec<Outcome>, EvalError> {
    let mut ids = BTreeSet::new();
    let one = |(line, text): (usize, Result<&str, EvalError>)| {
        let outcome: Outcome = json(line, text?)?;
        new(&mut ids, line, &outcome.id)?;
        Ok(outcome)
    };
    lines(bytes).map(one).collect()
}

/// One line of a suite, without its end.
///
/// ```
/// # use ghostlight_eval::{read_suite, write_case};
/// let suite = read_suite(br#"{"id":"a","kind":"other","prefix":"x = ","suffix":"","truth":"1"}"#)?;
/// assert_eq!(read_suite(write_case(&suite[0]).as_bytes())?, suite);
/// # Ok::<(), ghostlight_eval::EvalError>(())
/// ```
#[must_use]
pub fn write_case(case: &Case) -> String {
    serde_json::to_string(case).expect("texts and numbers have a JSON form")
}

/// One line of a run, without its end.
///
/// ```
/// # use ghostlight_eval::{read_outcomes, write_outcome};
/// let outcomes = read_outcomes(br#"{"id":"a","text":"1"}"#)?;
/// assert_eq!(read_outcomes(write_outcome(&outcomes[0]).as_bytes())?, outcomes);
/// # Ok::<(), ghostlight_eval::EvalError>(())
/// ```
#[must_use]
pub fn write_outcome(outcome: &Outcome) -> String {
    serde_json::to_string(outcome).expect("texts and numbers have a JSON form")
}

/// Lines that are not blank, with their numbers.
fn lines(bytes: &[u8]) -> impl Iterator<Item = (usize, Result<&str, EvalError>)> {
    let numbered = bytes.split(|&byte| byte == b'\n').zip(1..);
    numbered.filter(|(text, _)| !text.trim_ascii().is_empty()).map(|(text, line)| {
        let (bytes, limit) = (text.len(), MAX_LINE_BYTES);
        if bytes > limit {
            return (line, Err(EvalError::LongLine { line, bytes, limit }));
        }
        (line, std::str::from_utf8(text).map_err(|_| EvalError::Utf8 { line }))
    })
}

/// Takes note of an id that no other line has.
fn new(ids: &mut BTreeSet<String>, line: usize, id: &str) -> Result<(), EvalError> {
    if ids.insert(id.to_owned()) {
        return Ok(());
    }
    Err(EvalError::Twice { line, id: id.chars().take(80).collect() })
}

fn json<T: serde::de::DeserializeOwned>(line: usize, text: &str) -> Result<T, EvalError> {
    serde_json::from_str(text).map_err(|error| EvalError::Json { line, reason: reason(&error) })
}

/// What the parser says; messages of other kinds may hold a part of the text.
fn reason(error: &serde_json::Error) -> String {
    use serde_json::error::Category;
    match error.classify() {
        Category::Syntax => format!("no JSON at column {}", error.column()),
        Category::Eof => "ends in the middle of a value".to_owned(),
        Category::Data if error.to_string().contains("missing field") => {
            let text = error.to_string();
            text.split(" at line").next().unwrap_or_default().to_owned()
        }
        Category::Data | Category::Io => format!("a value of another type at column {}", error.column()),
    }
}

fn case(line: usize, object: Map<String, Value>) -> Result<Case, EvalError> {
    let has = |key: &str| object.contains_key(key);
    if has("truth") && has("prefix") {
        return serde_json::from_value(Value::Object(object))
            .map_err(|error| EvalError::Json { line, reason: reason(&error) });
    }
    let text = |key: &str| match object.get(key) {
        Some(Value::String(text)) => Ok(text.clone()),
        None | Some(Value::Null) => Ok(String::new()),
        Some(_) => Err(EvalError::Json { line, reason: format!("{key} is no text") }),
    };
    let id = || {
        let known = ["task_id", "id"].iter().find_map(|key| object.get(*key));
        known.and_then(Value::as_str).map_or_else(|| format!("line-{line}"), str::to_owned)
    };
    let base = |prefix: String, suffix: String, truth: String| Case {
        id: id(),
        language: String::new(),
        kind: Kind::Other,
        path: String::new(),
        prefix,
        suffix,
        truth,
        package: String::new(),
        licence: String::new(),
        context: Vec::new(),
        test: None,
    };
    if has("canonical_solution") {
        let case = base(text("prompt")?, text("suffix")?, text("canonical_solution")?);
        return Ok(humaneval(case, &text("test")?, &text("entry_point")?));
    }
    if has("groundtruth") {
        let case = base(text("prompt")?, text("right_context")?, text("groundtruth")?);
        return Ok(cross_code_eval(case, &object));
    }
    if has("ground_truth") && has("eval_prompt") {
        let prompt = text("eval_prompt")?;
        let hole = HOLES.iter().find_map(|hole| prompt.split_once(hole));
        let (prefix, suffix) = hole.ok_or(EvalError::Form { line })?;
        let mut case = base(prefix.to_owned(), suffix.to_owned(), text("ground_truth")?);
        case.language = text("lang")?;
        case.path = path_of(&case.language);
        return Ok(case);
    }
    Err(EvalError::Form { line })
}

/// HumanEval-Infilling (Bavarian et al. 2022): the kind stands in the id.
fn humaneval(case: Case, test: &str, entry_point: &str) -> Case {
    let kind = match case.id.split('/').next() {
        Some("SingleLineInfilling") => Kind::SingleLine,
        Some("MultiLineInfilling") => Kind::Block,
        Some(id) if id.starts_with("RandomSpan") => Kind::RandomSpan,
        _ => Kind::Other,
    };
    let test = (!test.is_empty()).then(|| Test::Append {
        language: "python".to_owned(),
        code: if entry_point.is_empty() {
            test.to_owned()
        } else {
            format!("{test}\ncheck({entry_point})\n")
        },
    });
    Case { kind, test, language: "python".to_owned(), path: "solution.py".to_owned(), ..case }
}

/// CrossCodeEval (Ding et al. 2023): what other files say is retrieved already.
fn cross_code_eval(case: Case, object: &Map<String, Value>) -> Case {
    let path = object.get("metadata").and_then(|metadata| metadata["file"].as_str()).unwrap_or_default();
    let id = object.get("metadata").and_then(|metadata| metadata["task_id"].as_str());
    let list = object.get("crossfile_context").and_then(|context| context["list"].as_array());
    let chunk = |chunk: &Value| {
        let text = chunk["retrieved_chunk"].as_str()?.to_owned();
        Some(ContextFile { path: chunk["filename"].as_str().unwrap_or_default().to_owned(), text })
    };
    Case {
        id: id.map_or(case.id, str::to_owned),
        kind: Kind::CrossFile,
        path: path.to_owned(),
        context: list.into_iter().flatten().filter_map(chunk).collect(),
        ..case
    }
}

/// A path that has the language's extension.
fn path_of(language: &str) -> String {
    let language = Language::from_id(language);
    let Some(extension) = language.and_then(|language| language.extensions.first()) else {
        return String::new();
    };
    format!("solution.{extension}")
}
