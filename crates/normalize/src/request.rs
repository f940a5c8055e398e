//! The HTTP request: bounded.

use watchpost_model::Request;

use crate::bag::{fit, fit_map, fit_pairs};
use crate::limits::{
    CONTEXT, COOKIES_BYTES_MAX, HEADERS_BYTES_MAX, METHOD_CHARS_MAX, QUERY_BYTES_MAX, URL_CHARS_MAX,
};
use crate::remarks::Remarks;
use crate::text::fit_name;

/// `GET`, `M-SEARCH`, `VERSION_CONTROL`; protocol has put it into upper case.
fn is_method(text: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_uppercase() || b"-_".contains(&byte);
    (1..=METHOD_CHARS_MAX).contains(&text.len()) && text.bytes().all(allowed)
}

/// Settles the request, if there is one.
pub(crate) fn settle(request: Option<&mut Request>, remarks: &mut Remarks) {
    let Some(request) = request else { return };
    fit_name(&mut request.url, URL_CHARS_MAX, &"request.url", remarks);
    request.method = request.method.take().filter(|method| {
        let is_valid = is_method(method);
        if !is_valid && !method.trim().is_empty() {
            remarks.dropped(&"request.method", "not a method of HTTP");
        }
        is_valid
    });
    fit_name(
        &mut request.fragment,
        URL_CHARS_MAX,
        &"request.fragment",
        remarks,
    );
    let pairs = [
        (
            &mut request.query_string,
            QUERY_BYTES_MAX,
            "request.query_string",
        ),
        (&mut request.cookies, COOKIES_BYTES_MAX, "request.cookies"),
        (&mut request.headers, HEADERS_BYTES_MAX, "request.headers"),
    ];
    for (pairs, bytes_max, at) in pairs {
        fit_pairs(pairs, bytes_max, &at, remarks);
    }
    if let Some(data) = &mut request.data {
        fit(data, CONTEXT, &"request.data", remarks);
    }
    fit_map(&mut request.env, CONTEXT, &"request.env", remarks);
}
