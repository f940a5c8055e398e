//! Bugsink, to be measured beside Watchpost: installed from the registry, configured as its guide
//! says, without its quotas.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::rc::Rc;
use std::time::{Duration, Instant};

use anyhow::Context;

use crate::body::Target;
use crate::lab::{self, Options};
use crate::load::Source;
use crate::proc::{Memory, Usage};
use crate::process::{Process, output};

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

/// Where peers are installed.
#[derive(clap::Args)]
pub(crate) struct Place {
    /// Where peers are installed, once [default: beside the folder of the measurements].
    #[arg(long, value_name = "DIR")]
    peers: Option<PathBuf>,
}

impl Place {
    fn folder(&self, options: &Options) -> PathBuf {
        let beside = || options.dir.parent().unwrap_or(&options.dir).join("peers");
        self.peers.clone().unwrap_or_else(beside)
    }
}

/// Its two programs; they end when this is dropped.
pub(crate) struct Running {
    web: Process,
    digester: Process,
}

impl Running {
    pub(crate) fn usage(&self) -> Usage {
        self.web.usage().plus(self.digester.usage())
    }

    pub(crate) fn memory(&self) -> anyhow::Result<Memory> {
        Ok(self.web.memory()?.plus(self.digester.memory()?))
    }
}

/// Bugsink as its guide for one server says: gunicorn and its digester, two SQLite files.
pub(crate) struct Bugsink {
    programs: PathBuf,
    home: PathBuf,
    address: SocketAddr,
    dsn: String,
}

impl Bugsink {
    /// Installs it if it is not there, and makes a fresh instance in `home`.
    pub(crate) fn prepare(place: &Place, options: &Options) -> anyhow::Result<Self> {
        let programs = install(&place.folder(options))?;
        let home = options.dir.join("bugsink");
        if home.exists() {
            std::fs::remove_dir_all(&home)?;
        }
        std::fs::create_dir_all(home.join("data"))?;
        // The port is free now; nobody else takes it in the moment until it is used.
        let address = std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()?;
        let mut bugsink = Self {
            programs,
            home,
            address,
            dsn: String::new(),
        };
        let mut create = bugsink.command("bugsink-create-conf");
        create.args(["--template=singleserver", "--host=127.0.0.1"]);
        output(create.arg("--base-dir").arg(bugsink.data()))?;
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
    pub(crate) fn shell(&self, code: &str, word: &str) -> anyhow::Result<String> {
        let printed = output(self.command("bugsink-manage").args(["shell", "-c", code]))?;
        let mut lines = printed.lines().filter_map(|line| line.strip_prefix(word));
        let found = lines
            .next()
            .with_context(|| format!("no {word}: {printed}"))?;
        Ok(found.trim().to_owned())
    }

    /// What it has stored, in files.
    pub(crate) fn data(&self) -> PathBuf {
        self.home.join("data")
    }

    pub(crate) fn base_url(&self) -> String {
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

    /// Starts it; it listens when this returns.
    pub(crate) fn start(&self) -> anyhow::Result<Running> {
        let log = self.home.join("server.log");
        let mut gunicorn = self.command("gunicorn");
        gunicorn.arg(format!("--bind={}", self.address));
        gunicorn.args(["--workers=4", "--timeout=60", "bugsink.wsgi"]);
        let web = Process::start_at(&mut gunicorn, &log, self.address)?;
        let mut snappea = self.command("bugsink-runsnappea");
        let digester = Process::spawn(snappea.stdout(std::process::Stdio::null()), &log)?;
        Ok(Running { web, digester })
    }

    /// Events for it.
    pub(crate) fn source(&self, options: &Options) -> anyhow::Result<Rc<Source>> {
        let target = Target::of_dsn(&self.dsn, self.address)?;
        lab::source(options, &target, self.address)
    }

    /// Waits until all it acknowledged is stored, or it stores no more; how many are.
    pub(crate) async fn drained(&self, acked: u64) -> anyhow::Result<u64> {
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
