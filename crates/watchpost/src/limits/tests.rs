//! `docs/limits.md` is made from the constants and their comments; here it is held to them.

use std::fmt::Write;
use std::fs;
use std::path::Path;

/// The rooms that have bounds, in the order in which a request meets them.
const ROOMS: [(&str, &str); 6] = [
    ("The HTTP server", "watchpost/src/limits/mod.rs"),
    ("Gates, spool and digest", "ingest/src/limits.rs"),
    ("What the wire may bring", "protocol/src/limits.rs"),
    (
        "What an event may contain when it is stored",
        "normalize/src/limits.rs",
    ),
    (
        "What rules of grouping and of ownership may take",
        "group/src/limits.rs",
    ),
    ("What the stores keep", "store/src/limits.rs"),
];

const DAY_SECS: u64 = 24 * 60 * 60;

/// `64 * 1024` as `64 KiB`, `Duration::from_secs(10)` as `10 s`, anything else as it is written.
fn value(name: &str, expression: &str) -> String {
    let unit = |call: &str| {
        expression
            .strip_prefix(call)?
            .strip_suffix(')')
            .map(str::to_owned)
    };
    for (call, unit_name) in [
        ("Duration::from_millis(", "ms"),
        ("Duration::from_secs(", "s"),
        ("Duration::from_mins(", "min"),
        ("Duration::from_hours(", "h"),
    ] {
        if let Some(number) = unit(call) {
            return format!("{number} {unit_name}");
        }
    }
    if let Some(parts) = unit("bag(") {
        let (bytes, levels) = parts.split_once(", ").unwrap();
        return format!("{}, {levels} levels", value("BYTES", bytes));
    }
    let factor = |factor: &str| match factor.trim() {
        "KIB" => Some(1024_u64),
        "MIB" => Some(1024 * 1024),
        number => number.replace('_', "").parse().ok(),
    };
    let product = expression.split('*').map(factor).product::<Option<u64>>();
    match product {
        None => format!("`{expression}`"),
        Some(bytes) if name.contains("BYTES") => size(bytes),
        Some(secs) if name.contains("SECS") && secs > 0 && secs.is_multiple_of(DAY_SECS) => {
            format!("{} days", secs / DAY_SECS)
        }
        Some(number) => number.to_string(),
    }
}

/// A constant that is that of another room: its expression there.
fn resolved<'a>(expression: &'a str, rooms: &'a [String]) -> &'a str {
    let Some(name) = expression.strip_prefix("wire::") else {
        return expression;
    };
    let lines = rooms.iter().flat_map(|source| source.lines());
    let mut values = lines.filter_map(|line| {
        let rest = line.strip_prefix("pub const ")?.strip_prefix(name)?;
        Some(rest.strip_prefix(':')?.split_once(" = ")?.1)
    });
    let found = values.find(|value| *value != format!("{expression};"));
    found.unwrap().trim_end_matches(';')
}

fn size(bytes: u64) -> String {
    let units = [(1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB")];
    let unit = units
        .into_iter()
        .find(|(unit, _)| bytes > 0 && bytes.is_multiple_of(*unit));
    unit.map_or_else(
        || format!("{bytes} bytes"),
        |(unit, name)| format!("{} {name}", bytes / unit),
    )
}

/// The rows of one file: each constant that other files see, with its comment.
fn rows(source: &str, rooms: &[String]) -> String {
    let (mut rows, mut comment) = (String::new(), Vec::new());
    for line in source.lines() {
        if let Some(text) = line.strip_prefix("///") {
            comment.push(text.trim().replace('|', "\\|"));
            continue;
        }
        let constant = line
            .strip_prefix("pub const ")
            .or(line.strip_prefix("pub(crate) const "));
        let parts = constant.and_then(|rest| rest.split_once(':'));
        let parts = parts.and_then(|(name, rest)| Some((name, rest.split_once(" = ")?.1)));
        if let Some((name, expression)) = parts.filter(|(_, value)| value.ends_with(';')) {
            let expression = resolved(expression.trim_end_matches(';'), rooms);
            let value = value(name, expression);
            let text = comment.join(" ");
            writeln!(rows, "| `{name}` | {value} | {text} |").unwrap();
        }
        comment.clear();
    }
    rows
}

#[test]
fn the_document_lists_every_bound_as_it_is() {
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let rooms = ROOMS.map(|(_, path)| fs::read_to_string(crates.join(path)).unwrap());
    let mut expect = String::new();
    for ((title, path), source) in ROOMS.iter().zip(&rooms) {
        let rows = rows(source, &rooms);
        assert!(rows.lines().count() > 4, "no constants in {path}");
        write!(expect, "\n## {title}\n`crates/{path}`\n\n").unwrap();
        write!(expect, "| name | value | what |\n|---|---|---|\n{rows}").unwrap();
    }
    let document = fs::read_to_string(crates.join("../docs/limits.md")).unwrap();
    let tables = document
        .find("\n## ")
        .and_then(|start| document.get(start..));
    assert!(
        tables == Some(&*expect),
        "docs/limits.md must end in:\n{expect}"
    );
}

#[test]
fn values_are_printed_for_people() {
    let check = |name: &str, expression: &str, expect: &str| {
        assert_eq!(value(name, expression), expect, "{expression}");
    };
    check("A_BYTES_MAX", "64 * 1024 * 1024", "64 MiB");
    check("A_BYTES_MAX", "2 * MIB", "2 MiB");
    check("A_BYTES_MAX", "1000", "1000 bytes");
    check("A_COUNT_MAX", "10_000", "10000");
    check("A_PAUSE", "Duration::from_millis(50)", "50 ms");
    check("A_PAUSE", "Duration::from_hours(1)", "1 h");
    check("A_SECS", "2 * 24 * 60 * 60", "2 days");
    check("A_SECS_MAX", "300", "300");
    check("EXTRA", "bag(16 * 1024, 6)", "16 KiB, 6 levels");
    check("A", "unheard::B", "`unheard::B`");
}
