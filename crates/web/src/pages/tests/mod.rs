//! The pages over HTTP: the whole router in process, SQLite in a temporary folder, no browser.

mod account;
mod browser;
mod bulk;
mod event;
mod hostile;
mod life;
mod menus;
mod news;
mod ownership;
mod palette;
mod quarantine;
mod reading;
mod retention;
mod rules;
mod searches;
mod searching;
mod settings;
mod starting;
mod stats;
mod teams;
mod templates;
mod undo;
