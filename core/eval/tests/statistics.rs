//! Intervals and comparisons on data whose answer is known.

use ghostlight_eval::{
    Case, EvalError, Kind, Measure, Outcome, Random, Score, compare, interval, report, score,
};

fn scored(id: usize, kind: Kind, language: &str, text: &str, truth: &str) -> Score {
    let case = Case {
        id: id.to_string(),
        language: language.into(),
        kind,
        path: String::new(),
        prefix: String::new(),
        suffix: String::new(),
        truth: truth.into(),
        package: String::new(),
        licence: String::new(),
        context: Vec::new(),
        test: None,
    };
    let outcome = Outcome {
        id: case.id.clone(),
        text: text.into(),
        prompt_tokens: 0,
        tokens: 4,
        ms: id as f64,
        parses: id.is_multiple_of(2).then_some(true),
        passes: None,
    };
    score(&case, &outcome)
}

/// Runs whose cases are right with probability `percent`.
fn run(percent: usize, seed: u64, cases: usize) -> Vec<Score> {
    let mut random = Random::new(seed);
    let text = |random: &mut Random| if random.below(100) < percent { "y" } else { "n" };
    (0..cases).map(|id| scored(id, Kind::Other, "rust", text(&mut random), "y")).collect()
}

#[test]
fn an_interval_covers_the_truth_as_often_as_it_says() {
    let covers = (0..200)
        .filter(|&seed| {
            let mut random = Random::new(1000 + seed);
            let values: Vec<f64> = (0..100).map(|_| f64::from(u8::from(random.below(100) < 30))).collect();
            let found = interval(&values);
            found.low <= 0.3 && 0.3 <= found.high
        })
        .count();
    assert!((180..=199).contains(&covers), "{covers} of 200");
    let same = interval(&[0.5; 40]);
    assert_eq!((same.low, same.mean, same.high), (0.5, 0.5, 0.5));
    assert_eq!(interval(&[]).mean, 0.0);
}

#[test]
fn a_real_difference_is_found_and_chance_is_not() {
    let better = compare(Measure::ExactMatch, &run(20, 1, 400), &run(40, 2, 400)).unwrap();
    assert!(better.p < 0.001 && better.difference.low > 0.0, "{better:?}");
    let worse = compare(Measure::ExactMatch, &run(40, 2, 400), &run(20, 1, 400)).unwrap();
    assert!(worse.is_worse(0.05) && !better.is_worse(0.05));
    assert_eq!(worse.difference.mean, -better.difference.mean);
    assert_eq!((worse.worse, worse.better), (better.better, better.worse));

    let same = compare(Measure::EditSimilarity, &run(30, 1, 400), &run(30, 1, 400)).unwrap();
    assert_eq!((same.p, same.difference.mean), (1.0, 0.0));
}

/// Of runs that do not differ, one in twenty is called different, and half of those worse. The bounds are what 999
/// of 1,000 fair tests of 100 trials keep.
#[test]
fn chance_is_called_a_difference_as_often_as_it_says() {
    let trial = |seed| compare(Measure::ExactMatch, &run(30, seed, 60), &run(30, 500 + seed, 60)).unwrap();
    let found: Vec<_> = (0..100).map(trial).collect();
    let different = found.iter().filter(|found| found.p < 0.05).count();
    assert!((1..=12).contains(&different), "{different} of 100");
    let worse = found.iter().filter(|found| found.is_worse(0.05)).count();
    assert!(worse <= 8, "{worse} of 100");
}

#[test]
fn what_only_some_cases_have_is_compared_on_those() {
    // Of even cases somebody looked whether they parse; nobody ran a test.
    let (first, second) = (run(50, 1, 10), run(50, 2, 7));
    let parses = compare(Measure::Parses, &first, &second).unwrap();
    assert_eq!((parses.cases, parses.first, parses.p), (4, 1.0, 1.0));
    let error = compare(Measure::Passes, &first, &second).unwrap_err();
    assert_eq!(error, EvalError::Disjoint { first: 10, second: 7 });
    assert!(!Measure::Passes.is_of_all() && Measure::Saved.is_of_all());
}

#[test]
fn runs_are_paired_by_id() {
    let first = run(100, 1, 10);
    let second = run(0, 1, 20).split_off(5);
    let found = compare(Measure::ExactMatch, &first, &second).unwrap();
    assert_eq!((found.cases, found.first, found.second, found.worse), (5, 1.0, 0.0, 5));
    let error = compare(Measure::Saved, &first, &second[10..]).unwrap_err();
    assert_eq!(error, EvalError::Disjoint { first: 10, second: 5 });
}

#[test]
fn a_report_has_every_group() {
    let scores = [
        scored(0, Kind::SingleLine, "rust", "a", "a"),
        scored(1, Kind::SingleLine, "go", "b", "a"),
        scored(2, Kind::Block, "go", "", "a"),
    ];
    let report = report("m", &scores);
    assert_eq!((report.cases, report.parse_rate, report.all.parsed), (3, Some(1.0), 2));
    let line = report.single_line.unwrap();
    assert_eq!((line.exact_match, line.edit_similarity), (0.5, 0.5));
    assert_eq!((report.by_language["go"].cases, report.by_kind["block"].shown), (2, 0.0));
    assert_eq!((report.all.ms_p50, report.all.tokens, report.all.executed), (1.0, 4.0, 0));
    assert_eq!(report.by_language["go"].parse_rate, Some(1.0));
    assert_eq!(report.by_kind["block"].pass_rate, None);
}
