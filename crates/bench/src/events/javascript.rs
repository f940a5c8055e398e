//! An error as `@sentry/browser` reports it from a single-page application.
//! `events::event` calls it.

use serde_json::{Value, json};

use super::code::{Language, Place};
use super::{Size, fill};
use watchpost_demo::dice::{Dice, mix, phrase};
use watchpost_demo::words::{JAVASCRIPT_ERRORS, WORDS};

const LANGUAGE: Language = Language::JavaScript;

/// Everything but what changes with each event (`body` adds that).
pub(super) fn event(dice: &mut Dice, issue: u64, size: &Size) -> Value {
    let mut of_issue = Dice::new(mix(issue) ^ 0x6a73);
    let kind = of_issue.pick(JAVASCRIPT_ERRORS);
    let (about, path) = (of_issue.words(5), of_issue.words(2).replace(' ', "/"));
    let version = of_issue.below(30);
    let (browser, agent) = super::browser(dice);
    let event = json!({
        "level": "error",
        "platform": "javascript",
        "release": format!("shop-web@2.{version}.{}", dice.below(9)),
        "environment": "production",
        "transaction": format!("/{path}/:id"),
        "exception": {"values": [{
            "type": kind,
            "value": format!("{about} (reading '{}')", of_issue.pick(WORDS)),
            "mechanism": {"type": "auto.browser.global_handlers.onerror", "handled": false},
            "stacktrace": {"frames": frames(issue, size.frames)},
        }]},
        "request": {
            "url": format!("https://shop.example/{path}/{}", dice.below(500_000)),
            "headers": {
                "User-Agent": agent,
                "Referer": format!("https://shop.example/{}", dice.words(2).replace(' ', "/")),
            },
        },
        "tags": {
            "viewport": format!("{}x{}", 320 + 8 * dice.below(200), 600 + 8 * dice.below(80)),
            "locale": dice.pick(&["de", "en", "fr", "nl", "pl", "es", "it"]),
            "experiment": dice.pick(WORDS),
        },
        "contexts": {
            "browser": {"name": browser, "version": "142.0"},
            "os": {"name": dice.pick(&["Windows", "macOS", "Linux"]), "version": "10"},
            "culture": {"calendar": "gregory", "timezone": "Europe/Berlin"},
        },
        "extra": {"arguments": [{"state": dice.words(6), "step": dice.below(9)}]},
        "sdk": {
            "name": "sentry.javascript.react",
            "version": "11.12.0",
            "packages": [{"name": "npm:@sentry/react", "version": "11.12.0"}],
            "integrations": ["InboundFilters", "FunctionToString", "BrowserApiErrors",
                "Breadcrumbs", "GlobalHandlers", "LinkedErrors", "Dedupe", "HttpContext"],
        },
    });
    fill(event, dice, (issue, size), breadcrumb)
}

fn frames(issue: u64, count: u64) -> Vec<Value> {
    let own = super::own_frames(count);
    let mut frames: Vec<Value> = (0..count)
        .map(|depth| {
            let place = Place::of(LANGUAGE, issue, depth, depth < own);
            let mut frame = place.frame();
            frame.insert("colno".to_owned(), json!(place.names().below(80)));
            Value::Object(frame)
        })
        .collect();
    frames.reverse();
    frames
}

fn breadcrumb(dice: &mut Dice, second: u64) -> Value {
    let timestamp = super::breadcrumb_time(second, dice);
    let mut of_page = phrase(dice);
    match dice.below(4) {
        0 => json!({
            "timestamp": timestamp, "category": "ui.click",
            "message": format!("div#root > main > section.{} > button.{}[name=\"{}\"]",
                of_page.pick(WORDS), of_page.pick(WORDS), of_page.pick(WORDS)),
        }),
        1 => json!({
            "timestamp": timestamp, "type": "http", "category": "fetch",
            "data": {
                "method": dice.pick(&["GET", "POST"]),
                "url": format!("https://shop.example/api/{}/{}", of_page.pick(WORDS), dice.below(500_000)),
                "status_code": if dice.chance(85) { 200 } else { 502 },
                "response_body_size": dice.below(40_000),
            },
        }),
        2 => json!({
            "timestamp": timestamp, "category": "navigation",
            "data": {
                "from": format!("/{}/{}", of_page.pick(WORDS), dice.below(90_000)),
                "to": format!("/{}/{}", of_page.pick(WORDS), dice.below(90_000)),
            },
        }),
        _ => json!({
            "timestamp": timestamp, "category": "console", "level": "warning",
            "message": format!("[{}] {} {}", of_page.pick(WORDS), of_page.words(6), dice.below(90_000)),
        }),
    }
}
