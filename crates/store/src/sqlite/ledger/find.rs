//! Finding issues: one walk along the index of the sort order per status, merged.
//!
//! Texts of the question are bound as values, never part of the SQL.

use std::cmp::Reverse;

use rusqlite::{Connection, Row, params_from_iter};
use watchpost_model::{Issue, Status};

use super::absent::without_absent;
use super::{issue, place};
use crate::search::ast::{Expr, Filter, Key, Test};
use crate::search::{Field, Pattern};
use crate::sqlite::columns::limit_in;
use crate::sqlite::condition::Condition;
use crate::sqlite::fault::Fault;
use crate::{Candidate, Cursor, IssueQuery, Page, Sort};

/// Rows of one page.
const ROW_COUNT_MAX: usize = 100;

/// See [`crate::IssueLedger::find_issues`].
pub(super) fn find(sql: &Connection, query: &IssueQuery) -> Result<Page<Issue>, Fault> {
    let (found, next) = rows(sql, query, &[])?;
    let rows = found.into_iter().map(|(issue, _)| issue).collect();
    Ok(Page { rows, next })
}

/// See [`crate::IssueLedger::candidates`].
pub(super) fn candidates(
    sql: &Connection,
    query: &IssueQuery,
    asked: &[Expr],
) -> Result<Page<Candidate>, Fault> {
    let (found, next) = rows(sql, query, asked)?;
    let candidate = |(issue, held): Found| Candidate {
        after: cursor_behind(query.sort, &issue),
        issue,
        held,
    };
    let rows = found.into_iter().map(candidate).collect();
    Ok(Page { rows, next })
}

/// An issue, and what it holds of what is asked besides.
type Found = (Issue, Vec<bool>);

/// The rows of a page, and where it goes on.
fn rows(
    sql: &Connection,
    query: &IssueQuery,
    asked: &[Expr],
) -> Result<(Vec<Found>, Option<Cursor>), Fault> {
    let limit = query.limit.clamp(1, ROW_COUNT_MAX);
    let after = match &query.cursor {
        Some(cursor) => Some(place_of_cursor(query.sort, cursor).ok_or(Fault::missing("page"))?),
        None => None,
    };
    let latest = if asks_for_latest(query, asked) {
        place::latest_release(sql, query.project)?
    } else {
        None
    };
    let prune = |expr: &Expr| without_absent(sql, query, latest.as_deref(), expr);
    let expr = prune(&whole(query))?;
    if expr == Expr::NOTHING {
        return Ok((Vec::new(), None));
    }
    let asked: Vec<Expr> = asked.iter().map(prune).collect::<Result<_, _>>()?;
    let mut rows: Vec<Found> = Vec::new();
    for status in Status::ALL {
        let is_asked = query.status.is_none_or(|asked| asked == status);
        if !is_asked || !query.search.may_be(status) {
            continue;
        }
        let of_status = (status, latest.clone());
        let question = question(
            query,
            (&expr, &asked),
            of_status,
            after.as_deref(),
            limit + 1,
        )?;
        let mut statement = sql.prepare_cached(&question.sql)?;
        let mut found = statement.query(params_from_iter(question.values))?;
        while let Some(row) = found.next()? {
            rows.push((issue::read(row)?, held(row, asked.len())?));
        }
    }
    rows.sort_by_key(|(issue, _)| Reverse(query.sort.place(issue)));
    let more = rows.len() > limit;
    rows.truncate(limit);
    let next = rows.last().filter(|_| more);
    let next = next.map(|(last, _)| cursor_behind(query.sort, last));
    Ok((rows, next))
}

/// The last columns of a row: see [`question`].
fn held(row: &Row<'_>, count: usize) -> rusqlite::Result<Vec<bool>> {
    let end = row.as_ref().column_count();
    (end - count..end).map(|column| row.get(column)).collect()
}

fn asks_for_latest(query: &IssueQuery, asked: &[Expr]) -> bool {
    let mut exprs = std::iter::once(query.search.expr()).chain(asked);
    exprs.any(|expr| {
        let mut filters = expr.filters().into_iter();
        filters.any(|filter| filter.test == Test::Latest)
    })
}

/// Everything that has to fit: what fields of the query ask for, and its search.
fn whole(query: &IssueQuery) -> Expr {
    let fields = [
        (Field::Logger, &query.logger),
        (Field::Server, &query.server_name),
        (Field::Site, &query.site),
    ];
    let named = fields.into_iter().filter_map(|(field, value)| {
        let test = Test::Like(Pattern::exact(value.as_ref()?));
        Some(Expr::Filter(Filter::new(Key::Field(field), test)))
    });
    let searched = match query.search.expr() {
        Expr::All(parts) => parts.as_slice(),
        other => std::slice::from_ref(other),
    };
    Expr::All(named.chain(searched.iter().cloned()).collect())
}

/// The issues of one status that are asked for, each with a column for each of `asked`.
fn question(
    query: &IssueQuery,
    (expr, asked): (&Expr, &[Expr]),
    (status, latest): (Status, Option<String>),
    after: Option<&[i64]>,
    limit: usize,
) -> Result<Condition<'static>, Fault> {
    let mut question = Condition {
        sql: "SELECT *".to_owned(),
        values: Vec::new(),
        asker: query.asker,
        latest,
        walked: match query.sort {
            Sort::LastSeen => "issue.last_seen",
            Sort::FirstSeen => "issue.first_seen",
            Sort::Frequency => "issue.times_seen",
            Sort::Priority => "issue.score",
        },
        filter: &place::write,
        word: &place::word,
    };
    for part in asked {
        question.say(", (");
        question.expr(part)?;
        question.say(") AS held");
    }
    let scope = " FROM issue WHERE issue.project = ? AND issue.status = ?";
    question.push(scope, [query.project.0, status.number()]);
    if let Some(level) = query.level {
        question.push(" AND issue.level = ?", [level.number()]);
    }
    let parts = match expr {
        Expr::All(parts) => parts.as_slice(),
        other => std::slice::from_ref(other),
    };
    for part in parts {
        question.say(" AND ");
        question.expr(part)?;
    }
    let (columns, marks, order) = match query.sort {
        Sort::LastSeen => ("last_seen, id", "?, ?", "last_seen DESC, id DESC"),
        Sort::FirstSeen => ("first_seen, id", "?, ?", "first_seen DESC, id DESC"),
        Sort::Frequency => ("times_seen, id", "?, ?", "times_seen DESC, id DESC"),
        Sort::Priority => (
            "score, last_seen, id",
            "?, ?, ?",
            "score DESC, last_seen DESC, id DESC",
        ),
    };
    if let Some(after) = after {
        let place = format!(" AND ({columns}) < ({marks})");
        question.push(&place, after.iter().copied());
    }
    question.say(" ORDER BY ");
    question.say(order);
    question.push(" LIMIT ?", [limit_in(limit, ROW_COUNT_MAX + 1)]);
    Ok(question)
}

/// Where an issue stands in an order: the columns of the order, then its id.
fn place_of_issue(sort: Sort, issue: &Issue) -> Vec<i64> {
    let ((first, second), id) = sort.place(issue);
    match sort {
        Sort::LastSeen | Sort::FirstSeen | Sort::Frequency => vec![first, id.0],
        Sort::Priority => vec![first, second, id.0],
    }
}

/// Where a list goes on behind an issue.
fn cursor_behind(sort: Sort, issue: &Issue) -> Cursor {
    cursor_of_place(sort, &place_of_issue(sort, issue))
}

/// `freq:12:7`: the order's name, so that a cursor of another order is noticed, then the place.
fn cursor_of_place(sort: Sort, place: &[i64]) -> Cursor {
    let numbers = place.iter().map(i64::to_string);
    let parts: Vec<String> = std::iter::once(sort.name().to_owned())
        .chain(numbers)
        .collect();
    Cursor(parts.join(":"))
}

fn place_of_cursor(sort: Sort, cursor: &Cursor) -> Option<Vec<i64>> {
    let numbers = cursor.0.strip_prefix(sort.name())?.strip_prefix(':')?;
    let place: Vec<i64> = numbers
        .split(':')
        .map(|number| number.parse().ok())
        .collect::<Option<_>>()?;
    let length = if sort == Sort::Priority { 3 } else { 2 };
    (place.len() == length).then_some(place)
}

/// How the engine would walk, for tests that guard the indexes.
#[cfg(test)]
pub(super) fn plan(
    sql: &Connection,
    query: &IssueQuery,
    status: Status,
    after: Option<&[i64]>,
) -> String {
    let question = question(query, (&whole(query), &[]), (status, None), after, 25).unwrap();
    let mut statement = sql
        .prepare(&format!("EXPLAIN QUERY PLAN {}", question.sql))
        .unwrap();
    let lines = statement.query_map(params_from_iter(question.values), |row| row.get(3));
    let lines: Result<Vec<String>, _> = lines.unwrap().collect();
    lines.unwrap().join("; ")
}
