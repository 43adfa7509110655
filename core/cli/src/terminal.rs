//! Reading and writing: bounded input, output that may end early, one line an error.
//!
//! All that the program writes goes through here. What a model, a file's name or its
//! metadata says is written by anybody: on a terminal nothing of it is obeyed. Elsewhere
//! [`text`] is what it was, byte for byte, since it is a result that goes into a file.

use std::fs::File;
use std::io::{self, BufWriter, ErrorKind, IsTerminal, Read, Write};
use std::path::Path;

use anyhow::{Context, Error, Result, bail};
use ghostlight_decode::Cancel;
use ghostlight_text::{printable, printable_lines};
use serde::Serialize;
use serde_json::ser::Formatter;

/// Largest text that is read, in bytes. No prompt uses more than a small part of it.
const LARGEST: u64 = 16 << 20;

/// Exit code after Ctrl-C, as shells have it: 128 and the signal's number.
pub(crate) const INTERRUPTED: u8 = 130;

/// All bytes of a file.
pub(crate) fn read_file(path: &Path) -> Result<Vec<u8>> {
    let name = path.display();
    let file = File::open(path).with_context(|| format!("open {name}"))?;
    if file.metadata().with_context(|| format!("read {name}"))?.is_dir() {
        bail!("open {name}: it is a folder, give a file in it");
    }
    read(file, &name.to_string())
}

/// All bytes of stdin.
pub(crate) fn read_stdin() -> Result<Vec<u8>> {
    read(io::stdin().lock(), "stdin")
}

fn read(from: impl Read, name: &str) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    from.take(LARGEST + 1).read_to_end(&mut bytes).with_context(|| format!("read {name}"))?;
    if bytes.len() as u64 > LARGEST {
        bail!("read {name}: it has more than {} MiB, give a smaller text", LARGEST >> 20);
    }
    Ok(bytes)
}

/// Whether stdout is a terminal.
pub(crate) fn is_on_terminal() -> bool {
    io::stdout().is_terminal()
}

/// Whether there is somebody at a terminal to be told more than results and errors.
pub(crate) fn is_watched() -> bool {
    io::stderr().is_terminal()
}

/// Writes a text of unknown origin to stdout, so that it is seen at once: as it is, but on a
/// terminal with escapes for all that one would obey.
pub(crate) fn text(text: &str) -> io::Result<()> {
    if is_on_terminal() { write(&printable_lines(text)) } else { write(text) }
}

/// Writes what is for people to stdout: nothing in it is obeyed wherever it goes.
pub(crate) fn print(text: &str) -> io::Result<()> {
    write(&printable_lines(text))
}

fn write(text: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes())?;
    out.flush()
}

/// Writes a value to stdout, as JSON on a line.
pub(crate) fn json(value: &impl Serialize) -> Result<()> {
    let mut lines = JsonLines::new();
    lines.write(value)?;
    lines.end()
}

/// JSON on stdout, a value a line, in which texts are ASCII where a terminal would obey them.
pub(crate) struct JsonLines(BufWriter<io::StdoutLock<'static>>);

impl JsonLines {
    /// Nobody else writes to stdout meanwhile.
    pub(crate) fn new() -> Self {
        Self(BufWriter::new(io::stdout().lock()))
    }

    pub(crate) fn write(&mut self, value: &impl Serialize) -> Result<()> {
        let mut line = Vec::new();
        value.serialize(&mut serde_json::Serializer::with_formatter(&mut line, Printable))?;
        line.push(b'\n');
        Ok(self.0.write_all(&line)?)
    }

    pub(crate) fn end(mut self) -> Result<()> {
        Ok(self.0.flush()?)
    }
}

/// JSON without spaces, with more characters as `\uXXXX` than have to be, which is the same value.
struct Printable;

impl Formatter for Printable {
    fn write_string_fragment<W: ?Sized + Write>(&mut self, to: &mut W, fragment: &str) -> io::Result<()> {
        if printable(fragment) == fragment {
            return to.write_all(fragment.as_bytes());
        }
        for c in fragment.chars() {
            let (mut bytes, mut units) = ([0; 4], [0; 2]);
            let text = &*c.encode_utf8(&mut bytes);
            if printable(text) == text {
                to.write_all(text.as_bytes())?;
                continue;
            }
            for unit in c.encode_utf16(&mut units) {
                write!(to, "\\u{unit:04x}")?;
            }
        }
        Ok(())
    }
}

/// Writes lines to stderr. Where that is closed there is nobody to tell.
pub(crate) fn note(lines: &str) {
    let _ = writeln!(io::stderr(), "{}", printable_lines(lines));
}

/// Cancels at the first Ctrl-C and ends the program at the second.
pub(crate) fn cancel_on_interrupt() -> Result<Cancel> {
    let cancel = Cancel::new();
    let handle = cancel.handle();
    ctrlc::set_handler(move || {
        if handle.is_cancelled() {
            std::process::exit(i32::from(INTERRUPTED));
        }
        handle.cancel();
    })
    .context("listen for Ctrl-C")?;
    Ok(cancel)
}

/// Whether whoever read the output has gone, which is no error: `ghostlight inspect m | head`.
pub(crate) fn is_closed_pipe(error: &Error) -> bool {
    let io = error.chain().filter_map(|cause| cause.downcast_ref::<io::Error>()).next();
    io.is_some_and(|error| error.kind() == ErrorKind::BrokenPipe)
}

/// An error and its causes in one line. A cause that is told already is left out.
pub(crate) fn message(error: &Error) -> String {
    let mut line = String::new();
    for cause in error.chain().map(ToString::to_string) {
        if line.is_empty() {
            line = cause;
        } else if !line.contains(&cause) {
            line = format!("{line}: {cause}");
        }
    }
    printable(&line).into_owned()
}

/// A number of things in words: `1 line`, `2 lines`.
pub(crate) fn count(n: usize, what: &str) -> String {
    if n == 1 { format!("1 {what}") } else { format!("{n} {what}s") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_is_one_line_and_says_a_cause_once() {
        let inner = io::Error::other("disk\nfull");
        let error = Error::new(inner).context("write a: disk\nfull").context("fetch \u{1b}[2J");
        assert_eq!(message(&error), "fetch \\u{1b}[2J: write a: disk\\nfull");
    }

    #[test]
    fn input_is_bounded() {
        let error = read(io::repeat(b'a'), "zeros").unwrap_err();
        assert_eq!(error.to_string(), "read zeros: it has more than 16 MiB, give a smaller text");
        assert_eq!(read(&b"abc"[..], "abc").unwrap(), b"abc");
    }

    #[test]
    fn only_a_closed_pipe_is_no_error() {
        assert!(is_closed_pipe(&Error::new(io::Error::from(ErrorKind::BrokenPipe)).context("print")));
        assert!(!is_closed_pipe(&Error::new(io::Error::from(ErrorKind::NotFound))));
        assert!(!is_closed_pipe(&anyhow::anyhow!("no")));
    }
}
