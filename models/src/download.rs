//! One file over HTTP, into a `.part` file that survives an interruption.
//!
//! The idea: the `.part` file is only ever a prefix of the wanted file, so a new
//! try hashes what is there and asks for the rest with a `Range` header. A server
//! that ignores the header sends the whole file and the download starts over. As
//! long as a try adds bytes another one follows; tries that add none are few. A
//! wrong hash throws the file away and fetches it once more, since a proxy may
//! have served an error page or an old `.part` may be of another file.
//!
//! It does not rename the file: the caller decides what a checked file becomes.

use std::fs::{File, OpenOptions};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::Path;

use ureq::{Body, http::Response};

use crate::ModelsError;
use crate::error::{io, written};
use crate::hash::Hasher;
use crate::http::{Client, is_passing, network};
use crate::progress::Progress;

/// A file that is wanted, and what it must be.
pub(crate) struct Wanted<'a> {
    /// For messages.
    pub(crate) what: &'a str,
    pub(crate) url: &'a str,
    /// `None` where only the server knows it.
    pub(crate) bytes: Option<u64>,
    /// `None` where nobody said.
    pub(crate) sha256: Option<&'a str>,
}

/// How one try ended.
enum Outcome {
    /// All bytes are there; their hash.
    Whole(String),
    /// It broke off after adding bytes, or not.
    Broken { added: bool, error: ModelsError },
}

/// Downloads into `part`, which holds the right bytes when this returns; their hash.
///
/// Reports how many bytes are there; beginning and end of the stage are the caller's.
///
/// # Errors
/// [`ModelsError::Network`] when the server cannot be reached or stops adding bytes,
/// [`ModelsError::Size`] or [`ModelsError::Hash`] when it sends something else twice.
pub(crate) fn download(
    client: &Client,
    wanted: &Wanted<'_>,
    part: &Path,
    progress: &mut dyn Progress,
) -> Result<String, ModelsError> {
    let mut refetched = false;
    loop {
        let failure = match whole(client, wanted, part, progress) {
            Ok(got) => match wanted.sha256 {
                Some(expected) if got != expected => {
                    // What is there is wrong, so the next try must not resume it.
                    std::fs::remove_file(part).map_err(io("remove", part))?;
                    let (what, expected) = (wanted.what.to_owned(), expected.to_owned());
                    ModelsError::Hash { what, expected, got }
                }
                _ => return Ok(got),
            },
            Err(error @ ModelsError::Size { .. }) => error,
            Err(error) => return Err(error),
        };
        if refetched {
            return Err(failure);
        }
        refetched = true;
        progress.note(&format!("{failure}; fetching it once more"));
    }
}

/// Tries until all bytes are there; returns their hash.
fn whole(
    client: &Client,
    wanted: &Wanted<'_>,
    part: &Path,
    progress: &mut dyn Progress,
) -> Result<String, ModelsError> {
    let mut fruitless = 0;
    loop {
        match attempt(client, wanted, part, progress)? {
            Outcome::Whole(hash) => return Ok(hash),
            Outcome::Broken { added, error } => {
                fruitless = if added { 0 } else { fruitless + 1 };
                if fruitless >= client.tries(wanted.url) {
                    return Err(error);
                }
                progress.note(&format!("{error}; trying again"));
                if !added {
                    client.rest();
                }
            }
        }
    }
}

/// One request, resuming what `part` holds.
fn attempt(
    client: &Client,
    wanted: &Wanted<'_>,
    part: &Path,
    progress: &mut dyn Progress,
) -> Result<Outcome, ModelsError> {
    let mut file = OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .open(part)
        .map_err(io("open", part))?;
    let mut hasher = Hasher::default();
    if wanted.bytes.is_none() {
        // A part of a file of unknown length could be all of it.
        restart(&mut file, part)?;
    }
    let mut have = hasher.drain(&mut file).map_err(io("read", part))?;
    if wanted.bytes.is_some_and(|bytes| have > bytes) {
        restart(&mut file, part)?;
        return Err(wrong_size(wanted, have));
    }
    progress.at(have);
    if wanted.bytes == Some(have) {
        return Ok(Outcome::Whole(hasher.hex()));
    }

    let broken = |added, reason: String| Ok(Outcome::Broken { added, error: network(wanted.url, reason) });
    let range = format!("bytes={have}-");
    let headers = [("accept-encoding", "identity"), ("range", range.as_str())];
    let headers = if have > 0 { &headers[..] } else { &headers[..1] };
    let mut response = match client.get(wanted.url, headers) {
        Ok(response) => response,
        Err(error) => return broken(false, error.to_string()),
    };
    match response.status().as_u16() {
        206 if range_start(&response) == Some(have) => {}
        200 => {
            // An answer of another length is another file: a page that asks for a login, say. What
            // is there outlives it.
            let length = content_length(&response);
            if let (Some(got), Some(bytes)) = (length, wanted.bytes)
                && got != bytes
            {
                return Err(wrong_size(wanted, got));
            }
            // The whole file, whether or not a part of it was asked for.
            restart(&mut file, part)?;
            hasher = Hasher::default();
            have = 0;
        }
        206 | 416 => {
            restart(&mut file, part)?;
            return broken(false, "the server cannot resume here".to_owned());
        }
        status if is_passing(status) => return broken(false, format!("status {status}")),
        status => return Err(network(wanted.url, format!("status {status}"))),
    }

    let start = have;
    // What the catalogue does not say the server must.
    let Some(bytes) = wanted.bytes.or_else(|| content_length(&response)) else {
        return Err(network(wanted.url, "the server does not say how long the file is"));
    };
    let mut body = response.body_mut().as_reader();
    let mut buffer = vec![0; 1 << 16];
    loop {
        let read = match body.read(&mut buffer) {
            Ok(0) if have < bytes => {
                let reason = format!("ended after {have} of {bytes} bytes");
                return broken(have > start, reason);
            }
            Ok(0) => return Ok(Outcome::Whole(hasher.hex())),
            Ok(read) => read,
            Err(error) => return broken(have > start, error.to_string()),
        };
        have += read as u64;
        if have > bytes {
            restart(&mut file, part)?;
            return Err(wrong_size(wanted, have));
        }
        file.write_all(&buffer[..read]).map_err(written(part, bytes - (have - read as u64)))?;
        hasher.update(&buffer[..read]);
        progress.at(have);
    }
}

fn restart(file: &mut File, part: &Path) -> Result<(), ModelsError> {
    file.set_len(0).map_err(io("truncate", part))?;
    file.seek(SeekFrom::Start(0)).map_err(io("rewind", part))?;
    Ok(())
}

fn content_length(response: &Response<Body>) -> Option<u64> {
    response.headers().get("content-length")?.to_str().ok()?.parse().ok()
}

/// First byte of a `Content-Range: bytes START-END/TOTAL`.
fn range_start(response: &Response<Body>) -> Option<u64> {
    let value = response.headers().get("content-range")?.to_str().ok()?;
    value.strip_prefix("bytes ")?.split_once('-')?.0.parse().ok()
}

fn wrong_size(wanted: &Wanted<'_>, got: u64) -> ModelsError {
    ModelsError::Size { what: wanted.what.to_owned(), expected: wanted.bytes.unwrap_or(0), got }
}
