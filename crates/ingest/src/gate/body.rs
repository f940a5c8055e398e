//! Reads a body: decoded while it arrives, within the bounds of the door, of the whole server, and
//! of time. Called by every door that takes one.

use std::time::Duration;

use axum::body::Body;
use axum::http::header;
use axum::http::request::Parts;
use http_body_util::BodyExt;
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::{Instant, timeout_at};
use watchpost_protocol::encoding::{DecodeLimits, Decoder};

use super::{Gate, client};
use crate::error::GateError;
use crate::limits::{
    BODY_BYTES_PER_SEC_MIN, BODY_GRACE, DECODE_STEP_BYTES, REFUSED_BODY_BYTES_MAX,
    REFUSED_BODY_TIME_MAX,
};

/// A decoded body, and its share of the memory budget.
#[derive(Debug)]
pub(crate) struct Held {
    pub(crate) bytes: Vec<u8>,
    /// Given back when the request is answered.
    _share: Share,
}

/// Kibibytes of the budget that a request holds.
#[derive(Debug, Default)]
struct Share {
    permits: Option<OwnedSemaphorePermit>,
}

/// The budget counts in these, so that 32 bits are enough for it.
const SHARE_BYTES: usize = 1024;

/// Reads and decodes the whole body.
pub(crate) async fn read(
    gate: &Gate,
    head: &Parts,
    body: Body,
    bytes_max: usize,
) -> Result<Held, GateError> {
    let body = admit(gate, body).await?;
    check_length(head, bytes_max)?;
    let coding = content_encoding(head);
    let mut decoder = Decoder::for_header(coding.as_deref(), DecodeLimits::bytes(bytes_max))?;
    let step = if decoder.is_identity() {
        usize::MAX
    } else {
        DECODE_STEP_BYTES
    };
    let mut share = Share::default();
    let mut arrival = Arrival::new(gate, body);
    while let Some(chunk) = arrival.next().await? {
        // However well a chunk is compressed, it cannot get far ahead of the budget.
        for part in chunk.chunks(step) {
            decoder.push(part)?;
            let held = decoder.held_bytes();
            share.grow(gate, decoder.decoded_bytes().saturating_add(held))?;
        }
    }
    let bytes = decoder.finish()?;
    share.grow(gate, bytes.len())?;
    Ok(Held {
        bytes,
        _share: share,
    })
}

/// Whether anything is accepted at all. Asked before a body is read.
async fn admit(gate: &Gate, body: Body) -> Result<Body, GateError> {
    match gate.warden.closed() {
        Some(closed) => Err(refuse(body, GateError::Closed(closed)).await),
        None => Ok(body),
    }
}

/// Refuses a body unread. The rest of a small one is thrown away as it comes, because a client
/// that is cut off while it sends may never see the answer.
pub(crate) async fn refuse(mut body: Body, error: GateError) -> GateError {
    let rest = async {
        let mut bytes = 0;
        while let Some(Ok(frame)) = body.frame().await {
            bytes += frame.data_ref().map_or(0, axum::body::Bytes::len);
            if bytes > REFUSED_BODY_BYTES_MAX {
                break;
            }
        }
    };
    // However it ends, the answer is the same.
    let _ = tokio::time::timeout(REFUSED_BODY_TIME_MAX, rest).await;
    error
}

/// Reads a body that nobody wants, so that the connection can be used again.
pub(crate) async fn discard(
    gate: &Gate,
    head: &Parts,
    body: Body,
    bytes_max: usize,
) -> Result<(), GateError> {
    let body = admit(gate, body).await?;
    check_length(head, bytes_max)?;
    let mut arrival = Arrival::new(gate, body);
    let mut total = 0;
    while let Some(chunk) = arrival.next().await? {
        total += chunk.len();
        if total > bytes_max {
            let limit_bytes = bytes_max;
            return Err(GateError::TooLarge { limit_bytes });
        }
    }
    Ok(())
}

/// A body on its way, with its deadlines (I08).
struct Arrival {
    body: Body,
    pause_max: Duration,
    time_max: Duration,
    start: Instant,
    /// What came so far, as it was on the wire.
    wire_bytes: u64,
}

impl Arrival {
    fn new(gate: &Gate, body: Body) -> Self {
        Self {
            body,
            pause_max: gate.config.body_pause_max,
            time_max: gate.config.body_time_max,
            start: Instant::now(),
            wire_bytes: 0,
        }
    }

    /// When the next piece has to be there: no long pause, no slower than the least rate, and an
    /// end to it all.
    fn deadline(&self, now: Instant) -> Instant {
        let paid = Duration::from_secs(self.wire_bytes / BODY_BYTES_PER_SEC_MIN);
        let steady = self.start + BODY_GRACE.saturating_add(paid);
        let pause = now + self.pause_max;
        pause.min(steady).min(self.start + self.time_max)
    }

    /// The next piece; `None` at the end.
    async fn next(&mut self) -> Result<Option<axum::body::Bytes>, GateError> {
        loop {
            let frame = timeout_at(self.deadline(Instant::now()), self.body.frame()).await;
            let late = "it did not arrive in time";
            let frame = frame.map_err(|_| GateError::Interrupted { reason: late })?;
            let Some(frame) = frame else { return Ok(None) };
            let broken = "the connection broke";
            let frame = frame.map_err(|_| GateError::Interrupted { reason: broken })?;
            // Trailers are of no interest.
            if let Ok(chunk) = frame.into_data() {
                self.wire_bytes = self.wire_bytes.saturating_add(chunk.len() as u64);
                return Ok(Some(chunk));
            }
        }
    }
}

impl Share {
    /// Makes the share large enough for `bytes`, or refuses.
    fn grow(&mut self, gate: &Gate, bytes: usize) -> Result<(), GateError> {
        let held = self
            .permits
            .as_ref()
            .map_or(0, OwnedSemaphorePermit::num_permits);
        let missing = bytes.div_ceil(SHARE_BYTES).saturating_sub(held);
        if missing == 0 {
            return Ok(());
        }
        let missing = u32::try_from(missing).unwrap_or(u32::MAX);
        let more = std::sync::Arc::clone(&gate.budget).try_acquire_many_owned(missing);
        let more = more.map_err(|_| GateError::Busy)?;
        match &mut self.permits {
            Some(permits) => permits.merge(more),
            None => self.permits = Some(more),
        }
        Ok(())
    }
}

/// How many permits a budget of `bytes` has.
pub(crate) fn permits(bytes: usize) -> usize {
    (bytes / SHARE_BYTES).clamp(1, tokio::sync::Semaphore::MAX_PERMITS)
}

/// A body that says it is too long need not be sent.
fn check_length(head: &Parts, bytes_max: usize) -> Result<(), GateError> {
    let length = client::text(head, header::CONTENT_LENGTH);
    let length = length.and_then(|text| text.trim().parse::<u64>().ok());
    if length.is_some_and(|length| length > bytes_max as u64) {
        let limit_bytes = bytes_max;
        return Err(GateError::TooLarge { limit_bytes });
    }
    Ok(())
}

/// All `Content-Encoding` headers as one list.
fn content_encoding(head: &Parts) -> Option<String> {
    let values = head.headers.get_all(header::CONTENT_ENCODING).into_iter();
    // A value that is no text is a coding that nobody knows.
    let values: Vec<_> = values.map(|value| value.to_str().unwrap_or("?")).collect();
    (!values.is_empty()).then(|| values.join(","))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn i08_a_body_must_come_at_a_least_rate_after_a_grace_time() {
        let start = Instant::now();
        let check = |now_secs: u64, wire_bytes: u64, expect_secs: u64| {
            let arrival = Arrival {
                body: Body::empty(),
                pause_max: Duration::from_secs(10),
                time_max: Duration::from_mins(5),
                start,
                wire_bytes,
            };
            let deadline = arrival.deadline(start + Duration::from_secs(now_secs));
            let secs = deadline.duration_since(start).as_secs();
            assert_eq!(secs, expect_secs, "{wire_bytes} bytes in {now_secs} s");
        };
        check(0, 0, 10);
        // A byte now and then does not help.
        check(9, 9, 10);
        check(9, 3 * 1024, 13);
        // Who is ahead may still not pause for long.
        check(30, 100 * 1024, 40);
        check(299, 1 << 30, 300);
    }
}
