//! Finding issues: for each project and status one walk along the index of the sort order, merged
//! as they go. A walk is a statement that gives one row at a time, so a page reads its own rows
//! and one more of each walk, however many issues the projects have.
//!
//! Texts of the question are bound as values, never part of the SQL.

use std::collections::BinaryHeap;

use rusqlite::types::Value;
use rusqlite::{CachedStatement, Connection, Row, params_from_iter};
use watchpost_model::{Issue, ProjectId, Status};

use super::absent::without_absent;
use super::{issue, place};
use crate::limits::QUERY_PROJECT_COUNT_MAX;
use crate::search::ast::{Expr, Filter, Key, Op, Test};
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
    let mut walks = Vec::new();
    for project in query.projects.iter().take(QUERY_PROJECT_COUNT_MAX) {
        let Some(search) = Pruned::of(sql, query, asked, *project)? else {
            continue;
        };
        for status in statuses(query) {
            let question = question(query, &search, status, after.as_deref(), limit + 1)?;
            walks.push((sql.prepare_cached(&question.sql)?, question.values));
        }
    }
    let mut rows = merged(&mut walks, (query.sort, limit + 1), asked.len())?;
    let more = rows.len() > limit;
    rows.truncate(limit);
    let next = rows.last().filter(|_| more);
    let next = next.map(|(last, _)| cursor_behind(query.sort, last));
    Ok((rows, next))
}

/// The first rows of several walks in one order.
fn merged(
    walks: &mut [(CachedStatement<'_>, Vec<Value>)],
    (sort, limit): (Sort, usize),
    asked: usize,
) -> Result<Vec<Found>, Fault> {
    let (mut rows, mut waiting) = (Vec::new(), BinaryHeap::new());
    let mut walking = Vec::with_capacity(walks.len());
    for (walk, values) in walks {
        walking.push((walk.query(params_from_iter(values.iter()))?, None::<Found>));
    }
    for (number, (walk, head)) in walking.iter_mut().enumerate() {
        if let Some(row) = walk.next()? {
            let found = (issue::read(row)?, held(row, asked)?);
            waiting.push((sort.place(&found.0), number));
            *head = Some(found);
        }
    }
    while rows.len() < limit
        && let Some((_, number)) = waiting.pop()
        && let Some((walk, head)) = walking.get_mut(number)
    {
        rows.extend(head.take());
        if rows.len() < limit
            && let Some(row) = walk.next()?
        {
            let found = (issue::read(row)?, held(row, asked)?);
            waiting.push((sort.place(&found.0), number));
            *head = Some(found);
        }
    }
    Ok(rows)
}

/// The statuses that a question may be about.
pub(super) fn statuses(query: &IssueQuery) -> impl Iterator<Item = Status> {
    Status::ALL.into_iter().filter(|status| {
        query.status.is_none_or(|asked| asked == *status) && query.search.may_be(*status)
    })
}

/// What is asked of the issues of one project.
pub(super) struct Pruned {
    pub(super) project: ProjectId,
    latest: Option<String>,
    /// What has to fit.
    expr: Expr,
    /// What is asked besides.
    asked: Vec<Expr>,
}

impl Pruned {
    /// `None`: no issue of the project fits.
    pub(super) fn of(
        sql: &Connection,
        query: &IssueQuery,
        asked: &[Expr],
        project: ProjectId,
    ) -> Result<Option<Self>, Fault> {
        let latest = if asks_for_latest(query, asked) {
            place::latest_release(sql, project)?
        } else {
            None
        };
        let scope = (project, query.asker, latest.as_deref());
        let prune = |expr: &Expr| without_absent(sql, scope, expr);
        let expr = prune(&whole(query))?;
        if expr == Expr::NOTHING {
            return Ok(None);
        }
        let asked = asked.iter().map(prune).collect::<Result<_, _>>()?;
        Ok(Some(Self {
            project,
            latest,
            expr,
            asked,
        }))
    }

    /// A question of these issues in the making, walking along the index of `sort`.
    pub(super) fn question(&self, query: &IssueQuery, sort: Sort) -> Condition<'static> {
        Condition {
            sql: "SELECT ".to_owned(),
            values: Vec::new(),
            asker: query.asker,
            latest: self.latest.clone(),
            walked: match sort {
                Sort::LastSeen => "issue.last_seen",
                Sort::FirstSeen => "issue.first_seen",
                Sort::Frequency => "issue.times_seen",
                Sort::Priority => "issue.score",
                Sort::Users => "issue.user_count",
                Sort::Trends => "issue.trend",
            },
            filter: &place::write,
            word: &place::word,
        }
    }

    /// Writes where from, and everything that has to fit.
    pub(super) fn narrow(
        &self,
        question: &mut Condition<'_>,
        query: &IssueQuery,
        status: Status,
    ) -> Result<(), Fault> {
        let scope = " FROM issue WHERE issue.project = ? AND issue.status = ?";
        question.push(scope, [self.project.0, status.number()]);
        if let Some(level) = query.level {
            question.push(" AND issue.level = ?", [level.number()]);
        }
        let parts = match &self.expr {
            Expr::All(parts) => parts.as_slice(),
            other => std::slice::from_ref(other),
        };
        for part in parts {
            question.say(" AND ");
            question.expr(part)?;
        }
        Ok(())
    }
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
    let filter = |field, test| Expr::Filter(Filter::new(Key::Field(field), test));
    let fields = [
        (Field::Logger, &query.logger),
        (Field::Server, &query.server_name),
        (Field::Site, &query.site),
    ];
    let named = fields.into_iter().filter_map(|(field, value)| {
        let test = Test::Like(Pattern::exact(value.as_ref()?));
        Some(filter(field, test))
    });
    let since = query.since.map(|since| Test::Moment(Op::AtLeast, since));
    let until = query.until.map(|until| Test::Moment(Op::AtMost, until));
    let within = [
        since.map(|test| filter(Field::LastSeen, test)),
        until.map(|test| filter(Field::FirstSeen, test)),
    ];
    let environments = Some(&query.environments).filter(|names| !names.is_empty());
    let environments =
        environments.map(|names| filter(Field::Environment, Test::OneOf(names.clone())));
    let searched = match query.search.expr() {
        Expr::All(parts) => parts.as_slice(),
        other => std::slice::from_ref(other),
    };
    let fields = named
        .chain(within.into_iter().flatten())
        .chain(environments);
    Expr::All(fields.chain(searched.iter().cloned()).collect())
}

/// The issues of one project and status that are asked for, each with a column for each part that
/// is asked besides.
fn question(
    query: &IssueQuery,
    search: &Pruned,
    status: Status,
    after: Option<&[i64]>,
    limit: usize,
) -> Result<Condition<'static>, Fault> {
    let mut question = search.question(query, query.sort);
    question.say("*");
    for part in &search.asked {
        question.say(", (");
        question.expr(part)?;
        question.say(") AS held");
    }
    search.narrow(&mut question, query, status)?;
    let (columns, marks, order) = match query.sort {
        Sort::LastSeen => ("last_seen, id", "?, ?", "last_seen DESC, id DESC"),
        Sort::FirstSeen => ("first_seen, id", "?, ?", "first_seen DESC, id DESC"),
        Sort::Frequency => ("times_seen, id", "?, ?", "times_seen DESC, id DESC"),
        Sort::Users => ("user_count, id", "?, ?", "user_count DESC, id DESC"),
        Sort::Trends => ("trend, id", "?, ?", "trend DESC, id DESC"),
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
        Sort::Priority => vec![first, second, id.0],
        _ => vec![first, id.0],
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
    let search = Pruned {
        project: query.projects[0],
        latest: None,
        expr: whole(query),
        asked: Vec::new(),
    };
    let question = question(query, &search, status, after, 25).unwrap();
    let mut statement = sql
        .prepare(&format!("EXPLAIN QUERY PLAN {}", question.sql))
        .unwrap();
    let lines = statement.query_map(params_from_iter(question.values), |row| row.get(3));
    let lines: Result<Vec<String>, _> = lines.unwrap().collect();
    lines.unwrap().join("; ")
}
