//! `bench floor`: the least that a durable intake has to do, as a bare program, under the same
//! load as Watchpost. What Watchpost costs beyond it is the price of what it does more.
//!
//! ```text
//! read body ─▶ inflate ─▶ one pass over the JSON ─▶ append ─▶ fdatasync for all who wait ─▶ 200
//!              └─ left out with --raw ───────────┘
//! ```

use std::io::{Read, Write};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::Command;
use std::sync::Arc;

use anyhow::Context;
use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::header::CONTENT_ENCODING;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use serde::de::IgnoredAny;
use tokio::sync::{mpsc, oneshot};

use crate::body::Target;
use crate::lab::{self, Lab, Options};
use crate::load;
use crate::process::Process;
use crate::report::{Report, Row};

/// Bytes that an event may inflate to.
const EVENT_BYTES_MAX: u64 = 4 * 1024 * 1024;
/// Bodies that are written and synced together.
const BATCH_COUNT_MAX: usize = 4096;

#[derive(clap::Args)]
pub(crate) struct ServerArgs {
    /// Where bodies are appended; the file is emptied first.
    #[arg(long, value_name = "FILE")]
    file: PathBuf,
    /// Append bodies as they came, without a look into them.
    #[arg(long)]
    raw: bool,
}

#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    options: Options,
}

/// Watchpost and both floors under the same load, with ratios.
pub(crate) async fn run(args: &Args) -> anyhow::Result<()> {
    let options = &args.options;
    let lab = Lab::open(options).await?;
    let load_before = lab.load_before;
    let mut rows = vec![lab.row("Watchpost").await?];
    lab.verify()?;
    rows.push(measure(options, false).await?);
    rows.push(measure(options, true).await?);
    let rows = ratios(rows);
    let section = "floor";
    lab::publish(options, load_before, &Report { section, rows })
}

/// The floor under the load of `options`; `raw` without inflating and parsing.
pub(crate) async fn measure(options: &Options, raw: bool) -> anyhow::Result<Row> {
    let file = options.dir.join("floor.log");
    let mut command = Command::new(std::env::current_exe()?);
    command.arg("floor-server").arg("--file").arg(&file);
    if raw {
        command.arg("--raw");
    }
    let process = Process::start(&mut command, &options.dir.join("floor.errors"))?;
    let target = Target::of_dsn("http://key@floor/1", process.address)?;
    let source = lab::source(options, &target, process.address)?;
    lab::warm_up(options, &source).await?;
    let before = process.usage();
    let sent = load::send(&source, options.plan(options.pace())).await?;
    let cost = process.usage().since(before);
    let name = if raw { "floor, unread" } else { "floor" };
    let row = lab::subject_row(options, name, &sent, &cost, process.memory()?);
    drop(process);
    std::fs::remove_file(file)?;
    Ok(row)
}

/// Adds to each row how its rate compares with that of the first.
pub(crate) fn ratios(rows: Vec<Row>) -> Vec<Row> {
    let rate = |row: &Row| row.get("accepted/s").unwrap_or(0.0);
    let ours = rows.first().map_or(0.0, rate);
    rows.into_iter()
        .map(|row| {
            let ratio = ours / rate(&row).max(1e-9);
            row.figure("Watchpost ÷ this", ratio)
        })
        .collect()
}

/// A body on its way to the disk, and who waits for it.
struct Waiting {
    body: Vec<u8>,
    synced: oneshot::Sender<bool>,
}

/// Serves until it is killed; prints its address first, as `serve --json` does.
pub(crate) fn serve(args: &ServerArgs) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    let (queue, waiting) = mpsc::channel(BATCH_COUNT_MAX);
    let file = std::fs::File::create(&args.file)
        .with_context(|| format!("failed to create {}", args.file.display()))?;
    std::thread::spawn(move || write(file, waiting));
    runtime.block_on(listen(queue, args.raw))
}

async fn listen(queue: mpsc::Sender<Waiting>, raw: bool) -> anyhow::Result<()> {
    let listener = tokio::net::TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], 0))).await?;
    println!("{{\"listening\":\"http://{}\"}}", listener.local_addr()?);
    let queue = Arc::new(queue);
    let mut connections = tokio::task::JoinSet::new();
    loop {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        while connections.try_join_next().is_some() {}
        let queue = Arc::clone(&queue);
        connections.spawn(async move {
            let service =
                hyper::service::service_fn(|request| answer(request, Arc::clone(&queue), raw));
            let http = hyper::server::conn::http1::Builder::new();
            // A connection that breaks concerns only its client.
            let _ = http.serve_connection(TokioIo::new(stream), service).await;
        });
    }
}

async fn answer(
    request: Request<Incoming>,
    queue: Arc<mpsc::Sender<Waiting>>,
    raw: bool,
) -> anyhow::Result<Response<Full<Bytes>>> {
    let is_gzip = request
        .headers()
        .get(CONTENT_ENCODING)
        .is_some_and(|coding| coding == "gzip");
    let body = request.into_body().collect().await?.to_bytes();
    let body = if raw {
        Ok(body.to_vec())
    } else {
        checked(&body, is_gzip)
    };
    let Ok(body) = body else {
        return Ok(plain(StatusCode::BAD_REQUEST, "no"));
    };
    let (synced, done) = oneshot::channel();
    let _ = queue.send(Waiting { body, synced }).await;
    Ok(match done.await {
        Ok(true) => plain(
            StatusCode::OK,
            "{\"id\":\"00000000000000000000000000000000\"}",
        ),
        _ => plain(StatusCode::SERVICE_UNAVAILABLE, "the disk failed"),
    })
}

fn plain(status: StatusCode, text: &'static str) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(Bytes::from_static(text.as_bytes())));
    *response.status_mut() = status;
    response
}

/// The envelope, inflated; its event is JSON.
fn checked(body: &[u8], is_gzip: bool) -> anyhow::Result<Vec<u8>> {
    let mut envelope = Vec::with_capacity(body.len() * 4);
    if is_gzip {
        let decoder = flate2::bufread::GzDecoder::new(body);
        decoder.take(EVENT_BYTES_MAX).read_to_end(&mut envelope)?;
    } else {
        envelope.extend_from_slice(body);
    }
    let mut lines = envelope.splitn(3, |byte| *byte == b'\n');
    let event = lines.nth(2).context("an envelope of three lines")?;
    serde_json::from_slice::<IgnoredAny>(event)?;
    Ok(envelope)
}

/// The writer: one write and one sync for everybody who waits.
fn write(mut file: std::fs::File, mut waiting: mpsc::Receiver<Waiting>) {
    let mut batch = Vec::new();
    let mut bytes = Vec::new();
    while waiting.blocking_recv_many(&mut batch, BATCH_COUNT_MAX) > 0 {
        bytes.clear();
        for one in &batch {
            bytes.extend_from_slice(&one.body);
        }
        let is_synced = file
            .write_all(&bytes)
            .and_then(|()| file.sync_data())
            .is_ok();
        for one in batch.drain(..) {
            // Somebody who hung up waits no more.
            let _ = one.synced.send(is_synced);
        }
    }
}
