//! The keys about what is kept, and for how long.

use anyhow::{Context, Result, bail};
use watchpost_ingest::limits::RETENTION_DAYS;
use watchpost_model::{Project, Retention};
use watchpost_store::limits::NEW_ISSUES_PER_HOUR_MAX;
use watchpost_store::sqlite::ArchiveOptions;

use super::Setting;

/// What is kept, unless a project says otherwise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Keeping {
    /// How long events are kept.
    pub(crate) retention: Retention,
    /// How many issues a project may open within an hour.
    pub(crate) new_issues_per_hour: u64,
    /// How many events a file of the archive takes before the next one begins.
    pub(crate) partition_events_max: u64,
}

impl Keeping {
    /// What is in force for a project; both halves are its own or the installation's.
    pub(crate) fn retention_of(&self, project: &Project) -> Retention {
        Retention {
            days: project.retention.days.or(self.retention.days),
            bytes: project.retention.bytes.or(self.retention.bytes),
        }
    }
}

impl Default for Keeping {
    fn default() -> Self {
        Self {
            retention: Retention {
                days: Some(RETENTION_DAYS),
                bytes: None,
            },
            new_issues_per_hour: NEW_ISSUES_PER_HOUR_MAX,
            partition_events_max: ArchiveOptions::default().event_count_max,
        }
    }
}

pub(super) const SETTINGS: &[Setting] = &[
    Setting {
        name: "retention_days",
        default: "90",
        help: "Days that events are kept, unless their project says otherwise.",
        set: |config, value| {
            config.keeping.retention.days = Some(days_of(value)?);
            Ok(())
        },
    },
    Setting {
        name: "retention_bytes",
        default: "no bound",
        help: "Stored bytes of each project beyond which its oldest events go, such as 10GB.",
        set: |config, value| {
            config.keeping.retention.bytes = Some(bytes_of(value)?);
            Ok(())
        },
    },
    Setting {
        name: "new_issues_per_hour",
        default: "1000",
        help: "Issues that a project may open in an hour; further kinds of events share one issue.",
        set: |config, value| {
            let wanted = "expected a number of issues";
            config.keeping.new_issues_per_hour = value.parse().context(wanted)?;
            Ok(())
        },
    },
    Setting {
        name: "partition_events_max",
        default: "262144",
        help: "Events in one file of the archive, at most; files are forgotten as a whole.",
        set: |config, value| {
            let count: u64 = value.parse().context("expected a number of events")?;
            if count == 0 {
                bail!("a file has to take at least 1 event");
            }
            config.keeping.partition_events_max = count;
            Ok(())
        },
    },
];

/// Days of a retention.
pub(crate) fn days_of(text: &str) -> Result<u32> {
    let days = text.parse().context("expected a number of days")?;
    if days == 0 {
        bail!("0 days would forget everything: choose 1 or more");
    }
    Ok(days)
}

/// A number of bytes as people write it: `500000`, `750MB`, `10 GB`, `2TiB`.
pub(crate) fn bytes_of(text: &str) -> Result<u64> {
    let wanted = || format!("expected a number of bytes, such as 10GB, found `{text}`");
    let end = text.find(|char: char| !char.is_ascii_digit());
    let (number, unit) = text
        .split_at_checked(end.unwrap_or(text.len()))
        .unwrap_or((text, ""));
    let number: u64 = number.parse().with_context(wanted)?;
    let factor = match unit.trim().to_ascii_lowercase().as_str() {
        "" | "b" => 1,
        "k" | "kb" => 1_000,
        "m" | "mb" => 1_000_000,
        "g" | "gb" => 1_000_000_000,
        "t" | "tb" => 1_000_000_000_000,
        "kib" => 1 << 10,
        "mib" => 1 << 20,
        "gib" => 1 << 30,
        "tib" => 1 << 40,
        _ => bail!(wanted()),
    };
    number
        .checked_mul(factor)
        .filter(|bytes| *bytes > 0)
        .with_context(wanted)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_as_people_write_them() {
        let check = |text: &str, expect: Option<u64>| {
            assert_eq!(bytes_of(text).ok(), expect, "{text}");
        };
        check("500000", Some(500_000));
        check("750MB", Some(750_000_000));
        check("10 gb", Some(10_000_000_000));
        check("2TiB", Some(2 << 40));
        for wrong in [
            "",
            "GB",
            "0",
            "-1",
            "1.5GB",
            "10 parsecs",
            "99999999999TB",
            "1é",
        ] {
            check(wrong, None);
        }
    }
}
