//! What an empty data directory gets: an organization, a project, its key, and a one-time link
//! with which the first person lets themselves in.

use anyhow::{Context, Result, bail};
use watchpost_model::{Key, Organization, Project, ProjectId, Timestamp};
use watchpost_store::{Ledger, NewKey, NewProject};
use watchpost_web::secret::{Secret, draw_hex_32};

/// How long the one-time link works.
const SETUP_LINK_SECS: i64 = 7 * 24 * 3600;

/// The longest name of an organization or a project, and the longest in URLs, as on the pages.
const NAME_CHARS_MAX: usize = 100;
const SLUG_CHARS_MAX: usize = 50;

/// What to create.
pub(crate) struct Names<'a> {
    pub(crate) org: &'a str,
    pub(crate) project: &'a str,
}

/// What was created.
pub(crate) struct Start {
    pub(crate) org: Organization,
    pub(crate) project: Project,
    pub(crate) key: Key,
}

/// Fills an empty ledger.
pub(crate) fn create(ledger: &dyn Ledger, names: &Names<'_>, now: Timestamp) -> Result<Start> {
    check_name(names.org)?;
    check_name(names.project)?;
    let org = ledger
        .create_org(&slug(names.org), names.org, now)
        .context("failed to create the organization")?;
    let new = NewProject {
        org: org.id,
        slug: &slug(names.project),
        name: names.project,
        platform: None,
    };
    let project = ledger
        .create_project(&new, now)
        .context("failed to create the project")?;
    let key = create_key(ledger, project.id, "default", now)?;
    Ok(Start { org, project, key })
}

/// Creates a key with random halves.
pub(crate) fn create_key(
    ledger: &dyn Ledger,
    project: ProjectId,
    label: &str,
    now: Timestamp,
) -> Result<Key> {
    let (public, secret) = (draw_hex_32()?, draw_hex_32()?);
    let new = NewKey {
        project,
        label,
        public: &public,
        secret: &secret,
    };
    ledger
        .create_key(&new, now)
        .context("failed to create the key")
}

/// A fresh one-time link, as a path. Links given out before stop working.
pub(crate) fn setup_path(ledger: &dyn Ledger, now: Timestamp) -> Result<String> {
    let token = Secret::draw("")?;
    ledger
        .put_setup_link(token.hash(), now.plus_secs(SETUP_LINK_SECS))
        .context("failed to keep the one-time link")?;
    Ok(format!("/setup/{}", token.as_str()))
}

/// Whether a person could sign in: users made for programs have no password.
pub(crate) fn has_people(ledger: &dyn Ledger) -> Result<bool> {
    for user in ledger.users()? {
        let known = ledger.user_by_email(&user.email)?;
        if known.is_some_and(|(_, password_hash)| password_hash != NO_PASSWORD) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Stands where a password hash would: no password matches it.
pub(crate) const NO_PASSWORD: &str = "!";

/// Refuses a name that pages could not show.
pub(crate) fn check_name(name: &str) -> Result<()> {
    if name.trim().is_empty() || name.chars().count() > NAME_CHARS_MAX {
        bail!("a name has 1 to {NAME_CHARS_MAX} characters, and not only spaces");
    }
    Ok(())
}

/// The name in URLs that goes with a name for people: `My Shop` becomes `my-shop`.
pub(crate) fn slug(name: &str) -> String {
    let mut slug = String::new();
    for char in name.chars() {
        if slug.len() == SLUG_CHARS_MAX {
            break;
        }
        if char.is_ascii_alphanumeric() {
            slug.push(char.to_ascii_lowercase());
        } else if !slug.ends_with('-') && !slug.is_empty() {
            slug.push('-');
        }
    }
    let slug = slug.trim_end_matches('-');
    // A slug of digits only would be taken for an id.
    if slug.is_empty() || slug.bytes().all(|byte| byte.is_ascii_digit()) {
        return format!("p-{slug}").trim_end_matches('-').to_owned();
    }
    slug.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slugs() {
        let cases = [
            ("My Shop", "my-shop"),
            ("  web -- 2 ", "web-2"),
            ("Zoë", "zo"),
            ("2010", "p-2010"),
            ("ÄÖ", "p"),
            (
                &"long name ".repeat(9),
                "long-name-long-name-long-name-long-name-long-name",
            ),
        ];
        for (name, expect) in cases {
            assert_eq!(slug(name), expect, "{name}");
        }
    }
}
