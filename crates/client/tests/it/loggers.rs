//! What the handler for `log` and the layer for `tracing` make of records.

use std::sync::{Arc, Mutex};

use log::{LevelFilter, Log};
use serde_json::Value;
use tracing_subscriber::prelude::*;
use watchpost_client::{Client, ClientOptions, ERRORS_LOGGER, LogHandler, TracingLayer};

use crate::server::{PATIENCE, Request, TestServer};

/// Keeps the text of each record.
#[derive(Clone, Default)]
struct Memory(Arc<Mutex<Vec<String>>>);

impl Log for Memory {
    fn enabled(&self, _: &log::Metadata<'_>) -> bool {
        true
    }

    fn log(&self, record: &log::Record<'_>) {
        self.0.lock().unwrap().push(record.args().to_string());
    }

    fn flush(&self) {}
}

fn client(server: &TestServer) -> Client {
    Client::new(ClientOptions::new().server(server.modern()))
}

fn events(server: &TestServer, client: &Client) -> Vec<Value> {
    assert_eq!(client.flush(PATIENCE), 0);
    let requests = server.wait_for(server.count());
    requests.iter().map(Request::event).collect()
}

fn record(level: log::Level, target: &str, text: &str, logger: &dyn Log) {
    let pairs = [("order", 17_i64)];
    logger.log(
        &log::Record::builder()
            .args(format_args!("{text}"))
            .level(level)
            .target(target)
            .module_path(Some("shop::orders"))
            .file(Some("src/orders.rs"))
            .line(Some(12))
            .key_values(&pairs)
            .build(),
    );
}

#[test]
fn a_log_record_becomes_an_event() {
    let server = TestServer::start();
    let client = client(&server);
    let handler = LogHandler::new()
        .client(client.clone())
        .min_level(LevelFilter::Warn);
    record(log::Level::Warn, "shop", "low stock", &handler);
    record(log::Level::Info, "shop", "not worth it", &handler);
    record(log::Level::Error, ERRORS_LOGGER, "its own", &handler);
    let events = events(&server, &client);
    assert_eq!(events.len(), 1);
    assert_eq!(events[0]["message"], "low stock");
    assert_eq!(events[0]["level"], "warning");
    assert_eq!(events[0]["logger"], "shop");
    assert_eq!(events[0]["transaction"], "shop::orders");
    assert_eq!(events[0]["extra"]["file"], "src/orders.rs");
    assert_eq!(events[0]["extra"]["line"], 12);
    assert_eq!(events[0]["extra"]["order"], 17);
}

#[test]
fn a_chained_logger_gets_every_record_it_wants() {
    let server = TestServer::start();
    let client = client(&server);
    let memory = Memory::default();
    let handler = LogHandler::new()
        .client(client.clone())
        .chain(Box::new(memory.clone()), LevelFilter::Info);
    record(log::Level::Error, "shop", "both", &handler);
    record(log::Level::Info, "shop", "passed on", &handler);
    record(log::Level::Debug, "shop", "neither", &handler);
    record(log::Level::Error, ERRORS_LOGGER, "only passed on", &handler);
    assert_eq!(events(&server, &client).len(), 1);
    assert_eq!(
        *memory.0.lock().unwrap(),
        ["both", "passed on", "only passed on"]
    );
    let wants = |level| handler.enabled(&log::Metadata::builder().level(level).build());
    assert!(wants(log::Level::Info));
    assert!(!wants(log::Level::Debug));
}

#[test]
fn a_tracing_event_brings_its_fields_and_spans() {
    let server = TestServer::start();
    let client = client(&server);
    let layer = TracingLayer::new()
        .client(client.clone())
        .min_level(tracing::Level::WARN);
    tracing::subscriber::with_default(tracing_subscriber::registry().with(layer), || {
        let checkout = tracing::info_span!(
            "checkout",
            order = 17,
            step = "outer",
            later = tracing::field::Empty
        );
        let _entered = checkout.enter();
        checkout.record("later", true);
        let pay = tracing::info_span!("pay", step = "inner");
        let _entered = pay.enter();
        tracing::warn!(target: "shop", amount = 9.5, ?checkout, "low {}", "stock");
        tracing::info!("not worth it");
        tracing::error!(target: ERRORS_LOGGER, "its own");
    });
    let events = events(&server, &client);
    assert_eq!(events.len(), 1);
    assert_eq!(events[0]["message"], "low stock");
    assert_eq!(events[0]["level"], "warning");
    assert_eq!(events[0]["logger"], "shop");
    assert_eq!(events[0]["transaction"], "checkout.pay");
    let extra = &events[0]["extra"];
    assert_eq!(extra["order"], 17);
    assert_eq!(extra["step"], "inner", "the nearest span wins");
    assert_eq!(extra["later"], true);
    assert_eq!(extra["amount"], 9.5);
    assert!(extra["checkout"].as_str().unwrap().contains("Span"));
    assert!(extra["line"].as_u64() > Some(0));
}

#[test]
fn an_error_field_is_the_exception_unless_it_is_skipped() {
    let server = TestServer::start();
    let options = ClientOptions::new()
        .server(server.modern())
        .skip::<std::fmt::Error>();
    let client = Client::new(options);
    let layer = TracingLayer::new().client(client.clone());
    tracing::subscriber::with_default(tracing_subscriber::registry().with(layer), || {
        let bad = "x".parse::<u8>().unwrap_err();
        tracing::error!(error = &bad as &dyn std::error::Error, "no quantity");
        let dull = std::fmt::Error;
        tracing::error!(error = &dull as &dyn std::error::Error, "skipped");
    });
    let events = events(&server, &client);
    assert_eq!(events.len(), 1);
    assert_eq!(events[0]["message"], "no quantity");
    let exception = &events[0]["exception"]["values"][0];
    assert_eq!(exception["type"], "ParseIntError");
    assert_eq!(exception["value"], "invalid digit found in string");
    let frames = exception["stacktrace"]["frames"].as_array().unwrap();
    let text = serde_json::to_string(&frames.last()).unwrap();
    assert!(
        text.contains("loggers"),
        "the innermost frame is this test: {text}"
    );
    let view = events[0]["transaction"].as_str();
    assert_eq!(view, Some("it::loggers"), "without spans the module");
    assert_eq!(client.stats().skipped, 1);
}

/// Logs through the client while it is printed, as careless types do.
struct Chatty<'a>(&'a LogHandler);

impl std::fmt::Display for Chatty<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        record(log::Level::Error, "shop", "from inside", self.0);
        f.write_str("from outside")
    }
}

#[test]
fn records_from_inside_a_capture_are_not_reported() {
    let server = TestServer::start();
    let client = client(&server);
    let handler = LogHandler::new().client(client.clone());
    let chatty = Chatty(&handler);
    handler.log(
        &log::Record::builder()
            .args(format_args!("{chatty}"))
            .level(log::Level::Error)
            .build(),
    );
    let events = events(&server, &client);
    assert_eq!(events.len(), 1);
    assert_eq!(events[0]["message"], "from outside");
}
