//! Searches: what every search box is made of, and the page of those that people saved.

mod bar;
mod complete;
mod menu;

use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use watchpost_model::{SearchId, UserId};
use watchpost_store::{NewSearch, SavedSearch, Search, Sort, StoreError};

pub(crate) use self::bar::{Chip, SearchBar, Wrong};
pub(crate) use self::menu::SearchMenu;
use super::form::{Fields, Form};
use super::issues::SORTS;
use super::links::encode;
use super::shell::{Scope, Shell, ask, said};
use super::{Links, PageError, Visit};
use crate::App;
use crate::naming::search_name;

pub(crate) fn routes() -> Router<App> {
    const SAVED: &str = "/organizations/{org}/issues/searches/";
    Router::new()
        .route(SAVED, get(list).post(save))
        .route(&format!("{SAVED}{{search}}/"), get(open).post(change))
        .route(
            "/organizations/{org}/search/complete/",
            get(complete::complete),
        )
}

#[derive(Template)]
#[template(path = "searches.html")]
struct SearchesPage {
    shell: Shell,
    org: String,
    cards: Vec<Card>,
    typed: Typed,
    has_recent: bool,
    said: Option<&'static str>,
    wrong: Option<String>,
}

/// One saved search, with where it leads and what its form is filled in with.
struct Card {
    search: SavedSearch,
    href: String,
    typed: Typed,
    /// Whether its form was refused, so that it is shown.
    is_open: bool,
}

/// What somebody typed into the form of a search, or into that of a new one.
struct Entered {
    search: Option<SearchId>,
    typed: Typed,
    wrong: Option<String>,
}

/// What is typed into the form of a search.
#[derive(Clone, Debug, Default)]
struct Typed {
    name: String,
    query: String,
    sort: Sort,
    is_shared: bool,
    is_pinned: bool,
    is_default: bool,
}

impl Typed {
    fn read(fields: &Fields) -> Self {
        let is_on = |name: &str| !fields.get(name).is_empty();
        Self {
            name: fields.get("name").to_owned(),
            query: fields.get("query").to_owned(),
            sort: Sort::from_name(fields.get("sort")).unwrap_or_default(),
            is_shared: is_on("shared"),
            is_pinned: is_on("pinned"),
            is_default: is_on("default"),
        }
    }

    /// What is saved.
    fn of(search: &SavedSearch) -> Self {
        Self {
            name: search.name.clone(),
            query: search.query.clone(),
            sort: search.sort,
            is_shared: search.owner.is_none(),
            is_pinned: search.is_pinned,
            is_default: search.is_default,
        }
    }

    /// What is wrong with it, for whoever typed it.
    fn check(&self) -> Result<(), String> {
        search_name(&self.name)?;
        let known = Search::parse(&self.query).and_then(|search| search.check_issues());
        known.map_err(|error| format!("The search is not understood: {error}."))
    }

    /// Whose the search is.
    fn owner(&self, user: UserId) -> Option<UserId> {
        (!self.is_shared).then_some(user)
    }

    /// `search` with all of it.
    fn applied(&self, search: &SavedSearch, user: UserId) -> SavedSearch {
        SavedSearch {
            owner: self.owner(user),
            name: self.name.clone(),
            query: self.query.clone(),
            sort: self.sort,
            is_pinned: self.is_pinned,
            is_default: self.is_default,
            id: search.id,
            org: search.org,
            created: search.created,
        }
    }
}

/// The list that a search leads to. Without a project it is that of the one that was seen last.
fn list_of(at: &Links, org: &str, search: &SavedSearch, project: &str) -> String {
    let project = match project {
        "" => String::new(),
        project => format!("project={}&", encode(project)),
    };
    let (query, sort) = (encode(&search.query), search.sort.name());
    format!("{}?{project}query={query}&sort={sort}", at.issues_form(org))
}

async fn list(
    State(app): State<App>,
    Path(org): Path<String>,
    visit: Visit,
) -> Result<Response, PageError> {
    let entered = Entered {
        search: None,
        typed: Typed::read(&visit.params),
        wrong: None,
    };
    page(&app, org, &visit, entered).await
}

/// The page, with what was typed into one of its forms.
async fn page(
    app: &App,
    org: String,
    visit: &Visit,
    entered: Entered,
) -> Result<Response, PageError> {
    let (user, headers) = (visit.who.user.id, visit.headers.clone());
    let (scope, saved, has_recent) = ask(app, move |app| {
        let mut scope = Scope::load(app, &org)?;
        scope.current = scope.last_or_first(&headers).cloned();
        let saved = app.ledger.saved_searches(scope.org.id, user)?;
        let recent = app.ledger.recent_searches(scope.org.id, user)?;
        Ok((scope, saved, !recent.is_empty()))
    })
    .await?;
    let org = scope.org.slug.clone();
    let card = |search: SavedSearch| {
        let is_open = entered.search == Some(search.id);
        Card {
            href: list_of(&visit.at, &org, &search, ""),
            typed: if is_open {
                entered.typed.clone()
            } else {
                Typed::of(&search)
            },
            is_open,
            search,
        }
    };
    let cards = saved.into_iter().map(card).collect();
    visit.answer(&SearchesPage {
        shell: visit.shell(&scope, "issues", "Saved searches"),
        cards,
        said: visit.flash().and_then(words),
        org: org.clone(),
        typed: if entered.search.is_none() {
            entered.typed
        } else {
            Typed::default()
        },
        has_recent,
        wrong: entered.wrong,
    })
}

fn words(said: &str) -> Option<&'static str> {
    match said {
        "search-saved" => Some("Search saved."),
        "search-changed" => Some("Saved."),
        "search-deleted" => Some("Search deleted."),
        "searches-forgotten" => Some("Your recent searches are forgotten."),
        _ => None,
    }
}

/// `POST …/searches/`: saves a search, or forgets the recent ones.
async fn save(
    State(app): State<App>,
    Path(org): Path<String>,
    form: Form,
) -> Result<Response, PageError> {
    let (user, here) = (form.visit.who.user.id, form.visit.at.searches(&org));
    let home = org.clone();
    if form.fields.get("do") == "forget" {
        let forget = move |app: &App| {
            let org = Scope::load(app, &home)?.org.id;
            Ok(app.ledger.forget_recent_searches(org, user)?)
        };
        ask(&app, forget).await?;
        return Ok(said(&here, "searches-forgotten"));
    }
    let typed = Typed::read(&form.fields);
    let wanted = typed.clone();
    let made = move |app: &App| {
        let org = Scope::load(app, &home)?.org.id;
        wanted.check().map_err(PageError::Invalid)?;
        let new = NewSearch {
            org,
            owner: wanted.owner(user),
            name: &wanted.name,
            query: &wanted.query,
            sort: wanted.sort,
            is_pinned: wanted.is_pinned,
            is_default: wanted.is_default,
        };
        app.ledger.save_search(&new, user, app.clock.now())?;
        Ok(())
    };
    match ask(&app, made).await.map_err(refusal) {
        Ok(()) => Ok(said(&here, "search-saved")),
        Err(Ok(wrong)) => refuse(&app, org, &form.visit, (None, typed, wrong)).await,
        Err(Err(other)) => Err(other),
    }
}

/// What to say to whoever typed something that cannot be; anything else is passed on.
fn refusal(error: PageError) -> Result<String, PageError> {
    match error {
        PageError::Invalid(wrong) => Ok(wrong),
        PageError::Store(StoreError::Exists { name, .. }) => Ok(format!(
            "There is a search `{name}` already: choose another name, or change that one below."
        )),
        PageError::Store(StoreError::TooMany { max, .. }) => Ok(format!(
            "There can be {max} searches of your own and {max} shared ones: delete one first."
        )),
        other => Err(other),
    }
}

async fn refuse(
    app: &App,
    org: String,
    visit: &Visit,
    (search, typed, wrong): (Option<SearchId>, Typed, String),
) -> Result<Response, PageError> {
    let entered = Entered {
        search,
        typed,
        wrong: Some(wrong),
    };
    let page = page(app, org, visit, entered).await?;
    Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
}

/// The search that a path names.
fn named(text: &str) -> Result<SearchId, PageError> {
    text.parse().map_err(|_| PageError::Missing("saved search"))
}

/// `GET …/searches/N/`: the list that it leads to, of the project of `project=`.
async fn open(
    State(app): State<App>,
    Path((org, search)): Path<(String, String)>,
    visit: Visit,
) -> Result<Response, PageError> {
    let (user, at, search) = (visit.who.user.id, visit.at.clone(), named(&search)?);
    let project = visit.params.get("project").to_owned();
    let target = ask(&app, move |app| {
        let scope = Scope::load(app, &org)?;
        let search = app.ledger.saved_search(scope.org.id, user, search)?;
        Ok(list_of(&at, &scope.org.slug, &search, &project))
    });
    Ok(Redirect::to(&target.await?).into_response())
}

/// `POST …/searches/N/`: changes or deletes it.
async fn change(
    State(app): State<App>,
    Path((org, id)): Path<(String, String)>,
    form: Form,
) -> Result<Response, PageError> {
    let id = named(&id)?;
    let (user, here) = (form.visit.who.user.id, form.visit.at.searches(&org));
    let is_delete = form.fields.get("do") == "delete";
    let (typed, home) = (Typed::read(&form.fields), org.clone());
    let wanted = typed.clone();
    let changed = ask(&app, move |app| {
        let org = Scope::load(app, &home)?.org.id;
        if is_delete {
            return Ok(app.ledger.delete_search(org, user, id)?);
        }
        let search = app.ledger.saved_search(org, user, id)?;
        wanted.check().map_err(PageError::Invalid)?;
        Ok(app
            .ledger
            .update_search(&wanted.applied(&search, user), user)?)
    });
    match changed.await.map_err(refusal) {
        Ok(()) if is_delete => Ok(said(&here, "search-deleted")),
        Ok(()) => Ok(said(&here, "search-changed")),
        Err(Ok(wrong)) => refuse(&app, org, &form.visit, (Some(id), typed, wrong)).await,
        Err(Err(other)) => Err(other),
    }
}
