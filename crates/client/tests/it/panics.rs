//! The panic hook and the global client, in one test: both belong to the whole process.

use std::sync::atomic::{AtomicUsize, Ordering};

use watchpost_client::{ClientOptions, Level, Skip};

use crate::server::{PATIENCE, Request, TestServer};

static PRINTED: AtomicUsize = AtomicUsize::new(0);

#[inline(never)]
fn ship_order(order: Option<u32>) -> u32 {
    order.expect("an order to ship")
}

fn in_thread(work: impl FnOnce() + Send + 'static) {
    let thread = std::thread::Builder::new().name("shipping".into());
    assert!(thread.spawn(work).unwrap().join().is_err());
}

#[test]
fn a_panic_is_reported_and_the_hook_before_still_runs() {
    let before = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        PRINTED.fetch_add(1, Ordering::SeqCst);
        before(panic);
    }));
    let server = TestServer::start();
    let options = ClientOptions::new()
        .server(server.modern())
        .before_send(|event| (event.message() != "another test's").then_some(event))
        .shutdown_timeout(PATIENCE);
    let guard = watchpost_client::init(options);
    watchpost_client::install_panic_hook();
    in_thread(|| {
        ship_order(None);
    });
    assert!(PRINTED.load(Ordering::SeqCst) >= 1);
    in_thread(|| std::panic::panic_any(Skip::new("not worth reporting")));
    watchpost_client::capture_text("the last one", Level::Info, None);
    drop(guard);
    let after = watchpost_client::capture_text("after the guard", Level::Info, None);
    assert!(after.is_nil());
    let events: Vec<_> = server
        .wait_for(server.count())
        .iter()
        .map(Request::event)
        .collect();
    let last = events.last().unwrap();
    assert_eq!(
        last["message"], "the last one",
        "the guard sends what waits"
    );
    let is_ours =
        |event: &&serde_json::Value| event["exception"]["values"][0]["value"] == "an order to ship";
    let event = events.iter().find(is_ours).unwrap();
    assert_eq!(event["level"], "fatal");
    assert_eq!(event["extra"]["thread"], "shipping");
    let place = event["extra"]["location"].as_str().unwrap();
    assert!(place.contains("panics.rs:"), "{place}");
    let exception = &event["exception"]["values"][0];
    assert_eq!(exception["type"], "panic");
    assert_eq!(exception["mechanism"]["type"], "panic");
    assert_eq!(exception["mechanism"]["handled"], false);
    let frames = exception["stacktrace"]["frames"].as_array().unwrap();
    let innermost = frames.last().unwrap();
    assert_eq!(innermost["function"], "ship_order", "{frames:#?}");
    let text = serde_json::to_string(&events).unwrap();
    assert!(!text.contains("not worth reporting"));
}
