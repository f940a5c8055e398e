//! What becomes of the issues of another version.

use serde_json::json;
use watchpost_model::{Grouping, WireFormat};

use super::{by, event, frames, grouped, raised, receipt, stack_rules};
use crate::Grouper;

#[test]
fn an_event_of_before_finds_its_issue() {
    let fields = raised("other", "E", "v", frames(&["a f"]));
    let one = Grouping {
        version: Some(1),
        ..Grouping::default()
    };
    let got = grouped(&fields);
    assert_eq!(got.previous, by(&one, &fields).hashes);
    assert!(got.hashes.iter().all(|hash| hash.version == 2));
    let (grouper, _) = Grouper::new(&Grouping::default());
    let got = grouper
        .without_previous()
        .event(event(&fields), &receipt(WireFormat::Event));
    assert_eq!(got.previous, []);
    // And the other way round, for somebody who goes back.
    assert_eq!(by(&one, &fields).previous, grouped(&fields).hashes);
    let (_, faults) = Grouper::new(&Grouping {
        version: Some(7),
        ..Grouping::default()
    });
    assert!(faults[0].message.contains("no version 7"));
}

/// Otherwise a rule would do nothing for what is known, and the issue of before would own the key
/// that the rule gives, for events of quite other faults.
#[test]
fn what_the_project_decides_is_not_sent_to_an_issue_of_before() {
    let plain = raised("python", "E", "timeout 7", frames(&["a f", "!lib g"]));
    let mut named = plain.clone();
    named["fingerprint"] = json!(["mine"]);
    let rules = |text: &str| Grouping {
        fingerprint_rules: text.to_owned(),
        ..Grouping::default()
    };
    let split = Grouping {
        split_by_message: true,
        ..Grouping::default()
    };
    let ignoring = Grouping {
        ignore_client_fingerprint: true,
        ..Grouping::default()
    };
    let no_stack = json!({"message": {"formatted": "timeout 7"}});
    for (grouping, fields, goes_on) in [
        (Grouping::default(), &plain, true),
        (rules("value:*timeout* -> db-timeout"), &plain, false),
        (rules("value:*other* -> db-timeout"), &plain, true),
        (stack_rules("module:lib +app"), &plain, false),
        (stack_rules("module:other +app"), &plain, true),
        // These change nothing here: what is so already, and what no frame is left to.
        (stack_rules("module:a +app"), &plain, true),
        (stack_rules("module:lib -app category=own"), &plain, true),
        (stack_rules("module:a max-frames=50"), &plain, true),
        (stack_rules("module:a max-frames=0"), &plain, true),
        (stack_rules("module:a invert-stacktrace=no"), &plain, true),
        (stack_rules("module:lib +split"), &plain, true),
        (stack_rules("module:a max-frames=1"), &plain, false),
        (stack_rules("module:a min-frames=3"), &plain, false),
        (stack_rules("module:a invert-stacktrace=yes"), &plain, false),
        (stack_rules("module:a category=logging"), &plain, false),
        (stack_rules("module:a +split"), &plain, false),
        (stack_rules("module:a -group"), &plain, false),
        (split.clone(), &plain, false),
        (split, &no_stack, true),
        (ignoring.clone(), &plain, true),
        (ignoring, &named, false),
    ] {
        let previous = by(&grouping, fields).previous;
        assert_eq!(!previous.is_empty(), goes_on, "{grouping:?} {fields}");
    }
}

/// Not whether it says something about a frame: whether a key is another than without it.
#[test]
fn a_stack_rule_decides_when_it_changes_a_key() {
    let of = |texts: &[&str]| raised("python", "E", "v", frames(texts));
    let plain = of(&["a f", "!lib g"]);
    let with = |name: &str, value: serde_json::Value| {
        let mut fields = plain.clone();
        fields[name] = value;
        fields
    };
    let client = with("fingerprint", json!(["db"]));
    let partly = with("fingerprint", json!(["db", "{{ default }}"]));
    let module = with("fingerprint", json!(["{{ module }}"]));
    let checksum = with("checksum", json!("mine"));
    let recursive = of(&["a f", "a f", "b g"]);
    let deep = ["!lib g"; 97].into_iter().chain(["a f", "a g", "a h"]);
    let deep = of(&deep.collect::<Vec<_>>());
    for (rules, fields, goes_on) in [
        ("module:a category=internals", &plain, false),
        ("module:a category=system", &plain, true),
        ("module:a +group", &plain, true),
        ("module:a +group", &recursive, false),
        ("module:a max-frames=50", &deep, true),
        ("module:lib +app", &client, true),
        ("module:lib +app", &partly, false),
        ("module:lib +app", &module, false),
        ("module:lib +app", &checksum, true),
    ] {
        let previous = by(&stack_rules(rules), fields).previous;
        assert_eq!(!previous.is_empty(), goes_on, "{rules} {fields}");
    }
}

/// An explanation lists so many rules, whichever way they are found.
#[test]
fn a_rule_of_the_project_is_listed_however_many_built_in_ones_there_are() {
    let paths = [
        "node_modules/express",
        "node_modules/winston",
        "bower_components/a",
        "node:internal/x",
        "core-js",
        "core-js-pure",
        "tslib",
        "regenerator-runtime",
        "zone.js",
        "@sentry",
        "raven",
        "@sentry-internal",
        "babel-runtime",
        "@babel/runtime",
        "webpack/runtime",
        "raven-js",
        "node:fs",
        "internal/process",
    ];
    let modules = [
        "java.util.ArrayList",
        "kotlin.Unit",
        "org.springframework.web.Filter",
        "org.slf4j.X",
        "akka.actor.ActorCell",
        "java.lang.reflect.Method",
        "ch.qos.logback.classic.Logger",
    ];
    let files = paths.map(|path| json!({"filename": format!("/srv/{path}/x.js"), "in_app": true}));
    let classes = modules.map(
        |module| json!({"module": module, "function": "f", "platform": "java", "in_app": true}),
    );
    let frames = files.into_iter().chain(classes).collect();
    let mut fields = raised("node", "E", "v", frames);
    fields["threads"] = json!({"values": [{"stacktrace": {"frames": [
        {"module": "last", "function": "g", "filename": "/srv/last.js"}]}}]});
    let rules = by(&stack_rules("function:g +app"), &fields)
        .explanation
        .rules;
    assert_eq!(rules.len(), 20, "as many as are listed: {rules:?}");
    assert!(rules.iter().any(|rule| !rule.built_in), "{rules:?}");
}

/// Version 1 was the current one when 256 characters of a function were kept.
#[test]
fn a_long_function_has_the_key_that_it_had() {
    let one = Grouping {
        version: Some(1),
        ..Grouping::default()
    };
    let of = |function: &str| {
        raised(
            "other",
            "E",
            "v",
            json!([{"module": "a", "function": function, "in_app": true}]),
        )
    };
    let was_cut = format!("{}...", "é".repeat(253));
    let old = by(&one, &of(&was_cut)).hashes;
    for length in [257, 512, 1000] {
        assert_eq!(by(&one, &of(&"é".repeat(length))).hashes, old, "{length}");
    }
    assert_ne!(by(&one, &of(&"é".repeat(256))).hashes, old, "it was whole");
}

/// Stored events say by which keys they can leave an issue, whatever the version.
#[test]
fn an_explanation_names_all_keys() {
    let own = frames(&["shop pay", "!lib send"]);
    for version in [1, 2] {
        let grouping = Grouping {
            version: Some(version),
            ..Grouping::default()
        };
        let grouped = by(&grouping, &raised("python", "E", "v", own.clone()));
        let named: Vec<_> = grouped.explanation.keys().collect();
        assert_eq!(named, grouped.hashes);
        assert!(named.iter().all(|key| key.version == version));
    }
}
