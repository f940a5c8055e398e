//! What is around issues, which no test makes fail.

use watchpost_model::*;
use watchpost_store::*;

use super::Stores;

impl OutsideLedger for Stores {
    hand_over! { ledger:
        share_issue(
            project: ProjectId, issue: IssueId, new: &NewShare, by: UserId, now: Timestamp
        ) -> ();
        stop_sharing(project: ProjectId, issue: IssueId, by: UserId, now: Timestamp) -> bool;
        share_of(project: ProjectId, issue: IssueId) -> Option<Share>;
        shared(hash: &SecretHash) -> Option<Share>;
        tickets(project: ProjectId, issue: IssueId) -> Vec<Ticket>;
        link_ticket(
            project: ProjectId, issue: IssueId, ticket: (&str, &str), by: UserId, now: Timestamp
        ) -> ();
        unlink_ticket(
            project: ProjectId, issue: IssueId, ticket: i64, by: UserId, now: Timestamp
        ) -> ();
        subscribers(project: ProjectId, issue: IssueId) -> Vec<UserId>;
        issue_tag_values(
            project: ProjectId, issue: IssueId, key: &str, part: (usize, usize)
        ) -> (Vec<IssueValue>, u64);
        newcomers(
            project: ProjectId, issue: IssueId, keys: &[&str], time: (Timestamp, Timestamp)
        ) -> Vec<Newcomer>;
        release_began(project: ProjectId, release: &str) -> Option<Timestamp>;
        alike(project: ProjectId, issue: &Issue) -> Vec<Alike>;
        deleted_issue(projects: &[ProjectId], issue: IssueId) -> Option<DeletedIssue>;
    }
}
