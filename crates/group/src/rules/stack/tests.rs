//! The language, what its actions do, and what the built-in rules say.

use watchpost_model::{Exception, Frame, Mechanism};

use super::apply::Candidates;
use super::{BASE, Stack, StackRules, apply};
use crate::rules::scene::Scene;

fn rules(text: &str) -> StackRules {
    let (rules, faults) = StackRules::parse(text);
    assert_eq!(faults, [], "{text}");
    rules
}

/// `function` or `function path`.
fn frame(text: &str) -> Frame {
    let (function, path) = text.split_once(' ').unwrap_or((text, ""));
    let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    Frame {
        function: some(function),
        abs_path: some(path),
        ..Frame::default()
    }
}

fn frames(texts: &[&str]) -> Vec<Frame> {
    texts.iter().map(|text| frame(text)).collect()
}

/// `+` in-app, `-` not; then `g` when a rule lets it count, `x` when one does not; the category.
fn marks(stack: &Stack<'_>) -> String {
    let words = stack.frames.iter().map(|frame| {
        let app = if frame.in_app { "+" } else { "-" };
        let group = match frame.group {
            Some((true, _)) => "g",
            Some((false, _)) => "x",
            None => "",
        };
        format!("{app}{group}{}", frame.category.unwrap_or_default())
    });
    words.collect::<Vec<_>>().join(" ")
}

fn check(text: &str, frames_of: &[&str], expect: &str) {
    let rules = rules(text);
    let frames = frames(frames_of);
    let stack = apply(&[&rules], &frames, None, "native");
    assert_eq!(marks(&stack), expect, "{text}");
}

/// Frames are found by literals before they are compared: the last letter of a Greek word, too.
#[test]
fn greek_functions_are_found() {
    let name = "\u{39b}\u{391}\u{398}\u{39f}\u{3a3}";
    check(&format!("function:{name} -group"), &[name, "x"], "+x +");
}

#[test]
fn the_example_of_the_page() {
    check(
        "path:**/node_modules/**  -app\nfunction:reportError  ^-group -group",
        &[
            "main src/app.js",
            "handler node_modules/x.js",
            "reportError src/log.js",
            "format src/log.js",
        ],
        "+ - +x +x",
    );
}

#[test]
fn actions_and_ranges() {
    let abc = ["a", "b", "c"];
    check("function:b -app", &abc, "+ - +");
    check("function:b ^-app", &abc, "+ + -");
    check("function:b v-app", &abc, "- + +");
    check("function:b ^-app v-group +group", &abc, "+x +g -");
    check("function:b -app\nfunction:b +app", &abc, "+ + +");
    check("function:* -app\napp:no +app", &abc, "+ + +");
    check("function:a category=x\ncategory:x -app", &abc, "-x + +");
    check(
        "function:a category=x\nfunction:a category=y\ncategory:x -app",
        &abc,
        "+y + +",
    );
    check("!function:b -app", &abc, "- + -");
    check("function:{a,c} ^-group", &abc, "+ +x +x");
    check("function:{a,c} v-group", &abc, "+x +x +");
    // A rule looks at all frames before it changes one.
    check("app:yes ^-app", &abc, "+ - -");
    // What counts is decided after all that is about the application.
    check("app:no -group\nfunction:a -app", &abc, "-x + +");
}

#[test]
fn callers_and_callees() {
    let abcb = ["a", "b", "c", "b"];
    check("[function:a] | function:b -app", &abcb, "+ - + +");
    check("function:b | [function:c] -app", &abcb, "+ - + +");
    check("[function:c]|function:b -app", &abcb, "+ + + -");
    check("function:b | [function:*] -app", &abcb, "+ - + +");
    check("[!function:a] | function:b -app", &abcb, "+ + + -");
}

#[test]
fn what_is_about_the_stack() {
    let all = rules("function:a max-frames=3 min-frames=2 invert-stacktrace=yes +split");
    let stack = apply(&[&all], &frames(&["b", "a"]), None, "native");
    assert_eq!(stack.frames_max.map(|(count, _)| count), Some(3));
    assert_eq!(stack.frames_min.map(|(count, _)| count), Some(2));
    assert!(stack.is_inverted && stack.is_split);
    let stack = apply(&[&all], &frames(&["a", "b"]), None, "native");
    assert!(
        !stack.is_split,
        "only for the last frame of the application"
    );
    let stack = apply(&[&all], &frames(&["b"]), None, "native");
    assert_eq!((stack.frames_max, stack.is_inverted), (None, false));
}

#[test]
fn matchers_look_at_all_there_is() {
    let exception = Exception {
        kind: Some("Boom".to_owned()),
        value: Some("Order 7 FAILED".to_owned()),
        mechanism: Some(Mechanism {
            kind: "generic".to_owned(),
            ..Mechanism::default()
        }),
        ..Exception::default()
    };
    let mut frame = frame("pay /srv/App/pay.rs");
    frame.module = Some("shop.Pay".to_owned());
    frame.package = Some("/usr/lib/libshop.so".to_owned());
    frame.filename = Some(r"src\pay.rs".to_owned());
    let all = [frame];
    let fits = |text: &str| {
        let rules = rules(&format!("{text} -app"));
        !apply(&[&rules], &all, Some(&exception), "native").frames[0].in_app
    };
    for text in [
        "function:p*y",
        "stack.function:pay",
        "module:shop.*",
        "stack.module:shop.Pay",
        "path:**/app/*.rs",
        "path:src/pay.rs",
        "stack.abs_path:/srv/**",
        "package:libshop.so",
        "stack.package:/usr/lib/**",
        "family:native",
        "family:native,javascript",
        "family:all",
        "app:yes",
        "stack.app:1",
        "error.type:Boom",
        "type:B*",
        "error.value:\"order * failed\"",
        "value:\"*FAILED\"",
        "error.mechanism:generic",
        "mechanism:gen*",
    ] {
        assert!(fits(text), "{text}");
        assert!(!fits(&format!("!{text}")), "!{text}");
    }
    for text in [
        "function:Pay",
        "module:Shop.*",
        "path:pay",
        "family:other",
        "app:no",
        "type:boom",
    ] {
        assert!(!fits(text), "{text}");
    }
}

#[test]
fn a_frame_may_be_of_another_platform() {
    let mut own = frame("f");
    own.other.insert("platform".to_owned(), "javascript".into());
    let rules = rules("family:javascript -app");
    let stack = apply(&[&rules], &[own, frame("f")], None, "native");
    assert_eq!(marks(&stack), "- +");
}

#[test]
fn lines_that_are_wrong_say_why_and_the_others_are_in_force() {
    let text = "# a comment\n\nfunction:a -app # why\nnonsense -app\nfunction:a\nlines:a -app\n\
                function:a -ap\nfunction:a max-frames=x\n[function:a] -app\nfunction:a | -app\n\
                function:[a -app\n-app\nfamily:native function:\"b -app\napp:maybe -app\n\
                function: -app";
    let (rules, faults) = StackRules::parse(text);
    let told: Vec<(usize, &str)> = faults.iter().map(|it| (it.line, &*it.message)).collect();
    let expect = [
        (4, "`nonsense` is no matcher"),
        (5, "what to do is missing"),
        (6, "`lines` cannot be matched"),
        (7, "`-ap` is no action"),
        (8, "`x` is no number"),
        (9, "after `[caller]` comes `|`"),
        (10, "after `|` comes `[callee]`"),
        (11, "`[` is never closed"),
        (12, "a rule begins with a matcher"),
        (13, "has no second one"),
        (14, "`maybe` is neither"),
        (15, "a pattern is missing"),
    ];
    assert_eq!(told.len(), expect.len(), "{told:#?}");
    for ((line, message), (expect_line, part)) in told.iter().zip(expect) {
        assert!(
            *line == expect_line && message.contains(part),
            "{line} {message}"
        );
    }
    let stack = apply(&[&rules], &frames(&["a"]), None, "native");
    assert_eq!(marks(&stack), "-");
    assert_eq!(stack.matched[0].line, 3);
    let many = "function:a -app\n".repeat(1_500);
    let (_, faults) = StackRules::parse(&many);
    assert_eq!((faults.len(), faults[0].line), (1, 1_001));
    let heavy = format!("function:{}{} -app\n", "{a,b}".repeat(6), "x".repeat(200));
    let (_, faults) = StackRules::parse(&heavy.repeat(10));
    assert!(faults[0].line == 8 && faults[0].message.contains("too long altogether"));
}

/// The category that the built-in rules give, and whether the frame is the application's.
fn check_base(platform: &str, frame: &Frame, category: &str, in_app: bool) {
    let stack = apply(&[&BASE], std::slice::from_ref(frame), None, platform);
    let got = stack.frames[0];
    let found = (got.category.unwrap_or_default(), got.in_app);
    assert_eq!(found, (category, in_app), "{platform} {frame:?}");
}

#[test]
fn the_built_in_rules_are_all_understood() {
    let (rules, faults) = StackRules::parse(include_str!("base.txt"));
    assert_eq!(faults, []);
    assert!(!rules.is_empty() && rules.finder.is_some());
}

/// Platform, path, category, and `+` for the application's own.
const BY_PATH: &str = "
node /srv/node_modules/x/y.js -
node /srv/node_modules/express/lib/router.js framework
node node:internal/process/task_queues system
javascript https://cdnjs.cloudflare.com/x/y.js -
javascript https://shop.example/app.js +
javascript /x/node_modules/@babel/runtime/helpers/a.js internals
javascript /x/node_modules/tslib/tslib.js internals
node /x/node_modules/winston/lib/logger.js logging
python /v/lib/python3.11/site-packages/flask/app.py framework
python /usr/lib/python3/dist-packages/six.py std
python /usr/lib/python3.11/logging/__init__.py logging
python /srv/shop/views.py +
php /srv/vendor/laravel/framework/x.php framework
php /srv/vendor/monolog/monolog/src/Logger.php logging
go /go/pkg/mod/github.com/x/y.go -
other /home/jo/.pub-cache/hosted/x.dart -
ruby /var/lib/gems/2.7/gems/rack-2.2/lib/rack.rb framework
rust /rustc/5980/library/core/src/option.rs std
rust /home/jo/.cargo/registry/src/x/lib.rs -
";

#[test]
fn built_in_rules_by_path() {
    for line in BY_PATH.trim().lines() {
        let [platform, path, category] = line.split(' ').collect::<Vec<_>>()[..] else {
            panic!("{line}");
        };
        let in_app = category == "+";
        let category = category.trim_matches(['-', '+']);
        check_base(platform, &frame(&format!("f {path}")), category, in_app);
    }
}

#[test]
fn built_in_rules_by_module_function_and_package() {
    for (platform, module, category) in [
        ("java", "java.util.ArrayList", "std"),
        ("java", "kotlin.collections.CollectionsKt", "std"),
        ("java", "org.springframework.web.Filter", "framework"),
        ("java", "akka.actor.ActorCell", "framework"),
        ("java", "akka.event.Logging", "logging"),
        ("java", "ch.qos.logback.classic.Logger", "logging"),
        ("java", "org.slf4j.impl.X", "logging"),
        ("csharp", "System.Threading.Tasks.Task", "std"),
        ("csharp", "Serilog.Core.Logger", "logging"),
        ("go", "github.com/sirupsen/logrus", "logging"),
    ] {
        let frame = Frame {
            module: Some(module.to_owned()),
            ..frame("f")
        };
        check_base(platform, &frame, category, false);
    }
    for (function, category, in_app) in [
        ("std::vec::Vec::push", "std", false),
        ("core::panicking::panic_fmt", "throw", false),
        ("__cxa_throw", "throw", false),
        ("start_thread", "threadbase", true),
        ("_sigtramp", "handler", true),
        ("malloc", "malloc", false),
        ("objc_msgSend", "internals", false),
        ("tracing::event", "logging", false),
        ("shop::pay", "", true),
    ] {
        check_base("native", &frame(function), category, in_app);
    }
    for (package, category) in [
        ("/usr/lib/libc.so.6", "system"),
        ("/System/Library/Frameworks/UIKit.framework/UIKit", "ui"),
        (r"C:\Windows\System32\ntdll.dll", "system"),
        ("libGLESv2.so", "gl"),
        ("nvoglv64.dll", "driver"),
        ("vcruntime140.dll", "std"),
    ] {
        let frame = Frame {
            package: Some(package.to_owned()),
            ..frame("f")
        };
        check_base("native", &frame, category, false);
    }
}

/// Twice the frames cost twice the looks, whatever the rules say (W32): each rule is one sweep.
#[test]
fn marks_of_long_stacks_are_those_of_short_ones() {
    let rules = rules("function:{a,b,*} ^-app v-group\nmodule:*a*a*a*a*a*b +app");
    let mut frame = frame("a");
    frame.module = Some("a".repeat(256));
    let all = vec![frame; 20_000];
    let stack = apply(&[&rules], &all, None, "native");
    assert!(stack.frames[0].in_app && !stack.frames[19_999].in_app);
    assert_eq!(stack.frames[19_999].group, None);
    assert_eq!(stack.matched.len(), 1);
}

/// Literals within each other all end at the same letters.
#[test]
fn i30_frames_are_found_once_by_any_number_of_literals() {
    let rule = |len| format!("function:*{} -app\n", "a".repeat(len));
    let nested: Vec<String> = (3..250).map(rule).collect();
    for text in [nested.concat(), "function:*aaa*b -app\n".repeat(1_000)] {
        let (rules, faults) = StackRules::parse(&text);
        assert_eq!(faults, []);
        let frames = frames(&["a".repeat(500).as_str(), "xaaa", "aa"]);
        let scene = Scene::of(&frames, "native");
        let finder = rules.finder.as_ref().unwrap();
        assert_eq!(finder.patterns_len(), 1);
        let candidates = Candidates::of(&rules, &scene);
        assert_eq!(candidates.pairs.len(), 2 * rules.rules.len());
    }
    check(
        "function:*aaaa -app\nfunction:aaa -group",
        &["aaaa", "aaa"],
        "- +x",
    );
}

/// Rules that were saved when more was allowed go on, and the next change is refused.
#[test]
fn i30_rules_that_cost_too_much_are_told_once_and_stay_in_force() {
    let text = "function:a? -app\n".repeat(126);
    let (rules, faults) = StackRules::parse(&text);
    let told: Vec<String> = faults.iter().map(ToString::to_string).collect();
    let expect = "line 126: from here on the patterns are too costly: together they cost 2016, and \
                  at most 2000 is allowed, because every event is held against each of them.";
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(told[0].starts_with(expect), "{told:?}");
    assert_eq!(rules.rules.len(), 126);
    let stack = apply(&[&rules], &frames(&["ab"]), None, "native");
    assert_eq!(marks(&stack), "-");
}
