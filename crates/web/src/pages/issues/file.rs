//! `GET …/issues/csv/?…`: what a list shows as a file for spreadsheets, row by row as it is found.
//! And `…/issues/count/?…`: how many that are, for the script of the page.

use std::fmt::Write as _;

use axum::Json;
use axum::body::{Body, Bytes};
use axum::extract::{Path, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use watchpost_model::{Issue, chain};
use watchpost_store::{Asker, StoreError};

use super::chosen::MATCHING_COUNT_MAX;
use super::walk::{STEP_COUNT, Walk};
use crate::App;
use crate::pages::people::Names;
use crate::pages::shell::{Scope, ask};
use crate::pages::{PageError, Visit};

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
        let next = next.unwrap_or_else(|_| Ok(None));
        match next {
            Ok(next) => Some((Ok(Bytes::from(text)), next)),
            // A file that ends early without a word would be taken for the whole.
            Err(error) => {
                tracing::warn!(error = chain(&error), "a file of issues ended early");
                Some((Err(error), None))
            }
        }
    });
    Ok((headers, Body::from_stream(parts)).into_response())
}

impl Rest {
    /// The next rows; blocks.
    fn step(mut self) -> Result<Option<(String, Self)>, StoreError> {
        let is_over = self.rows > 0 && self.walk.rest().is_none();
        if is_over || self.rows >= ROW_COUNT_MAX {
            return Ok(None);
        }
        let issues = self.walk.step(&self.app)?;
        // Counted as steps, so that a search that finds little ends, too.
        self.rows += STEP_COUNT;
        let mut text = String::new();
        for issue in &issues {
            self.write(&mut text, issue);
        }
        Ok(Some((text, self)))
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

/// A text as a cell. What a spreadsheet would take for a formula gets an apostrophe in front.
fn cell(text: &str) -> String {
    let is_formula = text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']);
    let apostrophe = if is_formula { "'" } else { "" };
    if !is_formula && !text.contains(['"', ',', '\n', '\r']) {
        return text.to_owned();
    }
    format!("\"{apostrophe}{}\"", text.replace('"', "\"\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_texts_and_no_formulas() {
        let check = |text: &str, expect: &str| assert_eq!(cell(text), expect, "{text:?}");
        check("", "");
        check("boom in shop", "boom in shop");
        check("a, \"b\"", "\"a, \"\"b\"\"\"");
        check("two\nlines", "\"two\nlines\"");
        check("=HYPERLINK(\"x\")", "\"'=HYPERLINK(\"\"x\"\")\"");
        for start in ["+1", "-1", "@SUM(A1)", "\t=1", "\r=1"] {
            assert!(cell(start).starts_with("\"'"), "{start:?}");
        }
    }
}
