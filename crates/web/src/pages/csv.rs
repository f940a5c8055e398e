//! Tables as CSV (RFC 4180), for spreadsheets. Pure, but for the answer.

use std::borrow::Cow;

use axum::http::header;
use axum::response::{IntoResponse, Response};

/// A table in the making.
pub(crate) struct Csv(String);

impl Csv {
    pub(crate) fn new(heads: &[&str]) -> Self {
        let mut csv = Self(String::new());
        csv.row(heads);
        csv
    }

    pub(crate) fn row<T: AsRef<str>>(&mut self, cells: &[T]) {
        for (place, text) in cells.iter().enumerate() {
            if place > 0 {
                self.0.push(',');
            }
            self.0.push_str(&cell(text.as_ref()));
        }
        self.0.push_str("\r\n");
    }

    /// Sends it as a file of that name, which is a plain one.
    pub(crate) fn answer(self, name: &str) -> Response {
        let disposition = format!("attachment; filename=\"{name}.csv\"");
        let headers = [
            (header::CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()),
            (header::CACHE_CONTROL, "private, no-cache".to_owned()),
            (header::CONTENT_DISPOSITION, disposition),
        ];
        (headers, self.0).into_response()
    }
}

/// A text as a cell. What a spreadsheet would work out gets an apostrophe in front: clients write
/// these texts. A plain number stays one.
pub(crate) fn cell(text: &str) -> Cow<'_, str> {
    let is_formula =
        text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '\0']) && !is_number(text);
    if !is_formula && !text.contains([',', '"', '\n', '\r']) {
        return Cow::Borrowed(text);
    }
    let guard = if is_formula { "'" } else { "" };
    Cow::Owned(format!("\"{guard}{}\"", text.replace('"', "\"\"")))
}

/// `-inf` is a number to Rust alone.
fn is_number(text: &str) -> bool {
    text.parse::<f64>().is_ok() && text.ends_with(|last: char| last.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_quoted_and_no_formula_gets_through() {
        let mut csv = Csv::new(&["a", "b"]);
        csv.row(&["1", "x, \"y\""]);
        csv.row(&["-5", "=cmd|' /C calc'!A0"]);
        csv.row(&["two\nlines", "@x"]);
        let expect = "a,b\r\n1,\"x, \"\"y\"\"\"\r\n-5,\"'=cmd|' /C calc'!A0\"\r\n\
                      \"two\nlines\",\"'@x\"\r\n";
        assert_eq!(csv.0, expect);
    }

    #[test]
    fn cells_are_texts_and_numbers_and_no_formulas() {
        let check = |text: &str, expect: &str| assert_eq!(cell(text), expect, "{text:?}");
        check("", "");
        check("boom in shop", "boom in shop");
        check("a, \"b\"", "\"a, \"\"b\"\"\"");
        check("two\nlines", "\"two\nlines\"");
        check("=HYPERLINK(\"x\")", "\"'=HYPERLINK(\"\"x\"\")\"");
        for number in ["-5", "+1", "-1.5", "+1e5", "7"] {
            check(number, number);
        }
        for start in [
            "-", "+1+1", "-inf", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "\0=1",
        ] {
            check(start, &format!("\"'{start}\""));
        }
    }
}
