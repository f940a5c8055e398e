//! Others stand in the way: a program that holds the write lock of a database (F12), a reader of
//! the log that does not read (F22).

#![expect(clippy::unwrap_used, reason = "helpers of tests are test code")]

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use crate::poll;
use crate::server::{Server, Site};
use crate::work::{self, Books};

const LIMIT: Duration = Duration::from_secs(30);

/// Holds the lock until its standard input ends.
const HOLD: &str = "
import sqlite3, sys
held = sqlite3.connect(sys.argv[1], isolation_level=None, timeout=30)
held.execute('BEGIN IMMEDIATE')
print('held', flush=True)
sys.stdin.read()
";

/// A program that holds the write lock of a database.
struct Holder(Child);

impl Holder {
    fn of(database: &Path) -> Self {
        let mut python = Command::new("python3");
        python.arg("-c").arg(HOLD).arg(database);
        python.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut holder = python.spawn().unwrap();
        let mut said = String::new();
        let mut lines = BufReader::new(holder.stdout.take().unwrap());
        lines.read_line(&mut said).unwrap();
        assert_eq!(said, "held\n");
        Self(holder)
    }

    fn let_go(mut self) {
        drop(self.0.stdin.take());
        assert!(self.0.wait().unwrap().success());
    }
}

/// Sends events, each of which is answered with 200.
fn take_all(site: &Site, server: &Server, books: &mut Books, cycle: usize) {
    books.sent(cycle, 20);
    let acknowledged: Vec<_> = work::send(site, server, cycle, 20).iter().collect();
    assert_eq!(acknowledged.len(), 20);
    for id in acknowledged {
        books.acknowledged(&id);
    }
}

fn check(database: &str) {
    let site = Site::new();
    let server = site.start();
    let mut books = Books::default();
    take_all(&site, &server, &mut books, 0);
    poll::until("it is digested", LIMIT, || {
        (work::waiting(&server) == 0).then_some(())
    });
    let holder = Holder::of(&site.data().join(database));
    take_all(&site, &server, &mut books, 1);
    assert!(work::waiting(&server) > 0, "nothing can be filed");
    holder.let_go();
    poll::until("it goes on", LIMIT, || {
        (work::waiting(&server) == 0).then_some(())
    });
    books.check(&site, &server);
}

#[test]
fn f12_a_ledger_that_another_program_locks_delays_and_loses_nothing() {
    check("ledger.sqlite");
}

#[test]
fn f12_an_archive_that_another_program_locks_delays_and_loses_nothing() {
    check("archive/000001.sqlite");
}

#[test]
fn f22_a_log_that_nobody_reads_holds_up_no_event() {
    let site = Site::new();
    let log = site.path("server.log");
    let made = Command::new("mkfifo").arg(&log).status();
    assert!(made.unwrap().success());
    // Open, so that it can be written to, and never read.
    let _reader = File::options().read(true).write(true).open(&log).unwrap();
    let server = site.start_with(&[("WATCHPOST_LOG_LEVEL", "trace")]);
    let mut connection = server.connect();
    poll::until("lines are dropped", LIMIT, || {
        // A line each.
        for _ in 0..2_000 {
            connection.get("/_health/", "").unwrap();
        }
        let metrics = connection.get("/metrics", &site.account.token).unwrap();
        let metrics = metrics.text();
        let none = "watchpost_log_lines_dropped_total 0\n";
        (!metrics.contains(none)).then_some(())
    });
    let mut books = Books::default();
    take_all(&site, &server, &mut books, 0);
    books.check(&site, &server);
    server.terminate();
    assert_eq!(server.wait(), Some(0), "it stops all the same");
}
