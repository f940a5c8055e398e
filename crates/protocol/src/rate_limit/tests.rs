//! The header both ways.

use super::*;

fn limit(secs: u64, categories: &[&str], scope: Scope, reason: Option<&str>) -> RateLimit {
    RateLimit {
        secs,
        categories: categories.iter().map(ToString::to_string).collect(),
        scope,
        reason: reason.map(str::to_owned),
    }
}

/// Expects `limits` to be printed as `header`, and `header` to be read as `limits`.
fn check(limits: &[RateLimit], header: &str) {
    assert_eq!(header_value(limits).as_deref(), Some(header));
    assert_eq!(parse(header), limits, "{header}");
}

#[test]
fn both_ways() {
    let errors = limit(
        60,
        &ERROR_CATEGORIES,
        Scope::Organization,
        Some("quota_exceeded"),
    );
    let transactions = limit(3600, &["transaction"], Scope::Key, None);
    let all = limit(5, &[], Scope::Project, Some("disk_full"));
    check(
        std::slice::from_ref(&errors),
        "60:error;default:organization:quota_exceeded",
    );
    check(std::slice::from_ref(&all), "5::project:disk_full");
    check(
        &[errors.clone(), transactions.clone()],
        "60:error;default:organization:quota_exceeded, 3600:transaction:key",
    );
    assert_eq!(retry_after_secs(&[errors, transactions, all]), Some(3600));
    assert_eq!(retry_after_secs(&[]), None);
    assert_eq!(header_value(&[]), None);
}

#[test]
fn a_reason_cannot_break_the_header() {
    let nasty = limit(1, &["a;b"], Scope::Key, Some("x:y, 9::\r\nSet-Cookie: a"));
    let header = header_value(&[nasty]).unwrap();
    assert_eq!(header, "1:a_b:key:x_y__9____Set_Cookie__a");
    assert_eq!(parse(&header).len(), 1);
}

#[test]
fn what_other_servers_send() {
    let namespaces = "2700:metric_bucket:organization:quota_exceeded:custom";
    let expect = limit(
        2700,
        &["metric_bucket"],
        Scope::Organization,
        Some("quota_exceeded"),
    );
    assert_eq!(parse(namespaces), [expect]);
    assert_eq!(
        parse(" 1.5 : error ; log_item : key "),
        [limit(2, &["error", "log_item"], Scope::Key, None)]
    );
    assert_eq!(parse("7:"), [limit(7, &[], Scope::Organization, None)]);
    let other = Scope::Other("galaxy".into());
    assert_eq!(parse("7:error:galaxy"), [limit(7, &["error"], other, None)]);
}

#[test]
fn an_entry_that_cannot_be_read_is_skipped() {
    for header in [
        "",
        ",",
        "x:error:key",
        "-1:error:key",
        "inf:error:key",
        "NaN:e:key",
        "60",
    ] {
        assert_eq!(parse(header), [], "{header}");
    }
    assert_eq!(
        parse("x:y:z, 9:error:key,"),
        [limit(9, &["error"], Scope::Key, None)]
    );
}
