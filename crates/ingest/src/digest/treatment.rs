//! The rules of each project, compiled: made when they change, shared by all threads that cook.
//!
//! Asking whether something changed costs one number of the ledger per batch, so that a rule is in
//! force for the next event after it was saved, whichever process saved it.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex};

use watchpost_group::{Grouper, VERSION_CURRENT, VERSION_FIRST};
use watchpost_model::{Grouping, ProjectId, Rules};
use watchpost_normalize::filter::Filter;
use watchpost_normalize::scrub::Scrubber;
use watchpost_store::{Ledger, StoreError};

use super::owners::OwnerBook;
use crate::gate::chain;
use crate::quarantine::Failure;
use crate::sync::lock;

/// The rules of one project, compiled. A rule that does not compile is left out: it was refused
/// when it was saved, unless an older version took it.
pub(crate) struct Treatment {
    /// As they are written.
    rules: Rules,
    /// What is counted and thrown away.
    pub(super) filter: Filter,
    /// What is hidden.
    pub(super) scrubber: Scrubber,
    /// What belongs together.
    pub(super) grouper: Grouper,
    /// Whether the project may have issues of the first version of grouping.
    is_early: bool,
}

impl Treatment {
    /// Compiles rules. `is_early`: there may be issues of the first version of grouping, which
    /// take the events that they would have taken.
    pub(crate) fn new(rules: Rules, is_early: bool) -> Self {
        let (filter, _) = Filter::new(&rules.filters);
        let (scrubber, _) = Scrubber::new(&rules.scrubbing);
        let (grouper, _) = Grouper::new(&rules.grouping);
        let Grouping {
            version, previous, ..
        } = rules.grouping;
        let is_back = version.is_some_and(|version| version != VERSION_CURRENT);
        let is_asked_for = is_early || is_back || previous.is_some();
        Self {
            rules,
            filter,
            scrubber,
            grouper: if is_asked_for {
                grouper
            } else {
                grouper.without_previous()
            },
            is_early,
        }
    }
}

/// The treatments as of one generation.
pub(crate) struct Book {
    /// `None`: to be read again.
    generation: Option<u64>,
    usual: Arc<Treatment>,
    /// As `usual`, for projects without issues of the first version of grouping.
    usual_late: Arc<Treatment>,
    /// The projects that have such issues; `None` until the ledger was asked.
    early: Option<BTreeSet<ProjectId>>,
    /// Of the projects with rules of their own.
    own: HashMap<ProjectId, Result<Arc<Treatment>, Failure>>,
    /// Who might look after events.
    pub(super) owners: OwnerBook,
}

impl Book {
    /// How events of a project are treated. Without its rules no event of it is stored: they may
    /// say what has to be hidden.
    pub(super) fn of(&self, project: ProjectId) -> Result<&Treatment, Failure> {
        match self.own.get(&project) {
            None if self.is_early(project) => Ok(&self.usual),
            None => Ok(&self.usual_late),
            Some(Ok(own)) => Ok(own),
            Some(Err(failure)) => Err(failure.clone()),
        }
    }

    /// Whoever could not be asked about is: it only costs time.
    fn is_early(&self, project: ProjectId) -> bool {
        let early = self.early.as_ref();
        early.is_none_or(|early| early.contains(&project))
    }

    /// The book after this one. What did not change is not compiled again.
    fn next(&self, generation: u64, ledger: &dyn Ledger) -> Result<Self, StoreError> {
        let mut own = HashMap::new();
        let early: BTreeSet<_> = ledger
            .projects_of_version(VERSION_FIRST)?
            .into_iter()
            .collect();
        for (project, rules) in ledger.all_rules()? {
            let is_early = early.contains(&project);
            let treatment = rules.map(|rules| match self.own.get(&project) {
                Some(Ok(known)) if known.rules == rules && known.is_early == is_early => {
                    Arc::clone(known)
                }
                _ => Arc::new(Treatment::new(rules, is_early)),
            });
            let treatment = treatment.map_err(|error| Failure {
                stage: "rules",
                reason: chain(&error),
            });
            own.insert(project, treatment);
        }
        let owners = self.owners.next(ledger)?;
        Ok(Self {
            generation: (!owners.is_behind).then_some(generation),
            usual: Arc::clone(&self.usual),
            usual_late: Arc::clone(&self.usual_late),
            early: Some(early),
            own,
            owners,
        })
    }
}

/// The current book.
pub(crate) struct Treatments(Mutex<Arc<Book>>);

impl Default for Treatments {
    fn default() -> Self {
        Self(Mutex::new(Arc::new(Book {
            generation: None,
            usual: Arc::new(Treatment::new(Rules::default(), true)),
            usual_late: Arc::new(Treatment::new(Rules::default(), false)),
            early: None,
            own: HashMap::new(),
            owners: OwnerBook::default(),
        })))
    }
}

impl Treatments {
    /// Reads the rules again if any changed.
    pub(super) fn refresh(&self, ledger: &dyn Ledger) -> Result<(), StoreError> {
        // First the generation: what changes meanwhile is then read once more.
        let generation = ledger.key_generation()?;
        let book = self.book();
        if book.generation != Some(generation) {
            *lock(&self.0) = Arc::new(book.next(generation, ledger)?);
        }
        Ok(())
    }

    /// The rules as of now, or those from before while the ledger cannot be asked.
    pub(super) fn fresh(&self, ledger: &dyn Ledger) -> Arc<Book> {
        if let Err(error) = self.refresh(ledger) {
            tracing::warn!(
                error = chain(&error),
                "failed to read the rules of projects"
            );
        }
        self.book()
    }

    /// The rules as they were read last.
    pub(super) fn book(&self) -> Arc<Book> {
        Arc::clone(&lock(&self.0))
    }
}

#[cfg(test)]
impl Book {
    /// One that treats every project so, as if it might have issues of the first version.
    pub(crate) fn of_all(rules: Rules) -> Self {
        let usual = Arc::new(Treatment::new(rules, true));
        Self {
            generation: None,
            usual_late: Arc::clone(&usual),
            usual,
            early: None,
            own: HashMap::new(),
            owners: OwnerBook::default(),
        }
    }
}

#[cfg(test)]
mod tests {
    use watchpost_store::suite::{apply_one, grouped, project, temp_ledger};

    use super::*;

    #[test]
    fn only_projects_with_issues_of_version_1_ask_for_its_keys() {
        let ledger = temp_ledger();
        let (old, new) = (project(&*ledger, "old").id, project(&*ledger, "new").id);
        // Keys of the suite are of version 1.
        apply_one(&*ledger, grouped(old, 1, "boom", 10));
        let treatments = Treatments::default();
        let previous = |project: ProjectId| {
            let book = treatments.book();
            book.of(project).unwrap().grouper.previous()
        };
        assert_eq!(
            (previous(old), previous(new)),
            (Some(1), Some(1)),
            "nobody was asked yet"
        );
        treatments.refresh(&*ledger).unwrap();
        assert_eq!((previous(old), previous(new)), (Some(1), None));
    }
}
