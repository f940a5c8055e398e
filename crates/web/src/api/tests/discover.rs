//! Events as tables and over time, as Sentry's tools ask for them.

use serde_json::{Value, json};
use watchpost_model::UserContext;

use super::house::{House, message};

const EVENTS: &str = "/api/0/organizations/acme/events/";
const STATS: &str = "/api/0/organizations/acme/events-stats/";

fn fill(house: &House) {
    let other = house.add_project("api").id;
    let web = house.project.id;
    for (project, text, minute, release) in [
        (web, "cart", 1, "1.0"),
        (web, "cart", 2, "1.1"),
        (other, "queue", -90, "1.1"),
        (house.rival.id, "secret", 4, "1.1"),
    ] {
        let mut grouped = message(project, text, minute);
        grouped.event.release = Some(release.to_owned());
        grouped.event.dist = Some("42".to_owned());
        grouped.event.user = Some(UserContext {
            email: Some("jo@example.org".to_owned()),
            ..UserContext::default()
        });
        house.store(grouped);
    }
}

async fn rows(house: &House, query: &str) -> Value {
    let answer = house.get(&format!("{EVENTS}?{query}")).await;
    answer.good()["data"].clone()
}

#[tokio::test]
async fn events_are_a_table() {
    let house = House::new();
    fill(&house);
    let found = rows(
        &house,
        "field=title&field=release&field=project&field=dist&sort=-timestamp",
    )
    .await;
    let row = |title: &str, release: &str, project: &str| {
        let dist = "42";
        json!({"title": title, "release": release, "project": project, "dist": dist})
    };
    let expect = [
        row("cart", "1.1", "web"),
        row("cart", "1.0", "web"),
        row("queue", "1.1", "api"),
    ];
    assert_eq!(found, json!(expect));
    let found = rows(
        &house,
        "field=id&field=issue&field=timestamp&query=release:1.0&dataset=errors",
    )
    .await;
    assert_eq!(found.as_array().unwrap().len(), 1);
    assert_eq!(found[0]["issue"], "WEB-1");
    assert_eq!(found[0]["id"].as_str().unwrap().len(), 32);
    let found = rows(&house, "field=title&per_page=1&statsPeriod=2h").await;
    assert_eq!(found, json!([{"title": "cart"}]));
}

#[tokio::test]
async fn functions_make_groups() {
    let house = House::new();
    fill(&house);
    let answer = house
        .get(&format!(
            "{EVENTS}?field=release&field=count()&field=count_unique(user)&sort=-count"
        ))
        .await
        .good();
    let expect = json!([
        {"release": "1.1", "count()": 2, "count_unique(user)": 1},
        {"release": "1.0", "count()": 1, "count_unique(user)": 1},
    ]);
    assert_eq!(answer["data"], expect);
    assert_eq!(answer["meta"]["fields"]["count()"], "integer");
    assert_eq!(answer["meta"]["fields"]["release"], "string");
    let found = rows(
        &house,
        "field=issue&field=project&field=count()&project=web",
    )
    .await;
    assert_eq!(
        found,
        json!([{"issue": "WEB-1", "project": "web", "count()": 2}])
    );
    let found = rows(&house, "field=count()").await;
    assert_eq!(found, json!([{"count()": 3}]));
}

#[tokio::test]
async fn what_is_not_there_is_refused() {
    let house = House::new();
    for (query, part) in [
        ("field=title&dataset=logs", "There is no dataset `logs`"),
        ("field=p95()", "There is no `p95()`"),
        ("field=title&sort=timestamp", "cannot be sorted"),
        ("field=is", "no key of events"),
        ("field=title&query=is:new", "known of issues only"),
        ("field=title&statsPeriod=x", "is no period"),
        ("field=id&field=count()", "not by id or timestamp"),
    ] {
        let (status, told) = house.get(&format!("{EVENTS}?{query}")).await.refusal();
        assert_eq!(status, 400, "{query}");
        assert!(told.contains(part), "{query}: {told}");
    }
    let (status, _) = house
        .get(&format!("{EVENTS}?field=title&project=rival"))
        .await
        .refusal();
    assert_eq!(status, 404);
    let (status, told) = house
        .get(&format!("{STATS}?interval=1m&statsPeriod=90d"))
        .await
        .refusal();
    assert!(
        status == 400 && told.contains("400 steps at most"),
        "{told}"
    );
    let (status, _) = house.get(&format!("{STATS}?yAxis=p95()")).await.refusal();
    assert_eq!(status, 400);
}

#[tokio::test]
async fn events_are_counted_over_time() {
    let house = House::new();
    fill(&house);
    let answer = house
        .get(&format!(
            "{STATS}?statsPeriod=24h&interval=1h&yAxis=count()&partial=1"
        ))
        .await;
    let answer = answer.good();
    let data = answer["data"].as_array().unwrap();
    assert_eq!(data.len(), 25);
    let counts: Vec<u64> = data
        .iter()
        .map(|step| step[1][0]["count"].as_u64().unwrap())
        .collect();
    assert_eq!(counts.iter().sum::<u64>(), 3);
    assert_eq!(counts[21..], [1, 0, 2, 0][..], "from nine until now");
    let step = data[1][0].as_i64().unwrap() - data[0][0].as_i64().unwrap();
    assert_eq!(step, 3600);
    let answer = house
        .get(&format!(
            "{STATS}?statsPeriod=24h&topEvents=1&field=release&field=count()"
        ))
        .await;
    let answer = answer.good();
    let sum = |name: &str| -> u64 {
        let data = answer[name]["data"].as_array().unwrap().iter();
        data.map(|step| step[1][0]["count"].as_u64().unwrap()).sum()
    };
    assert_eq!((sum("1.1"), answer["1.1"]["order"].as_u64()), (2, Some(0)));
    assert_eq!(sum("Other"), 1);
    let path = format!("{STATS}?statsPeriod=24h&topEvents=1&field=release&excludeOther=1");
    let answer = house.get(&path).await.good();
    assert_eq!(answer.as_object().unwrap().len(), 1);
}
