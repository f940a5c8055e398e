//! The pages over HTTP: the whole router in process, SQLite in a temporary folder, no browser.

mod account;
mod audit;
mod browser;
mod bulk;
mod event;
mod hostile;
mod life;
mod menus;
mod news;
mod ownership;
mod palette;
mod profile;
mod quarantine;
mod reading;
mod retention;
mod roles;
mod rules;
mod scope;
mod searches;
mod searching;
mod settings;
mod stats;
mod teams;
mod templates;
mod two_factor;
mod undo;
