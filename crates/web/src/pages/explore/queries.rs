//! The queries over events that people saved: of their own, or of everybody.

use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use watchpost_model::{QueryId, UserId};
use watchpost_store::{NewQuery, SavedQuery, StoreError};

use super::asked::{Asked, Misread};
use crate::App;
use crate::naming::search_name;
use crate::pages::form::{Fields, Form};
use crate::pages::format::When;
use crate::pages::people::Names;
use crate::pages::shell::{Scope, Shell, ask, said};
use crate::pages::{PageError, Visit};

pub(super) fn routes() -> Router<App> {
    const SAVED: &str = "/organizations/{org}/explore/queries/";
    Router::new()
        .route(SAVED, get(list).post(save))
        .route(&format!("{SAVED}{{query}}/"), get(open).post(change))
}

#[derive(Template)]
#[template(path = "queries.html")]
struct QueriesPage {
    shell: Shell,
    org: String,
    cards: Vec<Card>,
    /// What the form of a new one is filled in with.
    typed: Typed,
    said: Option<&'static str>,
    wrong: Option<String>,
}

/// A saved query, with what its form is filled in with.
struct Card {
    saved: SavedQuery,
    href: String,
    /// The question in words.
    words: Vec<String>,
    creator: String,
    created: When,
    typed: Typed,
    is_open: bool,
}

#[derive(Clone, Debug, Default)]
struct Typed {
    name: String,
    /// The query of the address.
    asked: String,
    is_shared: bool,
}

impl Typed {
    fn read(fields: &Fields) -> Self {
        Self {
            name: fields.get("name").to_owned(),
            // As addresses write it, whatever was sent.
            asked: Asked::parse(fields.get("asked")).at_start().to_query(),
            is_shared: !fields.get("shared").is_empty(),
        }
    }

    fn of(saved: &SavedQuery) -> Self {
        Self {
            name: saved.name.clone(),
            asked: saved.asked.clone(),
            is_shared: saved.owner.is_none(),
        }
    }

    fn owner(&self, user: UserId) -> Option<UserId> {
        (!self.is_shared).then_some(user)
    }

    /// What is wrong with it, for whoever typed it.
    fn check(&self, scope: &Scope) -> Result<(), String> {
        search_name(&self.name)?;
        let asked = Asked::parse(&self.asked);
        let question = asked.question(&scope.projects, scope.org.created, None);
        question.map(drop).map_err(|misread| match misread {
            Misread::Search(error) => format!("The search is not understood: {error}."),
            Misread::Field(told) => told,
        })
    }
}

/// A question in words: `release`, `level:error`, `24 hours`.
pub(crate) fn in_words(asked: &Asked) -> Vec<String> {
    let mut words = Vec::new();
    if !asked.query.is_empty() {
        words.push(asked.query.clone());
    }
    if !asked.environments.is_empty() {
        words.push(asked.environments.join(", "));
    }
    if !asked.fields.is_empty() {
        words.push(format!("by {}", asked.fields.join(", ")));
    }
    words.push(asked.span.words.to_owned());
    words
}

/// What somebody typed into the form of a query, or into that of a new one.
type Entered = (Option<QueryId>, Typed, Option<String>);

async fn list(
    State(app): State<App>,
    Path(org): Path<String>,
    visit: Visit,
) -> Result<Response, PageError> {
    let has_one = visit.params.has("query") || visit.params.has("field");
    let typed = Typed {
        asked: if has_one {
            Asked::read(&visit.params).at_start().to_query()
        } else {
            String::new()
        },
        ..Typed::default()
    };
    page(&app, org, &visit, (None, typed, None)).await
}

async fn page(
    app: &App,
    org: String,
    visit: &Visit,
    (of, typed, wrong): Entered,
) -> Result<Response, PageError> {
    let user = visit.who.user.id;
    let (scope, saved, names) = ask(app, move |app| {
        let scope = Scope::load(app, &org)?;
        let saved = app.ledger.saved_queries(scope.org.id, user)?;
        let names = Names::load(app, scope.org.id)?;
        Ok((scope, saved, names))
    })
    .await?;
    let org = scope.org.slug.clone();
    let card = |saved: SavedQuery| Card {
        href: visit.at.explored(&org, &saved.asked),
        words: in_words(&Asked::parse(&saved.asked)),
        creator: creator(&names, saved.creator),
        created: When::new(saved.created, visit.now),
        is_open: of == Some(saved.id),
        typed: if of == Some(saved.id) {
            typed.clone()
        } else {
            Typed::of(&saved)
        },
        saved,
    };
    let cards = saved.into_iter().map(card).collect();
    visit.answer(&QueriesPage {
        shell: visit.shell(&scope, "explore", "Saved queries"),
        cards,
        typed: if of.is_none() {
            typed
        } else {
            Typed::default()
        },
        said: visit.flash().and_then(done),
        wrong,
        org,
    })
}

/// Who made something.
pub(crate) fn creator(names: &Names, user: Option<UserId>) -> String {
    let known = user.and_then(|user| names.users.get(&user));
    known.map_or_else(|| "somebody who left".to_owned(), Clone::clone)
}

fn done(flash: &str) -> Option<&'static str> {
    Some(match flash {
        "query-saved" => "The query is saved.",
        "query-changed" => "The query is changed.",
        "query-deleted" => "The query is deleted. Dashboards keep their tiles.",
        _ => return None,
    })
}

async fn save(
    State(app): State<App>,
    Path(org): Path<String>,
    form: Form,
) -> Result<Response, PageError> {
    let (user, here) = (form.visit.who.user.id, form.visit.at.queries(&org));
    let typed = Typed::read(&form.fields);
    let (home, wanted) = (org.clone(), typed.clone());
    let made = ask(&app, move |app| {
        let scope = Scope::load(app, &home)?;
        wanted.check(&scope).map_err(PageError::Invalid)?;
        let new = NewQuery {
            org: scope.org.id,
            owner: wanted.owner(user),
            name: &wanted.name,
            asked: &wanted.asked,
            creator: user,
        };
        app.ledger.save_query(&new, app.clock.now())?;
        Ok(())
    });
    match made.await.map_err(refusal) {
        Ok(()) => Ok(said(&here, "query-saved")),
        Err(Ok(wrong)) => refuse(&app, org, &form.visit, (None, typed, Some(wrong))).await,
        Err(Err(other)) => Err(other),
    }
}

/// What to say to whoever typed something that cannot be; anything else is passed on.
fn refusal(error: PageError) -> Result<String, PageError> {
    match error {
        PageError::Invalid(wrong) => Ok(wrong),
        PageError::Store(StoreError::Exists { name, .. }) => Ok(format!(
            "There is a query `{name}` already: choose another name, or change that one below."
        )),
        PageError::Store(StoreError::TooMany { max, .. }) => Ok(format!(
            "There can be {max} queries of your own and {max} shared ones: delete one first."
        )),
        other => Err(other),
    }
}

async fn refuse(
    app: &App,
    org: String,
    visit: &Visit,
    entered: Entered,
) -> Result<Response, PageError> {
    let page = page(app, org, visit, entered).await?;
    Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
}

fn named(text: &str) -> Result<QueryId, PageError> {
    text.parse().map_err(|_| PageError::Missing("saved query"))
}

/// `GET …/queries/N/`: the page that it leads to.
async fn open(
    State(app): State<App>,
    Path((org, query)): Path<(String, String)>,
    visit: Visit,
) -> Result<Response, PageError> {
    let (user, at, query) = (visit.who.user.id, visit.at.clone(), named(&query)?);
    let target = ask(&app, move |app| {
        let scope = Scope::load(app, &org)?;
        let saved = app.ledger.saved_query(scope.org.id, user, query)?;
        Ok(at.explored(&scope.org.slug, &saved.asked))
    });
    Ok(Redirect::to(&target.await?).into_response())
}

/// `POST …/queries/N/`: changes or deletes it.
async fn change(
    State(app): State<App>,
    Path((org, id)): Path<(String, String)>,
    form: Form,
) -> Result<Response, PageError> {
    let id = named(&id)?;
    let (user, here) = (form.visit.who.user.id, form.visit.at.queries(&org));
    let is_delete = form.fields.get("do") == "delete";
    let (typed, home) = (Typed::read(&form.fields), org.clone());
    let wanted = typed.clone();
    let changed = ask(&app, move |app| {
        let scope = Scope::load(app, &home)?;
        if is_delete {
            return Ok(app.ledger.delete_query(scope.org.id, user, id)?);
        }
        let saved = app.ledger.saved_query(scope.org.id, user, id)?;
        wanted.check(&scope).map_err(PageError::Invalid)?;
        let changed = SavedQuery {
            owner: wanted.owner(user),
            name: wanted.name,
            asked: wanted.asked,
            ..saved
        };
        Ok(app.ledger.update_query(&changed, user, app.clock.now())?)
    });
    match changed.await.map_err(refusal) {
        Ok(()) if is_delete => Ok(said(&here, "query-deleted")),
        Ok(()) => Ok(said(&here, "query-changed")),
        Err(Ok(wrong)) => refuse(&app, org, &form.visit, (Some(id), typed, Some(wrong))).await,
        Err(Err(other)) => Err(other),
    }
}
