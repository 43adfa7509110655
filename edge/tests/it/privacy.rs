//! How far text may go: the modes of users, the rules of organisations, the wishes of clients.

use ghostlight_edge::balancing::{RankRequest, rank};
use ghostlight_edge::config::Backend;
use ghostlight_edge::privacy::EgressPolicy;
use ghostlight_edge::tenant::Mode;
use ghostlight_guard::{PrivacyRules, Reach};

use crate::support::{config, principal};

#[test]
fn the_least_of_all_decides() {
    let own = PrivacyRules::parse("edge src/secret/**\ntab repo vault/**").unwrap();
    let layers = [PrivacyRules::builtin(), own];
    for (mode, wish, repo, path, expected) in [
        (Mode::Backend, None, None, "src/main.rs", Reach::Backend),
        (Mode::Backend, None, None, "", Reach::Backend),
        (Mode::Backend, None, None, "src/secret/plan.rs", Reach::OwnEdge),
        (Mode::Backend, None, Some("vault/keys"), "src/main.rs", Reach::Tab),
        (Mode::Backend, None, None, "deploy/.env", Reach::Nowhere),
        (Mode::Backend, Some("own-edge"), None, "src/main.rs", Reach::OwnEdge),
        (Mode::Backend, Some("tab-only"), None, "src/main.rs", Reach::Tab),
        (Mode::OwnEdge, Some("backend"), None, "src/main.rs", Reach::OwnEdge),
        (Mode::OwnEdge, None, None, "src/main.rs", Reach::OwnEdge),
        (Mode::TabOnly, Some("backend"), None, "src/main.rs", Reach::Tab),
    ] {
        let principal = principal("acme", "ann").with_mode(mode);
        let egress = EgressPolicy::new(&principal, wish, &layers, repo.map(str::to_owned)).unwrap();
        assert_eq!(egress.reach(path), expected, "{mode:?} {wish:?} {repo:?} {path}");
        let error = egress.require(path).err().map(|error| (error.status(), error.code()));
        assert_eq!(error.is_some(), expected < Reach::OwnEdge);
        assert!(error.is_none_or(|error| error == (403, "private")));
    }
    // What was meant could be stricter than what is known.
    for wish in ["", "edge", "own_edge", "Backend"] {
        let error = EgressPolicy::new(&principal("acme", "ann"), Some(wish), &layers, None).unwrap_err();
        assert_eq!((error.status(), error.code()), (400, "invalid_request"), "{wish}");
    }
}

#[test]
fn text_of_the_edge_goes_to_backends_of_its_own_only() {
    let mut config = config();
    let ordered = |config: &ghostlight_edge::Config, reach| {
        let model = config.model("coder").unwrap();
        rank(config, &RankRequest { model, region: "eu", affinity: 1, reach }, &[])
    };
    assert_eq!(ordered(&config, Reach::Backend).len(), 3);
    assert_eq!(ordered(&config, Reach::OwnEdge), Vec::<usize>::new());
    config.backends[2] = Backend { own: true, ..config.backends[2].clone() };
    assert_eq!(ordered(&config, Reach::OwnEdge), [2]);
    assert_eq!(ordered(&config, Reach::Backend).len(), 3);
}
