//! What a quarantine must do, on real files.

use std::fs;
use std::sync::Arc;

use tempfile::TempDir;
use watchpost_model::{EventId, KeyId, ProjectId, Receipt, Timestamp, WireFormat};

use super::*;
use crate::disk::faulty::{Call, FaultyDisk};

struct Yard {
    dir: TempDir,
    disk: FaultyDisk,
    quarantine: FileQuarantine,
}

fn open() -> Yard {
    let dir = tempfile::tempdir().unwrap();
    let disk = FaultyDisk::default();
    let quarantine = FileQuarantine::new(dir.path().join("quarantine"), Arc::new(disk.clone()));
    Yard {
        dir,
        disk,
        quarantine,
    }
}

fn receipt(project: i64, event: u128, secs: i64) -> Receipt {
    Receipt {
        project: ProjectId(project),
        key: KeyId(1),
        event: EventId(event),
        received: Timestamp::from_secs(secs),
        format: WireFormat::Event,
        client_ip: None,
        sdk: None,
        user_agent: None,
        sent_at: None,
    }
}

impl Yard {
    fn keep(&self, project: i64, event: u128, secs: i64) -> Result<u32, StoreError> {
        self.quarantine.keep(&Poison {
            receipt: &receipt(project, event, secs),
            remarks: &[],
            body: b"{\"a\":1}",
            stage: "parse",
            reason: "no event",
        })
    }

    fn all(&self) -> Vec<QuarantineEntry> {
        let query = QuarantineQuery {
            limit: 100,
            ..QuarantineQuery::default()
        };
        self.quarantine.list(&query).unwrap().rows
    }

    fn put(&self, name: &str, bytes: &[u8]) {
        let dir = self.dir.path().join("quarantine");
        fs::create_dir_all(&dir).unwrap();
        fs::write(dir.join(name), bytes).unwrap();
    }

    fn files(&self) -> Vec<String> {
        let entries = fs::read_dir(self.dir.path().join("quarantine")).unwrap();
        let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        let mut names: Vec<String> = names.collect();
        names.sort();
        names
    }
}

#[test]
fn an_empty_quarantine_has_nothing_and_no_folder() {
    let yard = open();
    assert_eq!(yard.all(), []);
    assert_eq!(yard.quarantine.usage().unwrap(), QuarantineUsage::default());
    assert_eq!(yard.quarantine.take(10, 10).unwrap(), []);
}

#[test]
fn what_is_kept_reads_back_whole() {
    let yard = open();
    assert_eq!(yard.keep(7, 1, 10).unwrap(), 1);
    let [entry] = yard.all().try_into().unwrap();
    assert_eq!(entry.receipt, Some(receipt(7, 1, 10)));
    assert_eq!(
        (entry.stage.as_str(), entry.reason.as_str()),
        ("parse", "no event")
    );
    assert_eq!((entry.bytes, entry.tries, entry.is_marked), (7, 1, false));
    assert!(entry.is_replayable());
    let (same, body) = yard.quarantine.entry(&entry.id, 100).unwrap().unwrap();
    assert_eq!((&same, &body[..]), (&entry, &b"{\"a\":1}"[..]));
    let (_, body) = yard.quarantine.entry(&entry.id, 3).unwrap().unwrap();
    assert_eq!(body, b"{\"a");
    let id: QuarantineId = entry.id.to_string().parse().unwrap();
    assert_eq!(id, entry.id);
}

#[test]
fn keeping_it_again_after_a_crash_replaces_it() {
    let yard = open();
    assert_eq!(yard.keep(7, 1, 10).unwrap(), 1);
    assert_eq!(yard.keep(7, 1, 10).unwrap(), 1);
    assert_eq!(yard.all().len(), 1);
    yard.keep(8, 1, 10).unwrap();
    assert_eq!(yard.all().len(), 2, "the same id in another project");
}

#[test]
fn lists_are_paged_filtered_and_newest_first() {
    let yard = open();
    for number in 0..5 {
        yard.keep(1 + number % 2, number.unsigned_abs().into(), number)
            .unwrap();
    }
    yard.put("spool-00000000000000000001-40.bin", b"broken");
    let mut query = QuarantineQuery {
        limit: 2,
        ..QuarantineQuery::default()
    };
    let mut seen = Vec::new();
    loop {
        let page = yard.quarantine.list(&query).unwrap();
        assert!(page.rows.len() <= 2);
        seen.extend(page.rows.iter().map(QuarantineEntry::received));
        query.after = page.next;
        if query.after.is_none() {
            break;
        }
    }
    let expect = [Some(4), Some(3), Some(2), Some(1), Some(0), None];
    assert_eq!(seen, expect.map(|secs| secs.map(Timestamp::from_secs)));
    let of = |query: QuarantineQuery| yard.quarantine.list(&query).unwrap().rows.len();
    let all = QuarantineQuery {
        limit: 100,
        ..QuarantineQuery::default()
    };
    let projects = Some(vec![Some(ProjectId(2))]);
    assert_eq!(
        of(QuarantineQuery {
            projects,
            ..all.clone()
        }),
        2
    );
    let stage = Some("parse".to_owned());
    assert_eq!(
        of(QuarantineQuery {
            stage,
            ..all.clone()
        }),
        5
    );
    let stage = Some("group".to_owned());
    assert_eq!(of(QuarantineQuery { stage, ..all }), 0);
}

#[test]
fn a_replayed_event_is_gone_or_back_with_one_more_try() {
    let yard = open();
    let quarantine = &yard.quarantine;
    yard.keep(7, 1, 10).unwrap();
    yard.keep(7, 2, 20).unwrap();
    for entry in yard.all() {
        assert!(quarantine.replay(&entry.id).unwrap());
        assert!(!quarantine.replay(&entry.id).unwrap(), "marked already");
    }
    assert_eq!(quarantine.usage().unwrap().marked, 2);
    let taken = quarantine.take(10, 1000).unwrap();
    assert_eq!(
        taken
            .iter()
            .map(|one| one.receipt.event.0)
            .collect::<Vec<_>>(),
        [1, 2]
    );
    // A crash here loses nothing: they are still there, and marked.
    assert_eq!(quarantine.usage().unwrap().marked, 2);
    assert_eq!(yard.keep(7, 2, 20).unwrap(), 2);
    // Marked anew before the batch is settled: it must stay.
    let again = yard
        .all()
        .into_iter()
        .find(|entry| !entry.is_marked)
        .unwrap();
    assert_eq!(again.tries, 2);
    assert!(quarantine.replay(&again.id).unwrap());
    quarantine.settle().unwrap();
    let [left] = yard.all().try_into().unwrap();
    assert_eq!(
        (left.event(), left.tries, left.is_marked),
        (Some(EventId(2)), 2, true)
    );
    assert_eq!(yard.files().len(), 1);
}

#[test]
fn files_of_the_first_release_are_read_replayed_and_kept_again() {
    let yard = open();
    let head = serde_json::json!({
        "reason": "old", "stage": "group", "receipt": receipt(7, 1, 10), "remarks": [],
    });
    yard.put(
        "10000000-42.event",
        format!("{head}\n{{\"a\":1}}").as_bytes(),
    );
    let [entry] = yard.all().try_into().unwrap();
    assert_eq!(
        (entry.stage.as_str(), entry.tries, entry.bytes),
        ("group", 1, 7)
    );
    assert_eq!(yard.quarantine.usage().unwrap().events, 1);
    assert!(yard.quarantine.replay(&entry.id).unwrap());
    assert_eq!(yard.quarantine.take(10, 1000).unwrap().len(), 1);
    assert_eq!(yard.keep(7, 1, 10).unwrap(), 2);
    yard.quarantine.settle().unwrap();
    let [entry] = yard.all().try_into().unwrap();
    assert_eq!((entry.tries, entry.is_marked), (2, false));
}

#[test]
fn f07_damage_is_shown_as_what_it_is_and_never_replayed() {
    let yard = open();
    yard.keep(7, 1, 10).unwrap();
    let [name] = yard.files().try_into().unwrap();
    let path = yard.dir.path().join("quarantine").join(&name);
    let sound = fs::read(&path).unwrap();
    for place in 0..sound.len() {
        let mut damaged = sound.clone();
        damaged[place] ^= 0x01;
        fs::write(&path, damaged).unwrap();
        let [entry] = yard.all().try_into().unwrap();
        let (whole, _) = yard.quarantine.entry(&entry.id, 1 << 20).unwrap().unwrap();
        // A flipped bit within a text of the head may read as another text; never within the event.
        let in_head = place < sound.iter().position(|byte| *byte == b'\n').unwrap();
        assert!(in_head || !whole.is_replayable(), "{place}");
        let named = (entry.project, entry.event().unwrap_or(EventId(1)));
        assert_eq!(named, (Some(ProjectId(7)), EventId(1)), "{place}");
    }
    fs::write(&path, b"").unwrap();
    let [entry] = yard.all().try_into().unwrap();
    assert_eq!(
        (entry.project, entry.stage.as_str()),
        (Some(ProjectId(7)), "damaged")
    );
    assert!(!yard.quarantine.replay(&entry.id).unwrap());
    yard.put("spool-00000000000000000001-40.bin", b"broken");
    yard.put("spool-00000000000000000002-0.torn", b"half");
    let usage = yard.quarantine.usage().unwrap();
    assert_eq!((usage.events, usage.damaged, usage.torn), (1, 1, 1));
    for entry in yard.all() {
        assert!(!yard.quarantine.replay(&entry.id).unwrap());
        assert!(yard.quarantine.drop_entry(&entry.id).unwrap());
        assert!(!yard.quarantine.drop_entry(&entry.id).unwrap());
    }
    assert_eq!(yard.all(), []);
}

#[test]
fn what_is_damaged_after_it_was_marked_is_put_back() {
    let yard = open();
    yard.keep(7, 1, 10).unwrap();
    let [entry] = yard.all().try_into().unwrap();
    yard.quarantine.replay(&entry.id).unwrap();
    let [name] = yard.files().try_into().unwrap();
    yard.put(&name, b"nothing");
    assert_eq!(yard.quarantine.take(10, 1000).unwrap(), []);
    assert!(!yard.all()[0].is_marked);
}

#[test]
fn no_other_text_is_an_id() {
    for text in [
        "",
        "..",
        "../1-1",
        "1-1/../2-2",
        "1-1.event",
        "+1-1",
        "1",
        "1-1-1-0123456789ABCDEF",
        "1-1-1-0123456789abcdef.replay",
        "spool-1-1",
        "spool-1-1.spool",
        "spool-1-..bin",
        "1-9999999999999999999999",
        "1-1\0",
    ] {
        assert!(text.parse::<QuarantineId>().is_err(), "{text}");
    }
    for text in [
        "1-1",
        "1-7-3-0123456789abcdef",
        "spool-1-1.bin",
        "spool-1-1.torn",
    ] {
        assert_eq!(text.parse::<QuarantineId>().unwrap().to_string(), text);
    }
}

#[test]
fn f03_a_disk_that_fails_leaves_the_event_whole_or_absent() {
    let calls = [
        Call::CreateDir,
        Call::Create,
        Call::Write,
        Call::Sync,
        Call::SyncDir,
        Call::Rename,
    ];
    for call in calls {
        let yard = open();
        yard.disk.fail(call, 0, 1, std::io::ErrorKind::StorageFull);
        yard.keep(7, 1, 10).unwrap_err();
        assert!(
            yard.all().iter().all(QuarantineEntry::is_replayable),
            "{call:?}"
        );
        assert_eq!(yard.keep(7, 1, 10).unwrap(), 1, "{call:?}");
        assert_eq!(yard.files().len(), 1, "{call:?}");
    }
}

#[test]
fn f07_a_loss_is_noted_once_until_somebody_drops_it() {
    let yard = open();
    let loss = Loss {
        store: LostFrom::Archive,
        had: 120,
        has: 100,
    };
    yard.quarantine.note_loss(&loss).unwrap();
    yard.quarantine.note_loss(&loss).unwrap();
    yard.put("archive-120-1x.lost", b"none of ours");
    yard.put("shelf-120-100.lost", b"none of ours");
    assert_eq!(yard.quarantine.usage().unwrap().losses, 1);
    let entries = yard.all();
    let [entry] = entries.as_slice() else {
        panic!("one note: {entries:?}");
    };
    assert_eq!(entry.kind, QuarantineKind::Loss);
    assert!(entry.reason.contains("the last 20 events"), "{entry:?}");
    assert!(!yard.quarantine.replay(&entry.id).unwrap());
    assert!(yard.quarantine.drop_entry(&entry.id).unwrap());
    assert_eq!(yard.quarantine.usage().unwrap().losses, 0);
}
