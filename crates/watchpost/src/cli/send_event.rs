//! `watchpost send-event`: one event, sent the way an application would.

use std::sync::mpsc;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use serde::Serialize;
use watchpost_client::{Client, ClientOptions, Event, Level, Server};
use watchpost_store::KeyLedger;

use crate::config::{Config, local_url};
use crate::out;
use crate::wiring::House;

/// Longest wait for the server's answer.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(10);

/// Send one event to a server, to see that it arrives.
///
/// Without --dsn the event goes to the server of this data directory, with the key of its project.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Where to send it: a DSN, of this or any other Sentry server.
    #[arg(long)]
    dsn: Option<String>,
    /// Project of this data directory, by name in URLs or number; not needed if there is only one.
    #[arg(long, value_name = "PROJECT", conflicts_with = "dsn")]
    project: Option<String>,
    /// Speak the protocol of 2010 (`POST /store/`) instead of today's.
    #[arg(long, conflicts_with = "dsn")]
    seed: bool,
    /// The text.
    #[arg(default_value = "Test event from watchpost send-event")]
    message: String,
    /// How bad: debug, info, warning, error, fatal.
    #[arg(long, default_value = "error")]
    level: String,
    /// The logger that reports it.
    #[arg(long)]
    logger: Option<String>,
    /// A tag, `key=value`; may be given several times.
    #[arg(long = "tag", value_name = "KEY=VALUE")]
    tags: Vec<String>,
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Sent {
    id: String,
    server: String,
}

pub(crate) fn run(args: &Args, config: &Config) -> Result<()> {
    let server = server(args, config)?;
    let event = event(args)?;
    let sent = Sent {
        id: event.id().to_string(),
        server: server.url().to_owned(),
    };
    send(server, event)?;
    if args.json {
        return out::say_json(&sent);
    }
    out::say(&format!("{} accepted by {}", sent.id, sent.server))
}

fn server(args: &Args, config: &Config) -> Result<Server> {
    if let Some(dsn) = &args.dsn {
        return Ok(Server::dsn(dsn)?);
    }
    let house = House::open_existing(config)?;
    let (_, project) = house.project(args.project.as_deref())?;
    let keys = house.ledger.keys(project.id)?;
    let key = keys.iter().find(|key| key.active);
    let key = key.context("the project has no active key: `watchpost key create`")?;
    // To where the server listens, not to the public address: a proxy in front is not the test.
    let base = local_url(house.listen);
    if args.seed {
        return Ok(Server::seed(&format!("{base}/store/"), &key.secret)?);
    }
    Ok(Server::dsn(&key.dsn(&base))?)
}

fn event(args: &Args) -> Result<Event> {
    let level: watchpost_model::Level = args.level.parse().ok().with_context(|| {
        let names = watchpost_model::Level::ALL.map(watchpost_model::Level::name);
        format!(
            "`{}` is no level: it is one of {}",
            args.level,
            names.join(", ")
        )
    })?;
    let level = match level {
        watchpost_model::Level::Debug => Level::Debug,
        watchpost_model::Level::Info => Level::Info,
        watchpost_model::Level::Warning => Level::Warning,
        watchpost_model::Level::Error => Level::Error,
        watchpost_model::Level::Fatal => Level::Fatal,
    };
    let mut event = Event::text(args.message.clone()).with_level(level);
    if let Some(logger) = &args.logger {
        event = event.with_logger(logger);
    }
    for tag in &args.tags {
        let pair = tag.split_once('=');
        let (key, value) = pair.with_context(|| format!("`{tag}` is no KEY=VALUE"))?;
        event = event.with_tag(key, value);
    }
    Ok(event)
}

/// Sends it and waits for the answer; a failure is told as the client tells it.
fn send(server: Server, event: Event) -> Result<()> {
    let (failed, failures) = mpsc::channel();
    let options = ClientOptions::new()
        .server(server)
        .timeout(ANSWER_TIMEOUT)
        .on_failure(move |failure| {
            failed.send(failure.to_string()).ok();
        });
    let client = Client::new(options);
    client.capture(event);
    let waiting = client.close(ANSWER_TIMEOUT);
    if let Ok(reason) = failures.try_recv() {
        bail!("the event was not accepted: {reason}");
    }
    if waiting > 0 {
        bail!("no answer within {} s", ANSWER_TIMEOUT.as_secs());
    }
    Ok(())
}
