//! `GET …/issues/csv/?…`: what a list shows as a file for spreadsheets, row by row as it is found.
//! And `…/issues/count/?…`: how many that are, for the script of the page.

use std::fmt::Write as _;

use axum::body::{Body, Bytes};
use axum::extract::{Path, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use axum::{BoxError, Json};
use futures_util::stream;
use tokio::task::JoinError;
use watchpost_model::{Issue, chain};
use watchpost_store::{Asker, StoreError};

use super::chosen::MATCHING_COUNT_MAX;
use super::walk::{STEP_COUNT, Walk};
use crate::App;
use crate::pages::csv::cell;
use crate::pages::people::Names;
use crate::pages::shell::{Scope, ask};
use crate::pages::{PageError, Visit};

/// Steps of one file: a search that looks at events may find little with each.
const STEP_COUNT_MAX: usize = 300;

/// Rows of one file.
pub(crate) const ROW_COUNT_MAX: usize = 10_000;

const HEAD: &str = "short_id,id,project,level,type,title,culprit,logger,status,substatus,priority,\
                    assignee,events,users,first_seen,last_seen,first_release,last_release,url\r\n";

fn walk(app: &App, org: &str, visit: &Visit) -> Result<(Scope, Walk), PageError> {
    let scope = Scope::load(app, org)?;
    let asker = Asker {
        now: visit.now,
        user: Some(visit.who.user.id),
    };
    let walk = Walk::of(&scope, &visit.headers, &visit.params, asker)?;
    Ok((scope, walk))
}

/// How many issues a list shows, as far as one request changes them.
pub(super) async fn count(
    State(app): State<App>,
    Path(org): Path<String>,
    visit: Visit,
) -> Result<Response, PageError> {
    let count = ask(&app, move |app| {
        let (_, mut walk) = walk(app, &org, &visit)?;
        let mut count = walk.step(app)?.len();
        for _ in 1..MATCHING_COUNT_MAX / STEP_COUNT {
            if walk.rest().is_none() {
                break;
            }
            count += walk.step(app)?.len();
        }
        Ok(serde_json::json!({ "count": count, "isMore": walk.rest().is_some() }))
    });
    let headers = [(header::CACHE_CONTROL, "private, no-store")];
    Ok((headers, Json(count.await?)).into_response())
}

/// What is left of a file.
struct Rest {
    app: App,
    walk: Walk,
    names: Names,
    /// Where issues are, up to their id.
    pages: String,
    rows: usize,
    steps: usize,
}

/// See the file.
pub(super) async fn csv(
    State(app): State<App>,
    Path(org): Path<String>,
    visit: Visit,
) -> Result<Response, PageError> {
    let rest = ask(&app, move |app| {
        let (scope, walk) = walk(app, &org, &visit)?;
        let list = visit.at.issues_form(&scope.org.slug);
        Ok(Rest {
            names: Names::load(app, scope.org.id)?,
            pages: visit.at.whole(&list),
            rows: 0,
            steps: 0,
            app: app.clone(),
            walk,
        })
    });
    let rest = rest.await?;
    let name = match rest.walk.projects.as_slice() {
        [only] => format!("attachment; filename=\"issues-{}.csv\"", only.slug),
        _ => "attachment; filename=\"issues.csv\"".to_owned(),
    };
    let headers = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()),
        (header::CONTENT_DISPOSITION, name),
        (header::CACHE_CONTROL, "private, no-store".to_owned()),
    ];
    let parts = stream::unfold(Some((HEAD.to_owned(), rest)), |left| async move {
        let (text, rest) = left?;
        let next = tokio::task::spawn_blocking(move || rest.step()).await;
        match came_to(next) {
            Ok(next) => Some((Ok(Bytes::from(text)), next)),
            // A file that ends early without a word would be taken for the whole.
            Err(error) => {
                tracing::warn!(error = chain(&*error), "a file of issues ended early");
                Some((Err(error), None))
            }
        }
    });
    Ok((headers, Body::from_stream(parts)).into_response())
}

/// What a step came to; one that panicked failed.
fn came_to<T>(step: Result<Result<T, StoreError>, JoinError>) -> Result<T, BoxError> {
    Ok(step??)
}

impl Rest {
    /// The next rows; blocks.
    fn step(mut self) -> Result<Option<(String, Self)>, StoreError> {
        if self.walk.is_over() || self.is_cut() {
            return Ok(None);
        }
        let issues = self.walk.step(&self.app)?;
        self.rows += issues.len();
        self.steps += 1;
        let mut text = String::new();
        for issue in &issues {
            self.write(&mut text, issue);
        }
        if self.is_cut() && !self.walk.is_over() {
            text.push_str("There may be more: this file ends here.");
            text.extend(HEAD.chars().filter(|char| *char == ','));
            text.push_str("\r\n");
        }
        Ok(Some((text, self)))
    }

    fn is_cut(&self) -> bool {
        self.rows >= ROW_COUNT_MAX || self.steps >= STEP_COUNT_MAX
    }

    fn write(&self, out: &mut String, issue: &Issue) {
        let mut projects = self.walk.projects.iter();
        let home = projects.find(|project| project.id == issue.project);
        let slug = home.map_or("", |home| &home.slug);
        let assignee = issue.assignee.and_then(|whom| self.names.of(whom));
        let substatus = issue.substatus.map(|substatus| substatus.name().to_owned());
        let or_empty = |text: &Option<String>| text.clone().unwrap_or_default();
        let cells = [
            issue.short_id(slug).to_string(),
            issue.id.to_string(),
            slug.to_owned(),
            issue.level.to_string(),
            issue.kind.clone(),
            issue.title.clone(),
            issue.culprit.clone(),
            issue.logger.clone(),
            issue.status.name().to_owned(),
            substatus.unwrap_or_default(),
            issue.priority.name().to_owned(),
            assignee.cloned().unwrap_or_default(),
            issue.times_seen.to_string(),
            issue.user_count.to_string(),
            issue.first_seen.to_string(),
            issue.last_seen.to_string(),
            or_empty(&issue.first_release),
            or_empty(&issue.last_release),
            format!("{}{}/", self.pages, issue.id),
        ];
        for (place, text) in cells.iter().enumerate() {
            let comma = if place == 0 { "" } else { "," };
            // Writing into a text never fails.
            let _ = write!(out, "{comma}{}", cell(text));
        }
        out.push_str("\r\n");
    }
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderMap;

    use super::*;

    use crate::api::tests::house::House;
    use crate::pages::form::Fields;
    use crate::pages::tests::bulk::many;

    /// The file of a list after so many steps.
    fn file(house: &House, list: &str, steps: usize) -> String {
        let app = &house.app;
        let scope = Scope::load(app, "acme").unwrap();
        let (headers, fields) = (HeaderMap::new(), Fields::parse(list.as_bytes()));
        let mut rest = Rest {
            walk: Walk::of(&scope, &headers, &fields, Asker::default()).unwrap(),
            names: Names::load(app, scope.org.id).unwrap(),
            pages: "/issues/".to_owned(),
            rows: 0,
            steps,
            app: app.clone(),
        };
        let mut file = String::new();
        while let Some((text, next)) = rest.step().unwrap() {
            file.push_str(&text);
            rest = next;
        }
        file
    }

    #[test]
    fn a_file_that_was_cut_says_so_in_its_last_row() {
        let house = House::new();
        many(&house, 250);
        let whole = file(&house, "project=1&query=", 0);
        assert_eq!(whole.lines().count(), 250);
        let cut = file(&house, "project=1&query=", STEP_COUNT_MAX - 2);
        assert_eq!(cut.lines().count(), 201);
        let last = cut.lines().last().unwrap();
        assert!(last.starts_with("There may be more"), "{last}");
        assert_eq!(last.matches(',').count(), HEAD.matches(',').count());
        // Three steps that find nothing are none of the rows.
        assert_eq!(file(&house, "project=1&query=has%3Adist", 0), "");
    }

    #[tokio::test]
    async fn a_step_that_panics_is_no_end() {
        let step = tokio::task::spawn_blocking(|| panic!("a bug"));
        let next: Result<Option<()>, BoxError> = came_to(step.await);
        assert!(next.is_err());
    }
}
