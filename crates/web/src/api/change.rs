//! What a request wants of issues: the body of `PUT …/issues/`, in Sentry's words, as actions.

use serde::{Deserialize, Deserializer};
use watchpost_model::{Assignee, Bound, Priority, Status, Timestamp, Until};
use watchpost_store::{Action, Resolve, find_assignee, one_name};

use super::error::ApiError;
use super::view::activity::People;

/// See the file. Other fields are ignored.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Update {
    status: Option<String>,
    status_details: Option<Details>,
    substatus: Option<String>,
    snooze_duration: Option<u32>,
    #[serde(deserialize_with = "given")]
    assigned_to: Option<Given>,
    has_seen: Option<bool>,
    is_bookmarked: Option<bool>,
    is_subscribed: Option<bool>,
    priority: Option<String>,
    inbox: Option<bool>,
    merge: Option<Flag>,
    discard: Option<bool>,
}

/// `true` or `1`: tools send both.
#[derive(Clone, Copy, Deserialize)]
#[serde(untagged)]
enum Flag {
    Bool(bool),
    Number(i64),
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Details {
    in_release: Option<String>,
    in_next_release: Option<bool>,
    in_commit: Option<Commit>,
    ignore_count: Option<u64>,
    ignore_window: Option<u32>,
    ignore_user_count: Option<u64>,
    ignore_user_window: Option<u32>,
    ignore_duration: Option<u32>,
    ignore_until: Option<Timestamp>,
    ignore_until_escalating: Option<bool>,
}

#[derive(Deserialize)]
struct Commit {
    commit: String,
    repository: Option<String>,
}

/// A field that is there, if only as null.
struct Given(Option<String>);

fn given<'de, D: Deserializer<'de>>(value: D) -> Result<Option<Given>, D::Error> {
    let text = Option::<String>::deserialize(value)?;
    Ok(Some(Given(text)))
}

impl Update {
    /// Whether the issues are to be merged into one.
    pub(super) fn is_merge(&self) -> bool {
        match self.merge {
            Some(Flag::Bool(is_on)) => is_on,
            Some(Flag::Number(number)) => number != 0,
            None => false,
        }
    }

    /// Whether the issues are to be thrown away, with all later events.
    pub(super) fn is_discard(&self) -> bool {
        self.discard == Some(true)
    }

    /// What to do, in order. `people` are those who can look after issues.
    pub(super) fn actions(&self, people: &People, now: Timestamp) -> Result<Vec<Action>, ApiError> {
        let mut actions = Vec::new();
        if let Some(name) = self.status.as_deref() {
            actions.push(self.status(name, now)?);
        } else if let Some(Details { .. }) = &self.status_details {
            return Err(invalid("`statusDetails` say nothing without a `status`."));
        }
        if let Some(Given(text)) = &self.assigned_to {
            actions.push(Action::Assign(assignee(text.as_deref(), people)?));
        }
        if let Some(name) = self.priority.as_deref() {
            let priority = Priority::from_name(name);
            let problem = || invalid("`priority` is one of high, medium and low.");
            actions.push(Action::Prioritize(priority.ok_or_else(problem)?));
        }
        if self.inbox == Some(false) {
            actions.push(Action::Review);
        }
        actions.extend(self.is_bookmarked.map(Action::Bookmark));
        actions.extend(self.is_subscribed.map(Action::Subscribe));
        if self.has_seen == Some(true) {
            actions.push(Action::See);
        }
        if actions.is_empty() && self.has_seen.is_none() && self.inbox.is_none() {
            return Err(invalid(
                "Of an issue `status`, `assignedTo`, `priority`, `isBookmarked`, `isSubscribed`, \
                 `hasSeen`, `inbox`, `merge` and `discard` can be changed.",
            ));
        }
        Ok(actions)
    }

    fn status(&self, name: &str, now: Timestamp) -> Result<Action, ApiError> {
        let none = Details::default();
        let details = self.status_details.as_ref().unwrap_or(&none);
        if name == "resolvedInNextRelease" {
            return Ok(Action::Resolve(Resolve::InNextRelease));
        }
        Ok(match status_named(name)? {
            Status::Unresolved => Action::Open,
            Status::Resolved => Action::Resolve(details.resolve()?),
            Status::Archived => {
                let snooze = self.snooze_duration;
                Action::Archive(details.until(self.substatus.as_deref(), snooze, now)?)
            }
        })
    }
}

impl Details {
    fn resolve(&self) -> Result<Resolve, ApiError> {
        let named = |field: &str, name: &str| {
            let problem = || invalid(&format!("`{field}` is a line of 1 to 250 bytes."));
            one_name(name).map(str::to_owned).ok_or_else(problem)
        };
        Ok(match (&self.in_commit, &self.in_release) {
            (Some(Commit { commit, repository }), _) => Resolve::InCommit {
                commit: named("commit", commit)?,
                repository: match repository {
                    Some(repository) => Some(named("repository", repository)?),
                    None => None,
                },
            },
            (None, Some(release)) if release != "latest" => {
                Resolve::InRelease(named("inRelease", release)?)
            }
            _ if self.in_next_release == Some(true) || self.in_release.is_some() => {
                Resolve::InNextRelease
            }
            _ => Resolve::Now,
        })
    }

    fn until(
        &self,
        substatus: Option<&str>,
        snooze_mins: Option<u32>,
        now: Timestamp,
    ) -> Result<Until, ApiError> {
        let mins = self.ignore_duration.or(snooze_mins);
        let time = mins.map(|mins| now.plus_secs(i64::from(mins) * 60));
        let bound = |count: Option<u64>, window_mins: Option<u32>| {
            let count = count.filter(|count| *count > 0)?;
            Some(Bound { count, window_mins })
        };
        let windows = [self.ignore_window, self.ignore_user_window];
        if windows
            .into_iter()
            .flatten()
            .any(|mins| mins > Bound::WINDOW_MINS_MAX)
        {
            return Err(invalid("A window is a year at most, in minutes."));
        }
        let time = self.ignore_until.or(time);
        let events = bound(self.ignore_count, self.ignore_window);
        let users = bound(self.ignore_user_count, self.ignore_user_window);
        if time.is_some() || events.is_some() || users.is_some() {
            return Ok(Until::Met {
                time,
                events,
                users,
            });
        }
        let is_escalating = self.ignore_until_escalating == Some(true);
        match substatus {
            Some("archived_until_escalating") => Ok(Until::Escalating),
            None if is_escalating => Ok(Until::Escalating),
            // What `ignored` alone meant before there were escalations.
            Some("archived_forever") | None => Ok(Until::Forever),
            Some(_) => Err(invalid(
                "`substatus` is archived_until_escalating or archived_forever, or `statusDetails` \
                 say until when.",
            )),
        }
    }
}

/// The status of that name. Old tools mute what others ignore and people archive.
pub(super) fn status_named(name: &str) -> Result<Status, ApiError> {
    match name {
        "unresolved" => Ok(Status::Unresolved),
        "resolved" | "resolvedInNextRelease" => Ok(Status::Resolved),
        "ignored" | "muted" | "archived" => Ok(Status::Archived),
        other => Err(ApiError::Invalid(format!(
            "An issue cannot be `{other}`, only resolved, unresolved or ignored."
        ))),
    }
}

fn assignee(text: Option<&str>, people: &People) -> Result<Option<Assignee>, ApiError> {
    let Some(text) = text.map(str::trim).filter(|text| !text.is_empty()) else {
        return Ok(None);
    };
    let found = find_assignee(people.members.iter(), &people.teams, text);
    found.map(Some).ok_or_else(|| {
        ApiError::Invalid(format!(
            "`{text}` is nobody who could look after an issue: give the address of a user, \
             `user:` and their id, `team:` and its id, or `#` and the slug of a team."
        ))
    })
}

fn invalid(problem: &str) -> ApiError {
    ApiError::Invalid(problem.to_owned())
}
