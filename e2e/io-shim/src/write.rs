//! Bytes: reading, writing, cutting, syncing, mapping.

use std::slice;

use libc::{c_int, c_long, c_uint, c_void, iovec, off_t, size_t, ssize_t};

use crate::control::{Class, slow_sync_ms};
use crate::trace::{Kind, Turn};
use crate::{files, pass};

/// See read(2).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn read(fd: c_int, buffer: *mut c_void, length: size_t) -> ssize_t {
    // SAFETY: passed on as they came.
    let call = |length: usize| unsafe { libc::syscall(libc::SYS_read, fd, buffer, length) };
    match files::of(fd) {
        Some(_) => pass::bytes(Class::Read, length, call) as ssize_t,
        None => call(length) as ssize_t,
    }
}

/// See pread(2).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pread(
    fd: c_int,
    buffer: *mut c_void,
    length: size_t,
    offset: off_t,
) -> ssize_t {
    // SAFETY: passed on as they came.
    let call =
        |length: usize| unsafe { libc::syscall(libc::SYS_pread64, fd, buffer, length, offset) };
    match files::of(fd) {
        Some(_) => pass::bytes(Class::Read, length, call) as ssize_t,
        None => call(length) as ssize_t,
    }
}

/// See pread(2).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pread64(
    fd: c_int,
    buffer: *mut c_void,
    length: size_t,
    offset: off_t,
) -> ssize_t {
    // SAFETY: the caller's promises are the same.
    unsafe { pread(fd, buffer, length, offset) }
}

/// Where a write without a position goes.
fn position(fd: c_int) -> off_t {
    // SAFETY: plain numbers.
    unsafe {
        let flags = libc::syscall(libc::SYS_fcntl, fd, libc::F_GETFL, 0) as c_int;
        let from = if flags & libc::O_APPEND != 0 {
            libc::SEEK_END
        } else {
            libc::SEEK_CUR
        };
        libc::syscall(libc::SYS_lseek, fd, 0 as off_t, from)
    }
}

/// A write of one run of bytes at `offset`, made by `call`.
///
/// # Safety
///
/// `bytes` is readable for `length`.
unsafe fn put(
    file: u64,
    offset: off_t,
    bytes: *const c_void,
    length: usize,
    call: impl Fn(usize) -> c_long,
) -> ssize_t {
    let turn = Turn::take();
    let written = pass::bytes(Class::Write, length, |length| {
        let written = call(length);
        if let (Some(turn), Ok(count)) = (&turn, usize::try_from(written)) {
            // SAFETY: the kernel has read as many from there.
            let data = unsafe { slice::from_raw_parts(bytes.cast::<u8>(), count) };
            turn.record(Kind::Write, file, offset as u64, b"", data);
        }
        written
    });
    written as ssize_t
}

/// See write(2).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn write(fd: c_int, bytes: *const c_void, length: size_t) -> ssize_t {
    // SAFETY: passed on as they came.
    let call = |length: usize| unsafe { libc::syscall(libc::SYS_write, fd, bytes, length) };
    match files::of(fd) {
        // SAFETY: the caller's promises are the same.
        Some(file) => unsafe { put(file, position(fd), bytes, length, call) },
        None => call(length) as ssize_t,
    }
}

/// See pwrite(2).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pwrite(
    fd: c_int,
    bytes: *const c_void,
    length: size_t,
    offset: off_t,
) -> ssize_t {
    // SAFETY: passed on as they came.
    let call =
        |length: usize| unsafe { libc::syscall(libc::SYS_pwrite64, fd, bytes, length, offset) };
    match files::of(fd) {
        // SAFETY: the caller's promises are the same.
        Some(file) => unsafe { put(file, offset, bytes, length, call) },
        None => call(length) as ssize_t,
    }
}

/// See pwrite(2).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pwrite64(
    fd: c_int,
    bytes: *const c_void,
    length: size_t,
    offset: off_t,
) -> ssize_t {
    // SAFETY: the caller's promises are the same.
    unsafe { pwrite(fd, bytes, length, offset) }
}

/// The parts one after the other: to take fewer at once is what `writev` may do anyway.
///
/// # Safety
///
/// `parts` are `count` readable runs.
unsafe fn gather(
    parts: *const iovec,
    count: c_int,
    write: impl Fn(*const c_void, usize, usize) -> ssize_t,
) -> ssize_t {
    let mut total = 0_usize;
    for index in 0..usize::try_from(count).unwrap_or(0) {
        // SAFETY: within the array, as the caller promises.
        let part = unsafe { &*parts.add(index) };
        match usize::try_from(write(part.iov_base, part.iov_len, total)) {
            Ok(written) if written < part.iov_len => {
                total += written;
                break;
            }
            Ok(written) => total += written,
            Err(_) if total > 0 => break,
            Err(_) => return -1,
        }
    }
    total as ssize_t
}

/// See writev(2).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn writev(fd: c_int, parts: *const iovec, count: c_int) -> ssize_t {
    if files::of(fd).is_none() {
        // SAFETY: passed on as they came.
        return unsafe { libc::syscall(libc::SYS_writev, fd, parts, count) as ssize_t };
    }
    // SAFETY: runs of the caller's.
    unsafe { gather(parts, count, |bytes, length, _| write(fd, bytes, length)) }
}

/// See pwritev(2).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pwritev(
    fd: c_int,
    parts: *const iovec,
    count: c_int,
    offset: off_t,
) -> ssize_t {
    let at = |bytes, length, done: usize| {
        // SAFETY: a run of the caller's.
        unsafe { pwrite(fd, bytes, length, offset + done as off_t) }
    };
    // SAFETY: runs of the caller's.
    unsafe { gather(parts, count, at) }
}

/// See pwritev(2).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pwritev64(
    fd: c_int,
    parts: *const iovec,
    count: c_int,
    offset: off_t,
) -> ssize_t {
    // SAFETY: the caller's promises are the same.
    unsafe { pwritev(fd, parts, count, offset) }
}

/// A call on one open file: made, and recorded when it worked.
fn on_file(
    class: Class,
    kind: Kind,
    fd: c_int,
    number: u64,
    call: impl FnOnce() -> c_long,
) -> c_int {
    let Some(file) = files::of(fd) else {
        return call() as c_int;
    };
    if class == Class::Sync && slow_sync_ms() > 0 {
        let pause = libc::timespec {
            tv_sec: (slow_sync_ms() / 1000) as i64,
            tv_nsec: (slow_sync_ms() % 1000 * 1_000_000) as i64,
        };
        // SAFETY: a live local; the rest of an interrupted pause is not wanted.
        unsafe { libc::nanosleep(&raw const pause, std::ptr::null_mut()) };
    }
    let turn = Turn::take();
    let result = pass::plain(class, call);
    if result == 0
        && let Some(turn) = turn
    {
        turn.record(kind, file, number, b"", b"");
    }
    result as c_int
}

/// See fsync(2).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fsync(fd: c_int) -> c_int {
    // SAFETY: a plain number.
    let call = || unsafe { libc::syscall(libc::SYS_fsync, fd) };
    on_file(Class::Sync, Kind::Sync, fd, 0, call)
}

/// See fdatasync(2).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fdatasync(fd: c_int) -> c_int {
    // SAFETY: a plain number.
    let call = || unsafe { libc::syscall(libc::SYS_fdatasync, fd) };
    on_file(Class::Sync, Kind::Sync, fd, 0, call)
}

/// Promises nothing about durability, so it is not recorded.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sync_file_range(
    fd: c_int,
    offset: off_t,
    length: off_t,
    flags: c_uint,
) -> c_int {
    let call =
        // SAFETY: plain numbers.
        || unsafe { libc::syscall(libc::SYS_sync_file_range, fd, offset, length, flags) };
    match files::of(fd) {
        Some(_) => pass::plain(Class::Sync, call) as c_int,
        None => call() as c_int,
    }
}

/// See ftruncate(2).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftruncate(fd: c_int, size: off_t) -> c_int {
    // SAFETY: plain numbers.
    let call = || unsafe { libc::syscall(libc::SYS_ftruncate, fd, size) };
    on_file(Class::Truncate, Kind::Truncate, fd, size as u64, call)
}

/// See ftruncate(2).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftruncate64(fd: c_int, size: off_t) -> c_int {
    // SAFETY: plain numbers.
    unsafe { ftruncate(fd, size) }
}

/// See fallocate(2). Holes punched into a file under test could not be recorded: refused.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fallocate(fd: c_int, mode: c_int, offset: off_t, length: off_t) -> c_int {
    // SAFETY: plain numbers.
    let call = || unsafe { libc::syscall(libc::SYS_fallocate, fd, mode, offset, length) };
    if mode != 0 && files::of(fd).is_some() {
        return pass::refuse(libc::EOPNOTSUPP) as c_int;
    }
    let end = (offset + length) as u64;
    on_file(Class::Truncate, Kind::Allocate, fd, end, call)
}

/// See fallocate(2).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fallocate64(
    fd: c_int,
    mode: c_int,
    offset: off_t,
    length: off_t,
) -> c_int {
    // SAFETY: plain numbers.
    unsafe { fallocate(fd, mode, offset, length) }
}

/// Returns the error instead of setting `errno`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn posix_fallocate(fd: c_int, offset: off_t, length: off_t) -> c_int {
    // SAFETY: plain numbers, and the address of this thread's `errno`.
    unsafe {
        match fallocate(fd, 0, offset, length) {
            0 => 0,
            _ => *libc::__errno_location(),
        }
    }
}

/// See posix_fallocate(3).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn posix_fallocate64(fd: c_int, offset: off_t, length: off_t) -> c_int {
    // SAFETY: plain numbers.
    unsafe { posix_fallocate(fd, offset, length) }
}

/// Bytes that reach a file through memory are seen by nobody: refused for files under test.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mmap(
    place: *mut c_void,
    length: size_t,
    access: c_int,
    flags: c_int,
    fd: c_int,
    offset: off_t,
) -> *mut c_void {
    let writes = access & libc::PROT_WRITE != 0 && flags & libc::MAP_SHARED != 0;
    if writes && flags & libc::MAP_ANONYMOUS == 0 && files::of(fd).is_some() {
        pass::refuse(libc::ENODEV);
        return libc::MAP_FAILED;
    }
    // SAFETY: passed on as they came.
    unsafe {
        libc::syscall(libc::SYS_mmap, place, length, access, flags, fd, offset) as *mut c_void
    }
}

/// See mmap(2).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mmap64(
    place: *mut c_void,
    length: size_t,
    access: c_int,
    flags: c_int,
    fd: c_int,
    offset: off_t,
) -> *mut c_void {
    // SAFETY: the caller's promises are the same.
    unsafe { mmap(place, length, access, flags, fd, offset) }
}

/// Copies inside the kernel are seen by nobody; who is refused reads and writes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn copy_file_range(
    from: c_int,
    from_at: *mut off_t,
    to: c_int,
    to_at: *mut off_t,
    length: size_t,
    flags: c_uint,
) -> ssize_t {
    if files::of(to).is_some() {
        return pass::refuse(libc::ENOSYS) as ssize_t;
    }
    let call = libc::SYS_copy_file_range;
    // SAFETY: passed on as they came.
    unsafe { libc::syscall(call, from, from_at, to, to_at, length, flags) as ssize_t }
}

/// As `copy_file_range`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sendfile64(
    to: c_int,
    from: c_int,
    from_at: *mut off_t,
    length: size_t,
) -> ssize_t {
    if files::of(to).is_some() {
        return pass::refuse(libc::EINVAL) as ssize_t;
    }
    // SAFETY: passed on as they came.
    unsafe { libc::syscall(libc::SYS_sendfile, to, from, from_at, length) as ssize_t }
}
