//! What can be seen of settings, as texts by name, and how two of them differ.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;
use watchpost_model::{Key, OrgId, Organization, Project, User};
use watchpost_store::{AuditChange, Ledger, StoreError};

use crate::secret::{hash_of, hex};

/// Longer values are cut: the log says that something changed, not all of it.
const VALUE_CHARS_MAX: usize = 300;
/// Changes that one entry names.
const CHANGE_COUNT_MAX: usize = 50;

/// Texts by name.
pub(super) type Facts = BTreeMap<String, String>;

/// Of whose facts they are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Place {
    /// `None`: of an account.
    pub(super) org: Option<OrgId>,
    /// `project`, `org`, `user`.
    pub(super) noun: &'static str,
    /// Its name.
    pub(super) object: String,
}

/// Of a project: settings, keys without their secrets, rules.
pub(super) fn of_project(ledger: &dyn Ledger, project: &Project) -> Result<Facts, StoreError> {
    let mut facts = Facts::new();
    let mut put = |name: &str, value: &dyn Fact| {
        facts.insert(name.to_owned(), value.text());
    };
    put("name", &project.name);
    put("slug", &project.slug);
    put("platform", &project.platform.clone().unwrap_or_default());
    put("allowed origins", &project.allowed_origins.join(" "));
    put("quotas", &Json(&project.quotas));
    put("spike protection", &Json(project.spike_protection));
    put("retention", &Json(&project.retention));
    for key in ledger.keys(project.id)? {
        put(&format!("key {} ({})", key.id, key.label), &key_words(&key));
    }
    for discarded in ledger.tombstones(project.id)? {
        put(&format!("discarded {}", discarded.id), &discarded.title);
    }
    if let Some(file) = ledger
        .ownership(project.id)?
        .and_then(|known| known.codeowners)
    {
        put("CODEOWNERS", &print_of(&file.raw));
    }
    let rules = serde_json::to_value(ledger.rules(project.id)?).unwrap_or_default();
    flatten("", &rules, &mut facts);
    Ok(facts)
}

/// Of an organization: its name, its projects, teams, members and invites.
pub(super) fn of_org(ledger: &dyn Ledger, org: &Organization) -> Result<Facts, StoreError> {
    let mut facts = Facts::new();
    facts.insert("name".to_owned(), org.name.clone());
    facts.insert("slug".to_owned(), org.slug.clone());
    let (projects, members) = (ledger.projects(org.id)?, ledger.members(org.id)?);
    let users = ledger.users()?;
    for roster in ledger.teams(org.id)? {
        let in_it = |user: &&User| roster.members.contains(&user.id);
        let own = |project: &&Project| roster.projects.contains(&project.id);
        let people: Vec<&str> = users
            .iter()
            .filter(in_it)
            .map(|user| &*user.email)
            .collect();
        let slugs: Vec<&str> = projects.iter().filter(own).map(|one| &*one.slug).collect();
        let name = &roster.team.name;
        let text = format!(
            "{name}: {}; projects: {}",
            people.join(" "),
            slugs.join(" ")
        );
        facts.insert(format!("team #{}", roster.team.slug), text);
    }
    for project in projects {
        facts.insert(format!("project {}", project.slug), project.name);
    }
    for member in members {
        let role = member.role.name().to_owned();
        facts.insert(format!("member {}", member.user.email), role);
    }
    for invite in ledger.invites(org.id)? {
        let text = format!("{}, until {}", invite.role.name(), invite.expires);
        facts.insert(format!("invite {}", invite.email), text);
    }
    Ok(facts)
}

/// Of an account: nothing that opens a door.
pub(super) fn of_user(ledger: &dyn Ledger, user: &User) -> Result<Facts, StoreError> {
    let mut facts = Facts::new();
    facts.insert("name".to_owned(), user.name.clone());
    facts.insert("e-mail".to_owned(), user.email.clone());
    if let Some((_, hash)) = ledger.user_by_email(&user.email)? {
        facts.insert(PASSWORD.to_owned(), print_of(&hash));
    }
    if let Some(factor) = ledger.two_factor(user.id)?.filter(|factor| factor.is_on) {
        let text = format!("on, {} recovery codes", factor.recovery_codes);
        facts.insert("second factor".to_owned(), text);
    }
    for token in ledger.tokens(user.id)? {
        let scopes: Vec<&str> = token.scopes.iter().map(|scope| &*scope.0).collect();
        let name = format!("token {} ({})", token.id, token.label);
        facts.insert(name, format!("…{}: {}", token.last_four, scopes.join(" ")));
    }
    Ok(facts)
}

/// Of everything.
pub(super) fn of_all(ledger: &dyn Ledger) -> Result<Vec<(Place, Facts)>, StoreError> {
    let mut all = Vec::new();
    let place = |org, noun, object: &str| Place {
        org,
        noun,
        object: object.to_owned(),
    };
    for org in ledger.orgs()? {
        for project in ledger.projects(org.id)? {
            let facts = of_project(ledger, &project)?;
            all.push((place(Some(org.id), "project", &project.slug), facts));
        }
        all.push((place(Some(org.id), "org", &org.slug), of_org(ledger, &org)?));
    }
    for user in ledger.users()? {
        all.push((place(None, "user", &user.email), of_user(ledger, &user)?));
    }
    Ok(all)
}

/// Its value says nothing, only that it is another one.
const PASSWORD: &str = "password";

/// What differs, by name.
pub(super) fn differences(before: &Facts, after: &Facts) -> Vec<AuditChange> {
    let names = before
        .keys()
        .chain(after.keys().filter(|name| !before.contains_key(*name)));
    let changed = names.filter(|name| before.get(*name) != after.get(*name));
    let show = |name: &str, facts: &Facts| {
        let value = facts.get(name)?;
        Some(if name == PASSWORD {
            "hidden".to_owned()
        } else {
            short(value)
        })
    };
    let change = |name: &String| AuditChange {
        field: short(name),
        before: show(name, before),
        after: show(name, after),
    };
    changed.take(CHANGE_COUNT_MAX).map(change).collect()
}

/// `key.create`, `team.remove`, `project.edit`: by what became of the things of that noun, or of
/// the one that all changes are about.
pub(super) fn action(noun: &str, changes: &[AuditChange]) -> String {
    let mut nouns = changes.iter().map(|change| noun_of(&change.field));
    let first = nouns.next().flatten();
    let noun = first
        .filter(|first| nouns.all(|noun| noun == Some(*first)))
        .unwrap_or(noun);
    let (mut came, mut went) = (true, true);
    for change in changes {
        came &= change.before.is_none();
        went &= change.after.is_none();
    }
    let verb = match (came, went) {
        (true, false) => "create",
        (false, true) => "remove",
        _ => "edit",
    };
    format!("{noun}.{verb}")
}

/// To what a field belongs that is not one of its place itself.
fn noun_of(field: &str) -> Option<&'static str> {
    let start = field.split([' ', '.']).next().unwrap_or_default();
    Some(match start {
        "team" => "team",
        "project" => "project",
        "member" | "invite" => "member",
        "key" => "key",
        "token" => "token",
        "discarded" => "discarded",
        "scrubbing" | "filters" | "grouping" | "ownership" | "CODEOWNERS" => "rules",
        _ => return None,
    })
}

fn short(text: &str) -> String {
    if text.chars().count() <= VALUE_CHARS_MAX {
        return text.to_owned();
    }
    text.chars().take(VALUE_CHARS_MAX).chain(['…']).collect()
}

fn key_words(key: &Key) -> String {
    let state = if key.active { "enabled" } else { "disabled" };
    let start = key.public.get(..8).unwrap_or_default();
    format!("{start}…, {state}, quotas {}", Json(&key.quotas).text())
}

/// Says of a long or secret text which one it is.
fn print_of(text: &str) -> String {
    let print = hex(hash_of(text).get(..4).unwrap_or_default());
    format!("{} bytes, {print}", text.len())
}

/// Leaves of an object by their paths; lists and texts are leaves.
fn flatten(path: &str, value: &Value, facts: &mut Facts) {
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                let path = if path.is_empty() {
                    name.clone()
                } else {
                    format!("{path}.{name}")
                };
                flatten(&path, value, facts);
            }
        }
        Value::String(text) => drop(facts.insert(path.to_owned(), text.clone())),
        other => drop(facts.insert(path.to_owned(), other.to_string())),
    }
}

trait Fact {
    fn text(&self) -> String;
}

impl Fact for String {
    fn text(&self) -> String {
        self.clone()
    }
}

struct Json<T>(T);

impl<T: Serialize> Fact for Json<T> {
    fn text(&self) -> String {
        serde_json::to_string(&self.0).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn facts(pairs: &[(&str, &str)]) -> Facts {
        let pairs = pairs
            .iter()
            .map(|(name, text)| ((*name).to_owned(), (*text).to_owned()));
        pairs.collect()
    }

    #[test]
    fn differences_are_named_with_before_and_after() {
        let check =
            |before: &[_], after: &[_], expect: &[(&str, Option<&str>, Option<&str>)], did| {
                let changes = differences(&facts(before), &facts(after));
                let got = changes.iter().map(|change| {
                    let (before, after) = (change.before.as_deref(), change.after.as_deref());
                    (&*change.field, before, after)
                });
                assert_eq!(got.collect::<Vec<_>>(), expect);
                assert_eq!(action("key", &changes), did);
            };
        check(&[("a", "1")], &[("a", "1")], &[], "key.edit");
        check(&[], &[("a", "1")], &[("a", None, Some("1"))], "key.create");
        check(&[("a", "1")], &[], &[("a", Some("1"), None)], "key.remove");
        check(
            &[("a", "1")],
            &[("a", "2")],
            &[("a", Some("1"), Some("2"))],
            "key.edit",
        );
        let hidden = [("password", Some("hidden"), Some("hidden"))];
        check(
            &[("password", "1")],
            &[("password", "2")],
            &hidden,
            "key.edit",
        );
        let (one, other) = ("x".repeat(400), "x".repeat(401));
        let changes = differences(&facts(&[("a", &one)]), &facts(&[("a", &other)]));
        let cut = changes[0].after.as_deref().map(|text| text.chars().count());
        assert_eq!(cut, Some(VALUE_CHARS_MAX + 1));
    }
}
