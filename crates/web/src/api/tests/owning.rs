//! Ownership rules and the CODEOWNERS file, by Sentry's names.

use axum::http::Method;
use serde_json::{Value, json};
use watchpost_model::{Assignee, Exception, Frame, Grouped, OwnerSource, ProjectId, Stacktrace};
use watchpost_store::limits::CODEOWNERS_BYTES_MAX;
use watchpost_store::{NewTeam, Owners, Suggestion};

use super::house::{House, TOKEN, message};

const RULES: &str = "/api/0/projects/acme/web/ownership/";
const FILES: &str = "/api/0/projects/acme/web/codeowners/";

/// An event in `app/pay/card.py`.
fn pay(house: &House) -> Grouped {
    let mut grouped = message(house.project.id, "boom", 1);
    let frame = Frame {
        filename: Some("app/pay/card.py".to_owned()),
        in_app: Some(true),
        ..Frame::default()
    };
    grouped.event.exceptions.push(Exception {
        stacktrace: Some(Stacktrace {
            frames: vec![frame],
            ..Stacktrace::default()
        }),
        ..Exception::default()
    });
    grouped
}

async fn post(house: &House, path: &str, body: &Value) -> (u16, Value) {
    let body = body.to_string();
    let answer = house.send(Method::POST, path, Some(TOKEN), &body).await;
    (answer.status.as_u16(), answer.json())
}

fn team(house: &House, slug: &str) -> Assignee {
    let new = NewTeam {
        org: house.org.id,
        slug,
        name: slug,
    };
    let made = house.app.ledger.create_team(&new, house.app.clock.now());
    Assignee::Team(made.unwrap().id)
}

#[tokio::test]
async fn rules_are_read_and_written() {
    let house = House::new();
    let before = house.get(RULES).await.good();
    let expect = json!({
        "raw": null, "fallthrough": true, "autoAssignment": "Auto Assign to Issue Owner",
        "codeownersAutoSync": true, "isActive": true, "dateCreated": null, "lastUpdated": null,
    });
    assert_eq!(before, expect);
    let change = json!({
        "raw": "path:app/* #core\r\n", "fallthrough": false, "codeownersAutoSync": false,
        "autoAssignment": "Turn off Auto-Assignment",
    });
    let after = house.put(RULES, &change.to_string()).await.good();
    assert_eq!(after["raw"], "path:app/* #core\n");
    for name in ["fallthrough", "codeownersAutoSync", "autoAssignment"] {
        assert_eq!(after[name], change[name], "{name}");
    }
    assert_eq!(after["dateCreated"], "2026-05-04T12:30:00Z");
    // Infrastructure tools leave the last slash out.
    assert_eq!(house.get(RULES.trim_end_matches('/')).await.good(), after);
    let again = house.put(RULES, r#"{"autoAssignment":true}"#).await.good();
    assert_eq!(
        (&again["raw"], &again["fallthrough"]),
        (&after["raw"], &json!(false))
    );
    assert_eq!(again["autoAssignment"], "Auto Assign to Issue Owner");
}

#[tokio::test]
async fn a_rule_that_is_not_understood_is_refused_with_its_place() {
    let house = House::new();
    let refused = house
        .put(RULES, r#"{"raw":"path:a #a\npaths:b #b"}"#)
        .await
        .refusal();
    let expect = "Ownership rules, line 2: character 1: `paths` says not what";
    assert!(
        refused.0 == 400 && refused.1.starts_with(expect),
        "{refused:?}"
    );
    let refused = house.put(
        RULES,
        r#"{"autoAssignment":"Auto Assign to Suspect Commits"}"#,
    );
    assert!(refused.await.refusal().1.contains("commits are not known"));
    assert_eq!(house.get(RULES).await.good()["raw"], json!(null));
}

#[tokio::test]
async fn a_file_is_kept_replaced_and_forgotten() {
    let house = House::new();
    team(&house, "core");
    assert_eq!(house.get(FILES).await.good(), json!([]));
    let (status, made) = post(&house, FILES, &json!({"raw": "* @core @ghosts\n[x]\n"})).await;
    assert_eq!(
        (status, &made["raw"]),
        (201, &json!("* @core @ghosts\n[x]\n"))
    );
    assert_eq!(made["errors"]["unknown_owners"], json!(["#ghosts"]));
    let odd = made["errors"]["not_understood"][0].as_str().unwrap();
    assert!(odd.starts_with("line 2: character 1: `[`"), "{odd}");
    let one = format!("{FILES}{}/", made["id"].as_str().unwrap());
    let replaced = house.put(&one, r#"{"raw":"* @core"}"#).await.good();
    assert_eq!(replaced["errors"]["unknown_owners"], json!([]));
    assert_eq!(house.get(FILES).await.good(), json!([replaced]));
    let gone = house.send(Method::DELETE, &one, Some(TOKEN), "").await;
    assert_eq!(gone.status.as_u16(), 204);
    assert_eq!(house.get(FILES).await.good(), json!([]));
}

#[tokio::test]
async fn a_file_may_be_large_but_not_larger() {
    let house = House::new();
    let line = "src/some/folder/of/the/application/ @core\n";
    let mut raw = line.repeat(CODEOWNERS_BYTES_MAX / line.len());
    assert_eq!(post(&house, FILES, &json!({ "raw": raw })).await.0, 201);
    raw.push_str(line);
    let (status, answer) = post(&house, FILES, &json!({ "raw": raw })).await;
    assert!(
        status == 400
            && answer["detail"]
                .as_str()
                .unwrap()
                .contains("at most 3145728")
    );
}

#[tokio::test]
async fn what_rules_say_about_an_event_is_told() {
    let house = House::new();
    for slug in ["core", "pay"] {
        team(&house, slug);
    }
    let pay = pay(&house);
    let event = pay.event.event_id;
    house.store(pay);
    let path = format!("/api/0/projects/acme/web/events/{event}/owners/");
    let none = json!({"owners": [], "rule": null, "rules": []});
    assert_eq!(house.get(&path).await.good(), none);
    post(&house, FILES, &json!({"raw": "app/ @acme/core"})).await;
    let rules = json!({"raw": "path:lib/* #lib\npath:app/pay/* #pay ada@example.org"});
    house.put(RULES, &rules.to_string()).await.good();
    let told = house.get(&path).await.good();
    assert_eq!(told["rule"], "path:app/pay/* #pay ada@example.org");
    let names: Vec<&Value> = told["owners"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| &it["name"])
        .collect();
    assert_eq!(names, ["pay", "Ada", "core"]);
    let expect = json!([
        {"type": "codeowners", "line": 1, "pattern": "app/", "owners": ["#core"]},
        {"type": "projectOwnership", "line": 2, "pattern": "path:app/pay/*",
         "owners": ["#pay", "ada@example.org"]},
    ]);
    assert_eq!(told["rules"], expect);
}

/// As the digest would say it.
struct Core;

impl Owners for Core {
    fn version(&self, _: ProjectId) -> u64 {
        1
    }

    fn suggest(&self, _: ProjectId, event: &watchpost_model::Event) -> Suggestion {
        let (rules, _) = watchpost_group::OwnerRules::new("path:app/* #core", "");
        Suggestion {
            matches: rules.of(event),
            assigns: true,
        }
    }
}

#[tokio::test]
async fn an_issue_says_who_might_look_after_it() {
    let house = House::new();
    let core = team(&house, "core");
    let filing = watchpost_store::Filing::new(pay(&house));
    let filed = house.app.ledger.apply_owned(&[filing], &[], &Core).unwrap();
    let path = format!("/api/0/organizations/acme/issues/{}/", filed[0].issue);
    let issue = house.get(&path).await.good();
    let expect = json!([
        {"type": "ownershipRule", "owner": core.text(), "rule": "path:app/* #core"},
    ]);
    assert_eq!(issue["owners"], expect);
    assert_eq!(issue["assignedTo"]["name"], "core");
    let data = &issue["activity"][0]["data"];
    assert_eq!(data["integration"], OwnerSource::Rules.name());
}
