//! What people look for first, in a row above everything else of an event. Pure.

use serde_json::Value;
use watchpost_model::Event;

use super::values::{Pair, push, text};

/// The usual facts that this event has.
pub(super) fn highlights(event: &Event) -> Vec<Pair> {
    let level = event.level.to_string();
    let browser = context(event, "browser");
    let os = context(event, "os").or_else(|| context(event, "client_os"));
    let user = event.user.as_ref().and_then(|user| {
        let names = [&user.email, &user.username, &user.id, &user.ip_address];
        names.into_iter().flatten().find(|name| !name.is_empty())
    });
    let request = event.request.as_ref();
    let url = request.and_then(|request| request.url.as_deref());
    let rows = [
        ("Handled", handled(event)),
        ("Level", Some(level.as_str())),
        ("Environment", event.environment.as_deref()),
        ("Release", event.release.as_deref()),
        ("User", user.map(String::as_str)),
        ("URL", url),
        ("Browser", browser.as_deref().or(event.tag("browser"))),
        ("OS", os.as_deref().or(event.tag("os"))),
    ];
    let mut highlights = Vec::new();
    for (name, value) in rows {
        push(&mut highlights, name, value);
    }
    highlights
}

/// What somebody chose for the project: names of the usual facts, of tags, or `context.key`.
pub(super) fn chosen(event: &Event, names: &[String]) -> Vec<Pair> {
    let usual = highlights(event);
    if names.is_empty() {
        return usual;
    }
    let mut chosen = Vec::new();
    for name in names {
        let known = usual
            .iter()
            .find(|pair| pair.key.eq_ignore_ascii_case(name));
        match known {
            Some(pair) => chosen.push(pair.clone()),
            None => push(&mut chosen, name, found(event, name).as_deref()),
        }
    }
    chosen
}

/// The value of a tag, or of what a context or the additional data has.
fn found(event: &Event, name: &str) -> Option<String> {
    if let Some(value) = event.tag(name) {
        return Some(value.to_owned());
    }
    let of_context = name.split_once('.').and_then(|(context, key)| {
        let context = event.contexts.get(context)?;
        context.get(key)
    });
    of_context.or_else(|| event.extra.get(name)).map(text)
}

/// What was caught last decides.
fn handled(event: &Event) -> Option<&'static str> {
    let mechanism = event.exceptions.last()?.mechanism.as_ref()?;
    mechanism
        .handled
        .map(|handled| if handled { "yes" } else { "no" })
}

fn context(event: &Event, name: &str) -> Option<String> {
    let context = event.contexts.get(name)?;
    let text = |key: &str| context.get(key).and_then(Value::as_str);
    let words: Vec<&str> = [text("name"), text("version")]
        .into_iter()
        .flatten()
        .collect();
    Some(words.join(" ")).filter(|text| !text.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use watchpost_model::{EventId, Timestamp};

    #[test]
    fn a_project_has_its_own_highlights() {
        let mut event = Event::empty(EventId(1), Timestamp::default());
        event.extra.insert("cart".to_owned(), json!({"items": 3}));
        event
            .contexts
            .insert("device".to_owned(), json!({"model": "X1"}));
        let shown = |names: &[&str]| {
            let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
            let pairs = chosen(&event, &names);
            pairs
                .iter()
                .map(|pair| format!("{}={}", pair.key, pair.value))
                .collect::<Vec<_>>()
        };
        assert_eq!(shown(&[]), ["Level=error"]);
        let names = ["device.model", "level", "cart", "missing"];
        let expect = ["device.model=X1", "Level=error", "cart={\"items\":3}"];
        assert_eq!(shown(&names), expect);
    }

    #[test]
    fn the_usual_facts_stand_in_the_usual_order() {
        let mut event = Event::empty(EventId(1), Timestamp::default());
        assert_eq!(highlights(&event), [Pair::new("Level", "error")]);
        let parts = json!({
            "exception": {"values": [{"mechanism": {"type": "onerror", "handled": false}}]},
            "environment": "production", "release": "shop@2", "user": {"id": "5", "email": ""},
            "request": {"url": "https://shop.example/pay"},
            "contexts": {"browser": {"name": "Firefox", "version": "128"}, "os": {}},
            "tags": [{"key": "os", "value": "Debian"}],
        });
        let mut whole = serde_json::to_value(&event).unwrap();
        whole
            .as_object_mut()
            .unwrap()
            .extend(parts.as_object().unwrap().clone());
        event = serde_json::from_value(whole).unwrap();
        let shown: Vec<String> = highlights(&event)
            .iter()
            .map(|pair| format!("{}={}", pair.key, pair.value))
            .collect();
        let expect = [
            "Handled=no",
            "Level=error",
            "Environment=production",
            "Release=shop@2",
            "User=5",
            "URL=https://shop.example/pay",
            "Browser=Firefox 128",
            "OS=Debian",
        ];
        assert_eq!(shown, expect);
    }
}
