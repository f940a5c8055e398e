//! The failure point is advanced one I/O call at a time (F03): over a short day of a server the
//! n-th call fails, once or for ever, or the process dies in it. Whatever happens, nothing that was
//! acknowledged is lost, nothing panics, and once the fault is gone all is well.

use std::path::Path;
use std::time::Duration;

use anyhow::{Context, bail, ensure};

use super::books::{self, Books};
use super::dice::Dice;
use super::load::Load;
use super::shim::{Fault, Slot, Span, class};
use super::site::{Server, Site};
use super::{Lab, Summary};
use crate::poll;

/// Cases in CI.
const CASES: u64 = 60;
/// Events of the short day.
const EVENTS: u64 = 12;
/// A fault that is over must be over for the clients by then, without a restart.
const HEAL_LIMIT: Duration = Duration::from_secs(30);

/// One way to fail, and the calls that it may hit.
struct Kind {
    fault: Fault,
    span: Span,
    classes: i64,
}

const fn kind(fault: Fault, span: Span, classes: i64) -> Kind {
    Kind {
        fault,
        span,
        classes,
    }
}

/// A read is never full, a rename never short.
const KINDS: [Kind; 9] = [
    kind(Fault::Io, Span::Once, class::ALL),
    kind(Fault::Io, Span::Forever, class::ALL),
    kind(Fault::NoSpace, Span::Once, class::CHANGES),
    kind(Fault::NoSpace, Span::Forever, class::CHANGES),
    kind(Fault::Short, Span::Once, class::WRITE),
    kind(Fault::Short, Span::Forever, class::WRITE),
    kind(Fault::Interrupted, Span::Once, INTERRUPTIBLE),
    kind(Fault::Interrupted, Span::Forever, INTERRUPTIBLE),
    kind(Fault::Kill, Span::Once, class::ALL),
];
const INTERRUPTIBLE: i64 = class::READ | class::WRITE | class::OPEN | class::CREATE | class::SYNC;

pub(super) fn run(lab: &Lab) -> Summary {
    let (template, known) = template(lab)?;
    // A run without faults says how many calls there are. The number differs a little from run to
    // run, as threads meet the disk in another order: some room behind the last one.
    let mut starts = vec![0];
    for (number, kind) in (0_u64..).zip(&KINDS) {
        let folder = lab.scratch.join(format!("count-{number}"));
        let calls = count(&template, &folder, kind)?;
        std::fs::remove_dir_all(&folder)?;
        let last = starts.last().copied().unwrap_or(0);
        starts.push(last + calls + calls / 10);
    }
    let all = starts.last().copied().unwrap_or(0);
    let wanted = match lab.size(CASES) {
        0 => all,
        wanted => wanted.min(all),
    };
    let stride = all.div_ceil(wanted.max(1)).max(1);
    let first = if stride == 1 {
        0
    } else {
        Dice::new(lab.seed, 0).below(stride)
    };
    let numbers: Vec<u64> = match lab.case {
        Some(case) => vec![case],
        None => (first..all).step_by(usize::try_from(stride)?).collect(),
    };
    let count = lab.cases(numbers, |case, folder| {
        let place = starts.partition_point(|start| *start <= case) - 1;
        let kind = KINDS.get(place).context("there is no such case")?;
        let call = case - starts.get(place).copied().unwrap_or(0) + 1;
        let tried = one(&template, known.clone(), folder, kind, i64::try_from(call)?);
        let (fault, span) = (kind.fault, kind.span);
        tried.map_err(|error| error.context(format!("{fault:?} {span:?} at call {call}")))
    })?;
    Ok(format!(
        "{count} of {all} places to fail, 0 lost, 0 doubled"
    ))
}

/// A site with some events, killed in the middle of its life, and the books about it.
fn template(lab: &Lab) -> anyhow::Result<(Site, Books)> {
    let site = Site::create(&lab.tools, &lab.scratch.join("template"), false)?;
    let server = site.start()?;
    let load = load(0);
    let mut books = Books::default();
    books.sent.extend(load.ids());
    for answer in load.send(&site, &server) {
        books.acknowledged.insert(answer.id);
    }
    books.check(&site, &server)?;
    // Killed: a log to recover and a position in the spool are part of what may fail.
    server.kill();
    Ok((site, books))
}

fn load(cycle: u64) -> Load {
    Load {
        cycle,
        count: EVENTS,
        kind: "Crash",
        padding: 900,
    }
}

/// How many calls of the kind a day without faults makes.
fn count(template: &Site, folder: &Path, kind: &Kind) -> anyhow::Result<u64> {
    let site = template.copy_to(folder)?;
    site.control.arm(kind.classes, 0, kind.fault, kind.span)?;
    let mut books = Books::default();
    day(&site, &mut books, kind)?;
    let calls = u64::try_from(site.control.get(Slot::Calls)?)?;
    ensure!(
        calls > 20,
        "only {calls} calls were seen: is the shim there?"
    );
    ensure!(
        books.acknowledged.len() as u64 >= EVENTS,
        "a day without faults failed"
    );
    Ok(calls)
}

fn one(
    template: &Site,
    mut books: Books,
    folder: &Path,
    kind: &Kind,
    call: i64,
) -> anyhow::Result<()> {
    let site = template.copy_to(folder)?;
    site.control
        .arm(kind.classes, call, kind.fault, kind.span)?;
    day(&site, &mut books, kind)?;
    site.control.disarm()?;
    site.refuse_panics()?;
    let server = site.start().context("after the fault")?;
    books.check_all(&site, &server)?;
    ensure!(
        server.stop()? == 0,
        "the server does not stop well after the fault"
    );
    site.refuse_panics()?;
    site.expect_whole()
}

/// Start, events, a page, a change, stop; every step may fail, none may hang.
fn day(site: &Site, books: &mut Books, kind: &Kind) -> anyhow::Result<()> {
    let server = match site.try_start()? {
        Ok(server) => server,
        // It says why and ends; a signal would be a crash, but for the one we send.
        Err(Some(1)) => return Ok(()),
        Err(None) if kind.fault == Fault::Kill => return Ok(()),
        Err(code) => bail!("the start ended with {code:?}: {}", site.log_tail()),
    };
    let load = load(1);
    books.sent.extend(load.ids());
    for answer in load.send(site, &server) {
        books.acknowledged.insert(answer.id);
    }
    if kind.fault == Fault::Kill {
        // Alive when the call was never reached.
        server.kill();
        return Ok(());
    }
    if let Ok(mut connection) = server.connect() {
        // Any answer will do, but there must be one.
        let path = books::project_path(site, "issues/?limit=10");
        connection.get(&path, &site.account.token)?;
    }
    if kind.span == Span::Once {
        heal(site, &server, books)?;
    }
    let code = server.stop()?;
    ensure!(
        code < 128,
        "the server ended with {code}: {}",
        site.log_tail()
    );
    Ok(())
}

/// One failure must not be for ever, except a failed sync of the spool: that one says so.
fn heal(site: &Site, server: &Server, books: &mut Books) -> anyhow::Result<()> {
    let mut connection = server.connect()?;
    let again = Load {
        count: 1,
        ..load(2)
    };
    books.sent.extend(again.ids());
    let path = site.account.store_path();
    let healed = poll::until(HEAL_LIMIT, || {
        let answer = connection.post(&path, &again.event(0)).ok()?;
        if answer.status == 200 {
            return Some(true);
        }
        let health = connection.get("/_health/", "").ok()?;
        (health.status == 503 && health.text().contains("restart")).then_some(false)
    });
    match healed {
        Some(true) => {
            books.acknowledged.extend(again.ids());
            Ok(())
        }
        Some(false) => {
            let hit = site.control.get(Slot::HitClass)?;
            ensure!(
                hit == class::SYNC,
                "stopped for good by a fault of class {hit}"
            );
            Ok(())
        }
        None => bail!(
            "one fault, and no event is taken any more: {}",
            site.log_tail()
        ),
    }
}
