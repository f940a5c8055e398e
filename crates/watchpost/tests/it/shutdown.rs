//! Ending and starting as an operator does: SIGTERM loses nothing, and one data folder has one
//! server.

use crate::server::Site;
use crate::work::{self, Books};

const EVENTS: usize = 1_000;
const TERMINATE_AFTER: usize = 300;

#[test]
fn sigterm_during_a_load_drains_and_ends_within_10_seconds() {
    let site = Site::new();
    let mut books = Books::default();
    books.sent(0, EVENTS);
    let server = site.start();
    let mut answers = 0;
    for id in work::send(&site, &server, 0, EVENTS) {
        books.acknowledged(&id);
        answers += 1;
        if answers == TERMINATE_AFTER {
            server.terminate();
        }
    }
    assert!(answers >= TERMINATE_AFTER, "only {answers} answers");
    assert_eq!(
        server.wait(),
        Some(0),
        "an end that was asked for is no failure"
    );
    let server = site.start();
    books.check(&site, &server);
}

#[test]
fn a_second_server_on_the_same_folder_is_refused_with_the_pid_of_the_first() {
    let site = Site::new();
    let first = site.start();
    let out = site.run(&["serve", "--json", "--listen", "127.0.0.1:0"]);
    let errors = String::from_utf8_lossy(&out.stderr);
    assert!(!out.status.success(), "two servers on one folder");
    assert!(
        errors.contains(&first.pid().to_string()),
        "who holds it? {errors}"
    );
    // The first one is unharmed.
    let path = format!("/api/0/organizations/{}/", site.account.org);
    let (status, _) = site.ask(&mut first.connect(), &path);
    assert!(status < 500, "{status}");
}

#[test]
fn sigterm_right_after_the_first_line_is_a_good_end_too() {
    let site = Site::new();
    for _ in 0..20 {
        let server = site.start();
        server.terminate();
        assert_eq!(server.wait(), Some(0));
    }
}
