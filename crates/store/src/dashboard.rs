//! The seam of questions over events that people come back to: saved ones, and dashboards of them.

use watchpost_model::{DashboardId, IssueId, OrgId, ProjectId, QueryId, TileId, Timestamp, UserId};

use crate::StoreError;

/// A question over events that somebody saved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SavedQuery {
    /// Its id.
    pub id: QueryId,
    /// Where it belongs.
    pub org: OrgId,
    /// Whose it is; of nobody in particular when everybody of the organization has it.
    pub owner: Option<UserId>,
    /// What people call it: unique among those of its owner.
    pub name: String,
    /// The question, as the query of the page's address; stores do not read it.
    pub asked: String,
    /// Who saved it, if that person is still there.
    pub creator: Option<UserId>,
    /// When.
    pub created: Timestamp,
    /// When it was changed last.
    pub changed: Timestamp,
}

/// What a new saved question needs.
#[derive(Clone, Debug)]
pub struct NewQuery<'a> {
    /// Where it belongs.
    pub org: OrgId,
    /// Whose it is; nobody's when everybody is to have it.
    pub owner: Option<UserId>,
    /// What people call it.
    pub name: &'a str,
    /// The question.
    pub asked: &'a str,
    /// Who saves it.
    pub creator: UserId,
}

/// A page of answers, of everybody in the organization.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dashboard {
    /// Its id.
    pub id: DashboardId,
    /// Where it belongs.
    pub org: OrgId,
    /// What people call it: unique in its organization.
    pub name: String,
    /// Who made it, if that person is still there.
    pub creator: Option<UserId>,
    /// When.
    pub created: Timestamp,
    /// When it or a tile of it was changed last.
    pub changed: Timestamp,
    /// How many tiles it has.
    pub tile_count: u64,
}

/// How a tile shows its answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TileShape {
    /// Over time.
    #[default]
    Chart,
    /// The greatest groups.
    Table,
    /// How many events.
    Number,
}

impl TileShape {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Chart, Self::Table, Self::Number];

    /// Its name in addresses and in the store.
    pub fn name(self) -> &'static str {
        match self {
            Self::Chart => "chart",
            Self::Table => "table",
            Self::Number => "number",
        }
    }

    /// The shape of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|shape| shape.name() == name)
    }
}

/// One answer on a dashboard.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tile {
    /// Its id.
    pub id: TileId,
    /// What people call it.
    pub name: String,
    /// The question: a copy, so that a saved one can change or go.
    pub asked: String,
    /// How it shows its answer.
    pub shape: TileShape,
}

/// What a new tile needs.
#[derive(Clone, Copy, Debug)]
pub struct NewTile<'a> {
    /// What people call it.
    pub name: &'a str,
    /// The question.
    pub asked: &'a str,
    /// How it shows its answer.
    pub shape: TileShape,
}

/// What is done with a tile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TileChange {
    /// It changes places with the one before.
    Earlier,
    /// It changes places with the one after.
    Later,
    /// It goes.
    Delete,
}

/// Questions of people over events, and pages of them. All of it is scoped: `Missing` when it is
/// of another organization, or of another person.
pub trait DashboardLedger: Send + Sync {
    /// Saves a question. `Exists` when its owner has one of that name, `TooMany` at
    /// [`crate::limits::SAVED_QUERY_COUNT_MAX`].
    fn save_query(&self, new: &NewQuery<'_>, now: Timestamp) -> Result<SavedQuery, StoreError>;

    /// One question that a person has.
    fn saved_query(
        &self,
        org: OrgId,
        user: UserId,
        query: QueryId,
    ) -> Result<SavedQuery, StoreError>;

    /// The questions that a person has, their own and shared ones, by name.
    fn saved_queries(&self, org: OrgId, user: UserId) -> Result<Vec<SavedQuery>, StoreError>;

    /// Changes owner, name and question to those of `query`.
    fn update_query(
        &self,
        query: &SavedQuery,
        user: UserId,
        now: Timestamp,
    ) -> Result<(), StoreError>;

    /// Deletes a question for all who have it.
    fn delete_query(&self, org: OrgId, user: UserId, query: QueryId) -> Result<(), StoreError>;

    /// Makes a dashboard. `Exists` when there is one of that name, `TooMany` at
    /// [`crate::limits::DASHBOARD_COUNT_MAX`].
    fn create_dashboard(
        &self,
        org: OrgId,
        name: &str,
        creator: UserId,
        now: Timestamp,
    ) -> Result<Dashboard, StoreError>;

    /// Those of an organization, by name.
    fn dashboards(&self, org: OrgId) -> Result<Vec<Dashboard>, StoreError>;

    /// One of them, with its tiles in order.
    fn dashboard(
        &self,
        org: OrgId,
        dashboard: DashboardId,
    ) -> Result<(Dashboard, Vec<Tile>), StoreError>;

    /// Gives it another name.
    fn rename_dashboard(
        &self,
        org: OrgId,
        dashboard: DashboardId,
        name: &str,
        now: Timestamp,
    ) -> Result<(), StoreError>;

    /// Deletes it with its tiles.
    fn delete_dashboard(&self, org: OrgId, dashboard: DashboardId) -> Result<(), StoreError>;

    /// Adds a tile behind the others. `TooMany` at [`crate::limits::TILE_COUNT_MAX`].
    fn add_tile(
        &self,
        org: OrgId,
        dashboard: DashboardId,
        new: &NewTile<'_>,
        now: Timestamp,
    ) -> Result<TileId, StoreError>;

    /// Moves a tile or takes it away.
    fn change_tile(
        &self,
        org: OrgId,
        dashboard: DashboardId,
        change: (TileId, TileChange),
        now: Timestamp,
    ) -> Result<(), StoreError>;

    /// The issues of projects that others show, each with the one that shows it.
    fn merged_issues(&self, projects: &[ProjectId]) -> Result<Vec<(IssueId, IssueId)>, StoreError>;
}
