//! Every bound of the HTTP server in one place. What a request may bring beyond its head is decided
//! in `watchpost_ingest::limits` and `watchpost_protocol::limits`; `docs/limits.md` lists them all.

use std::time::Duration;

/// Connections at once (F24); more wait in the queue of the kernel, which idle ones make way for.
pub(crate) const CONNECTION_COUNT_MAX: usize = 8192;
/// Files kept free of connections: databases, spool, listener, standard streams.
pub(crate) const FILE_COUNT_RESERVED: usize = 128;
/// The limit on open files that is asked of the system.
pub(crate) const FILE_COUNT_WANTED: u64 = 65_536;
/// Time for a client to send its complete request head, from its first byte on (I08), and for the
/// first request of a connection to begin.
pub(crate) const HEAD_TIMEOUT: Duration = Duration::from_secs(10);
/// Time for the next request to begin on a connection that is kept (I08). When all places are
/// taken, it is `HEAD_TIMEOUT`.
pub(crate) const IDLE_TIMEOUT: Duration = Duration::from_secs(75);
/// Time in which a client that was answered in the middle of its request may go on sending before
/// the connection is reset; none when all places are taken (I01).
pub(crate) const LINGER_TIMEOUT: Duration = Duration::from_secs(10);
/// Pause between two looks at whether all places are taken meanwhile.
pub(crate) const LINGER_LOOK_PAUSE: Duration = Duration::from_secs(1);
/// Bytes of a request's head (I09); beyond, hyper answers 431.
pub(crate) const HEAD_BYTES_MAX: usize = 64 * 1024;
/// Headers of a request (I09); beyond, hyper answers 431.
pub(crate) const HEADER_COUNT_MAX: usize = 200;
/// Pause after the system refused to accept, so that a full file table does not burn a core (F05).
pub(crate) const ACCEPT_PAUSE: Duration = Duration::from_millis(50);
/// Time for requests under way when the server stops. Live streams end with it.
pub(crate) const DRAIN: Duration = Duration::from_secs(3);

#[cfg(test)]
mod tests;
