//! Metrics of one isolate: counters and histograms in Prometheus' text format.
//!
//! Labels come from lists in the code or the configuration, so there are only so
//! many series. An isolate counts for itself and forgets when it ends: a scraper
//! that wants sums adds rates over instances, as Prometheus does anyway.

use std::collections::BTreeMap;
use std::fmt::Write;

/// Upper bounds of the buckets of times, milliseconds.
const BOUNDS: [u64; 12] = [1, 2, 5, 10, 25, 50, 100, 200, 500, 1000, 5000, 30_000];

/// A name and its labels, as `label="value"` joined by commas.
type Series = (&'static str, String);

/// All counters.
#[derive(Debug, Default)]
pub struct Metrics {
    counters: BTreeMap<Series, u64>,
    times: BTreeMap<Series, Times>,
}

#[derive(Debug, Default)]
struct Times {
    buckets: [u64; BOUNDS.len()],
    sum: u64,
    count: u64,
}

/// The most series, so that a mistake in labels cannot fill the memory.
const MOST_SERIES: usize = 2000;

impl Metrics {
    /// Adds to a counter. A label's value may be of any characters.
    pub fn add(&mut self, name: &'static str, labels: &[(&str, &str)], amount: u64) {
        let key = (name, render(labels));
        if self.counters.len() < MOST_SERIES || self.counters.contains_key(&key) {
            let value = self.counters.entry(key).or_default();
            *value = value.saturating_add(amount);
        }
    }

    /// Adds a time to a histogram.
    pub fn time(&mut self, name: &'static str, labels: &[(&str, &str)], milliseconds: u64) {
        let key = (name, render(labels));
        if self.times.len() < MOST_SERIES || self.times.contains_key(&key) {
            let times = self.times.entry(key).or_default();
            for (bound, bucket) in BOUNDS.iter().zip(&mut times.buckets) {
                if milliseconds <= *bound {
                    *bucket += 1;
                }
            }
            times.sum = times.sum.saturating_add(milliseconds);
            times.count += 1;
        }
    }

    /// The value of a counter.
    #[must_use]
    pub fn counter(&self, name: &'static str, labels: &[(&str, &str)]) -> u64 {
        self.counters.get(&(name, render(labels))).copied().unwrap_or(0)
    }

    /// Everything, with `gauges` that are known only now.
    #[must_use]
    pub fn text(&self, gauges: &[(&'static str, String, f64)]) -> String {
        let mut text = String::new();
        let mut last = "";
        for ((name, labels), value) in &self.counters {
            head(&mut text, &mut last, name, "counter");
            let _ = writeln!(text, "{name}{} {value}", braces(labels));
        }
        for ((name, labels), times) in &self.times {
            head(&mut text, &mut last, name, "histogram");
            let comma = if labels.is_empty() { "" } else { "," };
            for (bound, count) in BOUNDS.iter().zip(&times.buckets) {
                let _ = writeln!(text, "{name}_bucket{{{labels}{comma}le=\"{bound}\"}} {count}");
            }
            let _ = writeln!(text, "{name}_bucket{{{labels}{comma}le=\"+Inf\"}} {}", times.count);
            let _ = writeln!(text, "{name}_sum{} {}", braces(labels), times.sum);
            let _ = writeln!(text, "{name}_count{} {}", braces(labels), times.count);
        }
        for (name, labels, value) in gauges {
            head(&mut text, &mut last, name, "gauge");
            let _ = writeln!(text, "{name}{} {value}", braces(labels));
        }
        text
    }
}

/// Labels as Prometheus writes them.
#[must_use]
pub fn render(labels: &[(&str, &str)]) -> String {
    let each = labels.iter().map(|(name, value)| {
        let value = value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
        format!("{name}=\"{value}\"")
    });
    each.collect::<Vec<_>>().join(",")
}

fn head<'a>(text: &mut String, last: &mut &'a str, name: &'a str, kind: &str) {
    if *last != name {
        let _ = writeln!(text, "# TYPE {name} {kind}");
        *last = name;
    }
}

fn braces(labels: &str) -> String {
    if labels.is_empty() { String::new() } else { format!("{{{labels}}}") }
}
