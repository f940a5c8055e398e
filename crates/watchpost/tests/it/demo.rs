//! The demo as somebody who tries it: one command, a month to look at, and nothing left of it.

#![expect(clippy::unwrap_used, reason = "helpers of tests are test code")]

use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use serde_json::Value;

use crate::browser::Browser;
use crate::poll;
use crate::server::{Home, Server};

/// A folder is made before anything else.
const FOLDER_LIMIT: Duration = Duration::from_secs(20);

/// Somebody's machine, with a folder for temporary things.
struct Machine {
    home: Home,
    temporary: PathBuf,
}

impl Machine {
    fn new() -> Self {
        let home = Home::new();
        let temporary = home.path("temporary");
        fs::create_dir(&temporary).unwrap();
        Self { home, temporary }
    }

    /// A small demo with these arguments, before it says anything.
    fn demo(&self, arguments: &[&str]) -> Server {
        let temporary = self.temporary.to_str().unwrap();
        let arguments = [&["demo", "--json", "--seed", "5"], arguments].concat();
        self.home.spawn(&arguments, &[("TMPDIR", temporary)])
    }

    /// What is in the folder for temporary things.
    fn left(&self) -> Vec<PathBuf> {
        let entries = fs::read_dir(&self.temporary).unwrap();
        entries.map(|entry| entry.unwrap().path()).collect()
    }

    /// Nothing is left, and the usual data was never touched.
    fn is_clean(&self) {
        assert_eq!(self.left(), Vec::<PathBuf>::new());
        assert!(!self.home.data().exists());
        assert!(!self.home.path("watchpost-data").exists());
    }
}

#[test]
fn a_demo_is_signed_in_to_and_says_what_it_is_and_leaves_nothing() {
    let machine = Machine::new();
    let mut server = machine.demo(&["--events", "300"]);
    // As long as it lives through the month, nothing is printed.
    let line = server.line().or_else(|| server.line());
    let ready: Value = serde_json::from_str(&line.unwrap()).unwrap();
    assert_eq!((&ready["seed"], &ready["events"]), (&5.into(), &300.into()));
    let text = |name: &str| ready[name].as_str().unwrap();
    text("listening").clone_into(&mut server.address);
    assert!(server.address.starts_with("http://127.0.0.1:"));
    assert_eq!(machine.left().len(), 1);

    let guest = Browser::open(&server).get("/auth/login/").text();
    assert!(guest.contains("This is a demo"), "{guest}");
    let mut browser = Browser::signed_in_with(&server, text("email"), text("password"));
    let issues = browser.get("/organizations/kranich/issues/?project=1");
    assert_eq!(issues.status, 200);
    let page = issues.text();
    assert!(page.contains("This is a demo"), "{page}");
    assert!(page.contains("GatewayTimeout"), "{page}");
    let search = "/organizations/kranich/issues/?project=5&query=is:ongoing";
    let page = browser.get(search).text();
    assert!(page.contains("UnicodeEncodeError"), "of 2010: {page}");

    server.terminate();
    assert_eq!(server.wait(), Some(0));
    machine.is_clean();
}

#[test]
fn a_demo_that_is_stopped_within_its_month_leaves_nothing() {
    let machine = Machine::new();
    let server = machine.demo(&["--events", "50000"]);
    let has_begun = || {
        let folder = machine.left().pop()?.join("data/spool");
        folder.exists().then_some(())
    };
    poll::until("the month begins", FOLDER_LIMIT, has_begun);
    server.terminate();
    assert_eq!(server.wait(), Some(0));
    machine.is_clean();
}
