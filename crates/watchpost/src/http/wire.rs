//! What one connection knows about the request heads that come in on it: when the first byte of one
//! came, and its bytes as they were. hyper has one timer for a silent connection and for a head
//! that arrives, and tells nobody of a `Content-Length` beside a `Transfer-Encoding`.
//!
//! ```text
//!            hyper waits: HeadTimer          first byte: Watched         service is called: begin
//! Busy ───────────────────────────▶ Silent ──────────────────────▶ Head ──────────────────▶ Busy
//!                                   75 s, or 10 s                  10 s
//! ```
//! What comes after an answer that ends the connection is the matter of `linger.rs`.

use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, ready};

use axum::http::{HeaderMap, header};
use hyper::rt::{Sleep, Timer};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::sync::Semaphore;
use tokio::time::Instant;

use super::linger::Linger;
use crate::limits::{HEAD_BYTES_MAX, HEAD_TIMEOUT, IDLE_TIMEOUT};

/// One connection, as its I/O, its timer and its service see it.
#[derive(Clone)]
pub(super) struct Wire {
    state: Arc<Mutex<State>>,
    /// One permit for each connection that could still be taken.
    places: Arc<Semaphore>,
}

struct State {
    stage: Stage,
    /// A request has been here before.
    is_kept: bool,
    /// What came since hyper waits for a head.
    head: Vec<u8>,
    /// The request is answered, or will be, before all of it is read.
    is_cut: bool,
}

#[derive(Clone, Copy)]
enum Stage {
    /// Nothing of the next request, since then.
    Silent(Instant),
    /// Its first byte came then.
    Head(Instant),
    /// It is read and answered.
    Busy,
}

impl Wire {
    pub(super) fn new(places: Arc<Semaphore>) -> Self {
        let state = State {
            stage: Stage::Busy,
            is_kept: false,
            head: Vec::new(),
            is_cut: false,
        };
        Self {
            state: Arc::new(Mutex::new(state)),
            places,
        }
    }

    /// The request that hyper has read: its head's bytes, as far as they came after the answer to
    /// the one before.
    pub(super) fn begin(&self) -> Vec<u8> {
        let mut state = self.lock();
        state.stage = Stage::Busy;
        state.is_kept = true;
        std::mem::take(&mut state.head)
    }

    /// Nobody reads the rest of the request.
    pub(super) fn cut(&self) {
        self.lock().is_cut = true;
    }

    /// Whether to wait for the client's end before the connection is closed: it may be sending
    /// still, and nobody waits for its place.
    pub(super) fn lingers(&self) -> bool {
        self.lock().is_cut && self.places.available_permits() > 0
    }

    /// hyper waits for a request.
    fn wait(&self) {
        let mut state = self.lock();
        state.is_cut = false;
        state.stage = Stage::Silent(Instant::now());
        state.head.clear();
    }

    fn received(&self, bytes: &[u8]) {
        let mut state = self.lock();
        match state.stage {
            Stage::Busy => return,
            Stage::Silent(_) => state.stage = Stage::Head(Instant::now()),
            Stage::Head(_) => {}
        }
        let room = HEAD_BYTES_MAX.saturating_sub(state.head.len());
        let bytes = bytes.get(..room).unwrap_or(bytes);
        state.head.extend_from_slice(bytes);
    }

    /// When the client's time is over. One that is only kept makes way when all places are taken.
    fn due(&self) -> Option<Instant> {
        let state = self.lock();
        match state.stage {
            Stage::Busy => None,
            Stage::Silent(since) if state.is_kept && self.places.available_permits() > 0 => {
                Some(since + IDLE_TIMEOUT)
            }
            Stage::Silent(since) | Stage::Head(since) => Some(since + HEAD_TIMEOUT),
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // Nothing panics while it is held; should it, the state is whole all the same.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether a chunked request may have had a length beside it, so that a proxy may have seen another
/// end of it (I07). hyper takes the length away; `head` is what came on the wire.
///
/// Of a request that came together with the one before, `head` is not whole. Then it has fewer
/// lines than hyper knows, or no request line of its own, and the request counts as ambiguous:
/// nobody who means well sends chunks that early.
pub(super) fn is_ambiguous(head: &[u8], headers: &HeaderMap) -> bool {
    if !headers.contains_key(header::TRANSFER_ENCODING) {
        return false;
    }
    let lines = head.split(|byte| *byte == b'\n');
    let lines = lines.map(|line| line.strip_suffix(b"\r").unwrap_or(line));
    let mut lines = lines.skip_while(|line| line.is_empty());
    let has_start = lines
        .next()
        .is_some_and(|line| line.ends_with(b" HTTP/1.1"));
    let names = lines
        .take_while(|line| !line.is_empty())
        .map(|line| line.split(|byte| *byte == b':').next().unwrap_or_default());
    let mut count = 0;
    let mut has_length = false;
    for name in names {
        count += 1;
        has_length |= name.trim_ascii().eq_ignore_ascii_case(b"content-length");
    }
    has_length || !has_start || count != headers.len()
}

/// Tells the wire what is read.
pub(super) struct Watched<I> {
    io: I,
    wire: Wire,
    /// Our side has ended.
    is_shut: bool,
    linger: Option<Linger>,
}

impl<I> Watched<I> {
    pub(super) fn new(io: I, wire: Wire) -> Self {
        Self {
            io,
            wire,
            is_shut: false,
            linger: None,
        }
    }
}

impl<I: AsyncRead + Unpin> AsyncRead for Watched<I> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        ready!(Pin::new(&mut self.io).poll_read(context, buffer))?;
        match buffer.filled().get(before..) {
            None | Some([]) => {}
            Some(new) => self.wire.received(new),
        }
        Poll::Ready(Ok(()))
    }
}

impl<I: AsyncRead + AsyncWrite + Unpin> AsyncWrite for Watched<I> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.io).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = &mut *self;
        if !this.is_shut {
            ready!(Pin::new(&mut this.io).poll_shutdown(context))?;
            this.is_shut = true;
            this.linger = this.wire.lingers().then(Linger::new);
        }
        if let Some(linger) = &mut this.linger {
            ready!(linger.poll(&mut this.io, &this.wire, context));
        }
        Poll::Ready(Ok(()))
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        parts: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.io).poll_write_vectored(context, parts)
    }

    fn is_write_vectored(&self) -> bool {
        self.io.is_write_vectored()
    }
}

/// hyper's timer, which it asks for a sleep each time it waits for a head and for nothing else.
/// How long is decided here, as the wire goes on.
pub(super) struct HeadTimer(pub(super) Wire);

impl Timer for HeadTimer {
    fn sleep(&self, _: std::time::Duration) -> Pin<Box<dyn Sleep>> {
        self.0.wait();
        Box::pin(HeadSleep {
            wire: self.0.clone(),
            sleep: Box::pin(tokio::time::sleep(HEAD_TIMEOUT)),
        })
    }

    fn sleep_until(&self, _: std::time::Instant) -> Pin<Box<dyn Sleep>> {
        self.sleep(HEAD_TIMEOUT)
    }

    fn now(&self) -> std::time::Instant {
        Instant::now().into()
    }
}

/// Ends when the client's time is over.
struct HeadSleep {
    wire: Wire,
    sleep: Pin<Box<tokio::time::Sleep>>,
}

impl Sleep for HeadSleep {}

impl Future for HeadSleep {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        loop {
            let now = Instant::now();
            // At the latest then is looked whether other connections wait for a place.
            let mut look = now + HEAD_TIMEOUT;
            match self.wire.due() {
                Some(due) if due <= now => return Poll::Ready(()),
                Some(due) => look = look.min(due),
                None => {}
            }
            self.sleep.as_mut().reset(look);
            ready!(self.sleep.as_mut().poll(context));
        }
    }
}
