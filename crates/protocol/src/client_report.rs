//! Client reports: what a client says that it threw away. Called by the envelope gate.

use serde::Deserialize;

use crate::limits::CLIENT_REPORT_ENTRY_COUNT_MAX;

/// So many items of a kind, thrown away for one reason. The words are the client's own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Discarded {
    /// Why.
    pub reason: String,
    /// What kind of items.
    pub category: String,
    /// How many.
    pub quantity: u64,
}

/// The lists of a report. They differ in who decided; the client discarded it all.
#[derive(Deserialize, Default)]
#[serde(default)]
struct Report {
    #[serde(rename = "discarded_events")]
    discarded: Vec<Entry>,
    #[serde(rename = "rate_limited_events")]
    rate_limited: Vec<Entry>,
    #[serde(rename = "filtered_events")]
    filtered: Vec<Entry>,
    #[serde(rename = "filtered_sampling_events")]
    sampled: Vec<Entry>,
}

#[derive(Deserialize)]
struct Entry {
    #[serde(default)]
    reason: String,
    #[serde(default)]
    category: String,
    quantity: u64,
}

/// Reads a report; `None` when it is not one.
pub fn parse(payload: &[u8]) -> Option<Vec<Discarded>> {
    let report: Report = serde_json::from_slice(payload).ok()?;
    let entries = (report.discarded.into_iter())
        .chain(report.rate_limited)
        .chain(report.filtered)
        .chain(report.sampled);
    let entries = entries.take(CLIENT_REPORT_ENTRY_COUNT_MAX);
    Some(entries.map(discarded).collect())
}

fn discarded(entry: Entry) -> Discarded {
    let mut category = entry.category;
    // Clients of before 2019 call messages so; they are counted with errors.
    if category == "default" {
        "error".clone_into(&mut category);
    }
    Discarded {
        reason: entry.reason,
        category,
        quantity: entry.quantity,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(payload: &str, expect: Option<&[(&str, &str, u64)]>) {
        let got = parse(payload.as_bytes());
        let expect = expect.map(|rows| {
            let row = |row: &(&str, &str, u64)| Discarded {
                reason: row.0.to_owned(),
                category: row.1.to_owned(),
                quantity: row.2,
            };
            rows.iter().map(row).collect::<Vec<_>>()
        });
        assert_eq!(got, expect, "{payload}");
    }

    #[test]
    fn all_lists_of_a_report_are_read_in_order() {
        check(
            r#"{"timestamp": 1, "filtered_events": [{"reason": "c", "quantity": 3}],
                "rate_limited_events": [{"reason": "b", "category": "session", "quantity": 2}],
                "filtered_sampling_events": [{"category": "span", "quantity": 4}],
                "discarded_events": [{"reason": "a", "category": "default", "quantity": 1}]}"#,
            Some(&[
                ("a", "error", 1),
                ("b", "session", 2),
                ("c", "", 3),
                ("", "span", 4),
            ]),
        );
        check("{}", Some(&[]));
    }

    #[test]
    fn what_is_no_report_is_none() {
        check("[", None);
        check("[]", Some(&[]));
        check(r#"{"discarded_events": [{"reason": "a"}]}"#, None);
        check(r#"{"discarded_events": [{"quantity": -1}]}"#, None);
        check("", None);
    }

    #[test]
    fn of_a_hostile_report_only_so_much_is_read() {
        let entries = vec![r#"{"quantity": 1}"#; CLIENT_REPORT_ENTRY_COUNT_MAX + 1].join(",");
        let report = format!(r#"{{"discarded_events": [{entries}]}}"#);
        let read = parse(report.as_bytes()).unwrap();
        assert_eq!(read.len(), CLIENT_REPORT_ENTRY_COUNT_MAX);
    }
}
