//! The real binary, driven from outside over loopback. One test program for all, so that the
//! workspace links it once; a file per promise.

mod browser;
mod chores;
mod config;
mod crash;
mod http;
mod init;
mod live;
mod poll;
mod report;
mod server;
mod shutdown;
mod work;
