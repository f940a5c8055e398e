//! An upgrade that is killed at every I/O call (F16): a directory as the first release left it is
//! started by this version, dies in its n-th call, and is started again. Everything is there.

use std::path::Path;

use anyhow::{Context, ensure};

use super::books::Books;
use super::load::Load;
use super::shim::{Fault, Slot, Span, class};
use super::site::{Account, Site};
use super::{Lab, Summary};
use crate::{paths, shell};

/// Events of the fixture; their ids are those of a load.
const OLD: Load = Load {
    cycle: 1,
    count: 20,
    kind: "Old",
    padding: 0,
};

/// Runs the SQL of the fixture; Python has the engine and is needed by the tests anyway.
const LOADER: &str = "import sqlite3, sys\n\
    sql, file = sys.argv[1:]\n\
    sqlite3.connect(file).executescript(open(sql).read())\n";

pub(super) fn run(lab: &Lab) -> Summary {
    let first = lab.scratch.join("first");
    let account = first_release(&first)?;
    let site = adopt(lab, &first, &account, &lab.scratch.join("count"))?;
    site.control.arm(class::ALL, 0, Fault::Kill, Span::Once)?;
    let server = site.start().context("the upgrade without a kill")?;
    let calls = u64::try_from(site.control.get(Slot::Calls)?)?;
    server.kill();
    check(&site, &mut books())?;
    ensure!(
        calls > 20,
        "only {calls} calls were seen: is the shim there?"
    );
    let stride = match lab.size(0) {
        0 => 1,
        wanted => calls.div_ceil(wanted),
    };
    let numbers = (1..=calls).step_by(usize::try_from(stride)?);
    let count = lab.cases(numbers, |call, folder| {
        let site = adopt(lab, &first, &account, folder)?;
        let call = i64::try_from(call)?;
        // Dies again and again, each time a little later, until a start gets through.
        let mut kills = 0;
        for step in 0.. {
            site.control
                .arm(class::ALL, call + step, Fault::Kill, Span::Once)?;
            match site.try_start()? {
                Ok(server) => {
                    server.kill();
                    break;
                }
                Err(None) => kills += 1,
                Err(code) => anyhow::bail!("a start ended with {code:?}: {}", site.log_tail()),
            }
            if kills >= 3 {
                break;
            }
        }
        site.control.disarm()?;
        check(&site, &mut books())
    })?;
    Ok(format!(
        "killed at {count} of {calls} calls, everything there"
    ))
}

fn books() -> Books {
    let mut books = Books::default();
    books.sent.extend(OLD.ids());
    books.acknowledged = books.sent.clone();
    books
}

fn check(site: &Site, books: &mut Books) -> anyhow::Result<()> {
    let server = match site.try_start()? {
        Ok(server) => server,
        Err(code) => anyhow::bail!("no start ({code:?}): {}", site.log_tail()),
    };
    books.check_all(site, &server)?;
    server.kill();
    site.refuse_panics()?;
    site.expect_whole()
}

fn adopt(lab: &Lab, first: &Path, account: &Account, home: &Path) -> anyhow::Result<Site> {
    super::site::copy_folder(first, &home.join("data"))?;
    Site::adopt(&lab.tools, home, account)
}

/// Makes the data directory of the first release from its SQL.
fn first_release(folder: &Path) -> anyhow::Result<Account> {
    std::fs::create_dir_all(folder)?;
    let fixture = paths::root().join("e2e/first-release");
    for name in ["ledger", "archive"] {
        let mut python = shell::command("python3");
        python.args(["-c", LOADER]);
        python.arg(fixture.join(format!("{name}.sql")));
        python.arg(folder.join(format!("{name}.sqlite")));
        shell::output(&mut python)?;
    }
    let account = std::fs::read(fixture.join("account.json"))?;
    Ok(serde_json::from_slice(&account)?)
}
