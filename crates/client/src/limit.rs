//! How long a server wants to be left alone, read from its answer. Pure; `worker` keeps the result.

use std::time::Duration;

use crate::limits::{BACKOFF, BACKOFF_MAX};

/// The time to leave a server alone after this answer, if it asks for that.
///
/// * `limits` — the `X-Sentry-Rate-Limits` header, which may come with any status and wins.
/// * `retry_after` — the `Retry-After` header, which counts with 429 only.
pub(crate) fn backoff(
    status: u16,
    limits: Option<&str>,
    retry_after: Option<&str>,
) -> Option<Duration> {
    if let Some(limits) = limits {
        return limits.split(',').filter_map(quota).max();
    }
    if status != 429 {
        return None;
    }
    Some(retry_after.and_then(secs).unwrap_or(BACKOFF))
}

/// One quota, `60:error;default:key:reason`, when it covers events. No categories means all.
fn quota(text: &str) -> Option<Duration> {
    let mut parts = text.trim().split(':');
    let wait = secs(parts.next()?)?;
    let categories = parts.next().unwrap_or_default().trim();
    let mut names = categories.split(';').map(str::trim);
    let ours = categories.is_empty() || names.any(|name| matches!(name, "error" | "default"));
    ours.then_some(wait)
}

fn secs(text: &str) -> Option<Duration> {
    let secs = Duration::try_from_secs_f64(text.trim().parse().ok()?).ok()?;
    Some(secs.min(BACKOFF_MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(status: u16, limits: &str, retry_after: &str, expect_secs: Option<u64>) {
        let some = |text: &'static str| (!text.is_empty()).then_some(text);
        let (limits, retry_after) = (limits.to_owned().leak(), retry_after.to_owned().leak());
        let got = backoff(status, some(limits), some(retry_after));
        assert_eq!(
            got,
            expect_secs.map(Duration::from_secs),
            "{limits} {retry_after}"
        );
    }

    #[test]
    fn answers_and_their_backoff() {
        check(200, "", "", None);
        check(200, "", "30", None);
        check(500, "", "30", None);
        check(429, "", "30", Some(30));
        check(429, "", "", Some(60));
        check(429, "", "Wed, 21 Oct 2026 07:28:00 GMT", Some(60));
        check(200, "10:error:key", "", Some(10));
        check(
            429,
            "10:error;default:organization:quota_exceeded, 20:transaction:key",
            "99",
            Some(10),
        );
        check(429, "10:default:key,25::organization", "", Some(25));
        check(429, "60:transaction:key", "60", None);
        check(429, "nonsense, :, -5:error", "", None);
        check(429, "1e300:error", "", None);
        check(429, "", "99999999", Some(86_400));
    }
}
