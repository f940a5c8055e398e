//! The one client that most programs need, reachable from everywhere.

use std::sync::{PoisonError, RwLock};

use crate::{AsError, Client, ClientOptions, Event, EventId, Level};

static GLOBAL: RwLock<Option<Client>> = RwLock::new(None);

/// Starts the global client. Keep what it returns until the end of `main`:
///
/// ```no_run
/// # fn main() -> Result<(), watchpost_client::InvalidServer> {
/// use watchpost_client::{ClientOptions, Level, Server};
///
/// let server = Server::seed("http://127.0.0.1:9000/store/", "the key")?;
/// let _guard = watchpost_client::init(ClientOptions::new().server(server));
/// let id = watchpost_client::capture_text("Message Message", Level::Warning, None);
/// # Ok(())
/// # }
/// ```
///
/// A second call replaces the client; what the first one still has to send is sent.
#[must_use = "dropping the guard ends the reporting"]
pub fn init(options: ClientOptions) -> Guard {
    let client = Client::new(options);
    let replaced = {
        let mut global = GLOBAL.write().unwrap_or_else(PoisonError::into_inner);
        global.replace(client.clone())
    };
    drop(replaced);
    Guard { client }
}

/// The global client, if there is one.
pub fn client() -> Option<Client> {
    let global = GLOBAL.read().unwrap_or_else(PoisonError::into_inner);
    global.clone()
}

/// Sends what waits when it is dropped, for a bounded time, and ends the global client.
#[derive(Debug)]
pub struct Guard {
    client: Client,
}

impl Guard {
    /// The client that this guard keeps.
    pub fn client(&self) -> &Client {
        &self.client
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        self.client.close(self.client.shutdown_timeout());
        let mut global = GLOBAL.write().unwrap_or_else(PoisonError::into_inner);
        let ended = global.take_if(|client| client.is_same(&self.client));
        drop(global);
        drop(ended);
    }
}

/// [`Client::capture_text`] of the global client; without one nothing happens.
#[track_caller]
pub fn capture_text(message: impl Into<String>, level: Level, url: Option<&str>) -> EventId {
    match client() {
        Some(client) => client.capture_text(message, level, url),
        None => EventId::NIL,
    }
}

/// [`Client::capture_error`] of the global client; without one nothing happens.
#[track_caller]
pub fn capture_error<E: AsError + ?Sized>(error: &E) -> EventId {
    match client() {
        Some(client) => client.capture_error(error),
        None => EventId::NIL,
    }
}

/// [`Client::capture_error_with`] of the global client; without one nothing happens.
#[track_caller]
pub fn capture_error_with<E: AsError + ?Sized>(
    error: &E,
    more: impl FnOnce(Event) -> Event,
) -> EventId {
    match client() {
        Some(client) => client.capture_error_with(error, more),
        None => EventId::NIL,
    }
}

/// [`Client::capture`] of the global client; without one nothing happens.
#[track_caller]
pub fn capture(event: Event) -> EventId {
    match client() {
        Some(client) => client.capture(event),
        None => EventId::NIL,
    }
}
