//! What the page of an event is made of.

use super::*;
use serde_json::json;
use watchpost_model::{EventId, Explanation, IssueId, Message, ProjectId, SeedRecord};

fn body(change: impl FnOnce(&mut Event)) -> Body {
    let mut event = Event::empty(EventId(7), Timestamp::from_secs(1_000));
    change(&mut event);
    let archived = ArchivedEvent {
        project: ProjectId(1),
        issue: IssueId(1),
        event,
        title: "title".into(),
        explanation: Explanation::default(),
    };
    let showing = Showing::default();
    let reading = (Reading::default(), &showing, "");
    Body::new(&archived, reading, Timestamp::from_secs(2_000))
}

#[test]
fn an_empty_event_has_no_parts() {
    let body = body(|_| ());
    assert_eq!(body.parts(), []);
    assert_eq!(body.facts, [Pair::new("Platform", "other")]);
}

#[test]
fn keys_with_an_underscore_are_hidden() {
    let body = body(|event| {
        event.extra.insert("_hidden".into(), json!(1));
        event.extra.insert("shown".into(), json!(2));
    });
    assert_eq!(body.extra, [Pair::new("shown", "2")]);
}

#[test]
fn a_message_that_the_exception_says_too_is_shown_once() {
    let text = || Some("boom".to_owned());
    let said = |value: Option<String>| {
        body(|event| {
            event.message = Some(Message {
                formatted: "boom".into(),
                ..Message::default()
            });
            event.exceptions.push(watchpost_model::Exception {
                value,
                ..watchpost_model::Exception::default()
            });
        })
    };
    assert!(said(text()).message.is_none());
    assert!(said(None).message.is_some());
}

#[test]
fn a_record_of_2010_says_its_version() {
    let body = body(|event| {
        event.site = Some("EU".into());
        event.seed = Some(SeedRecord {
            package: Some(("shop".into(), "2.4.1".into())),
            ..SeedRecord::default()
        });
    });
    assert!(body.facts.contains(&Pair::new("Version", "shop 2.4.1")));
    assert!(body.facts.contains(&Pair::new("Site", "EU")));
}
