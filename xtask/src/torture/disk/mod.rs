//! Disks that are full, read-only or slow, and limits of the system (F04, F05, F06, F11): refused
//! with a time to come back, pages still answer, nothing acknowledged is lost, and once there is
//! room again all goes on without a restart.

mod stops;

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, bail, ensure};

use super::books::{self, Books};
use super::http::Answer;
use super::load::Load;
use super::shim::{Fault, Slot, Span, class};
use super::site::{Server, Site};
use super::{Lab, Summary};
use crate::{poll, shell};

/// The whole disk of a test.
const DISK: &str = "size=64m";
/// What an operator deletes to make room.
const BALLAST_BYTES: usize = 24 * 1024 * 1024;
/// Events that fit on no such disk.
const EVENTS_MAX: u64 = 3_000;
const HEAL_LIMIT: Duration = Duration::from_secs(40);
/// Connections of somebody who opens more than the server may.
const CONNECTIONS: usize = 100;

/// A test of a site, with a name for its failure.
type Trial = (&'static str, fn(&Lab, &Path) -> anyhow::Result<()>);

const TRIALS: [Trial; 10] = [
    ("a full disk", full_disk),
    ("no space by the shim", no_space),
    ("a disk that becomes read-only", read_only),
    ("a permission that is lost", permission),
    ("a read-only disk at the start", read_only_start),
    ("64 descriptors", few_descriptors),
    ("a limit on the size of files", small_files),
    ("a slow disk", slow),
    ("no more files", stops::no_inodes),
    ("a database that cannot be synced", stops::failed_sync),
];

pub(super) fn run(lab: &Lab) -> Summary {
    let numbers = 0..u64::try_from(TRIALS.len())?;
    let count = lab.cases(numbers, |case, folder| {
        let trial = TRIALS.get(usize::try_from(case)?);
        let (name, trial) = trial.context("there is no such case")?;
        trial(lab, folder).map_err(|error| error.context(*name))
    })?;
    Ok(format!("{count} ways for a disk to fail"))
}

/// A site under test, its books, and the number of the next event.
struct Patient {
    site: Site,
    books: Books,
    next: u64,
}

impl Patient {
    fn new(lab: &Lab, folder: &Path) -> anyhow::Result<Self> {
        Ok(Self {
            site: Site::create(&lab.tools, folder, false)?,
            books: Books::default(),
            next: 0,
        })
    }

    /// Posts the next event; notes it.
    fn post(&mut self, server: &Server, padding: usize) -> anyhow::Result<Answer> {
        let load = Load {
            cycle: 1,
            count: self.next + 1,
            kind: "Full",
            padding,
        };
        let id = load.id(self.next);
        self.books.sent.insert(id.clone());
        let path = self.site.account.store_path();
        let answer = server.connect()?.post(&path, &load.event(self.next))?;
        if answer.status == 200 {
            self.books.acknowledged.insert(id);
        }
        self.next += 1;
        Ok(answer)
    }

    /// Posts until an event is refused, as it should be.
    fn fill(&mut self, server: &Server, padding: usize) -> anyhow::Result<()> {
        for _ in 0..EVENTS_MAX {
            let answer = self.post(server, padding)?;
            if answer.status != 200 {
                return refusal(&answer);
            }
        }
        bail!("{EVENTS_MAX} events were taken, and the fault never showed")
    }

    /// Pages and health answer while no event is taken.
    fn expect_pages(&self, server: &Server) -> anyhow::Result<()> {
        let mut connection = server.connect()?;
        let path = books::project_path(&self.site, "issues/?limit=10");
        books::ask(&self.site, &mut connection, &path)?;
        let health = connection.get("/_health/?full", "")?;
        ensure!(
            matches!(health.status, 200 | 503),
            "health: {}",
            health.status
        );
        Ok(())
    }

    /// Events are taken again, without a restart; then, and after one, everything is there.
    fn expect_healed(&mut self, server: Server) -> anyhow::Result<()> {
        let healed = poll::until(HEAL_LIMIT, || match self.post(&server, 100) {
            Ok(answer) if answer.status != 200 => None,
            other => Some(other.map(drop)),
        });
        let tail = self.site.log_tail();
        healed.with_context(|| format!("no event is taken any more: {tail}"))??;
        self.books.check(&self.site, &server)?;
        ensure!(server.stop()? == 0, "the server does not stop well");
        self.expect_after_restart()
    }

    fn expect_after_restart(&mut self) -> anyhow::Result<()> {
        self.site.control.disarm()?;
        self.site.limits = None;
        let server = self.site.start()?;
        self.books.check_all(&self.site, &server)?;
        server.kill();
        self.site.refuse_panics()?;
        self.site.expect_whole()
    }
}

/// 429 or 503, and when to come back.
fn refusal(answer: &Answer) -> anyhow::Result<()> {
    let said = books::describe(answer);
    ensure!(matches!(answer.status, 429 | 503), "not a refusal: {said}");
    ensure!(
        answer.header("retry-after").is_some(),
        "no Retry-After: {said}"
    );
    let limits = answer.header("x-sentry-rate-limits").is_some();
    ensure!(
        answer.status == 503 || limits,
        "no X-Sentry-Rate-Limits: {said}"
    );
    Ok(())
}

/// A file system in memory at `place`, for as long as this lives.
struct Mount<'a>(&'a Path);

impl<'a> Mount<'a> {
    fn new(place: &'a Path) -> anyhow::Result<Option<Self>> {
        std::fs::create_dir_all(place)?;
        let mut mount = shell::command("mount");
        mount.args(["-t", "tmpfs", "-o", DISK, "watchpost-torture"]);
        let mounted = mount.arg(place).output();
        let mounted = mounted.is_ok_and(|out| out.status.success());
        Ok(mounted.then_some(Self(place)))
    }

    fn remount(&self, mode: &str) -> anyhow::Result<()> {
        let mut mount = shell::command("mount");
        mount.args(["-o", &format!("remount,{mode}")]).arg(self.0);
        run_well(&mut mount)
    }
}

impl Drop for Mount<'_> {
    fn drop(&mut self) {
        // Lazily, so that a failed case leaves no mount behind; its copy is made before.
        let _ = shell::command("umount").arg("-l").arg(self.0).status();
    }
}

fn run_well(command: &mut Command) -> anyhow::Result<()> {
    shell::output(command).map(drop)
}

/// Only root may mount; others have the shim's full disk.
fn full_disk(lab: &Lab, folder: &Path) -> anyhow::Result<()> {
    let data = folder.join("data");
    let Some(_mount) = Mount::new(&data)? else {
        println!("SKIPPED a full tmpfs: not allowed to mount");
        return Ok(());
    };
    let mut patient = Patient::new(lab, folder)?;
    let ballast = data.join("ballast");
    std::fs::write(&ballast, vec![1; BALLAST_BYTES])?;
    let server = patient.site.start()?;
    patient.fill(&server, 100_000)?;
    patient.expect_pages(&server)?;
    // A kill on a full disk loses nothing either, and a start on it serves the pages.
    server.kill();
    let server = patient.site.start().context("on a full disk")?;
    patient.expect_pages(&server)?;
    std::fs::remove_file(&ballast)?;
    patient.expect_healed(server)
}

fn no_space(lab: &Lab, folder: &Path) -> anyhow::Result<()> {
    let mut patient = Patient::new(lab, folder)?;
    let server = patient.site.start()?;
    patient.site.control.set(Slot::BudgetBytes, 3_000_000)?;
    patient.fill(&server, 20_000)?;
    patient.expect_pages(&server)?;
    patient.site.control.set(Slot::BudgetBytes, -1)?;
    patient.expect_healed(server)
}

fn read_only(lab: &Lab, folder: &Path) -> anyhow::Result<()> {
    while_failing(lab, folder, class::CHANGES, Fault::ReadOnly)
}

fn while_failing(lab: &Lab, folder: &Path, classes: i64, fault: Fault) -> anyhow::Result<()> {
    let mut patient = Patient::new(lab, folder)?;
    let server = patient.site.start()?;
    for _ in 0..5 {
        patient.post(&server, 500)?;
    }
    patient.books.check(&patient.site, &server)?;
    patient.site.control.arm(classes, 1, fault, Span::Forever)?;
    patient.fill(&server, 500)?;
    patient.expect_pages(&server)?;
    patient.site.control.disarm()?;
    patient.expect_healed(server)
}

/// What is open stays open: events are taken, and a start says what is wrong.
fn permission(lab: &Lab, folder: &Path) -> anyhow::Result<()> {
    let mut patient = Patient::new(lab, folder)?;
    let names = class::OPEN | class::CREATE | class::RENAME | class::UNLINK | class::FOLDER;
    let server = patient.site.start()?;
    let control = &patient.site.control;
    control.arm(names, 1, Fault::Permission, Span::Forever)?;
    for _ in 0..20 {
        let answer = patient.post(&server, 500)?;
        if answer.status != 200 {
            refusal(&answer)?;
        }
    }
    patient.site.control.disarm()?;
    patient.books.check(&patient.site, &server)?;
    server.kill();
    let control = &patient.site.control;
    control.arm(names, 1, Fault::Permission, Span::Forever)?;
    expect_refused_start(&patient.site, "ermission denied")?;
    patient.expect_after_restart()
}

/// A start that cannot work ends with 1 and says where and why.
fn expect_refused_start(site: &Site, why: &str) -> anyhow::Result<()> {
    match site.try_start()? {
        Err(Some(1)) => {}
        Err(code) => bail!("the start ended with {code:?}"),
        Ok(_) => bail!("it started, and should not have"),
    }
    let said = site.log_tail();
    let place = site.data();
    let named = said.contains(&*place.to_string_lossy()) && said.contains(why);
    ensure!(named, "{said} does not name {} and {why}", place.display());
    Ok(())
}

fn read_only_start(lab: &Lab, folder: &Path) -> anyhow::Result<()> {
    let data = folder.join("data");
    let mount = Mount::new(&data)?;
    let mut patient = Patient::new(lab, folder)?;
    let server = patient.site.start()?;
    for _ in 0..5 {
        patient.post(&server, 500)?;
    }
    patient.books.check(&patient.site, &server)?;
    server.kill();
    if let Some(mount) = &mount {
        mount.remount("ro")?;
    } else {
        let control = &patient.site.control;
        control.arm(class::CHANGES, 1, Fault::ReadOnly, Span::Forever)?;
    }
    expect_refused_start(&patient.site, "ead-only file system")?;
    if let Some(mount) = &mount {
        mount.remount("rw")?;
    }
    patient.expect_after_restart()
}

fn few_descriptors(lab: &Lab, folder: &Path) -> anyhow::Result<()> {
    let mut patient = Patient::new(lab, folder)?;
    patient.site.limits = Some("-n 64");
    let server = patient.site.start()?;
    patient.post(&server, 500)?;
    let mut held = Vec::new();
    for _ in 0..CONNECTIONS {
        // The kernel takes them, the server cannot.
        held.push(server.connect()?);
    }
    // A server that asks again and again for a descriptor burns a core meanwhile.
    let before = cpu_ticks(&server)?;
    let watched = Duration::from_secs(1);
    poll::until(watched, || None::<()>);
    let ticks = cpu_ticks(&server)? - before;
    ensure!(ticks < 50, "{ticks} of 100 ticks burnt without descriptors");
    drop(held);
    patient.expect_healed(server)
}

/// Processor time so far, in hundredths of a second.
fn cpu_ticks(server: &Server) -> anyhow::Result<u64> {
    let stat = std::fs::read_to_string(format!("/proc/{}/stat", server.child.id()))?;
    let after_name = stat.rsplit(") ").next().unwrap_or_default();
    let fields: Vec<&str> = after_name.split(' ').collect();
    let field = |index: usize| -> anyhow::Result<u64> {
        let text = fields.get(index).context("a short line")?;
        Ok(text.parse()?)
    };
    Ok(field(11)? + field(12)?)
}

/// The signal that comes with it must not end the server.
fn small_files(lab: &Lab, folder: &Path) -> anyhow::Result<()> {
    let mut patient = Patient::new(lab, folder)?;
    // Kibibytes.
    patient.site.limits = Some("-f 1024");
    let server = patient.site.start()?;
    patient.fill(&server, 20_000)?;
    patient.expect_pages(&server)?;
    let code = server.stop()?;
    ensure!(code < 128, "the limit killed the server: {code}");
    patient.expect_after_restart()
}

/// Syncs of 200 ms: answers are late, and pages are not.
fn slow(lab: &Lab, folder: &Path) -> anyhow::Result<()> {
    let mut patient = Patient::new(lab, folder)?;
    let server = patient.site.start()?;
    patient.site.control.set(Slot::SlowSyncMs, 200)?;
    let load = Load {
        cycle: 2,
        count: 60,
        kind: "Slow",
        padding: 500,
    };
    patient.books.sent.extend(load.ids());
    let answers = load.send(&patient.site, &server);
    patient.expect_pages(&server)?;
    for answer in answers {
        patient.books.acknowledged.insert(answer.id);
    }
    ensure!(
        patient.books.acknowledged.len() == 60,
        "a slow disk refused events"
    );
    patient.site.control.set(Slot::SlowSyncMs, 0)?;
    patient.expect_healed(server)
}
