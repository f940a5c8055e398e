//! What ownership rules would say about an event, and what is odd about them: asked by the page and
//! by the API.

use watchpost_group::{OwnerFaults, OwnerRules};
use watchpost_model::{Event, Owner, OwnerMatch, ProjectId, Roster, User};
use watchpost_store::limits::CODEOWNERS_BYTES_MAX;
use watchpost_store::{StoreError, Suggested};

use crate::App;

/// Names of nobody that are told.
const NAME_COUNT_MAX: usize = 20;

/// Rules and a CODEOWNERS file, as they are or as somebody tries them.
pub(crate) struct Texts {
    pub(crate) rules: String,
    pub(crate) codeowners: String,
}

/// What rules say about an event.
pub(crate) struct Verdict {
    /// The rules that it fits; the last one decides.
    pub(crate) matches: Vec<OwnerMatch>,
    /// Whom they mean, the most responsible first.
    pub(crate) suggested: Vec<Suggested>,
}

impl Texts {
    /// Those of a project; blocks.
    pub(crate) fn load(app: &App, project: ProjectId) -> Result<Self, StoreError> {
        let record = app.ledger.ownership(project)?;
        let file = record.and_then(|record| record.codeowners);
        Ok(Self {
            rules: app.ledger.rules(project)?.ownership.rules,
            codeowners: file.map(|file| file.raw).unwrap_or_default(),
        })
    }

    pub(crate) fn compile(&self) -> (OwnerRules, OwnerFaults) {
        OwnerRules::new(&self.rules, &self.codeowners)
    }
}

/// Asks rules about an event; blocks.
pub(crate) fn judge(
    app: &App,
    project: ProjectId,
    rules: &OwnerRules,
    event: &Event,
) -> Result<Verdict, StoreError> {
    let matches = rules.of(event);
    let suggested = app.ledger.resolve_owners(project, &matches)?;
    Ok(Verdict { matches, suggested })
}

/// Why a CODEOWNERS file may not be kept.
pub(crate) fn file_fault(file: &str) -> Option<String> {
    let bytes = file.len();
    (bytes > CODEOWNERS_BYTES_MAX).then(|| {
        format!("The file has {bytes} bytes, and at most {CODEOWNERS_BYTES_MAX} are allowed.")
    })
}

/// Names in rules that nobody has, some of them.
pub(crate) fn nobodies(rules: &OwnerRules, users: &[User], teams: &[Roster]) -> Vec<String> {
    let is_there = |owner: &Owner| match owner {
        Owner::Person(email) => users.iter().any(|user| user.email == *email),
        Owner::Team(slug) => teams.iter().any(|roster| roster.team.slug == *slug),
    };
    let names = rules.names().into_iter();
    let unknown = names.filter(|owner| !is_there(owner));
    unknown
        .take(NAME_COUNT_MAX)
        .map(ToString::to_string)
        .collect()
}
