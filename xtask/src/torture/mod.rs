//! `cargo xtask torture`: the real binary under kills, power cuts, failing disks, damage and wrong
//! clocks. `main` calls it; `test` runs it in its small sizes, one part a step.
//!
//! Every part is a list of numbered cases. A case throws its dice from the seed and its number, has
//! a folder of its own, and fails with a sentence; the folder of a failed one is kept.

mod books;
mod clock;
mod damage;
mod dice;
mod disk;
mod kill;
mod load;
mod migrate;
mod power;
mod shim;
mod site;
mod sweep;

// The client of the binary's own tests: it never tries again, which would hide what is tested.
#[path = "../../../crates/watchpost/tests/it/http.rs"]
#[expect(dead_code, reason = "the tests of the binary use the rest of it")]
mod http;

use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Instant, SystemTime};

use anyhow::Context;
use clap::ValueEnum;

use self::site::Tools;
use crate::{paths, shell};

/// After so many failures a part has said enough.
const FAILURES_SHOWN_MAX: usize = 5;

/// What is done to the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Part {
    /// kill -9 at random moments, and SIGTERM at peak.
    Kill,
    /// Power cuts: unsynced writes and names are dropped, kept, torn, reordered.
    Power,
    /// The n-th I/O call fails, once or for ever, or the process dies in it.
    Sweep,
    /// Full and read-only disks, limits on files and descriptors.
    Disk,
    /// Flipped bytes and missing files.
    Damage,
    /// Wrong clocks, two servers, many restarts.
    Clock,
    /// An upgrade that is killed at every I/O call.
    Migrate,
}

pub(crate) const PARTS: [Part; 7] = [
    Part::Kill,
    Part::Power,
    Part::Sweep,
    Part::Disk,
    Part::Damage,
    Part::Clock,
    Part::Migrate,
];

impl Part {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Kill => "kill",
            Self::Power => "power",
            Self::Sweep => "sweep",
            Self::Disk => "disk",
            Self::Damage => "damage",
            Self::Clock => "clock",
            Self::Migrate => "migrate",
        }
    }
}

/// Torture the binary and see whether it keeps its promises.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// What to do to it; everything without a name.
    #[arg(value_enum)]
    parts: Vec<Part>,
    /// How many cycles, cuts, samples or cases; 0 is all there are, where that has an end.
    #[arg(long, value_name = "N")]
    cycles: Option<u64>,
    /// The seed of all chance; a failure prints it.
    #[arg(long, value_name = "S")]
    seed: Option<u64>,
    /// Only this case, as a failure names it.
    #[arg(long, value_name = "K")]
    case: Option<u64>,
    /// Power cuts into the day that a failure kept, instead of a new one.
    #[arg(long, value_name = "FOLDER")]
    day: Option<PathBuf>,
}

/// What a part knows about its run.
struct Lab {
    part: Part,
    tools: Tools,
    /// In memory where the system has that, so that a test's own syncs cost nothing.
    scratch: PathBuf,
    cycles: Option<u64>,
    seed: u64,
    case: Option<u64>,
    day: Option<PathBuf>,
}

/// Runs the parts; true when every case passed.
pub(crate) fn run(args: &Args) -> anyhow::Result<bool> {
    let mut build = shell::cargo("build --quiet --locked --workspace --bin watchpost");
    build.env("CARGO_TARGET_DIR", paths::target()?);
    anyhow::ensure!(shell::passes(&mut build)?, "failed to build the binary");
    let tools = Tools {
        binary: paths::target()?.join("debug/watchpost"),
        shim: shim::build()?,
    };
    let seed = args.seed.map_or_else(fresh_seed, Ok)?;
    let parts = match args.parts.as_slice() {
        [] => PARTS.to_vec(),
        parts => parts.to_vec(),
    };
    let mut passed = true;
    for part in parts {
        let scratch = scratch(part);
        std::fs::create_dir_all(&scratch)?;
        let lab = Lab {
            part,
            tools: tools.clone(),
            scratch,
            cycles: args.cycles,
            seed,
            case: args.case,
            day: args.day.clone(),
        };
        passed &= lab.run();
        std::fs::remove_dir_all(&lab.scratch)?;
    }
    Ok(passed)
}

/// From the clock: any number will do, as long as it is printed.
fn fresh_seed() -> anyhow::Result<u64> {
    #[expect(
        clippy::disallowed_methods,
        reason = "chance has to come from somewhere"
    )]
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH)?;
    Ok(u64::from(now.subsec_nanos()) ^ now.as_secs())
}

fn scratch(part: Part) -> PathBuf {
    let memory = Path::new("/dev/shm");
    let folder = if memory.is_dir() {
        memory.to_path_buf()
    } else {
        std::env::temp_dir()
    };
    let run = std::process::id();
    folder.join(format!("watchpost-torture-{run}-{}", part.name()))
}

/// What a part says at its end, when all went well.
type Summary = anyhow::Result<String>;

impl Lab {
    fn run(&self) -> bool {
        let start = Instant::now();
        let summary = match self.part {
            Part::Kill => kill::run(self),
            Part::Power => power::run(self),
            Part::Sweep => sweep::run(self),
            Part::Disk => disk::run(self),
            Part::Damage => damage::run(self),
            Part::Clock => clock::run(self),
            Part::Migrate => migrate::run(self),
        };
        let (name, seconds) = (self.part.name(), start.elapsed().as_secs_f32());
        match &summary {
            Ok(said) => println!("ok   {name}: {said} (seed {}, {seconds:.1} s)", self.seed),
            Err(error) => println!("FAIL {name}: {error:#} (seed {})", self.seed),
        }
        summary.is_ok()
    }

    /// How many cases: what was asked for, or the small size.
    fn size(&self, small: u64) -> u64 {
        self.cycles.unwrap_or(small)
    }

    /// Runs cases on all cores, each in a folder of its own. Fails when one does.
    fn cases(
        &self,
        numbers: impl IntoIterator<Item = u64>,
        work: impl Fn(u64, &Path) -> anyhow::Result<()> + Sync,
    ) -> anyhow::Result<usize> {
        let numbers = numbers.into_iter();
        let numbers: Vec<u64> = numbers
            .filter(|number| self.case.is_none_or(|only| only == *number))
            .collect();
        let count = numbers.len();
        anyhow::ensure!(count > 0, "there is no such case");
        let queue = Mutex::new(numbers.into_iter());
        let failures = AtomicUsize::new(0);
        let next = || {
            let more = failures.load(Ordering::Relaxed) < FAILURES_SHOWN_MAX;
            more.then(|| queue.lock().ok()?.next()).flatten()
        };
        let lanes = std::thread::available_parallelism().map_or(1, usize::from);
        std::thread::scope(|scope| {
            for _ in 0..lanes.max(2) {
                scope.spawn(|| {
                    while let Some(number) = next() {
                        if let Err(error) = self.case(number, &work) {
                            failures.fetch_add(1, Ordering::Relaxed);
                            self.tell(number, &error);
                        }
                    }
                });
            }
        });
        match failures.into_inner() {
            0 => Ok(count),
            failed => anyhow::bail!("{failed} cases failed, see above"),
        }
    }

    fn case(
        &self,
        number: u64,
        work: impl Fn(u64, &Path) -> anyhow::Result<()>,
    ) -> anyhow::Result<()> {
        let folder = self.scratch.join(number.to_string());
        std::fs::create_dir_all(&folder)?;
        let worked = work(number, &folder);
        if worked.is_err() {
            let kept = self.kept(number)?;
            site::copy_folder(&folder, &kept).context("failed to keep the folder")?;
        }
        std::fs::remove_dir_all(&folder)?;
        worked
    }

    /// Where the folder of a failed case is kept.
    fn kept(&self, number: u64) -> anyhow::Result<PathBuf> {
        let name = format!("{}-{}-{number}", self.part.name(), self.seed);
        Ok(paths::cache()?.join("torture").join(name))
    }

    fn tell(&self, number: u64, error: &anyhow::Error) {
        let (part, seed) = (self.part.name(), self.seed);
        let kept = self.kept(number).unwrap_or_default();
        println!("FAIL {part} case {number}: {error:#}");
        let cycles = self.cycles.map(|n| format!(" --cycles {n}"));
        let (cycles, kept) = (cycles.unwrap_or_default(), kept.display());
        println!("     again: cargo xtask torture {part} --seed {seed}{cycles} --case {number}");
        println!("     its data: {kept}");
    }
}
