//! A search as a condition of SQL, whatever table it is about. Values are bound: nothing that
//! people write becomes part of the SQL.

use rusqlite::types::Value;

use super::fault::Fault;
use crate::search::Asker;
use crate::search::ast::{Age, Expr, Filter, Op, Test};

/// A condition in the making.
pub(super) struct Condition<'a> {
    pub(super) sql: String,
    pub(super) values: Vec<Value>,
    /// What ages count from.
    pub(super) asker: Asker,
    /// What `release:latest` stands for; `None` when there is no release.
    pub(super) latest: Option<String>,
    /// The column that the list is ordered by: its index serves a comparison, too. Those of other
    /// columns are kept from being used, because then all rows would have to be sorted.
    pub(super) walked: &'static str,
    /// Writes one filter.
    pub(super) filter: &'a WriteFilter,
    /// Writes one word.
    pub(super) word: &'a WriteWord,
}

type WriteFilter = dyn Fn(&mut Condition<'_>, &Filter) -> Result<(), Fault>;
type WriteWord = dyn Fn(&mut Condition<'_>, &crate::search::Pattern);

/// How an operator is written.
pub(super) fn sign(op: Op) -> &'static str {
    match op {
        Op::Equal => "=",
        Op::More => ">",
        Op::AtLeast => ">=",
        Op::Less => "<",
        Op::AtMost => "<=",
    }
}

impl Condition<'_> {
    /// Adds SQL; each `?` in it stands for the next of `values`.
    pub(super) fn push<V: Into<Value>>(&mut self, sql: &str, values: impl IntoIterator<Item = V>) {
        self.sql.push_str(sql);
        self.values.extend(values.into_iter().map(Into::into));
    }

    /// Adds SQL without values.
    pub(super) fn say(&mut self, sql: &str) {
        self.sql.push_str(sql);
    }

    /// Adds a whole search.
    pub(super) fn expr(&mut self, expr: &Expr) -> Result<(), Fault> {
        match expr {
            Expr::All(parts) => self.joined(parts, " AND ", "1"),
            Expr::Any(parts) => self.joined(parts, " OR ", "0"),
            Expr::Not(part) => {
                self.say("NOT (");
                self.expr(part)?;
                self.say(")");
                Ok(())
            }
            Expr::Filter(filter) => (self.filter)(self, filter),
            Expr::Word(pattern) => {
                (self.word)(self, pattern);
                Ok(())
            }
        }
    }

    fn joined(&mut self, parts: &[Expr], between: &str, empty: &str) -> Result<(), Fault> {
        if parts.is_empty() {
            self.say(empty);
            return Ok(());
        }
        for (number, part) in parts.iter().enumerate() {
            self.say(if number == 0 { "(" } else { between });
            self.expr(part)?;
        }
        self.say(")");
        Ok(())
    }

    /// That the text `subject`, which is SQL of ours, is what a test wants.
    pub(super) fn text(&mut self, subject: &str, test: &Test) -> Result<(), Fault> {
        match test {
            Test::Like(pattern) => match pattern.as_exact() {
                Some(text) => self.push(&format!("{subject} = ?"), [text.to_owned()]),
                None => self.push(&format!("fits({subject}, ?)"), [pattern.to_string()]),
            },
            Test::OneOf(texts) => {
                let marks = vec!["?"; texts.len()].join(", ");
                self.push(&format!("{subject} IN ({marks})"), texts.iter().cloned());
            }
            Test::Absent => self.say(&format!("{subject} = ''")),
            Test::Version(op, version) => {
                let sign = sign(*op);
                let order = format!("coalesce(version_order({subject}, ?) {sign} 0, 0)");
                self.push(&order, [version.clone()]);
            }
            Test::Latest => match self.latest.clone() {
                Some(release) => self.push(&format!("{subject} = ?"), [release]),
                None => self.say("0"),
            },
            _ => return Err(Fault::missing("search key")),
        }
        Ok(())
    }

    /// That the number `subject`, which is SQL of ours, is what a test wants.
    pub(super) fn number(&mut self, subject: &str, test: &Test) -> Result<(), Fault> {
        let (op, number) = match test {
            Test::Number(op, number) => (*op, *number),
            Test::Level(op, level) => (*op, level.number()),
            Test::Moment(op, moment) => (*op, moment.as_micros()),
            Test::Age(age) => self.age(*age),
            // Columns of numbers are never empty.
            Test::Absent => {
                self.say("0");
                return Ok(());
            }
            _ => return Err(Fault::missing("search key")),
        };
        self.compare(subject, op, number);
        Ok(())
    }

    /// That a column compares so with a number.
    pub(super) fn compare(&mut self, column: &str, op: Op, number: i64) {
        let plus = if column == self.walked { "" } else { "+" };
        self.push(&format!("{plus}{column} {} ?", sign(op)), [number]);
    }

    /// An age as a comparison with a moment.
    pub(super) fn age(&self, age: Age) -> (Op, i64) {
        let (op, moment) = age.as_comparison(self.asker.now);
        (op, moment.as_micros())
    }
}
