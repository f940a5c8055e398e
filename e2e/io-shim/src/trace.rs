//! The ordered record of everything that changes files: what `xtask/src/torture/power/trace.rs`
//! reads. One record is written at once, after the call that it tells of has returned and before
//! its caller knows. Little-endian throughout:
//!
//! ```text
//! length of the rest: u32 │ kind: u8 │ file: u64 │ number: u64 │ length of text: u32 │ text │ data
//! ```

use std::ffi::CStr;
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

use libc::c_int;

use crate::control::variable;

/// What a record tells of.
#[derive(Clone, Copy)]
#[repr(u8)]
pub(crate) enum Kind {
    /// `file` is open at path `text`; `number` is a sum of [`CREATED`], [`TRUNCATED`].
    Open = 1,
    /// `data` went to `file` at offset `number`.
    Write = 2,
    /// `file` has the size `number`.
    Truncate = 3,
    /// `file`, or a folder, is synced.
    Sync = 4,
    /// Path `text` is now path `data`.
    Rename = 5,
    /// Path `text` is gone.
    Unlink = 6,
    /// Folder `text` is there.
    Mkdir = 7,
    /// Folder `text` is gone.
    Rmdir = 8,
    /// The file at path `text` is also at path `data`.
    Link = 9,
    /// `file` is at least `number` bytes long.
    Allocate = 10,
}

pub(crate) const CREATED: u64 = 1;
pub(crate) const TRUNCATED: u64 = 2;

static FILE: OnceLock<Option<c_int>> = OnceLock::new();
static ORDER: Mutex<()> = Mutex::new(());

fn file() -> Option<c_int> {
    *FILE.get_or_init(|| {
        let path: &CStr = variable(c"IO_SHIM_TRACE")?;
        let flags = libc::O_WRONLY | libc::O_APPEND | libc::O_CREAT | libc::O_CLOEXEC;
        // SAFETY: a string of the environment and plain numbers.
        let fd = unsafe {
            libc::syscall(
                libc::SYS_openat,
                libc::AT_FDCWD,
                path.as_ptr(),
                flags,
                0o600,
            )
        };
        c_int::try_from(fd).ok().filter(|fd| *fd >= 0)
    })
}

/// Held while a call is made and recorded, so that the record has the order of the calls: among
/// threads by the mutex, among processes by a lock on the file.
pub(crate) struct Turn {
    fd: c_int,
    _order: MutexGuard<'static, ()>,
}

impl Turn {
    /// `None` when nothing is recorded.
    pub(crate) fn take() -> Option<Self> {
        let fd = file()?;
        let order = ORDER.lock().unwrap_or_else(PoisonError::into_inner);
        // SAFETY: plain numbers.
        while unsafe { libc::syscall(libc::SYS_flock, fd, libc::LOCK_EX) } != 0 {}
        Some(Self { fd, _order: order })
    }

    pub(crate) fn record(&self, kind: Kind, file: u64, number: u64, text: &[u8], data: &[u8]) {
        let length = 1 + 8 + 8 + 4 + text.len() + data.len();
        let mut record = Vec::with_capacity(4 + length);
        record.extend((length as u32).to_le_bytes());
        record.push(kind as u8);
        record.extend(file.to_le_bytes());
        record.extend(number.to_le_bytes());
        record.extend((text.len() as u32).to_le_bytes());
        record.extend(text);
        record.extend(data);
        let mut rest = record.as_slice();
        while !rest.is_empty() {
            // SAFETY: the bytes of a live slice.
            let written =
                unsafe { libc::syscall(libc::SYS_write, self.fd, rest.as_ptr(), rest.len()) };
            match usize::try_from(written) {
                Ok(written) => rest = &rest[written..],
                // A record with holes would prove nothing: the test must not go on.
                // SAFETY: ends the process.
                Err(_) => unsafe { libc::_exit(99) },
            }
        }
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        // SAFETY: plain numbers.
        unsafe { libc::syscall(libc::SYS_flock, self.fd, libc::LOCK_UN) };
    }
}
