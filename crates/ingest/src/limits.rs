//! Every bound of the gates, the spool and the digest in one place; the protocol page lists them
//! from here. Names end in unit and kind of bound. What the wire itself allows is in
//! `watchpost_protocol::limits`.

use std::time::Duration;

use watchpost_protocol::envelope::EnvelopeLimits;
use watchpost_protocol::limits as wire;

/// What a client may send to `/store/`, decoded: an event in base64 in a form.
pub const STORE_BODY_BYTES_MAX: usize = wire::STORE_BODY_BYTES_MAX;
/// The event in it, decoded.
pub const EVENT_BYTES_MAX: usize = wire::EVENT_BYTES_MAX;
/// A whole envelope, decoded. Less than the wire allows, because it is held in memory.
pub const ENVELOPE_BYTES_MAX: usize = 64 * 1024 * 1024;
/// Reports of browsers on the wire (I35). They are counted but not kept.
pub const REPORT_BODY_BYTES_MAX: usize = 64 * 1024;
/// Bodies of other kinds that are counted but not kept, such as minidumps: read past and never
/// held, because a client of them that is cut off sends all of it again.
pub const UNSUPPORTED_BODY_BYTES_MAX: usize = 20 * 1024 * 1024;
/// Bytes that are decoded between two looks at the budget.
pub const DECODE_STEP_BYTES: usize = 8 * 1024;
/// Bodies from this size on are decoded one at a time, piece by piece.
pub const LARGE_BODY_BYTES_MIN: usize = 8 * 1024 * 1024;
/// Default bound on the memory that the bodies of all requests take together, decoders included:
/// with everything else, a machine or container of 256 MiB survives the worst that clients can
/// send.
pub const IN_FLIGHT_BYTES_MAX: usize = 112 * 1024 * 1024;
/// The least that this bound may be set to: a quarter of it holds the largest body of `/store/`.
pub const IN_FLIGHT_BYTES_MAX_MIN: usize = 24 * 1024 * 1024;
/// What a decoder takes at the most beside its output: a window of 16 MiB, and room to grow.
const DECODER_BYTES_MAX: usize = 19 * 1024 * 1024;
/// Of those, what the bodies of one project may take. The largest envelope fits.
pub const IN_FLIGHT_PROJECT_PERCENT: usize = 75;
/// Of those, what all bodies may take whose sender is not known before they are read.
pub const IN_FLIGHT_STRANGERS_PERCENT: usize = 25;
/// How long a client may pause within a body.
pub const BODY_PAUSE_MAX: Duration = Duration::from_secs(10);
/// How long a body may take to arrive before its rate is looked at.
pub const BODY_GRACE: Duration = Duration::from_secs(10);
/// The least rate of a body after that (I08).
pub const BODY_BYTES_PER_SEC_MIN: u64 = 1024;
/// How long a whole body may take, however steadily it comes.
pub const BODY_TIME_MAX: Duration = Duration::from_mins(5);
/// Bytes that are still read of a body that is refused unread. A client that is cut off while it
/// sends may never see the answer.
pub const REFUSED_BODY_BYTES_MAX: usize = 256 * 1024;
/// How long such a body is read.
pub const REFUSED_BODY_TIME_MAX: Duration = Duration::from_secs(2);
/// A header that is kept with the event: `User-Agent`, the client's own name.
pub const HEADER_TEXT_BYTES_MAX: usize = 512;

/// Keys whose secret is tried for a request that is signed but names no key. HMAC over a body of
/// 2 MiB takes some milliseconds, so this bounds what one request may cost.
pub const SIGNATURE_TRIES_MAX: usize = 100;
/// How often a key that is refused may cause a look into the ledger.
pub const KEY_LOOKUP_PAUSE: Duration = Duration::from_secs(1);

/// What a client is told to wait when the spool is full.
pub const SPOOL_FULL_RETRY_SECS: u64 = 60;
/// What a client is told to wait when too many bodies are in flight.
pub const BUSY_RETRY_SECS: u64 = 5;

/// How long a refusal is told to who waits for what it should have brought.
pub const REJECTION_AGE_SECS_MAX: i64 = 3600;
/// Kinds of refusals that are kept of one project.
pub const REJECTION_KIND_COUNT_MAX: usize = 16;
/// Refusals of one kind that follow each other faster are only counted.
pub const REJECTION_PAUSE_MICROS: i64 = 500_000;
/// What is kept of a text in one: the answer, the client's name, the page.
pub const REJECTION_TEXT_BYTES_MAX: usize = 200;

/// Distinct counters between two flushes; more end in the reason `other`.
pub const OUTCOME_KEY_COUNT_MAX: usize = 10_000;
/// A category or reason that a client names.
pub const OUTCOME_WORD_BYTES_MAX: usize = 64;
/// How often counters are written, and changes of keys by other processes are noticed.
pub const HOUSEKEEPING_PAUSE: Duration = Duration::from_secs(1);

/// Bytes that the spool's writer puts into one write and one sync.
pub const SPOOL_WRITE_BYTES_MAX: u64 = 4 * 1024 * 1024;
/// Records that it puts into one write.
pub const SPOOL_WRITE_COUNT_MAX: usize = 4096;
/// How long a write waits for others when the processor is short: a thousandth of the patience of
/// a client, and enough for a dozen events to share a sync.
pub const SPOOL_SHARE_PAUSE: Duration = Duration::from_millis(2);
/// How long after the log said that writes fail it says so again, when some succeed in between.
pub const SPOOL_TELL_PAUSE: Duration = Duration::from_mins(1);
/// One record of the spool, head and receipt included. Far above an event, far below `u32`.
pub const SPOOL_RECORD_BYTES_MAX: u64 = 64 * 1024 * 1024;
/// Failures to read one place of the spool, with growing pauses some 20 seconds, after which it is
/// set aside as damage.
pub const SPOOL_READ_TRIES_MAX: u32 = 10;
/// Default size of a segment file: deleted as a whole once it is digested.
pub const SPOOL_SEGMENT_BYTES: u64 = 64 * 1024 * 1024;
/// Default bound on undigested bytes. At 5 KB an event, that is 800,000 events.
pub const SPOOL_BYTES_MAX: u64 = 4 * 1024 * 1024 * 1024;

/// Events that are digested together, in one transaction.
pub const DIGEST_BATCH_COUNT_MAX: usize = 512;
/// Bytes of events that are digested together. Parsed and packed they take five to eight times as
/// much memory.
pub const DIGEST_BATCH_BYTES_MAX: usize = 3 * 1024 * 1024;
/// Events from which on a batch is shared among threads.
pub const DIGEST_PARALLEL_COUNT_MIN: usize = 16;
/// How much the digest's threads give way to the gates, in steps of the system's scheduler.
pub const DIGEST_NICENESS: i32 = 10;
/// Failures of a batch after which its events are stored in smaller parts, and in the end one by
/// one, to find the one at fault.
pub const DIGEST_TRIES_MAX: u32 = 3;
/// Events of such a part: a culprit is found with the fewest transactions near the square root of
/// what may be in hand.
pub const DIGEST_PART_COUNT_MAX: usize = 32;
/// Ends of the process with one and the same event in hand after which that goes to the quarantine.
pub const DIGEST_DEATHS_MAX: u64 = 3;
/// A digest that neither begins a batch nor waits for a store for so long is taken for lost.
pub const DIGEST_SILENCE_MAX: Duration = Duration::from_mins(10);
/// The first pause after a failure of a store; it doubles with each further one.
pub const RETRY_PAUSE_MIN: Duration = Duration::from_millis(50);
/// The longest pause between two tries.
pub const RETRY_PAUSE_MAX: Duration = Duration::from_secs(10);

/// How often the digest looks for events of the quarantine that shall be digested again.
pub const QUARANTINE_LOOK_PAUSE: Duration = Duration::from_millis(500);
/// Events of one project in quarantine from which on its events are refused.
pub const QUARANTINE_PROJECT_COUNT_MAX: u64 = 1_000;
/// Bytes of them.
pub const QUARANTINE_PROJECT_BYTES_MAX: u64 = 256 * 1024 * 1024;
/// Events in quarantine from which on everybody's events are refused.
pub const QUARANTINE_COUNT_MAX: u64 = 10_000;
/// Bytes in quarantine, damaged parts of the spool included.
pub const QUARANTINE_BYTES_MAX: u64 = 2 * 1024 * 1024 * 1024;

/// The bounds within an envelope.
pub const ENVELOPE_LIMITS: EnvelopeLimits = EnvelopeLimits {
    bytes_max: ENVELOPE_BYTES_MAX,
    ..EnvelopeLimits::USUAL
};

// A form in base64 must hold an event; one envelope and one spool write must fit into their totals.
const _: () = assert!(EVENT_BYTES_MAX / 3 * 4 < STORE_BODY_BYTES_MAX);
const _: () = assert!(
    ENVELOPE_BYTES_MAX + DECODER_BYTES_MAX <= IN_FLIGHT_BYTES_MAX / 100 * IN_FLIGHT_PROJECT_PERCENT
);
const _: () = assert!(
    STORE_BODY_BYTES_MAX * 2 <= IN_FLIGHT_BYTES_MAX_MIN / 100 * IN_FLIGHT_STRANGERS_PERCENT
);
const _: () = assert!((EVENT_BYTES_MAX as u64) < SPOOL_RECORD_BYTES_MAX);

/// Bytes of records that wait in memory for the spool's writer. Beyond: 429.
pub const SPOOL_QUEUE_BYTES_MAX: u64 = 128 * 1024 * 1024;

/// What one entry of a client's report may claim to have thrown away; more counts as this much.
pub const CLIENT_REPORT_QUANTITY_MAX: u64 = 1_000_000_000;

/// Words of clients (categories and reasons of their reports) that are counted by name in the life
/// of the process; further ones count as `other`, so that nobody fills the ledger with them.
pub const CLIENT_WORD_COUNT_MAX: usize = 200;

/// What a client is told to wait when a quota lets nothing through at all.
pub const REJECT_ALL_RETRY_SECS: u64 = 60;
/// What a client is told to wait during a spike.
pub const SPIKE_RETRY_SECS: u64 = 60;
/// Hours from which the usual number of events is computed: a week.
pub const SPIKE_HOUR_COUNT: usize = 168;
/// Events of an hour that are never a spike.
pub const SPIKE_EVENT_COUNT_MIN: u64 = 500;
/// How many times the usual number is a spike when all hours are alike.
pub const SPIKE_FACTOR_MIN: f64 = 3.0;
/// The same when hours differ much.
pub const SPIKE_FACTOR_MAX: f64 = 6.0;
/// Hours within which refused events fade to a tenth in what is taken for usual.
pub const SPIKE_REFUSED_DECAY_HOURS: f64 = 24.0;
/// Of the events beyond a spike's threshold, every so-many-th passes.
pub const SPIKE_PASS_EVERY: u64 = 10;

/// Default for how old the oldest undigested event may get. Beyond: 429.
pub const SPOOL_SECS_MAX: u64 = 300;
/// Default for how long the digest may need for all that waits, at its present speed, in seconds.
/// From half of it on a growing share of requests gets 429, at it all.
pub const SPOOL_WORK_SECS_MAX: u64 = 30;
/// A digest that has finished nothing for longer stands still: that says nothing of its speed.
pub const DIGEST_STANDSTILL_SECS: i64 = 5;
/// What a client is told to wait when the digest is that far behind.
pub const BEHIND_RETRY_SECS: u64 = 10;
/// Moments of the last while that are remembered to tell the age of the oldest undigested event.
pub const LAG_SAMPLE_COUNT_MAX: usize = 3600;

/// Default for the bytes that stay free on the disk; a twentieth of the disk if that is less.
pub const DISK_FREE_BYTES_MIN: u64 = 512 * 1024 * 1024;
/// The file that is given up when the disk is full, so that there is room to delete things; a
/// twentieth of a small disk.
pub const RESERVE_BYTES: u64 = 64 * 1024 * 1024;
/// What a client is told to wait when the disk is full.
pub const DISK_FULL_RETRY_SECS: u64 = 60;
/// How often disk and digest are looked at.
pub const WATCH_PAUSE: Duration = Duration::from_secs(1);

/// Days that events are kept, unless the operator or a project says otherwise.
pub const RETENTION_DAYS: u32 = 90;
/// Days that counts per hour are kept: outcomes, and the charts of issues.
pub const COUNT_DAYS_MAX: i64 = 90;
/// The first look for old events after a start: when the backlog is digested.
pub const UPKEEP_PAUSE_FIRST: Duration = Duration::from_mins(5);
/// How often is looked for old events.
pub const UPKEEP_PAUSE: Duration = Duration::from_hours(1);
/// Events that are settled in one step after a start.
pub const SETTLE_COUNT_STEP: usize = 2000;

/// A clock that is further ahead than this since the last look is not believed at once.
pub const CLOCK_LEAP_SECS_MAX: i64 = 2 * 24 * 3600;
/// How long such a clock must go on before it is believed: long enough that somebody has read the
/// log, however long the weekend.
pub const CLOCK_HOLD_SECS: i64 = 7 * 24 * 3600;
/// The part of a project's stored time that is forgotten without doubting the clock.
pub const RETENTION_SHARE_PERCENT_MAX: i64 = 20;
