//! Every bound of the gates, the spool and the digest in one place; the protocol page lists them
//! from here. Names end in unit and kind of bound.

/// Bytes that the spool's writer puts into one write and one sync.
pub const SPOOL_WRITE_BYTES_MAX: u64 = 4 * 1024 * 1024;
/// Records that it puts into one write.
pub const SPOOL_WRITE_COUNT_MAX: usize = 4096;
/// One record of the spool, head and receipt included. Far above an event, far below `u32`.
pub const SPOOL_RECORD_BYTES_MAX: u64 = 64 * 1024 * 1024;
/// Default size of a segment file: deleted as a whole once it is digested.
pub const SPOOL_SEGMENT_BYTES: u64 = 64 * 1024 * 1024;
/// Default bound on undigested bytes. At 5 KB an event, that is 800,000 events.
pub const SPOOL_BYTES_MAX: u64 = 4 * 1024 * 1024 * 1024;
