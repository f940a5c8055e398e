//! `GET /api/0/organizations/{org}/events/`: events and groups of them as a table, with the names
//! that Sentry's tools use: `count()`, `count_unique(user)`, `timestamp`.

use axum::extract::State;
use axum::response::Response;
use serde_json::{Map, Value, json};
use watchpost_model::{IssueId, Project, ProjectId, Timestamp};
use watchpost_store::limits::GROUP_FIELD_COUNT_MAX;
use watchpost_store::{
    ArchivedEvent, Asker, EventFilter, EventGroup, EventSummary, EventsAsked, Extent, GroupField,
    GroupOrder, GroupQuery, Search, StoreError,
};

use super::at::AtOrg;
use super::error::{ApiError, ask};
use super::issues::chosen;
use super::paging::{ROW_COUNT_MAX, noted};
use super::params::Params;
use super::stats_v2::moment;
use crate::{App, period};

/// Rows without `per_page`.
const ROW_COUNT: usize = 50;

/// Columns without `field`.
const DEFAULT_FIELDS: [&str; 4] = ["id", "title", "project.name", "timestamp"];

/// A column of the table.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Column {
    /// A key of events.
    Key(GroupField),
    /// The id of the event.
    Id,
    /// When it was received.
    Timestamp,
    /// The slug of the project.
    Project,
    /// The short id of the issue.
    Issue,
    Count,
    Users,
    First,
    Last,
}

impl Column {
    fn read(name: &str) -> Result<Self, ApiError> {
        Ok(match name {
            "id" => Self::Id,
            "timestamp" => Self::Timestamp,
            "project" | "project.name" => Self::Project,
            "issue" => Self::Issue,
            "message" | "title" => Self::Key(GroupField::parse("title").map_err(invalid)?),
            "user" | "user.display" => Self::Key(GroupField::parse("user").map_err(invalid)?),
            "count()" => Self::Count,
            "count_unique(user)" => Self::Users,
            "first_seen()" | "min(timestamp)" => Self::First,
            "last_seen()" | "max(timestamp)" => Self::Last,
            name if name.ends_with(')') => {
                let why = format!(
                    "There is no `{name}`: count(), count_unique(user), min(timestamp) and \
                     max(timestamp) are."
                );
                return Err(ApiError::Invalid(why));
            }
            name => Self::Key(GroupField::parse(name).map_err(invalid)?),
        })
    }

    fn kind(&self) -> &'static str {
        match self {
            Self::Count | Self::Users => "integer",
            Self::Timestamp | Self::First | Self::Last => "date",
            Self::Key(_) | Self::Id | Self::Project | Self::Issue => "string",
        }
    }

    fn is_aggregate(&self) -> bool {
        matches!(self, Self::Count | Self::Users | Self::First | Self::Last)
    }

    fn order(&self) -> Option<GroupOrder> {
        match self {
            Self::Count => Some(GroupOrder::Events),
            Self::Users => Some(GroupOrder::Users),
            Self::First => Some(GroupOrder::First),
            Self::Last => Some(GroupOrder::Last),
            _ => None,
        }
    }

    /// What events are grouped by for this column.
    fn field(&self) -> Option<GroupField> {
        match self {
            Self::Key(field) => Some(field.clone()),
            Self::Project => Some(GroupField::Project),
            Self::Issue => Some(GroupField::Issue),
            _ => None,
        }
    }
}

fn invalid(error: watchpost_store::SearchError) -> ApiError {
    ApiError::Invalid(error.message)
}

/// Which events a request is about.
pub(super) struct Asked {
    pub(super) projects: Vec<Project>,
    pub(super) filter: EventFilter,
}

impl Asked {
    /// `dataset`, `project`, `environment`, `query`, and the time.
    pub(super) async fn read(app: &App, at: &AtOrg, params: &Params) -> Result<Self, ApiError> {
        if let Some(dataset) = params.first("dataset")
            && !["errors", "discover"].contains(&dataset)
        {
            let why = format!("There is no dataset `{dataset}`, only errors.");
            return Err(ApiError::Invalid(why));
        }
        let search = Search::parse(params.first("query").unwrap_or_default());
        let search = search.and_then(|search| search.check_events().map(|()| search))?;
        let now = app.clock.now();
        let until = moment(params, "end")?;
        let since = match (moment(params, "start")?, params.first("statsPeriod")) {
            (Some(start), _) => start,
            (None, text) => until
                .unwrap_or(now)
                .plus_secs(-period::secs(text.unwrap_or("14d")).map_err(ApiError::Invalid)?),
        };
        let filter = EventFilter {
            environments: params.all("environment").map(str::to_owned).collect(),
            since: Some(since),
            until,
            search,
            asker: Asker::at(now),
            ..EventFilter::default()
        };
        let projects = chosen(app, &at.org, params).await?;
        let mut asked = Self { projects, filter };
        let ids = asked.ids();
        asked.filter.without = ask(app, move |app| {
            let all = ids.into_iter().map(|id| app.ledger.trashed(id));
            Ok(all.collect::<Result<Vec<_>, _>>()?.concat())
        })
        .await?;
        Ok(asked)
    }

    pub(super) fn ids(&self) -> Vec<ProjectId> {
        self.projects.iter().map(|project| project.id).collect()
    }

    pub(super) fn group(
        &self,
        app: &App,
        mut query: GroupQuery,
    ) -> Result<watchpost_store::EventGroups, StoreError> {
        let ids = self.ids();
        if query.fields.contains(&GroupField::Issue) {
            query.merged = app.ledger.merged_issues(&ids)?;
        }
        let asked = EventsAsked::new(&ids, self.filter.clone());
        app.archive.group_by(&asked, &query)
    }

    /// The slug of the project of that number.
    pub(super) fn slug(&self, id: &str) -> String {
        let mut projects = self.projects.iter();
        let known = projects.find(|project| project.id.to_string() == id);
        known.map_or_else(|| id.to_owned(), |project| project.slug.clone())
    }

    /// The short id of the issue of that number.
    pub(super) fn short_id(&self, app: &App, id: &str) -> Result<String, StoreError> {
        let Ok(issue) = id.parse::<IssueId>() else {
            return Ok(id.to_owned());
        };
        let Some(home) = app.ledger.issue_project(&self.ids(), issue)? else {
            return Ok(id.to_owned());
        };
        let (issue, slug) = (app.ledger.issue(home, issue)?, self.slug(&home.to_string()));
        Ok(issue.map_or_else(|| id.to_owned(), |issue| issue.short_id(&slug).to_string()))
    }
}

/// A table of `field=`, repeated: rows are groups when one of them is a function, else events.
pub(super) async fn table(
    State(app): State<App>,
    at: AtOrg,
    params: Params,
) -> Result<Response, ApiError> {
    let mut names: Vec<String> = params.all("field").map(str::to_owned).collect();
    if names.is_empty() {
        names = DEFAULT_FIELDS.map(str::to_owned).to_vec();
    }
    let columns: Vec<Column> = names
        .iter()
        .map(|name| Column::read(name))
        .collect::<Result<_, _>>()?;
    let limit = params.first("per_page").and_then(|text| text.parse().ok());
    let limit = limit.unwrap_or(ROW_COUNT).clamp(1, ROW_COUNT_MAX);
    let asked = Asked::read(&app, &at, &params).await?;
    let sort = params.first("sort").map(str::to_owned);
    let sort = Sort::read(sort.as_deref(), &columns)?;
    let kinds: Map<String, Value> = names
        .iter()
        .zip(&columns)
        .map(|(name, column)| (name.clone(), column.kind().into()))
        .collect();
    let units: Map<String, Value> = names
        .iter()
        .map(|name| (name.clone(), Value::Null))
        .collect();
    let (rows, extent) = ask(&app, move |app| {
        let (rows, extent) = if columns.iter().any(Column::is_aggregate) {
            grouped(app, &asked, &columns, (sort, limit))?
        } else {
            (listed(app, &asked, &columns, limit)?, Extent::default())
        };
        let row = |cells: Vec<Value>| names.iter().cloned().zip(cells).collect::<Map<_, _>>();
        let rows = rows.into_iter().map(row).map(Value::from);
        Ok((rows.collect::<Vec<_>>(), extent))
    })
    .await?;
    let meta = json!({"fields": kinds, "units": units});
    Ok(noted(json!({"data": rows, "meta": meta}), &extent))
}

/// The order of the rows.
#[derive(Clone, Copy, Debug, Default)]
struct Sort {
    order: GroupOrder,
    is_ascending: bool,
}

impl Sort {
    fn read(text: Option<&str>, columns: &[Column]) -> Result<Self, ApiError> {
        let Some(text) = text else {
            return Ok(Self::default());
        };
        let (name, is_ascending) = match text.strip_prefix('-') {
            Some(name) => (name, false),
            None => (text, true),
        };
        // Sentry's tools write `-count`, too, and `-count_unique_user`.
        let column = match name {
            "count" => Column::Count,
            "count_unique_user" => Column::Users,
            "last_seen" => Column::Last,
            "first_seen" => Column::First,
            name => Column::read(name)?,
        };
        let is_of_groups = columns.iter().any(Column::is_aggregate);
        let order = match (is_of_groups, column.order(), column.field()) {
            (true, Some(order), _) => Some(order),
            (true, None, Some(_)) => Some(GroupOrder::Values),
            // Events are listed as they were received, the newest first.
            (false, ..) if column == Column::Timestamp && !is_ascending => {
                return Ok(Self::default());
            }
            _ => None,
        };
        let why = || {
            ApiError::Invalid(format!(
                "Rows cannot be sorted by `{text}`: events by -timestamp, groups by a function or \
                 a field."
            ))
        };
        let order = order.ok_or_else(why)?;
        Ok(Self {
            order,
            is_ascending,
        })
    }
}

fn grouped(
    app: &App,
    asked: &Asked,
    columns: &[Column],
    (sort, limit): (Sort, usize),
) -> Result<(Vec<Vec<Value>>, Extent), ApiError> {
    let fields: Vec<GroupField> = columns.iter().filter_map(Column::field).collect();
    let has_odd = columns.contains(&Column::Id) || columns.contains(&Column::Timestamp);
    if has_odd || fields.len() > GROUP_FIELD_COUNT_MAX {
        let why = format!(
            "Events are grouped by {GROUP_FIELD_COUNT_MAX} fields at most, not by id or timestamp."
        );
        return Err(ApiError::Invalid(why));
    }
    let found = asked.group(
        app,
        GroupQuery {
            order: sort.order,
            is_ascending: sort.is_ascending,
            limit,
            ..GroupQuery::by(fields)
        },
    )?;
    let mut rows = Vec::new();
    for row in &found.rows {
        rows.push(cells(app, asked, columns, row)?);
    }
    Ok((rows, found.extent))
}

fn cells(
    app: &App,
    asked: &Asked,
    columns: &[Column],
    row: &EventGroup,
) -> Result<Vec<Value>, ApiError> {
    let mut values = row.values.iter();
    let mut cells = Vec::new();
    for column in columns {
        cells.push(match column {
            Column::Count => row.events.into(),
            Column::Users => row.users.into(),
            Column::First => time(row.first),
            Column::Last => time(row.last),
            column => {
                let value = values.next().map_or("", String::as_str);
                match column {
                    Column::Project => asked.slug(value).into(),
                    Column::Issue => asked.short_id(app, value)?.into(),
                    _ => value.into(),
                }
            }
        });
    }
    Ok(cells)
}

fn listed(
    app: &App,
    asked: &Asked,
    columns: &[Column],
    limit: usize,
) -> Result<Vec<Vec<Value>>, ApiError> {
    let page = app
        .archive
        .events_of(&asked.ids(), &asked.filter, None, limit)?;
    let mut rows = Vec::new();
    for event in &page.rows {
        // Opened once, when a column is known of bodies only.
        let mut body: Option<Option<ArchivedEvent>> = None;
        let mut cells = Vec::new();
        for column in columns {
            cells.push(match column {
                Column::Id => event.event.to_string().into(),
                Column::Timestamp => time(event.received),
                Column::Project => asked.slug(&event.project.to_string()).into(),
                Column::Issue => asked.short_id(app, &event.issue.to_string())?.into(),
                Column::Key(field) => {
                    if let Some(value) = known(field, event) {
                        value.into()
                    } else {
                        let opened = match body.take() {
                            Some(opened) => opened,
                            None => app.archive.event(event.project, event.event)?,
                        };
                        let values = opened.as_ref().map(|event| field.values(event));
                        let value = values.and_then(|values| Some(values.first()?.to_string()));
                        body = Some(opened);
                        value.into()
                    }
                }
                Column::Count | Column::Users | Column::First | Column::Last => Value::Null,
            });
        }
        rows.push(cells);
    }
    Ok(rows)
}

/// What a row of the archive knows without its body.
fn known(field: &GroupField, event: &EventSummary) -> Option<String> {
    Some(match field.name().as_str() {
        "title" => event.title.clone(),
        "level" => event.level.name().to_owned(),
        "release" => event.release.clone(),
        "environment" => event.environment.clone(),
        "user" => event.user.clone(),
        "url" => event.url.clone(),
        "logger" => event.logger.clone(),
        "server" => event.server_name.clone(),
        "site" => event.site.clone(),
        _ => return None,
    })
}

fn time(moment: Timestamp) -> Value {
    moment.to_string().into()
}
