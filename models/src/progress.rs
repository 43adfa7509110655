//! How a long download tells that it is alive.
//!
//! A trait, so that tests can watch and the page or a log can show it their own
//! way. [`Terminal`] draws a bar on a terminal and prints a line for every tenth
//! elsewhere, on stderr: stdout belongs to results. What a server or a program says in
//! a line is written by anybody, so nothing in it is obeyed.

use std::io::IsTerminal;

use ghostlight_text::{printable, printable_lines};
use indicatif::{ProgressBar, ProgressStyle};

const BAR: &str = "{msg} [{bar:30}] {bytes}/{total_bytes} {bytes_per_sec} {eta}";
const COUNTING_BAR: &str = "{msg} [{bar:30}] {pos}/{len} {eta}";

/// What a fetch reports. Calls come as `begin`, any number of `at`, `end`; a
/// retry may begin anew, and `at` may go backwards when a download restarts.
pub trait Progress {
    /// A stage with `total` bytes starts.
    fn begin(&mut self, what: &str, total: u64);
    /// So many bytes of the stage are there.
    fn at(&mut self, done: u64);
    /// The stage is over.
    fn end(&mut self);
    /// Something worth a line, such as a retry.
    fn note(&mut self, line: &str);
}

/// Reports nothing.
#[derive(Debug, Default, Clone, Copy)]
pub struct Silent;

impl Progress for Silent {
    fn begin(&mut self, _what: &str, _total: u64) {}
    fn at(&mut self, _done: u64) {}
    fn end(&mut self) {}
    fn note(&mut self, _line: &str) {}
}

/// A bar on a terminal, lines elsewhere.
#[derive(Debug, Default)]
pub struct Terminal {
    bar: Option<ProgressBar>,
    what: String,
    total: u64,
    tenths: u64,
    counts: bool,
}

impl Terminal {
    /// Nothing is shown before the first stage begins.
    pub fn new() -> Self {
        Self::default()
    }

    /// For stages that count things instead of bytes.
    pub fn counting() -> Self {
        let mut terminal = Self::default();
        terminal.counts = true;
        terminal
    }
}

impl Progress for Terminal {
    fn begin(&mut self, what: &str, total: u64) {
        self.end();
        self.what = printable(what).into_owned();
        self.total = total;
        self.tenths = 0;
        if std::io::stderr().is_terminal() {
            let template = if self.counts { COUNTING_BAR } else { BAR };
            let style =
                ProgressStyle::with_template(template).expect("templates are constants that a test parses");
            let bar = ProgressBar::new(total).with_style(style.progress_chars("=> "));
            bar.set_message(self.what.clone());
            self.bar = Some(bar);
        } else {
            eprintln!("{}: {total}{}", self.what, if self.counts { "" } else { " bytes" });
        }
    }

    fn at(&mut self, done: u64) {
        if let Some(bar) = &self.bar {
            bar.set_position(done);
            return;
        }
        let tenths = (done.min(self.total) * 10).checked_div(self.total).unwrap_or(10);
        if tenths > self.tenths {
            eprintln!("{}: {}0 %", self.what, tenths);
        }
        self.tenths = tenths;
    }

    fn end(&mut self) {
        if let Some(bar) = self.bar.take() {
            bar.finish_and_clear();
        }
    }

    fn note(&mut self, line: &str) {
        let line = printable_lines(line);
        match &self.bar {
            Some(bar) => bar.suspend(|| eprintln!("{line}")),
            None => eprintln!("{line}"),
        }
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        self.end();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bar_templates_parse() {
        assert!(ProgressStyle::with_template(BAR).is_ok());
        assert!(ProgressStyle::with_template(COUNTING_BAR).is_ok());
    }

    #[test]
    fn every_tenth_is_a_line_once_and_an_empty_stage_is_whole() {
        let mut terminal = Terminal::new();
        terminal.total = 100;
        for (done, tenths) in [(5, 0), (10, 1), (19, 1), (100, 10), (400, 10)] {
            terminal.at(done);
            assert_eq!(terminal.tenths, tenths);
        }
        terminal.total = 0;
        terminal.at(0);
        assert_eq!(terminal.tenths, 10);
    }
}
