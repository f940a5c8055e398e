//! Vectors computed with Python's `hmac`, and the clock around them.

use super::*;

const BODY: &[u8] = b"eJyrVspOrVSyUiopKk1VqgUAKIoE6Q==";
const NOW: i64 = 1_300_000_000;

/// Signed at second 1,300,000,000 and checked `age_secs` later.
fn check(
    secret: &str,
    (timestamp, body, signature): (&str, &[u8], &str),
    age_secs: i64,
    expect: Result<(), SignatureError>,
) {
    let signed = Signed {
        signature,
        timestamp,
        body,
    };
    let got = verify(secret, &signed, Timestamp::from_secs(NOW + age_secs));
    assert_eq!(got, expect, "{timestamp} {signature}");
}

fn a32() -> String {
    "a".repeat(32)
}

const SECONDS: (&str, &[u8], &str) = (
    "1300000000.5",
    BODY,
    "0bba731ac63c53d7e3147e3dd7a6cbce31125496",
);

#[test]
fn vectors() {
    check(&a32(), SECONDS, 1, Ok(()));
    let milliseconds = "3bfd23da5b736abc30c2f0c08fd126a0e9753006";
    check(&a32(), ("1300000000000", BODY, milliseconds), 1, Ok(()));
    // More than 12 digits: servers of the time printed the number anew and failed.
    let digits = "dd381d7c6a81eedfc1539e2a99ea60bb028fcdf8";
    check(
        "geheim ü",
        ("1300000000.123456789012", b"", digits),
        1,
        Ok(()),
    );
    let bytes: Vec<u8> = (0..=255).collect();
    let long_key = "ae366b4fcb7dbb7fe5f4fcfbfb0bf845ff90760a";
    check(
        &"k".repeat(100),
        ("1300000000", &bytes, long_key),
        1,
        Ok(()),
    );
}

#[test]
fn hex_of_any_case() {
    let upper = SECONDS.2.to_uppercase();
    check(&a32(), (SECONDS.0, BODY, &upper), 1, Ok(()));
}

#[test]
fn another_key_body_or_time_is_a_mismatch() {
    let mismatch = Err(SignatureError::Mismatch);
    let (timestamp, body, signature) = SECONDS;
    check("", SECONDS, 1, mismatch);
    check(&"b".repeat(32), SECONDS, 1, mismatch);
    check(&a32(), (timestamp, b"", signature), 1, mismatch);
    check(&a32(), ("1300000000.50", body, signature), 1, mismatch);
    for wrong in [
        "",
        "0bba",
        &"0".repeat(40),
        &"g".repeat(40),
        &"+a".repeat(20),
    ] {
        check(&a32(), (timestamp, body, wrong), 1, mismatch);
    }
}

#[test]
fn expires_after_an_hour() {
    check(&a32(), SECONDS, 3600, Ok(()));
    check(&a32(), SECONDS, 3602, Err(SignatureError::Expired));
    // A clock that is ahead: the original accepted it, and a repeat is told by its event id.
    check(&a32(), SECONDS, -86_400, Ok(()));
    let milliseconds = "3bfd23da5b736abc30c2f0c08fd126a0e9753006";
    let expired = Err(SignatureError::Expired);
    check(&a32(), ("1300000000000", BODY, milliseconds), 3601, expired);
}

#[test]
fn a_time_must_be_a_number() {
    for timestamp in [
        "",
        "yesterday",
        "NaN",
        "inf",
        "-1",
        "2011-03-13T07:06:40Z",
        "1 2",
    ] {
        let signed = (timestamp, BODY, SECONDS.2);
        check(&a32(), signed, 0, Err(SignatureError::InvalidTimestamp));
    }
}

#[test]
fn numbers_without_end_do_not_panic() {
    let huge = "9".repeat(5_000);
    for timestamp in ["1e300", "1e308", &huge, "0.000000000000000000001"] {
        let signed = Signed {
            signature: SECONDS.2,
            timestamp,
            body: BODY,
        };
        assert!(verify(&a32(), &signed, Timestamp::from_secs(NOW)).is_err());
    }
}

#[test]
fn a_form_key_is_compared_whole() {
    assert!(is_secret("0123", "0123"));
    for wrong in ["", "012", "01234", "0124", "O123"] {
        assert!(!is_secret(wrong, "0123"), "{wrong}");
    }
    assert!(!is_secret("", ""), "an empty key opens nothing");
}
