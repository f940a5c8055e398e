//! The code of the programs, from which frames have their lines: written for this, in `code/`.

use std::fmt::Write;

use serde_json::{Map, Value, json};

use crate::cast::Program;
use crate::dice::Dice;
use crate::fault::At;
use crate::text::{Customer, fill};

/// A file of a program.
struct File {
    name: &'static str,
    /// Where it lies in the program.
    path: &'static str,
    module: &'static str,
    text: &'static str,
}

macro_rules! files {
    ($($name:literal: $path:literal, $module:literal;)*) => {
        &[$(File {
            name: $name,
            path: $path,
            module: $module,
            text: include_str!(concat!("../code/", $name, ".txt")),
        }),*]
    };
}

const FILES: &[File] = files! {
    "basket.py": "kranich/basket/basket.py", "kranich.basket.basket";
    "checkout.py": "kranich/checkout/views.py", "kranich.checkout.views";
    "gateway.py": "kranich/payments/gateway.py", "kranich.payments.gateway";
    "labels.py": "kranich/parcels/labels.py", "kranich.parcels.labels";
    "tasks.py": "kranich/tasks.py", "kranich.tasks";
    "api.ts": "src/lib/api.ts", "src/lib/api";
    "queue.js": "src/queue.js", "queue";
    "mailer.js": "src/mailer.js", "mailer";
    "templates.js": "src/templates.js", "templates";
    "levels.rs": "src/levels.rs", "stock_keeper::levels";
    "scale.rs": "src/scale.rs", "stock_keeper::scale";
    "till.py": "till/views.py", "till.views";
    "printer.py": "till/printer.py", "till.printer";
};

/// Lines that SDKs send before and after the line of a frame.
const CONTEXT_LINE_COUNT: usize = 5;

/// The frames of libraries below a program's own: file, module, function, line.
type Library = &'static [(&'static str, &'static str, &'static str, u32)];

const DJANGO: Library = &[
    (
        "django/core/handlers/exception.py",
        "django.core.handlers.exception",
        "inner",
        55,
    ),
    (
        "django/core/handlers/base.py",
        "django.core.handlers.base",
        "_get_response",
        197,
    ),
];
const CELERY: Library = &[
    ("celery/app/trace.py", "celery.app.trace", "trace_task", 453),
    (
        "celery/app/trace.py",
        "celery.app.trace",
        "__protected_call__",
        736,
    ),
];
const NODE: Library = &[(
    "node:internal/process/task_queues",
    "node.internal.process",
    "processTicksAndRejections",
    105,
)];
const RUST: Library = &[(
    "tokio/src/runtime/task/raw.rs",
    "tokio::runtime::task",
    "tokio::runtime::task::raw::poll",
    271,
)];

/// The frames of a stack, the outermost first.
pub(crate) fn frames(
    program: Program,
    route: &str,
    stack: &[At],
    dice: &mut Dice,
    customer: &Customer,
) -> Vec<Value> {
    let library = match program {
        Program::Shop if route.starts_with('/') => DJANGO,
        Program::Shop => CELERY,
        Program::Courier => NODE,
        Program::Stock => RUST,
        Program::Web | Program::Till => &[],
    };
    let below = library.iter().map(|(path, module, function, line)| {
        json!({
            "filename": path, "module": module, "function": function, "lineno": line,
            "in_app": false,
        })
    });
    let mut frames: Vec<Value> = below.collect();
    for at in stack {
        frames.push(match file(at) {
            Some(file) => own(file, at, dice, customer),
            None => minified(at),
        });
    }
    frames
}

/// A frame with its lines and its variables.
fn own(file: &File, at: &At, dice: &mut Dice, customer: &Customer) -> Value {
    let lines: Vec<&str> = file.text.lines().collect();
    let place = lines.iter().position(|line| line.contains(at.line));
    let place = place.unwrap_or(0);
    let part = |from: usize, to: usize| lines.get(from..to.min(lines.len())).unwrap_or(&[]);
    let mut frame = json!({
        "filename": file.path,
        "abs_path": format!("/srv/app/{}", file.path),
        "module": file.module,
        "function": at.function,
        "lineno": place + 1,
        "pre_context": part(place.saturating_sub(CONTEXT_LINE_COUNT), place),
        "context_line": lines.get(place).copied().unwrap_or_default(),
        "post_context": part(place + 1, place + 1 + CONTEXT_LINE_COUNT),
        "in_app": true,
    });
    let vars: Map<String, Value> = at
        .vars
        .iter()
        .map(|(name, text)| ((*name).to_owned(), json!(fill(text, dice, customer))))
        .collect();
    if let (Some(fields), false) = (frame.as_object_mut(), vars.is_empty()) {
        fields.insert("vars".to_owned(), Value::Object(vars));
    }
    frame
}

/// A frame of minified code: a column of the first line.
fn minified(at: &At) -> Value {
    let path = if at.file.contains("://") {
        at.file.to_owned()
    } else {
        format!("https://shop.example.com/{}", at.file)
    };
    let column: u32 = at.line.parse().unwrap_or(1);
    json!({
        "filename": path, "abs_path": path, "function": at.function, "lineno": 1, "colno": column,
        "in_app": true,
    })
}

/// The stack as the text that clients of 2010 sent.
pub(crate) fn traceback(stack: &[At], error: &str) -> String {
    let mut text = "Traceback (most recent call last):\n".to_owned();
    for at in stack {
        let Some(file) = file(at) else { continue };
        let found = file.text.lines().enumerate();
        let mut found = found.filter(|(_, line)| line.contains(at.line));
        let (place, line) = found.next().unwrap_or((0, ""));
        let (path, number, function) = (file.path, place + 1, at.function);
        // Writing to a string cannot fail.
        let _ = write!(
            text,
            "\n  File \"/srv/till/{path}\", line {number}, in {function}\n    {}\n",
            line.trim()
        );
    }
    let _ = write!(text, "\n{error}\n");
    text
}

/// Whether the file of a place is there and has its line.
#[cfg(test)]
pub(crate) fn is_there(at: &At) -> bool {
    file(at).is_none_or(|file| file.text.lines().any(|line| line.contains(at.line)))
}

fn file(at: &At) -> Option<&'static File> {
    FILES.iter().find(|file| file.name == at.file)
}
