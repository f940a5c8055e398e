//! Where things are: the checkout, the cache, the build folder.
//! The only place of this tool that reads the environment.

use std::path::PathBuf;

use anyhow::Context;

/// The checkout this tool was started in.
pub(crate) fn root() -> PathBuf {
    // A build folder may serve several checkouts; cargo names the current one when it runs us.
    let manifest =
        variable("CARGO_MANIFEST_DIR").unwrap_or_else(|| env!("CARGO_MANIFEST_DIR").to_owned());
    let manifest = PathBuf::from(manifest);
    manifest.parent().map_or(manifest.clone(), PathBuf::from)
}

/// The folder for what tests download and build: `WATCHPOST_CACHE` or `~/.cache/watchpost`.
pub(crate) fn cache() -> anyhow::Result<PathBuf> {
    let folder = match variable("WATCHPOST_CACHE") {
        Some(folder) => PathBuf::from(folder),
        None => PathBuf::from(variable("HOME").context("HOME is not set: set WATCHPOST_CACHE")?)
            .join(".cache/watchpost"),
    };
    std::fs::create_dir_all(&folder)
        .with_context(|| format!("failed to make the cache folder {}", folder.display()))?;
    Ok(folder)
}

/// The build folder of the tests: `CARGO_TARGET_DIR`, or one in the cache that outlives checkouts.
pub(crate) fn target() -> anyhow::Result<PathBuf> {
    match variable("CARGO_TARGET_DIR") {
        // Steps run in different folders, so that a relative path must be settled here.
        Some(folder) => Ok(root().join(folder)),
        None => Ok(cache()?.join("target")),
    }
}

/// The names of our own settings in the environment, which must not leak into a tested server.
pub(crate) fn own_variables() -> Vec<String> {
    std::env::vars_os()
        .filter_map(|(name, _)| name.into_string().ok())
        .filter(|name| name.starts_with("WATCHPOST_"))
        .collect()
}

/// The program of this name on the search path.
pub(crate) fn program(name: &str) -> Option<PathBuf> {
    let path = variable("PATH")?;
    std::env::split_paths(&path)
        .map(|folder| folder.join(name))
        .find(|file| file.is_file())
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
