//! The same targets, driven by libFuzzer, which sees what code an input reaches.
//! `cargo xtask fuzz --libfuzzer` builds it with nightly; `FUZZ_TARGET` names the target.

#![no_main]

use std::sync::OnceLock;

use libfuzzer_sys::fuzz_target;
use watchpost_fuzz::Target;

static TARGET: OnceLock<Target> = OnceLock::new();

fn wanted() -> Target {
    #[expect(
        clippy::disallowed_methods,
        reason = "libFuzzer owns the command line, so the name comes this way"
    )]
    let name = std::env::var("FUZZ_TARGET").unwrap_or_default();
    let target = watchpost_fuzz::target(&name);
    target.unwrap_or_else(|| panic!("FUZZ_TARGET={name:?} is none of the targets"))
}

fuzz_target!(|bytes: &[u8]| {
    let target = TARGET.get_or_init(wanted);
    (target.run)(bytes);
});
