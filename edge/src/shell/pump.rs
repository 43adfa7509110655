//! The pump: a backend's stream on its way to the client, chunk by chunk, read along and guarded.
//!
//! The chunks that arrive are the chunks that are written; what is in them is only
//! looked at. Under guard they are cut between two events, and events whose text may
//! still become a secret wait. When the client goes, the backend's request is dropped,
//! and with it aborted, unless others follow the same answer: then it is read to its
//! end for them, or until the last of them has gone.

use std::cell::Cell;
use std::collections::VecDeque;
use std::pin::pin;

use futures_util::future::{Either, select};
use js_sys::Uint8Array;
use web_sys::ReadableStream;

use super::guard::{self, AnswerGuard};
use super::upstream::UpstreamResponse;
use super::{js, state};
use crate::cache::{Leader, SharedDelta};
use crate::config::Routing;
use crate::guard::StreamGuard;
use crate::stream::{Channel, StreamState, TextDelta};
use crate::{EdgeError, Millis};

/// How often a leader without a client looks whether anybody follows it.
const POLL_INTERVAL: Millis = Millis(10);
/// The most bytes that wait because of their text.
const MOST_HELD: u64 = 4 << 20;

/// What was learnt while an answer passed.
pub(super) struct Passed {
    pub(super) stream_state: StreamState,
    /// Why it did not come to its end.
    pub(super) fault: Option<EdgeError>,
}

/// Why no more of an answer is read.
enum Stop {
    /// It has ended.
    End,
    /// Nobody wants it any more.
    Nobody,
    /// The backend does not do as it should.
    Fault(&'static str),
    /// It broke this rule.
    Guarded(&'static str),
}

/// The client's end of an answer, and the work that fills it.
pub(super) fn pass(
    answer: UpstreamResponse,
    disconnect: js::ClientDisconnect,
    leader: Option<Leader>,
    guard: Option<AnswerGuard>,
    routing: &Routing,
) -> Result<(ReadableStream, impl Future<Output = (Passed, Option<Leader>)> + use<>), EdgeError> {
    let (writer, readable) = js::pipe().map_err(|()| EdgeError::Backend("no stream could be made"))?;
    let (idle, total) = (Millis(routing.idle_ms), Millis(routing.total_ms));
    Ok((readable, run(answer, writer, disconnect, leader, guard, idle, total)))
}

async fn run(
    mut answer: UpstreamResponse,
    writer: js::Writer,
    disconnect: js::ClientDisconnect,
    leader: Option<Leader>,
    guard: Option<AnswerGuard>,
    idle: Millis,
    total: Millis,
) -> (Passed, Option<Leader>) {
    let until = js::now().plus(total);
    let mut gate = Gate::new(guard.as_ref().map(AnswerGuard::stream_guard));
    let (chunks, deltas) = (std::mem::take(&mut answer.chunks), std::mem::take(&mut answer.deltas));
    let mut ready = gate.take(chunks, deltas, &answer.stream_state);
    let mut writer = Some(writer);
    // One of each for the whole stream: timers and promises cost more than what they wait for.
    let heard = Cell::new(js::now());
    let mut leaving = pin!(disconnect.wait());
    let mut silent = pin!(silence(&heard, idle));
    let mut bytes = Vec::new();
    let wanted = |writer: &Option<js::Writer>| {
        writer.is_some() || leader.as_ref().is_some_and(|leader| leader.followers() > 0)
    };
    let stop = loop {
        if let Some(leader) = &leader {
            let deltas =
                ready.deltas.drain(..).map(|delta| SharedDelta { index: delta.index, text: delta.text });
            deltas.for_each(|delta| leader.add(delta));
        }
        for chunk in ready.chunks.drain(..) {
            let Some(to) = &writer else { break };
            // An error means that nobody reads; a signal, that nobody will; silence, that somebody
            // holds a backend without reading.
            heard.set(js::now());
            let is_taken = {
                let write = pin!(to.write(&chunk));
                match select(write, select(leaving.as_mut(), silent.as_mut())).await {
                    Either::Left((outcome, _)) => outcome.is_ok(),
                    Either::Right((Either::Left(_), _)) => false,
                    Either::Right((Either::Right(_), _)) => {
                        silent.set(silence(&heard, idle));
                        false
                    }
                }
            };
            if !is_taken {
                writer = None;
            }
        }
        if let Some(stop) = ready.stop.take() {
            break stop;
        }
        if !wanted(&writer) {
            break Stop::Nobody;
        }
        if js::now() >= until {
            break Stop::Fault("it takes too long");
        }
        heard.set(js::now());
        let rest = answer.rest.as_ref();
        let mut read = pin!(async {
            match rest {
                Some(reader) => reader.read().await,
                None => Ok(None),
            }
        });
        let next = loop {
            let outcome = if writer.is_some() {
                match select(read.as_mut(), select(leaving.as_mut(), silent.as_mut())).await {
                    Either::Left((outcome, _)) => Some(outcome),
                    Either::Right((Either::Left(_), _)) => None,
                    Either::Right((Either::Right(_), _)) => break Next::Fault("it fell silent"),
                }
            } else {
                // Followers cannot wake anybody, so they are looked for.
                match select(read.as_mut(), select(pin!(js::sleep(POLL_INTERVAL)), silent.as_mut())).await {
                    Either::Left((outcome, _)) => Some(outcome),
                    Either::Right((Either::Left(_), _)) => None,
                    Either::Right((Either::Right(_), _)) => break Next::Fault("it fell silent"),
                }
            };
            match outcome {
                Some(Ok(Some(chunk))) => break Next::Chunk(chunk),
                Some(Ok(None)) => break Next::End,
                Some(Err(())) => break Next::Fault("it broke off"),
                None => {
                    writer = None;
                    if !wanted(&writer) {
                        break Next::Nobody;
                    }
                }
            }
        };
        ready = match next {
            Next::Chunk(chunk) => {
                bytes.clear();
                js::append(&mut bytes, &chunk);
                let deltas = answer.stream_state.push(&bytes);
                gate.take(vec![chunk], deltas, &answer.stream_state)
            }
            Next::End => {
                answer.outgoing.done();
                let deltas = answer.stream_state.finish();
                gate.end(deltas, &answer.stream_state)
            }
            Next::Fault(what) => Ready::stop(Stop::Fault(what)),
            Next::Nobody => Ready::stop(Stop::Nobody),
        };
    };
    let fault = match stop {
        Stop::End if answer.stream_state.is_done() || answer.stream_state.is_whole() => None,
        Stop::End => Some(EdgeError::Backend("it ended too early")),
        Stop::Fault(what) => Some(EdgeError::Backend(what)),
        Stop::Guarded(rule) => Some(EdgeError::Guarded(rule)),
        Stop::Nobody => Some(EdgeError::Cancelled),
    };
    match &fault {
        // The client's going is nobody's fault.
        Some(EdgeError::Cancelled) => {
            let when = [("when", "mid_stream")];
            state::with(|isolate| isolate.metrics.add("ghostlight_cancelled_total", &when, 1));
        }
        Some(EdgeError::Guarded(rule)) => {
            guard::count(rule);
            // The backend did what it was asked.
            answer.slot.judge(true);
        }
        Some(_) => answer.slot.judge(false),
        None => answer.slot.judge(true),
    }
    match (&fault, writer) {
        (_, None) => {}
        (None, Some(writer)) => {
            // Clients of OpenAI's protocol wait for an end that not every server tells.
            let missing = answer.stream_state.missing();
            if !missing.is_empty() {
                let _ = writer.write_bytes(missing.as_bytes()).await;
            }
            writer.close().await;
        }
        (Some(error), Some(writer)) => fail(writer, gate.is_between(&answer.stream_state), error).await,
    }
    (Passed { stream_state: answer.stream_state, fault }, leader)
}

/// What may pass of a stream: without a guard all of it at once, under guard whole
/// events whose text is free.
struct Gate<'a> {
    watch: Option<StreamGuard<'a>>,
    chunks: VecDeque<Uint8Array>,
    deltas: VecDeque<TextDelta>,
    /// Bytes that have passed, and bytes that have come.
    passed: u64,
    come: u64,
}

/// Chunks to write, what they say, and whether that is all.
#[derive(Default)]
struct Ready {
    chunks: Vec<Uint8Array>,
    deltas: Vec<TextDelta>,
    stop: Option<Stop>,
}

impl Ready {
    fn stop(stop: Stop) -> Self {
        Self { stop: Some(stop), ..Self::default() }
    }
}

impl<'a> Gate<'a> {
    fn new(watch: Option<StreamGuard<'a>>) -> Self {
        Self { watch, chunks: VecDeque::new(), deltas: VecDeque::new(), passed: 0, come: 0 }
    }

    fn take(&mut self, chunks: Vec<Uint8Array>, deltas: Vec<TextDelta>, seen: &StreamState) -> Ready {
        let Some(watch) = &mut self.watch else { return Ready { chunks, deltas, stop: None } };
        if let Err(cut) = watch.push(&deltas, seen) {
            return Ready::stop(Stop::Guarded(cut.rule));
        }
        let free = watch.free(seen);
        self.come += chunks.iter().map(|chunk| u64::from(chunk.length())).sum::<u64>();
        self.chunks.extend(chunks);
        self.deltas.extend(deltas);
        let ready = self.release(free);
        if seen.is_broken() && !seen.is_done() {
            // What cannot be read cannot be watched.
            let stop = Some(Stop::Fault("it said what is no part of an answer"));
            return Ready { stop, ..ready };
        }
        if self.come - self.passed > MOST_HELD {
            return Ready { stop: Some(Stop::Fault("it says too much at once")), ..ready };
        }
        ready
    }

    /// The stream is at its end: what waited for it may pass now, if it may at all.
    fn end(&mut self, deltas: Vec<TextDelta>, seen: &StreamState) -> Ready {
        let stop = Some(Stop::End);
        let Some(watch) = &mut self.watch else { return Ready { deltas, stop, ..Ready::default() } };
        if let Err(cut) = watch.push(&deltas, seen).and_then(|()| watch.finish()) {
            return Ready::stop(Stop::Guarded(cut.rule));
        }
        let free = watch.free(seen);
        self.deltas.extend(deltas);
        Ready { stop, ..self.release(free) }
    }

    fn release(&mut self, free: u64) -> Ready {
        let mut chunks = Vec::new();
        while self.passed < free
            && let Some(chunk) = self.chunks.pop_front()
        {
            let length = u64::from(chunk.length());
            let part = length.min(free - self.passed);
            self.passed += part;
            if part == length {
                chunks.push(chunk);
                continue;
            }
            let at = u32::try_from(part).expect("it is shorter than a chunk");
            chunks.push(chunk.subarray(0, at));
            self.chunks.push_front(chunk.subarray(at, chunk.length()));
        }
        let count = self.deltas.iter().take_while(|delta| delta.start < free).count();
        let deltas = self.deltas.drain(..count).filter(|delta| delta.channel == Channel::Content).collect();
        Ready { chunks, deltas, stop: None }
    }

    /// Whether what has passed ends between two events.
    fn is_between(&self, seen: &StreamState) -> bool {
        self.watch.is_some() || seen.is_between()
    }
}

/// What comes next of a stream.
enum Next {
    Chunk(Uint8Array),
    End,
    Fault(&'static str),
    Nobody,
}

/// Ends when nothing was heard for so long.
async fn silence(heard: &Cell<Millis>, span: Millis) {
    loop {
        let quiet = js::now().since(heard.get());
        if quiet >= span {
            return;
        }
        js::sleep(Millis(span.0 - quiet.0)).await;
    }
}

/// Tells the client that something is lacking: by an event if what it has ends between
/// two, else by breaking off, as half an event cannot be taken back.
async fn fail(writer: js::Writer, is_between: bool, error: &EdgeError) {
    if is_between {
        let event = format!("data: {}\n\n", error.body());
        let _ = writer.write_bytes(event.as_bytes()).await;
        writer.close().await;
    } else {
        writer.abort().await;
    }
}
