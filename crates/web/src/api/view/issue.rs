//! Issues. `count` is a text and `userCount` a number, because tools decode them so.

use serde::Serialize;
use serde_json::Value;
use watchpost_model::{Issue, Level, OwnerSource, Priority, Project, Status, Substatus, Timestamp};
use watchpost_store::{Personal, Suggested};

use super::activity::{AssigneeView, People, assignee_of};
use super::project::ProjectRef;
use super::status::StatusDetails;

/// What an issue's row does not say by itself.
#[derive(Clone, Debug, Default)]
pub(in crate::api) struct IssueFacts {
    /// Whether nobody caught the exception of its latest event.
    pub(in crate::api) is_unhandled: bool,
    /// Events per hour of the last day, every hour present.
    pub(in crate::api) last_day: Vec<(i64, u64)>,
    /// What it is to the one who asks.
    pub(in crate::api) personal: Personal,
    /// How many comments it has.
    pub(in crate::api) comment_count: u64,
    /// Who might look after it.
    pub(in crate::api) suggested: Vec<Suggested>,
}

/// Somebody who might look after an issue, and by which rule.
#[derive(Serialize)]
struct OwnerView {
    #[serde(rename = "type")]
    kind: &'static str,
    owner: String,
    rule: String,
}

impl OwnerView {
    fn of(suggested: &Suggested) -> Self {
        Self {
            kind: match suggested.source {
                OwnerSource::Codeowners => "codeowners",
                OwnerSource::Rules => "ownershipRule",
            },
            owner: suggested.owner.text(),
            rule: suggested.rule.clone(),
        }
    }
}

/// An issue.
#[expect(clippy::struct_excessive_bools, reason = "the fields are Sentry's")]
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::api) struct IssueView {
    id: String,
    share_id: Option<()>,
    short_id: String,
    title: String,
    culprit: String,
    permalink: String,
    logger: Option<String>,
    level: Level,
    status: Status,
    status_details: StatusDetails,
    substatus: Option<Substatus>,
    is_public: bool,
    platform: String,
    project: ProjectRef,
    #[serde(rename = "type")]
    kind: &'static str,
    metadata: Metadata,
    num_comments: u64,
    assigned_to: Option<AssigneeView>,
    owners: Vec<OwnerView>,
    is_bookmarked: bool,
    is_subscribed: bool,
    subscription_details: Option<()>,
    has_seen: bool,
    annotations: [(); 0],
    issue_type: &'static str,
    issue_category: &'static str,
    priority: Priority,
    is_unhandled: bool,
    count: String,
    user_count: u64,
    first_seen: Timestamp,
    last_seen: Timestamp,
    stats: Stats,
}

#[derive(Serialize)]
struct Stats {
    #[serde(rename = "24h")]
    last_day: Vec<(i64, u64)>,
}

/// What makes up the title. Lists show the type large and the value small.
#[derive(Serialize)]
#[serde(untagged)]
pub(super) enum Metadata {
    /// Of an exception.
    Error {
        /// Its class.
        #[serde(rename = "type")]
        kind: String,
        /// Its text.
        value: String,
    },
    /// Of a message.
    Text {
        /// Its first line.
        title: String,
    },
}

impl Metadata {
    pub(super) fn of(kind: &str, value: &str, title: &str) -> Self {
        if kind.is_empty() {
            let title = title.to_owned();
            return Self::Text { title };
        }
        Self::Error {
            kind: kind.to_owned(),
            value: value.to_owned(),
        }
    }
}

/// An issue alone, with what only its own page tells.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::api) struct IssueDetails {
    #[serde(flatten)]
    issue: IssueView,
    tags: Vec<Value>,
    activity: Vec<Value>,
    seen_by: [(); 0],
    participants: [(); 0],
    plugin_actions: [(); 0],
    plugin_issues: [(); 0],
    plugin_contexts: [(); 0],
    user_report_count: u32,
    first_release: Option<Value>,
    last_release: Option<Value>,
}

impl IssueView {
    /// `page` is the absolute address of the issue's page.
    pub(in crate::api) fn new(
        issue: Issue,
        project: &Project,
        page: String,
        (facts, people): (IssueFacts, &People),
    ) -> Self {
        let is_error = !issue.kind.is_empty();
        let status_details = StatusDetails::of(&issue, people);
        let assigned_to = issue.assignee.and_then(|whom| assignee_of(people, whom));
        let owners = facts.suggested.iter().map(OwnerView::of);
        let seen = facts.personal.seen;
        Self {
            id: issue.id.to_string(),
            share_id: None,
            short_id: issue.short_id(&project.slug).to_string(),
            metadata: Metadata::of(&issue.kind, &issue.value, &issue.title),
            title: issue.title,
            culprit: issue.culprit,
            permalink: page,
            logger: Some(issue.logger).filter(|logger| !logger.is_empty()),
            level: issue.level,
            status: issue.status,
            status_details,
            substatus: issue.substatus,
            is_public: false,
            platform: issue.platform,
            project: ProjectRef::of(project),
            kind: if is_error { "error" } else { "default" },
            num_comments: facts.comment_count,
            assigned_to,
            owners: owners.collect(),
            is_bookmarked: facts.personal.is_bookmarked,
            is_subscribed: facts.personal.is_subscribed == Some(true),
            subscription_details: None,
            has_seen: seen.is_some_and(|seen| seen >= issue.last_seen),
            annotations: [],
            issue_type: "error",
            issue_category: "error",
            priority: issue.priority,
            is_unhandled: facts.is_unhandled,
            count: issue.times_seen.to_string(),
            user_count: issue.user_count,
            first_seen: issue.first_seen,
            last_seen: issue.last_seen,
            stats: Stats {
                last_day: facts.last_day,
            },
        }
    }

    /// With the issue's tags, activity, first and last release, as one request for the whole page.
    pub(in crate::api) fn with_details(
        self,
        tags: Vec<Value>,
        activity: Vec<Value>,
        [first_release, last_release]: [Option<Value>; 2],
    ) -> IssueDetails {
        IssueDetails {
            issue: self,
            tags,
            activity,
            seen_by: [],
            participants: [],
            plugin_actions: [],
            plugin_issues: [],
            plugin_contexts: [],
            user_report_count: 0,
            first_release,
            last_release,
        }
    }
}

/// Where people look at an issue.
pub(in crate::api) fn page_of(public_url: &str, org: &str, issue: &Issue) -> String {
    let base = public_url.trim_end_matches('/');
    format!("{base}/organizations/{org}/issues/{}/", issue.id)
}

/// Hours from `since` up to and with the hour of `now`, each with its count.
pub(in crate::api) fn fill_hours(
    counts: impl Iterator<Item = (Timestamp, u64)>,
    since: Timestamp,
    now: Timestamp,
) -> Vec<(i64, u64)> {
    let (first, last) = (since.floor_to_hour().as_secs(), now.as_secs());
    let steps = (first..=last).step_by(3600);
    let mut hours: Vec<(i64, u64)> = steps.map(|hour| (hour, 0)).collect();
    for (hour, count) in counts {
        let place = (hour.floor_to_hour().as_secs() - first).div_euclid(3600);
        let slot = usize::try_from(place)
            .ok()
            .and_then(|place| hours.get_mut(place));
        if let Some((_, total)) = slot {
            *total = total.saturating_add(count);
        }
    }
    hours
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_hour_of_the_day_is_there() {
        let now = Timestamp::from_secs(1_700_000_000);
        let since = now.plus_secs(-23 * 3600);
        let at = now.plus_secs(-3600).floor_to_hour();
        let outside = now.plus_secs(-48 * 3600);
        let hours = fill_hours([(at, 5), (outside, 9)].into_iter(), since, now);
        assert_eq!(hours.len(), 24);
        assert_eq!(hours[22], (at.as_secs(), 5));
        assert_eq!(hours.iter().map(|(_, count)| count).sum::<u64>(), 5);
    }
}
