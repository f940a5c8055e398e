//! The month as a list of what happens, in order.

use watchpost_model::{EventId, Priority, Timestamp, Until};

use crate::calendar::moments;
use crate::cast::{PROGRAMS, Program};
use crate::dice::{Dice, mix};
use crate::event::{Which, event};
use crate::fault::{Fault, Said, all};
use crate::record::record;
use crate::story::{Ending, Phase};
use crate::wire::{self, Door, Request};

const HOUR_SECS: i64 = 3600;
/// How long the month is.
const HOUR_COUNT: i64 = 744;
/// So many events come from the release before, where that does not matter.
const STRAGGLER_PERCENT: usize = 12;

/// Which month.
#[derive(Clone, Copy, Debug)]
pub struct Month {
    /// Decides everything that is left to chance.
    pub seed: u64,
    /// When it ends.
    pub until: Timestamp,
    /// How many events it has, from [`crate::EVENT_COUNT_MIN`] on.
    pub events: u64,
}

/// What happens in it.
#[derive(Clone, Debug)]
pub struct Plan {
    month: Month,
    steps: Vec<Step>,
    issues: Vec<Planned>,
}

/// Something that happens at a moment.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// When.
    pub at: Timestamp,
    /// What.
    pub deed: Deed,
}

/// What happens.
#[derive(Clone, Debug, PartialEq)]
pub enum Deed {
    /// A program reports an event.
    Send(Sending),
    /// A program tells how many events it threw away itself.
    ClientReport(Program, usize),
    /// A release is out.
    Release(Program, String),
    /// Somebody, by their place in [`crate::PEOPLE`], does something with the issue that has an
    /// event.
    Act {
        /// Of which program it is.
        program: Program,
        /// The first event of the issue.
        event: EventId,
        /// Who.
        person: usize,
        /// What.
        act: Act,
    },
    /// A day is over: issues grow old.
    Day,
}

/// An event on its way: see [`Plan::request`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sending {
    /// Who reports it.
    pub program: Program,
    /// Its id.
    pub event: EventId,
    /// Of which problem it is.
    fault: usize,
    nth: u64,
    is_straggler: bool,
}

/// What somebody does with an issue.
#[derive(Clone, Debug, PartialEq)]
pub enum Act {
    /// Resolves it.
    Resolve,
    /// Resolves it in the next release.
    ResolveInNext,
    /// Puts it aside.
    Archive(Until),
    /// Puts it aside for so many hours.
    ArchiveForHours(i64),
    /// Says that it is the same as the issue of that name: see [`Plan::issue`].
    MergeInto(&'static str),
    /// Throws it away, with all that comes of it.
    Discard,
    /// Says something.
    Comment(&'static str),
    /// Gives it to a person, by their place in [`crate::PEOPLE`].
    AssignPerson(usize),
    /// Gives it to a team, by its place in [`crate::TEAMS`].
    AssignTeam(usize),
    /// Says how urgent it is.
    Prioritize(Priority),
    /// Remembers it.
    Bookmark,
}

/// An issue as it will be.
#[derive(Clone, Copy, Debug)]
pub struct Planned {
    /// What we call it.
    pub name: &'static str,
    /// Of which program.
    pub program: Program,
    /// Its first event.
    pub first: EventId,
    /// How many events are sent.
    pub events: u64,
    /// Where it is in the end.
    pub ending: Ending,
}

impl Plan {
    /// The plan of a month: the same month, the same plan.
    pub fn new(month: Month) -> Self {
        let faults = all();
        let (mut steps, mut issues) = (Vec::new(), Vec::new());
        for ((number, fault), counts) in
            faults.iter().enumerate().zip(shares(&faults, month.events))
        {
            let moments = times(&month, number, fault, &counts);
            let sends = moments.iter().zip(0..);
            let sends = sends.map(|(at, nth)| send(&month, (number, fault), nth, *at));
            let first = moments.first().copied().unwrap_or(month.until);
            let planned = Planned {
                name: fault.name,
                program: fault.program,
                first: id_of(&month, number, 0),
                events: moments.len() as u64,
                ending: fault.story.ending(),
            };
            steps.extend(sends);
            steps.extend(acts(&month, fault, first, planned.first));
            issues.push(planned);
        }
        steps.extend(surroundings(&month));
        // What happens at the same time happens in the order in which it is written down.
        steps.sort_by_key(|step| step.at);
        Self {
            month,
            steps,
            issues,
        }
    }

    /// When the company was founded: before everything else.
    pub fn since(&self) -> Timestamp {
        before(&self.month, HOUR_COUNT + 96)
    }

    /// What happens, in order.
    pub fn steps(&self) -> &[Step] {
        &self.steps
    }

    /// The issues, and where they will be.
    pub fn issues(&self) -> &[Planned] {
        &self.issues
    }

    /// The issue of that name.
    pub fn issue(&self, name: &str) -> Option<&Planned> {
        self.issues.iter().find(|planned| planned.name == name)
    }

    /// The door of a program of project `project`: its keys are drawn from the seed.
    pub fn door(&self, program: Program, project: watchpost_model::ProjectId) -> Door {
        let mut dice = Dice::new(mix(self.month.seed ^ mix(program as u64 ^ 0x6b65_7973)));
        Door {
            project,
            public: dice.hex(32),
            secret: dice.hex(32),
        }
    }

    /// What a client sends for it at `at`.
    pub fn request(&self, sending: &Sending, at: Timestamp, door: &Door) -> Option<Request> {
        let fault = all().get(sending.fault).copied()?;
        let hours_ago = self.month.until.secs_since(at) / HOUR_SECS;
        let running = sending.program.facts().running(hours_ago);
        let release = running.map(|(current, before)| {
            if sending.is_straggler {
                before
            } else {
                current
            }
        });
        let which = Which {
            fault,
            id: sending.event,
            at,
            release: release.as_deref(),
        };
        let mut dice = dice_of(&self.month, sending.fault, sending.nth);
        Some(if sending.program == Program::Till {
            wire::form(door, &record(which, &mut dice))
        } else {
            wire::envelope(door, sending.event, at, &event(which, &mut dice))
        })
    }

    /// What a client sends when it threw away `count` events itself.
    pub fn client_report(&self, count: usize, at: Timestamp, door: &Door) -> Request {
        wire::client_report(door, at, count)
    }
}

/// The moment so many hours before the end.
fn before(month: &Month, hours: i64) -> Timestamp {
    month.until.plus_secs(-hours * HOUR_SECS)
}

/// How many events each phase of each fault has: all together as many as wanted, the least of each
/// phase first, the rest by weight.
fn shares(faults: &[&Fault], events: u64) -> Vec<Vec<u64>> {
    let phases: Vec<Vec<Phase>> = faults.iter().map(|fault| fault.story.phases()).collect();
    let least: u64 = phases.iter().flatten().map(|phase| phase.least).sum();
    let weights: Vec<u64> = faults.iter().map(|fault| fault.weight).collect();
    let rest = events.saturating_sub(least);
    let extras = divide(rest, &weights);
    let both = phases.iter().zip(extras);
    let counts = both.map(|(phases, extra)| {
        let shares: Vec<u64> = phases.iter().map(|phase| phase.share).collect();
        let extras = divide(extra, &shares).into_iter().zip(phases);
        extras.map(|(extra, phase)| extra + phase.least).collect()
    });
    counts.collect()
}

/// `whole` in parts by weight; what is left over is the first one's.
fn divide(whole: u64, weights: &[u64]) -> Vec<u64> {
    let all = weights.iter().sum::<u64>().max(1);
    let mut parts: Vec<u64> = weights.iter().map(|weight| whole * weight / all).collect();
    let given: u64 = parts.iter().sum();
    if let Some(first) = parts.first_mut() {
        *first += whole - given;
    }
    parts
}

/// When the events of a fault happen, in order.
fn times(month: &Month, number: usize, fault: &Fault, counts: &[u64]) -> Vec<Timestamp> {
    let mut dice = Dice::new(mix(month.seed ^ mix(number as u64 ^ 0x7469_6d65)));
    let until = month.until.as_secs();
    let mut times = Vec::new();
    for (phase, count) in fault.story.phases().iter().zip(counts) {
        let from = before(month, phase.from).as_secs();
        let to = before(month, phase.to).as_secs();
        let moments = moments(phase.rhythm, (from, to), *count, until, &mut dice);
        for at in moments {
            let micros = i64::try_from(dice.below(1_000_000)).unwrap_or(0);
            times.push(Timestamp::from_micros(at * 1_000_000 + micros));
        }
    }
    // Nothing happens after the end.
    let last = month.until.plus_secs(-1);
    let mut times: Vec<_> = times.into_iter().map(|at| at.min(last)).collect();
    times.sort_unstable();
    times
}

fn send(month: &Month, (number, fault): (usize, &Fault), nth: u64, at: Timestamp) -> Step {
    let mut dice = Dice::new(mix(month.seed ^ mix(number as u64) ^ nth));
    let sending = Sending {
        program: fault.program,
        event: id_of(month, number, nth),
        fault: number,
        nth,
        is_straggler: fault.story.has_stragglers() && nth > 0 && dice.chance(STRAGGLER_PERCENT),
    };
    Step {
        at,
        deed: Deed::Send(sending),
    }
}

/// What people do about a fault, none of it before its first event.
fn acts(month: &Month, fault: &Fault, first: Timestamp, event: EventId) -> Vec<Step> {
    let mut found: Vec<(i64, usize, Act)> = fault.story.acts();
    for talk in fault.talk {
        let act = match talk.2 {
            Said::Comment(text) => Act::Comment(text),
            Said::AssignPerson(person) => Act::AssignPerson(person),
            Said::AssignTeam(team) => Act::AssignTeam(team),
            Said::Prioritize(priority) => Act::Prioritize(priority),
            Said::Bookmark => Act::Bookmark,
        };
        found.push((talk.0, talk.1, act));
    }
    let step = |(hours, person, act): (i64, usize, Act)| Step {
        at: before(month, hours).max(first.plus_secs(60)),
        deed: Deed::Act {
            program: fault.program,
            event,
            person,
            act,
        },
    };
    found.into_iter().map(step).collect()
}

/// What happens whatever goes wrong: releases, days, reports of clients.
fn surroundings(month: &Month) -> Vec<Step> {
    let mut steps = Vec::new();
    for facts in &PROGRAMS {
        steps.extend(facts.releases.iter().map(|(hours, version)| Step {
            at: before(month, *hours),
            deed: Deed::Release(facts.program, facts.release(version)),
        }));
    }
    let mut dice = Dice::new(mix(month.seed ^ 0x6461_7973));
    for day in (0..=HOUR_COUNT / 24).rev() {
        let at = before(month, day * 24);
        let report = Deed::ClientReport(Program::Web, dice.below(40) + 1);
        steps.push(Step {
            at: at.plus_secs(-1),
            deed: report,
        });
        steps.push(Step {
            at,
            deed: Deed::Day,
        });
    }
    steps
}

fn id_of(month: &Month, number: usize, nth: u64) -> EventId {
    let mut dice = dice_of(month, number, nth ^ 0x6964_0000_0000);
    let (high, low) = (u128::from(dice.next()), u128::from(dice.next()));
    EventId(high << 64 | low)
}

fn dice_of(month: &Month, number: usize, nth: u64) -> Dice {
    Dice::new(mix(month.seed ^ mix(((number as u64) << 48) ^ nth)))
}
