//! What passes, what is repaired, what is refused; and that whatever passes can be parsed.

use std::time::{Duration, Instant};

use serde_json::Value;

use super::*;

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
fn i15_text_that_is_not_utf_8() {
    repaired(b"{\"a\":\"caf\xe9\"}", "{\"a\":\"caf\u{fffd}\"}", "");
    // Overlong, a surrogate in UTF-8, and a key.
    repaired(b"{\"a\":\"\xc0\x80\"}", "{\"a\":\"\u{fffd}\u{fffd}\"}", "");
    repaired(
        b"{\"\xed\xa0\x80\":1}",
        "{\"\u{fffd}\u{fffd}\u{fffd}\":1}",
        "",
    );
    let marks = format!("{{\"a\":\"{}\"}}", "\u{301}".repeat(100_000));
    same(&marks);
}

#[test]
fn i15_utf_16() {
    let text = "{\"a\":\"é💥\"}";
    let little: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let big: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
    repaired(&little, text, "");
    repaired(&big, text, "");
    repaired([b"\xff\xfe".to_vec(), little.clone()].concat(), text, "");
    repaired([b"\xfe\xff".to_vec(), big].concat(), text, "");
    let lone = [b"\xff\xfe".to_vec(), little, vec![b' ']].concat();
    repaired(lone, text, "");
}

#[test]
fn i15_lone_surrogates() {
    repaired(r#"{"a":"\ud800"}"#, r#"{"a":"\ufffd"}"#, "a");
    repaired(r#"{"a":"\udc00"}"#, r#"{"a":"\ufffd"}"#, "a");
    repaired(r#"{"a":"\ud800\u0041"}"#, r#"{"a":"\ufffd\u0041"}"#, "a");
    repaired(
        r#"{"a":"\ud800\ud800\udc00"}"#,
        r#"{"a":"\ufffd\ud800\udc00"}"#,
        "a",
    );
    repaired(r#"{"a":"\udc00\ud800"}"#, r#"{"a":"\ufffd\ufffd"}"#, "a");
    repaired(r#"{"a":"\uD83D"}"#, r#"{"a":"\ufffd"}"#, "a");
    repaired(r#"{"\ud800":1}"#, r#"{"\ufffd":1}"#, "");
}

#[test]
fn i15_nul_and_control_characters() {
    repaired("{\"a\":\"x\0y\"}", r#"{"a":"x\ufffdy"}"#, "a");
    repaired(r#"{"a":"x\u0000y"}"#, r#"{"a":"x\ufffdy"}"#, "a");
    repaired(
        "{\"a\":\"1\n2\t3\u{1f}\"}",
        r#"{"a":"1\u000a2\u00093\u001f"}"#,
        "a",
    );
}

#[test]
fn escapes_that_json_does_not_know() {
    repaired(
        r#"{"a":"C:\temp\x41\'"}"#,
        r#"{"a":"C:\temp\\x41\\'"}"#,
        "a",
    );
    repaired(r#"{"a":"\u12"}"#, r#"{"a":"\\u12"}"#, "a");
    repaired(r#"{"a":"\u+123"}"#, r#"{"a":"\\u+123"}"#, "a");
    let checked = check_bytes("{\"a\":\"\\\u{1}\"}".as_bytes()).unwrap();
    assert_eq!(checked.json, br#"{"a":"\\\u0001"}"#);
    assert_eq!(checked.remarks.len(), 2, "the escape and the character");
}

#[test]
fn i11_numbers() {
    repaired(r#"{"a":NaN}"#, r#"{"a":null}"#, "a");
    repaired(
        r#"{"a":{"b":[0,Infinity]}}"#,
        r#"{"a":{"b":[0,null]}}"#,
        "a.b.1",
    );
    repaired(r#"{"a":-Infinity}"#, r#"{"a":null}"#, "a");
    repaired(r#"{"a":1e400}"#, r#"{"a":"1e400"}"#, "a");
    repaired(
        r#"{"a":[-1e1000000000]}"#,
        r#"{"a":["-1e1000000000"]}"#,
        "a.0",
    );
    let max = "1.7976931348623157e308";
    repaired(
        format!("{{\"a\":{max}}}"),
        &format!("{{\"a\":\"{max}\"}}"),
        "a",
    );
    let digits = "7".repeat(400);
    repaired(
        format!("{{\"a\":{digits}}}"),
        &format!("{{\"a\":\"{digits}\"}}"),
        "a",
    );
    for number in [
        "-0",
        "1e-400",
        "18446744073709551616",
        &"1".repeat(300),
        "0e999999999999",
    ] {
        same(&format!("{{\"a\":{number}}}"));
    }
    let started = Instant::now();
    let digits = "9".repeat(1_000_000);
    repaired(
        format!("{{\"a\":{digits}e{digits}}}"),
        &format!("{{\"a\":\"{digits}e{digits}\"}}"),
        "a",
    );
    assert!(started.elapsed() < Duration::from_secs(2));
}

#[test]
fn remarks_name_the_place_and_are_bounded() {
    let text = r#"{"exception":{"values":[{},{"stacktrace":{"frames":[{"vars":{"x":NaN}}]}}]}}"#;
    let remarks = check_bytes(text.as_bytes()).unwrap().remarks;
    assert_eq!(
        remarks[0].path,
        "exception.values.1.stacktrace.frames.0.vars.x"
    );
    let text = format!("{{\"a\":[0{}]}}", ",NaN".repeat(5_000));
    let remarks = check_bytes(text.as_bytes()).unwrap().remarks;
    assert_eq!(remarks.len(), 21);
    assert_eq!(remarks[20].reason, "4980 more repairs of this sort");
    let text = format!("{{\"{}\":NaN}}", "k".repeat(5_000));
    let remarks = check_bytes(text.as_bytes()).unwrap().remarks;
    assert_eq!(remarks[0].path.len(), 64);
    let text = format!("{{\"a\":\"{}\"}}", "\0".repeat(5_000));
    assert_eq!(
        check_bytes(text.as_bytes()).unwrap().remarks.len(),
        1,
        "one place, one remark"
    );
}

/// `depth` containers, the object around them included.
fn nested(open: &str, close: &str, depth: usize) -> String {
    let (open, close) = (open.repeat(depth - 1), close.repeat(depth - 1));
    format!("{{\"a\":{open}1{close},\"z\":2}}")
}

#[test]
fn i12_depth_on_a_small_stack() {
    let run = || {
        for (open, close) in [("[", "]"), ("{\"k\":", "}"), ("[{\"k\":[", "]}]")] {
            let step = open.matches(['[', '{']).count();
            for depth in [100, 126, 127, 128, 129, 5_000, 100_000, 1_000_000] {
                let text = nested(open, close, depth / step);
                let kept = (depth / step - 1) * step < 127;
                let checked = check_bytes(text.as_bytes()).unwrap();
                assert_eq!(checked.remarks.is_empty(), kept, "{open} {depth}");
                assert_eq!(checked.json == text.as_bytes(), kept, "{open} {depth}");
                assert!(checked.json.ends_with(b",\"z\":2}"));
            }
        }
        // Without an end.
        for open in ["[", "{\"k\":"] {
            let text = format!("{{\"a\":{}", open.repeat(1_000_000));
            assert!(matches!(
                check_bytes(text.as_bytes()),
                Err(JsonError::Syntax { .. })
            ));
        }
        let text = "[".repeat(1_000_000);
        let found = "a list";
        assert_eq!(
            check_bytes(text.as_bytes()),
            Err(JsonError::NotAnObject { found })
        );
    };
    let thread = std::thread::Builder::new().stack_size(512 * 1024);
    thread.spawn(run).unwrap().join().unwrap();
}

#[test]
fn i12_the_trimmed_subtree_is_null_and_checked() {
    let text = nested("[", "]", 128);
    let expect = nested("[", "]", 127).replace('1', "null");
    let path = format!("a{}", ".0".repeat(11));
    repaired(text, &expect, &path);
    // Repairs below are not worth a remark, syntax is.
    let deep = |inner: &str| format!("{{\"a\":{}{inner}{}}}", "[".repeat(130), "]".repeat(130));
    let checked = check_bytes(deep("NaN,\"\\ud800\u{1}\",{\"k\":[1e400]}").as_bytes()).unwrap();
    assert_eq!(checked.remarks.len(), 1);
    for wrong in ["{]", "1 2", "{1}", "\"", "{\"a\"}"] {
        assert!(check_bytes(deep(wrong).as_bytes()).is_err(), "{wrong}");
    }
    let siblings = format!("{{\"a\":{}[1],[2]{}}}", "[".repeat(126), "]".repeat(126));
    let checked = check_bytes(siblings.as_bytes()).unwrap();
    assert_eq!(
        checked.remarks.len(),
        1,
        "cut at the same eleven levels: {:?}",
        checked.remarks
    );
    let shown = String::from_utf8(checked.json).unwrap();
    assert!(shown.contains("[null,null]"), "{shown}");
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

/// An event with everything that the scanner treats in its own way.
const EVENT: &str = r#"{"event_id": "fc6d8c0c43fc4630ad850ee518f1b9d0", "level": "error",
 "n": [0, -1, 2.5, 1e5, 1E-7, 1e400, NaN, -Infinity, true, false, null, 12345678901234567890123],
 "s": "é \u00e9 \ud83d\udca5 \ud83d \u0000 \n \\ \" \/ 💥", "o": {"": {}, "x": [[], [{}]]},
 "exception": {"values": [{"type": "E", "stacktrace": {"frames": [{"vars": {"a": "b"}}]}}]}}"#;

#[test]
fn whatever_passes_is_parsed_by_serde_json() {
    let bytes = EVENT.as_bytes();
    for end in 0..=bytes.len() {
        let _ = check_bytes(&bytes[..end]);
    }
    // Every byte replaced by every byte that means something, and some that mean nothing.
    for place in 0..bytes.len() {
        for byte in b"{}[]\":,\\u0dDc8-+.eEtfnNIy \n\0\x01\x1f\x7f\x80\xc3\xed\xff" {
            let mut broken = bytes.to_vec();
            broken[place] = *byte;
            let _ = check_bytes(&broken);
            broken.remove(place);
            let _ = check_bytes(&broken);
            broken.splice(place..place, [*byte, *byte]);
            let _ = check_bytes(&broken);
        }
    }
}

#[test]
fn whatever_passes_is_parsed_by_serde_json_at_random() {
    const PIECES: [&str; 40] = [
        "{",
        "}",
        "[",
        "]",
        "\"",
        "\"a\":",
        ",",
        ":",
        "\\",
        "\\u",
        "\\ud800",
        "\\udc00",
        "d83d",
        "\\n",
        "0",
        "1",
        "-",
        ".",
        "e",
        "E+",
        "999",
        "e308",
        "e309",
        "e-309",
        "NaN",
        "Infinity",
        "-Infinity",
        "true",
        "null",
        " ",
        "\n",
        "\0",
        "\u{1}",
        "é",
        "💥",
        "\u{feff}",
        "{\"k\":[",
        "]}",
        "\"x\",",
        "1.7976931348623158",
    ];
    let mut seed = 7_u64;
    let mut random = move |below: usize| {
        seed = seed
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(seed >> 40).unwrap() % below
    };
    for _ in 0..60_000 {
        let pieces = (0..random(14)).map(|_| PIECES[random(PIECES.len())]);
        let text: String = pieces.collect();
        let _ = check_bytes(format!("{{\"a\":{text}}}").as_bytes());
        let _ = check_bytes(format!("{{\"a\":\"{text}\",\"b\":[{text}]}}").as_bytes());
        let number = format!("{}.{}e{}", random(1 << 20), random(1 << 20), random(330));
        let _ = check_bytes(format!("{{\"a\":{number}}}").as_bytes());
    }
}
