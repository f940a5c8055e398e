//! What the worst rules cost that may be saved, a text of each kind, for each frame of a stack.
//! An event of 250 frames and 64 KB takes 5 million instructions without them, 20,000 for each.

use watchpost_model::{Event, EventId, Exception, Frame, Stacktrace, Timestamp};

use super::cost;
use super::fingerprint::FingerprintRules;
use super::ownership::OwnerRules;
use super::stack::{StackRules, apply};

/// Frames that are looked at: more cost as much more.
const FRAME_COUNT: usize = 10;
/// For each frame 13 times of what it takes without the rules. A step is about an instruction.
const STEPS_MAX: usize = FRAME_COUNT * 260_000;

/// Other names of 12 and paths of 50 characters in every frame: nothing is asked twice.
fn deep() -> Event {
    let frame = |number: usize| Frame {
        function: Some(format!("{number:a>12}")),
        abs_path: Some(format!("/{number:a>49}")),
        in_app: Some(true),
        ..Frame::default()
    };
    let mut event = Event::empty(EventId(1), Timestamp::default());
    event.exceptions.push(Exception {
        stacktrace: Some(Stacktrace {
            frames: (0..FRAME_COUNT).map(frame).collect(),
            ..Stacktrace::default()
        }),
        ..Exception::default()
    });
    event
}

/// As many of a line as may be saved in one text.
fn most(line: &str, is_fine: impl Fn(&str) -> bool) -> String {
    let of = |count: usize| format!("{line}\n").repeat(count);
    let room = 64 * 1024 / (line.len() + 1);
    let mut least = 1;
    while least * 2 <= room && is_fine(&of(least * 2)) {
        least *= 2;
    }
    let mut beyond = (least * 2).min(room + 1);
    while least + 1 < beyond {
        let count = usize::midpoint(least, beyond);
        if is_fine(&of(count)) {
            least = count;
        } else {
            beyond = count;
        }
    }
    assert!(is_fine(&of(least)), "{line}");
    of(least)
}

/// Patterns of a path that cost as much as they can, each in its way.
fn patterns() -> Vec<String> {
    vec![
        format!("/{}b", "?*".repeat(30)),
        format!("**{}b", "?".repeat(200)),
        format!("{{{}}}", vec!["**aaab"; 40].join(",")),
        format!("{{{}}}", vec!["a?b"; 20].join(",")),
        "*a*a*b".to_owned(),
        "**a**b**".to_owned(),
        "**aaa**".to_owned(),
        "?".to_owned(),
    ]
}

fn check(line: &str, steps: usize) {
    assert!(steps <= STEPS_MAX, "{line}: {steps} steps");
}

#[test]
fn i30_the_worst_stack_rules_have_a_bounded_cost() {
    let event = deep();
    let caught = &event.exceptions[0];
    let frames = &caught.stacktrace.as_ref().unwrap().frames;
    let cost_of = |line: &str| {
        let text = most(line, |text| StackRules::parse(text).1.is_empty());
        let (rules, _) = StackRules::parse(&text);
        let steps = cost::of(|| drop(apply(&[&rules], frames, Some(caught), "native")));
        check(line, steps);
        steps
    };
    for pattern in patterns() {
        cost_of(&format!("path:{pattern} -app"));
        cost_of(&format!("!path:{pattern} -app -group"));
        cost_of(&format!("!path:{pattern} app:yes +app -group"));
        cost_of(&format!("function:{pattern} -app"));
        cost_of(&format!(
            "[path:{pattern}] | function:a* | [path:{pattern}] -app"
        ));
        cost_of(&format!("function:a* path:{pattern} -app category=x"));
    }
    // The bound is not far above what is dear.
    assert!(cost_of("!path:x app:yes +app -group") > STEPS_MAX / 2);
}

#[test]
fn i30_the_worst_fingerprint_rules_have_a_bounded_cost() {
    let event = deep();
    for pattern in patterns() {
        for subject in ["path", "function", "!path", "function:a* path", "message"] {
            let line = format!("{subject}:{pattern} -> x");
            let text = most(&line, |text| FingerprintRules::parse(text).1.is_empty());
            let (rules, _) = FingerprintRules::parse(&text);
            check(
                &line,
                cost::of(|| {
                    rules.find(&event);
                }),
            );
        }
    }
}

#[test]
fn i30_the_worst_ownership_rules_have_a_bounded_cost() {
    let event = deep();
    for pattern in patterns() {
        let line = format!("path:{pattern} #a");
        let text = most(&line, |text| OwnerRules::new(text, "").1.rules.is_empty());
        let (rules, _) = OwnerRules::new(&text, "");
        check(&line, cost::of(|| drop(rules.of(&event))));
    }
}
