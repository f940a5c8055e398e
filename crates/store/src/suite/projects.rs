//! What organizations, projects, keys and outcomes must do.

use watchpost_model::{KeyId, OrgId, Outcome, OutcomeCount, ProjectId, Quota, Retention};

use super::{at, message, project};
use crate::{Grain, Ledger, NO_PROJECT, NewKey, NewProject, OutcomeField, OutcomeQuery};

fn key(ledger: &dyn Ledger, project: ProjectId, letter: char) -> watchpost_model::Key {
    let (public, secret) = (
        letter.to_string().repeat(32),
        format!("{letter}5").repeat(16),
    );
    let new = NewKey {
        project,
        label: "default",
        public: &public,
        secret: &secret,
    };
    ledger.create_key(&new, at(7)).expect("a new key")
}

/// Created once, found by slug, listed by id.
pub fn organizations(ledger: &dyn Ledger) {
    let acme = ledger
        .create_org("acme", "Acme", at(5))
        .expect("a new organization");
    assert_eq!((acme.slug.as_str(), acme.created), ("acme", at(5)));
    let again = ledger.create_org("acme", "Other", at(6));
    assert_eq!(message(again), "organization `acme` exists already");
    let bolt = ledger
        .create_org("bolt", "Bolt", at(6))
        .expect("a new organization");
    assert_eq!(
        ledger.org("acme").expect("a healthy ledger"),
        Some(acme.clone())
    );
    assert_eq!(ledger.org("nobody").expect("a healthy ledger"), None);
    assert_eq!(ledger.orgs().expect("a healthy ledger"), [acme, bolt]);
}

/// A slug is unique within its organization, and belongs to it.
pub fn projects_of_an_organization(ledger: &dyn Ledger) {
    let web = project(ledger, "web");
    assert_eq!(web.allowed_origins, ["*"]);
    assert_eq!((web.platform.as_deref(), web.first_event), (None, None));
    let bolt = ledger
        .create_org("bolt", "Bolt", at(6))
        .expect("a new organization");
    let new = |org, slug| NewProject {
        org,
        slug,
        name: "Name",
        platform: Some("python"),
    };
    let again = ledger.create_project(&new(web.org, "web"), at(1));
    assert_eq!(message(again), "project `web` exists already");
    let lost = ledger.create_project(&new(OrgId(99), "lost"), at(1));
    assert_eq!(message(lost), "organization does not exist");
    let other = ledger
        .create_project(&new(bolt.id, "web"), at(1))
        .expect("a new project");
    let api = project(ledger, "api");
    assert_eq!(
        ledger.projects(web.org).expect("a ledger"),
        [api, web.clone()]
    );
    assert_eq!(
        ledger.project(bolt.id, "web").expect("a ledger"),
        Some(other.clone())
    );
    assert_eq!(ledger.project(bolt.id, "api").expect("a ledger"), None);
    assert_eq!(
        ledger.project_by_id(web.id).expect("a ledger"),
        Some(web.clone())
    );
    assert_eq!(ledger.project_by_id(ProjectId(99)).expect("a ledger"), None);
    let mut changed = other;
    changed.name = "Shop".into();
    changed.platform = None;
    changed.allowed_origins = vec![
        "https://shop.example".to_owned(),
        "*.shop.example".to_owned(),
    ];
    changed.quotas = vec![quota(Some("error"), 10), quota(None, 0)];
    changed.spike_protection = true;
    changed.retention = Retention {
        days: Some(30),
        bytes: Some(1 << 40),
    };
    ledger.update_project(&changed).expect("a healthy ledger");
    assert_eq!(
        ledger.project_by_id(changed.id).expect("a ledger"),
        Some(changed.clone())
    );
    changed.id = ProjectId(99);
    assert_eq!(
        message(ledger.update_project(&changed)),
        "project does not exist"
    );
}

fn quota(category: Option<&str>, limit: u64) -> Quota {
    Quota {
        category: category.map(ToOwned::to_owned),
        limit,
        window_secs: 3600,
    }
}

/// A key carries its quotas; setting them tells the gates.
pub fn quotas_of_a_key(ledger: &dyn Ledger) {
    let web = project(ledger, "web");
    assert_eq!(
        (web.quotas.as_slice(), web.spike_protection),
        (&[][..], false)
    );
    assert_eq!(web.retention, Retention::default());
    let mut key = key(ledger, web.id, 'a');
    assert_eq!(key.quotas, []);
    let before = ledger.key_generation().expect("a ledger");
    key.quotas = vec![
        quota(Some("error"), 5),
        quota(Some("transaction"), u64::MAX),
    ];
    let set = |project, id| ledger.set_key_quotas(project, id, &key.quotas);
    set(web.id, key.id).expect("a healthy ledger");
    assert_eq!(ledger.keys(web.id).expect("a ledger"), [key.clone()]);
    assert!(ledger.key_generation().expect("a ledger") > before);
    let other = project(ledger, "api").id;
    assert_eq!(message(set(other, key.id)), "key does not exist");
}

/// Both halves of a key are unique in the installation.
pub fn keys_of_a_project(ledger: &dyn Ledger) {
    let (web, api) = (project(ledger, "web").id, project(ledger, "api").id);
    let (a, b, c) = (
        key(ledger, web, 'a'),
        key(ledger, api, 'b'),
        key(ledger, web, 'c'),
    );
    assert!(a.active);
    assert_eq!(a.created, at(7));
    assert_eq!(ledger.keys(web).expect("a ledger"), [a.clone(), c.clone()]);
    assert_eq!(ledger.all_keys().expect("a ledger"), [a.clone(), b, c]);
    let new = |project, public, secret| NewKey {
        project,
        label: "again",
        public,
        secret,
    };
    let taken = ledger.create_key(&new(api, &a.public, "x"), at(8));
    assert_eq!(message(taken), format!("key `{}` exists already", a.public));
    let taken = ledger.create_key(&new(api, "x", &a.secret), at(8));
    assert_eq!(message(taken), "key `x` exists already");
    let lost = ledger.create_key(&new(ProjectId(99), "x", "y"), at(8));
    assert_eq!(message(lost), "project does not exist");
    ledger.set_key_active(web, a.id, false).expect("a ledger");
    assert!(!ledger.keys(web).expect("a ledger")[0].active);
}

/// A right key id in a wrong project switches nothing.
pub fn w10_keys_are_switched_within_their_project_only(ledger: &dyn Ledger) {
    let (web, api) = (project(ledger, "web").id, project(ledger, "api").id);
    let a = key(ledger, web, 'a');
    let foreign = ledger.set_key_active(api, a.id, false);
    assert_eq!(message(foreign), "key does not exist");
    assert_eq!(
        message(ledger.set_key_active(web, KeyId(99), false)),
        "key does not exist"
    );
    assert_eq!(ledger.keys(web).expect("a ledger"), [a]);
}

/// What gates hold in memory is never older than one question.
pub fn the_key_generation_grows_with_each_change(ledger: &dyn Ledger) {
    let mut last = ledger.key_generation().expect("a healthy ledger");
    let mut grew = |what: &str, expect: bool| {
        let now = ledger.key_generation().expect("a healthy ledger");
        assert_eq!(now > last, expect, "{what}");
        last = now;
    };
    let mut web = project(ledger, "web");
    grew("a new project", true);
    let a = key(ledger, web.id, 'a');
    grew("a new key", true);
    ledger
        .set_key_active(web.id, a.id, false)
        .expect("a ledger");
    grew("a key switched off", true);
    web.allowed_origins.clear();
    ledger.update_project(&web).expect("a ledger");
    grew("other origins", true);
    super::apply(ledger, &[super::grouped(web.id, 1, "boom", 10)]);
    grew("an event", false);
    assert!(ledger.set_key_active(web.id, KeyId(99), true).is_err());
    grew("a refused change", false);
}

/// The same item counted twice is two; different reasons stay apart.
pub fn outcomes_add_up(ledger: &dyn Ledger) {
    let web = project(ledger, "web").id;
    let count = |project, outcome, reason: &str, hour, quantity| OutcomeCount {
        project,
        key: project.map(|_| KeyId(1)),
        category: "error".to_owned(),
        outcome,
        reason: reason.to_owned(),
        hour: at(hour),
        quantity,
    };
    let first = [
        count(Some(web), Outcome::Accepted, "", 3600, 2),
        count(Some(web), Outcome::Invalid, "not_json", 3600, 1),
        count(None, Outcome::Invalid, "unknown_key", 3600, 4),
    ];
    ledger.add_outcomes(&first).expect("a ledger");
    ledger.add_outcomes(&[]).expect("a ledger");
    let second = [
        count(Some(web), Outcome::Accepted, "", 3600, 5),
        count(Some(web), Outcome::Accepted, "", 7200, 1),
    ];
    ledger.add_outcomes(&second).expect("a ledger");
    let accepted = count(Some(web), Outcome::Accepted, "", 3600, 7);
    let later = count(Some(web), Outcome::Accepted, "", 7200, 1);
    let [_, invalid, nobody] = first;
    let of_web = ledger.outcomes(Some(web), at(0)).expect("a ledger");
    assert_eq!(of_web, [accepted.clone(), invalid.clone(), later.clone()]);
    let everything = ledger.outcomes(None, at(0)).expect("a ledger");
    assert_eq!(everything, [nobody, accepted, invalid, later.clone()]);
    assert_eq!(
        ledger.outcomes(Some(web), at(7200)).expect("a ledger"),
        [later]
    );
    assert_eq!(
        ledger
            .outcomes(Some(ProjectId(99)), at(0))
            .expect("a ledger"),
        []
    );
}

/// Sums agree with the counts, by the hour and by the day, whatever they are told apart by.
pub fn outcomes_are_summed(ledger: &dyn Ledger) {
    const DAY: i64 = 24 * 3600;
    let (web, api) = (project(ledger, "web").id, project(ledger, "api").id);
    let mut counts = Vec::new();
    for hour in 0..72 {
        let (owner, outcome, reason) = match hour % 3 {
            0 => (web, Outcome::Accepted, ""),
            1 => (web, Outcome::Invalid, "not_json"),
            _ => (api, Outcome::Accepted, ""),
        };
        counts.push(OutcomeCount {
            project: Some(owner),
            key: (hour % 2 == 0).then_some(KeyId(1)),
            category: "error".to_owned(),
            outcome,
            reason: reason.to_owned(),
            hour: at(hour * 3600),
            quantity: 1 + hour.unsigned_abs(),
        });
    }
    for part in counts.chunks(5).chain(counts.chunks(7)) {
        ledger.add_outcomes(part).expect("a ledger");
    }
    let expect = |wanted: &dyn Fn(&OutcomeCount) -> bool| {
        let wanted = counts.iter().filter(|count| wanted(count));
        2 * wanted.map(|count| count.quantity).sum::<u64>()
    };
    for grain in [Grain::Hour, Grain::Day] {
        let query = OutcomeQuery {
            grain,
            ..OutcomeQuery::new(vec![web], at(DAY), at(3 * DAY - 1))
        };
        let ask = |query: &OutcomeQuery| ledger.outcome_sums(query).expect("a ledger");
        let later = |count: &OutcomeCount| count.project == Some(web) && count.hour >= at(DAY);
        assert_eq!(ask(&query)[0].quantity, expect(&later));
        let by = vec![OutcomeField::Time, OutcomeField::Outcome, OutcomeField::Key];
        let told_apart = ask(&OutcomeQuery {
            by,
            ..query.clone()
        });
        let total = told_apart.iter().map(|sum| sum.quantity).sum::<u64>();
        assert_eq!(total, expect(&later));
        let times: Vec<_> = told_apart.iter().map(|sum| sum.time).collect();
        assert!(times.is_sorted() && times[0] == Some(at(DAY)), "{times:?}");
        let narrow = OutcomeQuery {
            outcomes: Some(vec![Outcome::Invalid]),
            reasons: Some(vec!["not_json".to_owned()]),
            categories: Some(vec!["error".to_owned()]),
            by: vec![OutcomeField::Reason, OutcomeField::Category],
            ..query.clone()
        };
        let sums = ask(&narrow);
        assert_eq!(sums[0].reason.as_deref(), Some("not_json"));
        let invalid = |count: &OutcomeCount| later(count) && count.outcome == Outcome::Invalid;
        assert_eq!((sums.len(), sums[0].quantity), (1, expect(&invalid)));
        let by = vec![OutcomeField::Project];
        let projects = vec![web, api];
        let both = ask(&OutcomeQuery {
            projects,
            by,
            ..query.clone()
        });
        assert!(both.is_sorted_by_key(|sum| std::cmp::Reverse(sum.quantity)));
        assert_eq!(both.len(), 2);
        let of_nobody = OutcomeQuery {
            projects: Vec::new(),
            ..query
        };
        assert_eq!(ask(&of_nobody)[0].quantity, 0);
    }
}

/// Items of no known project have a sum of their own.
pub fn outcomes_of_no_project_are_summed(ledger: &dyn Ledger) {
    let web = project(ledger, "web").id;
    let count = |project, quantity| OutcomeCount {
        project,
        key: None,
        category: "error".to_owned(),
        outcome: Outcome::Invalid,
        reason: "project_id".to_owned(),
        hour: at(0),
        quantity,
    };
    let counts = [count(None, 3), count(Some(web), 5)];
    ledger.add_outcomes(&counts).expect("a ledger");
    let query = OutcomeQuery {
        by: vec![OutcomeField::Reason],
        ..OutcomeQuery::new(vec![NO_PROJECT], at(0), at(1))
    };
    let sums = ledger.outcome_sums(&query).expect("a ledger");
    let [sum] = sums.as_slice() else {
        panic!("{sums:?}")
    };
    assert_eq!(
        (sum.reason.as_deref(), sum.quantity),
        (Some("project_id"), 3)
    );
}

/// A count that claims more than there is room for stops at the most; the others go on.
pub fn outcomes_saturate(ledger: &dyn Ledger) {
    let web = project(ledger, "web").id;
    let count = |reason: &str, quantity| OutcomeCount {
        project: Some(web),
        key: None,
        category: "error".to_owned(),
        outcome: Outcome::ClientDiscarded,
        reason: reason.to_owned(),
        hour: at(3600),
        quantity,
    };
    for quantity in [u64::MAX, i64::MAX.unsigned_abs(), 1] {
        let counts = [count("a", quantity), count("b", 1)];
        ledger.add_outcomes(&counts).expect("a ledger");
    }
    let kept = ledger.outcomes(Some(web), at(0)).expect("a ledger");
    let most = i64::MAX.unsigned_abs();
    assert_eq!(kept, [count("a", most), count("b", 3)]);
}
