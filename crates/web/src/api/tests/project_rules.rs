//! The rules of a project, by Sentry's names.

use axum::http::Method;
use serde_json::json;

use super::house::House;

const PROJECT: &str = "/api/0/projects/acme/web/";
const FILTERS: &str = "/api/0/projects/acme/web/filters/";

#[tokio::test]
async fn every_rule_is_read_and_written() {
    let house = House::new();
    let before = house.get(PROJECT).await.good();
    assert_eq!(before["dataScrubber"], true);
    assert_eq!(before["relayPiiConfig"], json!(null));
    assert_eq!(before["options"]["filters:releases"], "");
    let change = json!({
        "dataScrubber": false, "dataScrubberDefaults": false, "scrubIPAddresses": true,
        "sensitiveFields": [" Pin ", ""], "safeFields": ["token_count"],
        "options": {
            "filters:error_messages": "*noise*\n\nE: x", "filters:releases": ["*-dev"],
            "filters:blacklisted_ips": "10.0.0.0/8", "filters:localhost": true,
            "filters:web-crawlers": "1", "filters:legacy-browsers": ["ie"], "other": 1,
        },
    });
    let after = house.put(PROJECT, &change.to_string()).await.good();
    for name in [
        "dataScrubber",
        "dataScrubberDefaults",
        "scrubIPAddresses",
        "safeFields",
    ] {
        assert_eq!(after[name], change[name], "{name}");
    }
    assert_eq!(after["sensitiveFields"], json!(["pin"]));
    let options = &after["options"];
    assert_eq!(options["filters:error_messages"], "*noise*\nE: x");
    assert_eq!(options["filters:releases"], "*-dev");
    assert_eq!(options["filters:blacklisted_ips"], "10.0.0.0/8");
    assert_eq!(options["filters:web-crawlers"], true);
    assert_eq!(options["filters:browser-extensions"], false);
    assert_eq!(house.get(PROJECT).await.good(), after);
    // What is not named stays.
    let again = house.put(PROJECT, r#"{"dataScrubber":true}"#).await.good();
    assert_eq!(again["options"], after["options"]);
    let changes = house.app.ledger.rules_changes(house.project.id).unwrap();
    assert_eq!(changes.len(), 2);
    assert_eq!(changes[0].user, Some(house.user.id));
}

#[tokio::test]
async fn a_rule_that_is_not_understood_is_refused_with_its_place() {
    let house = House::new();
    let change = json!({"dataScrubber": false, "options": {"filters:releases": "1.*\n[a"}});
    let (status, detail) = house.put(PROJECT, &change.to_string()).await.refusal();
    assert_eq!(status, 400);
    assert!(
        detail.starts_with("Releases, line 2: `[a`: this `[` is never closed"),
        "{detail}"
    );
    assert_eq!(house.get(PROJECT).await.good()["dataScrubber"], true);
}

#[tokio::test]
async fn filters_by_name() {
    let house = House::new();
    let put = async |name: &str, body: &str| {
        let path = format!("{FILTERS}{name}/");
        house.put(&path, body).await
    };
    assert_eq!(
        put("localhost", r#"{"active":true}"#).await.status.as_u16(),
        204
    );
    put("legacy-browsers", r#"{"subfilters":["ie","opera"]}"#).await;
    let expect = json!([
        {"id": "browser-extensions", "active": false},
        {"id": "legacy-browsers", "active": ["ie", "opera"]},
        {"id": "localhost", "active": true},
        {"id": "web-crawlers", "active": false},
    ]);
    assert_eq!(house.get(FILTERS).await.good(), expect);
    put("legacy-browsers", r#"{"active":false}"#).await;
    put("localhost", r#"{"active":false}"#).await;
    let off = house.get(FILTERS).await.good();
    assert_eq!(
        (&off[1]["active"], &off[2]["active"]),
        (&json!([]), &json!(false))
    );
    let (status, detail) = put("legacy-browsers", r#"{"subfilters":["netscape"]}"#)
        .await
        .refusal();
    assert!(status == 400 && detail.contains("`netscape`"), "{detail}");
    assert_eq!(put("localhost", "{}").await.refusal().0, 400);
    assert_eq!(
        put("moon-phase", r#"{"active":true}"#).await.refusal().0,
        404
    );
    let rival = "/api/0/projects/acme/spy/filters/";
    assert_eq!(
        house.send(Method::GET, rival, None, "").await.refusal().0,
        401
    );
    assert_eq!(house.get(rival).await.refusal().0, 404);
}
