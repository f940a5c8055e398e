//! What is hidden before an event is stored: passwords, cards, keys and what a project names.
//!
//! The digest compiles the rules of a project once and runs them on every event, after filters and
//! before grouping. Each change is a remark that says which rule made it, never what was there.

mod chunks;
mod config;
mod defaults;
mod find;
mod names;
mod place;
mod redact;
mod rule;
mod selector;
mod signals;
mod stack;
#[cfg(test)]
mod tests;
mod text;
mod value;
mod walk;

use watchpost_model::{Event, Remark, RuleFault, Scrubbing};

use self::config::Application;
use self::defaults::Defaults;
use self::names::Names;
use self::redact::{FILTERED, Redaction};
use self::walk::Walk;
use crate::contexts;
use crate::limits::{FIELD_BYTES_MAX, FIELDS_MAX};

/// The compiled rules of a project.
#[derive(Debug)]
pub struct Scrubber {
    /// Whether secrets are found without being named.
    has_defaults: bool,
    /// Whether addresses of users are hidden.
    hides_addresses: bool,
    /// The words that hide what has them: those of passwords and the project's own.
    names: Names,
    /// Only those of passwords.
    passwords: Names,
    defaults: Defaults,
    /// What default rules put in the place of a secret.
    filtered: Redaction,
    safe_fields: Vec<String>,
    applications: Vec<Application>,
}

impl Scrubber {
    /// Compiles the rules. Those that cannot be understood are faults; the others are in force.
    pub fn new(scrubbing: &Scrubbing) -> (Self, Vec<RuleFault>) {
        let mut faults = Vec::new();
        let sensitive = fields(&scrubbing.sensitive_fields, &mut faults);
        let safe_fields = fields(&scrubbing.safe_fields, &mut faults);
        let (mut applications, more) = config::applications(&scrubbing.advanced);
        faults.extend(more);
        if !scrubbing.enabled {
            applications.clear();
        }
        let has_defaults = scrubbing.enabled && scrubbing.defaults;
        let sensitive = if scrubbing.enabled {
            sensitive
        } else {
            Vec::new()
        };
        let names = Names::new(has_defaults, &sensitive);
        faults.extend(left_out(&names.left_out, &scrubbing.sensitive_fields));
        let scrubber = Self {
            has_defaults,
            hides_addresses: scrubbing.enabled && scrubbing.ip_addresses,
            names,
            passwords: Names::new(true, &[]),
            defaults: Defaults::new(scrubbing),
            filtered: Redaction::replace(FILTERED),
            safe_fields,
            applications,
        };
        (scrubber, faults)
    }

    /// Hides what the rules find, with a remark for each change, and adds the tags that are made of
    /// the rest.
    ///
    /// Doing it again changes nothing, as long as no rule of the project finds its own words.
    pub fn event(&self, mut event: Event) -> Event {
        let remarks = self.walk(&mut event);
        event.remarks.extend(remarks);
        event
    }

    fn walk(&self, event: &mut Event) -> Vec<Remark> {
        let mut walk = Walk::new(self);
        walk.event(event);
        walk.finish()
    }
}

/// As [`Scrubber::event`], with the remarks beside the event: what a rule does to a real event,
/// before anybody saves it. Tags that were made when it was stored are made anew.
pub fn preview(scrubber: &Scrubber, mut event: Event) -> (Event, Vec<Remark>) {
    contexts::untag(&mut event);
    let remarks = scrubber.walk(&mut event);
    (event, remarks)
}

/// The faults of words that are not in force, at their places in a list.
fn left_out(words: &[String], list: &[String]) -> impl Iterator<Item = RuleFault> {
    words.iter().map(|word| {
        let place = list.iter().position(|field| field.trim() == word);
        RuleFault {
            line: place.unwrap_or_default() + 1,
            message: "this field cannot be looked for: name a shorter part of it".to_owned(),
        }
    })
}

/// The names of a list, without those that are too long.
fn fields(list: &[String], faults: &mut Vec<RuleFault>) -> Vec<String> {
    let mut kept = Vec::new();
    for (index, field) in list.iter().enumerate() {
        let line = index + 1;
        let field = field.trim();
        let message = if field.len() > FIELD_BYTES_MAX {
            format!("a field name has up to {FIELD_BYTES_MAX} bytes: name a shorter part of it")
        } else if kept.len() == FIELDS_MAX {
            format!("up to {FIELDS_MAX} fields")
        } else {
            if !field.is_empty() {
                kept.push(field.to_owned());
            }
            continue;
        };
        faults.push(RuleFault { line, message });
        if kept.len() == FIELDS_MAX {
            break;
        }
    }
    kept
}
