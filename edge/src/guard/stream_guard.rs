//! The stream guard: reads the texts of an answer and says how many bytes of its stream may pass.
//!
//! The idea: each text of an answer (a choice's own, its thoughts, the arguments of a
//! call) has a guard of its own, which says how much of that text is held back. The
//! first event that brought some of it is where the stream has to wait. Events pass
//! whole and in their order, or not at all.

use std::collections::{BTreeMap, VecDeque};

use ghostlight_guard::{Cut, Guard, Verdict};
use ghostlight_text::Language;

use super::Rules;
use super::fence::Fences;
use crate::stream::{Channel, StreamState, TextDelta};

/// What kind of text an answer is.
#[derive(Debug, Clone, Copy)]
pub enum AnswerForm<'a> {
    /// Code of this language that is to stand after this text.
    Code(Option<&'static Language>, &'a str),
    /// Prose with code in it.
    Prose,
}

/// The guard of one answer.
#[derive(Debug)]
pub struct StreamGuard<'a> {
    rules: &'a Rules,
    form: AnswerForm<'a>,
    texts: BTreeMap<(usize, Channel), Text<'a>>,
}

#[derive(Debug)]
struct Text<'a> {
    guard: Guard<'a>,
    fences: Option<Fences<'a>>,
    /// UTF-8 bytes that were read.
    read: usize,
    /// Events with text that is held back: where each begins, and how far its text goes.
    events: VecDeque<(u64, usize)>,
    is_over: bool,
}

impl<'a> StreamGuard<'a> {
    /// Before the first event.
    #[must_use]
    pub fn new(rules: &'a Rules, form: AnswerForm<'a>) -> Self {
        Self { rules, form, texts: BTreeMap::new() }
    }

    /// Reads what an answer said since the last time; `seen` is the same answer.
    ///
    /// # Errors
    /// With the rule that it breaks. The answer is over then.
    pub fn push(&mut self, deltas: &[TextDelta], seen: &StreamState) -> Result<(), Cut> {
        for delta in deltas {
            let (rules, form) = (self.rules, self.form);
            let text = self
                .texts
                .entry((delta.index, delta.channel))
                .or_insert_with(|| Text::new(rules, form, delta.channel));
            text.push(delta)?;
        }
        let is_done = seen.is_done();
        for ((index, _), text) in &mut self.texts {
            if is_done || seen.has_finished(*index) {
                text.finish()?;
            }
        }
        Ok(())
    }

    /// The stream has ended, as it should or not.
    ///
    /// # Errors
    /// With the rule that is broken only now.
    pub fn finish(&mut self) -> Result<(), Cut> {
        self.texts.values_mut().try_for_each(Text::finish)
    }

    /// Bytes of the stream that may pass: whole events, up to the first one with text
    /// that is held back.
    #[must_use]
    pub fn free(&self, seen: &StreamState) -> u64 {
        let held = self.texts.values().filter_map(|text| text.events.front());
        held.map(|(start, _)| *start).fold(seen.between(), u64::min)
    }
}

impl<'a> Text<'a> {
    fn new(rules: &'a Rules, form: AnswerForm<'a>, channel: Channel) -> Self {
        let (policy, before) = match (form, channel) {
            (AnswerForm::Code(language, before), Channel::Content) => (rules.code(language), before),
            _ => (rules.prose(), ""),
        };
        let has_fences = matches!((form, channel), (AnswerForm::Prose, Channel::Content));
        Self {
            guard: Guard::new(policy, before),
            fences: has_fences.then(|| Fences::new(rules)),
            read: 0,
            events: VecDeque::new(),
            is_over: false,
        }
    }

    fn push(&mut self, delta: &TextDelta) -> Result<(), Cut> {
        // After its end a choice has nothing to say; what it says is read all the same.
        self.is_over = false;
        self.read += delta.text.len();
        self.events.push_back((delta.start, self.read));
        if let Verdict::Cut(cut) = self.guard.push(&delta.text) {
            return Err(cut);
        }
        if let Some(cut) = self.fences.as_mut().and_then(|fences| fences.push(&delta.text)) {
            return Err(cut);
        }
        self.pass();
        Ok(())
    }

    fn finish(&mut self) -> Result<(), Cut> {
        if std::mem::replace(&mut self.is_over, true) {
            return Ok(());
        }
        if let Verdict::Cut(cut) = self.guard.finish() {
            return Err(cut);
        }
        if let Some(cut) = self.fences.as_mut().and_then(Fences::finish) {
            return Err(cut);
        }
        self.pass();
        Ok(())
    }

    /// Lets go of events whose text may be shown.
    fn pass(&mut self) {
        let shown = self.read - self.guard.held();
        while self.events.front().is_some_and(|(_, end)| *end <= shown) {
            self.events.pop_front();
        }
    }
}
