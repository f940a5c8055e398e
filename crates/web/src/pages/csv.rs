//! Tables as CSV (RFC 4180), for spreadsheets. Pure, but for the answer.

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
        for (place, cell) in cells.iter().enumerate() {
            if place > 0 {
                self.0.push(',');
            }
            self.cell(cell.as_ref());
        }
        self.0.push_str("\r\n");
    }

    fn cell(&mut self, text: &str) {
        // What begins so, a spreadsheet would work out: clients write these texts.
        let is_formula = text.starts_with(['=', '+', '-', '@', '\t', '\r']);
        let is_number = text.parse::<f64>().is_ok();
        let guard = if is_formula && !is_number { "'" } else { "" };
        if !is_formula && !text.contains([',', '"', '\n', '\r']) {
            self.0.push_str(text);
            return;
        }
        self.0.push('"');
        self.0.push_str(guard);
        self.0.push_str(&text.replace('"', "\"\""));
        self.0.push('"');
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_quoted_and_no_formula_gets_through() {
        let mut csv = Csv::new(&["a", "b"]);
        csv.row(&["1", "x, \"y\""]);
        csv.row(&["-5", "=cmd|' /C calc'!A0"]);
        csv.row(&["two\nlines", "@x"]);
        let expect = "a,b\r\n1,\"x, \"\"y\"\"\"\r\n\"-5\",\"'=cmd|' /C calc'!A0\"\r\n\
                      \"two\nlines\",\"'@x\"\r\n";
        assert_eq!(csv.0, expect);
    }
}
