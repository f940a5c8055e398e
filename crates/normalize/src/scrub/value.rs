//! One value: what the project's rules, then the default rules do to it.

use serde_json::{Map, Number, Value};

use super::chunks::{Chunks, Left};
use super::find::{Finder, cookies, is_number_of_card, values_of_pairs};
use super::names::{is_cookie_text, is_login_cookie};
use super::place::{Care, Kinds, Place};
use super::redact::{FILTERED, Redaction};
use super::rule::{Rule, What};
use super::signals::{Signals, class, has_capital_bearer, has_small_bearer};
use super::walk::Walk;
use crate::limits::NESTED_MAX;

const COOKIE_RULE: &str = "@cookies:filter";
const ADDRESS_RULE: &str = "@ip:remove";
const CARD_RULE: &str = "@creditcard:filter";
/// How often what is left of a text is looked at again.
const PASSES_MAX: usize = 4;
/// No secret that a name may hold is shorter.
const NAME_BYTES_MIN: usize = 11;

impl<'s> Walk<'s> {
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

    fn list(&mut self, at: &Place<'_>, list: &mut [Value]) {
        // `[["name", value], …]` is a map in the form in which headers come.
        let is_pair = |value: &Value| {
            let pair = value.as_array().map(Vec::as_slice);
            matches!(pair, Some([Value::String(_), _]))
        };
        if !list.is_empty() && list.iter().all(is_pair) {
            for pair in list.iter_mut() {
                if let Some([Value::String(key), value]) =
                    pair.as_array_mut().map(Vec::as_mut_slice)
                {
                    self.value(&at.entry(key, kinds(value)), value);
                }
            }
            return;
        }
        for (index, value) in list.iter_mut().enumerate() {
            self.value(&at.item(index, kinds(value)), value);
        }
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
    fn default_rule_for(&self, at: &Place<'_>) -> Option<&'static str> {
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

    /// What is left of a text.
    fn leaf(&mut self, at: &Place<'_>, text: &str) -> Left {
        if matches!(text, "" | "true" | "false" | "null" | "undefined") {
            return Left::Same;
        }
        let rules = self.rules;
        let signals = Signals::of(text);
        let mut chunks = Chunks::new(text);
        for application in &rules.applications {
            if application.selector.selects(at) {
                for rule in &application.rules {
                    self.apply(at, rule, signals, &mut chunks);
                }
            }
        }
        let is_ours = chunks.is_touched();
        let mut left = self.defaults(at, signals, chunks);
        // What was hidden may bring together what now looks like a secret.
        for _ in 0..PASSES_MAX {
            let Left::Text(text, reason) = &mut left else {
                break;
            };
            let signals = Signals::of(text);
            match self.defaults(at, signals, Chunks::new(text)) {
                Left::Text(next, more) if !is_ours => {
                    *text = next;
                    also(reason, &more);
                }
                _ => break,
            }
        }
        left
    }

    /// What the default rules leave of what the project's have left.
    fn defaults<'t>(&mut self, at: &Place<'_>, signals: Signals, mut chunks: Chunks<'t>) -> Left
    where
        's: 't,
    {
        if self.is_safe(at) {
            return chunks.finish();
        }
        if let Some(rule) = self.default_rule_for(at) {
            let redaction = if rule == ADDRESS_RULE {
                &Redaction::Remove
            } else {
                &self.rules.filtered
            };
            chunks.hide_all(rule, redaction);
            return chunks.finish();
        }
        if at.care() == Care::Open {
            if !chunks.is_touched()
                && let Some(left) = self.json(at, chunks.text())
            {
                return left;
            }
            self.words(at, &mut chunks);
        }
        self.patterns(at.care(), signals, &mut chunks);
        chunks.finish()
    }

    fn apply<'t>(&self, at: &Place<'_>, rule: &'t Rule, signals: Signals, chunks: &mut Chunks<'t>) {
        let Rule {
            name,
            what,
            redaction,
        } = rule;
        match what {
            What::Part(Finder::Anything) => chunks.hide_all(name, redaction),
            What::Part(finder) => chunks.hide(name, redaction, |part, found| {
                finder.find(part, signals, found);
            }),
            _ if self.is_named(at, rule) => chunks.hide_all(name, redaction),
            What::Pair(regex) => chunks.hide(name, redaction, |part, found| {
                found.extend(regex.is_match(part).then_some(0..part.len()));
            }),
            What::Password => chunks.hide(name, redaction, |part, found| {
                let hit = self.rules.passwords.rule_in(part);
                found.extend(hit.map(|_| 0..part.len()));
            }),
        }
    }

    /// Whether a rule about names is about this one.
    fn is_named(&self, at: &Place<'_>, rule: &Rule) -> bool {
        let Some(name) = at.name() else { return false };
        match &rule.what {
            What::Part(_) => false,
            What::Pair(regex) => regex.is_match(name),
            What::Password => self.rules.passwords.rule_for(name).is_some(),
        }
    }

    /// Hides what looks like a secret.
    fn patterns<'t>(&self, care: Care, signals: Signals, chunks: &mut Chunks<'t>)
    where
        's: 't,
    {
        let rules = self.rules;
        for rule in rules.defaults.of(care) {
            let What::Part(finder) = &rule.what else {
                continue;
            };
            chunks.hide(&rule.name, &rule.redaction, |part, found| {
                let is_worth = !matches!(finder, Finder::Assignment)
                    || rules.passwords.rule_in(part).is_some();
                if is_worth {
                    finder.find(part, signals, found);
                }
            });
        }
    }

    /// Words of secrets hide the text that has them, or, of pairs, the values.
    fn words<'t>(&self, at: &Place<'_>, chunks: &mut Chunks<'t>)
    where
        's: 't,
    {
        let names = &self.rules.names;
        let filtered = &self.rules.filtered;
        if self.rules.has_defaults && at.name().is_some_and(is_cookie_text) {
            chunks.hide(COOKIE_RULE, filtered, |part, found| {
                found.extend(cookies(part, names));
            });
            return;
        }
        let Some(rule) = names.rule_in(chunks.text()) else {
            return;
        };
        chunks.hide(rule, filtered, |part, found| {
            match values_of_pairs(part, names) {
                Some(values) => found.extend(values),
                None => found.extend(names.rule_in(part).map(|_| 0..part.len())),
            }
        });
    }

    /// A text that is JSON itself is scrubbed by the names inside.
    fn json(&mut self, at: &Place<'_>, text: &str) -> Option<Left> {
        let is_json = text.trim_start().starts_with(['{', '[']);
        if !is_json || self.nested == NESTED_MAX || self.rules.names.rule_in(text).is_none() {
            return None;
        }
        let mut value: Value = serde_json::from_str(text).ok()?;
        let before = self.changes;
        self.nested += 1;
        match &mut value {
            Value::Array(list) => self.list(at, list),
            Value::Object(map) => self.entries(at, map),
            _ => {}
        }
        self.nested -= 1;
        if self.changes == before {
            return Some(Left::Same);
        }
        Some(Left::Text(value.to_string(), String::new()))
    }

    fn is_safe(&self, at: &Place<'_>) -> bool {
        let safe = &self.rules.safe_fields;
        !safe.is_empty()
            && at
                .name()
                .is_some_and(|name| safe.iter().any(|field| field.eq_ignore_ascii_case(name)))
    }

    /// Hides what is a secret in the name of an entry.
    pub(super) fn name(&mut self, at: &Place<'_>, name: &mut String) {
        if !may_be_secret(name) {
            return;
        }
        let signals = Signals::of(name);
        let mut chunks = Chunks::new(name);
        for rule in self.rules.defaults.of_names() {
            if let What::Part(finder) = &rule.what {
                chunks.hide(&rule.name, &rule.redaction, |part, found| {
                    finder.find(part, signals, found);
                });
            }
        }
        if let Left::Text(left, reason) = chunks.finish() {
            *name = left;
            self.remark(at, &format!("a name: {reason}"));
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

/// Whether it is worth a search for secrets in a name.
fn may_be_secret(name: &str) -> bool {
    name.len() >= NAME_BYTES_MIN && {
        let signals = Signals::of(name);
        signals.has(class::DIGIT, 9)
            || signals.has(class::COLON | class::AT, 0)
            || signals.has(class::DASH, 0) && name.contains("-----")
            || has_capital_bearer(name, signals)
            || has_small_bearer(name)
    }
}

/// Adds what a further look at a text did.
fn also(reason: &mut String, more: &str) {
    let more = more.strip_prefix("hidden ").unwrap_or(more);
    if reason.is_empty() || more.is_empty() {
        reason.push_str(more);
    } else if !reason.contains(more) {
        reason.push_str("; then ");
        reason.push_str(more);
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
