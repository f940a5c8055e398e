//! `GET /api/0/organizations/{org}/events-stats/`: how many events there are over time, together or
//! by the commonest values of a field.

use axum::extract::State;
use axum::response::Response;
use serde_json::{Map, Value, json};
use watchpost_model::Timestamp;
use watchpost_store::limits::{BUCKET_COUNT_MAX, SERIES_COUNT_MAX};
use watchpost_store::{Buckets, EventsAsked, GroupField, GroupQuery, Series};

use super::at::AtOrg;
use super::discover::Asked;
use super::error::{ApiError, ask};
use super::paging::noted;
use super::params::Params;
use crate::{App, period};

/// Without `interval=`, about so many steps.
const STEP_COUNT: i64 = 100;
const HOUR_SECS: i64 = 3600;

/// `yAxis=count()` by `interval=`; with `topEvents=` and `field=` a series for each value.
pub(super) async fn show(
    State(app): State<App>,
    at: AtOrg,
    params: Params,
) -> Result<Response, ApiError> {
    if let Some(axis) = params.all("yAxis").find(|axis| *axis != "count()") {
        let why = format!("There is no yAxis `{axis}`, only count().");
        return Err(ApiError::Invalid(why));
    }
    let asked = Asked::read(&app, &at, &params).await?;
    let buckets = steps(&params, &asked, app.clock.now())?;
    let top: usize = params
        .first("topEvents")
        .and_then(|text| text.parse().ok())
        .unwrap_or(0);
    let mut fields = params.all("field").filter(|name| !name.ends_with(')'));
    let field = match (top, fields.next()) {
        (0, _) | (_, None) => None,
        (_, Some(name)) => Some(
            GroupField::parse(name)
                .map_err(|error| ApiError::Invalid(format!("`{name}`: {}", error.message)))?,
        ),
    };
    let has_others = !params.is_on("excludeOther");
    let answer = ask(&app, move |app| {
        let Some(field) = field else {
            let ids = asked.ids();
            let question = EventsAsked::new(&ids, asked.filter.clone());
            let found = app.archive.histogram(&question, buckets)?;
            return Ok((series(buckets, &found.counts), found.extent));
        };
        let query = GroupQuery {
            buckets: Some(buckets),
            limit: 1,
            ..GroupQuery::by(vec![field.clone()])
        };
        let found = asked.group(app, query)?;
        let mut all = Map::new();
        let told = folded(found.series, top.min(SERIES_COUNT_MAX));
        let told = told.into_iter();
        let told = told.filter(|one| has_others || one.value.is_some());
        for (order, one) in told.enumerate() {
            let name = match (&one.value, &field) {
                (None, _) => "Other".to_owned(),
                (Some(value), GroupField::Project) => asked.slug(value),
                (Some(value), GroupField::Issue) => asked.short_id(app, value)?,
                (Some(value), GroupField::Key(_)) => value.clone(),
            };
            let mut one = series(buckets, &one.counts);
            one.insert("order".to_owned(), order.into());
            all.insert(name, one.into());
        }
        Ok((all, found.extent))
    });
    let (answer, extent) = answer.await?;
    Ok(noted(answer.into(), &extent))
}

/// The first values, and all the others as one.
fn folded(series: Vec<Series>, top: usize) -> Vec<Series> {
    let mut told: Vec<Series> = Vec::new();
    for one in series {
        let is_named = told.len() < top && one.value.is_some();
        match told.last_mut().filter(|last| last.value.is_none()) {
            Some(others) => {
                for (count, more) in others.counts.iter_mut().zip(&one.counts) {
                    *count += more;
                }
            }
            None if is_named => told.push(one),
            None => told.push(Series { value: None, ..one }),
        }
    }
    told
}

/// The steps of time that a request asks for.
fn steps(params: &Params, asked: &Asked, now: Timestamp) -> Result<Buckets, ApiError> {
    let until = asked.filter.until.unwrap_or(now);
    let since = asked.filter.since.unwrap_or(until);
    let span = until.secs_since(since).max(1);
    let step = match params.first("interval") {
        Some(text) => period::secs(text).map_err(ApiError::Invalid)?,
        None if span > STEP_COUNT * HOUR_SECS => 24 * HOUR_SECS,
        None => HOUR_SECS,
    };
    let count = usize::try_from(span.div_euclid(step) + 1).unwrap_or(usize::MAX);
    if count > BUCKET_COUNT_MAX {
        let why = format!("There can be {BUCKET_COUNT_MAX} steps at most: use a longer interval.");
        return Err(ApiError::Invalid(why));
    }
    Ok(Buckets::until(until, step, count))
}

/// As Sentry's tools read it: seconds, each with a list of one count.
fn series(buckets: Buckets, counts: &[u64]) -> Map<String, Value> {
    let data = counts
        .iter()
        .enumerate()
        .map(|(place, count)| json!([buckets.start(place).as_secs(), [{"count": count}]]));
    let data: Vec<Value> = data.collect();
    let (start, end) = (buckets.since.as_secs(), buckets.end().as_secs());
    let parts = [
        ("data", json!(data)),
        ("start", json!(start)),
        ("end", json!(end)),
    ];
    parts
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value))
        .collect()
}
