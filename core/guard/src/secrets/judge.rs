//! Whether what looks like a secret is one: randomness and placeholders.
//!
//! People write `AKIAIOSFODNN7EXAMPLE`, `your_token_here` and `xxxxxxxx` into
//! documentation and tests. What is random enough and says none of those words
//! counts.

use super::{Mix, SecretRule};

/// What a made-up secret says, in lower case.
const PLACEHOLDERS: &[&str] = &[
    "example",
    "placeholder",
    "changeme",
    "change_me",
    "change-me",
    "redacted",
    "dummy",
    "sample",
    "notreal",
    "not_real",
    "insert",
    "your_",
    "your-",
    "yourtoken",
    "yourkey",
    "yoursecret",
    "yourapi",
    "my_token",
    "mytoken",
    "mysecret",
    "my_secret",
    "mypass",
    "password",
    "passw0rd",
    "xxxx",
    "****",
    "....",
    "----",
    "____",
    "deadbeef",
    "cafebabe",
    "${",
    "$(",
    "{{",
    "}}",
    "<%",
    "%s",
    "%d",
    "todo",
    "fixme",
    "testtest",
    "foobar",
    "lorem",
    "secretkey",
    "some_",
    "some-",
];

/// A character so often in a row is no accident.
const SAME_IN_A_ROW: usize = 6;

/// So many that count up (`12345678`, `abcdefgh`) are none either.
const RISING_IN_A_ROW: usize = 8;

/// Whether the random part of a match makes it a secret by its rule.
pub(crate) fn is_secret(rule: &SecretRule, random: &[u8]) -> bool {
    has_mix(rule.mix, random) && entropy(random) >= rule.entropy && !is_placeholder(random)
}

/// Shannon entropy in bits a byte: `-sum p log2 p` over the bytes that occur.
pub(crate) fn entropy(bytes: &[u8]) -> f32 {
    let mut counts = [0u32; 256];
    for byte in bytes {
        counts[*byte as usize] += 1;
    }
    let all = bytes.len() as f32;
    counts.iter().filter(|count| **count > 0).map(|count| *count as f32 / all).map(|p| -p * p.log2()).sum()
}

fn has_mix(mix: Mix, bytes: &[u8]) -> bool {
    let has = |test: fn(&u8) -> bool| bytes.iter().any(test);
    match mix {
        Mix::Any => true,
        Mix::LetterAndDigit => has(u8::is_ascii_alphabetic) && has(u8::is_ascii_digit),
        Mix::BothCasesAndDigit => {
            has(u8::is_ascii_lowercase) && has(u8::is_ascii_uppercase) && has(u8::is_ascii_digit)
        }
    }
}

fn is_placeholder(bytes: &[u8]) -> bool {
    let says = |word: &&str| {
        let word = word.as_bytes();
        bytes.windows(word.len()).any(|part| part.eq_ignore_ascii_case(word))
    };
    PLACEHOLDERS.iter().any(says)
        || longest_run(bytes, |a, b| a == b) >= SAME_IN_A_ROW
        || longest_run(bytes, |a, b| b.checked_sub(a) == Some(1)) >= RISING_IN_A_ROW
}

/// Bytes in the longest stretch whose neighbours are so related.
fn longest_run(bytes: &[u8], related: impl Fn(u8, u8) -> bool) -> usize {
    let mut longest = bytes.len().min(1);
    let mut run = longest;
    for pair in bytes.windows(2) {
        run = if related(pair[0], pair[1]) { run + 1 } else { 1 };
        longest = longest.max(run);
    }
    longest
}
