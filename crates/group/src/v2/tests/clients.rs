//! What current clients and build tools make of faults: names that each build deals out anew,
//! calls in circles, exceptions that a client made up.

use super::*;

fn bundled(release: &str, functions: &[&str]) -> Value {
    let path = format!("https://shop.example/assets/page-{release}.js");
    let frames = functions.iter().map(|function| {
        json!({"filename": path, "abs_path": path, "function": function, "in_app": true})
    });
    raised("javascript", "TypeError", "x is null", frames.collect())
}

#[test]
fn names_of_a_minifier_do_not_count_in_bundled_files() {
    let of = |release: &str, inner: &str| {
        bundled(release, &["HTMLButtonElement.onclick", "gallery", inner])
    };
    check_same(of("M56RL67D", "ac"), of("QAR6RCGC", "lc"));
    check_same(of("M56RL67D", "Zt.check"), of("QAR6RCGC", "n.check"));
    check_differ(of("M56RL67D", "check"), of("M56RL67D", "open"));
    // Nothing but such names: type and value decide.
    check_same(bundled("M56RL67D", &["ys"]), bundled("QAR6RCGC", &["ya"]));
    let own = |function: &str| {
        let frame = json!({"filename": "/srv/shop.js", "function": function, "in_app": true});
        raised("node", "E", "v", json!([frame]))
    };
    check_differ(own("go"), own("on"));
}

#[test]
fn a_module_that_is_the_name_of_a_bundled_file_has_no_digest() {
    let of = |stem: &str, function: &str| {
        let path = format!("/srv/dist/{stem}.mjs");
        let frame = json!({"filename": path, "module": stem, "function": function});
        raised("node", "E", "v", json!([frame]))
    };
    check_same(of("worker-OKIOGE47", "E"), of("worker-Q73NYXCG", "N"));
    check_same(of("worker-OKIOGETA", "send"), of("worker-QUVNYXCG", "send"));
    check_same(of("dashboard_1816", "share"), of("dashboard_9617", "share"));
    check_differ(of("worker-OKIOGE47", "send"), of("mailer-OKIOGE47", "send"));
}

#[test]
fn of_a_circle_of_calls_the_last_round_counts() {
    let of = |rounds: usize, last: &str| {
        let line = |function: &str, line: &str| json!({"module": "query", "function": function, "context_line": line, "in_app": true});
        let round = [line("list", "term(words)"), line("term", "list(rest)")];
        let mut frames = vec![line("parse", "list(words)")];
        frames.extend(std::iter::repeat_n(round, rounds).flatten());
        frames.extend([line("list", "term(words)"), line("term", last)]);
        raised("python", "E", "v", json!(frames))
    };
    check_same(of(0, "raise E"), of(1, "raise E"));
    check_same(of(1, "raise E"), of(7, "raise E"));
    check_differ(of(1, "raise E"), of(1, "return words[0]"));
    let rules = stack_rules("function:term +group\nfunction:list +group");
    assert!(!is_one(&rules, &of(1, "raise E"), &of(2, "raise E")));
}

/// @sentry/node and @sentry/browser 11 attach a stack to messages unless they are told not to.
#[test]
fn case_20_a_message_is_not_the_place_that_sent_it() {
    let of = |text: &str| {
        let mut event = raised("node", "", text, frames(&["shop report"]));
        let exception = &mut event["exception"]["values"][0];
        exception["type"] = Value::Null;
        exception["mechanism"] = json!({"type": "generic", "handled": true, "synthetic": true});
        event["logentry"] = json!({"formatted": text});
        event
    };
    check_same(of("session 7 has no cart"), of("session 8 has no cart"));
    check_differ(of("session 7 has no cart"), of("bounced: mail 7"));
}

#[test]
fn what_was_thrown_is_not_the_place_that_caught_it() {
    let of = |platform: &str, text: &str| {
        let mut event = raised(platform, "Error", text, frames(&["shop serve"]));
        event["exception"]["values"][0]["mechanism"] =
            json!({"type": "generic", "synthetic": true});
        event
    };
    let (shelf, keys) = (
        "item 7 is not on shelf 9",
        "Object captured with keys: code",
    );
    check_differ(of("node", shelf), of("node", keys));
    check_same(of("node", shelf), of("node", "item 8 is not on shelf 1"));
    // A signal: the stack is that of the crash.
    check_same(
        of("native", "SIGSEGV at 0x7"),
        of("native", "SIGSEGV, write"),
    );
}

#[test]
fn which_of_many_promises_failed_does_not_count() {
    let place = |index: usize| format!("index {index}");
    let frames = |index: usize| {
        json!([{"filename": "/srv/shop.mjs", "function": "mirror", "in_app": true},
            {"filename": place(index), "module": place(index), "function": "Promise.any",
             "in_app": false}])
    };
    let of = |index: usize| raised("node", "E", "v", frames(index));
    assert_eq!(grouped(&of(0)).hashes, grouped(&of(3)).hashes);
    let group = |count: usize| {
        let leaf = |index: usize| {
            let mut leaf = of(index)["exception"]["values"][0].clone();
            leaf["mechanism"] = json!({"type": "chained", "exception_id": index + 1,
                "parent_id": 0});
            leaf
        };
        let mut all: Vec<Value> = (0..count).map(leaf).collect();
        all.push(
            json!({"type": "AggregateError", "value": "All promises were rejected",
            "mechanism": {"type": "generic", "exception_id": 0, "is_exception_group": true}}),
        );
        json!({"platform": "node", "exception": {"values": all}})
    };
    check_same(group(1), group(3));
}

#[test]
fn a_stack_of_nothing_but_node_says_nothing() {
    let of = |value: &str, functions: &[&str]| {
        let frame = |function: &&str| {
            json!({"filename": "node:net", "module": "node:net", "function": function,
                "in_app": false})
        };
        raised(
            "node",
            "Error",
            value,
            functions.iter().map(frame).collect(),
        )
    };
    let refused = "connect ECONNREFUSED 127.0.0.1:3";
    let (short, long) = (&["afterConnect"], &["callbackTrampoline", "afterConnect"]);
    check_same(
        of(refused, short),
        of("connect ECONNREFUSED 127.0.0.1:4", long),
    );
    check_differ(of(refused, short), of("read ECONNRESET", short));
}

/// Only a pool's own beginning ends a stack: who waits for a task, or hands a map a function, is
/// in the middle of work.
#[test]
fn callers_of_the_jvm_s_concurrency_count() {
    let of = |texts: &[&str]| raised("java", "TimeoutException", "", frames(texts));
    let waiting = |own: &str| {
        of(&[
            own,
            "!java.util.concurrent.CompletableFuture get",
            "!java.util.concurrent.CompletableFuture timedGet",
        ])
    };
    check_differ(waiting("shop.OrderJob run"), waiting("shop.MailJob run"));
    let computing = |own: &str| {
        of(&[
            own,
            "!java.util.concurrent.ConcurrentHashMap computeIfAbsent",
            "shop.Cache load",
        ])
    };
    check_differ(
        computing("shop.OrderJob run"),
        computing("shop.MailJob run"),
    );
    let pooled = |start: &[&str]| {
        let task = ["!java.util.concurrent.FutureTask run", "shop.OrderJob call"];
        of(&[start, &task].concat())
    };
    let worker = "!java.util.concurrent.ThreadPoolExecutor$Worker run";
    let scheduled = "!java.util.concurrent.ScheduledThreadPoolExecutor$ScheduledFutureTask run";
    check_same(pooled(&[worker]), pooled(&[scheduled]));
    check_same(pooled(&["!java.lang.Thread run", worker]), pooled(&[]));
}
