//! A link by which strangers see one issue: made and taken back on `…/issues/N/share/`, and the
//! page that they see, `/share/issue/SECRET/`.
//!
//! Only the hash of the secret is kept, so the link is shown once. Strangers see the title and the
//! stack of the latest event, and nothing that leads elsewhere; variables, request, user and tags
//! only when somebody chose so.

use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use axum::response::Response;
use axum::routing::get;
use watchpost_model::{
    Event, Exception, Frame, Issue, IssueId, Message, Project, Showing, Stacktrace,
};
use watchpost_store::{ArchivedEvent, NewShare, Share, latest_of};

use super::life::Life;
use super::locate;
use super::view::Head;
use crate::App;
use crate::pages::event::Body;
use crate::pages::event::stack::{Frames, Order, Reading, Row};
use crate::pages::form::Form;
use crate::pages::format::When;
use crate::pages::issues::Done;
use crate::pages::shell::{Shell, ask, draw, said};
use crate::pages::{PageError, Visit};
use crate::secret::{Secret, hash_of};

pub(super) fn routes() -> Router<App> {
    Router::new().route("/share/issue/{secret}/", get(stranger))
}

#[derive(Template)]
#[template(path = "issue_share.html")]
struct SharePage {
    shell: Shell,
    org: String,
    project: Project,
    issue: IssueId,
    head: Head,
    /// The link, when it was just made.
    made: Option<String>,
    share: Option<(Share, When)>,
    /// Who made it.
    by: String,
    is_over: bool,
    /// What is told on the page of the issue only.
    life: Option<Life>,
    done: Option<Done>,
}

/// `GET …/issues/N/share/`
pub(super) async fn show(
    State(app): State<App>,
    Path((org, issue)): Path<(String, String)>,
    visit: Visit,
) -> Result<Response, PageError> {
    page(&app, &visit, (org, issue), None).await
}

async fn page(
    app: &App,
    visit: &Visit,
    (org, issue): (String, String),
    made: Option<Secret>,
) -> Result<Response, PageError> {
    let (scope, issue, share, by) = ask(app, move |app| {
        let (scope, issue) = locate(app, &org, &issue)?;
        let share = app.ledger.share_of(issue.project, issue.id)?;
        let by = match share.and_then(|share| share.by) {
            Some(user) => app.ledger.user(user)?,
            None => None,
        };
        Ok((scope, issue, share, by))
    })
    .await?;
    let (org, project) = (scope.org.slug.clone(), scope.project()?.clone());
    let head = Head::new(&issue, &project, visit.now);
    // `shared` brings the path of the public URL along.
    let (public, path) = (visit.at.public(""), visit.at.path(""));
    let origin = public.strip_suffix(&path).unwrap_or(&public).to_owned();
    let link = |secret: Secret| format!("{origin}{}", visit.at.shared(secret.as_str()));
    visit.answer(&SharePage {
        shell: visit.shell(&scope, "issues", &format!("Share {}", head.short_id)),
        made: made.map(link),
        share: share.map(|share| (share, When::new(share.created, visit.now))),
        by: by.map_or_else(|| "somebody who left".to_owned(), |user| user.name),
        is_over: visit.flash() == Some("unshared"),
        done: None,
        life: None,
        issue: issue.id,
        org,
        project,
        head,
    })
}

/// `POST …/issues/N/share/`: shows the link in its own answer, as a redirect would have to keep it
/// somewhere.
pub(super) async fn change(
    State(app): State<App>,
    Path((org, issue)): Path<(String, String)>,
    form: Form,
) -> Result<Response, PageError> {
    let (by, now) = (form.visit.who.user.id, form.visit.now);
    let names = (org.clone(), issue.clone());
    let is_whole = form.fields.get("whole") == "yes";
    match form.fields.get("do") {
        "share" => {
            let secret = Secret::draw("")?;
            let hash = secret.hash();
            ask(&app, move |app| {
                let (_, issue) = locate(app, &org, &issue)?;
                let new = NewShare { hash, is_whole };
                Ok(app
                    .ledger
                    .share_issue(issue.project, issue.id, &new, by, now)?)
            })
            .await?;
            let mut response = page(&app, &form.visit, names, Some(secret)).await?;
            let never = HeaderValue::from_static("no-store");
            response.headers_mut().insert(header::CACHE_CONTROL, never);
            Ok(response)
        }
        "stop" => {
            let here = form.visit.at.share(&org, &issue);
            ask(&app, move |app| {
                let (_, issue) = locate(app, &org, &issue)?;
                Ok(app.ledger.stop_sharing(issue.project, issue.id, by, now)?)
            })
            .await?;
            Ok(said(&here, "unshared"))
        }
        _ => Err(PageError::Invalid("Choose what is to be done.".to_owned())),
    }
}

#[derive(Template)]
#[template(path = "shared.html")]
struct SharedPage {
    shell: Shell,
    head: Head,
    is_whole: bool,
    event: Option<Body>,
    /// Where links of the event's parts lead to: to parts of this page.
    here: String,
}

/// `GET /share/issue/SECRET/`: for anybody who has the link.
async fn stranger(
    State(app): State<App>,
    Path(secret): Path<String>,
    headers: HeaderMap,
) -> Result<Response, PageError> {
    let hash = hash_of(&secret);
    let (project, share, issue, event) = ask(&app, move |app| {
        const NONE: PageError = PageError::Missing("link");
        let share = app.ledger.shared(&hash)?.ok_or(NONE)?;
        let issue = app.ledger.issue(share.project, share.issue)?;
        // One that was merged meanwhile shows what nobody shared.
        let issue = issue.filter(|issue| issue.id == share.issue).ok_or(NONE)?;
        // Nor does anybody who merges others into it share those.
        let event = latest_of(&*app.archive, share.project, &[share.issue])?;
        let project = app.ledger.project_by_id(share.project)?.ok_or(NONE)?;
        Ok((project, share, issue, event))
    })
    .await?;
    let page = shared(&app, &headers, (&project, share), (&issue, event), &secret);
    let mut response = draw(&page)?;
    let own = response.headers_mut();
    for (name, value) in [
        (HeaderName::from_static("x-robots-tag"), "noindex, nofollow"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::CACHE_CONTROL, "private, no-store"),
    ] {
        own.insert(name, HeaderValue::from_static(value));
    }
    Ok(response)
}

fn shared(
    app: &App,
    headers: &HeaderMap,
    (project, share): (&Project, Share),
    (issue, event): (&Issue, Option<ArchivedEvent>),
    secret: &str,
) -> SharedPage {
    let now = app.clock.now();
    let head = Head::new(issue, project, now);
    let shell = Shell::guest(app, headers, &head.tab());
    let reading = Reading {
        frames: Frames::All,
        order: Order::Newest,
        ..Reading::default()
    };
    let event = event.map(|mut event| {
        if !share.is_whole {
            event.event = bare(&event.event);
        }
        Body::new(&event, (reading, &Showing::default(), ""), now)
    });
    SharedPage {
        here: shell.at.shared(secret),
        shell,
        head,
        is_whole: share.is_whole,
        event,
    }
}

/// Title, message and stack of an event, and nothing that is not named here.
fn bare(event: &Event) -> Event {
    let message = event.message.as_ref().map(|message| Message {
        formatted: message.formatted.clone(),
        ..Message::default()
    });
    let exception = |exception: &Exception| Exception {
        kind: exception.kind.clone(),
        value: exception.value.clone(),
        module: exception.module.clone(),
        stacktrace: exception.stacktrace.as_ref().map(bare_stack),
        ..Exception::default()
    };
    Event {
        timestamp: event.timestamp,
        level: event.level,
        platform: event.platform.clone(),
        release: event.release.clone(),
        message,
        exceptions: event.exceptions.iter().map(exception).collect(),
        stacktrace: event.stacktrace.as_ref().map(bare_stack),
        ..Event::empty(event.event_id, event.received)
    }
}

/// Frames without variables, and without the place of the program on its machine, which names
/// people.
fn bare_stack(stack: &Stacktrace) -> Stacktrace {
    let frame = |frame: &Frame| Frame {
        filename: frame.filename.clone(),
        module: frame.module.clone(),
        function: frame.function.clone(),
        lineno: frame.lineno,
        colno: frame.colno,
        pre_context: frame.pre_context.clone(),
        context_line: frame.context_line.clone(),
        post_context: frame.post_context.clone(),
        in_app: frame.in_app,
        ..Frame::default()
    };
    Stacktrace {
        frames: stack.frames.iter().map(frame).collect(),
        ..Stacktrace::default()
    }
}
