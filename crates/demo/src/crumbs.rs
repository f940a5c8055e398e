//! What happened before: breadcrumbs of each program.

use serde_json::{Value, json};
use watchpost_model::Timestamp;

use crate::cast::Program;
use crate::dice::Dice;
use crate::text::{Customer, fill};

/// Kind, category, level, text or address.
type Crumb = (&'static str, &'static str, &'static str, &'static str);

const SHOP: &[Crumb] = &[
    (
        "query",
        "query",
        "info",
        "select sku, grams, price from line where basket = %s",
    ),
    (
        "query",
        "query",
        "info",
        "select percent, base from voucher where code = %s",
    ),
    (
        "query",
        "query",
        "info",
        "update basket set touched = %s where id = %s",
    ),
    (
        "http",
        "httplib",
        "info",
        "https://pay.example.com/v2/customers/{id}",
    ),
    (
        "http",
        "httplib",
        "info",
        "https://stock.example.com/shelves/{sku}",
    ),
    (
        "default",
        "kranich.basket",
        "info",
        "basket of {name} has {small} lines",
    ),
    (
        "default",
        "kranich.prices",
        "warning",
        "no price of today for {sku}, taking yesterday's",
    ),
    ("default", "redis", "debug", "GET session:{hex}"),
];
const WEB: &[Crumb] = &[
    ("navigation", "navigation", "info", "/teas/{tea}"),
    (
        "ui",
        "ui.click",
        "info",
        "main > form.basket > button.primary",
    ),
    (
        "ui",
        "ui.input",
        "info",
        "header > form.search > input[name=\"q\"]",
    ),
    ("http", "fetch", "info", "/api/v3/suggest?q={tea}"),
    ("http", "xhr", "info", "/api/v3/basket"),
    (
        "default",
        "console",
        "warning",
        "[shelf] image of {sku} took {n} ms",
    ),
];
const COURIER: &[Crumb] = &[
    ("default", "queue", "debug", "took job {n}"),
    (
        "http",
        "http",
        "info",
        "https://shop.example.com/internal/orders/{n}",
    ),
    ("default", "smtp", "info", "250 queued as {hex}"),
    ("default", "console", "info", "mail to {email} rendered"),
];
const STOCK: &[Crumb] = &[
    (
        "default",
        "stock_keeper::http",
        "info",
        "POST /shelves/take sku={sku} grams={n}",
    ),
    (
        "default",
        "stock_keeper::scale",
        "debug",
        "scale {small}: {n} g",
    ),
    (
        "default",
        "stock_keeper::levels",
        "info",
        "shelf {small} has {n} g of {tea}",
    ),
];

/// Some breadcrumbs that end at `at`.
pub(crate) fn before(
    program: Program,
    at: Timestamp,
    dice: &mut Dice,
    customer: &Customer,
) -> Vec<Value> {
    let crumbs = match program {
        Program::Shop => SHOP,
        Program::Web => WEB,
        Program::Courier => COURIER,
        Program::Stock => STOCK,
        Program::Till => return Vec::new(),
    };
    let count = 4 + dice.below(8);
    let mut micros = at.as_micros() - 200_000;
    let mut found = Vec::with_capacity(count);
    for _ in 0..count {
        if let Some(crumb) = crumbs.get(dice.below(crumbs.len())) {
            found.push(one(crumb, Timestamp::from_micros(micros), dice, customer));
        }
        micros -= i64::try_from(dice.below(4_000_000)).unwrap_or(0) + 20_000;
    }
    found.reverse();
    found
}

fn one(crumb: &Crumb, at: Timestamp, dice: &mut Dice, customer: &Customer) -> Value {
    let (kind, category, level, text) = *crumb;
    let text = fill(text, dice, customer);
    let mut value = json!({
        "timestamp": at.to_string(), "type": kind, "category": category, "level": level,
    });
    let Some(fields) = value.as_object_mut() else {
        return value;
    };
    match kind {
        "http" => {
            let status = if dice.chance(92) { 200 } else { 503 };
            let data = json!({"url": text, "method": "GET", "status_code": status});
            fields.insert("data".to_owned(), data);
        }
        "navigation" => {
            let data = json!({"from": "/teas", "to": text});
            fields.insert("data".to_owned(), data);
        }
        _ => {
            fields.insert("message".to_owned(), json!(text));
        }
    }
    value
}
