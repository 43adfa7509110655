//! Work ahead of requests: a prompt prefilled before it is asked for, and the suggestion
//! after the one on the screen computed.
//!
//! The idea: both only fill what the next request looks at first, the cache and
//! the memory of suggestions, so they can be cancelled anywhere and cost an
//! answer nothing. When they run is the host's choice. What is typed next may
//! be something else, so looking ahead leaves the cursor's place in the cache.

use ghostlight_decode::{Cancel, Decoder};

use crate::prompt::Keep;
use crate::session::Last;
use crate::session_state::Work;
use crate::shape::opens;
use crate::{Clock, CompleteError, Completion, Event, Request, Session, Skip, Source, Vocabulary, trigger};

impl<D: Decoder, V: Vocabulary> Session<D, V> {
    /// Reads the prompt of a request into the KV cache, without answering it.
    /// Gives the number of tokens that were computed. What is quoted from elsewhere is chosen
    /// anew for [`Event::Asked`]; while somebody types only where that is read in a moment.
    ///
    /// ```
    /// # mod support { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/support/scripted.rs")); }
    /// # use {ghostlight_complete::*, ghostlight_decode::Cancel, pollster::block_on, support::*};
    /// # let mut session = session(knowing_anywhere("total = price * count\nprint(total)"), &[], 8);
    /// let source = Source { path: "a.py", prefix: "total = ", ..Source::default() };
    /// let request = Request { source, ..Request::default() };
    /// assert!(block_on(session.prefill(request, &Cancel::new(), &|| 0.0))? > 0);
    /// assert_eq!(block_on(session.prefill(request, &Cancel::new(), &|| 0.0))?, 0); // all of it is in the KV cache
    /// # Ok::<(), CompleteError>(())
    /// ```
    ///
    /// # Errors
    /// [`CompleteError`]; what was read until then stays in the cache.
    pub async fn prefill(
        &mut self,
        request: Request<'_>,
        cancel: &Cancel,
        clock: &impl Clock,
    ) -> Result<usize, CompleteError> {
        self.follow_guard();
        let skip = trigger::skip(&Request { event: Event::Asked, ..request }, self.guard.options());
        if skip.is_some() {
            return Ok(0);
        }
        let prompt = self.prepare(&request, Keep::of(&request))?.prompt;
        // The last token is computed again in any case, for its prediction.
        let there = self.decoder.common(&prompt.tokens);
        if there + 1 >= prompt.tokens.len() {
            return Ok(0);
        }
        let start = clock.now_ms();
        let filled = self.decoder.fill(&prompt.tokens, cancel).await;
        let read = self.there(&prompt).saturating_sub(there);
        self.note_read(read, clock.now_ms() - start);
        self.state.borrow_mut().work.read_tokens += read as u64;
        filled?;
        Ok(read)
    }

    /// Computes what will be suggested once the last suggestion was accepted,
    /// there or, when that is nothing, on the next line; it is remembered and
    /// not shown. Gives nothing where there is nothing to compute.
    ///
    /// ```
    /// # mod support { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/support/scripted.rs")); }
    /// # use {ghostlight_complete::*, ghostlight_decode::Cancel, pollster::block_on, support::*};
    /// # let mut session = session(knowing_anywhere("total = price * count\nprint(total)"), &[], 8);
    /// let source = Source { path: "a.py", prefix: "total = ", ..Source::default() };
    /// let request = Request { source, ..Request::default() };
    /// block_on(session.complete(request, &Cancel::new(), &|| 0.0, |_| ()))?;
    /// let next = block_on(session.look_ahead(&Cancel::new(), &|| 0.0))?.unwrap();
    /// assert_eq!(next.text, "print(total)");
    /// # Ok::<(), CompleteError>(())
    /// ```
    ///
    /// # Errors
    /// [`CompleteError`], as for a request.
    pub async fn look_ahead(
        &mut self,
        cancel: &Cancel,
        clock: &impl Clock,
    ) -> Result<Option<Completion>, CompleteError> {
        self.follow_guard();
        let Some(last) = self.last.take() else { return Ok(None) };
        let before = self.state.borrow().work;
        let kept = self.prompter.kept();
        let result = self.look_from(&last, cancel, clock).await;
        // Nor has the cursor been there.
        self.prompter.keep(kept);
        // None of this was asked for.
        let work = &mut self.state.borrow_mut().work;
        let read = work.read_tokens - before.read_tokens;
        let generated = work.generated_tokens - before.generated_tokens;
        *work = Work { ahead_tokens: before.ahead_tokens + read + generated, ..before };
        // One step ahead is enough: what follows that depends on too much.
        self.last = None;
        result
    }

    async fn look_from(
        &mut self,
        last: &Last,
        cancel: &Cancel,
        clock: &impl Clock,
    ) -> Result<Option<Completion>, CompleteError> {
        let mut found = None;
        let Last { path, suffix, max_tokens, .. } = last;
        let at = |prefix| Request {
            source: Source { path, prefix, suffix },
            max_tokens: *max_tokens,
            event: Event::Accepted,
            ..Request::default()
        };
        let places = next_places(last);
        for prefix in &places {
            let request = at(prefix);
            if !self.leaves(&at(&last.prefix), &request)? {
                break;
            }
            let completion = self.complete(request, cancel, clock, |_| {}).await?;
            let is_over = !completion.text.is_empty() || completion.skip == Some(Skip::Private);
            found = Some(completion);
            if is_over {
                break;
            }
        }
        Ok(found)
    }

    /// Whether the prompt of `next` leaves most of what the cache holds for `here`. It does not
    /// where the window moves between the two.
    fn leaves(&mut self, here: &Request<'_>, next: &Request<'_>) -> Result<bool, CompleteError> {
        let here = self.prepare(here, Keep::of(here))?.prompt;
        let next = self.prepare(next, Keep::of(next))?.prompt;
        let common = here.tokens.iter().zip(&next.tokens).take_while(|(a, b)| a == b).count();
        Ok(common * 2 >= self.there(&here))
    }
}

/// Where the cursor may be after a suggestion was accepted: behind it, and on
/// the line below, indented as editors do.
fn next_places(last: &Last) -> Vec<String> {
    let behind = format!("{}{}", last.prefix, last.text);
    let line = behind.rsplit('\n').next().unwrap_or_default();
    let rest = last.suffix.split('\n').next().unwrap_or_default();
    let mut places = Vec::new();
    if rest.trim().is_empty() && !opens(line) {
        let indent: String = line.chars().take_while(|c| matches!(c, ' ' | '\t')).collect();
        places.push(format!("{behind}\n{indent}"));
    }
    places.insert(0, behind);
    places
}
