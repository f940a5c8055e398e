//! What is found, and what is left alone.

use super::*;

fn check(finder: &Finder, text: &str, expect: &[&str]) {
    let mut found = Found::new();
    finder.find(text, Signals::of(text), &mut found);
    assert_eq!(texts(text, found), expect, "{finder:?} in {text}");
}

fn texts(text: &str, found: Found) -> Vec<&str> {
    found
        .into_iter()
        .filter_map(|range| text.get(range))
        .collect()
}

#[test]
fn every_pattern_of_ours_compiles() {
    assert!(patterns::all().iter().all(|pattern| pattern.is_valid()));
}

#[test]
fn cards_have_a_network_and_a_check_digit() {
    for card in [
        "4111 1111 1111 1111",
        "4111-1111-1111-1111",
        "5105105105105100",
        "2223003122003222",
        "6011000990139424",
        "3530111333300000",
        "378282246310005",
        "3782 822463 10005",
        "30569309025904",
    ] {
        check(&Finder::Card, card, &[card]);
        check(&Finder::Card, &format!("pay {card}, now"), &[card]);
        check(&Finder::Card, &format!("é{card}"), &[]);
    }
    check(&Finder::Card, "4111111111111112", &[]);
    check(&Finder::Card, "x4111111111111111", &[]);
    check(&Finder::Card, "41111111111111111", &[]);
    check(&Finder::Card, "0.4111111111111111", &[]);
    check(&Finder::Card, "1111222233334444", &[]);
    check(
        &Finder::Card,
        "123-45-6789 4111111111111111",
        &["4111111111111111"],
    );
}

#[test]
fn accounts_have_a_country_and_a_remainder() {
    for account in [
        "DE89370400440532013000",
        "DE89 3704 0044 0532 0130 00",
        "GB82WEST12345698765432",
        "NO9386011117947",
        "MT84MALT011000012345MTLCAST001S",
    ] {
        check(&Finder::Iban, account, &[account]);
        check(&Finder::Iban, &format!("to {account} EUR"), &[account]);
    }
    check(&Finder::Iban, "DE00370400440532013000", &[]);
    check(&Finder::Iban, "xDE89370400440532013000", &[]);
    check(&Finder::Iban, "DE893704004405320130001", &[]);
    check(&Finder::Iban, "ZZ89370400440532013000", &[]);
}

#[test]
fn keys_lose_their_body_even_when_the_end_is_cut() {
    let key = "-----BEGIN RSA PRIVATE KEY-----\nMIIa\nb=\n-----END RSA PRIVATE KEY-----";
    check(&Finder::Pem, key, &["MIIa\nb="]);
    check(
        &Finder::Pem,
        "x -----BEGIN PRIVATE KEY----- MII...",
        &["MII..."],
    );
    check(&Finder::Pem, "-----BEGIN CERTIFICATE-----\nAA", &[]);
    check(&Finder::Pem, "-----BEGIN PRIVATE KEY-----\n", &[]);
}

#[test]
fn credentials_of_urls() {
    check(&Finder::UrlPassword, "https://u:p@h/x", &["p"]);
    check(&Finder::UrlPassword, "redis://:p@h", &["p"]);
    check(&Finder::UrlPassword, "amqp://u:p@ss@h x", &["p@ss"]);
    check(
        &Finder::UrlAuth,
        "http://a:b@c http://d:e@f",
        &["a:b", "d:e"],
    );
    check(&Finder::UrlPassword, "https://h:80/a@b", &[]);
    check(&Finder::UrlPassword, "https://u@h", &[]);
}

#[test]
fn other_kinds() {
    check(&Finder::Ssn, "a 078-05-1120 b", &["078-05-1120"]);
    check(&Finder::Ssn, "1078-05-11200", &[]);
    check(&Finder::Bearer, "x: bearer  abc.d d", &["bearer  abc.d"]);
    check(&Finder::Email, "<a.b+c@ex.co.uk>", &["a.b+c@ex.co.uk"]);
    check(&Finder::Email, "a@localhost", &[]);
    check(&Finder::Mac, "4A-00-04-10-9b-50 ", &["4A-00-04-10-9b-50"]);
    let uuid = "ceee0822-ed8f-4622-b2a3-789e73e75cd1";
    check(&Finder::Uuid, &format!("u {uuid}"), &[uuid]);
    check(&Finder::Imei, "356938035643809", &["356938035643809"]);
    check(
        &Finder::UserPath,
        "/home/jane/x /Users/bob",
        &["jane", "bob"],
    );
    check(&Finder::UserPath, r"C:\Users\Jane Doe\x", &["Jane Doe"]);
    check(&Finder::UserPath, "/homely/x/y", &[]);
}

#[test]
fn addresses_of_machines() {
    for address in [
        "10.0.0.1",
        "2001:db8::7",
        "::1",
        "::ffff:1.2.3.4",
        "01.02.03.04",
    ] {
        check(&Finder::Ip, address, &[address]);
        check(&Finder::Ip, &format!("at ({address}) x"), &[address]);
    }
    check(
        &Finder::Ip,
        "1.2.3.4:80 [2001:db8::7]:80",
        &["1.2.3.4", "2001:db8::7"],
    );
    for text in [
        "999.1.1.1",
        "v1.2.3.4",
        "std::vec",
        "12:30:45",
        "::",
        "a: b",
        "Foo::bar",
    ] {
        check(&Finder::Ip, text, &[]);
    }
}

#[test]
fn assignments_lose_their_value() {
    check(&Finder::Assignment, "a?token=x&b=1", &["x"]);
    check(
        &Finder::Assignment,
        "{'my_password': 'x y', 'a': 1}",
        &["x y"],
    );
    check(&Finder::Assignment, r#"{"api_key":"x"}"#, &["x"]);
    check(&Finder::Assignment, "password = bad", &[]);
    check(&Finder::Assignment, "Unexpected token: x", &[]);
    check(&Finder::Assignment, "password=[Filtered]", &[]);
}

#[test]
fn groups_are_hidden_in_any_order() {
    let regex = Arc::new(Regex::new("a(b)(c(d))").unwrap());
    check(
        &Finder::Custom(regex.clone(), Some(vec![3, 2, 1])),
        "abcd",
        &["b", "cd"],
    );
    check(&Finder::Custom(regex.clone(), Some(vec![9])), "abcd", &[]);
    check(&Finder::Custom(regex, None), "xabcd", &["abcd"]);
}

#[test]
fn pairs_of_forms_queries_and_cookies() {
    let names = Names::new(true, &[]);
    let hits = |text: &'static str| {
        let found = values_of_pairs(text, &names)?;
        Some(texts(text, found))
    };
    assert_eq!(hits("a=1&password=x&b"), None);
    assert_eq!(hits("a=1&password=x"), Some(vec!["x"]));
    assert_eq!(
        hits("https://h/auth/x?token=x&a=b#access_token=y"),
        Some(vec!["x", "y"])
    );
    assert_eq!(hits("/auth/login"), Some(vec![]));
    assert_eq!(hits("the token"), None);
    assert_eq!(hits("token"), None);
    let text = "theme=dark; sessionid=abc; csrftoken=d";
    assert_eq!(texts(text, cookies(text, &names)), ["abc", "d"]);
}
