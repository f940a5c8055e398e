//! `GET /api/0/projects/{org}/{project}/stats/`: how many items ended how, per hour.

use axum::Json;
use axum::extract::State;
use watchpost_model::{Outcome, Timestamp};
use watchpost_store::{OutcomeField, OutcomeQuery};

use super::at::AtProject;
use super::error::{ApiError, ask};
use super::params::Params;
use super::view::issue::fill_hours;
use crate::App;

/// The longest time that one answer covers, whatever is asked for.
const HOUR_COUNT_MAX: i64 = 90 * 24;

/// `[[second, count], …]`, every hour present, the last day unless `since=` and `until=` say
/// otherwise. `stat=` is received (the default: accepted events), rejected, blacklisted or the name
/// of an outcome.
pub(super) async fn show(
    State(app): State<App>,
    at: AtProject,
    params: Params,
) -> Result<Json<Vec<(i64, u64)>>, ApiError> {
    let counted = outcomes(params.first("stat"))?;
    let now = app.clock.now();
    let until = moment(&params, "until")?.unwrap_or(now).min(now);
    let since = moment(&params, "since")?.unwrap_or(until.plus_secs(-23 * 3600));
    let since = since
        .max(until.plus_secs((1 - HOUR_COUNT_MAX) * 3600))
        .floor_to_hour();
    let project = at.project.id;
    let query = OutcomeQuery {
        by: vec![OutcomeField::Time],
        outcomes: Some(counted),
        ..OutcomeQuery::new(vec![project], since, until)
    };
    let sums = ask(&app, move |app| Ok(app.ledger.outcome_sums(&query)?)).await?;
    let hours = sums
        .into_iter()
        .filter_map(|sum| Some((sum.time?, sum.quantity)));
    Ok(Json(fill_hours(hours, since, until)))
}

fn outcomes(stat: Option<&str>) -> Result<Vec<Outcome>, ApiError> {
    match stat {
        None | Some("received") => Ok(vec![Outcome::Accepted]),
        Some("rejected") => Ok(vec![Outcome::RateLimited, Outcome::Invalid]),
        Some("blacklisted") => Ok(vec![Outcome::Filtered]),
        Some(other) => {
            let invalid = || {
                ApiError::Invalid(format!(
                    "There is no statistic `{other}`, only received, rejected, blacklisted and \
                     the outcomes."
                ))
            };
            let outcome = Outcome::from_name(other).ok_or_else(invalid)?;
            Ok(vec![outcome])
        }
    }
}

/// Seconds since 1970 in a parameter.
fn moment(params: &Params, key: &str) -> Result<Option<Timestamp>, ApiError> {
    let Some(text) = params.first(key) else {
        return Ok(None);
    };
    let seconds = text.parse().ok().and_then(Timestamp::from_secs_f64);
    let invalid = || ApiError::Invalid(format!("`{key}` is not a number of seconds since 1970."));
    seconds.map(Some).ok_or_else(invalid)
}
