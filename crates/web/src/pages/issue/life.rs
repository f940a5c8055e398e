//! What people did with an issue and can do with it: what the template prints. Pure.

use serde_json::Value;
use watchpost_model::{
    Activity, Assignee, Deed, Issue, IssueId, Priority, Roster, Timestamp, User, UserId,
};
use watchpost_store::{Personal, Split, Suggested};

use crate::pages::format::{When, plural};
use crate::pages::people::Names;

/// People that a menu offers, and teams.
const PERSON_COUNT_MAX: usize = 50;

/// What the store answered.
pub(crate) struct LifeFacts {
    pub(crate) activity: Vec<Activity>,
    /// Everybody: for the names of what people did.
    pub(crate) users: Vec<User>,
    /// The people of the organization: who can look after it.
    pub(crate) members: Vec<User>,
    /// The teams of the organization.
    pub(crate) teams: Vec<Roster>,
    /// Who might look after it.
    pub(crate) suggested: Vec<Suggested>,
    pub(crate) personal: Personal,
    /// What was merged into the issue.
    pub(crate) parts: Vec<IssueId>,
    /// What is being split.
    pub(crate) splits: Vec<Split>,
    /// How many issues may belong to it as well.
    pub(crate) kin: usize,
    /// Who looks at the page.
    pub(crate) by: UserId,
}

/// See the file.
pub(crate) struct Life {
    pub(crate) assignee: Option<String>,
    pub(crate) suggested: Vec<Person>,
    pub(crate) teams: Vec<Person>,
    pub(crate) people: Vec<Person>,
    /// How many people and teams are not listed.
    pub(crate) more: usize,
    pub(crate) priority: Priority,
    pub(crate) is_bookmarked: bool,
    pub(crate) is_subscribed: bool,
    pub(crate) is_reviewed: bool,
    pub(crate) entries: Vec<Entry>,
    pub(crate) parts: Vec<Part>,
    /// Said while keys leave it.
    pub(crate) leaving: Option<String>,
    /// Said when others may belong to it.
    pub(crate) kin: Option<String>,
}

/// Somebody who could look after it.
pub(crate) struct Person {
    pub(crate) value: String,
    pub(crate) name: String,
    /// By which rule they are suggested.
    pub(crate) rule: String,
}

impl Person {
    fn new(names: &Names, whom: Assignee, rule: &str) -> Option<Self> {
        Some(Self {
            value: whom.text(),
            name: names.of(whom)?.clone(),
            rule: rule.to_owned(),
        })
    }
}

/// One line of the activity.
pub(crate) struct Entry {
    pub(crate) who: String,
    pub(crate) words: String,
    pub(crate) text: Option<String>,
    pub(crate) when: When,
    /// The id of a comment that the reader wrote.
    pub(crate) own: Option<i64>,
}

/// An issue that was merged into this one.
pub(crate) struct Part {
    pub(crate) id: IssueId,
    pub(crate) title: String,
}

impl Life {
    pub(crate) fn new(issue: &Issue, facts: &LifeFacts, now: Timestamp) -> Self {
        let names = Names::new(&facts.users, &facts.teams);
        let person = |whom| Person::new(&names, whom, "");
        let suggested = facts.suggested.iter();
        let suggested = suggested.filter_map(|one| Person::new(&names, one.owner, &one.rule));
        let teams = facts.teams.iter().take(PERSON_COUNT_MAX);
        let teams = teams.filter_map(|roster| person(Assignee::Team(roster.team.id)));
        let people = facts.members.iter().take(PERSON_COUNT_MAX);
        let people = people.filter_map(|user| person(Assignee::User(user.id)));
        let leaving = |part: &IssueId| facts.splits.iter().find(|split| split.dest == *part);
        let moved: Option<u64> = facts
            .parts
            .iter()
            .filter_map(leaving)
            .map(|at| at.events)
            .max();
        let kin = plural(facts.kin as u64, "later issue");
        let entry = |activity: &Activity| Entry::new(activity, &names, facts.by, now);
        Self {
            assignee: issue.assignee.and_then(|whom| names.of(whom).cloned()),
            suggested: suggested.collect(),
            teams: teams.collect(),
            people: people.collect(),
            more: [facts.teams.len(), facts.members.len()]
                .map(|count| count.saturating_sub(PERSON_COUNT_MAX))
                .iter()
                .sum(),
            priority: issue.priority,
            is_bookmarked: facts.personal.is_bookmarked,
            is_subscribed: facts.personal.is_subscribed == Some(true),
            is_reviewed: issue.is_reviewed,
            parts: facts
                .parts
                .iter()
                .filter(|part| leaving(part).is_none())
                .map(|part| Part::new(*part, &facts.activity))
                .collect(),
            leaving: moved.map(|events| plural(events, "event")),
            kin: (facts.kin > 0).then_some(kin),
            entries: facts.activity.iter().map(entry).collect(),
        }
    }
}

impl Part {
    /// What it is called stands in the entry of its merge.
    pub(crate) fn new(id: IssueId, activity: &[Activity]) -> Self {
        let merges = activity.iter().filter(|entry| entry.deed == Deed::Merge);
        let named = merges.filter_map(|entry| entry.data.get("issues")?.as_array());
        let is_it =
            |issue: &&Value| issue.get("id").and_then(Value::as_str) == Some(&id.to_string());
        let found = named.flatten().find(is_it);
        let title = found.and_then(|issue| issue.get("title")?.as_str());
        Self {
            id,
            title: title.map_or_else(|| format!("Issue {id}"), str::to_owned),
        }
    }
}

impl Entry {
    fn new(activity: &Activity, names: &Names, reader: UserId, now: Timestamp) -> Self {
        let name = activity.by.and_then(|user| names.users.get(&user));
        let is_note = activity.deed == Deed::Note;
        Self {
            who: name.cloned().unwrap_or_else(|| "Watchpost".to_owned()),
            words: words(activity, names),
            text: is_note.then(|| activity.text("text").to_owned()),
            when: When::new(activity.at, now),
            own: (is_note && activity.by == Some(reader)).then_some(activity.id),
        }
    }
}

/// The part of a digest that pages show.
fn short(digest: &str) -> String {
    digest.chars().take(8).collect()
}

/// What a ticket is called.
fn ticket(activity: &Activity) -> &str {
    match activity.text("title") {
        "" => activity.text("location"),
        title => title,
    }
}

fn words(activity: &Activity, names: &Names) -> String {
    let text = |name| activity.text(name);
    let because = |what: &str| match text("reason") {
        "" => what.to_owned(),
        reason => format!("{what}: {reason}"),
    };
    match activity.deed {
        Deed::Note => "said".to_owned(),
        Deed::SetResolved => because("resolved it"),
        Deed::SetResolvedInRelease => match (text("version"), text("current_release_version")) {
            ("", "") => "resolved it in the next release".to_owned(),
            ("", after) => format!("resolved it in what comes after {after}"),
            (version, _) => format!("resolved it in {version}"),
        },
        Deed::SetResolvedInCommit => format!("resolved it in commit {}", text("commit")),
        Deed::SetIgnored => because("archived it"),
        Deed::SetUnresolved | Deed::SetRegression => because("opened it again"),
        Deed::SetEscalating => because("says that it escalates"),
        Deed::AutoSetOngoing => because("counts it as ongoing"),
        Deed::MarkReviewed => "reviewed it".to_owned(),
        Deed::Assigned => {
            let whom = Assignee::parse(text("assignee"));
            let name = whom.and_then(|whom| names.of(whom)).map(String::as_str);
            // A team that is gone left its name.
            let name = name.or(Some(text("name")).filter(|name| !name.is_empty()));
            let gave = because(&format!("gave it to {}", name.unwrap_or("somebody")));
            match text("rule") {
                "" => gave,
                rule => format!("{gave}, by the rule {rule}"),
            }
        }
        Deed::Unassigned => because("took it from everybody"),
        Deed::SetPriority => format!("set its priority to {}", text("priority")),
        Deed::Merge => match activity.data.get("issues").and_then(Value::as_array) {
            Some(issues) => {
                let count = plural(issues.len() as u64, "issue");
                format!("merged {count} into it")
            }
            None => "merged it into another issue".to_owned(),
        },
        Deed::UnmergeSource => match activity.data.get("events").and_then(Value::as_u64) {
            Some(events) => format!("took keys out of it, with {}", plural(events, "event")),
            None => because("took merged issues out again"),
        },
        Deed::UnmergeDestination => because("took it out of another issue"),
        Deed::KeyJoined => format!(
            "counts events with the key {} here, because they have {}, too; keys can be taken out",
            short(text("key").rsplit('-').next().unwrap_or_default()),
            short(text("for"))
        ),
        Deed::SetPublic => match activity.data.get("whole") {
            Some(Value::Bool(true)) => {
                "made a link by which strangers see it, with request, user and tags".to_owned()
            }
            _ => "made a link by which strangers see its title and stack".to_owned(),
        },
        Deed::SetPrivate => "took back the link by which strangers saw it".to_owned(),
        Deed::CreateIssue => format!("linked the ticket {}", ticket(activity)),
        Deed::UnlinkIssue => format!("unlinked the ticket {}", ticket(activity)),
    }
}
