//! `GET …/search/?q=&issue=`: one field that finds anything by its name: pages, projects, issues,
//! saved searches, and what can be done with the issue that is open. A page with a form; as JSON
//! for the script that shows the same in a dialog.

mod places;

use askama::Template;
use axum::Json;
use axum::Router;
use axum::extract::{Path, State};
use axum::http::header;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use serde::Serialize;
use watchpost_model::{Assignee, Issue, IssueId, Project, Status, UserId};
use watchpost_store::{Asker, SearchText, Sort, StoreError};

use self::places::places;
use super::home::jump;
use super::issues::headline;
use super::links::encode;
use super::shell::{Scope, Shell, ask};
use super::{Links, PageError, Visit};
use crate::App;

/// Rows of one kind.
const KIND_COUNT_MAX: usize = 8;
/// Projects whose issues are looked through, that in view first.
const PROJECT_COUNT_MAX: usize = 5;
/// Characters of a text that is looked for in titles.
const WORD_CHARS_MIN: usize = 2;
/// Longer texts are no question of a person.
const TEXT_CHARS_MAX: usize = 200;

pub(crate) fn routes() -> Router<App> {
    Router::new().route("/organizations/{org}/search/", get(find))
}

/// One row: where it leads, or what it does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Found {
    /// What kind of thing it is.
    pub(super) kind: &'static str,
    pub(super) label: String,
    pub(super) about: String,
    pub(super) href: String,
    /// What a form to `href` says; empty for a link.
    pub(super) fields: Vec<(&'static str, String)>,
}

impl Found {
    pub(super) fn link(kind: &'static str, label: &str, about: &str, href: String) -> Self {
        Self {
            kind,
            label: label.to_owned(),
            about: about.to_owned(),
            href,
            fields: Vec::new(),
        }
    }

    fn is_link(&self) -> bool {
        self.fields.is_empty()
    }

    /// Whether the name of a row begins so.
    fn begins(&self, text: &str) -> bool {
        self.label.to_lowercase().starts_with(&text.to_lowercase())
    }

    /// Whether a row is called so: every word of the text begins one of its own.
    fn fits(&self, text: &str) -> bool {
        let name = format!("{} {} {}", self.label, self.about, self.kind).to_lowercase();
        let starts = |word: &str| {
            let mut words = name.split(|c: char| !c.is_alphanumeric());
            words.any(|own| own.starts_with(word)) || name.contains(&format!(" {word}"))
        };
        text.to_lowercase().split_whitespace().all(starts)
    }
}

#[derive(Template)]
#[template(path = "palette.html")]
struct PalettePage {
    shell: Shell,
    org: String,
    text: String,
    issue: String,
    rows: Vec<Found>,
}

/// See the file.
async fn find(
    State(app): State<App>,
    Path(org): Path<String>,
    visit: Visit,
) -> Result<Response, PageError> {
    let text: String = visit.params.get("q").chars().take(TEXT_CHARS_MAX).collect();
    let open = visit.params.get("issue").parse::<IssueId>().ok();
    let asks = Asks {
        text: text.clone(),
        open,
        user: visit.who.user.id,
        at: visit.at.clone(),
        csrf: visit.who.csrf(),
        back: visit.params.get("from").to_owned(),
    };
    let headers = visit.headers.clone();
    let (scope, jumped, rows) = ask(&app, move |app| {
        let mut scope = Scope::load(app, &org)?;
        scope.current = scope.last_or_first(&headers).cloned();
        let jumped = jump(app, &scope, &asks.at, &asks.text)?;
        let rows = asks.rows(app, &scope, jumped.as_deref())?;
        Ok((scope, jumped, rows))
    })
    .await?;
    if visit.headers.contains_key("x-requested-with") {
        let headers = [(header::CACHE_CONTROL, "private, no-store")];
        return Ok((headers, Json(rows)).into_response());
    }
    if let Some(there) = jumped {
        return Ok(Redirect::to(&there).into_response());
    }
    let page = PalettePage {
        shell: visit.shell(&scope, "find", "Find anything"),
        org: scope.org.slug.clone(),
        issue: open.map(|open| open.to_string()).unwrap_or_default(),
        text,
        rows,
    };
    visit.answer(&page)
}

/// What somebody looks for.
struct Asks {
    text: String,
    /// The issue whose page is open.
    open: Option<IssueId>,
    user: UserId,
    at: Links,
    csrf: String,
    /// The page that is open.
    back: String,
}

impl Asks {
    /// Everything that is called so, the nearest first; blocks.
    fn rows(
        &self,
        app: &App,
        scope: &Scope,
        jumped: Option<&str>,
    ) -> Result<Vec<Found>, PageError> {
        let text = self.text.trim();
        let (at, org) = (&self.at, &scope.org.slug);
        let mut rows = Vec::new();
        if let Some(there) = jumped {
            rows.push(Found::link(
                "Id",
                text,
                "opens what it names",
                there.to_owned(),
            ));
        }
        let fitting = |all: Vec<Found>| {
            let mut fits: Vec<_> = all.into_iter().filter(|row| row.fits(text)).collect();
            fits.sort_by_key(|row| !row.begins(text));
            fits.truncate(KIND_COUNT_MAX);
            fits
        };
        rows.extend(fitting(self.actions(app, scope)?));
        rows.extend(fitting(places(at, scope)));
        let projects = scope.projects.iter();
        let projects = projects.map(|project| {
            let list = at.issues(org, project.id);
            Found::link("Project", &project.name, &project.slug, list)
        });
        rows.extend(fitting(projects.collect()));
        rows.extend(fitting(self.saved(app, scope)?));
        rows.extend(self.issues(app, scope)?);
        rows.extend(fitting(self.themes()));
        if !text.is_empty()
            && let Some(project) = &scope.current
        {
            let list = format!("{}&query={}", at.issues(org, project.id), encode(text));
            let label = format!("Search issues of {} for “{text}”", project.name);
            rows.push(Found::link("Search", &label, "", list));
        }
        Ok(rows)
    }

    fn form(&self, label: &str, about: &str, href: String, said: &[(&'static str, &str)]) -> Found {
        let mut fields = vec![
            ("csrf", self.csrf.clone()),
            ("return_to", self.back.clone()),
        ];
        let said = said.iter();
        fields.extend(said.map(|(name, value)| (*name, (*value).to_owned())));
        Found {
            fields,
            ..Found::link("Action", label, about, href)
        }
    }

    /// What can be done with the issue that is open.
    fn actions(&self, app: &App, scope: &Scope) -> Result<Vec<Found>, StoreError> {
        let Some(open) = self.open else {
            return Ok(Vec::new());
        };
        let project = app.ledger.issue_project(&scope.project_ids(), open)?;
        let issue = match project {
            Some(project) => app.ledger.issue(project, open)?,
            None => None,
        };
        let Some(issue) = issue else {
            return Ok(Vec::new());
        };
        let known = scope.projects.iter().find(|of| of.id == issue.project);
        let name = known.map(|of| issue.short_id(&of.slug).to_string());
        let name = name.unwrap_or_default();
        let me = format!("assign:{}", Assignee::User(self.user).text());
        let mut deeds = match issue.status {
            Status::Unresolved => vec![
                ("Resolve", "resolve"),
                ("Resolve in the next release", "resolve:next"),
                ("Archive until it escalates", "archive:escalating"),
                ("Archive for good", "archive:forever"),
            ],
            Status::Resolved | Status::Archived => vec![("Reopen", "open")],
        };
        deeds.extend([
            ("Assign to me", me.as_str()),
            ("Assign to nobody", "assign:"),
            ("Mark as reviewed", "review"),
            ("Bookmark", "bookmark:on"),
            ("Delete", "delete"),
        ]);
        let (project, issue) = (issue.project.to_string(), issue.id.to_string());
        let row = |(label, deed): (&str, &str)| {
            let said = [("project", &*project), ("issue", &*issue), ("do", deed)];
            self.form(label, &name, self.at.issue_acts(&scope.org.slug), &said)
        };
        Ok(deeds.into_iter().map(row).collect())
    }

    fn themes(&self) -> Vec<Found> {
        let themes = [
            ("Light theme", "light"),
            ("Dark theme", "dark"),
            ("Theme of the system", "auto"),
        ];
        let theme = |(label, name)| self.form(label, "", self.at.theme(), &[("theme", name)]);
        themes.into_iter().map(theme).collect()
    }

    fn saved(&self, app: &App, scope: &Scope) -> Result<Vec<Found>, StoreError> {
        let Some(project) = &scope.current else {
            return Ok(Vec::new());
        };
        let page = self.at.searches(&scope.org.slug);
        let saved = app.ledger.saved_searches(scope.org.id, self.user)?;
        let row = |search: &watchpost_store::SavedSearch| {
            let href = format!("{page}{}/?project={}", search.id, project.id);
            Found::link("Saved search", &search.name, &search.query, href)
        };
        Ok(saved.iter().map(row).collect())
    }

    /// Issues with these words in their titles, the latest event first.
    fn issues(&self, app: &App, scope: &Scope) -> Result<Vec<Found>, PageError> {
        let text = SearchText::parse(&self.text);
        if self.text.trim().chars().count() < WORD_CHARS_MIN {
            return Ok(Vec::new());
        }
        let asker = Asker {
            now: app.clock.now(),
            user: Some(self.user),
        };
        let current = scope.current.as_ref().map(|project| project.id);
        let others = scope.projects.iter().filter(|of| Some(of.id) != current);
        let mut rows = Vec::new();
        for project in scope.current.iter().chain(others).take(PROJECT_COUNT_MAX) {
            // What is no search text has no issues; what only events know takes too long.
            let home = std::slice::from_ref(project);
            let query = text.query(home, Sort::LastSeen, asker);
            let Some(mut query) = query.ok().filter(|query| !query.search.asks_events()) else {
                return Ok(rows);
            };
            query.limit = KIND_COUNT_MAX - rows.len();
            let page = app.ledger.find_issues(&query)?;
            rows.extend(
                page.rows
                    .iter()
                    .map(|issue| self.issue(scope, project, issue)),
            );
            if rows.len() >= KIND_COUNT_MAX {
                break;
            }
        }
        Ok(rows)
    }

    fn issue(&self, scope: &Scope, project: &Project, issue: &Issue) -> Found {
        let (kind, text) = headline(issue);
        let label: String = format!("{kind} {text}")
            .chars()
            .take(TEXT_CHARS_MAX)
            .collect();
        let about = format!(
            "{} · {}",
            issue.short_id(&project.slug),
            issue.status.name()
        );
        let href = self.at.issue(&scope.org.slug, issue.id);
        Found::link("Issue", label.trim(), &about, href)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_is_found_by_the_beginnings_of_its_words() {
        let row = Found::link("Settings", "Grouping rules", "web-shop", String::new());
        for text in ["", "gr", "Rules", "rul gro", "web", "shop set", "web-shop"] {
            assert!(row.fits(text), "{text}");
        }
        for text in ["ules", "x", "gr x", "hop"] {
            assert!(!row.fits(text), "{text}");
        }
    }
}
