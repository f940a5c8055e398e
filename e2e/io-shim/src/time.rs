//! The wall clock, turned by the test. The steady clock stays what it is.

use libc::{c_int, clockid_t, time_t, timespec, timeval};

use crate::control::clock_offset_secs;

/// See clock_gettime(2).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn clock_gettime(clock: clockid_t, time: *mut timespec) -> c_int {
    // SAFETY: passed on as they came.
    let result = unsafe { libc::syscall(libc::SYS_clock_gettime, clock, time) } as c_int;
    let is_wall = clock == libc::CLOCK_REALTIME || clock == libc::CLOCK_REALTIME_COARSE;
    if result == 0 && is_wall && !time.is_null() {
        // SAFETY: the kernel has just written there.
        unsafe { (*time).tv_sec += clock_offset_secs() };
    }
    result
}

/// See gettimeofday(2).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn gettimeofday(time: *mut timeval, zone: *mut libc::c_void) -> c_int {
    // SAFETY: passed on as they came.
    let result = unsafe { libc::syscall(libc::SYS_gettimeofday, time, zone) } as c_int;
    if result == 0 && !time.is_null() {
        // SAFETY: the kernel has just written there.
        unsafe { (*time).tv_sec += clock_offset_secs() };
    }
    result
}

/// See time(2).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn time(place: *mut time_t) -> time_t {
    let mut now = timespec {
        tv_sec: 0,
        tv_nsec: 0,
    };
    // SAFETY: a live local.
    unsafe { clock_gettime(libc::CLOCK_REALTIME, &raw mut now) };
    if !place.is_null() {
        // SAFETY: not null, and writable as the caller promises.
        unsafe { *place = now.tv_sec };
    }
    now.tv_sec
}
