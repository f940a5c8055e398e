//! Case I16: every field of a recorded event with a value of a wrong type. Whatever comes out, it
//! is an event with a title that can be stored and read again.

use serde_json::{Value, json};
use watchpost_model::Event;

use super::recorded::{digest, recordings};

/// Entries of a list after these are like them.
const LIST_ENTRIES: usize = 2;

/// The places of all values in `value`, as JSON pointers.
fn pointers(value: &Value, at: &str, found: &mut Vec<String>) {
    found.push(at.to_owned());
    match value {
        Value::Array(list) => {
            for (index, entry) in list.iter().enumerate().take(LIST_ENTRIES) {
                pointers(entry, &format!("{at}/{index}"), found);
            }
        }
        Value::Object(map) => {
            for (key, entry) in map {
                let key = key.replace('~', "~0").replace('/', "~1");
                pointers(entry, &format!("{at}/{key}"), found);
            }
        }
        _ => {}
    }
}

#[test]
fn i16_any_wrong_type_anywhere_leaves_an_event_with_a_title() {
    let wrong = [
        json!(null),
        json!([[["x"], {"key": 1}], "y", 5, null, {}]),
        json!({"values": [{"a\u{0}": "\u{0}"}, "x", [1, 2]], "frames": {"0": 1}, "type": []}),
        json!(-1.5e300),
        json!(true),
        json!(""),
    ];
    let with_nul = json!("\u{202e}text\n\n\u{0}%s {} {{ default }} ");
    let mut count = 0;
    for (name, recording) in recordings() {
        let record = &recording["event"];
        let mut places = Vec::new();
        pointers(record, "", &mut places);
        for (index, place) in places.iter().enumerate().skip(1) {
            for wrong in [&wrong[(index + count) % wrong.len()], &with_nul] {
                let mut mutant = record.clone();
                *mutant.pointer_mut(place).unwrap() = wrong.clone();
                let got = digest(&recording, &mutant);
                assert!(
                    !got.title.is_empty() && got.title.chars().count() <= 200,
                    "{name} {place}"
                );
                assert!(!got.title.contains(char::is_control), "{name} {place}");
                assert!((1..=2).contains(&got.hashes.len()), "{name} {place}");
                let stored = serde_json::to_string(&got.event).unwrap();
                // A text may show the escape, `\\u0000`, but not be it.
                let has_nul = stored.replace("\\\\", "").contains("\\u0000");
                assert!(!has_nul, "{name} {place}");
                let read: Event = serde_json::from_str(&stored).unwrap();
                assert!(read == got.event, "{name} {place}");
            }
        }
        count += 1;
    }
    assert!(count >= 28, "only {count} recordings found");
}
