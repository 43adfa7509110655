//! Secrets: every rule finds what it is for, placeholders and code are let be,
//! and the machine agrees with a regular expression engine.

use std::collections::BTreeSet;

use ghostlight_guard::{Case, End, FoundSecret, Mix, SecretRule, SecretRules};

/// The forms of `secrets/forms.txt`: a rule's id and how its secret is written.
fn forms() -> Vec<(&'static str, &'static str)> {
    let lines = include_str!("secrets/forms.txt").lines();
    let lines = lines.filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines.map(|line| line.split_once(' ').expect("an id and a form")).collect()
}

/// A secret of a form; it is as random as the generator.
fn write(form: &str, rng: &mut Random) -> String {
    let mut written = String::new();
    let mut rest = form;
    while let Some((before, after)) = rest.split_once('{') {
        written.push_str(before);
        let digits = after.chars().skip(1).take_while(char::is_ascii_digit).count();
        let is_slot = digits > 0 && after[1 + digits..].starts_with('}');
        let Some(kind) = after.chars().next().filter(|_| is_slot) else {
            written.push('{');
            rest = after;
            continue;
        };
        let len: usize = after[1..=digits].parse().expect("digits");
        rest = &after[digits + 2..];
        if kind == 'G' {
            let groups = [8, 4, 4, 4, 12].map(|len| random("0123456789abcdef", len, rng));
            written.push_str(&groups.join("-"));
            continue;
        }
        written.push_str(&random(alphabet(kind), len, rng));
    }
    written.push_str(rest);
    written.replace("\\\\n", "\u{0}").replace("\\n", "\n").replace('\u{0}', "\\n")
}

fn alphabet(kind: char) -> &'static str {
    match kind {
        'A' => "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz",
        'L' => "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz",
        'D' => "0123456789",
        'H' => "0123456789abcdef",
        'X' => "0123456789abcdefABCDEF",
        'U' => "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ",
        'l' => "0123456789abcdefghijklmnopqrstuvwxyz",
        'W' => "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_-",
        'B' => "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz+/",
        'T' => "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567",
        'F' => "QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L",
        _ => panic!("no alphabet {kind}"),
    }
}

fn random(alphabet: &str, len: usize, rng: &mut Random) -> String {
    let letters = alphabet.as_bytes();
    (0..len).map(|_| char::from(letters[rng.below(letters.len())])).collect()
}

/// The generator splitmix64: the same numbers in every run.
struct Random(u64);

impl Random {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut x = self.0;
        x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((x ^ (x >> 31)) % end as u64).expect("below `end`")
    }
}

/// Where people leave secrets; `§` is the secret.
const SURROUNDINGS: &[&str] = &[
    "§",
    "let client = Client::new(\"§\");\n",
    "client = Client('§')\n",
    "VALUE=§\nOTHER=1\n",
    "{\"value\": \"§\", \"n\": 1}",
    "curl -H 'X-Value: §' https://api.internal/v1\n",
    "value: §\n",
    "// was `§` before\n",
];

const EACH: usize = 100;

/// Generated positives: at least 98 of 100 for every form, since a random text
/// may happen to be too regular.
#[test]
fn every_rule_finds_generated_secrets() {
    let rules = SecretRules::builtin();
    let mut rng = Random(7);
    let mut covered = BTreeSet::new();
    for (id, form) in forms() {
        covered.insert(id);
        let (mut found, mut wrong) = (0, BTreeSet::new());
        for nth in 0..EACH {
            let surroundings = SURROUNDINGS[nth % SURROUNDINGS.len()];
            let text = match form.strip_prefix('=') {
                Some(form) => write(form, &mut rng),
                None => surroundings.replace('§', &write(form, &mut rng)),
            };
            let hits = rules.scan(&text);
            match hits.first() {
                Some(hit) if hits.iter().any(|hit| hit.rule == id) => {
                    found += usize::from(hit.end > hit.start)
                }
                Some(hit) => {
                    wrong.insert(hit.rule);
                }
                None => {}
            }
        }
        assert!(found >= EACH - 2, "{id}: {found} of {EACH} {form}, others by {wrong:?}");
    }
    let all: BTreeSet<&str> = rules.rules().iter().map(|rule| rule.id).collect();
    assert_eq!(covered, all, "every rule has a form, and every form a rule");
    assert!(all.len() >= 60, "{} rules", all.len());
    assert_eq!(all.len(), rules.rules().len(), "ids are unique");
}

/// A form whose random parts say nothing is not a secret.
#[test]
fn placeholders_are_let_be() {
    let rules = SecretRules::builtin();
    for (id, form) in forms() {
        for filler in ["x", "0", "EXAMPLE", "abcdefghijklmnopqrstuvwxyz"] {
            let mut text = form.trim_start_matches('=').to_owned();
            while let Some(open) = text.find('{') {
                let Some(close) = text[open..].find('}').map(|at| open + at) else { break };
                let Ok(len) = text[open + 2..close].parse::<usize>() else { break };
                let filled: String = filler.chars().cycle().take(len).collect();
                text.replace_range(open..=close, &filled);
            }
            let hits = rules.scan(&text);
            assert!(hits.is_empty(), "{id} takes a placeholder: {hits:?} in {text}");
        }
    }
}

#[test]
fn documentation_and_code_are_let_be() {
    let rules = SecretRules::builtin();
    for text in include_str!("secrets/harmless.txt").lines() {
        assert_eq!(rules.scan(text), [], "{text}");
    }
}

/// What is in the middle of a word, or goes on as a word, is another thing.
#[test]
fn boundaries_count() {
    let rules = SecretRules::builtin();
    let token = format!("ghp_{}", random(alphabet('A'), 36, &mut Random(1)));
    let found = |text: &str| rules.scan(text).len();
    assert_eq!(found(&token), 1);
    assert_eq!(found(&format!("x{token}")), 0);
    assert_eq!(found(&format!("{token}x")), 0);
    assert_eq!(found(&token[..token.len() - 1]), 0);
    assert_eq!(found(&format!("{token} {token}")), 2);
    let spans = rules.scan(&format!("a = \"{token}\""));
    assert_eq!(spans, [FoundSecret { rule: "github-token", start: 5, end: 5 + token.len() }]);
}

/// The slow twin: every place where a keyword may begin is tried with a regular
/// expression engine.
struct Slow<'a> {
    rules: &'a SecretRules,
    tails: Vec<regex::bytes::Regex>,
}

impl<'a> Slow<'a> {
    fn new(rules: &'a SecretRules) -> Self {
        let tail = |rule: &SecretRule| {
            let follow = match rule.end {
                End::Open => "",
                End::Word => r"(?:[^0-9A-Za-z_-]|$)",
                End::Base64 => r"(?:[^0-9A-Za-z_+/=-]|$)",
            };
            let mut builder = regex::bytes::RegexBuilder::new(&format!("^(?:{}){follow}", rule.pattern));
            builder.unicode(false).build().unwrap_or_else(|e| panic!("{}: {e}", rule.id))
        };
        Self { rules, tails: rules.rules().iter().map(tail).collect() }
    }

    /// Ids of the rules that match anywhere, whatever the match looks like.
    fn matches(&self, text: &str) -> BTreeSet<&'static str> {
        let bytes = text.as_bytes();
        let rules = self.rules.rules().iter().zip(&self.tails);
        let found = rules.filter(|(rule, tail)| {
            (0..bytes.len()).filter(|start| may_begin(rule.case, bytes, *start)).any(|start| {
                rule.keywords.iter().any(|keyword| {
                    let same = bytes.get(start..start + keyword.len()).is_some_and(|text| match rule.case {
                        Case::Exact => text == keyword.as_bytes(),
                        Case::Any => text.eq_ignore_ascii_case(keyword.as_bytes()),
                    });
                    same && tail.is_match(&bytes[start + keyword.len()..])
                })
            })
        });
        found.map(|(rule, _)| rule.id).collect()
    }
}

fn may_begin(case: Case, bytes: &[u8], start: usize) -> bool {
    let byte = bytes[start];
    let before = start.checked_sub(1).map_or(b' ', |at| bytes[at]);
    let is_word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    match case {
        Case::Exact => !is_word(byte) || !(is_word(before) || before == b'-'),
        Case::Any => {
            !before.is_ascii_alphanumeric() || (byte.is_ascii_uppercase() && !before.is_ascii_uppercase())
        }
    }
}

/// The same rules with nothing asked of what they match.
fn unjudged(rules: &SecretRules) -> SecretRules {
    let plain = |rule: &SecretRule| SecretRule { entropy: 0.0, mix: Mix::Any, ..*rule };
    SecretRules::compile(rules.rules().iter().map(plain).collect()).expect("the same patterns")
}

/// On generated secrets, whole and with a byte lost, twice over or in another
/// case, machine and engine find the same rules.
#[test]
fn the_machine_agrees_with_a_regular_expression_engine() {
    let rules = unjudged(&SecretRules::builtin());
    let slow = Slow::new(&rules);
    let mut rng = Random(3);
    for (id, form) in forms() {
        let written = write(form.trim_start_matches('='), &mut rng);
        let mut shorter = written.clone();
        shorter.remove(rng.below(written.len()));
        let twice = format!("{}{written}", &written[..rng.below(written.len())]);
        for text in [&written, &shorter, &twice, &written.to_ascii_lowercase()] {
            // A rule may match more than once, and one at a byte is named.
            let machine: BTreeSet<&str> = rules.scan(text).iter().map(|found| found.rule).collect();
            let slow = slow.matches(text);
            assert!(machine.is_subset(&slow), "{id}: {machine:?} is not among {slow:?} in {text}");
            assert_eq!(machine.is_empty(), slow.is_empty(), "{id}: only {slow:?} in {text}");
        }
        assert!(slow.matches(&written).contains(id), "{id}: its own form does not match");
    }
}
