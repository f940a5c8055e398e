//! The seam of teams, and of what ownership rules say.

use watchpost_model::{
    Assignee, Event, IssueId, OrgId, OwnerMatch, OwnerSource, ProjectId, Roster, Team, TeamId,
    Timestamp, User, UserId,
};

use crate::{Actor, StoreError};

/// What a new team needs.
#[derive(Clone, Debug)]
pub struct NewTeam<'a> {
    /// To whom it belongs.
    pub org: OrgId,
    /// Its name in rules and URLs: `[a-z0-9_-]`, checked by the caller.
    pub slug: &'a str,
    /// Its name for people.
    pub name: &'a str,
}

/// Teams. All of it is scoped: `Missing` when the team is of another organization.
pub trait TeamLedger: Send + Sync {
    /// Creates a team without members.
    fn create_team(&self, new: &NewTeam<'_>, now: Timestamp) -> Result<Team, StoreError>;

    /// The teams of an organization, by slug, with members and projects.
    fn teams(&self, org: OrgId) -> Result<Vec<Roster>, StoreError>;

    /// Changes slug and name to those of `team`.
    fn update_team(&self, team: &Team) -> Result<(), StoreError>;

    /// Deletes a team. Its issues are nobody's then, which their activity tells; how many they are.
    /// Works in small transactions.
    fn delete_team(&self, team: &Team, actor: Actor, now: Timestamp) -> Result<u64, StoreError>;

    /// Puts somebody into a team or takes them out; `false` when it was so already.
    fn set_member(&self, team: &Team, user: UserId, is_in: bool) -> Result<bool, StoreError>;

    /// Gives a team a project of its organization or takes it away; `false` when it was so already.
    fn set_team_project(
        &self,
        team: &Team,
        project: ProjectId,
        is_in: bool,
    ) -> Result<bool, StoreError>;
}

/// What the ownership rules of projects say: asked by [`crate::IssueLedger::apply_owned`] about the
/// few events that are judged.
pub trait Owners {
    /// The version of a project's rules, see [`OwnershipLedger::ownership_versions`]; 0: it never
    /// had any.
    fn version(&self, project: ProjectId) -> u64;

    /// The rules that an event fits.
    fn suggest(&self, project: ProjectId, event: &Event) -> Suggestion;
}

/// The rules that an event fits, in their order: the last one decides.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Suggestion {
    /// The rules.
    pub matches: Vec<OwnerMatch>,
    /// Whether the first owner of the last of them gets the issue.
    pub assigns: bool,
}

/// No project has rules.
pub struct Unowned;

impl Owners for Unowned {
    fn version(&self, _: ProjectId) -> u64 {
        0
    }

    fn suggest(&self, _: ProjectId, _: &Event) -> Suggestion {
        Suggestion::default()
    }
}

/// Somebody who might look after an issue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suggested {
    /// Who.
    pub owner: Assignee,
    /// Where the rule stands.
    pub source: OwnerSource,
    /// The rule, bounded.
    pub rule: String,
}

/// A CODEOWNERS file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Codeowners {
    /// As it was given.
    pub raw: String,
    /// When there was one first.
    pub created: Timestamp,
    /// When it was given last.
    pub changed: Timestamp,
}

/// The ownership of a project beside its rules.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnershipRecord {
    /// When there were rules first.
    pub created: Timestamp,
    /// When they changed last.
    pub changed: Timestamp,
    /// The CODEOWNERS file.
    pub codeowners: Option<Codeowners>,
}

/// What rules of ownership are made of, and what they said.
pub trait OwnershipLedger: Send + Sync {
    /// The version of the rules of each project that has had any. It grows when rules, file, teams
    /// or people change; [`crate::KeyLedger::key_generation`] grows with it.
    fn ownership_versions(&self) -> Result<Vec<(ProjectId, u64)>, StoreError>;

    /// The ownership of a project, if it has had any.
    fn ownership(&self, project: ProjectId) -> Result<Option<OwnershipRecord>, StoreError>;

    /// Keeps a CODEOWNERS file, or forgets it.
    fn set_codeowners(
        &self,
        project: ProjectId,
        raw: Option<&str>,
        now: Timestamp,
    ) -> Result<(), StoreError>;

    /// Whom rules mean, each once, the most responsible first: the leftmost of the last rule. Who
    /// is not there is left out.
    fn resolve_owners(
        &self,
        project: ProjectId,
        matches: &[OwnerMatch],
    ) -> Result<Vec<Suggested>, StoreError>;

    /// Who might look after issues, the most responsible first; issues that nobody might are left
    /// out.
    fn suggested(
        &self,
        project: ProjectId,
        issues: &[IssueId],
    ) -> Result<Vec<(IssueId, Vec<Suggested>)>, StoreError>;
}

/// The team of that id or slug.
pub fn find_team<'a>(teams: &'a [Roster], text: &str) -> Option<&'a Roster> {
    let id = text.parse::<TeamId>().ok();
    let of_id = teams.iter().find(|roster| Some(roster.team.id) == id);
    of_id.or_else(|| teams.iter().find(|roster| roster.team.slug == text))
}

/// Who is meant by `team:` and an id, `#` and a slug, `user:` and an id, an id, or an address.
pub fn find_assignee<'a>(
    users: impl Iterator<Item = &'a User>,
    teams: &[Roster],
    text: &str,
) -> Option<Assignee> {
    if let Some(team) = text.strip_prefix("team:").or(text.strip_prefix('#')) {
        return find_team(teams, team).map(|roster| Assignee::Team(roster.team.id));
    }
    let mut users = users.filter(|user| {
        Assignee::parse(text) == Some(Assignee::User(user.id))
            || text == user.id.to_string()
            || text.eq_ignore_ascii_case(&user.email)
    });
    users.next().map(|user| Assignee::User(user.id))
}
