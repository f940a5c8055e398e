//! Every bound of the client in one place. Names end in unit and kind of bound.

use std::time::Duration;

/// Events that may wait for the sender, unless the options say otherwise.
pub(crate) const QUEUE_COUNT_MAX: usize = 100;
/// Time to connect, to send, and to wait for an answer (each), as the first client had it.
pub(crate) const TIMEOUT: Duration = Duration::from_secs(5);
/// Time the guard may hold up the end of the program.
pub(crate) const SHUTDOWN_TIMEOUT: Duration = Duration::from_secs(2);
/// Bytes of a message; servers cut earlier, this only keeps a runaway text off the wire.
pub(crate) const MESSAGE_BYTES_MAX: usize = 64 * 1024;
/// Bytes of one text inside the data, of a tag and of a file name.
pub(crate) const TEXT_BYTES_MAX: usize = 8 * 1024;
/// Keys in the data, and in the tags.
pub(crate) const KEY_COUNT_MAX: usize = 200;
/// Nesting of the data, and elements per list and object in it.
pub(crate) const DATA_DEPTH_MAX: usize = 8;
/// Elements per list and object in the data.
pub(crate) const DATA_WIDTH_MAX: usize = 200;
/// Errors in one chain. A chain that bites its tail ends here too.
pub(crate) const CHAIN_COUNT_MAX: usize = 50;
/// Frames of one stack trace, innermost kept. Servers keep no more.
pub(crate) const FRAME_COUNT_MAX: usize = 250;
/// Bytes of an answer that we read; all of it is only shown to a person.
pub(crate) const ANSWER_BYTES_MAX: u64 = 64 * 1024;
/// Characters of an answer that the failure report shows.
pub(crate) const ANSWER_CHARS_MAX: usize = 200;
/// How long a server that answers 429 without a time is left alone.
pub(crate) const BACKOFF: Duration = Duration::from_mins(1);
/// The longest time a server can ask to be left alone.
pub(crate) const BACKOFF_MAX: Duration = Duration::from_hours(24);
/// Different errors that the thrashing protection remembers.
pub(crate) const THRASH_KEY_COUNT_MAX: usize = 1000;
/// Characters of an undelivered event's message that the failure report shows.
pub(crate) const LINE_CHARS_MAX: usize = 200;
