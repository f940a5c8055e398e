//! Moments in the forms in which programs write them.

use super::At;

/// Names of days and months are known by their first three letters.
const DAYS: [&str; 7] = [
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
    "sunday",
];
const MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];

/// The longest name of a zone that is looked at, as in `(Central European Standard Time)`.
const ZONE_BYTES_MAX: usize = 64;

/// Any of the forms.
pub(super) fn date(at: At<'_>) -> Option<usize> {
    let forms: &[fn(&mut Reader<'_>) -> Option<()>] = match at.byte(0)? {
        b'0'..=b'9' => &[iso, compressed, slashed, day_first, clock],
        b'd' => &[python],
        byte if byte.is_ascii_alphabetic() && at.word >= 3 => &[weekday_first, month_first],
        _ => return None,
    };
    forms.iter().find_map(|form| {
        let mut reader = Reader { at, end: 0 };
        form(&mut reader)?;
        at.whole(reader.end)
    })
}

/// Reads a form from left to right.
struct Reader<'a> {
    at: At<'a>,
    end: usize,
}

impl Reader<'_> {
    fn peek(&self) -> Option<u8> {
        self.at.byte(self.end)
    }

    /// One of these characters.
    fn one_of(&mut self, chars: &[u8]) -> Option<u8> {
        let byte = self.peek().filter(|byte| chars.contains(byte))?;
        self.end += 1;
        Some(byte)
    }

    /// These characters.
    fn text(&mut self, text: &str) -> Option<()> {
        let end = self.end + text.len();
        let found = self.at.rest.get(self.end..end)? == text.as_bytes();
        found.then(|| self.end = end)
    }

    /// A number of `least` to `most` digits that is no larger than `max`.
    fn number(&mut self, least: usize, most: usize, max: u32) -> Option<u32> {
        let digits = self
            .at
            .run(self.end, most + 1, |byte| byte.is_ascii_digit());
        let text = self.at.rest.get(self.end..self.end + digits)?;
        if !(least..=most).contains(&digits) {
            return None;
        }
        let value = text.iter().fold(0_u32, |sum, digit| {
            sum.saturating_mul(10)
                .saturating_add(u32::from(digit - b'0'))
        });
        self.end += digits;
        (value <= max).then_some(value)
    }

    /// A name of a day or a month, whole or its first three letters.
    fn name(&mut self, names: &[&str]) -> Option<()> {
        let len = self.at.run(self.end, 10, |byte| byte.is_ascii_alphabetic());
        let word = self.at.rest.get(self.end..self.end + len)?;
        let is_it = |name: &&str| {
            let short = name.get(..3).unwrap_or_default();
            let forms = [name.as_bytes(), short.as_bytes()];
            forms.iter().any(|form| word.eq_ignore_ascii_case(form))
        };
        names.iter().any(is_it).then(|| self.end += len)
    }

    /// Reads `part`, or stays where it was.
    #[expect(
        clippy::unnecessary_wraps,
        reason = "the steps of a form are chained by `?`"
    )]
    fn maybe(&mut self, part: fn(&mut Self) -> Option<()>) -> Option<()> {
        let start = self.end;
        if part(self).is_none() {
            self.end = start;
        }
        Some(())
    }
}

/// `2024-05-01`, with or without a time and a zone.
fn iso(reader: &mut Reader<'_>) -> Option<()> {
    reader.number(4, 4, 9999)?;
    let separator = reader.one_of(b"-/.")?;
    reader.number(1, 2, 12)?;
    reader.one_of(&[separator])?;
    reader.number(1, 2, 31)?;
    reader.maybe(|reader| {
        reader.one_of(b"T t_")?;
        time(reader)
    })
}

/// `20240501T101500Z`.
fn compressed(reader: &mut Reader<'_>) -> Option<()> {
    reader.number(8, 8, 99_991_231)?;
    reader.one_of(b"Tt")?;
    reader.number(4, 6, 235_960)?;
    reader.maybe(fraction)?;
    reader.maybe(zone)
}

/// `05/01/2024`, `1.5.2024`.
fn slashed(reader: &mut Reader<'_>) -> Option<()> {
    reader.number(1, 2, 31)?;
    let separator = reader.one_of(b"/.-")?;
    reader.number(1, 2, 31)?;
    reader.one_of(&[separator])?;
    reader.number(4, 4, 9999)?;
    reader.maybe(|reader| {
        reader.maybe(|reader| reader.text(","))?;
        reader.text(" ")?;
        time(reader)
    })
}

/// `01 May 2024 10:15:00 GMT`, `02-Oct-02 13:00:00`.
fn day_first(reader: &mut Reader<'_>) -> Option<()> {
    reader.number(1, 2, 31)?;
    reader.one_of(b" -/")?;
    reader.name(&MONTHS)?;
    reader.one_of(b" -/")?;
    reader.number(2, 4, 9999)?;
    reader.maybe(|reader| {
        reader.one_of(b" :")?;
        time(reader)
    })
}

/// `10:15`, `10:15:00.5`, `9:30 pm`.
fn clock(reader: &mut Reader<'_>) -> Option<()> {
    if reader.at.before == Some(b':') {
        return None;
    }
    time(reader)?;
    (reader.peek() != Some(b':')).then_some(())
}

/// A time of day with what may follow.
fn time(reader: &mut Reader<'_>) -> Option<()> {
    reader.number(1, 2, 24)?;
    reader.text(":")?;
    reader.number(2, 2, 59)?;
    reader.maybe(|reader| {
        reader.text(":")?;
        reader.number(2, 2, 60)?;
        reader.maybe(fraction)
    })?;
    reader.maybe(|reader| {
        reader.maybe(|reader| reader.text(" "))?;
        reader.one_of(b"aApP")?;
        reader.one_of(b"mM")?;
        reader.at.whole(reader.end).map(|_| ())
    })?;
    reader.maybe(zone)
}

/// `.123456789`, `,123`.
fn fraction(reader: &mut Reader<'_>) -> Option<()> {
    reader.one_of(b".,")?;
    reader.number(1, 9, u32::MAX).map(|_| ())
}

/// `Z`, `+0100`, `-07:00`, ` GMT+0100 (CET)`.
fn zone(reader: &mut Reader<'_>) -> Option<()> {
    if reader.one_of(b"Zz").is_some() {
        return Some(());
    }
    reader.maybe(|reader| reader.text(" "))?;
    let start = reader.end;
    reader.maybe(|reader| {
        const NAMES: [&str; 12] = [
            "GMT", "UTC", "CEST", "CET", "EST", "EDT", "CST", "CDT", "MST", "MDT", "PST", "PDT",
        ];
        NAMES.iter().find_map(|name| reader.text(name))
    })?;
    reader.maybe(|reader| {
        reader.one_of(b"+-")?;
        reader.number(2, 4, 9999)?;
        reader.maybe(|reader| {
            reader.text(":")?;
            reader.number(2, 2, 59).map(|_| ())
        })
    })?;
    if reader.end == start {
        return None;
    }
    reader.maybe(|reader| {
        reader.text(" (")?;
        let is_name = |byte: u8| byte.is_ascii_alphanumeric() || b" :+-".contains(&byte);
        reader.end += reader.at.run(reader.end, ZONE_BYTES_MAX, is_name);
        reader.text(")")
    })
}

/// `Wed, 02 Oct 2002 13:00:00 GMT`, `Wed Mar 06 2024 10:15:00 GMT+0100 (CET)`,
/// `Mon Jan  2 15:04:05 2006`.
fn weekday_first(reader: &mut Reader<'_>) -> Option<()> {
    reader.name(&DAYS)?;
    reader.maybe(|reader| reader.text(","))?;
    reader.text(" ")?;
    if reader.peek()?.is_ascii_digit() {
        return day_first(reader);
    }
    month_first(reader)
}

/// `Jan 02, 1999`, `Mar 06 2024 10:15:00`, `Jan  2 15:04:05 2006`.
fn month_first(reader: &mut Reader<'_>) -> Option<()> {
    reader.name(&MONTHS)?;
    reader.text(" ")?;
    reader.maybe(|reader| reader.text(" "))?;
    reader.number(1, 2, 31)?;
    reader.maybe(|reader| reader.text(","))?;
    reader.text(" ")?;
    let start = reader.end;
    if time(reader).is_some() {
        return reader.maybe(year);
    }
    reader.end = start;
    reader.number(4, 4, 9999)?;
    reader.maybe(|reader| {
        reader.maybe(|reader| reader.text(","))?;
        reader.text(" ")?;
        time(reader)
    })
}

fn year(reader: &mut Reader<'_>) -> Option<()> {
    reader.text(" ")?;
    reader.number(4, 4, 9999).map(|_| ())
}

/// `datetime.datetime(2024, 1, 2)`.
fn python(reader: &mut Reader<'_>) -> Option<()> {
    reader.text("datetime.")?;
    let kinds = ["datetime(", "date(", "time("];
    kinds.iter().find_map(|kind| reader.text(kind))?;
    let is_inside = |byte: u8| byte.is_ascii_alphanumeric() || b" ,.=_".contains(&byte);
    reader.end += reader.at.run(reader.end, ZONE_BYTES_MAX * 2, is_inside);
    reader.text(")")
}
