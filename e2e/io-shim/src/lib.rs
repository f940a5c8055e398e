//! A library that stands between the server under test and its files: `LD_PRELOAD` puts it there,
//! `cargo xtask torture` says what it does. It records every change below one folder in order,
//! fails chosen calls, slows syncs down, and turns the wall clock.
//!
//! `unsafe` is unavoidable here and only here: these functions replace those of the C library, so
//! their arguments are raw pointers of the program. Every one of them passes its arguments on to
//! the kernel unchanged unless the test asked for a fault. The kernel is called directly, so that
//! nothing here can meet itself.
//!
//! Nothing here is part of the product.
#![allow(
    clippy::missing_safety_doc,
    reason = "the contract of each function is that of the one it replaces"
)]

mod control;
mod files;
mod folders;
mod pass;
mod time;
mod trace;
mod write;
