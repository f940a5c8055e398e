//! Which open files and which paths are below the folder under test.

use std::ffi::{CStr, OsStr};
use std::os::unix::ffi::OsStrExt;
use std::path::{Component, Path, PathBuf};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};

use libc::{c_char, c_int};

use crate::control::variable;

/// More than any limit on descriptors that a test sets.
const FD_COUNT_MAX: usize = 1 << 16;

/// The number of the open file behind each descriptor; 0 is not ours.
static FILES: [AtomicU64; FD_COUNT_MAX] = [const { AtomicU64::new(0) }; FD_COUNT_MAX];
static OPENED: AtomicU64 = AtomicU64::new(1);

fn place(fd: c_int) -> Option<&'static AtomicU64> {
    FILES.get(usize::try_from(fd).ok()?)
}

/// The number of the file behind `fd` if it is under test.
pub(crate) fn of(fd: c_int) -> Option<u64> {
    let number = place(fd)?.load(Ordering::Acquire);
    (number > 0).then_some(number)
}

/// A new number for `fd`: unique among the processes of a test, as it begins with the pid.
pub(crate) fn track(fd: c_int) -> u64 {
    // SAFETY: has no arguments.
    let pid = unsafe { libc::getpid() } as u64;
    let number = pid << 32 | OPENED.fetch_add(1, Ordering::Relaxed);
    set(fd, number);
    number
}

/// `copy` is another descriptor of what `fd` is.
pub(crate) fn copied(fd: c_int, copy: c_int) {
    set(copy, of(fd).unwrap_or(0));
}

pub(crate) fn forget(fd: c_int) {
    set(fd, 0);
}

fn set(fd: c_int, number: u64) {
    if let Some(place) = place(fd) {
        place.store(number, Ordering::Release);
    }
}

fn root() -> Option<&'static Path> {
    static ROOT: OnceLock<Option<&'static Path>> = OnceLock::new();
    *ROOT.get_or_init(|| {
        let root = variable(c"IO_SHIM_DIR")?;
        Some(Path::new(OsStr::from_bytes(root.to_bytes())))
    })
}

/// The path below the folder under test; `None` when it is elsewhere, or rebuilt at each start.
///
/// # Safety
///
/// `path` is null or a string that ends in NUL.
pub(crate) unsafe fn below(dir: c_int, path: *const c_char) -> Option<Vec<u8>> {
    let root = root()?;
    if path.is_null() {
        return None;
    }
    // SAFETY: not null, and a string as the caller promises.
    let path = Path::new(OsStr::from_bytes(
        unsafe { CStr::from_ptr(path) }.to_bytes(),
    ));
    let whole = plain(&if path.is_absolute() {
        path.to_path_buf()
    } else {
        folder(dir)?.join(path)
    });
    let rest = whole.strip_prefix(root).ok()?.as_os_str().as_bytes();
    // SQLite's index of a log is memory shared by processes, not a file that must last.
    (!rest.ends_with(b"-shm")).then(|| rest.to_vec())
}

/// Without `.` and `..`: the paths of a test have no links in them.
fn plain(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => {
                plain.pop();
            }
            part => plain.push(part),
        }
    }
    plain
}

/// The path of an open folder, or of the current one.
fn folder(dir: c_int) -> Option<PathBuf> {
    let link = match dir {
        libc::AT_FDCWD => c"/proc/self/cwd".to_owned(),
        dir => std::ffi::CString::new(format!("/proc/self/fd/{dir}")).ok()?,
    };
    let mut buffer = [0_u8; 4096];
    let (bytes, length) = (buffer.as_mut_ptr(), buffer.len());
    // SAFETY: a live buffer of that length, and a string that ends in NUL.
    let count = unsafe {
        libc::syscall(
            libc::SYS_readlinkat,
            libc::AT_FDCWD,
            link.as_ptr(),
            bytes,
            length,
        )
    };
    let path = buffer.get(..usize::try_from(count).ok()?)?;
    Some(PathBuf::from(OsStr::from_bytes(path)))
}
