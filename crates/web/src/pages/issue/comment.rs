//! `POST …/issues/N/comments/`: people talk about an issue.

use axum::extract::{Path, State};
use axum::response::Response;

use super::locate;
use crate::App;
use crate::pages::PageError;
use crate::pages::form::Form;
use crate::pages::shell::ask;

/// Writes a comment, changes one's own, or deletes it: the field `do` says which.
pub(super) async fn comment(
    State(app): State<App>,
    Path((org, issue)): Path<(String, String)>,
    form: Form,
) -> Result<Response, PageError> {
    let text = form.fields.get("text").to_owned();
    let (what, note) = (form.fields.get("do").to_owned(), form.fields.get("note"));
    let note = note.parse::<i64>().ok();
    let (by, now) = (form.visit.who.user.id, form.visit.now);
    let is_empty = text.is_empty() && what != "delete";
    if is_empty {
        return Err(PageError::Invalid("Write something first.".to_owned()));
    }
    let slug = org.clone();
    let done = ask(&app, move |app| {
        let (_, issue) = locate(app, &slug, &issue)?;
        let (project, id) = (issue.project, issue.id);
        match (what.as_str(), note) {
            ("delete", Some(note)) => {
                app.ledger.edit_comment(project, id, note, (by, None))?;
            }
            ("edit", Some(note)) => {
                let said = (by, Some(text.as_str()));
                app.ledger.edit_comment(project, id, note, said)?;
            }
            ("delete" | "edit", None) => {
                let problem = "Say which comment: `note` has to be its number.";
                return Err(PageError::Invalid(problem.to_owned()));
            }
            _ => {
                app.ledger.comment(project, id, (by, &text), now)?;
            }
        }
        Ok(id)
    });
    let id = done.await?;
    Ok(form.back(&form.visit.at.issue(&org, id)))
}
