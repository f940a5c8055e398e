//! Issue grouping: which events belong together, and what another answer would do to the last
//! events.

use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use watchpost_group::VERSION_CURRENT;
use watchpost_model::{Grouping, Project, Rules};

use super::super::form::{Fields, Form};
use super::super::shell::{Scope, Shell, ask, said};
use super::super::{PageError, Visit};
use super::forecast::{self, Forecast};
use super::{change, faults_at, faults_of, load};
use crate::App;
use crate::rules::{Field, FieldFault};

#[derive(Template)]
#[template(path = "rules_grouping.html")]
struct GroupingPage {
    shell: Shell,
    org: String,
    project: Project,
    tab: &'static str,
    grouping: Grouping,
    versions: Vec<(u16, bool)>,
    areas: [Area; 2],
    faults: Vec<String>,
    forecast: Option<Forecast>,
    is_saved: bool,
}

/// A text of rules, and what is wrong with it.
struct Area {
    name: &'static str,
    label: &'static str,
    hint: &'static str,
    example: &'static str,
    text: String,
    faults: Vec<String>,
}

pub(super) async fn show(
    State(app): State<App>,
    Path((org, slug)): Path<(String, String)>,
    visit: Visit,
) -> Result<Response, PageError> {
    let (scope, project, rules) = ask(&app, move |app| load(app, &org, &slug)).await?;
    page(&visit, &scope, project, rules.grouping, &[], None)
}

pub(super) async fn save(
    State(app): State<App>,
    Path((org, slug)): Path<(String, String)>,
    form: Form,
) -> Result<Response, PageError> {
    let is_trial = form.fields.get("do") == "try";
    let names = (org.clone(), slug.clone());
    let (scope, project, today) = ask(&app, move |app| load(app, &names.0, &names.1)).await?;
    let grouping = read(&form.fields, &today.grouping);
    let rules = Rules {
        grouping: grouping.clone(),
        ..Rules::default()
    };
    let faults = faults_of(&app, rules).await?;
    if !faults.is_empty() {
        let page = page(&form.visit, &scope, project, grouping, &faults, None)?;
        return Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response());
    }
    if is_trial {
        let (id, draft) = (project.id, grouping.clone());
        let forecast = ask(&app, move |app| {
            forecast::make(app, id, &today.grouping, &draft)
        });
        let forecast = Some(forecast.await?);
        return page(&form.visit, &scope, project, grouping, &[], forecast);
    }
    change(&app, &form.visit, &project, move |rules| {
        rules.grouping.clone_from(&grouping);
    })
    .await?;
    Ok(said(&form.visit.at.rules(&org, &slug, "grouping"), "saved"))
}

/// The draft of a form. What it does not name stays: the version whose issues go on.
fn read(fields: &Fields, today: &Grouping) -> Grouping {
    let is_on = |name: &str| fields.get(name) == "yes";
    Grouping {
        version: fields.get("version").parse().ok(),
        previous: today.previous,
        fingerprint_rules: lines(fields.get("fingerprint_rules")),
        stack_rules: lines(fields.get("stack_rules")),
        ignore_client_fingerprint: is_on("ignore_client_fingerprint"),
        split_by_message: is_on("split_by_message"),
    }
}

/// Browsers end lines in two characters.
fn lines(text: &str) -> String {
    text.replace("\r\n", "\n")
}

fn page(
    visit: &Visit,
    scope: &Scope,
    project: Project,
    grouping: Grouping,
    faults: &[FieldFault],
    forecast: Option<Forecast>,
) -> Result<Response, PageError> {
    let versions = (1..=VERSION_CURRENT).rev();
    visit.answer(&GroupingPage {
        shell: visit.shell(scope, "settings", &format!("Grouping of {}", project.name)),
        org: scope.org.slug.clone(),
        project,
        tab: "grouping",
        versions: versions
            .map(|version| (version, grouping.version == Some(version)))
            .collect(),
        areas: areas(&grouping, faults),
        grouping,
        faults: faults.iter().map(ToString::to_string).collect(),
        forecast,
        is_saved: visit.flash() == Some("saved"),
    })
}

fn areas(grouping: &Grouping, faults: &[FieldFault]) -> [Area; 2] {
    [
        Area {
            name: "fingerprint_rules",
            label: Field::FingerprintRules.label(),
            hint: "Which events get which fingerprint, one rule a line: matchers, then ->, then \
                   the fingerprint.",
            example: "error.type:DatabaseUnavailable -> system-down",
            text: grouping.fingerprint_rules.clone(),
            faults: faults_at(faults, Field::FingerprintRules),
        },
        Area {
            name: "stack_rules",
            label: Field::StackRules.label(),
            hint: "Which frames count, one rule a line: matchers of frames, then what to do.",
            example: "stack.function:log_* -group",
            text: grouping.stack_rules.clone(),
            faults: faults_at(faults, Field::StackRules),
        },
    ]
}
