//! Questions over events: how many there are over time, of which kind, and which they are.

mod answer;
mod asked;
mod file;
mod queries;
mod series;
mod view;

use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::response::Response;
use axum::routing::get;
use watchpost_model::UserId;
use watchpost_store::limits::SEARCH_TIME_MAX;
use watchpost_store::{Extent, GroupField, SavedQuery, StoreError, TagCount};

pub(crate) use self::answer::{Answer, issues_of};
use self::asked::searched;
pub(crate) use self::asked::{Asked, Misread, Question, Span};
pub(crate) use self::queries::{creator, in_words};
pub(crate) use self::series::SeriesChart;
pub(crate) use self::view::Context;
use self::view::{EventLine, GroupRow, Head};
use super::searches::{Chip, SearchBar, Wrong};
use super::shell::{Scope, Shell, ask};
use super::{PageError, Visit};
use crate::App;
use crate::suggest::{first_of, tag_keys, tag_values};

/// Values that a select list offers, and keys that can be grouped by.
const CHOICES_MAX: usize = 50;
/// Fields of the form to group by.
const FIELD_BOXES: usize = watchpost_store::limits::GROUP_FIELD_COUNT_MAX;

pub(crate) fn routes() -> Router<App> {
    Router::new()
        .route("/organizations/{org}/explore/", get(show))
        .route("/organizations/{org}/explore/csv/", get(file::send))
        .merge(queries::routes())
}

#[derive(Template)]
#[template(path = "explore.html")]
struct ExplorePage {
    shell: Shell,
    org: String,
    asked: Asked,
    bar: SearchBar,
    choices: Choices,
    menu: Vec<MenuEntry>,
    /// What is wrong, other than the search text.
    wrong: Option<String>,
    found: Option<Found>,
    save: String,
    csv: String,
}

/// What the form offers.
struct Choices {
    projects: Vec<Choice>,
    environments: Vec<Choice>,
    keys: Vec<String>,
    /// What is typed into the boxes to group by.
    boxes: Vec<String>,
}

struct Choice {
    value: String,
    label: String,
    is_chosen: bool,
}

/// A saved query.
struct MenuEntry {
    name: String,
    href: String,
    is_own: bool,
}

/// The answer, drawn.
struct Found {
    chart: SeriesChart,
    heads: Vec<Head>,
    groups: Vec<GroupRow>,
    lines: Vec<EventLine>,
    /// How far was looked, and what is not shown.
    notes: Vec<String>,
    first: Option<String>,
    next: Option<String>,
}

impl Found {
    fn is_empty(&self) -> bool {
        self.groups.is_empty() && self.lines.is_empty()
    }
}

/// What the stores said.
struct Told {
    scope: Scope,
    answer: Option<Result<Answer, String>>,
    keys: Vec<TagCount>,
    environments: Vec<TagCount>,
    saved: Vec<SavedQuery>,
}

async fn show(
    State(app): State<App>,
    Path(org): Path<String>,
    visit: Visit,
) -> Result<Response, PageError> {
    let (asked, user, now) = (Asked::read(&visit.params), visit.who.user.id, visit.now);
    let wanted = asked.clone();
    let (told, question) = ask(&app, move |app| {
        let scope = Scope::load(app, &org)?;
        let question = wanted.question(&scope.projects, now, Some(user));
        let told = tell(app, scope, (&wanted, user), question.as_ref().ok())?;
        Ok((told, question))
    })
    .await?;
    visit.answer(&page(&visit, asked, told, question))
}

fn tell(
    app: &App,
    mut scope: Scope,
    (asked, user): (&Asked, UserId),
    question: Option<&Question>,
) -> Result<Told, PageError> {
    let mut chosen = scope.projects.clone();
    chosen.retain(|project| asked.projects.is_empty() || asked.projects.contains(&project.id));
    if let [one] = chosen.as_slice() {
        scope.current = Some(one.clone());
    }
    let answer = match question {
        Some(question) => {
            let trashed = app.trashed(&question.projects)?;
            let question = question.clone().of_issue(app, (&trashed, asked.issue))?;
            let found = question.answer(app, &scope.projects, &asked.cursor, SEARCH_TIME_MAX);
            Some(match found {
                Ok(answer) => Ok(answer),
                Err(StoreError::Slow { secs }) => Err(format!(
                    "This took longer than {secs} seconds, which is the limit, because others \
                     wait for their answers. Choose a shorter period, or filter by a release, an \
                     environment or a level."
                )),
                Err(other) => return Err(other.into()),
            })
        }
        None => None,
    };
    Ok(Told {
        answer,
        keys: tag_keys(app, first_of(&chosen))?,
        environments: tag_values(app, &chosen, "environment", "")?,
        saved: app.ledger.saved_queries(scope.org.id, user)?,
        scope,
    })
}

fn page(
    visit: &Visit,
    asked: Asked,
    told: Told,
    question: Result<Question, Misread>,
) -> ExplorePage {
    let scope = &told.scope;
    let (at, org) = (&visit.at, scope.org.slug.clone());
    let href = |query: &str| at.explored(&org, &asked.with_query(query).to_query());
    let mut bar = SearchBar {
        label: "Search events",
        example: "release:>=2.0 browser.name:Firefox words",
        query: asked.query.clone(),
        completions: at.event_completions(&org, &asked.projects),
        chips: searched(&asked.query)
            .map(|search| Chip::all(&search, &href))
            .unwrap_or_default(),
        wrong: None,
    };
    let (mut wrong, mut fields) = (None, Vec::new());
    match question {
        Ok(question) => fields = question.groups.fields,
        Err(Misread::Field(told)) => wrong = Some(told),
        Err(Misread::Search(error)) => {
            let is_fine = |text: &str| searched(text).is_ok();
            bar.wrong = Some(Wrong::new(error, &asked.query, &is_fine, &href));
        }
    }
    let found = match told.answer {
        Some(Ok(answer)) => {
            let context = Context {
                at,
                org: &org,
                projects: &scope.projects,
                asked: &asked,
                fields: &fields,
                now: visit.now,
            };
            Some(draw(&context, &answer))
        }
        Some(Err(slow)) => {
            wrong = Some(slow);
            None
        }
        None => None,
    };
    let query = asked.to_query();
    ExplorePage {
        shell: visit.shell(scope, "explore", "Explore"),
        choices: choices(&asked, scope, &told.keys, &told.environments),
        menu: told
            .saved
            .iter()
            .map(|saved| MenuEntry {
                name: saved.name.clone(),
                href: at.explored(&org, &saved.asked),
                is_own: saved.owner.is_some(),
            })
            .collect(),
        save: format!("{}?{}", at.queries(&org), asked.at_start().to_query()),
        csv: at.explored_csv(&org, &query),
        bar,
        wrong,
        found,
        asked,
        org,
    }
}

fn choices(asked: &Asked, scope: &Scope, keys: &[TagCount], environments: &[TagCount]) -> Choices {
    const FIRST: [&str; 13] = [
        "issue",
        "title",
        "project",
        "release",
        "environment",
        "level",
        "user",
        "url",
        "server",
        "logger",
        "transaction",
        "error.type",
        "error.unhandled",
    ];
    let is_known =
        |key: &&TagCount| !FIRST.contains(&&*key.key) && GroupField::parse(&key.key).is_ok();
    let tags = keys.iter().filter(is_known).map(|key| key.key.clone());
    let mut named: Vec<String> = environments
        .iter()
        .map(|value| value.value.clone())
        .collect();
    named.truncate(CHOICES_MAX);
    named.retain(|name| !name.is_empty() && !asked.environments.contains(name));
    let chosen = asked.environments.iter().map(|name| (name.clone(), true));
    let all = chosen.chain(named.into_iter().map(|name| (name, false)));
    let mut boxes = asked.fields.clone();
    boxes.resize(boxes.len().max(FIELD_BOXES), String::new());
    Choices {
        projects: scope
            .projects
            .iter()
            .map(|project| Choice {
                value: project.id.to_string(),
                label: project.name.clone(),
                is_chosen: asked.projects.contains(&project.id),
            })
            .collect(),
        environments: all
            .map(|(name, is_chosen)| Choice {
                label: name.clone(),
                value: name,
                is_chosen,
            })
            .collect(),
        keys: FIRST
            .map(str::to_owned)
            .into_iter()
            .chain(tags.take(CHOICES_MAX))
            .collect(),
        boxes,
    }
}

fn draw(context: &Context<'_>, answer: &Answer) -> Found {
    let (asked, buckets) = (context.asked, context.asked.span.buckets(context.now));
    let period = asked.span.words;
    match answer {
        Answer::Groups(groups, issues) => {
            let first = context.fields.first();
            let label = |value: &str| match first {
                Some(field) => context.label(field, value, issues),
                None => value.to_owned(),
            };
            let mut notes = notes(&groups.extent);
            let shown = groups.rows.len() as u64;
            if groups.group_count > shown {
                notes.push(format!(
                    "The first {shown} of {} groups are shown; the CSV file has up to 1,000.",
                    super::format::grouped(groups.group_count)
                ));
            }
            if groups.others > 0 {
                notes.push(format!(
                    "{} events of further groups are not told apart: there are too many.",
                    super::format::grouped(groups.others)
                ));
            }
            Found {
                chart: SeriesChart::new(buckets, &groups.series, groups.events, (period, &label)),
                heads: context.heads(),
                groups: context.groups(groups, issues),
                lines: Vec::new(),
                notes,
                first: None,
                next: None,
            }
        }
        Answer::Events(page, counts) => {
            let series = watchpost_store::Series {
                value: None,
                counts: counts.counts.clone(),
            };
            let total = counts.counts.iter().sum();
            let label = |value: &str| value.to_owned();
            let with_cursor = |cursor: &str| {
                let cursor = cursor.to_owned();
                let asked = Asked {
                    cursor,
                    ..asked.clone()
                };
                context.at.explored(context.org, &asked.to_query())
            };
            Found {
                chart: SeriesChart::new(buckets, &[series], total, (period, &label)),
                heads: Vec::new(),
                groups: Vec::new(),
                lines: context.lines(page),
                notes: notes(&counts.extent),
                first: (!asked.cursor.is_empty()).then(|| with_cursor("")),
                next: page.next.as_ref().map(|cursor| with_cursor(&cursor.0)),
            }
        }
    }
}

/// What was left out.
pub(crate) fn notes(extent: &Extent) -> Vec<String> {
    let Some(cut) = extent.cut else {
        return Vec::new();
    };
    let since = super::format::absolute(cut);
    vec![format!("{extent} These numbers begin at {since}.")]
}
