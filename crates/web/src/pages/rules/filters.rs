//! Inbound filters: switches and patterns, what each took in the last day, and some of it to look
//! at.

use std::collections::BTreeMap;

use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use watchpost_model::{FilteredEvent, Filters, Outcome, Project, Rules};
use watchpost_store::limits::FILTERED_EVENT_SECS_MAX;

use super::super::form::{Fields, Form};
use super::super::format::{Count, When};
use super::super::shell::{Scope, Shell, ask, said};
use super::super::{PageError, Visit};
use super::{change, entries, faults_at, faults_of, load};
use crate::App;
use crate::rules::{Field, FieldFault};

#[derive(Template)]
#[template(path = "rules_filters.html")]
struct FiltersPage {
    shell: Shell,
    org: String,
    project: Project,
    tab: &'static str,
    switches: [Switch; 3],
    browsers: Vec<Browser>,
    lists: [List; 3],
    counts: Vec<(String, Count)>,
    sample: Vec<Row>,
    is_saved: bool,
    is_wrong: bool,
}

/// A filter that is on or off.
struct Switch {
    name: &'static str,
    label: &'static str,
    hint: &'static str,
    is_on: bool,
}

/// A browser that may be filtered.
struct Browser {
    name: &'static str,
    label: &'static str,
    is_on: bool,
}

/// Patterns, one a line.
struct List {
    name: &'static str,
    label: &'static str,
    hint: &'static str,
    example: &'static str,
    text: String,
    faults: Vec<String>,
}

/// A filtered event.
struct Row {
    when: When,
    seen: FilteredEvent,
}

/// What of the last day the page shows.
struct Day {
    counts: BTreeMap<String, u64>,
    sample: Vec<FilteredEvent>,
}

impl Day {
    fn load(app: &App, project: &Project) -> Result<Self, PageError> {
        let since = app.clock.now().plus_secs(-FILTERED_EVENT_SECS_MAX);
        let mut counts = BTreeMap::new();
        let ended = app.ledger.outcomes(Some(project.id), since)?;
        for end in ended
            .into_iter()
            .filter(|end| end.outcome == Outcome::Filtered)
        {
            *counts.entry(end.reason).or_default() += end.quantity;
        }
        let sample = app.ledger.filtered_events(project.id, since)?;
        Ok(Self { counts, sample })
    }
}

pub(super) async fn show(
    State(app): State<App>,
    Path((org, slug)): Path<(String, String)>,
    visit: Visit,
) -> Result<Response, PageError> {
    let (scope, project, rules, day) = ask(&app, move |app| {
        let (scope, project, rules) = load(app, &org, &slug)?;
        let day = Day::load(app, &project)?;
        Ok((scope, project, rules, day))
    })
    .await?;
    page(&visit, &scope, project, &rules.filters, &[], day)
}

pub(super) async fn save(
    State(app): State<App>,
    Path((org, slug)): Path<(String, String)>,
    form: Form,
) -> Result<Response, PageError> {
    let names = (org.clone(), slug.clone());
    let (scope, project, day) = ask(&app, move |app| {
        let (scope, project, _) = load(app, &names.0, &names.1)?;
        let day = Day::load(app, &project)?;
        Ok((scope, project, day))
    })
    .await?;
    let filters = read(&form.fields);
    let rules = Rules {
        filters: filters.clone(),
        ..Rules::default()
    };
    let faults = faults_of(&app, rules).await?;
    if !faults.is_empty() {
        let page = page(&form.visit, &scope, project, &filters, &faults, day)?;
        return Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response());
    }
    change(&app, &form.visit, &project, move |rules| {
        rules.filters.clone_from(&filters);
    })
    .await?;
    Ok(said(&form.visit.at.rules(&org, &slug, "filters"), "saved"))
}

fn read(fields: &Fields) -> Filters {
    let is_on = |name: &str| fields.get(name) == "yes";
    Filters {
        browser_extensions: is_on("browser_extensions"),
        legacy_browsers: fields.all("legacy_browsers").map(str::to_owned).collect(),
        localhost: is_on("localhost"),
        web_crawlers: is_on("web_crawlers"),
        error_messages: entries(fields.get("error_messages")),
        releases: entries(fields.get("releases")),
        ip_addresses: entries(fields.get("ip_addresses")),
    }
}

fn page(
    visit: &Visit,
    scope: &Scope,
    project: Project,
    filters: &Filters,
    faults: &[FieldFault],
    day: Day,
) -> Result<Response, PageError> {
    let counts = day.counts.into_iter();
    let counts = counts.map(|(reason, count)| (reason, Count::new(count)));
    let row = |seen: FilteredEvent| Row {
        when: When::new(seen.received, visit.now),
        seen,
    };
    visit.answer(&FiltersPage {
        shell: visit.shell(scope, "settings", &format!("Filters of {}", project.name)),
        org: scope.org.slug.clone(),
        project,
        tab: "filters",
        switches: switches(filters),
        browsers: browsers(filters),
        lists: lists(filters, faults),
        counts: counts.collect(),
        sample: day.sample.into_iter().map(row).collect(),
        is_saved: visit.flash() == Some("saved"),
        is_wrong: !faults.is_empty(),
    })
}

fn switches(filters: &Filters) -> [Switch; 3] {
    [
        Switch {
            name: "browser_extensions",
            label: "Browser extensions",
            hint: "Errors that an extension causes on your page: its code failed, not yours.",
            is_on: filters.browser_extensions,
        },
        Switch {
            name: "localhost",
            label: "Localhost",
            hint: "Events from somebody's own machine, by the address of the page or of the user.",
            is_on: filters.localhost,
        },
        Switch {
            name: "web_crawlers",
            label: "Web crawlers",
            hint: "Search engines and other robots, by their user agent.",
            is_on: filters.web_crawlers,
        },
    ]
}

fn browsers(filters: &Filters) -> Vec<Browser> {
    let labels = [
        ("ie", "Internet Explorer, all"),
        ("edge", "Edge 110 and older"),
        ("safari", "Safari 15 and older"),
        ("firefox", "Firefox 110 and older"),
        ("chrome", "Chrome 110 and older"),
        ("opera", "Opera 99 and older"),
        ("opera_mini", "Opera Mini 34 and older"),
        ("android", "Android browser 3 and older"),
    ];
    let browser = |(name, label): (&'static str, &'static str)| Browser {
        name,
        label,
        is_on: filters.legacy_browsers.iter().any(|asked| asked == name),
    };
    labels.into_iter().map(browser).collect()
}

fn lists(filters: &Filters, faults: &[FieldFault]) -> [List; 3] {
    [
        List {
            name: "error_messages",
            label: Field::ErrorMessages.label(),
            hint: "Patterns of “Type: value” or of a message, one a line, in any case; * stands \
                   for anything.",
            example: "ChunkLoadError: *\n*ResizeObserver loop*",
            text: filters.error_messages.join("\n"),
            faults: faults_at(faults, Field::ErrorMessages),
        },
        List {
            name: "releases",
            label: Field::Releases.label(),
            hint: "Patterns of releases, one a line.",
            example: "*-dev\nshop@1.*",
            text: filters.releases.join("\n"),
            faults: faults_at(faults, Field::Releases),
        },
        List {
            name: "ip_addresses",
            label: Field::IpAddresses.label(),
            hint: "Addresses of clients and users, or ranges of them, one a line.",
            example: "203.0.113.7\n10.0.0.0/8",
            text: filters.ip_addresses.join("\n"),
            faults: faults_at(faults, Field::IpAddresses),
        },
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_browser_of_the_model_can_be_chosen() {
        let mut shown: Vec<_> = browsers(&Filters::default())
            .iter()
            .map(|browser| browser.name)
            .collect();
        shown.sort_unstable();
        let mut known = Filters::LEGACY_BROWSERS;
        known.sort_unstable();
        assert_eq!(shown, known);
    }
}
