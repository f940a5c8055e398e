//! The real binary, driven from outside over loopback. One test program for all, so that the
//! workspace links it once; a file per promise.

mod crash;
mod http;
mod poll;
mod server;
mod shutdown;
mod work;
