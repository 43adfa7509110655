//! How near a suggestion comes to what stood in the hole.
//!
//! All measures look at [`normalized`] text, and all but [`prefix_chars`] give a
//! number from 0 to 1, where 1 is the same text.

use std::collections::BTreeMap;

/// Characters of each side that [`edit_similarity`] looks at: it takes time in their product.
const LONGEST: usize = 4096;

/// The text without the blanks and line ends around it, and with `\n` for `\r\n`.
///
/// A hole begins at a word or behind the indentation, so blanks around it say
/// nothing; those inside do.
///
/// ```
/// use ghostlight_eval::normalized;
/// assert_eq!(normalized("  a = 1;\r\nb = 2;\n"), "a = 1;\nb = 2;");
/// ```
#[must_use]
pub fn normalized(text: &str) -> String {
    text.trim().replace("\r\n", "\n")
}

/// Where a text has more than `lines` lines, in bytes; blank ones at its start do not count.
///
/// ```
/// use ghostlight_eval::lines_end;
/// assert_eq!(lines_end("a\nb\nc", 2), Some("a\nb".len()));
/// assert_eq!(lines_end("a\nb", 2), None);
/// ```
#[must_use]
pub fn lines_end(text: &str, lines: usize) -> Option<usize> {
    let blank = text.len() - text.trim_start().len();
    text[blank..].match_indices('\n').nth(lines.saturating_sub(1)).map(|(at, _)| blank + at)
}

/// Whether the suggestion is the text of the hole.
///
/// ```
/// use ghostlight_eval::exact_match;
/// assert!(exact_match("return a\n", "return a"));
/// assert!(!exact_match("return b", "return a"));
/// ```
#[must_use]
pub fn exact_match(suggestion: &str, truth: &str) -> bool {
    normalized(suggestion) == normalized(truth)
}

/// Whether the first line of both is the same.
///
/// ```
/// use ghostlight_eval::first_line_match;
/// assert!(first_line_match("a = 1\nb = 2", "a = 1\nc = 3"));
/// ```
#[must_use]
pub fn first_line_match(suggestion: &str, truth: &str) -> bool {
    let (suggestion, truth) = (normalized(suggestion), normalized(truth));
    let first = |text: &str| text.split('\n').next().unwrap_or_default().trim_end().to_owned();
    first(&suggestion) == first(&truth)
}

/// Characters at the start that both have.
///
/// ```
/// use ghostlight_eval::prefix_chars;
/// assert_eq!(prefix_chars("return b", "return a"), "return ".len());
/// ```
#[must_use]
pub fn prefix_chars(suggestion: &str, truth: &str) -> usize {
    let (suggestion, truth) = (normalized(suggestion), normalized(truth));
    suggestion.chars().zip(truth.chars()).take_while(|(a, b)| a == b).count()
}

/// 1 less the Levenshtein distance in characters, in parts of the longer text.
///
/// Of what lies between the first and the last difference, so many characters are
/// compared as time allows; of longer texts the rest counts as different.
///
/// ```
/// use ghostlight_eval::edit_similarity;
/// assert_eq!(edit_similarity("a = 2", "a = 1"), 0.8); // one of five characters
/// ```
#[must_use]
pub fn edit_similarity(suggestion: &str, truth: &str) -> f64 {
    let chars = |text: &str| normalized(text).chars().collect::<Vec<_>>();
    let (a, b) = (chars(suggestion), chars(truth));
    let longer = a.len().max(b.len());
    if longer == 0 {
        return 1.0;
    }
    let start = a.iter().zip(&b).take_while(|(a, b)| a == b).count();
    let (a, b) = (&a[start..], &b[start..]);
    let end = a.iter().rev().zip(b.iter().rev()).take_while(|(a, b)| a == b).count();
    let (a, b) = (&a[..a.len() - end], &b[..b.len() - end]);
    let (first, rest) = a.split_at(a.len().min(LONGEST));
    let (other, others) = b.split_at(b.len().min(LONGEST));
    1.0 - (distance(first, other) + rest.len().max(others.len())) as f64 / longer as f64
}

/// Insertions, deletions and replacements that turn one into the other (Wagner and Fischer 1974, two rows).
fn distance(a: &[char], b: &[char]) -> usize {
    let mut above: Vec<usize> = (0..=b.len()).collect();
    let mut row = vec![0; b.len() + 1];
    for (i, from) in a.iter().enumerate() {
        row[0] = i + 1;
        for (j, to) in b.iter().enumerate() {
            let replaced = above[j] + usize::from(from != to);
            row[j + 1] = replaced.min(above[j + 1] + 1).min(row[j] + 1);
        }
        std::mem::swap(&mut above, &mut row);
    }
    above[b.len()]
}

/// BLEU with up to four words (Papineni et al. 2002), of one text.
///
/// Words are names, numbers and single signs. Counts of more than one word are
/// smoothed by one (Lin and Och 2004), since few texts of a line share four words.
///
/// ```
/// use ghostlight_eval::bleu4;
/// assert_eq!(bleu4("a + b", "a + b"), 1.0);
/// assert_eq!(bleu4("x", "a + b"), 0.0);
/// ```
#[must_use]
pub fn bleu4(suggestion: &str, truth: &str) -> f64 {
    let (suggestion, truth) = (normalized(suggestion), normalized(truth));
    let (got, want) = (words(&suggestion), words(&truth));
    if got.is_empty() || want.is_empty() {
        return f64::from(u8::from(got == want));
    }
    let mut sum = 0.0;
    for n in 1..=4 {
        let (got, want) = (runs(&got, n), runs(&want, n));
        let total: usize = got.values().sum();
        let both: usize =
            got.iter().map(|(run, &count)| count.min(want.get(run).copied().unwrap_or(0))).sum();
        let smooth = if n > 1 { 1.0 } else { 0.0 };
        let share = (both as f64 + smooth) / (total as f64 + smooth);
        if share == 0.0 {
            return 0.0;
        }
        sum += share.ln();
    }
    let brevity = (1.0 - want.len() as f64 / got.len() as f64).min(0.0);
    (sum / 4.0 + brevity).exp()
}

/// How often each run of `n` words occurs.
fn runs<'a>(words: &'a [&'a str], n: usize) -> BTreeMap<&'a [&'a str], usize> {
    let mut counts = BTreeMap::new();
    for run in words.windows(n) {
        *counts.entry(run).or_insert(0) += 1;
    }
    counts
}

/// Names, numbers and single other characters, without blanks.
fn words(text: &str) -> Vec<&str> {
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    let mut words = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let length =
            if is_word(first) { rest.find(|c| !is_word(c)).unwrap_or(rest.len()) } else { first.len_utf8() };
        words.push(&rest[..length]);
        rest = rest[length..].trim_start();
    }
    words
}
