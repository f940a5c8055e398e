//! What is repaired, and the remark that says so.

use std::time::{Duration, Instant};

use super::*;

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
    assert_eq!(remarks[0].path.len(), 60);
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
