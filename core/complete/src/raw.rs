//! The bare model: what it writes for a prompt, with no trigger, filter, guard, threshold or memory.

use ghostlight_decode::{Cancel, Decoder, Flow};

use crate::generation::{Generation, GenerationMode};
use crate::prompt::Keep;
use crate::{Clock, CompleteError, Completion, Request, Session, Skip, Vocabulary};

impl<D: Decoder, V: Vocabulary> Session<D, V> {
    /// What the model writes for a request, as it writes it, for evaluations. `is_enough` looks at the text
    /// so far after every token that adds to it, and ends it there. Nothing of the request is remembered.
    ///
    /// ```
    /// # mod support { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/support/scripted.rs")); }
    /// # use {ghostlight_complete::*, ghostlight_decode::Cancel, pollster::block_on, support::*};
    /// # let mut session = session(knowing_anywhere("total = price * count\nprint(total)"), &[], 8);
    /// let source = Source { path: "a.py", prefix: "total = ", ..Source::default() };
    /// let request = Request { source, ..Request::default() };
    /// let two_lines = |text: &str| text.ends_with("total)");
    /// let written = block_on(session.raw(request, &Cancel::new(), &|| 0.0, two_lines))?;
    /// assert_eq!(written.text, "price * count\nprint(total)");
    /// # Ok::<(), CompleteError>(())
    /// ```
    ///
    /// # Errors
    /// [`CompleteError`].
    pub async fn raw(
        &mut self,
        request: Request<'_>,
        cancel: &Cancel,
        clock: &impl Clock,
        is_enough: impl Fn(&str) -> bool,
    ) -> Result<Completion, CompleteError> {
        let prepared = self.prepare(&request, Keep::No)?;
        if prepared.prompt.tokens.is_empty() {
            return Ok(Completion::skipped(Skip::Empty));
        }
        let mut on_update = |text: &str| if is_enough(text) { Flow::Stop } else { Flow::Continue };
        let generation = Generation::new(self, request, GenerationMode::RAW);
        Ok(generation.decode(&prepared, cancel, clock, &mut on_update).await?.completion)
    }
}
