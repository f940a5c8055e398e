//! Events in the shape and size of real SDKs, written by us: an invented shop with a backend in
//! Python and a frontend in JavaScript. Texts, values, users and urls differ from event to event,
//! code does not: what a compressor can gain is what it gains in life.

pub(crate) mod code;
pub(crate) mod dice;
mod javascript;
mod python;
mod words;

#[cfg(test)]
mod tests;

use serde_json::{Value, json};

use self::code::Language;
use self::dice::{Dice, mix};

/// How big events are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Payload {
    /// About 5 KB: few frames.
    #[value(name = "5k")]
    Small,
    /// About 20 KB.
    #[value(name = "20k")]
    Medium,
    /// About 64 KB: 32 frames with variables.
    #[value(name = "64k")]
    Large,
    /// 7 of 10 small, 2 medium, 1 large.
    Mix,
}

impl Payload {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Small => "5k",
            Self::Medium => "20k",
            Self::Large => "64k",
            Self::Mix => "mix",
        }
    }

    /// The size of the events of an issue.
    fn size(self, issue: u64) -> Size {
        match (self, issue % 10) {
            (Self::Small, _) | (Self::Mix, 0..=6) => SMALL,
            (Self::Medium, _) | (Self::Mix, 7..=8) => MEDIUM,
            (Self::Large | Self::Mix, _) => LARGE,
        }
    }
}

/// What makes an event as big as it is.
struct Size {
    bytes: usize,
    frames: u64,
    /// Variables of a frame of the program itself.
    vars: usize,
    modules: usize,
}

const SMALL: Size = Size {
    bytes: 5_000,
    frames: 3,
    vars: 2,
    modules: 4,
};
const MEDIUM: Size = Size {
    bytes: 20_000,
    frames: 10,
    vars: 7,
    modules: 40,
};
const LARGE: Size = Size {
    bytes: 64_000,
    frames: 32,
    vars: 7,
    modules: 60,
};

/// Breadcrumbs that SDKs keep by default.
const BREADCRUMB_COUNT_MAX: u64 = 100;
/// What `body` adds to each event.
const ADDED_BYTES: usize = 400;

/// Event `number` of a pool, one of `issues` issues: everything but id, time, user and trace.
pub(crate) fn event(payload: Payload, issues: u64, number: u64) -> (Language, Value) {
    let mut dice = Dice::new(mix(number) ^ 0x6576_656e);
    let issue = number % issues.max(1);
    // Frames decide the issue, so all its events have as many.
    let size = payload.size(issue);
    if issue % 3 == 2 {
        let event = javascript::event(&mut dice, issue, &size);
        (Language::JavaScript, event)
    } else {
        (Language::Python, python::event(&mut dice, issue, &size))
    }
}

/// How many of the frames are the program's own, and not of libraries.
fn own_frames(count: u64) -> u64 {
    count.div_ceil(3).max(2)
}

/// Adds breadcrumbs, and then state of the application, until the event is as big as wanted.
fn fill(
    mut event: Value,
    dice: &mut Dice,
    size: &Size,
    breadcrumb: fn(&mut Dice, u64) -> Value,
) -> Value {
    let mut bytes = event.to_string().len() + ADDED_BYTES;
    let mut crumbs = Vec::new();
    while bytes < size.bytes && (crumbs.len() as u64) < BREADCRUMB_COUNT_MAX {
        let crumb = breadcrumb(dice, crumbs.len() as u64);
        bytes += crumb.to_string().len() + 1;
        crumbs.push(crumb);
    }
    let mut state = serde_json::Map::new();
    while bytes < size.bytes {
        let (name, text) = (dice.hex(6), dice.words(12));
        bytes += name.len() + text.len() + 6;
        state.insert(name, Value::String(text));
    }
    if let Some(fields) = event.as_object_mut() {
        fields.insert("breadcrumbs".to_owned(), json!({"values": crumbs}));
        if let (false, Some(Value::Object(extra))) = (state.is_empty(), fields.get_mut("extra")) {
            extra.insert("state".to_owned(), Value::Object(state));
        }
    }
    event
}

/// The time of a breadcrumb, as seconds since 1970. Which day does not matter to anybody.
fn breadcrumb_time(second: u64, dice: &mut Dice) -> Value {
    json!(
        format!("{}.{:06}", 1_767_225_600 + second, dice.below(1_000_000))
            .parse::<f64>()
            .ok()
    )
}

fn browser(dice: &mut Dice) -> (&'static str, &'static str) {
    let index = dice.below(words::BROWSERS.len());
    words::BROWSERS.get(index).copied().unwrap_or(("", ""))
}
