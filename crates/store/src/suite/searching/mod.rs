//! What searches must find: every key, in every form, whatever engine is below.
//!
//! An engine runs this with `search_suite!(searching, temp_ledger());`.

mod events;
mod looking;

use watchpost_model::{Level, ProjectId, Status, Tag, UserContext};

pub use self::events::{events_by_every_key, events_by_text, pages_of_a_search_go_on};
pub use self::looking::*;
use super::{apply, at, grouped, project};
use crate::{Actor, Asker, IssueQuery, Ledger, Sort};

/// Runs every case of this file against an empty ledger from `$open`.
#[macro_export]
macro_rules! search_suite {
    ($name:ident, $open:expr) => {
        mod $name {
            use super::*;
            $crate::suite_cases!($open, searching:
                fields_of_issues,
                tags_and_releases,
                negation_presence_and_brackets,
                times_and_counts,
                named_issues_and_projects,
                the_latest_release,
                states,
                people_and_priorities,
            );
        }
    };
}

/// What somebody at second 100,000 finds, by title; two issues of other projects are never found.
fn check(ledger: &dyn Ledger, project: ProjectId, text: &str, expect: &[&str]) {
    let asker = Asker::at(at(100_000));
    let query = IssueQuery::parse(project, text, Sort::FirstSeen, asker);
    let query = query.unwrap_or_else(|error| panic!("{text}: {error}"));
    let page = ledger.find_issues(&query).expect("a healthy ledger");
    let titles: Vec<String> = page.rows.into_iter().map(|issue| issue.title).collect();
    assert_eq!(titles, expect, "{text}");
}

pub(super) fn tag(key: &str, value: &str) -> Tag {
    let (key, value) = (key.to_owned(), value.to_owned());
    Tag { key, value }
}

/// Three issues, newest first: "cart timeout" (Firefox, 2.1), "login" (Chrome, 2.0-rc1), "old".
fn shop(ledger: &dyn Ledger) -> ProjectId {
    let web = project(ledger, "web").id;
    let mut cart = grouped(web, 1, "cart timeout", 90_000);
    cart.event.level = Level::Error;
    cart.event.release = Some("shop@2.1".to_owned());
    cart.event.environment = Some("production".to_owned());
    cart.event.transaction = Some("/cart".to_owned());
    cart.event.tags = vec![tag("browser.name", "Firefox"), tag("custom", "a b")];
    cart.event.user = Some(UserContext {
        id: Some("7".to_owned()),
        email: Some("jo@example.org".to_owned()),
        ..UserContext::default()
    });
    let mut again = cart.clone();
    again.event.event_id = watchpost_model::EventId(2);
    again.event.timestamp = at(99_000);
    let mut login = grouped(web, 3, "login", 50_000);
    login.event.level = Level::Warning;
    login.event.release = Some("shop@2.0-rc1+5".to_owned());
    login.event.environment = Some("staging".to_owned());
    login.event.tags = vec![tag("browser.name", "Chrome"), tag("environment.name", "x")];
    login.event.user = Some(UserContext {
        email: Some("ed@example.com".to_owned()),
        ..UserContext::default()
    });
    let mut old = grouped(web, 4, "old", 1_000);
    old.event.level = Level::Info;
    old.culprit = "shop.views.Old".into();
    apply(ledger, &[cart, again, login, old]);
    let api = project(ledger, "api").id;
    apply(ledger, &[grouped(api, 5, "cart timeout", 90_000)]);
    web
}

/// Texts and numbers of issues themselves.
pub fn fields_of_issues(ledger: &dyn Ledger) {
    let web = shop(ledger);
    let check = |text: &str, expect: &[&str]| check(ledger, web, text, expect);
    check("", &["cart timeout", "login", "old"]);
    check("TIMEOUT", &["cart timeout"]);
    check("c*t out", &["cart timeout"]);
    check("level:error", &["cart timeout"]);
    check("level:>=warning", &["cart timeout", "login"]);
    check("level:[info, warning]", &["login", "old"]);
    check("title:login", &["login"]);
    check("title:log", &[]);
    check("title:LOG*", &["login"]);
    check("title:[login, old]", &["login", "old"]);
    check("message:VIEWS", &["old"]);
    check("location:shop.views.Old", &["old"]);
    check("culprit:*views*", &["old"]);
    check("issue.category:error", &["cart timeout", "login", "old"]);
    check("issue.category:feedback", &[]);
    check("title:\"100%\" OR title:\"l_gin\"", &[]);
    check("title:l?gin OR title:[l]ogin", &[]);
}

/// What is counted of events.
pub fn tags_and_releases(ledger: &dyn Ledger) {
    let web = shop(ledger);
    let check = |text: &str, expect: &[&str]| check(ledger, web, text, expect);
    check("browser.name:Firefox", &["cart timeout"]);
    check("browser.name:firefox", &[]);
    check("browser.name:fire*", &["cart timeout"]);
    check("browser.name:[Firefox, Chrome]", &["cart timeout", "login"]);
    check("custom:\"a b\"", &["cart timeout"]);
    check("tags[custom]:\"a b\"", &["cart timeout"]);
    check("environment:staging", &["login"]);
    check("tags[environment]:staging", &["login"]);
    check("transaction:/cart", &["cart timeout"]);
    check("user.email:*@EXAMPLE.com", &["login"]);
    check("user:jo@example.org", &["cart timeout"]);
    check("user.id:7", &["cart timeout"]);
    check("user.id:8", &[]);
    check("release:shop@2.1", &["cart timeout"]);
    check("release:shop@*", &["cart timeout", "login"]);
    check("release:>=2.0", &["cart timeout"]);
    check("release:<2.0", &["login"]);
    check("release:>=shop@2.0-rc1", &["cart timeout", "login"]);
    check("release:>=api@2.0", &[]);
    check("release.version:2.1.0", &["cart timeout"]);
    check("release.version:>2.0", &["cart timeout"]);
    check("release.package:shop", &["cart timeout", "login"]);
    check("release.stage:rc1", &["login"]);
    check("release.build:5", &["login"]);
    check(
        "is:unresolved browser.name:Firefox release:>=2.0 !user.email:*@example.com timeout",
        &["cart timeout"],
    );
}

/// What is not, what is there at all, and what belongs together.
pub fn negation_presence_and_brackets(ledger: &dyn Ledger) {
    let web = shop(ledger);
    let check = |text: &str, expect: &[&str]| check(ledger, web, text, expect);
    check("!level:error", &["login", "old"]);
    check("!browser.name:Firefox", &["login", "old"]);
    check("!user.email:*@example.com", &["cart timeout", "old"]);
    check("has:user", &["cart timeout", "login"]);
    check("!has:release", &["old"]);
    check("release:\"\"", &["old"]);
    check("has:user.email", &["cart timeout", "login"]);
    check("!has:custom", &["login", "old"]);
    check("has:release.stage", &["login"]);
    check("has:title", &["cart timeout", "login", "old"]);
    check("has:location", &["old"]);
    check(
        "level:info OR level:error timeout",
        &["cart timeout", "old"],
    );
    check("(level:info OR level:error) timeout", &["cart timeout"]);
    check("!(level:info OR timeout)", &["login"]);
    check(
        "has:custom OR (has:user !level:error) OR nothing",
        &["cart timeout", "login"],
    );
}

/// When, and how often.
pub fn times_and_counts(ledger: &dyn Ledger) {
    let web = shop(ledger);
    let check = |text: &str, expect: &[&str]| check(ledger, web, text, expect);
    check("age:-3h", &["cart timeout"]);
    check("age:+3h", &["login", "old"]);
    check("age:+3h age:-1d", &["login"]);
    check("lastSeen:-20m", &["cart timeout"]);
    check("firstSeen:-20m", &[]);
    check("firstSeen:<1970-01-01T01:00:00", &["old"]);
    check("firstSeen:1970-01-01", &["login", "old"]);
    check("lastSeen:>=1970-01-02", &["cart timeout"]);
    check("timestamp:>1970-01-02T01:00:00", &["cart timeout"]);
    check("timestamp:<1970-01-01T01:00:00", &["old"]);
    check("timesSeen:2", &["cart timeout"]);
    check("timesSeen:<2", &["login", "old"]);
    check("timesSeen:[1,2]", &["cart timeout", "login", "old"]);
}

/// By number, by short id, by project.
pub fn named_issues_and_projects(ledger: &dyn Ledger) {
    let web = shop(ledger);
    let check = |text: &str, expect: &[&str]| check(ledger, web, text, expect);
    check("issue:WEB-1", &["cart timeout"]);
    check("issue:[web-2, WEB-3]", &["login", "old"]);
    check("issue:API-1", &[]);
    check("!issue:WEB-1 issue.id:[1,2]", &["login"]);
    check("project:web timeout", &["cart timeout"]);
    check("project:api", &[]);
    check("project:api OR login", &["login"]);
    check(
        &format!("project.id:{web}"),
        &["cart timeout", "login", "old"],
    );
}

/// The highest version where releases have an order, else the one that was seen last.
pub fn the_latest_release(ledger: &dyn Ledger) {
    let web = project(ledger, "web").id;
    let release = |id: u128, title: &str, secs, release: &str| {
        let mut event = grouped(web, id, title, secs);
        event.event.release = Some(release.to_owned());
        event
    };
    check(ledger, web, "release:latest", &[]);
    apply(
        ledger,
        &[
            release(1, "nine", 30, "7fd1a60b01f9"),
            release(2, "ten", 20, "0fd1a60b01fa"),
        ],
    );
    check(ledger, web, "release:latest", &["nine"]);
    apply(
        ledger,
        &[
            release(3, "two", 50, "1.2"),
            release(4, "back-port", 60, "1.1.9"),
            release(5, "ten", 40, "1.10"),
        ],
    );
    check(ledger, web, "release:latest", &["ten"]);
    check(
        ledger,
        web,
        "!release:latest",
        &["back-port", "two", "nine"],
    );
}

/// What people say about issues.
pub fn people_and_priorities(ledger: &dyn Ledger) {
    let web = shop(ledger);
    let check = |text: &str, expect: &[&str]| check(ledger, web, text, expect);
    check("issue.priority:high", &["cart timeout"]);
    check("issue.priority:[medium, low]", &["login", "old"]);
    check("assigned:none", &["cart timeout", "login", "old"]);
    check(
        "assigned:me OR assigned:jo@example.org OR assigned:#web",
        &[],
    );
    check("is:unassigned", &["cart timeout", "login", "old"]);
    check("bookmarks:none level:info", &["old"]);
    check("bookmarks:me OR bookmarks:jo@example.org", &[]);
    check("userCount:1", &["cart timeout", "login"]);
    check("userCount:<1", &["old"]);
    check("firstRelease:shop@2.1", &["cart timeout"]);
    check("firstRelease:<2.0", &["login"]);
    check("!has:firstRelease", &["old"]);
}

/// States, also within brackets.
pub fn states(ledger: &dyn Ledger) {
    let web = shop(ledger);
    let check = |text: &str, expect: &[&str]| check(ledger, web, text, expect);
    let ids = {
        let query = IssueQuery::parse(web, "login", Sort::FirstSeen, Asker::default());
        let page = ledger.find_issues(&query.expect("a text"));
        page.expect("a healthy ledger").rows
    };
    let login = ids.first().expect("an issue").id;
    let set = |status| {
        let set = ledger.set_status(web, &[login], status, Actor::System, at(60_000));
        set.expect("a healthy ledger");
    };
    set(Status::Resolved);
    check("is:resolved", &["login"]);
    check("!is:resolved", &["cart timeout", "old"]);
    check("is:resolved OR level:info", &["login", "old"]);
    check("is:resolved is:unresolved", &[]);
    let mut back = grouped(web, 9, "login", 70_000);
    back.event.received = at(70_000);
    apply(ledger, &[back]);
    check("is:regressed", &["login"]);
    check("is:unresolved !is:regressed", &["cart timeout", "old"]);
}
