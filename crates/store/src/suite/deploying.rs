//! Commits and deploys of releases: replaced or added, bounded, and of their project only.

use super::{at, project};
use crate::limits::{COMMIT_COUNT_MAX, COMMIT_MESSAGE_BYTES_MAX, DEPLOY_COUNT_MAX};
use crate::{Commit, Deploy, Ledger, ReleaseChange, StoreError};

fn commit(id: &str) -> Commit {
    Commit {
        id: id.to_owned(),
        repository: Some("acme/shop".to_owned()),
        author_name: Some("Ada".to_owned()),
        author_email: Some("ada@example.org".to_owned()),
        at: Some(at(7)),
        message: format!("Mend {id}"),
    }
}

fn deploy(environment: &str, secs: i64) -> Deploy {
    Deploy {
        id: 0,
        environment: environment.to_owned(),
        name: None,
        url: Some("https://ci.example/7".to_owned()),
        started: Some(at(secs - 5)),
        finished: at(secs),
    }
}

/// Makes releases known, one after the other.
fn name(ledger: &dyn Ledger, project: watchpost_model::ProjectId, versions: &[&str]) {
    for (place, version) in (1..).zip(versions) {
        let change = ReleaseChange {
            released: Some(at(100 * place)),
            is_ignored: None,
        };
        let named = ledger.put_release(project, version, &change, at(100 * place));
        named.expect("a healthy ledger");
    }
}

/// Commits are those that were said last, and are found from the release after.
pub fn commits_are_kept(ledger: &dyn Ledger) {
    let (web, api) = (project(ledger, "web").id, project(ledger, "api").id);
    name(ledger, web, &["1.0", "1.1", "1.2"]);
    name(ledger, api, &["1.0"]);
    let put = |version: &str, commits: &[Commit]| {
        let put = ledger.put_commits(web, version, commits);
        put.expect("a healthy ledger");
    };
    put("1.0", &[commit("gone")]);
    put("1.0", &[commit("b"), commit("a")]);
    let found = ledger.commits(web, "1.0").expect("a healthy ledger");
    assert_eq!(found, [commit("b"), commit("a")]);
    assert_eq!(ledger.commits(api, "1.0").expect("a healthy ledger"), []);
    let before = |version: &str| {
        let found = ledger.before_with_commits(web, version);
        let found = found.expect("a healthy ledger");
        found.map(|(version, commit)| (version, commit.id))
    };
    let one = Some(("1.0".to_owned(), "b".to_owned()));
    assert_eq!(before("1.2"), one);
    assert_eq!(before("not yet known"), one);
    assert_eq!(before("1.0"), None);
    put("1.0", &[]);
    assert_eq!(before("1.2"), None);
    let long = Commit {
        message: "ü".repeat(COMMIT_MESSAGE_BYTES_MAX),
        ..commit("long")
    };
    put("1.1", &vec![long; COMMIT_COUNT_MAX + 3]);
    let kept = ledger.commits(web, "1.1").expect("a healthy ledger");
    assert_eq!(kept.len(), COMMIT_COUNT_MAX);
    assert_eq!(kept[0].message.len(), COMMIT_MESSAGE_BYTES_MAX);
    let unknown = ledger.put_commits(web, "9.9", &[]);
    assert!(matches!(unknown, Err(StoreError::Missing { .. })));
}

/// Deploys are added, the latest first; too many push out the oldest.
pub fn deploys_are_kept(ledger: &dyn Ledger) {
    let (web, api) = (project(ledger, "web").id, project(ledger, "api").id);
    name(ledger, web, &["1.0"]);
    name(ledger, api, &["1.0"]);
    let add = |deploy: &Deploy| {
        let added = ledger.add_deploy(web, "1.0", deploy);
        added.expect("a healthy ledger")
    };
    let late = add(&deploy("production", 20));
    let early = add(&deploy("staging", 10));
    assert_eq!(
        late,
        Deploy {
            id: late.id,
            ..deploy("production", 20)
        }
    );
    let found = ledger.deploys(web, "1.0").expect("a healthy ledger");
    assert_eq!(found, [late, early]);
    assert_eq!(ledger.deploys(api, "1.0").expect("a healthy ledger"), []);
    assert_eq!(ledger.deploys(web, "9.9").expect("a healthy ledger"), []);
    for _ in 0..DEPLOY_COUNT_MAX - 1 {
        add(&deploy("canary", 30));
    }
    let found = ledger.deploys(web, "1.0").expect("a healthy ledger");
    assert_eq!(found.len(), DEPLOY_COUNT_MAX);
    assert!(found.iter().all(|deploy| deploy.environment != "staging"));
    let unknown = ledger.add_deploy(web, "9.9", &deploy("production", 1));
    assert!(matches!(unknown, Err(StoreError::Missing { .. })));
}
