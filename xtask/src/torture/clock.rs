//! Wrong clocks (F10), two servers on one directory (F09), many restarts (F15): no wipe, no hang,
//! no list that skips or repeats, no growth.

use std::path::Path;

use anyhow::{Context, ensure};

use super::books::Books;
use super::load::Load;
use super::shim::Slot;
use super::site::{Server, Site, measure};
use super::{Lab, Summary};

const HOUR_SECS: i64 = 3600;
const YEAR_SECS: i64 = 365 * 24 * HOUR_SECS;
const RESTARTS: usize = 100;

/// A test of a site, with a name for its failure.
type Trial = (&'static str, fn(&mut Patient) -> anyhow::Result<()>);

const TRIALS: [Trial; 6] = [
    ("a year ahead and back", |patient| {
        patient.jumps(&[YEAR_SECS, 0])
    }),
    ("an hour back", |patient| patient.jumps(&[-HOUR_SECS, 0])),
    ("backwards again and again", |patient| {
        let steps: Vec<i64> = (1..=10).map(|step| -step * 600).collect();
        patient.jumps(&steps)
    }),
    ("1970 at boot", |patient| patient.boot_in_1970()),
    ("two servers", |patient| patient.second_server()),
    ("many restarts", |patient| patient.restarts()),
];

pub(super) fn run(lab: &Lab) -> Summary {
    let numbers = 0..u64::try_from(TRIALS.len())?;
    let count = lab.cases(numbers, |case, folder| {
        let trial = TRIALS.get(usize::try_from(case)?);
        let (name, trial) = trial.context("there is no such case")?;
        let mut patient = Patient::new(lab, folder)?;
        trial(&mut patient).map_err(|error| error.context(*name))?;
        patient.site.refuse_panics()?;
        patient.site.expect_whole()
    })?;
    Ok(format!("{count} trials of clocks and restarts"))
}

struct Patient {
    site: Site,
    books: Books,
    cycle: u64,
}

impl Patient {
    fn new(lab: &Lab, folder: &Path) -> anyhow::Result<Self> {
        Ok(Self {
            site: Site::create(&lab.tools, folder, false)?,
            books: Books::default(),
            cycle: 0,
        })
    }

    /// Some events, all of which are taken.
    fn events(&mut self, server: &Server) -> anyhow::Result<()> {
        self.cycle += 1;
        let load = Load {
            cycle: self.cycle,
            count: 25,
            kind: "Clock",
            padding: 300,
        };
        self.books.sent.extend(load.ids());
        for answer in load.send(&self.site, server) {
            self.books.acknowledged.insert(answer.id);
        }
        let taken = load.ids().all(|id| self.books.acknowledged.contains(&id));
        ensure!(taken, "events are refused at this time");
        // Pages through all events there are: none twice, none left out.
        self.books.check_all(&self.site, server)
    }

    fn jumps(&mut self, offsets: &[i64]) -> anyhow::Result<()> {
        let server = self.site.start()?;
        self.events(&server)?;
        for offset in offsets {
            self.site.control.set(Slot::ClockOffsetSecs, *offset)?;
            self.events(&server)?;
        }
        ensure!(server.stop()? == 0, "the server does not stop well");
        self.back_to_now()
    }

    fn back_to_now(&mut self) -> anyhow::Result<()> {
        self.site.control.set(Slot::ClockOffsetSecs, 0)?;
        let server = self.site.start()?;
        self.events(&server)?;
        ensure!(server.stop()? == 0, "the server does not stop well");
        Ok(())
    }

    /// A machine without a battery: it starts in 1970 and learns the time later.
    fn boot_in_1970(&mut self) -> anyhow::Result<()> {
        let server = self.site.start()?;
        self.events(&server)?;
        server.kill();
        let output = crate::shell::output(crate::shell::command("date").arg("+%s"))?;
        let now: i64 = output.trim().parse()?;
        self.site.control.set(Slot::ClockOffsetSecs, 60 - now)?;
        let server = self.site.start()?;
        self.events(&server)?;
        self.site.control.set(Slot::ClockOffsetSecs, 0)?;
        self.events(&server)?;
        ensure!(server.stop()? == 0, "the server does not stop well");
        self.back_to_now()
    }

    /// The second is refused and told who holds the directory; a lock of the dead holds nobody.
    fn second_server(&mut self) -> anyhow::Result<()> {
        let first = self.site.start()?;
        self.events(&first)?;
        let second = self
            .site
            .run(&["serve", "--json", "--listen", "127.0.0.1:0"])?;
        let errors = String::from_utf8_lossy(&second.stderr).into_owned();
        ensure!(
            second.status.code() == Some(1),
            "two servers on one directory"
        );
        let pid = first.child.id().to_string();
        ensure!(errors.contains(&pid), "{pid} is not named: {errors}");
        self.events(&first)?;
        first.kill();
        let next = self.site.start().context("the lock of a dead process")?;
        self.events(&next)?;
        ensure!(next.stop()? == 0, "the server does not stop well");
        Ok(())
    }

    /// Half of them killed. Nothing grows: neither files nor bytes.
    fn restarts(&mut self) -> anyhow::Result<()> {
        let server = self.site.start()?;
        self.events(&server)?;
        ensure!(server.stop()? == 0, "the server does not stop well");
        let mut first = None;
        for number in 0..RESTARTS {
            let server = self.site.start()?;
            if number % 2 == 0 {
                server.kill();
            } else {
                ensure!(server.stop()? == 0, "the server does not stop well");
                // The first ends may still tidy up.
                let size = measure(&self.site.data())?;
                if number == 3 {
                    first = Some(size);
                }
            }
        }
        let (bytes, files) = measure(&self.site.data())?;
        let (bytes_before, files_before) = first.context("too few restarts")?;
        ensure!(files <= files_before, "{files_before} files became {files}");
        // A few pages: moments of use are written down.
        let room = bytes_before + 64 * 1024;
        ensure!(bytes <= room, "{bytes_before} bytes became {bytes}");
        self.back_to_now()
    }
}
