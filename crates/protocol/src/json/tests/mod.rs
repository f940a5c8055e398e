//! What passes and what is refused. The helpers hold every text to the promise of the module.

use serde_json::Value;

use super::*;

mod promise;
mod recorded;
mod repair;

const ID: &str = "fc6d8c0c43fc4630ad850ee518f1b9d0";

/// Checks the object and holds it to the promise: `serde_json` reads what passes.
fn check_bytes(bytes: &[u8]) -> Result<CheckedObject, JsonError> {
    let checked = check_object(bytes.to_vec());
    if let Ok(checked) = &checked {
        let parsed: Result<Value, _> = serde_json::from_slice(&checked.json);
        let shown = String::from_utf8_lossy(bytes);
        let value = parsed.unwrap_or_else(|error| panic!("{error}: {shown:.300}"));
        assert!(value.is_object(), "{shown:.300}");
    } else {
        // The reverse: what serde_json calls an object is never refused.
        let parsed: Result<Value, _> = serde_json::from_slice(bytes);
        let shown = String::from_utf8_lossy(bytes);
        assert!(
            !parsed.is_ok_and(|value| value.is_object()),
            "{checked:?} {shown:.300}"
        );
    }
    checked
}

/// Passes as it is.
fn same(text: &str) {
    let checked = check_bytes(text.as_bytes()).unwrap_or_else(|error| panic!("{error}: {text}"));
    assert_eq!(String::from_utf8_lossy(&checked.json), text);
    assert_eq!(checked.remarks, [], "{text}");
}

/// Passes as `expect`, with a remark about `path`.
fn repaired(bytes: impl AsRef<[u8]>, expect: &str, path: &str) {
    let bytes = bytes.as_ref();
    let shown = String::from_utf8_lossy(bytes);
    let checked = check_bytes(bytes).unwrap_or_else(|error| panic!("{error}: {shown}"));
    assert_eq!(String::from_utf8_lossy(&checked.json), expect);
    let paths: Vec<&str> = checked.remarks.iter().map(|remark| &*remark.path).collect();
    assert_eq!(paths, [path], "{shown}");
}

fn syntax_error(text: &str, reason: &'static str, line: usize, column: usize) {
    let expect = JsonError::Syntax {
        reason,
        line,
        column,
    };
    assert_eq!(check_bytes(text.as_bytes()), Err(expect), "{text}");
}

#[test]
fn a_sound_object_is_left_alone() {
    for text in [
        "{}",
        r#"{"a":1}"#,
        "{ \"a\" : [ 1 , 2.5e3 , -0 , true , false , null , \"x\" ] , \"b\" : { } }",
        r#"{"a":{"b":{"c":[[],[{}],[[1]]]}}}"#,
        r#"{"a":"\" \\ \/ \b \f \n \r \t \u00e9 \ud83d\udca5 é 💥 \u202e"}"#,
        r#"{"":"","a":1,"a":2,"__proto__":{}}"#,
        "{\"a\":\"\u{7f}\u{80}\u{feff}\"}",
        "{\n\t\"a\":\r\n1}",
    ] {
        same(text);
    }
}

#[test]
fn what_stands_around_is_dropped() {
    for text in [
        " {\"a\":1}",
        "\u{feff}{\"a\":1}",
        " \u{feff} {\"a\":1}\r\n",
        "{\"a\":1}\0\0\n",
    ] {
        let checked = check_bytes(text.as_bytes()).unwrap();
        assert_eq!(checked.json, b"{\"a\":1}", "{text:?}");
        assert_eq!(checked.remarks, []);
    }
}

#[test]
fn the_fields_that_gates_need() {
    let text = format!(
        r#"{{"event_id":"{ID}","message_id":"{}","type":"transaction","project":"web",
            "nested":{{"event_id":"no","type":"no","exception":1}},
            "exception":{{"values":[{{}}]}}}}"#,
        ID.to_uppercase()
    );
    let checked = check_bytes(text.as_bytes()).unwrap();
    let id = IdField::Given(ID.parse().unwrap());
    assert_eq!(checked.event_id, id);
    assert_eq!(checked.message_id, id);
    assert_eq!(checked.kind.as_deref(), Some("transaction"));
    assert_eq!(checked.project.as_deref(), Some("web"));
    assert!(checked.has_exception);
    let checked = check_bytes(br#"{"a":{"event_id":"x"},"b":["type"]}"#).unwrap();
    assert_eq!(checked.event_id, IdField::Absent);
    assert_eq!((checked.kind, checked.project), (None, None));
    assert!(!checked.has_exception);
}

#[test]
fn fields_are_found_behind_repairs() {
    let text = format!(
        "\u{feff}{{\"a\":NaN,\"event_id\":\"{ID}\",\"b\":\"\u{1}\",\"project\": 1e400 ,\
         \"type\":\"a\nb\",\"exception\":[NaN]}}"
    );
    let checked = check_bytes(text.as_bytes()).unwrap();
    assert_eq!(checked.event_id, IdField::Given(ID.parse().unwrap()));
    assert_eq!(checked.project.as_deref(), Some("1e400"));
    assert_eq!(checked.kind.as_deref(), Some("a\nb"));
    assert!(checked.has_exception);
}

#[test]
fn i17_event_ids() {
    let id_of = |json: &str| {
        let text = format!("{{\"event_id\":{json}}}");
        check_bytes(text.as_bytes()).unwrap().event_id
    };
    let given = IdField::Given(ID.parse().unwrap());
    for json in [
        format!("\"{ID}\""),
        format!("\" {} \"", ID.to_uppercase()),
        "\"fc6d8c0c-43fc-4630-ad85-0ee518f1b9d0\"".to_owned(),
        "\"\\u0066c6d8c0c43fc4630ad850ee518f1b9d0\"".to_owned(),
    ] {
        assert_eq!(id_of(&json), given, "{json}");
    }
    for json in ["null", "\"\"", "\" \""] {
        assert_eq!(id_of(json), IdField::Absent, "{json}");
    }
    for json in [
        "7",
        "true",
        "[]",
        "{}",
        "\"../../x\"",
        "\"fc6d8c0c43fc4630ad850ee518f1b9d\"",
        "\"fc6d8c0c43fc4630ad850ee518f1b9d00\"",
        "\"fc6d8c0c43fc4630ad850ee518f1b9d\\u0000\"",
        "\"٠٠٠٠٠٠٠٠٠٠٠٠٠٠٠٠\"",
    ] {
        assert_eq!(id_of(json), IdField::Malformed, "{json}");
    }
    // A repair inside leaves something that is no id.
    assert_eq!(id_of("\"\u{0}\""), IdField::Malformed);
}

#[test]
fn i16_of_two_fields_with_one_name_the_last_counts() {
    let text = format!(r#"{{"event_id":"x","type":"a","event_id":"{ID}","type":"b"}}"#);
    let checked = check_bytes(text.as_bytes()).unwrap();
    assert_eq!(checked.event_id, IdField::Given(ID.parse().unwrap()));
    assert_eq!(checked.kind.as_deref(), Some("b"));
}

#[test]
fn projects_and_kinds_of_odd_types() {
    let project = |json: &str| {
        let text = format!("{{\"project\":{json},\"type\":{json}}}");
        let checked = check_bytes(text.as_bytes()).unwrap();
        assert_eq!(checked.kind, checked.project);
        checked.project
    };
    assert_eq!(project("1").as_deref(), Some("1"));
    assert_eq!(project("\"1\"").as_deref(), Some("1"));
    assert_eq!(project("-1.5").as_deref(), Some("-1.5"));
    for json in [
        "null",
        "true",
        "[1]",
        "{\"id\":1}",
        &format!("\"{}\"", "x".repeat(63)),
    ] {
        assert_eq!(project(json), None, "{json}");
    }
}

#[test]
fn an_exception_that_is_empty_is_none() {
    let has = |json: &str| check_bytes(json.as_bytes()).unwrap().has_exception;
    for json in [
        "null",
        "[]",
        "{}",
        "[ ]",
        "\"\"",
        "{ \"values\" : [ ] }",
        "{\"values\":null}",
    ] {
        assert!(!has(&format!("{{\"exception\":{json}}}")), "{json}");
    }
    assert!(has(r#"{"exception":{"values":[{"type":"E"}]}}"#));
    assert!(has(r#"{"exception":"boom"}"#));
    assert!(has(r#"{"sentry.interfaces.Exception":[{"type":"E"}]}"#));
}

#[test]
fn i16_what_is_no_object() {
    for (text, found) in [
        ("[1,2,3]", "a list"),
        ("[", "a list"),
        (" \"x\"", "a string"),
        ("7", "a number"),
        ("-7.5\n", "a number"),
        ("true", "a boolean"),
        ("false ", "a boolean"),
        ("null", "null"),
        ("\u{feff}null", "null"),
    ] {
        let expect = Err(JsonError::NotAnObject { found });
        assert_eq!(check_bytes(text.as_bytes()), expect, "{text}");
    }
}

#[test]
fn nothing() {
    for text in ["", " ", "\r\n\t", "\u{feff}", "\u{feff} "] {
        assert_eq!(
            check_bytes(text.as_bytes()),
            Err(JsonError::Empty),
            "{text:?}"
        );
    }
    assert_eq!(check_bytes(b"\xff\xfe"), Err(JsonError::Empty));
}

#[test]
fn beyond_repair() {
    syntax_error("hello", "expected {", 1, 1);
    syntax_error("nullx", "expected {", 1, 1);
    syntax_error("-", "expected {", 1, 1);
    syntax_error("\0", "expected {", 1, 1);
    syntax_error("{", "it ends too early", 1, 2);
    syntax_error("{\"a\":1", "it ends too early", 1, 7);
    syntax_error("{\"a\": \"x", "a string does not end", 1, 7);
    syntax_error("{\"a\": \"x\\", "a string does not end", 1, 7);
    syntax_error("{\n  \"a\" 1\n}", "expected a colon", 2, 7);
    syntax_error("{\"a\":1,}", "expected a key in double quotes", 1, 8);
    syntax_error("{a:1}", "expected a key in double quotes", 1, 2);
    syntax_error("{'a':1}", "expected a key in double quotes", 1, 2);
    syntax_error("{,}", "expected a key in double quotes", 1, 2);
    syntax_error("{\"a\":[1,]}", "expected a value", 1, 9);
    syntax_error("{\"a\":}", "expected a value", 1, 6);
    syntax_error("{\"a\":+1}", "expected a value", 1, 6);
    syntax_error("{\"a\":tru}", "expected a value", 1, 6);
    syntax_error("{\"a\":None}", "expected a value", 1, 6);
    syntax_error("{\"a\":01}", "expected a comma or the end", 1, 7);
    syntax_error("{\"a\":1 \"b\":2}", "expected a comma or the end", 1, 8);
    syntax_error("{\"a\":[1}", "a bracket does not match", 1, 8);
    syntax_error("{\"a\":1]", "a bracket does not match", 1, 7);
    syntax_error("{}\n\n{}", "something follows the object", 3, 1);
    syntax_error("{}\0x", "something follows the object", 1, 4);
    syntax_error("{\u{c}}", "expected a key in double quotes", 1, 2);
    let shown = check_bytes(b"{\n\"a\":}").unwrap_err().to_string();
    assert_eq!(
        shown,
        "the body is not valid JSON: expected a value at line 2 column 5"
    );
}
