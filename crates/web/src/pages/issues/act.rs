//! What people do with issues on the pages: `POST …/issues/act/` with a field `do`, for one issue
//! or for many.

use std::collections::BTreeMap;

use axum::extract::{Path, State};
use axum::response::Response;
use watchpost_model::{IssueId, ProjectId, Timestamp};
use watchpost_store::{Action, Actor, Leaving, find_assignee};

use super::choose;
use super::done::flash;
use super::wish::Wish;
use crate::App;
use crate::pages::PageError;
use crate::pages::form::Form;
use crate::pages::shell::{Scope, add_flash, ask, said};

/// Issues that one form changes: what a page of the list shows, so that somebody saw them.
const ISSUE_COUNT_MAX: usize = 100;

/// See the file.
pub(super) async fn act(
    State(app): State<App>,
    Path(org): Path<String>,
    form: Form,
) -> Result<Response, PageError> {
    let wish = Wish::read(&form.fields, form.visit.now)?;
    let ids = form.fields.all("issue").filter_map(|id| id.parse().ok());
    let ids: Vec<IssueId> = ids.collect();
    if ids.len() > ISSUE_COUNT_MAX {
        let problem = format!("Choose at most {ISSUE_COUNT_MAX} issues at once.");
        return Err(PageError::Invalid(problem));
    }
    let (slug, named) = (org.clone(), form.fields.get("project").to_owned());
    let chosen = ids.clone();
    let find = move |app: &App| {
        let scope = Scope::load(app, &slug)?;
        let homes = homes(app, &scope, &named, chosen)?;
        Ok((homes, settle(app, &scope, wish)?))
    };
    let (homes, wish) = ask(&app, find).await?;
    if homes.len() > 1 && matches!(wish, Wish::Merge) {
        let problem = "Only issues of the same project can be merged. Choose issues of one.";
        return Err(PageError::Invalid(problem.to_owned()));
    }
    let word = wish.word();
    let mut lists = homes
        .iter()
        .map(|(project, _)| form.visit.at.issues(&org, project));
    let list = lists
        .next()
        .unwrap_or_else(|| form.visit.at.issues_form(&org));
    let by = form.visit.who.user.id;
    if let Wish::Forget(how) = wish {
        let mut gone = 0;
        for (project, ids) in homes {
            gone += app.forget_issues(project, ids, how, by).await?.len();
        }
        // The page of the issue is gone, too.
        return Ok(said(&list, &flash(word, ids.len().min(gone), None)));
    }
    let (actor, now) = (Actor::User(by), form.visit.now);
    let is_unmerge = matches!(wish, Wish::Unmerge(..));
    let done = ask(&app, move |app| {
        let mut all = Vec::new();
        for (project, ids) in homes {
            let (changed, undo) = does(app, (project, &ids), &wish, (actor, now))?;
            all.push((project, changed, undo));
        }
        Ok(all)
    });
    let done = done.await?;
    if is_unmerge {
        app.split_issues();
    }
    let mut count = 0;
    for (project, changed, _) in &done {
        app.tell(*project, changed);
        count += changed.len();
    }
    // What was changed in several projects is undone issue by issue.
    let mut undos = done
        .iter()
        .filter_map(|(project, _, undo)| undo.map(|undo| (*project, undo)));
    let undo = undos.next().filter(|_| undos.next().is_none());
    let mut response = form.back(&list);
    add_flash(&mut response, &flash(word, count, undo));
    Ok(response)
}

/// The issues of each project. Without a name of one they may be of any.
fn homes(
    app: &App,
    scope: &Scope,
    named: &str,
    ids: Vec<IssueId>,
) -> Result<Vec<(ProjectId, Vec<IssueId>)>, PageError> {
    if !matches!(named, "" | "-1") {
        return Ok(vec![(choose(scope, named)?.id, ids)]);
    }
    let projects = scope.project_ids();
    let mut homes: BTreeMap<ProjectId, Vec<IssueId>> = BTreeMap::new();
    for id in ids {
        let home = app.ledger.issue_project(&projects, id)?;
        homes
            .entry(home.ok_or(PageError::Missing("issue"))?)
            .or_default()
            .push(id);
    }
    Ok(homes.into_iter().collect())
}

/// Finds who is meant by a name.
fn settle(app: &App, scope: &Scope, wish: Wish) -> Result<Wish, PageError> {
    let Wish::Assign(name) = wish else {
        return Ok(wish);
    };
    let (users, teams) = (app.ledger.users()?, app.ledger.teams(scope.org.id)?);
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

/// Does it; what changed, and by what it can be undone.
fn does(
    app: &App,
    (project, ids): (ProjectId, &[IssueId]),
    wish: &Wish,
    (actor, now): (Actor, Timestamp),
) -> Result<(Vec<IssueId>, Option<i64>), PageError> {
    Ok(match wish {
        Wish::Act(action) => {
            let acted = app.ledger.act(project, ids, action, actor, now)?;
            (acted.changed, acted.undo)
        }
        Wish::Merge => match app.ledger.merge(project, ids, actor, now)? {
            Some(merged) => {
                let mut changed = merged.parts;
                changed.push(merged.into);
                (changed, Some(merged.undo))
            }
            None => (Vec::new(), None),
        },
        Wish::Unmerge(part, keys) => {
            let (mut changed, mut undo) = (Vec::new(), None);
            for issue in ids {
                let owners = app.ledger.hashes(project, *issue)?.into_iter();
                let named = owners.map(|owner| owner.hash);
                let named = named.filter(|hash| keys.contains(&hash.to_string()));
                let leaving = Leaving {
                    parts: part.as_slice(),
                    keys: &named.collect::<Vec<_>>(),
                };
                let left = app.ledger.unmerge(project, *issue, &leaving, actor, now)?;
                changed.extend(left.left.into_iter().chain(left.leaving));
                undo = left.undo.or(undo);
            }
            (changed, undo)
        }
        Wish::Undo(undo) => (app.ledger.undo(project, *undo, actor, now)?, None),
        // Done by the caller, which need not wait for the events, and settled by it.
        Wish::Forget(_) | Wish::Assign(_) => (Vec::new(), None),
    })
}
