//! Whatever passes is parsed later: over broken and random texts.

use super::check_bytes;

/// An event with everything that the scanner treats in its own way.
const EVENT: &str = r#"{"event_id": "fc6d8c0c43fc4630ad850ee518f1b9d0", "level": "error",
 "n": [0, -1, 2.5, 1e5, 1E-7, 1e400, NaN, -Infinity, true, false, null, 12345678901234567890123],
 "s": "é \u00e9 \ud83d\udca5 \ud83d \u0000 \n \\ \" \/ 💥", "o": {"": {}, "x": [[], [{}]]},
 "exception": {"values": [{"type": "E", "stacktrace": {"frames": [{"vars": {"a": "b"}}]}}]}}"#;

#[test]
fn whatever_passes_is_parsed_by_serde_json() {
    let bytes = EVENT.as_bytes();
    for end in 0..=bytes.len() {
        let _ = check_bytes(&bytes[..end]);
    }
    // Every byte replaced by every byte that means something, and some that mean nothing.
    for place in 0..bytes.len() {
        for byte in b"{}[]\":,\\u0dDc8-+.eEtfnNIy \n\0\x01\x1f\x7f\x80\xc3\xed\xff" {
            let mut broken = bytes.to_vec();
            broken[place] = *byte;
            let _ = check_bytes(&broken);
            broken.remove(place);
            let _ = check_bytes(&broken);
            broken.splice(place..place, [*byte, *byte]);
            let _ = check_bytes(&broken);
        }
    }
}

#[test]
fn whatever_passes_is_parsed_by_serde_json_at_random() {
    const PIECES: [&str; 40] = [
        "{",
        "}",
        "[",
        "]",
        "\"",
        "\"a\":",
        ",",
        ":",
        "\\",
        "\\u",
        "\\ud800",
        "\\udc00",
        "d83d",
        "\\n",
        "0",
        "1",
        "-",
        ".",
        "e",
        "E+",
        "999",
        "e308",
        "e309",
        "e-309",
        "NaN",
        "Infinity",
        "-Infinity",
        "true",
        "null",
        " ",
        "\n",
        "\0",
        "\u{1}",
        "é",
        "💥",
        "\u{feff}",
        "{\"k\":[",
        "]}",
        "\"x\",",
        "1.7976931348623158",
    ];
    let mut seed = 7_u64;
    let mut random = move |below: usize| {
        seed = seed
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(seed >> 40).unwrap() % below
    };
    for _ in 0..60_000 {
        let pieces = (0..random(14)).map(|_| PIECES[random(PIECES.len())]);
        let text: String = pieces.collect();
        let _ = check_bytes(format!("{{\"a\":{text}}}").as_bytes());
        let _ = check_bytes(format!("{{\"a\":\"{text}\",\"b\":[{text}]}}").as_bytes());
        let number = format!("{}.{}e{}", random(1 << 20), random(1 << 20), random(330));
        let _ = check_bytes(format!("{{\"a\":{number}}}").as_bytes());
    }
}
