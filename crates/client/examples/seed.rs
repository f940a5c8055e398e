//! Reports one message and one error the way the first client did, in 2010.
//!
//! ```text
//! cargo run -p watchpost-client --example seed -- http://127.0.0.1:9000/store/ KEY
//! ```

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "an example shows what it does"
)]

use std::error::Error;

use watchpost_client::{ClientOptions, ERRORS_LOGGER, Level, Server};

fn main() -> Result<(), Box<dyn Error>> {
    let mut args = std::env::args().skip(1);
    let (url, key) = args
        .next()
        .zip(args.next())
        .ok_or("URL and KEY are missing")?;
    let options = ClientOptions::new()
        .server(Server::seed(&url, &key)?)
        .on_failure(|failure| eprintln!("{ERRORS_LOGGER}: {failure}"));
    let guard = watchpost_client::init(options);

    let url = Some("http://shop.example/basket");
    println!(
        "{}",
        watchpost_client::capture_text("Message Message", Level::Warning, url)
    );
    if let Err(error) = "three".parse::<u8>() {
        println!("{}", watchpost_client::capture_error(&error));
    }
    drop(guard);
    Ok(())
}
