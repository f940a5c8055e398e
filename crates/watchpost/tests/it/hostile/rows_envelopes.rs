//! I20 and I21: how an envelope is put together.

use super::arena::row;
use super::rows_doors::envelope;

const EVENT: &str = r#"{"message": "well-formed"}"#;

#[test]
fn i20_lengths_and_lines_of_envelopes() {
    row(|account| {
        let item =
            |length: &str| format!("{{}}\n{{\"type\":\"event\",\"length\":{length}}}\n{EVENT}\n");
        let refused: &[u16] = &[400, 413];
        let either: &[u16] = &[200, 400];
        let mut cases = Vec::new();
        for length in ["5000", "18446744073709551616", "-1", "2.5", "1e3"] {
            cases.push(envelope(account, length, item(length), refused));
        }
        for length in ["0", "3", "\"26\"", "null", "[]"] {
            cases.push(envelope(account, length, item(length), either));
        }
        let long = "x".repeat(10 * 1024 * 1024);
        let many = "{\"type\":\"session\"}\n{}\n".repeat(10_000);
        let plain = item("26");
        cases.extend([
            envelope(account, "as it should be", &plain, &[200]),
            envelope(account, "no last line end", plain.trim_end(), &[200]),
            envelope(account, "CRLF", plain.replace('\n', "\r\n"), either),
            envelope(account, "empty lines", format!("{plain}\n\n\n\n"), &[200]),
            envelope(account, "10,000 items", format!("{{}}\n{many}"), refused),
            envelope(
                account,
                "a header of 10 MB",
                format!("{{\"a\":\"{long}\"}}\n"),
                refused,
            ),
            envelope(
                account,
                "an item header of 10 MB",
                format!("{{}}\n{{\"type\":\"{long}\"}}\n{{}}"),
                refused,
            ),
            envelope(account, "no header", EVENT, either),
            envelope(account, "nothing", "", refused),
            envelope(
                account,
                "bytes without a length",
                b"{}\n{\"type\":\"attachment\"}\n\xff\0\n{}\n".as_slice(),
                either,
            ),
        ]);
        cases
    });
}

#[test]
fn i21_items_of_every_kind() {
    row(|account| {
        let item = |kind: &str, payload: &str| format!("{{\"type\":\"{kind}\"}}\n{payload}\n");
        let of = |items: &[String]| format!("{{}}\n{}", items.concat());
        let event = item("event", EVENT);
        let report = item(
            "client_report",
            r#"{"discarded_events":[{"reason":"x","category":"error","quantity":1}]}"#,
        );
        let mut cases = vec![
            envelope(
                account,
                "two events",
                of(&[event.clone(), event.clone()]),
                &[200],
            ),
            envelope(
                account,
                "with a transaction",
                of(&[event.clone(), item("transaction", "{}")]),
                &[200],
            ),
            envelope(account, "1,000 reports", of(&vec![report; 1000]), &[400]),
        ];
        let kinds = [
            "poem",
            "session",
            "sessions",
            "transaction",
            "attachment",
            "user_report",
            "feedback",
            "profile",
            "replay_event",
            "check_in",
            "log",
            "span",
            "statsd",
            "client_report",
            "",
        ];
        for kind in kinds {
            for payload in ["{}", "[]", "7", "null", "\"x\"", "not json", ""] {
                cases.push(envelope(
                    account,
                    kind,
                    of(&[item(kind, payload)]),
                    &[200, 400],
                ));
                let beside = of(&[event.clone(), item(kind, payload)]);
                cases.push(envelope(account, kind, beside, &[200]));
            }
        }
        cases
    });
}
