//! Who may do what in an organization: roles, from the least to the most, and permissions.
//!
//! One table, [`Permission::least`], is all there is: pages, the API and the command line ask it
//! through [`Role::may`]. `docs/OPERATING.md` shows it to people; a test holds the two together.

use serde::{Deserialize, Serialize};

use crate::{InviteId, OrgId, Timestamp, User, UserId};

/// What somebody is in an organization, in Sentry's words. Each may do what the ones before it may.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, Default,
)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Works with issues.
    #[default]
    Member,
    /// Sets up projects and teams.
    Admin,
    /// Looks after people and the organization.
    Manager,
    /// May do everything.
    Owner,
}

impl Role {
    /// All of them, from the least to the most.
    pub const ALL: [Self; 4] = [Self::Member, Self::Admin, Self::Manager, Self::Owner];

    /// Its name in forms, in the API and in columns.
    pub fn name(self) -> &'static str {
        match self {
            Self::Member => "member",
            Self::Admin => "admin",
            Self::Manager => "manager",
            Self::Owner => "owner",
        }
    }

    /// The role of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.name() == name)
    }

    /// What it is for, in a sentence.
    pub fn describe(self) -> &'static str {
        match self {
            Self::Member => "Reads everything, works on issues, reports releases.",
            Self::Admin => "Also sets up projects, keys, rules and teams.",
            Self::Manager => "Also looks after members, the organization and its audit log.",
            Self::Owner => "May do everything, also make others owners.",
        }
    }

    /// Whether it may do this.
    pub fn may(self, permission: Permission) -> bool {
        self >= permission.least()
    }

    /// Whether it may do what a token's scope stands for.
    pub fn may_use(self, scope: &str) -> bool {
        Permission::of_scope(scope).is_some_and(|permission| self.may(permission))
    }

    /// Whether somebody of this role may give, change or take away the role `other`.
    pub fn governs(self, other: Self) -> bool {
        self.may(Permission::EditMembers) && other <= self
    }
}

/// Something that is not for everybody in an organization.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Permission {
    /// See projects, issues, events, teams, members and settings.
    See,
    /// Change, delete and discuss issues; save searches.
    Triage,
    /// Report releases.
    Release,
    /// Create and set up projects: keys, rules, quotas, ownership, quarantine.
    EditProjects,
    /// Create and change teams.
    EditTeams,
    /// Invite people, change their roles, remove them.
    EditMembers,
    /// Read who changed what.
    ReadAudit,
    /// Change name and address of the organization.
    EditOrganization,
    /// What only owners may do in the API.
    Own,
}

impl Permission {
    /// All of them.
    pub const ALL: [Self; 9] = [
        Self::See,
        Self::Triage,
        Self::Release,
        Self::EditProjects,
        Self::EditTeams,
        Self::EditMembers,
        Self::ReadAudit,
        Self::EditOrganization,
        Self::Own,
    ];

    /// The least role that has it.
    pub fn least(self) -> Role {
        match self {
            Self::See | Self::Triage | Self::Release => Role::Member,
            Self::EditProjects | Self::EditTeams => Role::Admin,
            Self::EditMembers | Self::ReadAudit | Self::EditOrganization => Role::Manager,
            Self::Own => Role::Owner,
        }
    }

    /// What it allows, as it follows "may" or "is needed to".
    pub fn words(self) -> &'static str {
        match self {
            Self::See => "look at projects, issues and settings",
            Self::Triage => "change issues and save searches",
            Self::Release => "report releases",
            Self::EditProjects => "set up projects",
            Self::EditTeams => "set up teams",
            Self::EditMembers => "invite people and change their roles",
            Self::ReadAudit => "read the audit log",
            Self::EditOrganization => "change the organization",
            Self::Own => "do what only owners may",
        }
    }

    /// What a token's scope stands for; `None`: no scope of ours.
    pub fn of_scope(scope: &str) -> Option<Self> {
        Some(match scope {
            "org:read" | "project:read" | "team:read" | "member:read" | "event:read" => Self::See,
            "event:write" | "event:admin" => Self::Triage,
            "org:ci" | "project:releases" => Self::Release,
            "project:write" | "project:admin" | "org:integrations" => Self::EditProjects,
            "team:write" | "team:admin" => Self::EditTeams,
            "member:write" | "member:admin" => Self::EditMembers,
            "org:write" => Self::EditOrganization,
            "org:admin" => Self::Own,
            _ => return None,
        })
    }
}

/// Somebody in an organization.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// Who.
    pub user: User,
    /// As what.
    pub role: Role,
    /// Since when.
    pub joined: Timestamp,
}

/// A one-time link by which somebody joins an organization. The link itself is shown once; only
/// its SHA-256 is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invite {
    /// Its id.
    pub id: InviteId,
    /// Where it leads.
    pub org: OrgId,
    /// For whom it is: only an account with this address can use it.
    pub email: String,
    /// As what they join.
    pub role: Role,
    /// Who invited them; `None`: the command line.
    pub by: Option<UserId>,
    /// When.
    pub created: Timestamp,
    /// When it stops working.
    pub expires: Timestamp,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Scope;

    #[test]
    fn roles_are_steps_of_a_ladder() {
        let count = |role: Role| {
            let all = Permission::ALL.into_iter();
            all.filter(|permission| role.may(*permission)).count()
        };
        assert_eq!(Role::ALL.map(count), [3, 5, 8, 9]);
        for role in Role::ALL {
            assert_eq!(Role::from_name(role.name()), Some(role));
        }
        assert_eq!(Role::from_name("Owner"), None);
    }

    #[test]
    fn every_scope_stands_for_a_permission() {
        for scope in Scope::ALL {
            assert!(Permission::of_scope(scope).is_some(), "{scope}");
            assert!(Role::Owner.may_use(scope), "{scope}");
        }
        assert!(!Role::Owner.may_use("org:everything"));
        assert!(Role::Member.may_use("event:admin") && !Role::Member.may_use("project:write"));
        assert!(Role::Admin.may_use("team:admin") && !Role::Admin.may_use("member:write"));
        assert!(Role::Manager.may_use("org:write") && !Role::Manager.may_use("org:admin"));
    }

    #[test]
    fn the_documents_show_the_table() {
        let page = include_str!("../../../docs/OPERATING.md");
        let row = |permission: Permission| {
            let (role, words) = (permission.least().name(), permission.words());
            format!("| {role} | {words} |")
        };
        let table = Permission::ALL.map(row).join("\n");
        assert!(page.contains(&table), "{table}");
    }

    #[test]
    fn w38_nobody_gives_a_role_above_their_own() {
        assert!(Role::Owner.governs(Role::Owner));
        assert!(Role::Manager.governs(Role::Manager) && Role::Manager.governs(Role::Member));
        assert!(!Role::Manager.governs(Role::Owner));
        assert!(!Role::Admin.governs(Role::Member));
    }
}
