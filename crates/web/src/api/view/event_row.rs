//! An event in a list: what the archive's search columns know, without opening its body.

use serde::Serialize;
use watchpost_model::{Tag, Timestamp};
use watchpost_store::EventSummary;

/// An event in a list.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::api) struct EventRow {
    id: String,
    #[serde(rename = "eventID")]
    event_id: String,
    #[serde(rename = "groupID")]
    group_id: String,
    #[serde(rename = "projectID")]
    project_id: String,
    #[serde(rename = "event.type")]
    event_type: &'static str,
    title: String,
    message: String,
    culprit: String,
    location: Option<()>,
    platform: String,
    date_created: Timestamp,
    tags: Vec<Tag>,
    user: Option<UserRow>,
    crash_file: Option<()>,
    metadata: TitleOnly,
}

#[derive(Serialize)]
struct TitleOnly {
    title: String,
}

/// The user of an event in a list: the one word by which they are known.
#[derive(Serialize)]
struct UserRow {
    id: Option<()>,
    email: Option<()>,
    username: String,
    ip_address: Option<()>,
    name: Option<()>,
}

impl EventRow {
    pub(in crate::api) fn of(summary: EventSummary) -> Self {
        let tags = [
            ("level", summary.level.name()),
            ("logger", &summary.logger),
            ("server_name", &summary.server_name),
            ("site", &summary.site),
            ("url", &summary.url),
            ("user", &summary.user),
            ("release", &summary.release),
            ("environment", &summary.environment),
        ];
        let tags = tags.into_iter().filter(|(_, value)| !value.is_empty());
        let tags = tags.map(|(key, value)| Tag {
            key: key.to_owned(),
            value: value.to_owned(),
        });
        Self {
            id: summary.event.to_string(),
            event_id: summary.event.to_string(),
            group_id: summary.issue.to_string(),
            project_id: summary.project.to_string(),
            event_type: "error",
            tags: tags.collect(),
            message: summary.title.clone(),
            culprit: String::new(),
            location: None,
            platform: "other".to_owned(),
            date_created: summary.timestamp,
            user: (!summary.user.is_empty()).then_some(UserRow {
                id: None,
                email: None,
                username: summary.user,
                ip_address: None,
                name: None,
            }),
            crash_file: None,
            metadata: TitleOnly {
                title: summary.title.clone(),
            },
            title: summary.title,
        }
    }
}
