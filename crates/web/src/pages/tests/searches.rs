//! Searches without JavaScript: what is remembered, saved, marked as wrong and taken out.

use axum::http::{HeaderName, Method, StatusCode};
use watchpost_store::{NewSearch, NewUser, SavedSearch, Sort};

use super::browser::{Browser, between, location};
use crate::api::tests::house::House;

const LIST: &str = "/organizations/acme/issues/";
const SAVED: &str = "/organizations/acme/issues/searches/";

fn saved(house: &House) -> Vec<SavedSearch> {
    let ledger = &house.app.ledger;
    ledger.saved_searches(house.org.id, house.user.id).unwrap()
}

fn recent(house: &House) -> Vec<String> {
    let recent = house
        .app
        .ledger
        .recent_searches(house.org.id, house.user.id);
    recent.unwrap().into_iter().map(|one| one.query).collect()
}

#[tokio::test]
async fn what_was_typed_is_remembered_and_offered() {
    let house = House::new();
    let ada = Browser::signed_in(&house).await;
    house.say(house.project.id, "cart", 1);
    let page = ada.read(LIST).await;
    assert!(page.contains(r#"name="typed" value="1""#), "{page}");
    let typed = async |query: &str| ada.target(&format!("{LIST}?typed=1&{query}")).await;
    let to = typed("query=level:error+cart&sort=freq&level=error").await;
    let id = house.project.id;
    let expect = format!("{LIST}?project={id}&query=level%3Aerror+cart&sort=freq&level=error");
    assert_eq!(to, expect, "the address is one to share");
    // What the list begins with, what is not understood, and links are not remembered.
    for query in ["query=", "query=is:unresolved", "query=is:"] {
        typed(query).await;
    }
    ada.read(&format!("{LIST}?query=linked")).await;
    assert_eq!(recent(&house), ["level:error cart"]);
    let page = ada.read(LIST).await;
    let menu = between(&page, "aria-label=\"Searches\"", "</nav>");
    assert!(menu.contains("<bdi>level:error cart</bdi>"), "{menu}");
    let answer = ada.submit(SAVED, &[("do", "forget")]).await;
    assert_eq!(location(&answer), SAVED);
    assert!(recent(&house).is_empty());
}

#[tokio::test]
async fn w13_a_link_of_another_site_is_no_typing() {
    let house = House::new();
    let ada = Browser::signed_in(&house).await;
    house.say(house.project.id, "cart", 1);
    let check = async |site: &str, expect: &[&str]| {
        let headers = [(HeaderName::from_static("sec-fetch-site"), site.to_owned())];
        let path = format!("{LIST}?typed=1&query={site}");
        let answer = ada.send_with(Method::GET, &path, &[], &headers).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text);
        assert_eq!(recent(&house), expect, "{site}");
    };
    check("cross-site", &[]).await;
    check("same-site", &[]).await;
    check("same-origin", &["same-origin"]).await;
}

#[tokio::test]
async fn an_address_without_a_search_is_missing_for_who_is_signed_in() {
    let house = House::new();
    let place = format!("{SAVED}no-number/");
    let stranger = Browser::stranger(&house);
    let to = stranger.target(&place).await;
    assert!(to.starts_with("/auth/login/?next="), "{to}");
    let ada = Browser::signed_in(&house).await;
    for answer in [
        ada.get(&place).await,
        ada.submit(&place, &[("do", "delete")]).await,
    ] {
        assert_eq!(answer.status, StatusCode::NOT_FOUND);
        assert!(answer.text.contains("saved search"), "{}", answer.text);
    }
}

#[tokio::test]
async fn the_menu_is_short_however_many_searches_are_saved() {
    let house = House::new();
    let ada = Browser::signed_in(&house).await;
    house.say(house.project.id, "cart", 1);
    let (ledger, user) = (&house.app.ledger, house.user.id);
    let long = "long ".repeat(800);
    for number in 10..32 {
        for owner in [Some(user), None] {
            let new = NewSearch {
                org: house.org.id,
                owner,
                name: &format!("carts {number}"),
                query: long.trim(),
                sort: Sort::LastSeen,
                is_pinned: true,
                is_default: false,
            };
            ledger.save_search(&new, user, house.user.created).unwrap();
        }
    }
    let page = ada.read(LIST).await;
    assert!(!page.contains("long"), "the texts are not in the list");
    let menu = between(&page, "aria-label=\"Searches\"", "</nav>");
    assert_eq!(menu.matches("<bdi>carts ").count(), 40);
    assert!(menu.contains("All saved searches"), "{menu}");
    let tabs = between(&page, "aria-label=\"Status\"", "</nav>");
    assert_eq!(tabs.matches("<bdi>carts ").count(), 20);
    // A tab leads to its search in the project that is looked at.
    let (_, tab) = tabs.split_once(SAVED).unwrap();
    let place = format!("{SAVED}{}", tab.split('"').next().unwrap());
    let to = ada.target(&place.replace("&#38;", "&")).await;
    let expect = format!("{LIST}?project={}&query=long%20", house.project.id);
    assert!(to.replace('+', "%20").starts_with(&expect), "{to}");
}

#[tokio::test]
async fn unresolved_issues_are_unresolved_whatever_the_list_begins_with() {
    let house = House::new();
    let ada = Browser::signed_in(&house).await;
    house.say(house.project.id, "cart", 1);
    let fields = [("name", "Done"), ("query", "is:resolved"), ("default", "1")];
    ada.submit(SAVED, &fields).await;
    assert!(ada.read(LIST).await.contains("value=\"is:resolved\""));
    let page = ada
        .read(&format!("{LIST}?query={}", "0".repeat(31) + "1"))
        .await;
    let (before, _) = page.split_once("\">Show unresolved issues").unwrap();
    let (_, link) = before.rsplit_once("href=\"").unwrap();
    let page = ada
        .read(&link.replace("&#38;", "&").replace("&amp;", "&"))
        .await;
    assert!(page.contains("value=\"is:unresolved\""), "{page}");
}

#[tokio::test]
async fn a_refused_change_keeps_what_was_typed() {
    let house = House::new();
    let ada = Browser::signed_in(&house).await;
    ada.submit(SAVED, &[("name", "mine"), ("query", "cart")])
        .await;
    let place = format!("{SAVED}{}/", saved(&house).remove(0).id);
    let fields = [
        ("name", "renamed"),
        ("query", "cart is:openn"),
        ("sort", "freq"),
        ("pinned", "1"),
    ];
    let answer = ada.submit(&place, &fields).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    let fold = between(&answer.text, "<details class=\"fold\"", "</details>");
    for part in [
        "value=\"renamed\"",
        "value=\"cart is:openn\"",
        "value=\"freq\" selected",
        "name=\"pinned\" value=\"1\" checked",
    ] {
        assert!(fold.contains(part), "{part}: {fold}");
    }
    assert!(fold.starts_with(" open>"), "{fold}");
    // The form of a new one stays empty.
    let new = between(&answer.text, "New saved search", "</section>");
    assert!(!new.contains("renamed") && !new.contains("openn"), "{new}");
    assert!(ada.read(SAVED).await.contains("<details class=\"fold\">"));
}

#[tokio::test]
async fn a_search_is_saved_pinned_shared_renamed_and_deleted() {
    let house = House::new();
    let ada = Browser::signed_in(&house).await;
    house.say(house.project.id, "cart", 1);
    let page = ada.read(&format!("{LIST}?query=%3Ccart%3E&sort=new")).await;
    let menu = between(&page, "aria-label=\"Searches\"", "</nav>");
    let link = between(menu, "href=\"", "\"").replace("&#38;", "&");
    let form = ada.read(&link).await;
    assert!(form.contains("value=\"&#60;cart&#62;\""), "{form}");
    assert!(form.contains("value=\"new\" selected"), "{form}");
    let fields = [("name", "<b>Carts"), ("query", "cart"), ("sort", "new")];
    let answer = ada.submit(SAVED, &fields).await;
    assert_eq!(location(&answer), SAVED);
    assert!(ada.read(SAVED).await.contains("&#60;b&#62;Carts"));
    let one = saved(&house).remove(0);
    assert_eq!((one.owner, one.is_pinned), (Some(house.user.id), false));
    let place = format!("{SAVED}{}/", one.id);
    let to = ada.target(&place).await;
    assert_eq!(to, format!("{LIST}?query=cart&sort=new"));
    assert!(!ada.read(LIST).await.contains("aria-current=\"page\"><bdi>"));
    let pinned = [
        ("name", "Carts"),
        ("query", "cart"),
        ("sort", "freq"),
        ("pinned", "1"),
        ("default", "1"),
        ("shared", "1"),
    ];
    ada.submit(&place, &pinned).await;
    let changed = saved(&house).remove(0);
    assert_eq!(
        (changed.owner, changed.is_pinned, changed.is_default),
        (None, true, true)
    );
    // The list begins with it, and it is a tab.
    let page = ada.read(LIST).await;
    assert!(page.contains("value=\"cart\""), "{page}");
    let tabs = between(&page, "aria-label=\"Status\"", "</nav>");
    assert!(
        tabs.contains("aria-current=\"page\"><bdi>Carts</bdi>"),
        "{tabs}"
    );
    let page = ada.read(&format!("{LIST}?query=is:unresolved")).await;
    assert!(page.contains("value=\"is:unresolved\""), "{page}");
    ada.submit(&place, &[("do", "delete")]).await;
    assert!(saved(&house).is_empty());
    assert_eq!(ada.get(&place).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn what_cannot_be_saved_is_said_and_kept() {
    let house = House::new();
    let ada = Browser::signed_in(&house).await;
    let check = async |name: &str, query: &str, part: &str| {
        let answer = ada.submit(SAVED, &[("name", name), ("query", query)]).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(answer.text.contains(part), "{name}: {}", answer.text);
    };
    check("", "cart", "A name has 1 to 100 characters").await;
    check(&"x".repeat(101), "cart", "A name has 1 to 100 characters").await;
    check("a", "is:", "(at character 4)").await;
    ada.submit(SAVED, &[("name", "mine"), ("query", "cart")])
        .await;
    check("mine", "other", "There is a search `mine` already").await;
    check("mine", "other", "value=\"other\"").await;
    // Without the session's token nothing is saved.
    let forged = ada.post(SAVED, &[("name", "x"), ("query", "cart")]).await;
    assert_eq!(forged.status, StatusCode::FORBIDDEN);
    assert_eq!(saved(&house).len(), 1);
}

#[tokio::test]
async fn w10_searches_of_others_are_not_there() {
    let house = House::new();
    let ada = Browser::signed_in(&house).await;
    let new = NewUser {
        email: "ben@example.org",
        name: "Ben",
        password_hash: "none",
    };
    let (ledger, now) = (&house.app.ledger, house.user.created);
    let ben = ledger.create_user(&new, now).unwrap();
    let theirs = NewSearch {
        org: house.org.id,
        owner: Some(ben.id),
        name: "Bens",
        query: "cart",
        sort: Sort::LastSeen,
        is_pinned: false,
        is_default: false,
    };
    let id = ledger.save_search(&theirs, ben.id, now).unwrap().id;
    let place = format!("{SAVED}{id}/");
    assert_eq!(ada.get(&place).await.status, StatusCode::NOT_FOUND);
    for fields in [&[("do", "delete")][..], &[("name", "x"), ("query", "cart")]] {
        let answer = ada.submit(&place, fields).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{fields:?}");
    }
    assert!(!ada.read(SAVED).await.contains("Bens"));
    assert_eq!(
        ledger.saved_searches(house.org.id, ben.id).unwrap().len(),
        1
    );
}

#[tokio::test]
async fn terms_are_taken_out_one_by_one() {
    let house = House::new();
    let ada = Browser::signed_in(&house).await;
    let issue = house.say(house.project.id, "cart", 1);
    let chips = |page: &str| {
        let chips = page.split("class=\"chip\" href=\"").skip(1);
        let chip = |chip: &str| {
            let href = chip.split('"').next().unwrap().replace("&#38;", "&");
            (href, between(chip, "<bdi>", "</bdi>").to_owned())
        };
        chips.map(chip).collect::<Vec<_>>()
    };
    assert!(chips(&ada.read(LIST).await).is_empty(), "a tab shows it");
    let id = house.project.id;
    let page = ada
        .read(&format!("{LIST}?query=is:unresolved+cart&sort=freq"))
        .await;
    let expect = [
        (
            format!("{LIST}?project={id}&query=cart&sort=freq"),
            "is:unresolved".to_owned(),
        ),
        (
            format!("{LIST}?project={id}&query=is%3Aunresolved&sort=freq"),
            "cart".to_owned(),
        ),
    ];
    assert_eq!(chips(&page), expect);
    let events = format!("{LIST}{issue}/events/");
    let page = ada.read(&format!("{events}?query=level:error+cart")).await;
    let expect = [
        (format!("{events}?query=cart"), "level:error".to_owned()),
        (format!("{events}?query=level%3Aerror"), "cart".to_owned()),
    ];
    assert_eq!(chips(&page), expect);
}

#[tokio::test]
async fn what_is_wrong_is_marked_with_a_way_out() {
    let house = House::new();
    let ada = Browser::signed_in(&house).await;
    let issue = house.say(house.project.id, "cart", 1);
    let page = ada.read(&format!("{LIST}?query=größe+is:openn+x")).await;
    assert!(page.contains("größe is:<mark>openn</mark> x"), "{page}");
    assert!(page.contains("(at character 10)"), "{page}");
    let id = house.project.id;
    let way = format!(
        "{LIST}?project={id}&#38;query=gr%C3%B6%C3%9Fe+x&#38;sort=date\">Search without it"
    );
    assert!(page.contains(&way), "{page}");
    let events = format!("{LIST}{issue}/events/");
    let page = ada.read(&format!("{events}?query=a+is:new")).await;
    assert!(page.contains("a <mark>is:new</mark>"), "{page}");
    assert!(
        page.contains(&format!("{events}?query=a\">Search without it")),
        "{page}"
    );
    let page = ada.read(&format!("{LIST}?query=level:")).await;
    assert!(page.contains("level:<mark>"), "{page}");
}

#[tokio::test]
async fn the_box_is_completed_for_who_is_signed_in() {
    let house = House::new();
    house.say(house.project.id, "cart", 1);
    let path = format!(
        "/organizations/acme/search/complete/?project={}&query=level:err",
        house.project.id
    );
    let stranger = Browser::stranger(&house);
    assert_eq!(stranger.get(&path).await.status, StatusCode::SEE_OTHER);
    let ada = Browser::signed_in(&house).await;
    let page = ada.read(LIST).await;
    let asked = between(&page, "data-complete=\"", "\"");
    assert!(path.starts_with(asked), "{asked}");
    let answer = ada.get(&path).await.json();
    assert_eq!(answer["suggestions"][0]["text"], "error ");
    assert_eq!(
        (answer["from"].as_u64(), answer["until"].as_u64()),
        (Some(6), Some(9))
    );
    let elsewhere = "/organizations/nobody/search/complete/?query=x";
    assert_eq!(ada.get(elsewhere).await.status, StatusCode::NOT_FOUND);
    // Words of a project that is not here are nobody's business.
    let other = format!(
        "/organizations/acme/search/complete/?project={}&query=level:err",
        house.rival.id
    );
    assert_eq!(
        ada.get(&other).await.json()["suggestions"][0]["count"],
        serde_json::Value::Null
    );
}
