//! A backend's stream on its way to the client.
//!
//! The chunks that arrive are the chunks that are written; what is in them is only
//! looked at. Under guard they are cut between two events, and events whose text may
//! still become a secret wait. When the client goes, the backend's request is dropped,
//! and with it aborted, unless others follow the same answer: then it is read to its
//! end for them, or until the last of them has gone.

use std::collections::VecDeque;
use std::rc::Rc;

use futures_util::future::{Either, select};
use js_sys::Uint8Array;
use web_sys::ReadableStream;

use super::guard::{self, Guarded};
use super::upstream::Answer;
use super::{js, state};
use crate::cache::{Entry, Leader, Outcome, Piece};
use crate::config::Routing;
use crate::guard::Watch;
use crate::stream::{Observation, Part, Said};
use crate::{EdgeError, Millis};

/// How often a leader without a client looks whether anybody follows it.
const GLANCE: Millis = Millis(10);
/// The most bytes that wait because of their text.
const MOST_HELD: u64 = 4 << 20;

/// What was learnt while an answer passed.
pub(super) struct Passed {
    pub(super) observation: Observation,
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
    answer: Answer,
    gone: js::Gone,
    leader: Option<Leader>,
    guarded: Option<Guarded>,
    routing: &Routing,
) -> Result<(ReadableStream, impl Future<Output = (Passed, Option<Leader>)> + use<>), EdgeError> {
    let (writer, readable) = js::pipe().map_err(|()| EdgeError::Backend("no stream could be made"))?;
    let (idle, total) = (Millis(routing.idle_ms), Millis(routing.total_ms));
    Ok((readable, run(answer, writer, gone, leader, guarded, idle, total)))
}

async fn run(
    mut answer: Answer,
    writer: js::Writer,
    gone: js::Gone,
    leader: Option<Leader>,
    guarded: Option<Guarded>,
    idle: Millis,
    total: Millis,
) -> (Passed, Option<Leader>) {
    let until = js::now().plus(total);
    let mut gate = Gate::new(guarded.as_ref().map(Guarded::watch));
    let (chunks, said) = (std::mem::take(&mut answer.chunks), std::mem::take(&mut answer.said));
    let mut ready = gate.take(chunks, said, &answer.observation);
    let mut writer = Some(writer);
    let mut bytes = Vec::new();
    let wanted = |writer: &Option<js::Writer>| {
        writer.is_some() || leader.as_ref().is_some_and(|leader| leader.followers() > 0)
    };
    let stop = loop {
        if let Some(leader) = &leader {
            let pieces = ready.said.drain(..).map(|said| Piece { index: said.index, text: said.text });
            pieces.for_each(|piece| leader.add(piece));
        }
        for chunk in ready.chunks.drain(..) {
            let Some(to) = &writer else { break };
            // An error means that nobody reads; a signal, that nobody will; silence, that somebody
            // holds a backend without reading.
            if !matches!(js::within(idle, gone.unless(to.write(&chunk))).await, Some(Some(Ok(())))) {
                writer = None;
            }
        }
        if let Some(stop) = ready.stop.take() {
            break stop;
        }
        if !wanted(&writer) {
            break Stop::Nobody;
        }
        let Some(reader) = &answer.rest else { break Stop::End };
        if js::now() >= until {
            break Stop::Fault("it takes too long");
        }
        ready = match next(reader, idle, &gone, &mut writer, leader.as_ref()).await {
            Next::Chunk(chunk) => {
                bytes.clear();
                js::append(&mut bytes, &chunk);
                let said = answer.observation.push(&bytes);
                gate.take(vec![chunk], said, &answer.observation)
            }
            Next::End => gate.end(&answer.observation),
            Next::Fault(what) => Ready::stop(Stop::Fault(what)),
            Next::Nobody => Ready::stop(Stop::Nobody),
        };
    };
    let fault = match stop {
        Stop::End if answer.observation.is_done() => None,
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
        (None, Some(writer)) => writer.close().await,
        (Some(error), Some(writer)) => fail(writer, gate.is_between(&answer.observation), error).await,
    }
    (Passed { observation: answer.observation, fault }, leader)
}

/// What may pass of a stream: without a guard all of it at once, under guard whole
/// events whose text is free.
struct Gate<'a> {
    watch: Option<Watch<'a>>,
    chunks: VecDeque<Uint8Array>,
    said: VecDeque<Said>,
    /// Bytes that have passed, and bytes that have come.
    passed: u64,
    come: u64,
}

/// Chunks to write, what they say, and whether that is all.
#[derive(Default)]
struct Ready {
    chunks: Vec<Uint8Array>,
    said: Vec<Said>,
    stop: Option<Stop>,
}

impl Ready {
    fn stop(stop: Stop) -> Self {
        Self { stop: Some(stop), ..Self::default() }
    }
}

impl<'a> Gate<'a> {
    fn new(watch: Option<Watch<'a>>) -> Self {
        Self { watch, chunks: VecDeque::new(), said: VecDeque::new(), passed: 0, come: 0 }
    }

    fn take(&mut self, chunks: Vec<Uint8Array>, said: Vec<Said>, seen: &Observation) -> Ready {
        let Some(watch) = &mut self.watch else { return Ready { chunks, said, stop: None } };
        if let Err(cut) = watch.push(&said, seen) {
            return Ready::stop(Stop::Guarded(cut.rule));
        }
        let free = watch.free(seen);
        self.come += chunks.iter().map(|chunk| u64::from(chunk.length())).sum::<u64>();
        self.chunks.extend(chunks);
        self.said.extend(said);
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
    fn end(&mut self, seen: &Observation) -> Ready {
        let Some(watch) = &mut self.watch else { return Ready::stop(Stop::End) };
        match watch.finish() {
            Err(cut) => Ready::stop(Stop::Guarded(cut.rule)),
            Ok(()) => {
                let free = watch.free(seen);
                Ready { stop: Some(Stop::End), ..self.release(free) }
            }
        }
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
        let count = self.said.iter().take_while(|said| said.start < free).count();
        let said = self.said.drain(..count).filter(|said| said.part == Part::Text).collect();
        Ready { chunks, said, stop: None }
    }

    /// Whether what has passed ends between two events.
    fn is_between(&self, seen: &Observation) -> bool {
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

/// Waits for a chunk; meanwhile the client, and all who follow, may go.
async fn next(
    reader: &js::Reader,
    idle: Millis,
    gone: &js::Gone,
    writer: &mut Option<js::Writer>,
    leader: Option<&Leader>,
) -> Next {
    let mut read = std::pin::pin!(js::within(idle, reader.read()));
    loop {
        let outcome = if writer.is_some() {
            match select(read.as_mut(), std::pin::pin!(gone.wait())).await {
                Either::Left((outcome, _)) => Some(outcome),
                Either::Right(_) => {
                    *writer = None;
                    None
                }
            }
        } else {
            match select(read.as_mut(), std::pin::pin!(js::sleep(GLANCE))).await {
                Either::Left((outcome, _)) => Some(outcome),
                Either::Right(_) => None,
            }
        };
        match outcome {
            Some(Some(Ok(Some(chunk)))) => return Next::Chunk(chunk),
            Some(Some(Ok(None))) => return Next::End,
            Some(Some(Err(()))) => return Next::Fault("it broke off"),
            Some(None) => return Next::Fault("it fell silent"),
            None if leader.is_none_or(|leader| leader.followers() == 0) && writer.is_none() => {
                return Next::Nobody;
            }
            None => {}
        }
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

/// Ends a flight with what was learnt.
pub(super) fn land(leader: Option<Leader>, outcome: Result<&Entry, EdgeError>) {
    if let Some(leader) = leader {
        leader.end(match outcome {
            Ok(entry) => Outcome::Landed(Rc::new(entry.clone())),
            Err(error) => Outcome::Failed(error),
        });
    }
}
