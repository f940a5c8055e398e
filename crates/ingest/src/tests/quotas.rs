//! What quotas, spikes, a full disk and a digest that is behind do at the doors.

use axum::body::Body;
use axum::http::{Request, StatusCode};
use watchpost_model::{Outcome, ProjectId, Quota};
use watchpost_store::{KeyLedger, ProjectLedger};

use super::house::{Answer, NOW, PUBLIC, Plan, TestHouse, create_key, event, quota};
use crate::DiskBudget;

const SECOND_PUBLIC: &str = "d94a8fe5ccb19ba61c4c0873d391e987";

impl TestHouse {
    /// Sets the quotas of project 1 and its first key; the gates know at once.
    fn limit(&self, project: &[Quota], key: &[Quota]) {
        let found = self.stores.project_by_id(ProjectId(1)).unwrap().unwrap();
        let changed = watchpost_model::Project {
            quotas: project.to_vec(),
            ..found
        };
        self.stores.update_project(&changed).unwrap();
        let keys = self.stores.keys(ProjectId(1)).unwrap();
        self.stores
            .set_key_quotas(ProjectId(1), keys[0].id, key)
            .unwrap();
        self.ingest.second_for_test();
    }

    async fn store_with(&self, public: &str, id: u128) -> Answer {
        let path = format!("/api/1/store/?sentry_key={public}");
        self.post(&path, event(id)).await
    }
}

fn envelope(items: &[(&str, &str)]) -> String {
    let item = |(header, payload): &(&str, &str)| {
        let length = payload.len();
        format!("{{\"type\":\"{header}\",\"length\":{length}}}\n{payload}\n")
    };
    format!("{{}}\n{}", items.iter().map(item).collect::<String>())
}

#[tokio::test]
async fn i29_ten_times_over_with_two_keys_is_exact() {
    let house = TestHouse::new();
    create_key(&house.stores, 1, SECOND_PUBLIC, &"d".repeat(32));
    house.limit(&[quota(Some("error"), 20, 3600)], &[]);
    let mut statuses = Vec::new();
    for number in 0..200_u128 {
        let public = if number % 2 == 0 {
            PUBLIC
        } else {
            SECOND_PUBLIC
        };
        statuses.push(house.store_with(public, number + 1).await.status);
        // However often somebody sets the clock: a window is as long as it is.
        house
            .clock
            .jump_secs(if number % 3 == 0 { 86_400 } else { -43_200 });
    }
    let accepted = statuses.iter().filter(|status| **status == StatusCode::OK);
    assert_eq!(accepted.count(), 20);
    house.digested();
    assert_eq!(house.archived().len(), 20);
    let refused = house.outcomes("error", Outcome::RateLimited, "project_quota");
    assert_eq!(refused, 180);
    house.clock.advance_secs(3600);
    assert_eq!(house.store_with(PUBLIC, 1000).await.status, StatusCode::OK);
}

#[tokio::test]
async fn i29_a_refusal_carries_both_headers_and_a_success_warns() {
    let house = TestHouse::new();
    // `NOW` is the start of an hour.
    assert_eq!(NOW % 3600, 0);
    house.limit(&[], &[quota(Some("error"), 2, 3600)]);
    house.clock.advance_secs(600);
    let first = house.store_with(PUBLIC, 1).await;
    assert_eq!(first.header("x-sentry-rate-limits"), None);
    let limit = "3000:error;default:key:key_quota";
    let last = house.store_with(PUBLIC, 2).await;
    assert_eq!(last.status, StatusCode::OK);
    assert_eq!(last.header("x-sentry-rate-limits"), Some(limit));
    assert_eq!(
        last.header("retry-after"),
        None,
        "clients obey it on any status"
    );
    let refused = house.store_with(PUBLIC, 3).await;
    assert_eq!(refused.status, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(refused.header("x-sentry-rate-limits"), Some(limit));
    assert_eq!(refused.header("retry-after"), Some("3000"));
    let exposed = refused.header("access-control-expose-headers").unwrap();
    assert!(exposed.contains("x-sentry-rate-limits"), "{exposed}");
    house.limit(&[], &[quota(None, 0, 3600)]);
    let none = house.store_with(PUBLIC, 4).await;
    assert_eq!(none.header("retry-after"), Some("60"));
    assert_eq!(
        none.header("x-sentry-rate-limits"),
        Some("60::key:key_quota")
    );
}

#[tokio::test]
async fn a_refused_event_is_not_read_and_an_invalid_one_is_not_charged() {
    let house = TestHouse::new();
    house.limit(&[quota(Some("error"), 1, 60)], &[]);
    for _ in 0..5 {
        let invalid = house.post_auth("/api/1/store/", "[]").await;
        assert_eq!(invalid.status, StatusCode::BAD_REQUEST);
    }
    assert_eq!(house.store_with(PUBLIC, 1).await.status, StatusCode::OK);
    let unread = house.post_auth("/api/1/store/", "[]").await;
    assert_eq!(unread.status, StatusCode::TOO_MANY_REQUESTS);
    let body = envelope(&[("event", "[]")]);
    let unread = house.post_auth("/api/1/envelope/", body).await;
    assert_eq!(unread.status, StatusCode::TOO_MANY_REQUESTS);
    let refused = house.outcomes("error", Outcome::RateLimited, "project_quota");
    assert_eq!(refused, 2);
}

#[tokio::test]
async fn an_envelope_is_not_read_when_nothing_of_it_would_be_taken() {
    let house = TestHouse::new();
    let known = format!("/api/1/envelope/?sentry_key={PUBLIC}");
    let named = format!("{{\"dsn\":\"http://{PUBLIC}@h/1\"}}\nno item at all");
    let send = || async {
        let by_query = house.post(&known, "no envelope at all").await;
        [
            by_query,
            house.post("/api/1/envelope/", named.clone()).await,
        ]
    };
    house.limit(&[quota(None, 0, 3600)], &[]);
    for answer in send().await {
        assert_eq!(answer.status, StatusCode::TOO_MANY_REQUESTS, "{answer:?}");
        let limits = answer.header("x-sentry-rate-limits");
        assert_eq!(limits, Some("60::project:project_quota"));
    }
    let refused = house.outcomes("error", Outcome::RateLimited, "project_quota");
    assert_eq!(refused, 2);
    // With room for one kind it has to be read to know what is in it.
    house.limit(&[quota(Some("error"), 0, 3600)], &[]);
    for answer in send().await {
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{answer:?}");
    }
}

#[tokio::test]
async fn items_of_an_envelope_are_limited_one_by_one() {
    let house = TestHouse::new();
    house.limit(
        &[
            quota(Some("session"), 1, 60),
            quota(Some("attachment"), 10, 60),
        ],
        &[quota(Some("transaction"), 0, 60)],
    );
    let event = String::from_utf8(event(1)).unwrap();
    let report = r#"{"discarded_events":[{"reason":"x","category":"error","quantity":3}]}"#;
    let body = envelope(&[
        ("event", &event),
        ("session", "{}"),
        ("session", "{}"),
        ("attachment", "12345678"),
        ("attachment", "12345678"),
        ("client_report", report),
    ]);
    let answer = house.post_auth("/api/1/envelope/", body).await;
    assert_eq!(answer.status, StatusCode::TOO_MANY_REQUESTS);
    let limits = "60:session:project:project_quota, 60:attachment:project:project_quota";
    assert_eq!(answer.header("x-sentry-rate-limits"), Some(limits));
    house.digested();
    assert_eq!(house.archived().len(), 1, "the event was accepted");
    let limited = |category| house.outcomes(category, Outcome::RateLimited, "project_quota");
    assert_eq!((limited("session"), limited("attachment_item")), (1, 1));
    assert_eq!(house.outcomes("session", Outcome::NotSupportedYet, ""), 1);
    assert_eq!(house.outcomes("error", Outcome::ClientDiscarded, "x"), 3);
    let lone = envelope(&[("transaction", "{}")]);
    let answer = house.post_auth("/api/1/envelope/", lone).await;
    let limits = answer.header("x-sentry-rate-limits");
    assert_eq!(limits, Some("60:transaction:key:key_quota"));
}

#[tokio::test]
async fn what_belongs_to_a_refused_event_goes_with_it() {
    let house = TestHouse::new();
    house.limit(&[quota(Some("error"), 0, 60)], &[]);
    let event = String::from_utf8(event(1)).unwrap();
    let body = envelope(&[("event", &event), ("attachment", "x"), ("session", "{}")]);
    let answer = house.post_auth("/api/1/envelope/", body).await;
    let limits = answer.header("x-sentry-rate-limits");
    assert_eq!(limits, Some("60:error;default:project:project_quota"));
    let limited = |category| house.outcomes(category, Outcome::RateLimited, "project_quota");
    assert_eq!((limited("error"), limited("attachment_item")), (1, 1));
    assert_eq!(house.outcomes("session", Outcome::NotSupportedYet, ""), 1);
}

#[tokio::test]
async fn doors_of_kinds_that_are_not_kept_know_quotas_too() {
    let house = TestHouse::new();
    let kinds = ["security", "monitor", "error"];
    house.limit(&kinds.map(|kind| quota(Some(kind), 0, 60)), &[]);
    let status = async |path: &str| house.post_auth(path, "{}").await.status;
    assert_eq!(
        status("/api/1/security/").await,
        StatusCode::TOO_MANY_REQUESTS
    );
    // Their clients do not know 429.
    assert_eq!(status("/api/1/cron/nightly/").await, StatusCode::ACCEPTED);
    let unreal = format!("/api/1/unreal/{PUBLIC}/");
    assert_eq!(house.post(&unreal, "x").await.status, StatusCode::OK);
    for category in ["security", "monitor", "unreal_report"] {
        let limited = house.outcomes(category, Outcome::RateLimited, "project_quota");
        assert_eq!(limited, 1, "{category}");
    }
}

#[tokio::test]
async fn a_spike_is_cut_off_and_ends() {
    let house = TestHouse::new();
    let found = house.stores.project_by_id(ProjectId(1)).unwrap().unwrap();
    let protected = watchpost_model::Project {
        spike_protection: true,
        ..found
    };
    house.stores.update_project(&protected).unwrap();
    house.ingest.second_for_test();
    let mut passed = 0;
    for number in 1..=600_u128 {
        let answer = house.store_with(PUBLIC, number).await;
        passed += usize::from(answer.status == StatusCode::OK);
        if number == 501 {
            let limits = answer.header("x-sentry-rate-limits");
            assert_eq!(limits, Some("60:error;default:project:spike_protection"));
        }
    }
    assert_eq!(passed, 500 + 10, "and every tenth of the rest");
    house.ingest.second_for_test();
    let (project, spike) = house.ingest.intake().spikes.remove(0);
    assert_eq!(
        (project, spike.threshold, spike.seen),
        (ProjectId(1), 500, 600)
    );
    assert_eq!(spike.refused, 90);
    assert_eq!(
        house.outcomes("error", Outcome::RateLimited, "spike_protection"),
        90
    );
    house.digested();
    for (secs, spikes) in [(3600, 1), (3600, 0)] {
        house.clock.advance_secs(secs);
        assert_eq!(house.store_with(PUBLIC, 1000).await.status, StatusCode::OK);
        house.ingest.second_for_test();
        assert_eq!(house.ingest.intake().spikes.len(), spikes);
    }
}

#[tokio::test]
async fn f04_a_full_disk_closes_all_doors_and_the_health_check_says_why() {
    let dir = tempfile::tempdir().unwrap();
    let mut plan = Plan::default();
    plan.config.disk = Some(DiskBudget {
        dir: dir.path().to_owned(),
        used_bytes_max: Some(1024 * 1024),
        free_bytes_min: Some(0),
    });
    let house = TestHouse::with(plan);
    let filler = dir.path().join("filler");
    std::fs::write(&filler, vec![1; 2 * 1024 * 1024]).unwrap();
    house.ingest.second_for_test();
    for path in [
        "/api/1/store/",
        "/api/1/envelope/",
        "/api/1/security/",
        "/store/",
    ] {
        let answer = house.post_auth(path, "not even looked at").await;
        assert_eq!(answer.status, StatusCode::TOO_MANY_REQUESTS, "{path}");
        assert_eq!(answer.header("retry-after"), Some("60"), "{path}");
        let limits = answer.header("x-sentry-rate-limits");
        assert_eq!(limits, Some("60::organization:disk_full"), "{path}");
    }
    let health = Request::get("/_health/").body(Body::empty()).unwrap();
    let health = house.send(health).await;
    assert_eq!(health.status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(
        health.text().contains("disk is almost full"),
        "{}",
        health.text()
    );
    assert!(house.ingest.intake().closed.is_some());
    std::fs::remove_file(&filler).unwrap();
    house.ingest.second_for_test();
    assert_eq!(house.store_with(PUBLIC, 1).await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_digest_that_is_far_behind_closes_the_doors_until_it_has_caught_up() {
    let mut plan = Plan::default();
    plan.config.spool_secs_max = 30;
    let house = TestHouse::resting(plan);
    assert_eq!(house.store_with(PUBLIC, 1).await.status, StatusCode::OK);
    house.ingest.second_for_test();
    house.clock.advance_secs(29);
    house.ingest.second_for_test();
    assert_eq!(house.store_with(PUBLIC, 2).await.status, StatusCode::OK);
    house.clock.advance_secs(1);
    house.ingest.second_for_test();
    let refused = house.store_with(PUBLIC, 3).await;
    assert_eq!(refused.status, StatusCode::TOO_MANY_REQUESTS);
    let limits = refused.header("x-sentry-rate-limits");
    assert_eq!(limits, Some("10:error;default:organization:behind"));
    house.ingest.start().unwrap();
    house.digested();
    house.ingest.second_for_test();
    assert_eq!(house.store_with(PUBLIC, 4).await.status, StatusCode::OK);
}

#[tokio::test]
async fn more_work_than_the_digest_does_in_time_closes_the_doors() {
    let mut plan = Plan::default();
    plan.config.spool_work_secs_max = 0;
    let house = TestHouse::resting(plan);
    let refused = house.store_with(PUBLIC, 1).await;
    assert_eq!(refused.status, StatusCode::TOO_MANY_REQUESTS);
    let limits = refused.header("x-sentry-rate-limits");
    assert_eq!(limits, Some("10:error;default:organization:behind"));
}

#[tokio::test]
async fn a_server_that_refuses_a_part_stays_in_the_balance_and_says_so() {
    let house = TestHouse::resting(Plan::default());
    house.ingest.warden_for_test().narrow_for_test();
    let get = async |path: &str| {
        let request = Request::get(path).body(Body::empty()).unwrap();
        house.send(request).await
    };
    let health = get("/_health/").await;
    assert_eq!(health.status, StatusCode::OK);
    let text = health.text();
    assert!(text.starts_with("ok, but a part"), "{text}");
    assert_eq!(get("/health/ready/").await.status, StatusCode::OK);
    let report = get("/_health/?full").await.json();
    assert_eq!(report["healthy"], true, "{report}");
    assert_eq!(report["problems"].as_array().unwrap().len(), 1, "{report}");
    assert!(house.ingest.intake().closed.is_some(), "the alarm");
}

#[tokio::test]
async fn writes_share_their_syncs_while_work_waits() {
    let house = TestHouse::resting(Plan::default());
    let spool = house.ingest.spool_for_test();
    let shares_after = |records: usize| {
        house.clock.advance_secs(1);
        let batch = spool.read(records, usize::MAX).unwrap();
        let last = batch.records.last().map(|record| record.seq);
        last.map_or(Ok(()), |seq| spool.commit(seq)).unwrap();
        house.ingest.second_for_test();
        spool.shares_syncs()
    };
    // More than a batch of the digest, whatever is done in the first second.
    for number in 0..515 {
        assert_eq!(house.store_with(PUBLIC, number).await.status, 200);
    }
    assert!(!shares_after(0), "nobody knows how long the work takes");
    assert!(shares_after(2), "minutes of work");
    assert!(!shares_after(3), "one batch is left");
}
