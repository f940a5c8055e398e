//! What is around every page: navigation, account, theme. And the visit itself: who asks, in which
//! organization, and what was just done.

use std::sync::Arc;

use askama::Template;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{Html, IntoResponse, Redirect, Response};
use watchpost_model::{
    Alarm, Organization, Permission, Project, ProjectId, Role, Timestamp, UserId, Vitals,
};
use watchpost_store::StoreError;

use super::form::Fields;
use super::preferences::Keys;
use super::{Links, PageError};
use crate::App;
use crate::assets::{ASSETS, Assets};
use crate::rights::Ask;
use crate::session::{SignedIn, cookie};

/// Light, dark, or what the system says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Theme {
    #[default]
    Auto,
    Light,
    Dark,
}

impl Theme {
    const ALL: [Self; 3] = [Self::Auto, Self::Light, Self::Dark];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }

    pub(crate) fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|theme| theme.name() == name)
    }

    fn of(headers: &HeaderMap) -> Self {
        let chosen = cookie(headers, "theme").and_then(Self::from_name);
        chosen.unwrap_or_default()
    }
}

/// A signed-in person's request for a page.
pub(crate) struct Visit {
    pub(crate) who: SignedIn,
    pub(crate) at: Links,
    pub(crate) now: Timestamp,
    pub(crate) headers: HeaderMap,
    /// The query of the request's address.
    pub(crate) params: Fields,
    /// Path and query, as asked for: where forms return to.
    pub(crate) here: String,
    /// How the server is.
    pub(crate) vitals: Arc<Vitals>,
    /// What they are in the organization that the address names.
    pub(crate) role: Option<Role>,
    /// What changing something at this address needs.
    edits: Option<Permission>,
    is_demo: bool,
}

impl FromRequestParts<App> for Visit {
    type Rejection = PageError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, PageError> {
        let who = SignedIn::from_request_parts(parts, app).await?;
        let (user, asked) = (who.user.id, Ask::of(parts, app).await);
        let edits = asked.as_ref().map(|asked| asked.edits);
        let role = match asked {
            Some(asked) => Some(ask(app, move |app| asked.check(app, user)).await?),
            None => None,
        };
        let here = parts.uri.path_and_query().map_or("/", |path| path.as_str());
        Ok(Self {
            who,
            at: Links::of(app),
            now: app.clock.now(),
            headers: parts.headers.clone(),
            params: Fields::parse(parts.uri.query().unwrap_or_default().as_bytes()),
            here: here.to_owned(),
            vitals: Arc::clone(&app.vitals.borrow()),
            role,
            edits,
            is_demo: app.config.is_demo,
        })
    }
}

impl Visit {
    /// What the request before this one did, said once: `resolved:12.13`.
    pub(crate) fn flash(&self) -> Option<&str> {
        cookie(&self.headers, FLASH)
    }

    /// The page of a project.
    pub(crate) fn shell(&self, scope: &Scope, here: &'static str, title: &str) -> Shell {
        Shell {
            org: Some(scope.org.clone()),
            project: scope.current.clone(),
            projects: scope.projects.clone(),
            alarms: self.vitals.alarms(),
            spiking: scope.spiking(&self.vitals),
            role: self.role.or(scope.role),
            lacks: self.lacks(),
            quarantined: self.vitals.quarantine.events,
            ..self.shell_of(None, here, title)
        }
    }

    /// A page of one's own account, which they have outside of all organizations as well.
    pub(crate) fn shell_of(&self, scope: Option<&Scope>, here: &'static str, title: &str) -> Shell {
        if let Some(scope) = scope {
            return self.shell(scope, here, title);
        }
        Shell {
            at: self.at.clone(),
            assets: &ASSETS,
            theme: Theme::of(&self.headers),
            title: title.to_owned(),
            here,
            here_path: self.here.clone(),
            person: Some(Person::new(&self.who)),
            org: None,
            project: None,
            projects: Vec::new(),
            alarms: Vec::new(),
            spiking: Vec::new(),
            role: None,
            lacks: None,
            quarantined: 0,
            keys: Keys::of(&self.headers),
            is_demo: self.is_demo,
        }
    }

    /// What somebody may not do on the page that they look at.
    fn lacks(&self) -> Option<Permission> {
        let role = self.role?;
        self.edits.filter(|edits| !role.may(*edits))
    }

    /// Sends a drawn page; what was just done has now been said.
    pub(crate) fn answer(&self, page: &impl Template) -> Result<Response, PageError> {
        let mut response = draw(page)?;
        // An open page that looks for news of itself shows no such words: they are not for it.
        let is_shown = !self.headers.contains_key("x-requested-with");
        if is_shown && self.flash().is_some() {
            add_cookie(&mut response, small_cookie(FLASH, "", 0));
        }
        Ok(response)
    }
}

/// The organization that a page is about, its projects, and the one in view.
#[derive(Clone)]
pub(crate) struct Scope {
    pub(crate) org: Organization,
    pub(crate) projects: Vec<Project>,
    pub(crate) current: Option<Project>,
    /// What the person is there, where the address does not name the organization.
    role: Option<Role>,
}

impl Scope {
    /// The organization of that slug; blocks. Whether it is theirs, [`Visit`] has asked.
    pub(crate) fn load(app: &App, org: &str) -> Result<Self, PageError> {
        let org = app.ledger.org(org)?;
        let org = org.ok_or(PageError::Missing("organization"))?;
        Ok(Self::of(app, org)?)
    }

    /// The organization of that slug with the project of that slug in view; blocks.
    pub(crate) fn load_project(app: &App, org: &str, slug: &str) -> Result<Self, PageError> {
        let mut scope = Self::load(app, org)?;
        let found = scope.projects.iter().find(|project| project.slug == slug);
        scope.current = Some(found.cloned().ok_or(PageError::Missing("project"))?);
        Ok(scope)
    }

    /// For addresses that name no organization: of those of `user`, that of the project which this
    /// browser saw last, or the first; blocks.
    pub(crate) fn first(app: &App, headers: &HeaderMap, user: UserId) -> Result<Self, PageError> {
        let last = match last_project(headers) {
            Some(id) => app.ledger.project_by_id(id)?.map(|project| project.org),
            None => None,
        };
        let mut own = app.ledger.memberships(user)?;
        let place = own.iter().position(|(org, _)| Some(org.id) == last);
        if own.is_empty() {
            return Err(PageError::Outside);
        }
        let (org, role) = own.swap_remove(place.unwrap_or(0));
        let mut scope = Self::of(app, org)?;
        scope.role = Some(role);
        scope.current = scope.last_or_first(headers).cloned();
        Ok(scope)
    }

    /// The same for pages of one's own account; `None`: they are in no organization. Blocks.
    pub(crate) fn own(
        app: &App,
        headers: &HeaderMap,
        user: UserId,
    ) -> Result<Option<Self>, PageError> {
        match Self::first(app, headers, user) {
            Err(PageError::Outside) => Ok(None),
            found => found.map(Some),
        }
    }

    fn of(app: &App, org: Organization) -> Result<Self, StoreError> {
        Ok(Self {
            projects: app.ledger.projects(org.id)?,
            org,
            current: None,
            role: None,
        })
    }

    /// The project in view.
    pub(crate) fn project(&self) -> Result<&Project, PageError> {
        self.current.as_ref().ok_or(PageError::Missing("project"))
    }

    /// Its projects that get far more events than usual. Those of others are none of its business.
    fn spiking(&self, vitals: &Vitals) -> Vec<Project> {
        let has_spike = |project: &&Project| {
            let spikes = &vitals.intake.spikes;
            spikes.iter().any(|(id, _)| *id == project.id)
        };
        self.projects.iter().filter(has_spike).cloned().collect()
    }

    pub(crate) fn project_ids(&self) -> Vec<ProjectId> {
        self.projects.iter().map(|project| project.id).collect()
    }

    /// The project that this browser saw last, or the first.
    pub(crate) fn last_or_first(&self, headers: &HeaderMap) -> Option<&Project> {
        let last = last_project(headers);
        let found = self
            .projects
            .iter()
            .find(|project| Some(project.id) == last);
        found.or_else(|| self.projects.first())
    }
}

/// The frame of a page, for its template.
pub(crate) struct Shell {
    pub(crate) at: Links,
    pub(crate) assets: &'static Assets,
    pub(crate) theme: Theme,
    pub(crate) title: String,
    pub(crate) here: &'static str,
    pub(crate) here_path: String,
    pub(crate) person: Option<Person>,
    pub(crate) org: Option<Organization>,
    pub(crate) project: Option<Project>,
    pub(crate) projects: Vec<Project>,
    /// What needs somebody; said above every page.
    pub(crate) alarms: Vec<Alarm>,
    /// The projects of this organization that [`Alarm::Spike`] is about.
    pub(crate) spiking: Vec<Project>,
    /// What the person is in this organization, as far as the page knows.
    pub(crate) role: Option<Role>,
    /// What they may not do here: said above the forms.
    pub(crate) lacks: Option<Permission>,
    /// Events in quarantine.
    pub(crate) quarantined: u64,
    /// Whether single keys do something.
    pub(crate) keys: Keys,
    /// Whether everything on it is made up.
    pub(crate) is_demo: bool,
}

impl Shell {
    /// The frame for who is not signed in, and for error pages.
    pub(crate) fn guest(app: &App, headers: &HeaderMap, title: &str) -> Self {
        Self {
            at: Links::of(app),
            assets: &ASSETS,
            theme: Theme::of(headers),
            title: title.to_owned(),
            here: "",
            here_path: String::new(),
            person: None,
            org: None,
            project: None,
            projects: Vec::new(),
            alarms: Vec::new(),
            spiking: Vec::new(),
            role: None,
            lacks: None,
            quarantined: 0,
            keys: Keys::of(headers),
            is_demo: app.config.is_demo,
        }
    }

    /// Whether they may read the audit log.
    pub(crate) fn may_audit(&self) -> bool {
        self.role
            .is_some_and(|role| role.may(Permission::ReadAudit))
    }

    pub(crate) fn csrf(&self) -> &str {
        self.person.as_ref().map_or("", |person| &person.csrf)
    }
}

/// Who is signed in, as the account menu shows them.
pub(crate) struct Person {
    pub(crate) name: String,
    pub(crate) email: String,
    pub(crate) csrf: String,
}

impl Person {
    fn new(who: &SignedIn) -> Self {
        let (name, email) = (&who.user.name, &who.user.email);
        let shown = if name.is_empty() { email } else { name };
        Self {
            name: shown.clone(),
            email: email.clone(),
            csrf: who.csrf(),
        }
    }
}

/// Draws a page. Pages show what only some may see: no shared cache keeps them.
pub(crate) fn draw(page: &impl Template) -> Result<Response, PageError> {
    let headers = [(header::CACHE_CONTROL, "private, no-cache")];
    Ok((headers, Html(page.render()?)).into_response())
}

/// Asks the stores on a thread that may block, in terms of pages.
pub(crate) async fn ask<T, F>(app: &App, question: F) -> Result<T, PageError>
where
    T: Send + 'static,
    F: FnOnce(&App) -> Result<T, PageError> + Send + 'static,
{
    app.ask(move |app| Ok(question(app))).await?
}

const FLASH: &str = "said";
pub(crate) const LAST_PROJECT: &str = "project";

fn last_project(headers: &HeaderMap) -> Option<ProjectId> {
    cookie(headers, LAST_PROJECT)?.parse().ok()
}

/// Leads to a page that says once what was just done.
pub(crate) fn said(here: &str, what: &str) -> Response {
    let mut response = Redirect::to(here).into_response();
    add_flash(&mut response, what);
    response
}

/// Says once, on the next page, what was just done.
pub(crate) fn add_flash(response: &mut Response, said: &str) {
    add_cookie(response, small_cookie(FLASH, said, 30));
}

pub(crate) fn add_cookie(response: &mut Response, cookie: HeaderValue) {
    response.headers_mut().append(header::SET_COOKIE, cookie);
}

/// A cookie that holds a choice, no secret.
pub(crate) fn small_cookie(name: &str, value: &str, max_age_secs: i64) -> HeaderValue {
    let text = format!("{name}={value}; Path=/; Max-Age={max_age_secs}; HttpOnly; SameSite=Lax");
    HeaderValue::try_from(text).unwrap_or(HeaderValue::from_static(""))
}
