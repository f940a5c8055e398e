//! Functions of ours that questions may call: texts with wildcards, the order of versions, what
//! happens these days.

use rusqlite::Connection;
use rusqlite::functions::{Aggregate, Context, FunctionFlags};
use watchpost_model::Trend;
use watchpost_model::version::Release;

use crate::search::Pattern;
use crate::search::version::AskedVersion;
use crate::sqlite::columns::{count_out, hour_out};

/// Adds them to a connection.
pub(super) fn add(sql: &Connection) -> rusqlite::Result<()> {
    // The same values give the same answer, so the engine may move the call.
    let flags = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC;
    sql.create_scalar_function("fits", 2, flags, fits)?;
    sql.create_scalar_function("version_order", 2, flags, version_order)?;
    sql.create_scalar_function("release_part", 2, flags, release_part)?;
    sql.create_aggregate_function("trend", 2, flags, TrendOf)
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

/// `trend(hour, events)`, an aggregate: see [`Trend`].
struct TrendOf;

impl Aggregate<Trend, i64> for TrendOf {
    fn init(&self, _: &mut Context<'_>) -> rusqlite::Result<Trend> {
        Ok(Trend::NONE)
    }

    fn step(&self, context: &mut Context<'_>, sum: &mut Trend) -> rusqlite::Result<()> {
        let (hour, events) = (context.get(0)?, context.get(1)?);
        *sum = sum.plus(Trend::of(hour_out(hour), count_out(events)));
        Ok(())
    }

    fn finalize(&self, _: &mut Context<'_>, sum: Option<Trend>) -> rusqlite::Result<i64> {
        Ok(sum.unwrap_or_default().0)
    }
}
