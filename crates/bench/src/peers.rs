//! `bench peers`: Watchpost, the floor and the peers that install from a registry, under the same
//! load in one run. Today that is Bugsink; docs/benchmarks.md says what others could not be had.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::Context;

use crate::body::Target;
use crate::lab::{self, Lab, Options};
use crate::load::{self, per_second};
use crate::process::{Process, output};
use crate::report::{Report, Row};
use crate::{disk, floor};

const BUGSINK: &str = "bugsink==2.6.2";
/// Its own dependencies, but for one that asks for a version that not every mirror has yet.
const DEPENDENCIES: &str = "import importlib.metadata as m\n\
    print('\\n'.join(r for r in m.requires('bugsink') if not r.startswith('certifi')))";
/// Makes a project without quota and prints its DSN.
const PROJECT: &str = "from projects.models import Project\n\
    from teams.models import Team\n\
    team = Team.objects.create(name='bench')\n\
    print('DSN', Project.objects.create(\
    team=team, name='bench', retention_max_event_count=10**8).dsn)";
/// How many events it has digested.
const STORED: &str = "from events.models import Event\nprint('STORED', Event.objects.count())";
/// How long its backlog is waited for.
const DRAIN_LIMIT: Duration = Duration::from_mins(10);

#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    options: Options,
    /// Where peers are installed, once [default: beside the folder of the measurements].
    #[arg(long, value_name = "DIR")]
    peers: Option<PathBuf>,
}

pub(crate) async fn run(args: &Args) -> anyhow::Result<()> {
    let options = &args.options;
    let beside = options.dir.parent().unwrap_or(&options.dir).join("peers");
    let peers = args.peers.clone().unwrap_or(beside);
    let bugsink = Bugsink::prepare(&peers, &options.dir.join("bugsink"))?;
    let lab = Lab::open(options).await?;
    let load_before = lab.load_before;
    let mut rows = vec![lab.row("Watchpost").await?];
    lab.verify()?;
    rows.push(floor::measure(options, false).await?);
    rows.push(floor::measure(options, true).await?);
    rows.push(bugsink.measure(options).await?);
    let rows = floor::ratios(rows);
    let section = "peers";
    lab::publish(options, load_before, &Report { section, rows })
}

/// Bugsink as its guide for one server says: gunicorn and its digester, two SQLite files.
struct Bugsink {
    programs: PathBuf,
    home: PathBuf,
    address: SocketAddr,
    dsn: String,
}

impl Bugsink {
    /// Installs it if it is not there, and makes a fresh instance in `home`.
    fn prepare(peers: &Path, home: &Path) -> anyhow::Result<Self> {
        let programs = install(peers)?;
        if home.exists() {
            std::fs::remove_dir_all(home)?;
        }
        std::fs::create_dir_all(home.join("data"))?;
        // The port is free now; nobody else takes it in the moment until it is used.
        let address = std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()?;
        let mut bugsink = Self {
            programs,
            home: home.to_owned(),
            address,
            dsn: String::new(),
        };
        let mut create = bugsink.command("bugsink-create-conf");
        create.args(["--template=singleserver", "--host=127.0.0.1"]);
        output(create.arg("--base-dir").arg(home.join("data")))?;
        bugsink.raise_quotas()?;
        for arguments in [
            &["migrate"][..],
            &["migrate", "snappea", "--database=snappea"],
        ] {
            output(bugsink.command("bugsink-manage").args(arguments))?;
        }
        bugsink.dsn = bugsink.shell(PROJECT, "DSN")?;
        Ok(bugsink)
    }

    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(self.programs.join(program));
        command.current_dir(&self.home);
        command
    }

    /// Runs Python in it; what it printed after `word`.
    fn shell(&self, code: &str, word: &str) -> anyhow::Result<String> {
        let printed = output(self.command("bugsink-manage").args(["shell", "-c", code]))?;
        let mut lines = printed.lines().filter_map(|line| line.strip_prefix(word));
        let found = lines
            .next()
            .with_context(|| format!("no {word}: {printed}"))?;
        Ok(found.trim().to_owned())
    }

    fn base_url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// With its defaults it would drop all but 1,000 events of five minutes.
    fn raise_quotas(&self) -> anyhow::Result<()> {
        let file = self.home.join("bugsink_conf.py");
        let mut settings = std::fs::read_to_string(&file)?;
        settings.push_str("\nALLOWED_HOSTS = [\"*\"]\n");
        settings.push_str("BUGSINK.update({\"PHONEHOME\": False, \"BASE_URL\": \"");
        settings.push_str(&self.base_url());
        settings.push_str("\"})\n");
        for scope in ["", "PER_PROJECT_"] {
            for period in ["5_MINUTES", "HOUR", "MONTH"] {
                let name = ["BUGSINK[\"MAX_EVENTS_", scope, "PER_", period].concat();
                settings.push_str(&name);
                settings.push_str(
                    "\"] = 10**9
",
                );
            }
        }
        std::fs::write(file, settings).context("failed to write its settings")
    }

    async fn measure(&self, options: &Options) -> anyhow::Result<Row> {
        let log = self.home.join("server.log");
        let mut gunicorn = self.command("gunicorn");
        gunicorn.arg(format!("--bind={}", self.address));
        gunicorn.args(["--workers=4", "--timeout=60", "bugsink.wsgi"]);
        let web = Process::start_at(&mut gunicorn, &log, self.address)?;
        let mut snappea = self.command("bugsink-runsnappea");
        let digester = Process::spawn(snappea.stdout(std::process::Stdio::null()), &log)?;
        let target = Target::of_dsn(&self.dsn, self.address)?;
        let source = lab::source(options, &target, self.address)?;
        lab::warm_up(options, &source).await?;
        let warm = self.drained(source.acked_count()).await?;
        let usage = || web.usage().plus(digester.usage());
        let (before, begun) = (usage(), Instant::now());
        let sent = load::send(&source, options.plan(options.pace())).await?;
        let stored = self.drained(source.acked_count()).await?;
        let (drained, cost) = (begun.elapsed(), usage().since(before));
        let memory = web.memory()?.plus(digester.memory()?);
        let bytes = disk::size(&self.home.join("data")) / stored.max(1);
        Ok(
            lab::subject_row(options, "Bugsink 2.6.2", &sent, &cost, memory)
                .figure(
                    "digested/s",
                    per_second(stored.saturating_sub(warm), drained),
                )
                .count("disk bytes/event", bytes)
                .count("acknowledged, not stored", source.acked_count() - stored),
        )
    }

    /// Waits until all it acknowledged is stored, or it stores no more; how many are.
    async fn drained(&self, acked: u64) -> anyhow::Result<u64> {
        let begun = Instant::now();
        let mut last = None;
        loop {
            let stored: u64 = self.shell(STORED, "STORED")?.parse()?;
            let is_stuck = last == Some(stored);
            if stored >= acked || is_stuck || begun.elapsed() > DRAIN_LIMIT {
                return Ok(stored.min(acked));
            }
            last = Some(stored);
            tokio::time::sleep(Duration::from_secs(2)).await;
        }
    }
}

/// A folder with its programs.
fn install(peers: &Path) -> anyhow::Result<PathBuf> {
    let home = peers.join(BUGSINK.replace("==", "-"));
    let programs = home.join("bin");
    let is_done = home.join("installed");
    if is_done.exists() {
        return Ok(programs);
    }
    println!("installing {BUGSINK} into {}", home.display());
    std::fs::create_dir_all(peers)?;
    output(Command::new("python3").args(["-m", "venv"]).arg(&home))?;
    let pip = |arguments: &[&str]| {
        let mut pip = Command::new(programs.join("pip"));
        output(pip.args(["install", "--quiet"]).args(arguments)).map(drop)
    };
    pip(&["--no-deps", BUGSINK])?;
    let needs = output(Command::new(programs.join("python")).args(["-c", DEPENDENCIES]))?;
    let mut needs: Vec<&str> = needs.lines().collect();
    needs.push("certifi");
    pip(&needs)?;
    std::fs::write(is_done, BUGSINK)?;
    Ok(programs)
}
