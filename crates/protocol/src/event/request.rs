//! The HTTP request that was being answered.

use serde_json::Value;
use watchpost_model::Request;

use super::node::{Node, kept};
use super::read::{Notes, Path, facts, label, object, pairs, text};

/// A request, as `request` or `sentry.interfaces.Http` tells it.
pub(super) fn request(value: Node<'_>, at: &Path<'_>, notes: &mut Notes) -> Option<Request> {
    let mut request = Request::default();
    for (key, value) in object(value, at, notes)? {
        let at = &at.key(key);
        match key {
            "url" => request.url = text(value, at, notes),
            "method" => request.method = text(value, at, notes),
            "query_string" => request.query_string = query(value, at, notes),
            "fragment" => request.fragment = text(value, at, notes),
            "data" => request.data = (!value.is_null()).then(|| value.into()),
            "cookies" => request.cookies = cookies(value, at, notes),
            "headers" => request.headers = headers(value, at, notes),
            "env" => request.env = kept(facts(value, "env", at, notes)),
            _ if value.is_null() => {}
            _ => notes.dropped(at, "not a field of a request"),
        }
    }
    (request != Request::default()).then(|| finish(request))
}

/// Moves the parts of the URL to their fields and the cookie header to the cookies, reads the
/// body. Shared with seed records.
pub(crate) fn finish(mut request: Request) -> Request {
    if let Some(url) = request.url.take() {
        let (url, fragment) = split(&url, '#');
        let (url, query) = split(url, '?');
        if let Some(query) = query
            && request.query_string.is_empty()
        {
            request.query_string = query_of(query);
        }
        request.fragment = request.fragment.or(fragment.map(str::to_owned));
        request.url = Some(url.to_owned());
    }
    request.method = request.method.map(|method| method.to_ascii_uppercase());
    if let Some(place) = place_of(&request, "cookie") {
        let (_, header) = request.headers.remove(place);
        if request.cookies.is_empty() {
            request.cookies = cookies_of(&header);
        }
    }
    request.data = match request.data.take() {
        Some(Value::String(body)) => Some(body_of(body, &request)),
        other => other,
    };
    request
}

fn split(text: &str, mark: char) -> (&str, Option<&str>) {
    match text.split_once(mark) {
        Some((before, after)) => (before, Some(after)),
        None => (text, None),
    }
}

fn place_of(request: &Request, header: &str) -> Option<usize> {
    let mut headers = request.headers.iter();
    headers.position(|(name, _)| name.eq_ignore_ascii_case(header))
}

/// The body of a request as people want to read it: JSON and forms are taken apart.
fn body_of(body: String, request: &Request) -> Value {
    let place = place_of(request, "content-type");
    let kind = place.and_then(|place| request.headers.get(place));
    let is_form = match kind {
        Some((_, kind)) => kind.contains("x-www-form-urlencoded") && body.contains('='),
        None => looks_like_a_form(&body),
    };
    if is_form {
        let pairs = query_of(&body).into_iter();
        return Value::Object(pairs.map(|(key, value)| (key, value.into())).collect());
    }
    if body.trim_start().starts_with(['{', '[']) {
        return serde_json::from_str(&body).unwrap_or(Value::String(body));
    }
    Value::String(body)
}

/// Nobody says what it is, but it is `a=1&b=2` from end to end.
fn looks_like_a_form(body: &str) -> bool {
    let in_name = |char: char| char.is_ascii_alphanumeric() || "_-.[]%+".contains(char);
    let in_value = |char: char| in_name(char) || "*~!'(),:;@/$".contains(char);
    let is_pair = |part: &str| {
        let pair = part.split_once('=');
        pair.is_some_and(|(name, value)| {
            !name.is_empty() && name.chars().all(in_name) && value.chars().all(in_value)
        })
    };
    // The end of a text in base64 looks like a name without a value.
    !body.ends_with('=') && body.split('&').all(is_pair)
}

fn query(value: Node<'_>, at: &Path<'_>, notes: &mut Notes) -> Vec<(String, String)> {
    match value {
        Node::String(text) => query_of(text.strip_prefix('?').unwrap_or(text)),
        other => text_pairs(other, at, notes),
    }
}

/// The pairs of an encoded query or form.
pub(crate) fn query_of(text: &str) -> Vec<(String, String)> {
    form_urlencoded::parse(text.as_bytes())
        .into_owned()
        .collect()
}

fn cookies(value: Node<'_>, at: &Path<'_>, notes: &mut Notes) -> Vec<(String, String)> {
    match value {
        Node::String(text) => cookies_of(text),
        other => text_pairs(other, at, notes),
    }
}

/// The pairs of a `Cookie` header. A part without `=` is a value without a name (RFC 6265bis).
pub(crate) fn cookies_of(header: &str) -> Vec<(String, String)> {
    let parts = header
        .split(';')
        .map(str::trim)
        .filter(|part| !part.is_empty());
    let pair = |part: &str| match part.split_once('=') {
        Some((name, value)) => (name.trim().to_owned(), value.trim().to_owned()),
        None => (String::new(), part.to_owned()),
    };
    parts.map(pair).collect()
}

fn headers(value: Node<'_>, at: &Path<'_>, notes: &mut Notes) -> Vec<(String, String)> {
    text_pairs(value, at, notes)
}

/// Pairs of texts; a list of values (Go, PHP) becomes one text with commas.
pub(crate) fn text_pairs(
    value: Node<'_>,
    at: &Path<'_>,
    notes: &mut Notes,
) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for (key, value) in pairs(value, at, notes) {
        let at = &at.key(&key);
        let text = match value {
            Node::Array(list) => {
                let texts = list.iter().filter_map(|value| label(*value, at, notes));
                Some(texts.collect::<Vec<_>>().join(", "))
            }
            other => label(other, at, notes),
        };
        found.push((key.into_owned(), text.unwrap_or_default()));
    }
    found
}
