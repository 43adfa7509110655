//! Load balancing: rankings, circuit breakers, budgets, percentiles, verdicts.

use ghostlight_edge::balancing::{
    Backoff, Breaker, BreakerState, Budget, Latency, Load, Permit, RankRequest, Verdict, affinity, rank,
    verdict,
};
use ghostlight_edge::config::BreakerOptions;
use ghostlight_edge::tenant::TenantId;
use ghostlight_edge::{Config, EdgeError, Millis};
use ghostlight_guard::Reach;
use proptest::prelude::*;

use crate::support::config;

fn ordered(config: &Config, affinity: u64, loads: &[Load]) -> Vec<String> {
    let model = config.model("coder").unwrap();
    let order = rank(config, &RankRequest { model, region: "eu", affinity, reach: Reach::Backend }, loads);
    order.into_iter().map(|at| config.backends[at].id.clone()).collect()
}

#[test]
fn near_backends_come_first_and_by_weight() {
    let config = config();
    let mut heavy = 0;
    for affinity in 0..3000 {
        let order = ordered(&config, affinity, &[]);
        assert_eq!(order[2], "us-1");
        heavy += usize::from(order[0] == "eu-2");
    }
    assert!((1850..2150).contains(&heavy), "{heavy} of 3000 for two thirds");
}

#[test]
fn a_backend_that_goes_takes_only_its_own_requests_along() {
    let config = config();
    for affinity in 0..500 {
        let all = ordered(&config, affinity, &[]);
        let down = Load { down: true, in_flight: 0 };
        let without = ordered(&config, affinity, &[down]);
        let expected: Vec<_> = all.into_iter().filter(|id| id != "eu-1").collect();
        assert_eq!(without, expected);
    }
}

#[test]
fn load_is_bounded() {
    let config = config();
    let busy = |in_flight| Load { in_flight, down: false };
    // A third of the weight carries far more than a third of the load.
    for affinity in 0..200 {
        assert_eq!(ordered(&config, affinity, &[busy(20), busy(0), busy(0)])[0], "eu-2");
        let full = busy(config.routing.max_in_flight);
        assert!(!ordered(&config, affinity, &[full]).contains(&"eu-1".to_owned()));
    }
    assert_eq!(ordered(&config, 1, &[busy(64), busy(64), busy(64)]), Vec::<String>::new());
}

#[test]
fn one_file_has_one_affinity() {
    let tenant = TenantId::new("acme").unwrap();
    let other = TenantId::new("other").unwrap();
    assert_eq!(affinity(&tenant, "a.rs", "x"), affinity(&tenant, "a.rs", "xy"));
    assert_ne!(affinity(&tenant, "a.rs", ""), affinity(&tenant, "b.rs", ""));
    assert_ne!(affinity(&tenant, "a.rs", ""), affinity(&other, "a.rs", ""));
    assert_eq!(affinity(&tenant, "", "//! head\nx"), affinity(&tenant, "", "//! head\nxyz"));
}

fn breaker() -> Breaker {
    Breaker::new(BreakerOptions {
        consecutive: 3,
        percent: 50,
        min_requests: 10,
        open_ms: 1000,
        max_open_ms: 4000,
    })
}

#[test]
fn failures_in_a_row_open_a_breaker() {
    let mut breaker = breaker();
    for _ in 0..2 {
        breaker.failed(Millis(0));
    }
    breaker.succeeded(Millis(0));
    for _ in 0..2 {
        breaker.failed(Millis(0));
    }
    assert_eq!(breaker.permit(Millis(0)), Permit::Yes);
    breaker.failed(Millis(0));
    assert_eq!(breaker.permit(Millis(999)), Permit::No);
}

#[test]
fn a_share_of_failures_opens_a_breaker() {
    let mut breaker = breaker();
    for at in 0..9 {
        if at % 2 == 0 {
            breaker.failed(Millis(at))
        } else {
            breaker.succeeded(Millis(at))
        }
        assert_eq!(breaker.state(Millis(at)), BreakerState::Closed);
    }
    breaker.failed(Millis(9));
    assert_eq!(breaker.state(Millis(9)), BreakerState::Open);
}

#[test]
fn old_failures_do_not_count() {
    let mut breaker = breaker();
    for at in 0..20 {
        let at = Millis(at * 6000);
        breaker.failed(at);
        breaker.succeeded(at);
        assert_eq!(breaker.state(at), BreakerState::Closed);
    }
}

#[test]
fn one_probe_at_a_time_decides() {
    let mut breaker = breaker();
    for _ in 0..3 {
        breaker.failed(Millis(0));
    }
    // A success that began before does not close it.
    breaker.succeeded(Millis(500));
    assert_eq!(breaker.permit(Millis(1000)), Permit::Probe);
    assert_eq!(breaker.permit(Millis(1000)), Permit::No);
    breaker.failed(Millis(1100));
    assert_eq!(breaker.permit(Millis(3000)), Permit::No);
    assert_eq!(breaker.permit(Millis(3100)), Permit::Probe);
    breaker.abandoned();
    assert_eq!(breaker.permit(Millis(3100)), Permit::Probe);
    breaker.succeeded(Millis(3200));
    assert_eq!(breaker.permit(Millis(3200)), Permit::Yes);
    // A probe that tells nothing is not waited for for ever.
    breaker.rest(Millis(4000), Millis(1000));
    assert_eq!(breaker.permit(Millis(5000)), Permit::Probe);
    assert_eq!(breaker.permit(Millis(64_999)), Permit::No);
    assert_eq!(breaker.permit(Millis(65_000)), Permit::Probe);
}

#[test]
fn the_percentile_is_the_nearest_rank() {
    let mut latency = Latency::default();
    for time in 0..19 {
        latency.add(Millis(time));
    }
    assert_eq!(latency.p95(), None);
    latency.add(Millis(19));
    assert_eq!(latency.p95(), Some(Millis(18)));
    for _ in 0..64 {
        latency.add(Millis(5));
    }
    assert_eq!(latency.p95(), Some(Millis(5)));
}

#[test]
fn a_status_has_a_verdict() {
    assert_eq!(verdict(200, None, None), Verdict::Use);
    assert_eq!(verdict(429, Some("7"), None), Verdict::Rest(Millis(7000)));
    assert_eq!(verdict(503, Some("soon"), None), Verdict::Rest(Millis(1000)));
    assert_eq!(verdict(429, Some("99999999999"), None), Verdict::Rest(Millis(60_000)));
    for status in [301, 307, 401, 403, 404, 500, 502, 504, 204, 206, 101] {
        assert!(matches!(verdict(status, None, None), Verdict::Retry(_)), "{status}");
    }
    let Verdict::Fail(error) = verdict(400, None, Some("too\nlong")) else { panic!() };
    assert_eq!((error.status(), error), (400, EdgeError::Refused("toolong".to_owned())));
}

#[test]
fn a_budget_counts_ten_seconds() {
    let spend = |budget: &mut Budget, now| (0..1000).take_while(|_| budget.spend(Millis(now))).count();
    let mut budget = Budget::with_reserve(20);
    assert_eq!(spend(&mut budget, 0), 10, "without a request there is the reserve");
    (0..300).for_each(|_| budget.earn(Millis(500)));
    assert_eq!(spend(&mut budget, 900), 60, "a busy second has as much as it earned");
    assert_eq!(spend(&mut budget, 9_999), 0);
    assert_eq!(spend(&mut budget, 10_000), 10, "and then the reserve is back");
    let mut hedges = Budget::new(5);
    (0..300).for_each(|_| hedges.earn(Millis(500)));
    assert_eq!(spend(&mut hedges, 10_000), 0, "nothing is saved up");
    assert_eq!(spend(&mut Budget::with_reserve(0), 0), 0);
    assert_eq!(spend(&mut budget, 0), 10, "a clock that goes back leaves the reserve");
}

proptest! {
    /// Hedges and retries stay within their share, whatever the order of requests.
    #[test]
    fn a_budget_is_kept(
        percent in 0u32..=100,
        wants in proptest::collection::vec((any::<bool>(), 0u64..3000), 1..500),
    ) {
        let mut budget = Budget::new(percent);
        let (mut second, mut now) = (0u64, Millis(0));
        for (at, (want, pause)) in wants.iter().enumerate() {
            now = now.plus(Millis(*pause));
            budget.earn(now);
            second += u64::from(*want && budget.spend(now));
            prop_assert!(second * 100 <= u64::from(percent) * (at as u64 + 1));
        }
    }

    #[test]
    fn pauses_are_bounded(randoms in proptest::collection::vec(-1.0f64..2.0, 0..40)) {
        let mut backoff = Backoff::default();
        for random in randoms {
            prop_assert!(backoff.next(random) <= Millis(1000));
        }
    }

    /// An order is always some of the backends, none twice, whatever the loads.
    #[test]
    fn orders_hold_each_backend_once(
        affinity in any::<u64>(),
        loads in proptest::collection::vec((0u32..100, any::<bool>()), 0..4),
    ) {
        let loads: Vec<Load> = loads.into_iter().map(|(in_flight, down)| Load { in_flight, down }).collect();
        let order = ordered(&config(), affinity, &loads);
        let mut unique = order.clone();
        unique.sort();
        unique.dedup();
        prop_assert_eq!(unique.len(), order.len());
        prop_assert_eq!(&order, &ordered(&config(), affinity, &loads));
    }

    /// A breaker is never shut for longer than its options say.
    #[test]
    fn a_breaker_always_opens_again(events in proptest::collection::vec((0u8..4, 0u64..3000), 0..80)) {
        let mut breaker = breaker();
        let mut now = Millis(0);
        for (event, pause) in events {
            now = now.plus(Millis(pause));
            match event {
                0 => breaker.succeeded(now),
                1 => breaker.failed(now),
                2 => breaker.rest(now, Millis(pause * 100)),
                _ => drop(breaker.permit(now)),
            }
        }
        prop_assert!(breaker.permit(now.plus(Millis(64_001))) != Permit::No);
    }
}
