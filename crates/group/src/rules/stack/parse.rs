//! Reads one rule: `[caller] | matchers | [callee] actions`.

use watchpost_model::{Glob, GlobKind as Kind};

use super::{Action, Matcher, Range, Rule, Test};
use crate::rules::scan::Scanner;
use crate::rules::{Family, read_bool};

/// More frames than any event has.
const FRAMES_MAX: usize = 1_000;

pub(super) fn rule(line: &str) -> Result<Rule, String> {
    let mut scan = Scanner::new(line);
    let caller = neighbour(&mut scan)?;
    if caller.is_some() && (scan.is_done() || !scan.take("|")) {
        return Err("after `[caller]` comes `|` and then a matcher".to_owned());
    }
    let mut matchers = Vec::new();
    while !scan.is_done() && !scan.rest.starts_with('|') && !is_action(scan.rest) {
        matchers.push(matcher(&mut scan)?);
    }
    let mut callee = None;
    if !scan.is_done() && scan.take("|") {
        scan.is_done();
        callee = neighbour(&mut scan)?;
        if callee.is_none() {
            return Err("after `|` comes `[callee]`: a matcher in brackets".to_owned());
        }
    }
    if matchers.is_empty() {
        return Err("a rule begins with a matcher, such as `path:**/lib/**`".to_owned());
    }
    let mut actions = Vec::new();
    while !scan.is_done() {
        actions.push(action(&mut scan)?);
    }
    if actions.is_empty() {
        let ways = "`-app`, `+app`, `-group`, `+group`, `category=name` or `max-frames=3`";
        return Err(format!("what to do is missing; end the rule with {ways}"));
    }
    // The cheap ones first.
    matchers.sort_by_key(|matcher| !matches!(matcher.test, Test::Family(_) | Test::App(_)));
    let is_category = |matcher: &Matcher| matches!(matcher.test, Test::Category(_));
    let mut positive = matchers.iter().filter(|matcher| !matcher.is_negated);
    let needs_category = positive.any(is_category);
    let mut all = matchers.iter().chain(&caller).chain(&callee);
    let is_settled = all.all(|it| !matches!(it.test, Test::App(_) | Test::Category(_)));
    let text = line.to_owned();
    let line = 0;
    Ok(Rule {
        line,
        text,
        caller,
        matchers,
        callee,
        actions,
        needs_category,
        is_settled,
    })
}

/// `[matcher]`.
fn neighbour(scan: &mut Scanner<'_>) -> Result<Option<Matcher>, String> {
    if !scan.take("[") {
        return Ok(None);
    }
    scan.is_done();
    let found = matcher(scan)?;
    scan.is_done();
    if !scan.take("]") {
        return Err("`[` holds exactly one matcher and ends with `]`".to_owned());
    }
    Ok(Some(found))
}

fn matcher(scan: &mut Scanner<'_>) -> Result<Matcher, String> {
    let (is_negated, name) = scan.key()?;
    let pattern = scan.pattern()?;
    let glob = |kind| Glob::parse(&pattern, kind);
    let test = match name.strip_prefix("stack.").unwrap_or(name) {
        "function" => Test::Function(glob(Kind::Text)?),
        "module" => Test::Module(glob(Kind::Text)?),
        "path" | "abs_path" => Test::Path(glob(Kind::Path)?),
        "package" => Test::Package(glob(Kind::Path)?),
        "category" => Test::Category(glob(Kind::Text)?),
        "error.type" | "type" => Test::ErrorType(glob(Kind::Text)?),
        "error.value" | "value" => Test::ErrorValue(glob(Kind::Folded)?),
        "error.mechanism" | "mechanism" => Test::Mechanism(glob(Kind::Text)?),
        "family" => Test::Family(Family::parse(&pattern)),
        "app" => Test::App(read_bool(&pattern)?),
        other => {
            let known = "function, module, path, package, family, app, category, error.type, \
                         error.value, error.mechanism";
            return Err(format!("`{other}` cannot be matched; there are {known}"));
        }
    };
    Ok(Matcher { is_negated, test })
}

fn is_action(rest: &str) -> bool {
    let names = [
        "category=",
        "max-frames=",
        "min-frames=",
        "invert-stacktrace=",
    ];
    let is_flag = rest.starts_with(['+', '-', '^']);
    is_flag
        || rest.starts_with("v+")
        || rest.starts_with("v-")
        || names.iter().any(|name| rest.starts_with(name))
}

fn action(scan: &mut Scanner<'_>) -> Result<Action, String> {
    let word = scan.until(char::is_whitespace);
    if let Some((name, value)) = word.split_once('=') {
        let number = || match value.parse::<usize>() {
            Ok(number) if number <= FRAMES_MAX => Ok(number),
            _ => Err(format!(
                "`{value}` is no number of frames from 0 to {FRAMES_MAX}"
            )),
        };
        return match name {
            "category" if !value.is_empty() => Ok(Action::Category(value.to_owned())),
            "max-frames" => Ok(Action::MaxFrames(number()?)),
            "min-frames" => Ok(Action::MinFrames(number()?)),
            "invert-stacktrace" => Ok(Action::Invert(read_bool(value)?)),
            _ => Err(unknown(word)),
        };
    }
    if word == "+split" {
        return Ok(Action::Split);
    }
    let (range, flag) = match word.split_at_checked(1) {
        Some(("^", flag)) => (Range::Up, flag),
        Some(("v", flag)) => (Range::Down, flag),
        _ => (Range::Self_, word),
    };
    match flag {
        "+app" => Ok(Action::App(range, true)),
        "-app" => Ok(Action::App(range, false)),
        "+group" => Ok(Action::Group(range, true)),
        "-group" => Ok(Action::Group(range, false)),
        _ => Err(unknown(word)),
    }
}

fn unknown(word: &str) -> String {
    let known = "`+app`, `-app`, `+group`, `-group` (before them `^` or `v`), `category=name`, \
                 `max-frames=n`, `min-frames=n`, `invert-stacktrace=yes`, `+split`";
    format!("`{word}` is no action; there are {known}")
}
