//! The real binary, driven from outside over loopback. One test program for all, so that the
//! workspace links it once; a file per promise.

mod browser;
mod chores;
mod cleanup;
mod config;
mod copies;
mod crash;
#[cfg(debug_assertions)]
mod deadly;
mod demo;
mod doctor;
mod feeds;
mod hostile;
mod http;
mod init;
mod live;

mod lost;
mod operate;
mod owners;
mod poll;
mod quarantine;
mod query;
mod report;
mod rules;
mod seed;
mod seed_doors;
mod server;
mod shutdown;
mod signs;
mod stuck;
mod work;
