//! The program is never held up and never hurt, whatever servers and hooks do.

use std::net::TcpListener;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use watchpost_client::{Client, ClientOptions, Failure, Level, Server};

use crate::server::{PATIENCE, Reply, TestServer};

/// Far less than any timeout that could hold the program up here.
const AT_ONCE: Duration = Duration::from_secs(5);

#[test]
fn a_hanging_server_fills_the_queue_and_the_program_runs_on() {
    let server = TestServer::replying(|_| Reply::Hang);
    let failures = Arc::new(Mutex::new(Vec::new()));
    let heard = Arc::clone(&failures);
    let options = ClientOptions::new()
        .server(server.modern())
        .queue_size(10)
        .timeout(PATIENCE)
        .on_failure(move |failure| heard.lock().unwrap().push(failure.clone()));
    let client = Client::new(options);
    client.capture_text("hangs", Level::Error, None);
    server.wait_for(1);
    let start = Instant::now();
    let ids: Vec<_> = (0..50)
        .map(|n| client.capture_text(format!("{n}"), Level::Error, None))
        .collect();
    assert!(start.elapsed() < AT_ONCE, "capturing waited for the server");
    assert!(ids.iter().all(|id| !id.is_nil()));
    assert_eq!(client.stats().queue_full, 40);
    assert_eq!(client.flush(Duration::from_millis(1)), 11);
    server.let_go();
    assert_eq!(client.flush(PATIENCE), 0);
    assert_eq!(server.count(), 11);
    let stats = client.stats();
    assert_eq!((stats.sent, stats.queue_full), (11, 40));
    let failures = failures.lock().unwrap();
    assert_eq!(*failures, [Failure::QueueFull { dropped: 40 }]);
}

#[test]
fn dropping_the_last_client_still_sends_what_waits() {
    let server = TestServer::start();
    let client = Client::new(ClientOptions::new().server(server.seed()));
    for _ in 0..5 {
        client.capture_text("x", Level::Error, None);
    }
    drop(client);
    server.wait_for(5);
}

#[test]
fn closing_waits_no_longer_than_told_and_counts_what_is_lost() {
    let server = TestServer::replying(|_| Reply::Hang);
    let failures = Arc::new(Mutex::new(Vec::new()));
    let heard = Arc::clone(&failures);
    let options = ClientOptions::new()
        .server(server.modern())
        .timeout(PATIENCE)
        .on_failure(move |failure| heard.lock().unwrap().push(failure.clone()));
    let client = Client::new(options);
    for _ in 0..3 {
        client.capture_text("x", Level::Error, None);
    }
    server.wait_for(1);
    let start = Instant::now();
    assert_eq!(client.close(Duration::from_millis(10)), 3);
    assert!(start.elapsed() < AT_ONCE);
    assert_eq!(
        *failures.lock().unwrap(),
        [Failure::Abandoned { dropped: 3 }]
    );
    assert_eq!(client.stats().abandoned, 2, "one is still on its way");
    assert!(client.capture_text("too late", Level::Error, None).is_nil());
    assert_eq!(client.stats().abandoned, 3);
}

#[test]
fn a_server_that_does_not_answer_in_time_is_given_up() {
    let server = TestServer::replying(|_| Reply::Hang);
    let options = ClientOptions::new()
        .server(server.modern())
        .timeout(Duration::from_millis(20));
    let client = Client::new(options);
    client.capture_text("x", Level::Error, None);
    assert_eq!(client.flush(PATIENCE), 0);
    assert_eq!(client.stats().failed, 1);
    assert_eq!(server.count(), 1, "a timeout is not tried again");
}

#[test]
fn a_dead_server_is_survived() {
    let address = {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        listener.local_addr().unwrap()
    };
    let server = Server::dsn(&format!("http://k@{address}/1")).unwrap();
    let client = Client::new(ClientOptions::new().server(server));
    for _ in 0..3 {
        assert!(!client.capture_text("x", Level::Error, None).is_nil());
    }
    assert_eq!(client.flush(PATIENCE), 0);
    assert_eq!(client.stats().failed, 3);
}

/// Nobody speaks TLS there, so this shows that asking for it works and failing is survived.
#[cfg(feature = "tls")]
#[test]
fn a_server_without_tls_is_survived() {
    let server = TestServer::start();
    let dsn = server.modern().url().replace("http://", "https://k@");
    let dsn = dsn.replace("/api/42/envelope/", "/42");
    let client = Client::new(ClientOptions::new().server(Server::dsn(&dsn).unwrap()));
    client.capture_text("x", Level::Error, None);
    assert_eq!(client.flush(PATIENCE), 0);
    let stats = client.stats();
    assert_eq!((stats.failed, stats.panicked), (1, 0));
}

#[test]
fn hooks_that_panic_are_survived() {
    let server = TestServer::start();
    let options = ClientOptions::new()
        .server(server.modern())
        .before_send(|event| {
            assert_ne!(event.message(), "boom", "a panic in a hook");
            Some(event)
        })
        .on_failure(|failure| panic!("a panic about {failure}"));
    let client = Client::new(options);
    client.capture_text("boom", Level::Error, None);
    client.capture_text("fine", Level::Error, None);
    assert_eq!(client.flush(PATIENCE), 0);
    assert_eq!(server.wait_for(1)[0].event()["message"], "fine");
    let stats = client.stats();
    assert_eq!((stats.sent, stats.failed), (1, 1));
    assert!(stats.panicked >= 1);
}

#[derive(Debug)]
struct Rude;

impl std::fmt::Display for Rude {
    fn fmt(&self, _: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        panic!("a panic while printing")
    }
}

impl std::error::Error for Rude {}

#[test]
fn an_error_that_panics_while_printing_is_survived() {
    let server = TestServer::start();
    let client = Client::new(ClientOptions::new().server(server.modern()));
    assert!(client.capture_error(&Rude).is_nil());
    client.capture_text("fine", Level::Error, None);
    assert_eq!(client.flush(PATIENCE), 0);
    assert_eq!(server.count(), 1);
    assert_eq!(client.stats().panicked, 1);
}

#[test]
fn it_is_used_from_many_threads() {
    let server = TestServer::start();
    let client = Client::new(
        ClientOptions::new()
            .server(server.modern())
            .queue_size(1000),
    );
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for _ in 0..25 {
                    client.capture_text("x", Level::Error, None);
                }
            });
        }
    });
    assert_eq!(client.flush(PATIENCE), 0);
    assert_eq!(server.count(), 100);
    assert_eq!(client.stats().sent, 100);
}
