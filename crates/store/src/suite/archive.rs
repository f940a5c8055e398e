//! What keeping events must do: bodies, scopes, forgetting.

use std::thread;

use watchpost_model::{
    Component, EventId, Explanation, IssueId, Level, ProjectId, UserContext, Variant,
};

use super::{archived, at, fill, grouped};
use crate::{Archive, ArchivedEvent, Cursor, EventFilter, EventSummary, Freed, Neighbours, Page};

pub(super) const WEB: ProjectId = ProjectId(1);
pub(super) const API: ProjectId = ProjectId(2);
pub(super) const BOOM: IssueId = IssueId(10);
pub(super) const BANG: IssueId = IssueId(11);

pub(super) fn event(project: ProjectId, issue: IssueId, id: u128, secs: i64) -> ArchivedEvent {
    archived(issue, grouped(project, id, &format!("event {id}"), secs))
}

pub(super) fn append(archive: &dyn Archive, batch: &[ArchivedEvent]) {
    archive.append(batch).expect("a healthy archive keeps");
}

pub(super) fn list(archive: &dyn Archive, project: ProjectId, filter: &EventFilter) -> Vec<u128> {
    ids(&page(archive, project, filter, None, 100))
}

pub(super) fn page(
    archive: &dyn Archive,
    project: ProjectId,
    filter: &EventFilter,
    cursor: Option<&Cursor>,
    limit: usize,
) -> Page<EventSummary> {
    let page = archive.events(project, filter, cursor, limit);
    page.expect("a healthy archive lists")
}

pub(super) fn ids(page: &Page<EventSummary>) -> Vec<u128> {
    page.rows.iter().map(|summary| summary.event.0).collect()
}

pub(super) fn of_issue(issue: IssueId) -> EventFilter {
    EventFilter {
        issue: Some(issue),
        ..EventFilter::default()
    }
}

fn filled(id: u128) -> ArchivedEvent {
    let mut archived = event(WEB, BOOM, id, 20);
    let event = &mut archived.event;
    event.timestamp = at(10);
    event.level = Level::Warning;
    fill(event);
    event.user = Some(UserContext {
        username: Some("jo".to_owned()),
        ..UserContext::default()
    });
    event.extra.insert(
        "größe \0 \"x\"".to_owned(),
        serde_json::json!([1, 2.5, null]),
    );
    archived.explanation = explanation();
    archived
}

/// One with something in every part.
fn explanation() -> Explanation {
    let component = Component {
        name: "type".into(),
        contributes: false,
        values: vec!["größe".to_owned()],
        hint: Some("made up".into()),
        components: Vec::new(),
    };
    let variant = Variant {
        name: "app".to_owned(),
        hash: "00".repeat(16),
        components: vec![component],
    };
    Explanation {
        variants: vec![variant],
        ..Explanation::of_lines(2, vec!["first".to_owned(), "second".to_owned()])
    }
}

/// Body, explanation and every column of lists.
pub fn an_event_reads_back_whole(archive: &dyn Archive) {
    let full = filled(7);
    let mut huge = event(WEB, BOOM, 8, 30);
    huge.event
        .extra
        .insert("blob".to_owned(), "x".repeat(900_000).into());
    append(archive, &[full.clone(), huge.clone()]);
    assert_eq!(
        archive.event(WEB, EventId(7)).expect("an archive"),
        Some(full)
    );
    assert_eq!(
        archive.event(WEB, EventId(8)).expect("an archive"),
        Some(huge)
    );
    assert_eq!(archive.event(WEB, EventId(9)).expect("an archive"), None);
    let expect = EventSummary {
        project: WEB,
        issue: BOOM,
        event: EventId(7),
        timestamp: at(10),
        received: at(20),
        level: Level::Warning,
        title: "event 7".to_owned(),
        logger: "shop".to_owned(),
        server_name: "web-1".to_owned(),
        site: "shop.example".to_owned(),
        url: "http://shop.example/cart".to_owned(),
        user: "jo".to_owned(),
        release: "2.4.1".to_owned(),
        environment: "production".to_owned(),
    };
    let rows = page(archive, WEB, &EventFilter::default(), None, 10).rows;
    assert_eq!(rows.get(1), Some(&expect));
    assert_eq!(archive.check().expect("an archive"), Vec::<String>::new());
}

/// A replay after a crash keeps what was kept, whatever it says now.
pub fn i18_same_event_twice_is_kept_once(archive: &dyn Archive) {
    let first = event(WEB, BOOM, 7, 10);
    append(archive, &[first.clone(), first.clone()]);
    append(archive, &[event(WEB, BOOM, 7, 99), event(WEB, BANG, 8, 99)]);
    append(archive, &[]);
    assert_eq!(archive.count().expect("an archive"), 2);
    assert_eq!(
        archive.event(WEB, EventId(7)).expect("an archive"),
        Some(first)
    );
    append(archive, &[event(API, BOOM, 7, 10)]);
    assert_eq!(
        archive.count().expect("an archive"),
        3,
        "ids are unique per project only"
    );
}

/// The scope is part of every question.
pub fn w10_events_of_another_project_are_invisible(archive: &dyn Archive) {
    append(archive, &[event(WEB, BOOM, 7, 10)]);
    let id = EventId(7);
    assert_eq!(archive.event(API, id).expect("an archive"), None);
    assert_eq!(list(archive, API, &EventFilter::default()), []);
    assert_eq!(list(archive, API, &of_issue(BOOM)), []);
    assert_eq!(archive.latest(API, BOOM).expect("an archive"), None);
    assert_eq!(archive.oldest(API, BOOM).expect("an archive"), None);
    let around = archive.neighbours(API, &[BOOM], id).expect("an archive");
    assert_eq!(around, Neighbours::default());
    assert_eq!(
        archive.delete_issues(API, &[BOOM]).expect("an archive"),
        Freed::default()
    );
    assert_eq!(
        archive
            .delete_before(API, at(999), None)
            .expect("an archive"),
        Freed::default()
    );
    let find = |projects: &[ProjectId]| archive.find(projects, id).expect("an archive");
    assert_eq!(find(&[API]), []);
    assert_eq!(find(&[]), []);
    assert_eq!(find(&[API, WEB]), [(WEB, BOOM)]);
    append(archive, &[event(API, BANG, 7, 20)]);
    assert_eq!(
        find(&[WEB, API]),
        [(API, BANG), (WEB, BOOM)],
        "the newest first"
    );
}

/// Texts of a filter are values.
pub fn w26_texts_never_become_sql(archive: &dyn Archive) {
    for (id, text) in (0..).zip(["' OR 1=1 --", "%", "\"; DROP TABLE event; --", "*"]) {
        let mut hostile = event(WEB, BOOM, id, 10);
        hostile.event.logger = Some(text.to_owned());
        hostile.event.site = Some(text.to_owned());
        append(archive, &[hostile]);
        let (logger, site) = (Some(text.to_owned()), Some(text.to_owned()));
        let base = EventFilter::default;
        assert_eq!(list(archive, WEB, &EventFilter { logger, ..base() }), [id]);
        assert_eq!(list(archive, WEB, &EventFilter { site, ..base() }), [id]);
    }
    assert_eq!(archive.count().expect("an archive"), 4);
}

/// In more steps than one; the border itself stays.
pub fn old_events_are_forgotten(archive: &dyn Archive) {
    let batch: Vec<_> = (0..1300)
        .map(|id| event(WEB, BOOM, id, i64::try_from(id).unwrap_or(0)))
        .collect();
    append(archive, &batch);
    append(archive, &[event(API, BOOM, 9999, 1)]);
    let delete = || {
        archive
            .delete_before(WEB, at(1200), None)
            .expect("an archive")
            .events
    };
    assert_eq!(delete(), 1200);
    assert_eq!(delete(), 0);
    assert_eq!(archive.count().expect("an archive"), 101);
    assert_eq!(archive.event(WEB, EventId(1199)).expect("an archive"), None);
    assert!(
        archive
            .event(WEB, EventId(1200))
            .expect("an archive")
            .is_some()
    );
    assert!(
        archive
            .event(API, EventId(9999))
            .expect("an archive")
            .is_some()
    );
}

/// `cleanup --logger`: what others reported stays.
pub fn old_events_of_one_logger_are_forgotten(archive: &dyn Archive) {
    let batch: Vec<_> = (0..1300)
        .map(|id| {
            let mut archived = event(WEB, BOOM, id, 10);
            archived.event.logger = (id % 2 == 0).then(|| "noise".to_owned());
            archived
        })
        .collect();
    append(archive, &batch);
    let deleted = archive.delete_before(WEB, at(11), Some("noise"));
    assert_eq!(deleted.expect("an archive").events, 650);
    assert_eq!(archive.count().expect("an archive"), 650);
}

/// After the ledger forgot them.
pub fn events_of_issues_are_forgotten(archive: &dyn Archive) {
    let batch: Vec<_> = (0..1300)
        .map(|id| event(WEB, [BOOM, BANG][usize::from(id < 1200)], id, 10))
        .collect();
    append(archive, &batch);
    let deleted = archive.delete_issues(WEB, &[BANG, IssueId(99)]);
    assert_eq!(deleted.expect("an archive").events, 1200);
    assert_eq!(list(archive, WEB, &of_issue(BANG)), []);
    assert_eq!(list(archive, WEB, &of_issue(BOOM)).len(), 100);
}

/// Workers keep at the same time while people read.
pub fn appending_from_many_threads(archive: &dyn Archive) {
    thread::scope(|scope| {
        for worker in 0..4_u128 {
            scope.spawn(move || {
                for step in 0..10_u128 {
                    let first = worker * 1000 + step * 10;
                    let batch: Vec<_> = (first..first + 10)
                        .map(|id| event(WEB, BOOM, id, 10))
                        .collect();
                    append(archive, &batch);
                    list(archive, WEB, &of_issue(BOOM));
                }
            });
        }
    });
    assert_eq!(archive.count().expect("an archive"), 400);
}
