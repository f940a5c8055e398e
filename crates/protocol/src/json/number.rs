//! Numbers of JSON: their grammar, and whether a double holds them. Called by `json::scan`.

/// A number at the start of a text.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Number {
    /// Its length in bytes.
    pub(super) len: usize,
    /// Whether a double holds it, with room to spare for readers that round in two steps.
    pub(super) in_range: bool,
}

/// Above, readers differ in what they call infinite: `serde_json` computes digits times power.
const MAGNITUDE_MAX: f64 = 1e308;
/// With fewer digits and no exponent there is nothing to compute.
const PLAIN_DIGITS: usize = 300;

/// Reads the number at the start of `text`; `None` when there is none.
pub(super) fn read(text: &[u8]) -> Option<Number> {
    let unsigned = text.strip_prefix(b"-").unwrap_or(text);
    let mut rest = match unsigned {
        [b'0', rest @ ..] => rest,
        _ => digits(unsigned)?,
    };
    let plain = unsigned.len() - rest.len() <= PLAIN_DIGITS;
    if let Some(fraction) = rest.strip_prefix(b".") {
        rest = digits(fraction)?;
    }
    let mut exponent = false;
    if let [b'e' | b'E', tail @ ..] = rest {
        let tail = match tail {
            [b'+' | b'-', tail @ ..] => tail,
            _ => tail,
        };
        rest = digits(tail)?;
        exponent = true;
    }
    let len = text.len() - rest.len();
    let in_range = (plain && !exponent) || text.get(..len).is_some_and(fits);
    Some(Number { len, in_range })
}

/// What follows at least one digit.
fn digits(text: &[u8]) -> Option<&[u8]> {
    let count = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    if count == 0 {
        return None;
    }
    text.get(count..)
}

fn fits(number: &[u8]) -> bool {
    let text = std::str::from_utf8(number).unwrap_or_default();
    // Linear, and an exponent of any length is cheap: it saturates.
    text.parse::<f64>()
        .is_ok_and(|value| value.abs() <= MAGNITUDE_MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expect: Option<(usize, bool)>) {
        let got = read(text.as_bytes()).map(|number| (number.len, number.in_range));
        assert_eq!(got, expect, "{text}");
    }

    #[test]
    fn the_grammar() {
        for text in [
            "0", "-0", "7", "-12", "1.5", "0.0", "1e5", "1E+5", "1.25e-7", "10",
        ] {
            check(text, Some((text.len(), true)));
        }
        check("1,2", Some((1, true)));
        check("01", Some((1, true)));
        check("1.5.5", Some((3, true)));
        for text in [
            "", "-", "+1", ".5", "5.", "1e", "1e+", "--1", "a", "-a", "1.e5",
        ] {
            check(text, None);
        }
    }

    #[test]
    fn i11_the_range() {
        check("1e308", Some((5, true)));
        check("1.7976931348623157e308", Some((22, false)));
        check("1e400", Some((5, false)));
        check("-1e400", Some((6, false)));
        check("1e-400", Some((6, true)));
        check("0e1000000000", Some((12, true)));
        check("1e1000000000", Some((12, false)));
        check("1e99999999999999999999999999", Some((28, false)));
        let digits = "9".repeat(400);
        check(&digits, Some((400, false)));
        check(&format!("0.{digits}"), Some((402, true)));
        check(&format!("{digits}e-399"), Some((405, true)));
        check(&"1".repeat(308), Some((308, true)));
    }
}
