//! What happened before, oldest first, with the error itself at the end. Pure.

mod kind;

use serde_json::{Map, Value};
use watchpost_model::{Breadcrumb, Event, Level, Timestamp};

pub(crate) use self::kind::StepKind;
use super::asked::Asked;
use super::code::{Language, Line};
use super::stack::{Reading, StepOrder, StepTimes};
use super::values::{Pair, cut, pretty};
use crate::pages::format::time_of_day;

/// Breadcrumbs that are in view; the older ones are behind a link.
const RECENT_MAX: usize = 20;
const MESSAGE_CHARS_MAX: usize = 1_000;

/// The way to the error.
pub(crate) struct Trail {
    crumbs: Vec<Crumb>,
    pub(crate) reading: Reading,
}

/// One step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Crumb {
    pub(crate) kind: StepKind,
    pub(crate) time: String,
    pub(crate) iso: String,
    pub(crate) category: String,
    pub(crate) message: String,
    /// The message, when it is a statement of SQL.
    pub(crate) sql: Vec<Line>,
    /// The status of an HTTP answer.
    pub(crate) status: Option<u64>,
    pub(crate) level: Level,
    pub(crate) data: Vec<Pair>,
    pub(crate) is_error: bool,
}

/// The steps that are on the page, in the order of reading.
pub(crate) struct Shown<'a> {
    pub(crate) crumbs: Vec<&'a Crumb>,
    /// How many older ones are not.
    pub(crate) older: usize,
    /// How many others there are than those that were asked for.
    pub(crate) others: usize,
}

impl Trail {
    /// `None` when nothing happened before.
    pub(crate) fn new(event: &Event, reading: Reading) -> Option<Self> {
        if event.breadcrumbs.is_empty() {
            return None;
        }
        let time = |at: Timestamp| match reading.times {
            StepTimes::Clock => time_of_day(at),
            StepTimes::Before => before(at, event.timestamp),
        };
        let crumbs = event.breadcrumbs.iter();
        let mut crumbs: Vec<Crumb> = crumbs.map(|crumb| Crumb::new(crumb, time)).collect();
        crumbs.push(Crumb::of_event(event, time(event.timestamp)));
        Some(Self { crumbs, reading })
    }

    /// What an address asks for.
    pub(crate) fn shown(&self, asked: &Asked) -> Shown<'_> {
        let mut crumbs: Vec<&Crumb> = self.crumbs.iter().filter(|it| it.fits(asked)).collect();
        let others = self.crumbs.len() - crumbs.len();
        let recent_max = if asked.all_steps {
            usize::MAX
        } else {
            RECENT_MAX
        };
        let older = crumbs.len().saturating_sub(recent_max);
        crumbs.drain(..older);
        if self.reading.steps == StepOrder::Newest {
            crumbs.reverse();
        }
        Shown {
            crumbs,
            older,
            others,
        }
    }

    /// The kinds of steps that there are.
    pub(crate) fn kinds(&self) -> Vec<StepKind> {
        let is_there = |kind: &StepKind| self.crumbs.iter().any(|it| it.kind == *kind);
        StepKind::ALL.into_iter().filter(is_there).collect()
    }

    /// The levels that there are, the worst first.
    pub(crate) fn levels(&self) -> Vec<String> {
        let mut levels: Vec<Level> = self.crumbs.iter().map(|it| it.level).collect();
        levels.sort_unstable();
        levels.dedup();
        levels.iter().rev().map(Level::to_string).collect()
    }
}

impl Crumb {
    fn new(crumb: &Breadcrumb, time: impl Fn(Timestamp) -> String) -> Self {
        let category = crumb.category.clone().or_else(|| crumb.kind.clone());
        let category = category.unwrap_or_default();
        let kind = StepKind::of(crumb.kind.as_deref().unwrap_or_default(), &category);
        let mut data = crumb.data.clone();
        let mut message = crumb.message.clone().unwrap_or_default();
        let status = match kind {
            StepKind::Http => status(&mut data),
            _ => None,
        };
        if kind == StepKind::Http && message.is_empty() {
            message = asked_for(&mut data);
        }
        let sql = match kind {
            StepKind::Query if !message.is_empty() => vec![Line::of(&message, Language::Sql)],
            _ => Vec::new(),
        };
        let message = pretty(&message).unwrap_or(message);
        Self {
            kind,
            time: crumb.timestamp.map(time).unwrap_or_default(),
            iso: crumb.timestamp.map(|at| at.to_string()).unwrap_or_default(),
            category,
            message: cut(message, MESSAGE_CHARS_MAX),
            sql,
            status,
            level: crumb.level.unwrap_or(Level::Info),
            data: data.iter().map(|(key, value)| fact(key, value)).collect(),
            is_error: false,
        }
    }

    /// The error itself.
    fn of_event(event: &Event, time: String) -> Self {
        let caught = event.exceptions.last();
        let kind = caught.and_then(|caught| caught.kind.clone());
        let value = caught.and_then(|caught| caught.value.clone());
        let text = event
            .message
            .as_ref()
            .map(|message| message.formatted.clone());
        let said = [kind, value.or(text)]
            .into_iter()
            .flatten()
            .collect::<Vec<_>>();
        Self {
            kind: StepKind::Error,
            time,
            iso: event.timestamp.to_string(),
            category: "this event".to_owned(),
            message: cut(said.join(": "), MESSAGE_CHARS_MAX),
            sql: Vec::new(),
            status: None,
            level: event.level,
            data: Vec::new(),
            is_error: true,
        }
    }

    fn fits(&self, asked: &Asked) -> bool {
        let wanted = |text: &str| text.to_lowercase().contains(&asked.text.to_lowercase());
        let in_data = |pair: &Pair| wanted(&pair.key) || wanted(&pair.value);
        (asked.level.is_empty() || asked.level == self.level.to_string())
            && (asked.kind.is_empty() || asked.kind == self.kind.name())
            && (wanted(&self.message) || wanted(&self.category) || self.data.iter().any(in_data))
    }

    /// Which colour the status of an HTTP answer has.
    pub(crate) fn status_tone(&self) -> &'static str {
        match self.status {
            Some(200..=299) => "good",
            Some(400..) => "bad",
            _ => "accent",
        }
    }
}

/// Text that is JSON is laid out like JSON.
fn fact(key: &str, value: &Value) -> Pair {
    match value.as_str().and_then(pretty) {
        Some(text) => Pair::new(key, text),
        None => Pair::of(key, value),
    }
}

/// Takes the status out of the facts, when it is one.
fn status(data: &mut Map<String, Value>) -> Option<u64> {
    let name = ["status_code", "status"]
        .into_iter()
        .find(|name| data.contains_key(*name))?;
    let status = match data.get(name)? {
        Value::String(text) => text.parse().ok(),
        value => value.as_u64(),
    };
    let status = status.filter(|status| (100..=599).contains(status))?;
    data.remove(name);
    Some(status)
}

/// `GET https://shop.example/cart`, out of the facts.
fn asked_for(data: &mut Map<String, Value>) -> String {
    let mut words = Vec::new();
    for name in ["method", "url"] {
        if let Some(Value::String(text)) = data.get(name) {
            words.push(text.clone());
            data.remove(name);
        }
    }
    words.join(" ")
}

/// `3.250 s before`, `now`, or `0.010 s after` where clocks disagree.
fn before(at: Timestamp, error: Timestamp) -> String {
    let micros = error.as_micros().saturating_sub(at.as_micros());
    let millis = micros.unsigned_abs() / 1_000;
    let (minutes, seconds) = (millis / 60_000, millis % 60_000);
    let span = match minutes {
        0 => format!("{}.{:03} s", seconds / 1_000, seconds % 1_000),
        _ => format!("{minutes} min {} s", seconds / 1_000),
    };
    match micros {
        0 => "now".to_owned(),
        1.. => format!("{span} before"),
        _ => format!("{span} after"),
    }
}

#[cfg(test)]
mod tests;
