//! `…/issues/N/events/`: the stored events that are searched for, newest first, in a table with
//! columns of choice; and the same as CSV.

use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;
use watchpost_model::{Event, Issue, IssueId, Project, Timestamp};
use watchpost_store::{Cursor, EventSummary, SearchError};

use super::filter::{self, Choice, environments};
use super::life::Life;
use super::narrow::Narrow;
use super::view::Head;
use super::{ENVIRONMENTS_MAX, YEAR_SECS, locate};
use crate::App;
use crate::pages::chart::Period;
use crate::pages::csv::Csv;
use crate::pages::form::Fields;
use crate::pages::format::When;
use crate::pages::issues::Done;
use crate::pages::links::encode;
use crate::pages::newest::{Reach, newest, say_cut};
use crate::pages::searches::SearchBar;
use crate::pages::shell::{Scope, Shell, add_cookie, ask, small_cookie};
use crate::pages::{PageError, Visit};
use crate::session::cookie;

/// Rows of the table.
const TABLE: Reach = Reach { rows: 50, pages: 1 };
/// Columns of a table, and bytes of the name of one.
const COLUMNS_MAX: usize = 12;
const COLUMN_BYTES_MAX: usize = 100;
const REMEMBERED: &str = "event_columns";

/// What an event has without being opened: a name, and what people call it.
const KNOWN: [(&str, &str); 7] = [
    ("user", "User"),
    ("release", "Release"),
    ("environment", "Environment"),
    ("server_name", "Server"),
    ("url", "URL"),
    ("site", "Site"),
    ("logger", "Logger"),
];
/// What is shown when nobody chose.
const USUAL: usize = 5;

/// The columns of a table: names of fields, or of tags.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Columns(Vec<String>);

#[derive(Template)]
#[template(path = "events.html")]
struct EventsPage {
    shell: Shell,
    org: String,
    project: Project,
    issue: IssueId,
    head: Head,
    /// A column to choose: its name, what it is called, and whether it is shown.
    choices: Vec<(String, String, bool)>,
    heads: Vec<String>,
    rows: Vec<EventRow>,
    first: Option<String>,
    next: Option<String>,
    csv: String,
    own: String,
    environments: Vec<Choice>,
    period: &'static str,
    is_narrow: bool,
    /// What is told on the page of the issue only.
    life: Option<Life>,
    done: Option<Done>,
    bar: SearchBar,
}

/// One row of the table of all events.
struct EventRow {
    href: String,
    id: String,
    short_id: String,
    title: String,
    level: watchpost_model::Level,
    happened: When,
    /// By which the rows are in order.
    received: When,
    cells: Vec<String>,
}

/// What is asked for.
struct Asked {
    narrow: Narrow,
    columns: Columns,
    cursor: Option<Cursor>,
    reach: Reach,
}

/// What the stores said.
struct Found {
    scope: Scope,
    issue: Issue,
    rows: Vec<(EventSummary, Vec<String>)>,
    next: Option<Cursor>,
    environments: Vec<String>,
    wrong: Option<SearchError>,
}

impl Columns {
    /// What the address chooses, or what was chosen last.
    fn read(visit: &Visit) -> Self {
        let chosen = Self::of(&visit.params);
        if visit.params.has("columns") {
            return chosen;
        }
        let old = cookie(&visit.headers, REMEMBERED).unwrap_or_default();
        let old = Self::of(&Fields::parse(format!("columns={old}").as_bytes()));
        if old.0.is_empty() {
            let usual = KNOWN.iter().take(USUAL);
            return Self(usual.map(|(name, _)| (*name).to_owned()).collect());
        }
        old
    }

    fn of(fields: &Fields) -> Self {
        let names = fields.all("columns").flat_map(|names| names.split(','));
        let names = names.map(str::trim);
        let fits = |name: &&str| {
            let bytes = 1..=COLUMN_BYTES_MAX;
            bytes.contains(&name.len()) && !name.contains(char::is_control)
        };
        let mut columns: Vec<String> = Vec::new();
        for name in names.filter(fits).take(COLUMNS_MAX) {
            if !columns.iter().any(|known| known == name) {
                columns.push(name.to_owned());
            }
        }
        Self(columns)
    }

    /// As addresses and the cookie have it.
    fn text(&self) -> String {
        encode(&self.0.join(","))
    }

    fn heads(&self) -> Vec<String> {
        let label = |name: &String| {
            let known = KNOWN.iter().find(|(known, _)| known == name);
            known.map_or_else(|| name.clone(), |(_, label)| (*label).to_owned())
        };
        self.0.iter().map(label).collect()
    }

    /// What can be shown, and what is.
    fn choices(&self) -> Vec<(String, String, bool)> {
        let known = KNOWN.iter().map(|(name, _)| (*name).to_owned());
        let tags = self.0.iter().filter(|name| !is_known(name)).cloned();
        let names = Self(known.chain(tags).collect());
        let labels = names.heads().into_iter();
        let rows = names.0.into_iter().zip(labels);
        rows.map(|(name, label)| {
            let is_shown = self.0.contains(&name);
            (name, label, is_shown)
        })
        .collect()
    }

    /// Whether events have to be opened for them.
    fn asks_bodies(&self) -> bool {
        self.0.iter().any(|name| !is_known(name))
    }

    fn cells(&self, row: &EventSummary, event: Option<&Event>) -> Vec<String> {
        let cell = |name: &String| match name.as_str() {
            "user" => row.user.clone(),
            "release" => row.release.clone(),
            "environment" => row.environment.clone(),
            "server_name" => row.server_name.clone(),
            "url" => row.url.clone(),
            "site" => row.site.clone(),
            "logger" => row.logger.clone(),
            tag => {
                let value = event.and_then(|event| event.tag(tag));
                value.unwrap_or_default().to_owned()
            }
        };
        self.0.iter().map(cell).collect()
    }
}

fn is_known(name: &str) -> bool {
    KNOWN.iter().any(|(known, _)| *known == name)
}

/// `GET …/issues/N/events/`
pub(super) async fn show(
    State(app): State<App>,
    Path((org, issue)): Path<(String, String)>,
    visit: Visit,
) -> Result<Response, PageError> {
    let cursor = visit.params.get("cursor").to_owned();
    let is_later_page = !cursor.is_empty();
    let (narrow, columns) = (Narrow::read(&visit.params), Columns::read(&visit));
    let asked = Asked {
        narrow: narrow.clone(),
        columns: columns.clone(),
        cursor: Some(Cursor(cursor)).filter(|cursor| !cursor.0.is_empty()),
        reach: TABLE,
    };
    let found = ask(&app, move |app| look(app, (&org, &issue), asked)).await?;
    let (org, issue) = (found.scope.org.slug.clone(), found.issue.id);
    let list = visit.at.events(&org, issue);
    let with = |path: &str, more: &str| {
        let path = narrow.on(path);
        let sign = if path.contains('?') { '&' } else { '?' };
        format!("{path}{sign}columns={}{more}", columns.text())
    };
    let project = found.scope.project()?.clone();
    let head = Head::new(&found.issue, &project, visit.now);
    let completions = visit.at.completions(&org, project.id);
    let link = |event| narrow.on(&visit.at.event(&org, issue, event));
    let next = found.next.map(|cursor| {
        let cursor = format!("&cursor={}", encode(&cursor.0));
        with(&list, &cursor)
    });
    let page = EventsPage {
        shell: visit.shell(
            &found.scope,
            "issues",
            &format!("Events of {}", head.short_id),
        ),
        rows: found
            .rows
            .into_iter()
            .map(|(row, cells)| EventRow::new(row, cells, link, visit.now))
            .collect(),
        first: is_later_page.then(|| with(&list, "")),
        csv: with(&format!("{list}csv/"), ""),
        own: narrow.on(&visit.at.issue(&org, issue)),
        environments: environments(found.environments, &narrow),
        period: narrow.period.map_or("", Period::name),
        is_narrow: !narrow.is_everything(),
        choices: columns.choices(),
        heads: columns.heads(),
        done: visit.flash().and_then(Done::read),
        life: None,
        bar: filter::bar(&narrow, found.wrong, &completions, &list),
        issue,
        next,
        org,
        project,
        head,
    };
    let mut response = visit.answer(&page)?;
    if visit.params.has("columns") {
        add_cookie(
            &mut response,
            small_cookie(REMEMBERED, &columns.text(), YEAR_SECS),
        );
    }
    Ok(response)
}

/// `GET …/issues/N/events/csv/`
pub(super) async fn csv(
    State(app): State<App>,
    Path((org, issue)): Path<(String, String)>,
    visit: Visit,
) -> Result<Response, PageError> {
    let columns = Columns::read(&visit);
    let asked = Asked {
        narrow: Narrow::read(&visit.params),
        columns: columns.clone(),
        cursor: None,
        reach: Reach::FILE,
    };
    let found = ask(&app, move |app| look(app, (&org, &issue), asked)).await?;
    if let Some(wrong) = found.wrong {
        return Err(PageError::Invalid(format!("{wrong}.")));
    }
    let mut heads = vec!["event", "title", "level", "happened", "received"];
    heads.extend(columns.0.iter().map(String::as_str));
    let mut csv = Csv::new(&heads);
    for (row, cells) in found.rows {
        let mut all = vec![
            row.event.to_string(),
            row.title,
            row.level.to_string(),
            row.timestamp.to_string(),
            row.received.to_string(),
        ];
        all.extend(cells);
        csv.row(&all);
    }
    if found.next.is_some() {
        say_cut(&mut csv, heads.len());
    }
    let id = found.issue.short_id(&found.scope.project()?.slug);
    Ok(csv.answer(&format!("{id}-events")))
}

/// Blocks.
fn look(app: &App, (org, issue): (&str, &str), asked: Asked) -> Result<Found, PageError> {
    let (scope, issue) = locate(app, org, issue)?;
    let (project, id) = (issue.project, issue.id);
    let known = (0, ENVIRONMENTS_MAX);
    let (environments, _) = app
        .ledger
        .issue_tag_values(project, id, "environment", known)?;
    let environments = environments.into_iter().map(|value| value.value).collect();
    let family = app.family(project, id)?;
    let (mut rows, mut next, mut wrong) = (Vec::new(), asked.cursor, None);
    match asked.narrow.filter(&family, app.clock.now()) {
        Err(error) => (next, wrong) = (None, Some(error)),
        Ok(filter) => {
            let ask = |cursor: Option<&_>, count| {
                let archive = &app.archive;
                archive.events(project, &filter, cursor, count)
            };
            let found = newest(asked.reach, next, ask)?;
            next = found.next;
            for row in found.rows {
                let event = if asked.columns.asks_bodies() {
                    app.archive.event(project, row.event)?
                } else {
                    None
                };
                let event = event.as_ref().map(|event| &event.event);
                let cells = asked.columns.cells(&row, event);
                rows.push((row, cells));
            }
        }
    }
    Ok(Found {
        scope,
        issue,
        rows,
        next,
        environments,
        wrong,
    })
}

impl EventRow {
    fn new(
        event: EventSummary,
        cells: Vec<String>,
        link: impl Fn(watchpost_model::EventId) -> String,
        now: Timestamp,
    ) -> Self {
        Self {
            href: link(event.event),
            id: event.event.to_string(),
            short_id: event.event.to_string().chars().take(8).collect(),
            title: event.title,
            level: event.level,
            happened: When::new(event.timestamp, now),
            received: When::new(event.received, now),
            cells,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_bounded_and_each_comes_once() {
        let read = |text: &str| Columns::of(&Fields::parse(text.as_bytes())).0;
        assert_eq!(read("columns=user,os&columns=os&columns= "), ["user", "os"]);
        let many: Vec<String> = (0..99).map(|number| format!("t{number}")).collect();
        assert_eq!(read(&format!("columns={}", many.join(","))).len(), 12);
        assert!(read(&format!("columns={}", "x".repeat(101))).is_empty());
        let chosen = Columns(vec!["os".to_owned(), "release".to_owned()]);
        assert_eq!(chosen.heads(), ["os", "Release"]);
        assert!(chosen.asks_bodies());
        let shown = chosen.choices().into_iter().filter(|(_, _, is)| *is);
        assert_eq!(shown.count(), 2);
    }
}
