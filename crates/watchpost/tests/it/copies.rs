//! Backup while events arrive, and restore elsewhere.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "helpers of tests are test code"
)]

use std::path::Path;

use crate::server::{Home, Site, json, printed, refusal};
use crate::work::{self, Books};

const EVENTS: usize = 1_500;
/// A backup starts whenever so many more were acknowledged.
const BACKUP_EVERY: usize = 400;
const BACKUPS: usize = 2;

#[test]
fn a_backup_under_load_holds_everything_that_was_acknowledged_before_it() {
    let site = Site::new();
    let server = site.start();
    let load = work::send(&site, &server, 0, EVENTS);
    let mut acknowledged = Vec::new();
    let mut backups = Vec::new();
    for number in 0..BACKUPS {
        acknowledged.extend(load.iter().take(BACKUP_EVERY));
        acknowledged.extend(load.try_iter());
        let mut books = Books::default();
        books.sent(0, EVENTS);
        for id in &acknowledged {
            books.acknowledged(id);
        }
        let file = site.path(&format!("{number}.backup"));
        let wrote = json(&site.run(&["backup", "--json", file.to_str().unwrap()]));
        assert!(wrote["entries"].as_u64().unwrap() >= 2, "{wrote}");
        backups.push((file, books));
    }
    let rest = load.iter().count();
    assert_eq!(acknowledged.len() + rest, EVENTS);
    println!("{rest} were acknowledged after the last backup began");
    drop(server);
    for (file, books) in &backups {
        let elsewhere = Home::new();
        printed(&elsewhere.run(&["restore", file.to_str().unwrap()]));
        let copy = Site::moved(elsewhere, site.account.clone());
        let server = copy.start();
        books.check(&copy, &server);
        drop(server);
        printed(&copy.run(&["doctor"]));
        a_used_folder_is_refused(&copy, file);
    }
    a_damaged_backup_is_refused(&backups[0].0);
}

fn a_used_folder_is_refused(copy: &Site, backup: &Path) {
    let why = refusal(&copy.run(&["restore", backup.to_str().unwrap()]));
    assert!(why.contains("is not empty"), "{why}");
    let why = refusal(&copy.run(&["backup", backup.to_str().unwrap()]));
    assert!(why.contains("exists already"), "{why}");
}

fn a_damaged_backup_is_refused(backup: &Path) {
    let home = Home::new();
    let bytes = std::fs::read(backup).unwrap();
    let cut = home.path("cut.backup");
    for length in [0, bytes.len() / 2, bytes.len() - 1] {
        std::fs::write(&cut, &bytes[..length]).unwrap();
        let why = refusal(&home.run(&["restore", cut.to_str().unwrap()]));
        assert!(why.contains("damaged or incomplete"), "{length}: {why}");
        assert!(
            !home.data().exists(),
            "a damaged backup leaves nothing behind"
        );
    }
    let left = std::fs::read_dir(home.path("")).unwrap();
    let left: Vec<_> = left.map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left, ["cut.backup"], "nor staging folders");
    let why = refusal(&home.run(&["restore", "nothing.backup"]));
    assert!(why.contains("nothing.backup"), "{why}");
}
