//! The newest events of many issues at once: one look into each partition for all of them.

use watchpost_model::{IssueId, ProjectId, chain};

use super::SqliteArchive;
use super::files::State;
use super::list::Place;
use super::lookup::first_place;
use super::part::{Part, is_damage, tolerate};
use crate::{ArchivedEvent, StoreError};

/// Finds the newest event of an issue.
pub(super) const LATEST: &str = "SELECT received, seq FROM event
    WHERE project = ?1 AND issue = ?2 ORDER BY received DESC, seq DESC LIMIT 1";

impl SqliteArchive {
    /// See [`crate::Archive::latest_each`].
    pub(super) fn latest_of_each(
        &self,
        state: &State,
        project: ProjectId,
        families: &[Vec<IssueId>],
    ) -> Result<Vec<Option<ArchivedEvent>>, StoreError> {
        let mut best: Vec<Option<(Place, &Part)>> = vec![None; families.len()];
        for part in state.newest_first(project) {
            let newest = part.span(project).1;
            let mut asked = Vec::new();
            for (family, best) in families.iter().zip(&mut best) {
                let is_older = best.is_some_and(|((received, _), _)| received > newest);
                let may_have = |issue: &IssueId| part.may_have(project, Some(*issue));
                if !is_older && family.iter().any(may_have) {
                    asked.push((family, best));
                }
            }
            if asked.is_empty() {
                continue;
            }
            let found = part.read(&self.files.shelf, "find events", |sql| {
                let mut places = Vec::with_capacity(asked.len());
                for (family, _) in &asked {
                    let mut latest = None;
                    for issue in *family {
                        latest = latest.max(first_place(sql, LATEST, project, *issue)?);
                    }
                    places.push(latest);
                }
                Ok(places)
            });
            let found = tolerate(part, found)?.unwrap_or_default();
            for ((_, best), place) in asked.into_iter().zip(found) {
                let known = best.map(|(known, _)| known);
                if let Some(place) = place.filter(|place| Some(*place) > known) {
                    *best = Some((place, part));
                }
            }
        }
        let open = |best: Option<(Place, &Part)>| match best {
            Some(((_, seq), part)) => self.sound(part, seq),
            None => Ok(None),
        };
        best.into_iter().map(open).collect()
    }

    /// The event at a place; `None` when it is damaged.
    pub(super) fn sound(&self, part: &Part, seq: i64) -> Result<Option<ArchivedEvent>, StoreError> {
        match self.open_at(part, seq) {
            Err(error) if is_damage(&error) => {
                let error = chain(&error);
                tracing::warn!(partition = %part.name, seq, error, "an event is damaged");
                Ok(None)
            }
            opened => opened,
        }
    }
}
