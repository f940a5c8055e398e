//! Ownership: who looks after which issues, and a trial of it on an event.

use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use watchpost_group::OwnerRules;
use watchpost_model::{OwnerMatch, OwnerSource, Ownership, Project, Rules};

use super::super::form::Form;
use super::super::people::Names;
use super::super::shell::{Scope, Shell, ask, said};
use super::super::{PageError, Visit};
use super::{change, load, trial};
use crate::App;
use crate::ownership::{Texts, file_fault, judge, nobodies};
use crate::rights::staff;
use crate::rules::check;

#[derive(Template)]
#[template(path = "rules_ownership.html")]
struct OwnershipPage {
    shell: Shell,
    org: String,
    project: Project,
    tab: &'static str,
    draft: Draft,
    is_saved: bool,
}

/// What was typed, and what came of it.
#[derive(Default)]
struct Draft {
    rules: String,
    codeowners: String,
    auto_assign: bool,
    subject: String,
    /// What keeps it from being saved.
    faults: Vec<String>,
    /// Lines of the file that are passed over.
    passed_over: Vec<String>,
    /// Names that nobody has.
    nobodies: Vec<String>,
    trial: Option<Trial>,
}

/// What the rules say about an event.
enum Trial {
    /// There is no such event.
    Wrong(String),
    Done {
        matches: Vec<Match>,
        /// Who would get its issue.
        owner: Option<String>,
    },
}

/// A rule that the event fits.
struct Match {
    place: String,
    rule: String,
}

impl Match {
    fn new(found: &OwnerMatch) -> Self {
        let line = found.line;
        Self {
            place: match found.source {
                OwnerSource::Codeowners => format!("CODEOWNERS, line {line}"),
                OwnerSource::Rules => format!("rules, line {line}"),
            },
            rule: found.to_string(),
        }
    }
}

pub(super) async fn show(
    State(app): State<App>,
    Path((org, slug)): Path<(String, String)>,
    visit: Visit,
) -> Result<Response, PageError> {
    let (scope, project, draft) = ask(&app, move |app| {
        let (scope, project, rules) = load(app, &org, &slug)?;
        let texts = Texts::load(app, project.id)?;
        let mut draft = Draft {
            auto_assign: rules.ownership.auto_assign,
            ..Draft::default()
        };
        draft.look_at(app, &scope, texts)?;
        Ok((scope, project, draft))
    })
    .await?;
    page(&visit, &scope, project, draft)
}

pub(super) async fn save(
    State(app): State<App>,
    Path((org, slug)): Path<(String, String)>,
    form: Form,
) -> Result<Response, PageError> {
    let lines = |name: &str| form.fields.exact(name).replace("\r\n", "\n");
    let texts = Texts {
        rules: lines("rules"),
        codeowners: lines("codeowners"),
    };
    let is_trial = form.fields.get("do") == "try";
    let mut draft = Draft {
        auto_assign: form.fields.get("auto_assign") == "yes",
        subject: form.fields.get("event").to_owned(),
        ..Draft::default()
    };
    let names = (org.clone(), slug.clone());
    let (scope, project, draft, is_new_file) = ask(&app, move |app| {
        let (scope, project, _) = load(app, &names.0, &names.1)?;
        let is_new_file = Texts::load(app, project.id)?.codeowners != texts.codeowners;
        draft.find_faults(&texts);
        if draft.faults.is_empty() || is_trial {
            let rules = draft.look_at(app, &scope, texts)?;
            if is_trial {
                draft.trial = Some(draft.try_on(app, &scope, &project, &rules)?);
            }
        } else {
            (draft.rules, draft.codeowners) = (texts.rules, texts.codeowners);
        }
        Ok((scope, project, draft, is_new_file))
    })
    .await?;
    if is_trial || !draft.faults.is_empty() {
        let status = if draft.faults.is_empty() {
            StatusCode::OK
        } else {
            StatusCode::UNPROCESSABLE_ENTITY
        };
        let page = page(&form.visit, &scope, project, draft)?;
        return Ok((status, page).into_response());
    }
    keep(&app, &form.visit, &project, (draft, is_new_file)).await?;
    Ok(said(
        &form.visit.at.rules(&org, &slug, "ownership"),
        "saved",
    ))
}

async fn keep(
    app: &App,
    visit: &Visit,
    project: &Project,
    (draft, is_new_file): (Draft, bool),
) -> Result<(), PageError> {
    let (rules, auto_assign) = (draft.rules, draft.auto_assign);
    change(app, visit, project, move |all| {
        all.ownership.rules.clone_from(&rules);
        all.ownership.auto_assign = auto_assign;
    })
    .await?;
    if is_new_file {
        let (id, file) = (project.id, draft.codeowners);
        ask(app, move |app| {
            let file = Some(file.as_str()).filter(|file| !file.trim().is_empty());
            Ok(app.ledger.set_codeowners(id, file, app.clock.now())?)
        })
        .await?;
    }
    Ok(())
}

impl Draft {
    fn find_faults(&mut self, texts: &Texts) {
        let ownership = Ownership {
            rules: texts.rules.clone(),
            ..Ownership::default()
        };
        let faults = check(&Rules {
            ownership,
            ..Rules::default()
        });
        self.faults = faults.iter().map(ToString::to_string).collect();
        self.faults.extend(file_fault(&texts.codeowners));
    }

    /// Takes the texts, and notes what is odd about them; blocks.
    fn look_at(&mut self, app: &App, scope: &Scope, texts: Texts) -> Result<OwnerRules, PageError> {
        let (rules, faults) = texts.compile();
        let (users, teams) = (staff(app, scope.org.id)?, app.ledger.teams(scope.org.id)?);
        self.nobodies = nobodies(&rules, &users, &teams);
        let faults = faults.codeowners.iter();
        self.passed_over = faults.map(ToString::to_string).collect();
        (self.rules, self.codeowners) = (texts.rules, texts.codeowners);
        Ok(rules)
    }

    fn try_on(
        &self,
        app: &App,
        scope: &Scope,
        project: &Project,
        rules: &OwnerRules,
    ) -> Result<Trial, PageError> {
        let event = match trial::event(app, project.id, &self.subject)? {
            Ok(event) => event,
            Err(wrong) => return Ok(Trial::Wrong(wrong)),
        };
        let verdict = judge(app, project.id, rules, &event)?;
        let names = Names::load(app, scope.org.id)?;
        let first = verdict.suggested.first();
        Ok(Trial::Done {
            matches: verdict.matches.iter().map(Match::new).collect(),
            owner: first.and_then(|first| names.of(first.owner).cloned()),
        })
    }
}

fn page(
    visit: &Visit,
    scope: &Scope,
    project: Project,
    draft: Draft,
) -> Result<Response, PageError> {
    visit.answer(&OwnershipPage {
        shell: visit.shell(scope, "settings", &format!("Ownership of {}", project.name)),
        org: scope.org.slug.clone(),
        project,
        tab: "ownership",
        draft,
        is_saved: visit.flash() == Some("saved"),
    })
}
