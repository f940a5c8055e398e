//! What the test decides while the program runs: a page of numbers that both share.
//! The other side is `xtask/src/torture/shim.rs`; the order of the slots is the contract.

use std::ffi::CStr;
use std::ptr::null_mut;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicI64, Ordering};

use libc::{c_int, c_long};

/// Bytes of the file.
const PAGE_BYTES: usize = 4096;

/// Seconds that are added to the wall clock.
const CLOCK_OFFSET_SECS: usize = 0;
/// The first call that fails, counted from 1; 0 lets all pass.
const FAIL_FROM: usize = 1;
/// The last call that fails.
const FAIL_UNTIL: usize = 2;
/// An errno, or one of the two below.
const FAULT: usize = 3;
/// Which classes of calls count: a sum of [`Class`].
const CLASSES: usize = 4;
/// Calls of those classes so far.
const CALLS: usize = 5;
/// Calls that failed so far.
const HITS: usize = 6;
/// How long every sync takes at least.
const SLOW_SYNC_MS: usize = 7;
/// Bytes that may still be written before the disk is full; negative is without end.
const BUDGET_BYTES: usize = 8;
/// The class of the last call that failed.
const HIT_CLASS: usize = 9;

/// A write takes half of its bytes.
const SHORT: i64 = 1000;
/// The process dies, in the middle of the call if that has one.
const KILL: i64 = 1001;

/// Kinds of calls.
#[derive(Clone, Copy, PartialEq, Eq)]
#[repr(i64)]
pub(crate) enum Class {
    Read = 1,
    Write = 2,
    Sync = 4,
    Truncate = 8,
    Open = 16,
    Create = 32,
    Rename = 64,
    Unlink = 128,
    Folder = 256,
}

/// What happens to a call.
pub(crate) enum Fate {
    Pass,
    Errno(c_int),
    /// Only so many bytes of it.
    Short(usize),
    /// So many bytes of it, then SIGKILL.
    Kill(usize),
}

struct Page(*mut AtomicI64);

// SAFETY: the page is mapped for the life of the process and holds atomics only.
unsafe impl Send for Page {}
// SAFETY: as above.
unsafe impl Sync for Page {}

static PAGE: OnceLock<Option<Page>> = OnceLock::new();

fn slot(index: usize) -> Option<&'static AtomicI64> {
    let page = PAGE.get_or_init(map).as_ref()?;
    // SAFETY: `index` is one of the constants above, all within the page; the mapping is aligned
    // and never unmapped.
    Some(unsafe { &*page.0.add(index) })
}

fn map() -> Option<Page> {
    let path = variable(c"IO_SHIM_CONTROL")?;
    // SAFETY: `path` is a string of the environment, which nobody changes; the mapping is checked.
    unsafe {
        let fd = libc::syscall(
            libc::SYS_openat,
            libc::AT_FDCWD,
            path.as_ptr(),
            libc::O_RDWR,
            0,
        );
        if fd < 0 {
            return None;
        }
        // Whole registers: what is narrower comes with noise in its upper half.
        let access = (libc::PROT_READ | libc::PROT_WRITE) as c_long;
        let shared = libc::MAP_SHARED as c_long;
        let none = null_mut::<libc::c_void>();
        let page = libc::syscall(
            libc::SYS_mmap,
            none,
            PAGE_BYTES,
            access,
            shared,
            fd,
            0 as c_long,
        );
        libc::syscall(libc::SYS_close, fd);
        (page > 0).then_some(Page(page as *mut AtomicI64))
    }
}

/// A variable of the environment.
pub(crate) fn variable(name: &CStr) -> Option<&'static CStr> {
    // SAFETY: `name` ends in NUL; the program under test never changes its environment, so the
    // returned string lives as long as the process.
    unsafe {
        let value = libc::getenv(name.as_ptr());
        (!value.is_null()).then(|| CStr::from_ptr(value))
    }
}

fn read(index: usize) -> i64 {
    slot(index).map_or(0, |slot| slot.load(Ordering::Relaxed))
}

/// Seconds that are added to the wall clock.
pub(crate) fn clock_offset_secs() -> i64 {
    read(CLOCK_OFFSET_SECS)
}

/// How long a sync takes at least.
pub(crate) fn slow_sync_ms() -> u64 {
    u64::try_from(read(SLOW_SYNC_MS)).unwrap_or(0)
}

/// Counts a call and says what happens to it; `length` is what it wants to read or write.
pub(crate) fn fate(class: Class, length: usize) -> Fate {
    if class == Class::Write
        && let Some(fate) = budget(length)
    {
        return fate;
    }
    if read(CLASSES) & class as i64 == 0 {
        return Fate::Pass;
    }
    let Some(calls) = slot(CALLS) else {
        return Fate::Pass;
    };
    let number = calls.fetch_add(1, Ordering::SeqCst) + 1;
    let (from, until) = (read(FAIL_FROM), read(FAIL_UNTIL));
    if from == 0 || number < from || number > until {
        return Fate::Pass;
    }
    let fault = read(FAULT);
    // Interrupted for ever would be a machine that stands still: every other call gets through.
    if fault == i64::from(libc::EINTR) && (number - from) % 2 == 1 {
        return Fate::Pass;
    }
    let fate = match (fault, class) {
        (SHORT, Class::Write) if length > 1 => Fate::Short(length / 2),
        (SHORT, _) => return Fate::Pass,
        (KILL, Class::Write) => Fate::Kill(length / 2),
        (KILL, _) => Fate::Kill(0),
        (errno, _) => Fate::Errno(c_int::try_from(errno).unwrap_or(libc::EIO)),
    };
    hit(class);
    fate
}

fn hit(class: Class) {
    if let (Some(hits), Some(last)) = (slot(HITS), slot(HIT_CLASS)) {
        hits.fetch_add(1, Ordering::SeqCst);
        last.store(class as i64, Ordering::SeqCst);
    }
}

/// A full disk: takes what fits, then nothing.
fn budget(length: usize) -> Option<Fate> {
    let left = slot(BUDGET_BYTES)?;
    let wanted = i64::try_from(length).unwrap_or(i64::MAX);
    let before = left.load(Ordering::SeqCst);
    if before < 0 || wanted == 0 {
        return None;
    }
    if before >= wanted {
        left.fetch_sub(wanted, Ordering::SeqCst);
        return None;
    }
    hit(Class::Write);
    left.store(0, Ordering::SeqCst);
    Some(match usize::try_from(before) {
        Ok(fits) if fits > 0 => Fate::Short(fits),
        _ => Fate::Errno(libc::ENOSPC),
    })
}
