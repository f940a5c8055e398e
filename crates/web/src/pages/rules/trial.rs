//! An event to try rules on: one that is stored, or what a client would send.

use watchpost_model::{Event, EventId, ProjectId};

use super::super::PageError;
use crate::App;

/// The event that a person named by its id or pasted as JSON; blocks. The inner error is for them.
pub(super) fn event(
    app: &App,
    project: ProjectId,
    text: &str,
) -> Result<Result<Event, String>, PageError> {
    if text.starts_with('{') {
        let read = (app.read_event)(text.as_bytes(), app.clock.now());
        return Ok(read.map_err(|why| format!("This is not the JSON of an event: {why}.")));
    }
    let Ok(id) = text.parse::<EventId>() else {
        return Ok(Err(
            "Give the id of a stored event, 32 hex digits, or the JSON of one: {…}".to_owned(),
        ));
    };
    let stored = app.archive.event(project, id)?;
    Ok(stored
        .map(|stored| stored.event)
        .ok_or_else(|| format!("This project has no event {id}.")))
}
