//! Issues by what only their events know: the issues that fit the rest of a search, in the order
//! of the list, and of each the newest stored events, opened and asked. Lists of pages, API and
//! command line come here when a search has such a key.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::fmt;
use std::ops::RangeInclusive;

use watchpost_model::{Issue, IssueId, ProjectId};

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
    /// The issues.
    pub rows: Vec<Issue>,
    /// What is left.
    pub rest: Rest,
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

/// Finds issues by what their events know.
///
/// # Errors
///
/// [`StoreError`] of the stores; what is damaged is passed over.
pub fn look(
    ledger: &dyn Ledger,
    archive: &dyn Archive,
    query: &IssueQuery,
    bounds: Bounds,
) -> Result<Looked, StoreError> {
    let homes = |name: &str| homes_of(ledger, archive, query, name);
    let plan = Plan::of(&with_homes(query.search.expr(), &homes)?);
    let mut line = Line::new(query, &plan, bounds.issues);
    let (mut rows, mut opened, mut issues) = (Vec::new(), 0, 0);
    let mut cut = None;
    while rows.len() < bounds.issues {
        line.fill(ledger)?;
        if line.waiting.is_empty() {
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
    // Whether there is one more decides whether the list goes on.
    line.fill(ledger)?;
    let rest = line.rest();
    Ok(Looked { rows, rest, cut })
}

/// The issues that show the events of that id: each project may have one.
fn homes_of(
    ledger: &dyn Ledger,
    archive: &dyn Archive,
    query: &IssueQuery,
    name: &str,
) -> Result<Vec<IssueId>, StoreError> {
    let Ok(event) = name.parse() else {
        return Ok(Vec::new());
    };
    let mut homes = Vec::new();
    for (project, issue) in archive.find(&query.projects, event)? {
        homes.extend(ledger.issue(project, issue)?.map(|issue| issue.id));
    }
    Ok(homes)
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
        let mut homes: BTreeMap<ProjectId, Vec<IssueId>> = BTreeMap::new();
        for row in &page.rows {
            homes
                .entry(row.issue.project)
                .or_default()
                .push(row.issue.id);
        }
        let mut families = HashMap::new();
        for (project, ids) in homes {
            let found = ledger.families(project, &ids)?;
            families.extend(ids.into_iter().zip(found));
        }
        let with_family = |row: Candidate| {
            let family = families.remove(&row.issue.id).unwrap_or_default();
            (row, family)
        };
        self.waiting = page.rows.into_iter().map(with_family).collect();
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
            let project = candidate.issue.project;
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
