//! Which frames stand alone, which are open, and what their lines are numbered.

use watchpost_model::Frame;

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
    let source = Source::default();
    Look {
        reading,
        platform,
        source,
        rules: "",
    }
}

fn stack(frames: Vec<Frame>, reading: Reading) -> String {
    let stack = Stacktrace {
        frames,
        ..Stacktrace::default()
    };
    let one = |view: &FrameView| {
        let open = if view.is_open() { "+" } else { "" };
        format!("{open}{}", view.function)
    };
    let rows = Stack::new(&stack, look(reading)).map(|mut stack| {
        stack.turn(reading.order);
        stack.rows
    });
    let row = |row: &Row| match row {
        Row::One(view) => one(view),
        Row::Folded(fold) => {
            let all = fold.frames.iter().map(one).collect::<Vec<_>>();
            format!("({})", all.join(" "))
        }
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

fn labels(names: &[(&str, Option<bool>)]) -> Vec<String> {
    let stack = Stacktrace {
        frames: names
            .iter()
            .rev()
            .map(|(name, app)| frame(name, *app))
            .collect(),
        ..Stacktrace::default()
    };
    let stack = Stack::new(&stack, look(Reading::default())).unwrap();
    let label = |row: &Row| match row {
        Row::One(view) => view.function.clone(),
        Row::Folded(fold) => fold.label.clone(),
    };
    stack.rows.iter().map(label).collect()
}

#[test]
fn what_repeats_itself_folds() {
    let check = |names: &[(&str, Option<bool>)], expect: &[&str]| assert_eq!(labels(names), expect);
    let (a, b, c) = (("a", APP), ("b", APP), ("c", LIB));
    check(&[a; 250], &["a", "The same frame 249 times more"]);
    check(&[a, a], &["a", "a"]);
    let cycle = [a, b, c].repeat(41);
    let rows = ["a", "b", "c", "The same 3 frames 40 times more"];
    check(&cycle, &rows);
    let around = [&[("top", APP)][..], &cycle, &[("main", APP)][..]].concat();
    check(
        &around,
        &[
            "top",
            "a",
            "b",
            "c",
            "The same 3 frames 40 times more",
            "main",
        ],
    );
    check(&[c; 9], &["c", "The same frame 8 times more"]);
    let libraries = [&[a][..], &[c; 9][..]].concat();
    check(&libraries, &["a", "9 library frames"]);
}

fn lazy(count: usize, reading: &str) -> (usize, usize, usize) {
    let frames = (0..count).map(|number| frame(&format!("f{number}"), APP));
    let stack = Stacktrace {
        frames: frames.collect(),
        ..Stacktrace::default()
    };
    let reading = Reading::read(reading, "", "");
    let mut stack = Stack::new(&stack, look(reading)).unwrap();
    ration(&mut [&mut stack], "f", reading);
    let heads = stack
        .rows
        .iter()
        .filter(|row| matches!(row, Row::One(view) if view.is_lazy()));
    let folds = stack
        .rows
        .iter()
        .filter(|row| matches!(row, Row::Folded(fold) if fold.is_lazy));
    (stack.rows.len(), heads.count(), folds.count())
}

#[test]
fn of_a_deep_stack_the_page_has_the_top() {
    assert_eq!(lazy(10, ""), (10, 0, 0));
    assert_eq!(lazy(30, ""), (30, 24, 0));
    assert_eq!(lazy(250, ""), (31, 24, 1));
    assert_eq!(lazy(250, "all.newest"), (250, 0, 0));
}

/// What a page has at once of the source of frames, the crash first: `open`, `there`, `elsewhere`.
fn rationed(frames: &[Frame]) -> Vec<String> {
    let stack = Stacktrace {
        frames: frames.iter().rev().cloned().collect(),
        ..Stacktrace::default()
    };
    let mut stack = Stack::new(&stack, look(Reading::default())).unwrap();
    ration(&mut [&mut stack], "f", Reading::default());
    let rows = stack.rows.iter().flat_map(|row| match row {
        Row::One(view) => vec![view],
        Row::Folded(fold) => fold.frames.iter().collect(),
    });
    let said = |view: &FrameView| match (view.is_open(), view.is_lazy()) {
        (true, false) => format!("{} open", view.function),
        (false, false) => format!("{} there", view.function),
        _ => format!("{} elsewhere", view.function),
    };
    rows.map(said).collect()
}

#[test]
fn source_of_libraries_does_not_push_that_of_the_application_off_the_page() {
    let mut frames = vec![frame("crash", LIB)];
    frames.extend((0..8).map(|number| frame(&format!("lib{number}"), LIB)));
    frames.extend((0..5).map(|number| frame(&format!("app{number}"), APP)));
    let got = rationed(&frames);
    let mut expect = vec!["crash there".to_owned()];
    expect.extend((0..8).map(|number| format!("lib{number} elsewhere")));
    expect.extend((0..5).map(|number| format!("app{number} open")));
    assert_eq!(got, expect);
}

#[test]
fn a_fold_that_is_not_on_the_page_takes_no_source_from_one_that_is() {
    let mut frames = vec![frame("crash", APP)];
    frames.extend(vec![frame("far", LIB); 25]);
    frames.push(frame("main", APP));
    frames.extend(vec![frame("near", LIB); 2]);
    let got = rationed(&frames);
    let expect = [
        vec!["crash open"],
        vec!["far elsewhere"; 25],
        vec!["main open"],
        vec!["near there"; 2],
    ];
    assert_eq!(got, expect.concat());
}

#[test]
fn frames_that_only_look_the_same_do_not_fold() {
    let rows = |field: &dyn Fn(usize, &mut Frame)| {
        let one = |number: usize| {
            let mut frame = frame("f", APP);
            field(number, &mut frame);
            frame
        };
        let stack = Stacktrace {
            frames: (0..4).map(one).collect(),
            ..Stacktrace::default()
        };
        let stack = Stack::new(&stack, look(Reading::default())).unwrap();
        stack.rows.len()
    };
    let address = |at: usize, frame: &mut Frame| {
        let at = serde_json::json!(format!("0x{at}f"));
        frame.other.insert("instruction_addr".into(), at);
    };
    let module = |at: usize, frame: &mut Frame| frame.module = Some(format!("shop.part{at}"));
    assert_eq!(rows(&address), 4);
    assert_eq!(rows(&module), 4);
    assert_eq!(rows(&|_, _| ()), 2);
    assert_eq!(rows(&|_, frame| address(7, frame)), 2);
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
    assert_eq!(reading.name(), "raw.oldest.oldest.clock");
    assert_eq!(Reading::read("", "", "").name(), "app.newest.oldest.clock");
    assert_eq!(
        Reading::read("x.y.z", "q", "r").name(),
        "app.newest.oldest.clock"
    );
    let read = |order| Reading::read("all.oldest.newest.before", "", order).name();
    assert_eq!(read("steps-oldest"), "all.oldest.oldest.before");
    assert_eq!(read("steps-clock"), "all.oldest.newest.clock");
    assert_eq!(read("newest"), "all.newest.newest.before");
}
