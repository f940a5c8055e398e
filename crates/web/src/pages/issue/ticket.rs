//! `POST …/issues/N/tickets/`: which tickets elsewhere are about an issue.

use axum::extract::{Path, State};
use axum::response::Response;
use watchpost_store::StoreError;
use watchpost_store::limits::{TICKET_TITLE_BYTES_MAX, TICKET_URL_BYTES_MAX};

use super::locate;
use crate::App;
use crate::pages::PageError;
use crate::pages::form::Form;
use crate::pages::links::safe_url;
use crate::pages::shell::ask;

/// Links a ticket, or forgets one: the field `do` says which.
pub(super) async fn change(
    State(app): State<App>,
    Path((org, issue)): Path<(String, String)>,
    form: Form,
) -> Result<Response, PageError> {
    let (by, now) = (form.visit.who.user.id, form.visit.now);
    let (what, url) = (form.fields.get("do"), form.fields.get("url").to_owned());
    let ticket = form.fields.get("ticket").parse::<i64>().ok();
    let title = form.fields.get("title");
    let title = title.get(..title.floor_char_boundary(TICKET_TITLE_BYTES_MAX));
    let title = title.unwrap_or_default().to_owned();
    let gone = match (what, ticket) {
        ("unlink", Some(ticket)) => Some(ticket),
        ("link", _) if is_web(&url) => None,
        ("link", _) => {
            let problem = "Write the whole address of the ticket: it begins with https:// or \
                           http://.";
            return Err(PageError::Invalid(problem.to_owned()));
        }
        _ => return Err(PageError::Invalid("Choose what is to be done.".to_owned())),
    };
    let slug = org.clone();
    let done = ask(&app, move |app| {
        let (_, issue) = locate(app, &slug, &issue)?;
        let (project, id) = (issue.project, issue.id);
        if let Some(ticket) = gone {
            app.ledger.unlink_ticket(project, id, ticket, by, now)?;
        } else {
            let ticket = (url.as_str(), title.as_str());
            let linked = app.ledger.link_ticket(project, id, ticket, by, now);
            linked.map_err(refusal)?;
        }
        Ok(id)
    });
    let id = done.await?;
    Ok(form.back(&form.visit.at.issue(&org, id)))
}

/// Why a ticket is not linked, for who wanted it.
fn refusal(error: StoreError) -> PageError {
    PageError::Invalid(match error {
        StoreError::Exists { .. } => "This ticket is linked already.".to_owned(),
        StoreError::TooMany { max, .. } => {
            format!("{max} tickets are linked already: unlink one of them first.")
        }
        other => return other.into(),
    })
}

fn is_web(url: &str) -> bool {
    let is_mail = url.to_ascii_lowercase().starts_with("mailto:");
    safe_url(url).is_some() && !is_mail && url.len() <= TICKET_URL_BYTES_MAX
}
