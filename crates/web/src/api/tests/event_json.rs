//! Events as JSON, and the ways to them.

use serde_json::{Map, Value, json};
use watchpost_model::{
    Breadcrumb, Component, Event, Exception, Explanation, Frame, Message, Remark, RemarkKind,
    Request, Stacktrace, Tag, TemplateSource, Thread, UserContext, Variable, Variant,
};

use super::house::{House, message};

/// Everything an event can have, filled in.
fn fill(event: &mut Event) {
    event.platform = "python".into();
    event.server_name = Some("web-1".into());
    event.release = Some("shop@1.2".into());
    event.culprit = Some("shop.views.cart".into());
    event.message = Some(Message {
        formatted: "no cart 7".into(),
        template: Some("no cart %s".into()),
        params: Some(json!([7])),
    });
    event.exceptions.push(Exception {
        kind: Some("KeyError".into()),
        value: Some("'x'".into()),
        stacktrace: Some(Stacktrace {
            frames: vec![frame(), Frame::default()],
            ..Stacktrace::default()
        }),
        ..Exception::default()
    });
    event.template = Some(TemplateSource {
        filename: Some("cart.html".into()),
        lineno: Some(3),
        context_line: Some("{% oops %}".into()),
        ..TemplateSource::default()
    });
    event.request = Some(Request {
        url: Some("http://shop.test/cart".into()),
        method: Some("POST".into()),
        query_string: vec![("a".into(), "1".into()), ("a".into(), "2".into())],
        headers: vec![("Content-Type".into(), "text/plain".into())],
        ..Request::default()
    });
    event.breadcrumbs.push(Breadcrumb {
        message: Some("clicked".into()),
        ..Breadcrumb::default()
    });
    event.threads.push(Thread {
        id: Some("1".into()),
        crashed: true,
        ..Thread::default()
    });
    event.user = Some(UserContext {
        id: Some("7".into()),
        ..UserContext::default()
    });
    event.tags = vec![tag("colour", "red"), tag("server_name", "named by a tag")];
    event.contexts = object(json!({ "runtime": { "name": "CPython" } }));
    event.extra = object(json!({ "cart": [1, 2] }));
    event
        .remarks
        .push(Remark::new("user.age", RemarkKind::Dropped, "not a number"));
    // Hidden on purpose: no error.
    event
        .remarks
        .push(Remark::new("extra.pin", RemarkKind::Scrubbed, "hidden"));
}

fn frame() -> Frame {
    Frame {
        filename: Some("shop/views.py".into()),
        abs_path: Some("/srv/shop/views.py".into()),
        function: Some("cart".into()),
        lineno: Some(41),
        colno: Some(5),
        pre_context: vec!["def cart():".into()],
        context_line: Some("    return cache['x']".into()),
        post_context: vec![String::new()],
        in_app: Some(true),
        vars: vec![
            Variable {
                name: "z".into(),
                value: json!("1"),
            },
            Variable {
                name: "a".into(),
                value: json!({ "deep": [null] }),
            },
        ],
        ..Frame::default()
    }
}

fn tag(key: &str, value: &str) -> Tag {
    Tag {
        key: key.into(),
        value: value.into(),
    }
}

fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(map) => map,
        other => panic!("{other}"),
    }
}

fn entry<'a>(event: &'a Value, kind: &str) -> &'a Value {
    let entries = event["entries"].as_array().unwrap();
    let found = entries.iter().find(|entry| entry["type"] == kind);
    &found.unwrap_or_else(|| panic!("no {kind} in {entries:?}"))["data"]
}

#[tokio::test]
async fn an_event_in_sentrys_shape() {
    let house = House::new();
    let mut grouped = message(house.project.id, "KeyError: 'x'", 1);
    fill(&mut grouped.event);
    let id = grouped.event.event_id.to_string();
    house.store(grouped);
    let event = house
        .get("/api/0/organizations/acme/issues/1/events/latest/")
        .await
        .good();
    let expect = json!({
        "id": id,
        "eventID": id,
        "groupID": "1",
        "projectID": "1",
        "title": "KeyError: 'x'",
        "message": "no cart 7",
        "type": "error",
        "platform": "python",
        "culprit": "shop.views.cart",
        "dateCreated": "2026-05-04T11:01:00Z",
        "dateReceived": "2026-05-04T11:01:00Z",
        "metadata": { "type": "KeyError", "value": "'x'" },
        "contexts": { "runtime": { "name": "CPython" } },
        "context": { "cart": [1, 2] },
        "release": { "version": "shop@1.2" },
        "previousEventID": null,
        "nextEventID": null,
        "errors": [{
            "type": "invalid_data",
            "message": "not a number",
            "data": { "name": "user.age", "reason": "not a number" },
        }],
        "_watchpost": {
            "remarks": [
                { "path": "user.age", "kind": "dropped", "reason": "not a number" },
                { "path": "extra.pin", "kind": "scrubbed", "reason": "hidden" },
            ],
            "grouping": { "version": 1, "source": "default", "notes": ["by message"] },
        },
    });
    for (field, value) in expect.as_object().unwrap() {
        assert_eq!(event[field], *value, "{field}");
    }
    assert_eq!(event["user"]["id"], "7");
    let tags = event["tags"].as_array().unwrap();
    let named: Vec<_> = tags
        .iter()
        .filter(|tag| tag["key"] == "server_name")
        .collect();
    assert_eq!(
        named,
        [&json!({ "key": "server_name", "value": "named by a tag" })]
    );
    assert!(tags.contains(&json!({ "key": "level", "value": "error" })));
    assert!(tags.contains(&json!({ "key": "user", "value": "id:7" })));
    let why = json!([["invalid_data", { "reason": "not a number" }]]);
    let hidden = json!({ "rem": [["@scrubbing", "s"]] });
    assert_eq!(
        event["_meta"],
        json!({ "user": { "age": { "": { "err": why } } }, "context": { "pin": { "": hidden } } })
    );
}

#[tokio::test]
async fn every_part_of_an_event_is_an_entry() {
    let house = House::new();
    let mut grouped = message(house.project.id, "KeyError: 'x'", 1);
    fill(&mut grouped.event);
    house.store(grouped);
    let answer = house
        .get("/api/0/organizations/acme/issues/1/events/latest/")
        .await;
    let event = answer.good();
    let exception = entry(&event, "exception");
    let frames = &exception["values"][0]["stacktrace"]["frames"];
    let frame = &frames[0];
    assert_eq!(frame["lineNo"], 41);
    assert_eq!(frame["colNo"], 5);
    assert_eq!(frame["absPath"], "/srv/shop/views.py");
    assert_eq!(frame["inApp"], true);
    let lines = json!([[40, "def cart():"], [41, "    return cache['x']"], [42, ""]]);
    assert_eq!(frame["context"], lines);
    assert_eq!(frame["vars"]["a"], json!({ "deep": [null] }));
    assert_eq!(
        (&frames[1]["inApp"], &frames[1]["context"]),
        (&json!(false), &json!([]))
    );
    assert_eq!(exception["hasSystemFrames"], true);
    let text = json!({ "formatted": "no cart 7", "message": "no cart %s", "params": [7] });
    assert_eq!(*entry(&event, "message"), text);
    assert_eq!(
        entry(&event, "template")["context"],
        json!([[3, "{% oops %}"]])
    );
    let request = entry(&event, "request");
    assert_eq!(request["query"], json!([["a", "1"], ["a", "2"]]));
    assert_eq!(request["inferredContentType"], "text/plain");
    assert_eq!(
        entry(&event, "breadcrumbs")["values"][0]["message"],
        "clicked"
    );
    let crumb = &entry(&event, "breadcrumbs")["values"][0];
    assert_eq!(
        (&crumb["type"], &crumb["level"]),
        (&json!("default"), &json!("info"))
    );
    assert_eq!(entry(&event, "threads")["values"][0]["crashed"], true);
}

#[tokio::test]
async fn an_empty_event_has_every_field_too() {
    let house = House::new();
    let mut grouped = message(house.project.id, "nothing", 1);
    grouped.event.message = None;
    house.store(grouped);
    let event = house
        .get("/api/0/organizations/acme/issues/1/events/latest/")
        .await
        .good();
    assert_eq!(
        (&event["message"], &event["type"]),
        (&json!(""), &json!("default"))
    );
    assert_eq!(
        (&event["entries"], &event["culprit"]),
        (&json!([]), &json!(""))
    );
    assert_eq!(event["metadata"], json!({ "title": "nothing" }));
    assert_eq!(event["user"], json!(null));
}

#[tokio::test]
async fn latest_oldest_and_neighbours() {
    let house = House::new();
    let ids = [1, 2, 3].map(|minute| {
        house.say(house.project.id, "boom", minute);
        message(house.project.id, "boom", minute)
            .event
            .event_id
            .to_string()
    });
    let issue = "/api/0/organizations/acme/issues/WEB-1/events/";
    for (name, expect) in [
        ("latest", &ids[2]),
        ("recommended", &ids[2]),
        ("oldest", &ids[0]),
    ] {
        let event = house.get(&format!("{issue}{name}/")).await.good();
        assert_eq!(event["eventID"], **expect, "{name}");
    }
    let middle = house.get(&format!("{issue}{}/", ids[1])).await.good();
    assert_eq!(middle["previousEventID"], ids[0]);
    assert_eq!(middle["nextEventID"], ids[2]);
    let dashed = format!("{issue}{}/", uuid(&ids[1]));
    assert_eq!(house.get(&dashed).await.good()["eventID"], ids[1]);
    // An event of another issue is not one of this.
    house.say(house.project.id, "other", 9);
    let other = message(house.project.id, "other", 9).event.event_id;
    assert_eq!(
        house.get(&format!("{issue}{other}/")).await.refusal().0,
        404
    );
    assert_eq!(house.get(&format!("{issue}newest/")).await.refusal().0, 404);
}

/// The same id with the dashes of a UUID.
fn uuid(id: &str) -> String {
    let digits = id.chars().enumerate();
    let dashed = digits.flat_map(|(place, digit)| {
        let dash = matches!(place, 8 | 12 | 16 | 20).then_some('-');
        dash.into_iter().chain([digit])
    });
    dashed.collect()
}

#[tokio::test]
async fn lists_of_events_and_their_full_form() {
    let house = House::new();
    for minute in 0..5 {
        house.say(house.project.id, "boom", minute);
    }
    house.say(house.project.id, "other", 9);
    let of_issue = "/api/0/issues/1/events/";
    let of_project = "/api/0/projects/acme/web/events/";
    let newest = message(house.project.id, "boom", 4)
        .event
        .event_id
        .to_string();
    let rows = house.get(&format!("{of_issue}?full=False")).await.good();
    assert_eq!(rows.as_array().unwrap().len(), 5);
    let row = &rows[0];
    assert_eq!(
        (&row["eventID"], &row["groupID"]),
        (&json!(newest), &json!("1"))
    );
    assert_eq!(row["title"], "boom");
    assert_eq!(row["dateCreated"], "2026-05-04T11:04:00Z");
    assert_eq!(row["tags"], json!([{ "key": "level", "value": "error" }]));
    assert!(row.get("entries").is_none());
    let full = house
        .get(&format!("{of_issue}?full=true&per_page=2"))
        .await
        .good();
    assert_eq!(
        (full.as_array().unwrap().len(), &full[0]["eventID"]),
        (2, &json!(newest))
    );
    assert_eq!(full[0]["entries"][0]["type"], "message");
    assert_eq!(
        house.get(of_project).await.good().as_array().unwrap().len(),
        6
    );
    let one = house.get(&format!("{of_project}{newest}/")).await.good();
    assert_eq!(one["id"], newest);
}

#[tokio::test]
async fn an_event_is_found_by_its_id_once_it_is_digested() {
    let house = House::new();
    let grouped = message(house.project.id, "boom", 1);
    let id = grouped.event.event_id.to_string();
    let path = format!("/api/0/organizations/acme/eventids/{id}/");
    let missing = (404, "The requested resource does not exist".to_owned());
    assert_eq!(house.get(&path).await.refusal(), missing);
    house.store(grouped);
    let found = house.get(&path).await.good();
    assert_eq!(found["groupId"], "1");
    assert_eq!(found["eventId"], id);
    assert_eq!(
        (&found["organizationSlug"], &found["projectSlug"]),
        (&json!("acme"), &json!("web"))
    );
    assert_eq!(found["event"]["eventID"], id);
    let upper = format!("/api/0/organizations/acme/eventids/{}/", id.to_uppercase());
    assert_eq!(house.get(&upper).await.good()["eventId"], id);
    let foreign = format!("/api/0/organizations/rival/eventids/{id}/");
    assert_eq!(house.get(&foreign).await.refusal(), missing);
}

#[tokio::test]
async fn why_an_event_is_in_its_issue() {
    let house = House::new();
    let part = |name: &str, values: &[&str], components: Vec<Component>| Component {
        name: name.to_owned().into(),
        contributes: true,
        values: values.iter().map(|&value| value.to_owned()).collect(),
        hint: None,
        components,
    };
    let mut grouped = message(house.project.id, "KeyError: 'x'", 1);
    let variant = Variant {
        name: "app".to_owned(),
        hash: "0a".repeat(16),
        components: vec![part(
            "stacktrace",
            &[],
            vec![part("frame", &["shop", "pay"], vec![])],
        )],
    };
    grouped.explanation = Explanation {
        version: 2,
        strategy: "exception".to_owned(),
        variants: vec![variant],
        ..Explanation::default()
    };
    let id = grouped.event.event_id.to_string();
    house.store(grouped);
    let path = format!("/api/0/projects/acme/web/events/{id}/grouping-info/");
    let shown = house.get(&path).await.good();
    assert_eq!(shown["grouping_config"], "watchpost:2");
    let app = &shown["variants"]["app"];
    assert_eq!(
        (&app["hash"], &app["type"]),
        (&json!("0a".repeat(16)), &json!("component"))
    );
    let stack = &app["component"]["values"][0];
    let frame = json!({"id": "frame", "name": "frame", "contributes": true, "hint": null,
        "values": ["shop", "pay"]});
    assert_eq!(stack["values"], json!([frame]));
    assert_eq!(shown["_watchpost"]["strategy"], "exception");
    let other = path.replace(&id, &"0".repeat(32));
    assert_eq!(house.get(&other).await.status, 404);
}
