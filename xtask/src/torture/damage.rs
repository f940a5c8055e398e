//! Damaged and missing files (F07, F08): a flipped byte in a database, a log, the spool; a file
//! that is gone. It must be found and named, and the rest be served: never a panic, never a silent
//! loss, never a silent empty start.

use std::collections::BTreeSet;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use anyhow::{Context, bail, ensure};
use serde_json::Value;

use super::books::{self, Books};
use super::dice::Dice;
use super::load::Load;
use super::site::{Server, Site};
use super::{Lab, Summary};

/// Flipped bytes in CI.
const FLIPS: u64 = 150;

/// What happens to a directory.
enum Harm {
    Flip {
        file: PathBuf,
        offset: u64,
        mask: u8,
    },
    Delete {
        file: PathBuf,
    },
    /// The second half is gone.
    Cut {
        file: PathBuf,
    },
}

/// Two directories that are harmed: one that was stopped, one that was killed.
struct Templates {
    stopped: (Site, Books),
    killed: (Site, Books),
}

/// How it went, in all cases.
#[derive(Default)]
struct Score {
    unharmed: AtomicU64,
    named: AtomicU64,
}

pub(super) fn run(lab: &Lab) -> Summary {
    let templates = Templates {
        stopped: template(lab, "stopped")?,
        killed: template(lab, "killed")?,
    };
    let missing = files(&templates.killed.0.data())?;
    let flips = lab.size(FLIPS);
    let score = Score::default();
    let all = 0..flips + 2 * u64::try_from(missing.len())?;
    lab.cases(all, |case, folder| {
        let mut dice = Dice::new(lab.seed, case);
        let (template, harm) = match case.checked_sub(flips) {
            None => flip(&templates, &mut dice)?,
            Some(gone) => {
                let file = missing.get(usize::try_from(gone / 2)?);
                let file = file.context("no such case")?.clone();
                let harm = match gone % 2 {
                    0 => Harm::Delete { file },
                    _ => Harm::Cut { file },
                };
                (&templates.killed, harm)
            }
        };
        let (site, books) = template;
        let harmed = one(site, books, &harm, folder, &score);
        harmed.map_err(|error| error.context(harm.describe()))
    })?;
    let (unharmed, named) = (score.unharmed.into_inner(), score.named.into_inner());
    Ok(format!(
        "{flips} flipped bytes and {} files missing, and cut in half: {named} found and named, in \
         {unharmed} no event is gone",
        missing.len()
    ))
}

impl Harm {
    fn describe(&self) -> String {
        match self {
            Self::Flip { file, offset, mask } => {
                format!("byte {offset} of {} xor {mask:#04x}", file.display())
            }
            Self::Delete { file } => format!("{} deleted", file.display()),
            Self::Cut { file } => format!("{} cut in half", file.display()),
        }
    }

    fn inflict(&self, data: &Path) -> anyhow::Result<()> {
        match self {
            Self::Delete { file } => Ok(std::fs::remove_file(data.join(file))?),
            Self::Cut { file } => {
                let file = std::fs::File::options().write(true).open(data.join(file))?;
                Ok(file.set_len(file.metadata()?.len() / 2)?)
            }
            Self::Flip { file, offset, mask } => {
                let options = std::fs::File::options().read(true).write(true).clone();
                let file = options.open(data.join(file))?;
                let mut byte = [0];
                file.read_exact_at(&mut byte, *offset)?;
                let [byte] = byte;
                Ok(file.write_all_at(&[byte ^ mask], *offset)?)
            }
        }
    }
}

fn template(lab: &Lab, end: &str) -> anyhow::Result<(Site, Books)> {
    let site = Site::create(&lab.tools, &lab.scratch.join(end), false)?;
    let mut books = Books::default();
    let server = site.start()?;
    events(&site, &server, &mut books, 1, 60)?;
    books.check(&site, &server)?;
    if end == "stopped" {
        ensure!(server.stop()? == 0, "the server does not stop well");
        return Ok((site, books));
    }
    // The last ones are on their way between the spool and the stores.
    events(&site, &server, &mut books, 2, 20)?;
    server.kill();
    Ok((site, books))
}

fn events(
    site: &Site,
    server: &Server,
    books: &mut Books,
    cycle: u64,
    count: u64,
) -> anyhow::Result<()> {
    let load = Load {
        cycle,
        count,
        kind: "Harm",
        padding: 1500,
    };
    books.sent.extend(load.ids());
    for answer in load.send(site, server) {
        books.acknowledged.insert(answer.id);
    }
    ensure!(
        load.ids().all(|id| books.acknowledged.contains(&id)),
        "events are refused"
    );
    Ok(())
}

/// The files below `data`, without those that hold no data of ours.
fn files(data: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let mut folders = vec![data.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder)? {
            let entry = entry?;
            if entry.file_type()?.is_dir() {
                folders.push(entry.path());
            } else if entry.metadata()?.len() > 0 {
                found.push(entry.path().strip_prefix(data)?.to_path_buf());
            }
        }
    }
    found.retain(|file| {
        let name = file.to_string_lossy();
        !name.ends_with("-shm") && name != "lock"
    });
    found.sort();
    Ok(found)
}

/// A byte of any file: each file is as likely, whatever its size, and the log of a database of a
/// killed server as the database of a stopped one.
fn flip<'a>(
    templates: &'a Templates,
    dice: &mut Dice,
) -> anyhow::Result<(&'a (Site, Books), Harm)> {
    let template = if dice.percent(50) {
        &templates.stopped
    } else {
        &templates.killed
    };
    let data = template.0.data();
    let files = files(&data)?;
    let file = dice.pick(&files).context("no files")?.clone();
    let size = std::fs::metadata(data.join(&file))?.len();
    let offset = dice.below(size);
    let mask = u8::try_from(1 + dice.below(255))?;
    Ok((template, Harm::Flip { file, offset, mask }))
}

fn one(
    template: &Site,
    books: &Books,
    harm: &Harm,
    folder: &Path,
    score: &Score,
) -> anyhow::Result<()> {
    let site = template.copy_to(folder)?;
    harm.inflict(&site.data())?;
    let seen = look(&site, books)?;
    site.refuse_panics()?;
    let damage = site.damage()?;
    let named = seen.refused || !damage.is_empty() || seen.told;
    if seen.lost.is_empty() && !named {
        score.unharmed.fetch_add(1, Ordering::Relaxed);
        return Ok(());
    }
    ensure!(
        named,
        "{} acknowledged events are gone and nothing says so: {:?}",
        seen.lost.len(),
        seen.lost.first()
    );
    score.named.fetch_add(1, Ordering::Relaxed);
    Ok(())
}

/// What people see of a harmed directory.
#[derive(Default)]
struct Seen {
    /// The server says what is wrong and does not start.
    refused: bool,
    /// It serves, and its answers or its health say that something is wrong.
    told: bool,
    lost: Vec<String>,
}

fn look(site: &Site, books: &Books) -> anyhow::Result<Seen> {
    let server = match site.try_start()? {
        Ok(server) => server,
        Err(Some(1)) => {
            let said = site.log_tail();
            let names_place = said.contains(&*site.data().to_string_lossy());
            ensure!(names_place, "the refusal names no place: {said}");
            let refused = true;
            return Ok(Seen {
                refused,
                ..Seen::default()
            });
        }
        Err(code) => bail!("the start ended with {code:?}: {}", site.log_tail()),
    };
    let mut connection = server.connect()?;
    // Whatever is harmed, a client gets an answer, and a page.
    let answer = connection.post(&site.account.store_path(), b"{\"message\": \"and now?\"}")?;
    let mut seen = Seen::default();
    seen.told |= answer.status != 200;
    if answer.status == 200 && books::settle(site, &mut connection, "after the harm").is_err() {
        seen.told = true;
    }
    let page = connection.get(
        &books::project_path(site, "issues/?limit=100"),
        &site.account.token,
    )?;
    // The token is good: who does not know it has an empty ledger and thinks it is the first day.
    ensure!(!matches!(page.status, 401 | 403), "a silent empty start");
    seen.told |= page.status != 200;
    let mut found = BTreeSet::new();
    for id in &books.acknowledged {
        let path = format!("/api/0/organizations/{}/eventids/{id}/", site.account.org);
        let answer = connection.get(&path, &site.account.token)?;
        match answer.status {
            200 => {
                found.insert(id.clone());
            }
            404 => {}
            _ => seen.told = true,
        }
    }
    let health = connection.get("/_health/?full", "")?.json();
    let damaged = health.pointer("/spool/damaged").and_then(Value::as_u64);
    seen.told |= damaged.unwrap_or(0) > 0;
    let lost = books.acknowledged.difference(&found);
    seen.lost = lost.cloned().collect();
    server.kill();
    Ok(seen)
}
