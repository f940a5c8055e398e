//! What a request tells about the client besides its credentials: address and program.
//! Called by `accept` when it writes the receipt.

use std::net::{IpAddr, SocketAddr};

use axum::extract::ConnectInfo;
use axum::http::request::Parts;
use axum::http::{HeaderName, header};

use crate::limits::HEADER_TEXT_BYTES_MAX;

/// The text of a header, if it is one.
pub(crate) fn text(head: &Parts, name: impl Into<HeaderName>) -> Option<&str> {
    head.headers.get(name.into())?.to_str().ok()
}

/// The `User-Agent`, cut to a sane length.
pub(crate) fn user_agent(head: &Parts) -> Option<String> {
    text(head, header::USER_AGENT).map(cut)
}

/// A text of a client, cut to a sane length.
pub(crate) fn cut(text: &str) -> String {
    let end = text.floor_char_boundary(HEADER_TEXT_BYTES_MAX);
    text.get(..end).unwrap_or_default().to_owned()
}

/// Where the request came from. Each of our `proxy_hops` proxies has appended the address that it
/// saw to `X-Forwarded-For`; what stands before those is the client's own invention (I28).
pub(crate) fn address(head: &Parts, proxy_hops: usize) -> Option<IpAddr> {
    let peer = head.extensions.get::<ConnectInfo<SocketAddr>>();
    let peer = peer.map(|ConnectInfo(address)| address.ip().to_canonical());
    let Some(place) = proxy_hops.checked_sub(1) else {
        return peer;
    };
    let headers = head.headers.get_all("x-forwarded-for").into_iter();
    let mut chain: Vec<&str> = headers
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(str::trim)
        .collect();
    chain.reverse();
    let seen = chain.get(place.min(chain.len().saturating_sub(1)));
    seen.and_then(|text| text.parse().ok()).or(peer)
}

#[cfg(test)]
mod tests {
    use axum::http::Request;

    use super::*;

    fn check(forwarded: &[&str], proxy_hops: usize, expect: &str) {
        let mut request = Request::builder();
        for value in forwarded {
            request = request.header("x-forwarded-for", *value);
        }
        let (mut head, ()) = request.body(()).unwrap().into_parts();
        let peer: SocketAddr = "10.0.0.9:1234".parse().unwrap();
        head.extensions.insert(ConnectInfo(peer));
        let got = address(&head, proxy_hops).map(|address| address.to_string());
        assert_eq!(got.as_deref(), Some(expect), "{forwarded:?} {proxy_hops}");
    }

    #[test]
    fn i28_only_our_own_proxies_are_believed() {
        check(&[], 0, "10.0.0.9");
        check(&["1.2.3.4"], 0, "10.0.0.9");
        check(&["1.2.3.4"], 1, "1.2.3.4");
        check(&["6.6.6.6, 1.2.3.4"], 1, "1.2.3.4");
        check(&["6.6.6.6", "1.2.3.4"], 1, "1.2.3.4");
        check(&["6.6.6.6, 1.2.3.4, 10.1.1.1"], 2, "1.2.3.4");
        check(&["1.2.3.4"], 2, "1.2.3.4");
        check(&["nonsense"], 1, "10.0.0.9");
        check(&[], 1, "10.0.0.9");
        check(&["2001:db8::1"], 1, "2001:db8::1");
    }

    #[test]
    fn long_texts_are_cut_between_characters() {
        assert_eq!(cut(&"é".repeat(1000)).len(), HEADER_TEXT_BYTES_MAX);
        assert_eq!(cut("short"), "short");
    }
}
