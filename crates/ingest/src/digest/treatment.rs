//! The rules of each project, compiled: made when they change, shared by all threads that cook.
//!
//! Asking whether something changed costs one number of the ledger per batch, so that a rule is in
//! force for the next event after it was saved, whichever process saved it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use watchpost_group::Grouper;
use watchpost_model::{ProjectId, Rules};
use watchpost_normalize::filter::Filter;
use watchpost_normalize::scrub::Scrubber;
use watchpost_store::{Ledger, StoreError};

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
}

impl Treatment {
    /// Compiles rules.
    pub(crate) fn new(rules: Rules) -> Self {
        let (filter, _) = Filter::new(&rules.filters);
        let (scrubber, _) = Scrubber::new(&rules.scrubbing);
        let (grouper, _) = Grouper::new(&rules.grouping);
        Self {
            rules,
            filter,
            scrubber,
            grouper,
        }
    }
}

/// The treatments as of one generation.
pub(crate) struct Book {
    generation: Option<u64>,
    usual: Arc<Treatment>,
    /// Of the projects with rules of their own.
    own: HashMap<ProjectId, Result<Arc<Treatment>, Failure>>,
}

impl Book {
    /// How events of a project are treated. Without its rules no event of it is stored: they may
    /// say what has to be hidden.
    pub(super) fn of(&self, project: ProjectId) -> Result<&Treatment, Failure> {
        match self.own.get(&project) {
            None => Ok(&self.usual),
            Some(Ok(own)) => Ok(own),
            Some(Err(failure)) => Err(failure.clone()),
        }
    }

    /// The book after this one. What did not change is not compiled again.
    fn next(&self, generation: u64, ledger: &dyn Ledger) -> Result<Self, StoreError> {
        let mut own = HashMap::new();
        for (project, rules) in ledger.all_rules()? {
            let treatment = rules.map(|rules| match self.own.get(&project) {
                Some(Ok(known)) if known.rules == rules => Arc::clone(known),
                _ => Arc::new(Treatment::new(rules)),
            });
            let treatment = treatment.map_err(|error| Failure {
                stage: "rules",
                reason: chain(&error),
            });
            own.insert(project, treatment);
        }
        Ok(Self {
            generation: Some(generation),
            usual: Arc::clone(&self.usual),
            own,
        })
    }
}

/// The current book.
pub(crate) struct Treatments(Mutex<Arc<Book>>);

impl Default for Treatments {
    fn default() -> Self {
        Self(Mutex::new(Arc::new(Book {
            generation: None,
            usual: Arc::new(Treatment::new(Rules::default())),
            own: HashMap::new(),
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

    fn book(&self) -> Arc<Book> {
        Arc::clone(&lock(&self.0))
    }
}
