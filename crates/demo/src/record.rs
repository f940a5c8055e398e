//! Records as the client of 2010 sends them.

use serde_json::{Value, json};

use crate::code;
use crate::dice::Dice;
use crate::event::Which;
use crate::text::{Customer, fill};

/// The record. Levels are numbers, the stack is a text.
pub(crate) fn record(which: Which<'_>, dice: &mut Dice) -> Value {
    let Which { fault, id, at, .. } = which;
    let customer = Customer::draw(dice);
    let message = fill(fault.text, dice, &customer);
    let mut record = json!({
        "message_id": id.to_string(),
        "timestamp": at.to_string(),
        "level": if fault.level == "warning" { 30 } else { 40 },
        "message": message,
        "logger": if fault.logger.is_empty() { "root" } else { fault.logger },
        "server_name": format!("till-{}.example.com", dice.below(3) + 1),
        "site": "till.example.com",
        "data": {"__sentry__": {"versions": {"till": "1.0.9", "django": "1.2.3"}}},
    });
    let Some(fields) = record.as_object_mut() else {
        return record;
    };
    let mut put = |name: &str, value: Value| fields.insert(name.to_owned(), value);
    if !fault.route.is_empty() {
        put("view", json!(fault.route));
        put("url", json!("http://till.example.com/ring/"));
    }
    if !fault.kind.is_empty() {
        let error = format!("{}: {message}", fault.kind);
        put("class_name", json!(fault.kind));
        put("traceback", json!(code::traceback(fault.stack, &error)));
    }
    record
}
