//! The targets of `targets/wire.rs` as a program.

use std::process::ExitCode;

fn main() -> anyhow::Result<ExitCode> {
    watchpost_fuzz::runner::main(watchpost_fuzz::wire::TARGETS)
}
