//! Who was using the application, where it ran and who reported it. Pure.

use watchpost_model::{Event, SeedRecord};

use super::values::{Pair, pairs, push};

pub(super) fn user(event: &Event) -> Vec<Pair> {
    let mut shown = Vec::new();
    if let Some(user) = &event.user {
        push(&mut shown, "Id", user.id.as_deref());
        push(&mut shown, "Username", user.username.as_deref());
        push(&mut shown, "E-mail", user.email.as_deref());
        push(&mut shown, "Address", user.ip_address.as_deref());
        let place = ["city", "subdivision", "region", "country_code"];
        let place = place
            .iter()
            .filter_map(|name| user.geo.get(*name)?.as_str());
        let place = place.collect::<Vec<_>>().join(", ");
        push(&mut shown, "Place", Some(&place));
        shown.extend(pairs(&user.data).into_iter().map(|pair| Pair {
            key: user_key(pair.key),
            ..pair
        }));
    }
    shown
}

/// A client's own name for a fact of the user; the one that nearly all send gets a label.
fn user_key(key: String) -> String {
    match key.as_str() {
        "name" => "Name".to_owned(),
        _ => key,
    }
}

/// Where it ran and who reported it.
pub(super) fn facts(event: &Event) -> Vec<Pair> {
    let mut facts = Vec::new();
    let package = event.seed.as_ref().and_then(package);
    let sdk = event
        .sdk
        .as_ref()
        .map(|sdk| format!("{} {}", sdk.name, sdk.version));
    let culprit = event
        .culprit
        .as_deref()
        .filter(|_| event.transaction.is_none());
    let rows = [
        ("Logger", event.logger.as_deref()),
        ("Release", event.release.as_deref()),
        ("Version", package.as_deref()),
        ("Environment", event.environment.as_deref()),
        ("Distribution", event.dist.as_deref()),
        ("Server", event.server_name.as_deref()),
        ("Site", event.site.as_deref()),
        ("Transaction", event.transaction.as_deref()),
        ("View", culprit),
        ("Platform", Some(event.platform.as_str())),
        ("Client", sdk.as_deref().map(str::trim)),
    ];
    for (key, value) in rows {
        push(&mut facts, key, value);
    }
    facts
}

/// `shop 2.4.1`, as records of the first protocol say which version was running.
fn package(seed: &SeedRecord) -> Option<String> {
    let (name, version) = seed.package.as_ref()?;
    Some(format!("{name} {version}"))
}
