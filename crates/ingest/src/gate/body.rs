//! Reads a body: decoded while it arrives, within the bounds of the door, of the whole server, and
//! of time. Called by every door that takes one.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::http::header;
use axum::http::request::Parts;
use http_body_util::BodyExt;
use tokio::time::{Instant, timeout_at};
use watchpost_protocol::encoding::{DecodeLimits, Decoder};

use super::budget::{Sender, Share};
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

/// Reads and decodes the whole body. `sender` is whose it is, if that is known.
pub(crate) async fn read(
    gate: &Gate,
    head: &Parts,
    body: Body,
    bytes_max: usize,
    sender: Option<&Arc<Sender>>,
) -> Result<Held, GateError> {
    Reading::begin(gate, head, body, bytes_max, sender)
        .await?
        .finish()
        .await
}

/// A body that is being read and decoded.
pub(crate) struct Reading {
    decoder: Decoder,
    arrival: Arrival,
    /// Whether all of it arrived.
    is_whole: bool,
    share: Share,
}

impl Reading {
    /// Begins, unless its head already makes it impossible.
    pub(crate) async fn begin(
        gate: &Gate,
        head: &Parts,
        body: Body,
        bytes_max: usize,
        sender: Option<&Arc<Sender>>,
    ) -> Result<Self, GateError> {
        let body = admit(gate, body).await?;
        check_length(head, bytes_max)?;
        let coding = content_encoding(head);
        let limits = DecodeLimits::bytes(bytes_max);
        let decoder = Decoder::for_header(coding.as_deref(), limits)?;
        let mut share = gate.budget.share(sender);
        // Who sends nothing yet holds a decoder all the same.
        share.grow(decoder.held_bytes())?;
        Ok(Self {
            decoder,
            arrival: Arrival::new(gate, body),
            is_whole: false,
            share,
        })
    }

    /// Reads on until so many bytes are decoded, or a piece more. What is there then.
    pub(crate) async fn start(&mut self, bytes: usize) -> Result<&[u8], GateError> {
        while self.decoder.decoded_bytes() < bytes && self.more().await? {}
        Ok(self.decoder.decoded())
    }

    /// From here on the body is that of `sender`.
    pub(crate) fn belongs_to(
        &mut self,
        gate: &Gate,
        sender: &Arc<Sender>,
    ) -> Result<(), GateError> {
        let mut share = gate.budget.share(Some(sender));
        share.grow(self.decoder.held_bytes())?;
        self.share = share;
        Ok(())
    }

    /// Reads the rest.
    pub(crate) async fn finish(mut self) -> Result<Held, GateError> {
        while self.more().await? {}
        let bytes = self.decoder.finish()?;
        // The decoder is gone; what waits for the disk is the body alone.
        self.share.shrink(bytes.capacity());
        Ok(Held {
            bytes,
            _share: self.share,
        })
    }

    /// Gives the rest up.
    pub(crate) async fn refuse(self, error: GateError) -> GateError {
        refuse(self.arrival.body, error).await
    }

    /// Takes the next piece; `false` when there is none.
    async fn more(&mut self) -> Result<bool, GateError> {
        if self.is_whole {
            return Ok(false);
        }
        let Some(chunk) = self.arrival.next().await? else {
            self.is_whole = true;
            return Ok(false);
        };
        let step = if self.decoder.is_identity() {
            usize::MAX
        } else {
            DECODE_STEP_BYTES
        };
        // However well a chunk is compressed, it cannot get far ahead of the budget.
        for part in chunk.chunks(step) {
            let turn = self.share.turn(self.decoder.held_bytes()).await;
            let pushed = self.decoder.push(part);
            drop(turn);
            pushed?;
            self.share.grow(self.decoder.held_bytes())?;
        }
        Ok(true)
    }
}

/// Whether anything is accepted at all. Asked before a body is read.
async fn admit(gate: &Gate, body: Body) -> Result<Body, GateError> {
    match gate.warden.refuses() {
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
    /// Until when what came so far has paid.
    paid_until: Instant,
}

impl Arrival {
    fn new(gate: &Gate, body: Body) -> Self {
        let start = Instant::now();
        Self {
            body,
            pause_max: gate.config.body_pause_max,
            time_max: gate.config.body_time_max,
            start,
            paid_until: start + BODY_GRACE,
        }
    }

    /// When the next piece has to be there: no long pause, no slower than the least rate, and an
    /// end to it all.
    fn deadline(&self, now: Instant) -> Instant {
        let pause = now + self.pause_max;
        let whole = self.start + self.time_max;
        pause.min(self.paid_until).min(whole)
    }

    /// So many bytes on the wire pay for time at the least rate; but what came quickly at first is
    /// no licence to hold its memory for minutes.
    fn pay(&mut self, now: Instant, wire_bytes: usize) {
        let micros = (wire_bytes as u64).saturating_mul(1_000_000) / BODY_BYTES_PER_SEC_MIN;
        let paid = self.paid_until + Duration::from_micros(micros);
        self.paid_until = paid.min(now + BODY_GRACE);
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
                self.pay(Instant::now(), chunk.len());
                return Ok(Some(chunk));
            }
        }
    }
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
        // What came when, and until when the next piece has to be there; all in seconds.
        let check = |pieces: &[(u64, usize)], now_secs: u64, expect_secs: u64| {
            let at = |secs| start + Duration::from_secs(secs);
            let mut arrival = Arrival {
                body: Body::empty(),
                pause_max: Duration::from_mins(1),
                time_max: Duration::from_mins(5),
                start,
                paid_until: start + BODY_GRACE,
            };
            for (secs, bytes) in pieces {
                arrival.pay(at(*secs), *bytes);
            }
            let deadline = arrival.deadline(at(now_secs));
            let secs = deadline.duration_since(start).as_secs();
            assert_eq!(secs, expect_secs, "{pieces:?} and then {now_secs} s");
        };
        check(&[], 0, 10);
        // A byte now and then does not help.
        check(&[(3, 3), (6, 3), (9, 3)], 9, 10);
        check(&[(9, 3 * 1024)], 9, 13);
        check(&[(9, 3 * 1024), (12, 4 * 1024)], 12, 17);
        // Who was quick has no more time in hand than everybody at the start.
        check(&[(1, 1 << 20)], 1, 11);
        check(&[(1, 1 << 20), (10, 5)], 10, 11);
        // No pause is long, and there is an end.
        check(&[(298, 1 << 30)], 298, 300);
    }
}
