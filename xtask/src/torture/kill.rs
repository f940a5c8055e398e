//! kill -9 at random moments: under load, in a start, in the middle of an I/O call, during backup
//! and cleanup. What was acknowledged must be there afterwards, once (F01, F14).
//!
//! A case is a lane: one data directory through many cycles, as on a machine that crashes a lot.

use std::path::Path;
use std::sync::mpsc::Receiver;
use std::time::{Duration, Instant};

use anyhow::ensure;

use super::books::Books;
use super::dice::Dice;
use super::load::{Acknowledged, Load};
use super::shim::{Fault, Slot, Span, class};
use super::site::{Server, Site};
use super::{Lab, Summary};

/// Cycles in CI, all lanes together.
const CYCLES: u64 = 200;
/// A cycle's events.
const EVENTS: u64 = 90;
/// Cycles of one data directory.
const LANE_CYCLES_MAX: u64 = 100;
/// I/O calls that a start makes, about.
const START_CALLS: u64 = 150;
/// I/O calls that a load makes, about.
const LOAD_CALLS: u64 = 500;
/// A load that gives no more answers has ended with the server.
const ANSWER_LIMIT: Duration = Duration::from_secs(30);
const OLD_SECS: i64 = -40 * 24 * 3600;

/// How a cycle ends the server.
#[derive(Clone, Copy, Debug)]
enum Death {
    /// From outside, after so many answers.
    Answers(u64),
    /// In the middle of an I/O call under load.
    Call(u64),
    /// In the middle of an I/O call of a start.
    Start(u64),
    /// In an I/O call of the server or of a command beside it.
    Beside(&'static str, u64),
    /// SIGTERM at peak: no kill, but as many ways to lose something.
    Terminate(u64),
    /// While the server believes that it is 40 days ago: events for the next cleanup.
    LongAgo,
}

impl Death {
    fn roll(dice: &mut Dice) -> Self {
        match dice.below(100) {
            0..40 => Self::Answers(1 + dice.below(EVENTS - 1)),
            40..55 => Self::Call(1 + dice.below(LOAD_CALLS)),
            55..70 => Self::Start(1 + dice.below(START_CALLS)),
            70..80 => Self::Beside("backup", 1 + dice.below(LOAD_CALLS)),
            80..88 => Self::Beside("cleanup", 1 + dice.below(LOAD_CALLS)),
            88..95 => Self::Terminate(1 + dice.below(EVENTS - 1)),
            _ => Self::LongAgo,
        }
    }
}

pub(super) fn run(lab: &Lab) -> Summary {
    let cycles = lab.size(CYCLES);
    let lanes = cycles.div_ceil(LANE_CYCLES_MAX).max(2.min(cycles));
    let each = cycles.div_ceil(lanes);
    lab.cases(0..lanes, |lane, folder| {
        let mut dice = Dice::new(lab.seed, lane);
        let mut lane = Lane {
            site: Site::create(&lab.tools, folder, false)?,
            books: Books::default(),
        };
        for cycle in 0..each {
            let death = Death::roll(&mut dice);
            let lived = lane.cycle(cycle, death);
            lived.map_err(|error| error.context(format!("cycle {cycle}, {death:?}")))?;
        }
        let server = lane.site.start()?;
        lane.books.check_all(&lane.site, &server)?;
        server.kill();
        lane.site.expect_whole()
    })?;
    Ok(format!("{} cycles, 0 lost, 0 doubled", lanes * each))
}

struct Lane {
    site: Site,
    books: Books,
}

impl Lane {
    fn cycle(&mut self, cycle: u64, death: Death) -> anyhow::Result<()> {
        self.live_and_die(cycle, death)?;
        self.site.control.disarm()?;
        self.site.control.set(Slot::ClockOffsetSecs, 0)?;
        let start = Instant::now();
        let server = self.site.start()?;
        let took = start.elapsed();
        if took > Duration::from_secs(2) {
            // A busy machine may do this; a figure for people, not a verdict.
            println!("measured start after a kill: {:.1} s", took.as_secs_f32());
        }
        self.books.check(&self.site, &server)?;
        // Another kill: of an idle server this time.
        server.kill();
        self.site.refuse_panics()?;
        self.site.expect_whole()
    }

    fn live_and_die(&mut self, cycle: u64, death: Death) -> anyhow::Result<()> {
        let load = Load {
            cycle: cycle + 1,
            count: EVENTS,
            kind: if matches!(death, Death::LongAgo) {
                "Doomed"
            } else {
                "Crash"
            },
            padding: 1500,
        };
        let control = &self.site.control;
        match death {
            Death::Start(call) => {
                control.arm(class::ALL, i64::try_from(call)?, Fault::Kill, Span::Once)?;
                // It may also live, when it needs fewer calls.
                if let Ok(server) = self.site.try_start()? {
                    server.kill();
                }
                return Ok(());
            }
            Death::LongAgo => control.set(Slot::ClockOffsetSecs, OLD_SECS)?,
            _ => {}
        }
        let server = self.site.start()?;
        match death {
            Death::Call(call) | Death::Beside(_, call) => {
                control.arm(class::ALL, i64::try_from(call)?, Fault::Kill, Span::Once)?;
            }
            _ => {}
        }
        self.books.sent.extend(load.ids());
        if matches!(death, Death::LongAgo) {
            self.books.doomed.extend(load.ids());
        }
        let answers = load.send(&self.site, &server);
        self.end(server, &answers, death)
    }

    /// Ends the server as `death` says, and notes all answers.
    fn end(
        &mut self,
        server: Server,
        answers: &Receiver<Acknowledged>,
        death: Death,
    ) -> anyhow::Result<()> {
        match death {
            Death::Answers(count) => {
                self.note(answers, count)?;
                server.kill();
            }
            Death::Terminate(count) => {
                self.note(answers, count)?;
                let code = server.stop()?;
                ensure!(code == 0, "SIGTERM at peak ended with {code}");
            }
            Death::Beside(verb, _) => {
                self.beside(verb)?;
                self.note(answers, EVENTS)?;
                server.kill();
            }
            Death::Call(_) | Death::Start(_) | Death::LongAgo => {
                self.note(answers, u64::MAX)?;
                server.kill();
            }
        }
        // What was answered before the end counts, however late it is read.
        self.note(answers, u64::MAX)
    }

    /// Notes up to `count` answers.
    fn note(&mut self, answers: &Receiver<Acknowledged>, count: u64) -> anyhow::Result<()> {
        for _ in 0..count {
            match answers.recv_timeout(ANSWER_LIMIT) {
                Ok(answer) => self.books.acknowledged.insert(answer.id),
                Err(std::sync::mpsc::RecvTimeoutError::Disconnected) => return Ok(()),
                Err(error) => anyhow::bail!("no answer and no end: {error}"),
            };
        }
        Ok(())
    }

    /// A command beside the server; either may be the one that dies in its I/O call.
    fn beside(&self, verb: &str) -> anyhow::Result<()> {
        let file = self.site.home.join("file.backup");
        let file = file.to_string_lossy();
        let output = match verb {
            "backup" => self.site.run(&["backup", &file])?,
            _ => self.site.run(&["cleanup", "--days", "30"])?,
        };
        let died = output.status.code().is_none();
        let errors = String::from_utf8_lossy(&output.stderr).into_owned();
        ensure!(died || output.status.success(), "{verb} failed: {errors}");
        remove_if_there(Path::new(&*file))
    }
}

fn remove_if_there(path: &Path) -> anyhow::Result<()> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error.into()),
        _ => Ok(()),
    }
}
