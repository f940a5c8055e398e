//! Teams: people of an organization who look after something together.

use serde::{Deserialize, Serialize};

use crate::{OrgId, ProjectId, TeamId, Timestamp, UserId};

/// A team.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Team {
    /// Its id.
    pub id: TeamId,
    /// Where it belongs.
    pub org: OrgId,
    /// Its name in rules and searches, behind a `#`: unique in the organization.
    pub slug: String,
    /// Its name for people.
    pub name: String,
    /// When it was created.
    pub created: Timestamp,
}

/// A team with who is in it and what it works on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Roster {
    /// The team.
    pub team: Team,
    /// Its members, by id.
    pub members: Vec<UserId>,
    /// Its projects, by id.
    pub projects: Vec<ProjectId>,
}
