//! The patterns that are hidden without a rule of the project, by how careful to be.

use std::borrow::Cow;

use watchpost_model::Scrubbing;

use super::find::Finder;
use super::place::Care;
use super::redact::{FILTERED, Redaction};
use super::rule::{Rule, What, url_password};

/// The rules of each [`Care`].
#[derive(Debug, Default)]
pub(super) struct Defaults {
    open: Vec<Rule>,
    text: Vec<Rule>,
    line: Vec<Rule>,
    code: Vec<Rule>,
    names: Vec<Rule>,
}

impl Defaults {
    /// Of secrets, of addresses of machines, or of both.
    pub(super) fn new(scrubbing: &Scrubbing) -> Self {
        let mut defaults = Self::default();
        if !scrubbing.enabled {
            return defaults;
        }
        if scrubbing.defaults {
            defaults.open = data();
            defaults.names.clone_from(&defaults.open);
            defaults
                .open
                .insert(0, rule("@userpath:replace", Finder::UserPath, "[user]"));
            defaults.code = certain(Finder::BearerInCode);
            // What is assigned goes first: of `token=Bearer x` only half would be seen after.
            defaults.line = vec![assignment()];
            defaults.line.extend(certain(Finder::Bearer));
            defaults.text.clone_from(&defaults.line);
            defaults
                .text
                .push(rule("@email:replace", Finder::Email, "[email]"));
        }
        if scrubbing.ip_addresses {
            let addresses = rule("@ip:replace", Finder::Ip, "[ip]");
            defaults.open.push(addresses.clone());
            defaults.text.push(addresses);
        }
        defaults
    }

    /// The rules for the names of fields, which clients choose as well.
    pub(super) fn of_names(&self) -> &[Rule] {
        &self.names
    }

    pub(super) fn of(&self, care: Care) -> &[Rule] {
        match care {
            Care::Open => &self.open,
            Care::Text => &self.text,
            Care::Line => &self.line,
            Care::Code | Care::Agent => &self.code,
        }
    }
}

/// In data of the application the word says no more than that something was there.
fn data() -> Vec<Rule> {
    vec![
        rule("@creditcard:filter", Finder::Card, FILTERED),
        rule("@iban:filter", Finder::Iban, FILTERED),
        rule("@pemkey:filter", Finder::Pem, FILTERED),
        url_password(),
        rule("@bearer:filter", Finder::Bearer, FILTERED),
        rule("@usssn:filter", Finder::Ssn, FILTERED),
    ]
}

/// What people read as a title says what was there.
fn certain(bearer: Finder) -> Vec<Rule> {
    vec![
        rule("@creditcard:replace", Finder::Card, "[creditcard]"),
        rule("@iban:replace", Finder::Iban, "[iban]"),
        rule("@pemkey:replace", Finder::Pem, "[pemkey]"),
        url_password(),
        rule("@bearer:replace", bearer, "Bearer [token]"),
        rule("@usssn:replace", Finder::Ssn, "[us-ssn]"),
    ]
}

fn assignment() -> Rule {
    rule("@password:filter", Finder::Assignment, FILTERED)
}

fn rule(name: &'static str, finder: Finder, word: &str) -> Rule {
    Rule {
        name: Cow::Borrowed(name),
        what: What::Part(finder),
        redaction: Redaction::replace(word),
    }
}
