//! What a search can go on with: keys with a word on each, values with counts, signs, and what the
//! person searched for before. The search boxes and `/api/0/…/search/` ask. Blocks.

use std::collections::BTreeMap;

use serde::Serialize;
use watchpost_model::{OrgId, Project, ProjectId, UserId};
use watchpost_store::search::{KeyHelp, Next, Spot, about_value, recent_values, values_of_key};
use watchpost_store::{StoreError, TagCount};

use crate::App;
use crate::rights::staff;

/// Rows of one answer: what can be looked through.
const ROW_COUNT_MAX: usize = 60;
/// Values among them, so that signs are not pushed out.
const VALUE_ROW_COUNT_MAX: usize = 40;
/// Values of a tag that are looked at; the rarer ones are left out.
const VALUE_COUNT_MAX: usize = 1000;
/// Projects whose keys are offered.
const KEY_PROJECT_COUNT_MAX: usize = 10;
/// Fewer letters are looked for at the start of keys only.
const WITHIN_CHARS_MIN: usize = 2;

/// What is asked.
pub(crate) struct Asking {
    /// The search text.
    pub(crate) text: String,
    /// Characters before the caret.
    pub(crate) caret: usize,
    /// Whether events are searched for, not issues.
    pub(crate) of_events: bool,
    /// Who asks.
    pub(crate) user: UserId,
    /// Where.
    pub(crate) org: OrgId,
    /// Whose words are offered.
    pub(crate) projects: Vec<Project>,
}

/// What the text can go on with: each row's `text` replaces its characters `from` to `until`.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Suggestions {
    pub(crate) from: usize,
    pub(crate) until: usize,
    #[serde(rename = "suggestions")]
    pub(crate) rows: Vec<Row>,
}

/// One of them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Row {
    /// What is put into the search text.
    pub(crate) text: String,
    /// What people choose by.
    pub(crate) label: String,
    /// `field`, `tag`, `value`, `sign` or `recent`.
    pub(crate) kind: &'static str,
    /// A word on it.
    pub(crate) description: &'static str,
    /// How often it was seen.
    pub(crate) count: Option<u64>,
}

impl Row {
    fn new(text: String, label: &str, kind: &'static str, description: &'static str) -> Self {
        Self {
            text,
            label: label.to_owned(),
            kind,
            description,
            count: None,
        }
    }
}

/// See the file.
pub(crate) fn suggest(app: &App, asking: &Asking) -> Result<Suggestions, StoreError> {
    let Some(spot) = Spot::at(&asking.text, asking.caret) else {
        return Ok(Suggestions::default());
    };
    let mut rows = match &spot.next {
        Next::Key { .. } | Next::Presence => keys(app, asking, &spot)?,
        Next::Value { key, .. } => values(app, asking, (&spot, key))?,
    };
    rows.truncate(ROW_COUNT_MAX);
    Ok(Suggestions {
        from: spot.from,
        until: spot.until,
        rows,
    })
}

/// Keys and signs, those first that begin with what is written.
fn keys(app: &App, asking: &Asking, spot: &Spot) -> Result<Vec<Row>, StoreError> {
    let mut all: Vec<Row> = KeyHelp::all(asking.of_events)
        .map(|key| Row::new(spot.with_key(key.name, false), key.name, "field", key.about))
        .collect();
    let place = all.len().min(1);
    if let Next::Key { is_negated } = spot.next {
        let has = Row::new("has:".to_owned(), "has", "sign", "there is one");
        all.insert(place, has);
        if !is_negated {
            let not = Row::new("!".to_owned(), "!", "sign", "not: leaves out what follows");
            all.insert(place + 1, not);
        }
    }
    for tag in tag_keys(app, first_of(&asking.projects))? {
        if KeyHelp::find(&tag.key).is_none() {
            let row = Row::new(spot.with_key(&tag.key, true), &tag.key, "tag", "");
            let count = Some(tag.times_seen);
            all.push(Row { count, ..row });
        }
    }
    let start = spot.start.to_lowercase();
    let begins = |row: &Row| row.label.to_lowercase().starts_with(&start);
    let looks_within = start.chars().count() >= WITHIN_CHARS_MIN;
    let has = |row: &Row| looks_within && row.label.to_lowercase().contains(&start);
    let (mut found, others): (Vec<Row>, Vec<Row>) = all.into_iter().partition(begins);
    found.extend(others.into_iter().filter(has));
    if asking.text.trim().is_empty() && !asking.of_events {
        let recent = app.ledger.recent_searches(asking.org, asking.user)?;
        let row = |query: String| Row::new(query.clone(), &query, "recent", "searched before");
        found.splice(0..0, recent.into_iter().map(|recent| row(recent.query)));
    }
    Ok(found)
}

/// Values of a key, and the signs that may stand before one.
fn values(app: &App, asking: &Asking, (spot, key): (&Spot, &str)) -> Result<Vec<Row>, StoreError> {
    let field = KeyHelp::find(key);
    let is_here = |field: KeyHelp| KeyHelp::all(asking.of_events).any(|known| known == field);
    let may_compare = matches!(
        spot.next,
        Next::Value {
            may_compare: true,
            ..
        }
    );
    if field.is_some_and(|field| !is_here(field)) {
        return Ok(Vec::new());
    }
    let (org, projects) = (asking.org, asking.projects.as_slice());
    let found = values_of(app, (org, projects), key, &spot.start)?;
    // An age is a comparison already, and events know no latest release.
    let is_odd = |value: &str| match value {
        "latest" => !may_compare || asking.of_events,
        value => !may_compare && value.starts_with(['-', '+']),
    };
    let row = |(value, count): (String, Option<u64>)| Row {
        count,
        ..Row::new(
            spot.with_value(&value),
            &value,
            "value",
            about_value(key, &value),
        )
    };
    let values = found.into_iter().filter(|(value, _)| !is_odd(value));
    let mut rows: Vec<Row> = values.map(row).take(VALUE_ROW_COUNT_MAX).collect();
    let compares = field.is_some_and(|field| field.compares);
    if may_compare && compares && spot.start.is_empty() {
        let sign = |(sign, about)| Row::new(String::from(sign), sign, "sign", about);
        rows.extend(SIGNS.map(sign));
    }
    Ok(rows)
}

const SIGNS: [(&str, &str); 4] = [
    (">", "more than, later than"),
    (">=", "at least"),
    ("<", "less than, before"),
    ("<=", "at most"),
];

/// Values of a key that contain a text: those that are known beforehand, then what was counted, the
/// commonest first; of keys that are not counted those of recent events.
pub(crate) fn values_of(
    app: &App,
    (org, projects): (OrgId, &[Project]),
    key: &str,
    part: &str,
) -> Result<Vec<(String, Option<u64>)>, StoreError> {
    let (field, part) = (KeyHelp::find(key), part.to_lowercase());
    let counted = match field {
        Some(field) => field.counted_as,
        None if key.is_empty() => None,
        None => Some(tag_name(key)),
    };
    let mut counts = match counted {
        Some(name) => tag_values(app, projects, name, &part)?,
        None => Vec::new(),
    };
    let mut known: Vec<String> = values_of_key(key).into_iter().map(str::to_owned).collect();
    if let Some(field) = field.filter(|field| field.names_people) {
        if field.names_teams {
            let teams = app.ledger.teams(org)?.into_iter();
            known.extend(teams.map(|roster| format!("#{}", roster.team.slug)));
        }
        let users = staff(app, org)?.into_iter();
        let mut emails: Vec<String> = users.map(|user| user.email).collect();
        emails.sort();
        known.extend(emails);
    }
    let mut rows = Vec::new();
    for value in known.into_iter().filter(|value| value.contains(&part)) {
        let place = counts.iter().position(|count| count.value == value);
        let count = place.map(|place| counts.remove(place).times_seen);
        rows.push((value, count));
    }
    rows.extend(
        counts
            .into_iter()
            .map(|count| (count.value, Some(count.times_seen))),
    );
    if rows.is_empty() {
        let projects: Vec<ProjectId> = projects.iter().map(|project| project.id).collect();
        let recent = recent_values(&*app.archive, &projects, key)?.into_iter();
        let recent = recent.filter(|value| value.to_lowercase().contains(&part));
        rows.extend(recent.map(|value| (value, None)));
    }
    Ok(rows)
}

/// The tag that `tags[name]` means, or the text itself.
fn tag_name(key: &str) -> &str {
    let inner = key
        .strip_prefix("tags[")
        .and_then(|rest| rest.strip_suffix(']'));
    inner.map_or(key, |name| name.trim_matches('"'))
}

/// The projects whose keys are offered: to count those of one, all its tags are read.
pub(crate) fn first_of(projects: &[Project]) -> &[Project] {
    projects.get(..KEY_PROJECT_COUNT_MAX).unwrap_or(projects)
}

/// The tags of several projects as if they were of one, by key.
pub(crate) fn tag_keys(app: &App, projects: &[Project]) -> Result<Vec<TagCount>, StoreError> {
    let mut all = BTreeMap::new();
    for project in projects {
        for count in app.ledger.tag_keys(project.id)? {
            add(&mut all, count.key.clone(), count);
        }
    }
    Ok(all.into_values().collect())
}

/// The values of a tag in several projects that contain a text, upper or lower case, the commonest
/// first.
pub(crate) fn tag_values(
    app: &App,
    projects: &[Project],
    key: &str,
    part: &str,
) -> Result<Vec<TagCount>, StoreError> {
    let part = part.to_lowercase();
    let mut all = BTreeMap::new();
    for project in projects {
        for count in app.ledger.tag_values(project.id, key, VALUE_COUNT_MAX)? {
            if count.value.to_lowercase().contains(&part) {
                add(&mut all, count.value.clone(), count);
            }
        }
    }
    let mut found: Vec<TagCount> = all.into_values().collect();
    found.sort_by_key(|count| std::cmp::Reverse(count.times_seen));
    Ok(found)
}

fn add(all: &mut BTreeMap<String, TagCount>, name: String, count: TagCount) {
    match all.get_mut(&name) {
        Some(known) => {
            known.times_seen += count.times_seen;
            known.last_seen = known.last_seen.max(count.last_seen);
        }
        None => {
            all.insert(name, count);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::tests::house::House;

    #[test]
    fn keys_of_the_first_projects_are_offered() {
        let project = House::new().project;
        for (count, expect) in [(0, 0), (3, 3), (10, 10), (11, 10)] {
            let projects = vec![project.clone(); count];
            assert_eq!(first_of(&projects).len(), expect);
        }
    }
}
