//! Where the secrets of a kind are in a text. Every search is linear in the text, and begins only
//! when its characters occur at all.

mod card;
mod iban;
mod pairs;
mod patterns;
mod pem;
mod url;

use std::ops::Range;
use std::sync::Arc;

use memchr::{memchr_iter, memchr2_iter};
use regex::Regex;

use super::names::Names;
use super::signals::{Needs, Signals, class, has_capital_bearer, has_small_bearer};

pub(super) use card::is_number_of_card;
pub(super) use pairs::{cookies, values_of_pairs};

/// Byte ranges, in order, none within another.
pub(super) type Found = Vec<Range<usize>>;

/// A kind of secret.
#[derive(Clone, Debug)]
pub(super) enum Finder {
    /// The text as it is.
    Anything,
    /// Numbers of payment cards.
    Card,
    /// Numbers of bank accounts.
    Iban,
    /// Keys in PEM, without the lines around them.
    Pem,
    /// `user:password` of URLs.
    UrlAuth,
    /// Only the password of URLs.
    UrlPassword,
    /// Social security numbers of the US.
    Ssn,
    /// `Bearer` and what follows.
    Bearer,
    /// The same with a capital: code is long, and its own words are small.
    BearerInCode,
    /// E-mail addresses.
    Email,
    /// Addresses of machines.
    Ip,
    /// Addresses of network cards.
    Mac,
    /// UUIDs.
    Uuid,
    /// Numbers of mobile phones.
    Imei,
    /// The name of the user in paths below a home directory.
    UserPath,
    /// `password=…` and `"token": …` in sentences.
    Assignment,
    /// Values of login and CSRF cookies in the text of a cookie header.
    Cookies,
    /// What a person wrote; the groups that are hidden, all of the match without.
    Custom(Arc<Regex>, Option<Vec<usize>>),
}

impl Finder {
    /// Adds where the secrets are. `signals` are those of the text, or of one that it is part of.
    pub(super) fn find(&self, text: &str, signals: Signals, found: &mut Found) {
        if !self.may_occur(text, signals) {
            return;
        }
        match self {
            Self::Anything => found.push(0..text.len()),
            Self::Card => card::find(text, found),
            Self::Iban => iban::find(text, found),
            Self::Pem => pem::find(text, found),
            Self::Cookies => found.extend(cookies(text, &Names::default())),
            Self::Ip => patterns::addresses(text, found),
            Self::UrlAuth => url::find(text, url::Part::UserAndPassword, found),
            Self::UrlPassword => url::find(text, url::Part::Password, found),
            Self::Ssn => patterns::social_security_numbers(text, found),
            Self::Bearer | Self::BearerInCode => patterns::BEARER.find(text, found),
            Self::Email => patterns::EMAIL.find(text, found),
            Self::Mac => patterns::MAC.find(text, found),
            Self::Uuid => patterns::UUID.find(text, found),
            Self::Imei => patterns::IMEI.find(text, found),
            Self::UserPath => patterns::USER_PATH.find(text, found),
            Self::Assignment => patterns::ASSIGNMENT.find(text, found),
            Self::Custom(regex, groups) => custom(regex, groups.as_deref(), text, found),
        }
    }

    /// What every text has that has one of these secrets.
    pub(super) fn needs(&self) -> Needs {
        const BEGIN_KEY: u64 = class::word("-----BEGIN KEY-----") | class::UPPER;
        const BEARER: u64 = class::word("bearer") | class::SPACE;
        const HOME: u64 = class::word("e") | class::SLASH;
        match self {
            Self::Anything | Self::Custom(..) | Self::Uuid => Needs::default(),
            Self::Card | Self::Imei => Needs::all(class::DIGIT).digits(14),
            Self::Iban => Needs::all(class::DIGIT | class::UPPER).digits(8),
            Self::Pem => Needs::all(BEGIN_KEY),
            Self::UrlAuth | Self::UrlPassword => {
                Needs::all(class::COLON | class::SLASH | class::AT)
            }
            Self::Ssn => Needs::all(class::DIGIT | class::DASH).digits(9),
            Self::Bearer => Needs::all(BEARER),
            Self::BearerInCode => Needs::all(BEARER | class::UPPER),
            Self::Email => Needs::all(class::AT | class::DOT),
            Self::Ip => Needs::any(class::DOT | class::COLON),
            Self::Mac => Needs::any(class::COLON | class::DASH),
            Self::UserPath => Needs::all(HOME),
            Self::Assignment => Needs::any(class::EQUALS | class::COLON),
            Self::Cookies => Needs::all(class::EQUALS),
        }
    }

    /// Whether a search is worth it.
    pub(super) fn may_occur(&self, text: &str, signals: Signals) -> bool {
        signals.meet(self.needs())
            && match self {
                Self::Uuid => text.len() >= 32,
                Self::Bearer => {
                    has_capital_bearer(text, signals) || has_small_bearer(text, signals)
                }
                Self::BearerInCode => has_capital_bearer(text, signals),
                Self::Ip => may_be_address(text.as_bytes(), signals),
                Self::UserPath => has_home(text, signals),
                _ => true,
            }
    }
}

/// Whether there are three dots and digits around, two colons in a row, or six of them.
fn may_be_address(text: &[u8], signals: Signals) -> bool {
    if signals.has(class::DOT) && signals.digit_count() >= 4 && memchr_iter(b'.', text).count() >= 3
    {
        return true;
    }
    let colons = memchr_iter(b':', text).scan(None, |last, at| {
        let is_next = last.replace(at).is_some_and(|last| last + 1 == at);
        Some(is_next)
    });
    signals.has(class::COLON)
        && colons
            .enumerate()
            .any(|(place, is_next)| is_next || place == 5)
}

/// Whether a folder of users is named before a slash.
fn has_home(text: &str, signals: Signals) -> bool {
    let is_home = |slash: usize| {
        let ends = |word: &&str| {
            let start = slash.checked_sub(word.len());
            let tail = start.and_then(|start| text.as_bytes().get(start..slash));
            tail.is_some_and(|tail| tail.eq_ignore_ascii_case(word.as_bytes()))
        };
        ["home", "users", "settings"].iter().any(ends)
    };
    // Expressions know letters that are others in upper case.
    signals.has(class::NON_ASCII) || memchr2_iter(b'/', b'\\', text.as_bytes()).any(is_home)
}

fn custom(regex: &Regex, groups: Option<&[usize]>, text: &str, found: &mut Found) {
    let Some(groups) = groups else {
        found.extend(regex.find_iter(text).map(|hit| hit.range()));
        return;
    };
    for captures in regex.captures_iter(text) {
        let hits = groups.iter().filter_map(|group| captures.get(*group));
        found.extend(hits.map(|hit| hit.range()));
    }
    // Groups may be in any order and within each other: the outer one hides both.
    found.sort_by_key(|range| (range.start, std::cmp::Reverse(range.end)));
    let mut end = 0;
    found.retain(|range| {
        let is_next = range.start >= end && !range.is_empty();
        end = end.max(range.end);
        is_next
    });
}

/// Whether a secret of so many bytes may begin or end here: not in the middle of a word.
fn is_apart(text: &str, range: &Range<usize>) -> bool {
    let is_word = |char: char| char.is_alphanumeric() || char == '_';
    let before = text
        .get(..range.start)
        .and_then(|text| text.chars().next_back());
    let after = text.get(range.end..).and_then(|text| text.chars().next());
    !before.is_some_and(is_word) && !after.is_some_and(is_word)
}

#[cfg(test)]
mod tests;
