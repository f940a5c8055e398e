//! What arrives, at which server, and what their answers do.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use watchpost_client::{
    Backtraces, Client, ClientOptions, Event, Failure, Level, Server, Stats, User,
};

use crate::server::{PATIENCE, Reply, TestServer};

#[derive(Debug)]
struct PayError(std::num::ParseIntError);

impl std::fmt::Display for PayError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("card declined")
    }
}

impl std::error::Error for PayError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.0)
    }
}

fn pay_error() -> PayError {
    PayError("x".parse::<u8>().unwrap_err())
}

fn options(server: Server) -> ClientOptions {
    ClientOptions::new().server(server).server_name("web-3")
}

#[test]
fn text_arrives_as_an_envelope_with_the_id_that_was_returned() {
    let server = TestServer::start();
    let client = Client::new(
        options(server.modern())
            .release("shop@2.4.1")
            .environment("test"),
    );
    let id = client.capture_text("Message Message", Level::Warning, Some("http://shop/x?y=z"));
    let request = server.wait_for(1).remove(0);
    assert_eq!(request.line, "POST /api/42/envelope/ HTTP/1.1");
    let auth = request.header("x-sentry-auth");
    let client_name = concat!("watchpost-client/", env!("CARGO_PKG_VERSION"));
    assert_eq!(
        auth,
        format!(
            "Sentry sentry_version=7, sentry_client={client_name}, sentry_key=public, \
             sentry_secret=secret"
        )
    );
    assert_eq!(request.header("user-agent"), client_name);
    let [header, item, event] = request.envelope();
    assert_eq!(header["event_id"], id.to_string());
    assert_eq!(item["type"], "event");
    assert_eq!(event["event_id"], id.to_string());
    assert_eq!(event["message"], "Message Message");
    assert_eq!(event["level"], "warning");
    assert_eq!(event["request"]["url"], "http://shop/x?y=z");
    assert_eq!(event["release"], "shop@2.4.1");
    assert_eq!(event["environment"], "test");
    assert_eq!(event["server_name"], "web-3");
    assert_eq!(event.get("exception"), None);
}

#[test]
fn text_arrives_as_the_form_of_2010() {
    let server = TestServer::start();
    let client = Client::new(options(server.seed()));
    let id = client.capture_text("Message Message", Level::Fatal, Some("http://shop/x"));
    let request = server.wait_for(1).remove(0);
    assert_eq!(request.line, "POST /sentry/store/ HTTP/1.1");
    let content_type = request.header("content-type");
    assert_eq!(content_type, "application/x-www-form-urlencoded");
    let form = request.form();
    assert_eq!((&*form["key"], &*form["format"]), ("k+y", "json"));
    let record = request.record();
    assert_eq!(record["message_id"], id.to_string());
    assert_eq!(record["message"], "Message Message");
    assert_eq!(record["level"], 50);
    assert_eq!(record["url"], "http://shop/x");
}

#[inline(never)]
fn pay_for_order(client: &Client) {
    client.capture_error_with(&pay_error(), |event| {
        event
            .with_tag("currency", "EUR")
            .with_data("order", 17)
            .with_fingerprint(["pay"])
            .with_user(User {
                email: Some("jane@shop.example".into()),
                ..User::default()
            })
    });
}

#[test]
fn an_error_has_its_causes_and_the_stack_of_the_caller() {
    let server = TestServer::start();
    let client = Client::new(options(server.modern()));
    pay_for_order(&client);
    let event = server.wait_for(1)[0].event();
    let values = event["exception"]["values"].as_array().unwrap();
    assert_eq!(values[0]["type"], "ParseIntError");
    assert_eq!(values[0]["value"], "invalid digit found in string");
    assert_eq!(values[1]["type"], "PayError");
    assert_eq!(values[1]["module"], "it::delivery");
    assert_eq!(values[1]["value"], "card declined");
    assert_eq!(event["tags"]["currency"], "EUR");
    assert_eq!(event["extra"]["order"], 17);
    assert_eq!(event["user"]["email"], "jane@shop.example");
    assert_eq!(event["fingerprint"][0], "pay");
    let frames = values[1]["stacktrace"]["frames"].as_array().unwrap();
    let innermost = frames.last().unwrap();
    assert_eq!(innermost["function"], "pay_for_order", "{frames:#?}");
    assert_eq!(innermost["in_app"], true);
    assert!(innermost["lineno"].as_u64() > Some(0));
    let path = innermost["filename"].as_str().unwrap();
    assert!(path.ends_with("tests/it/delivery.rs"), "{path}");
    let text = serde_json::to_string(frames).unwrap();
    assert!(!text.contains("watchpost_client::"), "own frames: {text}");
    let is_library = |frame: &&serde_json::Value| frame["in_app"] == false;
    assert!(
        frames.iter().any(|frame| is_library(&frame)),
        "the test harness calls us"
    );
}

#[test]
fn an_error_has_a_stack_in_2010_and_its_function_is_the_view() {
    let server = TestServer::start();
    let client = Client::new(options(server.seed()));
    pay_for_order(&client);
    let record = server.wait_for(1)[0].record();
    assert_eq!(record["class_name"], "PayError");
    assert_eq!(record["message"], "card declined");
    assert_eq!(
        record["data"]["causes"][0],
        "ParseIntError: invalid digit found in string"
    );
    let view = record["view"].as_str().unwrap();
    assert!(view.ends_with("pay_for_order"), "{view}");
    let traceback = record["traceback"].as_str().unwrap();
    assert!(
        traceback.ends_with("PayError: card declined\n"),
        "{traceback}"
    );
    let frames = record["data"]["__sentry__"]["exc"][2].as_array().unwrap();
    assert_eq!(frames.last().unwrap()["function"], "pay_for_order");
}

#[test]
fn erased_errors_keep_their_names() {
    let server = TestServer::start();
    let client = Client::new(options(server.modern()).backtraces(Backtraces::None));
    let error: Box<dyn std::error::Error + Send + Sync> = Box::new(pay_error());
    client.capture_error(&*error);
    let event = server.wait_for(1)[0].event();
    let values = event["exception"]["values"].as_array().unwrap();
    assert_eq!(values[1]["type"], "PayError");
    let place = &values[1]["stacktrace"]["frames"][0];
    let path = place["filename"].as_str().unwrap();
    assert!(path.ends_with("tests/it/delivery.rs"), "{path}");
}

#[test]
fn the_second_server_is_asked_only_when_the_first_fails() {
    let first = TestServer::replying(|n| Reply::status(if n == 0 { 500 } else { 200 }));
    let second = TestServer::start();
    let client = Client::new(options(first.modern()).server(second.seed()));
    let failed_over = client.capture_text("one", Level::Error, None);
    let direct = client.capture_text("two", Level::Error, None);
    assert_eq!(client.flush(PATIENCE), 0);
    assert_eq!(
        first.wait_for(2)[0].event()["event_id"],
        failed_over.to_string()
    );
    assert_eq!(first.wait_for(2)[1].event()["event_id"], direct.to_string());
    assert_eq!(second.count(), 1);
    assert_eq!(
        second.wait_for(1)[0].record()["message_id"],
        failed_over.to_string()
    );
    assert_eq!(client.stats().sent, 2);
}

/// Listens to what goes wrong.
fn listening(options: ClientOptions) -> (ClientOptions, Arc<Mutex<Vec<Failure>>>) {
    let failures = Arc::new(Mutex::new(Vec::new()));
    let heard = Arc::clone(&failures);
    let options = options.on_failure(move |failure| heard.lock().unwrap().push(failure.clone()));
    (options, failures)
}

#[test]
fn when_all_servers_refuse_the_failure_says_why() {
    let first = TestServer::replying(|_| Reply::with(403, "X-Sentry-Error: unknown key"));
    let second = TestServer::replying(|_| Reply::with(301, "Location: /elsewhere/"));
    let third = TestServer::replying(|_| Reply::status(500));
    let servers = options(first.modern())
        .server(second.modern())
        .server(third.seed());
    let (options, failures) = listening(servers);
    let client = Client::new(options);
    let id = client.capture_text("first line\nsecond", Level::Error, None);
    assert_eq!(client.flush(PATIENCE), 0);
    let expect = Failure::Undelivered {
        event_id: id,
        event: "error: first line".to_owned(),
        reasons: vec![
            format!("{}: 403 unknown key", first.modern().url()),
            format!("{}: 301 redirect to /elsewhere/", second.modern().url()),
            format!("{}: 500 becaus", third.seed().url()),
        ],
    };
    assert_eq!(*failures.lock().unwrap(), [expect]);
    assert_eq!(client.stats().failed, 1);
    let text = format!("{}", failures.lock().unwrap()[0]);
    assert!(
        !text.contains("public") && !text.contains("k+y"),
        "no key in {text}"
    );
}

#[test]
fn a_server_that_answers_429_is_left_alone() {
    let server = TestServer::replying(|_| Reply::with(429, "Retry-After: 3600"));
    let (options, failures) = listening(options(server.modern()));
    let client = Client::new(options);
    for _ in 0..3 {
        client.capture_text("x", Level::Error, None);
    }
    assert_eq!(client.flush(PATIENCE), 0);
    assert_eq!(server.count(), 1);
    assert_eq!(client.stats().rate_limited, 3);
    assert_eq!(
        failures.lock().unwrap().len(),
        1,
        "reported once, at its start"
    );
    client.close(PATIENCE);
    let last = failures.lock().unwrap().last().cloned();
    assert_eq!(
        last,
        Some(Failure::RateLimited { dropped: 3 }),
        "and summed up at its end"
    );
}

#[test]
fn a_limit_that_comes_with_a_200_counts_and_the_next_server_takes_over() {
    let header = "X-Sentry-Rate-Limits: 3600:error;default:key";
    let first = TestServer::replying(move |_| Reply::with(200, header));
    let second = TestServer::start();
    let client = Client::new(options(first.modern()).server(second.modern()));
    for _ in 0..3 {
        client.capture_text("x", Level::Error, None);
    }
    assert_eq!(client.flush(PATIENCE), 0);
    assert_eq!((first.count(), second.count()), (1, 2));
    assert_eq!(client.stats().sent, 3);
}

#[test]
fn a_limit_of_other_categories_does_not_count() {
    let header = "X-Sentry-Rate-Limits: 3600:transaction;session:key";
    let server = TestServer::replying(move |_| Reply::with(200, header));
    let client = Client::new(options(server.modern()));
    for _ in 0..3 {
        client.capture_text("x", Level::Error, None);
    }
    assert_eq!(client.flush(PATIENCE), 0);
    assert_eq!(server.count(), 3);
}

#[test]
fn a_kept_connection_that_the_server_closed_costs_no_event() {
    let server = TestServer::replying(|n| {
        if n == 1 {
            Reply::HangUp
        } else {
            Reply::status(200)
        }
    });
    let client = Client::new(options(server.modern()));
    let first = client.capture_text("x", Level::Error, None);
    let second = client.capture_text("y", Level::Error, None);
    assert_eq!(client.flush(PATIENCE), 0);
    let ids: Vec<String> = server
        .wait_for(3)
        .iter()
        .map(|request| request.event()["event_id"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(
        ids,
        [first.to_string(), second.to_string(), second.to_string()]
    );
    assert_eq!(client.stats().sent, 2);
}

#[test]
fn a_loop_is_cut_short_and_answers_the_last_id() {
    let server = TestServer::start();
    let options = options(server.seed()).thrash_limit(2, Duration::from_hours(1));
    let client = Client::new(options);
    let ids: Vec<_> = (0..4)
        .map(|_| client.capture_text("again", Level::Error, None))
        .collect();
    client.capture_text("something else", Level::Error, None);
    assert_eq!(client.flush(PATIENCE), 0);
    assert_ne!(ids[0], ids[1]);
    assert_eq!((ids[2], ids[3]), (ids[1], ids[1]));
    assert_eq!(server.count(), 3);
    assert_eq!(client.stats().thrashed, 2);
}

#[test]
fn before_send_changes_and_drops() {
    let server = TestServer::start();
    let client = Client::new(options(server.modern()).before_send(|event| {
        let wanted = event.message() != "noise";
        wanted.then(|| event.with_data("checked", true))
    }));
    client.capture_text("noise", Level::Error, None);
    client.capture(
        Event::text("signal")
            .with_view("shop::pay")
            .with_logger("shop"),
    );
    assert_eq!(client.flush(PATIENCE), 0);
    let event = server.wait_for(1)[0].event();
    assert_eq!(event["message"], "signal");
    assert_eq!(event["transaction"], "shop::pay");
    assert_eq!(event["logger"], "shop");
    assert_eq!(event["extra"]["checked"], true);
    let stats = client.stats();
    assert_eq!((stats.sent, stats.skipped), (1, 1));
}

#[test]
fn without_a_server_nothing_happens() {
    let client = Client::new(ClientOptions::new());
    assert!(client.capture_text("x", Level::Error, None).is_nil());
    assert!(client.capture_error(&pay_error()).is_nil());
    assert_eq!(client.flush(PATIENCE), 0);
    assert_eq!(client.stats(), Stats::default());
}
