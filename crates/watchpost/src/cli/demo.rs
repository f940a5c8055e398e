//! `watchpost demo`: a month of an invented company, to look at.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use anyhow::{Context, Result};
use serde::Serialize;
use tempfile::TempDir;
use watchpost_demo::{EVENT_COUNT_MAX, EVENT_COUNT_MIN, EVENT_COUNT_USUAL, Month, PEOPLE, Plan};
use watchpost_model::{Clock, Timestamp};
use watchpost_web::secret::draw_hex_32;

use crate::cli::progress;
use crate::cli::serve::{self, Opening};
use crate::clock::SystemClock;
use crate::config::Config;
use crate::supervisor::{Signals, Wish};
use crate::{demo, logging, requests};

/// Tries to remove the folder: a thread that ends may still write into it.
const REMOVE_TRY_COUNT: usize = 10;

/// Serve a made-up month to look at: projects, people, releases and a few dozen issues.
///
/// Everything is in a temporary folder that is removed at the end; your own data is not touched,
/// and of the configuration only what concerns the log is used. The same seed gives the same month.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Port to listen on, on this machine only; 0 takes a free one.
    #[arg(long, default_value_t = 0)]
    port: u16,
    /// Decides everything that is left to chance [default: another one each time, and printed].
    #[arg(long)]
    seed: Option<u64>,
    /// How many events the month has.
    #[arg(
        long, default_value_t = EVENT_COUNT_USUAL,
        value_parser = clap::value_parser!(u64).range(EVENT_COUNT_MIN..=EVENT_COUNT_MAX),
    )]
    events: u64,
    /// When the month ends: a moment such as 2026-03-01T12:00:00Z [default: now].
    #[arg(long, value_name = "TIME", value_parser = moment, hide = true)]
    until: Option<Timestamp>,
    /// Print one JSON object once the server answers: listening, email, password, seed, events.
    #[arg(long)]
    json: bool,
}

/// What scripts need.
#[derive(Serialize)]
struct Ready {
    listening: String,
    email: String,
    password: String,
    seed: u64,
    events: u64,
}

pub(crate) fn run(args: &Args, config: &Config) -> Result<()> {
    let folder = tempfile::Builder::new().prefix("watchpost-demo-").tempdir();
    let folder = folder.context("failed to make a temporary folder")?;
    let config = Config {
        file: config.file.clone(),
        data_dir: folder.path().join("data"),
        listen: SocketAddr::from((Ipv4Addr::LOCALHOST, args.port)),
        log_format: config.log_format,
        log_level: config.log_level.clone(),
        is_demo: true,
        ..Config::default()
    };
    let done = serve_month(args, config, folder.path().to_owned());
    remove(folder)?;
    done
}

fn serve_month(args: &Args, config: Config, folder: PathBuf) -> Result<()> {
    let log = logging::start(&Config {
        // Each thing that the server says would be about the month, not about the server.
        log_level: quieter(&config.log_level),
        ..config.clone()
    })?;
    requests::log_panics();
    let random = draw_hex_32()?;
    let drawn = random
        .get(..8)
        .and_then(|part| u64::from_str_radix(part, 16).ok());
    let month = Month {
        seed: args.seed.or(drawn).unwrap_or_default(),
        until: args.until.unwrap_or_else(|| SystemClock.now()),
        events: args.events,
    };
    let password = random.get(8..20).unwrap_or_default();
    serve::runtime()?.block_on(async {
        let mut signals = Signals::new()?;
        let bar = progress::spinner("living through a month");
        let plan = Plan::new(month);
        let living = Box::pin(demo::live(&config, &plan, password));
        let lived = tokio::select! {
            lived = living => Some(lived),
            () = stop(&mut signals) => None,
        };
        bar.finish_and_clear();
        let Some(lived) = lived else { return Ok(()) };
        lived.context("failed to live through the month")?;
        let opening = Opening {
            signals,
            greet: &|_, config| greeting(args, &month, password, config),
            leave: move || drop(std::fs::remove_dir_all(&folder)),
        };
        Box::pin(serve::serve(opening, config, &log)).await
    })
}

/// Ready when a signal asks to stop.
async fn stop(signals: &mut Signals) {
    while let Wish::Reload = signals.next().await {}
}

/// Warnings only, unless somebody wants to see something else than usual.
fn quieter(level: &str) -> String {
    let usual = Config::default().log_level;
    if level == usual { "warn" } else { level }.to_owned()
}

fn greeting(args: &Args, month: &Month, password: &str, config: &Config) -> Result<String> {
    let base = config.base_url();
    let [viewer, ..] = PEOPLE;
    let (email, seed) = (viewer.email(), month.seed);
    if args.json {
        let ready = Ready {
            listening: base,
            email,
            password: password.to_owned(),
            seed,
            events: month.events,
        };
        return serde_json::to_string(&ready).context("failed to print JSON");
    }
    let events = month.events;
    let lines = [
        format!("A month of Kranich Tea, which does not exist, is ready at {base}"),
        format!("  E-mail     {email}"),
        format!("  Password   {password}"),
        format!("  Seed       {seed}   ({events} events; the same seed gives the same month)"),
        String::new(),
        "Look first at".to_owned(),
        "  GatewayTimeout in Tea shop: a spike four days ago, with what people said".to_owned(),
        "  is:regressed in the search: issues that came back after they were resolved".to_owned(),
        "  Shop window: three issues merged into one, and texts from right to left".to_owned(),
        "  Till (2010): reported by the first protocol there was".to_owned(),
        String::new(),
        "Ctrl-C ends it, and all of it is gone.".to_owned(),
    ];
    Ok(lines.join("\n"))
}

fn moment(text: &str) -> Result<Timestamp, &'static str> {
    Timestamp::parse_rfc3339(text).ok_or("expected a moment such as 2026-03-01T12:00:00Z")
}

/// Removes everything, also what is written meanwhile.
fn remove(folder: TempDir) -> Result<()> {
    let path = folder.keep();
    let mut tries = 1;
    loop {
        match std::fs::remove_dir_all(&path) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                if tries == REMOVE_TRY_COUNT {
                    let what = format!("failed to remove {}", path.display());
                    return Err(error).context(what);
                }
            }
            _ => return Ok(()),
        }
        tries += 1;
    }
}
