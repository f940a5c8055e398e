//! What is around an issue, as its page prints it: the link for strangers, tickets, who takes part,
//! what came with it, and the release that is suspected. Pure, but for the questions.

use std::collections::BTreeSet;

use watchpost_model::{
    Activity, Assignee, Deed, Issue, Project, ShortId, Substatus, Timestamp, User, UserId,
};
use watchpost_store::{DeletedIssue, Newcomer, Share, StoreError, Ticket};

use super::Found;
use crate::App;
use crate::pages::format::{When, absolute};
use crate::pages::links::safe_url;
use crate::pages::people::Names;

/// Tags of which a new value may be what broke something.
const TELLING: [&str; 14] = [
    "release",
    "dist",
    "environment",
    "server_name",
    "site",
    "browser",
    "browser.name",
    "os",
    "os.name",
    "runtime",
    "runtime.name",
    "device.family",
    "device.model",
    "app.version",
];
/// A value is new with an issue when it came at most so long before.
const BEFORE_SECS: i64 = 24 * 3600;
/// And so long after.
const AFTER_SECS: i64 = 3600;
/// A release is suspected when its first event came at most so long before.
const SUSPECT_SECS: i64 = 3 * 24 * 3600;
/// People who are named.
const PEOPLE_MAX: usize = 20;

/// What the stores answered.
pub(super) struct OutsideFacts {
    share: Option<Share>,
    tickets: Vec<Ticket>,
    subscribers: Vec<UserId>,
    newcomers: Vec<Newcomer>,
    suspect: Option<(String, Timestamp)>,
    /// When it began, or came back.
    began: Timestamp,
}

/// See the file.
pub(crate) struct Outside {
    /// Since when strangers see it.
    pub(crate) shared: Option<When>,
    pub(crate) tickets: Vec<TicketView>,
    pub(crate) people: Vec<String>,
    /// People who are not named.
    pub(crate) more_people: usize,
    pub(crate) newcomers: Vec<NewcomerView>,
    /// `came back` or `began`.
    pub(crate) began: &'static str,
    pub(crate) suspect: Option<Suspect>,
}

/// A ticket elsewhere.
pub(crate) struct TicketView {
    pub(crate) id: i64,
    pub(crate) title: String,
    pub(crate) href: Option<String>,
}

/// A value that came with the issue.
pub(crate) struct NewcomerView {
    pub(crate) key: String,
    pub(crate) value: String,
    pub(crate) when: When,
}

/// A release that may have brought the issue.
pub(crate) struct Suspect {
    pub(crate) release: String,
    pub(crate) href: String,
    /// Why.
    pub(crate) reason: String,
}

impl OutsideFacts {
    /// Blocks.
    pub(super) fn load(
        app: &App,
        issue: &Issue,
        activity: &[Activity],
    ) -> Result<Self, StoreError> {
        let (project, id) = (issue.project, issue.id);
        let back = activity.iter().find(|entry| {
            entry.deed == Deed::SetRegression && issue.substatus == Some(Substatus::Regressed)
        });
        let began = back.map_or(issue.first_seen, |entry| entry.at);
        let release = match back {
            Some(entry) => Some(entry.text("version")).filter(|name| !name.is_empty()),
            None => issue.first_release.as_deref(),
        };
        let first = match release {
            Some(release) => app.ledger.release_began(project, release)?,
            None => None,
        };
        let suspect = release.zip(first).filter(|(_, first)| {
            let before = began.secs_since(*first);
            (0..=SUSPECT_SECS).contains(&before)
        });
        let time = (began.plus_secs(-BEFORE_SECS), began.plus_secs(AFTER_SECS));
        Ok(Self {
            share: app.ledger.share_of(project, id)?,
            tickets: app.ledger.tickets(project, id)?,
            subscribers: app.ledger.subscribers(project, id)?,
            newcomers: app.ledger.newcomers(project, id, &TELLING, time)?,
            suspect: suspect.map(|(release, first)| (release.to_owned(), first)),
            began,
        })
    }
}

impl Outside {
    pub(super) fn new(found: &Found, release: impl Fn(&str) -> String, now: Timestamp) -> Self {
        let (facts, issue) = (&found.outside, &found.issue);
        let people = people(found);
        let is_back = issue.substatus == Some(Substatus::Regressed);
        let newcomer = |new: &Newcomer| NewcomerView {
            key: new.key.clone(),
            value: new.value.clone(),
            when: When::new(new.first_seen, now),
        };
        Self {
            shared: facts.share.map(|share| When::new(share.created, now)),
            tickets: facts.tickets.iter().map(TicketView::new).collect(),
            more_people: people.len().saturating_sub(PEOPLE_MAX),
            people: people.into_iter().take(PEOPLE_MAX).collect(),
            newcomers: facts.newcomers.iter().map(newcomer).collect(),
            began: if is_back { "came back" } else { "began" },
            suspect: facts.suspect.as_ref().map(|(name, first)| Suspect {
                href: release(name),
                reason: format!(
                    "The issue {} {} after the first event of this release",
                    if is_back { "came back" } else { "began" },
                    after(facts.began.secs_since(*first)),
                ),
                release: name.clone(),
            }),
        }
    }
}

impl TicketView {
    fn new(ticket: &Ticket) -> Self {
        let title = match ticket.title.as_str() {
            "" => ticket.url.as_str(),
            title => title,
        };
        Self {
            id: ticket.id,
            title: title.to_owned(),
            href: safe_url(&ticket.url).map(str::to_owned),
        }
    }
}

/// Who said or did something, looks after it, or wants to hear of it; by name.
fn people(found: &Found) -> Vec<String> {
    let names = Names::new(&found.life.users, &found.life.teams);
    let acted = found.life.activity.iter().filter_map(|entry| entry.by);
    let subscribed = found.outside.subscribers.iter().copied();
    let people: BTreeSet<UserId> = acted.chain(subscribed).collect();
    let people = people.into_iter().map(Assignee::User);
    let everybody: BTreeSet<&String> = people
        .chain(found.issue.assignee)
        .filter_map(|whom| names.of(whom))
        .collect();
    everybody.into_iter().cloned().collect()
}

/// `12 minutes`, `3 hours`, `2 days`.
fn after(secs: i64) -> String {
    let (count, word) = match secs {
        0..60 => return "less than a minute".to_owned(),
        60..7200 => (secs / 60, "minute"),
        7200..172_800 => (secs / 3600, "hour"),
        _ => (secs / (24 * 3600), "day"),
    };
    crate::pages::format::plural(count.unsigned_abs(), word)
}

/// Who deleted an issue and when, and what becomes of its later events.
pub(super) fn deletion(deleted: &DeletedIssue, project: &Project, by: Option<&User>) -> String {
    let (slug, number) = (project.slug.clone(), deleted.number);
    let id = ShortId { slug, number };
    let who = match (deleted.by, by) {
        (_, Some(user)) if !user.name.is_empty() => user.name.clone(),
        (_, Some(user)) => user.email.clone(),
        (Some(_), None) => "somebody who left".to_owned(),
        (None, None) => "the command line".to_owned(),
    };
    let when = absolute(deleted.at);
    let later = if deleted.is_discarded {
        "Later events of its kind are thrown away: let them in again under Settings → Discarded."
    } else {
        "A later event of its kind opens a new issue."
    };
    format!("{id} was deleted by {who} on {when}. {later}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_said_in_whole_units() {
        let check = |secs, expect: &str| assert_eq!(after(secs), expect);
        check(5, "less than a minute");
        check(60, "1 minute");
        check(7199, "119 minutes");
        check(7200, "2 hours");
        check(3 * 24 * 3600, "3 days");
    }
}
