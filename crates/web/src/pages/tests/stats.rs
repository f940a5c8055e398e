//! How items ended, and how the server is: the same numbers on pages, in the API and in the ledger.

use std::sync::Arc;

use axum::http::StatusCode;
use serde_json::{Value, json};
use watchpost_model::{
    Outcome, OutcomeCount, ProjectId, Retention, SpikeState, UncleanEnd, Vitals, Warning,
};

use super::browser::{Browser, between};
use crate::api::tests::house::House;

const API: &str = "/api/0/organizations/acme/stats_v2/";

/// Counts of three hours and of two months ago, in two projects and another organization.
fn fill(house: &House) -> ProjectId {
    let other = house.add_project("api").id;
    let count = |project, outcome, reason: &str, hours_ago: i64, quantity| OutcomeCount {
        project: Some(project),
        key: Some(house.key.id),
        category: "error".to_owned(),
        outcome,
        reason: reason.to_owned(),
        hour: house
            .app
            .clock
            .now()
            .plus_secs(-3600 * hours_ago)
            .floor_to_hour(),
        quantity,
    };
    let web = house.project.id;
    let counts = [
        count(web, Outcome::Accepted, "", 0, 1234),
        count(web, Outcome::Accepted, "", 3, 1000),
        count(web, Outcome::Invalid, "too_large", 3, 77),
        count(web, Outcome::Quarantined, "parse", 1, 5),
        count(other, Outcome::RateLimited, "quota", 2, 41),
        count(web, Outcome::ClientDiscarded, "before_send", 60 * 24, 9),
        count(house.rival.id, Outcome::Accepted, "", 1, 666),
    ];
    house.app.ledger.add_outcomes(&counts).unwrap();
    other
}

#[tokio::test]
async fn page_api_and_ledger_say_the_same() {
    let house = House::new();
    fill(&house);
    let ada = Browser::signed_in(&house).await;
    let since = |days: i64| house.app.clock.now().plus_secs(-days * 24 * 3600);
    for (period, days, interval) in [
        ("24h", 1, "1h"),
        ("7d", 7, "1h"),
        ("30d", 30, "1d"),
        ("90d", 90, "1d"),
    ] {
        for project in [None, Some(house.project.id)] {
            let of = |count: &OutcomeCount| match project {
                Some(project) => count.project == Some(project),
                None => count.project != Some(house.rival.id),
            };
            let counts = house.app.ledger.outcomes(None, since(days)).unwrap();
            let ledger: u64 = counts
                .iter()
                .filter(|one| of(one))
                .map(|one| one.quantity)
                .sum();
            let narrow = project.map_or_else(String::new, |id| format!("&project={id}"));
            let path = format!(
                "{API}?field=sum(quantity)&groupBy=outcome&groupBy=reason&interval={interval}&statsPeriod={period}{narrow}"
            );
            let api = house.get(&path).await.good();
            let groups = api["groups"].as_array().unwrap();
            let totals = groups
                .iter()
                .map(|group| group["totals"]["sum(quantity)"].as_u64());
            assert_eq!(totals.map(Option::unwrap).sum::<u64>(), ledger, "{path}");
            let page = format!("/organizations/acme/stats/?period={period}{narrow}");
            let page = ada.read(&page).await;
            let chart = between(&page, "class=\"chart-title\">", "<");
            let total: String = chart
                .chars()
                .take_while(|c| *c != ' ')
                .filter(|c| *c != ',')
                .collect();
            assert_eq!(total.parse(), Ok(ledger), "{chart}");
            let rows = between(&page, "id=\"reasons\"", "</section>");
            let shown = rows.split("class=\"number\">").skip(1).map(|cell| {
                let cell = cell.strip_prefix("<span title=\"").unwrap_or(cell);
                let digits: String = cell
                    .chars()
                    .take_while(|c| c.is_ascii_digit() || *c == ',')
                    .collect();
                digits.replace(',', "").parse::<u64>().unwrap_or(0)
            });
            assert_eq!(shown.sum::<u64>(), ledger, "{rows}");
            assert!(!page.contains("666"), "W10: the other organization");
        }
    }
    let stats = house
        .get("/api/0/projects/acme/web/stats/?stat=accepted")
        .await
        .good();
    let sum: u64 = stats
        .as_array()
        .unwrap()
        .iter()
        .map(|hour| hour[1].as_u64().unwrap())
        .sum();
    assert_eq!(sum, 2234);
}

#[tokio::test]
async fn series_have_a_value_for_every_interval() {
    let house = House::new();
    let other = fill(&house);
    let answer = house
        .get(&format!("{API}?groupBy=project&statsPeriod=24h"))
        .await
        .good();
    let intervals = answer["intervals"].as_array().unwrap();
    assert_eq!(
        (intervals.len(), intervals[23].as_str()),
        (24, Some("2026-05-04T12:00:00Z"))
    );
    assert_eq!(answer["end"], "2026-05-04T13:00:00Z");
    let groups = answer["groups"].as_array().unwrap();
    let of_other = groups
        .iter()
        .find(|group| group["by"]["project"] == other.0)
        .unwrap();
    let series = of_other["series"]["sum(quantity)"].as_array().unwrap();
    assert_eq!((series.len(), series[21].as_u64()), (24, Some(41)));
    let narrow = "?outcome=client_discard&interval=1d&start=2026-02-01&end=2026-05-01T00:00:00";
    let answer = house.get(&format!("{API}{narrow}")).await.good();
    assert_eq!(answer["groups"][0]["totals"]["sum(quantity)"], 9);
    for wrong in [
        "field=sum(x)",
        "groupBy=server",
        "interval=5m",
        "statsPeriod=1x",
        "start=soon",
        "outcome=lost",
        "statsPeriod=ä",
    ] {
        assert_eq!(
            house.get(&format!("{API}?{wrong}")).await.refusal().0,
            400,
            "{wrong}"
        );
    }
    // W37: bounded, whatever is asked for.
    let answer = house
        .get(&format!("{API}?statsPeriod=9999999d&interval=1d"))
        .await
        .good();
    assert_eq!(answer["intervals"].as_array().unwrap().len(), 90);
    assert_eq!(
        house.get(&format!("{API}?project=spy")).await.refusal().0,
        404
    );
}

#[tokio::test]
async fn counts_can_be_told_apart_by_key() {
    let house = House::new();
    fill(&house);
    let hour = house.app.clock.now().floor_to_hour();
    let without = OutcomeCount {
        project: Some(house.project.id),
        key: None,
        category: "error".to_owned(),
        outcome: Outcome::Invalid,
        reason: "no_key".to_owned(),
        hour,
        quantity: 3,
    };
    house.app.ledger.add_outcomes(&[without]).unwrap();
    let answer = house.get(&format!("{API}?groupBy=key&project=web")).await;
    let answer = answer.good();
    let groups = answer["groups"].as_array().unwrap().iter();
    let sums: Vec<_> = groups
        .map(|group| (&group["by"]["key"], &group["totals"]["sum(quantity)"]))
        .collect();
    let public = json!(house.key.public);
    assert_eq!(
        sums,
        [(&public, &json!(2316)), (&Value::Null, &json!(3))],
        "{answer}"
    );
}

#[tokio::test]
async fn the_page_tells_what_is_stored_and_how_long() {
    let house = House::new();
    let ada = Browser::signed_in(&house).await;
    let empty = ada.read("/organizations/acme/stats/").await;
    assert!(empty.contains("No item in this time"));
    house.say(house.project.id, "Boom", 1);
    let page = ada.read("/organizations/acme/stats/").await;
    assert!(between(&page, "id=\"stored\"", "</section>").contains("90 days"));
    let retention = Retention {
        days: Some(30),
        bytes: Some(5 << 30),
    };
    let project = watchpost_model::Project {
        retention,
        ..house.project.clone()
    };
    house.app.ledger.update_project(&project).unwrap();
    let page = ada.read("/organizations/acme/stats/?project=web").await;
    let stored = between(&page, "id=\"stored\"", "</section>");
    assert!(stored.contains("30 days, at most 5 GiB"), "{stored}");
    assert!(stored.contains("class=\"number\">1</td>"), "{stored}");
    let missing = ada.get("/organizations/acme/stats/?project=spy").await;
    assert_eq!(missing.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn trouble_is_a_banner_on_every_page_and_told_by_the_status_page() {
    let house = House::new();
    let ada = Browser::signed_in(&house).await;
    let status = "/organizations/acme/status/";
    assert!(ada.read(status).await.contains("Everything is well"));
    let pages = [
        "/settings/acme/projects/web/",
        "/organizations/acme/quarantine/",
    ];
    for page in pages {
        assert!(!ada.read(page).await.contains("alarm-bar"), "{page}");
    }
    let mut vitals = Vitals {
        at: house.app.clock.now(),
        version: "7.7.7".to_owned(),
        ..Vitals::default()
    };
    vitals.spool.stopped = Some("sync".to_owned());
    vitals.quarantine.events = 12;
    vitals.quarantine.losses = 1;
    vitals.digest_restarts = 2;
    vitals.digest_restart_reason = Some("index <0>".to_owned());
    vitals
        .damaged_databases
        .push("ledger: malformed".to_owned());
    vitals.warnings.push(Warning {
        at: vitals.at,
        is_error: true,
        text: "<b>disk</b>".to_owned(),
    });
    house.vitals.send_replace(Arc::new(vitals));
    for page in pages {
        let page = ada.read(page).await;
        let bar = between(&page, "alarm-bar", "</a>");
        assert!(
            bar.contains("No events are accepted") && bar.contains("restart Watchpost"),
            "{bar}"
        );
        assert!(bar.contains("System status (5)"), "{bar}");
        assert!(
            page.contains("<span class=\"badge bad\">12<"),
            "the badge of the quarantine"
        );
    }
    let page = ada.read(status).await;
    for part in [
        "7.7.7",
        "ledger: malformed",
        "the digest was restarted 2 times; the last reason: index &#60;0&#62;",
        "1 note of lost events in quarantine",
        "&#60;b&#62;disk",
        "A database is damaged",
        "They are kept.",
    ] {
        assert!(page.contains(part), "{part}");
    }
    assert!(!page.contains("alarm-bar"), "said once");
    let stranger = Browser::stranger(&house);
    assert!(
        !stranger.read("/auth/login/").await.contains("accepted"),
        "only for people with an account"
    );
}

#[tokio::test]
async fn the_status_page_tells_of_a_kill_and_of_what_cannot_be_measured() {
    let house = House::new();
    let ada = Browser::signed_in(&house).await;
    let status = "/organizations/acme/status/";
    let page = ada.read(status).await;
    assert!(!page.contains("id=\"unclean\"") && !page.contains("not measured"));
    let now = house.app.clock.now();
    let mut vitals = Vitals {
        at: now,
        unclean: Some(UncleanEnd {
            started: now.plus_secs(-7200),
            waiting: 1234,
        }),
        ..Vitals::default()
    };
    house.vitals.send_replace(Arc::new(vitals.clone()));
    let page = ada.read(status).await;
    let notice = between(&page, "id=\"unclean\"", "</div>");
    for part in [
        "ended without a stop",
        "2 h ago",
        "1,234 events",
        "journalctl",
    ] {
        assert!(notice.contains(part), "{part}: {notice}");
    }
    assert!(page.contains("Everything is well"), "news, no alarm");
    vitals.unmeasured.push("the quarantine: <gone>".to_owned());
    house.vitals.send_replace(Arc::new(vitals));
    let page = ada.read(status).await;
    assert!(page.contains("The server cannot see how all of its parts are"));
    assert!(page.contains("not measured: the quarantine: &#60;gone&#62;"));
}

#[tokio::test]
async fn items_of_no_project_of_the_last_day_are_on_the_status_page_by_reason() {
    let house = House::new();
    let ada = Browser::signed_in(&house).await;
    let row =
        |page: &str| between(page, "Of no known project, last 24 hours</dt>", "</dd>").to_owned();
    let status = "/organizations/acme/status/";
    assert!(row(&ada.read(status).await).contains(">none<"));
    let now = house.app.clock.now();
    let count = |project, outcome, reason: &str, hours_ago: i64, quantity| OutcomeCount {
        project,
        key: None,
        category: "error".to_owned(),
        outcome,
        reason: reason.to_owned(),
        hour: now.plus_secs(-3600 * hours_ago).floor_to_hour(),
        quantity,
    };
    let counts = [
        count(None, Outcome::Invalid, "project_id", 0, 1000),
        count(None, Outcome::Invalid, "project_id", 23, 200),
        count(None, Outcome::Invalid, "project_id", 24, 7000),
        count(None, Outcome::Quarantined, "spool_damaged", 1, 2),
        count(Some(house.project.id), Outcome::Invalid, "too_large", 1, 5),
    ];
    house.app.ledger.add_outcomes(&counts).unwrap();
    let row = row(&ada.read(status).await);
    assert!(row.contains(">1,200 project_id, 2 spool_damaged<"), "{row}");
}

#[tokio::test]
async fn a_spike_is_named_with_the_way_to_its_quotas_and_only_to_its_own_organization() {
    let house = House::new();
    let quiet = house.add_project("api");
    let spike = |seen| SpikeState {
        since: house.app.clock.now(),
        threshold: 1500,
        seen,
        refused: 8765,
    };
    let mut vitals = Vitals {
        at: house.app.clock.now(),
        ..Vitals::default()
    };
    vitals.intake.spikes = vec![
        (house.project.id, spike(4321)),
        (house.rival.id, spike(6666)),
    ];
    house.vitals.send_replace(Arc::new(vitals));
    let ada = Browser::signed_in(&house).await;
    let quotas = "/settings/acme/projects/web/#quotas";
    let settings = ada.read("/settings/acme/projects/web/").await;
    assert!(settings.contains("id=\"quotas\""), "where the link leads");
    let bar = between(&settings, "alarm-bar", "System status");
    assert!(
        bar.contains(quotas) && bar.contains("Quotas of <bdi>"),
        "{bar}"
    );
    let page = ada.read("/organizations/acme/status/").await;
    let alarm = between(&page, "class=\"alarm\"", "</div>");
    assert!(alarm.contains(quotas), "{alarm}");
    let table = between(&page, "id=\"spikes\"", "</section>");
    for part in [quotas, "4,321", "1,500", "8,765"] {
        assert!(table.contains(part), "{part}: {table}");
    }
    assert!(!page.contains("6,666") && !page.contains("projects/rival"));
    assert!(!alarm.contains(&quiet.slug) && !table.contains(&format!("/{}/", quiet.slug)));
}
