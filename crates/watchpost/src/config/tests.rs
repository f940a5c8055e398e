//! Where values come from, and what is said of those that are wrong.

use super::*;

fn check(file: &str, environment: &[(&str, &str)], expect: Result<&str, &str>) {
    let mut config = Config::default();
    let variables: Vec<_> = environment
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect();
    let result = config
        .apply_file(file)
        .and_then(|()| config.apply_environment(&variables));
    let got = match result {
        Ok(()) => Ok(format!("{} {}", config.listen, config.data_dir.display())),
        Err(error) => Err(format!("{error:#}")),
    };
    match (got, expect) {
        (Ok(got), Ok(expect)) => assert_eq!(got, expect),
        (Err(got), Err(expect)) => assert!(got.contains(expect), "{got}"),
        (got, expect) => panic!("{got:?}, expected {expect:?}"),
    }
}

#[test]
fn the_environment_wins_over_the_file() {
    check("", &[], Ok("127.0.0.1:9000 watchpost-data"));
    let file = "listen = '0.0.0.0:80'\ndata_dir = '/srv/wp'";
    check(file, &[], Ok("0.0.0.0:80 /srv/wp"));
    let variable = ("WATCHPOST_LISTEN", "127.0.0.1:1");
    check(file, &[variable], Ok("127.0.0.1:1 /srv/wp"));
}

#[test]
fn addresses_that_are_printed_can_be_opened() {
    let check = |listen: &str, expect: &str| {
        let config = Config {
            listen: listen.parse().unwrap(),
            ..Config::default()
        };
        assert_eq!(config.base_url(), expect, "{listen}");
    };
    check("127.0.0.1:9000", "http://127.0.0.1:9000");
    check("0.0.0.0:9000", "http://localhost:9000");
    check("[::]:80", "http://localhost:80");
    check("[::1]:80", "http://[::1]:80");
}

#[test]
fn an_unknown_key_is_an_error_with_a_suggestion() {
    check("lisen = 'x'", &[], Err("did you mean `listen`?"));
    check("colour = 'x'", &[], Err("the keys are data_dir, listen"));
    let variable = ("WATCHPOST_PUBLIC_URI", "x");
    check("", &[variable], Err("did you mean `public_url`?"));
}

#[test]
fn a_bad_value_names_its_key_and_what_was_expected() {
    check(
        "listen = 9000",
        &[],
        Err("key `listen`: expected an address"),
    );
    check("listen = { a = 1 }", &[], Err("found table"));
    check(
        "log_format = 'xml'",
        &[],
        Err("expected text, logfmt or json"),
    );
    check("log_level = 'loud'", &[], Err("`loud` is none of"));
    check(
        "log_level = 'info,watchpost_ingest=debug'",
        &[],
        Ok("127.0.0.1:9000 watchpost-data"),
    );
    check("public_url = 'errors.example'", &[], Err("http://"));
    check("proxy_hops = 'one'", &[], Err("a number"));
    check("disk_bytes_max = '1 parsec'", &[], Err("such as 10GB"));
    check(
        "disk_free_bytes_min = 0",
        &[],
        Ok("127.0.0.1:9000 watchpost-data"),
    );
    check(
        "in_flight_bytes_max = '1MiB'",
        &[],
        Err("at least 25165824"),
    );
    check("retention_days = 0", &[], Err("1 or more"));
    check("retention_bytes = '10 parsecs'", &[], Err("10GB"));
    check("new_issues_per_hour = -1", &[], Err("a number of issues"));
    check("listen = ", &[], Err("TOML"));
}

#[test]
fn every_key_is_in_the_reference() {
    let text = reference();
    for setting in settings() {
        assert!(text.contains(setting.name), "{}", setting.name);
    }
}
