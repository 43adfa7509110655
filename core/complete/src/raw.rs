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
    /// # use ghostlight_complete::*;
    /// # use ghostlight_decode::{Cancel, Decoder};
    /// # async fn example<D: Decoder, V: Vocabulary>(session: &mut Session<D, V>) -> Result<(), CompleteError> {
    /// let source = Source { path: "a.py", prefix: "total = ", ..Source::default() };
    /// let request = Request { source, ..Request::default() };
    /// let one_line = |text: &str| text.contains('\n');
    /// let written = session.raw(request, &Cancel::new(), &|| 0.0, one_line).await?.text;
    /// # Ok(())
    /// # }
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
