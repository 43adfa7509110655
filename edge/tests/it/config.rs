//! A configuration is taken as a whole or refused with every fault.

use ghostlight_edge::metrics::Metrics;
use ghostlight_edge::{Config, EdgeError, balancing, experiments, http};

use crate::support::{CONFIG, config, principal};

/// The faults of the full configuration after a change of text.
fn faults(from: &str, to: &str) -> String {
    assert!(CONFIG.contains(from), "{from}");
    match Config::parse(&CONFIG.replacen(from, to, 1)) {
        Ok(_) => String::new(),
        Err(EdgeError::Config(faults)) => faults,
        Err(other) => panic!("{other}"),
    }
}

#[test]
fn faults_name_the_field() {
    for (from, to, part) in [
        ("fim = \"qwen-coder\"", "fim = \"nobody\"", "models.fim"),
        ("smaller = \"tiny\"", "smaller = \"coder\"", "leads back"),
        ("smaller = \"tiny\"", "smaller = \"none\"", "is no model"),
        ("region = \"eu\"\nurl", "region = \"mars\"\nurl", "is no region"),
        ("id = \"eu-2\"", "id = \"eu-1\"", "`eu-1` twice"),
        ("https://eu-1.example/v1", "https://user@eu-1.example/v1", "backends.url"),
        ("https://eu-1.example/v1", "file:///etc/passwd", "backends.url"),
        ("weight = 2.0", "weight = -1.0", "backends.weight"),
        ("2bb80d", "xyz", "64 hexadecimal digits"),
        ("scopes = [\"complete\", \"admin\"]", "scopes = [\"root\"]", "auth.keys.scopes"),
        ("algorithms = [\"EdDSA\", \"ES256\", \"HS256\"]", "algorithms = [\"none\"]", "auth.jwt.algorithms"),
        ("secret_env = \"JWT_SECRET\"", "", "goes together with the algorithm HS256"),
        ("https://ide.example", "https://*.example", "exact origin"),
        ("default_region = \"eu\"", "default_region = \"eu\"\nhedge_percent = 50", "hedge_percent"),
        ("default_region = \"eu\"", "default_region = \"eu\"\nhegde_percent = 5", "unknown field"),
        ("name = \"length\"", "name = \"length\"\nmodel_ = 1", "unknown field"),
    ] {
        let faults = faults(from, to);
        assert!(faults.contains(part), "{to}: {faults}");
    }
}

#[test]
fn every_fault_is_told_at_once() {
    let text = CONFIG.replace("qwen-coder", "nobody").replace("weight = 2.0", "weight = 0.0");
    let EdgeError::Config(faults) = Config::parse(&text).unwrap_err() else { panic!() };
    assert!(faults.contains("models.fim") && faults.contains("backends.weight"), "{faults}");
}

#[test]
fn json_is_read_as_well() {
    let json = r#"{ "auth": { "keys": [] } }"#;
    let EdgeError::Config(faults) = Config::parse(json).unwrap_err() else { panic!() };
    assert!(faults.contains("lets nobody in"), "{faults}");
    assert!(Config::parse("{").is_err() && Config::parse("").is_err());
}

#[test]
fn users_are_assigned_once_and_by_weight() {
    let config = config();
    let mut short = 0;
    for user in 0..2000 {
        let principal = principal("acme", &format!("user-{user}"));
        let assigned: Vec<_> = experiments::assign(&config.experiments, &principal, "coder").collect();
        assert_eq!(
            experiments::header(&assigned),
            experiments::header(
                &experiments::assign(&config.experiments, &principal, "coder").collect::<Vec<_>>()
            )
        );
        short += usize::from(assigned[0].variant.name == "short");
        assert_eq!(experiments::assign(&config.experiments, &principal, "tiny").count(), 0);
    }
    assert!((400..600).contains(&short), "{short} of 2000 for a quarter");
}

#[test]
fn origins_are_compared_exactly() {
    let server = config().server;
    assert_eq!(
        http::origin(&server, Some("https://ide.example")),
        Ok(http::Origin::Allowed("https://ide.example"))
    );
    assert_eq!(http::origin(&server, None), Ok(http::Origin::None));
    for other in ["https://ide.example.evil", "http://ide.example", "https://IDE.example", "null", ""] {
        assert_eq!(http::origin(&server, Some(other)), Err(EdgeError::Origin), "{other}");
    }
}

#[test]
fn ranges_follow_the_rfc() {
    use http::ByteRange::{Outside, Part, Whole};
    for (header, expected) in [
        (None, Whole),
        (Some("bytes=0-9"), Part(0, 9)),
        (Some("bytes=90-"), Part(90, 99)),
        (Some("bytes=90-500"), Part(90, 99)),
        (Some("bytes=-10"), Part(90, 99)),
        (Some("bytes=-500"), Part(0, 99)),
        (Some("bytes=100-"), Outside),
        (Some("bytes=-0"), Outside),
        (Some("bytes=9-0"), Whole),
        (Some("bytes=0-1,5-6"), Whole),
        (Some("bytes=99999999999999999999-"), Whole),
        (Some("items=0-1"), Whole),
        (Some("bytes=a-b"), Whole),
        (Some("bytes=-"), Whole),
    ] {
        assert_eq!(http::range(header, 100), expected, "{header:?}");
    }
    assert_eq!(http::range(Some("bytes=-5"), 0), Outside);
}

#[test]
fn clients_are_located() {
    let config = config();
    let location = |country, continent| balancing::Location { country, continent, header: Some("us") };
    assert_eq!(balancing::region(&config, &location(Some("ca"), Some("NA"))), "us");
    assert_eq!(balancing::region(&config, &location(Some("DE"), Some("EU"))), "eu");
    // Not trusted, so not used.
    assert_eq!(balancing::region(&config, &location(None, None)), "eu");
    let mut config = config;
    config.server.trust_region_header = true;
    assert_eq!(balancing::region(&config, &location(None, None)), "us");
    assert_eq!(
        balancing::region(&config, &location(Some("DE"), Some("EU"))),
        "eu",
        "the platform knows better"
    );
}

#[test]
fn metrics_are_prometheus_text() {
    let mut metrics = Metrics::default();
    metrics.add("a_total", &[("route", "x\"y\n")], 2);
    metrics.time("t_ms", &[], 7);
    let text = metrics.text(&[("g", String::new(), 1.5)]);
    for line in [
        "# TYPE a_total counter",
        "a_total{route=\"x\\\"y\\n\"} 2",
        "t_ms_bucket{le=\"5\"} 0",
        "t_ms_bucket{le=\"10\"} 1",
        "t_ms_bucket{le=\"+Inf\"} 1",
        "t_ms_count 1",
        "g 1.5",
    ] {
        assert!(text.lines().any(|have| have == line), "{line} is not in\n{text}");
    }
}
