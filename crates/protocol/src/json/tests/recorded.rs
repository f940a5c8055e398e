//! What real clients sent, from 2011 to 2026: nothing of it needs a repair.

use std::fs;
use std::path::Path;

use serde_json::Value;

use super::check_bytes;
use crate::json::IdField;

const FIXTURES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures");

#[test]
fn recorded_events_pass_as_they_are() {
    let mut seen = 0;
    for folder in fs::read_dir(FIXTURES).unwrap() {
        let folder = folder.unwrap().path();
        if !folder.is_dir() || folder.ends_with("seed") || folder.ends_with("django-sentry-1.7.1") {
            continue;
        }
        for file in fs::read_dir(&folder).unwrap() {
            let path = file.unwrap().path();
            let name = path.to_string_lossy();
            if name.ends_with(".json") && !name.ends_with(".expect.json") {
                check_file(&path);
                seen += 1;
            }
        }
    }
    assert!(seen >= 20, "only {seen} recordings were found");
}

fn check_file(path: &Path) {
    let recording: Value = serde_json::from_slice(&fs::read(path).unwrap()).unwrap();
    let event = &recording["event"];
    for text in [event.to_string(), format!("{event:#}")] {
        let checked = check_bytes(text.as_bytes()).unwrap();
        let shown = path.display();
        assert_eq!(checked.json, text.as_bytes(), "{shown}");
        assert_eq!(checked.remarks, [], "{shown}");
        let ids = [checked.event_id, checked.message_id];
        let given = ids.iter().any(|id| matches!(id, IdField::Given(_)));
        assert!(given && !ids.contains(&IdField::Malformed), "{shown}");
    }
}
