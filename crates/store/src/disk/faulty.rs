//! A disk whose calls fail when a test says so.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a disk for tests is test code"
)]

use std::io;
use std::path::Path;
use std::sync::{Arc, Mutex};

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
    kind: io::ErrorKind,
}

#[derive(Debug, Default)]
struct Plan {
    faults: Vec<Fault>,
    counts: Vec<Call>,
}

/// The real disk, with planned failures. Clones share the plan.
#[derive(Clone, Debug, Default)]
pub struct FaultyDisk(Arc<Mutex<Plan>>);

impl FaultyDisk {
    /// Lets `times` calls fail, after `after` more of them have succeeded.
    pub fn fail(&self, call: Call, after: usize, times: usize, kind: io::ErrorKind) {
        self.plan(Some(call), after, times, kind);
    }

    /// As [`FaultyDisk::fail`], for calls of all kinds together.
    pub fn fail_any(&self, after: usize, times: usize, kind: io::ErrorKind) {
        self.plan(None, after, times, kind);
    }

    fn plan(&self, call: Option<Call>, after: usize, times: usize, kind: io::ErrorKind) {
        let fault = Fault {
            call,
            after,
            times,
            kind,
        };
        self.0.lock().unwrap().faults.push(fault);
    }

    /// Lets everything succeed again.
    pub fn heal(&self) {
        self.0.lock().unwrap().faults.clear();
    }

    /// How often `call` was made.
    pub fn count(&self, call: Call) -> usize {
        let plan = self.0.lock().unwrap();
        plan.counts.iter().filter(|made| **made == call).count()
    }

    /// How many calls were made.
    pub fn calls(&self) -> usize {
        self.0.lock().unwrap().counts.len()
    }

    fn allow(&self, call: Call) -> io::Result<()> {
        let mut plan = self.0.lock().unwrap();
        plan.counts.push(call);
        for fault in &mut plan.faults {
            if fault.call.is_some_and(|planned| planned != call) {
                continue;
            }
            if fault.after > 0 {
                fault.after -= 1;
            } else if fault.times > 0 {
                fault.times -= 1;
                return Err(io::Error::from(fault.kind));
            }
        }
        Ok(())
    }

    fn wrap(&self, file: Arc<dyn DiskFile>) -> Arc<dyn DiskFile> {
        let disk = self.clone();
        Arc::new(FaultyFile { disk, file })
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
        Ok(self.wrap(RealDisk.create(path)?))
    }

    fn open(&self, path: &Path) -> io::Result<Arc<dyn DiskFile>> {
        self.allow(Call::Open)?;
        Ok(self.wrap(RealDisk.open(path)?))
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
    file: Arc<dyn DiskFile>,
}

impl DiskFile for FaultyFile {
    fn size(&self) -> io::Result<u64> {
        self.disk.allow(Call::Size)?;
        self.file.size()
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        self.disk.allow(Call::Read)?;
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
