//! Both files together: crashes between and within their transactions, several processes.
//!
//! The child processes are this test program itself, asked for one test by name.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::Duration;

use rusqlite::Connection;
use watchpost_model::{Change, EventId, Grouped, ProjectId};

use super::patience::tests::{LIMIT, PACE};
use super::{SqliteArchive, SqliteLedger};
use crate::suite::{
    all, archived, at, filings, grouped, project, temp_archive, temp_archive_in_parts, temp_ledger,
};
use crate::{
    Archive, ArchivedEvent, EventFilter, IssueLedger, IssueQuery, Ledger, NewProject, OrgLedger,
    ProjectLedger, Search, StoreError,
};

crate::look_suite!(looking, temp_ledger(), temp_archive());
crate::look_suite!(looking_in_parts, temp_ledger(), temp_archive_in_parts());

/// Events in each batch of a child.
const BATCH: u128 = 20;

fn open(dir: &Path) -> (SqliteLedger, SqliteArchive) {
    let ledger = SqliteLedger::open(&dir.join("ledger.sqlite")).unwrap();
    let archive = SqliteArchive::open(&dir.join("archive")).unwrap();
    (ledger, archive)
}

/// How `SQLite` would answer a question.
pub(super) fn plan(connection: &Connection, sql: &str) -> String {
    let explain = format!("EXPLAIN QUERY PLAN {sql}");
    let mut statement = connection.prepare(&explain).unwrap();
    let values = rusqlite::params_from_iter(vec![1; statement.parameter_count()]);
    let lines = statement.query_map(values, |row| row.get(3)).unwrap();
    let lines: Vec<String> = lines.map(Result::unwrap).collect();
    lines.join("; ")
}

/// What the digest does with a batch, but for the parts that are not about storing.
fn digest(ledger: &SqliteLedger, archive: &SqliteArchive, batch: &[Grouped]) -> Vec<Change> {
    let applied = file(ledger, archive, batch);
    archive.append(&to_keep(&applied, batch)).unwrap();
    applied.iter().map(|applied| applied.change).collect()
}

/// Asks the archive and files, as the digest does.
fn file(
    ledger: &SqliteLedger,
    archive: &SqliteArchive,
    batch: &[Grouped],
) -> Vec<watchpost_model::Applied> {
    let ids: Vec<_> = batch
        .iter()
        .map(|grouped| (grouped.project, grouped.event.event_id))
        .collect();
    let mut filings = filings(batch);
    for (filing, known) in filings.iter_mut().zip(archive.known(&ids).unwrap()) {
        filing.known = known;
    }
    ledger.apply(&filings, &[]).unwrap()
}

fn to_keep(applied: &[watchpost_model::Applied], batch: &[Grouped]) -> Vec<ArchivedEvent> {
    let both = applied.iter().zip(batch);
    both.map(|(applied, grouped)| archived(applied.issue, grouped.clone()))
        .collect()
}

fn batch(project: ProjectId, first: u128) -> Vec<Grouped> {
    let events = first..first + BATCH;
    events
        .map(|event| grouped(project, event, &format!("issue {}", event % 7), 10))
        .collect()
}

/// A search that finds nothing looks at everything.
#[test]
fn searches_end_when_their_time_is_over_and_say_so() {
    let dir = tempfile::tempdir().unwrap();
    let (ledger, archive) = open(dir.path());
    let web = project(&ledger, "web").id;
    let batch: Vec<_> = (0..400)
        .map(|event| grouped(web, event, &format!("issue {event}"), 10))
        .collect();
    digest(&ledger, &archive, &batch);
    let search = Search::parse("message:*nowhere*").unwrap();
    let query = IssueQuery {
        search: search.clone(),
        ..IssueQuery::all(web)
    };
    let filter = EventFilter {
        search,
        ..EventFilter::default()
    };
    let ask = |limit| {
        LIMIT.set(limit);
        let issues = ledger.find_issues(&query).map(|page| page.rows.len());
        let events = archive.events(web, &filter, None, 100);
        let candidates = ledger.candidates(&query, &[]).map(|page| page.rows.len());
        let asked = [issues, events.map(|page| page.rows.len()), candidates];
        LIMIT.set(None);
        asked
    };
    for slow in ask(Some(Duration::ZERO)) {
        assert!(
            matches!(slow, Err(StoreError::Slow { secs: 10 })),
            "{slow:?}"
        );
    }
    for found in ask(None) {
        assert_eq!(found.unwrap(), 0);
    }
}

/// Not for each of its questions; what was found until then is shown, and the next page goes on.
#[test]
fn a_page_of_events_has_one_time_for_all_its_questions() {
    let dir = tempfile::tempdir().unwrap();
    let (ledger, archive) = open(dir.path());
    let web = project(&ledger, "web").id;
    let batch: Vec<_> = (0..400)
        .map(|event| grouped(web, event, "issue", 10))
        .collect();
    digest(&ledger, &archive, &batch);
    let filter = EventFilter {
        search: Search::parse("message:*nowhere*").unwrap(),
        ..EventFilter::default()
    };
    let (mut cursor, mut pages) = (None, 0);
    loop {
        PACE.set(Duration::from_secs(6));
        let page = archive.events(web, &filter, cursor.as_ref(), 100);
        PACE.set(Duration::ZERO);
        let page = page.unwrap();
        (cursor, pages) = (page.next, pages + 1);
        assert_eq!(page.rows, []);
        if cursor.is_none() {
            break;
        }
    }
    // Of 100 events each.
    assert_eq!(pages, 4);
}

#[test]
fn f01_a_crash_between_the_files_replays_harmlessly() {
    let dir = tempfile::tempdir().unwrap();
    let (ledger, archive) = open(dir.path());
    let web = project(&ledger, "web").id;
    let batch = batch(web, 0);
    file(&ledger, &archive, &batch);
    drop((ledger, archive));
    // Nothing was committed to the spool, so the batch comes again.
    let (ledger, archive) = open(dir.path());
    let before = all(&ledger, web);
    let changes = digest(&ledger, &archive, &batch);
    assert!(changes.iter().all(|change| *change == Change::Duplicate));
    assert_eq!(all(&ledger, web), before);
    assert_eq!(archive.count().unwrap(), 20);
    for grouped in &batch {
        let found = archive.event(web, grouped.event.event_id).unwrap().unwrap();
        let issue = ledger.issue(web, found.issue).unwrap().unwrap();
        assert_eq!(issue.title, grouped.title);
    }
    // And once more, after both files were written.
    digest(&ledger, &archive, &batch);
    assert_eq!(archive.count().unwrap(), 20);
}

#[test]
fn everything_is_there_after_reopening() {
    let dir = tempfile::tempdir().unwrap();
    let (ledger, archive) = open(dir.path());
    let web = project(&ledger, "web").id;
    digest(&ledger, &archive, &batch(web, 0));
    let before = all(&ledger, web);
    drop((ledger, archive));
    let (ledger, archive) = open(dir.path());
    assert_eq!(all(&ledger, web), before);
    assert_eq!(archive.count().unwrap(), 20);
    let next = file(&ledger, &archive, &[grouped(web, 99, "another", 20)]);
    let issue = ledger.issue(web, next[0].issue).unwrap().unwrap();
    assert_eq!(issue.number, 8, "numbers go on");
}

/// Not a test of its own: what a child does when a test starts it. Says each batch that is on
/// disk, until it is killed or told to stop.
#[test]
fn child_digests() {
    let Some(dir) = std::env::var_os("WATCHPOST_TEST_CHILD_DIR") else {
        return;
    };
    let first = std::env::var_os("WATCHPOST_TEST_CHILD_FIRST").unwrap();
    let first: u128 = first.to_str().unwrap().parse().unwrap();
    let (ledger, archive) = open(Path::new(&dir));
    let web = ledger.project_by_id(ProjectId(1)).unwrap().unwrap().id;
    for start in (first..first + 1_000_000).step_by(20) {
        digest(&ledger, &archive, &batch(web, start));
        // Not `println!`: the test program would keep it to itself.
        let mut out = std::io::stdout().lock();
        if writeln!(out, "on disk {start}")
            .and_then(|()| out.flush())
            .is_err()
        {
            return;
        }
    }
}

struct Digester {
    child: Child,
    lines: std::io::Lines<BufReader<ChildStdout>>,
}

impl Digester {
    fn start(dir: &Path, first: u128) -> Self {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args([
                "--exact",
                "sqlite::tests::child_digests",
                "--nocapture",
                "--quiet",
            ])
            .env("WATCHPOST_TEST_CHILD_DIR", dir)
            .env("WATCHPOST_TEST_CHILD_FIRST", first.to_string())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        Self { child, lines }
    }

    /// Waits for so many batches; their first events.
    fn batches(&mut self, count: usize) -> Vec<u128> {
        let starts = self.said(count);
        assert_eq!(starts.len(), count, "the child stopped early");
        starts
    }

    fn said(&mut self, count: usize) -> Vec<u128> {
        let starts = self.lines.by_ref().filter_map(|line| {
            let line = line.unwrap();
            line.strip_prefix("on disk ")?.parse().ok()
        });
        starts.take(count).collect()
    }

    /// Kills it in the middle of whatever it does; what it had said until then.
    fn kill(mut self) -> Vec<u128> {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
        self.said(usize::MAX)
    }
}

fn assert_whole(ledger: &SqliteLedger, archive: &SqliteArchive, on_disk: &[u128]) {
    let web = ProjectId(1);
    assert_eq!(Ledger::check(ledger).unwrap(), Vec::<String>::new());
    assert_eq!(Archive::check(archive).unwrap(), Vec::<String>::new());
    for start in on_disk {
        for event in *start..*start + BATCH {
            let found = archive.event(web, EventId(event)).unwrap();
            assert!(found.is_some(), "event {event} was said to be on disk");
        }
    }
    let counted: u64 = all(ledger, web).iter().map(|issue| issue.times_seen).sum();
    let kept = archive.count().unwrap();
    // The ledger comes first, so it may be ahead by the one batch that was cut off.
    assert!(
        counted == kept || counted == kept + 20,
        "{counted} counted, {kept} kept"
    );
}

#[test]
fn f01_killed_while_digesting() {
    let dir = tempfile::tempdir().unwrap();
    drop(project(&open(dir.path()).0, "web"));
    let mut on_disk = Vec::new();
    for round in 0..5 {
        let first = u128::from(round * 1_000_000_u32);
        let mut digester = Digester::start(dir.path(), first);
        on_disk.extend(digester.batches(1 + 3 * round as usize));
        on_disk.extend(digester.kill());
        let (ledger, archive) = open(dir.path());
        assert_whole(&ledger, &archive, &on_disk);
        // The spool still holds what was cut off: after its replay both agree.
        let last = on_disk
            .iter()
            .filter(|start| **start >= first)
            .max()
            .unwrap();
        digest(&ledger, &archive, &batch(ProjectId(1), *last));
        digest(&ledger, &archive, &batch(ProjectId(1), last + BATCH));
        let counted: u64 = all(&ledger, ProjectId(1))
            .iter()
            .map(|issue| issue.times_seen)
            .sum();
        assert_eq!(counted, archive.count().unwrap());
        on_disk.push(last + BATCH);
    }
}

#[test]
fn two_processes_write_the_same_files() {
    let dir = tempfile::tempdir().unwrap();
    let (ledger, archive) = open(dir.path());
    let web = project(&ledger, "web");
    let mut digester = Digester::start(dir.path(), 1_000_000);
    digester.batches(1);
    let generation = crate::KeyLedger::key_generation(&ledger).unwrap();
    for round in 0..10 {
        digest(&ledger, &archive, &batch(web.id, round * BATCH));
        let new = NewProject {
            org: ledger.orgs().unwrap()[0].id,
            slug: &format!("project-{round}"),
            name: "Made meanwhile",
            platform: None,
        };
        ledger.create_project(&new, at(0)).unwrap();
    }
    digester.batches(5);
    let theirs = digester.kill();
    assert_whole(&ledger, &archive, &theirs);
    assert_eq!(all(&ledger, web.id).len(), 7, "both found the same issues");
    assert!(crate::KeyLedger::key_generation(&ledger).unwrap() > generation);
}
