//! `cargo xtask check`: the fast half, meant for every save. `main` calls it.

use std::time::Instant;

use crate::{shell, tidy};

/// What cargo is asked, in the order in which an answer is cheapest.
const STEPS: [(&str, &str); 3] = [
    ("format", "fmt --all --check"),
    (
        "lints",
        "clippy --workspace --all-targets --quiet -- -D warnings",
    ),
    // Always the whole workspace: with `-p` cargo would unify features differently and rebuild.
    ("unit tests", "test --workspace --lib --bins --quiet"),
];

/// Runs every step, also after a failure, so that one run shows all that is wrong.
pub(crate) fn run() -> anyhow::Result<bool> {
    let start = Instant::now();
    let mut wrong = Vec::new();
    if !tidy::run()? {
        wrong.push("tidy");
    }
    for (name, arguments) in STEPS {
        if !shell::passes(&mut shell::cargo(arguments))? {
            wrong.push(name);
        }
    }
    let seconds = start.elapsed().as_secs_f32();
    if wrong.is_empty() {
        println!("check: all well in {seconds:.1} s");
    } else {
        println!("check: wrong: {} ({seconds:.1} s)", wrong.join(", "));
    }
    Ok(wrong.is_empty())
}
