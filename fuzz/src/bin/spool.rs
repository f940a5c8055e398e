//! The targets of `targets/spool.rs` as a program.

use std::process::ExitCode;

fn main() -> anyhow::Result<ExitCode> {
    watchpost_fuzz::runner::main(watchpost_fuzz::spool::TARGETS)
}
