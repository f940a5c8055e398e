//! Reads what `std::backtrace::Backtrace` prints in its long form (`{:#}`), the one with whole
//! paths. Its frames cannot be asked for in any other way.
//!
//! ```text
//!    4:     0x564c6b8c516e - shop::orders::pay::h91edb4bfeb40d7dd      number, address, symbol
//!                                at /srv/app/shop/src/orders.rs:12:5
//!           0x564c6b8c516e - std[e28293b1aa0f68bd]::mem::drop          inlined: no number
//! ```

/// One call as printed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Printed<'a> {
    /// Without the hashes that differ from build to build.
    pub(super) symbol: String,
    pub(super) path: Option<&'a str>,
    pub(super) line: Option<u32>,
    pub(super) column: Option<u32>,
}

/// All calls of a printed backtrace, innermost first, as they are printed.
pub(super) fn text(text: &str) -> Vec<Printed<'_>> {
    let mut calls: Vec<Printed<'_>> = Vec::new();
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
        match (line.strip_prefix("at "), calls.last_mut()) {
            (Some(place), Some(call)) if call.path.is_none() => locate(call, place),
            _ => calls.push(Printed {
                symbol: without_hashes(without_address(without_number(line))),
                path: None,
                line: None,
                column: None,
            }),
        }
    }
    calls
}

fn without_number(line: &str) -> &str {
    match line.split_once(':') {
        Some((number, rest)) if number.bytes().all(|byte| byte.is_ascii_digit()) => {
            rest.trim_start()
        }
        _ => line,
    }
}

fn without_address(line: &str) -> &str {
    match line.split_once(" - ") {
        Some((address, symbol)) if address.starts_with("0x") => symbol,
        _ => line,
    }
}

/// Older manglings end in `::h` and a hash, newer ones put the crate's hash in brackets.
fn without_hashes(symbol: &str) -> String {
    let is_hash = |text: &str| {
        text.len() >= 8 && text.len() <= 16 && text.bytes().all(|byte| byte.is_ascii_hexdigit())
    };
    let symbol = match symbol.rsplit_once("::h") {
        Some((symbol, hash)) if is_hash(hash) => symbol,
        _ => symbol,
    };
    let mut clean = String::with_capacity(symbol.len());
    let mut rest = symbol;
    while let Some((before, after)) = rest.split_once('[') {
        clean.push_str(before);
        rest = match after.split_once(']') {
            Some((hash, after)) if is_hash(hash) => after,
            _ => {
                clean.push('[');
                after
            }
        };
    }
    clean.push_str(rest);
    clean
}

/// `/srv/app/shop/src/orders.rs:12:5`, of which the column or both numbers may be missing.
fn locate<'a>(call: &mut Printed<'a>, place: &'a str) {
    let (rest, last) = split_number(place);
    let (path, before) = split_number(rest);
    call.path = Some(path);
    (call.line, call.column) = match before {
        Some(line) => (Some(line), last),
        None => (last, None),
    };
}

fn split_number(text: &str) -> (&str, Option<u32>) {
    match text.rsplit_once(':') {
        Some((rest, number)) => match number.parse() {
            Ok(number) => (rest, Some(number)),
            Err(_) => (text, None),
        },
        None => (text, None),
    }
}
