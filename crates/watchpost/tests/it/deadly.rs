//! An event that ends the process when it is digested (F23): the server dies, starts, dies, and
//! then goes on without it. Debug builds take the name of such an event from the environment.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "helpers of tests are test code"
)]

use std::process::Stdio;
use std::time::Duration;

use serde_json::Value;
use watchpost_model::Outcome;

use crate::poll;
use crate::report;
use crate::server::{Site, json, printed};
use crate::work::{self, Books};

const EVENTS: usize = 400;
const DEADLY_NUMBER: usize = 200;
/// So often it may kill when it is the only one in hand.
const DEATHS: usize = 3;
/// For a start, and for an event to be found.
const LIMIT: Duration = Duration::from_secs(20);

fn deadly() -> String {
    work::event_id(0, DEADLY_NUMBER)
}

/// Starts servers that die until one does not; how many died.
fn deaths(site: &Site) -> usize {
    for died in 0..2 * DEATHS {
        let mut child = site
            .command(&["serve", "--json", "--listen", "127.0.0.1:0"])
            .env("WATCHPOST_DEADLY_EVENT", deadly())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let is_dead = poll::until("it dies, or the event is set aside", LIMIT, || {
            if child.try_wait().unwrap().is_some() {
                return Some(true);
            }
            let rows = entries(site);
            let is_aside = rows.first().is_some_and(|row| row["marked"] == false);
            is_aside.then_some(false)
        });
        child.kill().unwrap();
        child.wait().unwrap();
        if !is_dead {
            return died;
        }
    }
    panic!("it kills for ever");
}

fn entries(site: &Site) -> Vec<Value> {
    let rows = json(&site.run(&["quarantine", "list", "--json"]));
    rows.as_array().unwrap().clone()
}

/// The only entry is the deadly event, tried so often, for its deaths.
fn check_entry(site: &Site, tries: u64) {
    let rows = entries(site);
    let [row] = rows.as_slice() else {
        panic!("one entry, not {rows:?}");
    };
    assert_eq!(row["event"], deadly());
    assert_eq!(
        (&row["stage"], &row["tries"]),
        (&"digest".into(), &tries.into())
    );
    let id = row["id"].as_str().unwrap();
    let shown = json(&site.run(&["quarantine", "show", id, "--json"]));
    let expect = format!("the server died {DEATHS} times while digesting it");
    assert_eq!(shown["reason"], expect, "{shown}");
}

#[test]
fn f23_an_event_that_kills_the_server_does_not_kill_it_for_ever() {
    let site = Site::new();
    let mut books = Books::default();
    books.sent(0, EVENTS);
    let server = site.start_with(&[("WATCHPOST_DEADLY_EVENT", &deadly())]);
    for id in work::send(&site, &server, 0, EVENTS) {
        if id != deadly() {
            books.acknowledged(&id);
        }
    }
    assert_eq!(server.wait(), None, "ended by a signal");
    // With others in hand its first death blames nobody, with a few its second blames these.
    let died = 1 + deaths(&site);
    assert!((DEATHS..=DEATHS + 2).contains(&died), "{died} deaths");
    check_entry(&site, 1);
    let server = site.start();
    books.check(&site, &server);
    assert_eq!(work::ended(&site, Outcome::Quarantined), 1);
    drop(server);

    // The same for a replay, which comes alone; and once the fault is mended it gets through.
    printed(&site.run(&["quarantine", "replay", "--all"]));
    assert_eq!(deaths(&site), DEATHS);
    check_entry(&site, 2);
    printed(&site.run(&["quarantine", "replay", "--all"]));
    let server = site.start();
    report::find(&site, &mut server.connect(), &deadly());
}
