//! The model of the disk against traces written by hand.

use std::path::PathBuf;

use super::model::Model;
use super::trace::{self, Op};
use crate::torture::dice::Dice;

/// A trace of `steps`; writes carry the byte that their file gets.
struct Hand {
    trace: Vec<u8>,
    ops: Vec<Op>,
}

impl Hand {
    fn new() -> Self {
        Self {
            trace: Vec::new(),
            ops: Vec::new(),
        }
    }

    fn open(mut self, file: u64, path: &str) -> Self {
        let (path, created) = (path.to_owned(), !path.is_empty());
        self.ops.push(Op::Open {
            file,
            path,
            created,
            truncated: false,
        });
        self
    }

    fn write(mut self, file: u64, offset: u64, data: &[u8]) -> Self {
        let start = self.trace.len();
        self.trace.extend(data);
        let data = start..self.trace.len();
        self.ops.push(Op::Write { file, offset, data });
        self
    }

    fn then(mut self, op: Op) -> Self {
        self.ops.push(op);
        self
    }

    fn sync(self, file: u64) -> Self {
        self.then(Op::Sync { file })
    }

    /// What many cuts leave of `path`: all that was seen, without doubles.
    fn seen(&self, path: &str) -> Vec<Option<Vec<u8>>> {
        let mut model = Model::new(None);
        for op in &self.ops {
            model.apply(op, &self.trace).unwrap();
        }
        let mut seen = Vec::new();
        for case in 0..200 {
            let folder = folder(case);
            model.cut(&mut Dice::new(1, case), &folder).unwrap();
            seen.push(std::fs::read(folder.join(path)).ok());
            std::fs::remove_dir_all(folder).unwrap();
        }
        seen.sort();
        seen.dedup();
        seen
    }
}

fn folder(case: u64) -> PathBuf {
    let thread = format!("{:?}", std::thread::current().id());
    let run = std::process::id();
    std::env::temp_dir().join(format!("watchpost-model-{run}-{thread}-{case}"))
}

#[test]
fn what_is_synced_with_its_name_survives_every_cut() {
    let hand = Hand::new().open(1, "").open(2, "a").write(2, 0, b"safe");
    let hand = hand.sync(2).sync(1);
    assert_eq!(hand.seen("a"), [Some(b"safe".to_vec())]);
}

#[test]
fn a_synced_file_without_a_synced_name_may_be_gone() {
    let hand = Hand::new().open(1, "").open(2, "a").write(2, 0, b"safe");
    let hand = hand.sync(2);
    assert_eq!(hand.seen("a"), [None, Some(b"safe".to_vec())]);
}

#[test]
fn unsynced_bytes_come_in_any_order_and_number() {
    let hand = Hand::new().open(1, "").open(2, "a").sync(1);
    let hand = hand.write(2, 0, b"1").write(2, 1, b"2");
    let seen = hand.seen("a");
    for expect in [&b""[..], b"1", b"12", b"\0\x32"] {
        assert!(
            seen.contains(&Some(expect.to_vec())),
            "{expect:?} in {seen:?}"
        );
    }
}

#[test]
fn a_long_write_is_torn_at_sectors() {
    let hand = Hand::new().open(1, "").open(2, "a").sync(1);
    let hand = hand.write(2, 0, &[7; 2048]);
    let torn = hand.seen("a").into_iter().flatten().any(|bytes| {
        let sectors: Vec<_> = bytes.chunks(512).map(|sector| sector[0]).collect();
        sectors.contains(&7) && sectors.iter().any(|first| *first != 7)
    });
    assert!(torn);
}

#[test]
fn a_rename_happens_as_a_whole() {
    let hand = Hand::new().open(1, "").open(2, "new").write(2, 0, b"new");
    let hand = hand.open(3, "old").write(3, 0, b"old");
    let hand = hand.sync(2).sync(3).sync(1);
    let hand = hand.then(Op::Rename {
        from: "new".to_owned(),
        to: "old".to_owned(),
    });
    let seen = hand.seen("old");
    assert_eq!(seen, [Some(b"new".to_vec()), Some(b"old".to_vec())]);
    assert_eq!(hand.seen("new"), [None, Some(b"new".to_vec())]);
}

#[test]
fn a_deleted_name_may_come_back_until_its_folder_is_synced() {
    let gone = Op::Unlink {
        path: "a".to_owned(),
    };
    let hand = Hand::new().open(1, "").open(2, "a").sync(1).then(gone);
    assert_eq!(hand.seen("a"), [None, Some(Vec::new())]);
    assert_eq!(hand.sync(1).seen("a"), [None]);
}

#[test]
fn records_are_read_as_the_shim_writes_them() {
    let mut bytes = Vec::new();
    for (kind, text, data) in [(1_u8, "a", ""), (2, "", "xyz"), (5, "a", "b")] {
        let length = 1 + 8 + 8 + 4 + text.len() + data.len();
        bytes.extend(u32::try_from(length).unwrap().to_le_bytes());
        bytes.push(kind);
        bytes.extend(9_u64.to_le_bytes());
        bytes.extend(1_u64.to_le_bytes());
        bytes.extend(u32::try_from(text.len()).unwrap().to_le_bytes());
        bytes.extend(text.as_bytes());
        bytes.extend(data.as_bytes());
    }
    let ops: Vec<Op> = trace::read(&bytes)
        .unwrap()
        .into_iter()
        .map(|(_, op)| op)
        .collect();
    let path = "a".to_owned();
    let open = Op::Open {
        file: 9,
        path: path.clone(),
        created: true,
        truncated: false,
    };
    let write = Op::Write {
        file: 9,
        offset: 1,
        data: 51..54,
    };
    let to = "b".to_owned();
    assert_eq!(ops, [open, write, Op::Rename { from: path, to }]);
    assert!(trace::read(&bytes[..bytes.len() - 1]).is_err());
}
