//! Where the secrets of a kind are in a text. Every search is linear in the text, and begins only
//! when its characters occur at all.

mod card;
mod iban;
mod pairs;
mod patterns;
mod pem;

use std::ops::Range;
use std::sync::Arc;

use regex::Regex;

use super::names::Names;
use super::signals::{Signals, class, has_capital_bearer, has_small_bearer};

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
            Self::UrlAuth => patterns::URL_AUTH.find(text, found),
            Self::UrlPassword => patterns::URL_PASSWORD.find(text, found),
            Self::Ssn => patterns::SSN.find(text, found),
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

    /// Whether a search is worth it.
    pub(super) fn may_occur(&self, text: &str, signals: Signals) -> bool {
        match self {
            Self::Anything | Self::Custom(..) => true,
            Self::Uuid => text.len() >= 32,
            Self::Card | Self::Imei => signals.has(class::DIGIT, 14),
            Self::Iban => signals.has(class::DIGIT | class::UPPER, 8),
            Self::Pem => signals.has(class::DASH, 0),
            Self::UrlAuth | Self::UrlPassword => {
                signals.has(class::COLON | class::SLASH | class::AT, 0)
            }
            Self::Ssn => signals.has(class::DIGIT | class::DASH, 9),
            Self::Bearer => has_capital_bearer(text, signals) || has_small_bearer(text),
            Self::BearerInCode => has_capital_bearer(text, signals),
            Self::Email => signals.has(class::AT | class::DOT, 0),
            Self::Ip => {
                signals.has(class::DOT, 4) && count(text, b'.') >= 3
                    || signals.has(class::COLON, 0) && count(text, b':') >= 2
            }
            Self::Mac => signals.has(class::COLON, 0) || signals.has(class::DASH, 0),
            Self::UserPath => signals.has(class::SLASH, 0),
            Self::Assignment => signals.has(class::EQUALS, 0) || signals.has(class::COLON, 0),
            Self::Cookies => signals.has(class::EQUALS, 0),
        }
    }
}

fn count(text: &str, byte: u8) -> usize {
    text.bytes().filter(|other| *other == byte).count()
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
