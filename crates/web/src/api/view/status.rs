//! Why an issue is resolved or archived, in Sentry's words.

use serde::Serialize;
use watchpost_model::{Archiving, Assignee, Condition, Fix, Issue, Timestamp, Until, UserId};

use super::activity::{AssigneeView, People, assignee_of};

/// See the file. What does not apply is left out.
#[derive(Serialize, Default)]
#[serde(rename_all = "camelCase")]
pub(in crate::api) struct StatusDetails {
    #[serde(skip_serializing_if = "Option::is_none")]
    in_release: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    in_next_release: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    after_release: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    in_commit: Option<CommitView>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ignore_count: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ignore_window: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ignore_user_count: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ignore_user_window: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ignore_until: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ignore_until_escalating: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    actor: Option<AssigneeView>,
}

#[derive(Serialize)]
struct CommitView {
    commit: String,
    repository: Option<String>,
}

impl StatusDetails {
    /// Of an issue as it is.
    pub(super) fn of(issue: &Issue, people: &People) -> Self {
        let actor = |user: Option<UserId>| {
            let user = user.map(Assignee::User);
            user.and_then(|user| assignee_of(people, user))
        };
        match &issue.condition {
            None => Self::default(),
            Some(Condition::Resolved(resolution)) => Self {
                actor: actor(resolution.by),
                ..Self::of_fix(&resolution.fix)
            },
            Some(Condition::Archived(archiving)) => Self {
                actor: actor(archiving.by),
                ..Self::of_archiving(archiving)
            },
        }
    }

    fn of_fix(fix: &Fix) -> Self {
        match fix {
            Fix::Now => Self::default(),
            Fix::InRelease(release) => Self {
                in_release: Some(release.clone()),
                ..Self::default()
            },
            Fix::AfterRelease(after) => Self {
                in_next_release: Some(true),
                after_release: after.clone(),
                ..Self::default()
            },
            Fix::InCommit {
                commit,
                repository,
                after,
            } => Self {
                in_commit: Some(CommitView {
                    commit: commit.clone(),
                    repository: repository.clone(),
                }),
                after_release: after.clone(),
                ..Self::default()
            },
        }
    }

    fn of_archiving(archiving: &Archiving) -> Self {
        match &archiving.until {
            Until::Forever => Self::default(),
            Until::Escalating => Self {
                ignore_until_escalating: Some(true),
                ..Self::default()
            },
            Until::Met {
                time,
                events,
                users,
            } => Self {
                ignore_until: *time,
                ignore_count: events.map(|bound| bound.count),
                ignore_window: events.and_then(|bound| bound.window_mins),
                ignore_user_count: users.map(|bound| bound.count),
                ignore_user_window: users.and_then(|bound| bound.window_mins),
                ..Self::default()
            },
        }
    }
}
