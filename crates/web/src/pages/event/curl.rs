//! A request as a command line that asks the same again. Pure.
//!
//! Everything in it came from a stranger and ends in somebody's shell: every value stands in single
//! quotes, in which a shell reads nothing but the quote itself, and the options are those that read
//! no files. What was hidden stays hidden: the stored request has no more than the page.

use std::fmt::Write;

use serde_json::Value;
use watchpost_model::Request;

use super::values::cut;
use crate::pages::links::{encode, safe_url};

/// Longer bodies are cut, and say so.
const BODY_CHARS_MAX: usize = 8_000;
/// What curl sets by itself, or must not say about another body.
const LEFT_OUT: [&str; 5] = [
    "accept-encoding",
    "connection",
    "content-length",
    "host",
    "transfer-encoding",
];

/// The command; `None` for what is not asked for over HTTP, or by no method that there could be.
pub(crate) fn curl(request: &Request) -> Option<String> {
    let url = safe_url(request.url.as_deref()?).filter(|url| !url.starts_with("mailto:"))?;
    let method = request.method.as_deref().unwrap_or_default();
    let method = if method.is_empty() { "GET" } else { method };
    if !is_method(method) {
        return None;
    }
    let is_head = method.eq_ignore_ascii_case("HEAD");
    let body = body(request).filter(|body| !body.is_empty() && !is_head);
    let query = request.query_string.iter();
    let query: Vec<String> = query
        .map(|(key, value)| format!("{}={}", encode(key), encode(value)))
        .collect();
    let joint = match (query.is_empty(), url.contains('?')) {
        (true, _) => "",
        (false, true) => "&",
        (false, false) => "?",
    };
    let url = format!("{url}{joint}{}", query.join("&"));
    let mut command = format!("curl --globoff --compressed --url {}", quoted(&url));
    if is_head {
        command.push_str(" \\\n  --head");
    } else if method != "GET" || body.is_some() {
        // With a body and no word about the method, curl makes it a POST.
        option(&mut command, "--request", method);
    }
    for (name, value) in &request.headers {
        if is_token(name) && !LEFT_OUT.contains(&name.to_ascii_lowercase().as_str()) {
            header(&mut command, name, value);
        }
    }
    let has_cookies = has_header(request, "cookie");
    if !request.cookies.is_empty() && !has_cookies {
        let cookies = request.cookies.iter();
        let cookies = cookies.map(|(name, value)| format!("{name}={value}"));
        header(
            &mut command,
            "Cookie",
            &cookies.collect::<Vec<_>>().join("; "),
        );
    }
    if let Some(body) = body {
        option(&mut command, "--data-raw", &cut(body, BODY_CHARS_MAX));
    }
    Some(command)
}

fn body(request: &Request) -> Option<String> {
    match request.data.as_ref()? {
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        Value::Object(form) if !is_json(request) => {
            let text = |value: &Value| value.as_str().map_or(value.to_string(), str::to_owned);
            let pairs = form.iter();
            let pairs =
                pairs.map(|(key, value)| format!("{}={}", encode(key), encode(&text(value))));
            Some(pairs.collect::<Vec<_>>().join("&"))
        }
        value => Some(value.to_string()),
    }
}

/// `POST`, `M-SEARCH`, `VERSION_CONTROL`: never an option of curl.
fn is_method(word: &str) -> bool {
    let fits = |c: char| c.is_ascii_alphabetic() || matches!(c, '-' | '_');
    word.starts_with(|c: char| c.is_ascii_alphabetic()) && word.chars().all(fits)
}

fn is_json(request: &Request) -> bool {
    let mut kinds = named(request, "content-type");
    kinds.any(|value| value.to_ascii_lowercase().contains("json"))
}

fn has_header(request: &Request, name: &'static str) -> bool {
    named(request, name).next().is_some()
}

fn named<'a>(request: &'a Request, name: &'static str) -> impl Iterator<Item = &'a str> {
    let named = request.headers.iter();
    let named = named.filter(move |(key, _)| key.eq_ignore_ascii_case(name));
    named.map(|(_, value)| value.as_str())
}

/// A name that makes a header and nothing else; one that begins with `@` would name a file.
fn is_token(name: &str) -> bool {
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    !name.is_empty() && name.chars().all(fits)
}

/// A line break would begin another header.
fn header(command: &mut String, name: &str, value: &str) {
    let value = value.replace(['\r', '\n'], " ");
    option(command, "--header", &format!("{name}: {value}"));
}

fn option(command: &mut String, name: &str, value: &str) {
    // Writing to a String cannot fail.
    let _ = write!(command, " \\\n  {name} {}", quoted(value));
}

/// As one word of a POSIX shell. Control characters never reach a terminal that somebody pastes to.
fn quoted(value: &str) -> String {
    let calm = |c: char| match c {
        '\n' | '\t' => c,
        c if c.is_control() => char::REPLACEMENT_CHARACTER,
        c => c,
    };
    let value: String = value.chars().map(calm).collect();
    format!("'{}'", value.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use std::process::Command;

    fn request(fields: Value) -> Request {
        serde_json::from_value(fields).unwrap()
    }

    /// The words that a real shell makes of the command.
    fn words(command: &str) -> Vec<String> {
        let script = format!("curl() {{ printf '%s\\001' \"$@\"; }}\n{command}");
        let output = Command::new("sh").args(["-c", &script]).output().unwrap();
        assert!(output.stderr.is_empty(), "{output:?}");
        let text = String::from_utf8(output.stdout).unwrap();
        let mut words: Vec<String> = text.split('\u{1}').map(str::to_owned).collect();
        words.pop();
        words
    }

    #[test]
    fn a_request_reads_like_one_that_somebody_typed() {
        let request = request(json!({
            "url": "https://a.example/pay", "method": "POST",
            "query_string": [["a b", "c&d"]],
            "headers": [["Content-Type", "application/json"], ["Host", "x"], ["X-A", "it's"]],
            "cookies": [["session", "[Filtered]"]],
            "data": {"total": 12},
        }));
        let expect = "curl --globoff --compressed --url 'https://a.example/pay?a%20b=c%26d' \\\n  \
                      --request 'POST' \\\n  --header 'Content-Type: application/json' \\\n  \
                      --header 'X-A: it'\\''s' \\\n  --header 'Cookie: session=[Filtered]' \\\n  \
                      --data-raw '{\"total\":12}'";
        assert_eq!(curl(&request).as_deref(), Some(expect));
    }

    #[test]
    fn w01_hostile_values_stay_words_of_a_real_shell() {
        let evil = "'; touch /tmp/owned; echo '$(id)`id`!x\"\\\n-o /etc/passwd\u{1b}[201~\r\u{0}é";
        let request = request(json!({
            "url": format!("https://a.example/{}", "'$(id)`id`{a,b}*?;&|"),
            "method": "POST",
            "headers": [["X-A", evil], ["@/etc/passwd", "x"], ["X B", "y"], ["-K", evil]],
            "cookies": [[evil, evil]],
            "data": evil,
        }));
        let command = curl(&request).unwrap();
        assert!(!command.contains(['\u{1b}', '\r', '\0']), "{command:?}");
        let words = words(&command);
        let calm = evil.replace(['\u{1b}', '\r', '\u{0}'], "\u{fffd}");
        let flat = evil
            .replace(['\r', '\n'], " ")
            .replace(['\u{1b}', '\u{0}'], "\u{fffd}");
        let expect = [
            "--globoff",
            "--compressed",
            "--url",
            "https://a.example/'$(id)`id`{a,b}*?;&|",
            "--request",
            "POST",
            "--header",
            &format!("X-A: {flat}"),
            "--header",
            &format!("-K: {flat}"),
            "--header",
            &format!("Cookie: {flat}={flat}"),
            "--data-raw",
            &calm,
        ];
        assert_eq!(words, expect);
    }

    #[test]
    fn only_what_is_asked_over_http_is_a_command() {
        let check = |url: &str, some: bool| {
            assert_eq!(curl(&request(json!({"url": url}))).is_some(), some, "{url}");
        };
        check("https://a.example/", true);
        for url in [
            "file:///etc/passwd",
            "mailto:a@b.example",
            "/path",
            "-K/etc/x",
            "",
            "a b",
        ] {
            check(url, false);
        }
        assert_eq!(curl(&Request::default()), None);
        for method in ["-o /x", "-o", "_A", "1A", "A B", "P\u{d6}ST", "GET;"] {
            let odd = request(json!({"url": "http://a.example/", "method": method}));
            assert_eq!(curl(&odd), None, "{method}");
        }
    }

    #[test]
    fn curl_asks_by_the_method_that_was_sent() {
        let check = |method: Value, data: &Value, expect: &[&str]| {
            let fields = json!({"url": "http://a.example/", "method": method, "data": data});
            let words = words(&curl(&request(fields)).unwrap());
            assert_eq!(words[4..], *expect, "{method} {data}");
        };
        let none = [json!(null), json!(""), json!({})];
        for data in &none {
            check(json!(null), data, &[]);
            check(json!(""), data, &[]);
            check(json!("GET"), data, &[]);
            check(json!("HEAD"), data, &["--head"]);
            check(json!("POST"), data, &["--request", "POST"]);
            check(json!("M-SEARCH"), data, &["--request", "M-SEARCH"]);
            check(
                json!("VERSION_CONTROL"),
                data,
                &["--request", "VERSION_CONTROL"],
            );
        }
        let body = json!("a=1");
        let with = |method| ["--request", method, "--data-raw", "a=1"];
        check(json!(null), &body, &with("GET"));
        check(json!("GET"), &body, &with("GET"));
        check(json!("POST"), &body, &with("POST"));
        check(json!("HEAD"), &body, &["--head"]);
        check(json!("head"), &body, &["--head"]);
    }

    #[test]
    fn forms_are_sent_as_forms() {
        let form = request(json!({"url": "http://a.example/", "data": {"a": "1&2", "b": 3}}));
        assert!(curl(&form).unwrap().ends_with("--data-raw 'a=1%262&b=3'"));
    }
}
