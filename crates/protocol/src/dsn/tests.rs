//! DSNs as people paste them.

use super::*;

/// Expects `text` to be understood and printed as `expect`.
fn check(text: &str, expect: &str) -> Dsn {
    let dsn: Dsn = text
        .parse()
        .unwrap_or_else(|error| panic!("{text}: {error}"));
    assert_eq!(dsn.to_string(), expect);
    assert_eq!(dsn.to_string().parse(), Ok(dsn.clone()), "round trip");
    dsn
}

fn refuse(text: &str, expect: DsnError) {
    assert_eq!(text.parse::<Dsn>().err(), Some(expect), "{text}");
}

#[test]
fn the_parts() {
    let dsn = check(
        "https://abc:def@errors.example:9000/a/b/7",
        "https://abc:def@errors.example:9000/a/b/7",
    );
    assert_eq!(dsn.scheme, Scheme::Https);
    assert_eq!(dsn.public_key, "abc");
    assert_eq!(dsn.secret.as_deref(), Some("def"));
    assert_eq!((&*dsn.host, dsn.port), ("errors.example", Some(9000)));
    assert_eq!(dsn.path, "/a/b");
    assert_eq!(dsn.project, ProjectId(7));
    assert_eq!(dsn.base_url(), "https://errors.example:9000/a/b");
    assert_eq!(
        dsn.envelope_url(),
        "https://errors.example:9000/a/b/api/7/envelope/"
    );
    assert_eq!(
        dsn.store_url(),
        "https://errors.example:9000/a/b/api/7/store/"
    );
}

#[test]
fn what_people_paste() {
    check("http://k@127.0.0.1:9000/1", "http://k@127.0.0.1:9000/1");
    check("  http://k@h/1\n", "http://k@h/1");
    check("http://k@h/1/", "http://k@h/1");
    check("http://k@h//errors//1", "http://k@h/errors/1");
    check("http://k:@h/1", "http://k@h/1");
    check("http://k@[::1]:9000/1", "http://k@[::1]:9000/1");
    check("http://k@[::1]/1", "http://k@[::1]/1");
}

#[test]
fn what_raven_added() {
    check("sync+https://k:s@h/1", "https://k:s@h/1");
    check("gevent+threaded+http://k:s@h/1", "http://k:s@h/1");
    check(
        "https://k:s@h/sentry/1?timeout=5&verify_ssl=0",
        "https://k:s@h/sentry/1",
    );
}

#[test]
fn what_is_no_dsn() {
    for text in ["", "h", "ftp://k@h/1", "udp://k@h/1", "https:/k@h/1"] {
        refuse(text, DsnError::Scheme);
    }
    for text in ["https://h/1", "https://@h/1", "https://:s@h/1"] {
        refuse(text, DsnError::Key);
    }
    for text in [
        "https://k@/1",
        "https://k@h:x/1",
        "https://k@h:70000/1",
        "https://k@h:/1",
    ] {
        refuse(text, DsnError::Host);
    }
    for text in ["https://k@a b/1", "https://k@::1/1", "https://k@a\\b/1"] {
        refuse(text, DsnError::Host);
    }
    for text in [
        "https://k@h",
        "https://k@h/",
        "https://k@h/web",
        "https://k@h/-1",
    ] {
        refuse(text, DsnError::Project);
    }
    refuse("https://k@h/1/..", DsnError::Project);
    refuse("https://k@h/99999999999999999999999", DsnError::Project);
}

#[test]
fn logs_show_no_secret() {
    let dsn: Dsn = "https://key:hunter2@h/1".parse().unwrap();
    assert_eq!(format!("{dsn:?}"), "Dsn(https://key@h/1)");
}
