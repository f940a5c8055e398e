//! Addresses: mailboxes, URLs, hosts, IPs.

use std::net::{Ipv4Addr, Ipv6Addr};
use std::str;

use super::{At, is_word};

/// Characters of the part of an address before the `@`.
const LOCAL_BYTES_MAX: usize = 64;
/// Characters of the name of a host.
const HOST_BYTES_MAX: usize = 253;
/// Characters of an address of the sixth version.
const IP_BYTES_MAX: usize = 45;

/// Ends of the names of hosts. Left out are those that are also names of fields and methods:
/// `order.id`, `user.name`, `value.is`.
const TLDS: [&str; 91] = [
    "ae", "africa", "agency", "ai", "ar", "asia", "at", "au", "be", "bg", "biz", "blog", "br",
    "ca", "cc", "cf", "ch", "cl", "cloud", "club", "cn", "co", "com", "cz", "de", "dev", "dk",
    "edu", "ee", "es", "eu", "fi", "fr", "ga", "gov", "gr", "gq", "hk", "hr", "hu", "ie", "il",
    "info", "int", "io", "ir", "jp", "ke", "kr", "lt", "lu", "lv", "ma", "mil", "mobi", "mx", "my",
    "ng", "nl", "nz", "online", "org", "pe", "ph", "pk", "pl", "pt", "ro", "rs", "ru", "se", "sg",
    "shop", "si", "site", "sk", "su", "tech", "th", "tk", "tn", "tr", "tv", "tw", "ua", "uk", "us",
    "vn", "xyz", "za", "net",
];

/// `ann.lee@shop.example`.
pub(super) fn email(at: At<'_>) -> Option<usize> {
    let is_local = |byte: u8| byte.is_ascii_alphanumeric() || b"._%+-".contains(&byte);
    let local = at.run(0, LOCAL_BYTES_MAX, is_local);
    if local == 0 || at.word == 0 || at.byte(local) != Some(b'@') {
        return None;
    }
    let host = host(at, local + 1)?;
    at.whole(local + 1 + host.len())
}

/// `https://shop.example/pay?id=7`, up to white space.
pub(super) fn url(at: At<'_>) -> Option<usize> {
    let schemes: [&[u8]; 5] = [b"ws", b"wss", b"http", b"https", b"ftp"];
    let scheme = at.word();
    let is_url = schemes
        .iter()
        .any(|known| scheme.eq_ignore_ascii_case(known));
    if !is_url || at.rest.get(at.word..at.word + 3) != Some(b"://") {
        return None;
    }
    let start = at.word + 3;
    let len = at.run(start, usize::MAX, |byte| !byte.is_ascii_whitespace());
    (len > 0).then_some(start + len)
}

/// `db-3.prod.acme.io`, in one case.
pub(super) fn hostname(at: At<'_>) -> Option<usize> {
    // Cheap for the many words that nothing like a host follows.
    if at.word == 0 || !matches!(at.byte(at.word), Some(b'.' | b'-')) {
        return None;
    }
    let host = host(at, 0)?;
    let (_, last) = host.rsplit_once('.')?;
    let is_lower = !host.bytes().any(|byte| byte.is_ascii_uppercase());
    let is_upper = !host.bytes().any(|byte| byte.is_ascii_lowercase());
    let is_tld = TLDS.iter().any(|tld| last.eq_ignore_ascii_case(tld));
    let ends = at.byte(host.len()) != Some(b'@');
    at.whole(host.len())
        .filter(|_| (is_lower || is_upper) && is_tld && ends)
}

/// The longest list of labels at `start`, without the end of a sentence.
fn host(at: At<'_>, start: usize) -> Option<&str> {
    let is_part = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.');
    let len = at.run(start, HOST_BYTES_MAX, is_part);
    let host = str::from_utf8(at.rest.get(start..start + len)?).ok()?;
    let host = host.trim_end_matches(['.', '-']);
    let is_label = |label: &str| (1..=63).contains(&label.len()) && !label.starts_with('-');
    host.split('.').all(is_label).then_some(host)
}

/// `10.2.0.17`, `2001:db8::7`.
pub(super) fn ip(at: At<'_>) -> Option<usize> {
    v4(at).or_else(|| v6(at))
}

fn v4(at: At<'_>) -> Option<usize> {
    if !at.byte(0)?.is_ascii_digit() || at.before == Some(b'.') {
        return None;
    }
    let len = at.run(0, 16, |byte| byte.is_ascii_digit() || byte == b'.');
    let text = str::from_utf8(at.rest.get(..len)?).ok()?;
    let text = text.trim_end_matches('.');
    text.parse::<Ipv4Addr>().ok()?;
    at.whole(text.len())
}

fn v6(at: At<'_>) -> Option<usize> {
    if at.before.is_some_and(|byte| is_word(byte) || byte == b':') {
        return None;
    }
    let is_part = |byte: u8| byte.is_ascii_hexdigit() || matches!(byte, b':' | b'.');
    let len = at.run(0, IP_BYTES_MAX, is_part);
    let text = str::from_utf8(at.rest.get(..len)?).ok()?;
    let trimmed = text.trim_end_matches('.');
    let trimmed = match trimmed.strip_suffix(':') {
        Some(shorter) if !shorter.ends_with(':') => shorter,
        _ => trimmed,
    };
    // Without a digit it is more likely a path of modules: `a::b`.
    if !trimmed.bytes().any(|byte| byte.is_ascii_digit()) {
        return None;
    }
    trimmed.parse::<Ipv6Addr>().ok()?;
    at.whole(trimmed.len())
}
