//! I23: nobody finds out which keys there are by trying some. The same work is done for each that
//! is refused; `cargo xtask bench keys` measures that nothing else tells them apart.

use axum::http::{Request, StatusCode};

use super::house::{
    INACTIVE_PUBLIC, INACTIVE_SECRET, OTHER_PUBLIC, PUBLIC, Plan, TestHouse, base64, event, form,
};

/// What is seen of one refusal, and the looks into the ledger that it took and the next one takes.
async fn refusal(request: impl Fn() -> Request<axum::body::Body>) -> (String, [usize; 2]) {
    // Not started, so that nobody else asks the ledger.
    let house = TestHouse::resting(Plan::default());
    let looks = || house.stores.faults().key_looks;
    let before = looks();
    let answer = house.send(request()).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
    let first = looks();
    let again = house.send(request()).await;
    assert_eq!(again.body, answer.body);
    let seen = format!("{:?} {}", answer.headers, answer.text());
    (seen, [first - before, looks() - first])
}

fn post(path: &str, key: &str) -> Request<axum::body::Body> {
    let path = format!("{path}?sentry_key={key}");
    Request::post(path).body(event(1).into()).unwrap()
}

#[tokio::test]
async fn i23_every_refused_key_costs_the_same_work_and_has_the_same_answer() {
    let unknown = "d".repeat(32);
    // Differs from a key that exists in its last letter only.
    let close = format!("{}f", OTHER_PUBLIC.trim_end_matches('7'));
    assert_ne!(close, OTHER_PUBLIC);
    for path in ["/api/1/store/", "/api/1/envelope/", "/api/1/security/"] {
        let (expect, looks) = refusal(|| post(path, &unknown)).await;
        assert_eq!(looks[0], 1, "a newer key may be known to the ledger");
        for key in [OTHER_PUBLIC, INACTIVE_PUBLIC, &close] {
            let (seen, others) = refusal(|| post(path, key)).await;
            assert_eq!(seen, expect, "{path} {key}");
            assert_eq!(others[0], 1, "{path} {key}");
        }
    }
}

#[tokio::test]
async fn i23_every_refused_secret_costs_the_same_work() {
    let data = base64(&event(1));
    for secret in ["no secret of anybody", INACTIVE_SECRET] {
        let request = || {
            let form = form(&[("key", secret), ("data", &data)]);
            Request::post("/store/").body(form.into()).unwrap()
        };
        let (_, looks) = refusal(request).await;
        assert_eq!(looks[0], 1, "{secret}");
    }
}

#[tokio::test]
async fn a_key_that_is_let_in_costs_no_look_into_the_ledger() {
    let house = TestHouse::resting(Plan::default());
    let before = house.stores.faults().key_looks;
    let answer = house.send(post("/api/1/store/", PUBLIC)).await;
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(house.stores.faults().key_looks, before);
}
