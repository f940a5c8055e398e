//! Events in the shape and size of real SDKs, written by us: an invented shop with a backend in
//! Python and a frontend in JavaScript. Texts, values, users and urls differ from event to event,
//! code does not: what a compressor can gain is what it gains in life.

pub(crate) mod code;
mod javascript;
mod python;

#[cfg(test)]
mod tests;

use serde_json::{Value, json};
use watchpost_demo::dice::{Dice, mix};
use watchpost_demo::words;

use self::code::Language;

/// How big events are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Payload {
    /// About 5 KB: few frames.
    #[value(name = "5k")]
    Small,
    /// About 20 KB.
    #[value(name = "20k")]
    Medium,
    /// About 64 KB: 44 frames with variables.
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
    /// Breadcrumbs of most events; see [`is_chatty`] for the others.
    breadcrumbs: usize,
}

const SMALL: Size = Size {
    bytes: 5_000,
    frames: 3,
    vars: 2,
    modules: 4,
    breadcrumbs: 12,
};
const MEDIUM: Size = Size {
    bytes: 20_000,
    frames: 12,
    vars: 7,
    modules: 40,
    breadcrumbs: 20,
};
const LARGE: Size = Size {
    bytes: 64_000,
    frames: 44,
    vars: 7,
    modules: 60,
    breadcrumbs: 20,
};

/// Breadcrumbs that SDKs keep by default.
const BREADCRUMB_COUNT_MAX: usize = 100;
/// The name of what is passed on, in each frame.
const PASSED_ON_BYTES: usize = 20;
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
    count.div_ceil(8).max(2)
}

/// Whether the errors of an issue come at the end of long work, with as many breadcrumbs as fit.
fn is_chatty(issue: u64) -> bool {
    issue.is_multiple_of(4)
}

/// Adds breadcrumbs, and then to the variables of every frame what callers pass on to each other
/// (a request, a context of a template), until the event is as big as wanted.
fn fill(
    mut event: Value,
    dice: &mut Dice,
    (issue, size): (u64, &Size),
    breadcrumb: fn(&mut Dice, u64) -> Value,
) -> Value {
    let mut bytes = event.to_string().len() + ADDED_BYTES;
    let mut crumbs = Vec::new();
    let count = if is_chatty(issue) {
        BREADCRUMB_COUNT_MAX
    } else {
        size.breadcrumbs
    };
    while bytes < size.bytes && crumbs.len() < count {
        let crumb = breadcrumb(dice, crumbs.len() as u64);
        bytes += crumb.to_string().len() + 1;
        crumbs.push(crumb);
    }
    if let Some(fields) = event.as_object_mut() {
        fields.insert("breadcrumbs".to_owned(), json!({"values": crumbs}));
    }
    let frames = event.pointer_mut("/exception/values/0/stacktrace/frames");
    if let Some(frames) = frames.and_then(Value::as_array_mut) {
        pass_on(frames, dice, issue, size.bytes.saturating_sub(bytes));
    }
    event
}

/// Shares out `bytes` among the frames, as one value that all of them have.
fn pass_on(frames: &mut [Value], dice: &mut Dice, issue: u64, bytes: usize) {
    let bytes = bytes / frames.len().max(1);
    let mut names = Dice::new(mix(issue) ^ 0x6e61_6d65);
    let mut passed = serde_json::Map::new();
    let mut left = bytes.saturating_sub(PASSED_ON_BYTES);
    while left > 0 {
        let (name, value) = (names.words(2).replace(' ', "_"), python::value(dice));
        left = left.saturating_sub(name.len() + value.to_string().len() + 4);
        passed.insert(name, value);
    }
    if passed.is_empty() {
        return;
    }
    for frame in frames.iter_mut().filter_map(Value::as_object_mut) {
        let vars = frame.entry("vars").or_insert_with(|| json!({}));
        if let Some(vars) = vars.as_object_mut() {
            vars.insert("context".to_owned(), Value::Object(passed.clone()));
        }
    }
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
