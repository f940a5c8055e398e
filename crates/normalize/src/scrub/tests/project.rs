//! What a project adds: fields, and Sentry's advanced rules.

use serde_json::{Value, json};
use watchpost_model::Scrubbing;

use super::{Scrubber, check_again, check_with, preview, scrub};

fn advanced(config: &Value) -> Scrubbing {
    Scrubbing {
        defaults: false,
        advanced: config.to_string(),
        ..Scrubbing::default()
    }
}

/// What a rule makes of a text under `extra.k`; `Null` when nothing is left.
fn check_rule(rule: &Value, text: &str, expect: &Value) {
    let config = json!({"rules": {"r": rule}, "applications": {"extra.**": ["r"]}});
    let (left, told) = scrub(&advanced(&config), json!({"extra": {"k": text}}));
    assert_eq!(
        left.pointer("/extra/k").unwrap(),
        expect,
        "{rule} on {text}"
    );
    assert_eq!(told.len(), usize::from(*expect != json!(text)), "{told:?}");
}

fn check_built_in(name: &str, text: &str, expect: &str) {
    let config = json!({"applications": {"extra.**": [name]}});
    let (left, _) = scrub(&advanced(&config), json!({"extra": {"k": text}}));
    assert_eq!(
        left.pointer("/extra/k").unwrap(),
        expect,
        "{name} on {text}"
    );
}

#[test]
fn sensitive_and_safe_fields() {
    let scrubbing = Scrubbing {
        sensitive_fields: vec!["zork".to_owned()],
        safe_fields: vec!["author".to_owned(), "note".to_owned()],
        ..Scrubbing::default()
    };
    let fields = json!({"extra": {"myZork": "v", "Author": "v", "author_name": "v",
        "note": "{\"token\":1}",
        "other": "ZORK it"}});
    let expect = json!({"myZork": "[Filtered]", "Author": "v", "author_name": "[Filtered]",
        "note": "{\"token\":1}", "other": "[Filtered]"});
    check_with(&scrubbing, fields, "/extra", expect, 3);
}

#[test]
fn patterns_with_every_method() {
    let pattern = |method: Value| json!({"type": "pattern", "pattern": "b+", "redaction": method});
    check_rule(
        &json!({"type": "pattern", "pattern": "b+"}),
        "abbc",
        &json!("ac"),
    );
    check_rule(
        &pattern(json!({"method": "replace", "text": "X"})),
        "abbc",
        &json!("aXc"),
    );
    check_rule(
        &pattern(json!({"method": "replace"})),
        "abbc",
        &json!("a[Filtered]c"),
    );
    check_rule(
        &pattern(json!({"method": "mask", "maskChar": "#"})),
        "abbc",
        &json!("a**c"),
    );
    let hashed = "a065C5175CCA01A535C835E6F57F5B6E6388C55C0c";
    check_rule(&pattern(json!({"method": "hash"})), "abc", &json!(hashed));
    check_rule(
        &json!({"type": "pattern", "pattern": "a(b)(c)", "replaceGroups": [2]}),
        "abcabc",
        &json!("abab"),
    );
}

#[test]
fn other_kinds_of_rules() {
    check_rule(&json!({"type": "anything"}), "abc", &Value::Null);
    check_rule(
        &json!({"type": "redact_pair", "keyPattern": "^k$"}),
        "v",
        &Value::Null,
    );
    check_rule(
        &json!({"type": "redactPair", "keyPattern": "v"}),
        "a v",
        &json!(""),
    );
    check_rule(
        &json!({"type": "alias", "rule": "@ip"}),
        "1.2.3.4",
        &json!("[ip]"),
    );
    let multiple = json!({"type": "multiple", "rules": ["@ip", "@email"], "hideInner": true});
    check_rule(&multiple, "1.2.3.4 a@b.cc", &json!("[ip] [email]"));
    let config = json!({"rules": {"mine": multiple}, "applications": {"k": ["mine"]}});
    let (_, told) = scrub(&advanced(&config), json!({"extra": {"k": "1.2.3.4"}}));
    assert_eq!(told, ["extra.k: hidden by mine"]);
}

#[test]
fn built_in_rules_as_sentry_has_them() {
    check_built_in("@ip", "at 10.0.0.1 x", "at [ip] x");
    check_built_in("@ip:mask", "at 10.0.0.1 x", "at ******** x");
    check_built_in(
        "@ip:hash",
        "at 10.0.0.1 x",
        "at F467564A4BA6F6D7D00E4534D5DCB601B1FA220D x",
    );
    check_built_in("@ip:remove", "at 10.0.0.1 x", "at  x");
    check_built_in("@email", "to a@b.cc", "to [email]");
    check_built_in("@creditcard", "c 4111 1111 1111 1111 e", "c [creditcard] e");
    check_built_in("@mac", "m 4a:00:04:10:9b:50 e", "m ***************** e");
    check_built_in(
        "@uuid:replace",
        "u ceee0822-ed8f-4622-b2a3-789e73e75cd1",
        "u [uuid]",
    );
    check_built_in("@usssn", "a 078-05-1120 b", "a *********** b");
    check_built_in("@userpath", r"in C:\Users\peter\x", r"in C:\Users\[user]\x");
    check_built_in("@urlauth", "https://u:p@h/x", "https://[auth]@h/x");
    check_built_in(
        "@urlauth:legacy",
        "https://u:p@h/x",
        "https://u:[Filtered]@h/x",
    );
    check_built_in("@bearer", "Bearer abc d", "Bearer [token] d");
    check_built_in("@password:mask", "the password", "************");
    check_built_in("@password:replace", "the password", "[password]");
    check_built_in(
        "@anything:hash",
        "abc",
        "9B4A918F398D74D3E367970ABA3CBE54E4D2B5D9",
    );
    check_built_in(
        "@common",
        "4111111111111111 DE89370400440532013000",
        "[creditcard] [iban]",
    );
    check_built_in("@common:filter", "pay 4111111111111111", "pay [Filtered]");
}

#[test]
fn selectors_reach_every_field_by_name() {
    let config = json!({"applications": {
        "transaction || $frame.context_line || $error.value": ["@anything"],
        "tags.k": ["@anything:remove"],
        "$http.headers.x-a": ["@anything:mask"],
        "$frame.vars": ["@anything"],
        "$string && extra.**": ["@email"],
    }});
    let frame = json!({"context_line": "line", "vars": [{"name": "v", "value": 1}]});
    let fields = json!({"transaction": "t",
        "tags": [{"key": "k", "value": "v"}, {"key": "l", "value": "v"}],
        "request": {"headers": [["X-A", "abc"]]}, "extra": {"a": ["a@b.cc"]}, "release": "a@b.cc",
        "exception": {"values": [{"value": "boom", "stacktrace": {"frames": [frame]}}]}});
    let (left, told) = scrub(&advanced(&config), fields);
    let at = |pointer: &str| left.pointer(pointer).cloned().unwrap_or_default();
    assert_eq!(at("/transaction"), "[Filtered]");
    assert_eq!(
        at("/tags"),
        json!([{"key": "k", "value": ""}, {"key": "l", "value": "v"}])
    );
    assert_eq!(at("/request/headers/0/1"), "***");
    assert_eq!(at("/exception/values/0/value"), "[Filtered]");
    assert_eq!(
        at("/exception/values/0/stacktrace/frames/0/context_line"),
        "[Filtered]"
    );
    assert_eq!(
        at("/exception/values/0/stacktrace/frames/0/vars"),
        Value::Null
    );
    assert_eq!(at("/extra/a/0"), "[email]");
    assert_eq!(at("/release"), "a@b.cc");
    assert_eq!(told.len(), 7, "{told:?}");
}

#[test]
fn tags_are_made_of_what_is_left_of_a_context() {
    let contexts = json!({"device": {"model": "Pixel 6", "family": "Pixel"}});
    let tags = json!([{"key": "k", "value": "v"}]);
    let fields = json!({"contexts": contexts, "tags": tags});
    let rules = |selector: &str| {
        let config = json!({"applications": {selector: ["@anything:remove"]}});
        Scrubber::new(&advanced(&config)).0
    };
    let check = |selector: &str, expect: &[(&str, &str)]| {
        let scrubber = rules(selector);
        let arrived = check_again(&scrubber, crate::tests::event(fields.clone()));
        // One that is stored has the tags that were made of it.
        let stored = rules("none").event(crate::tests::event(fields.clone()));
        assert_eq!(stored.tag("device"), Some("Pixel 6"));
        let (tried, _) = preview(&scrubber, stored);
        for event in [arrived, tried] {
            let tags = event.tags.iter();
            let tags: Vec<_> = tags.map(|tag| (&*tag.key, &*tag.value)).collect();
            assert_eq!(tags, expect, "{selector}");
        }
    };
    let (own, family) = (("k", "v"), ("device.family", "Pixel"));
    check("contexts.device.model", &[own, family]);
    check("tags.device", &[own, ("device", ""), family]);
    check(
        "tags.'device.family'",
        &[own, ("device", "Pixel 6"), ("device.family", "")],
    );
    check("tags", &[]);
    let off = Scrubbing {
        enabled: false,
        ..Scrubbing::default()
    };
    let event = Scrubber::new(&off).0.event(crate::tests::event(fields));
    assert_eq!(event.tag("device"), Some("Pixel 6"));
}

/// The context did not give it, so what is hidden there does not take it away.
#[test]
fn a_tag_of_the_client_that_says_the_same_stays() {
    let contexts = json!({"device": {"model": "Pixel 6", "family": "Pixel"}});
    let fields = json!({"contexts": contexts, "tags": [["device.family", "Pixel"], ["k", "v"]]});
    let config = json!({"applications": {"contexts.device.family": ["@anything:remove"]}});
    let scrubber = Scrubber::new(&advanced(&config)).0;
    let arrived = scrubber.event(crate::tests::event(fields.clone()));
    let stored = Scrubber::new(&Scrubbing::default()).0;
    let stored = stored.event(crate::tests::event(fields));
    let (tried, _) = preview(&scrubber, stored);
    assert_eq!(arrived.tag("device.family"), Some("Pixel"));
    assert_eq!(tried.tags, arrived.tags);
}

#[test]
fn faults_name_the_line_and_the_way_out() {
    let config = r#"{
        "rules": {
            "a": {"type": "nope"},
            "b": {"type": "pattern", "pattern": "(b"},
            "c": {"type": "pattern", "pattern": "\\w{1000}{100}"},
            "d": {"type": "alias", "rule": "d"},
            "fine": {"type": "pattern", "pattern": "x"}
        },
        "applications": {
            "foo bar": ["@ip"],
            "extra.**": ["@nope", "e", "@ip:filter", "fine"],
            "tags": "fine"
        },
        "y": 1
    }"#;
    let scrubbing = Scrubbing {
        advanced: config.to_owned(),
        sensitive_fields: vec!["x".repeat(300)],
        ..Scrubbing::default()
    };
    let (scrubber, faults) = Scrubber::new(&scrubbing);
    let told: Vec<String> = faults.iter().map(ToString::to_string).collect();
    let starts = [
        "line 1: a field name has up to 200 bytes",
        "line 14: `y` is not known; there are `rules` and `applications`",
        "line 3: rule `a`: unknown variant `nope`, expected one of `anything`, `pattern`",
        "line 4: rule `b`: not a pattern: ",
        "line 5: rule `c`: the pattern is too large",
        "line 6: `d` stands for itself, or for too many rules",
        "line 10: selector `foo bar`: character 5: expected `.`",
        "line 11: there is no built-in rule `@nope`; there are @common, @anything",
        "line 11: there is no rule `e` under `rules`",
        "line 11: there is no built-in rule `@ip:filter`; there are @ip:replace",
        "line 12: `tags` must have a list of rules",
    ];
    assert_eq!(told.len(), starts.len(), "{told:#?}");
    for (told, start) in told.iter().zip(starts) {
        assert!(told.starts_with(start), "{told} instead of {start}");
    }
    // What could be read is in force.
    let event = crate::tests::event(json!({"extra": {"k": "axb"}}));
    assert_eq!(scrubber.event(event).extra["k"], "ab");
}

#[test]
fn w32_rules_that_ask_for_too_much_are_refused() {
    let many: serde_json::Map<String, Value> = (0..1000)
        .map(|number| (format!("r{number}"), json!({"type": "ip"})))
        .collect();
    let chain: serde_json::Map<String, Value> = (0..30)
        .map(|number| {
            let next = format!("r{}", number + 1);
            let rules = json!([next, next]);
            (
                format!("r{number}"),
                json!({"type": "multiple", "rules": rules}),
            )
        })
        .collect();
    for config in [
        json!({"rules": many}),
        json!({"rules": chain, "applications": {"x": ["r0"]}}),
        json!({"applications": {"x".repeat(100_000): ["@ip"]}}),
        json!({"rules": {"r": {"type": "pattern", "pattern": "x".repeat(10_000)}}}),
        json!([]),
        json!("x"),
    ] {
        let (_, faults) = Scrubber::new(&advanced(&config));
        assert!(!faults.is_empty());
    }
    let (_, faults) = Scrubber::new(&Scrubbing {
        advanced: "{\n\"rules\":".to_owned(),
        ..Scrubbing::default()
    });
    assert_eq!(faults.first().map(|fault| fault.line), Some(2));
}

#[test]
fn faults_are_short_whatever_they_are_about() {
    let name = "x".repeat(20_000);
    for config in [
        format!(r#"{{"{name}": 1}}"#),
        format!(r#"{{"rules": {{"r": {{"type": "{name}"}}}}}}"#),
        format!(r#"{{"applications": {{"{name}": ["@email"]}}}}"#),
        format!(r#"{{"applications": {{"extra": ["{name}"]}}}}"#),
        format!(r#"{{"rules": {{"r": {{"type": "pattern", "pattern": "({name}"}}}}}}"#),
    ] {
        let (_, faults) = Scrubber::new(&Scrubbing {
            advanced: config,
            ..Scrubbing::default()
        });
        for fault in &faults {
            assert!(fault.line > 0 && fault.message.len() < 1_100, "{fault}");
        }
    }
}
