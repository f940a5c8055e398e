//! Reads ownership rules: `path:src/pay/* #payments ada@example.org`, one a line.

use watchpost_model::{Glob, GlobKind, Owner, RuleFault};

use crate::limits::{OWNER_COUNT_MAX, RULE_BYTES_MAX, RULES_MAX};
use crate::rules::Scales;
use crate::rules::scan::Scanner;

/// A rule.
pub(super) struct Rule {
    pub(super) line: usize,
    /// As it is written, without the owners.
    pub(super) pattern: String,
    pub(super) test: Test,
    pub(super) owners: Vec<Owner>,
}

/// What a rule looks at, and what it looks for.
pub(super) enum Test {
    Path(Glob),
    Module(Glob),
    Url(Glob),
    Tag(String, Glob),
}

impl Test {
    fn glob(&self) -> &Glob {
        match self {
            Self::Path(glob) | Self::Module(glob) | Self::Url(glob) | Self::Tag(_, glob) => glob,
        }
    }
}

/// What is wrong, and behind how many bytes of the line.
pub(super) struct Wrong {
    offset: usize,
    message: String,
}

impl Wrong {
    pub(super) fn at(offset: usize, message: impl Into<String>) -> Self {
        Self {
            offset,
            message: message.into(),
        }
    }

    /// With the place that people count: the character of the line, from 1.
    pub(super) fn fault(&self, number: usize, line: &str) -> RuleFault {
        let before = line.get(..self.offset).unwrap_or(line);
        let place = before.chars().count() + 1;
        RuleFault {
            line: number,
            message: format!("character {place}: {}", self.message),
        }
    }
}

/// The rules of a text; what cannot be read is told.
pub(super) fn rules(text: &str, faults: &mut Vec<RuleFault>) -> Vec<Rule> {
    let mut rules: Vec<Rule> = Vec::new();
    let mut scales = Scales::default();
    for (index, line) in text.lines().enumerate() {
        let start = line.trim_start();
        if start.is_empty() || start.starts_with('#') {
            continue;
        }
        let read = rule(index + 1, line).and_then(|rule| {
            let taken = if rules.len() >= RULES_MAX {
                let message = format!("there are more than {RULES_MAX} rules; join some with `*`");
                Err(message)
            } else {
                scales.take(index + 1, &[rule.test.glob()])
            };
            taken.map_err(|message| Wrong::at(0, message))?;
            Ok(rule)
        });
        match read {
            Ok(rule) => rules.push(rule),
            Err(wrong) => faults.push(wrong.fault(index + 1, line)),
        }
        if rules.len() >= RULES_MAX && !faults.is_empty() {
            break;
        }
    }
    faults.extend(scales.fault());
    rules
}

fn rule(number: usize, line: &str) -> Result<Rule, Wrong> {
    if line.len() > RULE_BYTES_MAX {
        let message = format!("the line is longer than {RULE_BYTES_MAX} bytes; split it");
        return Err(Wrong::at(0, message));
    }
    let mut scanner = Scanner::new(line.trim_start());
    let offset = |scanner: &Scanner<'_>| line.len() - scanner.rest.len();
    let start = offset(&scanner);
    let kind = scanner.until(|char| char == ':' || char.is_whitespace());
    let is_known = matches!(kind, "path" | "module" | "url") || tag(kind).is_some();
    if !is_known || !scanner.take(":") {
        let message = format!(
            "`{kind}` says not what to look at; begin with path:, module:, url: or tags.NAME:"
        );
        return Err(Wrong::at(start, message));
    }
    let pattern_at = offset(&scanner);
    let wrong = |message: String| Wrong::at(pattern_at, message);
    let pattern = scanner.quoted().map_err(wrong)?;
    let pattern = pattern.unwrap_or_else(|| scanner.until(char::is_whitespace).to_owned());
    if pattern.is_empty() {
        return Err(wrong("a pattern is missing; write `*` for any".to_owned()));
    }
    let written = line.get(start..offset(&scanner)).unwrap_or_default();
    let owners = owners(line, offset(&scanner), |word| Some(owner(word)))?;
    if owners.is_empty() {
        let message = "nobody is named behind the pattern; write a team as `#core`, a person as \
                       `ada@example.org`";
        return Err(Wrong::at(line.trim_end().len(), message));
    }
    Ok(Rule {
        line: number,
        pattern: written.to_owned(),
        test: test(kind, &pattern).map_err(wrong)?,
        owners,
    })
}

fn tag(kind: &str) -> Option<&str> {
    kind.strip_prefix("tags.").filter(|name| !name.is_empty())
}

fn test(kind: &str, pattern: &str) -> Result<Test, String> {
    let folded = |pattern: &str| Glob::parse(pattern, GlobKind::Folded);
    Ok(match (kind, tag(kind)) {
        (_, Some(name)) => Test::Tag(name.to_owned(), folded(pattern)?),
        // Somebody may have pasted a path of Windows.
        ("path", _) => Test::Path(folded(&pattern.replace('\\', "/"))?),
        ("module", _) => Test::Module(folded(pattern)?),
        _ => Test::Url(folded(pattern)?),
    })
}

/// The owners behind the pattern, which ends at `from`. `read` says whom a word means.
pub(super) fn owners(
    line: &str,
    from: usize,
    read: impl Fn(&str) -> Option<Result<Owner, String>>,
) -> Result<Vec<Owner>, Wrong> {
    let mut owners = Vec::new();
    let mut scanner = Scanner::new(line.get(from..).unwrap_or_default());
    loop {
        scanner.rest = scanner.rest.trim_start();
        let at = line.len() - scanner.rest.len();
        let word = scanner.until(char::is_whitespace);
        let owner = if word.is_empty() { None } else { read(word) };
        let Some(owner) = owner else {
            break;
        };
        if owners.len() == OWNER_COUNT_MAX {
            let message = format!("there are more than {OWNER_COUNT_MAX} owners; make a team");
            return Err(Wrong::at(at, message));
        }
        owners.push(owner.map_err(|message| Wrong::at(at, message))?);
    }
    Ok(owners)
}

fn owner(word: &str) -> Result<Owner, String> {
    match word.strip_prefix('#') {
        Some(slug) if !slug.is_empty() => Ok(Owner::Team(slug.to_lowercase())),
        None if is_email(word) => Ok(Owner::Person(word.to_lowercase())),
        _ => Err(format!(
            "`{word}` is nobody; write a team as `#core`, a person as `ada@example.org`"
        )),
    }
}

/// Somebody at some place.
pub(super) fn is_email(word: &str) -> bool {
    word.split_once('@')
        .is_some_and(|(name, home)| !name.is_empty() && !home.is_empty() && !home.contains('@'))
}
