//! The API under `/api/0/`, for the command-line tools, scripts and dashboards that know Sentry's.
//!
//! ```text
//! request → door (method, path, who may pass) → caller (token, scopes)
//!         → at (organization, project, issue) → one handler per noun → the stores
//!         → view (Sentry's names and types) → JSON
//! ```
//! Every answer is JSON, refusals and unknown paths too: a tool must never meet a page.

mod at;
mod caller;
mod change;
mod deploys;
mod discover;
mod door;
mod environments;
pub(crate) mod error;
mod events;
mod events_stats;
mod hashes;
mod issue_facts;
mod issue_list;
mod issues;
mod issues_update;
mod keys;
mod lookup;
mod members;
mod metrics;
mod notes;
mod organizations;
mod ownership;
mod paging;
pub(crate) mod params;
mod project_rules;
mod projects;
mod quarantine;
mod releases;
mod root;
mod search;
mod search_help;
mod searches;
mod stats;
mod stats_v2;
mod tags;
mod tags_of_projects;
mod teams;
#[cfg(test)]
pub(crate) mod tests;
mod tombstones;
mod view;

use axum::Router;
use axum::routing::any;
use door::Access::{self, AnyToken, OneOf, Open};
use door::Door;

use crate::App;

pub(crate) use caller::has_token;
pub use metrics::METRICS_CONTENT_TYPE;

const ORG_READ: Access = OneOf(&["org:read"]);
const PROJECT_READ: Access = OneOf(&["project:read"]);
const PROJECTS_OF_ORG: Access = OneOf(&["org:read", "project:read"]);
const PROJECT_WRITE: Access = OneOf(&["project:write"]);
const PROJECT_ADMIN: Access = OneOf(&["project:admin"]);
const TEAM_READ: Access = OneOf(&["team:read", "org:read"]);
const TEAM_WRITE: Access = OneOf(&["team:write", "org:write"]);
const TEAM_ADMIN: Access = OneOf(&["team:admin", "org:admin"]);
const EVENT_READ: Access = OneOf(&["event:read"]);
const EVENT_WRITE: Access = OneOf(&["event:write"]);
const EVENT_ADMIN: Access = OneOf(&["event:admin"]);
const RELEASE_READ: Access = OneOf(&["project:read", "project:releases", "org:ci"]);
const RELEASE_WRITE: Access = OneOf(&["project:write", "project:releases", "org:ci"]);

/// All routes of the API, and a refusal for everything else below it.
pub(crate) fn routes() -> Router<App> {
    let doors = doors().into_iter();
    let router = doors.fold(Router::new(), |router, door| door.mount(router));
    router
        .route("/api/0", any(error::not_found))
        .route("/api/0/{*rest}", any(error::not_found))
        .method_not_allowed_fallback(error::method_not_allowed)
}

/// The route table. `docs/API.md` shows it to people; a test holds the two together.
fn doors() -> Vec<Door> {
    let mut doors = vec![
        Door::get("/api/0/", Open, root::index),
        Door::get("/api/0/internal/health/", Open, root::health),
        Door::get("/metrics", ORG_READ, metrics::show),
        Door::get("/api/0/auth/", AnyToken, root::auth),
        Door::get("/api/0/users/me/regions/", AnyToken, root::regions),
        Door::get("/api/0/organizations/", ORG_READ, organizations::list),
        Door::get("/api/0/organizations/{org}/", ORG_READ, organizations::show),
        Door::get(
            "/api/0/organizations/{org}/projects/",
            PROJECTS_OF_ORG,
            projects::list,
        ),
        Door::get(
            "/api/0/organizations/{org}/shortids/{name}/",
            EVENT_READ,
            lookup::short_id,
        ),
        Door::get(
            "/api/0/organizations/{org}/eventids/{name}/",
            EVENT_READ,
            lookup::event_id,
        ),
        Door::get(
            "/api/0/organizations/{org}/stats_v2/",
            ORG_READ,
            stats_v2::show,
        ),
        Door::get("/api/0/projects/", PROJECT_READ, projects::list_all),
        Door::get(
            "/api/0/projects/{org}/{project}/",
            PROJECT_READ,
            projects::show,
        ),
        Door::get(
            "/api/0/projects/{org}/{project}/stats/",
            PROJECT_READ,
            stats::show,
        ),
    ];
    doors.extend(quarantine_doors());
    doors.extend(key_doors());
    doors.extend(rules_doors());
    doors.extend(issue_doors());
    doors.extend(event_doors());
    doors.extend(life_doors());
    doors.extend(search_doors());
    doors.extend(searches::doors());
    doors.extend(teams::doors());
    doors.extend(members::doors());
    doors.extend(ownership::doors());
    doors.extend(deploys::doors());
    doors.extend(environments::doors());
    doors
}

fn quarantine_doors() -> [Door; 4] {
    let (all, one, replay) = (
        "/api/0/organizations/{org}/quarantine/",
        "/api/0/organizations/{org}/quarantine/{entry}/",
        "/api/0/organizations/{org}/quarantine/{entry}/replay/",
    );
    [
        Door::get(all, EVENT_READ, quarantine::list),
        Door::get(one, EVENT_READ, quarantine::show),
        Door::delete(one, PROJECT_WRITE, quarantine::delete),
        Door::post(replay, PROJECT_WRITE, quarantine::replay),
    ]
}

fn rules_doors() -> [Door; 5] {
    let (all, one) = (
        "/api/0/projects/{org}/{project}/filters/",
        "/api/0/projects/{org}/{project}/filters/{filter}/",
    );
    [
        Door::put(
            "/api/0/projects/{org}/{project}/",
            PROJECT_WRITE,
            project_rules::update,
        ),
        Door::get(all, PROJECT_READ, project_rules::list),
        Door::put(one, PROJECT_WRITE, project_rules::switch),
        Door::get(
            "/api/0/projects/{org}/{project}/tombstones/",
            PROJECT_READ,
            tombstones::list,
        ),
        Door::delete(
            "/api/0/projects/{org}/{project}/tombstones/{tombstone}/",
            PROJECT_WRITE,
            tombstones::delete,
        ),
    ]
}

fn key_doors() -> [Door; 5] {
    let (all, one) = (
        "/api/0/projects/{org}/{project}/keys/",
        "/api/0/projects/{org}/{project}/keys/{key}/",
    );
    [
        Door::get(all, PROJECT_READ, keys::list),
        Door::post(all, PROJECT_WRITE, keys::create),
        Door::get(one, PROJECT_READ, keys::show),
        Door::put(one, PROJECT_WRITE, keys::update),
        Door::delete(one, PROJECT_ADMIN, keys::delete),
    ]
}

fn issue_doors() -> Vec<Door> {
    let (of_org, of_project) = (
        "/api/0/organizations/{org}/issues/",
        "/api/0/projects/{org}/{project}/issues/",
    );
    let mut doors = vec![
        Door::get(of_org, EVENT_READ, issues::list_of_org),
        Door::put(of_org, EVENT_WRITE, issues_update::of_org),
        Door::delete(of_org, EVENT_ADMIN, issues_update::delete_of_org),
        Door::get(of_project, EVENT_READ, issues::list_of_project),
        Door::put(of_project, EVENT_WRITE, issues_update::of_project),
        Door::delete(of_project, EVENT_ADMIN, issues_update::delete_of_project),
    ];
    // The paths without an organization are older; scripts still use them.
    for [one, tags, tag, values] in [
        [
            "/api/0/organizations/{org}/issues/{issue}/",
            "/api/0/organizations/{org}/issues/{issue}/tags/",
            "/api/0/organizations/{org}/issues/{issue}/tags/{key}/",
            "/api/0/organizations/{org}/issues/{issue}/tags/{key}/values/",
        ],
        [
            "/api/0/issues/{issue}/",
            "/api/0/issues/{issue}/tags/",
            "/api/0/issues/{issue}/tags/{key}/",
            "/api/0/issues/{issue}/tags/{key}/values/",
        ],
    ] {
        doors.push(Door::get(one, EVENT_READ, issues::show));
        doors.push(Door::put(one, EVENT_WRITE, issues_update::one));
        doors.push(Door::delete(one, EVENT_ADMIN, issues_update::delete_one));
        doors.push(Door::get(tags, EVENT_READ, tags::list));
        doors.push(Door::get(tag, EVENT_READ, tags::show));
        doors.push(Door::get(values, EVENT_READ, tags::values));
    }
    doors
}

/// What people say about issues, what happened to them, and what they are made of.
fn life_doors() -> Vec<Door> {
    let mut doors = Vec::new();
    for [notes, note] in [
        [
            "/api/0/organizations/{org}/issues/{issue}/comments/",
            "/api/0/organizations/{org}/issues/{issue}/comments/{note}/",
        ],
        [
            "/api/0/organizations/{org}/issues/{issue}/notes/",
            "/api/0/organizations/{org}/issues/{issue}/notes/{note}/",
        ],
        [
            "/api/0/issues/{issue}/comments/",
            "/api/0/issues/{issue}/comments/{note}/",
        ],
        [
            "/api/0/issues/{issue}/notes/",
            "/api/0/issues/{issue}/notes/{note}/",
        ],
    ] {
        doors.push(Door::get(notes, EVENT_READ, notes::list));
        doors.push(Door::post(notes, EVENT_WRITE, notes::create));
        doors.push(Door::put(note, EVENT_WRITE, notes::update));
        doors.push(Door::delete(note, EVENT_WRITE, notes::delete));
    }
    for [activities, hashes] in [
        [
            "/api/0/organizations/{org}/issues/{issue}/activities/",
            "/api/0/organizations/{org}/issues/{issue}/hashes/",
        ],
        [
            "/api/0/issues/{issue}/activities/",
            "/api/0/issues/{issue}/hashes/",
        ],
    ] {
        doors.push(Door::get(activities, EVENT_READ, notes::activities));
        doors.push(Door::get(hashes, EVENT_READ, hashes::list));
        doors.push(Door::put(hashes, EVENT_WRITE, hashes::unmerge));
        doors.push(Door::delete(hashes, EVENT_WRITE, hashes::unmerge));
    }
    let (all, one) = (
        "/api/0/organizations/{org}/releases/",
        "/api/0/organizations/{org}/releases/{version}/",
    );
    doors.extend([
        Door::get(all, RELEASE_READ, releases::list),
        Door::post(all, RELEASE_WRITE, releases::create),
        Door::get(one, RELEASE_READ, releases::show),
        Door::put(one, RELEASE_WRITE, releases::update),
    ]);
    let (all, one) = (
        "/api/0/projects/{org}/{project}/releases/",
        "/api/0/projects/{org}/{project}/releases/{version}/",
    );
    doors.extend([
        Door::get(all, RELEASE_READ, releases::list_of_project),
        Door::post(all, RELEASE_WRITE, releases::create_of_project),
        Door::get(one, RELEASE_READ, releases::show_of_project),
        Door::put(one, RELEASE_WRITE, releases::update_of_project),
    ]);
    doors
}

/// What a search can be made of.
fn search_doors() -> [Door; 7] {
    let (of_org, of_project) = (
        "/api/0/organizations/{org}/tags/",
        "/api/0/projects/{org}/{project}/tags/",
    );
    let (values_of_org, values_of_project) = (
        "/api/0/organizations/{org}/tags/{key}/values/",
        "/api/0/projects/{org}/{project}/tags/{key}/values/",
    );
    let (keys, values, complete) = (
        "/api/0/organizations/{org}/search/keys/",
        "/api/0/organizations/{org}/search/values/",
        "/api/0/organizations/{org}/search/complete/",
    );
    [
        Door::get(keys, EVENT_READ, search_help::keys),
        Door::get(values, EVENT_READ, search_help::values),
        Door::get(complete, EVENT_READ, search_help::complete),
        Door::get(of_org, EVENT_READ, tags_of_projects::of_org),
        Door::get(values_of_org, EVENT_READ, tags_of_projects::values_of_org),
        Door::get(of_project, EVENT_READ, tags_of_projects::of_project),
        Door::get(
            values_of_project,
            EVENT_READ,
            tags_of_projects::values_of_project,
        ),
    ]
}

fn event_doors() -> [Door; 9] {
    let grouping = "/api/0/projects/{org}/{project}/events/{event}/grouping-info/";
    let (all, one) = (
        "/api/0/organizations/{org}/issues/{issue}/events/",
        "/api/0/organizations/{org}/issues/{issue}/events/{event}/",
    );
    let (all_old, one_old) = (
        "/api/0/issues/{issue}/events/",
        "/api/0/issues/{issue}/events/{event}/",
    );
    let (all_of_project, one_of_project) = (
        "/api/0/projects/{org}/{project}/events/",
        "/api/0/projects/{org}/{project}/events/{event}/",
    );
    [
        Door::get(all, EVENT_READ, events::list_of_issue),
        Door::get(one, EVENT_READ, events::show_of_issue),
        Door::get(all_old, EVENT_READ, events::list_of_issue),
        Door::get(one_old, EVENT_READ, events::show_of_issue),
        Door::get(all_of_project, EVENT_READ, events::list_of_project),
        Door::get(one_of_project, EVENT_READ, events::show_of_project),
        Door::get(grouping, EVENT_READ, events::grouping),
        Door::get(
            "/api/0/organizations/{org}/events/",
            EVENT_READ,
            discover::table,
        ),
        Door::get(
            "/api/0/organizations/{org}/events-stats/",
            EVENT_READ,
            events_stats::show,
        ),
    ]
}
