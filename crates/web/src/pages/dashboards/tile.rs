//! What a tile of a dashboard shows. Each has a time of its own, and all together have one, so
//! that one heavy question takes the others not away.

use std::time::{Duration, Instant};

use watchpost_model::{IssueId, Timestamp};
use watchpost_store::{StoreError, Tile, TileShape};

use crate::App;
use crate::pages::explore::{
    Asked, Context, Question, SeriesChart, Span, in_words, issues_of, notes,
};
use crate::pages::format::Count;
use crate::pages::shell::Scope;
use crate::pages::{Links, PageError};

/// How long one tile may take.
const TILE_TIME_MAX: Duration = Duration::from_secs(3);
/// How long all of them may.
const PAGE_TIME_MAX: Duration = Duration::from_secs(12);
/// Rows of the table of a tile.
const ROW_COUNT: usize = 8;

/// See the file.
pub(super) struct TileView {
    pub(super) tile: Tile,
    pub(super) href: String,
    /// The question in words.
    pub(super) words: String,
    pub(super) face: Face,
    pub(super) notes: Vec<String>,
}

/// What it shows.
pub(super) enum Face {
    Chart(SeriesChart),
    Table {
        heads: Vec<String>,
        rows: Vec<TileRow>,
    },
    Number {
        events: Count,
        users: Count,
    },
    /// It cannot be shown, for this reason.
    Wrong(String),
}

pub(super) struct TileRow {
    pub(super) values: Vec<String>,
    pub(super) events: Count,
    pub(super) users: Count,
    pub(super) href: String,
}

/// Asks for all tiles, one after the other. Blocks.
pub(super) fn draw_all(
    app: &App,
    at: &Links,
    scope: &Scope,
    (tiles, span): (Vec<Tile>, Option<Span>),
    now: Timestamp,
) -> Result<Vec<TileView>, PageError> {
    let end = Instant::now() + PAGE_TIME_MAX;
    let mut views = Vec::with_capacity(tiles.len());
    let trashed = app.trashed(&scope.project_ids())?;
    for tile in tiles {
        let mut asked = Asked::parse(&tile.asked);
        asked.span = span.unwrap_or(asked.span);
        let left = end.saturating_duration_since(Instant::now());
        let time_max = left.min(TILE_TIME_MAX);
        let mut notes = Vec::new();
        let face = if time_max.is_zero() {
            Face::Wrong(
                "The other tiles took all the time of this page. Open this query by itself, or \
                 choose a shorter period."
                    .to_owned(),
            )
        } else {
            face(
                app,
                at,
                (scope, &asked, &trashed),
                (tile.shape, time_max, now),
                &mut notes,
            )?
        };
        views.push(TileView {
            href: at.explored(&scope.org.slug, &asked.to_query()),
            words: in_words(&asked).join(" · "),
            tile,
            face,
            notes,
        });
    }
    Ok(views)
}

fn face(
    app: &App,
    at: &Links,
    (scope, asked, trashed): (&Scope, &Asked, &[IssueId]),
    (shape, time_max, now): (TileShape, Duration, Timestamp),
    notes: &mut Vec<String>,
) -> Result<Face, PageError> {
    let Ok(question) = asked.question(&scope.projects, now, None) else {
        let wrong = "This query is not understood any more. Open it to mend it.";
        return Ok(Face::Wrong(wrong.to_owned()));
    };
    let question = question.of_issue(app, (trashed, asked.issue))?;
    let context = Context {
        at,
        org: &scope.org.slug,
        projects: &scope.projects,
        asked,
        fields: &question.groups.fields.clone(),
        now,
    };
    match shown(app, &context, question, (shape, time_max), notes) {
        Err(StoreError::Slow { .. }) => Ok(Face::Wrong(format!(
            "This took longer than {} seconds. Open the query by itself, or choose a shorter \
             period.",
            TILE_TIME_MAX.as_secs()
        ))),
        face => Ok(face?),
    }
}

fn shown(
    app: &App,
    context: &Context<'_>,
    mut question: Question,
    (shape, time_max): (TileShape, Duration),
    told: &mut Vec<String>,
) -> Result<Face, StoreError> {
    match shape {
        TileShape::Number => {
            question.groups.fields.clear();
            question.groups.buckets = None;
        }
        TileShape::Table => {
            question.groups.limit = ROW_COUNT;
            question.groups.buckets = None;
        }
        TileShape::Chart => question.groups.limit = 1,
    }
    let groups = question.groups(app, time_max)?;
    told.extend(notes(&groups.extent));
    let fields = &question.groups.fields;
    let issues = issues_of(app, context.projects, fields, &groups)?;
    Ok(match shape {
        TileShape::Number => {
            let users = groups.rows.first().map_or(0, |row| row.users);
            Face::Number {
                events: Count::new(groups.events),
                users: Count::new(users),
            }
        }
        TileShape::Chart => {
            let first = fields.first();
            let label = |value: &str| match first {
                Some(field) => context.label(field, value, &issues),
                None => value.to_owned(),
            };
            let (buckets, period) = (question.buckets, context.asked.span.words);
            let series = &groups.series;
            Face::Chart(SeriesChart::new(
                buckets,
                series,
                groups.events,
                (period, &label),
            ))
        }
        TileShape::Table => {
            let rows = context
                .groups(&groups, &issues)
                .into_iter()
                .map(|row| TileRow {
                    values: row.cells.into_iter().map(|cell| cell.text).collect(),
                    events: row.events,
                    users: row.users,
                    href: row.events_href,
                });
            Face::Table {
                heads: fields
                    .iter()
                    .map(watchpost_store::GroupField::name)
                    .collect(),
                rows: rows.collect(),
            }
        }
    })
}
