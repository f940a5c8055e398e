//! What every engine must do, whatever is below: a rule is added here once and binds them all.
//!
//! An engine runs a suite with one line in its tests: `ledger_suite!(sqlite, temp_ledger());`.
//! Cases have ids of the threat list. Other rooms test on [`temp_ledger`] and its sisters.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a suite is test code"
)]

use std::ops::Deref;
use std::sync::atomic::{AtomicU64, Ordering};

use sha2::{Digest, Sha256};
use tempfile::TempDir;
use watchpost_model::{
    Applied, Change, Event, EventId, Explanation, Grouped, GroupingHash, Issue, IssueId, KeyId,
    Message, Project, ProjectId, Request, Timestamp,
};

use crate::files::FileBlobs;
use crate::sqlite::{ArchiveOptions, SqliteArchive, SqliteLedger};
use crate::{ArchivedEvent, Cleanup, Filing, IssueQuery, Ledger, NewProject, StoreError};

pub mod archive;
pub mod blobs;
pub mod counting;
pub mod filing;
pub mod finding;
pub mod keeping;
pub mod listing;
pub mod people;
pub mod projects;
pub mod rules;
pub mod searching;
pub mod settling;
pub mod upkeep;

/// A store in a folder of its own, which goes when this goes.
pub struct Temp<T> {
    store: T,
    dir: TempDir,
}

impl<T> Temp<T> {
    /// Opens a store in a new folder.
    pub fn new<E: std::fmt::Debug>(open: impl FnOnce(&std::path::Path) -> Result<T, E>) -> Self {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let store = open(dir.path()).expect("a store in an empty folder");
        Self { store, dir }
    }

    /// The folder.
    pub fn path(&self) -> &std::path::Path {
        self.dir.path()
    }

    /// Closes the store but keeps its folder.
    pub fn close(self) -> TempDir {
        self.dir
    }
}

impl<T> Deref for Temp<T> {
    type Target = T;
    fn deref(&self) -> &T {
        &self.store
    }
}

/// An empty ledger.
pub fn temp_ledger() -> Temp<SqliteLedger> {
    Temp::new(|dir| SqliteLedger::open(&dir.join("ledger.sqlite")))
}

/// An empty archive.
pub fn temp_archive() -> Temp<SqliteArchive> {
    Temp::new(|dir| SqliteArchive::open(&dir.join("archive")))
}

/// An empty archive whose partitions end after a few events.
pub fn temp_archive_in_parts() -> Temp<SqliteArchive> {
    let options = ArchiveOptions {
        event_count_max: 3,
        ..ArchiveOptions::default()
    };
    Temp::new(|dir| SqliteArchive::open_with(&dir.join("archive"), options))
}

/// An empty place for blobs.
pub fn temp_blobs() -> Temp<FileBlobs> {
    Temp::new(FileBlobs::open)
}

/// A moment, in seconds since the epoch.
pub fn at(secs: i64) -> Timestamp {
    Timestamp::from_secs(secs)
}

/// A new project `slug` in the organization `acme`, which is made if it is missing.
pub fn project(ledger: &dyn Ledger, slug: &str) -> Project {
    let org = ledger.org("acme").expect("a healthy ledger");
    let org = org.unwrap_or_else(|| {
        let made = ledger.create_org("acme", "Acme", at(0));
        made.expect("a new organization")
    });
    let new = NewProject {
        org: org.id,
        slug,
        name: slug,
        platform: None,
    };
    ledger.create_project(&new, at(0)).expect("a new project")
}

/// A grouping key made of any text.
pub fn hash(name: &str) -> GroupingHash {
    let digest = Sha256::digest(name.as_bytes());
    let mut half = [0; 16];
    half.iter_mut()
        .zip(digest)
        .for_each(|(to, from)| *to = from);
    GroupingHash {
        version: 1,
        digest: half,
    }
}

/// An event ready to be filed: its one key and its title are `name`, it happened and was received
/// at second `secs`.
pub fn grouped(project: ProjectId, event: u128, name: &str, secs: i64) -> Grouped {
    let mut body = Event::empty(EventId(event), at(secs));
    body.message = Some(Message {
        formatted: name.to_owned(),
        ..Message::default()
    });
    Grouped {
        project,
        key: KeyId(1),
        event: body,
        hashes: vec![hash(name)],
        previous: Vec::new(),
        explanation: Explanation::of_lines(0, vec![format!("message: {name}")]),
        title: name.to_owned(),
        kind: String::new(),
        value: name.to_owned(),
        culprit: String::new(),
    }
}

/// The same event, filed under `issue` and ready to be kept.
pub fn archived(issue: IssueId, grouped: Grouped) -> ArchivedEvent {
    ArchivedEvent {
        project: grouped.project,
        issue,
        event: grouped.event,
        title: grouped.title,
        explanation: grouped.explanation,
    }
}

/// Events as the next records of the spool, none of which the archive knows.
pub fn filings(batch: &[Grouped]) -> Vec<Filing> {
    static SPOOLED: AtomicU64 = AtomicU64::new(1);
    let filing = |grouped: &Grouped| Filing {
        spooled: Some(SPOOLED.fetch_add(1, Ordering::Relaxed)),
        ..Filing::new(grouped.clone())
    };
    batch.iter().map(filing).collect()
}

/// Files a batch; the answers.
pub fn apply(ledger: &dyn Ledger, batch: &[Grouped]) -> Vec<Applied> {
    let applied = ledger.apply(&filings(batch), &[]);
    applied.expect("a healthy ledger files")
}

/// Files one event; the answer.
pub fn apply_one(ledger: &dyn Ledger, grouped: Grouped) -> Applied {
    let mut applied = apply(ledger, &[grouped]);
    assert_eq!(applied.len(), 1, "one answer per event");
    applied.remove(0)
}

/// What the answers say became of the events.
fn changes(applied: &[Applied]) -> Vec<Change> {
    applied.iter().map(|applied| applied.change).collect()
}

/// What a refusal says.
fn message<T: std::fmt::Debug>(result: Result<T, StoreError>) -> String {
    result.expect_err("a refusal").to_string()
}

/// Forgets what a project last saw before second `before`; the forgotten issues in order.
fn forget(
    ledger: &dyn Ledger,
    project: ProjectId,
    before: i64,
    logger: Option<&str>,
) -> Vec<IssueId> {
    let what = Cleanup {
        project,
        before: at(before),
        logger,
    };
    let mut issues = ledger.cleanup(&what).expect("a healthy ledger").issues;
    issues.sort();
    issues
}

/// Gives an event a value in every field that is listed and counted, but for its user.
fn fill(event: &mut Event) {
    event.logger = Some("shop".to_owned());
    event.server_name = Some("web-1".to_owned());
    event.site = Some("shop.example".to_owned());
    event.release = Some("2.4.1".to_owned());
    event.environment = Some("production".to_owned());
    event.request = Some(Request {
        url: Some("http://shop.example/cart".to_owned()),
        ..Request::default()
    });
}

/// An issue that is there.
pub fn issue(ledger: &dyn Ledger, project: ProjectId, id: IssueId) -> Issue {
    let issue = ledger.issue(project, id).expect("a healthy ledger");
    issue.expect("the issue is there")
}

/// Up to 100 issues of a project, the latest event first.
pub fn all(ledger: &dyn Ledger, project: ProjectId) -> Vec<Issue> {
    let query = IssueQuery {
        limit: 100,
        ..IssueQuery::all(project)
    };
    ledger.find_issues(&query).expect("a healthy ledger").rows
}

/// Everything that a [`crate::Ledger`] must do; see the file.
#[macro_export]
macro_rules! ledger_suite {
    ($name:ident, $open:expr) => {
        mod $name {
            use super::*;
            $crate::suite_cases!($open, filing:
                i18_same_event_twice_counts_once,
                i18_same_event_in_two_projects_counts_in_both,
                i18_same_event_from_many_threads_counts_once,
                one_batch_new_repeated_duplicate,
                a_batch_of_several_projects,
                an_unknown_project_files_nothing,
                keys_lead_to_one_issue,
                keys_of_another_version_do_not_match,
                numbers_count_per_project,
                the_first_event_names_the_issue,
                an_event_brings_a_resolved_issue_back,
                times_come_from_events,
                a_new_key_from_two_threads_makes_one_issue,
            );
            $crate::suite_cases!($open, settling:
                i18_a_settled_event_is_known_by_the_archive,
                i18_duplicates_are_counted_as_such_and_replays_are_not,
                i18_a_settled_event_of_another_project_is_new,
                f01_an_event_that_never_reached_the_archive_is_not_counted_again,
                f01_records_that_were_set_aside_are_counted_once,
                f23_what_the_archive_cannot_take_is_quarantined_until_it_is_settled,
                f23_a_replay_that_the_archive_cannot_take_counts_nothing_twice,
                f23_what_the_archive_cannot_take_is_moved_within_its_hour_and_day,
                f01_another_spool_begins_anew,
                an_event_of_a_forgotten_issue_is_new_although_the_archive_has_it,
                leftovers_are_listed_and_settled,
                outcomes_are_counted_with_the_events,
            );
            $crate::suite_cases!($open, upkeep:
                i31_new_issues_are_bounded_per_project_and_hour,
                i31_a_replay_of_a_flood_decides_the_same,
                i31_a_clock_that_was_set_back_blocks_nobody,
                i32_many_values_take_little_room,
                i32_words_of_clients_are_bounded,
                old_outcomes_are_trimmed,
                old_hours_are_trimmed,
                the_clock_watch_is_remembered,
                cleanup_takes_tags_out_of_the_project,
                cleanup_takes_what_was_not_counted_by_name,
            );
            $crate::suite_cases!($open, counting:
                counts_are_exact_from_many_threads,
                i32_values_of_tags_are_bounded,
                i32_keys_of_tags_are_bounded,
                tags_and_fields_are_counted,
                hours_are_counted,
                cleanup_forgets_what_is_old,
                cleanup_of_one_logger,
                an_event_of_a_forgotten_issue_is_new_again,
            );
            $crate::suite_cases!($open, finding:
                w10_issues_of_another_project_are_invisible,
                w26_texts_never_become_sql,
                sorts, filters,
                words_are_looked_for_in_title_and_culprit,
                paging_is_stable_while_issues_arrive,
                paging_goes_through_every_order,
                cursors_of_others_are_refused,
                limits_are_capped,
                status_is_set_and_counted,
            );
            $crate::suite_cases!($open, projects:
                organizations,
                projects_of_an_organization,
                keys_of_a_project,
                quotas_of_a_key,
                the_key_generation_grows_with_each_change,
                outcomes_add_up,
                outcomes_saturate,
                outcomes_are_summed,
                outcomes_of_no_project_are_summed,
                w10_keys_are_switched_within_their_project_only,
            );
            $crate::suite_cases!($open, people:
                users, sessions_end, tokens,
                a_new_password_ends_all_sessions,
                sessions_of_a_person_are_bounded,
                a_setup_link_works_once,
                a_newer_setup_link_replaces_the_older,
                a_setup_link_makes_one_user_of_many_threads,
            );
        }
    };
}

/// Everything that a [`crate::Archive`] must do; see the file.
#[macro_export]
macro_rules! archive_suite {
    ($name:ident, $open:expr) => {
        mod $name {
            use super::*;
            $crate::suite_cases!($open, archive:
                an_event_reads_back_whole,
                i18_same_event_twice_is_kept_once,
                w10_events_of_another_project_are_invisible,
                w26_texts_never_become_sql,
                old_events_are_forgotten,
                old_events_of_one_logger_are_forgotten,
                events_of_issues_are_forgotten,
                appending_from_many_threads,
            );
            $crate::suite_cases!($open, keeping:
                known_events_are_recognised,
                an_event_is_where_it_was_kept_last,
                usage_is_counted_by_project,
                what_is_too_old_goes,
                what_is_too_much_goes_oldest_first,
                asking_while_events_are_kept_and_forgotten,
            );
            $crate::suite_cases!($open, listing:
                lists_show_the_newest_first,
                lists_filter,
                paging_is_stable_while_events_arrive,
                cursors_of_others_are_refused,
                neighbours_of_an_event,
                oldest_and_latest,
            );
        }
    };
}

/// Everything that a [`crate::Blobs`] must do; see the file.
#[macro_export]
macro_rules! blobs_suite {
    ($name:ident, $open:expr) => {
        mod $name {
            use super::*;
            $crate::suite_cases!($open, blobs:
                bytes_read_back,
                the_same_bytes_are_kept_once,
                an_unknown_blob_is_none,
                a_deleted_blob_is_gone,
                putting_from_many_threads,
            );
        }
    };
}

/// One test per case of a module of the suite.
#[macro_export]
#[doc(hidden)]
macro_rules! suite_cases {
    ($open:expr, $module:ident: $($case:ident,)+) => {
        mod $module {
            use super::*;
            $(
                #[test]
                fn $case() {
                    let store = $open;
                    $crate::suite::$module::$case(&*store);
                }
            )+
        }
    };
}
