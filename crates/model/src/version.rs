//! Releases and their order: `shop@1.2.3-rc1+55` is a package, a version, a stage and a build.
//!
//! Wider than semantic versioning, because people name releases as they like: bare and
//! `v`-prefixed versions, up to eight numbers, dates. What has no order (a commit id) has none
//! here: callers go by date then. Pure; the search and the life of issues call it.

use std::cmp::Ordering;

/// Numbers of a version; missing ones are 0, so `1.2` is `1.2.0`.
const PART_COUNT_MAX: usize = 8;
/// What may follow a number without anything between: `1.2.0rc1`.
const STAGES: [&str; 9] = [
    "alpha", "beta", "preview", "pre", "dev", "rc", "a", "b", "c",
];

/// A release taken apart. Every text is one; only some have an order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Release<'a> {
    /// What stands before the last `@`; empty when there is none.
    pub package: &'a str,
    /// The rest, as written.
    pub version: &'a str,
    /// `rc1` of `1.2.3-rc1`; empty for a final version.
    pub stage: &'a str,
    /// `55` of `1.2.3+55` and of `1.2.3 (55)`; empty when there is none.
    pub build: &'a str,
    /// Where the version stands; `None` when it has no order.
    pub order: Option<Version>,
}

/// The place of a version among others. Packages are not part of it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Version {
    parts: [u64; PART_COUNT_MAX],
    stage: Stage,
    build: Vec<Token>,
}

/// A pre-release is below its release.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Stage {
    Before(Vec<Token>),
    Final,
}

/// Numbers inside of names are numbers: `rc2` is below `rc10`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Token {
    Number(u64),
    Word(String),
}

impl<'a> Release<'a> {
    /// Takes a release apart.
    pub fn parse(text: &'a str) -> Self {
        let text = text.trim();
        // `@scope/web` alone is a package of nothing; its `@` is no separator.
        let (package, version) = match text.rsplit_once('@') {
            Some((package, version)) if !package.is_empty() => (package, version),
            _ => ("", text),
        };
        let mut release = Self {
            package,
            version,
            stage: "",
            build: "",
            order: None,
        };
        release.read_version();
        release
    }

    fn read_version(&mut self) {
        let (main, build) = split_build(self.version);
        let Some((parts, stage)) = numbers(main) else {
            return;
        };
        (self.stage, self.build) = (stage, build);
        self.order = Some(Version {
            parts,
            stage: match tokens(stage) {
                stage if stage.is_empty() => Stage::Final,
                stage => Stage::Before(stage),
            },
            build: tokens(build),
        });
    }
}

impl Version {
    /// The version of a release, whatever its package.
    pub fn of(release: &str) -> Option<Self> {
        Release::parse(release).order
    }
}

/// Which of two releases comes first; `None` when they are of different packages, or when one has
/// no order: then dates decide.
pub fn compare(one: &str, other: &str) -> Option<Ordering> {
    let (one, other) = (Release::parse(one), Release::parse(other));
    if one.package != other.package {
        return None;
    }
    Some(one.order?.cmp(&other.order?))
}

/// `1.2.3+55` and `1.2.3 (55)` without their build, and the build.
fn split_build(version: &str) -> (&str, &str) {
    let in_brackets = version.strip_suffix(')');
    if let Some((main, build)) = in_brackets.and_then(|text| text.split_once(" (")) {
        return (main.trim_end(), build);
    }
    version.split_once('+').unwrap_or((version, ""))
}

/// The numbers at the start, and the stage after them.
fn numbers(text: &str) -> Option<([u64; PART_COUNT_MAX], &str)> {
    let text = text.strip_prefix(['v', 'V']).unwrap_or(text);
    if let Some(parts) = date(text) {
        return Some((parts, ""));
    }
    let (mut parts, mut count, mut rest) = ([0; PART_COUNT_MAX], 0, text);
    loop {
        let digits = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        let (number, tail) = rest.split_at_checked(digits)?;
        *parts.get_mut(count)? = number.parse().ok()?;
        count += 1;
        rest = match tail.strip_prefix('.') {
            Some(next) if next.starts_with(|c: char| c.is_ascii_digit()) => next,
            Some(stage) => return is_stage(stage).then_some((parts, stage)),
            None if tail.is_empty() => return Some((parts, "")),
            None => {
                let stage = tail.strip_prefix('-');
                let stage = stage.or_else(|| (count > 1 && is_known(tail)).then_some(tail))?;
                return is_stage(stage).then_some((parts, stage));
            }
        };
    }
}

/// `2024-05-01` is a version of three numbers.
fn date(text: &str) -> Option<[u64; PART_COUNT_MAX]> {
    let mut parts = [0; PART_COUNT_MAX];
    let mut numbers = text.split('-');
    for (part, width) in parts.iter_mut().zip([4, 2, 2]) {
        let number = numbers.next().filter(|number| number.len() == width)?;
        if !number.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        *part = number.parse().ok()?;
    }
    numbers.next().is_none().then_some(parts)
}

fn is_stage(text: &str) -> bool {
    let letter = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_');
    text.starts_with(|first: char| first.is_ascii_alphanumeric()) && text.bytes().all(letter)
}

/// Whether a text begins with the name of a stage, and not with letters of a hash.
fn is_known(text: &str) -> bool {
    let word = text.trim_end_matches(|letter: char| !letter.is_ascii_alphabetic());
    STAGES.contains(&word.to_ascii_lowercase().as_str())
}

/// Numbers and words in turn; what is between them does not count.
fn tokens(text: &str) -> Vec<Token> {
    let (mut tokens, mut rest) = (Vec::new(), text);
    while let Some(first) = rest.chars().next() {
        let is_same = |letter: char| {
            if first.is_ascii_digit() {
                letter.is_ascii_digit()
            } else {
                letter.is_alphabetic()
            }
        };
        let length = rest.len() - rest.trim_start_matches(is_same).len();
        let Some((token, tail)) = rest.split_at_checked(length.max(first.len_utf8())) else {
            break;
        };
        if first.is_ascii_digit() {
            tokens.push(Token::Number(token.parse().unwrap_or(u64::MAX)));
        } else if first.is_alphabetic() {
            tokens.push(Token::Word(token.to_lowercase()));
        }
        rest = tail;
    }
    tokens
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each is below the next.
    fn check_rising(releases: &[&str]) {
        for pair in releases.windows(2) {
            let [low, high] = pair else { unreachable!() };
            assert_eq!(compare(low, high), Some(Ordering::Less), "{low} < {high}");
            assert_eq!(compare(high, low), Some(Ordering::Greater));
        }
    }

    fn check_equal(one: &str, other: &str) {
        assert_eq!(
            compare(one, other),
            Some(Ordering::Equal),
            "{one} = {other}"
        );
    }

    fn check_parts(text: &str, package: &str, version: &str, stage: &str, build: &str) {
        let release = Release::parse(text);
        let parts = [
            release.package,
            release.version,
            release.stage,
            release.build,
        ];
        assert_eq!(parts, [package, version, stage, build], "{text}");
    }

    #[test]
    fn what_has_an_order() {
        for release in [
            "shop@1.2",
            "shop@1",
            "shop@1.2.3.4",
            "shop@1.2.3-rc1+55",
            "com.x.App@1.2.3+4",
            "web@2024.01.02",
            "5.36.2",
            "1.2",
            "v5.36.2",
            "shop@v1.2.3",
            "x@1.2.3.4.5",
            "1.2.3.4.5.6.7.8",
            "shop@388.0.6 (388.0.6)",
            "shop@1.2.3.beta",
            "2024-05-01",
            "@scope/web@1.0.0",
            "1.2.0rc1",
            " 1.0 ",
        ] {
            assert!(Version::of(release).is_some(), "{release}");
        }
    }

    #[test]
    fn what_has_none() {
        for release in [
            "",
            "@",
            "v",
            "main",
            "7fd1a60b01f9",
            "backend@7fd1a60b01f9",
            "0123456789abcdef0123456789abcdef01234567",
            "1234567890123456789012345678901234567890",
            "1.2.3.4.5.6.7.8.9",
            "1.2.",
            "1..2",
            "1.2-",
            "1.2f3",
            "12rc1",
            "1.2.3-rä",
            "@scope/web",
            "latest",
        ] {
            assert_eq!(Version::of(release), None, "{release}");
        }
    }

    #[test]
    fn the_order() {
        check_rising(&["1.2.3-rc2", "1.2.3-rc10", "1.2.3", "1.2.4", "1.10", "2"]);
        check_rising(&[
            "1.0-1",
            "1.0-alpha",
            "1.0-alpha.1",
            "1.0-beta",
            "1.0-rc.2",
            "1.0",
        ]);
        check_rising(&[
            "x@1.2.3",
            "x@1.2.3+5",
            "x@1.2.3+6",
            "x@1.2.3+10",
            "x@1.2.3.1",
        ]);
        check_rising(&["2024-05-01", "2024-05-02", "2024-11-01", "2025-01-01"]);
        check_rising(&["1.2.3.beta", "1.2.3", "1.2.3 (7)", "1.2.3 (12)"]);
        check_rising(&["1.2.0a1", "1.2.0b1", "1.2.0rc1", "1.2.0"]);
        check_rising(&["v1", "1.0.0.0.0.0.0.1", "v2-pre", "2"]);
        check_equal("1.2", "1.2.0");
        check_equal("v1.2", "1.2");
        check_equal("1.0-rc.2", "1.0-RC2");
    }

    #[test]
    fn other_packages_have_no_common_order() {
        assert_eq!(compare("web@1", "api@2"), None);
        assert_eq!(compare("web@1", "2"), None);
        assert_eq!(compare("web@1", "web@main"), None);
        assert_eq!(compare("@s/web@1", "@s/web@2"), Some(Ordering::Less));
    }

    #[test]
    fn the_parts_of_a_release() {
        check_parts("shop@1.2.3-rc1+55", "shop", "1.2.3-rc1+55", "rc1", "55");
        check_parts("@scope/web@1.0.0", "@scope/web", "1.0.0", "", "");
        check_parts("shop@388.0.6 (12)", "shop", "388.0.6 (12)", "", "12");
        check_parts("@scope/web", "", "@scope/web", "", "");
        check_parts("backend@7fd1a60b01f9", "backend", "7fd1a60b01f9", "", "");
        check_parts("a@b@1.0.beta", "a@b", "1.0.beta", "beta", "");
    }
}
