//! One text: what the project's rules, then the default rules leave of it.

use serde_json::Value;

use super::chunks::{Chunks, Left};
use super::defaults::Sought;
use super::find::{Finder, cookies, values_of_pairs};
use super::names::is_cookie_text;
use super::place::{Care, Place};
use super::redact::Redaction;
use super::rule::{Rule, What};
use super::signals::Signals;
use super::value::{ADDRESS_RULE, COOKIE_RULE};
use super::walk::Walk;
use crate::limits::NESTED_MAX;

/// How often what is left of a text is looked at again.
const PASSES_MAX: usize = 4;

impl<'s> Walk<'s> {
    /// What is left of a text.
    pub(super) fn leaf(&mut self, at: &Place<'_>, text: &str) -> Left {
        if matches!(text, "" | "true" | "false" | "null" | "undefined") {
            return Left::Same;
        }
        let rules = self.rules;
        let signals = Signals::of(text);
        // Without rules of the project that is asked at once, and only once.
        let looks = || self.is_suspect(at, text, signals);
        let is_suspect = rules.applications.is_empty().then(looks);
        if is_suspect == Some(false) {
            return Left::Same;
        }
        let mut chunks = Chunks::new(text);
        for application in &rules.applications {
            if application.selector.selects(at) {
                for rule in &application.rules {
                    self.apply(at, rule, signals, &mut chunks);
                }
            }
        }
        if !chunks.is_touched() && !is_suspect.unwrap_or_else(looks) {
            return Left::Same;
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

    /// Whether any default rule may find something. Nearly no text is.
    #[inline]
    fn is_suspect(&self, at: &Place<'_>, text: &str, signals: Signals) -> bool {
        let has_word = match at.care() {
            Care::Code | Care::Agent | Care::Text => false,
            Care::Line => self.default_rule_for(at).is_some(),
            Care::Open => {
                self.default_rule_for(at).is_some()
                    || self.is_cookie_text(at)
                    || self.rules.names.rule_in(text, signals).is_some()
            }
        };
        let mut sought = self.rules.defaults.of(at.care()).iter();
        has_word
            || sought
                .any(|sought| self.may_find(sought, text, signals) && is_hit(sought, text, signals))
    }

    /// Whether the text is a list of cookies, by its name.
    fn is_cookie_text(&self, at: &Place<'_>) -> bool {
        self.rules.has_defaults && at.name().is_some_and(is_cookie_text)
    }

    /// Whether the search for one of the default secrets is worth it.
    #[inline]
    fn may_find(&self, sought: &Sought, text: &str, signals: Signals) -> bool {
        signals.meet(sought.needs)
            && sought.finder.is_likely(text, signals)
            // The expression for these is large, its words are rare.
            && (!matches!(sought.finder, Finder::Assignment)
                || self.rules.passwords.has_word(text, signals))
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
                && let Some(left) = self.json(at, chunks.text(), signals)
            {
                return left;
            }
            self.words(at, signals, &mut chunks);
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
                let hit = self.rules.passwords.rule_in(part, signals);
                found.extend(hit.map(|_| 0..part.len()));
            }),
        }
    }

    /// Whether a rule about names is about this one.
    pub(super) fn is_named(&self, at: &Place<'_>, rule: &Rule) -> bool {
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
        for sought in rules.defaults.of(care) {
            if self.may_find(sought, chunks.text(), signals) {
                chunks.hide(sought.name, &sought.redaction, |part, found| {
                    sought.finder.find(part, signals, found);
                });
            }
        }
    }

    /// Words of secrets hide the text that has them, or, of pairs, the values.
    fn words<'t>(&self, at: &Place<'_>, signals: Signals, chunks: &mut Chunks<'t>)
    where
        's: 't,
    {
        let names = &self.rules.names;
        let filtered = &self.rules.filtered;
        if self.is_cookie_text(at) {
            chunks.hide(COOKIE_RULE, filtered, |part, found| {
                found.extend(cookies(part, names));
            });
            return;
        }
        let Some(rule) = names.rule_in(chunks.text(), signals) else {
            return;
        };
        chunks.hide(rule, filtered, |part, found| {
            match values_of_pairs(part, names) {
                Some(values) => found.extend(values),
                None => found.extend(names.rule_in(part, signals).map(|_| 0..part.len())),
            }
        });
    }

    /// A text that is JSON itself is scrubbed by the names inside.
    fn json(&mut self, at: &Place<'_>, text: &str, signals: Signals) -> Option<Left> {
        let is_json = text.trim_start().starts_with(['{', '[']);
        if !is_json
            || self.nested == NESTED_MAX
            || self.rules.names.rule_in(text, signals).is_none()
        {
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
}

/// Whether a search finds something. A long text is searched once, not looked through before.
fn is_hit(sought: &Sought, text: &str, signals: Signals) -> bool {
    const BYTES_MAX: usize = 500;
    if text.len() > BYTES_MAX {
        return true;
    }
    let mut found = Vec::new();
    sought.finder.find(text, signals, &mut found);
    !found.is_empty()
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
