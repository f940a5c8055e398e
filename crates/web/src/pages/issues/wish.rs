//! What a form asks of issues: the field `do`, read. Pure.

use watchpost_model::{Assignee, Bound, IssueId, Priority, Timestamp, Until};
use watchpost_store::{Action, Forget, Resolve, one_name};

use super::done::Undo;
use crate::pages::PageError;
use crate::pages::form::Fields;

/// The largest number in a condition.
const COUNT_MAX: u64 = 1_000_000_000;

/// What a form asks for.
pub(super) enum Wish {
    Act(Action),
    /// To somebody by their address, or to a team by `#` and its name.
    Assign(String),
    Merge,
    /// An issue that was merged; what the field `key` names when there is none.
    Unmerge(Option<IssueId>, Vec<String>),
    Forget(Forget),
    Undo(Undo),
}

impl Wish {
    /// Reads the field `do`: a word, and what it is about after colons.
    pub(super) fn read(fields: &Fields, now: Timestamp) -> Result<Self, PageError> {
        let text = fields.get("do");
        let (verb, about) = text.split_once(':').unwrap_or((text, ""));
        let action = match (verb, about) {
            ("resolve", "") => Some(Action::Resolve(Resolve::Now)),
            ("resolve", "next") => Some(Action::Resolve(Resolve::InNextRelease)),
            ("resolve", "in") => {
                let release = one_name(fields.get("release")).map(str::to_owned);
                release.map(|release| Action::Resolve(Resolve::InRelease(release)))
            }
            ("resolve", "commit") => {
                let commit = one_name(fields.get("commit")).map(str::to_owned);
                let fix = |commit| Resolve::InCommit {
                    commit,
                    repository: None,
                };
                commit.map(fix).map(Action::Resolve)
            }
            ("open", "") => Some(Action::Open),
            ("archive", "own") => own_bound(fields, now)?.map(Action::Archive),
            ("archive", about) => until(about, now).map(Action::Archive),
            ("review", "") => Some(Action::Review),
            ("priority", name) => Priority::from_name(name).map(Action::Prioritize),
            ("assign", "") => Some(Action::Assign(None)),
            ("assign", "to") => None,
            ("assign", whom) => Assignee::parse(whom).map(|whom| Action::Assign(Some(whom))),
            ("bookmark", about) => Some(Action::Bookmark(about == "on")),
            ("subscribe", about) => Some(Action::Subscribe(about == "on")),
            _ => None,
        };
        let wish = match (verb, action) {
            (_, Some(action)) => Some(Self::Act(action)),
            ("assign", None) if about == "to" => {
                let whom = Some(fields.get("whom").trim()).filter(|whom| !whom.is_empty());
                whom.map(|whom| Self::Assign(whom.to_owned()))
            }
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
            ("undo", None) => Undo::read(about).map(Self::Undo),
            _ => None,
        };
        let problem = || PageError::Invalid("Choose what is to be done.".to_owned());
        wish.ok_or_else(problem)
    }

    /// What was done, in one word for the next page.
    pub(super) fn word(&self) -> &'static str {
        match self {
            Self::Act(Action::Open) => "opened again",
            Self::Act(Action::Resolve(_)) => "resolved",
            Self::Act(Action::Archive(_)) => "archived",
            Self::Act(Action::Review) => "reviewed",
            Self::Act(Action::Assign(None)) => "unassigned",
            Self::Act(Action::Assign(_)) | Self::Assign(_) => "assigned",
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

/// What somebody wrote into the fields `count` (more events) and `date` (a day, UTC).
fn own_bound(fields: &Fields, now: Timestamp) -> Result<Option<Until>, PageError> {
    let invalid = |problem: &str| PageError::Invalid(problem.to_owned());
    let (count, date) = (fields.get("count").trim(), fields.get("date").trim());
    let count = match count {
        "" => None,
        count => {
            let count = count.parse().ok();
            let count = count.filter(|count| (1..=COUNT_MAX).contains(count));
            let problem = || invalid("Write how many more events, from 1 to 1000000000.");
            Some(count.ok_or_else(problem)?)
        }
    };
    let time = match date {
        "" => None,
        date => {
            let day = Timestamp::parse_rfc3339(&format!("{date}T00:00:00Z"));
            let problem = || invalid("Write a day to come, as 2031-12-24.");
            Some(day.filter(|day| *day > now).ok_or_else(problem)?)
        }
    };
    let events = count.map(|count| Bound {
        count,
        window_mins: None,
    });
    Ok((time.is_some() || events.is_some()).then_some(Until::Met {
        time,
        events,
        users: None,
    }))
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
