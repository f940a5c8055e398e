//! Every bound of the wire in one place. Names end in unit and kind of bound.
//!
//! The numbers are those of Sentry's own intake where it has one, so that what its clients send
//! today fits here too. The gates take them as defaults and may pass smaller ones.

/// 1024 bytes.
const KIB: usize = 1024;
/// 1024 KiB.
const MIB: usize = 1024 * KIB;

/// Decoded size of one event, transaction, feedback, security report or replay event.
pub const EVENT_BYTES_MAX: usize = MIB;
/// What a `/store/` request may bring before it is decoded: an event in base64 and in a form.
pub const STORE_BODY_BYTES_MAX: usize = 2 * MIB;
/// Decoded size of a whole envelope, all items together.
pub const ENVELOPE_BYTES_MAX: usize = 200 * MIB;
/// Items in one envelope (I20). The catalogue of hostile input would have 100, but Sentry takes as
/// many as this, and clients may send all that waited at once; 500 headers cost no more than one
/// event.
pub const ITEM_COUNT_MAX: usize = 500;
/// The header of an envelope or of an item. SDKs stay below 4 KiB with all their integrations
/// (I20).
pub const HEADER_BYTES_MAX: usize = 8 * KIB;
/// One attachment, and all attachments of an envelope together.
pub const ATTACHMENT_BYTES_MAX: usize = 200 * MIB;
/// Attachments in one envelope.
pub const ATTACHMENT_COUNT_MAX: usize = 30;
/// Sessions and session aggregates together.
pub const SESSION_BYTES_MAX: usize = 10 * MIB;
/// Session items in one envelope.
pub const SESSION_COUNT_MAX: usize = 100;
/// All client reports of an envelope together.
pub const CLIENT_REPORT_BYTES_MAX: usize = 100 * KIB;
/// Client reports in one envelope.
pub const CLIENT_REPORT_COUNT_MAX: usize = 100;
/// Entries of one client report that are read.
pub const CLIENT_REPORT_ENTRY_COUNT_MAX: usize = 1000;
/// One check-in.
pub const CHECK_IN_BYTES_MAX: usize = 100 * KIB;
/// A container of logs, spans or metrics.
pub const CONTAINER_BYTES_MAX: usize = 12 * MIB;
/// Spans that travel as items of their own, the way of before containers.
pub const SPAN_COUNT_MAX: usize = 25;
/// One profile or profile chunk.
pub const PROFILE_BYTES_MAX: usize = 50 * MIB;
/// One replay recording or video, still compressed.
pub const REPLAY_BYTES_MAX: usize = 10 * MIB;
/// Metric buckets and statsd text, which nobody sends from outside any more.
pub const METRIC_BYTES_MAX: usize = MIB;

/// Nesting of lists and objects that is kept. `serde_json` reads 127 levels and refuses the 128th;
/// a deeper subtree becomes null, with a remark.
pub const JSON_DEPTH_MAX: usize = 127;
/// Repairs that get a remark of their own; one more remark counts the rest.
pub const JSON_REMARK_COUNT_MAX: usize = 20;
/// Repairs whose place is printed to be compared with the last; the rest are only counted.
pub const JSON_PLACE_COUNT_MAX: usize = 1000;

/// Content codings stacked on one body. Nobody sends more than two.
pub const CODING_COUNT_MAX: usize = 3;
/// Members of one gzip stream. Block compressors write one for each 64 KiB.
pub const GZIP_MEMBER_COUNT_MAX: usize = 10_000;
/// The window that a compressed stream may ask for: 2^23 bytes are 8 MiB.
pub const ZSTD_WINDOW_LOG_MAX: u32 = 23;
/// Memory of a decoder of gzip or deflate, its window of 32 KiB included.
pub const INFLATE_STATE_BYTES: usize = 48 * KIB;
/// Memory of a decoder of brotli beside its window, which reaches 16 MiB.
pub const BROTLI_STATE_BYTES: usize = 64 * KIB;
/// Memory of a decoder of zstd beside its window.
pub const ZSTD_STATE_BYTES: usize = 160 * KIB;
/// Decoded bytes that are never held against a stream, whatever its ratio.
pub const INFLATE_FREE_BYTES: usize = MIB;
/// Decoded bytes per byte on the wire, beyond the free ones. Events reach 20, logs 50, bombs 1000.
pub const INFLATE_RATIO_MAX: usize = 200;

/// Fields of a form. The protocol of 2010 has three.
pub const FORM_FIELD_COUNT_MAX: usize = 100;
/// The boundary of a multipart form, as RFC 2046 limits it.
pub const BOUNDARY_BYTES_MAX: usize = 70;
/// The head of one part of a multipart form.
pub const PART_HEAD_BYTES_MAX: usize = 8 * KIB;

/// The newest version of the authentication header.
pub const AUTH_VERSION_MAX: u16 = 7;
/// Age of a signed request at which it has expired.
pub const SIGNATURE_AGE_SECS_MAX: i64 = 3600;

// An envelope must be able to hold a full event, and a form a full event in base64.
const _: () = assert!(EVENT_BYTES_MAX < ENVELOPE_BYTES_MAX);
const _: () = assert!(EVENT_BYTES_MAX / 3 * 4 < STORE_BODY_BYTES_MAX);
