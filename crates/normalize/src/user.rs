//! The user: bounded, and their address when the client asked the server to fill it in.

use std::net::IpAddr;

use serde_json::Value;
use watchpost_model::{Event, Receipt, UserContext};

use crate::bag;
use crate::limits::{CONTEXT, DETAIL, USER_CHARS_MAX};
use crate::remarks::Remarks;
use crate::text::fit_name;

/// What clients write for "the address that this request comes from".
const AUTO: &str = "{{auto}}";

/// Platforms whose programs run on the user's own machine: the address of the request is theirs.
const ON_THE_USERS_MACHINE: [&str; 3] = ["javascript", "cocoa", "objc"];

/// Which addresses the client lets us fill in. `sdk.settings.infer_ip`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Infer {
    /// Whatever address is known.
    Auto,
    /// None.
    Never,
    /// As before there was the setting: what the request names, `{{auto}}`, and that of programs on
    /// the user's own machine.
    Legacy,
}

/// Settles the user.
pub(crate) fn settle(event: &mut Event, receipt: &Receipt, remarks: &mut Remarks) {
    settle_address(event, receipt, remarks);
    if let Some(user) = &mut event.user {
        bound(user, remarks);
    }
    // Perhaps nothing of it could be kept.
    if event.user.as_ref() == Some(&UserContext::default()) {
        event.user = None;
    }
}

fn bound(user: &mut UserContext, remarks: &mut Remarks) {
    let fields = [
        (&mut user.id, "user.id"),
        (&mut user.username, "user.username"),
        (&mut user.email, "user.email"),
    ];
    for (field, at) in fields {
        fit_name(field, USER_CHARS_MAX, &at, remarks);
    }
    user.data.retain(|_, value| *value != Value::Null);
    bag::fit_map(&mut user.data, CONTEXT, &"user.data", remarks);
    bag::fit_map(&mut user.geo, DETAIL, &"user.geo", remarks);
}

/// An address that the client gives stays; one that it leaves to us is filled in as it allows.
fn settle_address(event: &mut Event, receipt: &Receipt, remarks: &mut Remarks) {
    let infer = infer_of(event);
    let given = event.user.as_mut().and_then(|user| user.ip_address.take());
    let given = given.as_deref().map(str::trim).unwrap_or_default();
    let address = match given {
        "" | AUTO if infer == Infer::Never => None,
        "" | AUTO => remote_address(event).or_else(|| {
            let is_asked_for = infer == Infer::Auto || given == AUTO;
            let is_theirs = ON_THE_USERS_MACHINE.contains(&event.platform.as_str());
            let is_known = is_asked_for || is_theirs;
            receipt.client_ip.clone().filter(|_| is_known)
        }),
        text if text.parse::<IpAddr>().is_ok() => Some(text.to_owned()),
        _ => {
            remarks.dropped(&"user.ip_address", "not an IP address");
            None
        }
    };
    if let Some(address) = address {
        event.user.get_or_insert_default().ip_address = Some(address);
    }
}

fn infer_of(event: &Event) -> Infer {
    let settings = event.other.get("sdk_settings");
    match settings.and_then(|settings| settings.get("infer_ip")) {
        None | Some(Value::Null) => Infer::Legacy,
        Some(Value::String(word)) => match word.as_str() {
            "auto" => Infer::Auto,
            "legacy" => Infer::Legacy,
            _ => Infer::Never,
        },
        Some(_) => Infer::Never,
    }
}

/// The address that the application's own server saw.
fn remote_address(event: &Event) -> Option<String> {
    let address = event.request.as_ref()?.env.get("REMOTE_ADDR")?.as_str()?;
    address.parse::<IpAddr>().ok().map(|_| address.to_owned())
}

#[cfg(test)]
mod tests {
    #![expect(clippy::needless_pass_by_value, reason = "tables read better by value")]

    use serde_json::json;
    use watchpost_model::EventId;

    use super::*;
    use crate::tests::receipt;

    const CLIENT: Option<&str> = Some("203.0.113.7");

    fn settled(platform: &str, ip: Option<&str>, infer: Value, remote: Option<&str>) -> Event {
        let mut event = Event::empty(EventId(1), receipt().received);
        platform.clone_into(&mut event.platform);
        event.user = ip.map(|ip| UserContext {
            ip_address: Some(ip.to_owned()),
            ..UserContext::default()
        });
        let settings = json!({"infer_ip": infer});
        event.other.insert("sdk_settings".to_owned(), settings);
        if let Some(remote) = remote {
            let env = &mut event.request.get_or_insert_default().env;
            env.insert("REMOTE_ADDR".to_owned(), remote.into());
        }
        event
    }

    fn check_event(mut event: Event, expect: Option<&str>, remarks_expected: usize) {
        let mut remarks = Remarks::new(Vec::new());
        let shown = format!("{:?} {:?}", event.user, event.other);
        settle(&mut event, &receipt(), &mut remarks);
        let got = event.user.and_then(|user| user.ip_address);
        assert_eq!(got.as_deref(), expect, "{shown}");
        assert_eq!(remarks.finish().len(), remarks_expected, "{shown}");
    }

    fn check(ip: Option<&str>, infer: Value, expect: Option<&str>, remarks_expected: usize) {
        let event = settled("python", ip, infer, None);
        check_event(event, expect, remarks_expected);
    }

    #[test]
    fn addresses_are_filled_in_only_when_asked_for() {
        let auto = Some("{{auto}}");
        check(auto, Value::Null, CLIENT, 0);
        check(auto, json!("auto"), CLIENT, 0);
        check(auto, json!("legacy"), CLIENT, 0);
        check(auto, json!("never"), None, 0);
        check(auto, json!("nonsense"), None, 0);
        check(auto, json!(5), None, 0);
        check(None, json!("auto"), CLIENT, 0);
        check(None, Value::Null, None, 0);
        check(Some("8.8.8.8"), json!("auto"), Some("8.8.8.8"), 0);
        check(Some("8.8.8.8"), json!("never"), Some("8.8.8.8"), 0);
        check(Some("2001:db8::7"), Value::Null, Some("2001:db8::7"), 0);
        check(Some("localhost"), Value::Null, None, 1);
    }

    #[test]
    fn programs_on_the_users_machine_are_at_the_users_address() {
        for (platform, infer, expect) in [
            ("javascript", Value::Null, CLIENT),
            ("cocoa", json!("legacy"), CLIENT),
            ("objc", Value::Null, CLIENT),
            ("javascript", json!("never"), None),
            ("node", Value::Null, None),
        ] {
            check_event(settled(platform, None, infer, None), expect, 0);
        }
    }

    #[test]
    fn the_address_that_the_server_saw_is_better_than_that_of_the_server() {
        let seen = Some("198.51.100.9");
        check_event(settled("python", None, Value::Null, seen), seen, 0);
        check_event(
            settled("python", Some("{{auto}}"), Value::Null, seen),
            seen,
            0,
        );
        check_event(
            settled("python", Some("8.8.8.8"), Value::Null, seen),
            Some("8.8.8.8"),
            0,
        );
        check_event(settled("python", None, json!("never"), seen), None, 0);
        check_event(settled("python", None, Value::Null, Some("a.b")), None, 0);
    }

    #[test]
    fn a_user_of_whom_nothing_can_be_kept_is_none() {
        let mut event = Event::empty(EventId(1), receipt().received);
        event.user = Some(UserContext {
            data: serde_json::Map::from_iter([("k".repeat(100_000), json!(1))]),
            ..UserContext::default()
        });
        let mut remarks = Remarks::new(Vec::new());
        settle(&mut event, &receipt(), &mut remarks);
        assert_eq!(event.user, None);
    }
}
