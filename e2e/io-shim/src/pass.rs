//! How a call ends: by the kernel, or by a fault.

use libc::{c_int, c_long};

use crate::control::{Class, Fate, fate};

/// Sets `errno`; what the caller then returns is -1.
pub(crate) fn refuse(errno: c_int) -> c_long {
    // SAFETY: the address is that of this thread's `errno`.
    unsafe { *libc::__errno_location() = errno };
    -1
}

/// Ends the process as `kill -9` does.
pub(crate) fn die() -> ! {
    // SAFETY: plain numbers; the second line is never reached.
    unsafe {
        libc::kill(libc::getpid(), libc::SIGKILL);
        libc::_exit(98)
    }
}

/// A call without bytes: made by `call`, unless it is to fail.
pub(crate) fn plain(class: Class, call: impl FnOnce() -> c_long) -> c_long {
    match fate(class, 0) {
        Fate::Pass | Fate::Short(_) => call(),
        Fate::Errno(errno) => refuse(errno),
        Fate::Kill(_) => die(),
    }
}

/// A call with `length` bytes: made by `call` with as many as it may take.
pub(crate) fn bytes(class: Class, length: usize, call: impl Fn(usize) -> c_long) -> c_long {
    match fate(class, length) {
        Fate::Pass => call(length),
        Fate::Short(length) => call(length),
        Fate::Errno(errno) => refuse(errno),
        Fate::Kill(length) => {
            call(length);
            die()
        }
    }
}
