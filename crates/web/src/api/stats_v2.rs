//! `GET /api/0/organizations/{org}/stats_v2/`: how items ended, in sums and over time.

use std::collections::{BTreeMap, HashMap};

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use serde_json::{Map, Value, json};
use watchpost_model::{KeyId, Outcome, ProjectId, Timestamp};
use watchpost_store::{Grain, OUTCOME_SUM_COUNT_MAX, OutcomeField, OutcomeQuery, OutcomeSum};

use super::at::AtOrg;
use super::error::{ApiError, ask};
use super::issues::chosen;
use super::params::Params;
use crate::{App, period};

/// The one field that there is.
const QUANTITY: &str = "sum(quantity)";
/// The longest time of one answer.
const DAY_COUNT_MAX: i64 = 90;
const DAY_SECS: i64 = 24 * 3600;

/// As Sentry's tools read it.
#[derive(Serialize)]
pub(super) struct StatsView {
    start: String,
    end: String,
    intervals: Vec<String>,
    groups: Vec<GroupView>,
}

#[derive(Serialize)]
struct GroupView {
    by: Map<String, Value>,
    totals: BTreeMap<&'static str, u64>,
    series: BTreeMap<&'static str, Vec<u64>>,
}

/// Sums told apart by `groupBy=` (outcome, category, reason, project, key; repeated), with a series
/// by `interval=` (1h or 1d).
pub(super) async fn show(
    State(app): State<App>,
    at: AtOrg,
    params: Params,
) -> Result<Json<StatsView>, ApiError> {
    if let Some(field) = params.all("field").find(|field| *field != QUANTITY) {
        let why = format!("There is no field `{field}`, only {QUANTITY}.");
        return Err(ApiError::Invalid(why));
    }
    let span = Span::of(&params, app.clock.now())?;
    let groups = groups(&params)?;
    let projects = chosen(&app, &at.org, &params).await?;
    let names = |key| {
        let names: Vec<String> = params.all(key).map(str::to_owned).collect();
        (!names.is_empty()).then_some(names)
    };
    let mut by = vec![OutcomeField::Time];
    by.extend(groups.iter().map(|(_, field)| *field));
    let projects: Vec<ProjectId> = projects.iter().map(|project| project.id).collect();
    let with_keys = groups.iter().any(|(_, field)| *field == OutcomeField::Key);
    let owners = if with_keys {
        projects.clone()
    } else {
        Vec::new()
    };
    let query = OutcomeQuery {
        grain: span.grain,
        by,
        categories: names("category"),
        outcomes: outcomes(&params)?,
        reasons: names("reason"),
        ..OutcomeQuery::new(projects, span.since, span.until)
    };
    let answer = ask(&app, move |app| {
        let mut keys = Keys::new();
        for project in owners {
            let found = app.ledger.keys(project)?.into_iter();
            keys.extend(found.map(|key| (key.id, key.public)));
        }
        Ok((app.ledger.outcome_sums(&query)?, keys))
    });
    let (sums, keys) = answer.await?;
    if sums.len() >= OUTCOME_SUM_COUNT_MAX {
        let why = "This is too much for one answer: ask for less time, `interval=1d`, or fewer \
                   groups.";
        return Err(ApiError::Invalid(why.to_owned()));
    }
    Ok(Json(view(&span, &groups, &sums, &keys)))
}

/// The public halves of the keys, by which the API names them.
type Keys = HashMap<KeyId, String>;

/// The time that an answer covers, in whole steps.
struct Span {
    since: Timestamp,
    until: Timestamp,
    grain: Grain,
}

impl Span {
    fn of(params: &Params, now: Timestamp) -> Result<Self, ApiError> {
        let grain = match params.first("interval") {
            None | Some("1h") => Grain::Hour,
            Some("1d") => Grain::Day,
            Some(other) => {
                let why = format!("There is no interval `{other}`, only 1h and 1d.");
                return Err(ApiError::Invalid(why));
            }
        };
        let until = moment(params, "end")?.unwrap_or(now).min(now);
        let period = period::secs(params.first("statsPeriod").unwrap_or("24h"));
        let since = match moment(params, "start")? {
            Some(start) => start,
            None => until.plus_secs(-period.map_err(ApiError::Invalid)?),
        };
        let earliest = until.plus_secs(-DAY_COUNT_MAX * DAY_SECS);
        let step = grain.secs();
        // The step of `until` is the last one, so the first one begins after `since`.
        let first = since.max(earliest).as_secs().div_euclid(step) + 1;
        let last = until.as_secs().div_euclid(step);
        Ok(Self {
            since: Timestamp::from_secs(first.min(last) * step),
            until: Timestamp::from_secs(last * step),
            grain,
        })
    }

    fn steps(&self) -> impl Iterator<Item = Timestamp> {
        let steps = self.since.as_secs()..=self.until.as_secs();
        let length = usize::try_from(self.grain.secs()).unwrap_or(3600);
        steps.step_by(length).map(Timestamp::from_secs)
    }
}

/// `2026-05-04T12:30:00`, with a zone or as UTC.
pub(super) fn moment(params: &Params, key: &str) -> Result<Option<Timestamp>, ApiError> {
    let text = params.first(key);
    let read = text.map(|text| period::moment(key, text)).transpose();
    read.map_err(ApiError::Invalid)
}

fn groups(params: &Params) -> Result<Vec<(&'static str, OutcomeField)>, ApiError> {
    const FIELDS: [(&str, OutcomeField); 5] = [
        ("outcome", OutcomeField::Outcome),
        ("category", OutcomeField::Category),
        ("reason", OutcomeField::Reason),
        ("project", OutcomeField::Project),
        ("key", OutcomeField::Key),
    ];
    let mut groups = Vec::new();
    for name in params.all("groupBy") {
        let known = FIELDS.into_iter().find(|(known, _)| *known == name);
        let Some(known) = known else {
            let why =
                format!("`{name}` is no group: outcome, category, reason, project and key are.");
            return Err(ApiError::Invalid(why));
        };
        if !groups.contains(&known) {
            groups.push(known);
        }
    }
    Ok(groups)
}

fn outcomes(params: &Params) -> Result<Option<Vec<Outcome>>, ApiError> {
    let mut outcomes = Vec::new();
    for name in params.all("outcome") {
        // Sentry's word for the same.
        let name = if name == "client_discard" {
            "client_discarded"
        } else {
            name
        };
        let invalid = || ApiError::Invalid(format!("There is no outcome `{name}`."));
        outcomes.push(Outcome::from_name(name).ok_or_else(invalid)?);
    }
    Ok((!outcomes.is_empty()).then_some(outcomes))
}

fn view(
    span: &Span,
    groups: &[(&'static str, OutcomeField)],
    sums: &[OutcomeSum],
    keys: &Keys,
) -> StatsView {
    let intervals: Vec<Timestamp> = span.steps().collect();
    let mut found: BTreeMap<String, GroupView> = BTreeMap::new();
    for sum in sums {
        let by: Map<String, Value> = groups
            .iter()
            .map(|(name, field)| ((*name).to_owned(), value(sum, *field, keys)))
            .collect();
        let group = found.entry(Value::from(by.clone()).to_string());
        let group = group.or_insert_with(|| GroupView {
            by,
            totals: BTreeMap::from([(QUANTITY, 0)]),
            series: BTreeMap::from([(QUANTITY, vec![0; intervals.len()])]),
        });
        let place = sum
            .time
            .and_then(|time| intervals.binary_search(&time).ok());
        let slot = place.and_then(|place| group.series.get_mut(QUANTITY)?.get_mut(place));
        let total = group.totals.get_mut(QUANTITY);
        for count in slot.into_iter().chain(total) {
            *count = count.saturating_add(sum.quantity);
        }
    }
    StatsView {
        start: span.since.to_string(),
        end: span.until.plus_secs(span.grain.secs()).to_string(),
        intervals: intervals.iter().map(ToString::to_string).collect(),
        groups: found.into_values().collect(),
    }
}

fn value(sum: &OutcomeSum, field: OutcomeField, keys: &Keys) -> Value {
    match field {
        OutcomeField::Outcome => json!(sum.outcome.map(Outcome::name)),
        OutcomeField::Category => json!(sum.category),
        OutcomeField::Reason => json!(sum.reason),
        OutcomeField::Project => json!(sum.project),
        // Also nothing for what came without a key, or with one that is gone.
        OutcomeField::Key => json!(sum.key.and_then(|key| keys.get(&key))),
        OutcomeField::Time => Value::Null,
    }
}
