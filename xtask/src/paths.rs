//! Where things are.
//! The only place of this tool that reads the environment.

use std::path::PathBuf;

/// The checkout this tool was started in.
pub(crate) fn root() -> PathBuf {
    // A build folder may serve several checkouts; cargo names the current one when it runs us.
    let manifest =
        variable("CARGO_MANIFEST_DIR").unwrap_or_else(|| env!("CARGO_MANIFEST_DIR").to_owned());
    let manifest = PathBuf::from(manifest);
    manifest.parent().map_or(manifest.clone(), PathBuf::from)
}

/// The names of our own settings in the environment, which must not leak into a tested server.
pub(crate) fn own_variables() -> Vec<String> {
    std::env::vars_os()
        .filter_map(|(name, _)| name.into_string().ok())
        .filter(|name| name.starts_with("WATCHPOST_"))
        .collect()
}

/// A variable of the environment; an empty one counts as not set.
pub(crate) fn variable(name: &str) -> Option<String> {
    #[expect(
        clippy::disallowed_methods,
        reason = "the one place that reads the environment"
    )]
    let value = std::env::var(name).ok()?;
    (!value.is_empty()).then_some(value)
}
