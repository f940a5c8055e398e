//! Reads one rule: `matchers -> values title="…"`.

use watchpost_model::{Glob, GlobKind as Kind};

use super::matcher::{Matcher, Matchers, Test};
use super::variable::Template;
use super::{PARTS_MAX, Rule};
use crate::rules::scan::Scanner;
use crate::rules::{Family, read_bool};

const EXAMPLE: &str = "`error.type:Timeout -> timeout, {{ transaction }}`";

pub(super) fn rule(line: &str) -> Result<Rule, String> {
    let mut scan = Scanner::new(line);
    let mut matchers = Vec::new();
    while !scan.is_done() && !scan.rest.starts_with("->") {
        matchers.push(matcher(&mut scan)?);
    }
    if matchers.is_empty() {
        return Err(format!("a rule begins with a matcher, as in {EXAMPLE}"));
    }
    if scan.is_done() || !scan.take("->") {
        return Err(format!(
            "`->` and the fingerprint are missing, as in {EXAMPLE}"
        ));
    }
    let mut parts = Vec::new();
    let mut title = None;
    while !scan.is_done() {
        if scan.take("title=") {
            let Some(text) = scan.quoted()? else {
                return Err("a title is in double quotes: `title=\"Payment failed\"`".to_owned());
            };
            title = Some(Template::parse(&text)?);
            if !scan.is_done() {
                return Err(format!(
                    "nothing comes after the title, but there is `{}`",
                    scan.rest
                ));
            }
            break;
        }
        parts.push(value(&mut scan)?);
        scan.is_done();
        scan.take(",");
    }
    if parts.is_empty() {
        return Err(format!("after `->` comes the fingerprint, as in {EXAMPLE}"));
    }
    if parts.len() > PARTS_MAX {
        return Err(format!("a fingerprint has no more than {PARTS_MAX} parts"));
    }
    let text = line.to_owned();
    let line = 0;
    Ok(Rule {
        line,
        text,
        matchers: Matchers::new(matchers),
        parts,
        title,
    })
}

fn value(scan: &mut Scanner<'_>) -> Result<Template, String> {
    if let Some(text) = scan.quoted()? {
        return Template::parse(&text);
    }
    let start = scan.rest;
    let mut taken = 0;
    let mut chars = start.char_indices().peekable();
    let mut is_variable = false;
    let mut was_space = false;
    while let Some((index, char)) = chars.next() {
        let next = chars.peek().map(|(_, next)| *next);
        match (char, next) {
            ('{', Some('{')) => is_variable = true,
            ('}', Some('}')) => is_variable = false,
            (',', _) if !is_variable => break,
            ('#', _) if !is_variable && was_space => break,
            ('t', _)
                if was_space
                    && start
                        .get(index..)
                        .is_some_and(|it| it.starts_with("title=")) =>
            {
                break;
            }
            _ => {}
        }
        was_space = char.is_whitespace();
        taken = index + char.len_utf8();
    }
    let (text, rest) = start.split_at_checked(taken).unwrap_or((start, ""));
    scan.rest = rest;
    if text.trim().is_empty() {
        return Err(
            "there is nothing between two commas; write `\"\"` for an empty part".to_owned(),
        );
    }
    Template::parse(text.trim())
}

fn matcher(scan: &mut Scanner<'_>) -> Result<Matcher, String> {
    let (is_negated, name) = scan.key()?;
    let pattern = scan.pattern()?;
    let glob = |kind| Glob::parse(&pattern, kind);
    let test = match name {
        "error.type" | "type" => Test::ErrorType(glob(Kind::Text)?),
        "error.value" | "value" => Test::ErrorValue(glob(Kind::Folded)?),
        "message" => Test::Message(glob(Kind::Folded)?),
        "logger" => Test::Logger(glob(Kind::Text)?),
        "level" => Test::Level(glob(Kind::Folded)?),
        "sdk" => Test::Sdk(glob(Kind::Folded)?),
        "release" => Test::Release(glob(Kind::Path)?),
        "family" => Test::Family(Family::parse(&pattern)),
        "app" | "stack.app" => Test::App(read_bool(&pattern)?),
        "stack.module" | "module" => Test::Module(glob(Kind::Text)?),
        "stack.function" | "function" => Test::Function(glob(Kind::Text)?),
        "stack.abs_path" | "path" => Test::Path(glob(Kind::Path)?),
        "stack.package" | "package" => Test::Package(glob(Kind::Path)?),
        other => match other.strip_prefix("tags.") {
            Some(tag) if !tag.is_empty() => Test::Tag(tag.to_owned(), glob(Kind::Text)?),
            _ => {
                let known = "error.type, error.value, message, logger, level, family, app, \
                             stack.module, stack.function, stack.abs_path, stack.package, sdk, \
                             release, tags.NAME";
                return Err(format!("`{other}` cannot be matched; there are {known}"));
            }
        },
    };
    Ok(Matcher { is_negated, test })
}
