//! Lists of issues: which, in which order, page by page, over several projects.

use axum::http::header;
use watchpost_store::Issues;

use super::house::{Answer, House, message};

pub(super) const OF_PROJECT: &str = "/api/0/projects/acme/web/issues/";
pub(super) const OF_ORG: &str = "/api/0/organizations/acme/issues/";

pub(super) fn titles(answer: &Answer) -> Vec<String> {
    let rows = answer.good();
    let rows = rows.as_array().unwrap().iter();
    rows.map(|row| row["title"].as_str().unwrap().to_owned())
        .collect()
}

/// The URL of the next page, when there is one, without scheme and host.
pub(super) fn next(answer: &Answer) -> Option<String> {
    let link = answer.headers[header::LINK].to_str().unwrap();
    let (_, next) = link.split_once(", <http://errors.test:9000").unwrap();
    let (url, rest) = next.split_once('>').unwrap();
    rest.contains("results=\"true\"").then(|| url.to_owned())
}

#[tokio::test]
async fn the_seeds_question_has_one_answer() {
    let house = House::new();
    for minute in 0..14 {
        house.say(house.project.id, &format!("error {minute}"), minute);
    }
    house.say(house.rival.id, "not ours", 50);
    let done = house.say(house.project.id, "error 12", 12);
    house
        .put(&format!("{OF_ORG}{done}/"), r#"{"status":"resolved"}"#)
        .await
        .good();
    let rows = Issues::of(&*house.app.ledger, house.project.id)
        .unresolved()
        .newest_first()
        .limit(10)
        .rows()
        .unwrap();
    let expect: Vec<String> = rows.into_iter().map(|issue| issue.title).collect();
    assert_eq!(expect.len(), 10);
    assert_eq!(expect[0..2], ["error 13", "error 11"]);
    let question = "?query=is:unresolved&sort=date&limit=10";
    assert_eq!(
        titles(&house.get(&format!("{OF_PROJECT}{question}")).await),
        expect
    );
    assert_eq!(
        titles(&house.get(&format!("{OF_ORG}{question}&project=1")).await),
        expect
    );
}

#[tokio::test]
async fn the_four_orders() {
    let house = House::new();
    let id = house.project.id;
    for (text, minutes) in [
        ("often", &[5, 6, 7][..]),
        ("early", &[1, 30]),
        ("late", &[29]),
    ] {
        for minute in minutes {
            house.say(id, text, *minute);
        }
    }
    let check = async |sort: &str, expect: [&str; 3]| {
        let answer = house.get(&format!("{OF_PROJECT}?sort={sort}")).await;
        assert_eq!(titles(&answer), expect, "{sort}");
    };
    check("date", ["early", "late", "often"]).await;
    check("", ["early", "late", "often"]).await;
    check("new", ["late", "often", "early"]).await;
    check("freq", ["often", "early", "late"]).await;
    // 600 seconds per factor e: two events at 30 beat one at 29, and three at 7.
    check("priority", ["early", "late", "often"]).await;
    let answer = house.get(&format!("{OF_PROJECT}?sort=inbox")).await;
    assert_eq!(answer.refusal().0, 400);
}

#[tokio::test]
async fn filters_of_the_seed_and_free_text() {
    let house = House::new();
    let id = house.project.id;
    let mut special = message(id, "disk full", 3);
    special.event.logger = Some("shop.cart".into());
    special.event.server_name = Some("web-1".into());
    special.event.site = Some("main".into());
    special.event.level = watchpost_model::Level::Fatal;
    house.store(special);
    let done = house.say(id, "done", 2);
    house.say(id, "open", 1);
    house
        .put(&format!("{OF_ORG}{done}/"), r#"{"status":"resolved"}"#)
        .await
        .good();
    let check = async |query: &str, expect: &[&str]| {
        for list in [OF_PROJECT, OF_ORG] {
            let answer = house.get(&format!("{list}?query={query}")).await;
            assert_eq!(titles(&answer), expect, "{list} {query}");
        }
    };
    check("", &["disk full", "done", "open"]).await;
    check("is:unresolved", &["disk full", "open"]).await;
    check("is:is:unresolved", &["disk full", "open"]).await;
    check("is:resolved", &["done"]).await;
    check("level:fatal", &["disk full"]).await;
    check("logger:shop.cart", &["disk full"]).await;
    check("server:web-1+site:main", &["disk full"]).await;
    check("FULL", &["disk full"]).await;
    check("issue:WEB-1+is:unresolved", &["disk full"]).await;
    check("issue.id:[2,3,99]+is:unresolved", &["open"]).await;
    check("project:web+open", &["open"]).await;
    check("project:elsewhere", &[]).await;
    let event = message(id, "done", 2).event.event_id;
    check(&event.to_string(), &["done"]).await;
    check(&"0".repeat(32), &[]).await;
    // No query at all means what people have to look at.
    assert_eq!(titles(&house.get(OF_PROJECT).await), ["disk full", "open"]);
}

#[tokio::test]
async fn a_search_that_is_not_understood_is_refused_with_its_place() {
    let house = House::new();
    for list in [OF_PROJECT, OF_ORG] {
        let check = async |query: &str, position: u64, part: &str| {
            let answer = house.get(&format!("{list}?query={query}")).await;
            let (status, detail) = answer.refusal();
            assert_eq!(status, 400, "{query}");
            assert!(detail.contains(part), "{query}: {detail}");
            assert_eq!(answer.json()["position"], position, "{query}");
        };
        check("is:unresolved+level:eror", 20, "did you mean `error`?").await;
        check("project:web+++++level:eror", 22, "(at character 23)").await;
        check("error.typ:x", 0, "did you mean `error.type`?").await;
        check("(a+OR+b", 0, "not closed").await;
        check("is:linked", 0, "not searchable yet").await;
    }
}

#[tokio::test]
async fn pages_follow_each_other_without_gaps() {
    let house = House::new();
    let (web, shop, quiet) = (
        house.project.id,
        house.add_project("shop").id,
        house.add_project("quiet").id,
    );
    let early = house.add_project("early").id;
    let mut expect = Vec::new();
    for minute in (0..50).rev() {
        // Uneven: the projects end on different pages, one on the first.
        let project = if minute == 49 {
            early
        } else if minute % 7 == 3 || minute > 40 {
            shop
        } else {
            web
        };
        house.say(project, &format!("error {minute}"), minute);
        expect.push(format!("error {minute}"));
    }
    house.say(house.rival.id, "foreign", 20);
    let all = format!("{OF_ORG}?limit=6&query=");
    let narrow = format!("{all}&project={web}&project=shop&project={quiet}&project=early");
    for start in [&all, &format!("{all}&project=-1"), &narrow] {
        let mut url = start.clone();
        let mut seen = Vec::new();
        loop {
            let answer = house.get(&url).await;
            let page = titles(&answer);
            assert!(page.len() <= 6 && seen.len() <= expect.len(), "{seen:?}");
            seen.extend(page);
            match next(&answer) {
                Some(next) => url = next,
                None => break,
            }
        }
        assert_eq!(seen, expect, "{start}");
    }
}

#[tokio::test]
async fn w37_strange_pages_are_refused_or_cut() {
    let house = House::new();
    house.say(house.project.id, "boom", 1);
    for list in [OF_PROJECT, OF_ORG, "/api/0/projects/acme/web/events/"] {
        // Valid JSON and base64 in the wrong shape, a cursor of another list, an offset.
        for cursor in [
            "x",
            "e30:0:0",
            "WzFd:0:0",
            "eyIxIjoieCJ9:0:0",
            "0:100:0",
            "-1:0:0",
        ] {
            let answer = house.get(&format!("{list}?cursor={cursor}")).await;
            assert_eq!(answer.refusal().0, 400, "{list} {cursor}");
        }
        let answer = house
            .get(&format!("{list}?limit=1000000000&statsPeriod=9999999d"))
            .await;
        assert_eq!(answer.good().as_array().unwrap().len(), 1, "{list}");
        assert_eq!(
            house.get(&format!("{list}?limit=ten")).await.refusal().0,
            400
        );
    }
    let long = format!("{OF_PROJECT}?query={}", "x+".repeat(20_000));
    assert_eq!(house.get(&long).await.refusal().0, 400);
    assert_eq!(
        house
            .get(&format!("{OF_ORG}?project=nothing"))
            .await
            .refusal()
            .0,
        404
    );
    assert_eq!(
        house
            .get(&format!("{OF_ORG}?project={}", house.rival.id))
            .await
            .refusal()
            .0,
        404
    );
}

#[tokio::test]
async fn environments_and_times_narrow_lists_and_changes() {
    let house = House::new();
    let (web, shop) = (house.project.id, house.add_project("shop").id);
    for (home, text, minute, environment) in [
        (web, "live", 1, "production"),
        (shop, "sold", 2, "production"),
        (web, "staged", 3, "staging"),
        (web, "old", -20 * 24 * 60, "production"),
    ] {
        let mut event = message(home, text, minute);
        event.event.environment = Some(environment.to_owned());
        house.store(event);
    }
    let check = async |list: &str, query: &str, expect: &[&str]| {
        let answer = house.get(&format!("{list}?{query}")).await;
        assert_eq!(titles(&answer), expect, "{list} {query}");
    };
    check(OF_ORG, "", &["staged", "sold", "live", "old"]).await;
    check(OF_ORG, "statsPeriod=14d", &["staged", "sold", "live"]).await;
    check(OF_ORG, "environment=production", &["sold", "live", "old"]).await;
    check(
        OF_ORG,
        "environment=production&statsPeriod=14d",
        &["sold", "live"],
    )
    .await;
    check(OF_ORG, "environment=staging&environment=none", &["staged"]).await;
    check(OF_ORG, "end=2026-05-01T00:00:00", &["old"]).await;
    check(OF_PROJECT, "environment=production", &["live", "old"]).await;
    // The time of its charts, not of the list.
    check(OF_PROJECT, "statsPeriod=14d", &["staged", "live", "old"]).await;
    check(OF_PROJECT, "start=2026-05-01", &["staged", "live"]).await;
    for wrong in [
        "statsPeriod=soon",
        "start=soon",
        &"environment=a&".repeat(51),
    ] {
        let answer = house.get(&format!("{OF_ORG}?{wrong}")).await;
        assert_eq!(answer.refusal().0, 400, "{wrong}");
    }
    let narrow = format!("{OF_ORG}?query=&environment=production&statsPeriod=14d");
    house.put(&narrow, r#"{"status":"resolved"}"#).await.good();
    check(OF_ORG, "query=is:unresolved", &["staged", "old"]).await;
}
