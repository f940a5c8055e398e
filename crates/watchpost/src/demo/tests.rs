//! A month through the real gates, digest and stores ends where the plan says.

use std::collections::{BTreeMap, BTreeSet};

use watchpost_demo::{
    Act, Deed as Planning, EVENT_COUNT_MIN, Ending, Month, Plan, Planned, Program,
};
use watchpost_model::{Deed, IssueId, Outcome, ProjectId, Status, Substatus, Timestamp};
use watchpost_store::{IssueLedger, IssueQuery, LifeLedger, OutcomeLedger, ReleaseLedger};

use super::{Config, House, deeds, live};
use crate::clock::SystemClock;

/// A month that was lived through in a folder.
struct Lived {
    plan: Plan,
    house: House,
    _dir: tempfile::TempDir,
}

async fn live_through(seed: u64) -> Lived {
    let dir = tempfile::tempdir().unwrap();
    let config = Config {
        data_dir: dir.path().join("data"),
        ..Config::default()
    };
    let plan = Plan::new(Month {
        seed,
        until: watchpost_model::Clock::now(&SystemClock),
        events: EVENT_COUNT_MIN,
    });
    live(&config, &plan, "a password").await.unwrap();
    let house = House::open(&config).unwrap();
    Lived {
        plan,
        house,
        _dir: dir,
    }
}

/// Where issues are in the store that are there in the plan.
fn expected(ending: Ending) -> Option<(Status, Option<Substatus>)> {
    let open = |substatus| (Status::Unresolved, Some(substatus));
    let aside = |substatus| (Status::Archived, Some(substatus));
    Some(match ending {
        Ending::New => open(Substatus::New),
        Ending::Ongoing => open(Substatus::Ongoing),
        Ending::Escalating => open(Substatus::Escalating),
        Ending::Regressed => open(Substatus::Regressed),
        Ending::Resolved => (Status::Resolved, None),
        Ending::Forever => aside(Substatus::Forever),
        Ending::UntilEscalating => aside(Substatus::UntilEscalating),
        Ending::UntilCondition => aside(Substatus::UntilCondition),
        Ending::Merged | Ending::Discarded | Ending::Filtered => return None,
    })
}

/// The projects, with the issues that the plan has in them.
fn of_projects(lived: &Lived) -> Vec<(ProjectId, Vec<Planned>)> {
    let projects = lived.house.projects(None).unwrap();
    let of = |slug: &str| {
        let issues = lived.plan.issues().iter();
        let own = issues.filter(|planned| planned.program.facts().slug == slug);
        own.copied().collect()
    };
    let projects = projects.iter();
    projects
        .map(|(_, project)| (project.id, of(&project.slug)))
        .collect()
}

fn check_issues(lived: &Lived) {
    let ledger = &lived.house.ledger;
    for (project, issues) in of_projects(lived) {
        let mut ends: BTreeMap<IssueId, &str> = BTreeMap::new();
        for planned in issues {
            let Some(expect) = expected(planned.ending) else {
                continue;
            };
            let id = deeds::issue_of(&lived.house, project, planned.first).unwrap();
            let issue = ledger.issue(project, id).unwrap().unwrap();
            let is = (issue.status, issue.substatus);
            assert_eq!(is, expect, "{}: {issue:?}", planned.name);
            let merged = lived.plan.issues().iter();
            let merged = merged.filter(|part| part.ending == Ending::Merged);
            let parts: u64 = merged.map(|part| part.events).sum();
            let is_whole = planned.name == "stale-checkout";
            let events = planned.events + if is_whole { parts } else { 0 };
            assert_eq!(issue.times_seen, events, "{}", planned.name);
            let other = ends.insert(id, planned.name);
            assert_eq!(other, None, "{} is the same issue", planned.name);
        }
        let found = ledger.find_issues(&IssueQuery::all(project)).unwrap();
        let found: BTreeSet<IssueId> = found.rows.iter().map(|issue| issue.id).collect();
        assert!(found.into_iter().eq(ends.into_keys()), "{project}");
    }
}

/// Every event that was sent ended as the plan says.
fn check_outcomes(lived: &Lived) {
    let counts = lived
        .house
        .ledger
        .outcomes(None, Timestamp::default())
        .unwrap();
    let sum = |outcome| -> u64 {
        let same = counts.iter().filter(|count| count.outcome == outcome);
        same.map(|count| count.quantity).sum()
    };
    let planned = |ending| -> u64 {
        let issues = lived.plan.issues().iter();
        let same = issues.filter(|planned| planned.ending == ending);
        same.map(|planned| planned.events).sum()
    };
    let all: u64 = lived.plan.issues().iter().map(|one| one.events).sum();
    assert_eq!(sum(Outcome::Accepted) + sum(Outcome::Filtered), all);
    // Those that the project filters, and those of the discarded issue that came later.
    let later = sum(Outcome::Filtered) - planned(Ending::Filtered);
    assert!(later > 0 && later < planned(Ending::Discarded), "{later}");
    assert!(sum(Outcome::ClientDiscarded) > 0, "{counts:?}");
}

fn check_deeds(lived: &Lived) {
    let ledger = &lived.house.ledger;
    for (project, issues) in of_projects(lived) {
        let discarded = issues.iter().filter(|one| one.ending == Ending::Discarded);
        let tombstones = ledger.tombstones(project).unwrap();
        assert_eq!(tombstones.len(), discarded.count());
        let till = Program::Till.facts().slug;
        let is_till = issues.iter().any(|one| one.program.facts().slug == till);
        let releases = ledger.releases(project, None, 100).unwrap();
        assert_eq!(releases.is_empty(), is_till, "{releases:?}");
    }
    let mut shown = BTreeSet::new();
    for (project, issues) in of_projects(lived) {
        let issues = issues.iter();
        let issues =
            issues.filter_map(|one| deeds::issue_of(&lived.house, project, one.first).ok());
        shown.extend(issues.map(|issue| (project, issue)));
    }
    let told = |deed: Deed| {
        let of = |(project, issue): &(ProjectId, IssueId)| {
            let activity = ledger.activity(*project, *issue).unwrap();
            activity.iter().filter(|entry| entry.deed == deed).count()
        };
        shown.iter().map(of).sum::<usize>()
    };
    let planned = |is: fn(&Act) -> bool| {
        let steps = lived.plan.steps().iter();
        let acts = steps.filter(|step| match &step.deed {
            Planning::Act { act, .. } => is(act),
            _ => false,
        });
        acts.count()
    };
    assert_eq!(
        told(Deed::Note),
        planned(|act| matches!(act, Act::Comment(_)))
    );
    let is_assigned = |act: &Act| matches!(act, Act::AssignPerson(_) | Act::AssignTeam(_));
    assert_eq!(told(Deed::Assigned), planned(is_assigned));
    let back = lived.plan.issues().iter();
    let back = back.filter(|planned| planned.ending == Ending::Regressed);
    assert_eq!(told(Deed::SetRegression), back.count());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_month_ends_as_it_is_planned() {
    let lived = live_through(4).await;
    check_issues(&lived);
    check_outcomes(&lived);
    check_deeds(&lived);
}
