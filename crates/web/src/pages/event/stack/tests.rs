//! Which frames stand alone, which are open, and what their lines are numbered.

use super::*;

fn frame(function: &str, in_app: Option<bool>) -> Frame {
    Frame {
        function: Some(function.into()),
        context_line: Some("x = 1".into()),
        lineno: Some(10),
        in_app,
        ..Frame::default()
    }
}

fn look(reading: Reading) -> Look<'static> {
    let platform = "python";
    Look { reading, platform }
}

fn stack(frames: Vec<Frame>, reading: Reading) -> String {
    let stack = Stacktrace {
        frames,
        ..Stacktrace::default()
    };
    let one = |view: &FrameView| {
        let open = if view.is_open { "+" } else { "" };
        format!("{open}{}", view.function)
    };
    let rows = Stack::new(&stack, look(reading)).map(|stack| stack.rows);
    let row = |row: &Row| match row {
        Row::One(view) => one(view),
        Row::Folded(views) => format!("({})", views.iter().map(one).collect::<Vec<_>>().join(" ")),
    };
    rows.unwrap_or_default()
        .iter()
        .map(row)
        .collect::<Vec<_>>()
        .join(" ")
}

fn check(frames: &[(&str, Option<bool>)], reading: &str, expect: &str) {
    let reading = Reading::read(reading, "", "");
    let frames = frames.iter().map(|(name, in_app)| frame(name, *in_app));
    assert_eq!(stack(frames.collect(), reading), expect);
}

const APP: Option<bool> = Some(true);
const LIB: Option<bool> = Some(false);

#[test]
fn the_crash_comes_first_and_runs_of_other_frames_fold() {
    let frames = [
        ("main", LIB),
        ("serve", LIB),
        ("view", APP),
        ("call", LIB),
        ("pay", APP),
        ("div", LIB),
    ];
    check(&frames, "app.newest", "div +pay call +view (serve main)");
    check(&frames, "app.oldest", "(main serve) +view call +pay div");
    check(&frames, "all.newest", "div +pay call +view serve main");
    check(&[], "app.newest", "");
}

#[test]
fn where_nobody_said_what_is_ours_all_stand_alone_and_the_crash_is_open() {
    check(&[("a", None), ("b", None), ("c", None)], "", "+c b a");
    check(&[("a", LIB), ("b", LIB), ("c", LIB)], "", "+c b a");
}

#[test]
fn a_deep_recursion_opens_few_frames() {
    let frames = vec![("f", APP); 250];
    let reading = Reading::default();
    let shown = stack(
        frames.iter().map(|(name, app)| frame(name, *app)).collect(),
        reading,
    );
    assert_eq!(shown.matches('+').count(), OPEN_MAX);
    assert!(shown.starts_with("+f +f"), "{shown}");
}

#[test]
fn the_chain_is_shown_from_what_was_caught_to_the_cause() {
    let named = |kind: &str| Exception {
        kind: Some(kind.into()),
        ..Exception::default()
    };
    let links = chain(
        &[named("KeyError"), named("ShopError")],
        look(Reading::default()),
    );
    let shown: Vec<_> = links
        .iter()
        .map(|link| (link.kind.as_str(), link.is_cause))
        .collect();
    assert_eq!(shown, [("ShopError", false), ("KeyError", true)]);
}

#[test]
fn a_reading_is_remembered_and_overruled() {
    let reading = Reading::read("all.oldest", "raw", "");
    assert_eq!(reading.name(), "raw.oldest");
    assert_eq!(Reading::read("", "", "").name(), "app.newest");
    assert_eq!(Reading::read("x.y.z", "q", "r").name(), "app.newest");
}
