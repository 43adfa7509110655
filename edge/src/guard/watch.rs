//! One answer under guard: what it says comes in, how many of its bytes may pass goes out.
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
use crate::stream::{Observation, Part, Said};

/// What kind of text an answer is.
#[derive(Debug, Clone, Copy)]
pub enum Form<'a> {
    /// Code of this language that is to stand after this text.
    Code(Option<&'static Language>, &'a str),
    /// Prose with code in it.
    Prose,
}

/// The guard of one answer.
#[derive(Debug)]
pub struct Watch<'a> {
    rules: &'a Rules,
    form: Form<'a>,
    texts: BTreeMap<(usize, Part), Text<'a>>,
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

impl<'a> Watch<'a> {
    /// Before the first event.
    #[must_use]
    pub fn new(rules: &'a Rules, form: Form<'a>) -> Self {
        Self { rules, form, texts: BTreeMap::new() }
    }

    /// Reads what an answer said since the last time; `seen` is the same answer.
    ///
    /// # Errors
    /// With the rule that it breaks. The answer is over then.
    pub fn push(&mut self, said: &[Said], seen: &Observation) -> Result<(), Cut> {
        for said in said {
            let (rules, form) = (self.rules, self.form);
            let text = self
                .texts
                .entry((said.index, said.part))
                .or_insert_with(|| Text::new(rules, form, said.part));
            text.push(said)?;
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
    pub fn free(&self, seen: &Observation) -> u64 {
        let held = self.texts.values().filter_map(|text| text.events.front());
        held.map(|(start, _)| *start).fold(seen.between(), u64::min)
    }
}

impl<'a> Text<'a> {
    fn new(rules: &'a Rules, form: Form<'a>, part: Part) -> Self {
        let (policy, before) = match (form, part) {
            (Form::Code(language, before), Part::Text) => (rules.code(language), before),
            _ => (rules.prose(), ""),
        };
        let has_fences = matches!((form, part), (Form::Prose, Part::Text));
        Self {
            guard: Guard::new(policy, before),
            fences: has_fences.then(|| Fences::new(rules)),
            read: 0,
            events: VecDeque::new(),
            is_over: false,
        }
    }

    fn push(&mut self, said: &Said) -> Result<(), Cut> {
        // After its end a choice has nothing to say; what it says is read all the same.
        self.is_over = false;
        self.read += said.text.len();
        self.events.push_back((said.start, self.read));
        if let Verdict::Cut(cut) = self.guard.push(&said.text) {
            return Err(cut);
        }
        if let Some(cut) = self.fences.as_mut().and_then(|fences| fences.push(&said.text)) {
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
