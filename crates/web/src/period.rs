//! The time that a list or a chart is about, as an address names it: `statsPeriod=14d`, or `start=`
//! and `end=`. Pages and API read it here.

use watchpost_model::Timestamp;

const DAY_SECS: i64 = 24 * 3600;

/// A time as an address names it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct TimeRange {
    /// The last so many seconds.
    last_secs: Option<i64>,
    start: Option<Timestamp>,
    end: Option<Timestamp>,
}

impl TimeRange {
    /// Reads `statsPeriod`, `start` and `end`; `None` or an empty text where one is not given. A
    /// start or an end decide alone.
    ///
    /// # Errors
    ///
    /// What cannot be understood, in words.
    pub(crate) fn read(
        period: Option<&str>,
        start: Option<&str>,
        end: Option<&str>,
    ) -> Result<Self, String> {
        let given = |text: Option<&str>| text.filter(|text| !text.is_empty()).map(str::to_owned);
        let start = given(start)
            .map(|text| moment("start", &text))
            .transpose()?;
        let end = given(end).map(|text| last_moment(&text)).transpose()?;
        let last_secs = given(period).map(|text| secs(&text)).transpose()?;
        Ok(Self {
            last_secs: last_secs.filter(|_| start.is_none() && end.is_none()),
            start,
            end,
        })
    }

    /// When it begins.
    pub(crate) fn since(&self, now: Timestamp) -> Option<Timestamp> {
        self.start
            .or_else(|| self.last_secs.map(|secs| now.plus_secs(-secs)))
    }

    /// When it ends.
    pub(crate) fn until(&self) -> Option<Timestamp> {
        self.end
    }
}

/// `24h`, `14d`, `2w`, `30m` in seconds.
pub(crate) fn secs(text: &str) -> Result<i64, String> {
    let secs = || {
        let unit = match text.chars().last()? {
            's' => 1,
            'm' => 60,
            'h' => 3600,
            'd' => DAY_SECS,
            'w' => 7 * DAY_SECS,
            _ => return None,
        };
        let number = text.get(..text.len() - 1)?;
        let number: u32 = number.parse().ok().filter(|number| *number > 0)?;
        Some(i64::from(number).saturating_mul(unit))
    };
    secs().ok_or_else(|| format!("`{text}` is no period, such as 24h or 14d."))
}

/// `2026-05-04T12:30:00`, with a zone or as UTC; a day alone is its first moment.
pub(crate) fn moment(key: &str, text: &str) -> Result<Timestamp, String> {
    let with_zone = [
        text.to_owned(),
        format!("{text}Z"),
        format!("{text}T00:00:00Z"),
    ];
    let mut read = with_zone.iter().map(|text| Timestamp::parse_rfc3339(text));
    let found = read.find_map(|read| read);
    found.ok_or_else(|| format!("`{key}` is no time, such as 2026-05-04T12:30:00Z."))
}

/// The same for an end: a day alone is its last moment.
fn last_moment(text: &str) -> Result<Timestamp, String> {
    let end = moment("end", text)?;
    let is_day = text.len() == "2026-05-04".len();
    Ok(if is_day {
        end.plus_secs(DAY_SECS - 1)
    } else {
        end
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(texts: [&str; 3], expect: Result<(Option<&str>, Option<&str>), &str>) {
        let now = Timestamp::parse_rfc3339("2026-05-15T12:00:00Z").unwrap();
        let [period, start, end] = texts;
        let read = TimeRange::read(Some(period), Some(start), Some(end));
        let shown = |moment: Option<Timestamp>| moment.map(|moment| moment.to_string());
        let got = read.map(|read| (shown(read.since(now)), shown(read.until())));
        let expect =
            expect.map(|(since, until)| (since.map(str::to_owned), until.map(str::to_owned)));
        assert_eq!(got, expect.map_err(str::to_owned), "{texts:?}");
    }

    #[test]
    fn times_of_addresses() {
        check(["", "", ""], Ok((None, None)));
        check(["14d", "", ""], Ok((Some("2026-05-01T12:00:00Z"), None)));
        check(["30m", "", ""], Ok((Some("2026-05-15T11:30:00Z"), None)));
        let both = (Some("2026-05-01T00:00:00Z"), Some("2026-05-02T23:59:59Z"));
        check(["14d", "2026-05-01", "2026-05-02"], Ok(both));
        check(
            ["", "", "2026-05-02T10:00:00"],
            Ok((None, Some("2026-05-02T10:00:00Z"))),
        );
        check(
            ["1x", "", ""],
            Err("`1x` is no period, such as 24h or 14d."),
        );
        check(
            ["0d", "", ""],
            Err("`0d` is no period, such as 24h or 14d."),
        );
        check(
            ["\u{e4}", "", ""],
            Err("`\u{e4}` is no period, such as 24h or 14d."),
        );
        check(
            ["", "soon", ""],
            Err("`start` is no time, such as 2026-05-04T12:30:00Z."),
        );
    }
}
