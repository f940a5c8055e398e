//! Who owns what, by rules and by files.

use watchpost_model::{Event, EventId, Exception, Frame, Request, Stacktrace, Tag, Timestamp};

use super::*;

fn frame(filename: &str) -> Frame {
    Frame {
        filename: Some(filename.to_owned()),
        in_app: Some(true),
        ..Frame::default()
    }
}

fn event(frames: Vec<Frame>) -> Event {
    let mut event = Event::empty(EventId(1), Timestamp::default());
    event.exceptions.push(Exception {
        stacktrace: Some(Stacktrace {
            frames,
            ..Stacktrace::default()
        }),
        ..Exception::default()
    });
    event
}

fn told(rules: &str, codeowners: &str, event: &Event) -> Vec<String> {
    let (rules, faults) = OwnerRules::new(rules, codeowners);
    assert_eq!(faults, OwnerFaults::default());
    rules.of(event).iter().map(ToString::to_string).collect()
}

/// Whether a rule fits an event with one frame of that file.
fn check(rule: &str, file: &str, expect: bool) {
    let fits = !told(&format!("{rule} #a"), "", &event(vec![frame(file)])).is_empty();
    assert_eq!(fits, expect, "{rule} on {file}");
}

/// The same for a line of a CODEOWNERS file.
fn check_file(pattern: &str, file: &str, expect: bool) {
    let fits = !told("", &format!("{pattern} @a"), &event(vec![frame(file)])).is_empty();
    assert_eq!(fits, expect, "{pattern} on {file}");
}

fn check_fault(rules: &str, expect: &str) {
    let (_, faults) = OwnerRules::new(rules, "");
    let told: Vec<String> = faults.rules.iter().map(ToString::to_string).collect();
    assert!(told.iter().any(|told| told.starts_with(expect)), "{told:?}");
}

fn check_file_fault(text: &str, expect: &str) {
    let (_, faults) = OwnerRules::new("", text);
    let told: Vec<String> = faults.codeowners.iter().map(ToString::to_string).collect();
    assert!(told.iter().any(|told| told.starts_with(expect)), "{told:?}");
}

#[test]
fn files_come_first_and_the_last_match_is_last() {
    let event = event(vec![frame("app/pay/card.py"), frame("app/core/db.py")]);
    let file = "app/ @platform\napp/pay/ @payments\n";
    let rules = "path:app/pay/* #pay #risk\npath:app/core/* #core\n";
    let expect = [
        "app/ #platform",
        "app/pay/ #payments",
        "path:app/pay/* #pay #risk",
        "path:app/core/* #core",
    ];
    assert_eq!(told(rules, file, &event), expect);
}

#[test]
fn the_order_of_frames_does_not_matter() {
    let (card, db) = (frame("app/pay/card.py"), frame("app/core/db.py"));
    let rules = "path:app/core/* #core\npath:app/pay/* #pay";
    let one = told(rules, "", &event(vec![card.clone(), db.clone()]));
    assert_eq!(one, told(rules, "", &event(vec![db, card])));
}

#[test]
fn only_frames_of_the_application_count() {
    let library = Frame {
        in_app: Some(false),
        ..frame("django/db.py")
    };
    assert!(told("path:django/* #a", "django/ @a", &event(vec![library])).is_empty());
    let unsaid = Frame {
        in_app: None,
        ..frame("shop/db.py")
    };
    assert_eq!(told("path:shop/* #a", "", &event(vec![unsaid])).len(), 1);
}

#[test]
fn paths_fit_as_a_whole_in_any_case_and_stars_cross_folders() {
    check("path:src/pay/*", "src/pay/deep/card.py", true);
    check("path:src/pay/*", "SRC/Pay/Card.py", true);
    check("path:src/pay/*", "lib/src/pay/card.py", false);
    check("path:*/pay/*", "src/pay/card.py", true);
    check("path:*.tsx", "src/cart.tsx", true);
    check("path:src/car?.py", "src/card.py", true);
    check("path:src\\pay\\*", "src/pay/card.py", true);
    check("path:src/pay/*", "src\\pay\\card.py", true);
    check("path:\"src/my pay/*\"", "src/my pay/card.py", true);
}

#[test]
fn modules_urls_and_tags_are_looked_at() {
    let mut event = event(vec![Frame {
        module: Some("com.shop.pay.Card".to_owned()),
        ..Frame::default()
    }]);
    event.request = Some(Request {
        url: Some("https://shop.example/cart?x=1".to_owned()),
        ..Request::default()
    });
    event.tags.push(Tag {
        key: "customer".to_owned(),
        value: "Gold".to_owned(),
    });
    event.environment = Some("production".to_owned());
    for rule in [
        "module:com.shop.pay.*",
        "url:https://shop.example/cart*",
        "tags.customer:gold",
        "tags.environment:prod*",
        "tags.url:*/cart?*",
        "tags.level:error",
    ] {
        assert_eq!(
            told(&format!("{rule} a@b.example"), "", &event).len(),
            1,
            "{rule}"
        );
    }
    assert!(told("tags.other:* #a\nmodule:pay.* #a", "", &event).is_empty());
}

#[test]
fn patterns_of_files_are_those_of_github() {
    check_file("*", "any/where.py", true);
    check_file("*.js", "src/deep/cart.js", true);
    check_file("*.js", "src/cart.jsx", false);
    check_file("/build/", "build/logs/a.py", true);
    check_file("/build/", "src/build/a.py", false);
    check_file("build/", "src/build/a.py", true);
    check_file("build/", "src/build", false);
    check_file("docs/*", "docs/a.md", true);
    check_file("docs/*", "docs/deep/a.md", false);
    check_file("docs/*", "src/docs/a.md", false);
    check_file("apps/pay", "apps/pay/card.py", true);
    check_file("apps/pay", "apps/payment/card.py", false);
    check_file("**/logs", "a/b/logs/c.py", true);
    check_file("/a/**/z.py", "a/z.py", true);
    check_file("/a/**/z.py", "a/b/c/z.py", true);
    check_file("/a/**", "a/b/c.py", true);
    check_file("/a/**", "a", false);
    check_file("/src/*/pay/", "src/shop/pay/card.py", true);
    check_file("/src/c?rt.py", "src/cart.py", true);
    check_file("/src/a\\ b.py", "src/a b.py", true);
    check_file("\\#odd.py", "#odd.py", true);
    check_file("src/Card.py", "src/card.py", false);
    check_file("*a*b*a.py", "xaxbxbxa.py", true);
    check_file("*a*b*a.py", "xaxxbxb.py", false);
}

#[test]
fn paths_of_bundles_and_servers_are_those_of_a_repository() {
    for file in [
        "app:///src/cart.js",
        "webpack:///./src/cart.js",
        "https://shop.example/src/cart.js?v=2",
        "./src/cart.js",
        "~/src/cart.js",
        "src\\cart.js",
    ] {
        check_file("/src/cart.js", file, true);
    }
    let absolute = Frame {
        abs_path: Some("/srv/shop/src/cart.js".to_owned()),
        in_app: Some(true),
        ..Frame::default()
    };
    assert_eq!(told("", "cart.js @a", &event(vec![absolute])).len(), 1);
}

#[test]
fn owners_of_files_are_teams_people_and_no_comments() {
    let event = event(vec![frame("a.py")]);
    let file = "# nobody\n* @shop/Core @web Ada@Example.org # the usual\n";
    assert_eq!(told("", file, &event), ["* #core #web ada@example.org"]);
}

/// As on GitHub, such a line takes the owners away from what it fits, until another gives new ones.
#[test]
fn a_line_without_owners_takes_them_away() {
    let file = "* @all\napps/ @apps\napps/made/ # by a tool\n*.snap\napps/made/own.py @own\n";
    let of = |files: &[&str]| {
        let event = event(files.iter().map(|file| frame(file)).collect());
        told("path:*.snap #rule", file, &event)
    };
    assert_eq!(of(&["apps/a.py"]), ["* #all", "apps/ #apps"]);
    assert!(of(&["apps/made/a.py"]).is_empty());
    assert_eq!(of(&["a.snap"]), ["path:*.snap #rule"]);
    assert_eq!(of(&["apps/made/own.py"]), ["apps/made/own.py #own"]);
    // What one file has not, another may have.
    assert_eq!(of(&["apps/made/a.py", "b.py"]), ["* #all"]);
}

#[test]
fn everybody_who_is_named_is_told_once() {
    let (rules, _) = OwnerRules::new("path:a #core\npath:b #core a@b.example", "* @web @core");
    let names: Vec<String> = rules.names().iter().map(ToString::to_string).collect();
    assert_eq!(names, ["a@b.example", "#core", "#web"]);
}

#[test]
fn faults_say_where_and_what_would_be_right() {
    check_fault(
        "path:a #a\n\npaths:b #b",
        "line 3: character 1: `paths` says not what",
    );
    check_fault("path: #a", "line 1: character 6: a pattern is missing");
    check_fault(
        "  path:a #a core",
        "line 1: character 13: `core` is nobody; write",
    );
    check_fault("path:ä #", "line 1: character 8: `#` is nobody");
    check_fault("path:a", "line 1: character 7: nobody is named");
    check_fault(
        "path:[a #a",
        "line 1: character 6: this `[` is never closed",
    );
    check_fault(
        "path:\"a #a",
        "line 1: character 6: a `\"` has no second one",
    );
    check_fault("tags.:a #a", "line 1: character 1: `tags.`");
    check_file_fault("!a.py @a", "line 1: character 1: `!`");
    check_file_fault("[Docs] @a", "line 1: character 1: `[`");
    check_file_fault("a.py @", "line 1: character 6: `@` is nobody");
}

#[test]
fn lines_of_a_file_that_are_too_much_are_told_their_bound() {
    let long = format!("{} @a", "x".repeat(4_096));
    check_file_fault(
        &long,
        "line 1: character 1: the line is longer than 4096 bytes",
    );
    let deep = format!("{}x @a", "a/".repeat(60));
    check_file_fault(
        &deep,
        "line 1: character 1: a pattern has no more than 60 folders",
    );
}

#[test]
fn other_lines_are_in_force_beside_faults() {
    let (rules, faults) = OwnerRules::new("nonsense\npath:* #a", "[x]\n* @b");
    assert_eq!((faults.rules.len(), faults.codeowners.len()), (1, 1));
    let matches = rules.of(&event(vec![frame("a.py")]));
    let lines: Vec<_> = matches.iter().map(|it| (it.source, it.line)).collect();
    assert_eq!(
        lines,
        [(OwnerSource::Codeowners, 2), (OwnerSource::Rules, 2)]
    );
}

#[test]
fn w32_too_many_rules_and_matches_are_bounded() {
    let text = "path:* #a\n".repeat(RULES_COUNT + 5);
    let (rules, faults) = OwnerRules::new(&text, "");
    assert_eq!((rules.rules.len(), faults.rules.len()), (RULES_COUNT, 1));
    let mut file: Vec<String> = vec!["* @a".to_owned(); 900];
    file.push("* @last".to_owned());
    let told = told("", &file.join("\n"), &event(vec![frame("a.py")]));
    assert_eq!(told.len(), MATCH_COUNT_MAX);
    assert_eq!(told.last().unwrap(), "* #last");
}

/// How many lines of the file are held against the paths of an event.
fn asked(rules: &OwnerRules, event: &Event) -> usize {
    let facts = Facts::of(event);
    let near = facts.files.iter().map(|path| rules.codeowners.near(path));
    near.map(Iterator::count).sum()
}

/// A client may send any path: folders that come again, and as many files as there are frames.
#[test]
fn w32_paths_of_repeated_folders_ask_each_line_once() {
    let lines = (0..100).map(|number| format!("/src/*{number}a.ts @a"));
    let lines: Vec<_> = lines.chain(["7.ts @b".to_owned()]).collect();
    let (rules, _) = OwnerRules::new("path:*7.ts #c", &lines.join("\n"));
    let file = |number: usize| frame(&format!("{}{number}.ts", "src/".repeat(62)));
    assert_eq!(asked(&rules, &event(vec![file(1)])), 100);
    // The last frame is the one nearest to the crash.
    let all = event((0..500).rev().map(file).collect());
    assert_eq!(asked(&rules, &all), 100 * PLACE_COUNT_MAX + 1);
    assert_eq!(rules.of(&all).len(), 2);
    // What comes again takes no room.
    let mut frames = vec![file(7)];
    frames.extend(std::iter::repeat_with(|| file(1)).take(500));
    let all = event(frames);
    assert_eq!(asked(&rules, &all), 201);
    assert_eq!(rules.of(&all).len(), 2);
}

#[test]
fn a_large_file_is_asked_for_what_names_a_folder_of_the_path() {
    let mut lines: Vec<String> = Vec::new();
    for folder in 0..50_000 {
        lines.push(format!("/src/apps/part-{folder}/ @t{}", folder % 7));
    }
    lines.push("/src/apps/part-4711/*.js @js".to_owned());
    let (rules, faults) = OwnerRules::new("", &lines.join("\n"));
    assert_eq!(faults, OwnerFaults::default());
    let event = event(vec![frame("src/apps/part-4711/cart.js")]);
    assert_eq!(asked(&rules, &event), 2);
    let matches = rules.of(&event);
    let told: Vec<String> = matches.iter().map(ToString::to_string).collect();
    assert_eq!(
        told,
        ["/src/apps/part-4711/ #t0", "/src/apps/part-4711/*.js #js"]
    );
}

/// Nothing but wildcards tells these lines apart, so all would be held against every path.
#[test]
fn w32_lines_that_nothing_tells_apart_are_bounded() {
    for pattern in ["*", "/src/"] {
        let line = |number: usize| format!("{pattern}*{number} @a");
        let lines: Vec<String> = (1..=1_200).map(line).collect();
        let (rules, faults) = OwnerRules::new("", &lines.join("\n"));
        assert_eq!(faults.codeowners.len(), 100);
        assert_eq!(faults.codeowners[0].line, 1_001);
        let fits = |file: &str| rules.of(&event(vec![frame(file)])).len();
        assert_eq!((fits("src/x1000"), fits("src/x1001")), (1, 1), "{pattern}");
    }
}

/// Few, but each holds a path up letter by letter.
#[test]
fn i30_wildcards_of_lines_that_nothing_tells_apart_are_bounded() {
    let line = |number: usize| format!("*{}{number:02} @a", "a*".repeat(998));
    let lines: Vec<String> = (1..=12).map(line).collect();
    let (rules, faults) = OwnerRules::new("", &lines.join("\n"));
    let told: Vec<usize> = faults.codeowners.iter().map(|fault| fault.line).collect();
    assert_eq!(told, [11, 12]);
    let file = "a".repeat(998);
    let fits = |end: &str| rules.of(&event(vec![frame(&format!("{file}{end}"))])).len();
    assert_eq!((fits("10"), fits("11")), (1, 0));
}

const RULES_COUNT: usize = crate::limits::RULES_MAX;
