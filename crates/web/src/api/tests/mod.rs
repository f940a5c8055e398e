//! The API over HTTP: the whole router in process, SQLite in a temporary folder.

mod access;
mod event_json;
pub(crate) mod house;
mod issue_json;
mod issue_list;
mod life;
pub(crate) mod looking;
mod owning;
pub(crate) mod parlour;
mod places;
mod project_rules;
mod real;
mod releases;
mod searches;
mod searching;
mod teams;
mod update;
