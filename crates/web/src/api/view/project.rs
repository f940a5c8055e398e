//! Projects.

use serde::Serialize;
use serde_json::{Map, Value};
use watchpost_model::{Filters, Project, Roster, Rules, Timestamp};

use super::organization::OrgView;
use super::team::TeamRef;

/// A project in a list.
#[expect(clippy::struct_excessive_bools, reason = "the fields are Sentry's")]
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::api) struct ProjectView {
    id: String,
    slug: String,
    name: String,
    platform: Option<String>,
    platforms: Vec<String>,
    date_created: Timestamp,
    first_event: Option<Timestamp>,
    status: &'static str,
    is_member: bool,
    has_access: bool,
    is_bookmarked: bool,
    is_public: bool,
    features: [(); 0],
    environments: Vec<String>,
    team: Option<TeamRef>,
    teams: Vec<TeamRef>,
    #[serde(skip_serializing_if = "Option::is_none")]
    organization: Option<OrgView>,
}

/// A project alone. Infrastructure tools read every setting they could write.
#[expect(clippy::struct_excessive_bools, reason = "the fields are Sentry's")]
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::api) struct ProjectDetails {
    #[serde(flatten)]
    project: ProjectView,
    options: Map<String, Value>,
    color: &'static str,
    digests_min_delay: u32,
    digests_max_delay: u32,
    resolve_age: u32,
    subject_template: &'static str,
    fingerprinting_rules: String,
    grouping_enhancements: String,
    data_scrubber: bool,
    data_scrubber_defaults: bool,
    #[serde(rename = "scrubIPAddresses")]
    scrub_ip_addresses: bool,
    sensitive_fields: Vec<String>,
    safe_fields: Vec<String>,
    relay_pii_config: Option<String>,
    allowed_domains: Vec<String>,
    scrape_java_script: bool,
    security_token: &'static str,
    security_token_header: &'static str,
    #[serde(rename = "verifySSL")]
    verify_ssl: bool,
}

/// A project as a part of an issue.
#[derive(Serialize)]
pub(in crate::api) struct ProjectRef {
    id: String,
    slug: String,
    name: String,
    platform: Option<String>,
}

impl ProjectView {
    pub(in crate::api) fn of(project: &Project) -> Self {
        Self {
            id: project.id.to_string(),
            slug: project.slug.clone(),
            name: project.name.clone(),
            platform: project.platform.clone(),
            platforms: project.platform.iter().cloned().collect(),
            date_created: project.created,
            first_event: project.first_event,
            status: "active",
            is_member: true,
            has_access: true,
            is_bookmarked: false,
            is_public: false,
            features: [],
            environments: Vec::new(),
            team: None,
            teams: Vec::new(),
            organization: None,
        }
    }

    /// With the organization it belongs to.
    pub(in crate::api) fn within(mut self, org: OrgView) -> Self {
        self.organization = Some(org);
        self
    }

    /// With those of the organization's teams that work on it.
    pub(in crate::api) fn of_teams(mut self, teams: &[Roster]) -> Self {
        let id = &self.id;
        let works = |roster: &&Roster| roster.projects.iter().any(|one| one.to_string() == *id);
        self.teams = teams.iter().filter(works).map(TeamRef::of).collect();
        self.team = self.teams.first().cloned();
        self
    }

    /// With the environments its events named.
    pub(in crate::api) fn seen_in(mut self, environments: Vec<String>) -> Self {
        self.environments = environments;
        self
    }
}

impl ProjectDetails {
    pub(in crate::api) fn new(view: ProjectView, project: &Project, rules: Rules) -> Self {
        let Rules {
            scrubbing,
            filters,
            grouping,
            ownership: _,
            showing: _,
        } = rules;
        Self {
            project: view,
            options: options(&filters),
            color: "#3f51b5",
            digests_min_delay: 300,
            digests_max_delay: 1800,
            resolve_age: 0,
            subject_template: "$shortID - $title",
            fingerprinting_rules: grouping.fingerprint_rules,
            grouping_enhancements: grouping.stack_rules,
            data_scrubber: scrubbing.enabled,
            data_scrubber_defaults: scrubbing.defaults,
            scrub_ip_addresses: scrubbing.ip_addresses,
            sensitive_fields: scrubbing.sensitive_fields,
            safe_fields: scrubbing.safe_fields,
            relay_pii_config: Some(scrubbing.advanced).filter(|rules| !rules.is_empty()),
            allowed_domains: project.allowed_origins.clone(),
            scrape_java_script: false,
            security_token: "",
            security_token_header: "",
            verify_ssl: true,
        }
    }
}

/// Filters as options. Lists of patterns are texts, one entry a line.
fn options(filters: &Filters) -> Map<String, Value> {
    let mut options = Map::new();
    let mut put = |name: &str, value: Value| {
        options.insert(format!("filters:{name}"), value);
    };
    put("error_messages", filters.error_messages.join("\n").into());
    put("releases", filters.releases.join("\n").into());
    put("blacklisted_ips", filters.ip_addresses.join("\n").into());
    put("legacy-browsers", filters.legacy_browsers.clone().into());
    put("browser-extensions", filters.browser_extensions.into());
    put("localhost", filters.localhost.into());
    put("web-crawlers", filters.web_crawlers.into());
    options
}

impl ProjectRef {
    pub(in crate::api) fn of(project: &Project) -> Self {
        Self {
            id: project.id.to_string(),
            slug: project.slug.clone(),
            name: project.name.clone(),
            platform: project.platform.clone(),
        }
    }
}
