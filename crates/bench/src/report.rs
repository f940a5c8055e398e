//! Results: a table on the terminal, one JSON object a line in a file, and the sections of
//! docs/benchmarks.md that are made from that file.

use std::fs::File;
use std::io::Write;
use std::path::Path;

use anyhow::Context;
use serde_json::{Map, Value};

use crate::{clock, proc};

/// Tables with more are turned: a page is only so wide.
const COLUMN_COUNT_MAX: usize = 10;

/// One line of a result: names of columns and what was measured, in the order of the table.
#[derive(Clone, Default)]
pub(crate) struct Row(Map<String, Value>);

impl Row {
    pub(crate) fn text(mut self, name: &str, value: impl Into<String>) -> Self {
        self.0.insert(name.to_owned(), Value::String(value.into()));
        self
    }

    pub(crate) fn count(mut self, name: &str, value: u64) -> Self {
        self.0.insert(name.to_owned(), Value::from(value));
        self
    }

    /// A measured figure, with as many digits as it deserves.
    pub(crate) fn figure(mut self, name: &str, value: f64) -> Self {
        let digits = match value.abs() {
            0.0..1.0 => 1000.0,
            1.0..100.0 => 100.0,
            100.0..1000.0 => 10.0,
            _ => 1.0,
        };
        let rounded = (value * digits).round() / digits;
        self.0.insert(name.to_owned(), Value::from(rounded));
        self
    }

    pub(crate) fn milliseconds(self, name: &str, micros: u64) -> Self {
        self.figure(name, crate::load::float(micros) / 1000.0)
    }

    /// Megabytes of 1024² bytes.
    pub(crate) fn megabytes(self, name: &str, bytes: u64) -> Self {
        self.figure(name, crate::load::float(bytes) / 1_048_576.0)
    }

    pub(crate) fn get(&self, name: &str) -> Option<f64> {
        self.0.get(name).and_then(Value::as_f64)
    }
}

/// What one command measured.
pub(crate) struct Report {
    /// Which section of the page it fills.
    pub(crate) section: &'static str,
    pub(crate) rows: Vec<Row>,
}

impl Report {
    /// Prints the rows and appends them to `results`, with time, machine and load.
    pub(crate) fn publish(&self, results: &Path) -> anyhow::Result<()> {
        println!("\n{}", self.markdown());
        let mut file = File::options().create(true).append(true).open(results)?;
        for row in &self.rows {
            let mut line = Map::new();
            line.insert("section".to_owned(), self.section.into());
            line.insert("at".to_owned(), at().into());
            line.insert("machine".to_owned(), proc::machine().into());
            line.insert("load".to_owned(), proc::load_average().into());
            line.extend(row.0.clone());
            writeln!(file, "{}", Value::Object(line))?;
        }
        Ok(())
    }

    /// Puts the rows into the section of a page, between its two markers.
    pub(crate) fn document(&self, page: &Path, load: f64) -> anyhow::Result<()> {
        let now = at();
        let (date, _) = now.split_once('T').unwrap_or((&now, ""));
        let note = format!("Measured {date}; load of the machine before the run: {load:.1}.");
        fill(
            page,
            self.section,
            &format!("{note}\n\n{}", self.markdown()),
        )
    }

    /// A line for each row; with many columns, a line for each column.
    pub(crate) fn markdown(&self) -> String {
        let columns = self.columns();
        let cell = |row: &Row, name: &str| match row.0.get(name) {
            Some(Value::String(text)) => text.clone(),
            Some(number) => thousands(&number.to_string()),
            None => String::new(),
        };
        let mut lines: Vec<Vec<String>> = if columns.len() > COLUMN_COUNT_MAX {
            let line = |name: &String| {
                let cells = self.rows.iter().map(|row| cell(row, name));
                std::iter::once(name.clone()).chain(cells).collect()
            };
            columns.iter().map(line).collect()
        } else {
            let line = |row| columns.iter().map(|name| cell(row, name)).collect();
            let rows = self.rows.iter().map(line);
            std::iter::once(columns.clone()).chain(rows).collect()
        };
        let width = lines.first().map_or(0, Vec::len);
        lines.insert(1.min(lines.len()), vec!["---".to_owned(); width]);
        let line = |cells: &Vec<String>| format!("| {} |\n", cells.join(" | "));
        lines.iter().map(line).collect()
    }

    /// Every column that some row has, in order of appearance.
    fn columns(&self) -> Vec<String> {
        let mut columns: Vec<String> = Vec::new();
        for name in self.rows.iter().flat_map(|row| row.0.keys()) {
            if !columns.contains(name) {
                columns.push(name.clone());
            }
        }
        columns
    }
}

/// Puts a text into a page, between the two markers of its section.
pub(crate) fn fill(page: &Path, section: &str, body: &str) -> anyhow::Result<()> {
    let text = std::fs::read_to_string(page)
        .with_context(|| format!("failed to read {}", page.display()))?;
    let text =
        replaced(&text, section, body).with_context(|| format!("no markers of `{section}`"))?;
    std::fs::write(page, text).context("failed to write the page")
}

fn at() -> String {
    let now = jiff::Timestamp::from_microsecond(clock::micros_now()).unwrap_or_default();
    format!("{now:.0}")
}

/// `text` with `body` between the markers of `section`; `None` when it has none.
fn replaced(text: &str, section: &str, body: &str) -> Option<String> {
    let start = format!("<!-- bench:{section} -->");
    let end = format!("<!-- /bench:{section} -->");
    let (before, rest) = text.split_once(&start)?;
    let (_, after) = rest.split_once(&end)?;
    Some(format!("{before}{start}\n{body}{end}{after}"))
}

/// `1234567.8` as `1,234,567.8`.
fn thousands(number: &str) -> String {
    let (whole, rest) = number.split_at(number.find('.').unwrap_or(number.len()));
    let mut out = String::new();
    for (index, digit) in whole.chars().enumerate() {
        if index > 0 && (whole.len() - index).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    let rest = if rest == ".0" { "" } else { rest };
    out + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_grouped() {
        for (number, expect) in [
            ("7", "7"),
            ("1234.0", "1,234"),
            ("9876543.21", "9,876,543.21"),
        ] {
            assert_eq!(thousands(number), expect);
        }
    }

    #[test]
    fn a_section_is_replaced_and_the_rest_stays() {
        let page = "a\n<!-- bench:x -->\nold\n<!-- /bench:x -->\nb\n";
        let new = replaced(page, "x", "new\n").unwrap();
        assert_eq!(new, "a\n<!-- bench:x -->\nnew\n<!-- /bench:x -->\nb\n");
        assert_eq!(replaced(page, "y", "new"), None);
    }

    #[test]
    fn rows_with_different_columns_share_a_table() {
        let report = Report {
            section: "x",
            rows: vec![
                Row::default().text("what", "a").count("events", 1200),
                Row::default().text("what", "b").figure("ms", 1.23456),
            ],
        };
        let expect = "| what | events | ms |\n| --- | --- | --- |\n| a | 1,200 |  |\n\
                      | b |  | 1.23 |\n";
        assert_eq!(report.markdown(), expect);
    }

    #[test]
    fn a_wide_table_is_turned() {
        let mut row = Row::default().text("what", "a");
        for column in 0..COLUMN_COUNT_MAX {
            row = row.count(&format!("c{column}"), 1);
        }
        let report = Report {
            section: "x",
            rows: vec![row],
        };
        assert!(
            report
                .markdown()
                .starts_with("| what | a |\n| --- | --- |\n| c0 | 1 |\n")
        );
    }
}
