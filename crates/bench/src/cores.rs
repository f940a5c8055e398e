//! Which processors the server and this program run on.
//!
//! Without a split both share all of them, as on a small machine. With one, what the load costs to
//! make is not taken from the server.

use anyhow::Context;
use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};

/// The server's processors and those of this program.
pub(crate) struct Split {
    server: CpuSet,
    client: CpuSet,
}

impl Split {
    /// The first half of the processors for the server, the rest for this program.
    pub(crate) fn in_half() -> anyhow::Result<Self> {
        let all = sched_getaffinity(None).context("which processors there are")?;
        let numbers: Vec<usize> = (0..CpuSet::MAX_CPU).filter(|it| all.is_set(*it)).collect();
        anyhow::ensure!(numbers.len() >= 2, "one processor cannot be split");
        let (server, client) = numbers.split_at(numbers.len() / 2);
        Ok(Self {
            server: set_of(server),
            client: set_of(client),
        })
    }

    /// Runs `start`; the processes that it starts belong to the server. From then on this thread,
    /// and those that it starts later, belong to the client.
    pub(crate) fn start<T>(&self, start: impl FnOnce() -> anyhow::Result<T>) -> anyhow::Result<T> {
        // A child inherits the processors of the thread that starts it.
        sched_setaffinity(None, &self.server)?;
        let started = start();
        sched_setaffinity(None, &self.client)?;
        started
    }
}

fn set_of(numbers: &[usize]) -> CpuSet {
    let mut set = CpuSet::new();
    for number in numbers {
        set.set(*number);
    }
    set
}
