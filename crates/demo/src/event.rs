//! Events as current SDKs send them.

use serde_json::{Map, Value, json};
use watchpost_model::{EventId, Timestamp};

use crate::cast::Program;
use crate::dice::Dice;
use crate::fault::Fault;
use crate::text::{Customer, fill};
use crate::words::{BROWSERS, PACKAGES};
use crate::{code, crumbs};

/// Which event of which problem.
#[derive(Clone, Copy)]
pub(crate) struct Which<'a> {
    pub(crate) fault: &'static Fault,
    pub(crate) id: EventId,
    pub(crate) at: Timestamp,
    pub(crate) release: Option<&'a str>,
}

/// Of so many events, one comes from elsewhere than the customers' shop.
const STAGING_PERCENT: usize = 9;
/// So many have somebody who is signed in.
const SIGNED_IN_PERCENT: usize = 82;

/// The event.
pub(crate) fn event(which: Which<'_>, dice: &mut Dice) -> Value {
    let Which {
        fault,
        id,
        at,
        release,
    } = which;
    let customer = Customer::draw(dice);
    let environment = if dice.chance(STAGING_PERCENT) {
        "staging"
    } else {
        "production"
    };
    let mut event = json!({
        "event_id": id.to_string(),
        "timestamp": at.to_string(),
        "level": fault.level,
        "platform": platform(fault.program),
        "environment": environment,
        "transaction": fault.route,
        "breadcrumbs": {"values": crumbs::before(fault.program, at, dice, &customer)},
        "sdk": sdk(fault.program),
    });
    let Some(fields) = event.as_object_mut() else {
        return event;
    };
    let mut put = |name: &str, value: Value| fields.insert(name.to_owned(), value);
    if let Some(release) = release {
        put("release", json!(release));
    }
    if dice.chance(SIGNED_IN_PERCENT) {
        put("user", customer.user());
    }
    if fault.kind.is_empty() {
        put("logger", json!(fault.logger));
        put("logentry", message(fault, dice, &customer));
    } else {
        put("exception", exceptions(fault, dice, &customer));
    }
    about(fault, dice, &customer, &mut put);
    event
}

/// What differs from program to program.
fn about(
    fault: &Fault,
    dice: &mut Dice,
    customer: &Customer,
    put: &mut impl FnMut(&str, Value) -> Option<Value>,
) {
    match fault.program {
        Program::Shop => {
            let (server, region) = (dice.below(4) + 1, dice.pick(&["eu-north", "eu-west"]));
            put("server_name", json!(format!("shop-{server}.example.com")));
            put(
                "tags",
                json!({"region": region, "queue": dice.pick(&["default", "letters"])}),
            );
            put("modules", modules());
            let runtime = json!({"name": "CPython", "version": "3.13.5", "type": "runtime"});
            put("contexts", json!({"runtime": runtime}));
            put("extra", json!({"sys.argv": ["gunicorn", "kranich.wsgi"]}));
            if fault.route.starts_with('/') {
                put("request", request(fault, dice, customer));
            }
        }
        Program::Web => {
            let screen = dice.pick(&["390x844", "1440x900", "1920x1080", "820x1180"]);
            let variant = dice.pick(&["old-shelf", "new-shelf"]);
            put(
                "tags",
                json!({"experiment": variant, "locale": dice.pick(LOCALES)}),
            );
            put(
                "contexts",
                json!({"screen": {"size": screen}, "basket": {"lines": dice.below(9)}}),
            );
            put("request", page(fault, dice, customer));
        }
        Program::Courier => {
            put(
                "server_name",
                json!(format!("courier-{}", dice.below(2) + 1)),
            );
            put(
                "tags",
                json!({"template": dice.pick(&["parcel-sent", "birthday", "spring"])}),
            );
            let runtime = json!({"name": "node", "version": "v24.4.1"});
            put(
                "contexts",
                json!({"runtime": runtime, "os": {"name": "Linux", "version": "6.12"}}),
            );
        }
        Program::Stock => {
            put("server_name", json!("warehouse-gate"));
            let shelf = dice.below(40) + 1;
            put(
                "tags",
                json!({"shelf": shelf.to_string(), "hall": dice.pick(&["north", "south"])}),
            );
            let rust = json!({"name": "rustc", "version": "1.95.0", "channel": "stable"});
            put(
                "contexts",
                json!({"rust": rust, "os": {"name": "Linux", "version": "6.12"}}),
            );
        }
        Program::Till => {}
    }
}

const LOCALES: &[&str] = &[
    "de-DE", "fr-FR", "en-GB", "ja-JP", "ar-MA", "he-IL", "el-GR",
];

fn exceptions(fault: &Fault, dice: &mut Dice, customer: &Customer) -> Value {
    let mut values = Vec::new();
    if let Some((kind, text, stack)) = fault.cause {
        let frames = code::frames(fault.program, "", stack, dice, customer);
        // A cause happened within the program: nothing of the framework is around it.
        let own = frames.into_iter().filter(|frame| frame["in_app"] == true);
        values.push(json!({
            "type": kind,
            "value": fill(text, dice, customer),
            "mechanism": {"type": "chained", "handled": true, "exception_id": 1, "parent_id": 0},
            "stacktrace": {"frames": own.collect::<Vec<_>>()},
        }));
    }
    let frames = code::frames(fault.program, fault.route, fault.stack, dice, customer);
    values.push(json!({
        "type": fault.kind,
        "value": fill(fault.text, dice, customer),
        "mechanism": {"type": mechanism(fault.program), "handled": false, "exception_id": 0},
        "stacktrace": {"frames": frames},
    }));
    json!({ "values": values })
}

/// A message, with its arguments when its text has places for them.
fn message(fault: &Fault, dice: &mut Dice, customer: &Customer) -> Value {
    let text = fill(fault.text, dice, customer);
    if !text.contains("%s") {
        return json!({ "formatted": text });
    }
    let mut formatted = text.clone();
    let mut params = Vec::new();
    while formatted.contains("%s") {
        let param = fill("{n}", dice, customer);
        formatted = formatted.replacen("%s", &param, 1);
        params.push(param);
    }
    json!({"message": text, "params": params, "formatted": formatted})
}

/// The request to the shop. What is secret in it is hidden by the server.
fn request(fault: &Fault, dice: &mut Dice, customer: &Customer) -> Value {
    let path = fill(fault.route, dice, customer);
    json!({
        "url": format!("https://shop.example.com{path}"),
        "method": if dice.chance(70) { "POST" } else { "GET" },
        "query_string": fill("lang=de&from={tea}", dice, customer),
        "headers": {
            "Host": "shop.example.com",
            "User-Agent": browser(dice),
            "Accept": "text/html",
            "Referer": fill("https://shop.example.com/teas/{tea}", dice, customer),
            "X-Request-Id": dice.hex(32),
        },
        "cookies": {"sessionid": dice.hex(32), "theme": "dark"},
        "data": {
            "name": fill("{name}", dice, customer),
            "email": fill("{email}", dice, customer),
            "password": dice.hex(10),
            "card_number": "4111 1111 1111 1111",
            "note": fill("{small} tins of {tea}, please", dice, customer),
        },
        "env": {"SERVER_NAME": "shop", "SERVER_PORT": "8000"},
    })
}

/// The page in a browser.
fn page(fault: &Fault, dice: &mut Dice, customer: &Customer) -> Value {
    let path = fill(fault.route, dice, customer);
    json!({
        "url": format!("https://shop.example.com{path}"),
        "headers": {"User-Agent": browser(dice), "Referer": "https://shop.example.com/"},
    })
}

fn browser(dice: &mut Dice) -> &'static str {
    let found = BROWSERS.get(dice.below(BROWSERS.len()));
    found.map_or("", |(_, agent)| agent)
}

/// The same in all events: that of one installation.
fn modules() -> Value {
    let versions = PACKAGES.iter().take(24).enumerate();
    let versions = versions.map(|(index, name)| {
        let version = format!("{}.{}.{}", index % 6 + 1, index * 7 % 19, index % 3);
        ((*name).to_owned(), json!(version))
    });
    Value::Object(versions.collect::<Map<_, _>>())
}

fn platform(program: Program) -> &'static str {
    match program {
        Program::Shop | Program::Till => "python",
        Program::Web => "javascript",
        Program::Courier => "node",
        Program::Stock => "native",
    }
}

fn mechanism(program: Program) -> &'static str {
    match program {
        Program::Shop => "django",
        Program::Web => "onerror",
        Program::Courier => "onunhandledrejection",
        Program::Stock => "panic",
        Program::Till => "generic",
    }
}

fn sdk(program: Program) -> Value {
    let (name, version) = match program {
        Program::Shop => ("sentry.python.django", "2.75.0"),
        Program::Web => ("sentry.javascript.react", "11.12.0"),
        Program::Courier => ("sentry.javascript.node", "11.12.0"),
        Program::Stock => ("sentry.rust", "0.49.0"),
        Program::Till => ("django-sentry", "1.7.1"),
    };
    json!({"name": name, "version": version})
}
