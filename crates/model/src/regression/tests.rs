//! Whether issues come back, case by case; `r26` to `r33` are complaints about other trackers.

use super::*;

fn at(secs: i64) -> Timestamp {
    Timestamp::from_secs(secs)
}

/// Resolved at second 10; what is compared with was released at second 5.
fn resolved(fix: Fix, order: ReleaseOrder) -> Resolution {
    Resolution {
        fix,
        order,
        release_date: Some(at(5)),
        by: None,
    }
}

fn in_release(release: &str) -> Resolution {
    resolved(Fix::InRelease(release.to_owned()), ReleaseOrder::Version)
}

fn after(release: &str) -> Resolution {
    let fix = Fix::AfterRelease(Some(release.to_owned()));
    resolved(fix, ReleaseOrder::Version)
}

fn comes_back(resolution: &Resolution, seen: &Seen<'_>) -> bool {
    match decide(at(10), resolution, seen) {
        Verdict::Regressed(reason) | Verdict::Stays(reason) if reason.is_empty() => {
            panic!("no reason")
        }
        Verdict::Regressed(_) => true,
        Verdict::Stays(_) => false,
    }
}

/// An event at second 20 in `release`, which is of second `date`.
fn check_date(resolution: &Resolution, release: &str, date: i64, expect: bool) {
    let seen = Seen {
        received: at(20),
        happened: at(20),
        release: Some(release),
        release_date: Some(at(date)),
    };
    let got = comes_back(resolution, &seen);
    assert_eq!(got, expect, "{resolution:?}, then {release} of {date}");
}

/// The same in a release that is newer by date, which must not matter.
fn check(resolution: &Resolution, release: &str, expect: bool) {
    check_date(resolution, release, 15, expect);
}

fn facts(version: &str, date: i64, events: u64) -> ReleaseFacts {
    ReleaseFacts {
        version: version.to_owned(),
        date: at(date),
        events,
        is_ignored: false,
    }
}

fn newest_after(
    releases: &[ReleaseFacts],
    order: ReleaseOrder,
    last: Option<&str>,
) -> Option<String> {
    let releases = Releases::ordered(order, releases.to_vec());
    let newest = releases.newest(last);
    newest.map(|facts| facts.version.clone())
}

fn newest(releases: &[ReleaseFacts], order: ReleaseOrder) -> Option<String> {
    newest_after(releases, order, None)
}

#[test]
fn resolved_now_comes_back_with_any_later_event() {
    let now = resolved(Fix::Now, ReleaseOrder::Version);
    check(&now, "0.1", true);
    let seen = Seen {
        received: at(20),
        happened: at(20),
        release: None,
        release_date: None,
    };
    assert!(comes_back(&now, &seen));
    // Nobody knew a release: the next one is any.
    let next = resolved(Fix::AfterRelease(None), ReleaseOrder::Version);
    assert!(comes_back(&next, &seen));
}

#[test]
fn an_event_without_a_release_is_presumed_older() {
    let seen = Seen {
        received: at(20),
        happened: at(20),
        release: None,
        release_date: None,
    };
    assert!(!comes_back(&in_release("shop@1.2"), &seen));
    assert!(!comes_back(&after("shop@1.2"), &seen));
}

#[test]
fn the_same_release() {
    check(&in_release("shop@1.2"), "shop@1.2", true);
    check(&after("shop@1.2"), "shop@1.2", false);
    check(&in_release("7fd1a60b01f9"), "7fd1a60b01f9", true);
    check(&after("7fd1a60b01f9"), "7fd1a60b01f9", false);
}

#[test]
fn r26_an_older_release_does_not_reopen() {
    check(&in_release("shop@2.0.0"), "shop@1.9.9", false);
    check(&in_release("shop@2.0.0"), "shop@2.0.1", true);
    check(&after("shop@2.0.0"), "shop@2.0.0-rc1", false);
    check(&after("shop@2.0.0"), "shop@2.0.1", true);
    // Without versions, by date.
    check_date(&in_release("7fd1a60b01f9"), "aaaaaaaaaaaa", 4, false);
    check_date(&in_release("7fd1a60b01f9"), "aaaaaaaaaaaa", 5, false);
    check_date(&in_release("7fd1a60b01f9"), "aaaaaaaaaaaa", 6, true);
}

#[test]
fn r27_versions_of_other_packages_are_not_compared() {
    check_date(&in_release("ios@388.0.8"), "388.0.6 (388.0.6)", 4, false);
    check_date(&in_release("ios@388.0.8"), "android@389.0", 4, false);
    check_date(&in_release("ios@388.0.8"), "android@387.0", 6, true);
    check(&in_release("388.0.8"), "388.0.6 (388.0.6)", false);
}

#[test]
fn r28_bare_and_v_prefixed_versions_are_ordered() {
    check(&in_release("5.36.2"), "5.36.1", false);
    check(&in_release("5.36.2"), "5.36.2", true);
    check(&in_release("5.36.2"), "5.37.0", true);
    check(&in_release("app@v0.44.12"), "app@v0.44.9", false);
    check(&after("app@v0.44.12"), "app@v0.44.12", false);
    check(&after("app@v0.44.12"), "app@v0.44.13", true);
}

#[test]
fn r29_a_back_port_that_is_released_later_does_not_reopen() {
    check(&in_release("8.1.0"), "8.0.1", false);
    check(&after("10.24.0"), "10.18.7", false);
    let releases = [facts("10.24.0", 1, 9), facts("10.18.7", 9, 9)];
    assert_eq!(
        newest(&releases, ReleaseOrder::Version).as_deref(),
        Some("10.24.0")
    );
    assert_eq!(
        newest(&releases, ReleaseOrder::Date).as_deref(),
        Some("10.18.7")
    );
}

#[test]
fn r30_the_release_of_the_resolution_may_be_gone() {
    // Only its name is needed, or the date that was noted with the resolution.
    check(&in_release("8.1.0"), "8.0.9", false);
    check(&in_release("8.1.0"), "8.1.1", true);
    let mut gone = in_release("7fd1a60b01f9");
    gone.release_date = None;
    check(&gone, "aaaaaaaaaaaa", false);
}

#[test]
fn r31_one_rogue_client_is_no_reference() {
    let mut releases = vec![
        facts("1.2.0", 1, 50),
        facts("1.3.0", 2, 50),
        facts("999.9.9", 3, 2),
    ];
    assert_eq!(
        newest(&releases, ReleaseOrder::Version).as_deref(),
        Some("1.3.0")
    );
    // One major version ahead, or seen often enough, is a release.
    releases[2] = facts("2.0.0", 3, 1);
    assert_eq!(
        newest(&releases, ReleaseOrder::Version).as_deref(),
        Some("2.0.0")
    );
    releases[2] = facts("999.9.9", 3, 3);
    assert_eq!(
        newest(&releases, ReleaseOrder::Version).as_deref(),
        Some("999.9.9")
    );
    releases[2].is_ignored = true;
    assert_eq!(
        newest(&releases, ReleaseOrder::Version).as_deref(),
        Some("1.3.0")
    );
}

#[test]
fn r32_a_resolution_keeps_the_order_of_its_time() {
    let fix = Fix::InRelease("2.0.0".to_owned());
    let by_date = resolved(fix.clone(), ReleaseOrder::Date);
    check_date(&by_date, "1.0.0", 6, true);
    check_date(&by_date, "3.0.0", 4, false);
    let by_version = resolved(fix, ReleaseOrder::Version);
    check_date(&by_version, "1.0.0", 6, false);
    check_date(&by_version, "3.0.0", 4, true);
}

#[test]
fn r33_an_event_of_before_the_resolve_does_not_reopen() {
    let now = resolved(Fix::Now, ReleaseOrder::Version);
    let seen = |received, happened| Seen {
        received: at(received),
        happened: at(happened),
        release: None,
        release_date: None,
    };
    assert!(!comes_back(&now, &seen(9, 9)));
    assert!(!comes_back(&now, &seen(10, 10)));
    assert!(!comes_back(&now, &seen(20, 9)));
    assert!(comes_back(&now, &seen(20, 10)));
}

#[test]
fn versions_decide_when_there_are_enough_of_them() {
    let hash = |number: i64| facts(&format!("deadbeef{number:032x}"), 100 + number, 9);
    let version = |number: i64| facts(&format!("1.{number}"), number, 9);
    assert_eq!(release_order(&[]), ReleaseOrder::Version);
    assert_eq!(release_order(&[version(1)]), ReleaseOrder::Version);
    assert_eq!(release_order(&[hash(1), version(1)]), ReleaseOrder::Date);
    let mut mixed: Vec<_> = (0..7).map(hash).collect();
    mixed.extend((0..3).map(version));
    assert_eq!(release_order(&mixed), ReleaseOrder::Version);
    mixed.push(hash(8));
    assert_eq!(release_order(&mixed), ReleaseOrder::Date, "of the last ten");
}

#[test]
fn the_next_release_is_that_of_the_same_package() {
    let releases = [
        facts("web@3.0", 1, 9),
        facts("ios@1.0", 2, 9),
        facts("7fd1a60b01f9", 3, 9),
    ];
    let check = |last, expect| {
        let next = newest_after(&releases, ReleaseOrder::Version, last);
        assert_eq!(next.as_deref(), Some(expect), "{last:?}");
    };
    check(Some("ios@0.9"), "ios@1.0");
    check(Some("web@2.9"), "web@3.0");
    // Of several packages that of the latest release; what has a version, before what has none.
    check(None, "ios@1.0");
    check(Some("tv@1.0"), "ios@1.0");
    assert_eq!(newest(&[], ReleaseOrder::Version), None);
}

/// What [`Releases::newest`] says in other words: release by release, each with all others.
fn newest_by_definition<'a>(
    releases: &'a [ReleaseFacts],
    order: ReleaseOrder,
    package: &str,
) -> Option<&'a str> {
    let is_own = |facts: &&ReleaseFacts| Release::parse(&facts.version).package == package;
    let of = |facts: &ReleaseFacts| major(&Release::parse(&facts.version));
    let is_rogue = |facts: &ReleaseFacts| {
        let others = releases.iter().filter(is_own);
        let others = others.filter(|other| other.version != facts.version && !other.is_ignored);
        let highest = others.filter_map(of).max();
        let is_far = of(facts)
            .zip(highest)
            .is_some_and(|(own, max)| own > max + 1);
        is_far && facts.events < EVENT_COUNT_MIN
    };
    let trusted = releases.iter().filter(is_own);
    let trusted = trusted.filter(|facts| !facts.is_ignored && !is_rogue(facts));
    let key = |facts: &&ReleaseFacts| match order {
        ReleaseOrder::Version => (Release::parse(&facts.version).order, facts.date),
        ReleaseOrder::Date => (None, facts.date),
    };
    trusted.max_by_key(key).map(|facts| facts.version.as_str())
}

#[test]
fn r31_the_newest_is_found_in_one_pass_over_ten_thousand_releases() {
    let mut state = 1_u64;
    let mut draw = |below: u64| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        (state >> 33) % below
    };
    for round in 0..300 {
        let count = draw(9);
        let releases: Vec<_> = (0..count)
            .map(|number| {
                let package = ["web@", "ios@", ""][usize::try_from(draw(3)).unwrap()];
                let version = match draw(5) {
                    0 => format!("deadbeef{number}"),
                    1 => format!("{}.{number}", draw(2) * 900),
                    _ => format!("{}.{number}", draw(4)),
                };
                let date = 100 * i64::try_from(draw(50)).unwrap() + i64::try_from(number).unwrap();
                let mut facts = facts(&format!("{package}{version}"), date, draw(6));
                facts.is_ignored = draw(8) == 0;
                facts
            })
            .collect();
        for order in [ReleaseOrder::Version, ReleaseOrder::Date] {
            for package in ["web", "ios", ""] {
                let Some(expect) = newest_by_definition(&releases, order, package) else {
                    continue;
                };
                let last = format!("{package}@1.0");
                let last = if package.is_empty() { "1.0" } else { &last };
                let found = newest_after(&releases, order, Some(last));
                assert_eq!(
                    found.as_deref(),
                    Some(expect),
                    "{round} {order:?}: {releases:?}"
                );
            }
        }
    }
    // Each release against each, for each issue, would take hours.
    let many: Vec<_> = (0..10_000)
        .map(|number| facts(&format!("1.{number}"), 1, 1))
        .collect();
    let many = Releases::of(many);
    assert!((0..10_000).all(|_| {
        many.newest(None)
            .is_some_and(|facts| facts.version == "1.9999")
    }));
    assert_eq!(many.named("1.77").map(|facts| facts.date), Some(at(1)));
    assert_eq!(many.named("1.77.0"), None);
}

#[test]
fn the_release_before_is_of_the_same_package() {
    let mut ignored = facts("web@1.9", 5, 9);
    ignored.is_ignored = true;
    let all = [
        facts("web@1.2", 3, 9),
        facts("web@1.10", 2, 9),
        facts("ios@1.3", 4, 9),
        facts("web@2.0", 1, 9),
        ignored,
    ];
    let before = |order, versions: &[&str]| {
        let all = Releases::ordered(order, all.to_vec());
        let found = all.before_each(versions).into_iter();
        let found = found.map(|facts| facts.map_or("none", |facts| &facts.version).to_owned());
        found.collect::<Vec<_>>()
    };
    let asked = ["web@2.0", "web@1.10", "web@1.2", "ios@1.3", "web@7.0"];
    let by_version = ["web@1.10", "web@1.2", "none", "none", "none"];
    assert_eq!(before(ReleaseOrder::Version, &asked), by_version);
    let by_date = ["none", "web@2.0", "web@1.10", "none", "none"];
    assert_eq!(before(ReleaseOrder::Date, &asked), by_date);
}
