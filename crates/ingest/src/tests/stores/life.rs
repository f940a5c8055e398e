//! The life of issues and releases, which no test makes fail.

use watchpost_model::*;
use watchpost_store::*;

use super::Stores;

impl LifeLedger for Stores {
    hand_over! { ledger:
        act(
            project: ProjectId, issues: &[IssueId], action: &Action, actor: Actor, now: Timestamp
        ) -> Acted;
        undo(project: ProjectId, undo: i64, actor: Actor, now: Timestamp) -> Vec<IssueId>;
        merge(
            project: ProjectId, issues: &[IssueId], actor: Actor, now: Timestamp
        ) -> Option<Merged>;
        unmerge(
            project: ProjectId, issue: IssueId, leaving: &Leaving<'_>, actor: Actor, now: Timestamp
        ) -> Unmerged;
        family(project: ProjectId, issue: IssueId) -> Vec<IssueId>;
        families(project: ProjectId, issues: &[IssueId]) -> Vec<Vec<IssueId>>;
        hashes(project: ProjectId, issue: IssueId) -> Vec<HashOwner>;
        kin(project: ProjectId, issue: IssueId) -> Vec<Kin>;
        activity(project: ProjectId, issue: IssueId) -> Vec<Activity>;
        comment_counts(project: ProjectId, issues: &[IssueId]) -> Vec<(IssueId, u64)>;
        comment(
            project: ProjectId, issue: IssueId, said: (UserId, &str), now: Timestamp
        ) -> Activity;
        edit_comment(
            project: ProjectId, issue: IssueId, comment: i64, said: (UserId, Option<&str>)
        ) -> Option<Activity>;
        personal(
            project: ProjectId, issues: &[IssueId], user: UserId
        ) -> Vec<(IssueId, Personal)>;
        forget_issues(
            project: ProjectId, issues: &[IssueId], how: Forget, actor: Actor, now: Timestamp
        ) -> Vec<IssueId>;
        tombstones(project: ProjectId) -> Vec<Tombstone>;
        delete_tombstone(project: ProjectId, id: i64) -> ();
        age(now: Timestamp) -> Aged;
    }
}

impl TrashLedger for Stores {
    fn trash(&self, before: Timestamp) -> Result<Vec<Trashed>, StoreError> {
        if self.faults().trash_down {
            return Err(super::ill());
        }
        self.ledger.trash(before)
    }

    hand_over! { ledger:
        trash_issues(
            project: ProjectId, issues: &[IssueId], how: Forget, actor: Actor, now: Timestamp
        ) -> Acted;
        trashed(project: ProjectId) -> Vec<IssueId>;
        empty_trash(what: &Trashed) -> ();
    }
}

impl SplitLedger for Stores {
    fn split_step(&self, split: &Split, step: &SplitStep<'_>) -> Result<Option<Split>, StoreError> {
        if self.faults().unsplittable == Some(split.source) {
            return Err(super::ill());
        }
        self.ledger.split_step(split, step)
    }

    hand_over! { ledger:
        splits() -> Vec<Split>;
        split_waits(split: &Split) -> Vec<(ProjectId, EventId)>;
    }
}

impl ReleaseLedger for Stores {
    hand_over! { ledger:
        releases(project: ProjectId, contains: Option<&str>, limit: usize) -> Vec<Release>;
        releases_since(
            project: ProjectId, since: Timestamp, limit: usize
        ) -> Vec<(String, Timestamp)>;
        release(project: ProjectId, version: &str) -> Option<Release>;
        put_release(
            project: ProjectId, version: &str, change: &ReleaseChange, now: Timestamp
        ) -> ();
    }
}

impl TeamLedger for Stores {
    hand_over! { ledger:
        create_team(new: &NewTeam<'_>, now: Timestamp) -> Team;
        teams(org: OrgId) -> Vec<Roster>;
        update_team(team: &Team) -> ();
        delete_team(team: &Team, actor: Actor, now: Timestamp) -> u64;
        set_member(team: &Team, user: UserId, is_in: bool) -> bool;
        set_team_project(team: &Team, project: ProjectId, is_in: bool) -> bool;
    }
}

impl DashboardLedger for Stores {
    hand_over! { ledger:
        save_query(new: &NewQuery<'_>, now: Timestamp) -> SavedQuery;
        saved_query(org: OrgId, user: UserId, query: QueryId) -> SavedQuery;
        saved_queries(org: OrgId, user: UserId) -> Vec<SavedQuery>;
        update_query(query: &SavedQuery, user: UserId, now: Timestamp) -> ();
        delete_query(org: OrgId, user: UserId, query: QueryId) -> ();
        create_dashboard(org: OrgId, name: &str, creator: UserId, now: Timestamp) -> Dashboard;
        dashboards(org: OrgId) -> Vec<Dashboard>;
        dashboard(org: OrgId, dashboard: DashboardId) -> (Dashboard, Vec<Tile>);
        rename_dashboard(
            org: OrgId, dashboard: DashboardId, name: &str, now: Timestamp
        ) -> ();
        delete_dashboard(org: OrgId, dashboard: DashboardId) -> ();
        add_tile(
            org: OrgId, dashboard: DashboardId, new: &NewTile<'_>, now: Timestamp
        ) -> TileId;
        change_tile(
            org: OrgId, dashboard: DashboardId, change: (TileId, TileChange), now: Timestamp
        ) -> ();
        merged_issues(projects: &[ProjectId]) -> Vec<(IssueId, IssueId)>;
    }
}

impl SavedLedger for Stores {
    hand_over! { ledger:
        save_search(new: &NewSearch<'_>, user: UserId, now: Timestamp) -> SavedSearch;
        saved_search(org: OrgId, user: UserId, search: SearchId) -> SavedSearch;
        saved_searches(org: OrgId, user: UserId) -> Vec<SavedSearch>;
        update_search(search: &SavedSearch, user: UserId) -> ();
        delete_search(org: OrgId, user: UserId, search: SearchId) -> ();
        note_search(org: OrgId, user: UserId, query: &str, now: Timestamp) -> ();
        recent_searches(org: OrgId, user: UserId) -> Vec<RecentSearch>;
        forget_recent_searches(org: OrgId, user: UserId) -> ();
    }
}

impl OwnershipLedger for Stores {
    fn ownership(&self, project: ProjectId) -> Result<Option<OwnershipRecord>, StoreError> {
        if self.faults().owners_down {
            return Err(super::ill());
        }
        self.ledger.ownership(project)
    }

    hand_over! { ledger:
        ownership_versions() -> Vec<(ProjectId, u64)>;
        set_codeowners(project: ProjectId, raw: Option<&str>, now: Timestamp) -> ();
        resolve_owners(project: ProjectId, matches: &[OwnerMatch]) -> Vec<Suggested>;
        suggested(
            project: ProjectId, issues: &[IssueId]
        ) -> Vec<(IssueId, Vec<Suggested>)>;
    }
}
