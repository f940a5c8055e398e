//! What people do with issues on the pages: `POST …/issues/act/` with a field `do`, for one issue
//! or for many.

use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::response::Response;
use watchpost_model::{Assignee, Bound, IssueId, Priority, ProjectId, Timestamp, Until};
use watchpost_store::{Action, Actor, Forget, Leaving, Resolve, one_name};

use super::choose;
use crate::App;
use crate::pages::PageError;
use crate::pages::form::{Fields, Form};
use crate::pages::shell::{Scope, add_flash, ask, said};

/// The largest number in a condition.
const COUNT_MAX: u64 = 1_000_000_000;

/// Issues that one form changes: what a page of the list shows, so that somebody saw them.
const ISSUE_COUNT_MAX: usize = 100;

/// What a form asks for.
enum Wish {
    Act(Action),
    Merge,
    /// An issue that was merged; what the field `key` names when there is none.
    Unmerge(Option<IssueId>, Vec<String>),
    Forget(Forget),
    Undo(i64),
}

impl Wish {
    /// Reads the field `do`: a word, and what it is about after colons.
    fn read(fields: &Fields, now: Timestamp) -> Result<Self, PageError> {
        let text = fields.get("do");
        let (verb, about) = text.split_once(':').unwrap_or((text, ""));
        let action = match (verb, about) {
            ("resolve", "") => Some(Action::Resolve(Resolve::Now)),
            ("resolve", "next") => Some(Action::Resolve(Resolve::InNextRelease)),
            ("resolve", "in") => {
                let release = one_name(fields.get("release")).map(str::to_owned);
                release.map(|release| Action::Resolve(Resolve::InRelease(release)))
            }
            ("open", "") => Some(Action::Open),
            ("archive", about) => until(about, now).map(Action::Archive),
            ("review", "") => Some(Action::Review),
            ("priority", name) => Priority::from_name(name).map(Action::Prioritize),
            ("assign", "") => Some(Action::Assign(None)),
            ("assign", whom) => Assignee::parse(whom).map(|whom| Action::Assign(Some(whom))),
            ("bookmark", about) => Some(Action::Bookmark(about == "on")),
            ("subscribe", about) => Some(Action::Subscribe(about == "on")),
            _ => None,
        };
        let wish = match (verb, action) {
            (_, Some(action)) => Some(Self::Act(action)),
            ("merge", None) => Some(Self::Merge),
            ("unmerge", None) => {
                let keys = fields.all("key").flat_map(|keys| keys.split(','));
                let keys: Vec<_> = keys.map(str::to_owned).collect();
                let part = about.parse().ok();
                let is_said = part.is_some() || !keys.is_empty();
                is_said.then_some(Self::Unmerge(part, keys))
            }
            ("delete", None) => Some(Self::Forget(Forget::Delete)),
            ("discard", None) => Some(Self::Forget(Forget::Discard)),
            ("undo", None) => about.parse().ok().map(Self::Undo),
            _ => None,
        };
        let problem = || PageError::Invalid("Choose what is to be done.".to_owned());
        wish.ok_or_else(problem)
    }

    /// What was done, in one word for the next page.
    fn word(&self) -> &'static str {
        match self {
            Self::Act(Action::Open) => "opened again",
            Self::Act(Action::Resolve(_)) => "resolved",
            Self::Act(Action::Archive(_)) => "archived",
            Self::Act(Action::Review) => "reviewed",
            Self::Act(_) => "changed",
            Self::Merge => "merged",
            Self::Unmerge(..) => "taken out",
            Self::Forget(Forget::Delete) => "deleted",
            Self::Forget(Forget::Discard) => "discarded",
            Self::Undo(_) => "changed back",
        }
    }
}

/// `escalating`, `forever`, `hours:24`, `events:100`, `events:100:60` (within minutes), `users:10`.
fn until(about: &str, now: Timestamp) -> Option<Until> {
    let mut parts = about.split(':');
    let (kind, count) = (parts.next()?, parts.next());
    let count = count.and_then(|count| count.parse::<u64>().ok());
    let count = count.filter(|count| (1..=COUNT_MAX).contains(count));
    let window_mins = match parts.next() {
        Some(mins) => {
            let mins = mins.parse().ok();
            Some(mins.filter(|mins| (1..=Bound::WINDOW_MINS_MAX).contains(mins))?)
        }
        None => None,
    };
    let bound = |count| Bound { count, window_mins };
    let met = |time, events, users| {
        Some(Until::Met {
            time,
            events,
            users,
        })
    };
    match (kind, count) {
        ("escalating", None) => Some(Until::Escalating),
        ("forever", None) => Some(Until::Forever),
        ("hours", Some(hours)) => {
            let secs = i64::try_from(hours).ok()?.saturating_mul(3600);
            met(Some(now.plus_secs(secs)), None, None)
        }
        ("events", Some(count)) => met(None, Some(bound(count)), None),
        ("users", Some(count)) => met(None, None, Some(bound(count))),
        _ => None,
    }
}

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
        Ok(choose(&scope, &named, &HeaderMap::new())?.id)
    };
    let project = ask(&app, find).await?;
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
        // Done by the caller, which need not wait for the events.
        Wish::Forget(_) => (Vec::new(), None),
    })
}

/// For the next page: see [`super::Done::read`].
fn flash(word: &str, count: usize, undo: Option<i64>) -> String {
    let undo = undo.map(|undo| undo.to_string()).unwrap_or_default();
    format!("did:{}:{count}:{undo}", word.replace(' ', "_"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(about: &str, expect: impl Into<Option<Until>>) {
        let expect = expect.into();
        assert_eq!(until(about, Timestamp::from_secs(0)), expect, "{about}");
    }

    #[test]
    fn conditions_of_archiving() {
        let met = |time, events, users| {
            Some(Until::Met {
                time,
                events,
                users,
            })
        };
        let bound = |count, window_mins| Some(Bound { count, window_mins });
        check("escalating", Some(Until::Escalating));
        check("forever", Some(Until::Forever));
        check("hours:2", met(Some(Timestamp::from_secs(7200)), None, None));
        check("events:10", met(None, bound(10, None), None));
        check("events:10:60", met(None, bound(10, Some(60)), None));
        check("users:3", met(None, None, bound(3, None)));
        for wrong in [
            "",
            "hours",
            "hours:0",
            "events:x",
            "events:-1",
            "users:1:x",
            "events:1:0",
            "events:1:527041",
            "never",
        ] {
            check(wrong, None);
        }
    }
}
