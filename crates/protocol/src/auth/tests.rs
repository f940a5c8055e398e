//! Every auth form that a client was seen to use, and the ways to get them wrong.

use super::*;

const KEY: &str = "a94a8fe5ccb19ba61c4c0873d391e987";
const OTHER: &str = "00000000000000000000000000000001";

fn header(text: &str) -> Result<Option<Credentials>, AuthError> {
    credentials(&AuthParts {
        x_sentry_auth: Some(text),
        ..AuthParts::default()
    })
}

fn authorization_header(text: &str) -> Result<Option<Credentials>, AuthError> {
    credentials(&AuthParts {
        authorization: Some(text),
        ..AuthParts::default()
    })
}

fn query(text: &str) -> Result<Option<Credentials>, AuthError> {
    credentials(&AuthParts {
        query: Some(text),
        ..AuthParts::default()
    })
}

/// Expects credentials with this key, version and client.
fn check(
    got: Result<Option<Credentials>, AuthError>,
    source: Source,
    version: Option<u16>,
    client: Option<&str>,
) -> Credentials {
    let got = got.expect("readable").expect("there");
    assert_eq!(got.source, source);
    assert_eq!(got.public_key.as_deref(), Some(KEY));
    assert_eq!(got.version, version);
    assert_eq!(got.client.as_deref(), client);
    got
}

/// Expects a refusal.
fn refuse(got: Result<Option<Credentials>, AuthError>, expect: &AuthError) {
    assert_eq!(got.err().as_ref(), Some(expect));
}

#[test]
fn the_header_of_current_sdks() {
    let text = format!("Sentry sentry_key={KEY}, sentry_version=7, sentry_client=sentry.python/2");
    let client = Some("sentry.python/2");
    let got = check(header(&text), Source::SentryHeader, Some(7), client);
    assert_eq!(got.secret, None);
    assert_eq!(got.project, None);
}

#[test]
fn the_header_of_raven_3_with_secret_time_and_version_2_0() {
    let text = format!(
        "Sentry sentry_timestamp=1478540.5, sentry_client=raven-python/3.0.1, sentry_version=2.0, \
         sentry_key={KEY}, sentry_secret=sssh"
    );
    let client = Some("raven-python/3.0.1");
    let got = check(header(&text), Source::SentryHeader, Some(2), client);
    assert_eq!(got.secret.as_deref(), Some("sssh"));
    assert_eq!(got.timestamp.as_deref(), Some("1478540.5"));
}

#[test]
fn the_header_of_raven_node_0_4_names_its_project_and_signs_milliseconds() {
    let text = format!(
        "Sentry sentry_version=2.0, sentry_client=raven-node/0.4.5, \
         sentry_timestamp=1300000000000, sentry_key={KEY}, sentry_signature=0bba73, project_id=1"
    );
    let client = Some("raven-node/0.4.5");
    let got = check(header(&text), Source::SentryHeader, Some(2), client);
    assert_eq!(got.project.as_deref(), Some("1"));
    assert_eq!(got.timestamp.as_deref(), Some("1300000000000"));
    assert_eq!(got.signature.as_deref(), Some("0bba73"));
}

#[test]
fn prefix_of_any_case_no_space_after_commas_upper_case_key() {
    let upper = KEY.to_uppercase();
    for text in [
        format!("sentry sentry_key={KEY},sentry_version=7"),
        format!("SENTRY  sentry_key = {KEY} ,, sentry_version = 7,"),
        format!("Sentry\tsentry_version=7,sentry_key={upper}"),
        format!("  Sentry Sentry_Key={KEY},sentry_version=7.9.9  "),
    ] {
        check(header(&text), Source::SentryHeader, Some(7), None);
    }
}

#[test]
fn the_signed_header_of_2011_has_no_key() {
    for (text, client) in [
        (
            "sentry_signature=ab12, sentry_timestamp=1.5, raven=0.1",
            "raven/0.1",
        ),
        (
            "sentry_signature=ab12, sentry_timestamp=1.5, sentry_client=1.8.10",
            "1.8.10",
        ),
    ] {
        let got = authorization_header(&format!("Sentry {text}"));
        let got = got.expect("readable").expect("there");
        assert_eq!(got.source, Source::Authorization);
        assert_eq!(got.public_key, None);
        assert_eq!(got.signature.as_deref(), Some("ab12"));
        assert_eq!(got.timestamp.as_deref(), Some("1.5"));
        assert_eq!(got.client.as_deref(), Some(client));
    }
}

#[test]
fn basic_with_the_key_as_user() {
    for user in [format!("{KEY}:"), KEY.to_owned()] {
        let text = format!("Basic {}", BASE64.encode(user));
        let got = check(authorization_header(&text), Source::Basic, None, None);
        assert_eq!(got.secret, None);
    }
    let text = format!("basic {}", BASE64.encode(format!("{KEY}:sssh")));
    let got = check(authorization_header(&text), Source::Basic, None, None);
    assert_eq!(got.secret.as_deref(), Some("sssh"));
}

#[test]
fn basic_that_is_no_key() {
    let text = format!("Basic {}", BASE64.encode("admin:admin"));
    refuse(authorization_header(&text), &AuthError::InvalidKey);
    let reason = "Authorization: Basic is not base64 of key:secret";
    refuse(
        authorization_header("Basic ///"),
        &AuthError::Malformed { reason },
    );
    let text = format!("Basic {}", BASE64.encode([0xff, 0xfe]));
    refuse(
        authorization_header(&text),
        &AuthError::Malformed { reason },
    );
}

#[test]
fn the_query_of_browsers() {
    let text = format!("sentry_version=7&sentry_key={KEY}&sentry_client=sentry.javascript%2F11");
    check(
        query(&text),
        Source::Query,
        Some(7),
        Some("sentry.javascript/11"),
    );
    let text = format!("sentry_key={KEY}&sentry_secret=s&project=9");
    let got = check(query(&text), Source::Query, None, None);
    assert_eq!(got.secret.as_deref(), Some("s"));
    assert_eq!(
        got.project, None,
        "a plain `project` belongs to somebody else"
    );
}

#[test]
fn nothing_is_not_an_error() {
    assert_eq!(credentials(&AuthParts::default()), Ok(None));
    assert_eq!(header("   "), Ok(None));
    assert_eq!(query("sentry_data=e30&sentry_release=1"), Ok(None));
    assert_eq!(authorization_header("Bearer sntrys_abc"), Ok(None));
    assert_eq!(authorization_header("Sentry"), Ok(None));
}

#[test]
fn i22_two_places_are_refused_even_when_they_agree() {
    let text = format!("Sentry sentry_key={KEY}");
    let other = format!("sentry_key={OTHER}");
    let same = format!("sentry_key={KEY}");
    let basic = format!("Basic {}", BASE64.encode(format!("{KEY}:")));
    let (text, other, same, basic) = (Some(&*text), Some(&*other), Some(&*same), Some(&*basic));
    for (x_sentry_auth, authorization, query) in [
        (text, text, None),
        (text, None, other),
        (text, None, same),
        (None, text, same),
        (None, basic, same),
        (text, basic, None),
        (text, text, same),
    ] {
        let parts = AuthParts {
            x_sentry_auth,
            authorization,
            query,
        };
        refuse(credentials(&parts), &AuthError::Multiple);
    }
}

#[test]
fn two_keys_at_one_place_are_refused() {
    let query = format!("sentry_key={KEY}&sentry_key={KEY}");
    let header = format!("Sentry sentry_key={KEY}, sentry_key={}", "b".repeat(32));
    for (x_sentry_auth, query) in [(None, Some(&*query)), (Some(&*header), None)] {
        let parts = AuthParts {
            x_sentry_auth,
            query,
            ..AuthParts::default()
        };
        refuse(credentials(&parts), &AuthError::Multiple);
    }
}

#[test]
fn the_password_of_a_proxy_does_not_count() {
    let text = format!("Sentry sentry_key={KEY}");
    let proxy = format!("Basic {}", BASE64.encode("staging:hunter2"));
    for authorization in [&*proxy, "Bearer abc", "Basic ///"] {
        let parts = AuthParts {
            x_sentry_auth: Some(&text),
            authorization: Some(authorization),
            query: None,
        };
        check(credentials(&parts), Source::SentryHeader, None, None);
    }
}

#[test]
fn i22_versions_up_to_7() {
    for (text, expect) in [("2", 2), ("2.0", 2), ("1.0", 1), ("7", 7), ("5.x", 5)] {
        let text = format!("sentry_key={KEY}&sentry_version={text}");
        check(query(&text), Source::Query, Some(expect), None);
    }
    for (text, version) in [("8", 8), ("8.0", 8), ("99", 99), ("99999999999", u16::MAX)] {
        let text = format!("sentry_key={KEY}&sentry_version={text}");
        refuse(query(&text), &AuthError::UnsupportedVersion { version });
    }
    for text in ["seven", "-1", "%2B7", ".5", "٧"] {
        let text = format!("sentry_key={KEY}&sentry_version={text}");
        refuse(query(&text), &AuthError::InvalidVersion);
    }
}

#[test]
fn keys_are_32_hex_digits() {
    for key in [
        "nope",
        "a94a8fe5ccb19ba61c4c0873d391e98",
        "a94a8fe5ccb19ba61c4c0873d391e9871",
        "g94a8fe5ccb19ba61c4c0873d391e987",
        "../../../../../../../../../../ab",
        "a94a8fe5-ccb1-9ba6-1c4c-0873d391e987",
        "٠٠٠٠٠٠٠٠٠٠٠٠٠٠٠٠",
    ] {
        refuse(
            header(&format!("Sentry sentry_key={key}")),
            &AuthError::InvalidKey,
        );
    }
}

#[test]
fn headers_that_cannot_be_read() {
    let reason = "the header does not start with Sentry";
    for text in ["Bearer x", &format!("sentry_key={KEY}"), "Sentryx a=b"] {
        refuse(header(text), &AuthError::Malformed { reason });
    }
    let reason = "a part of the header is not of the form name=value";
    refuse(
        header("Sentry sentry_key"),
        &AuthError::Malformed { reason },
    );
    for text in [
        "Sentry",
        "Sentry ,",
        "Sentry sentry_key=, sentry_version=7",
        "Sentry a=b",
    ] {
        refuse(header(text), &AuthError::MissingKey);
    }
    refuse(query("sentry_version=7"), &AuthError::MissingKey);
}

#[test]
fn logs_show_no_secret() {
    let text = format!("Sentry sentry_key={KEY}, sentry_secret=hunter2, sentry_signature=5165");
    let shown = format!("{:?}", header(&text));
    assert!(shown.contains(KEY), "{shown}");
    assert!(
        !shown.contains("hunter2") && !shown.contains("5165"),
        "{shown}"
    );
}
