//! What people and teams are called on the pages.

use std::collections::HashMap;

use watchpost_model::{Assignee, OrgId, Roster, TeamId, User, UserId};
use watchpost_store::StoreError;

use crate::App;

/// Names of people, and slugs of teams as rules write them.
#[derive(Default)]
pub(crate) struct Names {
    pub(crate) users: HashMap<UserId, String>,
    teams: HashMap<TeamId, String>,
}

impl Names {
    pub(crate) fn new(users: &[User], teams: &[Roster]) -> Self {
        let teams = teams.iter().map(|roster| &roster.team);
        Self {
            users: users
                .iter()
                .map(|user| (user.id, user.name.clone()))
                .collect(),
            teams: teams
                .map(|team| (team.id, format!("#{}", team.slug)))
                .collect(),
        }
    }

    /// Those of an organization; blocks.
    pub(crate) fn load(app: &App, org: OrgId) -> Result<Self, StoreError> {
        Ok(Self::new(&app.ledger.users()?, &app.ledger.teams(org)?))
    }

    pub(crate) fn of(&self, whom: Assignee) -> Option<&String> {
        match whom {
            Assignee::User(user) => self.users.get(&user),
            Assignee::Team(team) => self.teams.get(&team),
        }
    }
}
