//! What people do with issues on the pages: `POST …/issues/act/` with a field `do`, for one issue,
//! for many, or for all that a list shows.

use axum::extract::{Path, State};
use axum::response::Response;
use watchpost_model::{Issue, IssueId, ProjectId, Timestamp};
use watchpost_store::{Action, Actor, Asker, Leaving, StoreError, find_assignee};

use super::choose;
use super::chosen::{Choice, Chosen, by_project};
use super::confirm::{confirm, more};
use super::done::{Done, Undo};
use super::wish::Wish;
use crate::pages::PageError;
use crate::pages::form::Form;
use crate::pages::shell::{Scope, add_flash, ask, said};
use crate::rights::staff;
use crate::{App, audit};

/// Issues that are changed in one transaction: the digest goes on in between.
const STEP_COUNT: usize = 250;
/// Issues that are merged at once.
const MERGE_COUNT_MAX: usize = 100;

/// What came of it.
#[derive(Default)]
struct Did {
    /// Issues that are not as they were, of those that were chosen or shown by them.
    changed: Vec<(ProjectId, Vec<IssueId>)>,
    /// Those of them that had been deleted.
    restored: Vec<(ProjectId, Vec<IssueId>)>,
    undo: Undo,
    /// How many of those that were chosen.
    count: usize,
}

/// See the file.
pub(super) async fn act(
    State(app): State<App>,
    Path(org): Path<String>,
    form: Form,
) -> Result<Response, PageError> {
    let wish = Wish::read(&form.fields, form.visit.now)?;
    let choice = Choice::read(&form.fields)?;
    let (named, headers) = (
        form.fields.get("project").to_owned(),
        form.visit.headers.clone(),
    );
    let asker = Asker {
        now: form.visit.now,
        user: Some(form.visit.who.user.id),
    };
    let find = move |app: &App| {
        let scope = Scope::load(app, &org)?;
        let project = choose(&scope, &named)?.id;
        let wish = settle(app, &scope, wish)?;
        let chosen = choice.find(app, &scope, (&headers, asker))?;
        Ok((scope, project, wish, chosen))
    };
    let (scope, project, wish, chosen) = ask(&app, find).await?;
    // As many as were asked about, as others may match by now; or none, which is nothing to ask.
    let (asked, count) = (form.fields.get("sure"), chosen.issues.len());
    let is_sure = asked == count.to_string() || (!asked.is_empty() && count == 0);
    if let Wish::Forget(how) = wish
        && !is_sure
    {
        return confirm(&form, &scope, (&chosen, how));
    }
    let word = wish.word();
    let is_unmerge = matches!(wish, Wish::Unmerge(..));
    let (actor, now) = (Actor::User(form.visit.who.user.id), form.visit.now);
    let projects = scope.project_ids();
    let forgets = match &wish {
        Wish::Forget(how) => Some(*how),
        _ => None,
    };
    let (did, chosen) = ask(&app, move |app| {
        let did = does(app, (&projects, project), (&chosen, &wish), (actor, now))?;
        Ok((did, chosen))
    })
    .await?;
    if is_unmerge {
        app.split_issues();
    }
    for (project, restored) in &did.restored {
        audit::issues_restored(&app, *project, restored, form.visit.who.user.id).await;
    }
    for (project, changed) in &did.changed {
        app.tell(*project, changed);
        if let (Some(how), false) = (forgets, changed.is_empty()) {
            audit::issues_forgotten(&app, *project, changed, how, form.visit.who.user.id).await;
        }
    }
    answer(&form, &scope, (project, word), (&did, &chosen))
}

/// Leads on: to where the form was, to the list when that is gone, or asks whether it goes on.
fn answer(
    form: &Form,
    scope: &Scope,
    (project, word): (ProjectId, &str),
    (did, chosen): (&Did, &Chosen),
) -> Result<Response, PageError> {
    let before: u64 = form.fields.get("so_far").parse().unwrap_or(0);
    let count = before.saturating_add(did.count as u64);
    let undo = did.undo.after(form.fields.get("undone"));
    if let Some(left) = &chosen.left {
        return more(form, scope, (word, count, undo.as_ref()), left);
    }
    let flash = Done::flash(word, count, &undo.unwrap_or_default());
    let (at, org) = (&form.visit.at, &scope.org.slug);
    let list = at.issues(org, project);
    let is_gone = matches!(word, "deleted" | "discarded") && {
        let back = at.path(form.fields.get("return_to"));
        let mut issues = chosen.issues.iter();
        issues.any(|issue| back.starts_with(&at.issue(org, issue.id)))
    };
    if is_gone {
        return Ok(said(&list, &flash));
    }
    let mut response = form.back(&list);
    add_flash(&mut response, &flash);
    Ok(response)
}

/// Finds who is meant by a name.
fn settle(app: &App, scope: &Scope, wish: Wish) -> Result<Wish, PageError> {
    let Wish::Assign(name) = wish else {
        return Ok(wish);
    };
    let (users, teams) = (staff(app, scope.org.id)?, app.ledger.teams(scope.org.id)?);
    let found = find_assignee(users.iter(), &teams, &name);
    let problem = || {
        let problem = format!(
            "Nobody here is `{name}`: write the address of a person, or # and the name of a team."
        );
        PageError::Invalid(problem)
    };
    let whom = found.ok_or_else(problem)?;
    Ok(Wish::Act(Action::Assign(Some(whom))))
}

/// Does it. `projects` are those of the organization; `named` is the one that the form names.
fn does(
    app: &App,
    (projects, named): (&[ProjectId], ProjectId),
    (chosen, wish): (&Chosen, &Wish),
    by: (Actor, Timestamp),
) -> Result<Did, PageError> {
    let issues = &chosen.issues;
    match wish {
        Wish::Act(action) => Ok(each(issues, |project, ids| {
            let acted = app.ledger.act(project, ids, action, by.0, by.1)?;
            Ok((acted.changed, acted.undo))
        })?),
        Wish::Forget(how) => Ok(each(issues, |project, ids| {
            let acted = app.ledger.trash_issues(project, ids, *how, by.0, by.1)?;
            Ok((acted.changed, acted.undo))
        })?),
        Wish::Merge => merge(app, chosen, by),
        Wish::Unmerge(part, keys) => unmerge(app, issues, (part.as_ref(), keys), by),
        Wish::Undo(undo) => take_back(app, undo, (projects, named), by),
        // Settled by the caller.
        Wish::Assign(_) => Ok(Did::default()),
    }
}

/// Changes issues step by step.
fn each(
    issues: &[Issue],
    change: impl Fn(ProjectId, &[IssueId]) -> Result<(Vec<IssueId>, Option<i64>), StoreError>,
) -> Result<Did, StoreError> {
    let mut did = Did::default();
    for (project, ids) in by_project(issues) {
        for step in ids.chunks(STEP_COUNT) {
            let (changed, undo) = change(project, step)?;
            did.count += step.iter().filter(|id| changed.contains(id)).count();
            did.undo.0.extend(undo.map(|undo| (Some(project), undo)));
            did.changed.push((project, changed));
        }
    }
    Ok(did)
}

fn merge(app: &App, chosen: &Chosen, by: (Actor, Timestamp)) -> Result<Did, PageError> {
    let invalid = |problem: String| Err(PageError::Invalid(problem));
    if chosen.left.is_some() || chosen.issues.len() > MERGE_COUNT_MAX {
        return invalid(format!("Merge at most {MERGE_COUNT_MAX} issues at once."));
    }
    let mut all = by_project(&chosen.issues).into_iter();
    let (Some((project, ids)), None) = (all.next(), all.next()) else {
        if chosen.issues.is_empty() {
            return Ok(Did::default());
        }
        return invalid("Only issues of the same project can be merged.".to_owned());
    };
    let Some(merged) = app.ledger.merge(project, &ids, by.0, by.1)? else {
        return Ok(Did::default());
    };
    let mut changed = merged.parts;
    changed.push(merged.into);
    Ok(Did {
        count: changed.len(),
        undo: Undo(vec![(Some(project), merged.undo)]),
        changed: vec![(project, changed)],
        ..Did::default()
    })
}

fn unmerge(
    app: &App,
    issues: &[Issue],
    (part, keys): (Option<&IssueId>, &[String]),
    (actor, now): (Actor, Timestamp),
) -> Result<Did, PageError> {
    if issues.is_empty() {
        return Err(PageError::Missing("issue"));
    }
    let mut did = Did::default();
    for issue in issues {
        let owners = app.ledger.hashes(issue.project, issue.id)?.into_iter();
        let named = owners.map(|owner| owner.hash);
        let named = named.filter(|hash| keys.contains(&hash.to_string()));
        let leaving = Leaving {
            parts: part.map(std::slice::from_ref).unwrap_or_default(),
            keys: &named.collect::<Vec<_>>(),
        };
        let ledger = &app.ledger;
        let left = ledger.unmerge(issue.project, issue.id, &leaving, actor, now)?;
        let changed: Vec<IssueId> = left.left.into_iter().chain(left.leaving).collect();
        did.count += changed.len();
        did.changed.push((issue.project, changed));
        let undo = left.undo.map(|undo| (Some(issue.project), undo));
        did.undo.0.extend(undo);
    }
    Ok(did)
}

/// Takes back the last change first. What was taken back before, or is too old, is passed over, as
/// long as there is anything else.
fn take_back(
    app: &App,
    undo: &Undo,
    (projects, named): (&[ProjectId], ProjectId),
    (actor, now): (Actor, Timestamp),
) -> Result<Did, PageError> {
    let mut did = Did::default();
    let mut missing = None;
    for (project, id) in undo.0.iter().rev() {
        let project = project.unwrap_or(named);
        if !projects.contains(&project) {
            return Err(PageError::Missing("change that can be undone"));
        }
        let trashed = app.ledger.trashed(project)?;
        let changed = match app.ledger.undo(project, *id, actor, now) {
            Err(error @ StoreError::Missing { .. }) => {
                missing = Some(error);
                continue;
            }
            changed => changed?,
        };
        let back = changed.iter().filter(|issue| trashed.contains(issue));
        let back: Vec<IssueId> = back.copied().collect();
        if !back.is_empty() {
            did.restored.push((project, back));
        }
        for id in &changed {
            // One that is merged into another is shown, and was counted, as that.
            let shown = app.ledger.issue(project, *id)?;
            did.count += usize::from(shown.is_some_and(|issue| issue.id == *id));
        }
        did.changed.push((project, changed));
    }
    match missing {
        Some(error) if did.changed.is_empty() => Err(error.into()),
        _ => Ok(did),
    }
}
