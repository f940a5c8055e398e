//! Power cuts (F02): a day of a server is recorded, then the power goes at a random moment of it,
//! and a server is started on what is left. What was acknowledged before must be there, once.
//!
//! ```text
//! day: init, events, settings, backup, kill -9, cleanup ──▶ trace ──▶ model of a disk ──▶ cut
//!      each acknowledgement notes how long the trace was               server, books ◀────┘
//! ```

mod day;
mod model;
mod trace;

use std::fmt;
use std::path::Path;

use anyhow::{Context, ensure};
use serde_json::Value;

use self::day::Day;
use self::model::Model;
use self::trace::Op;
use super::books::{self, Books};
use super::dice::Dice;
use super::site::{Server, Site};
use super::{Lab, Summary};

/// Cuts in CI.
const CUTS: u64 = 1_000;
/// Cuts into one day; more cuts get more days.
const DAY_CUTS_MAX: u64 = 500;
/// Cuts with a disk that lies, to see that the test sees what it should.
const LIES: u64 = 40;

/// What has to happen in a day, so that it is cut, too.
#[derive(Default)]
struct Begun {
    segments: usize,
    sealed: usize,
}

impl Begun {
    fn count(&mut self, ops: &[(u64, Op)]) -> anyhow::Result<()> {
        for (_, op) in ops {
            match op {
                Op::Open { path, created, .. } if *created && path.starts_with("spool/0") => {
                    self.segments += 1;
                }
                Op::Rename { to, .. } if to.contains(".r1.") => self.sealed += 1,
                _ => {}
            }
        }
        ensure!(
            self.segments > 5 && self.sealed > 1,
            "the day began too few files: {self}"
        );
        Ok(())
    }
}

impl fmt::Display for Begun {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { segments, sealed } = self;
        write!(f, "{segments} segments and {sealed} sealed partitions")
    }
}

/// A day and its trace, ready to be cut.
struct Film {
    day: Day,
    trace: Vec<u8>,
    ops: Vec<(u64, Op)>,
}

pub(super) fn run(lab: &Lab) -> Summary {
    let cuts = lab.size(CUTS);
    let days = cuts.div_ceil(DAY_CUTS_MAX).max(1);
    let (mut ops, mut begun) = (0, Begun::default());
    for number in 0..days {
        let film = film(lab, number)?;
        ops += film.ops.len();
        begun.count(&film.ops)?;
        let first = number * DAY_CUTS_MAX;
        let last = cuts.min(first + DAY_CUTS_MAX);
        if lab.case.is_some_and(|case| !(first..last).contains(&case)) {
            continue;
        }
        lab.cases(first..last, |case, folder| {
            let mut dice = Dice::new(lab.seed, case);
            let at = film.choose(&mut dice);
            let checked = film.cut_and_check(lab, None, at, &mut dice, folder);
            checked.map_err(|error| {
                // Kept with the rest: `--day` plays it again.
                let kept = film.save(folder);
                let error = error.context(format!("the power went after record {at}"));
                kept.err()
                    .map_or(error, |worse| worse.context("failed to keep the day"))
            })
        })?;
        if lab.case.is_none() && number == 0 {
            film.see_a_lie(lab)?;
        }
    }
    Ok(format!(
        "{cuts} cuts into {days} days of {ops} changes with {begun}, 0 lost, 0 doubled"
    ))
}

/// A new day, or the one that a failure kept.
fn film(lab: &Lab, number: u64) -> anyhow::Result<Film> {
    let (day, trace) = if let Some(folder) = &lab.day {
        let day = std::fs::read(folder.join("day.json"));
        let day = day.with_context(|| format!("no day in {}", folder.display()))?;
        (
            serde_json::from_slice(&day)?,
            std::fs::read(folder.join("day.trace"))?,
        )
    } else {
        let home = lab.scratch.join(format!("day-{number}"));
        let day = Day::live(
            &lab.tools,
            &home,
            &mut Dice::new(lab.seed, u64::MAX - number),
        )?;
        let trace = std::fs::read(home.join("trace"))?;
        std::fs::remove_dir_all(&home)?;
        (day, trace)
    };
    let ops = trace::read(&trace)?;
    Ok(Film { day, trace, ops })
}

impl Film {
    /// After which record the power goes: anywhere, often just after an acknowledgement.
    fn choose(&self, dice: &mut Dice) -> usize {
        let count = u64::try_from(self.ops.len()).unwrap_or(0);
        if dice.percent(30)
            && let Some(fact) = dice.pick(&self.day.facts)
        {
            return self.ops.partition_point(|(end, _)| *end <= fact.at);
        }
        usize::try_from(dice.below(count + 1)).unwrap_or(0)
    }

    fn save(&self, folder: &Path) -> anyhow::Result<()> {
        std::fs::write(folder.join("day.json"), serde_json::to_vec(&self.day)?)?;
        Ok(std::fs::write(folder.join("day.trace"), &self.trace)?)
    }

    fn cut_and_check(
        &self,
        lab: &Lab,
        lie: Option<&'static str>,
        at: usize,
        dice: &mut Dice,
        folder: &Path,
    ) -> anyhow::Result<()> {
        let mut model = Model::new(lie);
        let before = self.ops.get(..at).unwrap_or_default();
        for (_, op) in before {
            let applied = model.apply(op, &self.trace);
            applied.or_else(|error| model::refuse(op, &error))?;
        }
        model.cut(dice, &folder.join("data"))?;
        let end = before.last().map_or(0, |(end, _)| *end);
        let mut site = Site::adopt(&lab.tools, folder, &self.day.account)?;
        site.small_files = true;
        let server = site.start()?;
        if end < self.day.init_end {
            // Nobody was told yet how to reach it: it only has to start.
            server.kill();
            return site.refuse_panics();
        }
        let mut books = self.day.books_at(end);
        self.check(&site, &server, end, &mut books)?;
        server.kill();
        if dice.percent(15) {
            // Once more: what repaired the first time must not harm the second.
            let server = site.start()?;
            books.check_all(&site, &server)?;
            server.kill();
        }
        site.refuse_panics()?;
        site.expect_whole()
    }

    fn check(
        &self,
        site: &Site,
        server: &Server,
        end: u64,
        books: &mut Books,
    ) -> anyhow::Result<()> {
        books.check_all(site, server)?;
        let path = format!("/api/0/organizations/{}/projects/", site.account.org);
        let answer = books::ask(site, &mut server.connect()?, &path)?.json();
        let projects = answer.as_array().context("the projects are no list")?;
        let slugs = projects.iter().filter_map(|project| project.get("slug"));
        let slugs: Vec<&str> = slugs.filter_map(Value::as_str).collect();
        for project in self.day.projects_at(end) {
            ensure!(slugs.contains(&project), "the project {project} is lost");
        }
        Ok(())
    }

    /// A disk whose syncs of the spool do nothing must be found out, or the test proves nothing.
    fn see_a_lie(&self, lab: &Lab) -> anyhow::Result<()> {
        for number in 0..LIES {
            let mut dice = Dice::new(lab.seed, u64::MAX / 2 + number);
            let Some(fact) = dice.pick(&self.day.facts) else {
                continue;
            };
            let at = self.ops.partition_point(|(end, _)| *end <= fact.at);
            let folder = lab.scratch.join("lie");
            std::fs::create_dir_all(&folder)?;
            let checked = self.cut_and_check(lab, Some("spool/"), at, &mut dice, &folder);
            std::fs::remove_dir_all(&folder)?;
            if checked.is_err_and(|error| format!("{error:#}").contains("are lost")) {
                return Ok(());
            }
        }
        anyhow::bail!("a disk that never syncs the spool was not noticed in {LIES} cuts")
    }
}

#[cfg(test)]
mod tests;
