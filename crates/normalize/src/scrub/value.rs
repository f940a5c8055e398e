//! One value: a text, a number, a list, a map, and the names in it.

use std::borrow::Cow;

use serde_json::{Map, Number, Value};
use watchpost_model::Remark;

use super::chunks::{Chunks, Left};
use super::defaults::Sought;
use super::find::{Finder, is_number_of_card};
use super::names::is_login_cookie;
use super::place::{Care, Kinds, Place};
use super::redact::FILTERED;
use super::rule::What;
use super::signals::{Signals, class, has_capital_bearer, has_small_bearer};
use super::walk::Walk;

pub(super) const COOKIE_RULE: &str = "@cookies:filter";
pub(super) const ADDRESS_RULE: &str = "@ip:remove";
const CARD_RULE: &str = "@creditcard:filter";
/// No secret that a name may hold is shorter.
const NAME_BYTES_MIN: usize = 11;

impl Walk<'_> {
    /// Scrubs a text that must be there: what is removed becomes empty.
    pub(super) fn text(&mut self, at: &Place<'_>, text: &mut String) {
        match self.leaf(at, text) {
            Left::Same => {}
            Left::Text(left, reason) => self.change(at, text, left, &reason),
            Left::Nothing(reason) => self.change(at, text, String::new(), &reason),
        }
    }

    /// Scrubs a text that may be missing.
    pub(super) fn option(&mut self, at: &Place<'_>, field: &mut Option<String>) {
        let Some(text) = field else { return };
        match self.leaf(at, text) {
            Left::Same => {}
            Left::Text(left, reason) => self.change(at, text, left, &reason),
            Left::Nothing(reason) => {
                *field = None;
                self.remark(at, &reason);
            }
        }
    }

    /// Scrubs any JSON.
    pub(super) fn value(&mut self, at: &Place<'_>, value: &mut Value) {
        match value {
            Value::Null | Value::Bool(_) => {}
            Value::Number(number) => match self.number(at, number) {
                Left::Same => {}
                Left::Text(left, reason) => {
                    *value = Value::String(left);
                    self.remark(at, &reason);
                }
                Left::Nothing(reason) => self.remove(at, value, &reason),
            },
            Value::String(text) => match self.leaf(at, text) {
                Left::Same => {}
                Left::Text(left, reason) => self.change(at, text, left, &reason),
                Left::Nothing(reason) => self.remove(at, value, &reason),
            },
            Value::Array(list) => match self.whole(at) {
                Some(reason) => self.remove(at, value, &reason),
                None => self.list(at, list),
            },
            Value::Object(map) => match self.whole(at) {
                Some(reason) => self.remove(at, value, &reason),
                None => self.entries(at, map),
            },
        }
    }

    /// A map that must be there: what is removed becomes empty.
    pub(super) fn map(&mut self, at: &Place<'_>, map: &mut Map<String, Value>) {
        if map.is_empty() {
            return;
        }
        match self.whole(at) {
            Some(reason) => {
                map.clear();
                self.remark(at, &reason);
            }
            None => self.entries(at, map),
        }
    }

    /// The entries of a map that stays.
    pub(super) fn entries(&mut self, at: &Place<'_>, map: &mut Map<String, Value>) {
        self.names(at, map);
        for (key, value) in map.iter_mut() {
            self.value(&at.entry(key, kinds(value)), value);
        }
    }

    /// The names of a map, before they are part of a path. Nearly always they stay.
    pub(super) fn names(&mut self, at: &Place<'_>, map: &mut Map<String, Value>) {
        if map.keys().any(|name| may_be_secret(name)) {
            let entries = std::mem::take(map).into_iter().map(|(mut name, value)| {
                self.name(at, &mut name);
                (name, value)
            });
            *map = entries.collect();
        }
    }

    pub(super) fn list(&mut self, at: &Place<'_>, list: &mut [Value]) {
        // `[["name", value], …]` is a map in the form in which headers come.
        let is_pair = |value: &Value| {
            let pair = value.as_array().map(Vec::as_slice);
            matches!(pair, Some([Value::String(_), _]))
        };
        if !list.is_empty() && list.iter().all(is_pair) {
            for (index, pair) in list.iter_mut().enumerate() {
                if let Some([Value::String(key), value]) =
                    pair.as_array_mut().map(Vec::as_mut_slice)
                {
                    self.pair(&at.item(index, Kinds::ARRAY), key, value);
                }
            }
            return;
        }
        for (index, value) in list.iter_mut().enumerate() {
            self.value(&at.item(index, kinds(value)), value);
        }
    }

    /// A name and its value, or a row of a table: then the first is data as well. What it was may
    /// hide the value; what is left of it is part of the path.
    fn pair(&mut self, row: &Place<'_>, key: &mut String, value: &mut Value) {
        let list = row.up().unwrap_or(row);
        let is_name = is_name(key);
        if is_name && !may_be_secret(key) {
            self.value(&list.entry(key, kinds(value)), value);
            return;
        }
        let mut left = key.clone();
        if is_name {
            self.name(row, &mut left);
        } else {
            self.text(&row.item(0, Kinds::STRING), &mut left);
        }
        // The word in the place of a secret may be one of a secret, too: `Bearer [token]`.
        let is_secret = self.rules.names.rule_for(key).is_some();
        let names = (if is_secret { key.as_str() } else { &left }, left.as_str());
        self.value(&list.renamed(&names, kinds(value)), value);
        *key = left;
    }

    /// Why a list, an object or a number is taken away as a whole, if it is.
    pub(super) fn whole(&self, at: &Place<'_>) -> Option<String> {
        for application in &self.rules.applications {
            if !application.selector.selects(at) {
                continue;
            }
            let hit = application.rules.iter().find(|rule| match &rule.what {
                What::Part(Finder::Anything) => true,
                What::Part(_) => false,
                _ => self.is_named(at, rule),
            });
            if let Some(rule) = hit {
                return Some(format!("removed by {}", rule.name));
            }
        }
        let rule = self.default_rule_for(at)?;
        Some(format!("removed by {rule}"))
    }

    /// The default rule that hides the value because of its name.
    pub(super) fn default_rule_for(&self, at: &Place<'_>) -> Option<&'static str> {
        if !matches!(at.care(), Care::Open | Care::Line) || self.is_safe(at) {
            return None;
        }
        let name = at.name()?;
        if self.rules.hides_addresses && is_address_of_user(at, name) {
            return Some(ADDRESS_RULE);
        }
        if self.rules.has_defaults && is_in_cookies(at) && is_login_cookie(name) {
            return Some(COOKIE_RULE);
        }
        // A cookie header is read pair by pair, but `cookies` of a form may be a password's name.
        self.rules.names.rule_for(name)
    }

    fn number(&self, at: &Place<'_>, number: &Number) -> Left {
        if let Some(reason) = self.whole(at) {
            return Left::Nothing(reason);
        }
        let is_card = || number.is_u64() && is_number_of_card(&number.to_string());
        if self.rules.has_defaults && at.care() == Care::Open && !self.is_safe(at) && is_card() {
            return Left::Text(FILTERED.to_owned(), format!("hidden by {CARD_RULE}"));
        }
        Left::Same
    }

    pub(super) fn is_safe(&self, at: &Place<'_>) -> bool {
        let safe = &self.rules.safe_fields;
        !safe.is_empty()
            && at
                .name()
                .is_some_and(|name| safe.iter().any(|field| field.eq_ignore_ascii_case(name)))
    }

    /// Hides what is a secret in the name of an entry.
    pub(super) fn name(&mut self, at: &Place<'_>, name: &mut String) {
        if let Some((left, reason)) = self.left_of_name(name) {
            *name = left;
            self.remark(at, &format!("a name: {reason}"));
        }
    }

    /// Hides what is a secret in the names that paths of earlier remarks are made of.
    pub(super) fn paths(&self, remarks: &mut [Remark]) {
        for Remark { path, .. } in remarks {
            if !may_be_secret(path) {
                continue;
            }
            // A secret may have dots; and a number behind one is no fraction here.
            if let Some((left, _)) = self.left_of_name(path) {
                *path = left;
            }
            let names = path.split('.').map(|name| match self.left_of_name(name) {
                Some((left, _)) => left.into(),
                None => Cow::Borrowed(name),
            });
            *path = names.collect::<Vec<_>>().join(".");
        }
    }

    /// What is left of a name that is a secret, and why.
    fn left_of_name(&self, name: &str) -> Option<(String, String)> {
        if !may_be_secret(name) {
            return None;
        }
        let signals = Signals::of(name);
        let mut chunks = Chunks::new(name);
        for Sought {
            name,
            finder,
            redaction,
            ..
        } in self.rules.defaults.of_names()
        {
            chunks.hide(name, redaction, |part, found| {
                finder.find(part, signals, found);
            });
        }
        match chunks.finish() {
            Left::Text(left, reason) => Some((left, reason)),
            Left::Same | Left::Nothing(_) => None,
        }
    }

    fn change(&mut self, at: &Place<'_>, text: &mut String, left: String, reason: &str) {
        *text = left;
        // JSON inside a text has remarks of its own.
        if !reason.is_empty() {
            self.remark(at, reason);
        }
    }

    fn remove(&mut self, at: &Place<'_>, value: &mut Value, reason: &str) {
        *value = Value::Null;
        self.remark(at, reason);
    }
}

/// Whether a text is a name and nothing else: `X-Api-Key`, `user[password]`.
fn is_name(text: &str) -> bool {
    let is_part = |char: char| char.is_alphanumeric() || "_-.:$[]".contains(char);
    text.chars().all(is_part)
}

/// Whether it is worth a search for secrets in a name.
pub(super) fn may_be_secret(name: &str) -> bool {
    name.len() >= NAME_BYTES_MIN && {
        let signals = Signals::of(name);
        signals.digit_count() >= 9
            || signals.has(class::COLON | class::AT)
            || signals.has(class::DASH) && name.contains("-----")
            || has_capital_bearer(name, signals)
            || has_small_bearer(name, signals)
    }
}

/// The kinds of a JSON value.
pub(super) fn kinds(value: &Value) -> Kinds {
    match value {
        Value::Null => Kinds::NONE,
        Value::Bool(_) => Kinds::BOOLEAN,
        Value::Number(_) => Kinds::NUMBER,
        Value::String(_) => Kinds::STRING,
        Value::Array(_) => Kinds::ARRAY,
        Value::Object(_) => Kinds::OBJECT,
    }
}

fn is_in_cookies(at: &Place<'_>) -> bool {
    let name = at.up().and_then(Place::name);
    name.is_some_and(|name| name.eq_ignore_ascii_case("cookies"))
}

/// The fields that have nothing but the address of a user.
fn is_address_of_user(at: &Place<'_>, name: &str) -> bool {
    let parent = at.up().and_then(Place::name).unwrap_or_default();
    match parent {
        "user" => name == "ip_address",
        "env" => name == "REMOTE_ADDR",
        "sdk" => name == "client_ip",
        _ => false,
    }
}
