//! Reads Sentry's advanced rules: `{"rules": {name: rule}, "applications": {selector: [name]}}`.
//! What cannot be understood is a fault with its line; the rest is in force.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use regex::{Regex, RegexBuilder};
use serde::Deserialize;
use serde_json::{Map, Value};
use watchpost_model::RuleFault;

use super::find::Finder;
use super::redact::Redaction;
use super::rule::{Rule, What, built_in_rules};
use super::selector::Selector;
use crate::limits::{
    ADVANCED_BYTES_MAX, APPLIED_RULES_MAX, PATTERN_BYTES_MAX, REGEX_BYTES_MAX, RULE_DEPTH_MAX,
    RULES_MAX, SELECTOR_RULES_MAX, SELECTORS_MAX,
};

/// Rules, and the values that they are for.
#[derive(Clone, Debug)]
pub(super) struct Application {
    pub(super) selector: Selector,
    pub(super) rules: Vec<Rule>,
}

#[derive(Deserialize)]
struct RuleSpec {
    #[serde(flatten)]
    kind: Kind,
    redaction: Option<Redaction>,
}

#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Kind {
    Anything,
    Pattern {
        pattern: String,
        #[serde(rename = "replaceGroups")]
        groups: Option<Vec<usize>>,
    },
    Imei,
    Mac,
    Uuid,
    Email,
    Ip,
    Creditcard,
    Iban,
    Userpath,
    Pemkey,
    UrlAuth,
    UsSsn,
    Bearer,
    Password,
    Cookies,
    #[serde(alias = "redactPair")]
    RedactPair {
        #[serde(rename = "keyPattern")]
        pattern: String,
    },
    Multiple {
        rules: Vec<String>,
        #[serde(rename = "hideInner", default)]
        hide_inner: bool,
    },
    Alias {
        rule: String,
        #[serde(rename = "hideInner", default)]
        hide_inner: bool,
    },
}

/// Reads the rules of a project; an empty text has none.
pub(super) fn applications(text: &str) -> (Vec<Application>, Vec<RuleFault>) {
    if text.trim().is_empty() {
        return (Vec::new(), Vec::new());
    }
    let mut reader = Reader {
        text,
        rules: Map::new(),
        resolved: HashMap::new(),
        applied: 0,
        faults: Vec::new(),
    };
    let applications = reader.read();
    (applications, reader.faults)
}

struct Reader<'t> {
    text: &'t str,
    rules: Map<String, Value>,
    /// What each name stands for, as far as it was asked for.
    resolved: HashMap<String, Result<Rc<Resolved>, String>>,
    /// Rules so far, once for each selector that has them.
    applied: usize,
    faults: Vec<RuleFault>,
}

/// What a name stands for.
#[derive(Default)]
struct Resolved {
    rules: Vec<Rule>,
    /// How many names within each other it takes.
    depth: usize,
}

impl Reader<'_> {
    fn read(&mut self) -> Vec<Application> {
        if self.text.len() > ADVANCED_BYTES_MAX {
            self.fault_at(1, format!("longer than {ADVANCED_BYTES_MAX} bytes"));
            return Vec::new();
        }
        let mut root = match serde_json::from_str::<Value>(self.text) {
            Ok(Value::Object(root)) => root,
            Ok(_) => {
                self.fault_at(
                    1,
                    "expected an object with `rules` and `applications`".into(),
                );
                return Vec::new();
            }
            Err(error) => {
                self.fault_at(error.line(), format!("not JSON: {error}"));
                return Vec::new();
            }
        };
        self.rules = self.section(&mut root, "rules", RULES_MAX);
        let applications = self.section(&mut root, "applications", SELECTORS_MAX);
        for key in root.keys().filter(|key| *key != "vars") {
            let what = format!("`{key}` is not known; there are `rules` and `applications`");
            self.faults.push(fault(self.text, key, what));
        }
        self.check_rules();
        let pairs = applications.into_iter();
        pairs
            .filter_map(|(selector, rules)| self.application(&selector, &rules))
            .collect()
    }

    fn section(
        &mut self,
        root: &mut Map<String, Value>,
        name: &str,
        max: usize,
    ) -> Map<String, Value> {
        match root.remove(name) {
            None | Some(Value::Null) => Map::new(),
            Some(Value::Object(section)) if section.len() <= max => section,
            Some(Value::Object(_)) => {
                self.fault(name, format!("more than {max} `{name}`"));
                Map::new()
            }
            Some(_) => {
                self.fault(name, format!("`{name}` must be an object"));
                Map::new()
            }
        }
    }

    /// A wrong rule is told whether it is used or not.
    fn check_rules(&mut self) {
        let names: Vec<String> = self.rules.keys().cloned().collect();
        for name in names {
            if let Err(what) = self.resolve(&name) {
                self.fault(&name, what);
            }
        }
    }

    fn application(&mut self, text: &str, names: &Value) -> Option<Application> {
        let selector = match Selector::parse(text) {
            Ok(selector) => selector,
            Err(what) => {
                self.fault(text, format!("selector `{}`: {what}", head(text)));
                return None;
            }
        };
        let Some(names) = names.as_array() else {
            self.fault(text, format!("`{}` must have a list of rules", head(text)));
            return None;
        };
        let mut rules = Vec::new();
        let mut seen = HashSet::new();
        let most = SELECTOR_RULES_MAX;
        for name in names.iter().take(most) {
            let Some(name) = name.as_str() else {
                self.fault(text, format!("`{}`: a rule is named by a text", head(text)));
                continue;
            };
            if !seen.insert(name) {
                continue;
            }
            match self.resolve(name) {
                Ok(found) => rules.extend_from_slice(&found.rules),
                // What is wrong with it was told when all rules were read.
                Err(_) if self.rules.contains_key(name) => {}
                Err(what) => self.fault(name, what),
            }
        }
        if names.len() > most || rules.len() > most {
            self.fault(text, format!("more than {most} rules for one selector"));
            rules.truncate(most);
        }
        let left = APPLIED_RULES_MAX.saturating_sub(self.applied);
        if rules.len() > left {
            let what = format!("more than {APPLIED_RULES_MAX} rules for all selectors together");
            self.fault(text, what);
            rules.truncate(left);
        }
        self.applied += rules.len();
        Some(Application { selector, rules })
    }

    /// The rules that `name` stands for. Each name is read once, however often it is used.
    fn resolve(&mut self, name: &str) -> Result<Rc<Resolved>, String> {
        if let Some(known) = self.resolved.get(name) {
            return known.clone();
        }
        // Until it is known, the name stands for itself.
        let itself = Err(too_many(name));
        self.resolved.insert(name.to_owned(), itself);
        let found = self.read_rule(name).map(Rc::new);
        self.resolved.insert(name.to_owned(), found.clone());
        found
    }

    fn read_rule(&mut self, name: &str) -> Result<Resolved, String> {
        if name.starts_with('@') {
            let (rules, depth) = (built_in_rules(name)?, 0);
            return Ok(Resolved { rules, depth });
        }
        let Some(rule) = self.rules.get(name) else {
            return Err(format!("there is no rule `{}` under `rules`", head(name)));
        };
        let told = |what: String| format!("rule `{}`: {what}", head(name));
        let spec = RuleSpec::deserialize(rule).map_err(|error| told(error.to_string()))?;
        let (inner, hide_inner) = match spec.kind {
            Kind::Multiple { rules, hide_inner } => (rules, hide_inner),
            Kind::Alias { rule, hide_inner } => (vec![rule], hide_inner),
            kind => {
                let rule = Rule {
                    name: Cow::Owned(name.to_owned()),
                    what: what(kind).map_err(told)?,
                    redaction: spec.redaction.unwrap_or(Redaction::Remove),
                };
                let (rules, depth) = (vec![rule], 0);
                return Ok(Resolved { rules, depth });
            }
        };
        let mut all = Resolved::default();
        let mut seen = HashSet::new();
        for inner in inner.iter().filter(|name| seen.insert(*name)) {
            let found = self.resolve(inner)?;
            all.depth = all.depth.max(found.depth + 1);
            all.rules.extend_from_slice(&found.rules);
            if all.depth > RULE_DEPTH_MAX || all.rules.len() > SELECTOR_RULES_MAX {
                return Err(too_many(name));
            }
        }
        if hide_inner {
            // What hides the inner rules also decides how.
            for rule in &mut all.rules {
                rule.name = Cow::Owned(name.to_owned());
                if let Some(redaction) = &spec.redaction {
                    rule.redaction.clone_from(redaction);
                }
            }
        }
        Ok(all)
    }

    /// A fault at the line that has `what` as a JSON text.
    fn fault(&mut self, at: &str, message: String) {
        self.faults.push(fault(self.text, at, message));
    }

    fn fault_at(&mut self, line: usize, message: String) {
        self.faults.push(bounded(line, message));
    }
}

/// Parsers repeat what they do not understand, however long it is.
fn bounded(line: usize, message: String) -> RuleFault {
    let message = match crate::text::head(&message, FAULT_BYTES_MAX) {
        whole if whole.len() == message.len() => message,
        start => format!("{start}…"),
    };
    let line = line.max(1);
    RuleFault { line, message }
}

fn too_many(name: &str) -> String {
    format!("`{}` stands for itself, or for too many rules", head(name))
}

fn fault(text: &str, at: &str, message: String) -> RuleFault {
    let quoted = Value::from(at).to_string();
    let before = text.split(&quoted).next().unwrap_or_default();
    let is_there = before.len() < text.len();
    let line = 1 + before.matches('\n').count() * usize::from(is_there);
    bounded(line, message)
}

/// More than this of a fault nobody reads.
const FAULT_BYTES_MAX: usize = 1000;

/// As much of a name as a fault repeats.
fn head(name: &str) -> &str {
    crate::text::head(name, 100)
}

fn what(kind: Kind) -> Result<What, String> {
    let finder = match kind {
        Kind::Pattern { pattern, groups } => Finder::Custom(regex(&pattern)?.into(), groups),
        Kind::RedactPair { pattern } => return Ok(What::Pair(regex(&pattern)?.into())),
        Kind::Password => return Ok(What::Password),
        Kind::Anything => Finder::Anything,
        Kind::Imei => Finder::Imei,
        Kind::Mac => Finder::Mac,
        Kind::Uuid => Finder::Uuid,
        Kind::Email => Finder::Email,
        Kind::Ip => Finder::Ip,
        Kind::Creditcard => Finder::Card,
        Kind::Iban => Finder::Iban,
        Kind::Userpath => Finder::UserPath,
        Kind::Pemkey => Finder::Pem,
        Kind::UrlAuth => Finder::UrlAuth,
        Kind::UsSsn => Finder::Ssn,
        Kind::Bearer => Finder::Bearer,
        Kind::Cookies => Finder::Cookies,
        Kind::Multiple { .. } | Kind::Alias { .. } => return Err("stands for other rules".into()),
    };
    Ok(What::Part(finder))
}

/// Linear in the text, and bounded in memory.
fn regex(pattern: &str) -> Result<Regex, String> {
    if pattern.len() > PATTERN_BYTES_MAX {
        return Err(format!("a pattern of more than {PATTERN_BYTES_MAX} bytes"));
    }
    let built = RegexBuilder::new(pattern)
        .size_limit(REGEX_BYTES_MAX)
        .dfa_size_limit(REGEX_BYTES_MAX)
        .build();
    built.map_err(|error| match error {
        regex::Error::CompiledTooBig(_) => {
            "the pattern is too large; repeat less, or use [a-z] instead of \\w".to_owned()
        }
        error => format!("not a pattern: {error}"),
    })
}
