//! Which issues the list shows: of which projects, environments and time, under which tab, and
//! what each row says.

use axum::http::StatusCode;
use watchpost_model::{Exception, Grouped, IssueId, Mechanism, ProjectId, Status};

use super::browser::{Browser, between, location};
use super::life::ACT;
use crate::api::tests::house::{House, message};

const LIST: &str = "/organizations/acme/issues/";

/// The titles of a list, in order.
fn titles(page: &str) -> Vec<&str> {
    let rows = page.split(r#"<a class="issue-title""#).skip(1);
    rows.map(|row| between(row, "<b>", "</b>")).collect()
}

/// The addresses that a part of the page leads to.
fn links(part: &str) -> Vec<String> {
    let links = part.split("href=\"").skip(1);
    let links = links.map(|link| link.split('"').next().unwrap_or_default());
    links
        .map(|link| link.replace("&#38;", "&").replace("&amp;", "&"))
        .collect()
}

/// What the tabs say, without what cannot be seen.
fn tabs(page: &str) -> Vec<String> {
    let tabs = between(page, "aria-label=\"Status\">", "</nav>")
        .split("<a ")
        .skip(1);
    let words = |tab: &str| {
        let text: Vec<&str> = tab
            .split('>')
            .skip(1)
            .filter_map(|part| part.split('<').next())
            .collect();
        text.concat().trim().to_owned()
    };
    tabs.map(words).collect()
}

/// An event in an environment.
fn within(project: ProjectId, text: &str, minute: i64, environment: &str) -> Grouped {
    let mut grouped = message(project, text, minute);
    grouped.event.environment = Some(environment.to_owned());
    grouped
}

#[tokio::test]
async fn issues_of_several_projects_are_one_list() {
    let house = House::new();
    let ada = Browser::signed_in(&house).await;
    let (web, shop) = (house.project.id, house.add_project("shop").id);
    let quiet = house.add_project("quiet").id;
    for minute in 0..30 {
        let home = if minute % 3 == 0 { shop } else { web };
        house.say(home, &format!("error {minute}"), minute);
    }
    house.say(house.rival.id, "theirs", 40);
    let all: Vec<String> = (0..30)
        .rev()
        .map(|minute| format!("error {minute}"))
        .collect();
    for address in [
        "",
        "?project=-1",
        &*format!("?project={web}&project=shop&project={quiet}"),
    ] {
        let first = ada.read(&format!("{LIST}{address}")).await;
        assert!(
            first.contains("<bdi class=\"badge issue-project\">"),
            "{first}"
        );
        assert!(first.contains("SHOP-") && first.contains("WEB-"), "{first}");
        let next = links(between(&first, "aria-label=\"Pages\"", "</nav>")).remove(0);
        let second = ada.read(&next).await;
        let seen = [titles(&first), titles(&second)].concat();
        assert_eq!(seen, all, "{address}");
        assert_eq!(tabs(&second)[0], "Unresolved 30");
    }
    let one = ada.read(&format!("{LIST}?project=shop")).await;
    assert_eq!(titles(&one).len(), 10);
    assert!(!one.contains("issue-project"), "{one}");
    for elsewhere in ["nowhere".to_owned(), house.rival.id.to_string()] {
        let answer = ada.get(&format!("{LIST}?project={elsewhere}")).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND);
        let answer = ada
            .get(&format!("{LIST}?project={web}&project={elsewhere}"))
            .await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND);
    }
}

#[tokio::test]
async fn environments_and_times_narrow_the_list_and_stay() {
    let house = House::new();
    let ada = Browser::signed_in(&house).await;
    let web = house.project.id;
    for minute in 0..26 {
        house.store(within(web, &format!("staged {minute}"), minute, "staging"));
    }
    house.store(within(web, "live", 50, "production"));
    house.store(within(web, "old", -3 * 24 * 60, "staging"));
    let read = async |address: &str| ada.read(&format!("{LIST}?project={web}{address}")).await;
    assert_eq!(tabs(&read("").await)[0], "Unresolved 28");
    let page = read("&environment=production").await;
    assert_eq!(titles(&page), ["live"]);
    assert_eq!(tabs(&page)[0], "Unresolved 1");
    assert_eq!(titles(&read("&environment=nowhere").await), [""; 0]);
    assert_eq!(
        titles(&read("&environment=a&environment=production").await),
        ["live"]
    );
    assert_eq!(titles(&read("&end=2026-05-02").await), ["old"]);
    assert_eq!(
        titles(&read("&start=2026-05-01&end=2026-05-02").await),
        ["old"]
    );
    let page = read("&environment=staging&statsPeriod=24h").await;
    assert_eq!(tabs(&page)[0], "Unresolved 26");
    assert!(page.contains("Last 24 hours"), "{page}");
    let kept = format!("project={web}&environment=staging&statsPeriod=24h&");
    for part in [
        "aria-label=\"Status\"",
        "aria-label=\"Order\"",
        "aria-label=\"Pages\"",
        "aria-label=\"Little charts\"",
    ] {
        for link in links(between(&page, part, "</nav>")) {
            assert!(link.contains(&kept), "{part}: {link}");
        }
    }
    // The form says the same, and any time of its menu keeps the environment.
    let form = between(&page, "<form class=\"filters\"", "</form>");
    assert!(
        form.contains("name=\"statsPeriod\" value=\"24h\""),
        "{form}"
    );
    assert!(
        form.contains("name=\"environment\" value=\"staging\" checked"),
        "{form}"
    );
    let any = links(form)
        .into_iter()
        .find(|link| !link.contains("statsPeriod"));
    assert!(any.unwrap().contains("environment=staging"), "{form}");
    for wrong in ["&statsPeriod=soon", "&start=soon"] {
        let answer = ada.get(&format!("{LIST}?project={web}{wrong}")).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{wrong}");
    }
}

#[tokio::test]
async fn what_was_chosen_is_remembered_until_an_address_says_otherwise() {
    let house = House::new();
    let ada = Browser::signed_in(&house).await;
    let (web, shop) = (house.project.id, house.add_project("shop").id);
    house.store(within(web, "live", 1, "production"));
    house.store(within(web, "staged", 2, "staging"));
    house.store(within(shop, "sold", 3, "production"));
    assert_eq!(titles(&ada.read(LIST).await), ["sold", "staged", "live"]);
    // As the form sends it: without a tick everything is meant, not what was chosen before.
    let asked = format!("{LIST}?sort=date&typed=1&query=&environment=production&start=&end=");
    let to = ada.target(&asked).await;
    assert_eq!(
        to,
        format!("{LIST}?project=-1&environment=production&query=&sort=date")
    );
    assert_eq!(titles(&ada.read(&to).await), ["sold", "live"]);
    assert_eq!(titles(&ada.read(LIST).await), ["sold", "live"]);
    assert_eq!(
        titles(&ada.read(&format!("{LIST}?query=staged")).await),
        [""; 0]
    );
    let named = format!("{LIST}?project={web}");
    assert_eq!(titles(&ada.read(&named).await), ["staged", "live"]);
    assert_eq!(titles(&ada.read(LIST).await), ["staged", "live"]);
    // A project that is gone, or of another organization, is none.
    ada.set_cookie("within", "project=999&environment=production");
    assert_eq!(titles(&ada.read(LIST).await), ["sold", "live"]);
    ada.set_cookie("within", "statsPeriod=%00;&&=");
    assert_eq!(titles(&ada.read(LIST).await).len(), 3);
}

#[tokio::test]
async fn tabs_count_what_the_search_leaves() {
    let house = House::new();
    let ada = Browser::signed_in(&house).await;
    let web = house.project.id;
    let ids: Vec<IssueId> = (0..5)
        .map(|minute| house.say(web, &format!("cart {minute}"), minute))
        .collect();
    house.say(web, "login", 9);
    let act = async |issue: IssueId, what: &str| {
        let issue = issue.to_string();
        let fields = [("do", what), ("issue", &issue), ("project", "-1")];
        ada.submit(ACT, &fields).await;
    };
    act(ids[0], "resolve").await;
    act(ids[1], "archive:forever").await;
    act(ids[2], "review").await;
    act(ids[3], "resolve").await;
    house.say(web, "cart 3", 200);
    let page = ada.read(&format!("{LIST}?query=cart+is:unresolved")).await;
    let expect = [
        "Unresolved 3",
        "For review 2",
        "Regressed 1",
        "Escalating 0",
        "Archived 1",
        "Resolved 1",
        "All 5",
    ];
    assert_eq!(tabs(&page), expect);
    let places = links(between(&page, "aria-label=\"Status\"", "</nav>"));
    let shown = [3, 2, 1, 0, 1, 1, 5];
    for (place, shown) in places.iter().zip(shown) {
        let page = ada.read(place).await;
        assert_eq!(titles(&page).len(), shown, "{place}");
        assert_eq!(tabs(&page), expect, "{place}");
        let current = between(&page, "aria-label=\"Status\"", "</nav>");
        assert_eq!(
            current.matches("aria-current=\"page\"").count(),
            1,
            "{place}"
        );
    }
    assert!(
        places[1].contains("query=is%3Aunresolved+is%3Afor_review+cart"),
        "{places:?}"
    );
    // Nobody opens all events to count what is found by them.
    let page = ada.read(&format!("{LIST}?query=dist:1")).await;
    assert_eq!(tabs(&page)[0], "Unresolved");
}

#[tokio::test]
async fn issues_of_several_projects_are_changed_at_once() {
    let house = House::new();
    let ada = Browser::signed_in(&house).await;
    let (web, shop) = (house.project.id, house.add_project("shop").id);
    let ids = [house.say(web, "one", 1), house.say(shop, "two", 2)];
    let theirs = house.say(house.rival.id, "theirs", 3);
    let names = ids.map(|id| id.to_string());
    let both = |what| {
        [
            ("do", what),
            ("issue", &*names[0]),
            ("issue", &*names[1]),
            ("project", "-1"),
        ]
    };
    let answer = ada.submit(ACT, &both("merge")).await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST);
    assert!(
        answer.text.contains("of the same project"),
        "{}",
        answer.text
    );
    let answer = ada.submit(ACT, &both("resolve")).await;
    let page = ada.read(&location(&answer)).await;
    assert!(page.contains("2 issues resolved."), "{page}");
    let status = |home, id| house.app.ledger.issue(home, id).unwrap().unwrap().status;
    assert_eq!(
        [status(web, ids[0]), status(shop, ids[1])],
        [Status::Resolved; 2]
    );
    let name = theirs.to_string();
    let fields = [("do", "resolve"), ("issue", &*name), ("project", "-1")];
    ada.submit(ACT, &fields).await;
    assert_eq!(status(house.rival.id, theirs), Status::Unresolved);
    // Of one project it is undone from the list of all.
    let fields = [("do", "open"), ("issue", &*names[1]), ("project", "-1")];
    ada.submit(ACT, &fields).await;
    let page = ada.read(LIST).await;
    let undo = between(&page, "value=\"undo:", "\"").to_owned();
    ada.submit(ACT, &[("do", &format!("undo:{undo}")), ("project", "-1")])
        .await;
    assert_eq!(status(shop, ids[1]), Status::Resolved);
}

#[tokio::test]
async fn rows_say_what_nobody_caught_how_urgent_it_is_and_what_happened_in_two_weeks() {
    let house = House::new();
    let ada = Browser::signed_in(&house).await;
    let web = house.project.id;
    let mut crash = message(web, "crash", 1);
    crash.event.exceptions = vec![Exception {
        mechanism: Some(Mechanism {
            handled: Some(false),
            ..Mechanism::default()
        }),
        ..Exception::default()
    }];
    house.store(crash);
    let mut note = message(web, "note", -5 * 24 * 60);
    note.event.level = watchpost_model::Level::Info;
    house.store(note);
    let page = ada.read(LIST).await;
    let rows: Vec<&str> = page.split("<li class=\"issue ").skip(1).collect();
    assert!(
        rows[0].contains("Unhandled") && rows[0].contains("priority </span>high"),
        "{page}"
    );
    assert!(
        !rows[1].contains("Unhandled") && rows[1].contains("priority </span>low"),
        "{page}"
    );
    assert!(rows[1].contains("0 events in 24 hours"), "{page}");
    let page = ada.read(&format!("{LIST}?groupStatsPeriod=14d")).await;
    assert!(
        page.contains("1 event in 14 days, at most 1 a day"),
        "{page}"
    );
    for sort in ["user", "trends"] {
        let page = ada.read(&format!("{LIST}?sort={sort}")).await;
        assert_eq!(
            titles(&page)[0],
            if sort == "user" { "note" } else { "crash" }
        );
    }
}
