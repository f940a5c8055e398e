//! The opt-out: on a type, on some values of a type, on one value, anywhere in the chain.

use std::error::Error;
use std::fmt;

use watchpost_client::{AsError, Client, ClientOptions, Level, Skip};

use crate::server::{PATIENCE, TestServer};

#[derive(Debug)]
struct NotFound;

#[derive(Debug)]
struct Status(u16);

/// An error with any cause.
#[derive(Debug)]
struct Failed(Box<dyn Error + Send + Sync>);

impl fmt::Display for NotFound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not found")
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "status {}", self.0)
    }
}

impl fmt::Display for Failed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("failed")
    }
}

impl Error for NotFound {}
impl Error for Status {}
impl Error for Failed {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&*self.0)
    }
}

fn check<E: AsError + ?Sized>(error: &E, expect_sent: u64) {
    let server = TestServer::start();
    let options = ClientOptions::new()
        .server(server.modern())
        .skip::<NotFound>()
        .skip_if(|status: &Status| status.0 < 500);
    let client = Client::new(options);
    let id = client.capture_error(error);
    assert_eq!(id.is_nil(), expect_sent == 0);
    assert_eq!(client.flush(PATIENCE), 0);
    let stats = client.stats();
    assert_eq!((stats.sent, stats.skipped), (expect_sent, 1 - expect_sent));
    assert_eq!(server.count() as u64, expect_sent);
}

#[test]
fn skipped_errors_send_nothing() {
    check(&NotFound, 0);
    check(&Status(404), 0);
    check(&Status(500), 1);
    check(&Skip::new(Status(500)), 0);
    check(&Skip::new("just a text"), 0);
    check(&Failed(NotFound.into()), 0);
    check(&Failed(Failed(Status(404).into()).into()), 0);
    check(&Failed(Skip::new(Status(500)).into()), 0);
    check(&Failed(Status(503).into()), 1);
    let erased: Box<dyn Error + Send + Sync> = Box::new(NotFound);
    check(&*erased, 0);
}

#[test]
fn a_skipped_error_reads_like_the_one_inside() {
    let skip = Skip::new(Failed(NotFound.into()));
    assert_eq!(skip.to_string(), "failed");
    assert_eq!(
        skip.source().map(ToString::to_string).as_deref(),
        Some("not found")
    );
    assert!(skip.into_inner().is::<Failed>());
}

#[test]
fn messages_are_not_skipped() {
    let server = TestServer::start();
    let client = Client::new(
        ClientOptions::new()
            .server(server.seed())
            .skip::<NotFound>(),
    );
    client.capture_text("not found", Level::Error, None);
    server.wait_for(1);
}
