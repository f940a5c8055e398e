//! Teams.

use serde::Serialize;
use watchpost_model::{Project, Roster, Timestamp, UserId};

use super::project::ProjectView;

/// A team as a part of a project.
#[derive(Clone, Serialize)]
pub(in crate::api) struct TeamRef {
    id: String,
    slug: String,
    name: String,
}

impl TeamRef {
    pub(in crate::api) fn of(roster: &Roster) -> Self {
        Self {
            id: roster.team.id.to_string(),
            slug: roster.team.slug.clone(),
            name: roster.team.name.clone(),
        }
    }
}

/// A team.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::api) struct TeamView {
    #[serde(flatten)]
    team: TeamRef,
    date_created: Timestamp,
    is_member: bool,
    team_role: Option<()>,
    access: [(); 0],
    has_access: bool,
    is_pending: bool,
    member_count: usize,
    avatar: Avatar,
    projects: Vec<ProjectView>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Avatar {
    avatar_type: &'static str,
    avatar_uuid: Option<String>,
}

impl TeamView {
    /// As `user` sees it. `projects` are those of the organization.
    pub(in crate::api) fn of(roster: &Roster, user: UserId, projects: &[Project]) -> Self {
        let own = projects
            .iter()
            .filter(|project| roster.projects.contains(&project.id));
        Self {
            team: TeamRef::of(roster),
            date_created: roster.team.created,
            is_member: roster.members.contains(&user),
            team_role: None,
            access: [],
            has_access: true,
            is_pending: false,
            member_count: roster.members.len(),
            avatar: Avatar {
                avatar_type: "letter_avatar",
                avatar_uuid: None,
            },
            projects: own.map(ProjectView::of).collect(),
        }
    }
}
