//! Lets a client that is refused in the middle of its request hear why. Whoever closes a connection
//! with bytes unread resets it, and a reset takes the answer away that was on its way. So we say
//! that nothing more comes from us, and let what still comes from the client fall, for a while.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use axum::body::{Bytes, HttpBody};
use hyper::body::{Frame, Incoming, SizeHint};
use tokio::io::{AsyncRead, ReadBuf};
use tokio::time::{Instant, Sleep, sleep};

use super::wire::Wire;
use crate::limits::{LINGER_LOOK_PAUSE, LINGER_TIMEOUT};

/// Bytes that fall at once.
const PART_BYTES: usize = 16 * 1024;

/// The body of a request. Let go of before its end, it tells the wire.
pub(super) struct Noted {
    body: Incoming,
    wire: Wire,
    is_over: bool,
}

impl Noted {
    pub(super) fn new(body: Incoming, wire: Wire) -> Self {
        Self {
            body,
            wire,
            is_over: false,
        }
    }
}

impl HttpBody for Noted {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        let frame = ready!(Pin::new(&mut self.body).poll_frame(context));
        self.is_over = !matches!(frame, Some(Ok(_)));
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl Drop for Noted {
    fn drop(&mut self) {
        if !self.is_over && !self.body.is_end_stream() {
            self.wire.cut();
        }
    }
}

/// The time in which what a client still sends falls.
pub(super) struct Linger {
    end: Instant,
    /// Until the next look at whether others wait for the place.
    sleep: Pin<Box<Sleep>>,
}

impl Linger {
    pub(super) fn new() -> Self {
        Self {
            end: Instant::now() + LINGER_TIMEOUT,
            sleep: Box::pin(sleep(LINGER_LOOK_PAUSE)),
        }
    }

    /// Ready when the client has ended, too, the time is over, or others wait for the place.
    pub(super) fn poll<I: AsyncRead + Unpin>(
        &mut self,
        io: &mut I,
        wire: &Wire,
        context: &mut Context<'_>,
    ) -> Poll<()> {
        let mut part = [0; PART_BYTES];
        while wire.lingers() && Instant::now() < self.end {
            if self.sleep.as_mut().poll(context).is_ready() {
                let next = Instant::now() + LINGER_LOOK_PAUSE;
                self.sleep.as_mut().reset(next.min(self.end));
                continue;
            }
            let mut buffer = ReadBuf::new(&mut part);
            let read = ready!(Pin::new(&mut *io).poll_read(context, &mut buffer));
            if read.is_err() || buffer.filled().is_empty() {
                break;
            }
        }
        Poll::Ready(())
    }
}
