//! Contexts that the request's headers can fill, and the tags that searches find them by.

use serde_json::{Map, Value};
use watchpost_model::{Event, Receipt, Request, Tag};

use crate::agent::{Agent, Hints, Product};
use crate::limits::TAG_CHARS_MAX;
use crate::text::head;

/// Fills browser, system and device in where the client named none.
pub(crate) fn settle(event: &mut Event, receipt: &Receipt) {
    let (named, hints) = headers(event.request.as_ref());
    // The system of a browser is the event's own; that of a server's visitor is not.
    let is_browser = event.platform == "javascript";
    let user_agent = named.or_else(|| of_browser(receipt).filter(|_| is_browser));
    if user_agent.is_none() && hints.is_empty() {
        return;
    }
    let agent = Agent::read(user_agent.unwrap_or_default(), &hints);
    let system = if is_browser { "os" } else { "client_os" };
    let found = [
        ("browser", agent.browser.as_ref().map(product)),
        (system, agent.system.as_ref().map(product)),
        (
            "device",
            agent.device.map(|device| {
                let mut facts = Map::with_capacity(3);
                put(&mut facts, "family", &device.family);
                put(&mut facts, "model", device.model);
                put(&mut facts, "brand", device.brand);
                facts
            }),
        ),
    ];
    for (name, facts) in found {
        if let Some(facts) = facts
            && !event.contexts.keys().any(|known| known == name)
        {
            event.contexts.insert(name.to_owned(), facts.into());
        }
    }
}

fn headers(request: Option<&Request>) -> (Option<&str>, Hints<'_>) {
    let (mut user_agent, mut hints) = (None, Hints::default());
    for (name, value) in request.map_or(&[][..], |request| &request.headers) {
        if name.eq_ignore_ascii_case("user-agent") {
            user_agent = Some(value.as_str());
        } else {
            hints.take(name, value);
        }
    }
    (user_agent, hints)
}

/// A page's events come from the browser itself, unless a server passes them on.
fn of_browser(receipt: &Receipt) -> Option<&str> {
    let given = receipt.user_agent.as_deref()?;
    given.starts_with("Mozilla/").then_some(given)
}

fn product(product: &Product<'_>) -> Map<String, Value> {
    let mut facts = Map::with_capacity(2);
    put(&mut facts, "name", product.name);
    put(&mut facts, "version", &product.version);
    facts
}

fn put(facts: &mut Map<String, Value>, name: &str, text: &str) {
    if !text.is_empty() {
        facts.insert(name.to_owned(), text.into());
    }
}

/// What contexts are about, and the tags that each gives: a name, and the facts it is made of.
const TAGS: [(&str, &[Made]); 6] = [
    (
        "browser",
        &[("browser", NAME_AND_VERSION), ("browser.name", NAME)],
    ),
    (
        "client_os",
        &[("client_os", NAME_AND_VERSION), ("client_os.name", NAME)],
    ),
    (
        "device",
        &[("device", &["model"]), ("device.family", &["family"])],
    ),
    (
        "gpu",
        &[("gpu.name", NAME), ("gpu.vendor", &["vendor_name"])],
    ),
    ("os", &[("os", NAME_AND_VERSION), ("os.name", NAME)]),
    (
        "runtime",
        &[("runtime", NAME_AND_VERSION), ("runtime.name", NAME)],
    ),
];
/// A tag, and the facts it is made of.
type Made = (&'static str, &'static [&'static str]);
const NAME: &[&str] = &["name"];
const NAME_AND_VERSION: &[&str] = &["name", "version"];

/// The same of what is known about the user's place.
const PLACES: [(&str, &str); 4] = [
    ("geo.city", "city"),
    ("geo.country_code", "country_code"),
    ("geo.region", "region"),
    ("geo.subdivision", "subdivision"),
];

/// Adds the tags that contexts give. A tag of the client's own stays.
pub(crate) fn tag(event: &mut Event) {
    let is_new = |tag: &Tag| event.tag(&tag.key).is_none();
    let tags: Vec<Tag> = made(event).filter(is_new).collect();
    event.tags.extend(tags);
}

/// Takes them away again, so that they can be made anew. They stand behind the client's own in the
/// order in which they are made. A tag of the client's that says the same stays when one that no
/// context gives follows it; without one it looks as if it was made, and goes, too.
pub(crate) fn untag(event: &mut Event) {
    let made: Vec<Tag> = made(event).collect();
    let mut before = made.iter().rev();
    let mut places = Vec::new();
    for (place, tag) in event.tags.iter().enumerate().rev() {
        match before.find(|made| made.key == tag.key) {
            Some(made) if made == tag => places.push(place),
            // Something is hidden in it.
            Some(_) => {}
            None => break,
        }
    }
    for place in places {
        event.tags.remove(place);
    }
}

fn made(event: &Event) -> impl Iterator<Item = Tag> {
    let contexts = by_kind(&event.contexts);
    let made = TAGS.iter().zip(contexts);
    let made = made.flat_map(|((_, made), context)| made.iter().map(move |tag| (tag, context)));
    let of_contexts =
        made.filter_map(|((key, facts), context)| Some((*key, text_of(context?, facts)?)));
    let geo = event.user.as_ref().map(|user| &user.geo);
    let of_places = PLACES
        .iter()
        .filter_map(move |(key, fact)| Some((*key, text_of(geo?, &[*fact])?)));
    let classes = event.contexts.get("device").and_then(class);
    let classes = classes.map(|class| ("device.class", class.to_owned()));
    let tags = of_contexts.chain(of_places).chain(classes);
    tags.map(|(key, value)| Tag {
        key: key.to_owned(),
        value,
    })
}

/// The contexts in the order of [`TAGS`]. A context is about what its `type` says; most say nothing
/// but their name. Of several the one of that name is taken.
fn by_kind(contexts: &Map<String, Value>) -> [Option<&Map<String, Value>>; TAGS.len()] {
    let mut found = [None; TAGS.len()];
    for (name, context) in contexts {
        let Some(facts) = context.as_object() else {
            continue;
        };
        let kind = fact(facts, "type").unwrap_or(name);
        let slots = TAGS.iter().zip(&mut found);
        let mut slots = slots.filter(|((known, _), _)| *known == kind || *known == name);
        if let Some((_, slot)) = slots.next()
            && (slot.is_none() || kind == name)
        {
            *slot = Some(facts);
        }
    }
    found
}

/// `CPython 3.11.7`; without a name and version what the client describes in its own words.
fn text_of(context: &Map<String, Value>, facts: &[&str]) -> Option<String> {
    let mut text = String::new();
    for word in facts.iter().filter_map(|name| fact(context, name)) {
        if !text.is_empty() {
            text.push(' ');
        }
        text.push_str(word);
    }
    if text.is_empty() && facts.first() == Some(&"name") {
        text.push_str(fact(context, "raw_description")?);
    }
    if text.bytes().any(|byte| byte.is_ascii_control()) {
        text = text.replace(char::is_control, " ");
    }
    let cut = head(text.trim(), TAG_CHARS_MAX).trim_end();
    let shorter = (cut.len() < text.len()).then(|| cut.to_owned());
    let text = shorter.unwrap_or(text);
    (!text.is_empty()).then_some(text)
}

/// A fact that is a text. Contexts are small, so that looking is faster than hashing.
fn fact<'a>(context: &'a Map<String, Value>, name: &str) -> Option<&'a str> {
    let mut facts = context.iter();
    let (_, value) = facts.find(|(known, _)| *known == name)?;
    value.as_str()
}

/// How strong a phone is: 1 low, 2 medium, 3 high.
fn class(device: &Value) -> Option<&'static str> {
    const GIB: f64 = 1_073_741_824.0;
    // Without a family it is no phone but somebody's server.
    let family = device.get("family").and_then(Value::as_str)?;
    if family.starts_with('i')
        && let Some(model) = device.get("model").and_then(Value::as_str)
        && let Some(number) = model.strip_prefix("iPhone")
        && let Ok(generation) = number.split(',').next().unwrap_or_default().parse::<u32>()
    {
        return Some(match generation {
            ..=8 => "1",
            9..=12 => "2",
            _ => "3",
        });
    }
    let number = |name: &str| device.get(name).and_then(Value::as_f64);
    let megahertz = number("processor_frequency")?;
    let cores = number("processor_count")?;
    let memory = number("memory_size")? / GIB;
    Some(if megahertz < 2000.0 || cores < 8.0 || memory < 4.0 {
        "1"
    } else if megahertz < 2500.0 || memory < 6.0 {
        "2"
    } else {
        "3"
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use watchpost_model::{EventId, UserContext};

    use super::*;
    use crate::tests::receipt;

    const CHROME: &str = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) \
                          Chrome/120.0.0.0 Safari/537.36";

    fn event(platform: &str, contexts: &Value, headers: &[(&str, &str)]) -> Event {
        let mut event = Event::empty(EventId(1), receipt().received);
        platform.clone_into(&mut event.platform);
        event.contexts = contexts.as_object().unwrap().clone();
        let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        let headers: Vec<_> = headers.iter().map(owned).collect();
        event.request = (!headers.is_empty()).then(|| Request {
            headers,
            ..Request::default()
        });
        event
    }

    fn check(mut event: Event, user_agent: Option<&str>, expect: &Value) {
        let mut receipt = receipt();
        receipt.user_agent = user_agent.map(str::to_owned);
        settle(&mut event, &receipt);
        assert_eq!(Value::Object(event.contexts), *expect);
    }

    fn check_tags(contexts: &Value, expect: &[(&str, &str)]) {
        let mut event = event("other", contexts, &[]);
        event.tags.push(Tag {
            key: "runtime".into(),
            value: "own".into(),
        });
        tag(&mut event);
        let got = event.tags.iter().skip(1);
        let got: Vec<_> = got.map(|tag| (&*tag.key, &*tag.value)).collect();
        assert_eq!(got, expect, "{contexts}");
    }

    #[test]
    fn the_user_agent_fills_what_the_client_left_open() {
        let browser = json!({"name": "Chrome", "version": "120.0.0"});
        let linux = json!({"name": "Linux"});
        let header = [("user-agent", CHROME)];
        let expect = json!({"browser": browser, "os": linux});
        check(event("javascript", &json!({}), &header), None, &expect);
        let expect = json!({"browser": browser, "client_os": linux, "os": {"name": "Debian"}});
        let server = event("python", &json!({"os": {"name": "Debian"}}), &header);
        check(server, None, &expect);
        let named = json!({"browser": {"name": "Own"}, "os": {"name": "Own"}});
        check(event("javascript", &named, &header), None, &named);
        let hinted = [("Sec-CH-UA-Model", "\"Pixel 6\""), ("User-Agent", "x")];
        let expect = json!({"device": {"family": "Pixel 6", "model": "Pixel 6"}});
        check(event("python", &json!({}), &hinted), None, &expect);
    }

    #[test]
    fn the_request_speaks_for_a_browser_only() {
        let filled = json!({"browser": {"name": "Chrome", "version": "120.0.0"},
                            "os": {"name": "Linux"}});
        let none = json!({});
        check(event("javascript", &none, &[]), Some(CHROME), &filled);
        check(event("javascript", &none, &[]), Some("node/20"), &none);
        check(event("python", &none, &[]), Some(CHROME), &none);
    }

    #[test]
    fn contexts_give_tags() {
        let described = json!({"raw_description": "Linux 4.4"});
        check_tags(
            &json!({
                "browser": {"name": "Chrome", "version": "120"},
                "device": {"model": "iPhone14,2", "family": "iPhone"},
                "os": described, "runtime": {"name": "CPython", "version": "3.11"},
                "gpu": {"name": 5, "vendor_name": " Apple\n"}, "client_os": "text",
            }),
            &[
                ("browser", "Chrome 120"),
                ("browser.name", "Chrome"),
                ("device", "iPhone14,2"),
                ("device.family", "iPhone"),
                ("gpu.vendor", "Apple"),
                ("os", "Linux 4.4"),
                ("os.name", "Linux 4.4"),
                ("runtime.name", "CPython"),
                ("device.class", "3"),
            ],
        );
        let long = "x".repeat(500);
        let cut = "x".repeat(200);
        check_tags(
            &json!({"device": {"model": long}}),
            &[("device", cut.as_str())],
        );
    }

    #[test]
    fn a_context_is_about_what_its_type_says() {
        let rustc = json!({"type": "runtime", "name": "rustc", "version": "1.95.0"});
        let mut event = event("native", &json!({"rust": rustc}), &[]);
        tag(&mut event);
        assert_eq!(event.tag("runtime"), Some("rustc 1.95.0"));
        assert_eq!(event.tag("runtime.name"), Some("rustc"));
    }

    #[test]
    fn places_give_tags() {
        let mut event = event("other", &json!({}), &[]);
        let geo = json!({"country_code": "DE", "city": "Ulm", "latitude": 1});
        event.user = Some(UserContext {
            geo: geo.as_object().unwrap().clone(),
            ..UserContext::default()
        });
        tag(&mut event);
        assert_eq!(event.tag("geo.country_code"), Some("DE"));
        assert_eq!(event.tag("geo.city"), Some("Ulm"));
        assert_eq!(event.tags.len(), 2);
    }

    #[test]
    fn phones_have_a_class() {
        let gib = 1_u64 << 30;
        for (device, expect) in [
            (json!({"family": "iPhone", "model": "iPhone8,1"}), Some("1")),
            (json!({"family": "iOS", "model": "iPhone12,1"}), Some("2")),
            (
                json!({"family": "iPhone", "model": "iPhone13,1"}),
                Some("3"),
            ),
            (json!({"family": "iPhone", "model": "iPhone"}), None),
            (
                json!({"family": "Pixel", "processor_frequency": 2500}),
                None,
            ),
            (json!({"model": "iPhone13,1"}), None),
        ] {
            assert_eq!(class(&device), expect, "{device}");
        }
        for (megahertz, cores, gibs, expect) in [
            (1999, 8, 8, "1"),
            (3000, 4, 8, "1"),
            (3000, 8, 3, "1"),
            (2000, 8, 8, "2"),
            (3000, 8, 5, "2"),
            (2500, 8, 6, "3"),
        ] {
            let device = json!({"family": "x", "processor_frequency": megahertz, "processor_count": cores,
                                "memory_size": gibs * gib});
            assert_eq!(class(&device), Some(expect), "{device}");
        }
    }
}
