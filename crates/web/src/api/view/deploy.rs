//! Commits and deploys.

use serde::Serialize;
use serde_json::{Value, json};
use watchpost_model::Timestamp;
use watchpost_store::{Commit, Deploy};

/// A commit.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::api) struct CommitView {
    id: String,
    message: String,
    date_created: Option<Timestamp>,
    repository: Value,
    author: Value,
    pull_request: Option<()>,
    suspect_commit_type: &'static str,
}

impl CommitView {
    pub(in crate::api) fn of(commit: Commit) -> Self {
        let has_author = commit.author_name.is_some() || commit.author_email.is_some();
        Self {
            author: has_author
                .then(|| {
                    json!({
                        "name": commit.author_name,
                        "email": commit.author_email,
                    })
                })
                .into(),
            repository: commit.repository.map(|name| json!({ "name": name })).into(),
            id: commit.id,
            message: commit.message,
            date_created: commit.at,
            pull_request: None,
            suspect_commit_type: "",
        }
    }
}

/// A deploy.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::api) struct DeployView {
    id: String,
    environment: String,
    name: Option<String>,
    url: Option<String>,
    date_started: Option<Timestamp>,
    date_finished: Timestamp,
    #[serde(skip)]
    number: i64,
}

impl DeployView {
    /// What is greater is later.
    pub(in crate::api) fn order(&self) -> (Timestamp, i64) {
        (self.date_finished, self.number)
    }

    pub(in crate::api) fn of(deploy: Deploy) -> Self {
        Self {
            id: deploy.id.to_string(),
            number: deploy.id,
            environment: deploy.environment,
            name: deploy.name,
            url: deploy.url,
            date_started: deploy.started,
            date_finished: deploy.finished,
        }
    }
}
