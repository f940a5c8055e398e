//! A moment in time, UTC, in microseconds: the finest grain that clients send.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Microseconds since 1970-01-01T00:00:00Z. Printed as RFC 3339 ending in `Z`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

impl Timestamp {
    /// In the year 0001: RFC 3339 can print no year before, and no stored time breaks a page.
    pub const MIN: Self = Self(-62_135_596_800_000_000);
    /// In the year 9999: no year after.
    pub const MAX: Self = Self(253_402_207_200_000_000);

    /// A moment from microseconds since the epoch; out of range it becomes the nearest limit.
    pub fn from_micros(micros: i64) -> Self {
        Self(micros.clamp(Self::MIN.0, Self::MAX.0))
    }

    /// A moment from whole seconds since the epoch.
    pub fn from_secs(secs: i64) -> Self {
        Self::from_micros(secs.saturating_mul(1_000_000))
    }

    /// A moment from seconds with a fraction; `None` for NaN and the infinities.
    pub fn from_secs_f64(secs: f64) -> Option<Self> {
        #[expect(clippy::cast_possible_truncation, reason = "`as` saturates, as wanted")]
        secs.is_finite()
            .then(|| Self::from_micros((secs * 1_000_000.0).round() as i64))
    }

    /// Microseconds since the epoch.
    pub fn as_micros(self) -> i64 {
        self.0
    }

    /// Whole seconds since the epoch, rounded down.
    pub fn as_secs(self) -> i64 {
        self.0.div_euclid(1_000_000)
    }

    /// The start of the hour that holds this moment.
    #[must_use]
    pub fn floor_to_hour(self) -> Self {
        Self::from_secs(self.as_secs().div_euclid(3600) * 3600)
    }

    /// This moment moved by `secs`, which may be negative.
    #[must_use]
    pub fn plus_secs(self, secs: i64) -> Self {
        Self::from_micros(self.0.saturating_add(secs.saturating_mul(1_000_000)))
    }

    /// Seconds from `earlier` to this moment; negative when `earlier` is later.
    pub fn secs_since(self, earlier: Self) -> i64 {
        self.0.saturating_sub(earlier.0).div_euclid(1_000_000)
    }

    /// Reads RFC 3339 and its relatives: with or without zone (then UTC), `T` or a space.
    pub fn parse_rfc3339(text: &str) -> Option<Self> {
        let text = text.trim();
        if let Ok(moment) = text.parse::<jiff::Timestamp>() {
            return Some(Self::from_micros(moment.as_microsecond()));
        }
        let civil = text.parse::<jiff::civil::DateTime>().ok()?;
        let zoned = civil.to_zoned(jiff::tz::TimeZone::UTC).ok()?;
        Some(Self::from_micros(zoned.timestamp().as_microsecond()))
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match jiff::Timestamp::from_microsecond(self.0) {
            Ok(moment) => moment.fmt(f),
            // Not reachable within the clamped range; a number is better than a panic.
            Err(_) => self.0.fmt(f),
        }
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse_rfc3339(&text).ok_or_else(|| serde::de::Error::custom("not a timestamp"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expect: &str) {
        let got = Timestamp::parse_rfc3339(text).map(|moment| moment.to_string());
        assert_eq!(got.as_deref(), Some(expect), "{text}");
    }

    #[test]
    fn reads_what_clients_send_and_prints_z() {
        check("2011-05-02T17:41:36", "2011-05-02T17:41:36Z");
        check("2011-05-02T17:41:36Z", "2011-05-02T17:41:36Z");
        check("2026-11-22T13:42:15.447563Z", "2026-11-22T13:42:15.447563Z");
        check("2026-11-22 13:42:15+02:00", "2026-11-22T11:42:15Z");
        assert_eq!(Timestamp::parse_rfc3339("yesterday"), None);
    }

    #[test]
    fn the_ends_of_the_range_can_be_printed() {
        for micros in [i64::MIN, i64::MAX] {
            let text = Timestamp::from_micros(micros).to_string();
            assert!(text.ends_with('Z'), "{text}");
            assert!(Timestamp::parse_rfc3339(&text).is_some(), "{text}");
        }
        assert_eq!(Timestamp::from_secs_f64(f64::NAN), None);
        assert!(Timestamp::from_secs_f64(1e300).is_some());
    }

    #[test]
    fn hours_round_down_before_the_epoch_too() {
        let moment = Timestamp::from_secs(-1).floor_to_hour();
        assert_eq!(moment, Timestamp::from_secs(-3600));
    }
}
