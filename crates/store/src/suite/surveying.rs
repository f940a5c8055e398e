//! What happens across issues: what is new in projects, what came and went with releases, tags.

use watchpost_model::{Grouped, IssueId, ProjectId, Tag};

use super::{apply, apply_one, at, grouped, project};
use crate::limits::TAG_VALUE_COUNT_MAX;
use crate::{
    Action, Actor, Deploy, InRelease, Ledger, ReleaseQuery, ReleaseRow, Resolve, StoreError,
};

/// An event of the issue `name` in a release, of somebody.
fn of(project: ProjectId, event: u128, (name, release): (&str, &str), secs: i64) -> Grouped {
    let mut grouped = grouped(project, event, name, secs);
    grouped.event.release = Some(release.to_owned());
    grouped.event.environment = Some(format!("{name}-env"));
    grouped
}

fn rows(ledger: &dyn Ledger, query: &ReleaseQuery) -> Vec<ReleaseRow> {
    ledger.release_rows(query).expect("a healthy ledger").rows
}

fn names(rows: &[ReleaseRow]) -> Vec<&str> {
    let versions = rows.iter();
    versions.map(|row| row.release.version.as_str()).collect()
}

/// What is new in projects, of each and in their order; not what was merged into others.
pub fn projects_say_what_is_new(ledger: &dyn Ledger) {
    let (web, api) = (project(ledger, "web").id, project(ledger, "api").id);
    let user = |event, name, user: &str, secs| {
        let mut one = super::counting::of_user(web, event, user, secs);
        one.title = String::from(name);
        one.hashes = vec![super::hash(name)];
        one
    };
    let batch = [
        user(1, "old", "jo", 10),
        user(2, "new", "mo", 100),
        user(3, "newer", "jo", 110),
        user(4, "merged", "mo", 120),
        of(web, 5, ("newer", "1.2"), 130),
    ];
    let applied = apply(ledger, &batch);
    let merged = [applied[2].issue, applied[3].issue];
    let merged = ledger.merge(web, &merged, Actor::System, at(200));
    assert!(merged.expect("a healthy ledger").is_some());
    let found = ledger.project_facts(&[api, web], at(100));
    let found = found.expect("a healthy ledger");
    assert_eq!((found[0].project, found[1].project), (api, web));
    assert_eq!((found[0].unresolved, found[0].users), (0, 0));
    let web_facts = &found[1];
    assert_eq!((web_facts.new_issues, web_facts.unresolved), (2, 3));
    assert_eq!((web_facts.users, web_facts.has_more_users), (2, false));
    assert_eq!(web_facts.newest_release.as_deref(), Some("1.2"));
    let later = ledger.project_facts(&[web], at(115));
    assert_eq!(later.expect("a healthy ledger")[0].users, 1, "of 115 on");
    let many: Vec<_> = (0..u128::from(TAG_VALUE_COUNT_MAX) + 5)
        .map(|event| user(100 + event, "old", &format!("u{event}"), 300))
        .collect();
    apply(ledger, &many);
    let found = ledger.project_facts(&[web], at(300));
    let found = &found.expect("a healthy ledger")[0];
    assert!(found.has_more_users && found.users < TAG_VALUE_COUNT_MAX + 5);
}

/// Issues that came, came back and were resolved in each release, and which was before it.
pub fn releases_say_what_happened_in_them(ledger: &dyn Ledger) {
    let (web, api) = (project(ledger, "web").id, project(ledger, "api").id);
    let first = |name: &str, event| apply_one(ledger, of(web, event, (name, "1.0"), 10)).issue;
    let ids: Vec<IssueId> = vec![first("a", 1), first("b", 2), first("c", 3)];
    apply_one(ledger, of(api, 4, ("a", "1.1"), 10));
    let resolve = |issue: IssueId, how: Resolve| {
        let action = Action::Resolve(how);
        let acted = ledger.act(web, &[issue], &action, Actor::System, at(20));
        assert_eq!(acted.expect("a healthy ledger").changed, [issue]);
    };
    resolve(ids[0], Resolve::Now);
    resolve(ids[1], Resolve::InRelease("1.1".to_owned()));
    resolve(ids[2], Resolve::InNextRelease);
    apply_one(ledger, of(web, 5, ("a", "1.1"), 30));
    apply_one(ledger, of(web, 6, ("d", "1.1"), 40));
    let query = ReleaseQuery {
        projects: vec![web],
        limit: 10,
        ..ReleaseQuery::default()
    };
    let found = rows(ledger, &query);
    assert_eq!(names(&found), ["1.1", "1.0"]);
    let counts = |row: &ReleaseRow| (row.release.new_issues, row.regressed, row.resolved);
    assert_eq!(
        found.iter().map(counts).collect::<Vec<_>>(),
        [(1, 1, 2), (3, 0, 0)]
    );
    assert_eq!(found[0].before.as_deref(), Some("1.0"));
    assert_eq!(found[1].before, None);
    let alone = ledger.release_row(web, "1.1").expect("a healthy ledger");
    assert_eq!(alone.as_ref(), Some(&found[0]));
    assert_eq!(
        ledger.release_row(api, "1.0").expect("a healthy ledger"),
        None
    );
    let titles = |row: &ReleaseRow, what| {
        let issues = ledger.issues_of_release(row, what, 10);
        let issues = issues.expect("a healthy ledger").into_iter();
        issues.map(|issue| issue.title).collect::<Vec<_>>()
    };
    assert_eq!(titles(&found[0], InRelease::New), ["d"]);
    assert_eq!(titles(&found[0], InRelease::Regressed), ["a"]);
    let mut resolved = titles(&found[0], InRelease::Resolved);
    resolved.sort();
    assert_eq!(resolved, ["b", "c"]);
    assert_eq!(titles(&found[1], InRelease::Resolved).len(), 0);
}

/// Releases of several projects are one list; a page goes on where the one before ended.
pub fn releases_of_projects_are_one_list(ledger: &dyn Ledger) {
    let (web, api) = (project(ledger, "web").id, project(ledger, "api").id);
    for (event, (project, version)) in (0_u8..).zip([
        (web, "web@1"),
        (api, "api@1"),
        (web, "web@2/ü x"),
        (api, "web@3"),
    ]) {
        let of = of(project, event.into(), ("a", version), 10 + i64::from(event));
        apply_one(ledger, of);
    }
    let query = |projects: &[ProjectId]| ReleaseQuery {
        projects: projects.to_vec(),
        limit: 2,
        ..ReleaseQuery::default()
    };
    let all = [web, api];
    let first = ledger.release_rows(&query(&all)).expect("a healthy ledger");
    assert_eq!(names(&first.rows), ["web@3", "web@2/ü x"]);
    let second = ReleaseQuery {
        cursor: first.next,
        ..query(&all)
    };
    let second = ledger.release_rows(&second).expect("a healthy ledger");
    assert_eq!(names(&second.rows), ["api@1", "web@1"]);
    assert_eq!(second.next, None);
    let search = ReleaseQuery {
        contains: Some("WEB@".to_owned()),
        ..query(&[api])
    };
    assert_eq!(names(&rows(ledger, &search)), ["web@3"]);
    let among = ReleaseQuery {
        among: Some(vec![
            (web, "web@1".to_owned()),
            (api, "web@2/ü x".to_owned()),
        ]),
        ..query(&all)
    };
    assert_eq!(names(&rows(ledger, &among)), ["web@1"]);
    let wrong = ReleaseQuery {
        cursor: Some(crate::Cursor("1".to_owned())),
        ..query(&all)
    };
    let refused = ledger.release_rows(&wrong);
    assert!(matches!(refused, Err(StoreError::Missing { .. })));
    let deploy = Deploy {
        id: 0,
        environment: "production".to_owned(),
        name: None,
        url: None,
        started: None,
        finished: at(50),
    };
    ledger.add_deploy(web, "web@1", &deploy).expect("kept");
    let row = ledger.release_row(web, "web@1").expect("a healthy ledger");
    let row = row.expect("it is there");
    assert_eq!((row.commits, row.deploys), (0, 1));
    let last = row.last_deploy.map(|deploy| deploy.environment);
    assert_eq!(last.as_deref(), Some("production"));
}

/// Keys with their values, those that found no room by name too; issues by value, merged ones once.
pub fn tags_are_surveyed(ledger: &dyn Ledger) {
    let web = project(ledger, "web").id;
    let tagged = |event: u128, name: &str, value: &str| {
        let mut one = grouped(web, event, name, 10 + i64::try_from(event).unwrap_or(0));
        one.event.tags = vec![Tag {
            key: "shard".to_owned(),
            value: value.to_owned(),
        }];
        one
    };
    let batch = [
        tagged(1, "a", "one"),
        tagged(2, "a", "two"),
        tagged(3, "b", "two"),
        tagged(4, "c", "two"),
    ];
    let applied = apply(ledger, &batch);
    let merged = [applied[0].issue, applied[2].issue];
    let merged = ledger.merge(web, &merged, Actor::System, at(50));
    assert!(merged.expect("a healthy ledger").is_some());
    let facts = || {
        let found = ledger.tag_facts(web, 1).expect("a healthy ledger");
        let mut found = found.into_iter();
        found.find(|facts| facts.key == "shard").expect("counted")
    };
    let shard = facts();
    let numbers = (
        shard.values,
        shard.others,
        shard.times_seen,
        shard.last_seen,
    );
    assert_eq!(numbers, (2, 0, 4, at(14)));
    let top: Vec<_> = shard
        .top
        .iter()
        .map(|top| (&*top.value, top.times_seen))
        .collect();
    assert_eq!(top, [("two", 3)]);
    let by_value = ledger
        .issues_by_value(web, "shard")
        .expect("a healthy ledger");
    let expect = [("one".to_owned(), 1), ("two".to_owned(), 2)];
    assert_eq!(by_value.counts, expect);
    assert_eq!((by_value.looked_at, by_value.is_cut), (2, false));
    let many: Vec<_> = (0..u128::from(TAG_VALUE_COUNT_MAX))
        .map(|event| tagged(100 + event, "a", &format!("v{event}")))
        .collect();
    apply(ledger, &many);
    let shard = facts();
    assert_eq!((shard.values, shard.others), (TAG_VALUE_COUNT_MAX, 2));
    // A value that the project does not count by name is nobody's question.
    apply_one(ledger, tagged(9000, "fresh", "fresh"));
    let by_value = ledger.issues_by_value(web, "shard");
    let by_value = by_value.expect("a healthy ledger").counts;
    assert!(by_value.iter().all(|(value, _)| value != "fresh"));
}

/// A hidden environment is no choice, until it is shown again.
pub fn environments_are_hidden(ledger: &dyn Ledger) {
    let (web, api) = (project(ledger, "web").id, project(ledger, "api").id);
    apply(
        ledger,
        &[
            of(web, 1, ("a", "1"), 10),
            of(web, 2, ("a", "1"), 20),
            of(web, 3, ("b", "1"), 15),
            of(api, 4, ("a", "1"), 30),
        ],
    );
    let seen = || {
        let found = ledger.environments(web).expect("a healthy ledger");
        let found = found.into_iter();
        found
            .map(|one| (one.name, one.times_seen, one.last_seen, one.is_hidden))
            .collect::<Vec<_>>()
    };
    let row = |name: &str, times, last, is_hidden| (name.to_owned(), times, at(last), is_hidden);
    let expect = [row("a-env", 2, 20, false), row("b-env", 1, 15, false)];
    assert_eq!(seen(), expect);
    ledger.hide_environment(web, "a-env", true).expect("hidden");
    assert_eq!(
        seen(),
        [row("a-env", 2, 20, true), row("b-env", 1, 15, false)]
    );
    let choices = |project| {
        let values = ledger.tag_values(project, "environment", 10);
        let values = values.expect("a healthy ledger").into_iter();
        values.map(|value| value.value).collect::<Vec<_>>()
    };
    assert_eq!(choices(web), ["b-env"]);
    assert_eq!(choices(api), ["a-env"], "of another project");
    ledger.hide_environment(web, "a-env", false).expect("shown");
    assert_eq!(seen(), expect);
    let unknown = ledger.hide_environment(web, "nowhere", true);
    assert!(matches!(unknown, Err(StoreError::Missing { .. })));
}
