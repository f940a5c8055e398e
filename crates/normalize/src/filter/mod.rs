//! Inbound filters: which events a project counts and throws away. Pure; compiled once when the
//! rules change. Names are Sentry's, so that numbers compare.
//!
//! Called by the digest after the event is whole and before it is scrubbed: filters see addresses.

mod address;
mod browser;
mod crawler;
mod extension;
mod glimpse;
mod glob;
#[cfg(test)]
mod tests;

use std::fmt::Display;
use std::net::IpAddr;

use serde_json::Value;
use watchpost_model::{Event, FilterReason, Filters, Glob, GlobKind, Receipt, RuleFault};

use self::address::Range;
use self::glob::glob;
use crate::limits::FILTER_WEIGHT_MAX;

pub use self::glimpse::glimpse;

/// What filters are called in outcomes, in the order in which they are asked.
pub const FILTER_NAMES: [&str; 8] = [
    SKIP, ADDRESS, RELEASE, LOCALHOST, EXTENSION, BROWSER, CRAWLER, MESSAGE,
];
const SKIP: &str = "skip-sentry";
const ADDRESS: &str = "ip-address";
const RELEASE: &str = "release-version";
const LOCALHOST: &str = "localhost";
const EXTENSION: &str = "browser-extensions";
const BROWSER: &str = "legacy-browsers";
const CRAWLER: &str = "web-crawlers";
const MESSAGE: &str = "error-message";

/// The filters of a project, compiled.
#[derive(Clone, Debug)]
pub struct Filter {
    rules: Filters,
    messages: Vec<(String, Glob)>,
    releases: Vec<(String, Glob)>,
    addresses: Vec<(String, Range)>,
}

impl Filter {
    /// Compiles the filters. What cannot be understood is told and left out.
    pub fn new(filters: &Filters) -> (Self, Vec<RuleFault>) {
        let mut faults = Vec::new();
        let filter = Self {
            messages: patterns(&filters.error_messages, &mut faults),
            releases: patterns(&filters.releases, &mut faults),
            addresses: compile(&filters.ip_addresses, Range::parse, &mut faults),
            rules: filters.clone(),
        };
        for (at, name) in filters.legacy_browsers.iter().enumerate() {
            if !Filters::LEGACY_BROWSERS.contains(&name.as_str()) {
                faults.push(RuleFault {
                    line: at + 1,
                    message: format!(
                        "there is no filter for the browser `{name}`: known are {}",
                        Filters::LEGACY_BROWSERS.join(", ")
                    ),
                });
            }
        }
        (filter, faults)
    }

    /// Why the project does not want this event; `None`: it does.
    pub fn check(&self, event: &Event, receipt: &Receipt) -> Option<FilterReason> {
        let is_on = |switch: bool| switch.then_some(());
        let found = |name: &'static str, pattern: Option<String>| {
            pattern.map(|pattern| FilterReason { name, pattern })
        };
        found(SKIP, skipped(event))
            .or_else(|| found(ADDRESS, self.address(event, receipt)))
            .or_else(|| found(RELEASE, self.release(event)))
            .or_else(|| is_on(self.rules.localhost).and_then(|()| found(LOCALHOST, local(event))))
            .or_else(|| {
                is_on(self.rules.browser_extensions)?;
                found(EXTENSION, extension::cause(event).map(str::to_owned))
            })
            .or_else(|| {
                let names = &self.rules.legacy_browsers;
                is_on(!names.is_empty())?;
                let agent = user_agent(event, receipt);
                found(BROWSER, browser::old(event, agent, names))
            })
            .or_else(|| {
                is_on(self.rules.web_crawlers)?;
                let agent = user_agent(event, receipt)?;
                found(CRAWLER, crawler::of_agent(agent).map(str::to_owned))
            })
            .or_else(|| found(MESSAGE, self.message(event)))
    }

    fn address(&self, event: &Event, receipt: &Receipt) -> Option<String> {
        if self.addresses.is_empty() {
            return None;
        }
        let user = event.user.as_ref();
        let user = user.and_then(|user| user.ip_address.as_deref());
        let both = [receipt.client_ip.as_deref(), user];
        let both: Vec<IpAddr> = both.into_iter().flatten().filter_map(parsed).collect();
        let holds = |range: &Range| both.iter().any(|address| range.holds(*address));
        first(&self.addresses, holds)
    }

    fn release(&self, event: &Event) -> Option<String> {
        if self.releases.is_empty() {
            return None;
        }
        let release = GlobKind::Folded.form(event.release.as_deref()?);
        first(&self.releases, |glob| glob.fits(&release))
    }

    fn message(&self, event: &Event) -> Option<String> {
        if self.messages.is_empty() {
            return None;
        }
        let form = |text: String| GlobKind::Folded.form(&text);
        let texts: Vec<_> = texts(event).map(form).collect();
        first(&self.messages, |glob| {
            texts.iter().any(|text| glob.fits(text))
        })
    }
}

/// Compiles a list of patterns. That they cost too much is told; they may have been saved when that
/// was allowed, so they stay in force, and only whoever saves them heeds faults.
fn patterns(entries: &[String], faults: &mut Vec<RuleFault>) -> Vec<(String, Glob)> {
    let patterns = compile(entries, glob, faults);
    let (mut weight, mut heavy_line) = (0, None);
    // Entries that are no patterns are missing there.
    let mut compiled = patterns.iter().peekable();
    for (at, entry) in entries.iter().enumerate() {
        if let Some((_, glob)) = compiled.next_if(|(own, _)| own == entry) {
            weight += glob.weight();
        }
        if weight > FILTER_WEIGHT_MAX {
            heavy_line = heavy_line.or(Some(at + 1));
        }
    }
    faults.extend(heavy_line.map(|line| RuleFault {
        line,
        message: format!(
            "from here on the patterns are too costly: together they cost {weight}, and at most \
             {FILTER_WEIGHT_MAX} is allowed, because every event is held against each of them. `?` \
             and `[a-z]` make a pattern cost 16, or up to 80 if it is long; write `*` for them, \
             then it costs 1 for each part between two `*`"
        ),
    }));
    patterns
}

/// Compiles the entries of a list. The fault of one names its place in the list.
fn compile<T, E: Display>(
    entries: &[String],
    read: impl Fn(&str) -> Result<T, E>,
    faults: &mut Vec<RuleFault>,
) -> Vec<(String, T)> {
    let mut compiled = Vec::with_capacity(entries.len());
    for (at, entry) in entries.iter().enumerate() {
        match read(entry.trim()) {
            Ok(read) => compiled.push((entry.clone(), read)),
            Err(fault) => faults.push(RuleFault {
                line: at + 1,
                message: format!("`{entry}`: {fault}"),
            }),
        }
    }
    compiled
}

/// The first entry of a list that fits, as it was written.
fn first<T>(entries: &[(String, T)], fits: impl Fn(&T) -> bool) -> Option<String> {
    let (text, _) = entries.iter().find(|(_, entry)| fits(entry))?;
    Some(text.clone())
}

/// What people would call the event: its messages, and `Type: value` of each exception.
fn texts(event: &Event) -> impl Iterator<Item = String> {
    let message = event
        .message
        .iter()
        .map(|message| message.formatted.clone());
    let exceptions = event.exceptions.iter().rev().filter_map(|exception| {
        match (exception.kind.as_deref(), exception.value.as_deref()) {
            (Some(kind), Some(value)) => Some(format!("{kind}: {value}")),
            (kind, value) => kind.or(value).map(str::to_owned),
        }
    });
    exceptions.chain(message)
}

/// Whether the application marked it as not to be reported: the seed's `skip_sentry`, as extra
/// data, as a tag, or on the exception. Clients should not send such events; not all know the mark.
fn skipped(event: &Event) -> Option<String> {
    const MARK: &str = "skip_sentry";
    let is_set = |value: &Value| match value {
        Value::Bool(set) => *set,
        Value::String(text) => is_yes(text),
        Value::Number(number) => number.as_i64() == Some(1),
        _ => false,
    };
    let caught = event.exceptions.last();
    let mechanism = caught.and_then(|caught| caught.mechanism.as_ref());
    let data = mechanism.and_then(|mechanism| mechanism.other.get("data"));
    if event.extra.get(MARK).is_some_and(is_set) {
        return Some("extra.skip_sentry".to_owned());
    }
    if event.tag(MARK).is_some_and(is_yes) {
        return Some("tag skip_sentry".to_owned());
    }
    let on_exception = data.and_then(|data| data.get(MARK)).is_some_and(is_set);
    on_exception.then(|| "skip_sentry of the exception".to_owned())
}

fn is_yes(text: &str) -> bool {
    ["true", "1", "yes"].contains(&text.trim().to_ascii_lowercase().as_str())
}

/// What says that the event is from somebody's own machine.
fn local(event: &Event) -> Option<String> {
    let user = event.user.as_ref();
    let user = user.and_then(|user| user.ip_address.as_deref());
    let request = event.request.as_ref();
    let remote = request.and_then(|request| request.env.get("REMOTE_ADDR")?.as_str());
    let is_own =
        |text: &&str| parsed(text).is_some_and(|address| address.to_canonical().is_loopback());
    if let Some(address) = [user, remote].into_iter().flatten().find(is_own) {
        return Some(address.to_owned());
    }
    let host = host_of(request?.url.as_deref()?)?;
    let is_name = host == "localhost" || host.ends_with(".localhost");
    (is_name || is_own(&host)).then(|| host.to_owned())
}

/// The host of a URL, without port and brackets.
fn host_of(url: &str) -> Option<&str> {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let authority = rest.split(['/', '?', '#']).next()?;
    let host = authority.rsplit('@').next()?;
    match host.strip_prefix('[') {
        Some(six) => six.split(']').next(),
        None => host.split(':').next(),
    }
}

fn parsed(text: &str) -> Option<IpAddr> {
    text.trim().parse().ok()
}

/// What the browser of the user called itself: in the request that the application answered, or,
/// for events that a browser sent itself, in ours.
fn user_agent<'a>(event: &'a Event, receipt: &'a Receipt) -> Option<&'a str> {
    let own = receipt.user_agent.as_deref();
    sent_agent(event).or(own.filter(|_| event.platform == "javascript"))
}

/// As the event says.
fn sent_agent(event: &Event) -> Option<&str> {
    let headers = event.request.iter().flat_map(|request| &request.headers);
    let mut named = headers.filter(|(name, _)| name.eq_ignore_ascii_case("user-agent"));
    named.next().map(|(_, value)| value.as_str())
}
