//! Real names and bodies for every door of the route table.

use std::sync::atomic::{AtomicUsize, Ordering};

use watchpost_model::{Clock as _, Deed, IssueId, Role};
use watchpost_store::{Actor, Forget, NewKey, NewSearch, NewTeam, NewUser, ReleaseChange, Sort};

use super::house::{House, message};
use crate::api::Door;

/// The path of a door with real names in it.
pub(super) fn real(door: &Door, house: &House, org: &str, project: &str) -> String {
    let issue = house.say(house.project.id, "boom", 1);
    let event = message(house.project.id, "boom", 1).event.event_id;
    let name = if door.path.contains("shortids") {
        let shown = house.app.ledger.issue(house.project.id, issue);
        let shown = shown.unwrap().unwrap();
        shown.short_id(&house.project.slug).to_string()
    } else {
        event.to_string()
    };
    let entry = house.reject(house.project.id, 7, b"{}").to_string();
    let path = match (door.method, door.path) {
        ("DELETE", path) if path.ends_with("/issues/") => format!("{path}?id={issue}"),
        ("PUT" | "DELETE", path) if path.ends_with("/hashes/") => {
            format!("{path}?id={}", merge(house, issue))
        }
        (_, path) => path.to_owned(),
    };
    path.replace("{entry}", &entry)
        .replace("{note}", &comment(house, issue))
        .replace("{version}", "1.0")
        .replace("{org}", org)
        .replace("{project}", project)
        .replace("{issue}", &issue.to_string())
        .replace("{event}", &event.to_string())
        .replace("{name}", &name)
        .replace("{filter}", "localhost")
        .replace("{team}", team(house))
        .replace("{member}", &member(house, door.path))
        .replace("{file}", &house.project.id.to_string())
        .replace("{search}", &search(house))
        .replace("{tombstone}", &discard(house))
        .replace(
            "{key}",
            if door.path.contains("/tags/") {
                "level".to_owned()
            } else if door.method == "DELETE" {
                spare_key(house)
            } else {
                house.key.public.clone()
            }
            .as_str(),
        )
}

/// Merges another issue into this one; the name of its key.
fn merge(house: &House, issue: IssueId) -> String {
    let (web, ledger) = (house.project.id, &house.app.ledger);
    let other = house.say(web, "boom again", 1);
    let merged = ledger.merge(web, &[issue, other], Actor::System, house.clock.now());
    merged.unwrap();
    let shown = ledger.issue(web, issue).unwrap().unwrap().id;
    let owners = ledger.hashes(web, shown).unwrap();
    let part = owners.iter().find(|owner| owner.home != shown).unwrap();
    part.hash.to_string()
}

/// Discards an issue; the id of what stands for it.
fn discard(house: &House) -> String {
    let (web, ledger) = (house.project.id, &house.app.ledger);
    if ledger.tombstones(web).unwrap().is_empty() {
        let issue = house.say(web, "unwanted", 1);
        let (how, now) = (Forget::Discard, house.clock.now());
        ledger
            .forget_issues(web, &[issue], how, Actor::System, now)
            .unwrap();
    }
    ledger.tombstones(web).unwrap()[0].id.to_string()
}

/// Writes a comment; its id.
fn comment(house: &House, issue: IssueId) -> String {
    let (web, by) = (house.project.id, house.user.id);
    let release = ReleaseChange::default();
    let (ledger, now) = (&house.app.ledger, house.clock.now());
    ledger.put_release(web, "1.0", &release, now).unwrap();
    let shown = ledger.issue(web, issue).unwrap().unwrap().id;
    let activity = ledger.activity(web, shown).unwrap();
    let known = activity.into_iter().find(|entry| entry.deed == Deed::Note);
    let said = known.unwrap_or_else(|| ledger.comment(web, shown, (by, "hm"), now).unwrap());
    said.id.to_string()
}

/// Sees to it that there is a team; its slug.
fn team(house: &House) -> &'static str {
    let new = NewTeam {
        org: house.org.id,
        slug: "core",
        name: "Core",
    };
    // It may be there already.
    let _ = house.app.ledger.create_team(&new, house.clock.now());
    new.slug
}

/// A member whom a team or the organization can do without.
fn member(house: &House, path: &str) -> String {
    if !path.ends_with("/members/{member}/") {
        return house.user.id.to_string();
    }
    let new = NewUser {
        email: "bo@example.org",
        name: "Bo",
        password_hash: "none",
    };
    let (ledger, now) = (&house.app.ledger, house.clock.now());
    let known = ledger
        .user_by_email(new.email)
        .unwrap()
        .map(|(user, _)| user);
    let user = known.unwrap_or_else(|| ledger.create_user(&new, now).unwrap());
    ledger
        .put_member(house.org.id, user.id, Role::Member, now)
        .unwrap();
    user.id.to_string()
}

/// A key that nobody minds losing.
fn spare_key(house: &House) -> String {
    let drawn = crate::secret::draw_hex_32().unwrap();
    let new = NewKey {
        project: house.project.id,
        label: "spare",
        public: &drawn,
        secret: &crate::secret::draw_hex_32().unwrap(),
    };
    let key = house.app.ledger.create_key(&new, house.clock.now());
    key.unwrap().public
}

/// Saves a search, unless there is one; its id.
fn search(house: &House) -> String {
    let ledger = &house.app.ledger;
    let saved = ledger.saved_searches(house.org.id, house.user.id);
    let known = saved.unwrap().into_iter().next().map(|search| search.id);
    let new = NewSearch {
        org: house.org.id,
        owner: Some(house.user.id),
        name: "Carts",
        query: "cart",
        sort: Sort::default(),
        is_pinned: false,
        is_default: false,
    };
    let make = || {
        let saved = ledger.save_search(&new, house.user.id, house.clock.now());
        saved.unwrap().id
    };
    known.unwrap_or_else(make).to_string()
}

/// A name that nobody had.
fn fresh() -> String {
    static NUMBER: AtomicUsize = AtomicUsize::new(1);
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    format!(
        r#"{{"slug":"new-{number}","name":"new-{number}","query":"cart","email":"new-{number}@x.example"}}"#
    )
}

pub(super) fn body(door: &Door) -> String {
    let is_new = door.path.ends_with("/teams/")
        || door.path.starts_with("/api/0/teams/")
        || door.path.ends_with("searches/")
        || door.path.ends_with("/members/");
    if door.method == "POST" && is_new {
        return fresh();
    }
    let body = if door.path.contains("/comments/") || door.path.contains("/notes/") {
        r#"{"text":"hm"}"#
    } else if door.path.contains("/releases/") {
        r#"{"version":"1.0","projects":["web"]}"#
    } else if door.path.contains("/keys/") {
        r#"{"isActive":true}"#
    } else if door.path.contains("/members/") {
        r#"{"orgRole":"member"}"#
    } else if door.path.contains("/filters/") {
        r#"{"active":true}"#
    } else if door.path.contains("/codeowners/") {
        r#"{"raw":"* @core"}"#
    } else {
        r#"{"status":"resolved"}"#
    };
    body.to_owned()
}
