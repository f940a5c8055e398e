//! Numbers and times as people read them. Pure; views are made of these.

use askama::Template;
use askama::filters::HtmlSafe;
use watchpost_model::Timestamp;

const MINUTE: i64 = 60;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// A moment: how long ago, and the exact time in UTC for who hovers, copies or listens.
#[derive(Clone, Debug, PartialEq, Eq, Template)]
#[template(path = "components/when.html")]
pub(crate) struct When {
    /// For programs: RFC 3339.
    pub(crate) iso: String,
    /// For people: `2026-05-03 17:41:36 UTC`.
    pub(crate) absolute: String,
    /// For people in a hurry: `3 min ago`.
    pub(crate) relative: String,
}

impl When {
    pub(crate) fn new(moment: Timestamp, now: Timestamp) -> Self {
        Self {
            iso: moment.to_string(),
            absolute: absolute(moment),
            relative: relative(moment, now),
        }
    }
}

/// The template escapes what it prints.
impl HtmlSafe for When {}

/// A count: exact up to 9,999, then rounded, with the exact one for who hovers.
#[derive(Clone, Debug, PartialEq, Eq, Template)]
#[template(path = "components/count.html")]
pub(crate) struct Count {
    pub(crate) short: String,
    pub(crate) exact: String,
}

impl Count {
    pub(crate) fn new(count: u64) -> Self {
        Self {
            short: rounded(count),
            exact: grouped(count),
        }
    }

    fn is_rounded(&self) -> bool {
        self.short != self.exact
    }
}

/// The template escapes what it prints.
impl HtmlSafe for Count {}

/// `2026-05-03 17:41:36 UTC`
pub(crate) fn absolute(moment: Timestamp) -> String {
    let text = moment.to_string();
    let text = text.split(['.', 'Z']).next().unwrap_or(&text);
    format!("{} UTC", text.replace('T', " "))
}

/// `17:41:36.447`: the time of day, for rows that share a day.
pub(crate) fn time_of_day(moment: Timestamp) -> String {
    let text = moment.to_string();
    let time = text.split_once('T').map_or(&*text, |(_, time)| time);
    let time = time.trim_end_matches('Z');
    match time.split_once('.') {
        Some((time, fraction)) => format!("{time}.{fraction:0<3.3}"),
        None => time.to_owned(),
    }
}

fn relative(moment: Timestamp, now: Timestamp) -> String {
    let secs = now.secs_since(moment);
    let (size, ahead) = (secs.abs(), secs < 0);
    let text = match size {
        ..MINUTE => return "just now".to_owned(),
        MINUTE..HOUR => format!("{} min", size / MINUTE),
        HOUR..DAY => format!("{} h", size / HOUR),
        _ if size < 60 * DAY => format!("{} d", size / DAY),
        _ if size < 730 * DAY => format!("{} mo", size / (30 * DAY)),
        _ => format!("{} y", size / (365 * DAY)),
    };
    if ahead {
        format!("in {text}")
    } else {
        format!("{text} ago")
    }
}

fn rounded(count: u64) -> String {
    const STEPS: [(u64, &str); 3] = [(1_000_000_000, "G"), (1_000_000, "M"), (1_000, "k")];
    if count <= 9_999 {
        return grouped(count);
    }
    let step = STEPS.into_iter().find(|(unit, _)| count >= *unit);
    let (unit, letter) = step.unwrap_or((1, ""));
    let tenths = count / (unit / 10).max(1);
    match tenths {
        1_000.. => format!("{}{letter}", tenths / 10),
        _ if tenths.is_multiple_of(10) => format!("{}{letter}", tenths / 10),
        _ => format!("{}.{}{letter}", tenths / 10, tenths % 10),
    }
}

/// `1,234,567`
pub(crate) fn grouped(count: u64) -> String {
    let digits = count.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// `512 B`, `1.5 KiB`, `3.2 GiB`: one digit behind the point.
pub(crate) fn bytes_in_words(bytes: u64) -> String {
    const UNITS: [(u32, &str); 4] = [(40, "TiB"), (30, "GiB"), (20, "MiB"), (10, "KiB")];
    let unit = UNITS.into_iter().find(|(bits, _)| bytes >> bits > 0);
    let Some((bits, name)) = unit else {
        return format!("{bytes} B");
    };
    let tenths = (u128::from(bytes) * 10) >> bits;
    match (tenths / 10, tenths % 10) {
        (whole, 0) => format!("{whole} {name}"),
        (whole, tenth) => format!("{whole}.{tenth} {name}"),
    }
}

/// `1 event`, `2 events`
pub(crate) fn plural(count: u64, noun: &str) -> String {
    let s = if count == 1 { "" } else { "s" };
    format!("{} {noun}{s}", grouped(count))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_exact_up_to_9999() {
        let check = |count: u64, short: &str, exact: &str| {
            let got = Count::new(count);
            assert_eq!((got.short.as_str(), got.exact.as_str()), (short, exact));
        };
        check(0, "0", "0");
        check(999, "999", "999");
        check(9_999, "9,999", "9,999");
        check(10_000, "10k", "10,000");
        check(12_345, "12.3k", "12,345");
        check(123_456, "123k", "123,456");
        check(999_999, "999k", "999,999");
        check(1_250_000, "1.2M", "1,250,000");
        check(u64::MAX, "18446744073G", "18,446,744,073,709,551,615");
    }

    #[test]
    fn bytes_are_said_in_the_largest_unit() {
        let check = |bytes: u64, words: &str| assert_eq!(bytes_in_words(bytes), words);
        check(0, "0 B");
        check(1023, "1023 B");
        check(1024, "1 KiB");
        check(1600, "1.5 KiB");
        check(5 << 30, "5 GiB");
        check(u64::MAX, "16777215.9 TiB");
    }

    #[test]
    fn times_are_relative_to_now() {
        let now = Timestamp::from_secs(1_800_000_000);
        let check = |ago: i64, expect: &str| {
            assert_eq!(When::new(now.plus_secs(-ago), now).relative, expect);
        };
        check(0, "just now");
        check(59, "just now");
        check(61, "1 min ago");
        check(3 * HOUR + 5, "3 h ago");
        check(25 * HOUR, "1 d ago");
        check(61 * DAY, "2 mo ago");
        check(800 * DAY, "2 y ago");
        check(-120, "in 2 min");
    }

    #[test]
    fn absolute_times_are_utc_and_say_so() {
        let moment = Timestamp::from_micros(1_304_358_096_447_563);
        assert_eq!(absolute(moment), "2011-05-02 17:41:36 UTC");
        assert_eq!(time_of_day(moment), "17:41:36.447");
        let round = Timestamp::from_micros(1_304_358_096_400_000);
        assert_eq!(time_of_day(round), "17:41:36.400");
        assert_eq!(time_of_day(Timestamp::from_secs(1_304_358_096)), "17:41:36");
        let html = When::new(moment, moment).render().unwrap();
        assert!(
            html.contains(r#"datetime="2011-05-02T17:41:36.447563Z""#),
            "{html}"
        );
    }
}
