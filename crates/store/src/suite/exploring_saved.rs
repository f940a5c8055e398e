//! Saved questions over events, and dashboards of them.

use watchpost_model::{DashboardId, OrgId, QueryId, UserId};

use super::belonging::user;
use super::parts::merge;
use super::{apply, at, grouped, message, project};
use crate::limits::{DASHBOARD_COUNT_MAX, SAVED_QUERY_COUNT_MAX, TILE_COUNT_MAX};
use crate::{Ledger, NewQuery, NewTile, SavedQuery, StoreError, TileChange, TileShape};

fn save(
    ledger: &dyn Ledger,
    (org, owner): (OrgId, Option<UserId>),
    name: &str,
    creator: UserId,
) -> Result<SavedQuery, StoreError> {
    let new = NewQuery {
        org,
        owner,
        name,
        asked: "field=release",
        creator,
    };
    ledger.save_query(&new, at(5))
}

fn names(ledger: &dyn Ledger, org: OrgId, user: UserId) -> Vec<String> {
    let all = ledger.saved_queries(org, user).expect("a healthy ledger");
    all.into_iter().map(|query| query.name).collect()
}

/// Of one person, or of everybody; by name; who made it and when stays.
pub fn queries_are_saved_changed_and_deleted(ledger: &dyn Ledger) {
    let org = project(ledger, "web").org;
    let (ada, ben) = (
        user(ledger, "ada@example.org"),
        user(ledger, "ben@example.org"),
    );
    let own = save(ledger, (org, Some(ada)), "Mine", ada).expect("a saved query");
    let shared = save(ledger, (org, None), "Ours", ada).expect("a saved query");
    assert_eq!(names(ledger, org, ada), ["Mine", "Ours"]);
    assert_eq!(names(ledger, org, ben), ["Ours"]);
    assert_eq!((own.creator, own.created), (Some(ada), at(5)));
    let taken = save(ledger, (org, Some(ada)), "Mine", ada);
    assert_eq!(message(taken), "saved query `Mine` exists already");
    let changed = SavedQuery {
        name: "All of ours".to_owned(),
        asked: "field=user".to_owned(),
        ..shared
    };
    ledger.update_query(&changed, ben, at(9)).expect("a change");
    let found = ledger.saved_query(org, ben, changed.id).expect("a query");
    assert_eq!((&*found.asked, found.creator), ("field=user", Some(ada)));
    assert_eq!((found.created, found.changed), (at(5), at(9)));
    ledger.delete_query(org, ben, changed.id).expect("deleted");
    assert_eq!(names(ledger, org, ada), ["Mine"]);
}

/// Neither of another person nor of another organization.
pub fn w10_queries_of_others_are_not_there(ledger: &dyn Ledger) {
    const NONE: &str = "saved query does not exist";
    let org = project(ledger, "web").org;
    let (ada, ben) = (
        user(ledger, "ada@example.org"),
        user(ledger, "ben@example.org"),
    );
    let own = save(ledger, (org, Some(ada)), "Mine", ada).expect("a saved query");
    let elsewhere = ledger
        .create_org("other", "Other", at(0))
        .expect("an org")
        .id;
    for (org, user) in [(org, ben), (elsewhere, ada)] {
        assert_eq!(message(ledger.saved_query(org, user, own.id)), NONE);
        assert_eq!(message(ledger.delete_query(org, user, own.id)), NONE);
        let theirs = SavedQuery { org, ..own.clone() };
        assert_eq!(message(ledger.update_query(&theirs, user, at(9))), NONE);
    }
    assert_eq!(message(ledger.saved_query(org, ada, QueryId(99))), NONE);
    let made = ledger
        .create_dashboard(org, "Shop", ada, at(1))
        .expect("a dashboard")
        .id;
    let none = "dashboard does not exist";
    assert_eq!(message(ledger.dashboard(elsewhere, made)), none);
    assert_eq!(
        message(ledger.rename_dashboard(elsewhere, made, "x", at(2))),
        none
    );
    assert_eq!(message(ledger.delete_dashboard(elsewhere, made)), none);
    assert_eq!(
        message(ledger.add_tile(elsewhere, made, &TILE, at(2))),
        none
    );
    assert!(ledger.dashboards(elsewhere).expect("a ledger").is_empty());
    let tile = ledger.add_tile(org, made, &TILE, at(2)).expect("a tile");
    let other = ledger
        .create_dashboard(org, "Other", ada, at(1))
        .expect("a dashboard")
        .id;
    let moved = ledger.change_tile(org, other, (tile, TileChange::Delete), at(3));
    assert_eq!(message(moved), "tile does not exist");
}

const TILE: NewTile<'_> = NewTile {
    name: "Errors",
    asked: "query=level:error",
    shape: TileShape::Number,
};

fn tiles(ledger: &dyn Ledger, org: OrgId, dashboard: DashboardId) -> Vec<String> {
    let (_, tiles) = ledger.dashboard(org, dashboard).expect("a dashboard");
    tiles.into_iter().map(|tile| tile.name).collect()
}

/// With tiles that move and go.
pub fn dashboards_are_made_of_tiles(ledger: &dyn Ledger) {
    let (org, ada) = (project(ledger, "web").org, user(ledger, "ada@example.org"));
    let shop = ledger
        .create_dashboard(org, "Shop", ada, at(1))
        .expect("a dashboard");
    assert_eq!(
        (shop.creator, shop.changed, shop.tile_count),
        (Some(ada), at(1), 0)
    );
    let taken = ledger.create_dashboard(org, "Shop", ada, at(1));
    assert_eq!(message(taken), "dashboard `Shop` exists already");
    let add = |name| ledger.add_tile(org, shop.id, &NewTile { name, ..TILE }, at(2));
    let ids = ["a", "b", "c"].map(|name| add(name).expect("a tile"));
    let change = |tile, change, expect: &[&str]| {
        let changed = ledger.change_tile(org, shop.id, (tile, change), at(7));
        changed.expect("a change");
        assert_eq!(tiles(ledger, org, shop.id), expect, "{change:?}");
    };
    change(ids[2], TileChange::Earlier, &["a", "c", "b"]);
    change(ids[0], TileChange::Later, &["c", "a", "b"]);
    change(ids[2], TileChange::Earlier, &["c", "a", "b"]);
    change(ids[1], TileChange::Later, &["c", "a", "b"]);
    change(ids[0], TileChange::Delete, &["c", "b"]);
    ledger
        .rename_dashboard(org, shop.id, "Carts", at(8))
        .expect("a name");
    let all = ledger.dashboards(org).expect("a healthy ledger");
    let told: Vec<_> = all
        .iter()
        .map(|one| (&*one.name, one.tile_count, one.changed))
        .collect();
    assert_eq!(told, [("Carts", 2, at(8))]);
    let (_, tiles) = ledger.dashboard(org, shop.id).expect("a dashboard");
    assert_eq!((&*tiles[0].asked, tiles[0].shape), (TILE.asked, TILE.shape));
    ledger.delete_dashboard(org, shop.id).expect("deleted");
    assert!(ledger.dashboards(org).expect("a healthy ledger").is_empty());
}

/// So many of each.
pub fn queries_and_dashboards_are_bounded(ledger: &dyn Ledger) {
    let (org, ada) = (project(ledger, "web").org, user(ledger, "ada@example.org"));
    for number in 0..SAVED_QUERY_COUNT_MAX {
        save(ledger, (org, None), &number.to_string(), ada).expect("a saved query");
    }
    let more = save(ledger, (org, None), "more", ada);
    assert!(matches!(more, Err(StoreError::TooMany { .. })), "{more:?}");
    let own = save(ledger, (org, Some(ada)), "more", ada).expect("of another kind");
    let shared = SavedQuery { owner: None, ..own };
    let given = ledger.update_query(&shared, ada, at(6));
    assert!(
        matches!(given, Err(StoreError::TooMany { .. })),
        "{given:?}"
    );
    let make = |name: String| ledger.create_dashboard(org, &name, ada, at(1));
    let made: Vec<_> = (0..DASHBOARD_COUNT_MAX)
        .map(|number| make(number.to_string()).expect("a dashboard").id)
        .collect();
    assert!(matches!(
        make("more".to_owned()),
        Err(StoreError::TooMany { .. })
    ));
    for _ in 0..TILE_COUNT_MAX {
        ledger.add_tile(org, made[0], &TILE, at(2)).expect("a tile");
    }
    let more = ledger.add_tile(org, made[0], &TILE, at(2));
    assert!(matches!(more, Err(StoreError::TooMany { .. })), "{more:?}");
}

/// Each with the one that shows it.
pub fn merged_issues_are_told(ledger: &dyn Ledger) {
    let web = project(ledger, "web").id;
    let batch = [(1, "a"), (2, "b"), (3, "c")].map(|(id, name)| grouped(web, id, name, 10));
    let ids: Vec<_> = apply(ledger, &batch)
        .iter()
        .map(|done| done.issue)
        .collect();
    merge(ledger, web, &ids[..2]);
    let told = ledger.merged_issues(&[web]).expect("a healthy ledger");
    assert_eq!(told, [(ids[1], ids[0])]);
    assert_eq!(ledger.merged_issues(&[]).expect("a healthy ledger"), []);
}
