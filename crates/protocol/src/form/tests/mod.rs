//! Forms of 2010 in all their wrappings.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::*;

mod probe;

const LIMITS: DecodeLimits = DecodeLimits::bytes(64 * 1024);
const URLENCODED: Option<&str> = Some("application/x-www-form-urlencoded");
const TEXT: &str = r#"{"message": "only a message"}"#;

fn data() -> String {
    STANDARD.encode(TEXT)
}

/// Expects a form with these fields.
fn check(
    content_type: Option<&str>,
    body: &str,
    (key, format, data): (Option<&str>, Option<&str>, Option<&str>),
) {
    let form = seed_form(content_type, body.as_bytes())
        .expect("readable")
        .expect("a form");
    assert_eq!(form.key.as_deref(), key, "{body}");
    assert_eq!(form.format.as_deref(), format, "{body}");
    assert_eq!(form.data.as_deref(), data.map(str::as_bytes), "{body}");
}

fn no_form(content_type: Option<&str>, body: &[u8]) {
    let form = seed_form(content_type, body).expect("readable");
    assert_eq!(form, None, "{}", String::from_utf8_lossy(body));
}

fn multipart(fields: &[(&str, &str)], newline: &str) -> String {
    let part = |(name, value): &(&str, &str)| {
        let head = format!("Content-Disposition: form-data; name=\"{name}\"");
        format!("--XBOUND{newline}{head}{newline}{newline}{value}{newline}")
    };
    let parts: Vec<String> = fields.iter().map(part).collect();
    format!("{}--XBOUND--{newline}", parts.concat())
}

#[test]
fn urlencoded_in_any_order() {
    let all = (Some("k1"), Some("json"), Some("eJw="));
    check(URLENCODED, "data=eJw%3D&key=k1&format=json", all);
    check(URLENCODED, "key=k1&format=json&data=eJw=", all);
    check(
        Some("Application/X-WWW-Form-Urlencoded; charset=utf-8"),
        "key=k1&format=json&data=eJw%3D\r\n",
        all,
    );
    check(URLENCODED, "other=1&key=k1", (Some("k1"), None, None));
    check(URLENCODED, "key=a&key=b", (Some("b"), None, None));
    check(URLENCODED, "key=&data=", (Some(""), None, Some("")));
    check(
        URLENCODED,
        "key=k1&data=a+b",
        (Some("k1"), None, Some("a b")),
    );
}

#[test]
fn a_form_with_another_content_type_is_still_one() {
    let all = (Some("k1"), Some("json"), Some("eJw="));
    for content_type in [None, Some("application/octet-stream"), Some("text/plain")] {
        check(content_type, "key=k1&format=json&data=eJw%3D", all);
        check(
            content_type,
            &multipart(
                &[("key", "k1"), ("format", "json"), ("data", "eJw=")],
                "\r\n",
            ),
            all,
        );
    }
}

#[test]
fn multipart_as_curl_and_python_write_it() {
    let fields = [("key", "k1"), ("format", "json"), ("data", "eJw=")];
    let all = (Some("k1"), Some("json"), Some("eJw="));
    for content_type in [
        "multipart/form-data; boundary=XBOUND",
        "Multipart/Form-Data; charset=utf-8; Boundary=\"XBOUND\"",
    ] {
        for newline in ["\r\n", "\n"] {
            check(Some(content_type), &multipart(&fields, newline), all);
        }
    }
    let preamble = format!("ignored\r\n{}epilogue", multipart(&fields, "\r\n"));
    check(Some("multipart/form-data; boundary=XBOUND"), &preamble, all);
}

#[test]
fn multipart_keeps_line_breaks_of_a_value_and_ignores_files() {
    let body = "--XBOUND\r\nContent-Type: text/plain\r\ncontent-disposition:form-data;name=data; \
                filename=\"a;b\"\r\n\r\nab\r\ncd\r\n\r\n--XBOUND\r\n\r\nno name\r\n--XBOUND--";
    check(
        Some("multipart/form-data; boundary=XBOUND"),
        body,
        (None, None, Some("ab\r\ncd\r\n")),
    );
}

#[test]
fn what_is_no_form() {
    no_form(URLENCODED, b"");
    no_form(URLENCODED, b" \r\n");
    no_form(URLENCODED, TEXT.as_bytes());
    no_form(URLENCODED, format!(" {TEXT}&key=1").as_bytes());
    no_form(URLENCODED, data().as_bytes());
    no_form(URLENCODED, b"eJyrVkrLz1eyUkpKLFKqBQAdegQ1==");
    no_form(URLENCODED, b"keys=1&database=2");
    no_form(Some("multipart/form-data"), b"hello");
    no_form(None, b"--not a form\r\nat all");
    no_form(None, b"\x78\x9c\xff\xfe&\x00=");
}

#[test]
fn broken_multipart() {
    let content_type = Some("multipart/form-data; boundary=XBOUND");
    let refuse = |body: &str, reason| {
        let got = seed_form(content_type, body.as_bytes());
        assert_eq!(got, Err(FormError::Multipart { reason }), "{body}");
    };
    refuse("hello", "its boundary never comes");
    refuse("--XBOUND", "it ends behind a boundary");
    refuse(
        "--XBOUND\r\nContent-Disposition: form-data",
        "it ends in the head of a part",
    );
    refuse("--XBOUND\r\n\r\nvalue", "its last boundary is missing");
    let long = format!(
        "--XBOUND\r\nX: {}\r\n\r\nvalue\r\n--XBOUND--",
        "x".repeat(9000)
    );
    refuse(&long, "the head of a part is too long");
}

#[test]
fn i27_a_hundred_fields() {
    let too_many = Err(FormError::TooManyFields { count_max: 100 });
    let body = format!("key=k1{}", "&a=b".repeat(99));
    assert!(seed_form(URLENCODED, body.as_bytes()).is_ok());
    let body = format!("key=k1{}", "&a=b".repeat(100));
    assert_eq!(seed_form(URLENCODED, body.as_bytes()), too_many);
    let fields = vec![("a", "b"); 101];
    let content_type = Some("multipart/form-data; boundary=XBOUND");
    assert_eq!(
        seed_form(content_type, multipart(&fields, "\n").as_bytes()),
        too_many
    );
}

#[test]
fn boundaries_that_nobody_should_search_for() {
    let content_type = format!("multipart/form-data; boundary={}", "-".repeat(71));
    no_form(Some(&content_type), "-".repeat(100_000).as_bytes());
    no_form(Some("multipart/form-data; boundary="), b"hello");
    let content_type = format!("multipart/form-data; boundary={}", "-".repeat(70));
    assert!(seed_form(Some(&content_type), "-".repeat(100_000).as_bytes()).is_ok());
}

/// What becomes of a form with this format and this data.
fn record(format: Option<&str>, data: Option<&str>) -> Result<Vec<u8>, BodyError> {
    let form = SeedForm {
        key: Some("k1".to_owned()),
        format: format.map(str::to_owned),
        data: data.map(|data| data.as_bytes().to_vec()),
    };
    form.record(LIMITS)
}

#[test]
fn the_record_inside() {
    for format in [None, Some(""), Some("json"), Some(" JSON ")] {
        assert_eq!(
            record(format, Some(&data())).as_deref(),
            Ok(TEXT.as_bytes())
        );
        assert_eq!(record(format, Some(TEXT)).as_deref(), Ok(TEXT.as_bytes()));
        for missing in [None, Some(""), Some("  \r\n")] {
            assert_eq!(record(format, missing), Err(BodyError::MissingData));
        }
    }
}

#[test]
fn i27_other_formats_are_refused_before_the_data_is_read() {
    for format in ["pickle", "Pickle"] {
        assert_eq!(record(Some(format), Some(&data())), Err(BodyError::Pickle));
    }
    let format = "xml".to_owned();
    assert_eq!(
        record(Some("xml"), Some(&data())),
        Err(BodyError::InvalidFormat { format })
    );
    let format = "é".repeat(32);
    assert_eq!(
        record(Some(&"é".repeat(900)), Some("!")),
        Err(BodyError::InvalidFormat { format })
    );
    let pickle = STANDARD.encode(b"(dp0\nVlevel\np1\nI40\ns.");
    assert_eq!(record(None, Some(&pickle)), Err(BodyError::Pickle));
}

#[test]
fn the_query_of_a_get() {
    let query = "sentry_key=a&sentry_data=eyJ9%2B%3D&sentry_data=2";
    assert_eq!(query_value(query, "sentry_data").as_deref(), Some("eyJ9+="));
    assert_eq!(query_value(query, "sentry_dat"), None);
    assert_eq!(query_value("", "sentry_data"), None);
}

#[test]
fn logs_show_no_key() {
    let form = seed_form(URLENCODED, b"key=hunter2&data=secret")
        .unwrap()
        .unwrap();
    let shown = format!("{form:?}");
    assert!(
        !shown.contains("hunter2") && !shown.contains("secret"),
        "{shown}"
    );
}
