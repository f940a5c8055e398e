//! The API over HTTP: the whole router in process, SQLite in a temporary folder.

mod access;
mod discover;
mod event_json;
pub(crate) mod house;
mod issue_json;
mod issue_list;
mod life;
pub(crate) mod looking;
mod members;
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

/// The addresses of the doors that change something.
pub(crate) fn changing_doors() -> Vec<String> {
    let doors = super::doors().into_iter();
    let changing = doors.filter(|door| door.method != "GET");
    changing.map(|door| door.path.to_owned()).collect()
}
