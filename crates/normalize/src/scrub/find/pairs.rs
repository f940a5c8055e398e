//! Texts that are pairs: forms, queries of URLs, cookie headers.

use super::Found;
use crate::scrub::names::{Names, is_login_cookie};
use crate::scrub::signals::Signals;

/// The values to hide in a text that is a form, or a URL or path with a query; `None` when it is
/// none of these. The path of a URL stays, whatever words it has.
pub(in crate::scrub) fn values_of_pairs(text: &str, names: &Names) -> Option<Found> {
    if text.bytes().any(|byte| byte.is_ascii_whitespace()) {
        return None;
    }
    let mut found = Found::new();
    if text.contains("://") || text.starts_with('/') {
        let query = text.find(['?', '#']).unwrap_or(text.len());
        secret_values(text, query, &['&', ';', '?', '#'], names, &mut found);
        return Some(found);
    }
    let is_pair = |pair: &str| {
        let (key, value) = pair.split_once('=').unwrap_or_default();
        !key.is_empty() && !value.is_empty() && key.chars().all(is_of_key)
    };
    if !text.split('&').all(is_pair) {
        return None;
    }
    secret_values(text, 0, &['&'], names, &mut found);
    Some(found)
}

fn is_of_key(char: char) -> bool {
    char.is_alphanumeric() || matches!(char, '_' | '-' | '.' | '[' | ']' | '%' | '+' | '$' | ':')
}

/// The values of login and CSRF cookies, and of those whose names are secrets, in the text of a
/// `Cookie` or `Set-Cookie` header.
pub(in crate::scrub) fn cookies(text: &str, names: &Names) -> Found {
    let mut found = Found::new();
    each_pair(text, 0, &[';'], &mut |key, value, start| {
        if is_login_cookie(key) || names.rule_for(key).is_some() {
            found.push(start..start + value.len());
        }
    });
    found
}

fn secret_values(text: &str, from: usize, between: &[char], names: &Names, found: &mut Found) {
    each_pair(text, from, between, &mut |key, value, start| {
        if names.rule_for(key).is_some() || names.rule_in(value, Signals::of(value)).is_some() {
            found.push(start..start + value.len());
        }
    });
}

/// Calls `take` with key, value and where the value begins, of each pair that has a value.
fn each_pair(text: &str, from: usize, between: &[char], take: &mut dyn FnMut(&str, &str, usize)) {
    let rest = text.get(from..).unwrap_or_default();
    let mut start = from;
    for pair in rest.split(between) {
        if let Some((key, value)) = pair.split_once('=') {
            let at = start + key.len() + 1;
            if !value.trim().is_empty() {
                take(key.trim(), value, at);
            }
        }
        start += pair.len() + 1;
    }
}
