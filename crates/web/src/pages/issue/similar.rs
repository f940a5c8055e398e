//! `…/issues/N/similar/`: issues that look like this one, why, and the way to merge them.
//!
//! Of the newest issues of the project those with the same title, type or place are looked at, and
//! of each its latest event: frames of the application that both stacks end with weigh most.

use std::collections::HashSet;

use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;
use watchpost_model::{Event, Issue, IssueId, Project};
use watchpost_store::{Alike, latest_of};

use super::life::Life;
use super::locate;
use super::view::Head;
use crate::App;
use crate::pages::format::{Count, When, plural};
use crate::pages::issues::{Badge, Done, headline};
use crate::pages::shell::{Shell, ask};
use crate::pages::{PageError, Visit};

/// Frames of the application, from the crash, that are compared.
const FRAMES_MAX: usize = 5;

#[derive(Template)]
#[template(path = "issue_similar.html")]
struct SimilarPage {
    shell: Shell,
    org: String,
    project: Project,
    issue: IssueId,
    head: Head,
    rows: Vec<Row>,
    /// What is told on the page of the issue only.
    life: Option<Life>,
    done: Option<Done>,
}

/// An issue that looks like it.
struct Row {
    issue: IssueId,
    href: String,
    kind: String,
    text: String,
    short_id: String,
    badge: Option<Badge>,
    reasons: String,
    events: Count,
    last: When,
}

/// One that looks like it, and how many frames both have.
struct Found {
    alike: Alike,
    frames: usize,
}

pub(super) async fn show(
    State(app): State<App>,
    Path((org, issue)): Path<(String, String)>,
    visit: Visit,
) -> Result<Response, PageError> {
    let (scope, issue, found) = ask(&app, move |app| {
        let (scope, issue) = locate(app, &org, &issue)?;
        let found = look(app, &issue)?;
        Ok((scope, issue, found))
    })
    .await?;
    let (org, project) = (scope.org.slug.clone(), scope.project()?.clone());
    let head = Head::new(&issue, &project, visit.now);
    let row = |found: Found| {
        let issue = &found.alike.issue;
        let (kind, text) = headline(issue);
        Row {
            issue: issue.id,
            href: visit.at.issue(&org, issue.id),
            kind,
            text,
            short_id: issue.short_id(&project.slug).to_string(),
            badge: Badge::of(issue, visit.now),
            reasons: reasons(&found),
            events: Count::new(issue.times_seen),
            last: When::new(issue.last_seen, visit.now),
        }
    };
    visit.answer(&SimilarPage {
        shell: visit.shell(&scope, "issues", &format!("Similar to {}", head.short_id)),
        rows: found.into_iter().map(row).collect(),
        done: visit.flash().and_then(Done::read),
        life: None,
        issue: issue.id,
        org,
        project,
        head,
    })
}

/// What looks like an issue, what is most like it first. Blocks.
fn look(app: &App, issue: &Issue) -> Result<Vec<Found>, PageError> {
    let project = issue.project;
    let family = app.family(project, issue.id)?;
    let own = latest_of(&*app.archive, project, &family)?;
    let own = own.map(|own| frames(&own.event)).unwrap_or_default();
    let alike = app.ledger.alike(project, issue)?;
    let ids: Vec<IssueId> = alike.iter().map(|alike| alike.issue.id).collect();
    let families = app.ledger.families(project, &ids)?;
    let latest = app.archive.latest_each(project, &families)?;
    let found = alike.into_iter().zip(latest).map(|(alike, latest)| {
        let theirs = latest.map(|latest| frames(&latest.event));
        let theirs = theirs.unwrap_or_default();
        let frames = own.intersection(&theirs).count();
        Found { alike, frames }
    });
    let mut found: Vec<Found> = found.filter(is_like).collect();
    found.sort_by_key(|found| std::cmp::Reverse(weight(found)));
    Ok(found)
}

/// The functions of the application that are nearest to the crash.
fn frames(event: &Event) -> HashSet<String> {
    let stacks = event.exceptions.iter().rev();
    let mut stacks = stacks.filter_map(|exception| exception.stacktrace.as_ref());
    let stack = stacks.next().or(event.stacktrace.as_ref());
    let frames = stack
        .into_iter()
        .flat_map(|stack| stack.frames.iter().rev());
    let of_app = frames.filter(|frame| frame.in_app != Some(false));
    let name = |frame: &watchpost_model::Frame| {
        let place = frame.module.as_deref().or(frame.filename.as_deref());
        let function = frame.function.as_deref()?;
        Some(format!("{} {function}", place.unwrap_or_default()))
    };
    of_app.filter_map(name).take(FRAMES_MAX).collect()
}

fn weight(found: &Found) -> usize {
    let Alike {
        is_title,
        is_kind,
        is_culprit,
        ..
    } = &found.alike;
    let facts = [(*is_title, 4), (*is_culprit, 3), (*is_kind, 1)];
    let facts = facts.iter().filter(|(is_so, _)| *is_so);
    found.frames * 2 + facts.map(|(_, weight)| weight).sum::<usize>()
}

/// The same type alone says little: half of all errors have it.
fn is_like(found: &Found) -> bool {
    weight(found) > 1
}

fn reasons(found: &Found) -> String {
    let facts = [
        (found.alike.is_title, "the same title".to_owned()),
        (found.alike.is_kind, "the same type".to_owned()),
        (found.alike.is_culprit, "the same place".to_owned()),
        (
            found.frames > 0,
            format!(
                "{} of the application in common",
                plural(found.frames as u64, "frame")
            ),
        ),
    ];
    let facts = facts.into_iter().filter(|(is_so, _)| *is_so);
    let facts: Vec<String> = facts.map(|(_, words)| words).collect();
    facts.join(", ")
}
