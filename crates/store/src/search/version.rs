//! A version that releases are compared with.

use std::cmp::Ordering;

use watchpost_model::version::{Release, Version};

/// A version as asked for; without a package it means any.
pub(crate) struct AskedVersion {
    package: String,
    order: Option<Version>,
}

impl AskedVersion {
    pub(crate) fn of(text: &str) -> Self {
        let release = Release::parse(text);
        Self {
            package: release.package.to_owned(),
            order: release.order,
        }
    }

    /// How a release compares with it; `None` when they have no common order.
    pub(crate) fn order_of(&self, release: &str) -> Option<Ordering> {
        let release = Release::parse(release);
        if !self.package.is_empty() && self.package != release.package {
            return None;
        }
        Some(release.order?.cmp(self.order.as_ref()?))
    }
}
