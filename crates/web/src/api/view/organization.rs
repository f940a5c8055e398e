//! Organizations.

use serde::Serialize;
use watchpost_model::{Organization, Timestamp};

use super::team::TeamView;

/// An organization in a list, and as a part of other objects.
#[expect(clippy::struct_excessive_bools, reason = "the fields are Sentry's")]
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::api) struct OrgView {
    id: String,
    slug: String,
    name: String,
    date_created: Timestamp,
    status: OrgStatus,
    avatar: Avatar,
    is_early_adopter: bool,
    #[serde(rename = "require2FA")]
    require_2fa: bool,
    require_email_verification: bool,
    has_auth_provider: bool,
    features: Vec<&'static str>,
    links: Links,
}

#[derive(Serialize)]
struct OrgStatus {
    id: &'static str,
    name: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Avatar {
    avatar_type: &'static str,
    avatar_uuid: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Links {
    organization_url: String,
    region_url: String,
}

/// An organization alone, with what only its own page tells.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::api) struct OrgDetails {
    #[serde(flatten)]
    org: OrgView,
    org_role_list: [(); 0],
    team_role_list: [(); 0],
    teams: Vec<TeamView>,
    access: Vec<String>,
}

impl OrgView {
    pub(in crate::api) fn new(org: &Organization, public_url: &str) -> Self {
        // An address that is not https breaks tools that check for it; an empty one means "the
        // one you asked", which always works.
        let secure = public_url.starts_with("https://");
        let region_url = if secure { public_url } else { "" };
        Self {
            id: org.id.to_string(),
            slug: org.slug.clone(),
            name: org.name.clone(),
            date_created: org.created,
            status: OrgStatus {
                id: "active",
                name: "active",
            },
            avatar: Avatar {
                avatar_type: "letter_avatar",
                avatar_uuid: None,
            },
            is_early_adopter: false,
            require_2fa: false,
            require_email_verification: false,
            has_auth_provider: false,
            features: Vec::new(),
            links: Links {
                organization_url: format!("{public_url}/organizations/{}/", org.slug),
                region_url: region_url.to_owned(),
            },
        }
    }
}

impl OrgDetails {
    pub(in crate::api) fn new(org: OrgView, access: Vec<String>, teams: Vec<TeamView>) -> Self {
        Self {
            org,
            org_role_list: [],
            team_role_list: [],
            teams,
            access,
        }
    }
}
