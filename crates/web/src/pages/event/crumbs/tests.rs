//! What a breadcrumb shows, which are shown, and in which order.

use serde_json::json;

use super::*;
use watchpost_model::EventId;

fn event(crumbs: Value) -> Event {
    let mut event = Event::empty(EventId(1), Timestamp::from_secs(60));
    event.breadcrumbs = serde_json::from_value(crumbs).unwrap();
    event
}

fn trail(crumbs: Value, reading: &str) -> Trail {
    Trail::new(&event(crumbs), Reading::read(reading, "", "")).unwrap()
}

fn messages(trail: &Trail, path: &str) -> Vec<String> {
    let shown = trail.shown(&Asked::read(path));
    shown.crumbs.iter().map(|it| it.message.clone()).collect()
}

#[test]
fn old_steps_are_behind_a_link_and_the_error_is_the_last() {
    let mut event = event(json!([]));
    assert!(Trail::new(&event, Reading::default()).is_none());
    event.breadcrumbs = vec![Breadcrumb::default(); 100];
    let trail = Trail::new(&event, Reading::default()).unwrap();
    let shown = trail.shown(&Asked::read("/x/"));
    assert_eq!((shown.older, shown.crumbs.len()), (81, 20));
    let last = shown.crumbs.last().unwrap();
    assert!(last.is_error);
    assert_eq!(last.time, "00:01:00");
    let all = trail.shown(&Asked::read("/x/?steps=all"));
    assert_eq!((all.older, all.crumbs.len()), (0, 101));
}

#[test]
fn order_and_times_are_as_somebody_likes_them() {
    let crumbs = json!([{"message": "a", "timestamp": "1970-01-01T00:00:56.750Z"},
                        {"message": "b", "timestamp": "1969-12-31T23:58:00Z"}]);
    let newest = trail(crumbs.clone(), "app.newest.newest.before");
    assert_eq!(messages(&newest, "/x/"), ["", "b", "a"]);
    let shown = newest.shown(&Asked::read("/x/"));
    let times: Vec<&str> = shown.crumbs.iter().map(|it| it.time.as_str()).collect();
    assert_eq!(times, ["now", "3 min 0 s before", "3.250 s before"]);
    assert_eq!(messages(&trail(crumbs, ""), "/x/"), ["a", "b", ""]);
}

#[test]
fn steps_are_picked_by_level_kind_and_text() {
    let crumbs = json!([
        {"message": "Buy lamp", "category": "ui.click"},
        {"category": "xhr", "data": {"method": "GET", "url": "/cart", "reason": "Lamp"}},
        {"message": "slow", "category": "app.work", "level": "warning"},
    ]);
    let trail = trail(crumbs, "");
    assert_eq!(
        messages(&trail, "?step_text=LAMP"),
        ["Buy lamp", "GET /cart"]
    );
    assert_eq!(messages(&trail, "?step_type=http"), ["GET /cart"]);
    assert_eq!(messages(&trail, "?step_level=warning"), ["slow"]);
    assert_eq!(messages(&trail, "?step_level=nonsense"), [""; 0]);
    assert_eq!(trail.shown(&Asked::read("?step_type=http")).others, 3);
    let kinds: Vec<&str> = trail.kinds().into_iter().map(StepKind::name).collect();
    assert_eq!(kinds, ["error", "http", "user", "system"]);
    assert_eq!(trail.levels(), ["error", "warning", "info"]);
}

#[test]
fn an_http_step_says_what_was_asked_and_how_it_was_answered() {
    let crumb = |status: Value| {
        let data = json!({"method": "POST", "url": "https://a.example/x", "status_code": status,
                          "took": 3});
        let trail = trail(json!([{"type": "http", "data": data}]), "");
        let crumb = trail.crumbs[0].clone();
        assert_eq!(crumb.message, "POST https://a.example/x");
        (crumb.status, crumb.status_tone(), crumb.data.len())
    };
    assert_eq!(crumb(json!(204)), (Some(204), "good", 1));
    assert_eq!(crumb(json!("503")), (Some(503), "bad", 1));
    assert_eq!(crumb(json!(302)), (Some(302), "accent", 1));
    assert_eq!(crumb(json!("[Filtered]")), (None, "accent", 2));
    assert_eq!(crumb(json!(7)), (None, "accent", 2));
}

#[test]
fn statements_are_code_and_json_is_laid_out() {
    let body = r#"{"cart":["lamp","rope"],"total":12.5}"#;
    let trail = trail(
        json!([{"type": "query", "message": "SELECT 1"}, {"message": body, "data": {"b": body}},
               {"message": "{not json}"}]),
        "",
    );
    let spans = trail.crumbs[0].sql[0].spans();
    let classes: Vec<&str> = spans.iter().map(|span| span.class).collect();
    assert_eq!(classes, ["k", "", "n"]);
    let expect = "{\n  \"cart\": [\n    \"lamp\",\n    \"rope\"\n  ],\n  \"total\": 12.5\n}";
    assert_eq!(trail.crumbs[1].message, expect);
    assert_eq!(trail.crumbs[1].data, [Pair::new("b", expect)]);
    assert_eq!(trail.crumbs[2].message, "{not json}");
}
