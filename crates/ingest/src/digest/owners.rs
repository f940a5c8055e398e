//! Who might look after events: the ownership rules of each project, compiled when they change.
//!
//! The ledger asks while it files a batch, and only about the few events whose issue was not judged
//! by these rules yet.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use watchpost_group::OwnerRules;
use watchpost_model::{Event, OwnerMatch, ProjectId};
use watchpost_store::{Ledger, Owners, StoreError, Suggestion};

use super::recipe::words_of;
use crate::gate::chain;

/// The rules of the projects that have had any.
#[derive(Default)]
pub(super) struct OwnerBook {
    owned: HashMap<ProjectId, Arc<Owned>>,
    hasher: RandomState,
    /// Something could not be read that may be readable soon.
    pub(super) is_behind: bool,
}

/// The rules of one project in one version. A line that cannot be understood is left out: it was
/// refused when it was saved.
struct Owned {
    version: u64,
    /// Of the texts, by the book's hasher: they may take megabytes.
    mark: u64,
    rules: Arc<OwnerRules>,
    assigns: bool,
}

impl OwnerBook {
    /// The book after this one. What did not change is not compiled again. While rules cannot be
    /// read, those from before are in force.
    pub(super) fn next(&self, ledger: &dyn Ledger) -> Result<Self, StoreError> {
        let mut next = Self {
            hasher: self.hasher.clone(),
            ..Self::default()
        };
        for (project, version) in ledger.ownership_versions()? {
            let known = self.owned.get(&project);
            let owned = match known {
                Some(known) if known.version == version => Some(Arc::clone(known)),
                _ => match self.read(ledger, project, version) {
                    Ok(owned) => Some(Arc::new(owned)),
                    Err(error) => {
                        tracing::warn!(
                            %project,
                            error = chain(&error),
                            "failed to read the ownership rules of a project"
                        );
                        // What is damaged stays so until somebody writes it anew.
                        next.is_behind |= !matches!(error, StoreError::Corrupt { .. });
                        known.map(Arc::clone)
                    }
                },
            };
            next.owned.extend(owned.map(|owned| (project, owned)));
        }
        Ok(next)
    }

    /// Reads the rules of a project. Their version also grows when teams or people change: then
    /// the texts are the same, and what was compiled of them is, too.
    fn read(
        &self,
        ledger: &dyn Ledger,
        project: ProjectId,
        version: u64,
    ) -> Result<Owned, StoreError> {
        let ownership = ledger.rules(project)?.ownership;
        let record = ledger.ownership(project)?;
        let file = record.and_then(|record| record.codeowners);
        let file = file.map(|file| file.raw).unwrap_or_default();
        let mark = self.hasher.hash_one((&ownership.rules, &file));
        let known = self.owned.get(&project);
        let known = known.filter(|known| known.mark == mark);
        let compile = || Arc::new(OwnerRules::new(&ownership.rules, &file).0);
        Ok(Owned {
            version,
            mark,
            rules: known.map_or_else(compile, |known| Arc::clone(&known.rules)),
            assigns: ownership.auto_assign,
        })
    }
}

impl Owners for OwnerBook {
    fn version(&self, project: ProjectId) -> u64 {
        self.owned.get(&project).map_or(0, |owned| owned.version)
    }

    fn suggest(&self, project: ProjectId, event: &Event) -> Suggestion {
        let Some(owned) = self.owned.get(&project) else {
            return Suggestion::default();
        };
        Suggestion {
            matches: guard((project, event), || owned.rules.of(event)),
            assigns: owned.assigns,
        }
    }
}

/// Asks rules, which only read. A panic of theirs must not stop the batch: nobody is suggested.
fn guard(
    (project, event): (ProjectId, &Event),
    ask: impl FnOnce() -> Vec<OwnerMatch>,
) -> Vec<OwnerMatch> {
    let matches = catch_unwind(AssertUnwindSafe(ask));
    matches.unwrap_or_else(|panic| {
        let reason = words_of(&*panic);
        tracing::error!(%project, event = %event.event_id, reason, "ownership rules panicked");
        Vec::new()
    })
}

#[cfg(test)]
mod tests {
    use watchpost_model::{EventId, Rules, Timestamp};
    use watchpost_store::suite::{project, temp_ledger};
    use watchpost_store::{Actor, NewTeam, OrgLedger, OwnershipLedger, RulesLedger, TeamLedger};

    use super::*;

    #[test]
    fn a_new_team_has_no_rules_compiled_again() {
        let ledger = temp_ledger();
        let web = project(&*ledger, "web").id;
        let now = Timestamp::from_secs(1);
        ledger.set_codeowners(web, Some("* @core"), now).unwrap();
        let first = OwnerBook::default().next(&*ledger).unwrap();
        let new = NewTeam {
            org: ledger.orgs().unwrap()[0].id,
            slug: "core",
            name: "Core",
        };
        ledger.create_team(&new, now).unwrap();
        let second = first.next(&*ledger).unwrap();
        assert!(
            second.version(web) > first.version(web),
            "it is judged anew"
        );
        let is_same = |one: &OwnerBook, other: &OwnerBook| {
            let rules = [one, other].map(|book| Arc::clone(&book.owned[&web].rules));
            Arc::ptr_eq(&rules[0], &rules[1])
        };
        assert!(is_same(&first, &second));
        let change = |all: &mut Rules| "path:* #web".clone_into(&mut all.ownership.rules);
        ledger
            .change_rules(web, &change, Actor::System, now)
            .unwrap();
        assert!(!is_same(&second, &second.next(&*ledger).unwrap()));
    }

    #[test]
    fn f23_a_panic_of_rules_suggests_nobody() {
        let event = Event::empty(EventId(1), Timestamp::default());
        let matches = guard((ProjectId(1), &event), || panic!("a rule without an end"));
        assert!(matches.is_empty());
    }
}
