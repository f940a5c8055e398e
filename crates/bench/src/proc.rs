//! What the system says a process has used, from `/proc`.

use std::time::Duration;

use anyhow::Context;

/// Ticks in a second of `/proc/PID/stat`: the same on every Linux that Rust runs on.
const TICKS: u32 = 100;

/// What a process has used since it began.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Usage {
    /// User and system time.
    pub(crate) cpu: Duration,
    /// Bytes that it made the system write to a disk.
    pub(crate) written_bytes: u64,
}

impl Usage {
    pub(crate) fn of(pid: u32) -> anyhow::Result<Self> {
        Self::read(&pid.to_string())
    }

    pub(crate) fn of_us() -> anyhow::Result<Self> {
        Self::read("self")
    }

    fn read(pid: &str) -> anyhow::Result<Self> {
        let stat = std::fs::read_to_string(format!("/proc/{pid}/stat"))?;
        // Other systems hide it; the rest is worth having all the same.
        let io = std::fs::read_to_string(format!("/proc/{pid}/io")).unwrap_or_default();
        Ok(Self {
            cpu: cpu(&stat).context("/proc/PID/stat")?,
            written_bytes: field(&io, "write_bytes:").unwrap_or(0),
        })
    }

    pub(crate) fn plus(self, other: Self) -> Self {
        Self {
            cpu: self.cpu + other.cpu,
            written_bytes: self.written_bytes + other.written_bytes,
        }
    }

    pub(crate) fn since(self, before: Self) -> Self {
        Self {
            cpu: self.cpu.saturating_sub(before.cpu),
            written_bytes: self.written_bytes.saturating_sub(before.written_bytes),
        }
    }
}

/// Memory that a process holds now and held at most, in bytes.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Memory {
    pub(crate) now: u64,
    pub(crate) peak: u64,
}

impl Memory {
    pub(crate) fn plus(self, other: Self) -> Self {
        Self {
            now: self.now + other.now,
            peak: self.peak + other.peak,
        }
    }

    pub(crate) fn of(pid: u32) -> anyhow::Result<Self> {
        let status = std::fs::read_to_string(format!("/proc/{pid}/status"))?;
        let kilobytes = |name| field(&status, name).context("/proc/PID/status");
        Ok(Self {
            now: kilobytes("VmRSS:")? * 1024,
            peak: kilobytes("VmHWM:")? * 1024,
        })
    }
}

/// The processes that a process has started, and theirs, itself first.
pub(crate) fn family(pid: u32) -> Vec<u32> {
    let mut all = vec![pid];
    let mut next = 0;
    while let Some(parent) = all.get(next).copied() {
        next += 1;
        let path = format!("/proc/{parent}/task/{parent}/children");
        let children = std::fs::read_to_string(path).unwrap_or_default();
        all.extend(
            children
                .split_whitespace()
                .filter_map(|pid| pid.parse::<u32>().ok()),
        );
    }
    all
}

fn cpu(stat: &str) -> Option<Duration> {
    // The name in parentheses may hold anything, so count from behind it.
    let (_, rest) = stat.rsplit_once(')')?;
    let mut fields = rest.split_whitespace().skip(11);
    let user: u64 = fields.next()?.parse().ok()?;
    let system: u64 = fields.next()?.parse().ok()?;
    Some(Duration::from_millis(
        (user + system) * 1000 / u64::from(TICKS),
    ))
}

fn field(text: &str, name: &str) -> Option<u64> {
    let line = text.lines().find_map(|line| line.strip_prefix(name))?;
    line.split_whitespace().next()?.parse().ok()
}

/// What machine this is: cores, processor, memory, kernel.
pub(crate) fn machine() -> String {
    let cpus = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let model = cpus
        .lines()
        .find_map(|line| line.strip_prefix("model name")?.split_once(':'))
        .map_or("unknown processor", |(_, model)| model.trim());
    let memory = std::fs::read_to_string("/proc/meminfo").unwrap_or_default();
    let gigabytes = field(&memory, "MemTotal:").unwrap_or(0) / 1024 / 1024;
    let kernel = std::fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    format!(
        "{cores} cores, {model}, {gigabytes} GiB, Linux {}",
        kernel.trim()
    )
}

/// How busy the machine was in the last minute: without us it should be 0.
pub(crate) fn load_average() -> f64 {
    let text = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let first = text.split_whitespace().next();
    first.and_then(|number| number.parse().ok()).unwrap_or(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_with_parentheses_does_not_shift_the_fields() {
        let stat = "7 (a) b) S 1 2 3 4 5 6 7 8 9 10 150 50 0 0";
        assert_eq!(cpu(stat), Some(Duration::from_secs(2)));
    }

    #[test]
    fn a_field_is_found_by_its_name() {
        let text = "VmPeak:\t 9 kB\nVmHWM:\t  1234 kB\n";
        assert_eq!(field(text, "VmHWM:"), Some(1234));
        assert_eq!(field(text, "VmRSS:"), None);
    }

    #[test]
    fn we_ourselves_use_memory() {
        let memory = Memory::of(std::process::id()).unwrap();
        assert!(memory.now > 0 && memory.peak >= memory.now);
        assert!(family(std::process::id()).contains(&std::process::id()));
    }
}
