//! Client keys. The public half identifies a key, as everywhere in Sentry's API.

use serde::{Deserialize, Serialize};
use watchpost_model::{Key, ProjectId, Quota, Timestamp};

/// A key.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::api) struct KeyView {
    id: String,
    name: String,
    label: String,
    public: String,
    secret: String,
    /// A number here, unlike every other id: tools decode it as one.
    project_id: ProjectId,
    is_active: bool,
    rate_limit: Option<RateLimit>,
    dsn: Dsn,
    browser_sdk_version: &'static str,
    date_created: Timestamp,
    dynamic_sdk_loader_options: LoaderOptions,
}

/// How many errors a key may send in how many seconds: that one of its quotas which Sentry's API
/// knows. The others are for pages and the command line.
#[derive(Clone, Copy, Debug, Deserialize, Serialize)]
pub(in crate::api) struct RateLimit {
    #[serde(default)]
    count: u64,
    #[serde(default)]
    window: u32,
}

impl RateLimit {
    const CATEGORY: &str = "error";

    fn is_for(quota: &Quota) -> bool {
        quota.category.as_deref() == Some(Self::CATEGORY)
    }

    fn of(quotas: &[Quota]) -> Option<Self> {
        let quota = quotas.iter().find(|quota| Self::is_for(quota))?;
        Some(Self {
            count: quota.limit,
            window: quota.window_secs,
        })
    }

    /// `quotas` with `limit` as the one for errors; nothing or zeros take it away.
    pub(in crate::api) fn put(limit: Option<&Self>, quotas: &[Quota]) -> Vec<Quota> {
        let mut others = quotas.to_vec();
        if let Some(shown) = others.iter().position(Self::is_for) {
            others.remove(shown);
        }
        let limit = limit.filter(|limit| limit.count > 0 || limit.window > 0);
        let own = limit.map(|limit| Quota {
            category: Some(Self::CATEGORY.to_owned()),
            limit: limit.count,
            window_secs: limit.window,
        });
        others.extend(own);
        others
    }
}

#[derive(Serialize)]
struct Dsn {
    public: String,
    secret: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct LoaderOptions {
    has_replay: bool,
    has_performance: bool,
    has_debug: bool,
}

/// Whether a caller may see the secret half, which opens the feeds and signs requests.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(in crate::api) enum Secret {
    /// It is shown.
    Shown,
    /// It is an empty text: a null would break tools that decode a string.
    Hidden,
}

impl KeyView {
    pub(in crate::api) fn new(key: &Key, public_url: &str, secret: Secret) -> Self {
        let (half, dsn) = match secret {
            Secret::Shown => (key.secret.clone(), key.dsn_with_secret(public_url)),
            Secret::Hidden => (String::new(), String::new()),
        };
        Self {
            id: key.public.clone(),
            name: key.label.clone(),
            label: key.label.clone(),
            public: key.public.clone(),
            secret: half,
            project_id: key.project,
            is_active: key.active,
            rate_limit: RateLimit::of(&key.quotas),
            dsn: Dsn {
                public: key.dsn(public_url),
                secret: dsn,
            },
            browser_sdk_version: "latest",
            date_created: key.created,
            dynamic_sdk_loader_options: LoaderOptions {
                has_replay: false,
                has_performance: false,
                has_debug: false,
            },
        }
    }
}
