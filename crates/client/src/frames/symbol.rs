//! Takes the names of functions apart, as both manglings of Rust print them.

/// Module and function of a symbol; type arguments of the function are left out.
///
/// ```text
/// shop::orders::pay::<u8>             shop::orders   pay
/// shop::orders::pay::{{closure}}      shop::orders   pay::{{closure}}
/// <shop::Cart as core::fmt::Display>::fmt    shop    <shop::Cart as core::fmt::Display>::fmt
/// main                                -              main
/// ```
pub(super) fn split(symbol: &str) -> (Option<String>, String) {
    if symbol.starts_with('<') {
        let module = path(symbol).rsplit_once("::").map(|(module, _)| module);
        return (module.map(str::to_owned), symbol.to_owned());
    }
    let mut parts = parts(symbol);
    // `pay::<u8>` and `unwrap<u8>` are one function each, whatever the type.
    let is_arguments = |part: &&str| part.starts_with('<');
    if parts.last().is_some_and(is_arguments) {
        parts.pop();
    }
    // A closure belongs to the function around it; `{impl#0}` is a name like any other.
    let inner = |part: &&&str| part.starts_with("{{") || part.starts_with("{closure");
    let closures = parts.iter().rev().take_while(inner).count();
    let names = parts.len().saturating_sub(closures + 1);
    let (module, function) = parts.split_at_checked(names).unwrap_or((&[], &parts));
    let module = (!module.is_empty()).then(|| module.join("::"));
    let function = function.join("::");
    let bare = function
        .split_once('<')
        .map_or(&*function, |(bare, _)| bare);
    (
        module,
        if bare.is_empty() {
            symbol.to_owned()
        } else {
            bare.to_owned()
        },
    )
}

/// The crate of a symbol: `shop`. `None` when the symbol shows none.
pub(super) fn home(symbol: &str) -> Option<&str> {
    path(symbol).split_once("::").map(|(home, _)| home)
}

/// The path a symbol begins with, without the signs before it: `<&dyn shop::Cart …` has
/// `shop::Cart`.
pub(super) fn path(symbol: &str) -> &str {
    let is_sign = |char: char| matches!(char, '<' | '&' | '*' | '[' | '(' | ' ');
    let mut rest = symbol.trim_start_matches(is_sign);
    while let Some(shorter) = ["dyn ", "mut ", "const ", "impl "]
        .iter()
        .find_map(|word| rest.strip_prefix(word))
    {
        rest = shorter.trim_start_matches(is_sign);
    }
    let is_name = |char: char| char.is_alphanumeric() || matches!(char, '_' | ':');
    let end = rest.find(|char| !is_name(char)).unwrap_or(rest.len());
    rest.get(..end).unwrap_or(rest).trim_end_matches(':')
}

/// Cuts at each `::` that is not inside brackets.
fn parts(symbol: &str) -> Vec<&str> {
    let (mut parts, mut depth, mut start) = (Vec::new(), 0_i32, 0);
    let mut previous = ' ';
    for (at, char) in symbol.char_indices() {
        match char {
            '<' | '(' | '[' | '{' => depth += 1,
            // The arrow of a function type closes nothing.
            '>' if previous == '-' => {}
            '>' | ')' | ']' | '}' => depth -= 1,
            ':' if previous == ':' && depth == 0 => {
                parts.extend(symbol.get(start..at - 1));
                start = at + 1;
            }
            _ => {}
        }
        previous = char;
    }
    parts.extend(symbol.get(start..));
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(symbol: &str, home_is: &str, module: &str, function: &str) {
        let (got_module, got_function) = split(symbol);
        let got = (
            home(symbol).unwrap_or("-"),
            got_module.as_deref().unwrap_or("-"),
            got_function.as_str(),
        );
        assert_eq!(got, (home_is, module, function), "{symbol}");
    }

    #[test]
    fn symbols_of_both_manglings() {
        check("shop::orders::pay", "shop", "shop::orders", "pay");
        check(
            "shop::main::{{closure}}",
            "shop",
            "shop",
            "main::{{closure}}",
        );
        check(
            "shop::main::{closure#0}::{closure#2}",
            "shop",
            "shop",
            "main::{closure#0}::{closure#2}",
        );
        check(
            "shop::pay::<shop::Cart<u8>, fn(u8) -> u8>",
            "shop",
            "shop",
            "pay",
        );
        check(
            "core::option::Option<T>::unwrap",
            "core",
            "core::option::Option<T>",
            "unwrap",
        );
        check("unwrap<u8>", "-", "-", "unwrap");
        check(
            "{closure#1}<shop::main::{closure_env#1}, ()>",
            "-",
            "-",
            "{closure#1}",
        );
        check("main", "-", "-", "main");
        let display = "<shop::Cart<u8> as core::fmt::Display>::fmt";
        check(display, "shop", "shop", display);
        let boxed =
            "<&dyn core::ops::function::Fn<()> as core::ops::function::FnOnce<()>>::call_once";
        check(boxed, "core", "core::ops::function", boxed);
        check("", "-", "-", "");
        check("<", "-", "-", "<");
        check("a::>>::b", "-", "a", ">>::b");
    }
}
