//! A disk whose calls fail when a test says so.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a disk for tests is test code"
)]

use std::io;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex};

use super::{Disk, DiskFile, RealDisk};

/// Which call of a disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "named as the calls are")]
pub enum Call {
    CreateDir,
    List,
    Create,
    Open,
    Rename,
    Remove,
    SyncDir,
    Size,
    Read,
    Write,
    SetSize,
    Sync,
}

#[derive(Debug)]
struct Fault {
    /// `None` is any call.
    call: Option<Call>,
    /// How many more such calls succeed first.
    after: usize,
    /// How many fail then.
    times: usize,
    /// `None` panics.
    kind: Option<io::ErrorKind>,
}

#[derive(Debug, Default)]
struct Plan {
    faults: Vec<Fault>,
    /// Places of files that cannot be read.
    spoilt: Vec<(PathBuf, Range<u64>)>,
    counts: Vec<Call>,
    stalled: Option<Call>,
}

#[derive(Debug, Default)]
struct Shared {
    plan: Mutex<Plan>,
    healed: Condvar,
}

/// The real disk, with planned failures. Clones share the plan.
#[derive(Clone, Debug, Default)]
pub struct FaultyDisk(Arc<Shared>);

impl FaultyDisk {
    /// Lets `times` calls fail, after `after` more of them have succeeded.
    pub fn fail(&self, call: Call, after: usize, times: usize, kind: io::ErrorKind) {
        self.plan(Some(call), after, times, Some(kind));
    }

    /// As [`FaultyDisk::fail`], with a panic.
    pub fn panic(&self, call: Call, after: usize, times: usize) {
        self.plan(Some(call), after, times, None);
    }

    /// As [`FaultyDisk::fail`], for calls of all kinds together.
    pub fn fail_any(&self, after: usize, times: usize, kind: io::ErrorKind) {
        self.plan(None, after, times, Some(kind));
    }

    /// As [`FaultyDisk::fail_any`], with panics.
    pub fn panic_any(&self, after: usize, times: usize) {
        self.plan(None, after, times, None);
    }

    fn plan(&self, call: Option<Call>, after: usize, times: usize, kind: Option<io::ErrorKind>) {
        let fault = Fault {
            call,
            after,
            times,
            kind,
        };
        self.0.plan.lock().unwrap().faults.push(fault);
    }

    /// Lets this call return no more until it heals.
    pub fn stall(&self, call: Call) {
        self.0.plan.lock().unwrap().stalled = Some(call);
    }

    /// Makes a place of a file unreadable, as a bad sector does.
    pub fn spoil(&self, path: &Path, place: Range<u64>) {
        let mut plan = self.0.plan.lock().unwrap();
        plan.spoilt.push((path.to_owned(), place));
    }

    /// Lets everything succeed again.
    pub fn heal(&self) {
        let mut plan = self.0.plan.lock().unwrap();
        plan.faults.clear();
        plan.spoilt.clear();
        plan.stalled = None;
        self.0.healed.notify_all();
    }

    /// How often `call` was made.
    pub fn count(&self, call: Call) -> usize {
        let plan = self.0.plan.lock().unwrap();
        plan.counts.iter().filter(|made| **made == call).count()
    }

    /// How many calls were made.
    pub fn calls(&self) -> usize {
        self.0.plan.lock().unwrap().counts.len()
    }

    fn allow(&self, call: Call) -> io::Result<()> {
        let mut plan = self.0.plan.lock().unwrap();
        plan.counts.push(call);
        let is_stalled = |plan: &mut Plan| plan.stalled == Some(call);
        let mut plan = self.0.healed.wait_while(plan, is_stalled).unwrap();
        for fault in &mut plan.faults {
            if fault.call.is_some_and(|planned| planned != call) {
                continue;
            }
            if fault.after > 0 {
                fault.after -= 1;
            } else if fault.times > 0 {
                fault.times -= 1;
                let Some(kind) = fault.kind else {
                    drop(plan);
                    panic!("the disk panics in {call:?}");
                };
                return Err(io::Error::from(kind));
            }
        }
        Ok(())
    }

    fn is_spoilt(&self, path: &Path, place: &Range<u64>) -> bool {
        let plan = self.0.plan.lock().unwrap();
        let meets = |other: &Range<u64>| other.start < place.end && place.start < other.end;
        (plan.spoilt.iter()).any(|(spoilt, other)| spoilt == path && meets(other))
    }

    fn wrap(&self, path: &Path, file: Arc<dyn DiskFile>) -> Arc<dyn DiskFile> {
        let (disk, path) = (self.clone(), path.to_owned());
        Arc::new(FaultyFile { disk, path, file })
    }
}

impl Disk for FaultyDisk {
    fn create_dir(&self, dir: &Path) -> io::Result<()> {
        self.allow(Call::CreateDir)?;
        RealDisk.create_dir(dir)
    }

    fn list(&self, dir: &Path) -> io::Result<Vec<String>> {
        self.allow(Call::List)?;
        RealDisk.list(dir)
    }

    fn create(&self, path: &Path) -> io::Result<Arc<dyn DiskFile>> {
        self.allow(Call::Create)?;
        Ok(self.wrap(path, RealDisk.create(path)?))
    }

    fn open(&self, path: &Path) -> io::Result<Arc<dyn DiskFile>> {
        self.allow(Call::Open)?;
        Ok(self.wrap(path, RealDisk.open(path)?))
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.allow(Call::Rename)?;
        RealDisk.rename(from, to)
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        self.allow(Call::Remove)?;
        RealDisk.remove(path)
    }

    fn sync_dir(&self, dir: &Path) -> io::Result<()> {
        self.allow(Call::SyncDir)?;
        RealDisk.sync_dir(dir)
    }
}

struct FaultyFile {
    disk: FaultyDisk,
    path: PathBuf,
    file: Arc<dyn DiskFile>,
}

impl DiskFile for FaultyFile {
    fn size(&self) -> io::Result<u64> {
        self.disk.allow(Call::Size)?;
        self.file.size()
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        self.disk.allow(Call::Read)?;
        let place = offset..offset + buffer.len() as u64;
        if self.disk.is_spoilt(&self.path, &place) {
            return Err(io::Error::from(io::ErrorKind::Other));
        }
        self.file.read_at(offset, buffer)
    }

    /// A failing write leaves half of its bytes behind, as a full disk does.
    fn write_at(&self, offset: u64, bytes: &[u8]) -> io::Result<()> {
        if let Err(error) = self.disk.allow(Call::Write) {
            self.file.write_at(offset, &bytes[..bytes.len() / 2])?;
            return Err(error);
        }
        self.file.write_at(offset, bytes)
    }

    fn set_size(&self, size: u64) -> io::Result<()> {
        self.disk.allow(Call::SetSize)?;
        self.file.set_size(size)
    }

    fn sync(&self) -> io::Result<()> {
        self.disk.allow(Call::Sync)?;
        self.file.sync()
    }

    fn is_at(&self, path: &Path) -> io::Result<bool> {
        self.file.is_at(path)
    }
}
