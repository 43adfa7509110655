//! A loopback HTTP server with `Range` support that misbehaves on request.
//!
//! One thread, one request a connection. Faults are a queue: each request for a
//! file takes the next one, the one for its path first, and when the queue is
//! empty the server behaves. All requests are recorded as `PATH RANGE`.

use std::collections::{HashMap, VecDeque};
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

/// What goes wrong with one request.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Fault {
    /// Nothing.
    None,
    /// The connection closes after so many bytes of the body.
    CutAfter(usize),
    /// The connection closes before any answer.
    Hangup,
    /// Every body byte is another one.
    Garbled,
    /// The `Range` header is ignored.
    NoRange,
    /// The answer starts elsewhere than asked.
    OtherRange,
    /// This status and no body.
    Status(u16),
    /// More bytes than there should be.
    TooLong,
    /// A page instead of the file, as networks answer that want a login first.
    Login,
}

/// The server; it stops with the process.
pub(crate) struct Server {
    address: String,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    files: HashMap<String, Vec<u8>>,
    faults: VecDeque<Fault>,
    faults_at: HashMap<String, VecDeque<Fault>>,
    requests: Vec<String>,
}

impl Server {
    /// Listens on a free port of loopback.
    pub(crate) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let state = Arc::new(Mutex::new(State::default()));
        let shared = Arc::clone(&state);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                // A client that goes away is the client's business.
                let _ = answer(stream.unwrap(), &shared);
            }
        });
        Self { address, state }
    }

    /// Serves `bytes` at `path`.
    pub(crate) fn file(&self, path: &str, bytes: impl Into<Vec<u8>>) -> String {
        let mut state = self.state.lock().unwrap();
        state.files.insert(path.to_owned(), bytes.into());
        self.url(path)
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("{}{path}", self.address)
    }

    /// Faults of the next requests.
    pub(crate) fn faults(&self, faults: &[Fault]) {
        self.state.lock().unwrap().faults = faults.to_vec().into();
    }

    /// Faults of the next requests for `path`.
    pub(crate) fn faults_at(&self, path: &str, faults: &[Fault]) {
        self.state.lock().unwrap().faults_at.insert(path.to_owned(), faults.to_vec().into());
    }

    /// Serves nothing at `path` any more.
    pub(crate) fn forget(&self, path: &str) {
        self.state.lock().unwrap().files.remove(path);
    }

    /// The requests since the last call.
    pub(crate) fn requests(&self) -> Vec<String> {
        std::mem::take(&mut self.state.lock().unwrap().requests)
    }
}

fn answer(mut stream: TcpStream, state: &Mutex<State>) -> std::io::Result<()> {
    let mut lines = BufReader::new(stream.try_clone()?).lines();
    let first = lines.next().unwrap_or(Ok(String::new()))?;
    let path = first.split(' ').nth(1).unwrap_or_default().to_owned();
    let mut range = None;
    for line in lines {
        let line = line?.to_ascii_lowercase();
        if line.is_empty() {
            break;
        }
        if let Some(value) = line.strip_prefix("range: bytes=") {
            range = value.trim().trim_end_matches('-').parse::<usize>().ok();
        }
    }

    let (file, fault) = {
        let mut state = state.lock().unwrap();
        let asked = range.map_or("whole".to_owned(), |from| format!("from {from}"));
        state.requests.push(format!("{path} {asked}"));
        let own = state.faults_at.get_mut(&path).and_then(VecDeque::pop_front);
        let fault = own.or_else(|| state.faults.pop_front()).unwrap_or(Fault::None);
        (state.files.get(&path).cloned(), fault)
    };
    let Some(mut file) = file else {
        return write!(stream, "HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
    };
    let total = file.len();
    let mut from = range;
    match fault {
        Fault::Hangup => return Ok(()),
        Fault::Status(status) => {
            return write!(stream, "HTTP/1.1 {status} No\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
        }
        Fault::NoRange => from = None,
        Fault::OtherRange => from = from.map(|from| from + 1),
        Fault::Garbled => file.iter_mut().for_each(|byte| *byte = !*byte),
        Fault::TooLong => file.push(0),
        Fault::Login => (file, from) = (b"<p>Please log in</p>".to_vec(), None),
        Fault::None | Fault::CutAfter(_) => {}
    }
    let body = &file[from.unwrap_or(0).min(file.len())..];
    match from {
        Some(from) => {
            write!(stream, "HTTP/1.1 206 Partial\r\ncontent-range: bytes {from}-{}/{total}\r\n", total - 1)?
        }
        None => write!(stream, "HTTP/1.1 200 OK\r\n")?,
    }
    write!(stream, "content-length: {}\r\nconnection: close\r\n\r\n", body.len())?;
    let sent = match fault {
        Fault::CutAfter(bytes) => &body[..bytes.min(body.len())],
        _ => body,
    };
    stream.write_all(sent)
}
