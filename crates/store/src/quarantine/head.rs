//! A file of the quarantine: one line that says what it is, then the event as it was accepted.
//!
//! ```text
//! {"reason":"…","stage":"parse","tries":1,"sum":"…","receipt":{…},"remarks":[…]}\n
//! <the event, as it was accepted>
//! ```
//! It is read with patience: what a damaged disk left of it is shown, not refused.

use std::io;

use serde::{Deserialize, Serialize};
use watchpost_model::{Receipt, Remark};

use super::files::failed;
use super::name::{Name, short_hash};
use super::{Poison, QuarantineEntry, QuarantineKind};
use crate::StoreError;
use crate::disk::DiskFile;

/// What is kept of a reason: a panic may say anything at any length.
const REASON_CHARS_MAX: usize = 4096;
/// A longer first line is no head.
const HEAD_BYTES_MAX: usize = 1024 * 1024;
/// What is read at first to find the head; most end within it.
const HEAD_STEP_BYTES: usize = 16 * 1024;

/// The first line of a file. Fields that are missing were not known to an older version.
#[derive(Serialize, Deserialize)]
struct Head {
    reason: String,
    stage: String,
    #[serde(default = "once")]
    tries: u32,
    /// Of the bytes that follow.
    #[serde(default)]
    sum: Option<String>,
    receipt: Receipt,
    #[serde(default)]
    remarks: Vec<Remark>,
}

fn once() -> u32 {
    1
}

/// The bytes of a file.
pub(super) fn write(poison: &Poison<'_>, tries: u32) -> Vec<u8> {
    let head = Head {
        reason: poison.reason.chars().take(REASON_CHARS_MAX).collect(),
        stage: poison.stage.to_owned(),
        tries,
        sum: Some(sum(poison.body)),
        receipt: poison.receipt.clone(),
        remarks: poison.remarks.to_vec(),
    };
    // A head is made of numbers and texts, which always serialise.
    let mut bytes = serde_json::to_vec(&head).unwrap_or_default();
    bytes.push(b'\n');
    bytes.extend_from_slice(poison.body);
    bytes
}

/// Reads a file: what it is, and up to `bytes_max` bytes of what it holds. With all of its bytes
/// their sum is checked, too.
pub(super) fn read(
    name: &Name,
    file: &dyn DiskFile,
    bytes_max: usize,
) -> Result<(QuarantineEntry, Vec<u8>), StoreError> {
    let read = || {
        let size = file.size()?;
        let head = match name.kind {
            QuarantineKind::Event => read_head(file)?,
            QuarantineKind::Damage | QuarantineKind::Torn | QuarantineKind::Loss => None,
        };
        let start = head.as_ref().map_or(0, |(_, start)| *start);
        let bytes = size.saturating_sub(start);
        let length = usize::try_from(bytes).unwrap_or(usize::MAX).min(bytes_max);
        let mut body = vec![0; length];
        let count = file.read_at(start, &mut body)?;
        body.truncate(count);
        Ok((head.map(|(head, _)| head), bytes, body))
    };
    let (mut head, bytes, body) = read().map_err(failed("read an entry of the quarantine"))?;
    // The name says whose event it is and how long: a head that says otherwise was changed.
    let named = |head: &Head| name.facts.is_none() || name.is_of(&head.receipt, bytes);
    if !head.as_ref().is_none_or(named) {
        head = None;
    }
    let whole = body.len() as u64 == bytes;
    let fits = |head: &Head| head.sum.as_ref().is_none_or(|wanted| *wanted == sum(&body));
    if whole && !head.as_ref().is_none_or(fits) {
        head = None;
    }
    Ok((entry(name, head, bytes), body))
}

/// The head, and where the bytes of the event begin; `None` when there is no whole one.
fn read_head(file: &dyn DiskFile) -> io::Result<Option<(Head, u64)>> {
    let mut bytes = Vec::new();
    while bytes.len() < HEAD_BYTES_MAX {
        let mut step = vec![0; HEAD_STEP_BYTES];
        let count = file.read_at(bytes.len() as u64, &mut step)?;
        bytes.extend(step.into_iter().take(count));
        let end = bytes.iter().position(|byte| *byte == b'\n');
        if let Some(line) = end.and_then(|end| bytes.get(..end)) {
            let head = serde_json::from_slice(line).ok();
            return Ok(head.map(|head| (head, line.len() as u64 + 1)));
        }
        if count < HEAD_STEP_BYTES {
            break;
        }
    }
    Ok(None)
}

fn entry(name: &Name, head: Option<Head>, bytes: u64) -> QuarantineEntry {
    let (stage, reason) = match name.kind {
        QuarantineKind::Event => (
            "damaged",
            "the file of this entry was changed on the disk; its bytes are not what was accepted",
        ),
        QuarantineKind::Damage => (
            "",
            "bytes of the spool that the disk gave back damaged; events may be lost in them",
        ),
        QuarantineKind::Torn => (
            "",
            "the rest of a write that was cut short by a kill or a power cut; it was never \
             acknowledged, so nothing is lost",
        ),
        QuarantineKind::Loss => ("", ""),
    };
    let entry = QuarantineEntry {
        id: name.id(),
        kind: name.kind,
        project: name.facts.map(|(project, _)| project),
        stage: stage.to_owned(),
        reason: name
            .loss()
            .map_or_else(|| reason.to_owned(), |loss| loss.to_string()),
        bytes,
        tries: 0,
        is_marked: name.is_marked,
        receipt: None,
        remarks: Vec::new(),
    };
    let Some(head) = head else { return entry };
    QuarantineEntry {
        project: Some(head.receipt.project),
        stage: head.stage,
        reason: head.reason,
        tries: head.tries,
        receipt: Some(head.receipt),
        remarks: head.remarks,
        ..entry
    }
}

fn sum(bytes: &[u8]) -> String {
    short_hash(&[bytes])
}
