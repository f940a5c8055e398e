//! The page of teams, without JavaScript.

use axum::http::StatusCode;
use watchpost_model::Roster;
use watchpost_store::{Actor, NewTeam};

use super::browser::{Browser, between, location};
use super::life::{act, page_of};
use crate::api::tests::house::House;

const TEAMS: &str = "/settings/acme/teams/";

fn teams(house: &House) -> Vec<Roster> {
    house.app.ledger.teams(house.org.id).unwrap()
}

#[tokio::test]
async fn a_team_is_made_filled_renamed_and_deleted() {
    let house = House::new();
    let ada = Browser::signed_in(&house).await;
    assert!(ada.read(TEAMS).await.contains("There are no teams yet."));
    let answer = ada.submit(TEAMS, &[("name", "The Core")]).await;
    assert_eq!(location(&answer), TEAMS);
    let page = ada.read(TEAMS).await;
    assert!(
        page.contains("Team created") && page.contains("#the-core"),
        "{page}"
    );
    let made = teams(&house).remove(0);
    assert_eq!(made.members, [house.user.id], "its maker is in it");
    let one = format!("{TEAMS}{}/", made.team.id);
    let project = house.project.id.to_string();
    let slug = &house.project.slug;
    ada.submit(&one, &[("do", "give:"), ("project", slug)])
        .await;
    ada.submit(&one, &[("do", &format!("leave:{}", house.user.id))])
        .await;
    let changed = teams(&house).remove(0);
    assert_eq!(
        (changed.members.len(), changed.projects),
        (0, vec![house.project.id])
    );
    ada.submit(&one, &[("do", "join:"), ("user", &house.user.email)])
        .await;
    ada.submit(&one, &[("do", &format!("take:{project}"))])
        .await;
    ada.submit(
        &one,
        &[("do", "rename:"), ("name", "<b>Core</b>"), ("slug", "core")],
    )
    .await;
    let changed = teams(&house).remove(0);
    assert_eq!((changed.members.len(), changed.projects.len()), (1, 0));
    let page = ada.read(TEAMS).await;
    assert!(
        page.contains("Saved.") && page.contains("&#60;b&#62;Core"),
        "{page}"
    );
    ada.submit(&one, &[("do", "delete:")]).await;
    assert!(teams(&house).is_empty());
    assert!(ada.read(TEAMS).await.contains("Team deleted."));
}

/// The form that a field belongs to, with the buttons elsewhere that send it.
fn form_of(page: &str, id: &str) -> String {
    let field = format!(r#"<input class="input" id="{id}""#);
    let (before, rest) = page.split_once(&field).unwrap();
    let field = rest.split('>').next().unwrap();
    let Some((_, name)) = field.split_once("form=\"") else {
        let (_, before) = before.rsplit_once("<form").unwrap();
        return format!("{before}{}", rest.split("</form>").next().unwrap());
    };
    let name = name.split('"').next().unwrap();
    let form = between(page, &format!(r#"<form id="{name}""#), "</form>");
    let buttons = page.split("<button").skip(1);
    let buttons = buttons.filter_map(|button| button.split("</button>").next());
    let ours = buttons.filter(|button| button.contains(&format!(r#"form="{name}""#)));
    format!("{form}{}", ours.collect::<String>())
}

#[tokio::test]
async fn enter_in_a_field_adds_and_takes_nobody_out() {
    let house = House::new();
    let ada = Browser::signed_in(&house).await;
    ada.submit(TEAMS, &[("name", "Core")]).await;
    let id = teams(&house)[0].team.id;
    let one = format!("{TEAMS}{id}/");
    let slug = &house.project.slug;
    ada.submit(&one, &[("do", "give:"), ("project", slug)])
        .await;
    let page = ada.read(TEAMS).await;
    assert!(page.contains(r#"value="leave:"#) && page.contains(r#"value="take:"#));
    for (field, does) in [("user", "join:"), ("project", "give:")] {
        let form = form_of(&page, &format!("{field}-{id}"));
        assert_eq!(form.matches(r#"name="do""#).count(), 1, "{form}");
        for part in [&format!(r#"value="{does}""#), r#"name="csrf""#, &one] {
            assert!(form.contains(part), "{part} in {form}");
        }
    }
}

#[tokio::test]
async fn wrong_names_and_wishes_are_refused_with_words() {
    let house = House::new();
    let ada = Browser::signed_in(&house).await;
    ada.submit(TEAMS, &[("name", "Core")]).await;
    let again = ada.submit(TEAMS, &[("name", "Core")]).await;
    assert_eq!(again.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        again.text.contains("There is a team #core already"),
        "{}",
        again.text
    );
    let odd = ada.submit(TEAMS, &[("name", "\"><script>17")]).await;
    assert_eq!(
        odd.status,
        StatusCode::SEE_OTHER,
        "the slug is made of the letters in it"
    );
    let number = ada.submit(TEAMS, &[("name", "17")]).await;
    assert!(
        number.text.contains("at least one letter"),
        "{}",
        number.text
    );
    let one = format!("{TEAMS}{}/", teams(&house)[0].team.id);
    for (what, expect) in [
        ("explode:", StatusCode::BAD_REQUEST),
        ("join:99", StatusCode::BAD_REQUEST),
        ("join:x", StatusCode::BAD_REQUEST),
        ("give:99", StatusCode::BAD_REQUEST),
        ("rename:", StatusCode::BAD_REQUEST),
    ] {
        let answer = ada.submit(&one, &[("do", what)]).await;
        assert_eq!(answer.status, expect, "{what}");
    }
    let odd = ada
        .submit(&format!("{TEAMS}x/"), &[("do", "delete:")])
        .await;
    assert_eq!(odd.status, StatusCode::NOT_FOUND);
    let foreign = format!("/settings/rival/teams/{}/", teams(&house)[0].team.id);
    let answer = ada.submit(&foreign, &[("do", "delete:")]).await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND, "w10");
    assert_eq!(teams(&house).len(), 2);
}

#[tokio::test]
async fn a_team_gets_an_issue_and_both_pages_show_it() {
    let house = House::new();
    let ada = Browser::signed_in(&house).await;
    let core = NewTeam {
        org: house.org.id,
        slug: "core",
        name: "</bdi><script>alert(1)</script>",
    };
    let core = house.app.ledger.create_team(&core, house.app.clock.now());
    let core = core.unwrap();
    let id = house.say(house.project.id, "boom", 1);
    let page = ada.read(&page_of(id)).await;
    let choice = format!(r#"value="assign:team:{}"><bdi>#core</bdi>"#, core.id);
    assert!(page.contains(&choice), "{page}");
    let list = act(&ada, &[id], &format!("assign:team:{}", core.id)).await;
    let list = ada.read(&list).await;
    assert!(
        list.contains("Assigned to </span><bdi>#core</bdi>"),
        "{list}"
    );
    let page = ada.read(&page_of(id)).await;
    assert!(page.contains("gave it to #core"), "{page}");
    let actor = Actor::User(house.user.id);
    house
        .app
        .ledger
        .delete_team(&core, actor, house.app.clock.now())
        .unwrap();
    let page = ada.read(&page_of(id)).await;
    assert!(
        page.contains("took it from everybody: #core was deleted"),
        "{page}"
    );
    assert!(
        page.contains("gave it to #core"),
        "the log still says so: {page}"
    );
}
