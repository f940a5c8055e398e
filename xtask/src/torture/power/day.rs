//! A day in the life of a server, recorded: what it did, and who was promised what when.

use std::collections::BTreeSet;
use std::fs::File;
use std::path::Path;
use std::sync::mpsc::RecvTimeoutError;
use std::time::Duration;

use anyhow::{bail, ensure};
use serde::{Deserialize, Serialize};

use crate::torture::books::{self, Books};
use crate::torture::dice::Dice;
use crate::torture::load::Load;
use crate::torture::shim::Slot;
use crate::torture::site::{Account, Server, Site, Tools};

const ANSWER_LIMIT: Duration = Duration::from_secs(30);
const OLD_SECS: i64 = -40 * 24 * 3600;

/// Something that was acknowledged.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Fact {
    /// How long the trace was when the acknowledgement was there.
    pub(super) at: u64,
    what: What,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
enum What {
    Event(String),
    Project(String),
}

/// See the file.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Day {
    pub(super) account: Account,
    /// How long the trace was when `init` had printed the account.
    pub(super) init_end: u64,
    pub(super) facts: Vec<Fact>,
    sent: BTreeSet<String>,
    /// Old events, and how long the trace was when a cleanup began that may forget them.
    doomed: BTreeSet<String>,
    cleanup_from: u64,
}

impl Day {
    /// Lives a day in the folder `home`; leaves its trace there.
    pub(super) fn live(tools: &Tools, home: &Path, dice: &mut Dice) -> anyhow::Result<Self> {
        let site = Site::create(tools, home, true)?;
        let mut day = Self {
            account: site.account.clone(),
            init_end: site.trace_len(),
            facts: Vec::new(),
            sent: BTreeSet::new(),
            doomed: BTreeSet::new(),
            cleanup_from: u64::MAX,
        };
        site.control.set(Slot::ClockOffsetSecs, OLD_SECS)?;
        let server = site.start()?;
        day.events(&site, &server, load(1, "Doomed", 30))?;
        day.doomed.clone_from(&day.sent);
        ensure!(server.stop()? == 0, "the first server did not stop well");
        site.control.set(Slot::ClockOffsetSecs, 0)?;

        let server = site.start()?;
        day.events(&site, &server, load(2, "Crash", 60 + dice.below(40)))?;
        day.project(&site, "beta")?;
        let backup = site.home.join("file.backup");
        site.printed(&["backup", &backup.to_string_lossy()])?;
        day.events(&site, &server, load(3, "Crash", 20 + dice.below(20)))?;
        kill_between_calls(&site, server)?;

        let server = site.start()?;
        day.events(&site, &server, load(4, "Crash", 40 + dice.below(20)))?;
        day.cleanup_from = site.trace_len();
        site.printed(&["cleanup", "--days", "30"])?;
        day.project(&site, "gamma")?;
        day.events(&site, &server, load(5, "Crash", 20))?;
        ensure!(server.stop()? == 0, "the server did not stop well");
        let server = site.start()?;
        day.events(&site, &server, load(6, "Crash", 20))?;
        server.kill();
        site.refuse_panics()?;
        day.facts.sort_by_key(|fact| fact.at);
        Ok(day)
    }

    /// Sends a load, notes every acknowledgement, waits until it is digested.
    fn events(&mut self, site: &Site, server: &Server, load: Load) -> anyhow::Result<()> {
        self.sent.extend(load.ids());
        let answers = load.send(site, server);
        let mut count = 0;
        loop {
            match answers.recv_timeout(ANSWER_LIMIT) {
                Ok(answer) => {
                    count += 1;
                    let what = What::Event(answer.id);
                    let at = answer.trace_len;
                    self.facts.push(Fact { at, what });
                }
                Err(RecvTimeoutError::Disconnected) => break,
                Err(RecvTimeoutError::Timeout) => bail!("no answer and no end"),
            }
        }
        ensure!(
            count >= load.count,
            "only {count} of {} acknowledged",
            load.count
        );
        let id = books::settle(site, &mut server.connect()?, load.kind)?;
        self.sent.insert(id.clone());
        let (at, what) = (site.trace_len(), What::Event(id.clone()));
        self.facts.push(Fact { at, what });
        Ok(())
    }

    /// A change of settings that its maker was told is done.
    fn project(&mut self, site: &Site, name: &str) -> anyhow::Result<()> {
        site.printed(&["project", "create", name])?;
        let (at, what) = (site.trace_len(), What::Project(name.to_owned()));
        self.facts.push(Fact { at, what });
        Ok(())
    }

    /// What must be there if the trace ends at `end`.
    pub(super) fn books_at(&self, end: u64) -> Books {
        let known = self.facts.iter().filter(|fact| fact.at <= end);
        let acknowledged = known.filter_map(|fact| match &fact.what {
            What::Event(id) => Some(id.clone()),
            What::Project(_) => None,
        });
        let mut books = Books::default();
        books.acknowledged = acknowledged.collect();
        books.sent.clone_from(&self.sent);
        if end >= self.cleanup_from {
            books.doomed.clone_from(&self.doomed);
        }
        books
    }

    pub(super) fn projects_at(&self, end: u64) -> impl Iterator<Item = &str> {
        let known = self.facts.iter().filter(move |fact| fact.at <= end);
        known.filter_map(|fact| match &fact.what {
            What::Project(name) => Some(name.as_str()),
            What::Event(_) => None,
        })
    }
}

fn load(cycle: u64, kind: &'static str, count: u64) -> Load {
    Load {
        cycle,
        count,
        kind,
        padding: 1200,
    }
}

/// `kill -9` while no call is half-way, or the trace would miss what that call did.
fn kill_between_calls(site: &Site, server: Server) -> anyhow::Result<()> {
    let trace = File::open(site.trace())?;
    trace.lock()?;
    server.kill();
    Ok(trace.unlock()?)
}
