//! Slugs: names of projects and teams in URLs, rules and searches.

/// Longer names are no names.
pub(crate) const NAME_CHARS_MAX: usize = 100;
const SLUG_CHARS_MAX: usize = 50;

/// `Web Shop (EU)` becomes `web-shop-eu`.
pub(crate) fn slug_of(name: &str) -> String {
    let lower = name.to_lowercase();
    let words = lower.split(|c: char| !c.is_ascii_alphanumeric());
    let words: Vec<&str> = words.filter(|word| !word.is_empty()).collect();
    words.join("-").chars().take(SLUG_CHARS_MAX).collect()
}

/// The slug of a project: as it was typed, or made of the name.
pub(crate) fn project_slug(typed: &str, name: &str) -> Result<String, &'static str> {
    let slug = chosen(typed, name);
    let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    // `new` is the form's own address.
    if !slug.chars().all(allowed) || is_odd(&slug) || slug == "new" {
        return Err(
            "A slug has lower-case letters, digits and dashes, at most 50, and at least one \
             letter.",
        );
    }
    Ok(slug)
}

/// The slug of a team: as it was typed, or made of the name.
///
/// # Errors
///
/// What is wrong with it, in words for whoever typed it.
pub fn team_slug(typed: &str, name: &str) -> Result<String, &'static str> {
    let slug = chosen(typed, name);
    let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "-_".contains(c);
    if !slug.chars().all(allowed) || is_odd(&slug) {
        return Err(
            "A team's slug has lower-case letters, digits, dashes and underscores, at most 50, \
             and at least one letter.",
        );
    }
    Ok(slug)
}

/// The name of a project or team for people: as it was typed, or its slug.
///
/// # Errors
///
/// What is wrong with it, in words for whoever typed it.
pub fn shown_name<'a>(typed: &'a str, slug: &'a str) -> Result<&'a str, &'static str> {
    let name = if typed.is_empty() { slug } else { typed };
    if name.chars().count() > NAME_CHARS_MAX {
        return Err("A name has at most 100 characters.");
    }
    Ok(name)
}

/// The name of a saved search.
///
/// # Errors
///
/// What is wrong with it, in words for whoever typed it.
pub(crate) fn search_name(name: &str) -> Result<(), String> {
    let length = name.chars().count();
    if length == 0 || length > NAME_CHARS_MAX {
        return Err(format!("A name has 1 to {NAME_CHARS_MAX} characters."));
    }
    Ok(())
}

fn chosen(typed: &str, name: &str) -> String {
    if typed.is_empty() {
        slug_of(name)
    } else {
        typed.to_owned()
    }
}

/// A number would read as an id where either may stand.
fn is_odd(slug: &str) -> bool {
    slug.chars().all(|c| c.is_ascii_digit()) || slug.chars().count() > SLUG_CHARS_MAX
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slug_is_made_of_the_name() {
        for (name, slug) in [
            ("Web Shop (EU)", "web-shop-eu"),
            ("  API  ", "api"),
            ("Füße", "f-e"),
            ("日本", ""),
        ] {
            assert_eq!(slug_of(name), slug);
        }
    }

    #[test]
    fn slugs_are_typed_or_made_of_names() {
        let check = |typed: &str, name: &str, expect: Option<&str>| {
            let slug = team_slug(typed, name).ok();
            assert_eq!(slug.as_deref(), expect, "{typed}, {name}");
        };
        check("core_1", "Anything", Some("core_1"));
        check("", "The Core (EU)", Some("the-core-eu"));
        check("Core", "Core", None);
        check("17", "", None);
        check("", "", None);
        check(&"x".repeat(51), "", None);
        assert_eq!(project_slug("", "Web Shop"), Ok("web-shop".to_owned()));
        assert!(project_slug("new", "").is_err() && project_slug("a_b", "").is_err());
        assert_eq!(shown_name("", "core"), Ok("core"));
        assert!(shown_name(&"x".repeat(101), "core").is_err());
    }
}
