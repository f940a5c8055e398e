//! An error as `sentry-sdk` of Python reports it from a Django application.
//! `events::event` calls it.

use serde_json::{Map, Value, json};

use super::code::{Language, Place};
use super::{Size, fill};
use watchpost_demo::dice::{Dice, mix, phrase};
use watchpost_demo::words::{PACKAGES, PYTHON_ERRORS, WORDS};

/// Of so many variables in a hundred the value is the same in every event: settings, classes.
const CONSTANT_PERCENT: usize = 50;
/// Of so many variables in a hundred the value comes from the caller …
const PASSED_ON_PERCENT: usize = 50;
/// … under one of these names.
const PASSED_ON: &[&str] = &[
    "request", "args", "kwargs", "context", "user", "response", "data",
];
const LANGUAGE: Language = Language::Python;

/// Everything but what changes with each event (`body` adds that).
pub(super) fn event(dice: &mut Dice, issue: u64, size: &Size) -> Value {
    let mut of_issue = Dice::new(mix(issue) ^ 0x7079);
    let kind = of_issue.pick(PYTHON_ERRORS);
    let (about, path) = (of_issue.words(4), of_issue.words(2).replace(' ', "/"));
    let value = format!("{about}: {} {}", dice.pick(WORDS), dice.below(1_000_000));
    let version = of_issue.below(30);
    let event = json!({
        "level": "error",
        "platform": "python",
        "logger": "django.request",
        "server_name": format!("web-{}.shop.example", dice.below(24)),
        "release": format!("shop@4.{version}.{}", dice.below(6)),
        "environment": if dice.chance(90) { "production" } else { "staging" },
        "transaction": format!("/{path}/{{id}}/"),
        "exception": {"values": [{
            "type": kind,
            "value": value,
            "module": format!("shop.{}.errors", of_issue.pick(WORDS)),
            "mechanism": {"type": "django", "handled": false},
            "stacktrace": {"frames": frames(dice, issue, size)},
        }]},
        "request": request(dice, &path),
        "tags": {
            "region": dice.pick(&["eu-central", "eu-west", "us-east", "ap-south"]),
            "tenant": format!("tenant-{}", dice.below(300)),
            "queue": dice.pick(WORDS),
        },
        "contexts": {
            "runtime": {"name": "CPython", "version": "3.12.7", "build": "3.12.7 (main, Oct 1)"},
        },
        "extra": {"sys.argv": ["/srv/app/bin/gunicorn", "shop.wsgi:application"]},
        "modules": modules(size.modules),
        "sdk": {
            "name": "sentry.python.django",
            "version": "2.75.0",
            "packages": [{"name": "pypi:sentry-sdk", "version": "2.75.0"}],
            "integrations": ["argv", "atexit", "dedupe", "django", "excepthook", "logging",
                "modules", "redis", "stdlib", "threading"],
        },
    });
    fill(event, dice, (issue, size), breadcrumb)
}

fn frames(dice: &mut Dice, issue: u64, size: &Size) -> Vec<Value> {
    let count = size.frames;
    // The outer ones are the framework's; the crash comes last.
    let own = super::own_frames(count);
    // Callers pass on what they were given: a name means the same in every frame.
    let mut known = Map::new();
    let mut frames: Vec<Value> = (0..count)
        .map(|depth| {
            let place = Place::of(LANGUAGE, issue, depth, depth < own);
            let count = if depth < own {
                size.vars
            } else {
                size.vars / 2
            };
            let mut frame = place.frame();
            let vars = vars(dice, &mut known, &mut place.names(), count);
            frame.insert("vars".to_owned(), vars);
            Value::Object(frame)
        })
        .collect();
    frames.reverse();
    frames
}

/// Local variables: representations of Python values, cut as the SDK cuts them.
fn vars(dice: &mut Dice, known: &mut Map<String, Value>, names: &mut Dice, count: usize) -> Value {
    let mut vars = Map::new();
    for index in 0..=count {
        let name = match index {
            0 => "self",
            _ if names.chance(PASSED_ON_PERCENT) => names.pick(PASSED_ON),
            _ => names.pick(WORDS),
        };
        let place = (name == "self").then(|| names.clone());
        let key = place
            .as_ref()
            .map_or_else(|| name.to_owned(), |place| place.clone().hex(8));
        let value = known.entry(key).or_insert_with(|| match place {
            Some(mut class) => json!(object(&mut class, dice)),
            None if names.chance(CONSTANT_PERCENT) => value(&mut names.clone()),
            None => value(dice),
        });
        vars.insert(name.to_owned(), value.clone());
    }
    Value::Object(vars)
}

/// What a variable holds.
pub(super) fn value(dice: &mut Dice) -> Value {
    match dice.below(8) {
        0 => json!(dice.below(100_000).to_string()),
        1 => json!(format!("'{}'", phrase(dice).words(3))),
        2 => json!({"id": dice.below(90_000).to_string(), "state": format!("'{}'", dice.words(1))}),
        3 => json!([
            dice.below(999).to_string(),
            object(&mut phrase(dice), dice),
            "None"
        ]),
        4 => json!(format!(
            "Decimal('{}.{:02}')",
            dice.below(900),
            dice.below(100)
        )),
        5 => json!(format!("'{}'", dice.words(4))),
        6 => json!(dice.pick(&["None", "True", "False", "[]", "{}"])),
        _ => json!(object(&mut phrase(dice), dice)),
    }
}

/// An object of a class that is written in the code, at an address.
fn object(code: &mut Dice, dice: &mut Dice) -> String {
    let (module, class) = (code.pick(WORDS), super::code::capital(code.pick(WORDS)));
    format!("<shop.{module}.{class} object at 0x7f{}>", dice.hex(10))
}

fn request(dice: &mut Dice, path: &str) -> Value {
    let (_, agent) = super::browser(dice);
    json!({
        "url": format!("https://shop.example/{path}/{}/", dice.below(500_000)),
        "method": dice.pick(&["GET", "POST", "PUT"]),
        "query_string": format!("page={}&q={}", dice.below(40), dice.words(2).replace(' ', "+")),
        "headers": {
            "Host": "shop.example",
            "User-Agent": agent,
            "Accept": "application/json, text/plain, */*",
            "Accept-Language": dice.pick(&["de-DE,de;q=0.9", "en-GB,en;q=0.8", "fr-FR,fr;q=0.9"]),
            "Referer": format!("https://shop.example/{}/", dice.words(2).replace(' ', "/")),
            "X-Request-Id": dice.hex(32),
        },
        "env": {"SERVER_NAME": "web", "SERVER_PORT": "8000",
            "REMOTE_ADDR": format!("10.1.{}.{}", dice.below(250), dice.below(250))},
        "data": {"note": dice.words(6), "amount": dice.below(10_000)},
    })
}

fn modules(count: usize) -> Value {
    let versions = PACKAGES.iter().take(count).enumerate();
    let versions = versions.map(|(index, name)| {
        let version = format!("{}.{}.{}", index % 7 + 1, index * 5 % 23, index % 4);
        ((*name).to_owned(), json!(version))
    });
    Value::Object(versions.collect())
}

fn breadcrumb(dice: &mut Dice, second: u64) -> Value {
    let timestamp = super::breadcrumb_time(second, dice);
    let mut of_program = phrase(dice);
    match dice.below(3) {
        0 => json!({
            "timestamp": timestamp, "type": "default", "category": "query", "level": "info",
            "message": query(of_program), "data": {"db.system": "postgresql"},
        }),
        1 => json!({
            "timestamp": timestamp, "type": "http", "category": "httplib",
            "data": {
                "url": format!("http://{}.internal/v1/{}", of_program.pick(WORDS), dice.below(90_000)),
                "http.method": "GET", "status_code": if dice.chance(85) { 200 } else { 503 },
                "reason": "OK",
            },
        }),
        _ => json!({
            "timestamp": timestamp, "type": "log", "category": of_program.pick(WORDS),
            "level": of_program.pick(&["info", "warning", "debug"]),
            "message": format!("{} {}", of_program.words(6), dice.below(100_000)),
        }),
    }
}

/// What the application asked its database; SDKs leave the parameters out. Lower case: it is data,
/// no statement of ours.
fn query(mut text: Dice) -> String {
    let (table, a, b) = (text.pick(WORDS), text.pick(WORDS), text.pick(WORDS));
    let c = text.pick(WORDS);
    format!("select t.id, t.{a}, t.{b}_{c} from shop_{table} t where t.{a}_id = %s limit 21")
}
