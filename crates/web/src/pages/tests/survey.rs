//! Pages across issues: projects and releases.

use axum::http::StatusCode;
use watchpost_model::{Clock as _, ProjectId, Tag, UserContext};
use watchpost_store::{Action, Actor, Commit, Deploy, Resolve};

use super::browser::{Browser, between};
use crate::api::tests::house::{House, message};

pub(super) const ORG: &str = "/organizations/acme";

/// What an event says beside its text.
#[derive(Clone, Copy, Default)]
pub(super) struct Facts<'a> {
    pub(super) release: &'a str,
    pub(super) environment: &'a str,
    pub(super) user: &'a str,
    pub(super) shard: &'a str,
}

pub(super) fn say(
    house: &House,
    project: ProjectId,
    (text, minute): (&str, i64),
    facts: Facts<'_>,
) {
    let mut grouped = message(project, text, minute);
    let some = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
    grouped.event.release = some(facts.release);
    grouped.event.environment = some(facts.environment);
    grouped.event.user = some(facts.user).map(|email| UserContext {
        id: Some(format!("id-of-{email}")),
        email: Some(email),
        ..UserContext::default()
    });
    if !facts.shard.is_empty() {
        grouped.event.tags = vec![Tag {
            key: "shard".to_owned(),
            value: facts.shard.to_owned(),
        }];
    }
    house.store(grouped);
}

#[tokio::test]
async fn the_overview_says_how_each_project_is() {
    let house = House::new();
    let ada = Browser::signed_in(&house).await;
    let (web, api) = (house.project.id, house.add_project("api").id);
    house.add_project("silent");
    for minute in 0..3 {
        let facts = Facts {
            release: "2.0",
            user: "jo@example.org",
            ..Facts::default()
        };
        say(&house, web, ("boom", minute), facts);
    }
    say(&house, api, ("bang", 4), Facts::default());
    say(&house, house.rival.id, ("secret", 5), Facts::default());
    let page = ada.read(&format!("{ORG}/projects/")).await;
    let of =
        |name: &str| between(&page, &format!("<bdi>{name}</bdi></a></h2>"), "</li>").to_owned();
    let card = of("web");
    for expect in [
        "<b>3</b> errors",
        "none the day before",
        "1 user",
        "<bdi>2.0</bdi>",
        "3 events in 24 hours",
    ] {
        assert!(card.contains(expect), "{expect} in {card}");
    }
    assert!(of("api").contains("<b>1</b> error "), "{}", of("api"));
    let silent = of("silent");
    assert!(silent.contains("No event has arrived yet") && silent.contains("getting-started"));
    assert!(!page.contains("spy"), "W10: the other organization");
    let places = |page: &str| {
        ["web", "api", "silent"].map(|name| page.find(&format!("<bdi>{name}</bdi></a></h2>")))
    };
    assert!(places(&page).is_sorted(), "the most errors first");
    let by_name = ada.read(&format!("{ORG}/projects/?sort=name")).await;
    let [web_at, api_at, silent_at] = places(&by_name);
    assert!(api_at < silent_at && silent_at < web_at);
    let found = ada.read(&format!("{ORG}/projects/?query=AP")).await;
    assert_eq!(
        places(&found).map(|place| place.is_some()),
        [false, true, false]
    );
    let none = ada.read(&format!("{ORG}/projects/?query=none")).await;
    assert!(none.contains("No project has this name"));
}

#[tokio::test]
async fn releases_are_listed_with_what_happened_in_them() {
    let house = House::new();
    let ada = Browser::signed_in(&house).await;
    let (web, ledger) = (house.project.id, &house.app.ledger);
    let of = |release, environment| Facts {
        release,
        environment,
        ..Facts::default()
    };
    say(&house, web, ("old", 1), of("1.0", "production"));
    let issue = house.say(web, "old", 2);
    let resolve = Action::Resolve(Resolve::Now);
    ledger
        .act(
            web,
            &[issue],
            &resolve,
            Actor::System,
            house.clock.now().plus_secs(-80 * 60),
        )
        .unwrap();
    say(&house, web, ("old", 20), of("1/1 ü", "production"));
    say(&house, web, ("new", 21), of("1/1 ü", "staging"));
    say(&house, web, ("new", 22), of("1/1 ü", "staging"));
    let list = ada.read(&format!("{ORG}/releases/")).await;
    let row = between(&list, "<bdi>1/1 ü</bdi>", "</tr>");
    // Share, new, came back.
    for expect in [">60 %<", ">1</td><td class=\"number\">1</td>", "none told"] {
        assert!(row.contains(expect), "{expect} in {row}");
    }
    assert!(
        list.find("1/1 ü") < list.find("<bdi>1.0</bdi>"),
        "the newest first"
    );
    let staging = ada
        .read(&format!("{ORG}/releases/?environment=staging"))
        .await;
    assert!(staging.contains("<bdi>1/1 ü</bdi>") && !staging.contains("<bdi>1.0</bdi>"));
    assert!(staging.contains(">100 %<"));
    let found = ada.read(&format!("{ORG}/releases/?query=1.0")).await;
    assert!(!found.contains("<bdi>1/1 ü</bdi>") && found.contains("<bdi>1.0</bdi>"));
    let none = ada.read(&format!("{ORG}/releases/?query=none")).await;
    assert!(none.contains("No release matches"));
    let foreign = format!("/organizations/rival/releases/?project={web}");
    assert_eq!(ada.get(&foreign).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_release_says_what_it_brought_and_mended() {
    let house = House::new();
    let ada = Browser::signed_in(&house).await;
    let (web, ledger) = (house.project.id, &house.app.ledger);
    let of = |release| Facts {
        release,
        ..Facts::default()
    };
    say(&house, web, ("gone", 1), of("1.0"));
    say(&house, web, ("both", 2), of("1.0"));
    say(&house, web, ("both", 10), of("../1 ü"));
    say(&house, web, ("fresh", 11), of("../1 ü"));
    let commit = Commit {
        id: "f00dfeed0123456789".to_owned(),
        message: "Mend <b>it</b>\n\nAt length".to_owned(),
        ..Commit::default()
    };
    ledger.put_commits(web, "../1 ü", &[commit]).unwrap();
    let deploy = Deploy {
        id: 0,
        environment: "canary".to_owned(),
        name: None,
        url: Some("javascript:alert(1)".to_owned()),
        started: Some(house.clock.now().plus_secs(-90)),
        finished: house.clock.now(),
    };
    ledger.add_deploy(web, "../1 ü", &deploy).unwrap();
    let list = ada.read(&format!("{ORG}/releases/")).await;
    let href = between(&list, "class=\"strong\" href=\"", "\"").to_owned();
    let page = ada.read(&href).await;
    let part = |id: &str| between(&page, &format!("id=\"{id}\""), "</section>").to_owned();
    assert!(part("new").contains("fresh") && !part("new").contains("both"));
    assert!(part("only").contains("fresh") && !part("only").contains("both"));
    assert!(part("gone").contains("gone") && !part("gone").contains("both"));
    assert!(
        part("commits").contains("f00dfeed0123") && part("commits").contains("Mend &#60;b&#62;it")
    );
    assert!(!part("commits").contains("At length"));
    assert!(part("deploys").contains("canary") && part("deploys").contains("90 s"));
    assert!(!page.contains("javascript:alert"), "W02");
    assert!(page.contains("2 of 4 events in 24 hours: 50 %"), "{page}");
    for link in part("new").split("href=\"").skip(1) {
        let link = link
            .split('"')
            .next()
            .unwrap()
            .replace("&#38;", "&")
            .replace("&amp;", "&");
        assert_eq!(ada.get(&link).await.status, StatusCode::OK, "{link}");
    }
    // Dots alone are a way up to a browser.
    say(&house, web, ("dots", 12), of(".."));
    let list = ada.read(&format!("{ORG}/releases/")).await;
    let href = between(&list, "class=\"strong\" href=\"", "\"").replace("&#38;", "&");
    assert!(href.contains("version=.."), "{href}");
    let dots = ada.read(&format!("{href}&compare=1.0")).await;
    assert!(
        dots.contains("Seen here, not in 1.0") && dots.contains("name=\"compare\" value=\"1.0\"")
    );
    let period = between(&dots, "aria-label=\"Period\"><a href=\"", "\"").replace("&#38;", "&");
    assert!(
        ada.read(&period).await.contains("Seen here, not in 1.0"),
        "{period}"
    );
    let missing = ada
        .get(&format!("{ORG}/releases/none/?project={web}"))
        .await;
    assert_eq!(missing.status, StatusCode::NOT_FOUND);
    let foreign = ada
        .get(&format!("/organizations/rival/releases/1.0/?project={web}"))
        .await;
    assert_eq!(foreign.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn what_is_in_the_trash_is_in_no_survey() {
    let house = House::new();
    let ada = Browser::signed_in(&house).await;
    let web = house.project.id;
    let of = |user| Facts {
        release: "1.0",
        user,
        ..Facts::default()
    };
    say(&house, web, ("kept", 1), of("jo@example.org"));
    say(&house, web, ("thrown", 2), of("mo@example.org"));
    let thrown = house.say(web, "thrown", 3);
    let guide = format!("{ORG}/projects/web/getting-started/");
    let release = format!("{ORG}/releases/1.0/?project={web}");
    assert!(ada.read(&guide).await.contains(">thrown<"));
    assert!(ada.read(&release).await.contains("2 of 3 events"));
    super::life::act(&ada, &[thrown], "delete").await;
    let users = ada.read(&format!("{ORG}/users/")).await;
    assert!(users.contains("1 user in") && !users.contains("mo@example.org"));
    let gone = format!("{ORG}/users/show/?user=mo%40example.org");
    let gone = ada.read(&gone).await;
    assert!(gone.contains("0 events of 0 issues"), "{gone}");
    assert!(!gone.contains("id-of-mo"), "{gone}");
    let page = ada.read(&release).await;
    assert!(page.contains("1 of 1 event "), "{page}");
    let guide = ada.read(&guide).await;
    assert!(guide.contains(">kept<") && !guide.contains(">thrown<"));
}

#[tokio::test]
async fn a_count_of_unresolved_issues_leads_to_those() {
    let house = House::new();
    let ada = Browser::signed_in(&house).await;
    house.say(house.project.id, "boom", 1);
    let page = ada.read(&format!("{ORG}/projects/")).await;
    let link = between(&page, "<dt>Unresolved</dt><dd><a href=\"", "\"");
    assert!(link.ends_with("&amp;query=is:unresolved"), "{link}");
}
