//! Teams, and what ownership rules do: who gets an issue, who is suggested, and when.
//!
//! An engine runs this with `owning_suite!(owning, temp_ledger());`.

mod teams;

use std::sync::atomic::{AtomicUsize, Ordering};

use watchpost_model::{
    Assignee, Deed, Event, Grouped, IssueId, Owner, OwnerMatch, OwnerSource, ProjectId, Role,
    Rules, Team, UserId,
};

pub use self::teams::{
    a_team_is_deleted_while_issues_are_given_to_it, a_team_looks_after_issues,
    issues_are_found_by_teams_and_suggestions, issues_of_a_deleted_team_are_nobodys,
    teams_have_members_and_projects, w10_teams_of_another_organization_are_not_there,
};
use super::belonging::user;
use super::splitting::{event, finish, leave, one_and_two};
use super::{apply_one, at, filings, grouped, issue, message, project, temp_archive_in_parts};
use crate::{Action, Actor, Forget, Ledger, NewTeam, Owners, Suggestion};

/// Runs every case of this file against an empty ledger from `$open`.
#[macro_export]
macro_rules! owning_suite {
    ($name:ident, $open:expr) => {
        mod $name {
            use super::*;
            $crate::suite_cases!($open, owning:
                teams_have_members_and_projects,
                w10_teams_of_another_organization_are_not_there,
                a_team_looks_after_issues,
                issues_of_a_deleted_team_are_nobodys,
                a_team_is_deleted_while_issues_are_given_to_it,
                the_last_match_gets_a_new_issue,
                who_is_not_there_is_passed_over,
                w10_who_is_in_another_organization_gets_nothing,
                rules_may_only_suggest,
                what_somebody_had_is_never_given_away,
                what_somebody_had_is_not_given_away_after_a_split,
                an_issue_is_judged_once_per_version,
                a_merged_issue_is_judged_as_one,
                versions_grow_with_rules_files_teams_and_people,
                a_file_is_kept_and_forgotten,
                issues_are_found_by_teams_and_suggestions,
            );
        }
    };
}

pub(super) fn team(ledger: &dyn Ledger, slug: &str) -> Team {
    let org = ledger.org("acme").expect("a healthy ledger");
    let new = NewTeam {
        org: org.expect("an organization").id,
        slug,
        name: slug,
    };
    ledger.create_team(&new, at(0)).expect("a new team")
}

/// Somebody of the organization.
fn member(ledger: &dyn Ledger, email: &str) -> UserId {
    let ada = user(ledger, email);
    join(ledger, ada);
    ada
}

fn join(ledger: &dyn Ledger, who: UserId) {
    let org = ledger.org("acme").expect("a healthy ledger");
    let org = org.expect("an organization").id;
    let put = ledger.put_member(org, who, Role::Member, at(0));
    put.expect("a healthy ledger");
}

/// Rules that say the same of every event.
struct Says {
    version: u64,
    suggestion: Suggestion,
    asked: AtomicUsize,
}

impl Says {
    /// A rule per word, which names the team of that slug or the person of that address.
    fn new(version: u64, rules: &[&str]) -> Self {
        let owner = |name: &str| match name.split_once('@') {
            Some(_) => Owner::Person(name.to_owned()),
            None => Owner::Team(name.to_owned()),
        };
        let matches = rules.iter().enumerate().map(|(index, names)| OwnerMatch {
            source: OwnerSource::Rules,
            line: index + 1,
            pattern: format!("path:{index}"),
            owners: names.split(' ').map(owner).collect(),
        });
        Self {
            version,
            suggestion: Suggestion {
                matches: matches.collect(),
                assigns: true,
            },
            asked: AtomicUsize::new(0),
        }
    }

    fn asked(&self) -> usize {
        self.asked.load(Ordering::Relaxed)
    }
}

impl Owners for Says {
    fn version(&self, _: ProjectId) -> u64 {
        self.version
    }

    fn suggest(&self, _: ProjectId, _: &Event) -> Suggestion {
        self.asked.fetch_add(1, Ordering::Relaxed);
        self.suggestion.clone()
    }
}

fn apply(ledger: &dyn Ledger, grouped: Grouped, owners: &dyn Owners) -> IssueId {
    let applied = ledger.apply_owned(&filings(&[grouped]), &[], owners);
    applied.expect("a healthy ledger files")[0].issue
}

/// Who might look after an issue, and by which rule.
fn suggested(ledger: &dyn Ledger, project: ProjectId, id: IssueId) -> Vec<(Assignee, String)> {
    let all = ledger.suggested(project, &[id]).expect("a healthy ledger");
    let of_issue = all.into_iter().flat_map(|(_, all)| all);
    of_issue.map(|one| (one.owner, one.rule)).collect()
}

/// The leftmost owner of the last rule has the issue at once; all are suggested.
pub fn the_last_match_gets_a_new_issue(ledger: &dyn Ledger) {
    let web = project(ledger, "web").id;
    let ada = member(ledger, "ada@example.org");
    let [platform, pay, risk] = ["platform", "pay", "risk"].map(|slug| team(ledger, slug).id);
    let rules = Says::new(1, &["platform", "pay ada@example.org", "risk pay"]);
    let id = apply(ledger, grouped(web, 1, "boom", 10), &rules);
    assert_eq!(issue(ledger, web, id).assignee, Some(Assignee::Team(risk)));
    let of = |owner, rule: &str| (owner, rule.to_owned());
    let expect = [
        of(Assignee::Team(risk), "path:2 #risk #pay"),
        of(Assignee::Team(pay), "path:2 #risk #pay"),
        of(Assignee::User(ada), "path:1 #pay ada@example.org"),
        of(Assignee::Team(platform), "path:0 #platform"),
    ];
    assert_eq!(suggested(ledger, web, id), expect);
    let log = ledger.activity(web, id).expect("a healthy ledger");
    let told: Vec<_> = ["name", "integration", "rule"]
        .map(|name| log[0].text(name))
        .into();
    assert_eq!(told, ["#risk", "projectOwnership", "path:2 #risk #pay"]);
    assert_eq!(
        (log[0].deed, log[0].by, log[0].at),
        (Deed::Assigned, None, at(10))
    );
    let forgotten = ledger.forget_issues(web, &[id], Forget::Delete, Actor::System, at(20));
    forgotten.expect("a healthy ledger");
    assert!(suggested(ledger, web, id).is_empty());
    // A person who gets it hears of it.
    let id = apply(
        ledger,
        grouped(web, 2, "bang", 10),
        &Says::new(1, &["ada@example.org"]),
    );
    let personal = ledger.personal(web, &[id], ada).expect("a healthy ledger");
    assert_eq!(personal[0].1.is_subscribed, Some(true));
}

/// A rule may name somebody who left, or a team that nobody made.
pub fn who_is_not_there_is_passed_over(ledger: &dyn Ledger) {
    let web = project(ledger, "web").id;
    let core = team(ledger, "core").id;
    let rules = Says::new(1, &["core", "ghosts core", "bob@example.org"]);
    let id = apply(ledger, grouped(web, 1, "boom", 10), &rules);
    assert_eq!(issue(ledger, web, id).assignee, Some(Assignee::Team(core)));
    assert_eq!(suggested(ledger, web, id).len(), 1);
}

/// Nor who was removed: an account alone is nothing.
pub fn w10_who_is_in_another_organization_gets_nothing(ledger: &dyn Ledger) {
    let web = project(ledger, "web");
    let (ada, bob) = (
        user(ledger, "ada@example.org"),
        member(ledger, "bob@example.org"),
    );
    let other = ledger.create_org("other", "Other", at(0));
    let other = other.expect("a new organization").id;
    let put = ledger.put_member(other, ada, Role::Member, at(0));
    put.expect("a healthy ledger");
    let rules = Says::new(1, &["bob@example.org ada@example.org"]);
    let id = apply(ledger, grouped(web.id, 1, "boom", 10), &rules);
    assert_eq!(
        issue(ledger, web.id, id).assignee,
        Some(Assignee::User(bob))
    );
    assert_eq!(suggested(ledger, web.id, id).len(), 1);
    let gone = ledger.remove_member(web.org, bob);
    gone.expect("a healthy ledger");
    let id = apply(ledger, grouped(web.id, 2, "bang", 20), &rules);
    assert_eq!(issue(ledger, web.id, id).assignee, None);
    assert!(suggested(ledger, web.id, id).is_empty());
}

/// Nobody gets anything where rules only suggest.
pub fn rules_may_only_suggest(ledger: &dyn Ledger) {
    let web = project(ledger, "web").id;
    team(ledger, "core");
    let mut rules = Says::new(1, &["core"]);
    rules.suggestion.assigns = false;
    let id = apply(ledger, grouped(web, 1, "boom", 10), &rules);
    assert_eq!(issue(ledger, web, id).assignee, None);
    assert_eq!(suggested(ledger, web, id).len(), 1);
}

/// Who took an issue from everybody meant it.
pub fn what_somebody_had_is_never_given_away(ledger: &dyn Ledger) {
    let web = project(ledger, "web").id;
    let (ada, core) = (user(ledger, "ada@example.org"), team(ledger, "core").id);
    let id = apply_one(ledger, grouped(web, 1, "boom", 10)).issue;
    for whom in [Some(Assignee::User(ada)), None] {
        let acted = ledger.act(web, &[id], &Action::Assign(whom), Actor::System, at(20));
        acted.expect("a healthy ledger");
    }
    apply(
        ledger,
        grouped(web, 2, "boom", 30),
        &Says::new(1, &["core"]),
    );
    assert_eq!(issue(ledger, web, id).assignee, None);
    assert_eq!(suggested(ledger, web, id)[0].0, Assignee::Team(core));
}

/// A split gives nothing away either: the new issue had whom the old one had.
pub fn what_somebody_had_is_not_given_away_after_a_split(ledger: &dyn Ledger) {
    let archive = &*temp_archive_in_parts();
    let (web, one, _) = one_and_two(ledger, archive);
    let (ada, core) = (user(ledger, "ada@example.org"), team(ledger, "core").id);
    for whom in [Some(Assignee::User(ada)), None] {
        let acted = ledger.act(web, &[one], &Action::Assign(whom), Actor::System, at(20));
        acted.expect("a healthy ledger");
    }
    let new = leave(ledger, web, one, "b").leaving[0];
    finish(ledger, archive);
    let says = Says::new(1, &["core"]);
    assert_eq!(apply(ledger, event(web, 900, "b", true), &says), new);
    assert_eq!(issue(ledger, web, new).assignee, None);
    assert_eq!(suggested(ledger, web, new)[0].0, Assignee::Team(core));
}

/// Events of an issue that was judged cost nothing; what never was is judged with its next event.
pub fn an_issue_is_judged_once_per_version(ledger: &dyn Ledger) {
    let web = project(ledger, "web").id;
    let (core, pay) = (team(ledger, "core").id, team(ledger, "pay").id);
    let id = apply_one(ledger, grouped(web, 1, "boom", 10)).issue;
    let rules = Says::new(1, &["core"]);
    let batch: Vec<Grouped> = (2..6)
        .map(|event| grouped(web, event, "boom", 20))
        .collect();
    let applied = ledger.apply_owned(&filings(&batch), &[], &rules);
    applied.expect("a healthy ledger files");
    apply(ledger, grouped(web, 6, "boom", 20), &rules);
    apply(ledger, grouped(web, 6, "boom", 20), &rules);
    assert_eq!(rules.asked(), 1);
    assert_eq!(issue(ledger, web, id).assignee, Some(Assignee::Team(core)));
    let newer = Says::new(2, &["pay"]);
    apply(ledger, grouped(web, 7, "boom", 30), &newer);
    assert_eq!(newer.asked(), 1);
    assert_eq!(issue(ledger, web, id).assignee, Some(Assignee::Team(core)));
    assert_eq!(suggested(ledger, web, id)[0].0, Assignee::Team(pay));
    // Who has no rules at all says nothing about what others said.
    apply(ledger, grouped(web, 8, "boom", 30), &Says::new(0, &[]));
    assert_eq!(suggested(ledger, web, id).len(), 1);
    apply(ledger, grouped(web, 9, "boom", 30), &Says::new(3, &[]));
    assert!(suggested(ledger, web, id).is_empty());
}

/// What shows an event has the owner, not the part that keeps it.
pub fn a_merged_issue_is_judged_as_one(ledger: &dyn Ledger) {
    let web = project(ledger, "web").id;
    let core = team(ledger, "core").id;
    apply_one(ledger, grouped(web, 1, "boom", 10));
    let id = apply_one(ledger, grouped(web, 2, "boom", 10)).issue;
    let part = apply_one(ledger, grouped(web, 3, "bang", 10)).issue;
    let merged = ledger.merge(web, &[id, part], Actor::System, at(20));
    assert_eq!(merged.expect("a healthy ledger").expect("a merge").into, id);
    let rules = Says::new(1, &["core"]);
    assert_eq!(apply(ledger, grouped(web, 4, "bang", 30), &rules), id);
    assert_eq!(issue(ledger, web, id).assignee, Some(Assignee::Team(core)));
    assert!(suggested(ledger, web, part).is_empty());
}

fn version(ledger: &dyn Ledger, project: ProjectId) -> u64 {
    let all = ledger.ownership_versions().expect("a healthy ledger");
    let own = all.into_iter().find(|(id, _)| *id == project);
    own.map_or(0, |(_, version)| version)
}

/// The digest notices whatever may change what rules say, and nothing else.
pub fn versions_grow_with_rules_files_teams_and_people(ledger: &dyn Ledger) {
    let web = project(ledger, "web").id;
    let generation = || ledger.key_generation().expect("a healthy ledger");
    let core = team(ledger, "core");
    assert_eq!(version(ledger, web), 0);
    let mut last = 0;
    let mut grows = |what: &str, change: &dyn Fn()| {
        let before = generation();
        change();
        assert!(
            version(ledger, web) > last && generation() > before,
            "{what}"
        );
        last = version(ledger, web);
    };
    let write = |rules: &mut Rules| "path:* #core".clone_into(&mut rules.ownership.rules);
    let save = |change: &dyn Fn(&mut Rules)| {
        let saved = ledger.change_rules(web, change, Actor::System, at(1));
        saved.expect("a healthy ledger");
    };
    grows("rules", &|| save(&write));
    grows("a file", &|| {
        let kept = ledger.set_codeowners(web, Some("* @core"), at(2));
        kept.expect("a healthy ledger");
    });
    grows("a new team", &|| drop(team(ledger, "pay")));
    grows("another name", &|| {
        let renamed = Team {
            slug: "heart".to_owned(),
            ..core.clone()
        };
        ledger.update_team(&renamed).expect("a healthy ledger");
    });
    grows("somebody new", &|| {
        user(ledger, "ada@example.org");
    });
    let bob = user(ledger, "bob@example.org");
    grows("somebody joins", &|| join(ledger, bob));
    grows("somebody is removed", &|| {
        let gone = ledger.remove_member(core.org, bob);
        gone.expect("a healthy ledger");
    });
    grows("a team is gone", &|| {
        let gone = ledger.delete_team(&core, Actor::System, at(3));
        gone.expect("a healthy ledger");
    });
    save(&|rules: &mut Rules| rules.filters.localhost = true);
    assert_eq!(version(ledger, web), last);
}

/// It reads back, with its dates; it belongs to a project that is there.
pub fn a_file_is_kept_and_forgotten(ledger: &dyn Ledger) {
    let (web, api) = (project(ledger, "web").id, project(ledger, "api").id);
    let keep = |raw, secs| {
        let kept = ledger.set_codeowners(web, raw, at(secs));
        kept.expect("a healthy ledger");
    };
    let read = |project| ledger.ownership(project).expect("a healthy ledger");
    assert_eq!(read(web), None);
    keep(Some("* @a"), 10);
    keep(Some("* @b"), 20);
    let record = read(web).expect("a record");
    let file = record.codeowners.expect("a file");
    assert_eq!(
        (&*file.raw, file.created, file.changed),
        ("* @b", at(10), at(20))
    );
    assert_eq!((record.created, record.changed), (at(10), at(20)));
    keep(None, 30);
    assert_eq!(read(web).expect("a record").codeowners, None);
    keep(Some("* @c"), 40);
    let file = read(web).and_then(|record| record.codeowners);
    assert_eq!(file.expect("a file").created, at(40));
    assert_eq!(read(api), None);
    let lost = ledger.set_codeowners(ProjectId(99), Some(""), at(1));
    assert_eq!(message(lost), "project does not exist");
}
