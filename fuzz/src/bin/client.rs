//! The targets of `targets/client.rs` as a program.

use std::process::ExitCode;

fn main() -> anyhow::Result<ExitCode> {
    watchpost_fuzz::runner::main(watchpost_fuzz::client::TARGETS)
}
