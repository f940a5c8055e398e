//! `watchpost serve`: the server.

use std::net::SocketAddr;
use std::time::Duration;

use anyhow::{Context, Result};
use serde::Serialize;
use tokio::net::TcpListener;
use tokio::sync::{broadcast, watch};
use tokio::task::JoinSet;
use watchpost_model::Timestamp;
use watchpost_store::Ledger;

use crate::config::Config;
use crate::first_start::{self, Names, Start};
use crate::signals::{self, StopSignals};
use crate::wiring::{self, House};
use crate::{http, logging, out, panics};

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
    logging::init(&config)?;
    panics::log_all();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .context("failed to start the runtime")?;
    runtime.block_on(serve(args, config))
}

async fn serve(args: &Args, config: Config) -> Result<()> {
    signals::survive_file_size()?;
    let dir = crate::data_dir::DataDir::at(&config.data_dir);
    dir.create()?;
    let mut lock = dir.lock()?;
    let house = House::open(&config)?;
    let listener = TcpListener::bind(config.listen)
        .await
        .with_context(|| format!("failed to listen on {}", config.listen))?;
    let address = listener.local_addr()?;
    lock.note_address(address);
    let config = Config {
        listen: address,
        ..config
    };
    let greeting = greeting(&house, &config)?;

    let (news, _) = broadcast::channel(NEWS_COUNT_MAX);
    let ingest = wiring::ingest(&house, &config, news.clone())?;
    ingest.start().context("failed to start the digest")?;
    let (stop, stopped) = watch::channel(false);
    let router = wiring::router(&house, &config, news, stopped.clone(), &ingest);
    let mut server = JoinSet::new();
    server.spawn(http::serve(listener, router, stopped));

    // Before anybody is told that the server is there, and may want it to stop.
    let mut stop_signals = StopSignals::listen()?;
    if args.json {
        out::say_json(&Listening {
            listening: format!("http://{address}"),
        })?;
    } else {
        out::say(&greeting)?;
    }
    tracing::info!(address = %address, data = %dir.path().display(), "listening");
    stop_signals.received().await;
    tracing::info!("stopping");
    stop.send_replace(true);
    while let Some(ended) = server.join_next().await {
        ended.context("the server failed")?;
    }
    let drained = tokio::task::spawn_blocking(move || ingest.shutdown(DIGEST_DRAIN)).await;
    if !drained.context("the digest failed")? {
        tracing::info!("the rest waits in the spool and is digested after the next start");
    }
    tracing::info!("stopped");
    Ok(())
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
