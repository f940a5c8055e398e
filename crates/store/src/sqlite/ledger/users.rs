//! How many different users an issue hit: exact up to [`USER_COUNT_EXACT_MAX`], then estimated.
//!
//! The first users of an issue are rows of `issue_tag` anyway, see `tally`. Those that find no room
//! there are kept as hashes, and beyond the bound as a sketch of [`REGISTER_COUNT`] bytes. A set
//! takes the same user any number of times, so replays change nothing.

use std::collections::{BTreeMap, BTreeSet};

use rusqlite::{Connection, OptionalExtension, params};
use sha2::{Digest, Sha256};
use watchpost_model::IssueId;

use super::tally::OTHER;
use crate::limits::{TAG_VALUE_COUNT_MAX, USER_COUNT_EXACT_MAX};
use crate::sqlite::columns::{Columns, count_in};
use crate::sqlite::fault::Fault;

/// Bits of a hash that choose a register.
const REGISTER_BITS: u32 = 12;
/// Registers of a sketch: a standard error of 1.04 / sqrt(4096), that is 1.6 %.
const REGISTER_COUNT: usize = 1 << REGISTER_BITS;
/// What a register can say at most, and one more for "nothing yet".
const RANK_COUNT: usize = 64 - REGISTER_BITS as usize + 2;

/// What a batch brought, by issue.
#[derive(Default)]
pub(super) struct Users(BTreeMap<i64, News>);

#[derive(Default)]
struct News {
    /// Users that are counted by name from now on.
    named: u64,
    /// Users that found no room there, known or not.
    beyond: BTreeSet<i64>,
}

impl Users {
    /// So many users of the issue have a row of their own now that had none before.
    pub(super) fn named(&mut self, issue: i64, count: u64) {
        self.0.entry(issue).or_default().named += count;
    }

    /// A user found no room by name.
    pub(super) fn beyond(&mut self, issue: i64, user: &str) {
        self.0.entry(issue).or_default().beyond.insert(hash(user));
    }

    /// Keeps the users; by how many each issue has more than before.
    pub(super) fn write(self, sql: &Connection) -> Result<Vec<(IssueId, u64)>, Fault> {
        let mut more = Vec::with_capacity(self.0.len());
        for (issue, news) in self.0 {
            let mut added = news.named;
            if !news.beyond.is_empty() {
                added += keep(sql, issue, &news.beyond)?;
            }
            if added > 0 {
                more.push((IssueId(issue), added));
            }
        }
        Ok(more)
    }
}

/// Keeps users that are not counted by name; how many more they are than before.
fn keep(sql: &Connection, issue: i64, users: &BTreeSet<i64>) -> Result<u64, Fault> {
    if let Some(mut sketch) = Sketch::read(sql, issue)? {
        let before = sketch.estimate();
        for user in users {
            sketch.add(*user);
        }
        let after = sketch.estimate();
        if after != before {
            sketch.write(sql, issue)?;
        }
        return Ok(after.saturating_sub(before));
    }
    let mut statement =
        sql.prepare_cached("INSERT OR IGNORE INTO issue_user (issue, user) VALUES (?1, ?2)")?;
    let mut added = 0;
    for user in users {
        added += statement.execute([issue, *user])? as u64;
    }
    if added == 0 {
        return Ok(0);
    }
    let beyond = sql
        .prepare_cached(
            "INSERT INTO user_sketch (issue, beyond) VALUES (?1, ?2)
             ON CONFLICT DO UPDATE SET beyond = beyond + excluded.beyond RETURNING beyond",
        )?
        .query_row(params![issue, count_in(added)], |row| row.count("beyond"))?;
    let total = TAG_VALUE_COUNT_MAX + beyond;
    if total <= USER_COUNT_EXACT_MAX {
        return Ok(added);
    }
    let sketch = Set::read(sql, issue)?.sketch();
    sketch.write(sql, issue)?;
    sql.prepare_cached("DELETE FROM issue_user WHERE issue = ?1")?
        .execute([issue])?;
    // It may say less than what is known; the count never falls.
    Ok(sketch.estimate().saturating_sub(total - added))
}

/// The users of several issues together, each once.
pub(super) fn together(sql: &Connection, issues: &[IssueId]) -> Result<u64, Fault> {
    let mut all = Set::default();
    for issue in issues {
        let set = Set::read(sql, issue.0)?;
        all.hashes.extend(set.hashes);
        all.sketch = match (all.sketch.take(), set.sketch) {
            (Some(one), Some(other)) => Some(one.with(&other)),
            (one, other) => one.or(other),
        };
    }
    Ok(match &all.sketch {
        None if all.len() <= USER_COUNT_EXACT_MAX => all.len(),
        _ => all.sketch().estimate(),
    })
}

/// Forgets the users of an issue; how many rows there were.
pub(super) fn forget(sql: &Connection, issue: IssueId) -> Result<usize, Fault> {
    let mut rows = 0;
    for table in [
        "DELETE FROM issue_user WHERE issue = ?1",
        "DELETE FROM user_sketch WHERE issue = ?1",
    ] {
        rows += sql.prepare_cached(table)?.execute([issue.0])?;
    }
    Ok(rows)
}

/// What is known of the users of an issue.
#[derive(Default)]
struct Set {
    hashes: BTreeSet<i64>,
    sketch: Option<Sketch>,
}

impl Set {
    fn read(sql: &Connection, issue: i64) -> Result<Self, Fault> {
        let mut hashes = BTreeSet::new();
        let mut statement = sql.prepare_cached(
            "SELECT value FROM issue_tag WHERE issue = ?1 AND key = 'user'
             AND value NOT IN ('', ?2)",
        )?;
        let mut rows = statement.query(params![issue, OTHER])?;
        while let Some(row) = rows.next()? {
            let user: String = row.column("value")?;
            hashes.insert(hash(&user));
        }
        let mut statement = sql.prepare_cached("SELECT user FROM issue_user WHERE issue = ?1")?;
        let mut rows = statement.query([issue])?;
        while let Some(row) = rows.next()? {
            hashes.insert(row.column("user")?);
        }
        let sketch = Sketch::read(sql, issue)?;
        Ok(Self { hashes, sketch })
    }

    fn len(&self) -> u64 {
        self.hashes.len() as u64
    }

    fn sketch(&self) -> Sketch {
        let mut sketch = self.sketch.clone().unwrap_or_default();
        for user in &self.hashes {
            sketch.add(*user);
        }
        sketch
    }
}

/// The same on every machine and for good: it is stored.
fn hash(user: &str) -> i64 {
    let digest = Sha256::digest(user.as_bytes());
    let half = digest.first_chunk::<8>().copied().unwrap_or_default();
    i64::from_be_bytes(half)
}

/// A `HyperLogLog` with the estimator of Ertl (2017), which needs no table of corrections.
#[derive(Clone)]
struct Sketch(Vec<u8>);

impl Default for Sketch {
    fn default() -> Self {
        Self(vec![0; REGISTER_COUNT])
    }
}

impl Sketch {
    fn read(sql: &Connection, issue: i64) -> Result<Option<Self>, Fault> {
        let mut statement =
            sql.prepare_cached("SELECT registers FROM user_sketch WHERE issue = ?1")?;
        let bytes: Option<Option<Vec<u8>>> = statement
            .query_row([issue], |row| row.column("registers"))
            .optional()?;
        Ok(bytes.flatten().map(|mut bytes| {
            bytes.resize(REGISTER_COUNT, 0);
            Self(bytes)
        }))
    }

    fn write(&self, sql: &Connection, issue: i64) -> Result<(), Fault> {
        let replace = "INSERT OR REPLACE INTO user_sketch (issue, beyond, registers)
             VALUES (?1, 0, ?2)";
        sql.prepare_cached(replace)?
            .execute(params![issue, self.0])?;
        Ok(())
    }

    fn add(&mut self, user: i64) {
        let bits = user.cast_unsigned();
        let place = usize::try_from(bits >> (64 - REGISTER_BITS)).unwrap_or(0);
        let rest = bits << REGISTER_BITS;
        // The place of the first 1 of the other bits, from 1.
        let rank = (rest.leading_zeros() + 1).min(64 - REGISTER_BITS + 1);
        if let Some(register) = self.0.get_mut(place) {
            *register = (*register).max(u8::try_from(rank).unwrap_or(u8::MAX));
        }
    }

    fn with(mut self, other: &Self) -> Self {
        for (mine, theirs) in self.0.iter_mut().zip(&other.0) {
            *mine = (*mine).max(*theirs);
        }
        self
    }

    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "an estimate, far below 2^52 and never negative"
    )]
    fn estimate(&self) -> u64 {
        let mut counts = [0_u32; RANK_COUNT];
        for register in &self.0 {
            let rank = usize::from(*register).min(RANK_COUNT - 1);
            if let Some(count) = counts.get_mut(rank) {
                *count += 1;
            }
        }
        let of = |rank: usize| counts.get(rank).copied().map_or(0.0, f64::from);
        let m = REGISTER_COUNT as f64;
        let mut z = m * tau(1.0 - of(RANK_COUNT - 1) / m);
        for rank in (1..RANK_COUNT - 1).rev() {
            z = 0.5 * (z + of(rank));
        }
        z += m * sigma(of(0) / m);
        let alpha = 0.5 / std::f64::consts::LN_2;
        (alpha * m * m / z).round() as u64
    }
}

fn sigma(mut x: f64) -> f64 {
    if x >= 1.0 {
        return f64::INFINITY;
    }
    let (mut y, mut z) = (1.0, x);
    loop {
        x *= x;
        let before = z;
        z += x * y;
        y += y;
        if (z - before).abs() <= f64::EPSILON * z {
            return z;
        }
    }
}

fn tau(mut x: f64) -> f64 {
    if x <= 0.0 || x >= 1.0 {
        return 0.0;
    }
    let (mut y, mut z) = (1.0_f64, 1.0 - x);
    loop {
        x = x.sqrt();
        let before = z;
        y *= 0.5;
        z -= (1.0 - x).powi(2) * y;
        if (z - before).abs() <= f64::EPSILON * z {
            return z / 3.0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sketch_is_off_by_a_few_percent_at_most() {
        for count in [0_u64, 1, 100, 5_000, 10_000, 20_000, 100_000, 1_000_000] {
            let mut sketch = Sketch::default();
            (0..count).for_each(|user| sketch.add(hash(&format!("user-{user}"))));
            let found = sketch.estimate();
            // Four standard errors.
            let slack = count * 65 / 1000 + 1;
            assert!(found.abs_diff(count) <= slack, "{found} of {count}");
            (0..count.min(500)).for_each(|user| sketch.add(hash(&format!("user-{user}"))));
            assert_eq!(sketch.estimate(), found, "known users change nothing");
        }
    }

    #[test]
    fn hashes_never_change() {
        assert_eq!(hash("jo@example.org"), -5_278_714_963_987_825_586);
    }
}
