//! The cellar: everything that is kept, behind four seams.
//!
//! [`Ledger`] is transactional (projects, keys, issues, people, counters), [`Archive`] is
//! append-only (event bodies and their search columns), [`Blobs`] holds files by content,
//! [`Quarantine`] what was accepted and could not be digested. SQL
//! lives in the engines' folders and nowhere else in the house. Methods block: a caller on an
//! async thread wraps them in `spawn_blocking`, in one place per room.

mod archive;
mod audit;
mod blobs;
mod cleanup;
mod dashboard;
mod error;
mod explore;
mod filing;
mod footing;
mod issue_query;
mod ledger;
mod life;
mod member;
mod outcome_query;
mod outside;
mod page;
mod quarantine;
mod rules;
mod saved;
mod session;
mod split;
mod team;
mod trash;
mod two_factor;
mod upkeep;

pub mod disk;
pub mod files;
pub mod limits;
pub mod search;
pub mod sqlite;
#[cfg(any(test, feature = "suite"))]
pub mod suite;

pub use archive::{
    Archive, ArchivedEvent, Arrivals, EventFilter, EventSummary, Freed, Keep, Neighbours, Usage,
    latest_of, oldest_of,
};
pub use audit::{AuditChange, AuditEntry, AuditLedger, AuditQuery, NewAudit};
pub use blobs::{BlobId, Blobs};
pub use cleanup::{Cleanup, CleanupReport};
pub use dashboard::{
    Dashboard, DashboardLedger, NewQuery, NewTile, SavedQuery, Tile, TileChange, TileShape,
};
pub use error::StoreError;
pub use explore::{
    Buckets, EventGroup, EventGroups, EventsAsked, Extent, GroupField, GroupOrder, GroupQuery,
    Histogram, Series,
};
pub use filing::{DISCARDED_REASON, Filing, UNKEPT_REASON, Unkept};
pub use footing::Footing;
pub use issue_query::{Candidate, Counted, IssueQuery, Issues, SearchError, Sort, TabCounts};
pub use ledger::{
    IssueLedger, KeyLedger, Ledger, NewKey, NewProject, NewToken, NewUser, OrgLedger,
    ProjectLedger, SecretHash, StatusCounts, TagCount, UserLedger,
};
pub use life::{
    Acted, Action, Actor, Aged, Forget, HashOwner, Kin, Leaving, LifeLedger, Merged, Personal,
    Release, ReleaseChange, ReleaseLedger, Resolve, Tombstone, Unmerged, one_name,
};
pub use member::{Joining, MemberLedger, NewInvite};
pub use outcome_query::{
    Grain, NO_PROJECT, OUTCOME_SUM_COUNT_MAX, OutcomeField, OutcomeLedger, OutcomeQuery, OutcomeSum,
};
pub use outside::{
    Alike, DeletedIssue, IssueValue, NewShare, Newcomer, OutsideLedger, Share, Ticket,
};
pub use page::{Cursor, Page};
pub use quarantine::{
    FileQuarantine, Loss, LostFrom, Poison, QUARANTINE_PAGE_COUNT_MAX, Quarantine, QuarantineEntry,
    QuarantineId, QuarantineKind, QuarantinePage, QuarantineQuery, QuarantineUsage, Replayed,
    quarantine_twin,
};
pub use rules::{FilteredUnsettled, RulesChange, RulesLedger, Shown, StoredRules};
pub use saved::{NewSearch, RecentSearch, SavedLedger, SavedSearch};
pub use search::{Asker, Search, SearchText, find_issue};
pub use session::{NewSession, Session, SessionLedger, SignIn};
pub use split::{Split, SplitLedger, SplitStage, SplitStep, carry_out};
pub use team::{
    Codeowners, NewTeam, Owners, OwnershipLedger, OwnershipRecord, Suggested, Suggestion,
    TeamLedger, Unowned, find_assignee, find_team,
};
pub use trash::{TrashLedger, Trashed};
pub use two_factor::{TwoFactor, TwoFactorLedger, TwoFactorSecret};
pub use upkeep::{ClockWatch, Trimmed, UpkeepLedger};
