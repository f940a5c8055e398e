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

impl SplitLedger for Stores {
    hand_over! { ledger:
        splits() -> Vec<Split>;
        split_step(split: &Split, step: &SplitStep<'_>) -> Option<Split>;
        split_waits(split: &Split) -> Vec<(ProjectId, EventId)>;
    }
}

impl ReleaseLedger for Stores {
    hand_over! { ledger:
        releases(project: ProjectId, contains: Option<&str>, limit: usize) -> Vec<Release>;
        release(project: ProjectId, version: &str) -> Option<Release>;
        put_release(
            project: ProjectId, version: &str, change: &ReleaseChange, now: Timestamp
        ) -> ();
    }
}
