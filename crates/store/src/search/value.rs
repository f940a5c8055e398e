//! Values: what a key admits, and what is said about one that it does not.

use watchpost_model::version::Version;
use watchpost_model::{IssueId, Level, ShortId, Timestamp};

use super::Pattern;
use super::ast::{Age, Expr, Filter, Key, Op, Person, Place, State, Test};
use super::field::Kind;
use super::print::quoted;
use super::reader::RawValue;
use crate::SearchError;

/// Names that differ more are no slip of the hand.
const SIMILARITY_MIN: f64 = 0.7;

/// A filter whose value is still to be read.
pub(super) struct Term {
    pub(super) key: Key,
    pub(super) at: usize,
    pub(super) value_at: usize,
}

impl Term {
    fn filter(&self, test: Test) -> Expr {
        Expr::Filter(Filter {
            key: self.key.clone(),
            test,
            at: Place(self.at),
            value_at: Place(self.value_at),
        })
    }

    fn kind(&self) -> Kind {
        match &self.key {
            Key::Field(field) => field.row().map_or(Kind::Text, |row| row.kind),
            Key::Tag(_) | Key::Flag(_) => Kind::Text,
        }
    }

    fn wrong<T>(&self, message: String) -> Result<T, SearchError> {
        Err(SearchError::at(self.value_at, message))
    }
}

/// What a filter asks for.
pub(super) fn read(term: &Term, raw: RawValue) -> Result<Expr, SearchError> {
    let kind = term.kind();
    match raw {
        RawValue::Quoted(pattern) if pattern.as_exact() == Some("") => {
            Ok(term.filter(Test::Absent))
        }
        RawValue::Text(pattern) | RawValue::Quoted(pattern) => one(term, kind, Op::Equal, &pattern),
        RawValue::Compared(op, pattern) => {
            let can_compare = matches!(
                kind,
                Kind::Level | Kind::Number | Kind::Moment | Kind::Release | Kind::Version
            );
            if !can_compare {
                let text = Pattern::exact(&format!("{}{pattern}", op.sign()));
                let (key, text) = (&term.key, quoted(&text));
                return term.wrong(format!(
                    "`{key}` is a text and cannot be compared; write {key}:{text} to look for it"
                ));
            }
            one(term, kind, op, &pattern)
        }
        RawValue::List(values) => list(term, kind, &values),
    }
}

fn list(term: &Term, kind: Kind, values: &[(usize, Pattern)]) -> Result<Expr, SearchError> {
    if kind == Kind::State {
        let message = "`is` takes no list: write is:resolved OR is:unresolved".to_owned();
        return term.wrong(message);
    }
    let mut texts = Vec::new();
    for (at, value) in values {
        let Some(text) = value.as_exact() else {
            let message = "a list takes no wildcards; write the values with OR".to_owned();
            return Err(SearchError::at(*at, message));
        };
        texts.push((*at, text.to_owned()));
    }
    if matches!(kind, Kind::Text | Kind::Release) {
        let texts = texts.into_iter().map(|(_, text)| text).collect();
        return Ok(term.filter(Test::OneOf(texts)));
    }
    let each = texts.iter().map(|(at, text)| {
        let term = Term {
            key: term.key.clone(),
            at: term.at,
            value_at: *at,
        };
        one(&term, kind, Op::Equal, &Pattern::exact(text))
    });
    Ok(Expr::any(each.collect::<Result<_, _>>()?))
}

fn one(term: &Term, kind: Kind, op: Op, pattern: &Pattern) -> Result<Expr, SearchError> {
    let text = pattern.as_exact();
    if kind == Kind::Moment {
        return moment(term, op, text.unwrap_or_default());
    }
    let test = match (kind, text) {
        (Kind::Release, Some("latest")) if op == Op::Equal => Test::Latest,
        (Kind::Release | Kind::Version, Some(text)) if op != Op::Equal => {
            if Version::of(text).is_none() {
                let message = "has no order: write a version such as 2.0 or shop@1.2.3";
                return term.wrong(format!("`{text}` {message}"));
            }
            Test::Version(op, text.to_owned())
        }
        (Kind::Version, Some(text)) if Version::of(text).is_some() => {
            Test::Version(op, text.to_owned())
        }
        (Kind::Text | Kind::Release | Kind::Version, _) if op == Op::Equal => {
            Test::Like(pattern.clone())
        }
        (_, None) => {
            return term.wrong(format!("`{}` takes no wildcards here", term.key));
        }
        (Kind::State, Some(text)) => Test::State(state(term, text)?),
        (Kind::Level, Some(text)) => Test::Level(op, level(term, text)?),
        (Kind::Issue, Some(text)) => Test::Like(Pattern::exact(issue(term, text)?)),
        (Kind::Truth, Some(text)) => Test::Truth(truth(term, text)?),
        (Kind::Person, Some(text)) => Test::Person(person(term, text)?),
        (_, Some(text)) => Test::Number(op, number(term, text)?),
    };
    Ok(term.filter(test))
}

fn state(term: &Term, text: &str) -> Result<State, SearchError> {
    let text = text.to_lowercase();
    // A field that prepends `is:` to what people type makes `is:is:unresolved`.
    let name = text.strip_prefix("is:").unwrap_or(&text);
    let name = if name == "ignored" { "archived" } else { name };
    let known = State::ALL.into_iter().find(|state| state.name() == name);
    known.map_or_else(
        || {
            let names = State::ALL.map(State::name);
            let (near, all) = (nearest(name, names.into_iter()), names.join(", "));
            term.wrong(format!("`{name}` is no state{near}; write one of {all}"))
        },
        Ok,
    )
}

fn level(term: &Term, text: &str) -> Result<Level, SearchError> {
    text.parse().or_else(|_| {
        let names = Level::ALL.map(Level::name);
        let (near, all) = (nearest(text, names.into_iter()), names.join(", "));
        term.wrong(format!("`{text}` is no level{near}; write one of {all}"))
    })
}

fn number(term: &Term, text: &str) -> Result<i64, SearchError> {
    let wrong = |_| {
        let key = &term.key;
        term.wrong(format!("`{text}` is no number: write {key}:>100"))
    };
    text.parse().or_else(wrong)
}

fn issue<'a>(term: &Term, text: &'a str) -> Result<&'a str, SearchError> {
    if text.parse::<IssueId>().is_ok() || ShortId::parse(text).is_some() {
        return Ok(text);
    }
    let message = "is no issue: write its number, or its short id such as WEB-1A";
    term.wrong(format!("`{text}` {message}"))
}

fn truth(term: &Term, text: &str) -> Result<bool, SearchError> {
    match text.to_ascii_lowercase().as_str() {
        "true" | "yes" | "1" => Ok(true),
        "false" | "no" | "0" => Ok(false),
        _ => term.wrong(format!("`{text}` is neither true nor false")),
    }
}

fn person(term: &Term, text: &str) -> Result<Person, SearchError> {
    match text {
        "me" => Ok(Person::Me),
        "none" => Ok(Person::None),
        "my_teams" => Ok(Person::MyTeams),
        _ => match text.strip_prefix('#') {
            Some(team) if !team.is_empty() => Ok(Person::Team(team.to_owned())),
            None if text.contains('@') => Ok(Person::User(text.to_owned())),
            _ => {
                let message = "is nobody: write me, none, my_teams, #team or an e-mail address";
                term.wrong(format!("`{text}` {message}"))
            }
        },
    }
}

/// `-24h`, `>2024-05-01`, `2024-05-01` for the whole day.
fn moment(term: &Term, op: Op, text: &str) -> Result<Expr, SearchError> {
    if let Some(mut age) = age(text) {
        age.is_younger = match op {
            Op::Equal => age.is_younger,
            Op::More | Op::AtLeast => true,
            Op::Less | Op::AtMost => false,
        };
        return Ok(term.filter(Test::Age(age)));
    }
    let day = Timestamp::parse_rfc3339(&format!("{text}T00:00:00Z"));
    let moment = day
        .or_else(|| Timestamp::parse_rfc3339(text))
        .or_else(|| Timestamp::parse_rfc3339(&format!("{text}Z")));
    let compare = |op, moment| term.filter(Test::Moment(op, moment));
    match (op, day, moment) {
        (Op::Equal, Some(day), _) => Ok(Expr::all(vec![
            compare(Op::AtLeast, day),
            compare(Op::Less, day.plus_secs(24 * 3600)),
        ])),
        (Op::Equal, None, Some(_)) => {
            term.wrong(format!("write > or < before a time: {}:>{text}", term.key))
        }
        (op, _, Some(moment)) => Ok(compare(op, moment)),
        (_, _, None) => {
            let examples = "-24h (younger), +7d (older), >2024-05-01 or >2024-05-01T12:00:00";
            term.wrong(format!("`{text}` is no time: write {examples}"))
        }
    }
}

fn age(text: &str) -> Option<Age> {
    let is_younger = text.starts_with('-');
    let rest = text.strip_prefix(['-', '+'])?;
    let unit = rest.chars().last().filter(|unit| "mhdw".contains(*unit))?;
    let count = rest.strip_suffix(unit)?;
    let is_number = count.bytes().all(|byte| byte.is_ascii_digit());
    let count = count.parse().ok().filter(|_| is_number)?;
    Some(Age {
        is_younger,
        count,
        unit,
    })
}

/// `, did you mean …?` when one of `names` is near enough, else nothing.
pub fn nearest<'a>(text: &str, names: impl Iterator<Item = &'a str>) -> String {
    let rated = names.map(|name| (strsim::jaro_winkler(text, name), name));
    let best = rated.max_by(|(one, _), (other, _)| one.total_cmp(other));
    match best {
        Some((rate, name)) if rate >= SIMILARITY_MIN => format!(", did you mean `{name}`?"),
        _ => String::new(),
    }
}
