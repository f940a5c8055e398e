//! What happened to an issue, and who did it.

use std::collections::HashMap;

use serde::Serialize;
use serde_json::{Value, json};
use watchpost_model::{Activity, Assignee, Roster, Timestamp, User, UserId};

use super::user::UserView;

/// Everybody who may look after issues of an organization.
pub(in crate::api) struct People {
    /// Everybody, by id: for the names of what people did.
    pub(in crate::api) users: HashMap<UserId, User>,
    /// The members of the organization: who can look after its issues.
    pub(in crate::api) members: Vec<User>,
    /// The teams of the organization.
    pub(in crate::api) teams: Vec<Roster>,
}

/// A person who did something, or somebody who looks after something.
#[derive(Serialize)]
pub(in crate::api) struct AssigneeView {
    #[serde(rename = "type")]
    kind: &'static str,
    id: String,
    name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    email: Option<String>,
}

/// Somebody by their id; `None` when they are gone.
pub(in crate::api) fn assignee_of(people: &People, whom: Assignee) -> Option<AssigneeView> {
    match whom {
        Assignee::User(user) => {
            let user = people.users.get(&user)?;
            Some(AssigneeView {
                kind: "user",
                id: user.id.to_string(),
                name: user.name.clone(),
                email: Some(user.email.clone()),
            })
        }
        Assignee::Team(team) => {
            let roster = people.teams.iter().find(|roster| roster.team.id == team)?;
            Some(AssigneeView {
                kind: "team",
                id: team.to_string(),
                name: roster.team.slug.clone(),
                email: None,
            })
        }
    }
}

/// An entry.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::api) struct ActivityView<'a> {
    id: String,
    #[serde(rename = "type")]
    kind: &'static str,
    user: Option<UserView<'a>>,
    data: &'a Value,
    date_created: Timestamp,
}

impl<'a> ActivityView<'a> {
    /// An entry as somebody reads it.
    pub(in crate::api) fn of(entry: &'a Activity, people: &'a People) -> Self {
        let user = entry.by.and_then(|user| people.users.get(&user));
        Self {
            id: entry.id.to_string(),
            kind: entry.deed.name(),
            user: user.map(UserView::of),
            data: &entry.data,
            date_created: entry.at,
        }
    }
}

/// The entries of an issue, the newest first, and that it was seen at all.
pub(in crate::api) fn entries(
    activity: &[Activity],
    people: &People,
    first_seen: Timestamp,
) -> Vec<Value> {
    let views = activity.iter().map(|entry| ActivityView::of(entry, people));
    let mut entries: Vec<Value> = views
        .filter_map(|view| serde_json::to_value(view).ok())
        .collect();
    entries.push(json!({
        "id": "0",
        "type": "first_seen",
        "user": null,
        "data": {},
        "dateCreated": first_seen,
    }));
    entries
}
