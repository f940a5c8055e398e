//! How much of each quota is used: what was accepted in the window that runs now.

use watchpost_model::{Key, Outcome, Project, Quota, Timestamp};
use watchpost_store::{OutcomeField, OutcomeQuery, OutcomeSum};

use crate::App;
use crate::pages::PageError;
use crate::pages::format::{Count, plural};

/// A quota of the project or of one of its keys.
pub(super) struct Used {
    pub(super) whose: String,
    pub(super) kind: &'static str,
    pub(super) limit: Count,
    pub(super) window: String,
    /// Of windows that counts by the hour can tell.
    pub(super) accepted: Option<(Count, String)>,
}

const HOUR_SECS: i64 = 3600;

/// The quotas of a project, then those of its keys.
pub(super) fn look(
    app: &App,
    project: &Project,
    keys: &[Key],
    now: Timestamp,
) -> Result<Vec<Used>, PageError> {
    let of_project = project.quotas.iter().map(|quota| (None, quota));
    let of_keys = keys.iter().flat_map(|key| {
        let quotas = key.quotas.iter();
        quotas.map(move |quota| (Some(key), quota))
    });
    let mut rows = Vec::new();
    for (key, quota) in of_project.chain(of_keys) {
        let sums = match window_of(quota, now) {
            Some(since) => Some(accepted(app, project, quota, (since, now))?),
            None => None,
        };
        rows.push(used(key, quota, sums.as_deref()));
    }
    Ok(rows)
}

/// When the window that runs now began, if it is made of whole hours.
fn window_of(quota: &Quota, now: Timestamp) -> Option<Timestamp> {
    let secs = i64::from(quota.window_secs);
    let is_whole = secs > 0 && secs % HOUR_SECS == 0;
    is_whole.then(|| Timestamp::from_secs(now.as_secs().div_euclid(secs) * secs))
}

fn accepted(
    app: &App,
    project: &Project,
    quota: &Quota,
    (since, now): (Timestamp, Timestamp),
) -> Result<Vec<OutcomeSum>, PageError> {
    let category = quota.category.clone();
    let query = OutcomeQuery {
        by: vec![OutcomeField::Key],
        categories: category.map(|category| vec![category]),
        outcomes: Some(vec![Outcome::Accepted]),
        ..OutcomeQuery::new(vec![project.id], since, now)
    };
    Ok(app.ledger.outcome_sums(&query)?)
}

fn used(key: Option<&Key>, quota: &Quota, sums: Option<&[OutcomeSum]>) -> Used {
    let count = |sums: &[OutcomeSum]| {
        let of_it = sums
            .iter()
            .filter(|sum| key.is_none_or(|key| sum.key == Some(key.id)));
        let count = of_it.fold(0_u64, |all, sum| all.saturating_add(sum.quantity));
        let share = u128::from(count) * 100 / u128::from(quota.limit.max(1));
        (Count::new(count), format!("{share} %"))
    };
    let name = quota.category.as_deref();
    let kind = Quota::CATEGORIES
        .iter()
        .find(|(known, _)| Some(*known) == name);
    Used {
        whose: key.map_or_else(
            || "the project".to_owned(),
            |key| format!("key {}", key.label),
        ),
        kind: kind.map_or("everything together", |(_, label)| label),
        limit: Count::new(quota.limit),
        window: window_in_words(quota.window_secs),
        accepted: sums.map(count),
    }
}

fn window_in_words(secs: u32) -> String {
    match secs {
        60 => "a minute".to_owned(),
        3600 => "an hour".to_owned(),
        86_400 => "a day".to_owned(),
        604_800 => "a week".to_owned(),
        secs if secs % 3600 == 0 => plural((secs / 3600).into(), "hour"),
        secs if secs % 60 == 0 => plural((secs / 60).into(), "minute"),
        secs => plural(secs.into(), "second"),
    }
}
