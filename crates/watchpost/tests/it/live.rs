//! The live feed: an open page hears of a new issue within a second of the 200.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::browser::{Browser, PASSWORD};
use crate::chores::create_user;
use crate::report;
use crate::server::Site;

const PROMISE: Duration = Duration::from_secs(1);

#[test]
fn an_open_page_hears_of_a_new_issue_within_a_second() {
    let site = Site::new();
    create_user(&site, "ada@example.org", PASSWORD);
    let server = site.start();
    let path = format!("/organizations/{}/live/", site.account.org);
    let stranger = server.connect().listen(&path, "").unwrap();
    assert_eq!(stranger.status, 401, "news are for people who signed in");
    let browser = Browser::signed_in(&server, "ada@example.org");
    let mut stream = server.connect().listen(&path, &browser.headers()).unwrap();
    assert_eq!(stream.status, 200);
    let hello = stream.message().unwrap();
    assert!(hello.starts_with(':'), "{hello}");

    let mut connection = server.connect();
    let mut slowest = Duration::ZERO;
    for (number, change) in [(1, "new"), (2, "new"), (1, "repeated")] {
        let record = json!({"message": "boom", "checksum": format!("{number}")});
        let answer = report::seed(&site, &mut connection, &record);
        let acknowledged = Instant::now();
        assert_eq!(answer.status, 200, "{}", answer.text());
        let message = stream.message().unwrap();
        slowest = slowest.max(acknowledged.elapsed());
        let (event, data) = message.split_once("\ndata: ").unwrap();
        assert_eq!(event, "event: issue", "{message}");
        let data: Value = serde_json::from_str(data).unwrap();
        assert_eq!(data["change"], change, "{message}");
        assert_eq!(data["project"], site.account.project_id.to_string());
    }
    println!("from the 200 to the open page: {slowest:?} at most");
    assert!(slowest < PROMISE, "{slowest:?}");
    // It does not hold up a server that ends.
    server.terminate();
    assert_eq!(server.wait(), Some(0));
}
