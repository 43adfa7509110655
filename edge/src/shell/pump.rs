//! A backend's stream on its way to the client.
//!
//! The chunks that arrive are the chunks that are written; what is in them is only
//! looked at. When the client goes, the backend's request is dropped, and with it
//! aborted, unless others follow the same answer: then it is read to its end for
//! them, or until the last of them has gone.

use std::rc::Rc;

use futures_util::future::{Either, select};
use web_sys::ReadableStream;

use super::upstream::Answer;
use super::{js, state};
use crate::cache::{Entry, Leader, Outcome};
use crate::config::Routing;
use crate::stream::Observation;
use crate::{EdgeError, Millis};

/// How often a leader without a client looks whether anybody follows it.
const GLANCE: Millis = Millis(10);

/// What was learnt while an answer passed.
pub(super) struct Passed {
    pub(super) observation: Observation,
    /// Whether it came to its end.
    pub(super) whole: bool,
}

/// The client's end of an answer, and the work that fills it.
pub(super) fn pass(
    answer: Answer,
    gone: js::Gone,
    leader: Option<Leader>,
    routing: &Routing,
) -> Result<(ReadableStream, impl Future<Output = (Passed, Option<Leader>)> + use<>), EdgeError> {
    let (writer, readable) = js::pipe().map_err(|()| EdgeError::Backend("no stream could be made"))?;
    let (idle, total) = (Millis(routing.idle_ms), Millis(routing.total_ms));
    Ok((readable, run(answer, writer, gone, leader, idle, total)))
}

async fn run(
    mut answer: Answer,
    writer: js::Writer,
    gone: js::Gone,
    leader: Option<Leader>,
    idle: Millis,
    total: Millis,
) -> (Passed, Option<Leader>) {
    let until = js::now().plus(total);
    if let Some(leader) = &leader {
        answer.pieces.drain(..).for_each(|piece| leader.add(piece));
    }
    let mut writer = Some(writer);
    let mut pending = std::mem::take(&mut answer.chunks);
    let mut bytes = Vec::new();
    let wanted = |writer: &Option<js::Writer>| {
        writer.is_some() || leader.as_ref().is_some_and(|leader| leader.followers() > 0)
    };
    let outcome = loop {
        for chunk in pending.drain(..) {
            let Some(to) = &writer else { break };
            // An error means that nobody reads; a signal, that nobody will; silence, that somebody
            // holds a backend without reading.
            if !matches!(js::within(idle, gone.unless(to.write(&chunk))).await, Some(Some(Ok(())))) {
                writer = None;
            }
        }
        if !wanted(&writer) {
            break Err(None);
        }
        let Some(reader) = &answer.rest else { break Ok(()) };
        if js::now() >= until {
            break Err(Some("it takes too long"));
        }
        let read = next(reader, idle, &gone, &mut writer, leader.as_ref());
        match read.await {
            Next::Chunk(chunk) => {
                bytes.clear();
                js::append(&mut bytes, &chunk);
                for piece in answer.observation.push(&bytes) {
                    if let Some(leader) = &leader {
                        leader.add(piece);
                    }
                }
                pending.push(chunk);
            }
            Next::End => break Ok(()),
            Next::Fault(what) => break Err(Some(what)),
            Next::Nobody => break Err(None),
        }
    };
    let done = answer.observation.is_done();
    let whole = outcome.is_ok() && done;
    match (outcome, writer) {
        (Ok(()), Some(writer)) if done => {
            answer.slot.judge(true);
            writer.close().await;
            return (Passed { observation: answer.observation, whole }, leader);
        }
        (Ok(()), _) if done => answer.slot.judge(true),
        // The client's going is nobody's fault.
        (Err(None), _) => {
            state::with(|isolate| {
                isolate.metrics.add("ghostlight_cancelled_total", &[("when", "mid_stream")], 1)
            });
        }
        (outcome, writer) => {
            answer.slot.judge(false);
            let what = outcome.err().flatten().unwrap_or("it ended too early");
            if let Some(writer) = writer {
                fail(writer, &answer.observation, what).await;
            }
        }
    }
    (Passed { observation: answer.observation, whole }, leader)
}

/// What comes next of a stream.
enum Next {
    Chunk(js_sys::Uint8Array),
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

/// Tells the client that something is lacking: by an event if the stream stands
/// between two, else by breaking off, as half an event cannot be taken back.
async fn fail(writer: js::Writer, observation: &Observation, what: &'static str) {
    if observation.is_between() {
        let event = format!("data: {}\n\n", EdgeError::Backend(what).body());
        let _ = writer.write_bytes(event.as_bytes()).await;
        writer.close().await;
    } else {
        writer.abort().await;
    }
}

/// Ends a flight with what was learnt.
pub(super) fn land(leader: Option<Leader>, entry: Option<&Entry>) {
    if let Some(leader) = leader {
        leader.end(match entry {
            Some(entry) => Outcome::Landed(Rc::new(entry.clone())),
            None => Outcome::Failed(EdgeError::Backend("it did not come to a clean end")),
        });
    }
}
