//! A parser of server-sent events (WHATWG HTML, 9.2.6), for bytes cut anywhere.
//!
//! Only what OpenAI's protocol uses is kept: the event's name and its data. A line
//! ends in LF, CR or CRLF; an event ends with an empty line. An event has a limit.
//! The parser counts bytes as well, so that a stream can be cut between two events.
//!
//! Beyond the standard, as servers of models do it: the last event needs no empty line
//! behind it, and a field `error` is the data of an event `error`.

/// An event.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SseEvent {
    /// The field `event`; empty for a plain message.
    pub name: String,
    /// The fields `data`, a line each.
    pub data: String,
    /// Bytes of the stream before it and what belongs to it.
    pub start: u64,
}

/// An event that is longer than the parser's limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TooLong;

/// Reads events.
#[derive(Debug)]
pub struct SseParser {
    line: Vec<u8>,
    event: SseEvent,
    has_data: bool,
    at_start: bool,
    after_cr: bool,
    limit: usize,
    /// Bytes that were taken.
    taken: u64,
    /// Bytes up to the last place between two events.
    between: u64,
}

impl SseParser {
    /// A parser for events of at most `limit` bytes.
    #[must_use]
    pub fn new(limit: usize) -> Self {
        Self {
            line: Vec::new(),
            event: SseEvent::default(),
            has_data: false,
            at_start: true,
            after_cr: false,
            limit,
            taken: 0,
            between: 0,
        }
    }

    /// Takes bytes; the events that they complete.
    ///
    /// # Errors
    /// For an event over the limit. The parser is of no use after that.
    pub fn push(&mut self, bytes: &[u8]) -> Result<Vec<SseEvent>, TooLong> {
        let mut events = Vec::new();
        let mut rest = bytes;
        while !rest.is_empty() {
            // The LF of a CRLF that was cut in two.
            if self.after_cr {
                self.after_cr = false;
                if rest[0] == b'\n' {
                    rest = &rest[1..];
                    self.taken += 1;
                    self.note();
                    continue;
                }
            }
            let end = rest.iter().position(|byte| matches!(byte, b'\n' | b'\r'));
            let taken = &rest[..end.unwrap_or(rest.len())];
            if self.line.len() + taken.len() + self.event.data.len() > self.limit {
                return Err(TooLong);
            }
            self.line.extend_from_slice(taken);
            self.taken += taken.len() as u64;
            let Some(end) = end else { break };
            self.after_cr = rest[end] == b'\r';
            self.taken += 1;
            rest = &rest[end + 1..];
            events.extend(self.line());
            self.note();
        }
        Ok(events)
    }

    /// The stream has ended: the event that no empty line has completed.
    pub fn end(&mut self) -> Option<SseEvent> {
        if !self.line.is_empty() {
            self.line();
        }
        self.line()
    }

    /// Bytes that were taken.
    #[must_use]
    pub fn taken(&self) -> u64 {
        self.taken
    }

    /// Whether the stream stands between two events, as it has to at its end.
    #[must_use]
    pub fn is_between(&self) -> bool {
        self.line.is_empty() && !self.has_data
    }

    /// Bytes of the stream up to the last place between two events.
    #[must_use]
    pub fn between(&self) -> u64 {
        self.between
    }

    fn note(&mut self) {
        if self.is_between() {
            self.between = self.taken;
        }
    }

    fn line(&mut self) -> Option<SseEvent> {
        let line = std::mem::take(&mut self.line);
        let line = if std::mem::take(&mut self.at_start) {
            line.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(&line)
        } else {
            &line
        };
        if line.is_empty() {
            let event = SseEvent { start: self.between, ..std::mem::take(&mut self.event) };
            return std::mem::take(&mut self.has_data).then_some(event);
        }
        let colon = line.iter().position(|byte| *byte == b':').unwrap_or(line.len());
        let value = line.get(colon + 1..).unwrap_or(&[]);
        let value = String::from_utf8_lossy(value.strip_prefix(b" ").unwrap_or(value));
        match &line[..colon] {
            b"data" | b"error" => {
                if line.starts_with(b"error") {
                    self.event.name = "error".to_owned();
                }
                if self.has_data {
                    self.event.data.push('\n');
                }
                self.event.data.push_str(&value);
                self.has_data = true;
            }
            b"event" => self.event.name = value.into_owned(),
            // Comments have an empty name; `id` and `retry` mean nothing here.
            _ => {}
        }
        None
    }
}
