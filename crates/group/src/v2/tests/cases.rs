//! Complaints about other trackers, by the number of the case: what must be one issue, and what
//! must be several.

use super::*;

fn javascript(frames: Value) -> Value {
    raised("javascript", "TypeError", "x is null", frames)
}

fn node(path: &str, function: &str) -> Value {
    json!({"abs_path": path, "filename": path, "function": function})
}

/// bugsink#380.
#[test]
fn case_01_smtp_token() {
    let of = |token: &str, frames: Value| {
        let value = format!("(421, b'4.7.0 Try again later ({token}) - gsmtp')");
        raised("python", "SMTPDataError", &value, frames)
    };
    let frame = || json!([{"module": "smtplib", "function": "sendmail", "in_app": false}]);
    check_same(
        of("4g8hXn02sfzZywjG", frame()),
        of("9aBc3dEf7GhIjk2L", frame()),
    );
    check_same(
        of("4g8hXn02sfzZywjG", json!([])),
        of("9aBc3dEf7GhIjk2L", json!([])),
    );
}

/// bugsink#237.
#[test]
fn case_02_messages_that_differ_in_a_number() {
    check_same(said("Order 7 of 12 failed"), said("Order 93 of 4 failed"));
    check_same(
        raised("python", "E", "row 7", json!([])),
        raised("python", "E", "row 8", json!([])),
    );
}

/// bugsink#441.
#[test]
fn case_03_one_error_of_several_transactions() {
    let of = |transaction: &str| {
        let mut fields = raised("python", "E", "v", frames(&["a f"]));
        fields["transaction"] = json!(transaction);
        fields
    };
    check_same(of("/pay"), of("/refund"));
}

/// sentry#67884, #35447.
#[test]
fn case_04_one_browser_counts_the_try() {
    let frame = |function: &str, line: &str| {
        json!({"abs_path": "https://a.example/app.js", "function": function,
            "context_line": line, "lineno": line.len(), "in_app": true})
    };
    let chrome = json!([
        frame("load", "  try {"),
        frame("load", "await api();"),
        frame("api", "f()")
    ]);
    let safari = json!([frame("load", "await  api();"), frame("api", "f()")]);
    check_same(javascript(chrome), javascript(safari));
}

/// UsefulSoftwareCo/executor#1781.
#[test]
fn case_05_chunk_names_with_a_digest() {
    let of = |file: &str| javascript(json!([node(&format!("app:///{file}"), "pay")]));
    check_same(of("main-9f8a7b6c.js"), of("main-1d2e3f4a.js"));
    check_same(of("chunk.123.9f8a7b6c.js"), of("chunk.7.1d2e3f4a.js"));
    check_differ(of("main-9f8a7b6c.js"), of("admin-9f8a7b6c.js"));
    let native = |address: &str| raised("native", "", &format!("assert at {address}"), json!([]));
    check_same(native("0x7ffdc1"), native("0x5610aa"));
}

/// sentry#57458, PR #64494.
#[test]
fn case_06_chunk_load_errors() {
    let of = |chunk: u32, platform: &str| {
        let value = format!("Loading chunk {chunk} failed. (https://a.example/{chunk}.js)");
        raised(
            platform,
            "ChunkLoadError",
            &value,
            json!([node("app:///x.js", "load")]),
        )
    };
    check_same(of(7, "javascript"), of(1234, "javascript"));
    let elsewhere = raised(
        "javascript",
        "ChunkLoadError",
        "x",
        json!([node("app:///y.js", "go")]),
    );
    check_same(of(7, "javascript"), elsewhere);
}

/// ndb-core#4333.
#[test]
fn case_07_a_uuid_does_not_split() {
    let of = |name: &str, uuid: &str| {
        said(&format!(
            "Failed to load dynamic component {name} for {uuid}"
        ))
    };
    let (one, two) = (
        "7c9e6679-7425-40de-944b-e07fc1f90ae7",
        "00000000-7425-40de-944b-e07fc1f90ae7",
    );
    check_same(of("Cart", one), of("Cart", two));
    check_differ(of("Cart", one), of("Pay", one));
}

/// sentry#49681.
#[test]
fn case_08_arguments_in_a_message() {
    check_same(
        said("failed key1='str1' key2=123456 key3=False t=datetime.datetime(2024, 1, 2)"),
        said("failed key1='x y' key2=7 key3=True t=datetime.datetime(2025, 11, 23, 4, 5)"),
    );
}

/// sentry#75567.
#[test]
fn case_10_addresses_of_objects() {
    check_same(
        said("MyFragment{35acebf} (uuid id=0xc) not attached"),
        said("MyFragment{9bcde01} (uuid id=0x7f) not attached"),
    );
}

/// sentry-python#1204.
#[test]
fn case_11_an_address_and_a_number() {
    check_same(
        said("Frobnicator 0x3124 coolant leak on valve 15"),
        said("Frobnicator 0x98ff coolant leak on valve 3"),
    );
}

/// sentry-javascript#1856.
#[test]
fn case_12_a_fingerprint_of_the_client_that_splits() {
    let of = |date: &str| {
        let mut fields = javascript(json!([node("app:///x.js", "pay")]));
        fields["fingerprint"] = json!([format!("Invalid date received: {date} what")]);
        fields
    };
    check_differ(of("yesterday"), of("tomorrow"));
    let source = grouped(&of("now")).explanation.source;
    assert_eq!(source, watchpost_model::FingerprintSource::Client);
    let ignore = Grouping {
        ignore_client_fingerprint: true,
        ..Grouping::default()
    };
    assert!(is_one(&ignore, &of("yesterday"), &of("tomorrow")));
    let note = &by(&ignore, &of("now")).explanation.notes[0];
    assert!(note.contains("settings ignore"), "{note}");
    // One that asks for the default, too, is not ignored.
    let mut hybrid = of("now");
    hybrid["fingerprint"] = json!(["{{ default }}", "x"]);
    assert!(!is_one(&ignore, &hybrid, &of("now")));
}

/// sentry#61417.
#[test]
fn case_13_many_ways_into_the_bug() {
    let of = |caller: &str| raised("other", "E", "v", frames(&[caller, "db open", "db read"]));
    check_differ(of("web page"), of("cli run"));
    let rules = stack_rules("module:db max-frames=2");
    assert!(is_one(&rules, &of("web page"), &of("cli run")));
    let other = raised(
        "other",
        "E",
        "v",
        frames(&["web page", "db open", "db write"]),
    );
    assert!(!is_one(&rules, &of("web page"), &other));
    let kept = by(&rules, &of("web page")).explanation;
    let stack = kept.variants[0].components.last().unwrap();
    assert_eq!(
        stack.components[0].hint.as_deref(),
        Some("rule: module:db max-frames=2")
    );
    let all = stack_rules("module:db max-frames=0");
    assert!(!is_one(&all, &of("web page"), &of("cli run")));
    let few = stack_rules("module:db min-frames=4");
    assert!(
        is_one(&few, &of("web page"), &other),
        "too few frames: type and value decide"
    );
}

/// sentry#15802.
#[test]
fn case_14_generated_file_names() {
    let of = |number: u32| {
        let file = format!("/srv/gen/fdashboard_{number}.py");
        raised(
            "python",
            "E",
            "v",
            json!([{"filename": file, "function": "render"}]),
        )
    };
    check_same(of(1140), of(2207));
}

/// sentry-java#534, #504, winston-transport-sentry-node#31, winston-sentry-log#39.
#[test]
fn case_20_a_stack_of_loggers_only() {
    let check = |platform: &str, stack: Value| {
        let of = |text: &str| {
            let mut fields = said(text);
            fields["platform"] = json!(platform);
            fields["stacktrace"] = json!({"frames": stack});
            fields
        };
        check_differ(of("no money"), of("no stock"));
        check_same(of("order 7"), of("order 8"));
    };
    let java = |modules: &[&str]| {
        let frames = modules
            .iter()
            .map(|name| json!({"module": name, "function": "f", "in_app": true}));
        Value::Array(frames.collect())
    };
    check(
        "java",
        java(&[
            "java.lang.Thread",
            "akka.dispatch.Mailbox",
            "akka.event.slf4j.Slf4jLogger",
        ]),
    );
    check(
        "java",
        java(&["java.lang.Thread", "ch.qos.logback.classic.Logger"]),
    );
    check(
        "node",
        json!([
            node(
                "node:internal/process/task_queues",
                "processTicksAndRejections"
            ),
            node("/srv/node_modules/winston/lib/winston/logger.js", "write"),
            node("/srv/node_modules/winston-transport/index.js", "log"),
        ]),
    );
    check(
        "python",
        json!([{"module": "logging", "function": "_log", "in_app": true}]),
    );
    // With a frame of the application, that one says where.
    let mut with_own = said("no money");
    with_own["stacktrace"] = json!({"frames": frames(&["shop pay", "logging _log"])});
    assert_eq!(grouped(&with_own).explanation.strategy, "stack");
    // What a rule calls logging, too.
    let own = stack_rules("module:shop.log category=logging");
    let of = |text: &str| {
        let mut fields = said(text);
        fields["stacktrace"] = json!({"frames": frames(&["shop.log write"])});
        fields
    };
    check_same(of("a"), of("b"));
    assert!(!is_one(&own, &of("a"), &of("b")));
}

/// sentry#67124.
#[test]
fn case_21_split_by_transaction_with_one_rule() {
    let of = |transaction: &str| {
        let mut fields = javascript(json!([node("app:///http.js", "request")]));
        fields["transaction"] = json!(transaction);
        fields
    };
    let rules = Grouping {
        fingerprint_rules: "function:request -> {{ default }}, {{ transaction }}".to_owned(),
        ..Grouping::default()
    };
    check_same(of("/a"), of("/b"));
    assert!(!is_one(&rules, &of("/a"), &of("/b")));
    assert!(is_one(&rules, &of("/a"), &of("/a")));
}

/// The message before its arguments, as the first protocol did it.
#[test]
fn one_template_with_three_arguments_is_one_issue() {
    let of = |argument: &str| {
        let formatted = format!("There was {argument} error");
        json!({"logentry": {"message": "There was %s error", "formatted": formatted}})
    };
    check_same(of("no"), of("an awful"));
    check_same(said("a\n\nb\nc\nd"), said("a\nb\nx"));
    check_differ(said("a\nb"), said("a\nb\nc"));
}
