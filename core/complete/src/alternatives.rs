//! Alternatives: several suggestions for one place, for whoever asks by hand.
//!
//! The idea: the first is the greedy one, the others are sampled from the same
//! prompt, which the KV cache holds by then. Each is the same generation, filtered
//! and guarded; what comes out twice is left out.

use ghostlight_decode::{Cancel, Decoder, Flow, Sampling};

use crate::generation::{Generation, GenerationMode};
use crate::prompt::Keep;
use crate::{Clock, CompleteError, Completion, Event, Request, Session, Vocabulary};

/// Most alternatives of one place, the greedy one included.
const MOST_ALTERNATIVES: usize = 5;
/// Samples that are drawn for each alternative that is wanted, at most.
const TRIES: usize = 3;
/// Far enough from greedy to differ, near enough to make sense.
const SAMPLING: Sampling = Sampling { temperature: 0.8, top_k: 40, top_p: 0.95, seed: 0 };

impl<D: Decoder, V: Vocabulary> Session<D, V> {
    /// Up to `count` different suggestions, the greedy one first. Asked for by
    /// hand, so none is too unlikely. The same request gives the same list.
    ///
    /// ```
    /// # mod support { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/support/scripted.rs")); }
    /// # use {ghostlight_complete::*, ghostlight_decode::Cancel, pollster::block_on, support::*};
    /// # let mut session = session(knowing_anywhere("total = price * count\nprint(total)"), &[], 8);
    /// let source = Source { path: "a.py", prefix: "total = ", ..Source::default() };
    /// let request = Request { source, ..Request::default() };
    /// let found = block_on(session.alternatives(request, 3, &Cancel::new(), &|| 0.0))?;
    /// assert_eq!(found[0].text, "price * count"); // the greedy one
    /// # Ok::<(), CompleteError>(())
    /// ```
    ///
    /// # Errors
    /// [`CompleteError`].
    pub async fn alternatives(
        &mut self,
        request: Request<'_>,
        count: usize,
        cancel: &Cancel,
        clock: &impl Clock,
    ) -> Result<Vec<Completion>, CompleteError> {
        let count = count.min(MOST_ALTERNATIVES);
        let request = Request { event: Event::Asked, ..request };
        let greedy = self.complete(request, cancel, clock, |_| {}).await?;
        if greedy.skip.is_some() || count == 0 {
            return Ok(Vec::new());
        }
        let mut found: Vec<Completion> = Some(greedy).into_iter().filter(|c| !c.text.is_empty()).collect();
        if found.len() >= count {
            return Ok(found);
        }
        let prepared = self.prepare(&request, Keep::Yes)?;
        for seed in 1..=(count * TRIES) as u64 {
            if found.len() >= count {
                break;
            }
            let mode = GenerationMode::sampled(Sampling { seed, ..SAMPLING });
            let sample = Generation::new(self, request, mode);
            let sample = sample.decode(&prepared, cancel, clock, &mut |_| Flow::Continue).await?.completion;
            if !sample.text.is_empty() && found.iter().all(|other| other.text != sample.text) {
                found.push(sample);
            }
        }
        Ok(found)
    }
}
