//! Whether rules may be saved: within their bounds, and understood. Asked by the pages, the API and
//! the command line, so that all three refuse the same with the same words.

use std::fmt;

use watchpost_group::{Grouper, OwnerRules};
use watchpost_model::{Filters, Grouping, Ownership, RuleFault, Rules, Scrubbing};
use watchpost_normalize::filter::Filter;
use watchpost_normalize::scrub::Scrubber;
use watchpost_store::limits::{RULES_ENTRY_BYTES_MAX, RULES_ENTRY_COUNT_MAX, RULES_TEXT_BYTES_MAX};

/// A part of the rules that people write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Field {
    /// Patterns of messages that are filtered.
    ErrorMessages,
    /// Patterns of releases that are filtered.
    Releases,
    /// Addresses that are filtered.
    IpAddresses,
    /// Browsers that are filtered.
    LegacyBrowsers,
    /// Names of fields that are hidden.
    SensitiveFields,
    /// Names of fields that stay.
    SafeFields,
    /// Rules of scrubbing as JSON.
    Advanced,
    /// Rules that replace fingerprints.
    FingerprintRules,
    /// Rules about frames.
    StackRules,
    /// The version of the algorithm.
    Version,
    /// Who looks after what.
    OwnershipRules,
}

impl Field {
    /// What people call it.
    pub fn label(self) -> &'static str {
        match self {
            Self::ErrorMessages => "Error messages",
            Self::Releases => "Releases",
            Self::IpAddresses => "IP addresses",
            Self::LegacyBrowsers => "Legacy browsers",
            Self::SensitiveFields => "Sensitive fields",
            Self::SafeFields => "Safe fields",
            Self::Advanced => "Advanced rules",
            Self::FingerprintRules => "Fingerprint rules",
            Self::StackRules => "Stack trace rules",
            Self::Version => "Version",
            Self::OwnershipRules => "Ownership rules",
        }
    }
}

/// A fault and where it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldFault {
    /// The part of the rules.
    pub field: Field,
    /// The line in it, what is wrong and what would be right.
    pub fault: RuleFault,
}

impl fmt::Display for FieldFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let label = self.field.label();
        match self.fault.line {
            0 => write!(f, "{label}: {}", self.fault.message),
            _ => write!(f, "{label}, {}", self.fault),
        }
    }
}

/// What a change brings that keeps it from being saved. What is wrong already goes on: it was
/// allowed when it was saved, or it is another's to mend.
pub fn check_change(before: &Rules, after: &Rules) -> Vec<FieldFault> {
    let known = check(before);
    let mut faults = check(after);
    faults.retain(|fault| !known.contains(fault));
    faults
}

/// Everything that is wrong with these rules.
pub fn check(rules: &Rules) -> Vec<FieldFault> {
    let mut faults = Faults::default();
    faults.filters(&rules.filters);
    faults.scrubbing(&rules.scrubbing);
    faults.grouping(&rules.grouping);
    faults.ownership(&rules.ownership);
    faults.0
}

#[derive(Default)]
struct Faults(Vec<FieldFault>);

impl Faults {
    fn add(&mut self, field: Field, faults: Vec<RuleFault>) {
        let found = faults.into_iter().map(|fault| FieldFault { field, fault });
        self.0.extend(found);
    }

    fn filters(&mut self, filters: &Filters) {
        let none = Filters::default;
        let parts = [
            (
                Field::ErrorMessages,
                &filters.error_messages,
                Filters {
                    error_messages: filters.error_messages.clone(),
                    ..none()
                },
            ),
            (
                Field::Releases,
                &filters.releases,
                Filters {
                    releases: filters.releases.clone(),
                    ..none()
                },
            ),
            (
                Field::IpAddresses,
                &filters.ip_addresses,
                Filters {
                    ip_addresses: filters.ip_addresses.clone(),
                    ..none()
                },
            ),
            (
                Field::LegacyBrowsers,
                &filters.legacy_browsers,
                Filters {
                    legacy_browsers: filters.legacy_browsers.clone(),
                    ..none()
                },
            ),
        ];
        for (field, entries, alone) in parts {
            if self.list(field, entries) {
                self.add(field, Filter::new(&alone).1);
            }
        }
    }

    fn scrubbing(&mut self, scrubbing: &Scrubbing) {
        let none = Scrubbing::default;
        let sensitive = Scrubbing {
            sensitive_fields: scrubbing.sensitive_fields.clone(),
            ..none()
        };
        if self.list(Field::SensitiveFields, &scrubbing.sensitive_fields) {
            self.add(Field::SensitiveFields, Scrubber::new(&sensitive).1);
        }
        let safe = Scrubbing {
            safe_fields: scrubbing.safe_fields.clone(),
            ..none()
        };
        if self.list(Field::SafeFields, &scrubbing.safe_fields) {
            self.add(Field::SafeFields, Scrubber::new(&safe).1);
        }
        let advanced = Scrubbing {
            advanced: scrubbing.advanced.clone(),
            ..none()
        };
        if self.text(Field::Advanced, &scrubbing.advanced) {
            self.add(Field::Advanced, Scrubber::new(&advanced).1);
        }
    }

    fn grouping(&mut self, grouping: &Grouping) {
        let none = Grouping::default;
        let fingerprint = Grouping {
            fingerprint_rules: grouping.fingerprint_rules.clone(),
            ..none()
        };
        if self.text(Field::FingerprintRules, &grouping.fingerprint_rules) {
            let faults = without("fingerprint rules: ", Grouper::new(&fingerprint).1);
            self.add(Field::FingerprintRules, faults);
        }
        let stack = Grouping {
            stack_rules: grouping.stack_rules.clone(),
            ..none()
        };
        if self.text(Field::StackRules, &grouping.stack_rules) {
            let faults = without("stack rules: ", Grouper::new(&stack).1);
            self.add(Field::StackRules, faults);
        }
        let version = Grouping {
            version: grouping.version,
            ..none()
        };
        self.add(Field::Version, Grouper::new(&version).1);
    }

    fn ownership(&mut self, ownership: &Ownership) {
        if self.text(Field::OwnershipRules, &ownership.rules) {
            let (_, faults) = OwnerRules::new(&ownership.rules, "");
            self.add(Field::OwnershipRules, faults.rules);
        }
    }

    /// Whether a text of rules is within its bounds.
    fn text(&mut self, field: Field, text: &str) -> bool {
        let bytes = text.len();
        let is_fine = bytes <= RULES_TEXT_BYTES_MAX;
        if !is_fine {
            let message = format!(
                "these rules have {bytes} bytes, and at most {RULES_TEXT_BYTES_MAX} are allowed, \
                 because every event is held against each of them: join some, or drop old ones"
            );
            self.add(field, vec![RuleFault { line: 1, message }]);
        }
        is_fine
    }

    /// Whether a list is within its bounds.
    fn list(&mut self, field: Field, entries: &[String]) -> bool {
        let count = entries.len();
        if count > RULES_ENTRY_COUNT_MAX {
            let message = format!(
                "there are {count} entries, and at most {RULES_ENTRY_COUNT_MAX} are allowed, \
                 because every event is held against each of them: join some with `*`"
            );
            let line = RULES_ENTRY_COUNT_MAX + 1;
            self.add(field, vec![RuleFault { line, message }]);
            return false;
        }
        let long = entries.iter().enumerate().filter_map(|(at, entry)| {
            let bytes = entry.len();
            let message = format!(
                "this entry has {bytes} bytes, and at most {RULES_ENTRY_BYTES_MAX} are allowed: \
                 shorten it with `*`"
            );
            let line = at + 1;
            (bytes > RULES_ENTRY_BYTES_MAX).then_some(RuleFault { line, message })
        });
        let long: Vec<_> = long.collect();
        let is_fine = long.is_empty();
        self.add(field, long);
        is_fine
    }
}

/// Faults that need not say which text they are in: their field does.
fn without(prefix: &str, mut faults: Vec<RuleFault>) -> Vec<RuleFault> {
    for fault in &mut faults {
        if let Some(rest) = fault.message.strip_prefix(prefix) {
            fault.message = rest.to_owned();
        }
    }
    faults
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_answers_only_for_what_it_brings() {
        let mut before = Rules::default();
        before.grouping.stack_rules = "nonsense".to_owned();
        let told = |after: &Rules| {
            let faults = check_change(&before, after);
            faults.iter().map(|fault| fault.field).collect::<Vec<_>>()
        };
        assert_eq!(told(&before), []);
        let mut after = before.clone();
        after.filters.localhost = true;
        assert_eq!(told(&after), []);
        after.grouping.stack_rules = "other nonsense".to_owned();
        after.filters.releases = vec!["[".to_owned()];
        assert_eq!(told(&after), [Field::Releases, Field::StackRules]);
    }

    fn check_filters(change: impl Fn(&mut Filters), expect: &[&str]) {
        let mut rules = Rules::default();
        change(&mut rules.filters);
        let told: Vec<_> = check(&rules).iter().map(ToString::to_string).collect();
        assert_eq!(told.len(), expect.len(), "{told:?}");
        for (told, expect) in told.iter().zip(expect) {
            assert!(told.starts_with(expect), "{told}");
        }
    }

    #[test]
    fn faults_name_their_field_and_line() {
        check_filters(|_| (), &[]);
        check_filters(
            |filters| {
                filters.error_messages = vec!["*fine*".to_owned(), "[".to_owned()];
                filters.ip_addresses = vec!["10.0.0.0/99".to_owned()];
                filters.legacy_browsers = vec!["netscape".to_owned()];
            },
            &[
                "Error messages, line 2: `[`: this `[` is never closed",
                "IP addresses, line 1: `10.0.0.0/99`",
                "Legacy browsers, line 1: there is no filter",
            ],
        );
    }

    #[test]
    fn rules_of_grouping_and_scrubbing_are_named_by_their_field() {
        let mut rules = Rules::default();
        rules.grouping.fingerprint_rules = "error.type:X -> x\nnonsense".to_owned();
        rules.grouping.stack_rules = "nonsense".to_owned();
        rules.grouping.version = Some(99);
        rules.scrubbing.advanced = "{".to_owned();
        rules.ownership.rules = "path:a".to_owned();
        rules.scrubbing.sensitive_fields = vec!["x".repeat(301)];
        let told: Vec<_> = check(&rules).iter().map(ToString::to_string).collect();
        let expect = [
            "Sensitive fields, line 1: this entry has 301 bytes",
            "Advanced rules, line 1: ",
            "Fingerprint rules, line 2: ",
            "Stack trace rules, line 1: ",
            "Version: there is no version 99",
            "Ownership rules, line 1: character 7: nobody",
        ];
        assert_eq!(told.len(), expect.len(), "{told:?}");
        for (told, expect) in told.iter().zip(expect) {
            assert!(told.starts_with(expect), "{told}");
        }
    }

    #[test]
    fn i30_patterns_that_cost_too_much_are_refused_with_the_way_out() {
        let mut rules = Rules::default();
        rules.grouping.fingerprint_rules = "path:src/*.js -> x\n".repeat(126);
        rules.grouping.stack_rules = format!("function:{} -app\n", "?*".repeat(40)).repeat(32);
        rules.ownership.rules = "path:[a-z]* #core\n".repeat(126);
        rules.filters.releases = vec!["1.?.0".to_owned(); 32];
        let told: Vec<_> = check(&rules).iter().map(ToString::to_string).collect();
        let expect = [
            ("Releases, line 32", "cost 512, and at most 500"),
            ("Fingerprint rules, line 126", "cost 2016, and at most 2000"),
            ("Stack trace rules, line 32", "cost 2048, and at most 2000"),
            ("Ownership rules, line 126", "cost 2016, and at most 2000"),
        ];
        assert_eq!(told.len(), expect.len(), "{told:?}");
        for (told, (place, cost)) in told.iter().zip(expect) {
            let is_whole = told.contains("because every event") && told.contains("write `*`");
            assert!(
                told.starts_with(place) && told.contains(cost) && is_whole,
                "{told}"
            );
        }
    }

    #[test]
    fn bounds_are_told_with_their_reason_and_a_way_out() {
        check_filters(
            |filters| filters.releases = vec!["x".to_owned(); RULES_ENTRY_COUNT_MAX + 1],
            &["Releases, line 201: there are 201 entries, and at most 200 are allowed, because"],
        );
        check_filters(
            |filters| filters.releases = vec!["x".to_owned(), "x".repeat(301)],
            &["Releases, line 2: this entry has 301 bytes, and at most 300 are allowed: shorten"],
        );
    }
}
