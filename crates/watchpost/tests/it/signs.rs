//! What trouble leaves for an operator: a line of the log, a metric, and words on the status page.

#![expect(clippy::unwrap_used, reason = "helpers of tests are test code")]

use std::process::Command;
use std::time::Duration;

use crate::browser::{Browser, PASSWORD};
use crate::chores::create_user;
use crate::poll;
use crate::server::{Server, Site};
use crate::work::{self, Books};

const LIMIT: Duration = Duration::from_secs(30);
const EMAIL: &str = "ada@example.org";

/// A site with somebody who may look at its status page.
fn site() -> Site {
    let site = Site::new();
    create_user(&site, EMAIL, PASSWORD);
    site
}

fn status_page(site: &Site, server: &Server) -> String {
    let path = format!("/organizations/{}/status/", site.account.org);
    let answer = Browser::signed_in(server, EMAIL).get(&path);
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.text()
}

fn metrics(site: &Site, server: &Server) -> String {
    let answer = server.connect().get("/metrics", &site.account.token);
    answer.unwrap().text()
}

/// Waits until a metric has this value.
fn wait_metric(site: &Site, server: &Server, sample: &str) {
    poll::until(sample, LIMIT, || {
        let found = metrics(site, server);
        found.lines().any(|line| line == sample).then_some(())
    });
}

/// Lines of the log that have these words.
fn lines(site: &Site, words: &str) -> Vec<String> {
    let log = std::fs::read_to_string(site.path("server.log")).unwrap();
    let lines = log.lines().filter(|line| line.contains(words));
    lines.map(str::to_owned).collect()
}

/// Bounds the sizes of files that the server may write; without a number it lifts the bound.
fn limit_files(server: &Server, bytes: Option<u64>) {
    let bytes = bytes.map_or_else(|| "unlimited".to_owned(), |bytes| bytes.to_string());
    let limit = Command::new("prlimit")
        .arg(format!("--pid={}", server.pid()))
        // The soft limit only: it can be lifted again.
        .arg(format!("--fsize={bytes}:"))
        .status();
    assert!(limit.unwrap().success());
}

#[test]
fn f01_a_kill_leaves_a_line_a_metric_and_a_notice_and_a_stop_leaves_none() {
    const ENDED: &str = "the last run ended without a stop";
    let site = site();
    let mut books = Books::default();
    books.sent(0, 500);
    let mut server = Some(site.start());
    let load = work::send(&site, server.as_ref().unwrap(), 0, 500);
    let mut answers = 0;
    for id in load {
        books.acknowledged(&id);
        answers += 1;
        if answers == 100 {
            server.take().unwrap().kill_9();
        }
    }
    assert!(lines(&site, ENDED).is_empty(), "the first start is clean");
    let server = site.start();
    let told = poll::until("the line", LIMIT, || lines(&site, ENDED).pop());
    assert!(told.contains("WARN") && told.contains("waiting="), "{told}");
    wait_metric(&site, &server, "watchpost_unclean_start 1");
    let page = status_page(&site, &server);
    assert!(page.contains("The last run ended without a stop"), "{page}");
    books.check(&site, &server);
    server.terminate();
    assert_eq!(server.wait(), Some(0));
    let server = site.start();
    wait_metric(&site, &server, "watchpost_unclean_start 0");
    let page = status_page(&site, &server);
    assert!(!page.contains("ended without a stop"), "{page}");
    assert_eq!(lines(&site, ENDED).len(), 1, "once for the one kill");
}

#[test]
fn f04_a_disk_that_takes_no_more_raises_an_alarm_and_is_told_once_until_it_heals() {
    const REFUSED: &str = "events are refused: the spool cannot be written";
    const HEALED: &str = "events are accepted: the spool can be written again";
    let site = site();
    let server = site.start();
    let mut connection = server.connect();
    let event = format!(r#"{{"message": "{}"}}"#, "x".repeat(100_000));
    let path = site.account.store_path();
    let mut post = || connection.post(&path, event.as_bytes()).unwrap().status;
    for _ in 0..8 {
        assert_eq!(post(), 200);
    }
    wait_metric(&site, &server, "watchpost_spool_events 0");
    // Less than the segment has: as a full disk, for the spool and not for the log.
    limit_files(&server, Some(700_000));
    for _ in 0..5 {
        assert_eq!(post(), 429);
    }
    wait_metric(
        &site,
        &server,
        r#"watchpost_alarm{name="intake_refused"} 1"#,
    );
    wait_metric(&site, &server, "watchpost_intake_open 0");
    let told = poll::until("the line", LIMIT, || lines(&site, REFUSED).pop());
    for part in [
        "ERROR",
        "failed to write",
        "raise the quota or the limit on file sizes",
    ] {
        assert!(told.contains(part), "{part}: {told}");
    }
    let page = status_page(&site, &server);
    assert!(
        page.contains("Events are refused: they cannot be written"),
        "{page}"
    );
    assert!(page.contains("failed to write"), "the cause: {page}");
    limit_files(&server, None);
    assert_eq!(post(), 200);
    wait_metric(
        &site,
        &server,
        r#"watchpost_alarm{name="intake_refused"} 0"#,
    );
    poll::until("the line", LIMIT, || lines(&site, HEALED).pop());
    assert_eq!(
        (lines(&site, REFUSED).len(), lines(&site, HEALED).len()),
        (1, 1)
    );
}

#[test]
fn what_cannot_be_measured_keeps_its_last_value_and_raises_an_alarm() {
    let site = site();
    let folder = site.data().join("quarantine");
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("spool-00000000000000000001-40.bin"), "damaged").unwrap();
    let server = site.start();
    wait_metric(&site, &server, "watchpost_quarantine_damaged 1");
    wait_metric(&site, &server, r#"watchpost_alarm{name="unmeasured"} 0"#);
    let away = site.path("away");
    std::fs::rename(&folder, &away).unwrap();
    std::fs::write(&folder, "no folder").unwrap();
    wait_metric(&site, &server, r#"watchpost_alarm{name="unmeasured"} 1"#);
    let found = metrics(&site, &server);
    assert!(
        found.contains("watchpost_quarantine_damaged 1\n"),
        "{found}"
    );
    assert!(
        found.contains("watchpost_alarm{name=\"spool_damaged\"} 1\n"),
        "{found}"
    );
    let page = status_page(&site, &server);
    assert!(page.contains("not measured: the quarantine"), "{page}");
    let line = "failed to measure how the server is; the last values stand";
    poll::until("the line", LIMIT, || lines(&site, line).pop());
    std::fs::remove_file(&folder).unwrap();
    std::fs::rename(&away, &folder).unwrap();
    wait_metric(&site, &server, r#"watchpost_alarm{name="unmeasured"} 0"#);
    assert_eq!(lines(&site, line).len(), 1, "told once");
}
