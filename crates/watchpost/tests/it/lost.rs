//! Files that go while the server runs (F08): found within seconds, told by alarm, metric and log;
//! nothing is promised in them, and nothing that was promised is lost.

#![expect(clippy::unwrap_used, reason = "helpers of tests are test code")]

use std::fs;
use std::path::Path;
use std::time::Duration;

use watchpost_model::Outcome;

use crate::http::{Answer, Connection};
use crate::poll;
use crate::server::{Server, Site};
use crate::work::{self, Books};

const LIMIT: Duration = Duration::from_secs(30);

fn post(site: &Site, connection: &mut Connection) -> Answer {
    let path = site.account.store_path();
    connection.post(&path, br#"{"message": "lost"}"#).unwrap()
}

/// Waits until the alarm is raised, or not.
fn wait_alarm(site: &Site, server: &Server, name: &str, is_raised: bool) {
    let number = i32::from(is_raised);
    let line = format!(r#"watchpost_alarm{{name="{name}"}} {number}"#);
    let mut connection = server.connect();
    let told = format!("{name} is {is_raised}");
    poll::until(&told, LIMIT, || {
        let answer = connection.get("/metrics", &site.account.token).unwrap();
        answer.text().contains(&line).then_some(())
    });
}

fn log(site: &Site) -> String {
    fs::read_to_string(site.path("server.log")).unwrap()
}

#[test]
fn f08_a_directory_that_is_moved_away_closes_the_gates_until_it_is_back() {
    let site = Site::new();
    let server = site.start();
    let mut books = Books::default();
    books.sent(0, 50);
    for id in work::send(&site, &server, 0, 50) {
        books.acknowledged(&id);
    }
    let away = site.path("away");
    fs::rename(site.data(), &away).unwrap();
    let mut connection = server.connect();
    let answer = post(&site, &mut connection);
    assert_eq!(answer.status, 429, "{}", answer.text());
    assert!(answer.header("retry-after").is_some());
    assert!(
        answer.text().contains("cannot write to its disk"),
        "{}",
        answer.text()
    );
    wait_alarm(&site, &server, "files_lost", true);
    assert!(
        log(&site).contains("the spool's file is gone"),
        "{}",
        log(&site)
    );
    // An empty one in its place is not the one.
    fs::create_dir_all(site.data().join("spool")).unwrap();
    assert_eq!(post(&site, &mut connection).status, 429);
    fs::remove_dir_all(site.data()).unwrap();
    fs::rename(&away, site.data()).unwrap();
    wait_alarm(&site, &server, "files_lost", false);
    assert_eq!(post(&site, &mut connection).status, 200);
    books.check(&site, &server);
    server.kill_9();
    books.check(&site, &site.start());
}

/// What is accepted while `gone` is gone waits in the spool, which lets go of nothing.
fn check_deleted(gone: &str) {
    let site = Site::new();
    let server = site.start();
    let mut connection = server.connect();
    assert_eq!(post(&site, &mut connection).status, 200);
    poll::until("it is digested", LIMIT, || {
        (work::waiting(&server) == 0).then_some(())
    });
    for end in ["", "-wal", "-shm"] {
        let path = site.data().join(format!("{gone}{end}"));
        if path.exists() {
            fs::remove_file(path).unwrap();
        }
    }
    wait_alarm(&site, &server, "files_lost", true);
    for _ in 0..5 {
        assert_eq!(
            post(&site, &mut connection).status,
            200,
            "the spool is there"
        );
    }
    poll::until("the digest says so", LIMIT, || {
        log(&site)
            .contains("an open database is gone")
            .then_some(())
    });
    assert_eq!(work::waiting(&server), 5, "the spool keeps them");
    server.kill_9();
    let spool = site.data().join("spool");
    assert!(size(&spool) > 0, "and so they are there after a crash");
}

fn size(folder: &Path) -> u64 {
    let files = fs::read_dir(folder).unwrap();
    files
        .map(|entry| entry.unwrap().metadata().unwrap().len())
        .sum()
}

#[test]
fn f08_a_deleted_ledger_is_noticed_and_the_spool_keeps_everything() {
    check_deleted("ledger.sqlite");
}

#[test]
fn f08_a_deleted_partition_is_noticed_and_the_spool_keeps_everything() {
    check_deleted("archive/000001.sqlite");
}

#[test]
fn f08_a_deleted_segment_of_the_spool_closes_the_gates() {
    let site = Site::new();
    let server = site.start();
    let mut connection = server.connect();
    assert_eq!(post(&site, &mut connection).status, 200);
    for entry in fs::read_dir(site.data().join("spool")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|end| end == "spool") {
            fs::remove_file(path).unwrap();
        }
    }
    assert_eq!(post(&site, &mut connection).status, 429);
    wait_alarm(&site, &server, "files_lost", true);
    server.kill_9();
    let server = site.start();
    assert_eq!(
        post(&site, &mut server.connect()).status,
        200,
        "after a restart"
    );
}

#[test]
fn f07_a_partition_that_is_damaged_while_it_takes_events_is_set_aside() {
    let site = Site::new();
    let server = site.start();
    assert_eq!(work::send(&site, &server, 0, 30).iter().count(), 30);
    poll::until("all is digested", LIMIT, || {
        (work::ended(&site, Outcome::Accepted) == 30).then_some(())
    });
    server.terminate();
    assert_eq!(server.wait(), Some(0));
    let archive = site.data().join("archive");
    let mut bytes = fs::read(archive.join("000001.sqlite")).unwrap();
    bytes[8192..].fill(0x5a);
    fs::write(archive.join("000001.sqlite"), bytes).unwrap();
    let server = site.start();
    assert_eq!(work::send(&site, &server, 1, 30).iter().count(), 30);
    poll::until("the digest goes on", LIMIT, || {
        (work::ended(&site, Outcome::Accepted) == 60).then_some(())
    });
    wait_alarm(&site, &server, "database_damaged", true);
    let aside = archive.join("000001.damaged.sqlite");
    poll::until("it is set aside", LIMIT, || aside.exists().then_some(()));
    let id = work::event_id(1, 7);
    let path = site.org_path(&format!("eventids/{id}/"));
    let mut connection = server.connect();
    assert_eq!(site.ask(&mut connection, &path).0, 200);
    let doctor = site.run(&["doctor"]);
    let said = String::from_utf8_lossy(&doctor.stdout).into_owned();
    assert!(
        !doctor.status.success() && said.contains("000001.damaged.sqlite"),
        "{said}"
    );
    fs::remove_file(aside).unwrap();
    wait_alarm(&site, &server, "database_damaged", false);
}
