//! What has to hold for every row of the tables of methods.

use std::collections::BTreeSet;

use ghostlight_protocol::describe::{Method, protocol};

fn is_listener(ty: &str) -> bool {
    ty.starts_with("(news: ")
}

fn all() -> Vec<Method> {
    let protocol = protocol();
    protocol.engine.into_iter().chain(protocol.index).chain(protocol.worker).collect()
}

#[test]
fn every_row_says_who_calls_it_and_how_it_is_answered() {
    for method in all() {
        assert!(["page", "worker", "library"].contains(&method.who), "{}: {}", method.js, method.who);
        assert!(
            ["now", "early", "idle", "urgent", "request"].contains(&method.how),
            "{}: {}",
            method.js,
            method.how
        );
        assert!(!method.docs.is_empty(), "{} has no documentation", method.js);
    }
}

#[test]
fn only_requests_listen_and_the_listener_comes_last() {
    for method in all() {
        let listeners: Vec<_> = method.parameters.iter().map(|(_, ty)| is_listener(ty)).collect();
        let (last, others) = listeners.split_last().unwrap_or((&false, &[]));
        assert!(!others.contains(&true), "{} listens before its last parameter", method.js);
        assert!(!last || method.how == "request", "{} listens and is no request", method.js);
    }
}

#[test]
fn the_page_finds_each_method_under_one_name() {
    let protocol = protocol();
    let passed_on = protocol.engine.iter().filter(|method| method.who == "page");
    let mut names = BTreeSet::new();
    for method in passed_on.chain(&protocol.worker) {
        assert!(names.insert(method.js), "two methods are called {}", method.js);
    }
}

#[test]
fn what_a_type_is_made_of_is_declared_too() {
    let types = protocol().types;
    // Of a parameter, an answer, an update, a list, a field, a field of a field, and of no method.
    for name in [
        "MeasureRequest",
        "Explanation",
        "CompletionUpdate",
        "FileStamp",
        "GuardOptions",
        "RiskyPatterns",
        "LoadProgress",
        "EngineError",
    ] {
        let start = format!("export type {name} =");
        assert!(types.get(name).is_some_and(|declaration| declaration.contains(&start)), "{name}");
    }
}
