//! Records of the first protocol, field by field.

#![expect(clippy::needless_pass_by_value, reason = "tables read better by value")]

use serde_json::{Value, json};
use watchpost_model::{Event, EventId, KeyId, Level, ProjectId, Receipt, Timestamp, WireFormat};

use crate::event::parse;

pub(super) fn read(record: &Value) -> Event {
    let receipt = Receipt {
        project: ProjectId(1),
        key: KeyId(1),
        event: EventId(7),
        received: Timestamp::parse_rfc3339("2011-05-02T12:00:00Z").unwrap(),
        format: WireFormat::Seed,
        client_ip: None,
        sdk: None,
        user_agent: None,
        sent_at: None,
    };
    parse(&receipt, record.to_string().as_bytes()).unwrap()
}

fn check_level(value: Value, level: Level, number: i64, remarks: usize) {
    let event = read(&json!({"level": value}));
    assert_eq!(event.level, level, "{value}");
    assert_eq!(event.seed.unwrap().level, number, "{value}");
    assert_eq!(event.remarks.len(), remarks, "{value}");
}

#[test]
fn levels_are_numbers_and_names() {
    check_level(json!(10), Level::Debug, 10, 0);
    check_level(json!(35), Level::Warning, 35, 0);
    check_level(json!(0), Level::Debug, 0, 0);
    check_level(json!(-1), Level::Debug, -1, 0);
    check_level(json!("30"), Level::Warning, 30, 0);
    check_level(json!("warning"), Level::Warning, 30, 0);
    check_level(json!("CRITICAL"), Level::Fatal, 50, 0);
    check_level(json!(null), Level::Error, 40, 0);
    check_level(json!("loud"), Level::Error, 40, 1);
    check_level(json!([40]), Level::Error, 40, 1);
}

#[test]
fn an_empty_record_is_an_error_of_the_root_logger() {
    let event = read(&json!({}));
    assert_eq!(event.level, Level::Error);
    assert_eq!(event.logger.as_deref(), Some("root"));
    assert_eq!(event.message, None);
    assert_eq!(event.culprit, None);
    assert_eq!(event.remarks, []);
    for logger in [json!(null), json!("")] {
        let event = read(&json!({"logger": logger}));
        assert_eq!(event.logger.as_deref(), Some("root"));
    }
}

#[test]
fn messages_are_kept_whole() {
    let long = "line\n".repeat(5000);
    for (value, expect) in [
        (json!("one\n\ttwo רו 💥"), "one\n\ttwo רו 💥"),
        (json!(long), &long),
        (json!(5), "5"),
    ] {
        let event = read(&json!({"message": value}));
        assert_eq!(event.message.unwrap().formatted, expect);
        assert_eq!(event.seed.unwrap().message, expect);
    }
}

#[test]
fn the_application_s_own_facts_are_extra_and_hidden_ones_are_not_shown() {
    for name in ["data", "metadata"] {
        let event = read(&json!({"message": "m", name: {"user": "ann", "_h": 1, "n": null}}));
        let extra = json!({"user": "ann", "n": null});
        assert_eq!(Value::Object(event.extra), extra, "{name}");
        assert_eq!(Value::Object(event.other), json!({"_h": 1}), "{name}");
    }
    let event = read(&json!({"data": [1, 2], "bogus": 1}));
    assert_eq!(Value::Object(event.extra), json!({"data": [1, 2]}));
    assert_eq!(Value::Object(event.other), json!({"bogus": 1}));
    assert_eq!(event.remarks.len(), 1);
    assert_eq!(read(&json!({"data": null})).remarks, []);
}

#[test]
fn the_request_is_put_together() {
    let event = read(&json!({
        "url": "http://shop/cut",
        "data": {
            "url": "http://shop/pay?a=b", "POST": {"q": "café"}, "COOKIES": {"sid": "abc"},
            "GET": {"a": "b"},
            "META": {"REQUEST_METHOD": "POST", "HTTP_USER_AGENT": "period/1.0",
                "HTTP_COOKIE": "x=y", "CONTENT_LENGTH": 160, "CONTENT_TYPE": "",
                "REMOTE_ADDR": "127.0.0.1"},
        },
    }));
    assert_eq!(
        serde_json::to_value(event.request).unwrap(),
        json!({
            "url": "http://shop/pay", "method": "POST", "query_string": [["a", "b"]],
            "data": {"q": "café"}, "cookies": [["sid", "abc"]],
            "headers": [["User-Agent", "period/1.0"], ["Content-Length", "160"]],
            "env": {"REMOTE_ADDR": "127.0.0.1"},
        })
    );
    let event = read(&json!({"url": "http://shop/x", "data": {"POST": "raw body"}}));
    let request = event.request.unwrap();
    assert_eq!(request.url.as_deref(), Some("http://shop/x"));
    assert_eq!(request.data, Some(json!("raw body")));
    assert_eq!(read(&json!({"url": null})).request, None);
}

#[test]
fn what_moved_to_the_metadata_is_found_there() {
    let event = read(&json!({"data": {"server_name": "web-1", "site": "shop", "url": "http://a"}}));
    assert_eq!(event.server_name.as_deref(), Some("web-1"));
    assert_eq!(event.site.as_deref(), Some("shop"));
    assert_eq!(event.request.unwrap().url.as_deref(), Some("http://a"));
    let event = read(&json!({"server_name": "top", "data": {"server_name": "below"}}));
    assert_eq!(event.server_name.as_deref(), Some("top"));
    assert_eq!(event.extra["server_name"], "below");
}

#[test]
fn exceptions_of_1_7_and_of_1_10() {
    let frame = json!({"function": "f", "module": "a", "filename": "a.py", "lineno": 3,
        "tb": "<tb>", "id": 9, "vars": [["z", 1], ["a", [2]]]});
    let seven = json!({"class_name": "E", "message": "log text",
        "data": {"__sentry__": {"exc": ["__builtin__", ["value"], [frame]]}}});
    let ten = json!({"class_name": "E", "message": "log text",
        "data": {"__sentry__": {"exception": ["shop", ["value"]], "frames": [frame]}}});
    for (record, module, names) in [
        (seven, None, vec![]),
        (ten, Some("shop"), vec![("a".to_owned(), "f".to_owned())]),
    ] {
        let event = read(&record);
        let exception = &event.exceptions[0];
        assert_eq!(exception.kind.as_deref(), Some("E"));
        assert_eq!(exception.value.as_deref(), Some("value"));
        assert_eq!(exception.module.as_deref(), module);
        let frame = &exception.stacktrace.as_ref().unwrap().frames[0];
        assert!(frame.other.is_empty(), "{:?}", frame.other);
        let vars = frame.vars.iter().map(|var| var.name.as_str());
        assert_eq!(vars.collect::<Vec<_>>(), ["z", "a"]);
        assert_eq!(event.seed.as_ref().unwrap().frame_names, names);
        assert_eq!(event.platform, "python");
        assert_eq!(event.remarks, []);
    }
}

#[test]
fn a_traceback_alone_becomes_frames() {
    let event = read(
        &json!({"message": "log text", "class_name": "KeyError", "traceback":
        "Traceback (most recent call last):\n\n  File \"/srv/a.py\", line 3, in f\n    g()\n\n\
         KeyError: 'missing'\n"}),
    );
    let exception = &event.exceptions[0];
    assert_eq!(exception.value.as_deref(), Some("'missing'"));
    let frame = &exception.stacktrace.as_ref().unwrap().frames[0];
    assert_eq!(frame.context_line.as_deref(), Some("g()"));
    assert_eq!(frame.lineno, Some(3));
    let foreign = read(
        &json!({"message": "boom", "class_name": "java.lang.Error", "traceback":
        "java.lang.Error: boom\n\tat Shop.main(Shop.java:3)"}),
    );
    assert_eq!(foreign.exceptions[0].stacktrace, None);
    assert_eq!(foreign.exceptions[0].value.as_deref(), Some("boom"));
    assert_eq!(foreign.platform, "java");
}

#[test]
fn versions_user_and_template() {
    let source = "<p>1</p>\n<p>2</p>\n{% bad %}\n<p>4</p>\n";
    let event = read(&json!({"view": "", "data": {"__sentry__": {
        "versions": {"django": "1.3.7"}, "module": "shop", "version": "2.4.1",
        "user": {"id": 7, "username": "ann", "is_authenticated": true},
        "template": [source, 18, 27, "/srv/t.html"],
    }}}));
    assert_eq!(event.modules["django"], "1.3.7");
    assert_eq!(
        event.seed.unwrap().package,
        Some(("shop".into(), "2.4.1".into()))
    );
    assert_eq!(event.user.unwrap().id.as_deref(), Some("7"));
    let template = event.template.unwrap();
    assert_eq!(template.lineno, Some(3));
    assert_eq!(template.pre_context, ["<p>1</p>", "<p>2</p>"]);
    assert_eq!(template.context_line.as_deref(), Some("{% bad %}"));
    assert_eq!(template.post_context, ["<p>4</p>"]);
    // An empty view is another one than no view: the original grouped them apart.
    assert_eq!(event.culprit.as_deref(), Some(""));
}
