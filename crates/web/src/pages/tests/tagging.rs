//! Pages across issues: environments, users, tags, and quotas on the page of stats.

use axum::http::{StatusCode, header};
use watchpost_model::{Quota, Tag};

use super::browser::{Browser, between};
use super::survey::{Facts, ORG, say};
use crate::api::tests::house::{House, message};

#[tokio::test]
async fn environments_are_hidden_and_shown_again() {
    let house = House::new();
    let ada = Browser::signed_in(&house).await;
    let web = house.project.id;
    for (minute, environment) in (0..).zip(["production", "production", "a \"b\""]) {
        let facts = Facts {
            environment,
            ..Facts::default()
        };
        say(&house, web, (&format!("boom {minute}"), minute), facts);
    }
    let path = format!("{ORG}/environments/");
    let page = ada.read(&path).await;
    let row = between(&page, "<bdi>production</bdi>", "</tr>");
    assert!(
        row.contains(">2</td>") && row.contains("66 %") && row.contains("value=\"hide\""),
        "{row}"
    );
    let project = web.to_string();
    let fields = [("project", &*project), ("name", "a \"b\""), ("do", "hide")];
    assert_eq!(
        ada.submit(&path, &fields).await.status,
        StatusCode::SEE_OTHER
    );
    let page = ada.read(&path).await;
    assert!(page.contains("value=\"show\"") && page.contains("Hidden"));
    let choices = ada.read(&format!("{ORG}/users/")).await;
    assert!(
        choices.contains(">production</option>") && !choices.contains("a &#34;b&#34;</option>")
    );
    let fields = [("project", &*project), ("name", "a \"b\""), ("do", "show")];
    assert_eq!(
        ada.submit(&path, &fields).await.status,
        StatusCode::SEE_OTHER
    );
    assert!(!ada.read(&path).await.contains("value=\"show\""));
    for (name, what, status) in [
        ("none", "hide", StatusCode::NOT_FOUND),
        ("production", "", StatusCode::BAD_REQUEST),
    ] {
        let fields = [("project", &*project), ("name", name), ("do", what)];
        assert_eq!(
            ada.submit(&path, &fields).await.status,
            status,
            "{name} {what}"
        );
    }
    let bare = ada
        .post(
            &path,
            &[
                ("project", &*project),
                ("name", "production"),
                ("do", "hide"),
            ],
        )
        .await;
    assert_eq!(
        bare.status,
        StatusCode::FORBIDDEN,
        "without the session's token"
    );
}

#[tokio::test]
async fn users_are_found_with_what_hit_them() {
    let house = House::new();
    let ada = Browser::signed_in(&house).await;
    let (web, api) = (house.project.id, house.add_project("api").id);
    let of = |user| Facts {
        user,
        environment: "production",
        ..Facts::default()
    };
    for minute in 0..3 {
        say(&house, web, ("often", minute), of("jo@example.org"));
    }
    say(&house, api, ("once", 4), of("jo@example.org"));
    say(&house, web, ("often", 5), of("mo<b>@example.org"));
    say(&house, web, ("nobody", 6), of(""));
    say(&house, house.rival.id, ("secret", 7), of("spy@example.org"));
    let page = ada.read(&format!("{ORG}/users/")).await;
    assert!(page.contains("2 users in 24 hours"), "{page}");
    assert!(page.find("jo@example.org") < page.find("mo&#60;b&#62;@example.org"));
    assert!(!page.contains("spy@"), "W10");
    let found = ada.read(&format!("{ORG}/users/?query=JO%40")).await;
    assert!(found.contains("jo@example.org") && !found.contains("mo&#60;"));
    let by_id = ada.read(&format!("{ORG}/users/?query=id-of-mo")).await;
    assert!(
        by_id.contains("mo&#60;b&#62;@") && !by_id.contains("<bdi>jo@"),
        "{by_id}"
    );
    let none = ada.read(&format!("{ORG}/users/?query=nowhere")).await;
    assert!(none.contains("No user matches"));
    let href = between(&page, "class=\"strong\" href=\"", "\"").replace("&#38;", "&");
    let user = ada.read(&href).await;
    assert!(user.contains("4 events of 2 issues in 24 hours"), "{user}");
    assert!(user.contains("id-of-jo@example.org") && user.contains("once"));
    let events = between(&user, "<td class=\"number\"><a href=\"", "\"").replace("&#38;", "&");
    let events = ada.read(&events).await;
    assert!(events.matches("jo@example.org").count() > 1, "{events}");
    assert!(!events.contains("mo&#60;"));
    let narrow = ada
        .read(&format!(
            "{ORG}/users/show/?project={api}&user=jo%40example.org"
        ))
        .await;
    assert!(narrow.contains("1 event of 1 issue"));
    let missing = ada.get(&format!("{ORG}/users/show/")).await;
    assert_eq!(missing.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn tags_are_explored_and_downloaded() {
    let house = House::new();
    let ada = Browser::signed_in(&house).await;
    let web = house.project.id;
    for (minute, shard) in (0..).zip(["eu", "eu", "=us,<i>", "eu"]) {
        let facts = Facts {
            shard,
            ..Facts::default()
        };
        say(
            &house,
            web,
            (&format!("boom {}", minute % 2), minute),
            facts,
        );
    }
    let page = ada.read(&format!("{ORG}/tags/")).await;
    let row = between(&page, "<bdi>shard</bdi>", "</tr>");
    for expect in [
        ">2</td>",
        ">4</td>",
        "<bdi>eu</bdi>",
        "75 %",
        "=us,&#60;i&#62;",
    ] {
        assert!(row.contains(expect), "{expect} in {row}");
    }
    let found = ada.read(&format!("{ORG}/tags/?query=SHA")).await;
    assert!(found.contains("<bdi>shard</bdi>") && !found.contains("<bdi>level</bdi>"));
    let path = format!("{ORG}/tags/shard/?project={web}");
    let tag = ada.read(&path).await;
    let row = between(&tag, "<bdi>eu</bdi>", "</tr>");
    assert!(
        row.contains(">3</td>") && row.contains("75 %") && row.contains(">2</td>"),
        "{row}"
    );
    let href = between(&tag, "<td class=\"survey-issue\"><a href=\"", "\"").replace("&#38;", "&");
    assert!(ada.read(&href).await.contains("boom 1"));
    let one = ada.read(&format!("{path}&query=US")).await;
    assert!(!one.contains("<bdi>eu</bdi>") && one.contains("=us,&#60;i&#62;"));
    let csv = between(&tag, "class=\"button push\" href=\"", "\"").replace("&#38;", "&");
    let csv = ada.get(&csv).await;
    assert_eq!(csv.headers[header::CONTENT_TYPE], "text/csv; charset=utf-8");
    let lines: Vec<&str> = csv.text.lines().collect();
    assert_eq!(lines[0], "shard,events,issues,last_seen");
    assert!(lines[1].starts_with("eu,3,2,2026-"), "{lines:?}");
    assert!(lines[2].starts_with("\"'=us,<i>\",1,1,"), "{lines:?}");
    let none = ada.read(&format!("{ORG}/tags/none/?project={web}")).await;
    assert!(none.contains("No value yet"));
    let foreign = ada
        .get(&format!("/organizations/rival/tags/shard/?project={web}"))
        .await;
    assert_eq!(foreign.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn quotas_say_how_much_of_them_is_used() {
    let house = House::new();
    let ada = Browser::signed_in(&house).await;
    let mut project = house.project.clone();
    let quota = |category: Option<&str>, limit, window_secs| Quota {
        category: category.map(str::to_owned),
        limit,
        window_secs,
    };
    project.quotas = vec![quota(Some("error"), 8, 86_400), quota(None, 5, 60)];
    house.app.ledger.update_project(&project).unwrap();
    for minute in 0..2 {
        say(&house, project.id, ("boom", minute), Facts::default());
    }
    let page = ada
        .read(&format!("{ORG}/stats/?project={}", project.id))
        .await;
    let part = between(&page, "id=\"quotas\"", "</section>");
    for expect in [
        "errors and messages",
        "a day",
        "2 <span class=\"muted\">25 %</span>",
        "everything together",
        "kept by the hour only",
    ] {
        assert!(part.contains(expect), "{expect} in {part}");
    }
    assert!(
        !ada.read(&format!("{ORG}/stats/"))
            .await
            .contains("id=\"quotas\"")
    );
}

#[tokio::test]
async fn what_a_user_page_is_narrowed_to_stays() {
    let house = House::new();
    let ada = Browser::signed_in(&house).await;
    for (minute, environment) in (0..).zip(["staging", "production", "production"]) {
        let facts = Facts {
            environment,
            user: "jo@example.org",
            ..Facts::default()
        };
        say(&house, house.project.id, ("boom", minute), facts);
    }
    let list = format!("{ORG}/users/?environment=production&statsPeriod=30d");
    let list = ada.read(&list).await;
    let href = between(&list, "class=\"strong\" href=\"", "\"").replace("&#38;", "&");
    let user = ada.read(&href).await;
    assert!(user.contains("2 events of 1 issue in 30 days"), "{user}");
    let events = between(&user, "<td class=\"number\"><a href=\"", "\"").replace("&#38;", "&");
    assert!(events.contains("&environment=production&statsPeriod=30d"));
    let events = ada.read(&events).await;
    assert_eq!(events.matches("class=\"events-what\"").count(), 2);
}

#[tokio::test]
async fn a_tag_named_like_a_field_leads_to_the_tag() {
    let house = House::new();
    let ada = Browser::signed_in(&house).await;
    let mut grouped = message(house.project.id, "boom", 1);
    grouped.event.tags = vec![Tag {
        key: "title".to_owned(),
        value: "odd".to_owned(),
    }];
    house.store(grouped);
    let term = "query=tags%5Btitle%5D%3Aodd";
    let tags = ada.read(&format!("{ORG}/tags/")).await;
    assert!(tags.contains(term), "{tags}");
    let path = format!("{ORG}/tags/title/?project={}", house.project.id);
    let tag = ada.read(&path).await;
    assert!(tag.contains(term), "{tag}");
}

#[tokio::test]
async fn a_page_of_a_tag_counts_hidden_environments_and_its_file_follows_it() {
    let house = House::new();
    let ada = Browser::signed_in(&house).await;
    let web = house.project.id;
    for (minute, environment) in (0..).zip(["production", "staging", "staging"]) {
        let facts = Facts {
            environment,
            ..Facts::default()
        };
        say(&house, web, ("boom", minute), facts);
    }
    let ledger = &house.app.ledger;
    ledger.hide_environment(web, "staging", true).unwrap();
    let path = format!("{ORG}/tags/environment/?project={web}");
    let tag = ada.read(&path).await;
    let row = between(&tag, "<bdi>production</bdi>", "</tr>");
    assert!(row.contains("33 %"), "{row}");
    let tag = ada.read(&format!("{path}&query=prod")).await;
    let csv = between(&tag, "class=\"button push\" href=\"", "\"").replace("&#38;", "&");
    let csv = ada.get(&csv).await.text;
    assert_eq!(csv.lines().count(), 2, "{csv}");
    assert!(csv.contains("production") && !csv.contains("staging"));
}
