//! Sends events: as fast as the answers come (closed loop), or at a constant rate whatever the
//! answers do (open loop). In an open loop the latency counts from the moment at which the request
//! was due, so that a server that stalls cannot hide it by keeping the client from asking.

mod acked;

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::{Duration, Instant};

use hdrhistogram::Histogram;
use tokio::task::LocalSet;

pub(crate) use self::acked::Acked;
use crate::body::{Request, Stamp, event_id};
use crate::client::Connection;
use crate::clock::micros_now;
use crate::proc::Usage;

/// A pause after a connection failed, so that a dead server is not hammered.
const FAILURE_PAUSE: Duration = Duration::from_millis(20);
/// How long answers are waited for after the last request was due.
const LAST_ANSWERS: Duration = Duration::from_mins(1);

/// When requests are sent.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Pace {
    /// Each connection sends when its last answer is there.
    Closed,
    /// So many a second, evenly.
    Open(f64),
}

/// When to stop.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Stop {
    After(Duration),
    /// After so many requests.
    Count(u64),
}

/// How to send.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Plan {
    pub(crate) connections: usize,
    pub(crate) pace: Pace,
    pub(crate) stop: Stop,
}

/// What is sent where. Lives as long as the command: numbers go on from load to load, so that no
/// id is ever used twice, and at the end all that was acknowledged can be looked up.
pub(crate) struct Source {
    pub(crate) address: SocketAddr,
    pub(crate) pool: Vec<Request>,
    /// Goes into every id.
    pub(crate) run: u64,
    /// The next event's number.
    pub(crate) next: Cell<u64>,
    pub(crate) acked: RefCell<Acked>,
    /// Requests without a whole answer: the server may or may not have taken them.
    pub(crate) unanswered: Cell<u64>,
}

impl Source {
    pub(crate) fn new(address: SocketAddr, pool: Vec<Request>) -> Self {
        Self {
            address,
            pool,
            run: u64::try_from(micros_now()).unwrap_or(0),
            next: Cell::new(0),
            acked: RefCell::default(),
            unanswered: Cell::new(0),
        }
    }

    /// The number of the next event.
    pub(crate) fn take(&self) -> u64 {
        self.next.replace(self.next.get() + 1)
    }

    /// How many events were acknowledged.
    pub(crate) fn acked_count(&self) -> u64 {
        self.acked.borrow().count()
    }

    /// Puts the request of that event into `out`.
    pub(crate) fn write(&self, number: u64, out: &mut Vec<u8>) {
        let index = usize::try_from(number).unwrap_or(0) % self.pool.len().max(1);
        let stamp = Stamp {
            id: event_id(self.run, number),
            micros: micros_now(),
        };
        if let Some(request) = self.pool.get(index) {
            request.write(&stamp, out);
        }
    }

    pub(crate) fn mean_event_bytes(&self) -> u64 {
        mean(self.pool.iter().map(Request::event_bytes))
    }

    pub(crate) fn mean_wire_bytes(&self) -> u64 {
        mean(self.pool.iter().map(Request::wire_bytes))
    }
}

fn mean(sizes: impl Iterator<Item = usize>) -> u64 {
    let (sum, count) = sizes.fold((0, 0), |(sum, count), size| (sum + size, count + 1));
    u64::try_from(sum / count.max(1)).unwrap_or(0)
}

/// How it went.
pub(crate) struct Sent {
    /// Answers by status; 0 counts requests without an answer.
    pub(crate) statuses: BTreeMap<u16, u64>,
    /// Microseconds until a 200.
    pub(crate) accepted: Histogram<u64>,
    /// Microseconds until any other answer.
    pub(crate) refused: Histogram<u64>,
    pub(crate) took: Duration,
    /// CPU of this process meanwhile.
    pub(crate) client_cpu: Duration,
}

impl Sent {
    pub(crate) fn count(&self, status: u16) -> u64 {
        self.statuses.get(&status).copied().unwrap_or(0)
    }

    pub(crate) fn total(&self) -> u64 {
        self.statuses.values().sum()
    }

    /// Acknowledged events in a second.
    pub(crate) fn rate(&self) -> f64 {
        per_second(self.count(200), self.took)
    }

    /// Microseconds of our own CPU for a request.
    pub(crate) fn client_cpu_us(&self) -> f64 {
        self.client_cpu.as_secs_f64() * 1e6 / float(self.total().max(1))
    }
}

pub(crate) fn per_second(count: u64, took: Duration) -> f64 {
    float(count) / took.as_secs_f64().max(1e-9)
}

#[expect(
    clippy::cast_precision_loss,
    reason = "figures are printed with four digits"
)]
pub(crate) fn float(number: u64) -> f64 {
    number as f64
}

/// A histogram of microseconds up to ten minutes, exact to a tenth of a percent.
pub(crate) fn histogram() -> anyhow::Result<Histogram<u64>> {
    Ok(Histogram::new_with_bounds(1, 600_000_000, 3)?)
}

/// What the connections share. One thread, so no locks.
struct Run {
    source: Rc<Source>,
    plan: Plan,
    start: Instant,
    begun: Cell<u64>,
    sent: RefCell<Sent>,
}

/// Sends as planned. Runs on the current thread alone.
pub(crate) async fn send(source: &Rc<Source>, plan: Plan) -> anyhow::Result<Sent> {
    let before = Usage::of_us()?;
    let run = Rc::new(Run {
        source: Rc::clone(source),
        plan,
        start: Instant::now(),
        begun: Cell::new(0),
        sent: RefCell::new(Sent {
            statuses: BTreeMap::new(),
            accepted: histogram()?,
            refused: histogram()?,
            took: Duration::ZERO,
            client_cpu: Duration::ZERO,
        }),
    });
    let tasks = LocalSet::new();
    for _ in 0..plan.connections {
        tasks.spawn_local(Rc::clone(&run).connection());
    }
    match plan.stop {
        // A server that answers no more must not hold us for ever.
        Stop::After(time) => {
            let _ = tokio::time::timeout(time + LAST_ANSWERS, tasks).await;
        }
        Stop::Count(_) => tasks.await,
    }
    let took = run.start.elapsed();
    let lost = run.begun.get() - run.sent.borrow().total();
    let sent = Rc::into_inner(run).map(|run| run.sent.into_inner());
    let mut sent = sent.ok_or_else(|| anyhow::anyhow!("a connection is still at work"))?;
    source.unanswered.set(source.unanswered.get() + lost);
    if lost > 0 {
        *sent.statuses.entry(0).or_default() += lost;
    }
    sent.took = took;
    sent.client_cpu = Usage::of_us()?.cpu.saturating_sub(before.cpu);
    Ok(sent)
}

impl Run {
    async fn connection(self: Rc<Self>) {
        let mut connection = Connection::new(self.source.address);
        let mut request = Vec::new();
        while let Some(due) = self.next_due().await {
            let number = self.source.take();
            self.source.write(number, &mut request);
            if let Ok(answer) = connection.exchange(&request).await {
                self.answered(number, answer.status, due.elapsed());
            } else {
                self.unanswered();
                tokio::time::sleep(FAILURE_PAUSE).await;
            }
        }
    }

    /// Waits until the next request is due; the moment at which it was. `None` at the end.
    async fn next_due(&self) -> Option<Instant> {
        let index = self.begun.get();
        let due = match self.plan.pace {
            Pace::Closed => Instant::now(),
            Pace::Open(rate) => self.start + Duration::from_secs_f64(float(index) / rate),
        };
        let is_over = match self.plan.stop {
            Stop::After(time) => due.duration_since(self.start) >= time,
            Stop::Count(count) => index >= count,
        };
        if is_over {
            return None;
        }
        self.begun.set(index + 1);
        if due > Instant::now() {
            tokio::time::sleep_until(due.into()).await;
        }
        Some(due)
    }

    fn answered(&self, number: u64, status: u16, latency: Duration) {
        let mut sent = self.sent.borrow_mut();
        *sent.statuses.entry(status).or_default() += 1;
        let micros = u64::try_from(latency.as_micros()).unwrap_or(u64::MAX);
        if status == 200 {
            self.source.acked.borrow_mut().insert(number);
            sent.accepted.saturating_record(micros);
        } else {
            sent.refused.saturating_record(micros);
        }
    }

    fn unanswered(&self) {
        *self.sent.borrow_mut().statuses.entry(0).or_default() += 1;
        self.source.unanswered.set(self.source.unanswered.get() + 1);
    }
}
