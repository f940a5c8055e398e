//! The month is the same for the same seed, whole, in order, and made of code that is there.

use std::collections::{BTreeMap, BTreeSet};

use watchpost_model::{ProjectId, Timestamp};

use crate::fault::all;
use crate::*;

const UNTIL: i64 = 1_800_000_000;

fn plan(seed: u64, events: u64) -> Plan {
    let until = Timestamp::from_secs(UNTIL);
    Plan::new(Month {
        seed,
        until,
        events,
    })
}

/// All that is sent, to the letter.
fn bytes(plan: &Plan) -> Vec<(Timestamp, Request)> {
    let sends = plan.steps().iter().filter_map(|step| match &step.deed {
        Deed::Send(sending) => {
            let door = plan.door(sending.program, ProjectId(7));
            let request = plan.request(sending, step.at, &door);
            Some((step.at, request.expect("a fault of the plan")))
        }
        _ => None,
    });
    sends.collect()
}

#[test]
fn the_same_seed_gives_the_same_bytes_and_another_gives_others() {
    let (one, again, other) = (plan(7, 300), plan(7, 300), plan(8, 300));
    assert_eq!(one.steps(), again.steps());
    assert_eq!(bytes(&one), bytes(&again));
    let ids = |plan: &Plan| -> BTreeSet<_> { plan.issues().iter().map(|one| one.first).collect() };
    assert!(ids(&one).is_disjoint(&ids(&other)));
    assert_ne!(bytes(&one), bytes(&other));
}

#[test]
fn a_month_has_as_many_events_as_it_is_asked_for() {
    for events in [EVENT_COUNT_MIN, 301, 1_000, EVENT_COUNT_USUAL] {
        let plan = plan(3, events);
        let sends = plan.steps().iter().filter_map(|step| match step.deed {
            Deed::Send(sending) => Some(sending.event),
            _ => None,
        });
        let ids: Vec<_> = sends.collect();
        assert_eq!(ids.len() as u64, events);
        assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), ids.len());
        let planned: u64 = plan.issues().iter().map(|planned| planned.events).sum();
        assert_eq!(planned, events);
    }
}

#[test]
fn steps_are_in_order_and_within_the_month() {
    let plan = plan(11, 2_000);
    let (since, until) = (plan.since(), Timestamp::from_secs(UNTIL));
    let times: Vec<_> = plan.steps().iter().map(|step| step.at).collect();
    assert!(times.is_sorted());
    assert!(times.iter().all(|at| since < *at && *at <= until));
    // Nobody does anything with an issue that is not there yet.
    let mut seen = BTreeSet::new();
    for step in plan.steps() {
        match &step.deed {
            Deed::Send(sending) => {
                seen.insert(sending.event);
            }
            Deed::Act { event, act, .. } => {
                assert!(seen.contains(event), "{act:?} before the first event");
                if let Act::MergeInto(name) = act {
                    let into = plan.issue(name).expect("a name of the plan");
                    assert!(seen.contains(&into.first), "{name}");
                }
            }
            _ => {}
        }
    }
}

#[test]
fn there_is_every_ending_and_no_name_twice() {
    let plan = plan(1, 300);
    let mut endings = BTreeMap::new();
    for planned in plan.issues() {
        *endings.entry(planned.ending).or_insert(0) += 1;
    }
    assert_eq!(endings.len(), 11, "{endings:?}");
    let names: BTreeSet<_> = plan.issues().iter().map(|planned| planned.name).collect();
    assert_eq!(names.len(), plan.issues().len());
    assert!((40..=60).contains(&names.len()));
}

#[test]
fn every_line_of_a_stack_is_in_the_code() {
    for fault in all() {
        let causes = fault.cause.iter().flat_map(|(_, _, stack)| stack.iter());
        for at in fault.stack.iter().chain(causes) {
            assert!(code::is_there(at), "{}: {at:?}", fault.name);
        }
    }
}

#[test]
fn there_is_a_spike_a_quiet_week_and_a_night() {
    let plan = plan(5, EVENT_COUNT_USUAL);
    let until = Timestamp::from_secs(UNTIL);
    let (mut quiet, mut usual, mut of_hour) = (0, 0, BTreeMap::new());
    let (mut night, mut evening) = (0, 0);
    for (at, _) in bytes(&plan) {
        let hours_ago = until.secs_since(at) / 3600;
        *of_hour.entry(hours_ago).or_insert(0) += 1;
        match hours_ago {
            264..432 => quiet += 1,
            432..600 => usual += 1,
            _ => {}
        }
        // The spike comes when it comes.
        match at.as_secs() / 3600 % 24 {
            3..6 if !(98..=101).contains(&hours_ago) => night += 1,
            18..21 => evening += 1,
            _ => {}
        }
    }
    assert!(quiet * 2 < usual, "{quiet} {usual}");
    let (hour, highest) = of_hour.iter().max_by_key(|(_, count)| **count).unwrap();
    assert!((98..=101).contains(hour), "{hour}: {highest}");
    assert!(evening > night * 3, "{evening} {night}");
}

#[test]
fn what_is_filled_in_leaves_no_words_of_ours() {
    for (_, request) in bytes(&plan(9, 300)) {
        let text = String::from_utf8(request.body).unwrap();
        for word in ["{n}", "{sku}", "{order}", "{small}", "{hex}", "{tea}"] {
            assert!(!text.contains(word), "{text}");
        }
    }
}

#[test]
fn addresses_are_nobodys() {
    for (_, request) in bytes(&plan(2, 600)) {
        let text = String::from_utf8(request.body).unwrap();
        for (before, host) in text.split('@').zip(text.split('@').skip(1)) {
            let is_address = before.ends_with(|letter: char| letter.is_ascii_alphanumeric());
            let end = |letter: char| !letter.is_ascii_alphanumeric() && letter != '.';
            let host = host.split(end).next().unwrap_or_default();
            let is_release = host.starts_with(|letter: char| letter.is_ascii_digit());
            assert!(!is_address || is_release || host == "example.com", "{host}");
        }
    }
}
