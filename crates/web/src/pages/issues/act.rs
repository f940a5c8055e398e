//! What people do with issues on the pages: `POST …/issues/act/` with a field `do`, for one issue
//! or for many.

use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::response::Response;
use watchpost_model::{IssueId, ProjectId, Timestamp};
use watchpost_store::{Action, Actor, Leaving, find_assignee};

use super::choose;
use super::wish::Wish;
use crate::App;
use crate::pages::PageError;
use crate::pages::form::Form;
use crate::pages::shell::{Scope, add_flash, ask, said};
use crate::rights::staff;

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
    let find = move |app: &App| {
        let scope = Scope::load(app, &slug)?;
        let project = choose(&scope, &named, &HeaderMap::new())?.id;
        Ok((project, settle(app, &scope, wish)?))
    };
    let (project, wish) = ask(&app, find).await?;
    let word = wish.word();
    let list = form.visit.at.issues(&org, project);
    let by = form.visit.who.user.id;
    if let Wish::Forget(how) = wish {
        let gone = app.forget_issues(project, ids.clone(), how, by).await?;
        // The page of the issue is gone, too.
        return Ok(said(&list, &flash(word, ids.len().min(gone.len()), None)));
    }
    let (actor, now) = (Actor::User(by), form.visit.now);
    let is_unmerge = matches!(wish, Wish::Unmerge(..));
    let done = ask(&app, move |app| {
        does(app, (project, &ids), &wish, (actor, now))
    });
    let (changed, undo) = done.await?;
    if is_unmerge {
        app.split_issues();
    }
    app.tell(project, &changed);
    let mut response = form.back(&list);
    add_flash(&mut response, &flash(word, changed.len(), undo));
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

/// For the next page: see [`super::Done::read`].
fn flash(word: &str, count: usize, undo: Option<i64>) -> String {
    let undo = undo.map(|undo| undo.to_string()).unwrap_or_default();
    format!("did:{}:{count}:{undo}", word.replace(' ', "_"))
}
