//! `watchpost serve`: the server.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use sd_notify::NotifyState;
use serde::Serialize;
use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use tokio::sync::{broadcast, watch};
use tokio::task::JoinSet;
use watchpost_ingest::Ingest;
use watchpost_model::{Timestamp, UncleanEnd};
use watchpost_store::Ledger;

use crate::config::Config;
use crate::data_dir::DirLock;
use crate::first_start::{self, Names, Start};
use crate::logging::{self, Log};
use crate::supervisor::{self, Signals, Wish};
use crate::vitals::Nurse;
use crate::wiring::{self, House, Seen};
use crate::{http, metrics, out, requests};

/// News that may wait for a slow reader of the live feed; one who falls behind reloads.
const NEWS_COUNT_MAX: usize = 4096;

/// Time for the digest to finish when the server stops. With `http`'s drain it stays below the
/// 10 s that supervisors grant.
const DIGEST_DRAIN: Duration = Duration::from_secs(5);

/// Accept events and serve the pages. This is what runs without a command, too.
///
/// An empty data directory gets an organization, a project and a key first, and a one-time link
/// for the first user is printed. SIGTERM and Ctrl-C finish what is under way and stop.
#[derive(clap::Args, Default)]
pub(crate) struct Args {
    /// Address and port to listen on; port 0 takes a free one [default: 127.0.0.1:9000].
    #[arg(long, value_name = "ADDR")]
    listen: Option<SocketAddr>,
    /// Print `{"listening":"http://…"}` once the server answers, and nothing else.
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Listening {
    listening: String,
}

pub(crate) fn run(args: &Args, mut config: Config) -> Result<()> {
    if let Some(listen) = args.listen {
        config.listen = listen;
    }
    let log = logging::start(&config)?;
    requests::log_panics();
    runtime()?.block_on(async {
        let opening = Opening {
            signals: Signals::new()?,
            greet: &|house, config| usual_greeting(args, house, config),
            leave: || {},
        };
        serve(opening, config, &log).await
    })
}

/// The threads of a server.
pub(super) fn runtime() -> Result<Runtime> {
    let mut builder = tokio::runtime::Builder::new_multi_thread();
    let runtime = builder.enable_all().build();
    runtime.context("failed to start the runtime")
}

/// What differs between `serve` and `demo`.
pub(super) struct Opening<'a, L> {
    /// Listened to since before there was anything to lose.
    pub(super) signals: Signals,
    /// Creates what is missing, and says what is printed when the server answers.
    pub(super) greet: &'a (dyn Fn(&House, &Config) -> Result<String> + Sync),
    /// What must be done even when somebody asks twice to stop.
    pub(super) leave: L,
}

/// Serves until a signal asks to stop.
pub(super) async fn serve<L: FnOnce() + Send + 'static>(
    opening: Opening<'_, L>,
    config: Config,
    log: &Log,
) -> Result<()> {
    let Opening {
        mut signals,
        greet,
        leave,
    } = opening;
    supervisor::survive_file_size()?;
    let dir = crate::data_dir::DataDir::at(&config.data_dir);
    dir.create()?;
    let lock = Arc::new(dir.lock()?);
    let house = Arc::new(House::open(&config)?);
    let listener = TcpListener::bind(config.listen)
        .await
        .with_context(|| format!("failed to listen on {}", config.listen))?;
    let address = listener.local_addr()?;
    lock.note_address(address);
    let config = Config {
        listen: address,
        ..config
    };
    let greeting = greet(&house, &config)?;

    let (news, _) = broadcast::channel(NEWS_COUNT_MAX);
    let ingest = Arc::new(wiring::ingest(&house, &config, news.clone())?);
    let unclean = tell_unclean(&lock, &ingest);
    ingest.start().context("failed to start the digest")?;
    let (stop, stopped) = watch::channel(false);
    let mut server = JoinSet::new();
    let mut nurse = Nurse::new(
        Arc::clone(&house),
        Arc::clone(&ingest),
        log.recent.clone(),
        config.spool_bytes_max,
        unclean,
    );
    let (told, vitals) = watch::channel(Arc::new(nurse.measure()));
    let print = metrics::print(&ingest, vitals.clone());
    if let Some(address) = config.metrics_listen {
        let (listener, router) = metrics::listener(address, Arc::clone(&print)).await?;
        server.spawn(http::serve(listener, router, stopped.clone()));
    }
    let seen = Seen {
        news,
        vitals,
        metrics: print,
    };
    let router = wiring::router(&house, &config, seen, stopped.clone(), &ingest);
    lock.note_start(house.now());
    server.spawn(nurse.watch(told, stopped.clone()));
    server.spawn(http::serve(listener, router, stopped));

    out::say(&greeting)?;
    tracing::info!(address = %address, data = %dir.path().display(), "listening");
    supervisor::tell(NotifyState::Ready);
    let digest = ingest.pulse();
    let mut aside = JoinSet::new();
    aside.spawn(supervisor::feed_watchdog(move || digest.beats()));
    wait_for_stop(&mut signals, &config, log).await;
    tracing::info!("stopping");
    supervisor::tell(NotifyState::Stopping);
    let held = Arc::clone(&lock);
    aside.spawn(signals.end_at_once(move || {
        held.note_stop();
        leave();
    }));
    stop.send_replace(true);
    finish(server, ingest).await?;
    lock.note_stop();
    tracing::info!("stopped");
    Ok(())
}

/// Says what a run that nobody stopped has left, if the last one was such.
fn tell_unclean(lock: &DirLock, ingest: &Ingest) -> Option<UncleanEnd> {
    let started = lock.unclean()?;
    let status = ingest.status();
    let waiting = status.appended.saturating_sub(status.committed);
    tracing::warn!(
        %started,
        waiting,
        "the last run ended without a stop: it was killed, crashed, or lost its power. The events \
         that wait since then are digested now, and nothing acknowledged is lost. Look for the \
         cause with journalctl and in the kernel's log: perhaps the memory was used up"
    );
    Some(UncleanEnd { started, waiting })
}

/// Lets requests and digest come to their ends.
async fn finish(mut server: JoinSet<()>, ingest: Arc<Ingest>) -> Result<()> {
    while let Some(ended) = server.join_next().await {
        ended.context("the server failed")?;
    }
    let drained = tokio::task::spawn_blocking(move || ingest.shutdown(DIGEST_DRAIN)).await;
    if !drained.context("the digest failed")? {
        tracing::info!("the rest waits in the spool and is digested after the next start");
    }
    Ok(())
}

/// Waits until the server shall stop; meanwhile follows changes of the configuration.
async fn wait_for_stop(signals: &mut Signals, config: &Config, log: &Log) {
    while let Wish::Reload = signals.next().await {
        match config.read_again().and_then(|config| log.reload(&config)) {
            Ok(()) => tracing::info!("took log_level; other settings change with a restart"),
            Err(error) => tracing::error!("failed to reload, nothing changed: {error:#}"),
        }
    }
}

/// The greeting, or its one line for scripts.
fn usual_greeting(args: &Args, house: &House, config: &Config) -> Result<String> {
    let greeting = greeting(house, config)?;
    if !args.json {
        return Ok(greeting);
    }
    let listening = format!("http://{}", config.listen);
    serde_json::to_string(&Listening { listening }).context("failed to print JSON")
}

/// Creates what an empty directory needs, and says how to begin.
fn greeting(house: &House, config: &Config) -> Result<String> {
    let ledger: &dyn Ledger = &*house.ledger;
    let base = config.base_url();
    let now = house.now();
    let mut lines = vec![format!("Watchpost is ready at {base}")];
    if ledger.orgs()?.is_empty() {
        let names = Names {
            org: "Main",
            project: "App",
        };
        let start = first_start::create(ledger, &names, now)?;
        lines.extend(introduction(&start, &base));
    }
    if !first_start::has_people(ledger)? {
        lines.extend(invitation(ledger, &base, now));
    }
    Ok(lines.join("\n"))
}

/// The link for the first user. On a full disk there is none until the next start; the rest of the
/// server is needed all the more.
fn invitation(ledger: &dyn Ledger, base: &str, now: Timestamp) -> Vec<String> {
    match first_start::setup_path(ledger, now) {
        Ok(path) => vec![
            format!("  Create the first user   {base}{path}"),
            "                          (works once, within 7 days)".to_owned(),
        ],
        Err(error) => {
            let error = format!("{error:#}");
            tracing::error!(
                error,
                "no link for the first user: restart when this is repaired"
            );
            Vec::new()
        }
    }
}

fn introduction(start: &Start, base: &str) -> Vec<String> {
    vec![
        String::new(),
        format!("  DSN for Sentry SDKs     {}", start.key.dsn(base)),
        format!("  Clients of 2010         SENTRY_REMOTE_URL = '{base}/store/'"),
        format!(
            "                          SENTRY_KEY = '{}'",
            start.key.secret
        ),
    ]
}
