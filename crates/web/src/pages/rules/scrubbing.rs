//! Data scrubbing: what is hidden before an event is stored, and what that would do to an event.

use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use watchpost_model::{Event, Project, Rules, Scrubbing};
use watchpost_normalize::scrub::{Scrubber, preview};

use super::super::form::{Fields, Form};
use super::super::shell::{Scope, Shell, ask, said};
use super::super::{PageError, Visit};
use super::{change, entries, faults_at, faults_of, load, trial};
use crate::App;
use crate::rules::{Field, FieldFault};

#[derive(Template)]
#[template(path = "rules_scrubbing.html")]
struct ScrubbingPage {
    shell: Shell,
    org: String,
    project: Project,
    tab: &'static str,
    scrubbing: Scrubbing,
    sensitive: Text,
    safe: Text,
    advanced: Text,
    /// The event to try the rules on, as it was typed.
    subject: String,
    trial: Option<Trial>,
    is_saved: bool,
    is_wrong: bool,
}

/// A text of rules, and what is wrong with it.
struct Text {
    text: String,
    faults: Vec<String>,
}

/// What the rules would do to an event.
enum Trial {
    /// There is no such event.
    Wrong(String),
    Done {
        /// What they would hide, and by which rule.
        hidden: Vec<(String, String)>,
        /// The event as it would be stored.
        json: String,
    },
}

pub(super) async fn show(
    State(app): State<App>,
    Path((org, slug)): Path<(String, String)>,
    visit: Visit,
) -> Result<Response, PageError> {
    let (scope, project, rules) = ask(&app, move |app| load(app, &org, &slug)).await?;
    let draft = Draft {
        scrubbing: rules.scrubbing,
        ..Draft::default()
    };
    page(&visit, &scope, project, draft)
}

/// What was typed, and what came of it.
#[derive(Default)]
struct Draft {
    scrubbing: Scrubbing,
    faults: Vec<FieldFault>,
    subject: String,
    trial: Option<Trial>,
}

pub(super) async fn save(
    State(app): State<App>,
    Path((org, slug)): Path<(String, String)>,
    form: Form,
) -> Result<Response, PageError> {
    let scrubbing = read(&form.fields);
    let rules = Rules {
        scrubbing: scrubbing.clone(),
        ..Rules::default()
    };
    let faults = faults_of(&app, rules).await?;
    let subject = form.fields.get("event").to_owned();
    let is_trial = form.fields.get("do") == "try";
    let names = (org.clone(), slug.clone());
    let (rules, typed) = (scrubbing.clone(), subject.clone());
    let (scope, project, trial) = ask(&app, move |app| {
        let (scope, project, _) = load(app, &names.0, &names.1)?;
        let trial = is_trial.then(|| try_on(app, &project, &rules, &typed));
        Ok((scope, project, trial.transpose()?))
    })
    .await?;
    if is_trial || !faults.is_empty() {
        let status = if faults.is_empty() {
            StatusCode::OK
        } else {
            StatusCode::UNPROCESSABLE_ENTITY
        };
        let draft = Draft {
            scrubbing,
            faults,
            subject,
            trial,
        };
        let page = page(&form.visit, &scope, project, draft)?;
        return Ok((status, page).into_response());
    }
    change(&app, &form.visit, &project, move |rules| {
        rules.scrubbing.clone_from(&scrubbing);
    })
    .await?;
    Ok(said(
        &form.visit.at.rules(&org, &slug, "scrubbing"),
        "saved",
    ))
}

fn read(fields: &Fields) -> Scrubbing {
    let is_on = |name: &str| fields.get(name) == "yes";
    Scrubbing {
        enabled: is_on("enabled"),
        defaults: is_on("defaults"),
        ip_addresses: is_on("ip_addresses"),
        sensitive_fields: names(fields.get("sensitive_fields")),
        safe_fields: names(fields.get("safe_fields")),
        advanced: fields.get("advanced").to_owned(),
    }
}

/// Names of fields, in lower case.
fn names(text: &str) -> Vec<String> {
    let names = entries(text);
    names.into_iter().map(|name| name.to_lowercase()).collect()
}

/// Tries the rules on an event. Nothing is stored.
fn try_on(
    app: &App,
    project: &Project,
    rules: &Scrubbing,
    subject: &str,
) -> Result<Trial, PageError> {
    let event = match trial::event(app, project.id, subject)? {
        Ok(event) => event,
        Err(wrong) => return Ok(Trial::Wrong(wrong)),
    };
    let (scrubber, _) = Scrubber::new(rules);
    let (event, remarks) = preview(&scrubber, event);
    let hidden = remarks.into_iter();
    Ok(Trial::Done {
        hidden: hidden.map(|remark| (remark.path, remark.reason)).collect(),
        json: pretty(&event),
    })
}

/// An event as text. Made of texts and numbers, which always serialise.
fn pretty(event: &Event) -> String {
    serde_json::to_string_pretty(event).unwrap_or_default()
}

fn page(
    visit: &Visit,
    scope: &Scope,
    project: Project,
    draft: Draft,
) -> Result<Response, PageError> {
    let Draft {
        scrubbing, faults, ..
    } = draft;
    let text = |field: Field, text: String| Text {
        text,
        faults: faults_at(&faults, field),
    };
    visit.answer(&ScrubbingPage {
        shell: visit.shell(scope, "settings", &format!("Scrubbing of {}", project.name)),
        org: scope.org.slug.clone(),
        project,
        tab: "scrubbing",
        sensitive: text(
            Field::SensitiveFields,
            scrubbing.sensitive_fields.join("\n"),
        ),
        safe: text(Field::SafeFields, scrubbing.safe_fields.join("\n")),
        advanced: text(Field::Advanced, scrubbing.advanced.clone()),
        scrubbing,
        subject: draft.subject,
        trial: draft.trial,
        is_saved: visit.flash() == Some("saved"),
        is_wrong: !faults.is_empty(),
    })
}
