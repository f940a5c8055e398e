//! Rules as they run, and those that are built in.

use std::borrow::Cow;
use std::sync::Arc;

use regex::Regex;

use super::find::Finder;
use super::redact::{FILTERED, Redaction};

/// What a rule looks for.
#[derive(Clone, Debug)]
pub(super) enum What {
    /// A part of a text.
    Part(Finder),
    /// The value of a field whose name matches, or a text that matches, as a whole.
    Pair(Arc<Regex>),
    /// As `Pair`, for the words of passwords.
    Password,
}

/// One rule, with the name that remarks say.
#[derive(Clone, Debug)]
pub(super) struct Rule {
    pub(super) name: Cow<'static, str>,
    pub(super) what: What,
    pub(super) redaction: Redaction,
}

/// A kind of built-in rule: its name, what it looks for, the word in its place.
#[derive(Clone, Copy)]
struct BuiltIn {
    name: &'static str,
    finder: fn() -> What,
    word: &'static str,
    /// What `@name` without a method does.
    usual: Method,
    /// Whether there is `@name:filter`.
    has_filter: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Method {
    Replace,
    Remove,
    Mask,
    Hash,
    Filter,
}

const METHODS: [(&str, Method); 5] = [
    ("replace", Method::Replace),
    ("remove", Method::Remove),
    ("mask", Method::Mask),
    ("hash", Method::Hash),
    ("filter", Method::Filter),
];

const fn built_in(name: &'static str, finder: fn() -> What, word: &'static str) -> BuiltIn {
    BuiltIn {
        name,
        finder,
        word,
        usual: Method::Replace,
        has_filter: false,
    }
}

const BUILT_IN: [BuiltIn; 14] = [
    filtered(built_in(
        "anything",
        || What::Part(Finder::Anything),
        FILTERED,
    )),
    built_in("ip", || What::Part(Finder::Ip), "[ip]"),
    built_in("email", || What::Part(Finder::Email), "[email]"),
    filtered(built_in(
        "creditcard",
        || What::Part(Finder::Card),
        "[creditcard]",
    )),
    filtered(built_in("iban", || What::Part(Finder::Iban), "[iban]")),
    filtered(built_in("pemkey", || What::Part(Finder::Pem), "[pemkey]")),
    built_in("urlauth", || What::Part(Finder::UrlAuth), "[auth]"),
    filtered(masked(built_in(
        "usssn",
        || What::Part(Finder::Ssn),
        "[us-ssn]",
    ))),
    filtered(built_in(
        "bearer",
        || What::Part(Finder::Bearer),
        "Bearer [token]",
    )),
    built_in("userpath", || What::Part(Finder::UserPath), "[user]"),
    built_in("imei", || What::Part(Finder::Imei), "[imei]"),
    masked(built_in("mac", || What::Part(Finder::Mac), "[mac]")),
    masked(built_in("uuid", || What::Part(Finder::Uuid), "[uuid]")),
    filtered(built_in(
        "cookies",
        || What::Part(Finder::Cookies),
        "[cookies]",
    )),
];

const fn filtered(built_in: BuiltIn) -> BuiltIn {
    BuiltIn {
        has_filter: true,
        ..built_in
    }
}

const fn masked(built_in: BuiltIn) -> BuiltIn {
    BuiltIn {
        usual: Method::Mask,
        ..built_in
    }
}

const PASSWORD: BuiltIn = BuiltIn {
    usual: Method::Remove,
    ..filtered(built_in("password", || What::Password, "[password]"))
};

/// `@urlauth:legacy` hides only the password of a URL.
pub(super) const URL_LEGACY: &str = "@urlauth:legacy";

/// What `@common` and `@common:filter` stand for.
const COMMON: [&str; 8] = [
    "creditcard",
    "iban",
    "pemkey",
    "urlauth",
    "userpath",
    "bearer",
    "password",
    "usssn",
];

/// The rules that `name` (`@ip`, `@ip:mask`, `@common`) stands for; the fault says which there are.
pub(super) fn built_in_rules(name: &str) -> Result<Vec<Rule>, String> {
    let all = || BUILT_IN.iter().chain(std::iter::once(&PASSWORD));
    if name == URL_LEGACY {
        return Ok(vec![url_password()]);
    }
    let body = name.strip_prefix('@').unwrap_or(name);
    let (kind, method) = body
        .split_once(':')
        .map_or((body, None), |(kind, method)| (kind, Some(method)));
    if kind == "common" && matches!(method, None | Some("filter")) {
        return Ok(common(method.is_some()));
    }
    let Some(found) = all().find(|built_in| built_in.name == kind) else {
        let names: Vec<String> = all()
            .map(|built_in| format!("@{}", built_in.name))
            .collect();
        return Err(format!(
            "there is no built-in rule `{name}`; there are @common, {}",
            names.join(", ")
        ));
    };
    let method = match method {
        None => Some(found.usual),
        Some(method) => METHODS
            .iter()
            .find(|(name, _)| *name == method)
            .map(|(_, method)| *method),
    };
    match method.filter(|method| *method != Method::Filter || found.has_filter) {
        Some(method) => Ok(vec![found.rule(name.to_owned(), method)]),
        None => Err(format!(
            "there is no built-in rule `{name}`; there are @{kind}:replace, @{kind}:remove, \
             @{kind}:mask and @{kind}:hash"
        )),
    }
}

fn common(is_filter: bool) -> Vec<Rule> {
    let rules = COMMON.iter().map(|kind| match (*kind, is_filter) {
        ("urlauth", true) => Ok(vec![url_password()]),
        ("userpath", _) | (_, false) => built_in_rules(&format!("@{kind}")),
        (_, true) => built_in_rules(&format!("@{kind}:filter")),
    });
    rules.flat_map(Result::unwrap_or_default).collect()
}

/// Hides the password of URLs, the user stays.
fn url_password() -> Rule {
    Rule {
        name: Cow::Borrowed(URL_LEGACY),
        what: What::Part(Finder::UrlPassword),
        redaction: Redaction::replace(FILTERED),
    }
}

impl BuiltIn {
    fn rule(&self, name: String, method: Method) -> Rule {
        let redaction = match method {
            Method::Replace => Redaction::replace(self.word),
            Method::Filter => Redaction::replace(FILTERED),
            Method::Remove => Redaction::Remove,
            Method::Mask => Redaction::Mask,
            Method::Hash => Redaction::Hash,
        };
        Rule {
            name: Cow::Owned(name),
            what: (self.finder)(),
            redaction,
        }
    }
}
