//! Where events go that were accepted but cannot be digested: one file each, raw bytes and all,
//! so that they can be looked at and replayed. Called by the digest.
//!
//! ```text
//! {"reason":"…","stage":"parse","receipt":{…},"remarks":[…]}\n
//! <the event, as it was accepted>
//! ```

use std::path::PathBuf;
use std::sync::Arc;

use serde::Serialize;
use watchpost_model::{Receipt, Remark};

use crate::spool::{SpoolError, Spooled};
use watchpost_store::disk::Disk;

/// Why an event could not be digested.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Failure {
    /// Where it happened: one word, also the reason that is counted.
    pub(crate) stage: &'static str,
    /// What happened, with all causes.
    pub(crate) reason: String,
}

/// The folder.
pub(crate) struct Quarantine {
    dir: PathBuf,
    disk: Arc<dyn Disk>,
}

#[derive(Serialize)]
struct Head<'a> {
    reason: &'a str,
    stage: &'a str,
    receipt: &'a Receipt,
    remarks: &'a [Remark],
}

impl Quarantine {
    /// A quarantine in `dir`.
    pub(crate) fn new(dir: PathBuf, disk: Arc<dyn Disk>) -> Self {
        Self { dir, disk }
    }

    /// Keeps an event, durably. Keeping it again after a crash replaces the file.
    pub(crate) fn keep(&self, spooled: &Spooled, failure: &Failure) -> Result<(), SpoolError> {
        let receipt = &spooled.record.receipt;
        let head = Head {
            reason: &failure.reason,
            stage: failure.stage,
            receipt,
            remarks: &spooled.record.remarks,
        };
        // A receipt is made of numbers and texts, which always serialise.
        let mut bytes = serde_json::to_vec(&head).unwrap_or_default();
        bytes.push(b'\n');
        bytes.extend_from_slice(&spooled.record.body);
        // No name comes from a client.
        let name = format!("{}-{}.event", receipt.received.as_micros(), spooled.seq);
        let path = self.dir.join(name);
        let keep = || {
            self.disk.create_dir(&self.dir)?;
            if let Some(parent) = self.dir.parent() {
                self.disk.sync_dir(parent)?;
            }
            let file = self.disk.create(&path)?;
            file.write_at(0, &bytes)?;
            file.sync()?;
            self.disk.sync_dir(&self.dir)
        };
        keep().map_err(|source| SpoolError::Disk {
            operation: "keep an event in quarantine as",
            path: path.clone(),
            source: Arc::new(source),
        })
    }
}
