//! The language, what fits, and what stands for variables.

use serde_json::{Value, json};
use watchpost_model::Event;

use super::{BUILT_IN, FingerprintRules};
use crate::tests::event;

fn rules(text: &str) -> FingerprintRules {
    let (rules, faults) = FingerprintRules::parse(text);
    assert_eq!(faults, [], "{text}");
    rules
}

/// The fingerprint and the title that the first rule that fits gives.
fn found(rules: &FingerprintRules, event: &Event) -> Option<(Vec<String>, Option<String>)> {
    let rule = rules.find(event)?;
    let parts = rule.parts.iter().map(|part| part.fill(event, false));
    let title = rule.title.as_ref().map(|title| title.fill(event, true));
    Some((parts.collect(), title))
}

fn check(text: &str, fields: &Value, expect: &[&str]) {
    let got = found(&rules(text), &event(fields)).map(|(parts, _)| parts);
    let got = got.unwrap_or_default();
    assert_eq!(got, expect, "{text}");
}

fn raised(kind: &str, value: &str) -> Value {
    let frames = json!([
        {"function": "main", "module": "shop.main", "abs_path": "/srv/shop/main.py", "in_app": true},
        {"function": "callApi", "module": "shop.api", "filename": "shop/api.py", "in_app": true},
        {"function": "send", "module": "lib", "package": "/usr/lib/libx.so", "in_app": false},
    ]);
    json!({
        "exception": {"values": [{"type": kind, "value": value, "stacktrace": {"frames": frames}}]},
        "transaction": "/pay", "level": "error", "logger": "shop.audit.cart", "release": "shop@1.2",
        "platform": "native", "tags": [{"key": "http_status", "value": "503"}],
    })
}

#[test]
fn the_examples_of_the_page() {
    let text = r#"
# the payment gateway is down: one issue, however it shows up
error.type:GatewayDown                               -> gateway-down title="Payment gateway down"
error.value:"upstream reset (code *)"                -> upstream-reset, {{ transaction }}
# split one wrapper function by the inner status
stack.function:"callApi" tags.http_status:5??        -> {{ default }}, {{ tags.http_status }}
# everything from the audit logger
logger:"shop.audit.*" level:error                    -> audit, {{ logger }} title="Audit: {{ logger }}"
family:native !stack.module:"shop::*"                -> third-party-crash, {{ stack.package }}
"#;
    let rules = rules(text);
    let find = |fields: Value| found(&rules, &event(&fields)).unwrap();
    let (parts, title) = find(raised("GatewayDown", "x"));
    assert_eq!(
        (&*parts, title.as_deref()),
        (
            &["gateway-down".to_owned()][..],
            Some("Payment gateway down")
        )
    );
    let (parts, _) = find(raised("E", "Upstream reset (code 7)"));
    assert_eq!(parts, ["upstream-reset", "/pay"]);
    assert!(rules.rules[2].parts[0].is_default());
    let (parts, _) = find(raised("E", "x"));
    assert_eq!(parts[1], "503");
    let mut other = raised("E", "x");
    other["tags"] = json!([]);
    let (parts, title) = find(other.clone());
    assert_eq!(
        (parts[1].as_str(), title.as_deref()),
        ("shop.audit.cart", Some("Audit: shop.audit.cart"))
    );
    other["logger"] = json!("root");
    let (parts, _) = find(other);
    assert_eq!(parts, ["third-party-crash", "<no-package>"]);
}

#[test]
fn what_fits() {
    let fits = |text: &str| {
        let rules = rules(&format!("{text} -> x"));
        rules
            .find(&event(&raised("Boom", "Order 7 failed")))
            .is_some()
    };
    for text in [
        "type:Boom",
        "error.type:B*",
        "value:\"order 7*\"",
        "message:\"*ORDER 7*\"",
        "logger:shop.*",
        "level:ERROR",
        "family:native",
        "family:javascript,native",
        "app:no",
        "module:shop.api",
        "stack.module:shop.*",
        "path:shop/api.py",
        "path:/srv/shop/*.py",
        "stack.abs_path:**/main.py",
        "function:callApi",
        "package:libx.so",
        "release:shop@1.*",
        "tags.http_status:50[0-9]",
        "function:send app:no",
        "type:Boom value:*failed",
        "!type:Bang",
    ] {
        assert!(fits(text), "{text}");
    }
    for text in [
        "type:boom",
        "value:\"order 8*\"",
        "logger:SHOP.*",
        "level:warning",
        "family:other",
        "module:Shop.*",
        "function:callapi",
        "function:callApi app:no",
        "sdk:x",
        "tags.none:*",
        "type:Boom value:x",
        "!type:Boom",
        "release:other@*",
    ] {
        assert!(!fits(text), "{text}");
    }
}

/// sentry#54574, #72294.
#[test]
fn case_09_rules_see_raw_text() {
    check(
        "message:\"*order 7 *\" -> order-seven",
        &raised("E", "Order 7 failed"),
        &["order-seven"],
    );
}

#[test]
fn matchers_about_errors_are_about_one_exception() {
    let chain = json!({"exception": {"values": [
        {"type": "A", "value": "one"}, {"type": "B", "value": "two"},
    ]}});
    check("type:A value:one -> x", &chain, &["x"]);
    check("type:A value:two -> x", &chain, &[]);
}

#[test]
fn variables() {
    let fields = raised("Boom", "Order 7 failed");
    for (variable, expect) in [
        ("transaction", "/pay"),
        ("type", "Boom"),
        ("error.type", "Boom"),
        ("value", "Order <int> failed"),
        ("message", "Order <int> failed"),
        ("raw_value", "Order 7 failed"),
        ("raw_message", "Order 7 failed"),
        ("function", "callApi"),
        ("stack.function", "callApi"),
        ("module", "shop.api"),
        ("stack.filename", "shop/api.py"),
        ("path", "<no-path>"),
        ("package", "<no-package>"),
        ("level", "error"),
        ("logger", "shop.audit.cart"),
        ("release", "shop@1.2"),
        ("tags.http_status", "503"),
        ("tags.none", "<no-none>"),
        ("levle", "<unrecognized-variable-levle>"),
    ] {
        let rule = format!("type:* -> {{{{ {variable} }}}}");
        check(&rule, &fields, &[expect]);
    }
    check(
        "type:* -> a-{{level}}-b, \"x, y\" , z # why",
        &fields,
        &["a-error-b", "x, y", "z"],
    );
    check("type:* -> \"\", \"#1\" #1", &fields, &["", "#1"]);
}

#[test]
fn the_first_rule_that_fits_wins() {
    let fields = raised("Boom", "x");
    check(
        "type:Bang -> a\ntype:B* -> b\ntype:Boom -> c",
        &fields,
        &["b"],
    );
}

#[test]
fn lines_that_are_wrong_say_why() {
    for (text, part) in [
        ("type:A", "`->` and the fingerprint are missing"),
        ("-> x", "a rule begins with a matcher"),
        ("type:A ->", "after `->` comes the fingerprint"),
        ("type:A -> x title=y", "double quotes"),
        ("type:A -> x title=\"y\" z", "nothing comes after the title"),
        ("typo:A -> x", "`typo` cannot be matched"),
        ("tags.:A -> x", "`tags.` cannot be matched"),
        ("type A -> x", "`type` is no matcher"),
        ("type:A -> {{ level", "`{{` has no `}}`"),
        ("type:[a -> x", "`[` is never closed"),
        ("type:A -> a,,b", "between two commas"),
        ("app:x type:A -> x", "neither `yes` nor `no`"),
    ] {
        let (_, faults) = FingerprintRules::parse(&format!("# one\n{text}"));
        assert_eq!(faults.len(), 1, "{text}");
        assert!(
            faults[0].line == 2 && faults[0].message.contains(part),
            "{text}: {}",
            faults[0]
        );
    }
    let many = format!("type:A -> {}", vec!["x"; 21].join(", "));
    assert!(
        FingerprintRules::parse(&many).1[0]
            .message
            .contains("20 parts")
    );
}

#[test]
fn built_in_rules() {
    let (_, faults) = FingerprintRules::parse(include_str!("built_in.txt"));
    assert_eq!(faults, []);
    let javascript = |kind: &str, value: &str| {
        let mut fields = raised(kind, value);
        fields["platform"] = json!("javascript");
        found(&BUILT_IN, &event(&fields))
            .map(|(parts, _)| parts)
            .unwrap_or_default()
    };
    assert_eq!(
        javascript("ChunkLoadError", "Loading chunk 7 failed"),
        ["chunkloaderror"]
    );
    assert_eq!(javascript("Error", "ChunkLoadError: 7"), ["chunkloaderror"]);
    let text = "Hydration failed because the initial UI does not match";
    assert_eq!(javascript("Error", text), ["hydrationerror", "/pay"]);
    assert_eq!(
        javascript("Error", "Minified React error #418; visit"),
        ["hydrationerror", "/pay"]
    );
    assert_eq!(
        javascript("Error", "Minified React error #4181; visit"),
        [""; 0]
    );
    check("type:x -> x", &raised("ChunkLoadError", "x"), &[]);
    assert!(
        BUILT_IN
            .find(&event(&raised("ChunkLoadError", "x")))
            .is_none(),
        "not JavaScript"
    );
}
