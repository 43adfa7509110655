//! Token buckets and leases.

use ghostlight_edge::Millis;
use ghostlight_edge::config::Allowance;
use ghostlight_edge::limit::{Bucket, Buckets, Granted, Lease, Taken};
use proptest::prelude::*;

const USER: Allowance = Allowance { burst: 100, per_minute: 60 };
const TENANT: Allowance = Allowance { burst: 150, per_minute: 600 };

fn buckets() -> Buckets {
    Buckets { user: Bucket::full(USER, Millis(0)), tenant: Bucket::full(TENANT, Millis(0)) }
}

#[test]
fn a_bucket_empties_and_refills() {
    let mut buckets = buckets();
    let mut at = |tokens, now| buckets.reserve(USER, TENANT, tokens, tokens, Millis(now));
    assert_eq!(at(60, 0), Granted::Tokens(60));
    assert_eq!(at(60, 0), Granted::Refused("this user", Millis(20_000)));
    assert_eq!(at(60, 19_999), Granted::Refused("this user", Millis(1)));
    assert_eq!(at(60, 20_000), Granted::Tokens(60));
}

#[test]
fn the_tenant_is_a_limit_of_its_own() {
    let mut buckets = buckets();
    buckets.tenant.milli = 30_000;
    assert_eq!(
        buckets.reserve(USER, TENANT, 40, 40, Millis(0)),
        Granted::Refused("this tenant", Millis(1000))
    );
    // A refusal takes nothing from the other bucket.
    assert_eq!(buckets.user.milli, 100_000);
}

#[test]
fn more_than_a_bucket_holds_waits_for_a_full_one_only() {
    let mut buckets = buckets();
    assert_eq!(buckets.reserve(USER, TENANT, 1_000_000, 1_000_000, Millis(0)), Granted::Tokens(100));
}

#[test]
fn what_was_not_used_comes_back() {
    let mut buckets = buckets();
    assert_eq!(buckets.reserve(USER, TENANT, 80, 80, Millis(0)), Granted::Tokens(80));
    buckets.settle(USER, TENANT, 70, Millis(0));
    assert_eq!(buckets.user.milli, 90_000);
    // Used beyond what was reserved: the bucket owes.
    buckets.settle(USER, TENANT, -150, Millis(0));
    assert_eq!(buckets.user.milli, -60_000);
    assert!(matches!(buckets.reserve(USER, TENANT, 1, 1, Millis(0)), Granted::Refused(_, Millis(61_000))));
}

#[test]
fn a_clock_that_goes_back_refills_nothing() {
    let mut buckets = buckets();
    buckets.reserve(USER, TENANT, 100, 100, Millis(50_000));
    assert!(matches!(buckets.reserve(USER, TENANT, 1, 1, Millis(10)), Granted::Refused(..)));
    assert!(matches!(buckets.reserve(USER, TENANT, 1, 1, Millis(50_500)), Granted::Refused(..)));
    assert_eq!(buckets.reserve(USER, TENANT, 1, 1, Millis(51_000)), Granted::Tokens(1));
}

#[test]
fn a_lease_is_spent_until_it_is_over() {
    let mut lease = Lease::default();
    assert_eq!(lease.take(1, Millis(0)), Taken::No { left: 0 });
    lease.fill(100, 10, Millis(1000));
    assert_eq!(lease.take(80, Millis(999)), Taken::Yes);
    assert_eq!(lease.take(11, Millis(999)), Taken::No { left: 10 });
    lease.settle(30);
    assert_eq!(lease.take(40, Millis(999)), Taken::Yes);
    assert_eq!(lease.take(0, Millis(1000)), Taken::No { left: 0 });
}

#[test]
fn a_lease_grows_with_what_is_used_and_shrinks_again() {
    let span = Millis(10_000);
    let mut lease = Lease::default();
    assert_eq!(lease.grow(100, 350, Millis(100_000), span), 100);
    lease.add(100, 10, Millis(110_000));
    assert!(!lease.is_low(Millis(100_001), span));
    assert!(lease.is_low(Millis(105_001), span), "half of its time is gone");
    assert_eq!(lease.take(45, Millis(100_002)), Taken::Yes);
    assert!(lease.is_low(Millis(100_003), span), "half of it is gone");
    assert_eq!(lease.grow(100, 350, Millis(101_000), span), 200, "used up at once");
    assert_eq!(lease.grow(100, 350, Millis(102_000), span), 350);
    assert_eq!(lease.grow(100, 350, Millis(108_000), span), 350, "as it should be");
    assert_eq!(lease.grow(100, 350, Millis(120_000), span), 175, "it lasted");
    assert_eq!(lease.grow(100, 350, Millis(150_000), span), 100);
    assert_eq!(Lease::default().grow(0, 350, Millis(1), span), 0, "no lease at all");
}

#[test]
fn of_many_requests_one_brings_a_lease() {
    let mut lease = Lease::default();
    let span = Millis(1000);
    assert!(lease.goes(Millis(5000), span));
    assert!(!lease.goes(Millis(5000), span) && !lease.goes(Millis(5999), span));
    assert!(lease.goes(Millis(6000), span), "it may have been lost");
    lease.add(100, 10, Millis(9000));
    assert!(lease.goes(Millis(6001), span), "it is back");
    assert!(lease.goes(Millis(0), span), "a clock that was set back stops nobody");
}

#[test]
fn without_a_store_an_isolate_lends_at_the_users_own_rate() {
    let span = Millis(10_000);
    let mut lease = Lease::default();
    assert_eq!(lease.lend(30, 600, Millis(1_000_000), span), Ok(()));
    assert_eq!(lease.left(), 70, "a sixth of a minute's 600, and 30 of them are spent");
    assert_eq!(lease.take(70, Millis(1_000_001)), Taken::Yes);
    assert_eq!(lease.lend(1, 600, Millis(1_004_000), span), Err(Millis(6_000)));
    assert_eq!(lease.lend(500, 600, Millis(1_010_000), span), Ok(()));
    assert_eq!(lease.left(), 0, "a request that is larger is lent what it needs");
    assert_eq!(lease.lend(1, 600, Millis(0), span), Ok(()), "a clock that was set back lends");
    assert_eq!(Lease::default().lend(1, u32::MAX, Millis(u64::MAX), Millis(u64::MAX)), Ok(()));
}

proptest! {
    /// Over any requests the buckets give no more than they held and got back in the time.
    #[test]
    fn no_more_is_granted_than_there_was(
        steps in proptest::collection::vec((0u32..200, 0u32..400, 0u64..5000, 0i64..50), 1..60),
    ) {
        let mut buckets = buckets();
        let (mut now, mut spent) = (0u64, 0i64);
        for (need, want, pause, back) in steps {
            now += pause;
            if let Granted::Tokens(tokens) = buckets.reserve(USER, TENANT, need, want, Millis(now)) {
                prop_assert!(tokens >= need.min(USER.burst));
                let back = back.min(i64::from(tokens));
                buckets.settle(USER, TENANT, back, Millis(now));
                spent += i64::from(tokens) - back;
            }
            let elapsed = i64::try_from(now).unwrap();
            prop_assert!(spent * 1000 <= 100_000 + elapsed * 60 / 60, "{spent} in {elapsed} ms");
        }
    }

    #[test]
    fn a_wait_is_long_enough(milli in -100_000i64..100_000, tokens in 0u32..100) {
        let bucket = Bucket { milli, at: Millis(0) };
        let wait = bucket.wait(USER, tokens);
        prop_assert!(bucket.at(USER, wait).milli >= i64::from(tokens) * 1000);
    }
}
