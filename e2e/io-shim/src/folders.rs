//! Names: opening, creating, renaming, deleting, folders; and descriptors that are copied.

use libc::{AT_FDCWD, c_char, c_int, c_long, c_uint, mode_t};

use crate::control::Class;
use crate::trace::{CREATED, Kind, TRUNCATED, Turn};
use crate::{files, pass};

/// The mode is an optional argument in C; on the machines that tests run on it is passed in the
/// register of a third argument, and ignored by the kernel when there is none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn open(path: *const c_char, flags: c_int, mode: mode_t) -> c_int {
    // SAFETY: the caller's promises are the same.
    unsafe { openat(AT_FDCWD, path, flags, mode) }
}

/// See open(2).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn open64(path: *const c_char, flags: c_int, mode: mode_t) -> c_int {
    // SAFETY: the caller's promises are the same.
    unsafe { openat(AT_FDCWD, path, flags, mode) }
}

/// See creat(2).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn creat(path: *const c_char, mode: mode_t) -> c_int {
    let flags = libc::O_CREAT | libc::O_WRONLY | libc::O_TRUNC;
    // SAFETY: the caller's promises are the same.
    unsafe { openat(AT_FDCWD, path, flags, mode) }
}

/// See openat(2).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn openat64(
    dir: c_int,
    path: *const c_char,
    flags: c_int,
    mode: mode_t,
) -> c_int {
    // SAFETY: the caller's promises are the same.
    unsafe { openat(dir, path, flags, mode) }
}

/// See openat(2).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn openat(
    dir: c_int,
    path: *const c_char,
    flags: c_int,
    mode: mode_t,
) -> c_int {
    // SAFETY: passed on as they came.
    let call = || unsafe { libc::syscall(libc::SYS_openat, dir, path, flags, mode) };
    // SAFETY: a path of the caller's.
    let Some(below) = (unsafe { files::below(dir, path) }) else {
        let fd = call() as c_int;
        files::forget(fd);
        return fd;
    };
    let turn = Turn::take();
    // SAFETY: as above.
    let missing = unsafe { libc::syscall(libc::SYS_faccessat, dir, path, libc::F_OK) } != 0;
    let creates = flags & libc::O_CREAT != 0;
    let class = if creates { Class::Create } else { Class::Open };
    let fd = pass::plain(class, call) as c_int;
    if fd >= 0 {
        let number = files::track(fd);
        let created = if creates && missing { CREATED } else { 0 };
        let cut = flags & libc::O_TRUNC != 0 && !missing;
        let flags = created | if cut { TRUNCATED } else { 0 };
        if let Some(turn) = turn {
            turn.record(Kind::Open, number, flags, &below, b"");
        }
    }
    fd
}

/// See close(2).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn close(fd: c_int) -> c_int {
    files::forget(fd);
    // SAFETY: a plain number.
    unsafe { libc::syscall(libc::SYS_close, fd) as c_int }
}

/// See dup(2).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dup(fd: c_int) -> c_int {
    // SAFETY: a plain number.
    let copy = unsafe { libc::syscall(libc::SYS_dup, fd) } as c_int;
    files::copied(fd, copy);
    copy
}

/// See dup(2).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dup2(fd: c_int, copy: c_int) -> c_int {
    // SAFETY: plain numbers.
    unsafe { dup3(fd, copy, 0) }
}

/// See dup(2).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dup3(fd: c_int, copy: c_int, flags: c_int) -> c_int {
    if fd == copy {
        return copy;
    }
    // SAFETY: plain numbers.
    let copy = unsafe { libc::syscall(libc::SYS_dup3, fd, copy, flags) } as c_int;
    files::copied(fd, copy);
    copy
}

/// See fcntl(2). Its third argument, a number or a pointer, is passed in a register.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fcntl(fd: c_int, what: c_int, argument: c_long) -> c_int {
    // SAFETY: passed on as they came.
    let result = unsafe { libc::syscall(libc::SYS_fcntl, fd, what, argument) } as c_int;
    if matches!(what, libc::F_DUPFD | libc::F_DUPFD_CLOEXEC) {
        files::copied(fd, result);
    }
    result
}

/// See fcntl(2).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fcntl64(fd: c_int, what: c_int, argument: c_long) -> c_int {
    // SAFETY: the caller's promises are the same.
    unsafe { fcntl(fd, what, argument) }
}

/// A call on one path: made, and recorded when it worked.
///
/// # Safety
///
/// `path` is a string that ends in NUL.
unsafe fn on_path(
    class: Class,
    kind: Kind,
    dir: c_int,
    path: *const c_char,
    call: impl FnOnce() -> c_long,
) -> c_int {
    // SAFETY: as the caller promises.
    let Some(below) = (unsafe { files::below(dir, path) }) else {
        return call() as c_int;
    };
    let turn = Turn::take();
    let result = pass::plain(class, call);
    if result == 0
        && let Some(turn) = turn
    {
        turn.record(kind, 0, 0, &below, b"");
    }
    result as c_int
}

/// See unlink(2).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn unlink(path: *const c_char) -> c_int {
    // SAFETY: the caller's promises are the same.
    unsafe { unlinkat(AT_FDCWD, path, 0) }
}

/// See rmdir(2).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rmdir(path: *const c_char) -> c_int {
    // SAFETY: the caller's promises are the same.
    unsafe { unlinkat(AT_FDCWD, path, libc::AT_REMOVEDIR) }
}

/// See unlinkat(2).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn unlinkat(dir: c_int, path: *const c_char, flags: c_int) -> c_int {
    let (class, kind) = match flags & libc::AT_REMOVEDIR {
        0 => (Class::Unlink, Kind::Unlink),
        _ => (Class::Folder, Kind::Rmdir),
    };
    // SAFETY: passed on as they came.
    let call = || unsafe { libc::syscall(libc::SYS_unlinkat, dir, path, flags) };
    // SAFETY: a path of the caller's.
    unsafe { on_path(class, kind, dir, path, call) }
}

/// See mkdir(2).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mkdir(path: *const c_char, mode: mode_t) -> c_int {
    // SAFETY: the caller's promises are the same.
    unsafe { mkdirat(AT_FDCWD, path, mode) }
}

/// See mkdirat(2).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mkdirat(dir: c_int, path: *const c_char, mode: mode_t) -> c_int {
    // SAFETY: passed on as they came.
    let call = || unsafe { libc::syscall(libc::SYS_mkdirat, dir, path, mode) };
    // SAFETY: a path of the caller's.
    unsafe { on_path(Class::Folder, Kind::Mkdir, dir, path, call) }
}

/// A call on two paths. What comes in from elsewhere, or goes out, is refused: the record could
/// not tell of it, and the server has no reason to.
///
/// # Safety
///
/// Both paths are strings that end in NUL.
unsafe fn on_paths(
    class: Class,
    kind: Kind,
    from: (c_int, *const c_char),
    to: (c_int, *const c_char),
    call: impl FnOnce() -> c_long,
) -> c_int {
    // SAFETY: as the caller promises.
    let (from, to) = unsafe { (files::below(from.0, from.1), files::below(to.0, to.1)) };
    let (from, to) = match (from, to) {
        (None, None) => return call() as c_int,
        (Some(from), Some(to)) => (from, to),
        _ => return pass::refuse(libc::EXDEV) as c_int,
    };
    let turn = Turn::take();
    let result = pass::plain(class, call);
    if result == 0
        && let Some(turn) = turn
    {
        turn.record(kind, 0, 0, &from, &to);
    }
    result as c_int
}

/// See rename(2).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rename(from: *const c_char, to: *const c_char) -> c_int {
    // SAFETY: the caller's promises are the same.
    unsafe { renameat2(AT_FDCWD, from, AT_FDCWD, to, 0) }
}

/// See renameat(2).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn renameat(
    from_dir: c_int,
    from: *const c_char,
    to_dir: c_int,
    to: *const c_char,
) -> c_int {
    // SAFETY: the caller's promises are the same.
    unsafe { renameat2(from_dir, from, to_dir, to, 0) }
}

/// See renameat2(2).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn renameat2(
    from_dir: c_int,
    from: *const c_char,
    to_dir: c_int,
    to: *const c_char,
    flags: c_uint,
) -> c_int {
    // SAFETY: passed on as they came.
    let call = || unsafe { libc::syscall(libc::SYS_renameat2, from_dir, from, to_dir, to, flags) };
    // SAFETY: paths of the caller's.
    unsafe {
        on_paths(
            Class::Rename,
            Kind::Rename,
            (from_dir, from),
            (to_dir, to),
            call,
        )
    }
}

/// See link(2).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn link(from: *const c_char, to: *const c_char) -> c_int {
    // SAFETY: the caller's promises are the same.
    unsafe { linkat(AT_FDCWD, from, AT_FDCWD, to, 0) }
}

/// See linkat(2).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn linkat(
    from_dir: c_int,
    from: *const c_char,
    to_dir: c_int,
    to: *const c_char,
    flags: c_int,
) -> c_int {
    // SAFETY: passed on as they came.
    let call = || unsafe { libc::syscall(libc::SYS_linkat, from_dir, from, to_dir, to, flags) };
    // SAFETY: paths of the caller's.
    unsafe {
        on_paths(
            Class::Folder,
            Kind::Link,
            (from_dir, from),
            (to_dir, to),
            call,
        )
    }
}
