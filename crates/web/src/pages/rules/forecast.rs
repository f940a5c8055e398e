//! What other rules of grouping would do: the last events of a project, put into issues by the
//! rules of today and by those of a draft, and where the two differ.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use watchpost_group::Grouper;
use watchpost_model::{
    Event, Grouped, Grouping, GroupingHash, KeyId, ProjectId, Receipt, WireFormat,
};
use watchpost_store::EventFilter;

use super::super::PageError;
use crate::App;

/// What is looked at: the events of the last week, so many at most.
const EVENT_COUNT_MAX: usize = 5000;
/// So many of the last ones in any case, however old: a quiet project has rules, too.
const EVENT_COUNT_MIN: usize = 1000;
const WEEK_SECS: i64 = 7 * 24 * 3600;
/// Events of one page of the archive.
const PAGE_COUNT: usize = 100;
/// Issues of each kind that are shown.
const SHOWN_COUNT_MAX: usize = 20;

/// See the file.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Forecast {
    /// How many events were looked at.
    pub(super) events: usize,
    /// Whether all of the last week are among them.
    pub(super) has_whole_week: bool,
    /// Issues that they make by the rules of today, and by the draft.
    pub(super) issues: (usize, usize),
    /// Issues of today that would be several.
    pub(super) splits: Vec<Move>,
    /// Issues of today that would be one.
    pub(super) joins: Vec<Move>,
}

/// One issue and the several that it becomes, or is made of.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Move {
    pub(super) one: String,
    pub(super) many: Vec<(String, usize)>,
}

/// Reads the last events and sorts them twice; blocks.
pub(super) fn make(
    app: &App,
    project: ProjectId,
    today: &Grouping,
    draft: &Grouping,
) -> Result<Forecast, PageError> {
    let groupers = [today, draft].map(|grouping| Grouper::new(grouping).0);
    let (mut found, has_whole_week) = last(app, project, &groupers)?;
    // Oldest first, as they came.
    found.reverse();
    let (mut before, mut after) = (Issues::default(), Issues::default());
    let mut pairs: BTreeMap<(usize, usize), usize> = BTreeMap::new();
    for [old, new] in &found {
        let (old, new) = (before.file(old), after.file(new));
        *pairs.entry((old, new)).or_default() += 1;
    }
    let turned = pairs
        .iter()
        .map(|((old, new), count)| ((*new, *old), *count))
        .collect();
    Ok(Forecast {
        events: found.len(),
        has_whole_week,
        issues: (before.titles.len(), after.titles.len()),
        splits: moves(&pairs, &before, &after),
        joins: moves(&turned, &after, &before),
    })
}

/// What grouping says of an event. The event itself is not kept: a thousand large ones take
/// gigabytes.
struct Sorted {
    hashes: Vec<GroupingHash>,
    title: String,
}

/// Whether no older event needs to be looked at, because of how many or how old they are.
fn is_enough(count: usize, is_older: bool) -> bool {
    count >= EVENT_COUNT_MAX || (count >= EVENT_COUNT_MIN && is_older)
}

/// What both groupers say of the last events of a project, the newest first; and whether all of
/// the last week are among them.
fn last(
    app: &App,
    project: ProjectId,
    groupers: &[Grouper; 2],
) -> Result<(Vec<[Sorted; 2]>, bool), PageError> {
    let (mut found, mut cursor) = (Vec::new(), None);
    let (now, mut is_older) = (app.clock.now(), false);
    while !is_enough(found.len(), is_older) {
        let all = EventFilter::default();
        let page = app
            .archive
            .events(project, &all, cursor.as_ref(), PAGE_COUNT)?;
        for row in &page.rows {
            is_older = now.secs_since(row.received) > WEEK_SECS;
            let stored = app.archive.event(project, row.event)?;
            let event = stored.map(|stored| stored.event);
            found.extend(event.map(|event| {
                groupers
                    .each_ref()
                    .map(|grouper| sort(grouper, project, &event))
            }));
        }
        cursor = page.next;
        if cursor.is_none() {
            return Ok((found, true));
        }
    }
    Ok((found, is_older))
}

fn sort(grouper: &Grouper, project: ProjectId, event: &Event) -> Sorted {
    let receipt = Receipt {
        project,
        key: KeyId(0),
        event: event.event_id,
        received: event.received,
        sent_at: None,
        format: WireFormat::Event,
        client_ip: None,
        sdk: None,
        user_agent: None,
    };
    let Grouped { hashes, title, .. } = grouper.event_scrubbed(event.clone(), &receipt, Vec::new());
    Sorted { hashes, title }
}

/// Issues as the ledger makes them: the first key that is known decides, all keys belong to the
/// issue from then on.
#[derive(Default)]
struct Issues {
    owners: HashMap<GroupingHash, usize>,
    titles: Vec<String>,
}

impl Issues {
    fn file(&mut self, sorted: &Sorted) -> usize {
        let known = sorted
            .hashes
            .iter()
            .find_map(|hash| self.owners.get(hash).copied());
        let issue = known.unwrap_or(self.titles.len());
        if known.is_none() {
            self.titles.push(sorted.title.clone());
        }
        for hash in &sorted.hashes {
            self.owners.entry(*hash).or_insert(issue);
        }
        issue
    }

    fn title(&self, issue: usize) -> String {
        self.titles.get(issue).cloned().unwrap_or_default()
    }
}

/// Issues of `ones` that lie in several of `others`, those with the most parts first.
fn moves(pairs: &BTreeMap<(usize, usize), usize>, ones: &Issues, others: &Issues) -> Vec<Move> {
    let all: BTreeSet<usize> = pairs.keys().map(|(one, _)| *one).collect();
    let mut moves: Vec<Move> = all
        .into_iter()
        .filter_map(|one| {
            let parts = pairs.range((one, 0)..=(one, usize::MAX));
            let mut many: Vec<_> = parts
                .map(|((_, other), count)| (others.title(*other), *count))
                .collect();
            many.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
            (many.len() > 1).then(|| Move {
                one: ones.title(one),
                many,
            })
        })
        .collect();
    moves.sort_by_key(|one| std::cmp::Reverse(one.many.len()));
    moves.truncate(SHOWN_COUNT_MAX);
    for one in &mut moves {
        one.many.truncate(SHOWN_COUNT_MAX);
    }
    moves
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_week_is_looked_at_and_never_few_or_too_many_events() {
        assert!(!is_enough(EVENT_COUNT_MIN - 1, true), "few, and old");
        assert!(is_enough(EVENT_COUNT_MIN, true), "the week is over");
        assert!(!is_enough(EVENT_COUNT_MAX - 1, false), "within the week");
        assert!(is_enough(EVENT_COUNT_MAX, false), "a busy week");
    }
}
