//! Every row of the table, and what must stay as it is.

use std::cell::Cell;

use super::text;

thread_local! {
    static STEPS: Cell<usize> = const { Cell::new(0) };
}

/// Bytes that patterns looked at.
pub(super) fn step(count: usize) {
    STEPS.set(STEPS.get() + count + 1);
}

fn steps_for(input: &str) -> usize {
    STEPS.set(0);
    let _ = text(input);
    STEPS.get()
}

fn check(input: &str, expect: &str) {
    assert_eq!(text(input), expect, "{input}");
}

/// What names things, and so must not go.
fn check_kept(input: &str) {
    check(input, input);
}

#[test]
fn the_table() {
    check(
        "no mailbox for ann.lee@shop.example",
        "no mailbox for <email>",
    );
    check(
        "GET https://api.shop.example/v1?a=3 failed",
        "GET <url> failed",
    );
    check(
        "lookup db-3.prod.acme.io: timeout",
        "lookup <hostname>: timeout",
    );
    check("refused by 10.2.0.17", "refused by <ip>");
    check("peer 2001:db8::7 down", "peer <ip> down");
    let parent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    check(&format!("ctx {parent}"), "ctx <traceparent>");
    check(
        "ctx 1-5759e988-bd862e3fe1be46a994272793",
        "ctx <traceparent>",
    );
    check(
        "job 7c9e6679-7425-40de-944b-e07fc1f90ae7 lost",
        "job <uuid> lost",
    );
    check(
        "job 7C9E6679-7425-40DE-944B-E07FC1F90AE7 lost",
        "job <uuid> lost",
    );
    check(
        "commit 2fd4e1c67a2d28fced849ee1bb76e7391b93eb12 gone",
        "commit <sha1> gone",
    );
    check("etag 9e107d9d372bb6826bd81d3542a419d6", "etag <md5>");
    check("took 12.5s", "took <duration>");
    check("took 300ms, then 2s", "took <duration>, then <duration>");
    let txn = "tx01a2b3c4d5e6f708192a3-0055aabbcc-default";
    check(&format!("txn {txn} x"), "txn <swift_txn_id> x");
    check("at 0x7ffdc1", "at <hex>");
    check("key 3f9ab12c", "key <hex>");
    check("key 3F9AB12C", "key <hex>");
    check("order 123456789", "order <hex>");
    check("built from a1b2c3d", "built from <git_sha>");
    check("ratio -0.75", "ratio <float>");
    check("ratio 1.5e-10", "ratio <float>");
    check("row 42 of 1000", "row <int> of <int>");
    check("user-7", "user-<int>");
    check("moved by -7", "moved by <int>");
    check("name='Ann Lee'", "name=<quoted_str>");
    check("name=\"Ann Lee\" x", "name=<quoted_str> x");
    check("ok=False", "ok=<bool>");
    check("token 4g8hXn02sfzZywjG", "token <random_id>");
    check("4,150,908 rows", "<int> rows");
}

#[test]
fn dates() {
    for date in [
        "Wed, 02 Oct 2002 13:00:00 GMT",
        "Wed, 02 Oct 2002 15:00:00 +0200",
        "02 Jan 06 15:04 MST",
        "Wednesday, 02-Oct-02 13:00:00 GMT",
        "Mon, 02 Jan 2006 15:04:05 -0700",
        "2006-01-02T15:04:05Z",
        "2006-01-02T15:04:05.999999999+07:00",
        "2006-01-02 15:04:05,123",
        "2006-01-02T15:04",
        "Mon Jan 02, 1999",
        "Jan 02, 1999",
        "Mon Jan  2 15:04:05 2006",
        "Wed Mar 06 2024 10:15:00 GMT+0100 (CET)",
        "Wed Mar 06 2024 10:15:00 GMT+0100 (Central European Standard Time)",
        "20240501T101500Z",
        "2024-05-01",
        "2024/05/01",
        "05/01/2024",
        "1.5.2024",
        "9:30 pm",
        "9:30pm",
        "10:15",
        "23:59:59",
        "10:15:00.250",
        "datetime.datetime(2024, 1, 2)",
        "datetime.date(2024, 1, 2)",
    ] {
        check(&format!("at {date}"), "at <date>");
        check(&format!("[{date}] x"), "[<date>] x");
    }
}

#[test]
fn names_stay() {
    for kept in [
        "called `Option::unwrap()` on a `None` value",
        "no codec utf-8",
        "SHA-256 differs from base-64",
        "java.io.IOException: closed",
        "java.net.SocketException",
        "s3 h2 ipv6 v1 str1",
        "{\"k\": \"id1\"}",
        "Base64Decoder HTTP2ProtocolError",
        "order.id is not self.name",
        "a::b and dead::beef",
        "May I have a second, Monday",
        "deadbeef-is-a-word? decade facade",
        "naïve größe",
        "std::vec::Vec<u8>",
        "x = 'free text'",
        "",
    ] {
        check_kept(kept);
    }
}

#[test]
fn the_first_pattern_wins_and_neighbours_count() {
    check("id=0xc {35acebf}", "id=<hex> {<git_sha>}");
    check("1.2.3", "<float>.<int>");
    check("at 10.2.0.17:8080.", "at <ip>:<int>.");
    check("1-2", "<int>-<int>");
    check("12,34", "<int>,<int>");
    check("ids 1,2,3", "ids <int>,<int>,<int>");
    check("größe7 7größe 7", "größe7 7größe <int>");
    check(
        "key1='str1' key2=123456 key3=False",
        "key1=<quoted_str> key2=<int> key3=<bool>",
    );
    check("fe80::1: down", "<ip>: down");
    check("http:// nothing", "http:// nothing");
    check("50%", "<int>%");
}

#[test]
fn what_is_too_long_stays() {
    let long = "7 ".repeat(5000);
    check_kept(&long);
    check(&"ä7 ".repeat(2000), &"ä7 ".repeat(2000));
    check(&"7 ".repeat(4000), &"<int> ".repeat(4000));
}

#[test]
fn i30_twice_the_text_takes_twice_the_steps() {
    for part in [
        "a",
        "1",
        "f",
        "a.",
        "a-",
        "1.",
        "1:",
        "0-",
        "0-0",
        "='",
        "=\"",
        "a@",
        "a@a.",
        "aA1-",
        "aA1_",
        "2024-01-",
        "::",
        "0:",
        "Mon ",
        "Jan 1 ",
        "00-",
        "tx0",
        "0x",
        "1,234,",
        "-1",
        "http://",
        "ä",
        "datetime.datetime(",
        "7 ",
        "utf-",
        "1s",
        "{",
        "a b",
    ] {
        let of = |bytes: usize| part.repeat(bytes / part.len());
        let (half, whole) = (steps_for(&of(4_000)), steps_for(&of(8_000)));
        // Near its ends a text costs less: what is tried there is cut short.
        assert!(
            whole <= half * 2 + 20_000,
            "{part}: {half} steps, then {whole}"
        );
        assert!(whole < 8_000 * 1_000, "{part}: {whole} steps");
    }
}
