//! What every spool must do, whatever engine is below. An engine adds one line:
//! `spool_suite!(file, TempFiles::new())`.

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};
use std::time::Duration;

use bytes::Bytes;
use watchpost_model::{EventId, KeyId, ProjectId, Receipt, Timestamp, WireFormat};

use super::{Batch, Record, Spool, SpoolError};

/// A place for one spool. Opening again goes on with what is there.
pub(crate) trait Place {
    fn open(&self, bytes_max: u64) -> Arc<dyn Spool>;
}

/// Runs every case in a fresh place from `$place`.
macro_rules! spool_suite {
    ($name:ident, $place:expr) => { spool_suite!(@ $name, $place,
        what_is_appended_is_read_in_order,
        reading_goes_on_and_forgets_nothing,
        a_read_is_bounded_in_records_and_bytes,
        f01_what_is_not_committed_comes_back,
        what_is_committed_does_not_come_back,
        f23_rewound_it_reads_on_after_the_last_commit,
        numbers_grow_over_restarts,
        a_full_spool_refuses_until_digested,
        a_closed_spool_refuses_but_can_be_read,
        waiting_ends_when_something_arrives,
        many_at_once_are_all_kept,
    ); };
    (@ $name:ident, $place:expr, $($case:ident,)+) => { mod $name {
        $(#[test] fn $case() { $crate::spool::suite::$case(&$place); })+
    } };
}
pub(crate) use spool_suite;

const LARGE: u64 = 1 << 30;

struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

/// Runs a future to its end, without a runtime.
pub(crate) fn block_on<T>(future: impl Future<Output = T>) -> T {
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    let mut context = Context::from_waker(&waker);
    let mut future = pin!(future);
    loop {
        if let Poll::Ready(value) = future.as_mut().poll(&mut context) {
            return value;
        }
        thread::park();
    }
}

/// A record whose event id is `number`, with a body of `size` bytes.
pub(crate) fn record(number: u128, size: usize) -> Record {
    let receipt = Receipt {
        project: ProjectId(1),
        key: KeyId(2),
        event: EventId(number),
        received: Timestamp::from_secs(1_700_000_000),
        format: WireFormat::Event,
        client_ip: None,
        sdk: Some("suite/1".into()),
        user_agent: None,
        sent_at: None,
    };
    let byte = u8::try_from(number % 251).unwrap();
    Record {
        receipt,
        remarks: Vec::new(),
        body: Bytes::from(vec![byte; size]),
    }
}

/// Appends one record and waits until it is safe.
pub(crate) fn put(spool: &dyn Spool, number: u128, size: usize) -> Result<u64, SpoolError> {
    block_on(spool.append(record(number, size)))
}

/// The event ids of all that can be read now.
pub(crate) fn drain(spool: &dyn Spool) -> Vec<u128> {
    let mut ids = Vec::new();
    loop {
        let batch = spool.read(100, 1 << 20).unwrap();
        if batch.records.is_empty() && batch.end.is_none() {
            return ids;
        }
        ids.extend(ids_of(&batch));
    }
}

/// The event ids of a batch, in order.
pub(crate) fn ids_of(batch: &Batch) -> Vec<u128> {
    let ids = batch.records.iter();
    ids.map(|spooled| spooled.record.receipt.event.0).collect()
}

pub(crate) fn what_is_appended_is_read_in_order(place: &dyn Place) {
    let spool = place.open(LARGE);
    for number in 1..=20 {
        put(&*spool, number, 300).unwrap();
    }
    let batch = spool.read(100, 1 << 20).unwrap();
    assert_eq!(ids_of(&batch), (1..=20).collect::<Vec<_>>());
    for spooled in &batch.records {
        let expect = record(spooled.record.receipt.event.0, 300);
        assert_eq!(spooled.record, expect);
    }
    assert_eq!(batch.end, batch.records.last().map(|last| last.seq));
    assert!(batch.damaged.is_empty());
}

pub(crate) fn reading_goes_on_and_forgets_nothing(place: &dyn Place) {
    let spool = place.open(LARGE);
    put(&*spool, 1, 10).unwrap();
    put(&*spool, 2, 10).unwrap();
    assert_eq!(ids_of(&spool.read(1, 1000).unwrap()), [1]);
    assert_eq!(ids_of(&spool.read(1, 1000).unwrap()), [2]);
    assert_eq!(spool.read(1, 1000).unwrap(), Batch::default());
    put(&*spool, 3, 10).unwrap();
    assert_eq!(ids_of(&spool.read(1, 1000).unwrap()), [3]);
}

pub(crate) fn a_read_is_bounded_in_records_and_bytes(place: &dyn Place) {
    let spool = place.open(LARGE);
    for number in 1..=10 {
        put(&*spool, number, 1000).unwrap();
    }
    assert_eq!(spool.read(3, 1 << 20).unwrap().records.len(), 3);
    let by_bytes = spool.read(100, 2500).unwrap().records.len();
    assert!((1..=3).contains(&by_bytes), "{by_bytes}");
    let least = spool.read(100, 1).unwrap().records.len();
    assert_eq!(least, 1, "a record larger than the bound is still read");
    assert_eq!(drain(&*spool).len(), 10 - 3 - by_bytes - least);
}

pub(crate) fn f01_what_is_not_committed_comes_back(place: &dyn Place) {
    let spool = place.open(LARGE);
    for number in 1..=3 {
        put(&*spool, number, 100).unwrap();
    }
    assert_eq!(drain(&*spool), [1, 2, 3]);
    drop(spool);
    let spool = place.open(LARGE);
    assert_eq!(drain(&*spool), [1, 2, 3]);
}

pub(crate) fn what_is_committed_does_not_come_back(place: &dyn Place) {
    let spool = place.open(LARGE);
    for number in 1..=5 {
        put(&*spool, number, 100).unwrap();
    }
    let batch = spool.read(2, 1 << 20).unwrap();
    spool.commit(batch.end.unwrap()).unwrap();
    drop(spool);
    let spool = place.open(LARGE);
    assert_eq!(drain(&*spool), [3, 4, 5]);
    spool.commit(spool.status().appended).unwrap();
    drop(spool);
    assert_eq!(drain(&*place.open(LARGE)), []);
}

pub(crate) fn f23_rewound_it_reads_on_after_the_last_commit(place: &dyn Place) {
    let spool = place.open(LARGE);
    for number in 1..=5 {
        put(&*spool, number, 100).unwrap();
    }
    assert_eq!(drain(&*spool), [1, 2, 3, 4, 5]);
    assert_eq!(spool.rewind(), spool.status().appended);
    let batch = spool.read(2, 1 << 20).unwrap();
    assert_eq!(ids_of(&batch), [1, 2]);
    spool.commit(batch.end.unwrap()).unwrap();
    assert_eq!(ids_of(&spool.read(1, 1 << 20).unwrap()), [3]);
    spool.rewind();
    spool.wait(Duration::from_mins(1));
    assert_eq!(drain(&*spool), [3, 4, 5]);
    spool.rewind();
    assert_eq!(drain(&*spool), [3, 4, 5]);
    spool.commit(spool.status().appended).unwrap();
    spool.rewind();
    assert_eq!(drain(&*spool), []);
}

pub(crate) fn numbers_grow_over_restarts(place: &dyn Place) {
    let mut last = 0;
    for number in 1..=5 {
        let spool = place.open(LARGE);
        let seq = put(&*spool, number, 100).unwrap();
        assert!(seq > last, "{seq} after {last}");
        last = seq;
        drain(&*spool);
        spool.commit(seq).unwrap();
    }
}

pub(crate) fn a_full_spool_refuses_until_digested(place: &dyn Place) {
    let spool = place.open(10_000);
    let taken = (1..=20).take_while(|number| put(&*spool, *number, 1000).is_ok());
    let taken = taken.count();
    assert!((5..=9).contains(&taken), "{taken}");
    let error = put(&*spool, 99, 1000).unwrap_err();
    assert!(error.is_full(), "{error}");
    assert_eq!(drain(&*spool).len(), taken);
    spool.commit(spool.status().appended).unwrap();
    put(&*spool, 100, 1000).unwrap();
    assert_eq!(drain(&*spool), [100]);
}

pub(crate) fn a_closed_spool_refuses_but_can_be_read(place: &dyn Place) {
    let spool = place.open(LARGE);
    put(&*spool, 1, 100).unwrap();
    spool.close();
    let error = put(&*spool, 2, 100).unwrap_err();
    assert!(matches!(error, SpoolError::Closed), "{error}");
    spool.wait(Duration::from_mins(1));
    assert_eq!(drain(&*spool), [1]);
    spool.commit(spool.status().appended).unwrap();
    spool.wait(Duration::from_mins(1));
}

pub(crate) fn waiting_ends_when_something_arrives(place: &dyn Place) {
    let spool = place.open(LARGE);
    thread::scope(|scope| {
        let waiter = scope.spawn(|| {
            spool.wait(Duration::from_mins(1));
            drain(&*spool)
        });
        put(&*spool, 1, 100).unwrap();
        assert_eq!(waiter.join().unwrap(), [1]);
    });
}

pub(crate) fn many_at_once_are_all_kept(place: &dyn Place) {
    let spool = place.open(LARGE);
    thread::scope(|scope| {
        for thread in 0..8 {
            let spool = &spool;
            scope.spawn(move || {
                let futures: Vec<_> = (0..50)
                    .map(|number| spool.append(record(thread * 50 + number, 400)))
                    .collect();
                for future in futures {
                    block_on(future).unwrap();
                }
            });
        }
    });
    drop(spool);
    let mut ids = drain(&*place.open(LARGE));
    ids.sort_unstable();
    assert_eq!(ids, (0..400).collect::<Vec<_>>());
}
