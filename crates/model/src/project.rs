//! Organizations, their projects, and the keys with which clients report to a project.

use serde::{Deserialize, Serialize};

use crate::{KeyId, OrgId, ProjectId, Quota, Retention, Timestamp};

/// A group of people with projects.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Organization {
    /// Its id.
    pub id: OrgId,
    /// Its name in URLs.
    pub slug: String,
    /// Its name for people.
    pub name: String,
    /// When it was created.
    pub created: Timestamp,
}

/// One application that reports its errors.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Project {
    /// The number in its DSN.
    pub id: ProjectId,
    /// To whom it belongs.
    pub org: OrgId,
    /// Its name in URLs, unique within the organization.
    pub slug: String,
    /// Its name for people.
    pub name: String,
    /// `python`, `javascript`, …, when somebody said so.
    pub platform: Option<String>,
    /// Web origins whose pages may report: `*`, `https://shop.example`, `*.shop.example`.
    pub allowed_origins: Vec<String>,
    /// How much all its keys together may send.
    pub quotas: Vec<Quota>,
    /// Whether an hour with far more events than usual is cut off.
    pub spike_protection: bool,
    /// How long its events are kept.
    pub retention: Retention,
    /// When it was created.
    pub created: Timestamp,
    /// When its first event arrived.
    pub first_event: Option<Timestamp>,
}

/// A client key of a project. A DSN is its printed form.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Key {
    /// Its id.
    pub id: KeyId,
    /// The project that its events go to.
    pub project: ProjectId,
    /// What people call it.
    pub label: String,
    /// 32 hex digits; part of the DSN, so no secret.
    pub public: String,
    /// 32 hex digits; the `key` of the first protocol and the key of signed requests.
    pub secret: String,
    /// Whether clients may use it.
    pub active: bool,
    /// How much may be sent with it.
    pub quotas: Vec<Quota>,
    /// When it was created.
    pub created: Timestamp,
}

impl Key {
    /// The DSN for a server at `base` (`http://host:9000`, perhaps with a path), without the
    /// secret, as current SDKs want it.
    pub fn dsn(&self, base: &str) -> String {
        self.dsn_of(base, &self.public)
    }

    /// The DSN with the secret in it, as SDKs before 2018 want it.
    pub fn dsn_with_secret(&self, base: &str) -> String {
        self.dsn_of(base, &format!("{}:{}", self.public, self.secret))
    }

    fn dsn_of(&self, base: &str, user: &str) -> String {
        let base = base.trim_end_matches('/');
        match base.split_once("://") {
            Some((scheme, rest)) => format!("{scheme}://{user}@{rest}/{}", self.project),
            None => format!("http://{user}@{base}/{}", self.project),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dsn_keeps_the_path_of_the_base() {
        let key = Key {
            id: KeyId(1),
            project: ProjectId(7),
            label: "default".into(),
            public: "a".repeat(32),
            secret: "b".repeat(32),
            active: true,
            quotas: Vec::new(),
            created: Timestamp::default(),
        };
        let (a, b) = ("a".repeat(32), "b".repeat(32));
        let dsn = key.dsn("https://errors.example/watch/");
        assert_eq!(dsn, format!("https://{a}@errors.example/watch/7"));
        let dsn = key.dsn_with_secret("http://127.0.0.1:9000");
        assert_eq!(dsn, format!("http://{a}:{b}@127.0.0.1:9000/7"));
    }
}
