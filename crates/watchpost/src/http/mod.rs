//! Accepts connections and hands requests to the router, within bounds, until told to stop.

mod linger;
mod wire;

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;

use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::{Json, Router};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::{HttpService, service_fn};
use hyper_util::rt::TokioIo;
use hyper_util::server::graceful::GracefulShutdown;
use rustix::process::{Resource, getrlimit, setrlimit};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;
use tower::ServiceExt;

use self::linger::Noted;
use self::wire::{HeadTimer, Watched, Wire, is_ambiguous};
use crate::limits::{
    ACCEPT_PAUSE, CONNECTION_COUNT_MAX, DRAIN, FILE_COUNT_RESERVED, FILE_COUNT_WANTED,
    HEAD_BYTES_MAX, HEAD_TIMEOUT, HEADER_COUNT_MAX,
};

/// Serves until `stop` turns true, then finishes what is under way.
pub(crate) async fn serve(listener: TcpListener, router: Router, stop: watch::Receiver<bool>) {
    let places = Arc::new(Semaphore::new(connection_count_max()));
    serve_among(places, listener, router, stop).await;
}

/// As [`serve`], with as many connections at once as there are places.
async fn serve_among(
    places: Arc<Semaphore>,
    listener: TcpListener,
    router: Router,
    mut stop: watch::Receiver<bool>,
) {
    let graceful = GracefulShutdown::new();
    let mut connections = JoinSet::new();
    loop {
        let accepted = tokio::select! {
            accepted = accept(&listener, &places) => accepted,
            _ = stop.wait_for(|stop| *stop) => break,
        };
        while connections.try_join_next().is_some() {}
        let (stream, peer, place) = accepted;
        // Answers are small and complete: waiting to fill a packet only delays them.
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(error = %error, "failed to switch off Nagle's algorithm");
        }
        let wire = Wire::new(Arc::clone(&places));
        let connection = connection(stream, peer, router.clone(), wire);
        let connection = graceful.watch(connection);
        connections.spawn(async move {
            if let Err(error) = connection.await {
                tracing::debug!(error = %error, peer = %peer, "connection ended early");
            }
            drop(place);
        });
    }
    drop(listener);
    if tokio::time::timeout(DRAIN, graceful.shutdown())
        .await
        .is_err()
    {
        tracing::info!("closing connections that are still open");
    }
    connections.shutdown().await;
}

/// As many as the system grants files for, less those that stores and spool need; without that,
/// idle connections could take the last file from the spool.
fn connection_count_max() -> usize {
    let granted = raise_file_limit().and_then(|files| usize::try_from(files).ok());
    let granted = granted.unwrap_or(usize::MAX);
    let spare = granted.saturating_sub(FILE_COUNT_RESERVED).max(1);
    spare.min(CONNECTION_COUNT_MAX)
}

/// Raises the soft limit on open files to the hard one. `None` when there is no limit.
fn raise_file_limit() -> Option<u64> {
    let mut limit = getrlimit(Resource::Nofile);
    let wanted = limit
        .maximum
        .map_or(FILE_COUNT_WANTED, |hard| hard.min(FILE_COUNT_WANTED));
    if limit.current.is_some_and(|soft| soft < wanted) {
        limit.current = Some(wanted);
        if let Err(error) = setrlimit(Resource::Nofile, limit) {
            tracing::warn!(error = %error, "failed to raise the limit on open files");
        }
    }
    getrlimit(Resource::Nofile).current
}

type Place = tokio::sync::OwnedSemaphorePermit;

async fn accept(listener: &TcpListener, places: &Arc<Semaphore>) -> (TcpStream, SocketAddr, Place) {
    loop {
        // The semaphore is never closed; should it be, waiting is right: the server is ending.
        let Ok(place) = Arc::clone(places).acquire_owned().await else {
            std::future::pending::<()>().await;
            continue;
        };
        match listener.accept().await {
            Ok((stream, peer)) => return (stream, peer, place),
            Err(error) => {
                tracing::warn!(error = %error, "failed to accept a connection");
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}

/// One connection: HTTP/1.1, with bounds on the request head.
fn connection<I: AsyncRead + AsyncWrite + Unpin>(
    io: I,
    peer: SocketAddr,
    router: Router,
    wire: Wire,
) -> http1::Connection<
    TokioIo<Watched<I>>,
    impl HttpService<Incoming, ResBody = Body, Error = Infallible, Future: Send>,
> {
    let timer = HeadTimer(wire.clone());
    let watched = TokioIo::new(Watched::new(io, wire.clone()));
    let service = service_fn(move |request| answer(&wire, router.clone(), peer, request));
    http1::Builder::new()
        .timer(timer)
        .header_read_timeout(HEAD_TIMEOUT)
        .max_buf_size(HEAD_BYTES_MAX)
        .max_headers(HEADER_COUNT_MAX)
        .serve_connection(watched, service)
}

/// Refuses what a proxy may have read in another way, and gives the rest to the router.
fn answer(
    wire: &Wire,
    router: Router,
    peer: SocketAddr,
    mut request: hyper::Request<Incoming>,
) -> impl Future<Output = Result<Response, Infallible>> + Send + use<> {
    let head = wire.begin();
    let is_ambiguous = is_ambiguous(&head, request.headers());
    request.extensions_mut().insert(ConnectInfo(peer));
    let request = request.map(|body| Noted::new(body, wire.clone()));
    async move {
        if is_ambiguous {
            return Ok(refusal());
        }
        router.oneshot(request.map(Body::new)).await
    }
}

/// The connection ends with it: where the next request begins is in doubt.
fn refusal() -> Response {
    let body = serde_json::json!({
        "detail": "the request has both a Transfer-Encoding and a Content-Length"
    });
    let close = [(header::CONNECTION, "close")];
    (StatusCode::BAD_REQUEST, close, Json(body)).into_response()
}

#[cfg(test)]
mod tests;
