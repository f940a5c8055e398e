//! Searches that people save, share and come back to.

use watchpost_model::{OrgId, SearchId, UserId};

use super::belonging::user;
use super::{at, message, project};
use crate::limits::{RECENT_SEARCH_COUNT_MAX, SAVED_SEARCH_COUNT_MAX};
use crate::{Ledger, NewSearch, SavedSearch, Sort, StoreError};

const NONE: &str = "saved search does not exist";

fn new(org: OrgId, owner: Option<UserId>, name: &str) -> NewSearch<'_> {
    NewSearch {
        org,
        owner,
        name,
        query: "is:unresolved",
        sort: Sort::Frequency,
        is_pinned: false,
        is_default: false,
    }
}

fn save(
    ledger: &dyn Ledger,
    (org, owner): (OrgId, Option<UserId>),
    name: &str,
) -> Result<SavedSearch, StoreError> {
    // Who saves a shared one is only kept with what they choose.
    let user = owner.unwrap_or(UserId(99));
    ledger.save_search(&new(org, owner, name), user, at(5))
}

fn names(ledger: &dyn Ledger, org: OrgId, user: UserId) -> Vec<String> {
    let all = ledger.saved_searches(org, user).expect("a healthy ledger");
    all.into_iter().map(|search| search.name).collect()
}

/// Saved, renamed, deleted; names are unique per owner.
pub fn searches_are_saved_changed_and_deleted(ledger: &dyn Ledger) {
    let (org, ada) = (project(ledger, "web").org, user(ledger, "ada@example.org"));
    let mine = save(ledger, (org, Some(ada)), "Mine").expect("a saved search");
    let expect = SavedSearch {
        id: mine.id,
        org,
        owner: Some(ada),
        name: "Mine".to_owned(),
        query: "is:unresolved".to_owned(),
        sort: Sort::Frequency,
        is_pinned: false,
        is_default: false,
        created: at(5),
    };
    assert_eq!(mine, expect);
    let again = save(ledger, (org, Some(ada)), "Mine");
    assert_eq!(message(again), "saved search `Mine` exists already");
    let other = save(ledger, (org, None), "Mine").expect("a shared one of that name");
    let changed = SavedSearch {
        name: "Carts".to_owned(),
        query: "cart".to_owned(),
        sort: Sort::LastSeen,
        is_pinned: true,
        ..mine
    };
    ledger.update_search(&changed, ada).expect("a change");
    let all = ledger.saved_searches(org, ada).expect("a healthy ledger");
    assert_eq!(all, [changed.clone(), other.clone()]);
    let clash = SavedSearch {
        owner: None,
        name: other.name,
        ..changed
    };
    let refused = ledger.update_search(&clash, ada);
    assert_eq!(message(refused), "saved search `Mine` exists already");
    ledger.delete_search(org, ada, clash.id).expect("a delete");
    assert_eq!(names(ledger, org, ada), ["Mine"]);
    let gone = ledger.delete_search(org, ada, clash.id);
    assert_eq!(message(gone), "saved search does not exist");
}

/// Pins and defaults are each person's own.
pub fn a_shared_search_is_everybodys(ledger: &dyn Ledger) {
    let org = project(ledger, "web").org;
    let (ada, ben) = (
        user(ledger, "ada@example.org"),
        user(ledger, "ben@example.org"),
    );
    let shared = save(ledger, (org, None), "Ours").expect("a saved search");
    let pinned = SavedSearch {
        is_pinned: true,
        is_default: true,
        ..shared
    };
    ledger.update_search(&pinned, ada).expect("a change");
    let seen = |user| {
        let all = ledger.saved_searches(org, user).expect("a healthy ledger");
        (all[0].is_pinned, all[0].is_default)
    };
    assert_eq!((seen(ada), seen(ben)), ((true, true), (false, false)));
    let renamed = SavedSearch {
        name: "All of ours".to_owned(),
        is_pinned: false,
        is_default: false,
        ..pinned
    };
    ledger.update_search(&renamed, ben).expect("a change");
    assert_eq!((seen(ada), seen(ben)), ((true, true), (false, false)));
    // Whoever takes it for themselves takes it from the others.
    let taken = SavedSearch {
        owner: Some(ben),
        ..renamed
    };
    ledger.update_search(&taken, ben).expect("a change");
    assert_eq!(names(ledger, org, ben), ["All of ours"]);
    assert!(names(ledger, org, ada).is_empty());
}

/// A second one takes the place of the first.
pub fn a_person_has_one_default_search(ledger: &dyn Ledger) {
    let (org, ada) = (project(ledger, "web").org, user(ledger, "ada@example.org"));
    for name in ["one", "two"] {
        let saved = save(ledger, (org, Some(ada)), name).expect("a saved search");
        let chosen = SavedSearch {
            is_default: true,
            ..saved
        };
        ledger.update_search(&chosen, ada).expect("a change");
    }
    let all = ledger.saved_searches(org, ada).expect("a healthy ledger");
    let defaults: Vec<bool> = all.iter().map(|search| search.is_default).collect();
    assert_eq!(defaults, [false, true]);
}

/// So that whoever tries again is not told that the name is taken.
pub fn a_search_is_saved_and_chosen_at_once_or_not_at_all(ledger: &dyn Ledger) {
    let (org, ada) = (project(ledger, "web").org, user(ledger, "ada@example.org"));
    let chosen = |name| NewSearch {
        is_pinned: true,
        is_default: true,
        ..new(org, None, name)
    };
    let nobody = ledger.save_search(&chosen("one"), UserId(99), at(5));
    assert_eq!(message(nobody), "user does not exist");
    assert!(names(ledger, org, ada).is_empty());
    let save = |name| ledger.save_search(&chosen(name), ada, at(5));
    let one = save("one").expect("a saved search");
    assert!(one.is_pinned && one.is_default);
    let two = save("two").expect("a saved search");
    let all = ledger.saved_searches(org, ada).expect("a healthy ledger");
    let replaced = SavedSearch {
        is_default: false,
        ..one
    };
    assert_eq!(all, [replaced, two]);
}

/// Each person, and the organization.
pub fn saved_searches_are_bounded(ledger: &dyn Ledger) {
    let (org, ada) = (project(ledger, "web").org, user(ledger, "ada@example.org"));
    for number in 0..SAVED_SEARCH_COUNT_MAX {
        save(ledger, (org, Some(ada)), &number.to_string()).expect("a saved search");
    }
    let refused = save(ledger, (org, Some(ada)), "one more");
    assert_eq!(
        message(refused),
        "there can be 100 saved searches of one kind at most"
    );
    let shared = save(ledger, (org, None), "ours").expect("a shared one");
    let taken = SavedSearch {
        owner: Some(ada),
        ..shared
    };
    assert!(ledger.update_search(&taken, ada).is_err());
}

/// Of another person, of another organization.
pub fn w10_searches_of_others_are_not_there(ledger: &dyn Ledger) {
    let org = project(ledger, "web").org;
    let other = ledger.create_org("other", "Other", at(0)).expect("an org");
    let (ada, ben) = (
        user(ledger, "ada@example.org"),
        user(ledger, "ben@example.org"),
    );
    let mine = save(ledger, (org, Some(ada)), "Mine").expect("a saved search");
    let shared = save(ledger, (org, None), "Ours").expect("a saved search");
    assert_eq!(names(ledger, org, ben), ["Ours"]);
    assert!(names(ledger, other.id, ada).is_empty());
    let found = |org, user, id| ledger.saved_search(org, user, id);
    let is_found = |user, search: &SavedSearch| {
        let found = found(org, user, search.id).expect("a saved search");
        found == *search
    };
    assert!(is_found(ada, &mine) && is_found(ben, &shared));
    assert_eq!(message(found(org, ben, mine.id)), NONE);
    assert_eq!(message(found(other.id, ada, mine.id)), NONE);
    assert_eq!(message(found(other.id, ada, shared.id)), NONE);
    assert_eq!(message(ledger.update_search(&mine, ben)), NONE);
    assert_eq!(message(ledger.delete_search(org, ben, mine.id)), NONE);
    let gone = ledger.delete_search(other.id, ada, shared.id);
    assert_eq!(message(gone), NONE);
    let posing = SavedSearch {
        org: other.id,
        ..shared
    };
    assert_eq!(message(ledger.update_search(&posing, ada)), NONE);
    let nobody = save(ledger, (org, Some(UserId(99))), "x");
    assert_eq!(message(nobody), "organization or user does not exist");
    assert!(ledger.delete_search(org, ada, SearchId(99)).is_err());
}

/// Per person and organization, the last first, each once.
pub fn recent_searches_are_the_last_ones(ledger: &dyn Ledger) {
    let org = project(ledger, "web").org;
    let other = ledger.create_org("other", "Other", at(0)).expect("an org");
    let (ada, ben) = (
        user(ledger, "ada@example.org"),
        user(ledger, "ben@example.org"),
    );
    let note = |org, user, query: &str, secs| {
        let noted = ledger.note_search(org, user, query, at(secs));
        noted.expect("a healthy ledger");
    };
    let recent = |org, user| {
        let all = ledger.recent_searches(org, user).expect("a healthy ledger");
        all.into_iter().map(|one| one.query).collect::<Vec<_>>()
    };
    for number in 0..i64::from(RECENT_SEARCH_COUNT_MAX) + 2 {
        note(org, ada, &format!("level:error {number}"), number);
    }
    note(org, ada, "level:error 5", 50);
    note(org, ben, "theirs", 60);
    note(other.id, ada, "elsewhere", 70);
    let found = recent(org, ada);
    assert_eq!(found.len(), 10);
    assert_eq!(found[..2], ["level:error 5", "level:error 11"]);
    assert_eq!(found.last().map(String::as_str), Some("level:error 2"));
    assert_eq!(recent(org, ben), ["theirs"]);
    assert_eq!(recent(other.id, ada), ["elsewhere"]);
    ledger.forget_recent_searches(org, ada).expect("a change");
    assert!(recent(org, ada).is_empty());
    assert_eq!(recent(org, ben), ["theirs"]);
    let nobody = ledger.note_search(org, UserId(99), "x", at(1));
    assert!(nobody.is_err());
}
