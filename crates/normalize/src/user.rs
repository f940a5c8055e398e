//! The user: bounded, and their address when the client asked the server to fill it in.

use std::net::IpAddr;

use serde_json::Value;
use watchpost_model::{Event, Receipt, UserContext};

use crate::bag;
use crate::limits::{CONTEXT, USER_CHARS_MAX};
use crate::remarks::Remarks;
use crate::text::fit_name;

/// What clients write for "the address that this request comes from".
const AUTO: &str = "{{auto}}";

/// Settles the user.
pub(crate) fn settle(event: &mut Event, receipt: &Receipt, remarks: &mut Remarks) {
    let infer = event
        .other
        .get("sdk_settings")
        .and_then(|settings| settings.get("infer_ip"))
        .map(|infer| infer.as_str().unwrap_or_default());
    settle_address(&mut event.user, infer, receipt, remarks);
    if event.user.as_ref() == Some(&UserContext::default()) {
        event.user = None;
    }
    let Some(user) = &mut event.user else { return };
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
}

/// `infer` is the client's setting: `auto` asks for the address even when the user has none,
/// anything but that forbids it, and without a setting `{{auto}}` decides.
fn settle_address(
    user: &mut Option<UserContext>,
    infer: Option<&str>,
    receipt: &Receipt,
    remarks: &mut Remarks,
) {
    let found = user.as_mut().and_then(|user| user.ip_address.take());
    let address = match found.as_deref().map(str::trim) {
        None | Some("") if infer == Some("auto") => receipt.client_ip.clone(),
        None | Some("") => None,
        Some(AUTO) if infer.is_none_or(|infer| infer == "auto") => receipt.client_ip.clone(),
        Some(AUTO) => None,
        Some(text) => {
            let is_valid = text.parse::<IpAddr>().is_ok();
            if !is_valid {
                remarks.dropped(&"user.ip_address", "not an IP address");
            }
            is_valid.then(|| text.to_owned())
        }
    };
    if let Some(address) = address {
        user.get_or_insert_default().ip_address = Some(address);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::receipt;

    fn check(ip: Option<&str>, infer: Option<&str>, expect: Option<&str>, remarks_expected: usize) {
        let mut user = ip.map(|ip| UserContext {
            ip_address: Some(ip.to_owned()),
            ..UserContext::default()
        });
        let mut remarks = Remarks::new(Vec::new());
        settle_address(&mut user, infer, &receipt(), &mut remarks);
        let got = user.and_then(|user| user.ip_address);
        assert_eq!(got.as_deref(), expect, "{ip:?} {infer:?}");
        assert_eq!(remarks.finish().len(), remarks_expected, "{ip:?}");
    }

    #[test]
    fn addresses_are_filled_in_only_when_asked_for() {
        let client = Some("203.0.113.7");
        check(Some("{{auto}}"), None, client, 0);
        check(Some("{{auto}}"), Some("auto"), client, 0);
        check(Some("{{auto}}"), Some("never"), None, 0);
        check(Some("{{auto}}"), Some("nonsense"), None, 0);
        check(None, Some("auto"), client, 0);
        check(None, None, None, 0);
        check(Some("8.8.8.8"), Some("auto"), Some("8.8.8.8"), 0);
        check(Some("2001:db8::7"), None, Some("2001:db8::7"), 0);
        check(Some("localhost"), None, None, 1);
    }
}
