//! An event with everything in it.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::{Map, Value};
use watchpost_model::{Event, Explanation, Remark, RemarkKind, Timestamp, UserContext};
use watchpost_store::{ArchivedEvent, Neighbours};

use super::entry::{Entry, entries};
use super::issue::Metadata;
use super::meta::{self, Meta};

/// A key and a value, as the API writes tags.
#[derive(Serialize)]
struct TagView<'a> {
    key: &'a str,
    value: Cow<'a, str>,
}

/// An event with everything in it.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::api) struct EventView<'a> {
    id: String,
    #[serde(rename = "eventID")]
    event_id: String,
    #[serde(rename = "groupID")]
    group_id: String,
    #[serde(rename = "projectID")]
    project_id: String,
    title: &'a str,
    message: &'a str,
    #[serde(rename = "type")]
    kind: &'static str,
    metadata: Metadata,
    culprit: &'a str,
    location: Option<&'a str>,
    platform: &'a str,
    date_created: Timestamp,
    date_received: Timestamp,
    tags: Vec<TagView<'a>>,
    user: Option<UserFull<'a>>,
    contexts: &'a Map<String, Value>,
    context: &'a Map<String, Value>,
    packages: &'a BTreeMap<String, String>,
    sdk: Option<&'a watchpost_model::Sdk>,
    release: Option<ReleaseRef<'a>>,
    dist: Option<&'a str>,
    entries: Vec<Entry<'a>>,
    errors: Vec<ErrorView<'a>>,
    fingerprints: &'a [String],
    crash_file: Option<()>,
    #[serde(rename = "previousEventID")]
    previous_event: Option<String>,
    #[serde(rename = "nextEventID")]
    next_event: Option<String>,
    #[serde(rename = "_meta")]
    meta: Meta,
    #[serde(rename = "_watchpost")]
    ours: Ours<'a>,
}

/// What Sentry's shape has no place for.
#[derive(Serialize)]
struct Ours<'a> {
    remarks: &'a [Remark],
    grouping: &'a Explanation,
}

#[derive(Serialize)]
struct ReleaseRef<'a> {
    version: &'a str,
}

#[derive(Serialize)]
struct UserFull<'a> {
    id: Option<&'a str>,
    username: Option<&'a str>,
    email: Option<&'a str>,
    ip_address: Option<&'a str>,
    name: Option<&'a str>,
    geo: Option<&'a Map<String, Value>>,
    data: &'a Map<String, Value>,
}

/// A correction that was made on the way, as Sentry lists them.
#[derive(Serialize)]
struct ErrorView<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    message: &'a str,
    data: ErrorData<'a>,
}

#[derive(Serialize)]
struct ErrorData<'a> {
    name: &'a str,
    #[serde(flatten)]
    facts: Map<String, Value>,
}

impl<'a> EventView<'a> {
    pub(in crate::api) fn of(stored: &'a ArchivedEvent, around: &Neighbours) -> Self {
        let event = &stored.event;
        let message = event.message.as_ref().map_or("", |text| &text.formatted);
        let last = event.exceptions.last();
        let kind = last
            .and_then(|last| last.kind.as_deref())
            .unwrap_or_default();
        let value = last
            .and_then(|last| last.value.as_deref())
            .unwrap_or_default();
        let place = event.culprit.as_deref().or(event.transaction.as_deref());
        let (entries, tags) = (entries(event), tags(event));
        let kinds: Vec<_> = entries.iter().map(Entry::kind).collect();
        let keys: Vec<_> = tags.iter().map(|tag| tag.key).collect();
        let meta = Meta::of(event, &kinds, &keys);
        Self {
            id: event.event_id.to_string(),
            event_id: event.event_id.to_string(),
            group_id: stored.issue.to_string(),
            project_id: stored.project.to_string(),
            title: &stored.title,
            message,
            kind: if last.is_some() { "error" } else { "default" },
            metadata: Metadata::of(kind, value, &stored.title),
            culprit: place.unwrap_or_default(),
            location: None,
            platform: &event.platform,
            date_created: event.timestamp,
            date_received: event.received,
            tags,
            user: event.user.as_ref().map(UserFull::of),
            contexts: &event.contexts,
            context: &event.extra,
            packages: &event.modules,
            sdk: event.sdk.as_ref(),
            release: event
                .release
                .as_deref()
                .map(|version| ReleaseRef { version }),
            dist: event.dist.as_deref(),
            entries,
            errors: event.remarks.iter().filter_map(ErrorView::of).collect(),
            fingerprints: &event.fingerprint,
            crash_file: None,
            previous_event: around.previous.map(|id| id.to_string()),
            next_event: around.next.map(|id| id.to_string()),
            meta,
            ours: Ours {
                remarks: &event.remarks,
                grouping: &stored.explanation,
            },
        }
    }
}

/// The client's tags, and before them what Sentry shows as tags although clients send it
/// elsewhere. A tag of the same name wins.
fn tags(event: &Event) -> Vec<TagView<'_>> {
    let url = event
        .request
        .as_ref()
        .and_then(|request| request.url.as_deref());
    let known = [
        ("level", Some(event.level.name())),
        ("logger", event.logger.as_deref()),
        ("server_name", event.server_name.as_deref()),
        ("site", event.site.as_deref()),
        ("release", event.release.as_deref()),
        ("environment", event.environment.as_deref()),
        ("transaction", event.transaction.as_deref()),
        ("url", url),
    ];
    let user = event.user.as_ref().and_then(UserContext::unique);
    let known = known
        .into_iter()
        .map(|(key, value)| (key, value.map(Cow::Borrowed)))
        .chain([("user", user.map(Cow::Owned))]);
    let known = known.filter_map(|(key, value)| {
        let value = value.filter(|value| !value.is_empty() && event.tag(key).is_none())?;
        Some(TagView { key, value })
    });
    let own = event.tags.iter().map(|tag| TagView {
        key: &tag.key,
        value: tag.value.as_str().into(),
    });
    known.chain(own).collect()
}

impl<'a> UserFull<'a> {
    fn of(user: &'a UserContext) -> Self {
        Self {
            id: user.id.as_deref(),
            username: user.username.as_deref(),
            email: user.email.as_deref(),
            ip_address: user.ip_address.as_deref(),
            name: user.data.get("name").and_then(Value::as_str),
            geo: (!user.geo.is_empty()).then_some(&user.geo),
            data: &user.data,
        }
    }
}

impl<'a> ErrorView<'a> {
    /// What was hidden on purpose is no error: `_meta` and `_watchpost.remarks` tell it.
    fn of(remark: &'a Remark) -> Option<Self> {
        if remark.kind == RemarkKind::Scrubbed {
            return None;
        }
        Some(Self {
            kind: meta::kind(remark),
            message: &remark.reason,
            data: ErrorData {
                name: &remark.path,
                facts: meta::facts(remark),
            },
        })
    }
}
