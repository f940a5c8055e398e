//! What the gates and the operator tell normalisation arrives there.

use serde_json::{Value, json};
use watchpost_model::{Event, EventId, ProjectId, Timestamp};
use watchpost_normalize::place::Atlas;
use watchpost_store::Archive;

use super::house::{NOW, Plan, TestHouse};

/// The stored form of an event that was sent in an envelope with this header.
async fn stored(plan: Plan, mut header: Value, event: &Value) -> Event {
    let house = TestHouse::with(plan);
    header["event_id"] = json!(EventId(5));
    let payload = event.to_string();
    let item = json!({"type": "event", "length": payload.len()});
    let body = format!("{header}\n{item}\n{payload}");
    let answer = house.post_auth("/api/1/envelope/", body).await;
    assert_eq!(answer.id(), EventId(5));
    house.digested();
    let found = house.stores.event(ProjectId(1), EventId(5)).unwrap();
    found.unwrap().event
}

#[tokio::test]
async fn i19_the_time_of_sending_tells_a_wrong_clock() {
    let theirs = |secs: i64| Timestamp::from_secs(NOW + 7200 + secs).to_string();
    let header = json!({"sent_at": theirs(0)});
    let event = json!({"message": "m", "timestamp": theirs(-30)});
    let event = stored(Plan::default(), header, &event).await;
    assert_eq!(event.timestamp, Timestamp::from_secs(NOW - 30));
    assert_eq!(event.remarks.len(), 1);
}

#[tokio::test]
async fn the_operators_file_says_where_users_are() {
    let bytes = include_bytes!("../../../../fixtures/two-networks.mmdb");
    let atlas = Box::leak(Box::new(Atlas::read(bytes.to_vec()).unwrap()));
    let mut plan = Plan::default();
    plan.config.atlas = Some(atlas);
    let event = json!({"message": "m", "user": {"ip_address": "203.0.113.7"}});
    let event_placed = stored(plan, json!({}), &event).await;
    assert_eq!(event_placed.tag("geo.city"), Some("Ulm"));
    assert_eq!(event_placed.user.unwrap().geo["city"], "Ulm");
    let event = stored(Plan::default(), json!({}), &event).await;
    assert!(event.user.unwrap().geo.is_empty());
}
