//! The issue list, the issue and its events, as somebody reads and changes them.

use axum::http::{StatusCode, header};
use watchpost_model::{
    Event, Exception, Frame, Grouped, IssueChange, IssueId, SeedRecord, Stacktrace, Status,
    TemplateSource, UserContext,
};

use super::browser::{Browser, between, location};
use crate::api::tests::house::{House, message};

fn list(house: &House, rest: &str) -> String {
    format!(
        "/organizations/acme/issues/?project={}{rest}",
        house.project.id
    )
}

fn status_of(house: &House, issue: IssueId) -> Status {
    house
        .app
        .ledger
        .issue(house.project.id, issue)
        .unwrap()
        .unwrap()
        .status
}

/// The titles of a list, in order.
fn titles(page: &str) -> Vec<String> {
    let rows = page.split(r#"<a class="issue-title""#).skip(1);
    rows.map(|row| between(row, "<b>", "</b>").to_owned())
        .collect()
}

/// An event with two frames of each kind in it.
fn crash(house: &House, change: impl FnOnce(&mut Event)) -> Grouped {
    let mut grouped = message(house.project.id, "Crash", 5);
    let frame = |name: &str, in_app| Frame {
        function: Some(name.into()),
        filename: Some(format!("{name}.py")),
        lineno: Some(41),
        context_line: Some(format!("    call_{name}()")),
        in_app: Some(in_app),
        ..Frame::default()
    };
    grouped.event.exceptions.push(Exception {
        kind: Some("ShopError".into()),
        stacktrace: Some(Stacktrace {
            frames: vec![
                frame("lib_a", false),
                frame("lib_b", false),
                frame("view", true),
            ],
            ..Stacktrace::default()
        }),
        ..Exception::default()
    });
    change(&mut grouped.event);
    grouped
}

#[tokio::test]
async fn the_list_shows_what_is_unresolved_and_tabs_and_words_change_that() {
    let house = House::new();
    let ada = Browser::signed_in(&house).await;
    let (one, _) = (
        house.say(house.project.id, "one", 1),
        house.say(house.project.id, "two", 2),
    );
    house.say(house.rival.id, "secret of others", 3);
    let page = ada.read(&list(&house, "")).await;
    assert_eq!(titles(&page), ["two", "one"]);
    let resolve = [("issue", &*one.to_string()), ("do", "resolve")];
    ada.submit("/organizations/acme/issues/act/", &resolve)
        .await;
    let check = async |rest: &str, expect: &[&str]| {
        let page = ada.read(&list(&house, rest)).await;
        assert_eq!(titles(&page), expect, "{rest}");
    };
    check("", &["two"]).await;
    check("&query=is:resolved", &["one"]).await;
    check("&query=", &["two", "one"]).await;
    check("&query=&sort=new", &["two", "one"]).await;
    check("&query=tw", &["two"]).await;
    check("&query=&level=warning", &[]).await;
    check("&query=&level=error", &["two", "one"]).await;
    check("&query=issue:WEB-2+is:unresolved", &["two"]).await;
    check("&query=issue:WEB-1+is:unresolved", &[]).await;
    check("&query=issue.id:[1,2,99]", &["two", "one"]).await;
    check("&query=issue:[WEB-1,WEB-2]&sort=new", &["two", "one"]).await;
    check("&query=project:web+one", &["one"]).await;
    check("&query=project:elsewhere", &[]).await;
}

#[tokio::test]
async fn a_search_that_is_not_understood_says_where() {
    let house = House::new();
    let ada = Browser::signed_in(&house).await;
    house.say(house.project.id, "one", 1);
    let page = ada.read(&list(&house, "&query=one+is:loud")).await;
    assert_eq!(titles(&page), [""; 0]);
    assert!(page.contains("(at character 8)"), "{page}");
    assert!(page.contains("\n       ^</pre>"), "{page}");
}

#[tokio::test]
async fn bulk_changes_can_be_undone_and_open_pages_hear_of_them() {
    let house = House::new();
    let ada = Browser::signed_in(&house).await;
    let ids = ["one", "two", "three"].map(|text| house.say(house.project.id, text, 1));
    let [one, two, _] = ids.map(|id| id.to_string());
    let mut news = house.app.news.subscribe();
    let path = "/organizations/acme/issues/act/";
    let back = list(&house, "&query=");
    let project = house.project.id.to_string();
    let fields = [
        ("project", &*project),
        ("return_to", &*back),
        ("issue", &*one),
        ("issue", &*two),
        ("issue", "nonsense"),
        ("do", "resolve"),
    ];
    assert_eq!(location(&ada.submit(path, &fields).await), back);
    let heard: Vec<IssueChange> = [news.try_recv(), news.try_recv()]
        .map(Result::unwrap)
        .into();
    assert_eq!(
        heard.iter().map(|news| news.issue).collect::<Vec<_>>(),
        ids[..2]
    );
    let page = ada.read(&back).await;
    assert!(page.contains("2 issues resolved."), "{page}");
    let undo = between(&page, r#"<form class="push""#, "</form>");
    let undo = between(undo, r#"name="do" value="undo:"#, "\"");
    ada.submit(
        path,
        &[("project", &*project), ("do", &format!("undo:{undo}"))],
    )
    .await;
    assert_eq!(ids.map(|id| status_of(&house, id)), [Status::Unresolved; 3]);
    let answer = ada.submit(path, &[("do", "deleted")]).await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn w12_a_bulk_change_never_reaches_another_project() {
    let house = House::new();
    let ada = Browser::signed_in(&house).await;
    let foreign = house.say(house.rival.id, "theirs", 1);
    let project = house.project.id.to_string();
    let fields = [
        ("project", &*project),
        ("issue", &*foreign.to_string()),
        ("do", "resolve"),
    ];
    ada.submit("/organizations/acme/issues/act/", &fields).await;
    let issue = house
        .app
        .ledger
        .issue(house.rival.id, foreign)
        .unwrap()
        .unwrap();
    assert_eq!(issue.status, Status::Unresolved);
    let rival = house.rival.id.to_string();
    let fields = [
        ("project", &*rival),
        ("issue", &*foreign.to_string()),
        ("do", "resolve"),
    ];
    let answer = ada.submit("/organizations/acme/issues/act/", &fields).await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn w10_an_issue_of_another_organization_is_not_there() {
    let house = House::new();
    let ada = Browser::signed_in(&house).await;
    let (mine, foreign) = (
        house.say(house.project.id, "a", 1),
        house.say(house.rival.id, "b", 1),
    );
    let event = |project, issue| {
        let latest = house.app.archive.latest(project, issue).unwrap();
        latest.unwrap().event.event_id
    };
    let theirs = event(house.rival.id, foreign);
    for path in [
        format!("/organizations/acme/issues/{foreign}/"),
        format!("/organizations/acme/issues/{foreign}/events/"),
        format!("/organizations/acme/issues/{foreign}/events/latest/"),
        format!("/organizations/acme/issues/{mine}/events/{theirs}/"),
        format!("/organizations/acme/issues/{mine}/events/{theirs}/json/"),
        format!("/organizations/acme/issues/?project={}", house.rival.id),
        format!("/organizations/acme/projects/web/events/{theirs}/"),
        "/organizations/acme/issues/0x7/".to_owned(),
        "/organizations/acme/issues/?cursor=nonsense".to_owned(),
    ] {
        let answer = ada.get(&path).await;
        assert_eq!(
            answer.status,
            StatusCode::NOT_FOUND,
            "{path}: {}",
            answer.text
        );
    }
}

#[tokio::test]
async fn long_lists_have_a_next_page_and_a_way_back() {
    let house = House::new();
    let ada = Browser::signed_in(&house).await;
    for number in 0..30 {
        house.say(house.project.id, &format!("issue {number:02}"), number);
    }
    let page = ada.read(&list(&house, "")).await;
    assert_eq!(titles(&page).len(), 25);
    let pager = between(&page, r#"aria-label="Pages""#, "</nav>");
    let next = between(pager, r#"href=""#, "\"").replace("&#38;", "&");
    let page = ada.read(&next).await;
    let expect: Vec<String> = (0..5)
        .rev()
        .map(|number| format!("issue {number:02}"))
        .collect();
    assert_eq!(titles(&page), expect);
    assert!(page.contains("First page") && !page.contains("Next page"));
}

#[tokio::test]
async fn an_issue_shows_its_latest_event_and_the_way_to_the_others() {
    let house = House::new();
    let ada = Browser::signed_in(&house).await;
    let first = message(house.project.id, "Boom", 1);
    let second = Grouped {
        event: message(house.project.id, "Boom", 2).event,
        ..first.clone()
    };
    let (oldest, latest) = (first.event.event_id, second.event.event_id);
    let issue = house.store(first);
    house.store(second);
    let path = format!("/organizations/acme/issues/{issue}/");
    let page = ada.read(&path).await;
    assert!(page.contains("Latest received event") && page.contains("2 of 2"));
    assert!(page.contains(&format!("{path}events/{oldest}/")));
    for (name, id, place) in [("oldest", oldest, "1 of 2"), ("latest", latest, "2 of 2")] {
        let page = ada.read(&format!("{path}events/{name}/")).await;
        assert!(
            page.contains(place) && page.contains(&id.to_string()),
            "{name}"
        );
    }
    let table = ada.read(&format!("{path}events/")).await;
    for id in [oldest, latest] {
        assert!(table.contains(&format!("{path}events/{id}/")));
    }
    let json = ada.get(&format!("{path}events/{latest}/json/")).await;
    let kind = json.headers[header::CONTENT_TYPE].to_str().unwrap();
    assert_eq!(kind, "application/json; charset=utf-8");
    let event: Event = serde_json::from_str(&json.text).unwrap();
    assert_eq!(event.event_id, latest);
}

#[tokio::test]
async fn resolving_is_one_button_and_the_next_event_reopens() {
    let house = House::new();
    let ada = Browser::signed_in(&house).await;
    let issue = house.say(house.project.id, "Boom", 1);
    let path = format!("/organizations/acme/issues/{issue}/");
    let id = issue.to_string();
    let fields = [("issue", &*id), ("do", "resolve"), ("return_to", &*path)];
    let answer = ada.submit("/organizations/acme/issues/act/", &fields).await;
    assert_eq!(location(&answer), path);
    let page = ada.read(&path).await;
    assert!(
        page.contains("1 issue resolved.") && page.contains(">Reopen</button>"),
        "{page}"
    );
    let again = Grouped {
        event: message(house.project.id, "Boom", 100).event,
        ..message(house.project.id, "Boom", 1)
    };
    house.store(again);
    assert!(ada.read(&path).await.contains("Regressed"));
}

#[tokio::test]
async fn the_way_of_reading_a_stack_is_remembered() {
    let house = House::new();
    let ada = Browser::signed_in(&house).await;
    let issue = house.store(crash(&house, |_| ()));
    let path = format!("/organizations/acme/issues/{issue}/");
    let page = ada.read(&path).await;
    assert!(page.contains("2 library frames") && page.contains("raised here"));
    assert!(page.find("view.py") < page.find("lib_b.py"));
    ada.read(&format!("{path}?frames=all&order=oldest")).await;
    let page = ada.read(&path).await;
    assert!(!page.contains("library frames"));
    assert!(page.find("lib_a.py") < page.find("view.py"));
    let page = ada.read(&format!("{path}?frames=raw")).await;
    assert!(page.contains("    at view (view.py:41)"), "{page}");
}

#[tokio::test]
async fn a_record_of_2010_shows_all_that_it_brings() {
    let house = House::new();
    let ada = Browser::signed_in(&house).await;
    let issue = house.store(crash(&house, |event| {
        event.site = Some("Shop EU".into());
        event.server_name = Some("app3".into());
        event.logger = Some("root".into());
        event.template = Some(TemplateSource {
            filename: Some("product.html".into()),
            lineno: Some(12),
            context_line: Some("<li>{{ image.url }}</li>".into()),
            ..TemplateSource::default()
        });
        event.seed = Some(SeedRecord {
            package: Some(("shop".into(), "2.4.1".into())),
            traceback: Some("the text as it came".into()),
            ..SeedRecord::default()
        });
    }));
    let path = format!("/organizations/acme/issues/{issue}/");
    let page = ada.read(&path).await;
    for part in [
        "Shop EU",
        "app3",
        "shop 2.4.1",
        "product.html",
        "&#60;li&#62;{{ image.url }}",
    ] {
        assert!(page.contains(part), "{part}");
    }
    let page = ada.read(&format!("{path}?frames=raw")).await;
    assert!(page.contains("the text as it came"));
}

#[tokio::test]
async fn a_user_has_a_username_and_a_name() {
    let house = House::new();
    let ada = Browser::signed_in(&house).await;
    let issue = house.store(crash(&house, |event| {
        let mut user = UserContext {
            username: Some("ada".into()),
            ..UserContext::default()
        };
        user.data.insert("name".into(), "Ada Lovelace".into());
        event.user = Some(user);
    }));
    let page = ada
        .read(&format!("/organizations/acme/issues/{issue}/"))
        .await;
    let part = between(&page, r#"id="user""#, "</section>");
    for (key, value) in [("Username", "ada"), ("Name", "Ada Lovelace")] {
        let row = format!(r#"<dt><bdi>{key}</bdi></dt><dd><bdi class="value">{value}</bdi>"#);
        assert!(part.contains(&row), "{row} in {part}");
    }
}
