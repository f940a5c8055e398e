//! Issues by what only their events know: the issues that fit the rest of a search, in the order
//! of the list, and of each the newest stored events, opened and asked. Lists of pages, API and
//! command line come here when a search has such a key.

use std::collections::VecDeque;
use std::fmt;
use std::ops::RangeInclusive;

use watchpost_model::{Issue, IssueId};

use super::Search;
use super::event::Matcher;
use super::plan::{Plan, with_homes};
use crate::limits::{ISSUE_LOOK_EVENT_COUNT_MAX, SEARCH_EVENT_COUNT_MAX};
use crate::{Archive, Candidate, Cursor, IssueQuery, Ledger, StoreError};

/// Issues that the ledger is asked for at once: a page, but neither few nor more than it gives.
const STEP_COUNT: RangeInclusive<usize> = 25..=100;

/// How far to look.
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    /// Issues that are found.
    pub issues: usize,
    /// Events that are opened.
    pub events: usize,
}

impl Bounds {
    /// Those of a page with so many rows.
    pub fn of_page(limit: usize) -> Self {
        Self {
            issues: limit.max(1),
            events: SEARCH_EVENT_COUNT_MAX,
        }
    }
}

/// What was found.
#[derive(Debug)]
pub struct Looked {
    /// The issues, of all questions as if they were one.
    pub rows: Vec<Issue>,
    /// What is left of each question.
    pub rests: Vec<Rest>,
    /// That as many events were opened as may be, when that ended it.
    pub cut: Option<Cut>,
}

/// What is left of a question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rest {
    /// All of it: nothing was looked at.
    All,
    /// What comes behind this.
    Behind(Cursor),
    /// Nothing.
    Nothing,
}

impl Rest {
    /// Where it goes on.
    pub fn cursor(self) -> Option<Cursor> {
        match self {
            Self::Behind(cursor) => Some(cursor),
            Self::All | Self::Nothing => None,
        }
    }
}

/// Where looking ended before everything was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cut {
    /// Issues whose events were looked at.
    pub issues: usize,
}

impl fmt::Display for Cut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let count = self.issues;
        write!(
            f,
            "The newest events of {count} issues were looked at, as many as one page may. \
             There may be more: another filter narrows the search."
        )
    }
}

/// Finds issues by what their events know; all questions are of the same order.
///
/// # Errors
///
/// [`StoreError`] of the stores; what is damaged is passed over.
pub fn look(
    ledger: &dyn Ledger,
    archive: &dyn Archive,
    queries: &[IssueQuery],
    bounds: Bounds,
) -> Result<Looked, StoreError> {
    let mut plans = Vec::with_capacity(queries.len());
    for query in queries {
        let home = |name: &str| home_of(ledger, archive, query, name);
        let expr = with_homes(query.search.expr(), &home)?;
        plans.push(Plan::of(&expr));
    }
    let mut lines: Vec<Line<'_>> = Vec::with_capacity(queries.len());
    for (query, plan) in queries.iter().zip(&plans) {
        lines.push(Line::new(query, plan, bounds.issues));
    }
    let (mut rows, mut opened, mut issues) = (Vec::new(), 0, 0);
    let mut cut = None;
    loop {
        for line in &mut lines {
            line.fill(ledger)?;
        }
        let place = |line: &&mut Line<'_>| {
            let first = line.waiting.front();
            first.map(|(candidate, _)| line.query.sort.place(&candidate.issue))
        };
        let Some(line) = lines.iter_mut().max_by_key(place) else {
            break;
        };
        if line.waiting.is_empty() || rows.len() == bounds.issues {
            break;
        }
        if opened + ISSUE_LOOK_EVENT_COUNT_MAX > bounds.events {
            cut = Some(Cut { issues });
            break;
        }
        let Some((candidate, family)) = line.waiting.pop_front() else {
            break;
        };
        issues += 1;
        let (fits, count) = line.asks(archive, &candidate, &family)?;
        opened += count;
        line.rest = Rest::Behind(candidate.after);
        if fits {
            rows.push(candidate.issue);
        }
    }
    let rests = lines.into_iter().map(Line::rest).collect();
    Ok(Looked { rows, rests, cut })
}

/// The issue that shows the event of that id.
fn home_of(
    ledger: &dyn Ledger,
    archive: &dyn Archive,
    query: &IssueQuery,
    name: &str,
) -> Result<Option<IssueId>, StoreError> {
    let Ok(event) = name.parse() else {
        return Ok(None);
    };
    let homes = archive.find(&[query.project], event)?;
    let Some((project, issue)) = homes.first() else {
        return Ok(None);
    };
    Ok(ledger.issue(*project, *issue)?.map(|issue| issue.id))
}

/// What is still to be looked at of one question.
struct Line<'a> {
    /// The next question to the ledger.
    query: IssueQuery,
    plan: &'a Plan,
    matchers: Vec<Matcher<'a>>,
    /// Issues that the ledger named, with those that were merged into them.
    waiting: VecDeque<(Candidate, Vec<IssueId>)>,
    /// Whether the ledger has named all.
    is_over: bool,
    rest: Rest,
}

impl<'a> Line<'a> {
    fn new(query: &IssueQuery, plan: &'a Plan, limit: usize) -> Self {
        let questions = plan.questions.iter();
        let matchers = questions.map(|question| Matcher::new(question, query.asker));
        let rest = query.cursor.clone().map_or(Rest::All, Rest::Behind);
        Self {
            query: IssueQuery {
                search: Search::of(plan.rest.clone()),
                limit: limit.clamp(*STEP_COUNT.start(), *STEP_COUNT.end()),
                ..query.clone()
            },
            plan,
            matchers: matchers.collect(),
            waiting: VecDeque::new(),
            is_over: false,
            rest,
        }
    }

    /// Asks the ledger for more when nothing waits.
    fn fill(&mut self, ledger: &dyn Ledger) -> Result<(), StoreError> {
        if self.is_over || !self.waiting.is_empty() {
            return Ok(());
        }
        let page = ledger.candidates(&self.query, &self.plan.asked)?;
        let ids: Vec<IssueId> = page.rows.iter().map(|row| row.issue.id).collect();
        let families = ledger.families(self.query.project, &ids)?;
        self.waiting = page.rows.into_iter().zip(families).collect();
        self.is_over = page.next.is_none();
        self.query.cursor = page.next;
        Ok(())
    }

    /// Whether an issue fits, and how many events that has cost. One whose events were forgotten
    /// costs as much as one event.
    fn asks(
        &self,
        archive: &dyn Archive,
        candidate: &Candidate,
        family: &[IssueId],
    ) -> Result<(bool, usize), StoreError> {
        let mut answers = vec![None; self.matchers.len()];
        let mut fits = self.plan.fits(&candidate.held, &answers);
        if let Some(fits) = fits {
            return Ok((fits, 0));
        }
        let mut opened = 0;
        // Without a family it went meanwhile; no name would mean all events.
        if !family.is_empty() {
            let project = self.query.project;
            let limit = ISSUE_LOOK_EVENT_COUNT_MAX;
            opened = archive.open_newest(project, family, limit, &mut |event| {
                for (answer, matcher) in answers.iter_mut().zip(&self.matchers) {
                    if answer.is_none() && matcher.fits(event) {
                        *answer = Some(true);
                    }
                }
                fits = self.plan.fits(&candidate.held, &answers);
                fits.is_some()
            })?;
        }
        if fits.is_none() {
            let answers: Vec<_> = answers.iter().map(|yes| yes.or(Some(false))).collect();
            fits = self.plan.fits(&candidate.held, &answers);
        }
        Ok((fits == Some(true), opened.max(1)))
    }

    fn rest(self) -> Rest {
        if self.is_over && self.waiting.is_empty() {
            return Rest::Nothing;
        }
        self.rest
    }
}
