//! Pages between a form and what it does: whether issues are really to go, and whether it goes on
//! with those that one request cannot change.

use askama::Template;
use axum::response::Response;
use watchpost_model::Issue;
use watchpost_store::Forget;

use super::chosen::{Chosen, Left};
use super::done::{Done, LOST, Undo};
use super::headline;
use crate::pages::PageError;
use crate::pages::form::Form;
use crate::pages::format::{Count, grouped, plural};
use crate::pages::shell::{Scope, Shell};

/// Issues that are named before they go.
const NAMED_COUNT_MAX: usize = 10;

/// Fields that are said again: what is asked for, of which issues, and what was done so far.
const NAMES: [&str; 12] = [
    "do",
    "release",
    "count",
    "date",
    "whom",
    "project",
    "return_to",
    "all",
    "matching",
    "after",
    "so_far",
    "undone",
];

/// What a form said, to be said again.
struct Again {
    action: String,
    fields: Vec<(&'static str, String)>,
    back: String,
}

impl Again {
    fn of(form: &Form, org: &str) -> Self {
        let single = NAMES.into_iter().filter(|name| form.fields.has(name));
        let mut fields: Vec<_> = single
            .map(|name| (name, form.fields.get(name).to_owned()))
            .collect();
        let ids = form.fields.all("issue");
        fields.extend(ids.map(|id| ("issue", id.to_owned())));
        let back = super::super::links::safe_next(form.fields.get("return_to"));
        let list = form.visit.at.issues_form(org);
        Self {
            action: form.visit.at.issue_acts(org),
            back: back.map_or(list, |path| form.visit.at.path(path)),
            fields,
        }
    }

    fn set(&mut self, name: &'static str, value: String) {
        self.fields.retain(|(key, _)| *key != name);
        self.fields.push((name, value));
    }
}

#[derive(Template)]
#[template(path = "issues_confirm.html")]
struct ConfirmPage {
    shell: Shell,
    title: String,
    is_discard: bool,
    rows: Vec<Row>,
    more: Option<String>,
    events: Count,
    /// Said when it is not all.
    left: Option<String>,
    again: Again,
}

struct Row {
    short_id: String,
    title: String,
    events: Count,
}

/// Asks whether issues are really to go.
pub(super) fn confirm(
    form: &Form,
    scope: &Scope,
    (chosen, how): (&Chosen, Forget),
) -> Result<Response, PageError> {
    let verb = match how {
        Forget::Delete => "Delete",
        Forget::Discard => "Discard",
    };
    let count = chosen.issues.len();
    let title = format!("{verb} {}", plural(count as u64, "issue"));
    let row = |issue: &Issue| {
        let project = scope.projects.iter().find(|of| of.id == issue.project);
        let (kind, text) = headline(issue);
        Row {
            short_id: project
                .map(|project| issue.short_id(&project.slug).to_string())
                .unwrap_or_default(),
            title: format!("{kind} {text}").trim().to_owned(),
            events: Count::new(issue.times_seen),
        }
    };
    let more = count.saturating_sub(NAMED_COUNT_MAX);
    let mut again = Again::of(form, &scope.org.slug);
    again.set("sure", count.to_string());
    let page = ConfirmPage {
        shell: form.visit.shell(scope, "issues", &title),
        is_discard: how == Forget::Discard,
        rows: chosen
            .issues
            .iter()
            .take(NAMED_COUNT_MAX)
            .map(row)
            .collect(),
        more: (more > 0).then(|| format!("and {} more", grouped(more as u64))),
        events: Count::new(chosen.issues.iter().map(|issue| issue.times_seen).sum()),
        left: chosen.left.as_ref().map(Left::words),
        again,
        title,
    };
    form.visit.answer(&page)
}

#[derive(Template)]
#[template(path = "issues_more.html")]
struct MorePage {
    shell: Shell,
    done: Done,
    left: String,
    next: String,
    again: Again,
}

/// Says what was done so far, and asks whether it goes on.
pub(super) fn more(
    form: &Form,
    scope: &Scope,
    (word, count, undo): (&str, u64, Option<&Undo>),
    left: &Left,
) -> Result<Response, PageError> {
    let mut again = Again::of(form, &scope.org.slug);
    again.set("after", left.after.clone());
    again.set("so_far", count.to_string());
    let undone = undo.map_or(Some(LOST.to_owned()), Undo::text);
    again.set("undone", undone.unwrap_or_default());
    let page = MorePage {
        shell: form.visit.shell(scope, "issues", "Many issues"),
        done: Done::new(word, count, &undo.cloned().unwrap_or_default()),
        left: left.words(),
        next: grouped(super::chosen::MATCHING_COUNT_MAX as u64),
        again,
    };
    form.visit.answer(&page)
}
