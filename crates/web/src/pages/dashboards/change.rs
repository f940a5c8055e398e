//! Making and changing dashboards.

use axum::extract::{Path, State};
use axum::response::Response;
use watchpost_model::{DashboardId, QueryId, TileId, UserId};
use watchpost_store::{NewTile, StoreError, TileChange, TileShape};

use super::{list_page, named, show_page};
use crate::App;
use crate::naming::search_name;
use crate::pages::PageError;
use crate::pages::form::{Fields, Form};
use crate::pages::shell::{Scope, ask, said};

/// `POST …/dashboards/`
pub(super) async fn create(
    State(app): State<App>,
    Path(org): Path<String>,
    form: Form,
) -> Result<Response, PageError> {
    let (user, at) = (form.visit.who.user.id, form.visit.at.clone());
    let name = form.fields.get("name").to_owned();
    let (home, wanted) = (org.clone(), name.clone());
    let made = ask(&app, move |app| {
        let scope = Scope::load(app, &home)?;
        search_name(&wanted).map_err(PageError::Invalid)?;
        let now = app.clock.now();
        let made = app
            .ledger
            .create_dashboard(scope.org.id, &wanted, user, now)?;
        Ok(made.id)
    });
    match made.await.map_err(refusal) {
        Ok(id) => Ok(said(&at.dashboard(&org, id), "dashboard-made")),
        Err(Ok(wrong)) => list_page(&app, org, &form.visit, (name, Some(wrong))).await,
        Err(Err(other)) => Err(other),
    }
}

/// What is done with a dashboard.
enum Wish {
    Rename(String),
    Delete,
    Add(QueryId, TileShape),
    Tile(TileId, TileChange),
}

impl Wish {
    fn read(fields: &Fields) -> Result<Self, PageError> {
        let unknown = || PageError::Invalid("This is nothing to do with a dashboard.".to_owned());
        let (verb, tile) = fields
            .get("do")
            .split_once(':')
            .unwrap_or((fields.get("do"), ""));
        let tile = || tile.parse().map_err(|_| unknown());
        Ok(match verb {
            "rename" => Self::Rename(fields.get("name").to_owned()),
            "delete" => Self::Delete,
            "add" => {
                let missing = || PageError::Invalid("Choose a saved query first.".to_owned());
                let query = fields.get("query").parse().map_err(|_| missing())?;
                let shape = TileShape::from_name(fields.get("shape")).unwrap_or_default();
                Self::Add(query, shape)
            }
            "earlier" => Self::Tile(tile()?, TileChange::Earlier),
            "later" => Self::Tile(tile()?, TileChange::Later),
            "remove" => Self::Tile(tile()?, TileChange::Delete),
            _ => return Err(unknown()),
        })
    }

    fn said(&self) -> &'static str {
        match self {
            Self::Rename(_) => "dashboard-renamed",
            Self::Delete => "dashboard-deleted",
            Self::Add(..) => "tile-added",
            Self::Tile(_, TileChange::Delete) => "tile-deleted",
            Self::Tile(..) => "tile-moved",
        }
    }

    fn carry_out(
        &self,
        app: &App,
        (org, id): (&str, DashboardId),
        user: UserId,
    ) -> Result<(), PageError> {
        let (org, now) = (Scope::load(app, org)?.org.id, app.clock.now());
        match self {
            Self::Rename(name) => {
                search_name(name).map_err(PageError::Invalid)?;
                app.ledger.rename_dashboard(org, id, name, now)?;
            }
            Self::Delete => app.ledger.delete_dashboard(org, id)?,
            Self::Add(query, shape) => {
                let saved = app.ledger.saved_query(org, user, *query)?;
                let new = NewTile {
                    name: &saved.name,
                    asked: &saved.asked,
                    shape: *shape,
                };
                app.ledger.add_tile(org, id, &new, now)?;
            }
            Self::Tile(tile, change) => app.ledger.change_tile(org, id, (*tile, *change), now)?,
        }
        Ok(())
    }
}

/// `POST …/dashboards/N/`
pub(super) async fn change(
    State(app): State<App>,
    Path((org, dashboard)): Path<(String, String)>,
    form: Form,
) -> Result<Response, PageError> {
    let (id, user) = (named(&dashboard)?, form.visit.who.user.id);
    let here = form.visit.at.dashboard(&org, id);
    let all = form.visit.at.dashboards(&org);
    let read = match Wish::read(&form.fields) {
        Ok(wish) => {
            let home = org.clone();
            let flash = wish.said();
            let done = ask(&app, move |app| wish.carry_out(app, (&home, id), user));
            done.await.map(|()| flash)
        }
        Err(misread) => Err(misread),
    };
    match read.map_err(refusal) {
        Ok("dashboard-deleted") => Ok(said(&all, "dashboard-deleted")),
        Ok(flash) => Ok(said(&here, flash)),
        Err(Ok(wrong)) => show_page(&app, (org, id), &form.visit, Some(wrong)).await,
        Err(Err(other)) => Err(other),
    }
}

/// What to say to whoever typed something that cannot be; anything else is passed on.
fn refusal(error: PageError) -> Result<String, PageError> {
    match error {
        PageError::Invalid(wrong) => Ok(wrong),
        PageError::Store(StoreError::Exists { name, .. }) => Ok(format!(
            "There is a dashboard `{name}` already: choose another name."
        )),
        PageError::Store(StoreError::TooMany { what, max }) => {
            Ok(format!("There can be {max} {what}: delete one first."))
        }
        other => Err(other),
    }
}
