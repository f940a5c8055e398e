//! Functions of ours that questions may call: texts with wildcards, the order of versions.

use rusqlite::Connection;
use rusqlite::functions::{Context, FunctionFlags};
use watchpost_model::version::Release;

use crate::search::Pattern;
use crate::search::version::AskedVersion;

/// Adds them to a connection.
pub(super) fn add(sql: &Connection) -> rusqlite::Result<()> {
    // The same values give the same answer, so the engine may move the call.
    let flags = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC;
    sql.create_scalar_function("fits", 2, flags, fits)?;
    sql.create_scalar_function("version_order", 2, flags, version_order)?;
    sql.create_scalar_function("release_part", 2, flags, release_part)
}

/// `fits(text, pattern)`: whether the whole text fits, upper or lower case.
fn fits(context: &Context<'_>) -> rusqlite::Result<bool> {
    let pattern = context.get_or_create_aux(1, |value| {
        let text = value.as_str()?;
        Ok::<_, rusqlite::types::FromSqlError>(Pattern::read(text).folded())
    })?;
    let text = context.get_raw(0).as_str()?;
    Ok(pattern.matches(&text.to_lowercase()))
}

/// `version_order(release, asked)`: -1, 0 or 1; nothing when they have no common order.
fn version_order(context: &Context<'_>) -> rusqlite::Result<Option<i64>> {
    let asked = context.get_or_create_aux(1, |value| {
        Ok::<_, rusqlite::types::FromSqlError>(AskedVersion::of(value.as_str()?))
    })?;
    let order = asked.order_of(context.get_raw(0).as_str()?);
    Ok(order.map(|order| order as i64))
}

/// `release_part(release, 'package' | 'version' | 'stage' | 'build')`
fn release_part(context: &Context<'_>) -> rusqlite::Result<String> {
    let release = Release::parse(context.get_raw(0).as_str()?);
    let part = match context.get_raw(1).as_str()? {
        "package" => release.package,
        "stage" => release.stage,
        "build" => release.build,
        _ => release.version,
    };
    Ok(part.to_owned())
}
