//! How rules are read: once each, and not more than can be run.

use std::sync::Arc;

use serde_json::{Map, Value, json};

use crate::limits::APPLIED_RULES_MAX;
use crate::scrub::config::{Application, applications};
use crate::scrub::find::Finder;
use crate::scrub::left_out;
use crate::scrub::rule::What;

fn read(config: &Value) -> (Vec<Application>, Vec<String>) {
    let (applications, faults) = applications(&config.to_string());
    let faults = faults.into_iter().map(|fault| fault.message);
    (applications, faults.collect())
}

#[test]
fn a_pattern_is_compiled_once_and_stands_once_for_a_selector() {
    let both = json!({"type": "multiple", "rules": ["r", "r"]});
    let (found, faults) = read(&json!({
        "rules": {"r": {"type": "pattern", "pattern": "x"}, "both": both},
        "applications": {"a": ["r", "r"], "b": ["both"]}}));
    assert_eq!(faults, Vec::<String>::new());
    let regexes = found.iter().map(|one| match &one.rules[..] {
        [rule] => match &rule.what {
            What::Part(Finder::Custom(regex, _)) => regex,
            other => panic!("{other:?}"),
        },
        other => panic!("{other:?}"),
    });
    let regexes: Vec<_> = regexes.collect();
    assert!(Arc::ptr_eq(regexes[0], regexes[1]));
}

#[test]
fn w32_rules_of_all_selectors_are_bounded_together() {
    let names: Vec<_> = (0..30).map(|number| format!("r{number}")).collect();
    let ip = |name: &String| (name.clone(), json!({"type": "ip"}));
    let rules: Map<_, _> = names.iter().map(ip).collect();
    let selectors = (0..100).map(|number| (format!("k{number}"), json!(names)));
    let selectors: Map<_, _> = selectors.collect();
    let (found, faults) = read(&json!({"rules": rules, "applications": selectors}));
    let applied: usize = found.iter().map(|one| one.rules.len()).sum();
    assert_eq!(applied, APPLIED_RULES_MAX);
    assert_eq!(faults[0], "more than 1000 rules for all selectors together");
    let (found, faults) = read(&json!({"applications": {"k": vec![json!(1); 1000]}}));
    assert_eq!((found[0].rules.len(), faults.len()), (0, 101));
}

/// Eight levels of twelve rules that each stand for all of the next are 12^8 ways.
#[test]
fn w32_rules_that_stand_for_others_are_read_once() {
    let name = |level: usize, number: usize| format!("r{level}-{number}");
    let rules = (0..8).flat_map(|level| {
        (0..12).map(move |number| {
            let next: Vec<_> = (0..12).map(|next| name(level + 1, next)).collect();
            let next = if level == 7 { Vec::new() } else { next };
            (
                name(level, number),
                json!({"type": "multiple", "rules": next}),
            )
        })
    });
    let rules: Map<_, _> = rules.collect();
    let (_, faults) = read(&json!({"rules": rules}));
    assert_eq!(faults, Vec::<String>::new());
}

#[test]
fn a_field_that_cannot_be_looked_for_is_told_with_its_line() {
    let list = ["a".to_owned(), " ä ".to_owned()];
    let told: Vec<_> = left_out(&["ä".to_owned()], &list).collect();
    assert_eq!(told.len(), 1);
    assert_eq!(told[0].line, 2);
}
