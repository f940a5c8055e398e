//! What becomes of organizations and projects that are renamed.

use watchpost_model::{OrgId, Organization};

use super::{at, message, project};
use crate::{Ledger, NewProject};

/// Name and slug change; a slug that is taken is refused.
pub fn organizations_are_renamed(ledger: &dyn Ledger) {
    let create = |slug| ledger.create_org(slug, slug, at(5)).expect("a new one");
    let (acme, bolt) = (create("acme"), create("bolt"));
    let named = Organization {
        slug: "shop".to_owned(),
        name: "The Shop".to_owned(),
        ..acme
    };
    ledger.update_org(&named).expect("a healthy ledger");
    assert_eq!(ledger.org("acme").expect("a healthy ledger"), None);
    let found = ledger.org("shop").expect("a healthy ledger");
    assert_eq!(found, Some(named.clone()));
    let taken = Organization {
        slug: bolt.slug,
        ..named.clone()
    };
    let refused = message(ledger.update_org(&taken));
    assert_eq!(refused, "organization `bolt` exists already");
    let nobody = Organization {
        id: OrgId(99),
        ..named
    };
    let refused = message(ledger.update_org(&nobody));
    assert_eq!(refused, "organization does not exist");
}

/// A project takes another slug, but none that is taken.
pub fn projects_take_another_slug(ledger: &dyn Ledger) {
    let mut web = project(ledger, "web");
    web.slug = "shop".into();
    ledger.update_project(&web).expect("a healthy ledger");
    assert_eq!(ledger.project(web.org, "web").expect("a ledger"), None);
    let found = ledger.project(web.org, "shop").expect("a ledger");
    assert_eq!(found, Some(web.clone()));
    let taken = NewProject {
        org: web.org,
        slug: "api",
        name: "api",
        platform: None,
    };
    ledger.create_project(&taken, at(2)).expect("a new project");
    web.slug = "api".into();
    let refused = message(ledger.update_project(&web));
    assert_eq!(refused, "project `api` exists already");
}
