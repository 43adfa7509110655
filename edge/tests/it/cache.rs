//! Keys, freshness, memory, typed-through hits, single flight.

use ghostlight_edge::cache::{
    CacheKey, CachedAnswer, CachedChoice, Flights, Found, Freshness, Join, KeyInput, KeyMaker, Keys, Memory,
    Outcome, SharedDelta,
};
use ghostlight_edge::tenant::Sharing;
use ghostlight_edge::{EdgeError, Millis, TenantScope};
use proptest::prelude::*;

use crate::support::{principal, scope};

const TTL: Millis = Millis(3_600_000);
const STALE: Millis = Millis(600_000);
const NOW: Millis = Millis(1_800_000_000_000);

fn maker() -> KeyMaker {
    KeyMaker::new(b"secret", 256, 64)
}

fn request<'a>(prefix: &'a str, suffix: &'a str) -> KeyInput<'a> {
    KeyInput { model: "m", template: ("native", 0), prefix, suffix, parameters: "{}" }
}

fn keys(scope: &TenantScope, prefix: &str) -> Keys {
    maker().keys(scope, &request(prefix, ""))
}

fn entry(text: &str) -> CachedAnswer {
    let choice = CachedChoice { text: text.to_owned(), finish: "stop".to_owned() };
    CachedAnswer::new("m".to_owned(), vec![choice], None, NOW)
}

fn memory() -> Memory {
    Memory::new(1 << 20, TTL, STALE)
}

#[test]
fn every_part_of_a_request_is_in_its_key() {
    let base = request("a\nb", "c");
    let of = |scope: &TenantScope, request: &KeyInput<'_>| maker().keys(scope, request).exact;
    let first = of(&scope("t"), &base);
    assert_eq!(first, of(&scope("t"), &base));
    let others = [
        of(&scope("u"), &base),
        of(&principal("t", "u").scope(Sharing::User), &base),
        of(&principal("t", "v").scope(Sharing::User), &base),
        of(&scope("t"), &KeyInput { model: "n", ..base }),
        of(&scope("t"), &KeyInput { template: ("native", 1), ..base }),
        of(&scope("t"), &KeyInput { template: ("qwen-coder", 0), ..base }),
        of(&scope("t"), &KeyInput { prefix: "a\nbb", ..base }),
        of(&scope("t"), &KeyInput { prefix: "ab", ..base }),
        of(&scope("t"), &KeyInput { suffix: "", ..base }),
        of(&scope("t"), &KeyInput { parameters: "{\"n\":2}", ..base }),
        KeyMaker::new(b"other", 256, 64).keys(&scope("t"), &base).exact,
    ];
    let mut all: Vec<CacheKey> = others.into_iter().chain([first]).collect();
    all.sort();
    all.dedup();
    assert_eq!(all.len(), 12);
    assert_eq!(of(&scope("t"), &KeyInput { prefix: "a\r\nb", ..base }), first);
}

#[test]
fn freshness_has_three_steps() {
    let entry = entry("x");
    for (age, expected) in [
        (0, Freshness::Fresh),
        (TTL.0 - 1, Freshness::Fresh),
        (TTL.0, Freshness::Stale),
        (TTL.0 + STALE.0 - 1, Freshness::Stale),
        (TTL.0 + STALE.0, Freshness::Expired),
    ] {
        assert_eq!(entry.freshness(NOW.plus(Millis(age)), TTL, STALE), expected, "{age}");
    }
    assert_eq!(entry.freshness(Millis(NOW.0 - 30_000), TTL, STALE), Freshness::Fresh);
    assert_eq!(entry.freshness(Millis(NOW.0 - 90_000), TTL, STALE), Freshness::Expired);
}

#[test]
fn typing_what_was_said_is_a_hit() {
    let scope = scope("t");
    let mut memory = memory();
    memory.put(&keys(&scope, "fn main() {\n    "), entry("foo(bar);\n    baz();"));
    let mut found = |prefix: &str| match memory.find(&keys(&scope, prefix), NOW) {
        Found::TypedThrough(entry) => entry.choices[0].text.clone(),
        Found::Hit(..) => "hit".to_owned(),
        Found::Miss => "miss".to_owned(),
    };
    assert_eq!(found("fn main() {\n    "), "hit");
    assert_eq!(found("fn main() {\n    foo("), "bar);\n    baz();");
    assert_eq!(found("fn main() {\n    foo(bar);\n    b"), "az();");
    assert_eq!(found("fn main() {\n    fob"), "miss");
    assert_eq!(found("fn main() {\n    foo(bar);\n    baz();"), "miss");
    assert_eq!(found("fn other() {\n    foo("), "miss");
}

#[test]
fn only_fresh_answers_are_typed_through() {
    let scope = scope("t");
    let mut memory = memory();
    memory.put(&keys(&scope, "a"), entry("bcd"));
    assert_eq!(memory.find(&keys(&scope, "ab"), NOW.plus(TTL)), Found::Miss);
    assert!(matches!(memory.find(&keys(&scope, "a"), NOW.plus(TTL)), Found::Hit(_, Freshness::Stale)));
    assert_eq!(memory.find(&keys(&scope, "a"), NOW.plus(TTL).plus(STALE)), Found::Miss);
    assert!(memory.is_empty() && memory.bytes() == 0);
}

#[test]
fn an_answer_is_told_in_both_forms() {
    let entry = entry("x");
    let json = entry.json("id", true);
    assert_eq!(json["choices"][0]["text"], "x");
    assert_eq!(json["choices"][0]["finish_reason"], "stop");
    let events = String::from_utf8(entry.events("id", true)).unwrap();
    assert!(events.ends_with("data: [DONE]\n\n") && events.contains("\"text\":\"x\""), "{events}");
    assert_eq!(CachedAnswer::from_bytes(&entry.to_bytes()), Some(entry));
    assert_eq!(CachedAnswer::from_bytes(b"{}"), None);
}

#[test]
fn followers_get_what_the_leader_gets() {
    let flights = Flights::default();
    let key = keys(&scope("t"), "a").exact;
    let Join::Leader(leader) = flights.join(key, 100) else { panic!() };
    let Join::Follower(mut follower) = flights.join(key, 100) else { panic!() };
    let Join::Leader(other) = flights.join(keys(&scope("u"), "a").exact, 100) else { panic!() };
    drop(other);
    let piece = |text: &str| SharedDelta { index: 0, text: text.to_owned() };
    leader.add(piece("x"));
    assert_eq!(follower.look(), (vec![piece("x")], None));
    leader.add(piece("y"));
    assert_eq!(leader.followers(), 1);
    let landed = Outcome::Landed(std::rc::Rc::new(entry("xy")));
    leader.end(landed.clone());
    assert_eq!(follower.look(), (vec![piece("y")], Some(landed)));
    assert!(flights.is_empty());
}

#[test]
fn an_answer_in_one_piece_reaches_those_who_follow_piece_by_piece() {
    let flights = Flights::default();
    let key = keys(&scope("t"), "a").exact;
    let Join::Leader(leader) = flights.join(key, 100) else { panic!() };
    let Join::Follower(mut follower) = flights.join(key, 100) else { panic!() };
    let landed = Outcome::Landed(std::rc::Rc::new(entry("xy")));
    leader.end(landed.clone());
    assert_eq!(follower.look(), (vec![SharedDelta { index: 0, text: "xy".to_owned() }], Some(landed)));
}

#[test]
fn a_leader_that_vanishes_fails_its_followers() {
    let flights = Flights::default();
    let key = keys(&scope("t"), "a").exact;
    let Join::Leader(leader) = flights.join(key, 4) else { panic!() };
    let Join::Follower(mut follower) = flights.join(key, 4) else { panic!() };
    let Join::Follower(second) = flights.join(key, 4) else { panic!() };
    assert_eq!(leader.followers(), 2);
    drop(second);
    assert_eq!(leader.followers(), 1);
    drop(leader);
    assert!(matches!(follower.look().1, Some(Outcome::Failed(EdgeError::Overloaded { .. }))));
    // The next one asks again.
    let Join::Leader(leader) = flights.join(key, 4) else { panic!() };
    leader.add(SharedDelta { index: 0, text: "too long".to_owned() });
    let Join::Follower(mut follower) = flights.join(key, 4) else { panic!() };
    assert!(matches!(follower.look(), (pieces, Some(Outcome::Failed(_))) if pieces.is_empty()));
}

proptest! {
    /// Whatever two tenants send, one never gets what the other's request left.
    #[test]
    fn tenants_share_nothing(
        tenants in ("[a-c]{1,2}", "[a-c]{1,2}"),
        texts in ("[ab\\n]{0,6}", "[ab\\n]{0,6}"),
        answer in "[ab\\n]{1,6}",
    ) {
        let mut memory = memory();
        let one = scope(&tenants.0);
        memory.put(&keys(&one, &texts.0), entry(&answer));
        let two = scope(&tenants.1);
        if tenants.0 != tenants.1 {
            prop_assert_eq!(memory.find(&keys(&two, &texts.1), NOW), Found::Miss);
            prop_assert_ne!(keys(&one, &texts.0).exact, keys(&two, &texts.0).exact);
        }
        match memory.find(&keys(&one, &texts.1), NOW) {
            // What was typed and what is left are together what was said.
            Found::TypedThrough(entry) => {
                prop_assert_eq!(format!("{}{}", texts.1, entry.choices[0].text), format!("{}{}", texts.0, answer));
            }
            Found::Hit(..) => prop_assert_eq!(&texts.0, &texts.1),
            Found::Miss => {}
        }
    }

    /// The limit on bytes holds after every step, and the last answer is there.
    #[test]
    fn memory_is_bounded(steps in proptest::collection::vec((0u8..40, 0usize..600), 1..80)) {
        let mut memory = Memory::new(4096, TTL, STALE);
        let scope = scope("t");
        for (key, size) in steps {
            let keys = keys(&scope, &format!("line {key}"));
            memory.put(&keys, entry(&"x".repeat(size)));
            prop_assert!(memory.bytes() <= 4096);
            prop_assert!(matches!(memory.find(&keys, NOW), Found::Hit(..)));
        }
    }

    #[test]
    fn no_text_panics(prefix in "\\PC*", suffix in "\\PC*", bytes in 0usize..40) {
        let maker = KeyMaker::new(b"s", bytes, bytes);
        let keys = maker.keys(&scope("t"), &request(&prefix, &suffix));
        prop_assert!(!keys.groups.is_empty() && keys.groups.len() <= 3);
    }
}
