//! Reports one error to a server of today.
//!
//! ```text
//! cargo run -p watchpost-client --example modern -- http://KEY@127.0.0.1:9000/1
//! ```

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "an example shows what it does"
)]

use std::error::Error;

use watchpost_client::{ClientOptions, ERRORS_LOGGER, Server};

fn main() -> Result<(), Box<dyn Error>> {
    let dsn = std::env::args().nth(1).ok_or("the DSN is missing")?;
    let options = ClientOptions::new()
        .server(Server::dsn(&dsn)?)
        .release("example@0.1.0")
        .environment("development")
        .on_failure(|failure| eprintln!("{ERRORS_LOGGER}: {failure}"));
    let guard = watchpost_client::init(options);
    watchpost_client::install_panic_hook();

    if let Err(error) = "three".parse::<u8>() {
        let id = watchpost_client::capture_error_with(&error, |event| {
            event
                .with_tag("currency", "EUR")
                .with_data("quantity", "three")
        });
        println!("{id}");
    }
    drop(guard);
    Ok(())
}
