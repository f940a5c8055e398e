//! A backtrace as a program printed it, shortened, and what becomes of each of its lines.

use super::*;

const PANIC: &str = "\
   0:     0x564c6b8e427b - std[e28293b1aa0f68bd]::backtrace_rs::backtrace::libunwind::trace
                               at /rustc/5980/library/std/src/../../libunwind.rs:117:9
   1:     0x564c6b8e427c - capture<shop::orders::PayError>
                               at /srv/app/shop/vendor/OWN/client.rs:70:1
   2:     0x564c6b8e427d - <watchpost_client[c1f1a4ba060b9bfa]::client::Client>::capture_panic
          0x564c6b8e427d - event
                               at /vendor/tracing-core-0.1.36/src/dispatcher.rs:610:24
   3:     0x564c6b8e427e - std::panicking::panic_with_hook::h91edb4bfeb40d7dd
                               at /rustc/5980/library/std/src/panicking.rs:833:13
   4:     0x564c6b8e427f - __rustc[c1f1a4ba060b9bfa]::rust_begin_unwind
                               at /rustc/5980/library/std/src/panicking.rs:689:5
   5:     0x564c6b8e4270 - core::option::unwrap_failed::h91edb4bfeb40d7dd
                               at /rustc/5980/library/core/src/option.rs:2236:5
   6:     0x564c6b8e4271 - shop[1234567890abcdef]::orders::pay::<[u8]>
                               at /srv/app/shop/src/orders.rs:12:5
          0x564c6b8e4271 - inlined_into_pay
                               at /srv/app/shop/src/orders.rs:7
   7:     0x564c6b8e4272 - <serde_json::Error as core::fmt::Display>::fmt::h91edb4bfeb40d7dd
                               at /me/.cargo/registry/src/index/serde_json-1.0.1/src/error.rs:40:9
   8:     0x564c6b8e4273 - tokio::runtime::task::poll::h91edb4bfeb40d7dd
   9:                0x0 - <unknown>
  10:     0x564c6b8e4274 - shop::main::h91edb4bfeb40d7dd
                               at /srv/app/shop/src/main.rs:10:2
  11:     0x564c6b8e4275 - __rust_begin_short_backtrace<fn(), ()>
                               at /rustc/5980/library/std/src/sys/backtrace.rs:166:18
  12:     0x564c6b8e4276 - main
  13:     0x564c6b8e4277 - _start
";

/// The backtrace, with this crate where its source really lies.
fn panic() -> String {
    let own = file!().strip_suffix("/frames/tests.rs").unwrap();
    PANIC.replace("OWN", own)
}

fn seen(frames: &[Frame]) -> Vec<String> {
    let line = |frame: &Frame| {
        format!(
            "{} {} {}:{} {}",
            frame.module.as_deref().unwrap_or("-"),
            frame.function.as_deref().unwrap_or("-"),
            frame.filename().unwrap_or("-"),
            frame.line.unwrap_or(0),
            if frame.in_app { "app" } else { "lib" },
        )
    };
    frames.iter().map(line).collect()
}

#[test]
fn a_panic_shows_the_program_oldest_call_first() {
    let fmt = "<serde_json::Error as core::fmt::Display>::fmt";
    let expect = [
        "shop main shop/src/main.rs:10 app".to_owned(),
        "tokio::runtime::task poll -:0 lib".to_owned(),
        format!("serde_json {fmt} serde_json-1.0.1/src/error.rs:40 lib"),
        "- inlined_into_pay shop/src/orders.rs:7 app".to_owned(),
        "shop::orders pay shop/src/orders.rs:12 app".to_owned(),
    ];
    assert_eq!(seen(&of(&panic(), &InApp::default())), expect);
}

#[test]
fn the_program_says_what_is_its_own() {
    let in_app = InApp {
        include: vec!["serde_json".to_owned()],
        exclude: vec!["shop::orders".to_owned()],
    };
    let ours: Vec<bool> = of(&panic(), &in_app)
        .iter()
        .map(|frame| frame.in_app)
        .collect();
    assert_eq!(ours, [true, false, true, true, false]);
}

#[test]
fn library_and_runtime_frames_are_not_the_program() {
    let cases = [
        ("0: shop::pay\n at ./src/main.rs:1:1", true),
        ("0: shop::pay", true),
        ("0: {closure#0}\n at ./src/main.rs:1:1", true),
        ("0: main", false),
        (
            "0: __libc_start_call_main\n at ./csu/../sysdeps/nptl/start.h:58:16",
            false,
        ),
        ("0: clone3\n at ./misc/clone3.S:81:0", false),
        ("0: sqlite3_exec\n at /build/sqlite3.c:9", false),
        (
            "0: serde::de\n at /opt/.cargo/git/checkouts/serde/de.rs:9:9",
            false,
        ),
        ("0: hyper::server", false),
        (
            "0: poll<u8>\n at /vendor/tokio-1.48.0/src/task.rs:9:9",
            false,
        ),
        ("0: shopping::std", true),
    ];
    for (printed, expect) in cases {
        let got: Vec<bool> = of(printed, &InApp::default())
            .iter()
            .map(|frame| frame.in_app)
            .collect();
        assert_eq!(got, [expect], "{printed}");
    }
}

#[test]
fn whatever_is_printed_nothing_breaks() {
    let cases = [
        "",
        "disabled backtrace",
        "at",
        "   at x",
        "0: ",
        ":::",
        "1: a\n at :::\n at b",
    ];
    for printed in cases {
        assert!(of(printed, &InApp::default()).len() <= 2, "{printed}");
    }
    let long = "0: shop::pay\n".repeat(1000);
    assert_eq!(of(&long, &InApp::default()).len(), FRAME_COUNT_MAX);
}

#[test]
fn frames_have_qualified_names() {
    let names: Vec<Option<String>> = of(&panic(), &InApp::default())
        .iter()
        .map(Frame::qualified)
        .collect();
    assert_eq!(names[0].as_deref(), Some("shop::main"));
    assert_eq!(
        names[2].as_deref(),
        Some("<serde_json::Error as core::fmt::Display>::fmt")
    );
    assert_eq!(names[3].as_deref(), Some("inlined_into_pay"));
}
