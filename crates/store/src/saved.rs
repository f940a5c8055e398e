//! The seam of searches that people come back to: saved ones, and the last ones they made.

use watchpost_model::{OrgId, SearchId, Timestamp, UserId};

use crate::{Sort, StoreError};

/// A search that somebody saved, as one person sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SavedSearch {
    /// Its id.
    pub id: SearchId,
    /// Where it belongs.
    pub org: OrgId,
    /// Whose it is; of nobody in particular when everybody of the organization has it.
    pub owner: Option<UserId>,
    /// What people call it: unique among those of its owner.
    pub name: String,
    /// The search text.
    pub query: String,
    /// The order of the list.
    pub sort: Sort,
    /// Whether it is a tab of the list for this person.
    pub is_pinned: bool,
    /// Whether the list of this person begins with it. At most one is.
    pub is_default: bool,
    /// When it was saved.
    pub created: Timestamp,
}

/// What a new saved search needs.
#[derive(Clone, Debug)]
pub struct NewSearch<'a> {
    /// Where it belongs.
    pub org: OrgId,
    /// Whose it is; nobody's when everybody is to have it.
    pub owner: Option<UserId>,
    /// What people call it.
    pub name: &'a str,
    /// The search text, which the caller has understood.
    pub query: &'a str,
    /// The order of the list.
    pub sort: Sort,
    /// Whether it is a tab of the list for whoever saves it.
    pub is_pinned: bool,
    /// Whether the list of whoever saves it begins with it.
    pub is_default: bool,
}

/// A search that somebody made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecentSearch {
    /// The search text.
    pub query: String,
    /// When last.
    pub last: Timestamp,
}

/// Searches of people. All of it is scoped: `Missing` when the search is of another organization,
/// or of another person.
pub trait SavedLedger: Send + Sync {
    /// Saves a search; pins and default are those of `user`. `Exists` when its owner has one of
    /// that name, `TooMany` at [`crate::limits::SAVED_SEARCH_COUNT_MAX`].
    fn save_search(
        &self,
        new: &NewSearch<'_>,
        user: UserId,
        now: Timestamp,
    ) -> Result<SavedSearch, StoreError>;

    /// One search that a person has.
    fn saved_search(
        &self,
        org: OrgId,
        user: UserId,
        search: SearchId,
    ) -> Result<SavedSearch, StoreError>;

    /// The searches that a person has, their own and shared ones, by name.
    fn saved_searches(&self, org: OrgId, user: UserId) -> Result<Vec<SavedSearch>, StoreError>;

    /// Changes everything but the id to that of `search`; pins and default are those of `user`.
    fn update_search(&self, search: &SavedSearch, user: UserId) -> Result<(), StoreError>;

    /// Deletes a search for all who have it.
    fn delete_search(&self, org: OrgId, user: UserId, search: SearchId) -> Result<(), StoreError>;

    /// Notes that a person searched for this. The oldest ones are forgotten beyond
    /// [`crate::limits::RECENT_SEARCH_COUNT_MAX`].
    fn note_search(
        &self,
        org: OrgId,
        user: UserId,
        query: &str,
        now: Timestamp,
    ) -> Result<(), StoreError>;

    /// What a person searched for, the last first.
    fn recent_searches(&self, org: OrgId, user: UserId) -> Result<Vec<RecentSearch>, StoreError>;

    /// Forgets what a person searched for.
    fn forget_recent_searches(&self, org: OrgId, user: UserId) -> Result<(), StoreError>;
}
