//! The patterns that are hidden without a rule of the project, by how careful to be.

use watchpost_model::Scrubbing;

use super::find::Finder;
use super::place::Care;
use super::redact::{FILTERED, Redaction};
use super::rule::URL_LEGACY;
use super::signals::Needs;

/// One of the rules. What a text must have is beside it: the walk asks for that at every text.
#[derive(Clone, Debug)]
pub(super) struct Sought {
    pub(super) needs: Needs,
    pub(super) finder: Finder,
    pub(super) name: &'static str,
    pub(super) redaction: Redaction,
}

/// The rules of each [`Care`].
#[derive(Debug, Default)]
pub(super) struct Defaults {
    open: Vec<Sought>,
    text: Vec<Sought>,
    line: Vec<Sought>,
    code: Vec<Sought>,
    names: Vec<Sought>,
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
    pub(super) fn of_names(&self) -> &[Sought] {
        &self.names
    }

    pub(super) fn of(&self, care: Care) -> &[Sought] {
        match care {
            Care::Open => &self.open,
            Care::Text => &self.text,
            Care::Line => &self.line,
            Care::Code | Care::Agent => &self.code,
        }
    }
}

/// In data of the application the word says no more than that something was there.
fn data() -> Vec<Sought> {
    vec![
        rule("@creditcard:filter", Finder::Card, FILTERED),
        rule("@iban:filter", Finder::Iban, FILTERED),
        rule("@pemkey:filter", Finder::Pem, FILTERED),
        rule(URL_LEGACY, Finder::UrlPassword, FILTERED),
        rule("@bearer:filter", Finder::Bearer, FILTERED),
        rule("@usssn:filter", Finder::Ssn, FILTERED),
    ]
}

/// What people read as a title says what was there.
fn certain(bearer: Finder) -> Vec<Sought> {
    vec![
        rule("@creditcard:replace", Finder::Card, "[creditcard]"),
        rule("@iban:replace", Finder::Iban, "[iban]"),
        rule("@pemkey:replace", Finder::Pem, "[pemkey]"),
        rule(URL_LEGACY, Finder::UrlPassword, FILTERED),
        rule("@bearer:replace", bearer, "Bearer [token]"),
        rule("@usssn:replace", Finder::Ssn, "[us-ssn]"),
    ]
}

fn assignment() -> Sought {
    rule("@password:filter", Finder::Assignment, FILTERED)
}

fn rule(name: &'static str, finder: Finder, word: &str) -> Sought {
    Sought {
        needs: finder.needs(),
        finder,
        name,
        redaction: Redaction::replace(word),
    }
}
