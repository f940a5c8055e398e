//! Reports errors of a Rust program to Watchpost, or to any other Sentry server, old or new.
//!
//! ```no_run
//! use watchpost_client::{ClientOptions, Level, Server};
//!
//! fn main() -> Result<(), Box<dyn std::error::Error>> {
//!     // The DSN as the server shows it. For a server of 2010: `Server::seed(store_url, key)`.
//!     let server = Server::dsn("http://0123456789abcdef0123456789abcdef@127.0.0.1:9000/1")?;
//!     let options = ClientOptions::new().server(server).release("shop@2.4.1");
//!     let _guard = watchpost_client::init(options);
//!     watchpost_client::install_panic_hook();
//!
//!     watchpost_client::capture_text("Basket is empty", Level::Warning, None);
//!     if let Err(error) = "three".parse::<u8>() {
//!         let id = watchpost_client::capture_error(&error);
//!         eprintln!("sorry; please quote {id}");
//!     }
//!     Ok(())
//! }
//! ```
//!
//! # What it promises
//!
//! * **It never hurts the program.** Capturing returns the event's id at once. A thread of its own
//!   sends; the queue to it is bounded, and what does not fit is dropped and counted ([`Stats`]).
//!   Nothing panics, nothing returns an error, every wait has a timeout.
//! * **It says what it could not do**, to the logger [`ERRORS_LOGGER`] and to
//!   [`ClientOptions::on_failure`], and never reports that to itself.
//! * **It behaves towards servers**: several are tried in the order given, the first success ends
//!   it; one that answers 429 is left alone as long as it asks.
//!
//! # Leaving errors out
//!
//! The first client had `skip_sentry = True`, on an exception's class or on the exception. Here:
//!
//! * a type: [`ClientOptions::skip`],
//! * some values of a type: [`ClientOptions::skip_if`],
//! * one value, where it is made: [`Skip`].
//!
//! Each is looked for in the whole chain of causes. Anything else, messages included, can be
//! dropped in [`ClientOptions::before_send`].
//!
//! # Loggers
//!
//! `LogHandler` (feature `log`, on by default) reports records of the `log` crate, `TracingLayer`
//! (feature `tracing`) events of `tracing`, and [`install_panic_hook`] panics.
//!
//! # Features
//!
//! | feature | default | brings |
//! |---|---|---|
//! | `tls` | yes | https, trusting what the operating system trusts |
//! | `log` | yes | `LogHandler` |
//! | `tracing` | no | `TracingLayer` |

mod client;
mod global;
mod options;
mod panic_hook;

mod event;
mod exception;
mod id;
mod level;
mod server;
mod skip;

mod busy;
mod clock;
mod failure;
mod frames;
mod http;
mod limit;
mod limits;
mod queue;
mod stats;
mod thrash;
mod wire;
mod worker;

#[cfg(feature = "log")]
mod log_handler;
#[cfg(feature = "tracing")]
mod tracing_layer;

pub use client::Client;
pub use event::{Event, User};
pub use exception::AsError;
pub use failure::{ERRORS_LOGGER, Failure};
pub use global::{Guard, capture, capture_error, capture_error_with, capture_text, client, init};
pub use id::EventId;
pub use level::Level;
#[cfg(feature = "log")]
pub use log_handler::LogHandler;
pub use options::{Backtraces, ClientOptions};
pub use panic_hook::install_panic_hook;
pub use serde_json::{Map, Value};
pub use server::{InvalidServer, Server};
pub use skip::Skip;
pub use stats::Stats;
#[cfg(feature = "tracing")]
pub use tracing_layer::TracingLayer;
