//! Reports what a program says through `tracing`: fields become data, spans the view.
//!
//! ```text
//! cargo run -p watchpost-client --features tracing --example tracing_layer -- \
//!     http://KEY@127.0.0.1:9000/1
//! ```

#![expect(clippy::print_stderr, reason = "an example shows what it does")]

use std::error::Error;

use tracing_subscriber::prelude::*;
use watchpost_client::{ClientOptions, ERRORS_LOGGER, Server, TracingLayer};

fn main() -> Result<(), Box<dyn Error>> {
    let dsn = std::env::args().nth(1).ok_or("the DSN is missing")?;
    let options = ClientOptions::new()
        .server(Server::dsn(&dsn)?)
        .on_failure(|failure| eprintln!("{ERRORS_LOGGER}: {failure}"));
    let guard = watchpost_client::init(options);
    let layer = TracingLayer::new().min_level(tracing::Level::WARN);
    let subscriber = tracing_subscriber::registry().with(layer);

    tracing::subscriber::with_default(subscriber, || {
        let span = tracing::info_span!("checkout", order = 17);
        let _entered = span.enter();
        tracing::warn!(items = 0, "basket is empty");
        if let Err(error) = "three".parse::<u8>() {
            tracing::error!(error = &error as &dyn Error, "no quantity");
        }
    });
    drop(guard);
    Ok(())
}
