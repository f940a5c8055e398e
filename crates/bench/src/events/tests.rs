//! Events are what they claim to be: as big, as many issues, and different from each other.

use std::collections::BTreeSet;

use super::*;

fn check_size(payload: Payload, expect: std::ops::Range<usize>) {
    for number in 0..30 {
        let (_, event) = event(payload, 100, number);
        let bytes = event.to_string().len() + ADDED_BYTES;
        assert!(expect.contains(&bytes), "{payload:?} {number}: {bytes}");
    }
}

#[test]
fn an_event_is_as_big_as_its_payload_says() {
    check_size(Payload::Small, 4_700..6_000);
    check_size(Payload::Medium, 19_000..21_500);
    check_size(Payload::Large, 61_000..68_000);
}

#[test]
fn there_are_as_many_crashes_as_issues() {
    let crash = |number| {
        let (_, event) = event(Payload::Small, 100, number);
        let exception = event.pointer("/exception/values/0").unwrap();
        let frames = exception.pointer("/stacktrace/frames").unwrap();
        let names = frames.as_array().unwrap().iter();
        let names = names.map(|frame| (frame["module"].to_string(), frame["lineno"].to_string()));
        format!("{} {:?}", exception["type"], names.collect::<Vec<_>>())
    };
    let crashes: BTreeSet<_> = (0..1_000).map(crash).collect();
    assert_eq!(crashes.len(), 100);
}

#[test]
fn no_two_events_are_the_same_and_each_comes_again() {
    let texts: BTreeSet<_> = (0..500)
        .map(|number| event(Payload::Small, 10, number).1.to_string())
        .collect();
    assert_eq!(texts.len(), 500);
    let again = event(Payload::Small, 10, 7).1.to_string();
    assert!(texts.contains(&again));
}
