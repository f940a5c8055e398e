//! What was decided before: who changed the rules, when, what of them, and the way back.

use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;
use watchpost_model::{Project, Rules, User};
use watchpost_store::RulesChange;

use super::super::form::Form;
use super::super::format::When;
use super::super::shell::{Shell, ask, said};
use super::super::{PageError, Visit};
use super::{change, load};
use crate::App;

#[derive(Template)]
#[template(path = "rules_changes.html")]
struct ChangesPage {
    shell: Shell,
    org: String,
    project: Project,
    tab: &'static str,
    changes: Vec<ChangeView>,
    is_undone: bool,
}

/// One change, as a person reads it.
struct ChangeView {
    id: i64,
    when: When,
    who: String,
    parts: Vec<Part>,
}

/// A part of the rules that a change touched.
#[derive(Debug, PartialEq, Eq)]
struct Part {
    label: &'static str,
    before: String,
    after: String,
}

pub(super) async fn show(
    State(app): State<App>,
    Path((org, slug)): Path<(String, String)>,
    visit: Visit,
) -> Result<Response, PageError> {
    let (scope, project, rules, changes, users) = ask(&app, move |app| {
        let (scope, project, rules) = load(app, &org, &slug)?;
        let changes = app.ledger.rules_changes(project.id)?;
        Ok((scope, project, rules, changes, app.ledger.users()?))
    })
    .await?;
    visit.answer(&ChangesPage {
        shell: visit.shell(
            &scope,
            "settings",
            &format!("Changes of the rules of {}", project.name),
        ),
        org: scope.org.slug.clone(),
        project,
        tab: "changes",
        changes: views(&rules, changes, &users, &visit),
        is_undone: visit.flash() == Some("undone"),
    })
}

/// The rules become what they were before a change; that is a change, too.
pub(super) async fn undo(
    State(app): State<App>,
    Path((org, slug, id)): Path<(String, String, i64)>,
    form: Form,
) -> Result<Response, PageError> {
    let here = form.visit.at.rules(&org, &slug, "changes");
    let (project, before) = ask(&app, move |app| {
        let (_, project, _) = load(app, &org, &slug)?;
        let mut changes = app.ledger.rules_changes(project.id)?.into_iter();
        let found = changes.find(|change| change.id == id);
        let before = found.ok_or(PageError::Missing("change"))?.before;
        Ok((project, before))
    })
    .await?;
    change(&app, &form.visit, &project, move |rules| {
        rules.clone_from(&before);
    })
    .await?;
    Ok(said(&here, "undone"))
}

fn views(now: &Rules, changes: Vec<RulesChange>, users: &[User], visit: &Visit) -> Vec<ChangeView> {
    let mut after = now.clone();
    let view = |change: RulesChange| {
        let parts = parts(&change.before, &after);
        after = change.before;
        ChangeView {
            id: change.id,
            when: When::new(change.changed, visit.now),
            who: match change.user {
                None => "the command line".to_owned(),
                Some(id) => users
                    .iter()
                    .find(|user| user.id == id)
                    .map_or_else(|| "somebody who left".to_owned(), |user| user.email.clone()),
            },
            parts,
        }
    };
    changes.into_iter().map(view).collect()
}

/// What differs, part by part.
fn parts(before: &Rules, after: &Rules) -> Vec<Part> {
    let (old, new) = (texts(before), texts(after));
    let both = old.into_iter().zip(new);
    let changed = both.filter(|((_, before), (_, after))| before != after);
    changed
        .map(|((label, before), (_, after))| Part {
            label,
            before,
            after,
        })
        .collect()
}

fn texts(rules: &Rules) -> Vec<(&'static str, String)> {
    let on = |is_on: bool| if is_on { "on" } else { "off" }.to_owned();
    let Rules {
        scrubbing,
        filters,
        grouping,
        ownership,
        showing,
    } = rules;
    let version = |version: Option<u16>| {
        version.map_or_else(|| "the newest".to_owned(), |version| version.to_string())
    };
    vec![
        ("Filter: browser extensions", on(filters.browser_extensions)),
        ("Filter: localhost", on(filters.localhost)),
        ("Filter: web crawlers", on(filters.web_crawlers)),
        (
            "Filter: legacy browsers",
            filters.legacy_browsers.join("\n"),
        ),
        ("Filter: error messages", filters.error_messages.join("\n")),
        ("Filter: releases", filters.releases.join("\n")),
        ("Filter: IP addresses", filters.ip_addresses.join("\n")),
        ("Scrubbing", on(scrubbing.enabled)),
        ("Scrubbing: usual secrets", on(scrubbing.defaults)),
        ("Scrubbing: IP addresses", on(scrubbing.ip_addresses)),
        (
            "Scrubbing: sensitive fields",
            scrubbing.sensitive_fields.join("\n"),
        ),
        ("Scrubbing: safe fields", scrubbing.safe_fields.join("\n")),
        ("Scrubbing: advanced rules", scrubbing.advanced.clone()),
        ("Grouping: version", version(grouping.version)),
        (
            "Grouping: fingerprint rules",
            grouping.fingerprint_rules.clone(),
        ),
        ("Grouping: stack rules", grouping.stack_rules.clone()),
        (
            "Grouping: ignore fingerprints of clients",
            on(grouping.ignore_client_fingerprint),
        ),
        ("Grouping: split by message", on(grouping.split_by_message)),
        ("Ownership: rules", ownership.rules.clone()),
        ("Ownership: assign issues", on(ownership.auto_assign)),
        (
            "Ownership: everybody owns the rest",
            on(ownership.fallthrough),
        ),
        (
            "Ownership: follow the file",
            on(ownership.codeowners_auto_sync),
        ),
        ("Events: highlights", showing.highlights.join("\n")),
        ("Events: source link", showing.source_link.clone()),
    ]
}
