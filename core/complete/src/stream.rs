//! The stream of one suggestion: filtered and guarded after every token, and shown as far as it
//! is likely enough.
//!
//! The idea: what the filters leave so far goes through the guard piece by
//! piece, and only what the guard lets go is shown. So the text on the screen
//! is at every moment one that was checked. At a hit nothing is left of it. Once it
//! is whole, the syntax of the file with it may say of rules that it breaks, too.
//!
//! The probability of a text is the product of its tokens', so it only falls as the text
//! grows. Words that are certain are shown at once. When the threshold is reached the
//! generation ends, since all that could follow is less likely still; the whole lines before it
//! stay, or the words that were certain, or nothing.

use ghostlight_context::Source;
use ghostlight_context::syntax::{Syntax, SyntaxFacts};
use ghostlight_decode::{Flow, Piece};
use ghostlight_guard::{Cut, Guard, Policy, Verdict};
use ghostlight_text::Language;

use crate::ablation::Ablation;
use crate::filter::{self, FilterOutput, Place};
use crate::generation::GenerationMode;
use crate::guard::CompiledGuard;
use crate::likelihood::Expected;
use crate::session_state::SharedState;
use crate::shape::Shape;
use crate::{Request, SessionOptions};

/// Likelihood from which on words are shown before their line is whole.
const CERTAIN: f32 = 0.5;

/// A suggestion while it grows.
pub(crate) struct SuggestionStream<'a> {
    place: Place<'a>,
    ablation: Ablation,
    /// Whether it has to open the lines below, which is known when it is whole; nothing is shown before.
    lacks_opener: bool,
    policy: Policy<'a>,
    guard: Guard<'a>,
    expected: Expected,
    /// How likely it has to be; everything is shown without it.
    threshold: Option<f32>,
    state: &'a SharedState,
    syntax: &'a mut (dyn Syntax + 'static),
    source: Source<'a>,
    /// What the model wrote.
    raw: String,
    /// Ends of its pieces, in UTF-8 bytes, and the log probability of the text up to there.
    marks: Vec<(usize, f32)>,
    /// UTF-8 bytes of it up to which words are certain, and up to which the threshold is cleared.
    certain: usize,
    likely: usize,
    is_unlikely: bool,
    /// What the filters left of it so far and the guard has read.
    kept: String,
    /// What of it may be shown.
    safe: String,
    shown: usize, // UTF-8 bytes of it that are
    cut: Option<Cut>,
    is_outdated: bool,
}

/// How a suggestion ended.
pub(crate) enum StreamOutcome {
    /// There is a text, perhaps an empty one.
    Whole(Suggested),
    /// The guard said no.
    Cut(Cut),
}

/// A suggestion that is whole.
pub(crate) struct Suggested {
    pub(crate) text: String,
    /// Natural logarithm of its probability, as the model has it.
    pub(crate) log_prob: f32,
    /// How likely it is to be wanted, 0 to 1.
    pub(crate) likelihood: f32,
    /// Whether it ends where more would have been too unlikely.
    pub(crate) is_short: bool,
}

/// What of a session judges a text: who knows the syntax, the guard, the state and the options.
pub(crate) type Judges<'a> =
    (&'a mut (dyn Syntax + 'static), &'a mut CompiledGuard, &'a SharedState, &'a SessionOptions);

impl<'a> SuggestionStream<'a> {
    /// Nothing of a suggestion is written yet. `facts` is what syntax said of the cursor, if it was asked.
    pub(crate) fn new(
        request: &Request<'a>,
        facts: Option<&SyntaxFacts>,
        mode: GenerationMode,
        (syntax, guard, state, options): Judges<'a>,
    ) -> Self {
        let source = request.source;
        let language = Language::from_path(source.path);
        let place = Place::new(source.prefix, source.suffix, language);
        let (mut place, ablation, policy) = if mode.is_screened {
            guard.prepare(language);
            let place = match facts {
                Some(facts) => place.with(facts),
                None => place.with(&syntax.facts(source)),
            };
            (place, options.ablation, guard.policy(language))
        } else {
            (place, Ablation::EVERYTHING, Policy::default())
        };
        if !ablation.has("lines") {
            place.shape = Shape::Line;
        }
        let expected = Expected::of(request, place.shape, options, &state.borrow());
        let threshold = state.borrow().threshold;
        Self {
            syntax,
            source,
            place: Place { growing: true, ..place },
            ablation,
            lacks_opener: ablation.has("valid") && place.lacks_opener(),
            policy,
            guard: Guard::new(policy, place.prefix),
            expected,
            threshold: (mode.has_threshold && threshold > 0.0).then_some(threshold),
            state,
            raw: String::new(),
            marks: Vec::new(),
            certain: 0,
            likely: 0,
            is_unlikely: false,
            kept: String::new(),
            safe: String::new(),
            shown: 0,
            cut: None,
            is_outdated: false,
        }
    }

    /// Whether something else was typed meanwhile.
    pub(crate) fn is_outdated(&self) -> bool {
        self.is_outdated
    }

    /// The model wrote more.
    pub(crate) fn take(&mut self, piece: Piece<'_>, on_update: &mut dyn FnMut(&str) -> Flow) -> Flow {
        self.raw.push_str(piece.text);
        if let Some(running) = &mut self.state.borrow_mut().running
            && !running.wrote(piece.text)
        {
            self.is_outdated = true;
            return Flow::Stop;
        }
        let end = self.raw.len();
        self.marks.push((end, piece.log_prob));
        if let Some(threshold) = self.threshold {
            let likelihood = self.expected.likelihood(piece.log_prob);
            if likelihood < threshold {
                self.is_unlikely = true;
                return Flow::Stop;
            }
            self.likely = end;
            if likelihood >= CERTAIN {
                self.certain = end;
            }
        } else {
            (self.likely, self.certain) = (end, end);
        }
        let kept = filtered(self.ablation, &self.place, self.syntax, self.source, &self.raw);
        // What has been read by the guard is not taken back before the end.
        if let Some(more) = kept.text.strip_prefix(self.kept.as_str()).filter(|more| !more.is_empty()) {
            match self.guard.push(more) {
                Verdict::Show(safe) => self.safe.push_str(safe),
                Verdict::Cut(cut) => {
                    self.cut = Some(cut);
                    return Flow::Stop;
                }
            }
            self.kept.push_str(more);
        }
        if let Some(begin) = offset(&self.raw, kept.text).filter(|_| !self.lacks_opener) {
            let end = if self.threshold.is_some() { self.likely_end() } else { end };
            let may_show = self.safe.floor_char_boundary(end.saturating_sub(begin));
            if may_show > self.shown {
                self.shown = may_show;
                if on_update(&self.safe[..may_show]) == Flow::Stop {
                    return Flow::Stop;
                }
            }
        }
        if kept.ended { Flow::Stop } else { Flow::Continue }
    }

    /// There is no more; `is_open` when there would be, so that what the guard
    /// holds back may be the beginning of a secret.
    pub(crate) fn finish(mut self, is_open: bool) -> StreamOutcome {
        if let Some(cut) = self.cut {
            return StreamOutcome::Cut(cut);
        }
        let place = Place { growing: false, ..self.place };
        let end = if self.is_unlikely { self.likely_end() } else { self.raw.len() };
        let raw = &self.raw[..end];
        let mut text = filtered(self.ablation, &place, self.syntax, self.source, raw).text;
        let mut risks = None;
        let lacks_opener = self.lacks_opener;
        if place.shape == Shape::Block && is_open && !lacks_opener && self.ablation.has("whole") {
            let insertion = self.syntax.insertion(self.source, text);
            text = filter::whole(&insertion, text);
        }
        // The rest of a line, too, has to fit what stands after it.
        if !text.is_empty() && self.ablation.has("valid") {
            let mut insertion = |text: &str| {
                let mut insertion = self.syntax.insertion(self.source, text);
                // The last text that is asked about is the one that stays.
                risks = Some(std::mem::take(&mut insertion.risks));
                insertion
            };
            let opener = lacks_opener.then(|| filter::opener(text, &mut insertion)).flatten();
            text = opener.unwrap_or_else(|| filter::valid(text, place.line_after(), &mut insertion));
        }
        let rest = text.strip_prefix(self.kept.as_str()).unwrap_or_else(|| {
            // Shorter than it was, or another end: read anew.
            self.guard = Guard::new(self.policy, place.prefix);
            text
        });
        if let Verdict::Cut(cut) = self.guard.push(rest) {
            return StreamOutcome::Cut(cut);
        }
        if self.policy.risky.is_some() && !text.is_empty() {
            let risks = risks.unwrap_or_else(|| self.syntax.insertion(self.source, text).risks);
            if let Some(cut) = self.policy.judge(risks.iter().map(String::as_str)) {
                return StreamOutcome::Cut(cut);
            }
        }
        if is_open && self.guard.held() > 0 {
            let safe = &text[..text.len() - self.guard.held()];
            text = filtered(self.ablation, &place, self.syntax, self.source, safe).text;
        } else if let Verdict::Cut(cut) = self.guard.finish() {
            return StreamOutcome::Cut(cut);
        }
        // Where nothing is left, what was written was too unlikely, or useless.
        let end = offset(&self.raw, text).filter(|_| !text.is_empty());
        let end = end.map_or(usize::MAX, |begin| begin + text.len());
        let mark = self.marks.iter().find(|(mark, _)| *mark >= end).or(self.marks.last());
        let log_prob = mark.map_or(f32::NEG_INFINITY, |(_, log_prob)| *log_prob);
        StreamOutcome::Whole(Suggested {
            likelihood: self.expected.likelihood(log_prob),
            log_prob,
            text: text.to_owned(),
            is_short: self.is_unlikely,
        })
    }

    /// Where a text ends that becomes too unlikely here: after its last whole line, or after the words
    /// of the next one that are certain. No more is shown of it before, so that nothing is taken back.
    fn likely_end(&self) -> usize {
        let line = last_line_end(&self.raw[..self.likely]);
        let certain = self.raw.get(line..self.certain).unwrap_or_default();
        line + whole_words(certain, &self.raw[line + certain.len()..]).len()
    }
}

/// Where in `whole` its part `part` begins, in UTF-8 bytes; `None` of a text from elsewhere.
fn offset(whole: &str, part: &str) -> Option<usize> {
    let begin = (part.as_ptr() as usize).checked_sub(whole.as_ptr() as usize)?;
    (begin + part.len() <= whole.len()).then_some(begin)
}

/// Where the last line that is whole ends; 0 where none is.
fn last_line_end(text: &str) -> usize {
    text.rfind('\n').unwrap_or(0)
}

/// The longest beginning of part of a line that ends with a word or a closing bracket and closes
/// what it opens; `next` is what would have followed.
fn whole_words<'a>(text: &'a str, next: &str) -> &'a str {
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    let (mut open, mut quote, mut longest) = (0usize, None, 0);
    let mut chars = text.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        let end = at + c.len_utf8();
        match (quote, c) {
            (None, '"' | '\'' | '`') => quote = Some(c),
            (Some(open), c) if c == open => quote = None,
            (Some(_), _) => {}
            (None, '(' | '[' | '{') => open += 1,
            // What it closes of what stands before it is as well closed by it.
            (None, ')' | ']' | '}') => open = open.saturating_sub(1),
            _ => {}
        }
        let follows = chars.peek().map(|(_, c)| *c).or_else(|| next.chars().next());
        let is_end = if is_word(c) { !follows.is_some_and(is_word) } else { matches!(c, ')' | ']' | '}') };
        if is_end && open == 0 && quote.is_none() {
            longest = end;
        }
    }
    &text[..longest]
}

/// All post filters, the scope's among them, until nothing changes.
fn filtered<'a>(
    ablation: Ablation,
    place: &Place<'_>,
    syntax: &mut dyn Syntax,
    source: Source<'_>,
    text: &'a str,
) -> FilterOutput<'a> {
    let mut kept = filter::run_without(ablation, place, text);
    while place.shape == Shape::Block && !kept.text.is_empty() && ablation.has("scope") {
        let insertion = syntax.insertion(source, kept.text);
        let inside = filter::scope(place, &insertion, kept.text);
        if inside.text.len() == kept.text.len() {
            break;
        }
        let again = filter::run_without(ablation, place, inside.text);
        kept = FilterOutput { text: again.text, ended: kept.ended || inside.ended || again.ended };
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn part_of_a_line_ends_with_a_word_and_closes_what_it_opens() {
        for (text, next, want) in [
            ("self.name", " = 1", "self.name"),
            ("self.na", "me = 1", "self"),
            ("a.b.na", "me", "a.b"),
            ("total + ", "x", "total"),
            ("f(x)", ".y", "f(x)"),
            ("f(x, y", ")", "f"),
            ("cmd + '", "x", "cmd"),
            ("x = 'a b'", ";", "x"),
            ("x = 'a' + b", ";", "x = 'a' + b"),
            (") + y", "1", ")"),
            (") + y", " ", ") + y"),
            ("\u{e4}pfel", " ", "\u{e4}pfel"),
            ("", "x", ""),
        ] {
            assert_eq!(whole_words(text, next), want, "{text:?} before {next:?}");
        }
    }

    #[test]
    fn a_part_is_found_in_its_whole_only() {
        let whole = String::from("abcdef");
        assert_eq!(offset(&whole, &whole[2..4]), Some(2));
        assert_eq!(offset(&whole, &whole[6..]), Some(6));
        assert_eq!(offset(&whole[..3], &whole[2..5]), None);
        assert_eq!(offset(&whole[3..], &whole[..2]), None);
    }
}
